//! A node, what runs on it, and why it may be offline (`/computer/api/json`).
use std::time::Duration;

use serde::Serialize;

use crate::base::{Text, Time, UrlPath};

use super::BuildId;

/// One row of `/computer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: Text,
    /// `computer/NAME` below the controller's root; the key by which a node is told from others.
    pub path: UrlPath,
    pub kind: NodeKind,
    pub description: Text,
    /// Without the node's own name, which Jenkins always lists as well.
    pub labels: Vec<Text>,
    pub num_executors: u32,
    pub executors: Vec<Executor>,
    /// Executors outside the count: they hold Pipelines themselves, not their steps.
    pub one_off: Vec<Executor>,
    pub idle: bool,
    pub offline: bool,
    /// Marked offline by somebody or by a monitor; a mark survives a restart of the controller.
    pub temporarily_offline: bool,
    pub cause: Option<OfflineCause>,
    /// The controller can launch the agent itself (SSH, command); inbound agents connect by themselves.
    pub launch_supported: bool,
    pub inbound: bool,
    pub monitors: Monitors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    BuiltIn,
    Static,
    /// Made by a cloud plugin; for the EC2 Fleet plugin the name is the instance's id.
    Autoscaled,
}

/// A node's state, from flags alone: texts are translated and are no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Not connected and nobody meant it so.
    Offline,
    /// Marked offline, and something still runs.
    Draining,
    /// Marked offline, nothing runs.
    MarkedOffline,
    Busy,
    Idle,
}

impl Node {
    pub fn state(&self) -> NodeState {
        match (self.temporarily_offline, self.offline, self.busy() > 0) {
            (true, _, true) => NodeState::Draining,
            (true, _, false) => NodeState::MarkedOffline,
            (false, true, _) => NodeState::Offline,
            (false, false, true) => NodeState::Busy,
            (false, false, false) => NodeState::Idle,
        }
    }

    /// Executors that run something, one-off ones not counted.
    pub fn busy(&self) -> usize {
        self.executors.iter().filter(|e| !e.idle).count()
    }

    /// Whether new builds may start here.
    pub fn accepting(&self) -> bool {
        !self.offline && !self.temporarily_offline && self.num_executors > 0
    }

    /// Whether `label` is one of this node's labels or its name.
    pub fn has_label(&self, label: &str) -> bool {
        self.name == *label || self.labels.iter().any(|l| *l == *label)
    }
}

/// One executor slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executor {
    pub number: i32,
    pub idle: bool,
    pub likely_stuck: bool,
    /// Percent done by the build's own estimate; none when Jenkins has none (-1).
    pub progress: Option<u8>,
    pub occupant: Option<Occupant>,
}

/// What an executor runs. Steps of a Pipeline show with their class only on older controllers: then all is empty but `class`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Occupant {
    /// The `_class` of the executable.
    pub class: Text,
    pub title: Text,
    pub build: Option<BuildId>,
    pub started: Option<Time>,
    pub estimated: Option<Duration>,
}

impl Occupant {
    /// When it should end by Jenkins' own estimate, on the controller's clock.
    pub fn ends(&self) -> Option<Time> {
        Some(self.started?.plus(self.estimated?))
    }
}

/// Why a node is offline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineCause {
    pub kind: OfflineKind,
    /// As shown: first line of `offlineCauseReason` or of the cause's description.
    pub reason: Text,
    /// All lines, where there are more (a stack trace).
    pub detail: Text,
    pub since: Option<Time>,
}

/// From the cause's `_class`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineKind {
    /// `UserCause`: a person, with a reason.
    User,
    /// `ByCLI`.
    Cli,
    /// `ChannelTermination`: the connection broke.
    Channel,
    /// `LaunchFailed`.
    LaunchFailed,
    /// One of the node monitors (disk, swap, clock, response time).
    Monitor,
    /// `IdleOfflineCause`: a retention strategy.
    Idle,
    /// No cause at all: it never connected.
    NeverConnected,
    /// Any other class.
    Other,
}

/// What the controller's node monitors last measured; each is absent until it was measured once.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Monitors {
    pub architecture: Option<Text>,
    /// The agent's root.
    pub disk: Option<Disk>,
    pub temp: Option<Disk>,
    pub memory: Option<Memory>,
    pub response: Option<Duration>,
    /// The node's clock less the controller's, in milliseconds.
    pub clock_diff: Option<i64>,
}

/// Free space of one file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    pub path: Text,
    /// Bytes free.
    pub free: u64,
    /// Bytes in all; only newer controllers say it.
    pub total: Option<u64>,
    pub at: Option<Time>,
}

/// Bytes of memory and swap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    pub free: u64,
    pub total: u64,
    pub swap_free: u64,
    pub swap_total: u64,
}
