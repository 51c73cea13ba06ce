//! Random commands, crashes and failures: the run keeps to its states, repeats nothing, undoes only what it did.
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::base::{RunId, Text, Time};
use crate::model::ControllerId;
use crate::runbook::{Class, Otherwise, UndoStep};

fn step(id: &str, class: Class, on: Otherwise, retry: u32) -> ScriptStep {
    ScriptStep {
        id: id.into(),
        depth: 0,
        verb: "v".into(),
        version: 1,
        class,
        undoable: true,
        rescue: false,
        with: Map::new(),
        when: None,
        timeout: None,
        on_timeout: on,
        on_failure: on,
        retry,
        undo: UndoStep::Restore,
        does: "does".into(),
        scope: None,
    }
}

fn planned(steps: Vec<ScriptStep>) -> What {
    let plan = Plan {
        run: RunId::new(7),
        runbook: "r".into(),
        title: "R".into(),
        controller: ControllerId::new("c"),
        production: false,
        risk: Risk::Low,
        inputs: vec![],
        subject: "s".into(),
        changes: vec![],
        interrupted: vec![],
        irreversible: vec![],
        undo: Text::default(),
        takes: None,
        verdicts: vec![],
        steps: vec![],
        confirm: Confirm::Key,
        digest: "d".into(),
        planned_at: Time::from_millis(0),
    };
    let script = Script { text: "t".into(), context: Map::new(), locks: vec![], guards: vec![], steps };
    What::Planned { by: "op".into(), plan: Box::new(plan), script: Box::new(script) }
}

/// What happens to one effect, or what a person says.
#[derive(Clone, Debug)]
enum Chance {
    Fine,
    Fails,
    /// No answer; with or without its effect.
    Lost(bool),
    /// The process dies after the intent; with or without its effect.
    Dies(bool),
    Refused,
    TimesOut,
    Unclear,
    Says(Command),
}

fn chances() -> impl Strategy<Value = Chance> {
    let answers = prop::sample::select(vec!["retry", "skip", "undo", "abort", "wait", "done", "stop", "nonsense"]);
    prop_oneof![
        6 => Just(Chance::Fine),
        1 => Just(Chance::Fails),
        1 => any::<bool>().prop_map(Chance::Lost),
        1 => any::<bool>().prop_map(Chance::Dies),
        1 => Just(Chance::Refused),
        1 => Just(Chance::TimesOut),
        1 => Just(Chance::Unclear),
        2 => answers.prop_map(|choice| Chance::Says(Command::Answer { choice: choice.into() })),
        1 => Just(Chance::Says(Command::Pause)),
        2 => Just(Chance::Says(Command::Resume)),
        1 => Just(Chance::Says(Command::Retry)),
        1 => Just(Chance::Says(Command::Skip { reason: "x".into() })),
        1 => any::<bool>().prop_map(|undo| Chance::Says(Command::Abort { undo })),
        1 => Just(Chance::Says(Command::Note { text: "n".into() })),
    ]
}

/// The outside, where each step's effect is there or not.
struct World {
    there: Vec<bool>,
    journal: Vec<Event>,
    run: Run,
    /// A person's word was taken for what could not be seen: what they said may be wrong.
    trusted: bool,
}

impl World {
    fn new(steps: Vec<ScriptStep>) -> Self {
        let first = Event { seq: 0, at: Time::from_millis(0), what: planned(steps) };
        let run = Run::begin(&first).unwrap();
        let there = run.steps.iter().map(|_| false).collect();
        let mut world = Self { there, journal: vec![first], run, trusted: false };
        world.write(What::Approved { who: "op".into(), how: "y".into() });
        world
    }

    fn write(&mut self, what: What) {
        let seq = self.run.seq;
        let event = Event { seq, at: Time::from_millis(i64::try_from(seq).unwrap()), what };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event, "{line}");
        self.run.apply(&event);
        self.journal.push(event);
        assert_eq!(Run::fold(&self.journal).unwrap(), self.run, "what was folded at once and one by one is the same");
        assert_eq!(self.run.seq, u64::try_from(self.journal.len()).unwrap(), "no event is lost");
    }

    /// The effect itself: it must never be asked for when it is there already.
    fn effect(&mut self, index: usize, undo: bool) {
        assert!(self.trusted || self.there[index] == undo, "step {index} is done twice, undo: {undo}");
        self.there[index] = !undo;
    }

    fn turn(&mut self, chance: &Chance) {
        if let Chance::Says(command) = chance {
            let unclear = |s: &StepRun| [s.phase, s.undo].contains(&Phase::Observed(Seen::Unclear));
            let answers = matches!(command, Command::Answer { .. } | Command::Retry | Command::Skip { .. });
            self.trusted |= answers && self.run.question.is_some() && self.run.steps.iter().any(unclear);
            self.write(What::Told { who: "op".into(), command: command.clone() });
            return;
        }
        let empty = || (Text::default(), Value::Null);
        match next(&self.run, Time::from_millis(0)) {
            Want::Rest => {}
            Want::Enter { step, .. } => {
                self.write(What::Entered { step, with: Map::new(), timeout: None, deadline: None });
            }
            Want::Act { index, step } => {
                let passed = !matches!(chance, Chance::Refused);
                self.write(What::Judged { step: step.clone(), passed, verdicts: vec![], says: Text::default() });
                if passed {
                    self.ask_for(index, step, false, chance);
                }
            }
            Want::Undo { index, step } => self.ask_for(index, step, true, chance),
            Want::Await { step, .. } => {
                let how = match chance {
                    Chance::TimesOut => How::TimedOut,
                    Chance::Fails => How::Failed,
                    _ => How::Done,
                };
                let (says, output) = empty();
                self.write(What::Outcome { step, undo: false, how, says, output });
            }
            Want::Observe { index, step, undo } | Want::Verify { index, step, undo } => {
                let seen = match (chance, self.there[index] != undo) {
                    (Chance::Unclear, _) => Seen::Unclear,
                    (_, true) => Seen::Done,
                    (_, false) => Seen::Before,
                };
                let (says, output) = empty();
                self.write(What::Observed { step, undo, seen, says, output });
            }
            Want::Settle { step, how, says } => self.write(What::Settled { step, how, says }),
            Want::Ask { question } => self.write(What::Asked { question }),
            Want::End { state, because } => self.write(What::Ended { state, because }),
        }
    }

    fn ask_for(&mut self, index: usize, step: Instance, undo: bool, chance: &Chance) {
        self.write(What::Intent { step: step.clone(), undo, before: Value::Null });
        let how = match chance {
            Chance::Fails => How::Failed,
            Chance::Lost(effect) => {
                if *effect {
                    self.effect(index, undo);
                }
                How::Doubt
            }
            Chance::Dies(effect) => {
                if *effect {
                    self.effect(index, undo);
                }
                return;
            }
            _ => {
                self.effect(index, undo);
                How::Done
            }
        };
        self.write(What::Outcome { step, undo, how, says: Text::default(), output: Value::Null });
    }
}

fn steps() -> impl Strategy<Value = Vec<ScriptStep>> {
    let class =
        prop::sample::select(vec![Class::Set, Class::Toggle, Class::Once, Class::Wait, Class::Read, Class::Create]);
    let on = prop::sample::select(vec![Otherwise::Ask, Otherwise::Fail, Otherwise::Continue]);
    prop::collection::vec((class, on, 0u32..3), 1..5).prop_map(|kinds| {
        kinds.into_iter().enumerate().map(|(i, (class, on, retry))| step(&format!("s{i}"), class, on, retry)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn keeps_to_its_states_whatever_happens(steps in steps(), chances in prop::collection::vec(chances(), 0..80)) {
        let mut world = World::new(steps);
        for chance in &chances {
            world.turn(chance);
        }
        let was_over = world.run.ended.is_some();
        // called off at last, with undo: it must come to an end
        world.turn(&Chance::Says(Command::Resume));
        world.turn(&Chance::Says(Command::Abort { undo: true }));
        for _ in 0..100 {
            world.turn(&Chance::Fine);
            if let Some(question) = world.run.question.clone() {
                let choice = question.choices.iter().find(|c| c.id == *"retry").or(question.choices.last()).unwrap();
                world.turn(&Chance::Says(Command::Answer { choice: choice.id.clone() }));
            }
        }
        prop_assert!(world.run.state().is_over(), "it came to no end: {:#?}", world.run.steps);
        prop_assert_eq!(next(&world.run, Time::from_millis(0)), Want::Rest);
        let kept = world.run.steps.iter().any(|s| s.undo == Phase::Settled(Settled::Kept));
        if !was_over && world.run.direction == Direction::Back && !kept && !world.trusted {
            prop_assert!(world.there.iter().all(|t| !t), "what it did is undone");
        }
        if world.run.state() == RunState::Done && !world.trusted {
            for (i, step) in world.run.steps.iter().enumerate() {
                let effect = world.run.script.steps[i].class.has_effect();
                if effect && step.phase == Phase::Settled(Settled::Done) {
                    prop_assert!(world.there[i], "step {} says done", i);
                }
            }
        }
        let view = world.run.view(&Lives::new(), true);
        prop_assert_eq!(view.steps.len(), world.run.script.steps.len());
    }

    #[test]
    fn any_events_in_any_order_give_some_state(steps in steps(), chances in prop::collection::vec(chances(), 0..40), keep in prop::collection::vec(any::<bool>(), 120)) {
        let mut world = World::new(steps);
        for chance in &chances {
            world.turn(chance);
        }
        let first = world.journal[0].clone();
        let torn = world.journal.iter().skip(1).zip(&keep).filter(|(_, k)| **k).map(|(e, _)| e);
        let run = Run::fold(std::iter::once(&first).chain(torn)).unwrap();
        let _: Want = next(&run, Time::from_millis(0));
        prop_assert_eq!(run.view(&Lives::new(), false).steps.len(), run.script.steps.len());
    }
}

#[test]
fn a_journal_that_begins_otherwise_is_no_run() {
    assert!(Run::fold(&[]).is_err());
    let ended =
        Event { seq: 0, at: Time::from_millis(0), what: What::Ended { state: RunState::Done, because: "".into() } };
    assert!(Run::fold(&[ended]).is_err());
}

#[test]
fn a_plan_that_nobody_approved_wants_nothing() {
    let first =
        Event { seq: 0, at: Time::from_millis(0), what: planned(vec![step("a", Class::Set, Otherwise::Ask, 0)]) };
    let run = Run::begin(&first).unwrap();
    assert_eq!((next(&run, Time::from_millis(0)), run.state()), (Want::Rest, RunState::Planned));
}
