//! Runs on the simulated installation: planned, guarded, driven, called off, undone.
#[path = "support/house.rs"]
mod house;
#[path = "support/proxy.rs"]
mod proxy;

use std::sync::Arc;

use bellboard::base::Text;
use bellboard::engine::RefusalKind;
use bellboard::run::{Command, RunState, StepState, VerdictKind};
use house::{Outside, Process, prod, word};
use proxy::Fate;

const NODE: &str = "gpu-2";

#[test]
fn a_plan_says_all_and_changes_nothing() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let plan = process.plan("drain-node", &[("node", NODE)]).unwrap();
    println!("{}", serde_json::to_string_pretty(&plan).unwrap());
    assert_eq!(plan.changes.len(), 1);
    assert_eq!((&*plan.changes[0].on, &*plan.changes[0].from), (NODE, "online"));
    assert!(plan.changes[0].to.contains(&format!("drained by admin, run {}", plan.run)), "{:?}", plan.changes);
    for guard in ["role", "arming", "freshness", "capacity", "lock", "window", "confirmation"] {
        assert!(plan.verdicts.iter().any(|v| v.guard == *guard), "{guard}");
    }
    assert_eq!(plan.refusals().count(), 0, "{:#?}", plan.verdicts);
    assert_eq!((&*plan.undo, plan.steps.len()), ("return-node", 2));
    assert!(plan.steps[0].does.contains("POST /computer/gpu-2/changeOfflineCause"));
    assert!(outside.proxy.writes().is_empty());
    assert!(process.engine.runs().borrow().is_empty());
}

#[test]
fn a_node_is_drained_and_returned() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let run = process.run("drain-node", &[("node", NODE), ("reason", "more disk")]);
    let idle = process.until(run, "waiting for idle", |v| v.steps[1].state == StepState::Running || v.state.is_over());
    if !idle.state.is_over() {
        outside.control.finish_on(NODE);
    }
    let view = process.state(run, RunState::Done);
    assert!(view.steps.iter().all(|s| s.state == StepState::Done), "{view:#?}");
    assert!(outside.mark_of(NODE).unwrap().contains(&format!("drained by admin, run {run}: more disk")));
    assert_eq!(outside.proxy.writes(), ["POST /computer/gpu-2/changeOfflineCause"]);

    let plan = process.plan("return-node", &[("node", NODE)]).unwrap();
    assert!(plan.changes[0].from.contains("our mark"), "{:?}", plan.changes);
    let back = process.run("return-node", &[("node", NODE)]);
    process.state(back, RunState::Done);
    assert_eq!(outside.mark_of(NODE), None);
    assert_eq!(outside.proxy.writes().len(), 2);
}

#[test]
fn a_mark_of_somebody_else_is_left_alone() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    assert!(outside.control.mark(NODE, "operator", Some("looking at it")));
    for runbook in ["drain-node", "return-node"] {
        let plan = process.plan(runbook, &[("node", NODE)]).unwrap();
        let held: Vec<_> = plan.refusals().map(|v| v.text.to_string()).collect();
        assert!(held.iter().any(|t| t.contains("looking at it")), "{runbook}: {held:?}");
        process.arm();
        let refusal = process.block_on(process.engine.start(Arc::new(plan.clone()), &word(&plan))).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Guard);
    }
    assert!(outside.proxy.writes().is_empty());
    let run = process.run("return-node", &[("node", NODE), ("mark", "anyones")]);
    process.state(run, RunState::Done);
    assert_eq!(outside.mark_of(NODE), None);
}

#[test]
fn without_arming_confirmation_or_a_plan_that_still_holds_nothing_starts() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let plan = Arc::new(process.plan("drain-node", &[("node", NODE)]).unwrap());
    let start = |confirm: &str| process.block_on(process.engine.start(plan.clone(), confirm)).unwrap_err();
    assert_eq!(start("").kind, RefusalKind::Confirmation);
    assert_eq!(start("gpu-").kind, RefusalKind::Confirmation);
    assert_eq!(start(NODE).kind, RefusalKind::Guard);
    assert!(start(NODE).text.contains("arm"), "{}", start(NODE).text);
    process.arm();
    assert!(outside.control.mark(NODE, "operator", Some("mine")));
    assert!(matches!(start(NODE).kind, RefusalKind::Guard | RefusalKind::Changed));
    assert!(outside.control.mark(NODE, "operator", None));
    process.engine.disarm(&prod());
    assert_eq!(start(NODE).kind, RefusalKind::Guard);
    assert!(outside.proxy.writes().is_empty());
    process.arm();
    process.block_on(process.engine.start(plan.clone(), NODE)).unwrap();
    // Refused for the run's lock, or, if that was quicker, because the node is marked by it now.
    assert!(matches!(start(NODE).kind, RefusalKind::Guard | RefusalKind::Changed), "a plan is started once");
    assert_eq!(process.engine.runs().borrow().len(), 1);
}

#[test]
fn a_read_only_console_plans_and_writes_nothing() {
    let outside = Outside::new();
    let process = Process::with(&outside, Box::new(|s| s), Some("--read-only was given"));
    let plan = process.plan("drain-node", &[("node", NODE)]).unwrap();
    assert!(plan.refusals().any(|v| v.guard == *"role" && v.text.contains("--read-only was given")));
    let why = process.block_on(process.engine.arm(&prod(), &Text::from("please"))).unwrap_err();
    assert!(why.contains("read-only"), "{why}");
    let refusal = process.block_on(process.engine.start(Arc::new(plan), NODE)).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Guard);
    let standing = process.engine.standing().borrow().get(&prod()).cloned().unwrap();
    assert!(!standing.operator && standing.armed_until.is_none() && standing.read_only_because.is_some());
    assert!(outside.proxy.writes().is_empty());
}

#[test]
fn called_off_with_undo_the_node_is_as_it_was() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let busy = busy_static(&outside);
    let run = process.run("drain-node", &[("node", &busy), ("outage", "yes")]);
    let view = process.until(run, "waiting", |v| v.steps[1].says.contains("executors busy"));
    assert!(view.because.contains("busy"), "{}", view.because);
    process.block_on(process.engine.tell(run, Command::Pause)).unwrap();
    process.state(run, RunState::Paused);
    process.block_on(process.engine.tell(run, Command::Note { text: "hm".into() })).unwrap();
    process.until(run, "noted", |v| v.notes.len() == 1);
    process.block_on(process.engine.tell(run, Command::Resume)).unwrap();
    process.state(run, RunState::Running);
    process.block_on(process.engine.tell(run, Command::Abort { undo: true })).unwrap();
    let view = process.state(run, RunState::Aborted);
    assert_eq!(view.steps[0].state, StepState::Undone, "{view:#?}");
    assert_eq!(outside.mark_of(&busy), None);
    assert_eq!(outside.proxy.writes().len(), 2);
    assert!(process.block_on(process.engine.tell(run, Command::Resume)).is_err(), "it is over");
}

#[test]
fn undo_leaves_alone_what_somebody_else_has_marked_since() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let busy = busy_static(&outside);
    let run = process.run("drain-node", &[("node", &busy), ("outage", "yes")]);
    process.until(run, "waiting", |v| v.steps[1].says.contains("executors busy"));
    assert!(outside.control.mark(&busy, "operator", Some("mine now")));
    process.block_on(process.engine.tell(run, Command::Abort { undo: true })).unwrap();
    let view = process.state(run, RunState::Aborted);
    assert!(view.steps[0].says.contains("somebody else"), "{view:#?}");
    assert!(outside.mark_of(&busy).unwrap().contains("mine now"));
    assert_eq!(outside.proxy.writes().len(), 1);
}

#[test]
fn somebody_else_on_the_same_node_is_kept_out_in_this_process_and_in_another() {
    let outside = Outside::new();
    let (one, two) = (Process::start(&outside), Process::start(&outside));
    let busy = busy_static(&outside);
    let run = one.run("drain-node", &[("node", &busy), ("outage", "yes")]);
    one.until(run, "waiting", |v| v.steps[1].says.contains("executors busy"));
    for other in [&one, &two] {
        let plan = other.plan("return-node", &[("node", &busy)]).unwrap();
        let said = plan.refusals().find(|v| v.guard == *"lock").unwrap_or_else(|| panic!("{:#?}", plan.verdicts));
        assert!(said.text.contains(&format!("{run}")), "{said:?}");
    }
    // a command reaches the one who drives it
    two.until(run, "seen", |v| !v.here);
    two.block_on(two.engine.tell(run, Command::Abort { undo: true })).unwrap();
    one.state(run, RunState::Aborted);
    two.state(run, RunState::Aborted);
    assert_eq!(outside.mark_of(&busy), None);
}

#[test]
fn a_lost_answer_is_looked_for_and_nothing_is_done_twice() {
    for (fate, writes) in [(Fate::Cut, 1), (Fate::Refuse, 1)] {
        let outside = Outside::new();
        let process = Process::start(&outside);
        outside.proxy.next(fate);
        let run = process.run("drain-node", &[("node", NODE)]);
        process.until(run, "offline", |v| v.steps[0].state == StepState::Done);
        assert_eq!(outside.proxy.writes().len(), writes, "{fate:?}");
        assert!(outside.mark_of(NODE).unwrap().contains(&run.to_string()), "{fate:?}");
    }
}

#[test]
fn a_withdrawn_token_in_mid_run_asks_and_retry_goes_on() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    outside.proxy.next(Fate::Unauthorized);
    let run = process.run("drain-node", &[("node", NODE)]);
    let view = process.state(run, RunState::Waiting);
    let question = view.question.clone().unwrap();
    assert!(question.choices.iter().any(|c| c.id == *"retry"), "{question:?}");
    assert!(outside.proxy.writes().is_empty());
    process.block_on(process.engine.tell(run, Command::Answer { choice: "retry".into() })).unwrap();
    process.until(run, "offline", |v| v.steps[0].state == StepState::Done);
    assert_eq!(outside.proxy.writes().len(), 1);
}

#[test]
fn capacity_is_kept_and_an_outage_must_be_agreed_to() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let (only, _) = only_node(&outside);
    let plan = process.plan("drain-node", &[("node", &only)]).unwrap();
    let said = plan.refusals().find(|v| v.guard == *"capacity").unwrap_or_else(|| panic!("{:#?}", plan.verdicts));
    assert!(said.text.contains("outage=yes"), "{said:?}");
    let plan = process.plan("drain-node", &[("node", &only), ("outage", "yes")]).unwrap();
    assert!(plan.verdicts.iter().any(|v| v.guard == *"capacity" && v.kind == VerdictKind::Warning));
    assert_eq!(plan.refusals().count(), 0, "{:#?}", plan.verdicts);
}

#[test]
fn wrong_inputs_are_said_all_at_once() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let error = process.plan("drain-node", &[("node", "gpu-222"), ("raison", "x"), ("wait", "soon")]).unwrap_err();
    for part in ["there is no node `gpu-222`", "no input `raison`", "did you mean `reason`?", "not a length of time"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(process.plan("drain-nod", &[]).unwrap_err().contains("did you mean `drain-node`?"));
}

#[test]
fn events_come_from_the_first_on_and_end_with_the_run() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let run = process.run("drain-node", &[("node", NODE)]);
    outside.control.finish_on(NODE);
    let events = process.block_on(async {
        let mut receiver = process.engine.events(run).await;
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        events
    });
    let numbers: Vec<u64> = events.iter().map(|e| e.seq).collect();
    assert_eq!(numbers, (0..u64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
    let words: Vec<String> =
        events.iter().map(|e| serde_json::to_value(e).unwrap()["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!((words.first().unwrap().as_str(), words.last().unwrap().as_str()), ("planned", "ended"), "{words:?}");
    let again = process.block_on(async {
        let mut receiver = process.engine.events(run).await;
        let mut count = 0;
        while receiver.recv().await.is_some() {
            count += 1;
        }
        count
    });
    assert_eq!(again, events.len(), "the same from the journal");
}

/// A static node that runs something.
fn busy_static(outside: &Outside) -> String {
    outside
        .control
        .busy_nodes()
        .into_iter()
        .find(|n| !n.starts_with("i-") && n.contains('-'))
        .expect("a busy static node")
}

/// A node that alone has one of its labels.
fn only_node(outside: &Outside) -> (String, String) {
    outside.control.with(|w| {
        let all: Vec<(String, Vec<String>)> = w
            .nodes
            .values()
            .filter(|n| n.mark.is_none() && !n.executors.is_empty() && !n.offline() && n.name != "Built-In Node")
            .map(|n| (n.name.clone(), n.labels.iter().cloned().collect()))
            .collect();
        let count = |label: &str| all.iter().filter(|(_, labels)| labels.iter().any(|l| l == label)).count();
        all.iter()
            .find_map(|(name, labels)| {
                labels.iter().find(|l| *l != name && count(l) == 1).map(|l| (name.clone(), l.clone()))
            })
            .expect("a label with one node")
    })
}
