//! A build, its stages, and what it is of.
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Text, Time, UrlPath};

/// Which build: the job's path below the controller's root, and the number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BuildId {
    pub job: UrlPath,
    pub number: u64,
}

impl BuildId {
    pub fn new(job: UrlPath, number: u64) -> Self {
        Self { job, number }
    }

    /// `job/tvm/job/PR-1/7`.
    pub fn path(&self) -> UrlPath {
        self.job.join(&self.number.to_string())
    }
}

impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.job, self.number)
    }
}

impl fmt::Debug for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    pub id: BuildId,
    /// `tvm » PR-11388 #1`.
    pub title: Text,
    pub building: bool,
    /// None while it runs.
    pub result: Option<Outcome>,
    /// On the controller's clock, as all times here.
    pub started: Time,
    /// Zero while it runs.
    pub duration: Duration,
    pub estimated: Option<Duration>,
    pub causes: Vec<Cause>,
    /// The commit that was built.
    pub revision: Option<Text>,
    pub pull_request: Option<PullRequest>,
    pub params: Vec<(Text, Text)>,
    /// The node it ran on; a Pipeline has none of its own.
    pub node: Option<Text>,
    pub queue_id: Option<u64>,
    pub description: Text,
}

impl Build {
    /// When it should end by Jenkins' own estimate, while it runs.
    pub fn ends(&self) -> Option<Time> {
        self.building.then_some(())?;
        Some(self.started.plus(self.estimated?))
    }
}

/// How a build ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    Success,
    Unstable,
    Failure,
    NotBuilt,
    Aborted,
}

impl Outcome {
    /// From Jenkins' word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "SUCCESS" => Self::Success,
            "UNSTABLE" => Self::Unstable,
            "FAILURE" => Self::Failure,
            "NOT_BUILT" => Self::NotBuilt,
            "ABORTED" => Self::Aborted,
            _ => return None,
        })
    }

    /// Jenkins' word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Unstable => "UNSTABLE",
            Self::Failure => "FAILURE",
            Self::NotBuilt => "NOT_BUILT",
            Self::Aborted => "ABORTED",
        }
    }
}

/// Why a build was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    pub text: Text,
    pub user: Option<Text>,
}

/// A pull request as Jenkins knows it (SCM API: `ContributorMetadataAction`, `ObjectMetadataAction`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PullRequest {
    pub number: u64,
    pub title: Text,
    pub author: Text,
    pub url: Text,
}

/// A build's stages, and who told us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    pub source: StageSource,
    /// In order; parallel branches and nested stages follow their parent, one deeper.
    pub stages: Vec<Stage>,
}

/// The plugin that stages were read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageSource {
    PipelineGraphView,
    BlueOcean,
    /// `pipeline-rest-api`: it calls a stage SUCCESS while one of its parallel branches still runs.
    Wfapi,
    /// None of the three is installed, or the build is no Pipeline.
    None,
}

/// One stage or parallel branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub id: Text,
    pub name: Text,
    pub depth: u8,
    pub state: StageState,
    pub started: Option<Time>,
    pub duration: Option<Duration>,
    /// Why it waits, where the source says (`causeOfBlockage`).
    pub waits_for: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    NotStarted,
    Running,
    /// Waits for an executor or for somebody's input.
    Paused,
    Success,
    Unstable,
    Failure,
    Aborted,
    Skipped,
}
