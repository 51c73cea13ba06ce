//! What would happen: everything that is shown before anything is asked of any system.
use serde::{Deserialize, Serialize};

use crate::base::{RunId, Span, Text, Time};
use crate::model::ControllerId;
use crate::runbook::Risk;

/// A planned run. Making one changes nothing anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The run's name if it is started: a plan can be started once.
    pub run: RunId,
    pub runbook: Text,
    pub title: Text,
    pub controller: ControllerId,
    pub production: bool,
    pub risk: Risk,
    /// As filled in, by name.
    pub inputs: Vec<(Text, Text)>,
    /// What it acts on, in a word or two: `gpu-4`.
    pub subject: Text,
    pub changes: Vec<Change>,
    pub interrupted: Vec<Interruption>,
    /// What cannot be undone, a sentence each.
    pub irreversible: Vec<Text>,
    /// How to undo it: a runbook's name, or a sentence.
    pub undo: Text,
    pub takes: Option<Span>,
    pub verdicts: Vec<Verdict>,
    pub steps: Vec<PlannedStep>,
    pub confirm: Confirm,
    /// Of the runbook's text, the inputs and the scope: what is confirmed is what runs.
    pub digest: Text,
    pub planned_at: Time,
}

impl Plan {
    /// The guards that say no, or that cannot see.
    pub fn refusals(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|v| matches!(v.kind, VerdictKind::Refused | VerdictKind::Unknown))
    }
}

/// One thing that changes, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `gpu-4`
    pub on: Text,
    /// `static, GPU TensorCore`
    pub about: Text,
    pub from: Text,
    pub to: Text,
}

/// A build that is waited for or broken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interruption {
    /// `tvm-gpu » PR-11352 #3`
    pub build: Text,
    /// `PR-11352 [Relay] Fix …` where it is a pull request's.
    pub pull_request: Option<Text>,
    /// On the controller's clock.
    pub ends: Option<Time>,
    /// How long it should still take, at the time of planning.
    pub left: Option<Span>,
    /// True: it is waited for; false: it dies.
    pub waited_for: bool,
}

/// One step with its inputs filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// `offline`, or `each[gpu-4].offline`.
    pub id: Text,
    pub verb: Text,
    pub depth: u8,
    /// The call it would make, or what it waits for.
    pub does: Text,
}

/// A guard's word on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub guard: Text,
    pub kind: VerdictKind,
    /// `GPU 12 → 11 accepting of 12 (floor 60 %)`
    pub text: Text,
    /// What it was decided on and how old that was: `nodes read 2s ago`.
    pub data: Text,
    pub read_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    Passed,
    /// Not in the way, but look.
    Warning,
    Refused,
    /// It cannot see what it must see; counts as refused.
    Unknown,
}

/// What must be given before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", content = "text", rename_all = "snake_case")]
pub enum Confirm {
    /// `y`
    Key,
    /// This text, typed.
    Typed(Text),
    /// This text, typed after the whole plan was scrolled through.
    TypedAfterReading(Text),
}
