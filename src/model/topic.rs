//! Details that only somebody who looks at them needs: a screen names the topics it wants, `watch` answers.
use std::sync::Arc;

use crate::base::{Text, Time, UrlPath};

use super::{BuildId, ControllerId, Problem, Stages};

/// One detail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The console text of a build, followed while it runs.
    Log(ControllerId, BuildId),
    Stages(ControllerId, BuildId),
    /// The agent's own log: `computer/NAME/logText`.
    NodeLog(ControllerId, UrlPath),
}

/// What came of a topic: each answer adds to or replaces what came before.
#[derive(Clone, Debug)]
pub enum TopicData {
    Log(LogChunk),
    Stages(Arc<Stages>),
    Failed(Problem),
}

/// More of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChunk {
    pub read_at: Time,
    /// Starts over: what came before is not part of this log (it was cut at the front, or the build was replaced).
    pub restart: bool,
    /// Whole and partial lines, harmless; the first goes on where the last chunk's last line ended.
    pub text: Text,
    /// Whether more will come.
    pub more: bool,
    /// Bytes at the front that were left out because the log is too large to hold.
    pub skipped: u64,
}
