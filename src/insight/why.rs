//! Why a queue item waits, as far as Jenkins alone can tell, and when it should start.
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Span, Text, Time};
use crate::model::{Jenkins, QueueItem, QueueState};

use super::capacity::{Capacity, LabelState, Labels};

/// What keeps an item back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blockage {
    /// The controller is about to shut down; nothing starts.
    QuietingDown,
    /// The quiet period, until this moment on the controller's clock.
    QuietPeriod {
        until: Time,
    },
    /// Another build of the same job, or upstream or downstream of it.
    OtherBuild {
        which: Option<Text>,
    },
    /// The Throttle Concurrent Builds plugin or a lock.
    Throttled,
    /// The label expression cannot be read.
    BadLabel {
        error: Text,
    },
    /// No node and no fleet has such a label.
    NoSuchLabel,
    /// Its nodes exist and none is connected and accepting.
    AllOffline {
        nodes: usize,
        marked: usize,
    },
    /// It may run on one node only.
    Pinned {
        node: Text,
        accepting: bool,
        busy: bool,
    },
    /// The fleet asked for more and they are on their way.
    FleetStarting {
        coming: u32,
    },
    FleetAtMaximum {
        max: u32,
        busy: usize,
    },
    /// The fleet has room and has not asked for more yet.
    FleetIdle {
        active: u32,
        max: Option<u32>,
    },
    NoFreeExecutor {
        busy: usize,
        of: usize,
    },
    /// There is a free executor: it should start at once.
    AboutToStart,
    /// Nothing of the above; Jenkins' own words are all there is.
    Other,
}

impl Blockage {
    /// A word that stays the same, for filters and JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::QuietingDown => "quieting_down",
            Self::QuietPeriod { .. } => "quiet_period",
            Self::OtherBuild { .. } => "blocked_by_build",
            Self::Throttled => "throttled",
            Self::BadLabel { .. } => "bad_label",
            Self::NoSuchLabel => "no_such_label",
            Self::AllOffline { .. } => "all_offline",
            Self::Pinned { .. } => "pinned",
            Self::FleetStarting { .. } => "fleet_starting",
            Self::FleetAtMaximum { .. } => "fleet_at_maximum",
            Self::FleetIdle { .. } => "fleet_idle",
            Self::NoFreeExecutor { .. } => "no_free_executor",
            Self::AboutToStart => "about_to_start",
            Self::Other => "other",
        }
    }

    /// Whether it stays so until somebody does something.
    pub const fn needs_somebody(&self) -> bool {
        matches!(
            self,
            Self::NoSuchLabel
                | Self::BadLabel { .. }
                | Self::AllOffline { .. }
                | Self::QuietingDown
                | Self::Pinned { accepting: false, .. }
        )
    }
}

impl fmt::Display for Blockage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuietingDown => f.write_str("the controller is quieting down; nothing starts"),
            Self::QuietPeriod { until } => write!(f, "in its quiet period until {}", hour(*until)),
            Self::OtherBuild { which: Some(which) } => write!(f, "blocked by {which}"),
            Self::OtherBuild { which: None } => f.write_str("blocked by another build"),
            Self::Throttled => f.write_str("throttled: too many of its kind run already"),
            Self::BadLabel { error } => write!(f, "label expression cannot be read: {error}"),
            Self::NoSuchLabel => f.write_str("no node has such a label"),
            Self::AllOffline { nodes: 1, marked: 1 } => f.write_str("its only node is marked offline"),
            Self::AllOffline { nodes: 1, .. } => f.write_str("its only node is offline"),
            Self::AllOffline { nodes, marked: 0 } => write!(f, "all {nodes} of its nodes are offline"),
            Self::AllOffline { nodes, marked } => write!(f, "all {nodes} of its nodes are offline, {marked} marked so"),
            Self::Pinned { node, accepting: false, .. } => write!(f, "only {node} will do, and it accepts nothing"),
            Self::Pinned { node, busy: true, .. } => write!(f, "only {node} will do, and it is busy"),
            Self::Pinned { node, .. } => write!(f, "only {node} will do"),
            Self::FleetStarting { coming } => write!(f, "fleet is starting {coming} more"),
            Self::FleetAtMaximum { max, busy } => write!(f, "fleet at its maximum {max}, {busy} busy"),
            Self::FleetIdle { active, max: Some(max) } => {
                write!(f, "fleet has {active} of {max} and asked for no more yet")
            }
            Self::FleetIdle { active, max: None } => write!(f, "fleet has {active} and asked for no more yet"),
            Self::NoFreeExecutor { busy, of } => write!(f, "no free executor: {busy} of {of} busy"),
            Self::AboutToStart => f.write_str("about to start"),
            Self::Other => f.write_str("waits"),
        }
    }
}

fn hour(time: Time) -> String {
    time.to_string().get(11..19).unwrap_or_default().to_owned() + "Z"
}

/// What is found out about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub blockage: Blockage,
    /// Expected start on the controller's clock, where it can be computed.
    pub starts: Option<Time>,
}

impl Diagnosis {
    /// How long until it should start.
    pub fn starts_in(&self, now: Time) -> Option<Span> {
        self.starts.map(|at| Span(at.since(now)))
    }
}

/// How long a fleet's instance takes from being asked for to its first build, when nothing better is known
/// (EC2 boot and agent launch, as the installation's maintainers report it).
const FLEET_START: Duration = Duration::from_secs(180);

/// The diagnoses of a whole queue: what is common to a label is worked out once.
#[derive(Clone, Debug, Default)]
pub struct Diagnoses {
    by: HashMap<u64, Diagnosis>,
    pub labels: Arc<Labels>,
}

impl Diagnoses {
    /// Of every item of `jenkins`' queue.
    pub fn of(jenkins: &Jenkins) -> Self {
        let labels = Labels::of(jenkins);
        let quieting = jenkins.controller.get().is_some_and(|c| c.quieting_down);
        let known = jenkins.nodes.get().is_some();
        let mut items: Vec<&QueueItem> = jenkins.queue.get().into_iter().flatten().map(Arc::as_ref).collect();
        items.sort_by_key(|i| (i.since, i.id));
        let mut taken: HashMap<Text, usize> = HashMap::new();
        let mut by = HashMap::with_capacity(items.len());
        for item in items {
            let state = labels.get(item.label.as_deref().unwrap_or_default());
            let blockage = blockage(item, state, quieting, known);
            let place = taken.entry(item.label.clone().unwrap_or_default()).or_default();
            let starts = starts(item, &blockage, state.map(|s| &s.capacity), *place);
            *place += usize::from(item.waits_for_executor());
            by.insert(item.id, Diagnosis { blockage, starts });
        }
        Self { by, labels: Arc::new(labels) }
    }

    pub fn get(&self, id: u64) -> Option<&Diagnosis> {
        self.by.get(&id)
    }
}

/// Jenkins' own reason is read in English, which the client asks for; flags come first, words only tell blockages apart.
fn blockage(item: &QueueItem, label: Option<&LabelState>, quieting: bool, nodes_known: bool) -> Blockage {
    match item.state {
        _ if quieting && item.state != QueueState::Pending => Blockage::QuietingDown,
        QueueState::Waiting => item.not_before.map_or(Blockage::Other, |until| Blockage::QuietPeriod { until }),
        QueueState::Blocked => blocked(&item.why),
        QueueState::Pending => Blockage::AboutToStart,
        QueueState::Buildable => label.filter(|_| nodes_known).map_or(Blockage::Other, for_executor),
    }
}

fn blocked(why: &str) -> Blockage {
    let lower = why.to_lowercase();
    if lower.contains("throttl")
        || lower.contains("already running")
        || lower.contains("lock") && !lower.contains("block")
    {
        return Blockage::Throttled;
    }
    // "Build #12 is already in progress (ETA: 3 min)", "Upstream project tvm is already building."
    let which = ["Build #", "Upstream project ", "Downstream project "].iter().find_map(|start| {
        let rest = why.get(why.find(start)?..)?;
        let end = rest.find(" is already")?;
        rest.get(..end).map(Text::line)
    });
    Blockage::OtherBuild { which }
}

fn for_executor(label: &LabelState) -> Blockage {
    let capacity = &label.capacity;
    if let Some(error) = &label.error {
        return Blockage::BadLabel { error: error.clone() };
    }
    match (&capacity.fleet, &capacity.only) {
        _ if capacity.free > 0 => Blockage::AboutToStart,
        (Some(fleet), _) if fleet.at_maximum() => {
            Blockage::FleetAtMaximum { max: fleet.max.unwrap_or(fleet.active), busy: capacity.busy }
        }
        (Some(fleet), _) if fleet.starting() > 0 => Blockage::FleetStarting { coming: fleet.starting() },
        (Some(fleet), _) => Blockage::FleetIdle { active: fleet.active, max: fleet.max },
        (None, _) if capacity.nodes == 0 => Blockage::NoSuchLabel,
        (None, Some(node)) if *node == label.label => {
            Blockage::Pinned { node: node.clone(), accepting: capacity.accepting > 0, busy: capacity.busy > 0 }
        }
        (None, _) if capacity.accepting == 0 && capacity.executors > 0 => {
            Blockage::AllOffline { nodes: capacity.nodes, marked: capacity.marked }
        }
        (None, _) => Blockage::NoFreeExecutor { busy: capacity.working(), of: capacity.accepting },
    }
}

/// `place`: how many items of the same label wait longer.
fn starts(item: &QueueItem, blockage: &Blockage, capacity: Option<&Capacity>, place: usize) -> Option<Time> {
    let soonest = || capacity?.ends.get(place).copied();
    match blockage {
        Blockage::QuietPeriod { until } => Some(*until),
        Blockage::FleetStarting { coming } if place < *coming as usize => {
            let fleet = item.buildable_since.unwrap_or(item.since).plus(FLEET_START);
            Some(soonest().map_or(fleet, |end| end.min(fleet)))
        }
        Blockage::NoFreeExecutor { .. }
        | Blockage::FleetAtMaximum { .. }
        | Blockage::FleetStarting { .. }
        | Blockage::FleetIdle { .. }
        | Blockage::Pinned { accepting: true, .. } => soonest(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::testing::{ago, busy, item, jenkins, node, now};
    use crate::model::{FleetStat, Reading};

    fn word(jenkins: &Jenkins, id: u64) -> &'static str {
        Diagnoses::of(jenkins).get(id).unwrap().blockage.word()
    }

    fn with_fleet(active: u32, desired: u32, max: Option<u32>) -> Jenkins {
        let node = busy(node("i-1", &["CPU"]), "tvm » main", 1, 60, 600);
        let mut jenkins = jenkins(vec![node], vec![item(1, "CPU")]);
        let stat = FleetStat { fleet: "asg".into(), label: "CPU".into(), active, desired, max, state: "active".into() };
        jenkins.fleets = Reading::fresh(vec![Arc::new(stat)], now());
        jenkins
    }

    #[test]
    fn a_label_that_nobody_has() {
        assert_eq!(word(&jenkins(vec![node("a", &["CPU"])], vec![item(1, "GPU")]), 1), "no_such_label");
    }

    #[test]
    fn nodes_that_are_all_offline() {
        let mut off = node("gpu-1", &["GPU"]);
        off.offline = true;
        let mut marked = off.clone();
        marked.temporarily_offline = true;
        let jenkins = jenkins(vec![off, marked], vec![item(1, "GPU")]);
        let why = Diagnoses::of(&jenkins).get(1).unwrap().blockage.clone();
        assert_eq!(why, Blockage::AllOffline { nodes: 2, marked: 1 });
        assert!(why.needs_somebody());
    }

    #[test]
    fn no_free_executor_and_who_starts_first() {
        let a = busy(node("gpu-1", &["GPU"]), "tvm-gpu » PR-1", 1, 60, 600);
        let b = busy(node("gpu-2", &["GPU"]), "tvm-gpu » PR-2", 1, 60, 360);
        let mut older = item(9, "GPU");
        older.since = ago(900);
        let all = Diagnoses::of(&jenkins(vec![a, b], vec![item(1, "GPU"), older, item(2, "GPU")]));
        assert_eq!(all.get(1).unwrap().blockage, Blockage::NoFreeExecutor { busy: 2, of: 2 });
        assert_eq!(all.get(9).unwrap().starts_in(now()).unwrap().0.as_secs(), 300);
        assert_eq!(all.get(1).unwrap().starts_in(now()).unwrap().0.as_secs(), 540);
        assert_eq!(all.get(2).unwrap().starts, None);
    }

    #[test]
    fn fleets_full_starting_and_idle() {
        assert_eq!(word(&with_fleet(4, 4, Some(4)), 1), "fleet_at_maximum");
        assert_eq!(word(&with_fleet(3, 5, Some(9)), 1), "fleet_starting");
        assert_eq!(word(&with_fleet(3, 3, None), 1), "fleet_idle");
    }

    #[test]
    fn blocked_quiet_throttled_and_pinned() {
        let mut blocked = item(1, "");
        blocked.state = QueueState::Blocked;
        blocked.why = "Build #12 is already in progress (ETA: 3 min 4 sec)".into();
        let mut throttled = blocked.clone();
        (throttled.id, throttled.why) = (2, "Already running 3 builds across all nodes".into());
        let mut quiet = item(3, "");
        (quiet.state, quiet.not_before) = (QueueState::Waiting, Some(now()));
        let pinned = item(4, "gpu-1");
        let node = busy(node("gpu-1", &["GPU"]), "x", 1, 1, 9);
        let jenkins = jenkins(vec![node], vec![blocked, throttled, quiet, pinned]);
        let all = Diagnoses::of(&jenkins);
        assert_eq!(all.get(1).unwrap().blockage, Blockage::OtherBuild { which: Some("Build #12".into()) });
        assert_eq!(all.get(2).unwrap().blockage, Blockage::Throttled);
        assert_eq!(all.get(3).unwrap().starts, Some(now()));
        assert_eq!(
            all.get(4).unwrap().blockage,
            Blockage::Pinned { node: "gpu-1".into(), accepting: true, busy: true }
        );
    }

    #[test]
    fn a_controller_that_quiets_down_starts_nothing() {
        let mut jenkins = jenkins(vec![node("a", &["CPU"])], vec![item(1, "CPU")]);
        assert_eq!(word(&jenkins, 1), "about_to_start");
        let mut controller = crate::insight::testing::controller();
        controller.quieting_down = true;
        jenkins.controller = Reading::fresh(controller, now());
        assert_eq!(word(&jenkins, 1), "quieting_down");
    }

    #[test]
    fn without_nodes_read_nothing_is_concluded() {
        let mut jenkins = jenkins(vec![], vec![item(1, "GPU")]);
        jenkins.nodes = Reading::default();
        assert_eq!(word(&jenkins, 1), "other");
    }
}
