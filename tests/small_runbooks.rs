//! The small built-in runbooks on the simulated installation, where they have more than one step or leave a thing alone.
#[path = "support/house.rs"]
mod house;
#[path = "support/proxy.rs"]
mod proxy;

use bellboard::run::{RunState, StepState};
use house::{Outside, Process};
use proxy::Fate;

/// A node that its disk monitor has marked: writing its configuration loses that mark (2.482 and later).
const MONITORED: &str = "gpu-3";
/// A node that a person has marked: its configuration carries the mark.
const HELD: &str = "gpu-5";

fn labels(outside: &Outside, node: &str) -> Vec<String> {
    outside.control.with(|w| w.nodes[node].labels.iter().cloned().collect())
}

#[test]
fn a_mark_that_new_labels_took_away_is_put_back() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    assert!(outside.mark_of(MONITORED).is_some());
    let run = process.run("set-labels", &[("node", MONITORED), ("labels", "GPU proof"), ("mode", "exclusive")]);
    let view = process.state(run, RunState::Done);
    assert!(view.steps.iter().all(|s| s.state == StepState::Done), "{view:#?}");
    assert_eq!(labels(&outside, MONITORED), ["GPU", "proof"]);
    assert!(outside.mark_of(MONITORED).unwrap().contains("left on"), "with the words that it had");
    assert_eq!(outside.proxy.writes(), ["POST /computer/gpu-3/config.xml", "POST /computer/gpu-3/changeOfflineCause"]);
}

#[test]
fn a_mark_that_stands_is_not_made_again() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let before = outside.mark_of(HELD).unwrap();
    outside.proxy.next(Fate::Cut);
    let run = process.run("set-labels", &[("node", HELD), ("labels", "GPU proof")]);
    let view = process.state(run, RunState::Done);
    assert_eq!(view.steps[1].state, StepState::Skipped, "{view:#?}");
    assert_eq!(outside.mark_of(HELD).unwrap(), before);
    assert_eq!(outside.proxy.writes(), ["POST /computer/gpu-5/config.xml"], "the answer was lost, the effect was seen");
    // as it is already: nothing is written, and the second step has nothing to go by
    let again = process.run("set-labels", &[("node", HELD), ("labels", "proof GPU")]);
    let view = process.state(again, RunState::Done);
    assert_eq!(view.steps[1].state, StepState::Skipped, "{view:#?}");
    assert_eq!(outside.proxy.writes().len(), 1);
}

#[test]
fn labels_that_somebody_changed_since_the_plan_are_left_alone() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    process.arm();
    let plan = process.plan("set-labels", &[("node", "gpu-2"), ("labels", "proof")]).unwrap();
    outside.control.with(|w| w.nodes.get_mut("gpu-2").unwrap().labels.insert("theirs".to_owned()));
    let started = process.block_on(process.engine.start(std::sync::Arc::new(plan), "gpu-2"));
    assert!(started.is_err(), "{started:?}");
    assert!(outside.proxy.writes().is_empty());
    assert!(labels(&outside, "gpu-2").contains(&"theirs".to_owned()));
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason_before_anything_is_written() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    for (runbook, inputs, says) in [
        ("disable-job", vec![("job", "tvm-gpu/main")], "branch job"),
        ("disable-job", vec![("job", "infra")], "folder"),
        ("scan-project", vec![("project", "tvm")], "disabled"),
        ("scan-project", vec![("project", "docs-serial")], "not a multibranch project"),
        ("start-build", vec![("job", "old-sgx-build")], "disabled"),
        ("start-build", vec![("job", "tvm-gpu")], "holds branch jobs"),
        ("start-build", vec![("job", "docs-serial"), ("params", "A=1")], "no parameter A"),
        ("cancel-item", vec![("item", "1")], "no queue item 1"),
        ("delete-node", vec![("node", "Built-In Node")], "the controller itself"),
        ("set-labels", vec![("node", "gpu-2"), ("labels", "a&&b")], "an expression"),
    ] {
        let plan = process.plan(runbook, &inputs).unwrap_or_else(|e| panic!("{runbook} {inputs:?}: {e}"));
        let refused: Vec<String> = plan.refusals().map(|v| v.text.to_string()).collect();
        assert!(refused.iter().any(|t| t.contains(says)), "{runbook} {inputs:?}: {refused:?}");
    }
    assert!(outside.proxy.writes().is_empty());
}

#[test]
fn a_plan_says_what_is_lost() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let fleet = outside.control.busy_nodes().into_iter().find(|n| n.starts_with("i-0")).unwrap();
    let plan = process.plan("delete-node", &[("node", &fleet), ("outage", "yes")]).unwrap();
    let lost: Vec<&str> = plan.irreversible.iter().map(|t| t.as_str()).collect();
    assert!(lost.iter().any(|t| t.contains("EC2 instance for termination")), "{lost:?}");
    assert!(lost.iter().any(|t| t.contains("broken off")), "{lost:?}");
    let plan = process.plan("quiet-down", &[]).unwrap();
    assert!(plan.verdicts.iter().any(|v| v.text.contains("no drain")), "{:#?}", plan.verdicts);
    assert!(outside.proxy.writes().is_empty());
}
