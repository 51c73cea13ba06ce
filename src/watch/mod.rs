//! One task per source; publishes immutable snapshots; freshness, back-off, budgets; `refresh` for guards, `subscribe` for details.
mod board;
mod drive;
mod follow;
mod merge;
mod pace;
mod part;
mod source;

#[cfg(test)]
mod tests;

pub use part::{Needs, WatchSettings};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::base::Clock;
use crate::model::{ControllerId, Problem, ProblemKind, Snapshot, Topic, TopicData};
use crate::sources::jenkins::Reader;

use board::Board;
use drive::Driver;
use follow::Hubs;
use part::Part;
use source::Source;

/// Keeps what is known up to date; cheap to clone. When the last clone is dropped, its tasks end.
#[derive(Debug, Clone)]
pub struct Watch {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    board: Arc<Board>,
    drivers: BTreeMap<ControllerId, Arc<Driver>>,
    attention: watch::Sender<bool>,
    hubs: Hubs,
    /// Ends the tasks when dropped.
    tasks: Mutex<JoinSet<()>>,
}

impl Watch {
    /// Begins to read every source; must be called on a tokio runtime. Nothing waits for an answer: the first
    /// snapshot is empty.
    pub fn start(sources: Vec<(ControllerId, Reader, WatchSettings)>, clock: Arc<dyn Clock>) -> Watch {
        let sources = sources.into_iter().map(|(id, reader, settings)| {
            let source: Arc<dyn Source> = Arc::new(reader);
            (id, source, settings)
        });
        Self::over(sources.collect(), clock)
    }

    fn over(sources: Vec<(ControllerId, Arc<dyn Source>, WatchSettings)>, clock: Arc<dyn Clock>) -> Watch {
        let board = Arc::new(Board::new(sources.iter().map(|(id, ..)| id.clone()), clock));
        let (attention, looked_at) = watch::channel(true);
        let mut tasks = JoinSet::new();
        let mut drivers = BTreeMap::new();
        for (index, (id, source, settings)) in sources.into_iter().enumerate() {
            let driver = Arc::new(Driver::new(id.clone(), source, settings, board.clone(), index));
            for part in Part::ALL {
                tasks.spawn(driver.clone().run(part, looked_at.clone()));
            }
            drivers.insert(id, driver);
        }
        let tasks = Mutex::new(tasks);
        Watch { inner: Arc::new(Inner { board, drivers, attention, hubs: Hubs::default(), tasks }) }
    }

    /// The newest snapshot, and the next ones.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.inner.board.snapshots()
    }

    /// Reads parts of a controller anew: every needed value in the snapshot was asked for after this call began.
    ///
    /// # Errors
    /// The first of them that could not be read; the others are published all the same.
    pub async fn refresh(&self, controller: &ControllerId, needs: Needs) -> Result<Arc<Snapshot>, Problem> {
        let driver = self.driver(controller)?;
        let reads = Part::ALL.into_iter().filter(|part| needs.has(*part)).map(|part| driver.refresh(part));
        for result in futures_util::future::join_all(reads).await {
            result?;
        }
        Ok(self.inner.board.current())
    }

    /// A detail, for as long as the receiver lives. Subscribers to the same topic share one task; a later one gets
    /// what the earlier ones got.
    pub fn subscribe(&self, topic: Topic) -> mpsc::Receiver<TopicData> {
        let id = match &topic {
            Topic::Log(id, _) | Topic::Stages(id, _) | Topic::NodeLog(id, _) => id,
        };
        let mut tasks = self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        match self.driver(id) {
            Ok(driver) => self.inner.hubs.subscribe(topic, &driver, &mut tasks),
            Err(problem) => {
                let (sender, receiver) = mpsc::channel(1);
                // The channel is new and has room.
                let _ = sender.try_send(TopicData::Failed(problem));
                receiver
            }
        }
    }

    /// Whether somebody looks: if not, everything is read less often; if so again, at once.
    pub fn attention(&self, somebody_looks: bool) {
        self.inner.attention.send_if_modified(|now| std::mem::replace(now, somebody_looks) != somebody_looks);
    }

    fn driver(&self, id: &ControllerId) -> Result<Arc<Driver>, Problem> {
        self.inner.drivers.get(id).cloned().ok_or_else(|| {
            let names: Vec<&str> = self.inner.drivers.keys().map(ControllerId::as_str).collect();
            Problem::new(
                ProblemKind::NotFound,
                format!("the site file has no controller {id}"),
                format!("it has {}", names.join(", ")),
            )
        })
    }
}
