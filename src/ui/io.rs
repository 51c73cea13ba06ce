//! What goes into the screen's state machine and what comes out of it.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{RunId, Text, Time};
use crate::model::{ControllerId, Snapshot, Standing, Topic, TopicData};
use crate::run::{Command, Plan, Runs};

/// Something happened.
#[derive(Clone, Debug)]
pub enum Input {
    Terminal(crossterm::event::Event),
    /// The clock moved on far enough that a shown age may have changed.
    Tick(Time),
    Snapshot(Arc<Snapshot>),
    /// News of a topic that `App::topics` named; `generation` is raised when the topic is asked for anew, and news of
    /// an older one is dropped.
    Topic {
        topic: Topic,
        generation: u64,
        data: TopicData,
    },
    Runs(Arc<Runs>),
    Standing(BTreeMap<ControllerId, Standing>),
    /// The answer to `Effect::Plan`.
    Planned {
        request: u64,
        result: Result<Arc<Plan>, Text>,
    },
    /// The answer to `Effect::Start`.
    Started {
        request: u64,
        result: Result<RunId, Text>,
    },
    /// The answer to any other effect that can fail or has something to say.
    Said {
        kind: Saying,
        text: Text,
    },
}

/// How a message to the person is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    Done,
    Warning,
    Failed,
}

/// Something is wanted of the outside.
#[derive(Clone, Debug)]
pub enum Effect {
    Quit,
    /// `ctrl-z`
    Suspend,
    /// Clear the terminal and draw everything again.
    Repaint,
    /// To the clipboard, by OSC 52.
    Copy(Text),
    /// In a browser.
    Open(String),
    /// Write a file in the working directory; the answer says its name.
    Export {
        name: String,
        content: String,
    },
    Plan {
        request: u64,
        controller: ControllerId,
        runbook: Text,
        inputs: Vec<(Text, Text)>,
    },
    /// Start what was planned; `confirm` is what the person typed.
    Start {
        request: u64,
        plan: Arc<Plan>,
        confirm: Text,
    },
    Tell {
        run: RunId,
        command: Command,
    },
    Arm {
        controller: ControllerId,
        reason: Text,
    },
    Disarm {
        controller: ControllerId,
    },
    /// Read everything of this controller again now.
    Refresh {
        controller: ControllerId,
    },
}
