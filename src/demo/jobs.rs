//! A job of any kind: folder, freestyle, Pipeline, multibranch project and its branches.
use std::collections::BTreeMap;

use super::builds::{Build, Stage};

/// The place of a job in the world's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub usize);

/// What a branch job builds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Branch {
    /// The pull request's number, if it is one.
    pub pull: Option<u64>,
    /// Its title, as `objectDisplayName` gives it.
    pub title: String,
    /// Who made it.
    pub author: String,
    /// The branch is gone, the job is not yet (recording: job-branch-deleted).
    pub dead: bool,
    /// Its revision.
    pub revision: String,
}

/// A multibranch project's own state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Multi {
    /// The log of the last scan.
    pub scan_log: String,
    /// When the scan under way ends.
    pub scanning_until: Option<i64>,
    /// The GitHub status context it reports: `cpu`, `gpu`…; chooses the shape of its builds.
    pub context: String,
    /// A local Git repository instead of GitHub (recording: job-multibranch-local-git).
    pub local: bool,
}

/// The kinds of jobs.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Holds jobs.
    Folder,
    /// Runs on one executor.
    Freestyle,
    /// A Pipeline of its own.
    Pipeline,
    /// Holds a job for each branch and pull request.
    Multibranch(Multi),
    /// A Pipeline below a multibranch project.
    Branch(Branch),
}

/// A parameter's definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// `String`, `Choice`, `Boolean`, `Password` or `Text`.
    pub kind: &'static str,
    /// What it is when nobody says.
    pub default: String,
    /// In words.
    pub description: String,
    /// Of a choice: what may be chosen.
    pub choices: Vec<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name in paths: a branch's slash is `%2F` here (recording: job-branch-with-slash).
    pub name: String,
    /// Its name for people, where it differs.
    pub display: Option<String>,
    /// In words.
    pub description: Option<String>,
    /// What holds it.
    pub parent: Option<JobId>,
    /// What it is.
    pub kind: Kind,
    /// Jobs below it.
    pub children: Vec<JobId>,
    /// Switched off.
    pub disabled: bool,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its builds by number.
    pub builds: BTreeMap<u64, Build>,
    /// The number its next build gets.
    pub next: u64,
    /// The label a freestyle job is tied to.
    pub label: Option<String>,
    /// More than one build at once.
    pub concurrent: bool,
    /// At most so many at once over all nodes (plugin throttle-concurrents).
    pub throttle: Option<usize>,
    /// No longer there.
    pub gone: bool,
    /// What a freestyle build's shell does; also how it ends.
    pub script: String,
    /// How long a freestyle build takes, in milliseconds.
    pub takes: i64,
    /// What a new build of this Pipeline does; chance decides when it is empty.
    pub flow: Vec<Stage>,
}

impl Job {
    /// A job without builds.
    pub fn new(name: &str, kind: Kind) -> Self {
        let concurrent = matches!(kind, Kind::Branch(_) | Kind::Pipeline);
        Self {
            name: name.to_owned(),
            display: None,
            description: None,
            parent: None,
            kind,
            children: Vec::new(),
            disabled: false,
            params: Vec::new(),
            builds: BTreeMap::new(),
            next: 1,
            label: None,
            concurrent,
            throttle: None,
            gone: false,
            script: "sleep 1; echo ok".to_owned(),
            takes: 60_000,
            flow: Vec::new(),
        }
    }

    /// Whether it holds other jobs.
    pub fn holds_jobs(&self) -> bool {
        matches!(self.kind, Kind::Folder | Kind::Multibranch(_))
    }

    /// Whether it can be built at all: a disabled multibranch project leaves its branches buildable in this age
    /// (facts: jenkins-api, disabled multibranch), a dead branch is not.
    pub fn buildable(&self) -> bool {
        !self.disabled && !matches!(&self.kind, Kind::Branch(b) if b.dead) && !self.holds_jobs()
    }

    /// Whether one of its builds runs.
    pub fn running(&self) -> usize {
        self.builds.values().filter(|b| b.end.is_none()).count()
    }

    /// The ball's colour (Jenkins core, `BallColor`).
    pub fn color(&self) -> String {
        if !self.buildable() {
            return "disabled".to_owned();
        }
        let last = self.builds.values().rev().find(|b| b.end.is_some());
        let base = last.and_then(|b| b.result).map_or("notbuilt", |o| o.color());
        let anime = self.builds.values().next_back().is_some_and(|b| b.end.is_none());
        format!("{base}{}", if anime { "_anime" } else { "" })
    }

    /// How long a build should take: the mean of the last three that succeeded, else of the last that ended
    /// (Jenkins core, `Job.getEstimatedDuration`); −1 when nothing is known.
    pub fn estimate(&self) -> i64 {
        let took = |b: &Build| b.end.map(|end| end - b.start);
        let fine: Vec<i64> = self
            .builds
            .values()
            .rev()
            .filter(|b| b.result.is_some_and(|o| o.fine()))
            .filter_map(took)
            .take(3)
            .collect();
        let count = i64::try_from(fine.len()).unwrap_or(1);
        if count > 0 { fine.iter().sum::<i64>() / count } else { -1 }
    }
}
