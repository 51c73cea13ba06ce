//! The watch over a stand-in source, on tokio's paused time.
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::source::{Ask, Source};
use super::{Needs, Watch, WatchSettings};
use crate::base::{Clock, Text, Time, UrlPath};
use crate::model::snapshot::CallRecord;
use crate::model::*;
use crate::sources::jenkins::{Answered, LogPosition, LogRead};

/// Shows tokio's own time, which tests move.
#[derive(Debug)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Time {
        Time::from_millis(1_000_000).plus(self.0.elapsed())
    }

    fn boot(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Answers with what it holds.
#[derive(Debug)]
struct Fake {
    clock: Arc<TokioClock>,
    down: AtomicBool,
    no_fleets: bool,
    node_reads: AtomicUsize,
    queue_reads: AtomicUsize,
    fleet_reads: AtomicUsize,
    log_reads: AtomicUsize,
    stage_reads: AtomicUsize,
    offline: AtomicBool,
    /// How long the next reads of nodes take.
    slow: Mutex<VecDeque<Duration>>,
    queued: AtomicU64,
}

impl Fake {
    fn new(clock: Arc<TokioClock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            down: AtomicBool::new(false),
            no_fleets: true,
            node_reads: AtomicUsize::new(0),
            queue_reads: AtomicUsize::new(0),
            fleet_reads: AtomicUsize::new(0),
            log_reads: AtomicUsize::new(0),
            stage_reads: AtomicUsize::new(0),
            offline: AtomicBool::new(false),
            slow: Mutex::default(),
            queued: AtomicU64::new(1),
        })
    }

    fn answer<T: Send + 'static>(&self, value: T) -> Ask<'_, T> {
        let down = self.down.load(Ordering::SeqCst);
        let at = self.clock.now();
        Box::pin(async move {
            if down {
                return Err(Problem::new(ProblemKind::Unreachable, "it is down", "wait"));
            }
            Ok(Answered { value, at, skew: 0 })
        })
    }

    fn node(&self, name: &str) -> Node {
        Node {
            name: name.into(),
            path: UrlPath::of(["computer", name]),
            kind: NodeKind::Static,
            description: Text::default(),
            labels: vec!["linux".into()],
            num_executors: 1,
            executors: Vec::new(),
            one_off: Vec::new(),
            idle: true,
            offline: name == "b" && self.offline.load(Ordering::SeqCst),
            temporarily_offline: false,
            cause: None,
            launch_supported: false,
            inbound: true,
            monitors: Monitors::default(),
        }
    }
}

impl Source for Fake {
    fn controller(&self) -> Ask<'_, Controller> {
        self.answer(Controller {
            version: "2.1".into(),
            session: "x".into(),
            mode: Mode::Normal,
            quieting_down: false,
            quiet_down_reason: Text::default(),
            description: Text::default(),
            use_crumbs: true,
            who: Who { name: "op".into(), anonymous: false },
        })
    }

    fn nodes(&self) -> Ask<'_, Vec<Node>> {
        self.node_reads.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer(vec![self.node("a"), self.node("b")]);
        let wait = self.slow.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            answer.await
        })
    }

    fn queue<'a>(&'a self, _running: &'a [BuildId]) -> Ask<'a, Vec<QueueItem>> {
        self.queue_reads.fetch_add(1, Ordering::SeqCst);
        let item = |id| QueueItem {
            id,
            state: QueueState::Buildable,
            why: Text::default(),
            since: Time::from_millis(1),
            buildable_since: None,
            not_before: None,
            stuck: false,
            task: Task::default(),
            label: None,
            params: Vec::new(),
            causes: Vec::new(),
        };
        self.answer((0..self.queued.load(Ordering::SeqCst)).map(item).collect())
    }

    fn builds<'a>(&'a self, _running: &'a [BuildId]) -> Ask<'a, (Vec<Job>, Vec<Arc<Build>>)> {
        self.answer((Vec::new(), Vec::new()))
    }

    fn fleets(&self) -> Ask<'_, Vec<FleetStat>> {
        self.fleet_reads.fetch_add(1, Ordering::SeqCst);
        if self.no_fleets {
            return Box::pin(async { Err(Problem::new(ProblemKind::NotFound, "no", "")) });
        }
        self.answer(Vec::new())
    }

    fn stages<'a>(&'a self, _build: &'a BuildId) -> Ask<'a, Stages> {
        self.stage_reads.fetch_add(1, Ordering::SeqCst);
        self.answer(Stages { source: StageSource::Wfapi, stages: Vec::new() })
    }

    fn log<'a>(&'a self, _build: &'a BuildId, _from: LogPosition) -> Ask<'a, LogRead> {
        let count = self.log_reads.fetch_add(1, Ordering::SeqCst);
        let chunk = LogChunk {
            read_at: self.clock.now(),
            restart: false,
            text: Text::block(&format!("line {count}\n")),
            more: count < 3,
            skipped: 0,
        };
        self.answer(LogRead { chunk, next: LogPosition::start(), caught_up: true })
    }

    fn node_log<'a>(&'a self, _node: &'a UrlPath, _from: LogPosition) -> Ask<'a, LogRead> {
        Box::pin(async { Err(Problem::new(ProblemKind::NotFound, "no", "")) })
    }

    fn calls(&self) -> Vec<CallRecord> {
        Vec::new()
    }
}

fn id() -> ControllerId {
    ControllerId::new("prod")
}

fn started() -> (Watch, Arc<Fake>) {
    let clock = Arc::new(TokioClock(Instant::now()));
    let fake = Fake::new(clock.clone());
    (Watch::over(vec![(id(), fake.clone(), WatchSettings::default())], clock), fake)
}

async fn until(watch: &Watch, wanted: impl Fn(&Jenkins) -> bool) -> Arc<Jenkins> {
    let mut snapshots = watch.snapshots();
    let found = snapshots.wait_for(|s| wanted(&s.jenkins[&id()]));
    let found = tokio::time::timeout(Duration::from_secs(900), found).await.expect("the state never came").unwrap();
    found.jenkins[&id()].clone()
}

#[tokio::test(start_paused = true)]
async fn unchanged_values_keep_their_pointers_and_are_confirmed() {
    let (watch, fake) = started();
    let first = until(&watch, |j| j.nodes.value.is_some() && j.queue.value.is_some()).await;
    let second =
        until(&watch, |j| j.nodes.read_at > first.nodes.read_at && j.queue.read_at > first.queue.read_at).await;
    assert!(Arc::ptr_eq(first.nodes.value.as_ref().unwrap(), second.nodes.value.as_ref().unwrap()));
    assert_eq!(first.nodes.version, second.nodes.version);
    fake.offline.store(true, Ordering::SeqCst);
    let third = until(&watch, |j| j.nodes.version > second.nodes.version).await;
    let (old, new) = (second.nodes.get().unwrap(), third.nodes.get().unwrap());
    assert!(Arc::ptr_eq(&old[0], &new[0]) && !Arc::ptr_eq(&old[1], &new[1]));
}

#[tokio::test(start_paused = true)]
async fn a_failing_source_keeps_its_value_backs_off_and_recovers() {
    let (watch, fake) = started();
    let before = until(&watch, |j| j.nodes.value.is_some()).await;
    fake.down.store(true, Ordering::SeqCst);
    let failing = until(&watch, |j| j.nodes.problem().is_some()).await;
    assert!(Arc::ptr_eq(before.nodes.value.as_ref().unwrap(), failing.nodes.value.as_ref().unwrap()));
    assert_eq!(failing.nodes.version, before.nodes.version);
    let ReadingState::Failing { since, next_try, .. } = failing.nodes.state.clone() else { panic!("{failing:?}") };
    assert!(next_try > since);
    // for an hour: few tries, and it still says since when
    let tries = fake.node_reads.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let made = fake.node_reads.load(Ordering::SeqCst) - tries;
    assert!((50..120).contains(&made), "{made} tries in an hour");
    let later = watch.snapshots().borrow().jenkins[&id()].clone();
    assert!(matches!(&later.nodes.state, ReadingState::Failing { since: s, .. } if *s == since));
    fake.down.store(false, Ordering::SeqCst);
    // one part that answers wakes the others
    let start = Instant::now();
    let well = until(&watch, |j| j.nodes.problem().is_none() && j.queue.problem().is_none()).await;
    assert!(start.elapsed() < Duration::from_secs(80), "{:?}", start.elapsed());
    assert_eq!(well.nodes.state, ReadingState::Fresh);
    assert_eq!(well.nodes.version, before.nodes.version);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_installed_is_absent_and_seldom_asked_for() {
    let (watch, fake) = started();
    until(&watch, |j| matches!(j.fleets.state, ReadingState::Absent { .. })).await;
    tokio::time::sleep(Duration::from_secs(1500)).await;
    assert_eq!(fake.fleet_reads.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_returns_what_was_asked_for_after_it_began() {
    let (watch, fake) = started();
    until(&watch, |j| j.queue.value.is_some()).await;
    fake.queued.store(5, Ordering::SeqCst);
    let begun = fake.clock.now();
    let snapshot = watch.refresh(&id(), Needs::QUEUE.and(Needs::NODES)).await.unwrap();
    let jenkins = &snapshot.jenkins[&id()];
    assert_eq!(jenkins.queue.get().unwrap().len(), 5);
    assert!(jenkins.queue.read_at.unwrap() >= begun && jenkins.nodes.read_at.unwrap() >= begun);
    fake.down.store(true, Ordering::SeqCst);
    let problem = watch.refresh(&id(), Needs::QUEUE).await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Unreachable);
    let missing = watch.refresh(&ControllerId::new("x"), Needs::QUEUE).await.unwrap_err();
    assert!(missing.to_string().contains("it has prod"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_does_not_replace_a_newer_one() {
    let (watch, fake) = started();
    until(&watch, |j| j.nodes.value.is_some()).await;
    // the next read takes long and sees the old state; a refresh in between sees the new one
    fake.slow.lock().unwrap().push_back(Duration::from_secs(20));
    let reads = fake.node_reads.load(Ordering::SeqCst);
    while fake.node_reads.load(Ordering::SeqCst) == reads {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    fake.offline.store(true, Ordering::SeqCst);
    let snapshot = watch.refresh(&id(), Needs::NODES).await.unwrap();
    assert!(snapshot.jenkins[&id()].nodes.get().unwrap()[1].offline);
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert!(watch.snapshots().borrow().jenkins[&id()].nodes.get().unwrap()[1].offline);
}

#[tokio::test(start_paused = true)]
async fn reads_less_often_while_nobody_looks_and_at_once_when_somebody_does() {
    let (watch, fake) = started();
    until(&watch, |j| j.queue.value.is_some()).await;
    let reads = || fake.queue_reads.load(Ordering::SeqCst);
    let start = reads();
    tokio::time::sleep(Duration::from_secs(180)).await;
    let looked_at = reads() - start;
    watch.attention(false);
    tokio::time::sleep(Duration::from_secs(20)).await;
    let start = reads();
    tokio::time::sleep(Duration::from_secs(180)).await;
    let unwatched = reads() - start;
    assert!(looked_at >= 50 && (5..=20).contains(&unwatched), "{looked_at} {unwatched}");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let before = reads();
    watch.attention(true);
    tokio::time::sleep(Duration::from_millis(3_100)).await;
    assert!(reads() > before);
}

#[tokio::test(start_paused = true)]
async fn a_topic_is_one_task_shared_and_ends_with_its_last_subscriber() {
    let (watch, fake) = started();
    let topic = Topic::Log(id(), BuildId::new(UrlPath::encoded("job/a"), 1));
    let mut first = watch.subscribe(topic.clone());
    let mut seen = Vec::new();
    while let Some(TopicData::Log(chunk)) = first.recv().await {
        seen.push(chunk.text.to_string());
        if !chunk.more {
            break;
        }
    }
    assert_eq!(seen, ["line 0\n", "line 1\n", "line 2\n", "line 3\n"]);
    // a later one hears all of it, from the start
    let mut second = watch.subscribe(topic.clone());
    let Some(TopicData::Log(chunk)) = second.recv().await else { panic!("nothing came") };
    assert!(chunk.restart && chunk.text == "line 0\n");
    assert_eq!(fake.log_reads.load(Ordering::SeqCst), 4);
    drop((first, second));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(watch.inner.hubs.is_empty());
    // followed again, it starts anew
    let mut third = watch.subscribe(topic);
    assert!(matches!(third.recv().await, Some(TopicData::Log(_))));
    assert_eq!(fake.log_reads.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_fails_says_so_and_stops_when_dropped() {
    let (watch, fake) = started();
    fake.down.store(true, Ordering::SeqCst);
    let mut stages = watch.subscribe(Topic::Stages(id(), BuildId::new(UrlPath::encoded("job/a"), 1)));
    assert!(matches!(stages.recv().await, Some(TopicData::Failed(_))));
    drop(stages);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let reads = fake.stage_reads.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(fake.stage_reads.load(Ordering::SeqCst), reads);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_watch_ends_everything() {
    let (watch, fake) = started();
    until(&watch, |j| j.queue.value.is_some()).await;
    let mut snapshots = watch.snapshots();
    drop(watch);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let reads = fake.queue_reads.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(fake.queue_reads.load(Ordering::SeqCst), reads);
    while snapshots.changed().await.is_ok() {}
}
