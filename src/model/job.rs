//! A job, folder or multibranch project.
use serde::Serialize;

use crate::base::{Text, UrlPath};

use super::PullRequest;

/// One job of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Below the controller's root: `job/tvm/job/PR-1`; the key.
    pub path: UrlPath,
    pub full_name: Text,
    /// As shown: branch names with their slashes.
    pub display_name: Text,
    pub kind: JobKind,
    /// Whether it can be built now; none where the controller does not say (multibranch before 2024-11).
    pub buildable: Option<bool>,
    /// `color` without `_anime`: blue, red, yellow, aborted, disabled, notbuilt.
    pub color: Text,
    pub running: bool,
    pub in_queue: bool,
    pub pull_request: Option<PullRequest>,
    pub last_build: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    Folder,
    Multibranch,
    /// A branch or pull request of a multibranch project: cannot be disabled by itself.
    Branch,
    Pipeline,
    Freestyle,
    Other,
}

/// One job as it is read when something is to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobDetail {
    pub path: UrlPath,
    pub full_name: Text,
    pub kind: JobKind,
    /// Whether it can be built now; none where the controller does not say.
    pub buildable: Option<bool>,
    /// The number that its next build gets; none for what holds other jobs.
    pub next_build: Option<u64>,
    pub in_queue: bool,
    /// How many jobs it holds.
    pub children: usize,
    pub params: Vec<JobParam>,
}

/// One parameter that a job takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobParam {
    pub name: Text,
    /// None where Jenkins does not tell it: a password, a file.
    pub default: Option<Text>,
    /// What a choice offers; empty for anything else.
    pub choices: Vec<Text>,
}
