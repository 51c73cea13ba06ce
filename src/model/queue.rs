//! An item of the build queue (`/queue/api/json`; Jenkins core `hudson.model.Queue`).
use serde::Serialize;

use crate::base::{Text, Time, UrlPath};

use super::{BuildId, Cause};

/// One queue item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueItem {
    pub id: u64,
    pub state: QueueState,
    /// Jenkins' own reason, in English (the client asks for it so).
    pub why: Text,
    pub since: Time,
    /// When it became buildable (blocked and buildable items).
    pub buildable_since: Option<Time>,
    /// When the quiet period ends (waiting items).
    pub not_before: Option<Time>,
    /// Jenkins finds it has waited unusually long.
    pub stuck: bool,
    pub task: Task,
    /// The label expression it waits for, where Jenkins' reason names one.
    pub label: Option<Text>,
    pub params: Vec<(Text, Text)>,
    pub causes: Vec<Cause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// In its quiet period.
    Waiting,
    /// Kept back by another build or a throttle.
    Blocked,
    /// Ready, but no executor.
    Buildable,
    /// Given to an executor, about to start.
    Pending,
}

/// What waits.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Task {
    /// The task's `_class`.
    pub class: Text,
    /// Its name, or for a step of a Pipeline the build's, where it could be found.
    pub name: Text,
    /// The job, below the controller's root.
    pub job: Option<UrlPath>,
    /// For a step of a Pipeline: the build that it belongs to, where known.
    pub build: Option<BuildId>,
}

impl Task {
    /// A `node` step of a running Pipeline (`ExecutorStepExecution.PlaceholderTask`).
    pub fn is_pipeline_step(&self) -> bool {
        self.class.ends_with("PlaceholderTask")
    }
}
