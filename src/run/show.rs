//! From a run to what people see of it.
use std::collections::BTreeMap;

use crate::base::{Span, Text};
use crate::runbook::Class;

use super::event::{How, ScriptStep, Seen, Settled};
use super::fold::{Phase, Run, StepRun};
use super::{RunState, RunView, StepState, StepView};

/// What a step says while it goes on; not journalled.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Live {
    pub says: Text,
    pub left: Option<Span>,
}

/// By a step's id.
pub type Lives = BTreeMap<Text, Live>;

impl Run {
    /// What people see; `here`: whether this process drives it.
    pub fn view(&self, live: &Lives, here: bool) -> RunView {
        let steps: Vec<StepView> = self
            .script
            .steps
            .iter()
            .zip(&self.steps)
            .map(|(script, step)| self.step_view(script, step, live))
            .collect();
        let state = self.state();
        RunView {
            id: self.id,
            runbook: self.plan.runbook.clone(),
            title: self.plan.title.clone(),
            subject: self.plan.subject.clone(),
            controller: self.plan.controller.clone(),
            state,
            risk: self.plan.risk,
            by: self.by.clone(),
            planned_at: self.planned_at,
            started_at: self.approved_at,
            ended_at: self.ended.as_ref().map(|(at, ..)| *at),
            left: (!state.is_over()).then(|| self.left(&steps)).flatten(),
            because: self.because(state, &steps, here),
            steps,
            question: self.question.clone(),
            notes: self.notes.clone(),
            verdicts: self.verdicts.clone(),
            here,
        }
    }

    fn step_view(&self, script: &ScriptStep, step: &StepRun, live: &Lives) -> StepView {
        let asked = self.question.as_ref().and_then(|q| q.step.as_ref()) == Some(&script.id);
        let state = match shown(step) {
            _ if asked && self.ended.is_none() => StepState::Asking,
            // a step that was only waiting when the run ended
            StepState::Running if self.ended.is_some() => StepState::Skipped,
            state => state,
        };
        let live = live
            .get(&script.id)
            .filter(|_| matches!(state, StepState::Running | StepState::Undoing | StepState::InDoubt));
        StepView {
            id: script.id.clone(),
            attempt: step.attempt,
            verb: script.verb.clone(),
            depth: script.depth,
            does: script.does.clone(),
            state,
            started_at: step.started_at,
            ended_at: step.ended_at,
            says: live.map(|l| l.says.clone()).filter(|s| !s.is_empty()).unwrap_or_else(|| step.says.clone()),
            output: Vec::new(),
            left: live.and_then(|l| l.left),
        }
    }

    /// As long as its longest step that says so.
    fn left(&self, steps: &[StepView]) -> Option<Span> {
        let waits = self.script.steps.iter().any(|s| s.class == Class::Wait);
        let begun = steps.iter().any(|s| s.state == StepState::Running && s.left.is_some());
        match steps.iter().filter_map(|s| s.left).max() {
            Some(left) => Some(left),
            None if waits && !begun && steps.iter().any(|s| s.state == StepState::Pending) => self.plan.takes,
            None => None,
        }
    }

    fn because(&self, state: RunState, steps: &[StepView], here: bool) -> Text {
        if let Some((_, _, because)) = &self.ended {
            return because.clone();
        }
        if !here && state != RunState::Planned {
            return Text::line(&format!("nobody drives it; it goes on with `bellboard runbook resume {}`", self.id));
        }
        if let Some(question) = &self.question {
            return question.text.clone();
        }
        if let Some(who) = &self.paused {
            return Text::line(&format!("paused by {who}"));
        }
        let current = steps.iter().find(|s| {
            matches!(s.state, StepState::Running | StepState::InDoubt | StepState::Undoing | StepState::Asking)
        });
        match (current, state) {
            (_, RunState::Planned) => Text::from("not started"),
            (Some(step), _) if step.says.is_empty() => Text::line(&format!("{}: {}", step.id, step.does)),
            (Some(step), _) => Text::line(&format!("{}: {}", step.id, step.says)),
            (None, _) => Text::from("about to go on"),
        }
    }
}

fn shown(step: &StepRun) -> StepState {
    match step.undo {
        Phase::Settled(Settled::Undone) => return StepState::Undone,
        Phase::Pending | Phase::Settled(_) => {}
        phase if phase.in_doubt() => return StepState::InDoubt,
        _ => return StepState::Undoing,
    }
    match step.phase {
        Phase::Pending => StepState::Pending,
        Phase::Intent | Phase::Outcome(How::Doubt) | Phase::Observed(Seen::Unclear) => StepState::InDoubt,
        Phase::Settled(Settled::Skipped) => StepState::Skipped,
        Phase::Settled(Settled::Failed) | Phase::Outcome(How::Failed | How::TimedOut) | Phase::Refused => {
            StepState::Failed
        }
        Phase::Settled(_) => StepState::Done,
        _ => StepState::Running,
    }
}
