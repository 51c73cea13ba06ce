//! Journals written by earlier versions replay for ever: same states, nothing lost. Files are only ever added.
#[path = "support/house.rs"]
mod house;
#[path = "support/proxy.rs"]
mod proxy;

use std::path::{Path, PathBuf};

use bellboard::base::Time;
use bellboard::run::{Command, Event, Lives, Run, RunState, StepState, Want, next};
use house::{Outside, Process};
use proxy::Fate;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals")
}

/// What must come out of a journal: compared with the file beside it.
fn outcome(events: &[Event]) -> Value {
    let run = Run::fold(events).unwrap();
    let view = run.view(&Lives::new(), false);
    let steps: Vec<Value> = view.steps.iter().map(|s| json!([s.id, s.attempt, s.verb, s.state, s.says])).collect();
    let wants = match next(&run, Time::from_millis(0)) {
        Want::Rest => "nothing",
        Want::Enter { .. } => "enter",
        Want::Act { .. } => "act",
        Want::Await { .. } => "wait",
        Want::Observe { .. } => "observe",
        Want::Verify { .. } => "verify",
        Want::Undo { .. } => "undo",
        Want::Settle { .. } => "settle",
        Want::Ask { .. } => "ask",
        Want::End { .. } => "end",
    };
    json!({
        "events": events.len(), "run": view.id, "runbook": view.runbook, "subject": view.subject, "by": view.by,
        "state": view.state, "steps": steps, "notes": view.notes.len(), "asks": view.question, "wants": wants,
    })
}

#[test]
fn every_journal_kept_here_replays() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "jsonl"));
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut events: Vec<Event> = Vec::new();
        for line in text.lines() {
            let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}: {line}", file.display()));
            let known: Value = serde_json::to_value(&event).unwrap();
            let written: Value = serde_json::from_str(line).unwrap();
            for (key, value) in written.as_object().unwrap() {
                assert_eq!(known.get(key), Some(value), "{}: `{key}` is lost in {line}", file.display());
            }
            events.push(event);
        }
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(file.with_extension("expect.json")).unwrap()).unwrap();
        assert_eq!(outcome(&events), expected, "{}", file.display());
    }
}

/// Adds the journal of a run to those that are kept; those that are there already stay as they are.
fn keep(process: &Process, run: bellboard::base::RunId, name: &str) {
    let events = process.block_on(async {
        let mut receiver = process.engine.events(run).await;
        let mut events = Vec::new();
        while let Ok(Some(event)) = tokio::time::timeout(std::time::Duration::from_secs(1), receiver.recv()).await {
            events.push(event);
        }
        events
    });
    let file = folder().join(format!("{name}.jsonl"));
    if file.exists() {
        return;
    }
    let lines: Vec<String> = events.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let expected = serde_json::to_string_pretty(&outcome(&events)).unwrap();
    std::fs::write(file.with_extension("expect.json"), expected + "\n").unwrap();
}

/// Run it by name when the vocabulary has grown, with new names for new files.
#[test]
#[ignore = "writes into tests/journals"]
fn write_more_examples() {
    let outside = Outside::new();
    let process = Process::start(&outside);
    let drained = process.run("drain-node", &[("node", "gpu-2"), ("reason", "more disk")]);
    process.until(drained, "offline", |v| v.steps[0].state == StepState::Done);
    outside.control.finish_on("gpu-2");
    process.state(drained, RunState::Done);
    keep(&process, drained, "v1-drained");

    let returned = process.run("return-node", &[("node", "gpu-2")]);
    process.state(returned, RunState::Done);
    keep(&process, returned, "v1-returned");

    outside.proxy.next(Fate::Cut);
    let doubt = process.run("drain-node", &[("node", "gpu-2")]);
    process.until(doubt, "offline", |v| v.steps[0].state == StepState::Done);
    outside.control.finish_on("gpu-2");
    process.state(doubt, RunState::Done);
    keep(&process, doubt, "v1-answer-lost");

    let busy = outside.control.busy_nodes().into_iter().find(|n| !n.starts_with("i-") && n != "gpu-2").unwrap();
    outside.proxy.next(Fate::Unauthorized);
    let undone = process.run("drain-node", &[("node", &busy), ("outage", "yes")]);
    process.state(undone, RunState::Waiting);
    keep(&process, undone, "v1-asks");
    for command in [Command::Note { text: "token renewed".into() }, Command::Answer { choice: "retry".into() }] {
        process.block_on(process.engine.tell(undone, command)).unwrap();
    }
    process.until(undone, "waiting", |v| v.steps[1].state == StepState::Running);
    for command in [Command::Pause, Command::Resume, Command::Abort { undo: true }] {
        process.block_on(process.engine.tell(undone, command)).unwrap();
    }
    process.state(undone, RunState::Aborted);
    keep(&process, undone, "v1-undone");

    let lost = process.run("drain-node", &[("node", &busy), ("outage", "yes")]);
    process.until(lost, "waiting", |v| v.steps[1].state == StepState::Running);
    process.kill();
    let process = Process::start(&outside);
    keep(&process, lost, "v1-killed-while-waiting");
}
