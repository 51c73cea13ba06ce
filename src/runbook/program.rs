//! A runbook as it was read: checked, but nothing filled in yet.
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::{Span, Text};

use super::{Kind, Place, Risk, VerbSpec};

/// A checked runbook.
#[derive(Clone, Debug)]
pub struct Runbook {
    pub name: Text,
    pub title: Text,
    pub about: Text,
    pub risk: Risk,
    pub window: Window,
    pub inputs: Vec<Input>,
    /// Each may hold expressions.
    pub locks: Vec<String>,
    pub guards: Vec<Guard>,
    pub steps: Vec<Step>,
    /// The runbook that undoes it.
    pub undo: Option<Text>,
    /// The YAML that it was read from.
    pub text: Arc<str>,
    /// `built in` or the file.
    pub from: Text,
}

/// Whether it should be done in a maintenance window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    None,
    Advised,
    Required,
}

/// One input.
#[derive(Clone, Debug)]
pub struct Input {
    pub name: Text,
    pub kind: Kind,
    pub about: Text,
    /// May hold expressions.
    pub default: Option<Value>,
    pub of: Vec<Text>,
}

/// A guard that the runbook asks for, beyond those that are always there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    pub name: Text,
    /// May hold expressions.
    pub with: Map<String, Value>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: Text,
    pub verb: &'static VerbSpec,
    /// May hold expressions.
    pub with: Map<String, Value>,
    /// An expression.
    pub when: Option<String>,
    /// May be an expression.
    pub timeout: Option<String>,
    pub on_timeout: Otherwise,
    pub on_failure: Otherwise,
    /// Attempts after the first, made without asking.
    pub retry: u32,
    pub undo: UndoStep,
    pub at: Place,
}

/// What to do when a step fails or takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// A person decides.
    Ask,
    /// The run has failed.
    Fail,
    /// Go on with the next step.
    Continue,
}

/// What undoing the run does with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoStep {
    /// As it was before, while our mark still stands.
    Restore,
    /// Left as it is.
    Keep,
}

/// A guard that a runbook can ask for.
#[derive(Clone, Copy, Debug)]
pub struct GuardSpec {
    pub name: &'static str,
    pub params: &'static [super::Param],
    pub doc: &'static str,
}

/// The guards that a runbook can ask for; role, arming, freshness, lock and confirmation are always there.
pub const GUARDS: &[GuardSpec] = &[GuardSpec {
    name: "capacity",
    params: &[
        super::Param::optional("node", Kind::Node, "every label of this node is looked at"),
        super::Param::optional("label", Kind::Label, "this label is looked at"),
        super::Param::optional("keep", Kind::Text, "the share that must go on accepting, `60%`; else the site file's"),
        super::Param::choice("outage", &["no", "yes"], "whether the only node of a label may go"),
    ],
    doc: "of each label's configured executors, enough must go on accepting builds",
}];

/// A length of time from a filled-in value: `4h`, or a number of seconds.
///
/// # Errors
/// Says how to write one.
pub fn duration(value: &Value) -> Result<Span, String> {
    match value {
        Value::Number(n) => n
            .as_u64()
            .map(|s| Span(std::time::Duration::from_secs(s)))
            .ok_or_else(|| format!("`{n}` is not a length of time; write one like 90s, 20m, 4h, 1h30m or 2d")),
        Value::String(text) => text.parse(),
        other => Err(format!("`{other}` is not a length of time; write one like 90s, 20m, 4h, 1h30m or 2d")),
    }
}
