//! The run as a fold over its events: total, so that any journal gives some state.
use serde_json::{Map, Value};

use crate::base::{RunId, Span, Text, Time};

use super::event::{Event, How, Instance, Script, ScriptStep, Seen, Settled, What};
use super::{Command, Note, Plan, Question, RunState, Verdict};

/// A run as its events tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub id: RunId,
    pub by: Text,
    pub plan: Plan,
    pub script: Script,
    /// The number that the next event will have.
    pub seq: u64,
    pub planned_at: Time,
    pub approved_at: Option<Time>,
    pub ended: Option<(Time, RunState, Text)>,
    pub direction: Direction,
    /// By whom.
    pub paused: Option<Text>,
    pub question: Option<Question>,
    pub notes: Vec<Note>,
    pub verdicts: Vec<Verdict>,
    pub steps: Vec<StepRun>,
}

/// Where it is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    /// A person called it off: only doubts are cleared up.
    Stop,
    /// What it did is taken back, last first.
    Back,
}

/// What became of one step so far.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRun {
    pub attempt: u32,
    pub phase: Phase,
    /// Of taking it back.
    pub undo: Phase,
    /// Its effect is in the world, as far as we know.
    pub effected: bool,
    /// How often its effect was in doubt.
    pub doubts: u32,
    pub with: Map<String, Value>,
    /// What was before.
    pub before: Value,
    pub handle: Value,
    pub output: Value,
    pub says: Text,
    pub timeout: Option<Span>,
    pub deadline: Option<Time>,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// When the last effect was intended.
    pub intent_at: Option<Time>,
}

/// How far one step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Pending,
    Entered,
    /// The guards said no.
    Refused,
    /// An effect may be under way.
    Intent,
    Outcome(How),
    Observed(Seen),
    Settled(Settled),
}

impl Phase {
    /// Whether an effect may have happened that nobody has seen.
    pub const fn in_doubt(self) -> bool {
        matches!(self, Self::Intent | Self::Outcome(How::Doubt))
    }
}

impl Default for StepRun {
    fn default() -> Self {
        Self {
            attempt: 1,
            phase: Phase::Pending,
            undo: Phase::Pending,
            effected: false,
            doubts: 0,
            with: Map::new(),
            before: Value::Null,
            handle: Value::Null,
            output: Value::Null,
            says: Text::default(),
            timeout: None,
            deadline: None,
            started_at: None,
            ended_at: None,
            intent_at: None,
        }
    }
}

impl Run {
    /// A run from its journal.
    ///
    /// # Errors
    /// The journal does not begin as every journal does.
    pub fn fold<'e>(events: impl IntoIterator<Item = &'e Event>) -> Result<Self, Text> {
        let mut events = events.into_iter();
        let first = events.next().ok_or_else(|| Text::from("the journal is empty"))?;
        let mut run = Self::begin(first)?;
        events.for_each(|e| run.apply(e));
        Ok(run)
    }

    /// A run from its first event.
    ///
    /// # Errors
    /// It is not a plan.
    pub fn begin(first: &Event) -> Result<Self, Text> {
        let What::Planned { by, plan, script } = &first.what else {
            return Err(Text::from("the journal does not begin with a plan"));
        };
        Ok(Self {
            id: plan.run,
            by: by.clone(),
            plan: (**plan).clone(),
            seq: first.seq.saturating_add(1),
            planned_at: first.at,
            approved_at: None,
            ended: None,
            direction: Direction::Forward,
            paused: None,
            question: None,
            notes: Vec::new(),
            verdicts: plan.verdicts.clone(),
            steps: script.steps.iter().map(|_| StepRun::default()).collect(),
            script: (**script).clone(),
        })
    }

    /// Takes one more event. What makes no sense where the run stands changes nothing but the count.
    pub fn apply(&mut self, event: &Event) {
        self.seq = event.seq.saturating_add(1);
        if self.ended.is_some() && !matches!(event.what, What::Told { command: Command::Note { .. }, .. }) {
            return;
        }
        match &event.what {
            What::Planned { .. } | What::Taken { .. } => {}
            What::Approved { .. } => self.approved_at = self.approved_at.or(Some(event.at)),
            What::Told { who, command } => self.told(who, command, event.at),
            What::Asked { question } => self.question = Some(question.clone()),
            What::Ended { state, because } => {
                self.question = None;
                self.ended = Some((event.at, *state, because.clone()));
            }
            What::Judged { step, passed, verdicts, says } => {
                self.verdicts.clone_from(verdicts);
                self.with_step(step, |s| {
                    s.phase = if *passed { Phase::Entered } else { Phase::Refused };
                    s.says = says.clone();
                });
            }
            What::Entered { step, with, timeout, deadline } => self.entered(event.at, step, with, *timeout, *deadline),
            What::Intent { step, undo, before } => self.with_step(step, |s| {
                s.intent_at = Some(event.at);
                if *undo {
                    s.undo = Phase::Intent;
                } else {
                    s.phase = Phase::Intent;
                    s.before = before.clone();
                }
            }),
            What::Handle { step, handle } => self.with_step(step, |s| s.handle = handle.clone()),
            What::Outcome { step, undo, how, says, output } => {
                self.with_step(step, |s| s.outcome(*undo, *how, says, output));
            }
            What::Observed { step, undo, seen, says, output } => {
                self.with_step(step, |s| s.observed(*undo, *seen, says, output));
            }
            What::Settled { step, how, says } => self.with_step(step, |s| s.settled(*how, says, event.at)),
        }
    }

    fn entered(
        &mut self,
        at: Time,
        step: &Instance,
        with: &Map<String, Value>,
        timeout: Option<Span>,
        deadline: Option<Time>,
    ) {
        let Some(index) = self.index_of(&step.id) else { return };
        let Some(slot) = self.steps.get_mut(index) else { return };
        *slot = StepRun {
            attempt: step.attempt,
            phase: Phase::Entered,
            with: with.clone(),
            timeout,
            deadline,
            started_at: slot.started_at.or(Some(at)),
            effected: slot.effected,
            before: slot.before.clone(),
            ..StepRun::default()
        };
    }

    fn told(&mut self, who: &Text, command: &Command, at: Time) {
        match command {
            Command::Pause => self.paused = Some(who.clone()),
            Command::Resume => self.paused = None,
            Command::Note { text } => self.notes.push(Note { at, who: who.clone(), text: text.clone() }),
            Command::Abort { undo } => self.turn(if *undo { Direction::Back } else { Direction::Stop }),
            Command::Retry => self.answer("retry", who, at),
            Command::Skip { reason } => {
                if self.question.is_some() {
                    self.answer("skip", who, at);
                } else {
                    self.skip_current(who, reason, at);
                }
            }
            Command::Answer { choice } => self.answer(choice, who, at),
        }
    }

    /// Calls it off. Once called off it is not called on again; from stopping it may still turn to undoing.
    fn turn(&mut self, to: Direction) {
        if self.direction != Direction::Back {
            self.direction = to;
        }
        self.question = None;
        self.paused = None;
    }

    /// An answer that the question does not offer changes nothing.
    fn answer(&mut self, choice: &str, who: &Text, at: Time) {
        let Some(question) = self.question.take_if(|q| q.choices.iter().any(|c| c.id == *choice)) else { return };
        let back = self.direction == Direction::Back;
        let step = question.step.as_deref().and_then(|id| self.index_of(id)).and_then(|i| self.steps.get_mut(i));
        match (choice, step) {
            ("abort", _) => self.turn(Direction::Stop),
            ("undo", _) => self.turn(Direction::Back),
            ("stop", _) => self.direction = Direction::Stop,
            ("retry", Some(step)) if back => step.undo = Phase::Pending,
            ("retry", Some(step)) => step.again(),
            ("skip", Some(step)) if back => step.settled(Settled::Kept, &said(who, "left as it is"), at),
            ("skip", Some(step)) => step.settled(Settled::Skipped, &said(who, "skipped"), at),
            ("done", Some(step)) if back => step.settled(Settled::Undone, &said(who, "found undone"), at),
            ("done", Some(step)) => {
                step.effected = true;
                step.settled(Settled::Done, &said(who, "found done"), at);
            }
            ("wait", Some(step)) => {
                step.phase = Phase::Entered;
                step.deadline = step.timeout.map(|t| at.plus(t.0));
            }
            _ => {}
        }
    }

    /// A step that only waits can be passed over at any time; one with an effect only when it asks.
    fn skip_current(&mut self, who: &Text, reason: &Text, at: Time) {
        let current =
            self.script.steps.iter().zip(self.steps.iter_mut()).find(|(_, s)| !matches!(s.phase, Phase::Settled(_)));
        if let Some((script, step)) = current
            && self.direction == Direction::Forward
            && (!script.class.has_effect() || matches!(step.phase, Phase::Pending | Phase::Entered))
        {
            step.settled(Settled::Skipped, &Text::line(&format!("skipped by {who}: {reason}")), at);
        }
    }

    fn with_step(&mut self, instance: &Instance, change: impl FnOnce(&mut StepRun)) {
        let Some(index) = self.index_of(&instance.id) else { return };
        if let Some(step) = self.steps.get_mut(index).filter(|s| s.attempt == instance.attempt) {
            change(step);
        }
    }

    /// The place of a step.
    pub fn index_of(&self, id: &str) -> Option<usize> {
        self.script.steps.iter().position(|s| s.id == *id)
    }

    /// A step as written and as it went.
    pub fn step(&self, index: usize) -> Option<(&ScriptStep, &StepRun)> {
        self.script.steps.get(index).zip(self.steps.get(index))
    }

    pub fn state(&self) -> RunState {
        match (&self.ended, &self.question, &self.paused, self.direction, self.approved_at) {
            (Some((_, state, _)), ..) => *state,
            (_, Some(_), ..) => RunState::Waiting,
            (_, _, Some(_), ..) => RunState::Paused,
            (_, _, _, Direction::Back, _) => RunState::Undoing,
            (.., Some(_)) => RunState::Running,
            _ => RunState::Planned,
        }
    }
}

fn said(who: &Text, what: &str) -> Text {
    Text::line(&format!("{what}, said {who}"))
}

impl StepRun {
    fn outcome(&mut self, undo: bool, how: How, says: &Text, output: &Value) {
        self.says = says.clone();
        self.doubts += u32::from(how == How::Doubt);
        if undo {
            self.undo = Phase::Outcome(how);
            return;
        }
        self.phase = Phase::Outcome(how);
        if how == How::Done {
            self.effected |= self.intent_at.is_some();
            self.output = output.clone();
        }
    }

    fn observed(&mut self, undo: bool, seen: Seen, says: &Text, output: &Value) {
        self.says = says.clone();
        if undo {
            self.undo = Phase::Observed(seen);
            return;
        }
        self.phase = Phase::Observed(seen);
        if seen == Seen::Done {
            self.effected = true;
            self.output = output.clone();
        }
    }

    fn settled(&mut self, how: Settled, says: &Text, at: Time) {
        self.says = says.clone();
        self.ended_at = Some(at);
        match how {
            Settled::Undone | Settled::Kept => self.undo = Phase::Settled(how),
            _ => self.phase = Phase::Settled(how),
        }
    }

    /// The next attempt.
    fn again(&mut self) {
        self.phase = Phase::Pending;
        self.attempt = self.attempt.saturating_add(1);
        self.doubts = 0;
    }
}
