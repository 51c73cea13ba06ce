//! The details that somebody looks at: one task for each, ended when nobody looks any more.
use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::model::Topic;
use crate::ui::io::Input;
use crate::watch::Watch;

/// The topics that are followed.
#[derive(Debug)]
pub struct Topics {
    outbox: mpsc::Sender<Input>,
    followed: BTreeMap<Topic, Task>,
    generation: u64,
}

/// Ends its task when dropped.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Topics {
    pub fn new(outbox: mpsc::Sender<Input>) -> Self {
        Self { outbox, followed: BTreeMap::new(), generation: 0 }
    }

    /// Follows exactly these from now on.
    pub fn follow(&mut self, wanted: Vec<Topic>, watch: Option<&Watch>) {
        let Some(watch) = watch else { return };
        self.followed.retain(|topic, _| wanted.contains(topic));
        for topic in wanted {
            if !self.followed.contains_key(&topic) {
                self.generation += 1;
                let task = self.start(&topic, watch);
                self.followed.insert(topic, task);
            }
        }
    }

    fn start(&self, topic: &Topic, watch: &Watch) -> Task {
        let mut news = watch.subscribe(topic.clone());
        let (topic, generation, outbox) = (topic.clone(), self.generation, self.outbox.clone());
        let task = tokio::spawn(async move {
            while let Some(data) = news.recv().await {
                let input = Input::Topic { topic: topic.clone(), generation, data };
                if outbox.send(input).await.is_err() {
                    return;
                }
            }
        });
        Task(task.abort_handle())
    }
}
