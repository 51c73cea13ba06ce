//! The simulated installation as a whole: everything in it, and what one second does to it. Pure: the same seed gives the same world.
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use fastrand::Rng;

use super::builds::{Build, BuildRef, Spot};
use super::fleets::Fleet;
use super::jobs::{Job, JobId, Kind};
use super::nodes::Node;
use super::queue::{Item, Left, State, Task, Why};
use super::restart::{Phase, Quiet};
use super::version::Version;

/// How large the world is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Nodes, about.
    pub nodes: usize,
    /// Queue items, about.
    pub queue: usize,
}

/// Everything that is simulated.
#[derive(Debug, Clone)]
pub struct World {
    /// Where chance comes from.
    pub rng: Rng,
    /// Simulated milliseconds since 1970.
    pub now: i64,
    /// Which Jenkins it plays.
    pub version: Version,
    /// Nodes by name.
    pub nodes: BTreeMap<String, Node>,
    /// All jobs; a `JobId` is a place in it.
    pub jobs: Vec<Job>,
    /// Jobs at the top.
    pub top: Vec<JobId>,
    /// The queue by number.
    pub queue: BTreeMap<u64, Item>,
    /// Items that left it lately.
    pub left: VecDeque<Left>,
    /// The number the next item gets.
    pub next_item: u64,
    /// Builds that run.
    pub running: BTreeSet<BuildRef>,
    /// Fleets of autoscaled nodes.
    pub fleets: Vec<Fleet>,
    /// Quieting down, and why.
    pub quiet: Option<Quiet>,
    /// Up or restarting.
    pub phase: Phase,
    /// The session; changes with each restart.
    pub session: u32,
    /// Life goes on by itself: pull requests arrive, disks fill, nodes fall off.
    pub lively: bool,
    /// How large it is meant to be.
    pub want: Sizes,
    /// The system message.
    pub message: String,
    /// The next pull request's number.
    pub next_pull: u64,
    /// How many pull requests stay open; older ones are closed.
    pub open_pulls: u64,
    none: Job,
}

/// One step of the simulation.
pub const TICK: i64 = 1_000;

impl World {
    /// An empty world.
    pub fn empty(seed: u64, now: i64, version: Version, want: Sizes) -> Self {
        let mut rng = Rng::with_seed(seed);
        let session = rng.u32(..);
        Self {
            rng,
            now,
            version,
            nodes: BTreeMap::new(),
            jobs: Vec::new(),
            top: Vec::new(),
            queue: BTreeMap::new(),
            left: VecDeque::new(),
            next_item: 1,
            running: BTreeSet::new(),
            fleets: Vec::new(),
            quiet: None,
            phase: Phase::Up,
            session,
            lively: true,
            want,
            message: String::new(),
            next_pull: 17_400,
            open_pulls: 60,
            none: Job::new("", Kind::Folder),
        }
    }

    /// Lets time pass until `to`, a second at a time.
    pub fn advance(&mut self, to: i64) {
        while self.now + TICK <= to {
            self.now += TICK;
            self.tick();
        }
    }

    fn tick(&mut self) {
        if self.restart_tick() {
            return;
        }
        self.connect_tick();
        self.builds_tick();
        self.queue_tick();
        self.assign();
        if self.now / TICK % 10 == 0 {
            self.fleets_tick();
            self.scans_tick();
        }
        if self.lively {
            self.pulls_tick();
            self.incidents_tick();
        }
        self.monitors_tick();
        while self.left.front().is_some_and(|l| self.now - l.at > 300_000) {
            self.left.pop_front();
        }
    }

    /// A job; an empty folder for a place that holds none.
    pub fn job(&self, id: JobId) -> &Job {
        self.jobs.get(id.0).unwrap_or(&self.none)
    }

    /// A job to be changed.
    pub fn job_mut(&mut self, id: JobId) -> &mut Job {
        match self.jobs.get_mut(id.0) {
            Some(job) => job,
            None => &mut self.none,
        }
    }

    /// Puts a job below another or at the top; the listing is by name, as Jenkins keeps it.
    pub fn add_job(&mut self, parent: Option<JobId>, mut job: Job) -> JobId {
        let id = JobId(self.jobs.len());
        job.parent = parent;
        let key = job.name.to_lowercase();
        self.jobs.push(job);
        let siblings = parent.map_or(&self.top, |p| &self.job(p).children);
        let place = siblings.partition_point(|s| self.job(*s).name.to_lowercase() <= key);
        match parent {
            Some(p) => self.job_mut(p).children.insert(place, id),
            None => self.top.insert(place, id),
        }
        id
    }

    /// A child by name.
    pub fn child(&self, parent: Option<JobId>, name: &str) -> Option<JobId> {
        let list = parent.map_or(&self.top, |p| &self.job(p).children);
        list.iter().copied().find(|id| self.job(*id).name == name && !self.job(*id).gone)
    }

    /// The names from the top down to a job.
    pub fn path(&self, id: JobId) -> Vec<&str> {
        let mut names = Vec::new();
        let mut at = Some(id);
        while let Some(here) = at {
            names.push(self.job(here).name.as_str());
            at = self.job(here).parent;
        }
        names.reverse();
        names
    }

    /// A build.
    pub fn build(&self, r: BuildRef) -> Option<&Build> {
        self.job(r.job).builds.get(&r.number)
    }

    /// A build to be changed.
    pub fn build_mut(&mut self, r: BuildRef) -> Option<&mut Build> {
        self.job_mut(r.job).builds.get_mut(&r.number)
    }

    /// The executor steps that stand at a spot.
    pub fn spot_label(&self, spot: Spot) -> Option<&str> {
        let build = self.build(spot.build)?;
        build.stages().get(spot.stage)?.branches.get(spot.branch).map(|b| b.label.as_str())
    }

    /// Moves waiting and blocked items on.
    fn queue_tick(&mut self) {
        let ids: Vec<u64> = self
            .queue
            .values()
            .filter(|i| match i.state {
                State::Waiting(until) => until <= self.now,
                State::Blocked(_) => self.lively,
                State::Buildable => false,
            })
            .map(|i| i.id)
            .collect();
        for id in ids {
            self.settle(id);
        }
    }

    /// Decides whether an item that left its quiet period is blocked or ready.
    pub fn settle(&mut self, id: u64) {
        let now = self.now;
        let Some(task) = self.queue.get(&id).map(|i| i.task) else { return };
        let state = match task {
            Task::Job(job) => self.block_of(job).map_or(State::Buildable, State::Blocked),
            Task::Step(_) => State::Buildable,
        };
        if let Some(item) = self.queue.get_mut(&id) {
            item.ready_since = item.ready_since.or(Some(now));
            item.state = state;
        }
    }

    fn block_of(&self, id: JobId) -> Option<super::queue::Block> {
        use super::queue::Block;
        let job = self.job(id);
        let running = job.running();
        match job.throttle {
            Some(most) if running >= most => Some(Block::Throttled(running)),
            None if !job.concurrent && running > 0 => {
                let number = job.builds.values().rev().find(|b| b.end.is_none()).map_or(0, |b| b.number);
                Some(Block::Running(number))
            }
            _ => None,
        }
    }

    /// Gives ready items to free executors, oldest first; starts Pipelines, which need none.
    pub fn assign(&mut self) {
        if self.quiet.is_some() {
            return;
        }
        for (id, node) in self.matches() {
            let task = self.queue.get(&id).map(|i| i.task);
            match task {
                Some(Task::Job(job)) if node.is_some() && self.block_of(job).is_some() => self.settle(id),
                Some(_) => self.begin(id, node),
                None => {}
            }
        }
    }

    /// Which ready item goes to which node.
    fn matches(&self) -> Vec<(u64, Option<String>)> {
        let room = |n: &Node| n.executors.iter().filter(|e| e.runs.is_none()).count();
        let mut free: Vec<(&Node, usize)> = self.nodes.values().filter(|n| n.free()).map(|n| (n, room(n))).collect();
        let mut fitting: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut found = Vec::new();
        for item in self.queue.values().filter(|i| i.state == State::Buildable) {
            if matches!(item.task, Task::Job(job) if !matches!(self.job(job).kind, Kind::Freestyle)) {
                found.push((item.id, None));
                continue;
            }
            if free.is_empty() {
                continue;
            }
            let wanted = item.label.as_deref().unwrap_or("");
            let list = fitting.entry(wanted).or_insert_with(|| {
                free.iter().enumerate().filter(|(_, (n, _))| fits(n, wanted)).map(|(place, _)| place).rev().collect()
            });
            while let Some(place) = list.last().copied() {
                if let Some((node, room)) = free.get_mut(place).filter(|(_, room)| *room > 0) {
                    *room -= 1;
                    found.push((item.id, Some(node.name.clone())));
                    break;
                }
                list.pop();
            }
        }
        found
    }

    /// Why an item waits.
    pub fn why(&self, item: &Item) -> Why {
        match &item.state {
            State::Waiting(until) => return Why::Quiet(until - self.now),
            State::Blocked(super::queue::Block::Running(number)) => {
                let Task::Job(job) = item.task else { return Why::Any };
                let eta = self.job(job).builds.get(number).filter(|b| b.estimate > 0);
                return Why::Running(*number, eta.map(|b| b.start + b.estimate - self.now).filter(|left| *left > 0));
            }
            State::Blocked(super::queue::Block::Throttled(count)) => return Why::Throttled(*count),
            State::Buildable => {}
        }
        if self.quiet.is_some() {
            return Why::Shutdown;
        }
        let Some(label) = item.label.clone() else { return Why::Any };
        self.why_label(label)
    }

    /// Why nothing with this label can be had (Jenkins core, `Queue.BuildableItem.getCauseOfBlockage`: a label that a
    /// cloud serves is never without nodes).
    fn why_label(&self, label: String) -> Why {
        let mut any = false;
        for node in self.nodes.values().filter(|n| n.carries(&label)) {
            any = true;
            if !node.offline() {
                return Why::Busy(label);
            }
        }
        if self.nodes.contains_key(&label) {
            Why::NodeOffline(label)
        } else if any || self.fleets.iter().any(|f| f.serves(&label)) {
            Why::AllOffline(label)
        } else {
            Why::NoLabel(label)
        }
    }

    /// Whether an item has waited for too long: its label is offline, or it waits ten times its estimate, a day
    /// without one (Jenkins core, `Queue.BuildableItem.isStuck`).
    pub fn stuck(&self, item: &Item, why: &Why) -> bool {
        if item.state != State::Buildable {
            return false;
        }
        let offline = match why {
            Why::NoLabel(_) | Why::AllOffline(_) | Why::NodeOffline(_) => true,
            Why::Shutdown => item.label.clone().is_some_and(|l| !matches!(self.why_label(l), Why::Busy(_))),
            _ => false,
        };
        let estimate = if let Task::Job(job) = item.task { self.job(job).estimate() } else { -1 };
        let waited = self.now - item.ready_since.unwrap_or(self.now);
        offline || if estimate > 0 { waited > (estimate * 10).max(60_000) } else { waited > 86_400_000 }
    }
}

/// Whether a node may take work that wants this label; without one, only a node that takes any.
fn fits(node: &Node, wanted: &str) -> bool {
    if wanted.is_empty() { !node.exclusive } else { node.carries(wanted) }
}
