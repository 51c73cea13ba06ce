//! Details that somebody looks at: one task per topic, shared by its subscribers, ended when the last of them is gone.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::model::{BuildId, LogChunk, Problem, StageSource, StageState, Stages, Topic, TopicData};
use crate::sources::jenkins::LogPosition;

use super::drive::Driver;
use super::pace::Pace;

/// Answers that may wait for one subscriber.
const ROOM: usize = 64;
/// A subscriber that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// Characters of a log that are kept for later subscribers.
const KEPT: usize = 8 << 20;

type Subscriber = mpsc::Sender<TopicData>;
type Inboxes = Arc<Mutex<BTreeMap<Topic, mpsc::Sender<Subscriber>>>>;

/// The topics that are followed.
#[derive(Debug, Default)]
pub struct Hubs(Inboxes);

impl Hubs {
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }

    pub fn subscribe(&self, topic: Topic, driver: &Arc<Driver>, tasks: &mut JoinSet<()>) -> mpsc::Receiver<TopicData> {
        let (subscriber, receiver) = mpsc::channel(ROOM);
        let mut inboxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let subscriber = match inboxes.get(&topic).map(|inbox| inbox.try_send(subscriber.clone())) {
            Some(Ok(())) => return receiver,
            _ => subscriber,
        };
        let (inbox, arrivals) = mpsc::channel(ROOM);
        inboxes.insert(topic.clone(), inbox);
        let hub = Hub {
            topic,
            driver: driver.clone(),
            arrivals,
            subscribers: vec![subscriber],
            history: Vec::new(),
            inboxes: self.0.clone(),
        };
        tasks.spawn(hub.run());
        receiver
    }
}

struct Hub {
    topic: Topic,
    driver: Arc<Driver>,
    arrivals: mpsc::Receiver<Subscriber>,
    subscribers: Vec<Subscriber>,
    /// What a later subscriber must hear first.
    history: Vec<TopicData>,
    inboxes: Inboxes,
}

/// What one read brought and when the next is due; none: never.
struct Step {
    data: Option<TopicData>,
    wait: Option<Duration>,
}

impl Hub {
    async fn run(mut self) {
        let mut pace = Pace::new(self.driver.settings.seed);
        let mut position = LogPosition::start();
        let mut shown: Option<Arc<Stages>> = None;
        let topic = self.topic.clone();
        let driver = self.driver.clone();
        while !self.over() {
            let read = async {
                match &topic {
                    Topic::Log(_, build) => log(driver.source.log(build, position.clone()).await, &mut position),
                    Topic::NodeLog(_, node) => log(driver.source.node_log(node, position.clone()).await, &mut position),
                    Topic::Stages(_, build) => stages(&driver, build, &mut shown).await,
                }
            };
            let Some(read) = until_alone(&self.subscribers, read).await else { continue };
            let step = match read {
                Ok(step) => {
                    pace.success(driver.board.clock().boot(), Duration::ZERO, Duration::ZERO);
                    step
                }
                Err(problem) => {
                    let wait = pace.failure(&problem, Duration::from_secs(3));
                    Step { data: Some(TopicData::Failed(problem)), wait: Some(wait) }
                }
            };
            if let Some(data) = step.data {
                self.tell(data).await;
            }
            self.wait(step.wait).await;
        }
    }

    /// Whether nobody is left; then the topic is given up, unless somebody came at this very moment.
    fn over(&mut self) -> bool {
        self.subscribers.retain(|s| !s.is_closed());
        if !self.subscribers.is_empty() || !self.arrivals.is_empty() {
            return false;
        }
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.arrivals.is_empty() {
            return false;
        }
        inboxes.remove(&self.topic);
        self.arrivals.close();
        true
    }

    async fn tell(&mut self, data: TopicData) {
        self.remember(&data);
        let mut kept = Vec::with_capacity(self.subscribers.len());
        for subscriber in self.subscribers.drain(..) {
            if matches!(timeout(PATIENCE, subscriber.send(data.clone())).await, Ok(Ok(()))) {
                kept.push(subscriber);
            }
        }
        self.subscribers = kept;
    }

    fn remember(&mut self, data: &TopicData) {
        match data {
            TopicData::Log(chunk) => {
                if chunk.restart {
                    self.history.clear();
                }
                self.history.retain(|d| matches!(d, TopicData::Log(_)));
                self.history.push(data.clone());
                let size = |d: &TopicData| if let TopicData::Log(chunk) = d { chunk.text.len() } else { 0 };
                let mut held: usize = self.history.iter().map(size).sum();
                while held > KEPT && self.history.len() > 1 {
                    let gone = self.history.remove(0);
                    held = held.saturating_sub(size(&gone));
                    let skipped = if let TopicData::Log(old) = &gone { old.skipped } else { 0 };
                    if let Some(TopicData::Log(first)) = self.history.first_mut() {
                        first.skipped = first.skipped.saturating_add(skipped).saturating_add(size(&gone) as u64);
                    }
                }
            }
            TopicData::Stages(_) => self.history = vec![data.clone()],
            TopicData::Failed(_) => {}
        }
    }

    /// Waits until the next read is due; meanwhile lets subscribers in and notices when the last one leaves.
    async fn wait(&mut self, wait: Option<Duration>) {
        let pause = sleep(wait.unwrap_or(Duration::from_secs(365 * 24 * 3600)));
        tokio::pin!(pause);
        loop {
            let alone = all_gone(&self.subscribers);
            tokio::select! {
                Some(newcomer) = self.arrivals.recv() => self.welcome(newcomer).await,
                () = &mut pause => return,
                () = alone => return,
            }
        }
    }

    /// Tells a newcomer what the others know; a log starts over for it.
    async fn welcome(&mut self, newcomer: Subscriber) {
        for (index, data) in self.history.iter().enumerate() {
            let data = match data {
                TopicData::Log(chunk) => {
                    TopicData::Log(LogChunk { restart: chunk.restart || index == 0, ..chunk.clone() })
                }
                other => other.clone(),
            };
            if !matches!(timeout(PATIENCE, newcomer.send(data)).await, Ok(Ok(()))) {
                return;
            }
        }
        self.subscribers.push(newcomer);
    }
}

async fn all_gone(subscribers: &[Subscriber]) {
    for subscriber in subscribers {
        subscriber.closed().await;
    }
}

/// What comes of a read, or nothing if everybody leaves before.
async fn until_alone<T>(subscribers: &[Subscriber], read: impl Future<Output = T>) -> Option<T> {
    if subscribers.is_empty() {
        return Some(read.await);
    }
    tokio::select! {
        result = read => Some(result),
        () = all_gone(subscribers) => None,
    }
}

type LogAnswer = Result<crate::sources::jenkins::Answered<crate::sources::jenkins::LogRead>, Problem>;

fn log(answer: LogAnswer, position: &mut LogPosition) -> Result<Step, Problem> {
    let read = answer?.value;
    *position = read.next;
    let wait = match (read.caught_up, read.chunk.more) {
        (false, _) => Some(Duration::ZERO),
        (true, true) => Some(Duration::from_secs(1)),
        (true, false) => None,
    };
    let worth = !read.chunk.text.is_empty() || read.chunk.restart || !read.chunk.more;
    Ok(Step { data: worth.then_some(TopicData::Log(read.chunk)), wait })
}

async fn stages(driver: &Driver, build: &BuildId, shown: &mut Option<Arc<Stages>>) -> Result<Step, Problem> {
    let read = driver.source.stages(build).await?.value;
    let over = {
        let jenkins = driver.board.jenkins(&driver.id);
        let known = jenkins.builds.get().and_then(|rows| rows.iter().find(|b| b.id == *build));
        known.is_some_and(|b| !b.building)
    };
    let active = |s: StageState| matches!(s, StageState::Running | StageState::Paused);
    let running = read.stages.iter().any(|s| active(s.state));
    let wait = match (read.source, running) {
        (StageSource::None, _) if over => None,
        (StageSource::None, _) => Some(Duration::from_secs(15)),
        (_, true) => Some(Duration::from_secs(3)),
        (_, false) if over => None,
        (_, false) => Some(Duration::from_secs(5)),
    };
    let changed = shown.as_deref() != Some(&read);
    if changed {
        *shown = Some(Arc::new(read));
    }
    Ok(Step { data: shown.clone().filter(|_| changed).map(TopicData::Stages), wait })
}
