//! Guard `capacity`: of the executors configured for a label, enough must go on accepting builds.
use crate::base::Text;
use crate::insight::{LabelExpr, Labels};
use crate::model::Node;
use crate::run::{Verdict, VerdictKind};

use super::{Case, read, said};

/// What is asked of it: nodes that would no longer accept builds, and whose labels are looked at.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CapacityAsk {
    pub node: Option<Text>,
    pub label: Option<Text>,
    /// Percent; none: the site file's.
    pub keep: Option<u8>,
    /// A label's only node may go.
    pub outage: bool,
}

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    if case.rescue {
        let any = !case.capacity.is_empty();
        return any
            .then(|| said("capacity", VerdictKind::Passed, "not asked: it restores service", ""))
            .into_iter()
            .collect();
    }
    let Some(nodes) = case.jenkins.nodes.get() else {
        let any = !case.capacity.is_empty();
        return any
            .then(|| said("capacity", VerdictKind::Unknown, "the nodes were never read", ""))
            .into_iter()
            .collect();
    };
    let labels = Labels::of(case.jenkins);
    let mut verdicts = Vec::new();
    for ask in case.capacity {
        let node = ask.node.as_ref().and_then(|name| nodes.iter().find(|n| n.name == *name));
        if ask.node.is_some() && node.is_none() {
            let text = format!("there is no node {} any more", ask.node.clone().unwrap_or_default());
            verdicts.push(seen(case, VerdictKind::Unknown, &text));
        }
        verdicts.extend(of_labels(case, ask, node.map(|n| &**n), &labels));
    }
    verdicts
}

/// A verdict for each label expression that jobs may use and that the node answers to.
fn of_labels(case: &Case<'_>, ask: &CapacityAsk, node: Option<&Node>, labels: &Labels) -> Vec<Verdict> {
    let touched = |label: &str| match (&ask.label, node) {
        (Some(wanted), _) => wanted == label,
        (None, Some(node)) => {
            label != node.name.as_str()
                && !label.is_empty()
                && LabelExpr::parse(label).is_ok_and(|expr| expr.allows(node))
        }
        (None, None) => false,
    };
    let mut verdicts: Vec<Verdict> = labels
        .iter()
        .filter(|l| touched(&l.label))
        .map(|state| {
            let capacity = &state.capacity;
            let all = capacity.executors;
            let before = capacity.accepting;
            let lost = node.filter(|n| n.accepting()).map_or(0, |n| n.num_executors as usize);
            let after = before.saturating_sub(lost);
            let floor = ask.keep.unwrap_or_else(|| keep(case, &state.label));
            let only = capacity.only.is_some() && node.is_some();
            let enough = after * 100 >= all * usize::from(floor);
            let waiting = if state.waiting > 0 { format!(", {} waiting", state.waiting) } else { String::new() };
            let counted = format!("{} {before} → {after} accepting of {all} (floor {floor} %){waiting}", state.label);
            let (kind, more) = match (lost, only, enough, ask.outage) {
                (0, ..) => (VerdictKind::Passed, ""),
                (_, true, _, true) => (VerdictKind::Warning, ": its only node; an outage was agreed to"),
                (_, true, _, false) => (VerdictKind::Refused, ": its only node; say outage=yes if an outage is meant"),
                (_, false, true, _) => (VerdictKind::Passed, ""),
                (_, false, false, _) => (VerdictKind::Refused, ": too few would go on accepting builds"),
            };
            seen(case, kind, &format!("{counted}{more}"))
        })
        .collect();
    if verdicts.is_empty() && node.is_some() {
        verdicts.push(seen(case, VerdictKind::Passed, "no label depends on it"));
    }
    verdicts
}

fn keep(case: &Case<'_>, label: &str) -> u8 {
    case.controller.keep.iter().find(|(l, _)| *l == *label).map_or(case.controller.keep_default, |(_, keep)| *keep)
}

fn seen(case: &Case<'_>, kind: VerdictKind, text: &str) -> Verdict {
    let at = case.jenkins.nodes.read_at;
    Verdict { read_at: at, ..said("capacity", kind, text, &read("nodes", at, case.now)) }
}
