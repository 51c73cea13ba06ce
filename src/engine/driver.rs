//! Drives one run: asks what it wants, does it, writes it down; until it is over or cannot be written to.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use crate::actions::{self, Args, Poll, Scene, Verb};
use crate::base::{Text, Time};
use crate::model::{Problem, ProblemKind};
use crate::run::{Command, How, Instance, Live, Lives, Run, Settled, Want, What, next};
use crate::runbook::{Context, Language, duration};
use crate::store::{Receipt, StoreError};

use super::board::Order;
use super::journal::Journal;
use super::{Hands, Inner};

/// One run in the hands of this process.
#[derive(Debug)]
pub struct Driver {
    pub(super) inner: Arc<Inner>,
    pub(super) journal: Journal,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) lives: Lives,
    /// When the next look of a step that waits is due (`Clock::boot`).
    due: Duration,
}

impl Driver {
    pub fn new(inner: Arc<Inner>, journal: Journal, orders: mpsc::Receiver<Order>) -> Self {
        Self { inner, journal, orders, lives: BTreeMap::new(), due: Duration::ZERO }
    }

    /// Until the run is over, or this process may not go on with it.
    pub async fn drive(mut self) {
        let trouble = self.steps().await.err();
        let Self { inner, journal, .. } = self;
        let run = journal.let_go().await;
        let said = trouble.map(|error| {
            Text::line(&format!(
                "{error}; this console does not drive it any more: `bellboard runbook resume {}`",
                run.id
            ))
        });
        inner.board.end(&run, said.as_ref());
    }

    async fn steps(&mut self) -> Result<(), StoreError> {
        loop {
            self.take_orders().await?;
            let now = self.inner.parts.clock.now();
            match next(&self.journal.run, now) {
                Want::Rest if self.journal.run.ended.is_some() => return Ok(()),
                Want::Rest => self.rest(None).await?,
                Want::Enter { index, step } => self.enter(index, step).await?,
                Want::Act { index, step } => self.act(index, step).await?,
                Want::Await { index, step, deadline } => self.wait(index, step, deadline).await?,
                Want::Observe { index, step, undo } => self.observe(index, step, undo).await?,
                Want::Verify { index, step, undo } => self.verify(index, step, undo).await?,
                Want::Undo { index, step } => self.undo(index, step).await?,
                Want::Settle { step, how, says } => {
                    self.lives.remove(&step.id);
                    self.write(What::Settled { step, how, says }).await?;
                }
                Want::Ask { question } => {
                    self.write(What::Asked { question }).await?;
                }
                Want::End { state, because } => {
                    self.write(What::Ended { state, because }).await?;
                }
            }
        }
    }

    /// On disk, folded and shown.
    pub(super) async fn write(&mut self, what: What) -> Result<Receipt, StoreError> {
        let (event, receipt) = self.journal.write(what).await?;
        self.inner.board.show(&self.journal.run, &self.lives, Some(event));
        Ok(receipt)
    }

    /// What a step says while it goes on.
    pub(super) fn live(&mut self, id: &Text, live: Live) {
        self.lives.insert(id.clone(), live);
        self.inner.board.show(&self.journal.run, &self.lives, None);
    }

    /// Writes down what people have said meanwhile, here or in another process.
    async fn take_orders(&mut self) -> Result<(), StoreError> {
        while let Ok(order) = self.orders.try_recv() {
            self.told(order).await?;
        }
        Ok(())
    }

    async fn told(&mut self, (who, command): Order) -> Result<(), StoreError> {
        self.due = Duration::ZERO;
        self.write(What::Told { who, command }).await.map(|_| ())
    }

    /// Waits for an order, for `span` at most; keeps the leases alive meanwhile and looks into the inbox.
    pub(super) async fn rest(&mut self, span: Option<Duration>) -> Result<(), StoreError> {
        let pace = self.inner.parts.pace;
        let tick = span.unwrap_or(pace.neighbours).min(pace.neighbours);
        let order = tokio::select! {
            order = self.orders.recv() => order,
            () = tokio::time::sleep(tick) => None,
        };
        if let Some(order) = order {
            return self.told(order).await;
        }
        self.journal.keep_alive(3).await?;
        for message in self.journal.collect().await? {
            if let Ok(order) = serde_json::from_str::<Order>(&message) {
                self.told(order).await?;
            }
        }
        Ok(())
    }

    pub(super) fn hands(&self) -> Result<&Hands, Problem> {
        let id = &self.journal.run.plan.controller;
        self.inner.parts.hands.get(id).ok_or_else(|| {
            Problem::new(ProblemKind::NotAllowed, format!("there is no controller {id} in the site file any more"), "")
        })
    }

    /// The verb of a step, if it is still the one that was planned.
    pub(super) fn verb(&self, index: usize) -> Result<&'static dyn Verb, Text> {
        let Some((script, _)) = self.journal.run.step(index) else { return Err(Text::from("there is no such step")) };
        let verb = actions::verb(&script.verb)
            .ok_or_else(|| Text::line(&format!("this bellboard has no verb {}", script.verb)))?;
        if verb.spec().version != script.version {
            let (name, had, has) = (&script.verb, script.version, verb.spec().version);
            let text =
                format!("{name} means something else here (version {has}) than when it was planned (version {had})");
            return Err(Text::line(&text));
        }
        Ok(verb)
    }

    pub(super) fn with(&self, index: usize) -> Map<String, Value> {
        self.journal.run.step(index).map(|(_, s)| s.with.clone()).unwrap_or_default()
    }

    async fn enter(&mut self, index: usize, step: Instance) -> Result<(), StoreError> {
        let Some((script, _)) = self.journal.run.step(index) else { return Ok(()) };
        let (script, context) = (script.clone(), context(&self.journal.run));
        let language = Language::default();
        let when = script.when.as_ref().map_or(Ok(true), |w| language.holds(w, &context));
        let with = language.fill(&Value::Object(script.with.clone()), &context);
        let timeout = script
            .timeout
            .as_ref()
            .map(|t| language.fill(&Value::from(t.as_str()), &context).and_then(|v| duration(&v)));
        let (with, timeout) = match (when, with, timeout.transpose()) {
            (Ok(false), ..) => {
                self.entered(step.clone(), Map::new(), None).await?;
                let says = Text::from("its condition does not hold");
                return self.write(What::Settled { step, how: Settled::Skipped, says }).await.map(|_| ());
            }
            (Ok(true), Ok(Value::Object(with)), Ok(timeout)) => (with, timeout),
            (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => {
                self.entered(step.clone(), Map::new(), None).await?;
                return self.outcome(step, false, How::Failed, Text::line(&error), Value::Null).await;
            }
            (Ok(true), Ok(_), Ok(_)) => return Ok(()),
        };
        self.entered(step, with, timeout).await
    }

    async fn entered(
        &mut self,
        step: Instance,
        with: Map<String, Value>,
        timeout: Option<crate::base::Span>,
    ) -> Result<(), StoreError> {
        let deadline = timeout.map(|t| self.inner.parts.clock.now().plus(t.0));
        self.write(What::Entered { step, with, timeout, deadline }).await.map(|_| ())
    }

    pub(super) async fn outcome(
        &mut self,
        step: Instance,
        undo: bool,
        how: How,
        says: Text,
        output: Value,
    ) -> Result<(), StoreError> {
        self.write(What::Outcome { step, undo, how, says, output }).await.map(|_| ())
    }

    /// One look of a step that waits; orders are taken between looks.
    async fn wait(&mut self, index: usize, step: Instance, deadline: Option<Time>) -> Result<(), StoreError> {
        let clock = self.inner.parts.clock.clone();
        if clock.boot() < self.due {
            let left = self.due.saturating_sub(clock.boot());
            return self.rest(Some(left)).await;
        }
        let with = self.with(index);
        let verb = match self.verb(index) {
            Ok(verb) => verb,
            Err(says) => return self.outcome(step, false, How::Failed, says, Value::Null).await,
        };
        let looked = self.poll(verb, &with).await;
        let pace = self.inner.parts.pace;
        self.due = clock.boot().saturating_add(pace.poll);
        let live = match looked {
            Ok(Poll::Done { says, output }) => return self.outcome(step, false, How::Done, says, output).await,
            Ok(Poll::Failed(says)) => return self.outcome(step, false, How::Failed, says, Value::Null).await,
            Ok(Poll::Waiting { says, left }) => Live { says, left },
            Err(problem) if passing(&problem) => {
                Live { says: Text::line(&format!("cannot look: {problem}")), left: None }
            }
            Err(problem) => {
                let says = Text::line(&problem.to_string());
                return self.outcome(step, false, How::Failed, says, Value::Null).await;
            }
        };
        let says = live.says.clone();
        self.live(&step.id, live);
        if deadline.is_some_and(|d| clock.now() >= d) {
            return self.outcome(step, false, How::TimedOut, says, Value::Null).await;
        }
        Ok(())
    }

    /// Where a verb looks and acts for this run.
    pub(super) fn scene(&self) -> Result<Scene<'_>, Problem> {
        let hands = self.hands()?;
        let now = self.inner.parts.clock.now();
        let run = &self.journal.run;
        Ok(Scene { reader: &hands.reader, run: run.id, who: &run.by, ours: &*self.inner.ours, now })
    }

    async fn poll(&self, verb: &'static dyn Verb, with: &Map<String, Value>) -> Result<Poll, Problem> {
        let scene = self.scene()?;
        verb.poll(&scene, Args(with)).await
    }
}

/// Whether trying again may help without anybody doing anything.
pub(super) fn passing(problem: &Problem) -> bool {
    matches!(
        problem.kind,
        ProblemKind::Unreachable
            | ProblemKind::TimedOut
            | ProblemKind::Throttled { .. }
            | ProblemKind::Restarting
            | ProblemKind::ServerError { .. }
            | ProblemKind::BadAnswer
    )
}

/// What expressions may name now: the inputs, and what the steps so far have brought.
fn context(run: &Run) -> Context {
    let mut context = run.script.context.clone();
    let steps: Map<String, Value> = run
        .script
        .steps
        .iter()
        .zip(&run.steps)
        .map(|(script, step)| {
            let mut fields = step.output.as_object().cloned().unwrap_or_default();
            let ok = step.phase == crate::run::Phase::Settled(Settled::Done);
            fields.insert("ok".into(), json!(ok));
            fields.insert("says".into(), json!(step.says));
            (script.id.to_string(), Value::Object(fields))
        })
        .collect();
    context.insert("steps".into(), Value::Object(steps));
    context
}

/// Told by an order that goes through the store.
pub(super) fn as_message(who: &Text, command: &Command) -> String {
    serde_json::to_string(&(who, command)).unwrap_or_default()
}
