//! How long until a node runs nothing any more, by Jenkins' own estimates.
use std::time::Duration;

use crate::base::{Text, Time};
use crate::model::{BuildId, Executor, Jenkins, Node, PullRequest};

/// What a node still runs and when it should be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drain {
    /// Soonest first; those without an estimate last.
    pub builds: Vec<Ending>,
    /// When the last one should end, on the controller's clock; none when one has no estimate, or nothing runs.
    pub ends: Option<Time>,
}

/// One thing that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub title: Text,
    pub build: Option<BuildId>,
    pub pull_request: Option<PullRequest>,
    pub started: Option<Time>,
    /// On the controller's clock.
    pub ends: Option<Time>,
    pub progress: Option<u8>,
    pub stuck: bool,
    pub one_off: bool,
}

impl Drain {
    /// How much longer; zero when it is overdue.
    pub fn left(&self, now: Time) -> Option<Duration> {
        Some(self.ends?.since(now))
    }
}

/// What runs on `node` now. Estimates come from the executor, or from the build where the executor has none.
pub fn drain(jenkins: &Jenkins, node: &Node) -> Drain {
    let slots = node.executors.iter().map(|e| (e, false)).chain(node.one_off.iter().map(|e| (e, true)));
    let mut builds: Vec<Ending> = slots.filter(|(e, _)| !e.idle).map(|(e, off)| ending(jenkins, e, off)).collect();
    builds.sort_by_key(|b| (b.ends.is_none(), b.ends));
    let ends = if builds.iter().any(|b| b.ends.is_none()) { None } else { builds.iter().filter_map(|b| b.ends).max() };
    Drain { builds, ends }
}

fn ending(jenkins: &Jenkins, executor: &Executor, one_off: bool) -> Ending {
    let occupant = executor.occupant.clone().unwrap_or_default();
    let build = occupant.build.as_ref().and_then(|id| jenkins.builds.get().into_iter().flatten().find(|b| b.id == *id));
    let title = match (&occupant.title, build) {
        (title, _) if !title.is_empty() => title.clone(),
        (_, Some(build)) => build.title.clone(),
        _ if occupant.class.ends_with("PlaceholderExecutable") => Text::line("a Pipeline's step"),
        _ => Text::line("something that the controller does not name"),
    };
    Ending {
        title,
        pull_request: build.and_then(|b| b.pull_request.clone()),
        started: occupant.started.or_else(|| build.map(|b| b.started)),
        ends: occupant.ends().or_else(|| build?.ends()),
        build: occupant.build,
        progress: executor.progress,
        stuck: executor.likely_stuck,
        one_off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::testing::{ago, busy, jenkins, node, now};

    #[test]
    fn a_node_is_drained_when_its_last_build_should_end() {
        let node = busy(node("gpu-1", &["GPU"]), "tvm-gpu » PR-1", 3, 600, 1800);
        let jenkins = jenkins(vec![node.clone()], vec![]);
        let drain = drain(&jenkins, &node);
        assert_eq!(drain.left(now()), Some(Duration::from_secs(1200)));
        assert_eq!(drain.builds[0].title, "tvm-gpu » PR-1 #3");
        assert_eq!(drain.builds[0].started, Some(ago(600)));
    }

    #[test]
    fn a_build_without_estimate_leaves_the_end_open() {
        let mut node = busy(node("gpu-1", &["GPU"]), "tvm-gpu » PR-1", 3, 600, 1800);
        node.executors[0].occupant = Some(crate::model::Occupant::default());
        let drain = drain(&jenkins(vec![node.clone()], vec![]), &node);
        assert_eq!((drain.ends, drain.builds.len()), (None, 1));
        assert!(super::drain(&jenkins(vec![], vec![]), &super::super::testing::node("x", &[])).builds.is_empty());
    }
}
