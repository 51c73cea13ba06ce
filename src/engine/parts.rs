//! What an engine is put together from.
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::base::{Clock, Text};
use crate::model::{ControllerId, Problem, Snapshot};
use crate::run::{Plan, Verdict, VerdictKind};
use crate::site::Site;
use crate::sources::jenkins::{Operator, Reader};
use crate::watch::{Needs, Watch};

/// Everything an engine needs.
#[derive(Debug)]
pub struct EngineParts {
    /// The journal's file; made if there is none.
    pub store: PathBuf,
    pub site: Arc<Site>,
    pub clock: Arc<dyn Clock>,
    pub sight: Arc<dyn Sight>,
    pub hands: BTreeMap<ControllerId, Hands>,
    /// Who somebody is until the controller has said it: the account in the site file, or the user of the machine.
    pub who: Text,
    /// Why nothing may be changed at all, where that is so.
    pub read_only: Option<Text>,
    /// The installation's own runbooks: file name and text of each.
    pub runbooks: Vec<(String, String)>,
    pub pace: Pace,
}

/// How one controller is reached.
#[derive(Debug)]
pub struct Hands {
    pub reader: Reader,
    /// None in read-only mode.
    pub operator: Option<Operator>,
}

/// What is known of the outside, and the means to know it anew: `watch`, or a test's own eyes.
pub trait Sight: Send + Sync + fmt::Debug {
    fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>>;

    /// Controller, nodes and queue, read after this call began; and builds and jobs, which cost more, if they are asked
    /// for.
    fn refresh<'a>(
        &'a self,
        controller: &'a ControllerId,
        builds: bool,
    ) -> BoxFuture<'a, Result<Arc<Snapshot>, Problem>>;
}

/// How patient the engine is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks of a step that waits.
    pub poll: Duration,
    /// Between two looks for an effect, and before a failed read is tried again.
    pub look: Duration,
    /// How long an effect that was answered with *done* may take to be seen, and a failing read is tried again.
    pub patience: Duration,
    /// How long after its intent a request without answer may still take effect.
    pub settle: Duration,
    /// How long a lease lasts; it is renewed after a third of it.
    pub lease: Duration,
    /// How long `arm` opens writes.
    pub armed: Duration,
    /// Data older than this is not decided on.
    pub fresh: Duration,
    /// Between two looks at what other processes do with the same journal.
    pub neighbours: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(3),
            look: Duration::from_secs(1),
            patience: Duration::from_secs(90),
            settle: Duration::from_secs(20),
            lease: Duration::from_secs(90),
            armed: Duration::from_secs(3600),
            fresh: Duration::from_secs(30),
            neighbours: Duration::from_secs(3),
        }
    }
}

/// Why a run was not started.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub text: Text,
    /// The guards that said no.
    pub verdicts: Vec<Verdict>,
}

/// The kinds of refusal that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A guard said no, or nothing may be changed from here.
    Guard,
    /// What was typed is not what was asked for.
    Confirmation,
    /// What would happen is no longer what was shown.
    Changed,
    /// It could not be looked at, or not be written down.
    Failed,
}

impl Refusal {
    pub(super) fn new(kind: RefusalKind, text: impl Into<Text>) -> Self {
        Self { kind, text: text.into(), verdicts: Vec::new() }
    }

    /// The guards' words.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let verdicts: Vec<Verdict> = plan.refusals().cloned().collect();
        let words: Vec<String> = verdicts.iter().map(|v| format!("{}: {}", v.guard, v.text)).collect();
        (!verdicts.is_empty()).then(|| Self { kind: RefusalKind::Guard, text: Text::line(&words.join("; ")), verdicts })
    }

    pub fn text(&self) -> Text {
        self.text.clone()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How bad a verdict is, to tell whether it has become worse.
pub(super) const fn weight(kind: VerdictKind) -> u8 {
    match kind {
        VerdictKind::Passed => 0,
        VerdictKind::Warning => 1,
        VerdictKind::Refused | VerdictKind::Unknown => 2,
    }
}

impl Sight for Watch {
    fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        Watch::snapshots(self)
    }

    fn refresh<'a>(
        &'a self,
        controller: &'a ControllerId,
        builds: bool,
    ) -> BoxFuture<'a, Result<Arc<Snapshot>, Problem>> {
        Box::pin(Watch::refresh(self, controller, Needs { builds, ..Needs::ALL }))
    }
}
