//! What can happen in a run: the vocabulary of its journal. Written once, never changed: old journals must be read for ever.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::{Span, Text, Time};
use crate::runbook::{Class, Context, Guard, Otherwise, UndoStep};

use super::{Command, Plan, Question, RunState, Verdict};

/// One entry of a run's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the run, from 0.
    pub seq: u64,
    pub at: Time,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// Always the first.
    Planned {
        by: Text,
        plan: Box<Plan>,
        script: Box<Script>,
    },
    /// Confirmed as the plan asked for it.
    Approved {
        who: Text,
        how: Text,
    },
    /// A process drives it from here on; `over`: from one that is gone.
    Taken {
        who: Text,
        over: bool,
    },
    Told {
        who: Text,
        command: Command,
    },
    /// A step's parameters are filled in and its time begins to run.
    Entered {
        step: Instance,
        with: Map<String, Value>,
        timeout: Option<Span>,
        deadline: Option<Time>,
    },
    /// The guards, on data read anew.
    Judged {
        step: Instance,
        passed: bool,
        verdicts: Vec<Verdict>,
        says: Text,
    },
    /// On disk before the effect is asked for.
    Intent {
        step: Instance,
        undo: bool,
        before: Value,
    },
    /// Where to find what was begun (a queue item).
    Handle {
        step: Instance,
        handle: Value,
    },
    Outcome {
        step: Instance,
        undo: bool,
        how: How,
        says: Text,
        output: Value,
    },
    /// An effect in doubt was looked for.
    Observed {
        step: Instance,
        undo: bool,
        seen: Seen,
        says: Text,
        output: Value,
    },
    /// A step is over.
    Settled {
        step: Instance,
        how: Settled,
        says: Text,
    },
    Asked {
        question: Question,
    },
    Ended {
        state: RunState,
        because: Text,
    },
}

/// A step's instance: its path and the attempt, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: Text,
    pub attempt: u32,
}

/// How asking for an effect, or waiting, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Done,
    /// It certainly had no effect.
    Failed,
    /// It may have had its effect.
    Doubt,
    TimedOut,
}

/// What became of an effect in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// As wanted.
    Done,
    /// As it was before.
    Before,
    /// Neither, or it cannot be told.
    Unclear,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    Done,
    /// Its condition did not hold, or a person said so.
    Skipped,
    Failed,
    Undone,
    /// Not undone, and left as it is.
    Kept,
}

/// All that a run needs to go on, whatever becomes of the runbook's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The runbook's YAML as it was when planned.
    pub text: Text,
    /// The inputs, filled in.
    pub context: Context,
    pub locks: Vec<Text>,
    pub guards: Vec<Guard>,
    pub steps: Vec<ScriptStep>,
}

/// One step, its expressions not filled in yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptStep {
    pub id: Text,
    pub depth: u8,
    pub verb: Text,
    pub version: u32,
    pub class: Class,
    pub undoable: bool,
    pub rescue: bool,
    pub with: Map<String, Value>,
    pub when: Option<Text>,
    pub timeout: Option<Text>,
    pub on_timeout: Otherwise,
    pub on_failure: Otherwise,
    pub retry: u32,
    pub undo: UndoStep,
    /// The call it would make, or what it waits for.
    pub does: Text,
    /// What it finds before it acts, as planned and approved; none where an earlier step changes it.
    pub scope: Option<Text>,
}
