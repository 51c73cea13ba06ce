//! What a verb can be asked: to plan, to act, to look, to undo, or to wait.
use std::fmt;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::base::{RunId, Span, Text, Time};
use crate::gate::Permit;
use crate::model::{Problem, ProblemKind};
use crate::runbook::VerbSpec;
use crate::sources::jenkins::{Operator, Reader};

use super::Args;

/// Something asked of a verb.
pub type Doing<'a, T> = BoxFuture<'a, Result<T, Problem>>;

/// Where a verb acts and for whom.
pub struct Scene<'a> {
    pub reader: &'a Reader,
    pub run: RunId,
    pub who: &'a Text,
    /// Whether a run is in our journal.
    pub ours: &'a (dyn Fn(RunId) -> bool + Send + Sync),
    pub now: Time,
}

impl fmt::Debug for Scene<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("run", &self.run).field("who", self.who).finish_non_exhaustive()
    }
}

/// What a verb finds before it acts, read now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// What it changes: `gpu-4`.
    pub on: Text,
    /// `static, GPU TensorCore`
    pub about: Text,
    pub from: Text,
    pub to: Text,
    /// The state before, for the intent, for looking and for undoing.
    pub before: Value,
    /// It is as wanted already: nothing is done.
    pub already: Option<Text>,
    /// Why it must not be done.
    pub held_back: Option<Text>,
    pub warnings: Vec<Text>,
    /// What cannot be undone.
    pub irreversible: Vec<Text>,
}

/// What undoing finds before it acts.
#[derive(Clone, Debug, PartialEq)]
pub enum UndoPrepared {
    /// Our mark still stands.
    Ready,
    /// It is as it was before: nothing is done.
    Already(Text),
    /// It is somebody else's by now, and stays.
    NotOurs(Text),
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// As wanted; with what later steps may use.
    Done(Text, Value),
    /// As it was before.
    Before(Text),
    /// Neither, or it cannot be told.
    Unclear(Text),
}

/// How waiting goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Poll {
    /// What it waits for, and how long it should still take.
    Waiting {
        says: Text,
        left: Option<Span>,
    },
    Done {
        says: Text,
        output: Value,
    },
    /// It will never come.
    Failed(Text),
}

/// A verb: one definition, at most one write.
pub trait Verb: Send + Sync + fmt::Debug {
    fn spec(&self) -> &'static VerbSpec;

    /// The call it would make, or what it waits for.
    fn does(&self, with: Args<'_>) -> Text;

    /// The locks it needs, besides those that the runbook names: `node/gpu-4`.
    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        let _ = with;
        Vec::new()
    }

    /// Reads what it would change.
    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared>;

    /// Makes its one write; gives a handle to find what was begun, or null.
    fn execute<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, Value> {
        let _ = (scene, operator, permit, with, before);
        no("has no effect", self.spec())
    }

    /// Looks for its effect.
    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        with: Args<'a>,
        before: &'a Value,
        handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        let _ = (scene, with, before, handle);
        no("cannot be looked for", self.spec())
    }

    /// Reads whether its effect is there still, and ours.
    fn prepare_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, before: &'a Value) -> Doing<'a, UndoPrepared> {
        let _ = (scene, with, before);
        no("cannot be undone", self.spec())
    }

    /// Makes the one write that takes it back.
    fn undo<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, ()> {
        let _ = (scene, operator, permit, with, before);
        no("cannot be undone", self.spec())
    }

    /// Looks whether it was taken back: `Done` means undone.
    fn observe_undo<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>, before: &'a Value) -> Doing<'a, Sighting> {
        let _ = (scene, with, before);
        no("cannot be undone", self.spec())
    }

    /// Looks whether what it waits for has come.
    fn poll<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Poll> {
        let _ = (scene, with);
        no("does not wait", self.spec())
    }
}

fn no<'a, T>(what: &str, spec: &VerbSpec) -> Doing<'a, T>
where
    T: Send + 'a,
{
    let problem = Problem::new(ProblemKind::NotAllowed, format!("{} {what}", spec.name), "");
    Box::pin(async { Err(problem) })
}
