//! What a verb is: the one definition from which its check, its documentation, its plan and its crash tests come.
use serde::{Deserialize, Serialize};

/// How dangerous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Low,
    Medium,
    High,
    Critical,
}

impl Risk {
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word a runbook uses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What becomes of a verb whose effect is in doubt: the process died, or the answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Makes something so, whatever it was. As wanted: done; as before: do it; else ask.
    Set,
    /// Makes something new, found again by a key or mark. One match: adopt; none: again; several: ask.
    Create,
    /// Turns something over. Like set, read again under the lock.
    Toggle,
    /// A program with a keeper of its own.
    Process,
    /// Cannot be taken back or found again: ask, unless the receiver can be queried.
    Once,
    /// Waits for a state; entered again with the same deadline.
    Wait,
    /// Reads; may be read again.
    Read,
}

impl Class {
    /// Whether it writes at all.
    pub const fn has_effect(self) -> bool {
        !matches!(self, Self::Wait | Self::Read)
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Create => "create",
            Self::Toggle => "toggle",
            Self::Process => "process",
            Self::Once => "once",
            Self::Wait => "wait",
            Self::Read => "read",
        }
    }
}

/// What kind of value an input or a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A node of the controller, by name.
    Node,
    /// Any one line.
    Text,
    /// `90s`, `20m`, `4h`.
    Duration,
    /// One of the words listed.
    Choice,
    /// A label that some node has.
    Label,
    /// A job: its full name as Jenkins shows it, `tvm/PR-11352`, or its path, `job/tvm/job/PR-11352`.
    Job,
    /// A build: its path, `job/tvm/job/PR-11352/3`.
    Build,
    /// A queue item's number.
    QueueItem,
    /// A whole number.
    Number,
    /// Words, a list of them.
    Words,
}

impl Kind {
    /// Those that an input may have, in the order in which they are listed for people.
    pub const ALL: [Self; 10] = [
        Self::Node,
        Self::Text,
        Self::Duration,
        Self::Choice,
        Self::Label,
        Self::Job,
        Self::Build,
        Self::QueueItem,
        Self::Number,
        Self::Words,
    ];

    /// The word a runbook uses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Text => "text",
            Self::Duration => "duration",
            Self::Choice => "choice",
            Self::Label => "label",
            Self::Job => "job",
            Self::Build => "build",
            Self::QueueItem => "queue-item",
            Self::Number => "number",
            Self::Words => "words",
        }
    }
}

/// One parameter of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    /// The words of a choice.
    pub of: &'static [&'static str],
    pub doc: &'static str,
}

impl Param {
    /// One that must be given.
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, required: true, of: &[], doc }
    }

    /// One that may be left out.
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, required: false, of: &[], doc }
    }

    /// One of some words; the first is meant when it is left out.
    pub const fn choice(name: &'static str, of: &'static [&'static str], doc: &'static str) -> Self {
        Self { name, kind: Kind::Choice, required: false, of, doc }
    }
}

/// A verb as runbooks, plans, documents and tests see it; what it does is in `actions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct VerbSpec {
    /// `jenkins.node.offline`
    pub name: &'static str,
    /// Raised when its meaning changes: a run that was begun with another version asks.
    pub version: u32,
    pub class: Class,
    /// A runbook that uses it is at least so dangerous.
    pub least_risk: Risk,
    pub params: &'static [Param],
    /// What `steps.ID` holds afterwards, a sentence.
    pub result: &'static str,
    /// The permission it needs on the controller.
    pub needs: &'static str,
    /// It restores service: capacity, window and freeze do not stand in its way.
    pub rescue: bool,
    /// Whether it can be undone.
    pub undoable: bool,
    /// One line of a runbook.
    pub example: &'static str,
    pub doc: &'static str,
}

impl VerbSpec {
    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|p| p.name == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}
