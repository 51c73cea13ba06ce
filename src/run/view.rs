//! What people see of a run, on the screen and as JSON; and what they may say to it.
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{RunId, Span, Text, Time};
use crate::model::ControllerId;

use super::{Risk, Verdict};

/// All runs that are known, unfinished ones first, then newest first.
pub type Runs = Vec<Arc<RunView>>;

/// A run as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    pub id: RunId,
    pub runbook: Text,
    pub title: Text,
    pub subject: Text,
    pub controller: ControllerId,
    pub state: RunState,
    pub risk: Risk,
    pub by: Text,
    pub planned_at: Time,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// How long it should still take.
    pub left: Option<Span>,
    pub steps: Vec<StepView>,
    /// What it waits to be told.
    pub question: Option<Question>,
    pub notes: Vec<Note>,
    /// The guards' last words.
    pub verdicts: Vec<Verdict>,
    /// Whether it is driven in this process; an unfinished run that nobody drives can be resumed.
    pub here: bool,
    /// One sentence: why it stands where it stands.
    pub because: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Planned,
    /// For a person, an approval or a window.
    Waiting,
    Running,
    Paused,
    Undoing,
    Done,
    Failed,
    Aborted,
}

impl RunState {
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Aborted)
    }
}

/// One step's instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// `offline`, or `each[gpu-4].offline`; with the attempt it names the instance.
    pub id: Text,
    pub attempt: u32,
    pub verb: Text,
    pub depth: u8,
    pub does: Text,
    pub state: StepState,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// The last thing it said: `1 of 1 executors busy, tvm-gpu PR-11352 #3 ends in ~21m`.
    pub says: Text,
    /// The last lines of its output, oldest first, bounded.
    pub output: Vec<Text>,
    pub left: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Pending,
    Running,
    /// For a person.
    Asking,
    /// An intent without an outcome: being observed, never repeated blindly.
    InDoubt,
    Done,
    Skipped,
    Failed,
    Undoing,
    Undone,
}

/// A run waits; a bell rings; nothing happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub step: Option<Text>,
    pub text: Text,
    pub choices: Vec<Choice>,
    pub asked_at: Time,
}

/// One possible answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What `Command::Answer` carries: `retry`, `skip`, `abort`, `wait`.
    pub id: Text,
    pub text: Text,
}

/// Something a person wrote down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub at: Time,
    pub who: Text,
    pub text: Text,
}

/// What an operator may say to a run at any moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Command {
    Pause,
    /// Also takes over an unfinished run that nobody drives.
    Resume,
    Retry,
    Skip {
        reason: Text,
    },
    Abort {
        undo: bool,
    },
    Note {
        text: Text,
    },
    Answer {
        choice: Text,
    },
}
