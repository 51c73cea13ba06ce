//! For each verb: a world to act in, the parameters, and how the world must look afterwards. The crash tests walk the
//! engine's list of verbs and fail for one that has no scenario here.
#![allow(dead_code)] // each test file uses its own part of it
use super::house::Outside;

/// One verb's.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub verb: &'static str,
    /// As in a runbook: `{ node: gpu-2 }`.
    pub with: &'static str,
    pub prepare: fn(&Outside),
    /// Whether its effect is in the world.
    pub done: fn(&Outside) -> bool,
    /// What it reads to plan itself and to look for its effect.
    pub look: &'static str,
    /// What a run may end with when a crash leaves an effect that cannot be looked for: false for verbs that can be.
    pub asks: bool,
    /// Its one write, as the counting proxy sees it; none for verbs that write nothing.
    pub write: Option<&'static str>,
    /// The write that takes it back.
    pub undo: Option<&'static str>,
    /// Called while the run goes on, so that what it waits for comes.
    pub meanwhile: fn(&Outside),
}

pub const NODE: &str = "gpu-2";

fn nothing(_: &Outside) {}

fn marked(outside: &Outside) -> bool {
    outside.mark_of(NODE).is_some()
}

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        verb: "jenkins.node.offline",
        with: "{ node: gpu-2, reason: a test }",
        prepare: nothing,
        done: |o| o.mark_of(NODE).is_some_and(|m| m.contains("drained by admin, run ")),
        look: "/computer/gpu-2/api/json",
        asks: false,
        write: Some("POST /computer/gpu-2/changeOfflineCause"),
        undo: Some("POST /computer/gpu-2/toggleOffline"),
        meanwhile: nothing,
    },
    Scenario {
        verb: "jenkins.node.online",
        with: "{ node: gpu-2, mark: anyones }",
        prepare: |o| assert!(o.control.mark(NODE, "operator", Some("looking at it"))),
        done: |o| !marked(o),
        look: "/computer/gpu-2/api/json",
        asks: false,
        write: Some("POST /computer/gpu-2/toggleOffline"),
        undo: Some("POST /computer/gpu-2/changeOfflineCause"),
        meanwhile: nothing,
    },
    Scenario {
        verb: "jenkins.node.wait_idle",
        with: "{ node: gpu-2 }",
        prepare: |o| assert!(o.control.mark(NODE, "operator", Some("looking at it"))),
        done: |o| !o.control.busy_nodes().iter().any(|n| n == NODE),
        look: "/computer/gpu-2/api/json",
        asks: false,
        write: None,
        undo: None,
        meanwhile: |o| o.control.finish_on(NODE),
    },
];

/// A runbook of one step: the verb.
pub fn runbook(scenario: &Scenario) -> String {
    format!(
        "runbook: one\ntitle: One step\nrisk: high\nsteps:\n  - {{ id: one, uses: {}, with: {} }}\n",
        scenario.verb, scenario.with
    )
}

/// The same, and then it waits for a node that is marked and busy: so that it can be called off.
pub fn runbook_that_waits(scenario: &Scenario, node: &str) -> String {
    format!("{}  - {{ id: held, uses: jenkins.node.wait_idle, with: {{ node: {node} }} }}\n", runbook(scenario))
}
