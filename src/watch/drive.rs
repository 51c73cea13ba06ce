//! The tasks that read one controller: each part by itself, for ever.
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::base::Text;
use crate::model::{BuildId, ControllerId, Executor, Jenkins, Problem, ProblemKind, Reading, ReadingState};

use super::board::{Board, failed, note_skew};
use super::merge;
use super::pace::Pace;
use super::part::{Part, WatchSettings};
use super::source::Source;

/// What a plugin that is not there is asked again after.
const ABSENT: Duration = Duration::from_secs(600);

/// One controller's source and where its answers go.
#[derive(Debug)]
pub struct Driver {
    pub id: ControllerId,
    pub source: Arc<dyn Source>,
    pub settings: WatchSettings,
    pub board: Arc<Board>,
    index: usize,
    /// Raised when a part answers again: the others try at once instead of sitting their back-off out.
    revived: watch::Sender<u64>,
}

/// How one read went.
enum Went {
    Fresh,
    Absent,
    Failed(Problem),
}

impl Driver {
    pub fn new(
        id: ControllerId,
        source: Arc<dyn Source>,
        settings: WatchSettings,
        board: Arc<Board>,
        index: usize,
    ) -> Self {
        Self { id, source, settings, board, index, revived: watch::Sender::new(0) }
    }

    /// Reads a part again and again, until the watch is dropped.
    pub async fn run(self: Arc<Self>, part: Part, mut attention: watch::Receiver<bool>) {
        let place = (self.index as u64).wrapping_mul(16).wrapping_add(part as u64);
        let mut pace = Pace::new(self.settings.seed.wrapping_add(place));
        let mut revived = self.revived.subscribe();
        let mut failing = false;
        loop {
            let looked_at = *attention.borrow_and_update();
            let (begun, start) = (self.board.clock().boot(), Instant::now());
            let went = self.read(part, begun).await;
            let now = self.board.clock().boot();
            let every = self.settings.every(part, looked_at);
            let wait = match &went {
                Went::Fresh => pace.success(now, every, start.elapsed()),
                Went::Absent => ABSENT,
                Went::Failed(problem) => {
                    let wait = pace.failure(problem, every);
                    self.tell(part, begun, problem, wait);
                    wait
                }
            };
            let was_failing = std::mem::replace(&mut failing, matches!(went, Went::Failed(_)));
            if was_failing && !failing {
                self.revived.send_modify(|count| *count = count.saturating_add(1));
            }
            revived.mark_unchanged();
            if !self.pause(part, start, wait, failing, &mut attention, &mut revived).await {
                return;
            }
        }
    }

    /// Waits for the next read; false when there is none.
    async fn pause(
        &self,
        part: Part,
        start: Instant,
        wait: Duration,
        failing: bool,
        attention: &mut watch::Receiver<bool>,
        revived: &mut watch::Receiver<u64>,
    ) -> bool {
        let mut end = Instant::now() + wait;
        loop {
            tokio::select! {
                changed = attention.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                    // Somebody looks again: what is older than it would be by now is read at once.
                    if *attention.borrow_and_update() && !failing {
                        end = end.min(start + self.settings.every(part, true));
                    }
                }
                Ok(()) = revived.changed(), if failing => return true,
                () = sleep_until(end) => return true,
            }
        }
    }

    /// One read for a caller who waits for it.
    pub async fn refresh(&self, part: Part) -> Result<(), Problem> {
        let begun = self.board.clock().boot();
        match self.read(part, begun).await {
            Went::Fresh => Ok(()),
            Went::Absent => {
                Err(Problem::new(ProblemKind::NotFound, format!("{} does not have the plugin ec2-fleet", self.id), ""))
            }
            Went::Failed(problem) => {
                self.tell(part, begun, &problem, self.settings.every(part, true));
                Err(problem)
            }
        }
    }

    async fn read(&self, part: Part, begun: Duration) -> Went {
        let result = match part {
            Part::Controller => self.controller(begun).await,
            Part::Nodes => self.nodes(begun).await,
            Part::Queue => self.queue(begun).await,
            Part::Builds => self.builds(begun).await,
            Part::Fleets => return self.fleets(begun).await,
        };
        result.map_or_else(Went::Failed, |()| Went::Fresh)
    }

    async fn controller(&self, begun: Duration) -> Result<(), Problem> {
        let answer = self.source.controller().await?;
        self.publish(Part::Controller, begun, answer.skew, |j| {
            j.controller = merge::fresh(&j.controller, Arc::new(answer.value), answer.at);
        });
        Ok(())
    }

    async fn nodes(&self, begun: Duration) -> Result<(), Problem> {
        let answer = self.source.nodes().await?;
        let rows = answer.value.into_iter().map(Arc::new).collect();
        self.publish(Part::Nodes, begun, answer.skew, |j| {
            let rows = merge::rows(j.nodes.value.as_ref(), rows, |n| &n.path);
            j.nodes = merge::fresh(&j.nodes, rows, answer.at);
        });
        Ok(())
    }

    async fn queue(&self, begun: Duration) -> Result<(), Problem> {
        let running = self.running();
        let answer = self.source.queue(&running).await?;
        let rows = answer.value.into_iter().map(Arc::new).collect();
        self.publish(Part::Queue, begun, answer.skew, |j| {
            let rows = merge::rows(j.queue.value.as_ref(), rows, |i| &i.id);
            j.queue = merge::fresh(&j.queue, rows, answer.at);
        });
        Ok(())
    }

    async fn builds(&self, begun: Duration) -> Result<(), Problem> {
        let running = self.running();
        let answer = self.source.builds(&running).await?;
        let (jobs, builds) = answer.value;
        let jobs = jobs.into_iter().map(Arc::new).collect();
        self.publish(Part::Builds, begun, answer.skew, |j| {
            let jobs = merge::rows(j.jobs.value.as_ref(), jobs, |job| &job.path);
            j.jobs = merge::fresh(&j.jobs, jobs, answer.at);
            let builds = merge::rows(j.builds.value.as_ref(), builds, |build| &build.id);
            j.builds = merge::fresh(&j.builds, builds, answer.at);
        });
        Ok(())
    }

    async fn fleets(&self, begun: Duration) -> Went {
        match self.source.fleets().await {
            Ok(answer) => {
                let rows = answer.value.into_iter().map(Arc::new).collect();
                self.publish(Part::Fleets, begun, answer.skew, |j| {
                    let rows = merge::rows(j.fleets.value.as_ref(), rows, |f| &f.fleet);
                    j.fleets = merge::fresh(&j.fleets, rows, answer.at);
                });
                Went::Fresh
            }
            Err(problem) if problem.kind == ProblemKind::NotFound => {
                let why = Text::line(&format!("{} does not have the plugin ec2-fleet", self.id));
                self.board.publish(&self.id, Part::Fleets, begun, |j| {
                    j.fleets = Reading { state: ReadingState::Absent { why }, ..Reading::default() };
                    j.calls = Arc::new(self.source.calls());
                });
                Went::Absent
            }
            Err(problem) => Went::Failed(problem),
        }
    }

    /// Builds that hold an executor now; Pipelines hold a one-off one.
    fn running(&self) -> Vec<BuildId> {
        let jenkins = self.board.jenkins(&self.id);
        let nodes = jenkins.nodes.get().map(Vec::as_slice).unwrap_or_default();
        let busy = |executors: &[Executor]| -> Vec<BuildId> {
            executors.iter().filter_map(|e| e.occupant.as_ref()?.build.clone()).collect()
        };
        // Pipelines first: they are the ones that may be asked whose steps wait.
        let one_off = nodes.iter().flat_map(|n| busy(&n.one_off));
        let mut seen = HashSet::new();
        one_off.chain(nodes.iter().flat_map(|n| busy(&n.executors))).filter(|b| seen.insert(b.clone())).collect()
    }

    fn publish(&self, part: Part, begun: Duration, skew: i64, change: impl FnOnce(&mut Jenkins)) {
        self.board.publish(&self.id, part, begun, |jenkins| {
            note_skew(jenkins, skew);
            change(jenkins);
            jenkins.calls = Arc::new(self.source.calls());
        });
    }

    /// Publishes that a part could not be read and when it is tried again.
    fn tell(&self, part: Part, begun: Duration, problem: &Problem, wait: Duration) {
        let now = self.board.clock().now();
        let next = now.plus(wait);
        self.board.publish(&self.id, part, begun, |j| {
            match part {
                Part::Controller => j.controller = failed(&j.controller, problem, now, next),
                Part::Nodes => j.nodes = failed(&j.nodes, problem, now, next),
                Part::Queue => j.queue = failed(&j.queue, problem, now, next),
                Part::Builds => {
                    j.jobs = failed(&j.jobs, problem, now, next);
                    j.builds = failed(&j.builds, problem, now, next);
                }
                Part::Fleets => j.fleets = failed(&j.fleets, problem, now, next),
            }
            j.calls = Arc::new(self.source.calls());
        });
    }
}
