//! Nodes as a map: a sign for each, sorted by state, a line for each label; many nodes share a sign, none vanishes.
use crate::base::Text;
use crate::model::{Node, NodeKind, NodeState};
use crate::views::status::NodeCounts;
use crate::views::{Tone, words};

/// A line of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    pub label: Text,
    pub counts: NodeCounts,
}

/// The sign of a state.
pub const fn sign(state: NodeState) -> &'static str {
    match state {
        NodeState::Busy => "■",
        NodeState::Idle => "□",
        NodeState::Draining => "◐",
        NodeState::MarkedOffline => "○",
        NodeState::Offline => "✕",
    }
}

/// Nodes by their first label, the largest band first; the built-in node without executors is none.
pub fn bands<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<Band> {
    let mut by: std::collections::BTreeMap<Text, Vec<NodeState>> = std::collections::BTreeMap::new();
    for node in nodes.filter(|n| n.num_executors > 0) {
        let label = node.labels.first().cloned().unwrap_or_else(|| Text::line(words::node_kind(node.kind)));
        let label = if node.kind == NodeKind::BuiltIn { Text::line("built-in") } else { label };
        by.entry(label).or_default().push(node.state());
    }
    let mut bands: Vec<Band> =
        by.into_iter().map(|(label, states)| Band { label, counts: NodeCounts::of(states.into_iter()) }).collect();
    bands.sort_by(|a, b| b.counts.total().cmp(&a.counts.total()).then_with(|| a.label.cmp(&b.label)));
    bands
}

/// How many signs of each state fit into `width`: exact when they all fit, else in proportion; at least one of each
/// state that there is, as long as there is room.
pub fn signs(counts: NodeCounts, width: usize) -> Vec<(NodeState, usize)> {
    let parts = [
        (NodeState::Busy, counts.busy),
        (NodeState::Idle, counts.idle),
        (NodeState::Draining, counts.draining),
        (NodeState::MarkedOffline, counts.marked),
        (NodeState::Offline, counts.offline),
    ];
    let total = counts.total();
    if total <= width {
        return parts.to_vec();
    }
    let mut out: Vec<(NodeState, usize)> =
        parts.iter().map(|(s, n)| (*s, if *n == 0 { 0 } else { (n * width / total).max(1) })).collect();
    while out.iter().map(|(_, n)| n).sum::<usize>() > width {
        match out.iter_mut().max_by_key(|(_, n)| *n) {
            Some((_, n)) if *n > 0 => *n -= 1,
            _ => break,
        }
    }
    out
}

/// The colour of a state.
pub const fn tone(state: NodeState) -> Tone {
    words::node_state(state).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_offline_node_is_seen_among_thousands() {
        let counts = NodeCounts { busy: 1_990, idle: 5, draining: 1, marked: 1, offline: 3 };
        let signs = signs(counts, 40);
        assert_eq!(signs.iter().map(|(_, n)| n).sum::<usize>(), 40);
        assert!(signs.iter().all(|(_, n)| *n >= 1), "{signs:?}");
        for width in 0..6 {
            assert!(super::signs(counts, width).iter().map(|(_, n)| n).sum::<usize>() <= width);
        }
    }

    #[test]
    fn bands_are_by_first_label_and_the_largest_first() {
        let nodes = crate::views::testing::nodes();
        let bands = bands(nodes.iter());
        let names: Vec<_> = bands.iter().map(|b| (b.label.as_str(), b.counts.total())).collect();
        assert_eq!(names, [("CPU-SMALL", 60), ("GPU", 12), ("ARM", 6), ("doc", 1)]);
        assert_eq!((bands[1].counts.draining, bands[1].counts.offline), (1, 1));
    }
}
