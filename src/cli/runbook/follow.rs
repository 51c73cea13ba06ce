//! A run followed on standard output: its events, what its step waits for, and how it ended as an exit code.
use std::sync::Arc;
use std::time::Duration;

use super::super::out::Out;
use super::super::session::Session;
use crate::app::{Exit, Failed};
use crate::base::{RunId, Text};
use crate::run::{Command, Event, RunState, RunView, StepState, StepView};

/// How long a process that drives a run has to act on what it was told.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run as the journal has it.
pub(super) fn view(session: &Session, run: RunId) -> Option<Arc<RunView>> {
    session.house.engine.runs().borrow().iter().find(|r| r.id == run).cloned()
}

/// Follows one run.
pub(super) struct Follow<'a> {
    session: &'a Session,
    run: RunId,
    json: bool,
    /// Events before this one were there before we came.
    past: u64,
    /// What the step said last.
    said: Text,
    out: &'a mut Out,
}

impl<'a> Follow<'a> {
    pub(super) fn new(session: &'a Session, run: RunId, json: bool, past: u64, out: &'a mut Out) -> Self {
        Self { session, run, json, past, said: Text::default(), out }
    }

    /// A run that was taken over here, after it was told something.
    pub(super) async fn after(mut self, command: &Command) -> Result<Exit, Failed> {
        if !self.json {
            self.out.line(&format!("run {} goes on after {} events", self.run, self.past))?;
        }
        let run = self.run;
        let session = self.session;
        let ended = self.here().await;
        // what was asked for is no failure
        match (command, view(session, run).map(|v| v.state)) {
            (Command::Pause, Some(RunState::Paused)) | (Command::Abort { .. }, Some(RunState::Aborted)) => {
                Ok(Exit::Fine)
            }
            _ => ended,
        }
    }

    /// A run that is driven here, until it is over or waits for a person.
    pub(super) async fn here(&mut self) -> Result<Exit, Failed> {
        let mut events = self.session.house.engine.events(self.run).await;
        let mut runs = self.session.house.engine.runs();
        runs.mark_changed();
        loop {
            tokio::select! {
                biased;
                event = events.recv() => match event {
                    Some(event) => self.event(&event)?,
                    None => return self.ended(),
                },
                changed = runs.changed() => {
                    let found = runs.borrow_and_update().iter().find(|r| r.id == self.run).cloned();
                    let view = found.filter(|_| changed.is_ok());
                    match view {
                        // nobody is here to answer: the run waits, and we go
                        Some(view) if view.question.is_some() || view.state == RunState::Paused => {
                            while let Ok(event) = events.try_recv() {
                                self.event(&event)?;
                            }
                            return self.ended();
                        }
                        Some(view) => self.waits(&view)?,
                        None if changed.is_err() => return self.ended(),
                        None => {}
                    }
                }
            }
        }
    }

    /// A run that another process drives: until that process has done what it was told.
    pub(super) async fn elsewhere(mut self, command: &Command) -> Result<Exit, Failed> {
        if !self.json {
            self.out.line(&format!("handed to the bellboard process that drives run {}", self.run))?;
            self.out.flush()?;
        }
        let acted = tokio::time::timeout(PATIENCE, self.until_acted(command)).await;
        let view = view(self.session, self.run);
        match (acted, view) {
            (Ok(Ok(())), Some(view)) => self.handed(&view, command),
            (Ok(Err(failed)), _) => Err(failed),
            _ => {
                let what = format!("run {}: the process that drives it has not acted yet", self.run);
                Err(Failed::new(Exit::Waits, what, "it has been told; bellboard runs shows what becomes of it"))
            }
        }
    }

    async fn until_acted(&mut self, command: &Command) -> Result<(), Failed> {
        let mut runs = self.session.house.engine.runs();
        loop {
            let before = self.past;
            self.news().await?;
            let state = view(self.session, self.run).map(|v| v.state);
            let done = match command {
                Command::Pause => state.is_some_and(|s| s == RunState::Paused || s.is_over()),
                Command::Abort { .. } => state.is_some_and(RunState::is_over),
                _ => self.past > before,
            };
            if done {
                return Ok(());
            }
            // the journal is looked at every few seconds; a change of the run shows there
            if runs.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Prints what was journalled since we looked last.
    async fn news(&mut self) -> Result<(), Failed> {
        let mut events = self.session.house.engine.events(self.run).await;
        while let Some(event) = events.recv().await {
            if event.seq >= self.past {
                self.print(&event)?;
                self.past = event.seq + 1;
            }
        }
        Ok(())
    }

    fn handed(&mut self, view: &RunView, command: &Command) -> Result<Exit, Failed> {
        self.out.flush()?;
        match (command, view.state) {
            (Command::Pause, RunState::Paused) | (Command::Abort { .. }, RunState::Aborted) => Ok(Exit::Fine),
            (_, RunState::Failed | RunState::Aborted) => Err(over(view)),
            // it goes on there
            _ => Ok(Exit::Fine),
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Failed> {
        if self.json || event.seq >= self.past { self.print(event) } else { Ok(()) }
    }

    fn print(&mut self, event: &Event) -> Result<(), Failed> {
        let value = serde_json::to_value(event)
            .map_err(|e| Failed::new(Exit::Failed, format!("an event cannot be said in JSON: {e}"), ""))?;
        if self.json {
            return self.out.json_line(&serde_json::json!({ "run": self.run, "event": value }));
        }
        let said = |name: &str| value.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        let step = value.get("step").and_then(|s| s.get("id")).and_then(|v| v.as_str()).unwrap_or_default();
        let command = value.get("command").and_then(|c| c.get("say")).and_then(|v| v.as_str()).unwrap_or_default();
        let words = [said("event"), command, step, said("says"), said("how"), said("state"), said("because")];
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        self.out.line(&format!("{}  {}  {}", event.at, self.run, words.join("  ")))?;
        self.out.flush()
    }

    /// What the running step waits for, when that changed.
    fn waits(&mut self, view: &RunView) -> Result<(), Failed> {
        let Some(step) = view.steps.iter().find(|s| s.state == StepState::Running) else { return Ok(()) };
        if step.says.is_empty() || step.says == self.said {
            return Ok(());
        }
        self.said = step.says.clone();
        if self.json {
            let waits = serde_json::json!({ "step": step.id, "says": step.says, "left_seconds": step.left });
            return self.out.json_line(&serde_json::json!({ "run": self.run, "waits": waits }));
        }
        self.out.line(&format!("{}  {}  waiting  {}", self.session.clock.now(), self.run, waiting(step)))?;
        self.out.flush()
    }

    fn ended(&mut self) -> Result<Exit, Failed> {
        self.out.flush()?;
        let Some(view) = view(self.session, self.run) else { return Ok(Exit::Failed) };
        match view.state {
            RunState::Done => Ok(Exit::Fine),
            RunState::Failed | RunState::Aborted => Err(over(&view)),
            _ => Err(asks(&view)),
        }
    }
}

fn waiting(step: &StepView) -> String {
    match step.left {
        Some(left) => format!("{}: {}; about {left} left", step.id, step.says),
        None => format!("{}: {}", step.id, step.says),
    }
}

fn over(view: &RunView) -> Failed {
    let state = if view.state == RunState::Aborted { "was aborted" } else { "failed" };
    Failed::new(Exit::Failed, format!("run {} {state}: {}", view.id, view.because), "")
}

fn asks(view: &RunView) -> Failed {
    let question = view.question.as_ref();
    let what = question.map_or_else(|| view.because.clone(), |q| q.text.clone());
    let choices: Vec<String> =
        question.map(|q| q.choices.iter().map(|c| format!("{}: {}", c.id, c.text)).collect()).unwrap_or_default();
    let hint = format!("bellboard runbook resume|retry|skip|abort {} answers it\n{}", view.id, choices.join("\n"));
    Failed::new(Exit::Waits, format!("run {} waits for a person: {what}", view.id), hint.trim_end())
}
