//! What a run wants next, from its state alone.
use crate::base::{Text, Time};
use crate::runbook::{Otherwise, UndoStep};

use super::event::{How, Instance, ScriptStep, Seen, Settled};
use super::fold::{Direction, Phase, Run, StepRun};
use super::{Choice, Question, RunState};

/// An effect that was in doubt so often is not tried again without a person.
const DOUBTS: u32 = 3;

/// What the driver is to do; after each event it asks again.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// Nothing, until a person says something.
    Rest,
    /// Fill in the step's parameters; its time begins.
    Enter { index: usize, step: Instance },
    /// Judge, intend, act.
    Act { index: usize, step: Instance },
    /// Wait for, or read, something until the deadline.
    Await { index: usize, step: Instance, deadline: Option<Time> },
    /// An effect may have happened: look for it.
    Observe { index: usize, step: Instance, undo: bool },
    /// It has happened, says the answer: look again.
    Verify { index: usize, step: Instance, undo: bool },
    /// Take it back.
    Undo { index: usize, step: Instance },
    /// Write down that the step is over.
    Settle { step: Instance, how: Settled, says: Text },
    /// Write down that a person is asked.
    Ask { question: Question },
    /// Write down that the run is over.
    End { state: RunState, because: Text },
}

/// What the run wants.
pub fn next(run: &Run, now: Time) -> Want {
    if run.ended.is_some() || run.question.is_some() || run.paused.is_some() || run.approved_at.is_none() {
        return match (&run.ended, run.approved_at, run.direction) {
            (None, None, Direction::Stop | Direction::Back) => end(RunState::Aborted, "called off before it began"),
            _ => Want::Rest,
        };
    }
    match run.direction {
        Direction::Forward => forward(run, now),
        Direction::Stop => {
            clear_up(run, now).unwrap_or_else(|| end(RunState::Aborted, "called off; nothing was undone"))
        }
        Direction::Back => clear_up(run, now).or_else(|| back(run, now)).unwrap_or_else(|| undone(run)),
    }
}

fn forward(run: &Run, now: Time) -> Want {
    for (index, script, step) in steps(run) {
        match step.phase {
            Phase::Settled(_) => {}
            _ => return step_forward(index, script, step, now),
        }
    }
    let failed = run.steps.iter().filter(|s| s.phase == Phase::Settled(Settled::Failed)).count();
    match failed {
        0 => end(RunState::Done, "every step is done"),
        n => {
            end(RunState::Done, &format!("done, but {n} of its steps failed and were passed over as the runbook says"))
        }
    }
}

fn steps(run: &Run) -> impl DoubleEndedIterator<Item = (usize, &ScriptStep, &StepRun)> + ExactSizeIterator {
    run.script.steps.iter().zip(&run.steps).enumerate().map(|(i, (a, b))| (i, a, b))
}

fn step_forward(index: usize, script: &ScriptStep, step: &StepRun, now: Time) -> Want {
    let instance = instance(script, step);
    let settle = |how, says: &Text| Want::Settle { step: instance.clone(), how, says: says.clone() };
    match step.phase {
        Phase::Pending => Want::Enter { index, step: instance },
        Phase::Entered | Phase::Observed(Seen::Before) if script.class.has_effect() => {
            if step.doubts >= DOUBTS {
                return ask(script, step, now, "was tried several times and its answer was lost each time", &RETRY);
            }
            Want::Act { index, step: instance }
        }
        Phase::Entered | Phase::Observed(Seen::Before) => {
            Want::Await { index, step: instance, deadline: step.deadline }
        }
        Phase::Intent | Phase::Outcome(How::Doubt) => Want::Observe { index, step: instance, undo: false },
        Phase::Outcome(How::Done) if script.class.has_effect() && step.intent_at.is_some() => {
            Want::Verify { index, step: instance, undo: false }
        }
        Phase::Outcome(How::Done) | Phase::Observed(Seen::Done) => settle(Settled::Done, &step.says),
        Phase::Observed(Seen::Unclear) => ask(script, step, now, "may or may not have happened", &DOUBT),
        Phase::Refused => ask(script, step, now, "is held back by a guard", &RETRY),
        Phase::Outcome(How::Failed) if step.attempt <= script.retry => {
            let step = Instance { id: script.id.clone(), attempt: step.attempt.saturating_add(1) };
            Want::Enter { index, step }
        }
        Phase::Outcome(How::Failed) => match script.on_failure {
            Otherwise::Ask => ask(script, step, now, "failed", &RETRY),
            Otherwise::Fail => end(RunState::Failed, &format!("{} failed: {}", script.id, step.says)),
            Otherwise::Continue => settle(Settled::Failed, &step.says),
        },
        Phase::Outcome(How::TimedOut) => match script.on_timeout {
            Otherwise::Ask => ask(script, step, now, "takes longer than it may", &WAIT),
            Otherwise::Fail => end(RunState::Failed, &format!("{} took too long: {}", script.id, step.says)),
            Otherwise::Continue => settle(Settled::Failed, &step.says),
        },
        Phase::Settled(_) => Want::Rest,
    }
}

/// Before a run that was called off may end: no effect may stay unseen.
fn clear_up(run: &Run, now: Time) -> Option<Want> {
    steps(run).find_map(|(index, script, step)| {
        let instance = instance(script, step);
        if step.phase.in_doubt() {
            return Some(Want::Observe { index, step: instance, undo: false });
        }
        if step.undo.in_doubt() {
            return Some(Want::Observe { index, step: instance, undo: true });
        }
        let unclear =
            step.phase == Phase::Observed(Seen::Unclear) && run.direction == Direction::Back && !is_back(step);
        unclear.then(|| ask(script, step, now, "may or may not have happened", &UNDO_DOUBT))
    })
}

fn is_back(step: &StepRun) -> bool {
    matches!(step.undo, Phase::Settled(_))
}

fn back(run: &Run, now: Time) -> Option<Want> {
    steps(run)
        .rev()
        .filter(|(_, _, step)| step.effected && !is_back(step))
        .map(|(index, script, step)| {
            let instance = instance(script, step);
            let settle = |how, says: &Text| Want::Settle { step: instance.clone(), how, says: says.clone() };
            match step.undo {
                _ if script.undo == UndoStep::Keep => {
                    settle(Settled::Kept, &Text::from("left as it is, as the runbook says"))
                }
                Phase::Pending if !script.undoable => ask(script, step, now, "cannot be undone", &UNDO),
                Phase::Outcome(How::Done) => Want::Verify { index, step: instance, undo: true },
                Phase::Observed(Seen::Done) => settle(Settled::Undone, &step.says),
                Phase::Observed(Seen::Unclear) => {
                    ask(script, step, now, "may or may not have been undone", &UNDO_DOUBT)
                }
                Phase::Outcome(How::Failed | How::TimedOut) | Phase::Refused => {
                    ask(script, step, now, "could not be undone", &UNDO)
                }
                Phase::Observed(Seen::Before) if step.doubts >= DOUBTS => {
                    ask(script, step, now, "could not be undone, the answer was lost each time", &UNDO)
                }
                _ => Want::Undo { index, step: instance },
            }
        })
        .next()
}

fn undone(run: &Run) -> Want {
    let count = |how| run.steps.iter().filter(|s| s.undo == Phase::Settled(how)).count();
    let text = match (count(Settled::Undone), count(Settled::Kept)) {
        (0, 0) => "called off; there was nothing to undo".to_owned(),
        (n, 0) => format!("called off; {n} {} undone", plural(n)),
        (n, kept) => format!("called off; {n} {} undone, {kept} left as it is", plural(n)),
    };
    end(RunState::Aborted, &text)
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "step" } else { "steps" }
}

fn instance(script: &ScriptStep, step: &StepRun) -> Instance {
    Instance { id: script.id.clone(), attempt: step.attempt }
}

fn end(state: RunState, because: &str) -> Want {
    Want::End { state, because: Text::line(because) }
}

type Choices = [(&'static str, &'static str)];

const RETRY: [(&str, &str); 4] = [
    ("retry", "try again"),
    ("skip", "go on without it"),
    ("undo", "call the run off and undo what it did"),
    ("abort", "call the run off and leave everything as it is"),
];
const WAIT: [(&str, &str); 4] = [
    ("wait", "wait as long again"),
    ("skip", "go on without waiting"),
    ("undo", "call the run off and undo what it did"),
    ("abort", "call the run off and leave everything as it is"),
];
const DOUBT: [(&str, &str); 5] = [
    ("done", "I looked: it has happened"),
    ("retry", "I looked: it has not happened, do it"),
    ("skip", "go on without it"),
    ("undo", "call the run off and undo what it did"),
    ("abort", "call the run off and leave everything as it is"),
];
const UNDO: [(&str, &str); 3] =
    [("retry", "try again"), ("skip", "leave this as it is, undo the rest"), ("stop", "stop undoing")];
const UNDO_DOUBT: [(&str, &str); 3] = [
    ("done", "I looked: it is as it was before the run"),
    ("skip", "leave this as it is, undo the rest"),
    ("stop", "stop undoing"),
];

fn ask(script: &ScriptStep, step: &StepRun, now: Time, what: &str, choices: &Choices) -> Want {
    let says = if step.says.is_empty() { String::new() } else { format!(": {}", step.says) };
    let choices = choices.iter().map(|(id, text)| Choice { id: Text::from(*id), text: Text::from(*text) }).collect();
    let text = Text::line(&format!("{} ({}) {what}{says}", script.id, script.verb));
    Want::Ask { question: Question { step: Some(script.id.clone()), text, choices, asked_at: now } }
}
