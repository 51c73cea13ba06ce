//! Effects: judged on data read anew, intended on disk, asked for once, looked for afterwards; and taken back.
use std::time::Duration;

use serde_json::{Map, Value};

use crate::actions::{Args, Prepared, Sighting, UndoPrepared, Verb};
use crate::base::{Text, Time};
use crate::gate::Permit;
use crate::model::Problem;
use crate::run::{How, Instance, Live, Seen, Settled, Verdict, VerdictKind, What};
use crate::runbook::{Class, Window};
use crate::store::StoreError;

use super::driver::{Driver, passing};
use super::guards::{self, Case};
use super::parts::weight;
use super::{find_jenkins, planner};

type Filled = Map<String, Value>;

/// Reads again for a while when reading fails for a reason that may pass. A macro, for what is read borrows the driver
/// anew each time.
macro_rules! patiently {
    ($driver:expr, $work:expr) => {{
        let pace = $driver.inner.parts.pace;
        let until = $driver.inner.parts.clock.boot().saturating_add(pace.patience);
        loop {
            let result = $work;
            match &result {
                Err(problem) if passing(problem) && $driver.inner.parts.clock.boot() < until => {
                    $driver.rest(Some(pace.look)).await?;
                }
                _ => break result,
            }
        }
    }};
}

impl Driver {
    /// One effect: judge, intend, ask.
    pub(super) async fn act(&mut self, index: usize, step: Instance) -> Result<(), StoreError> {
        let verb = match self.verb(index) {
            Ok(verb) => verb,
            Err(says) => return self.refused(step, Vec::new(), says).await,
        };
        self.live(&step.id, Live { says: Text::from("looking again before it acts"), left: None });
        let with = self.with(index);
        let verdicts = match self.judge(verb.spec().rescue).await? {
            Ok(verdicts) => verdicts,
            Err(problem) => return self.failed(step, false, &problem).await,
        };
        let looked = patiently!(self, self.prepare(verb, &with).await);
        let prepared = match looked {
            Ok(prepared) => prepared,
            Err(problem) => return self.failed(step, false, &problem).await,
        };
        if let Some(says) = self.stops(index, &verdicts, &prepared) {
            return self.refused(step, verdicts, says).await;
        }
        if let Some(already) = prepared.already {
            return self.outcome(step, false, How::Done, already, Value::Null).await;
        }
        let says = Text::from("the guards pass");
        self.write(What::Judged { step: step.clone(), passed: true, verdicts, says }).await?;
        let intent = What::Intent { step: step.clone(), undo: false, before: prepared.before.clone() };
        let receipt = self.write(intent).await?;
        let permit = match self.inner.standings.permit(self.controller(), receipt, self.now()) {
            Ok(permit) => permit,
            Err(says) => return self.outcome(step, false, How::Failed, says, Value::Null).await,
        };
        let before = prepared.before;
        let asked = self.execute(verb, permit, &with, &before).await;
        match asked {
            Ok(handle) => {
                if !handle.is_null() {
                    self.write(What::Handle { step: step.clone(), handle }).await?;
                }
                self.outcome(step, false, How::Done, Text::from("asked for; looking whether it is so"), Value::Null)
                    .await
            }
            Err(problem) => self.failed(step, false, &problem).await,
        }
    }

    /// Why it must not be done now, though it was approved.
    fn stops(&self, index: usize, verdicts: &[Verdict], prepared: &Prepared) -> Option<Text> {
        let plan = &self.journal.run.plan;
        // who says retry has seen what is different and means it
        let first = self.journal.run.step(index).is_some_and(|(_, s)| s.doubts == 0 && s.attempt == 1);
        let approved = |guard: &str| {
            let worst = plan.verdicts.iter().filter(|v| v.guard == *guard).map(|v| weight(v.kind)).max();
            if first { worst.unwrap_or(0).min(1) } else { 1 }
        };
        let worse: Vec<String> = verdicts
            .iter()
            .filter(|v| weight(v.kind) > approved(&v.guard))
            .map(|v| format!("{}: {}", v.guard, v.text))
            .collect();
        if !worse.is_empty() {
            return Some(Text::line(&worse.join("; ")));
        }
        if let Some(held) = &prepared.held_back {
            return Some(held.clone());
        }
        let scope = self.journal.run.step(index).and_then(|(script, _)| script.scope.clone());
        let changed = scope.filter(|s| first && *s != prepared.from);
        changed.map(|was| {
            Text::line(&format!(
                "{} is not as it was when this was approved: it was {was}, it is {}",
                prepared.on, prepared.from
            ))
        })
    }

    /// Every guard again, on data read now.
    async fn judge(&mut self, rescue: bool) -> Result<Result<Vec<Verdict>, Problem>, StoreError> {
        let id = self.controller().clone();
        let looked = patiently!(self, self.inner.parts.sight.refresh(&id, false).await);
        let snapshot = match looked {
            Ok(snapshot) => snapshot,
            Err(problem) => return Ok(Err(problem)),
        };
        let run = &self.journal.run;
        let inner = &self.inner;
        let Some(site) = inner.parts.site.controller(&id) else {
            return Ok(Err(read_only()));
        };
        let jenkins = find_jenkins(&snapshot, &id);
        let now = self.now();
        let standing = inner.standings.of(&id, &snapshot, now);
        let barred = inner.standings.barred(&id, &snapshot);
        let holds = inner.holds(run.id).await.map_err(StoreError::Failed)?;
        let capacity = planner::capacity_asks(&run.script.guards, &run.script.context).unwrap_or_default();
        let case = Case {
            controller: site,
            jenkins: &jenkins,
            now,
            fresh: inner.parts.pace.fresh,
            standing: &standing,
            barred: barred.as_ref(),
            planning: false,
            risk: run.plan.risk,
            window: Window::None,
            confirm: &run.plan.confirm,
            locks: &run.script.locks,
            holds: &holds,
            capacity: &capacity,
            rescue,
        };
        Ok(Ok(guards::judge(&case)))
    }

    async fn refused(&mut self, step: Instance, verdicts: Vec<Verdict>, says: Text) -> Result<(), StoreError> {
        self.lives.remove(&step.id);
        self.write(What::Judged { step, passed: false, verdicts, says }).await.map(|_| ())
    }

    /// An effect that was asked for and did not answer well, or could not be asked for.
    async fn failed(&mut self, step: Instance, undo: bool, problem: &Problem) -> Result<(), StoreError> {
        let intended =
            self.journal.run.index_of(&step.id).and_then(|i| self.journal.run.step(i)).is_some_and(|(_, s)| {
                let phase = if undo { s.undo } else { s.phase };
                phase == crate::run::Phase::Intent
            });
        let how = if intended && problem.in_doubt() { How::Doubt } else { How::Failed };
        self.lives.remove(&step.id);
        self.outcome(step, undo, how, Text::line(&problem.to_string()), Value::Null).await
    }

    /// Looks for an effect that may have happened: never repeats it blindly.
    pub(super) async fn observe(&mut self, index: usize, step: Instance, undo: bool) -> Result<(), StoreError> {
        let verb = match self.verb(index) {
            Ok(verb) => verb,
            Err(says) => return self.seen(step, undo, Seen::Unclear, says, Value::Null).await,
        };
        loop {
            let looked = match self.look(verb, index, &step, undo).await? {
                Some(looked) => looked,
                None => return Ok(()),
            };
            match looked {
                Sighting::Done(says, output) => return self.seen(step, undo, Seen::Done, says, output).await,
                Sighting::Unclear(says) => return self.seen(step, undo, Seen::Unclear, says, Value::Null).await,
                Sighting::Before(says) => {
                    let wait = self.may_still_come(verb.spec().class, index);
                    if wait.is_zero() {
                        return self.seen(step, undo, Seen::Before, says, Value::Null).await;
                    }
                    let says = Text::line(&format!("{says}; the request may still take effect, looking again"));
                    self.live(&step.id, Live { says, left: None });
                    self.rest(Some(wait.min(self.inner.parts.pace.look))).await?;
                }
            }
        }
    }

    /// How much longer a request without answer may take effect. What is made so twice is so all the same.
    fn may_still_come(&self, class: Class, index: usize) -> Duration {
        let intent = self.journal.run.step(index).and_then(|(_, s)| s.intent_at);
        match (class, intent) {
            (Class::Set, _) | (_, None) => Duration::ZERO,
            (_, Some(at)) => at.plus(self.inner.parts.pace.settle).since(self.now()),
        }
    }

    /// It was answered with *done*: looks until it is so.
    pub(super) async fn verify(&mut self, index: usize, step: Instance, undo: bool) -> Result<(), StoreError> {
        let verb = match self.verb(index) {
            Ok(verb) => verb,
            Err(says) => return self.seen(step, undo, Seen::Unclear, says, Value::Null).await,
        };
        let pace = self.inner.parts.pace;
        let until = self.inner.parts.clock.boot().saturating_add(pace.patience);
        loop {
            let looked = match self.look(verb, index, &step, undo).await? {
                Some(looked) => looked,
                None => return Ok(()),
            };
            let says = match looked {
                Sighting::Done(says, output) => return self.seen(step, undo, Seen::Done, says, output).await,
                Sighting::Unclear(says) => return self.seen(step, undo, Seen::Unclear, says, Value::Null).await,
                Sighting::Before(says) => says,
            };
            if self.inner.parts.clock.boot() >= until {
                let says = Text::line(&format!("it was answered with *done*, but {says}"));
                return self.seen(step, undo, Seen::Unclear, says, Value::Null).await;
            }
            self.live(&step.id, Live { says: Text::line(&format!("not yet: {says}")), left: None });
            self.rest(Some(pace.look)).await?;
        }
    }

    /// One look; none when it was decided otherwise: it cannot be looked at.
    async fn look(
        &mut self,
        verb: &'static dyn Verb,
        index: usize,
        step: &Instance,
        undo: bool,
    ) -> Result<Option<Sighting>, StoreError> {
        let Some((_, state)) = self.journal.run.step(index) else { return Ok(None) };
        let (with, before, handle) = (state.with.clone(), state.before.clone(), state.handle.clone());
        let looked = patiently!(self, self.sighting(verb, undo, &with, &before, &handle).await);
        match looked {
            Ok(sighting) => Ok(Some(sighting)),
            Err(problem) => {
                let says = Text::line(&format!("cannot look for it: {problem}"));
                self.seen(step.clone(), undo, Seen::Unclear, says, Value::Null).await?;
                Ok(None)
            }
        }
    }

    async fn seen(
        &mut self,
        step: Instance,
        undo: bool,
        seen: Seen,
        says: Text,
        output: Value,
    ) -> Result<(), StoreError> {
        self.lives.remove(&step.id);
        self.write(What::Observed { step, undo, seen, says, output }).await.map(|_| ())
    }

    /// Takes an effect back, while our mark still stands.
    pub(super) async fn undo(&mut self, index: usize, step: Instance) -> Result<(), StoreError> {
        let verb = match self.verb(index) {
            Ok(verb) => verb,
            Err(says) => return self.outcome(step, true, How::Failed, says, Value::Null).await,
        };
        let Some((_, state)) = self.journal.run.step(index) else { return Ok(()) };
        let (with, before) = (state.with.clone(), state.before.clone());
        let looked = patiently!(self, self.prepare_undo(verb, &with, &before).await);
        match looked {
            Ok(UndoPrepared::Ready) => {}
            Ok(UndoPrepared::Already(says)) => {
                return self.write(What::Settled { step, how: Settled::Undone, says }).await.map(|_| ());
            }
            Ok(UndoPrepared::NotOurs(says)) => {
                return self.write(What::Settled { step, how: Settled::Kept, says }).await.map(|_| ());
            }
            Err(problem) => return self.failed(step, true, &problem).await,
        }
        match self.judge(true).await? {
            Err(problem) => return self.failed(step, true, &problem).await,
            Ok(verdicts) => {
                let refused = verdicts.iter().find(|v| matches!(v.kind, VerdictKind::Refused | VerdictKind::Unknown));
                if let Some(verdict) = refused {
                    let says = Text::line(&format!("{}: {}", verdict.guard, verdict.text));
                    return self.outcome(step, true, How::Failed, says, Value::Null).await;
                }
            }
        }
        let receipt = self.write(What::Intent { step: step.clone(), undo: true, before: before.clone() }).await?;
        let permit = match self.inner.standings.permit(self.controller(), receipt, self.now()) {
            Ok(permit) => permit,
            Err(says) => return self.outcome(step, true, How::Failed, says, Value::Null).await,
        };
        let asked = self.execute_undo(verb, permit, &with, &before).await;
        match asked {
            Ok(()) => {
                self.outcome(step, true, How::Done, Text::from("asked for; looking whether it is so"), Value::Null)
                    .await
            }
            Err(problem) => self.failed(step, true, &problem).await,
        }
    }

    async fn prepare(&self, verb: &'static dyn Verb, with: &Filled) -> Result<Prepared, Problem> {
        let scene = self.scene()?;
        verb.prepare(&scene, Args(with)).await
    }

    async fn prepare_undo(
        &self,
        verb: &'static dyn Verb,
        with: &Filled,
        before: &Value,
    ) -> Result<UndoPrepared, Problem> {
        let scene = self.scene()?;
        verb.prepare_undo(&scene, Args(with), before).await
    }

    async fn sighting(
        &self,
        verb: &'static dyn Verb,
        undo: bool,
        with: &Filled,
        before: &Value,
        handle: &Value,
    ) -> Result<Sighting, Problem> {
        let scene = self.scene()?;
        if undo {
            verb.observe_undo(&scene, Args(with), before).await
        } else {
            verb.observe(&scene, Args(with), before, handle).await
        }
    }

    async fn execute(
        &self,
        verb: &'static dyn Verb,
        permit: Permit,
        with: &Filled,
        before: &Value,
    ) -> Result<Value, Problem> {
        let scene = self.scene()?;
        let operator = self.hands()?.operator.as_ref().ok_or_else(read_only)?;
        verb.execute(&scene, operator, permit, Args(with), before).await
    }

    async fn execute_undo(
        &self,
        verb: &'static dyn Verb,
        permit: Permit,
        with: &Filled,
        before: &Value,
    ) -> Result<(), Problem> {
        let scene = self.scene()?;
        let operator = self.hands()?.operator.as_ref().ok_or_else(read_only)?;
        verb.undo(&scene, operator, permit, Args(with), before).await
    }

    fn controller(&self) -> &crate::model::ControllerId {
        &self.journal.run.plan.controller
    }

    fn now(&self) -> Time {
        self.inner.parts.clock.now()
    }
}

fn read_only() -> Problem {
    Problem::new(
        crate::model::ProblemKind::NotAllowed,
        "this console has no means to write",
        "start it without --read-only",
    )
}
