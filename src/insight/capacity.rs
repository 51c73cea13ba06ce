//! What a label has and what waits for it: nodes, executors, fleets, queue items, by label expression.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Text, Time};
use crate::model::{FleetStat, Jenkins, Node, NodeState, QueueItem, QueueState};

use super::label::LabelExpr;

/// What a label expression can count on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    pub nodes: usize,
    pub offline: usize,
    /// Marked offline, with or without something still running.
    pub marked: usize,
    /// Executors of all its nodes.
    pub executors: usize,
    /// Executors of nodes that are connected or still run something.
    pub busy: usize,
    /// Executors of nodes that accept builds.
    pub accepting: usize,
    /// Free executors of nodes that accept builds.
    pub free: usize,
    pub one_off: usize,
    /// Ends of what runs there, on the controller's clock, soonest first; of accepting nodes only.
    pub ends: Vec<Time>,
    /// Its fleets together, where the controller's fleet page names them.
    pub fleet: Option<FleetSum>,
    /// The only node that matches, when there is just one.
    pub only: Option<Text>,
}

/// Fleets of one label, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FleetSum {
    pub active: u32,
    pub desired: u32,
    /// None when one of them does not say it.
    pub max: Option<u32>,
}

impl FleetSum {
    pub fn at_maximum(&self) -> bool {
        self.max.is_some_and(|max| self.active >= max)
    }

    /// Instances asked for that are not there yet.
    pub fn starting(&self) -> u32 {
        self.desired.saturating_sub(self.active)
    }
}

/// A label with what it has and what waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelState {
    /// The expression as the queue or the nodes have it; empty: any node.
    pub label: Text,
    pub capacity: Capacity,
    /// Items that wait for an executor of it.
    pub waiting: usize,
    pub oldest: Option<Time>,
    /// The expression could not be read, and why.
    pub error: Option<Text>,
}

/// Every label expression that matters now.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    by: BTreeMap<Text, LabelState>,
}

impl Labels {
    /// All labels of the nodes, and all expressions that queue items ask for.
    pub fn of(jenkins: &Jenkins) -> Self {
        let nodes = jenkins.nodes.get().map(Vec::as_slice).unwrap_or_default();
        let fleets = jenkins.fleets.get().map(Vec::as_slice).unwrap_or_default();
        let mut by: BTreeMap<Text, LabelState> = BTreeMap::new();
        let own = nodes.iter().flat_map(|n| n.labels.iter()).chain(fleets.iter().map(|f| &f.label));
        for label in own {
            by.entry(label.clone()).or_insert_with(|| LabelState::empty(label.clone()));
        }
        for item in jenkins.queue.get().into_iter().flatten().filter(|i| i.waits_for_executor()) {
            let label = item.label.clone().unwrap_or_default();
            let state = by.entry(label.clone()).or_insert_with(|| LabelState::empty(label));
            state.waiting += 1;
            let since = item.since;
            state.oldest = Some(state.oldest.map_or(since, |oldest| oldest.min(since)));
        }
        for state in by.values_mut() {
            state.measure(nodes, fleets);
        }
        Self { by }
    }

    pub fn get(&self, label: &str) -> Option<&LabelState> {
        self.by.get(label)
    }

    pub fn iter(&self) -> impl Iterator<Item = &LabelState> {
        self.by.values()
    }

    /// Those with something waiting, most waiting first, then by name.
    pub fn waiting(&self) -> Vec<&LabelState> {
        let mut out: Vec<&LabelState> = self.by.values().filter(|s| s.waiting > 0).collect();
        out.sort_by(|a, b| b.waiting.cmp(&a.waiting).then_with(|| a.label.cmp(&b.label)));
        out
    }

    pub fn is_empty(&self) -> bool {
        self.by.is_empty()
    }
}

impl QueueItem {
    /// Whether it waits for an executor, and not for time or for another build.
    pub fn waits_for_executor(&self) -> bool {
        matches!(self.state, QueueState::Buildable | QueueState::Pending)
    }
}

impl LabelState {
    fn empty(label: Text) -> Self {
        Self { label, capacity: Capacity::default(), waiting: 0, oldest: None, error: None }
    }

    fn measure(&mut self, nodes: &[Arc<Node>], fleets: &[Arc<FleetStat>]) {
        if self.label.is_empty() {
            self.capacity = Capacity::of(nodes.iter().map(Arc::as_ref));
            return;
        }
        match LabelExpr::parse(&self.label) {
            Ok(expr) => {
                self.capacity = Capacity::of(nodes.iter().map(Arc::as_ref).filter(|n| expr.allows(n)));
                self.capacity.fleet = fleet_sum(&expr, fleets);
            }
            Err(error) => self.error = Some(Text::line(&error.to_string())),
        }
    }

    /// How long the oldest item has waited.
    pub fn wait(&self, now: Time) -> Option<Duration> {
        Some(now.since(self.oldest?))
    }
}

fn fleet_sum(expr: &LabelExpr, fleets: &[Arc<FleetStat>]) -> Option<FleetSum> {
    let mut sum: Option<FleetSum> = None;
    for fleet in fleets {
        // A cloud has several labels, separated by blanks.
        if !expr.matches(&|label| fleet.label.split_whitespace().any(|l| l == label)) {
            continue;
        }
        let first = sum.is_none();
        let total = sum.get_or_insert_default();
        total.active += fleet.active;
        total.desired += fleet.desired;
        total.max = match (first, total.max, fleet.max) {
            (true, _, max) => max,
            (false, Some(a), Some(b)) => Some(a + b),
            _ => None,
        };
    }
    sum
}

impl Capacity {
    /// Busy executors of nodes that accept builds: never more than `accepting`, as those of draining nodes are no part of it.
    pub fn working(&self) -> usize {
        self.accepting.saturating_sub(self.free)
    }

    /// Counts these nodes.
    pub fn of<'a>(nodes: impl Iterator<Item = &'a Node>) -> Self {
        let mut sum = Self::default();
        for node in nodes {
            sum.add(node);
        }
        sum.ends.sort_unstable();
        sum
    }

    fn add(&mut self, node: &Node) {
        self.nodes += 1;
        self.only = (self.nodes == 1).then(|| node.name.clone());
        let executors = node.num_executors as usize;
        let busy = node.busy();
        self.executors += executors;
        self.one_off += node.one_off.len();
        match node.state() {
            NodeState::Offline => self.offline += 1,
            NodeState::Draining | NodeState::MarkedOffline => {
                self.marked += 1;
                self.busy += busy;
            }
            NodeState::Busy | NodeState::Idle => self.busy += busy,
        }
        if node.accepting() {
            self.accepting += executors;
            self.free += executors.saturating_sub(busy);
            self.ends.extend(node.executors.iter().filter_map(|e| e.occupant.as_ref()?.ends()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::testing::{item, jenkins, node};

    #[test]
    fn counts_what_a_label_has_and_what_waits_for_it() {
        let mut off = node("gpu-3", &["GPU"]);
        off.offline = true;
        let jenkins = jenkins(
            vec![node("gpu-1", &["GPU", "TensorCore"]), node("gpu-2", &["GPU"]), off, node("cpu-1", &["CPU"])],
            vec![item(1, "GPU"), item(2, "GPU&&TensorCore"), item(3, "GPU")],
        );
        let labels = Labels::of(&jenkins);
        let gpu = labels.get("GPU").unwrap();
        assert_eq!((gpu.waiting, gpu.capacity.nodes, gpu.capacity.offline, gpu.capacity.accepting), (2, 3, 1, 2));
        let both = labels.get("GPU&&TensorCore").unwrap();
        assert_eq!((both.waiting, both.capacity.nodes), (1, 1));
        assert_eq!(both.capacity.only.as_deref(), Some("gpu-1"));
        assert_eq!(labels.waiting().iter().map(|s| s.label.as_str()).collect::<Vec<_>>(), ["GPU", "GPU&&TensorCore"]);
        assert_eq!(labels.get("CPU").unwrap().waiting, 0);
    }

    #[test]
    fn what_a_draining_node_still_runs_is_not_counted_against_those_that_accept() {
        let mut draining = crate::insight::testing::busy(node("gpu-1", &["GPU"]), "tvm » main", 1, 60, 600);
        (draining.offline, draining.temporarily_offline) = (true, true);
        let working = crate::insight::testing::busy(node("gpu-2", &["GPU"]), "tvm » main", 2, 60, 600);
        let labels = Labels::of(&jenkins(vec![draining, working], vec![item(1, "GPU")]));
        let gpu = &labels.get("GPU").unwrap().capacity;
        assert_eq!((gpu.busy, gpu.working(), gpu.accepting), (2, 1, 1));
    }

    #[test]
    fn adds_up_the_fleets_of_a_label() {
        let mut jenkins = jenkins(vec![node("i-1", &["CPU"])], vec![item(1, "CPU")]);
        let fleet = |name: &str, active, desired, max| {
            Arc::new(FleetStat {
                fleet: name.into(),
                label: "CPU CPU-SPOT".into(),
                active,
                desired,
                max,
                state: "active".into(),
            })
        };
        jenkins.fleets = crate::model::Reading::fresh(
            vec![fleet("a", 3, 4, Some(10)), fleet("b", 2, 2, Some(5))],
            Time::from_millis(0),
        );
        let sum = Labels::of(&jenkins).get("CPU").unwrap().capacity.fleet.clone().unwrap();
        assert_eq!(sum, FleetSum { active: 5, desired: 6, max: Some(15) });
        assert_eq!((sum.starting(), sum.at_maximum()), (1, false));
    }

    #[test]
    fn a_label_that_cannot_be_read_says_so() {
        let labels = Labels::of(&jenkins(vec![], vec![item(1, "GPU &&")]));
        assert!(labels.get("GPU &&").unwrap().error.as_ref().unwrap().contains("missing"));
    }
}
