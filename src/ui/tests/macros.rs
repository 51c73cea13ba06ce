//! Keys are pressed, and what is wanted and shown is looked at.
use super::*;
use crate::base::{RunId, Time};
use crate::model::{LogChunk, Snapshot, Topic, TopicData};
use crate::run::{Change, Command, Confirm, Plan};
use crate::ui::io::Saying;
use crate::views::testing::{nodes, prod_jenkins, verdicts};

fn plan(confirm: Confirm, refused: bool) -> Arc<Plan> {
    let mut verdicts = verdicts();
    if refused {
        verdicts[3].kind = crate::run::VerdictKind::Refused;
    }
    Arc::new(Plan {
        run: RunId::new(0x7f3c_0a91),
        runbook: "drain-node".into(),
        title: "Drain a node".into(),
        controller: prod(),
        production: true,
        risk: Risk::Low,
        inputs: vec![("node".into(), "gpu-3".into())],
        subject: "gpu-3".into(),
        changes: vec![Change {
            on: "gpu-3".into(),
            about: "static, GPU".into(),
            from: "online".into(),
            to: "offline".into(),
        }],
        interrupted: Vec::new(),
        irreversible: Vec::new(),
        undo: "return-node".into(),
        takes: None,
        verdicts,
        steps: Vec::new(),
        confirm,
        digest: "d1".into(),
        planned_at: at(),
    })
}

/// On the plan page of drain-node for the first node, with its plan there.
fn planned(confirm: Confirm, refused: bool, armed: bool) -> App {
    let mut app = full();
    app.update(standing(armed));
    let wanted = press(&mut app, "3 x enter");
    let request = wanted.iter().rev().find_map(|e| match e {
        Effect::Plan { request, runbook, inputs, .. } if runbook == "drain-node" => {
            assert_eq!(inputs, &[(Text::line("node"), Text::line("gpu-3"))]);
            Some(*request)
        }
        _ => None,
    });
    let request = request.expect("a plan is asked for");
    app.update(Input::Planned { request, result: Ok(plan(confirm, refused)) });
    app
}

fn starts(effects: &[Effect]) -> usize {
    effects.iter().filter(|e| matches!(e, Effect::Start { .. })).count()
}

#[test]
fn numbers_lead_to_screens() {
    let mut app = full();
    for (key, word) in [
        ("2", "Queue ─ 41"),
        ("3", "Nodes ─ 80"),
        ("6", "Builds ─ 12 running"),
        ("9", "Catalogue"),
        ("s", "Last calls"),
        ("1", "Bells ─"),
    ] {
        press(&mut app, key);
        assert!(shown(&app, 120, 36).contains(word), "{key}: {}", shown(&app, 120, 36));
    }
}

#[test]
fn a_low_risk_is_confirmed_with_a_key_but_not_with_enter_nor_a_held_one() {
    let mut app = planned(Confirm::Key, false, true);
    assert_eq!(starts(&press(&mut app, "enter enter")), 0);
    assert_eq!(starts(&press_kind(&mut app, "y", KeyEventKind::Repeat)), 0);
    assert_eq!(starts(&app.update(Input::Terminal(Event::Paste("y".to_owned())))), 0);
    let out = press(&mut app, "y");
    assert_eq!(starts(&out), 1);
    let Some(Effect::Start { request, .. }) = out.into_iter().next_back() else { panic!("no start") };
    assert_eq!(starts(&press(&mut app, "y y")), 0, "it is started once");
    app.update(Input::Started { request, result: Ok(RunId::new(0x7f3c_0a91)) });
    assert!(shown(&app, 120, 36).contains("run 7f3c0a91"));
}

#[test]
fn a_key_held_since_before_the_plan_was_there_starts_nothing() {
    let mut app = full();
    app.update(standing(true));
    let wanted = press(&mut app, "3 x enter y y");
    let Some(Effect::Plan { request, .. }) = wanted.last().cloned() else { panic!("no plan") };
    app.update(Input::Planned { request, result: Ok(plan(Confirm::Key, false)) });
    assert_eq!(starts(&press(&mut app, "y y y")), 0);
    assert_eq!(starts(&press(&mut app, "down y")), 1);
}

#[test]
fn a_name_must_be_typed_after_the_plan_appeared() {
    let mut app = planned(Confirm::Typed("gpu-3".into()), false, true);
    app.update(Input::Terminal(Event::Paste("gpu-3".to_owned())));
    assert_eq!(starts(&press(&mut app, "enter")), 0, "pasting does not count");
    assert_eq!(starts(&press(&mut app, "'gpu-4' enter")), 0);
    assert_eq!(starts(&press(&mut app, "backspace '3' enter")), 1);
}

#[test]
fn a_guard_that_refuses_and_read_only_are_said_and_nothing_starts() {
    let mut app = planned(Confirm::Key, true, true);
    assert_eq!(starts(&press(&mut app, "y")), 0);
    assert!(shown(&app, 120, 36).contains("capacity says no"), "{}", shown(&app, 120, 36));
    let mut app = planned(Confirm::Key, false, false);
    assert!(shown(&app, 120, 36).contains("cannot be started: not armed"), "{}", shown(&app, 120, 36));
    assert_eq!(starts(&press(&mut app, "y")), 0);
}

#[test]
fn arming_wants_a_reason() {
    let mut app = full();
    assert!(press(&mut app, "a enter enter").is_empty());
    let out = press(&mut app, "'disk' enter");
    let Some(Effect::Arm { controller, reason }) = out.first() else { panic!("{out:?}") };
    assert_eq!((controller, reason.as_str()), (&prod(), "disk"));
    app.update(standing(true));
    assert!(shown(&app, 120, 36).contains("ARMED 52m"), "{}", shown(&app, 120, 36));
    assert!(matches!(press(&mut app, "A").first(), Some(Effect::Disarm { .. })));
}

#[test]
fn a_bell_leads_to_the_runbook_that_answers_it() {
    let mut app = full();
    let out = press(&mut app, "j enter");
    let Some(Effect::Plan { runbook, inputs, .. }) = out.last() else { panic!("{out:?}") };
    assert_eq!((runbook.as_str(), inputs[0].1.as_str()), ("drain-node", "gpu-7"));
}

#[test]
fn leaving_while_a_run_is_executed_here_asks_and_lists_it() {
    let mut app = full();
    assert!(press(&mut app, "q").is_empty());
    assert!(shown(&app, 120, 36).contains("drain-node gpu-4"), "{}", shown(&app, 120, 36));
    assert!(press(&mut app, "enter esc").is_empty());
    assert!(matches!(press(&mut app, "q y").first(), Some(Effect::Quit)));
    assert!(press(&mut app, "ctrl-z").is_empty(), "suspending would stop the run");
    app.update(Input::Runs(Arc::default()));
    assert!(matches!(press(&mut app, "q").first(), Some(Effect::Quit)));
    assert!(matches!(press(&mut app, "ctrl-z").first(), Some(Effect::Suspend)));
}

#[test]
fn filter_marks_copy_and_export() {
    let mut app = full();
    press(&mut app, "3 / 'label=ARM' enter * esc");
    let out = press(&mut app, "y");
    let Some(Effect::Copy(text)) = out.first() else { panic!("{out:?}") };
    assert_eq!(text.lines().count(), 6);
    let out = press(&mut app, "e enter");
    let Some(Effect::Export { name, content }) = out.first() else { panic!("{out:?}") };
    assert!(name.starts_with("nodes-") && name.ends_with(".json"), "{name}");
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(content).unwrap().len(), 6);
    press(&mut app, "esc / 'lable:x'");
    assert!(shown(&app, 120, 36).contains("there is no field `lable`"), "{}", shown(&app, 120, 36));
}

#[test]
fn the_palette_finds_and_says_why_not() {
    let mut app = full();
    press(&mut app, ": 'susp'");
    assert!(shown(&app, 120, 36).contains("✕ a run is executed here"), "{}", shown(&app, 120, 36));
    assert!(press(&mut app, "enter").is_empty());
    press(&mut app, "esc : 'sources' enter");
    assert!(shown(&app, 120, 36).contains("Last calls"));
    let out = press(&mut app, ": 'return-node' enter 'gpu-9' enter");
    let Some(Effect::Plan { runbook, inputs, .. }) = out.last() else { panic!("{out:?}") };
    assert_eq!((runbook.as_str(), inputs[0].1.as_str()), ("return-node", "gpu-9"));
}

#[test]
fn a_dialog_keeps_the_names_it_was_opened_with() {
    let mut app = full();
    press(&mut app, "3 x");
    let mut jenkins = prod_jenkins();
    jenkins.nodes = crate::model::Reading::fresh(nodes().into_iter().skip(5).map(Arc::new).collect(), at());
    app.update(Input::Snapshot(Arc::new(Snapshot { seq: 2, jenkins: [(prod(), Arc::new(jenkins))].into() })));
    assert!(shown(&app, 120, 36).contains("actions on gpu-3"));
    let out = press(&mut app, "enter");
    let Some(Effect::Plan { inputs, .. }) = out.last() else { panic!("{out:?}") };
    assert_eq!(inputs[0].1, "gpu-3");
}

#[test]
fn a_log_is_followed_searched_and_gone_through_error_by_error() {
    let mut app = full();
    press(&mut app, "6 enter");
    let topic = app.topics().into_iter().find(|t| matches!(t, Topic::Log(..))).expect("a log is wanted");
    let lines: String =
        (1..=200).map(|i| if i % 60 == 0 { format!("line {i} error: bad\n") } else { format!("line {i}\n") }).collect();
    let chunk = LogChunk { read_at: at(), restart: false, text: Text::block(&lines), more: true, skipped: 0 };
    app.update(Input::Topic { topic: topic.clone(), generation: 1, data: TopicData::Log(chunk) });
    assert!(shown(&app, 120, 36).contains("line 200"), "{}", shown(&app, 120, 36));
    press(&mut app, "[");
    assert!(shown(&app, 120, 36).contains("line 180 error"), "{}", shown(&app, 120, 36));
    press(&mut app, "/ '77' enter");
    assert!(shown(&app, 120, 36).contains("line 77\u{20}") || shown(&app, 120, 36).contains("line 77"));
    press(&mut app, "G");
    assert!(shown(&app, 120, 36).contains("following"));
    press(&mut app, "esc");
    assert!(app.topics().is_empty(), "nobody looks any more");
}

#[test]
fn a_run_is_told_and_its_question_answered() {
    let mut app = full();
    press(&mut app, "9");
    let out = press(&mut app, "enter p");
    assert!(matches!(out.first(), Some(Effect::Tell { command: Command::Pause, .. })), "{out:?}");
    let out = press(&mut app, "esc j enter enter enter");
    let Some(Effect::Tell { command: Command::Answer { choice }, .. }) = out.first() else { panic!("{out:?}") };
    assert_eq!(choice, "wait");
    let out = press(&mut app, "b 1");
    assert!(matches!(out.first(), Some(Effect::Tell { command: Command::Abort { undo: true }, .. })), "{out:?}");
}

#[test]
fn a_message_is_shown_and_goes() {
    let mut app = full();
    app.update(Input::Said { kind: Saying::Failed, text: "the clipboard is not there".into() });
    assert!(shown(&app, 120, 36).contains("✕ the clipboard is not there"));
    app.update(Input::Tick(Time::from_millis(at().millis() + 9_000)));
    assert!(!shown(&app, 120, 36).contains("clipboard"));
}

#[test]
fn before_anything_is_known_it_says_what_it_connects_to() {
    let app = App::new(parts());
    let text = shown(&app, 80, 24);
    assert!(text.contains("connecting to prod at https://ci.tlcpack.ai/"), "{text}");
}

#[test]
fn the_mouse_selects_scrolls_and_goes_into() {
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
    let mut app = full();
    press(&mut app, "3");
    let click = |app: &mut App, column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        app.update(Input::Terminal(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })));
        draw(app, 120, 36);
    };
    click(&mut app, 10, 5);
    assert!(shown(&app, 120, 36).contains("▶ gpu-9"), "{}", shown(&app, 120, 36));
    click(&mut app, 10, 5);
    assert!(shown(&app, 120, 36).contains("node gpu-9"));
    click(&mut app, 2, 35);
    assert!(shown(&app, 120, 36).contains("Bells ─"));
}
