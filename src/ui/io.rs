//! What goes into the screen's state machine and what comes out of it.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{RunId, Text, Time};
use crate::model::{ControllerId, Snapshot, Standing, Topic, TopicData};
use crate::run::{Command, Plan, Runs};
use crate::runbook::Catalogue;
use crate::site::BellLimits;

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
    /// The runbooks there are; until it comes, the screen says that they are being read.
    Catalogue(Arc<Catalogue>),
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

/// What the screen is made of, besides what comes in later.
#[derive(Clone, Debug)]
pub struct UiParts {
    /// The installation's name, as in the site file.
    pub site: Text,
    /// In the site file's order.
    pub controllers: Vec<ControllerCard>,
    pub limits: BellLimits,
    pub now: Time,
    /// The person's own keymap: `default`, `vim`, `emacs`, or a file.
    pub keymap: Choice,
    /// The person's own theme: a built-in one's name, or a file. Empty: by the terminal's background.
    pub theme: Choice,
    pub terminal: Terminal,
    /// A simulated installation, marked as such so that nobody takes it for the real one.
    pub simulated: bool,
}

/// A controller, as far as the screen must know the site file.
#[derive(Clone, Debug)]
pub struct ControllerCard {
    pub id: ControllerId,
    /// With its path and closing slash.
    pub url: url::Url,
    pub production: bool,
}

/// One of the built-in ones, or a file of the person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Default,
    Named(String),
    /// Its name, for messages, and its text.
    File {
        name: String,
        text: String,
    },
}

/// What the terminal can do, from the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    pub colours: Colours,
    /// Its background is light.
    pub light: bool,
    /// It shows more than ASCII.
    pub unicode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colours {
    /// `NO_COLOR`.
    None,
    Sixteen,
    Indexed,
    True,
}
