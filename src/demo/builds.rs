//! A build: what caused it, how it goes on through its stages, and what it leaves.
use super::jobs::JobId;
use super::log::Log;

/// A build's name in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildRef {
    /// Its job.
    pub job: JobId,
    /// Its number.
    pub number: u64,
}

/// Where in a build: stage and branch; a freestyle build has only 0, 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The build.
    pub build: BuildRef,
    /// Which stage.
    pub stage: usize,
    /// Which branch of it.
    pub branch: usize,
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All well.
    Success,
    /// Tests failed.
    Unstable,
    /// It failed.
    Failure,
    /// Somebody or something stopped it.
    Aborted,
}

impl Outcome {
    /// As the JSON says it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Success => "SUCCESS",
            Outcome::Unstable => "UNSTABLE",
            Outcome::Failure => "FAILURE",
            Outcome::Aborted => "ABORTED",
        }
    }

    /// As wfapi says it.
    pub fn stage_name(self) -> &'static str {
        if self == Outcome::Failure { "FAILED" } else { self.name() }
    }

    /// The ball's colour.
    pub fn color(self) -> &'static str {
        match self {
            Outcome::Success => "blue",
            Outcome::Unstable => "yellow",
            Outcome::Failure => "red",
            Outcome::Aborted => "aborted",
        }
    }

    /// Whether Jenkins counts it as successful: at least unstable.
    pub fn fine(self) -> bool {
        matches!(self, Outcome::Success | Outcome::Unstable)
    }

    /// The graver of two.
    pub fn and(self, other: Outcome) -> Outcome {
        let weight = |o| match o {
            Outcome::Success => 0,
            Outcome::Unstable => 1,
            Outcome::Failure => 2,
            Outcome::Aborted => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

/// What started a build.
#[derive(Debug, Clone, PartialEq)]
pub enum Started {
    /// A person.
    User { id: String, name: String },
    /// A schedule.
    Timer,
    /// A push, seen by the branch's scan.
    Branch(String),
    /// A Pipeline's own step: no cause of its own.
    Nothing,
}

/// Where one branch of a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Its stage has not begun.
    NotYet,
    /// It waits for a node, as this queue item.
    Queued(u64),
    /// It runs.
    Runs,
    /// It ended.
    Ended(Outcome),
}

/// One `sh` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its flow node.
    pub id: u32,
    /// What the shell is given.
    pub script: String,
    /// How long it takes, in milliseconds.
    pub takes: i64,
    /// When it began.
    pub start: Option<i64>,
    /// When it ended.
    pub end: Option<i64>,
    /// How it ended or will end.
    pub outcome: Outcome,
}

/// One branch: a `node` step and the steps in it. A stage without `parallel` has one branch without a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Its flow node.
    pub id: u32,
    /// Its name in `parallel`.
    pub name: Option<String>,
    /// The label it wants.
    pub label: String,
    /// The node it runs on or ran on.
    pub node: Option<String>,
    /// Where it stands.
    pub at: At,
    /// Its steps.
    pub steps: Vec<Step>,
    /// When it began.
    pub start: Option<i64>,
    /// When it ended.
    pub end: Option<i64>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its flow node.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its branches.
    pub branches: Vec<Branch>,
    /// When it began.
    pub start: Option<i64>,
    /// When it ended.
    pub end: Option<i64>,
    /// It waits for a person's `input` instead of a node.
    pub input: bool,
}

/// What a build does.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// One executor of one node until this moment.
    Freestyle { until: i64, will: Outcome },
    /// Stages one after the other.
    Pipeline(Vec<Stage>),
}

/// The commit a build was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its hash.
    pub commit: String,
    /// Its first line.
    pub message: String,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: i64,
}

/// A build.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    /// Its number.
    pub number: u64,
    /// The queue item it came from.
    pub queue_id: u64,
    /// What started it.
    pub started: Started,
    /// Parameters: name, kind, value.
    pub params: Vec<(String, &'static str, String)>,
    /// When it began.
    pub start: i64,
    /// When it ended.
    pub end: Option<i64>,
    /// What it should take, in milliseconds; −1 is not known.
    pub estimate: i64,
    /// How it ended, or that it already is unstable.
    pub result: Option<Outcome>,
    /// Who stopped it.
    pub stopped_by: Option<String>,
    /// The node of a freestyle build.
    pub built_on: String,
    /// What it does.
    pub work: Work,
    /// Its log.
    pub log: Log,
    /// The revision it builds.
    pub revision: Option<String>,
    /// What changed since the build before.
    pub changes: Vec<Change>,
    /// Tests: failed, skipped, total.
    pub tests: Option<(u32, u32, u32)>,
    /// In words.
    pub description: Option<String>,
    /// Not to be pruned.
    pub keep: bool,
    /// Printed `Pausing (Preparing for shutdown)` and waits for its end (recording: quiet-down-pipeline-log).
    pub paused: bool,
    /// Nothing happens to it before this moment.
    pub wake: i64,
    /// Checks out from a repository: has `BuildData`.
    pub scm: bool,
}

impl Build {
    /// The stages, if it is a Pipeline.
    pub fn stages(&self) -> &[Stage] {
        match &self.work {
            Work::Pipeline(stages) => stages,
            Work::Freestyle { .. } => &[],
        }
    }

    /// Whether it is a Pipeline.
    pub fn pipeline(&self) -> bool {
        matches!(self.work, Work::Pipeline(_))
    }

    /// How far it is in per cent, −1 when not known (Jenkins core, `Executor.getProgress`: 99 at most).
    pub fn progress(&self, now: i64) -> i64 {
        if self.estimate <= 0 { -1 } else { ((now - self.start) * 100 / self.estimate).clamp(0, 99) }
    }

    /// Ten times over what it should take, or a day without an estimate (Jenkins core, `Executor.isLikelyStuck`).
    pub fn likely_stuck(&self, now: i64) -> bool {
        let took = now - self.start;
        if self.estimate > 0 { took > self.estimate * 10 } else { took > 86_400_000 }
    }
}
