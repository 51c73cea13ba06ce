//! Every verb, killed at every write of its journal and with its request or answer kept back, resumed: the world ends as
//! if it had not been killed. Here a process is a runtime that is dropped; tests/kill.rs does the same with SIGKILL.
#[path = "support/dying.rs"]
mod dying;
#[path = "support/house.rs"]
mod house;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/scenarios.rs"]
mod scenarios;

use std::sync::{Arc, Mutex};

use bellboard::actions::VERBS;
use bellboard::base::RunId;
use bellboard::run::{Command, RunState, RunView, StepState};
use bellboard::store::Store;
use dying::{Dying, Moment};
use house::{Outside, PATIENCE, Process, word};
use proxy::Fate;
use scenarios::{SCENARIOS, Scenario, Staged};

#[test]
fn no_verb_is_forgotten() {
    for verb in VERBS {
        let spec = verb.spec();
        let scenario = SCENARIOS.iter().find(|s| s.verb == spec.name);
        let scenario =
            scenario.unwrap_or_else(|| panic!("{} has no scenario in tests/support/scenarios.rs", spec.name));
        assert_eq!(scenario.write.is_some(), spec.class.has_effect(), "{}", spec.name);
        assert_eq!(scenario.undo.is_some(), spec.undoable, "{}", spec.name);
    }
    assert_eq!(SCENARIOS.len(), VERBS.len());
}

/// A process whose store dies when it is told to.
fn mortal(outside: &Outside, text: &str) -> (Process, Arc<Dying>) {
    let kept: Arc<Mutex<Option<Arc<Dying>>>> = Arc::default();
    let slot = kept.clone();
    let wrap = Box::new(move |store: Arc<dyn Store>| -> Arc<dyn Store> {
        let dying = Dying::new(store);
        *slot.lock().unwrap() = Some(dying.clone());
        dying
    });
    let process = Process::with_runbook(outside, wrap, None, text);
    let dying = kept.lock().unwrap().clone().unwrap();
    (process, dying)
}

/// Armed, planned, started: the run's name, even if the process died of it.
fn begin(process: &Process) -> RunId {
    process.arm();
    let plan = process.plan("one", &[]).unwrap();
    let (run, confirm) = (plan.run, word(&plan));
    match process.block_on(process.engine.start(Arc::new(plan), &confirm)) {
        Ok(run) => run,
        Err(refusal) if refusal.text.contains("killed") => run,
        Err(refusal) => panic!("{refusal}"),
    }
}

/// Waits until the process died, or the run came to its end before.
fn died(process: &Process, dying: &Dying, run: RunId, meanwhile: impl Fn()) -> bool {
    let mut dead = dying.dead();
    let mut runs = process.engine.runs();
    meanwhile();
    process.block_on(async {
        tokio::time::timeout(PATIENCE, async {
            loop {
                if *dead.borrow_and_update() {
                    return true;
                }
                if runs.borrow_and_update().iter().any(|r| r.id == run && r.state.is_over()) {
                    return false;
                }
                tokio::select! {
                    _ = dead.changed() => {}
                    _ = runs.changed() => {}
                }
            }
        })
        .await
        .expect("it neither died nor ended")
    })
}

/// The next process finds the run, says that nobody drives it, and goes on with it.
fn resume(outside: &Outside, text: &str, run: RunId, meanwhile: impl Fn()) -> (Process, Option<Arc<RunView>>) {
    let process = Process::with_runbook(outside, Box::new(|s| s), None, text);
    let found = process.engine.runs().borrow().iter().find(|r| r.id == run).cloned();
    let Some(found) = found else { return (process, None) };
    assert!(!found.here);
    if found.state.is_over() {
        return (process, Some(found));
    }
    process.arm();
    process.block_on(process.engine.tell(run, Command::Resume)).unwrap_or_else(|e| panic!("{e}"));
    meanwhile();
    let view = process.until(run, "over or asking", |v| v.state.is_over() || v.question.is_some());
    (process, Some(view))
}

fn check(staged: &Staged, view: &RunView, what: &str) {
    assert_eq!(view.state, RunState::Done, "{what}: {view:#?}");
    assert!(staged.done(), "{what}: the world is not as wanted");
    staged.check_writes(&[staged.scenario.write], what);
}

/// One verb of each class that writes, and one that waits: killed at every single write. The others are killed around
/// the intent and around the outcome, where alone a verb makes a difference.
const THOROUGHLY: [&str; 4] =
    ["jenkins.node.offline", "jenkins.node.online", "jenkins.build", "jenkins.node.wait_idle"];

/// Where a process dies: at the n-th write of the journal, or at the first one of a kind.
#[derive(Clone, Copy, Debug)]
enum Death {
    Nth(i64),
    At(&'static str),
}

fn deaths(scenario: &Scenario) -> Vec<Death> {
    if THOROUGHLY.contains(&scenario.verb) {
        return (0..30).map(Death::Nth).collect();
    }
    let events = if scenario.write.is_some() { ["intent", "outcome"].as_slice() } else { &["entered", "outcome"] };
    events.iter().map(|e| Death::At(e)).collect()
}

fn arrange(dying: &Dying, death: Death, moment: Moment) {
    match death {
        Death::Nth(n) => dying.at(n, moment),
        Death::At(event) => dying.at_event(event, moment),
    }
}

fn killed_at_every_write(scenarios: impl Iterator<Item = &'static Scenario>) {
    for scenario in scenarios {
        for moment in [Moment::Before, Moment::After] {
            for death in deaths(scenario) {
                let staged = Staged::new(scenario);
                let (outside, text) = (&staged.outside, staged.runbook());
                let (process, dying) = mortal(outside, &text);
                arrange(&dying, death, moment);
                let run = begin(&process);
                if !died(&process, &dying, run, || staged.meanwhile()) {
                    assert!(matches!(death, Death::Nth(5..)), "it never died at {death:?}");
                    process.kill();
                    break;
                }
                let what = format!("{}, killed {moment:?} {}", scenario.verb, dying.died_at());
                process.kill();
                // it holds the file that shows a living process
                drop(dying);
                let (process, view) = resume(outside, &text, run, || staged.meanwhile());
                let view = view.unwrap_or_else(|| panic!("{what}: the run is lost"));
                if matches!((death, moment), (Death::Nth(0), Moment::Before)) {
                    assert!(what.contains("\"event\":\"approved\""), "{what}");
                    assert_eq!(
                        view.state,
                        RunState::Aborted,
                        "what nobody is known to have approved is not done: {what}"
                    );
                    assert!(outside.proxy.writes().is_empty(), "{what}");
                } else {
                    check(&staged, &view, &what);
                }
                process.kill();
            }
        }
    }
}

#[test]
fn killed_at_every_write_of_the_journal_it_goes_on_where_it_was() {
    killed_at_every_write(SCENARIOS.iter());
}

#[test]
fn killed_while_the_request_is_under_way_it_looks_before_it_acts() {
    for scenario in SCENARIOS.iter().filter(|s| s.write.is_some()) {
        for fate in [Fate::Block, Fate::Withhold] {
            let staged = Staged::new(scenario);
            let (outside, text) = (&staged.outside, staged.runbook());
            let (process, dying) = mortal(outside, &text);
            let mut kept = outside.proxy.kept();
            outside.proxy.next(fate);
            let run = begin(&process);
            process.block_on(async { tokio::time::timeout(PATIENCE, kept.changed()).await.expect("a write").unwrap() });
            process.kill();
            drop(dying);
            let (process, view) = resume(outside, &text, run, || staged.meanwhile());
            check(&staged, &view.unwrap(), &format!("{}, {fate:?}", scenario.verb));
            process.kill();
        }
    }
}

fn killed_while_undone(scenarios: impl Iterator<Item = &'static Scenario>) {
    for scenario in scenarios.filter(|s| s.undo.is_some()) {
        for moment in [Moment::Before, Moment::After] {
            for death in deaths(scenario) {
                let staged = Staged::new(scenario);
                let (outside, text) = (&staged.outside, staged.runbook_that_waits());
                let (process, dying) = mortal(outside, &text);
                let run = begin(&process);
                process.until(run, "waiting", |v| v.steps[1].says.contains("not connected"));
                arrange(&dying, death, moment);
                process.block_on(process.engine.tell(run, Command::Abort { undo: true })).unwrap();
                if !died(&process, &dying, run, || ()) {
                    assert!(matches!(death, Death::Nth(5..)), "it never died at {death:?}");
                    process.kill();
                    break;
                }
                let what = format!("{}, killed {moment:?} {}", scenario.verb, dying.died_at());
                process.kill();
                drop(dying);
                let process = Process::with_runbook(outside, Box::new(|s| s), None, &text);
                let found = process.engine.runs().borrow().iter().find(|r| r.id == run).cloned().unwrap();
                if !found.state.is_over() {
                    process.arm();
                    // the order itself may have been lost: it is given again
                    process.block_on(process.engine.tell(run, Command::Abort { undo: true })).unwrap();
                }
                let view = process.until(run, "over or asking", |v| v.state.is_over() || v.question.is_some());
                assert_eq!(view.state, RunState::Aborted, "{what}: {view:#?}");
                assert_eq!(view.steps[0].state, StepState::Undone, "{what}: {view:#?}");
                assert!(!staged.done(), "{what}");
                staged.check_writes(&[scenario.write, scenario.undo], &what);
                process.kill();
            }
        }
    }
}

#[test]
fn killed_at_every_write_while_it_is_undone_it_is_undone_once() {
    killed_while_undone(SCENARIOS.iter());
}
