//! The guards, a file each: asked when planned, and again on data read anew right before an effect.
mod arming;
mod capacity;
mod confirmation;
mod freshness;
mod lock;
mod role;
mod window;

use std::time::Duration;

use crate::base::{Span, Text, Time};
use crate::model::{Jenkins, Standing};
use crate::run::{Confirm, Verdict, VerdictKind};
use crate::runbook::{Risk, Window};
use crate::site::Controller;

pub use capacity::CapacityAsk;
pub use confirmation::given;
pub use lock::Hold;

/// All that a guard may look at.
#[derive(Debug)]
pub struct Case<'a> {
    pub controller: &'a Controller,
    pub jenkins: &'a Jenkins,
    /// Ours.
    pub now: Time,
    pub fresh: Duration,
    pub standing: &'a Standing,
    /// Why this person may not act at all, armed or not.
    pub barred: Option<&'a Text>,
    /// Nothing has been confirmed yet: that writes are closed is no refusal.
    pub planning: bool,
    pub risk: Risk,
    pub window: Window,
    pub confirm: &'a Confirm,
    pub locks: &'a [Text],
    /// What others hold, or may still be doing.
    pub holds: &'a [Hold],
    pub capacity: &'a [CapacityAsk],
    /// The effects only restore service.
    pub rescue: bool,
}

/// One guard.
type Guard = fn(&Case<'_>) -> Vec<Verdict>;

/// In the order in which they are shown.
const GUARDS: [Guard; 7] =
    [role::judge, arming::judge, freshness::judge, capacity::judge, lock::judge, window::judge, confirmation::judge];

/// What every guard says.
pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    GUARDS.iter().flat_map(|g| g(case)).collect()
}

/// A verdict that needs no data but the site file's.
fn said(guard: &str, kind: VerdictKind, text: &str, data: &str) -> Verdict {
    Verdict { guard: Text::from(guard), kind, text: Text::line(text), data: Text::line(data), read_at: None }
}

/// `nodes read 2s ago`
fn read(what: &str, at: Option<Time>, now: Time) -> String {
    at.map_or_else(|| format!("{what} never read"), |at| format!("{what} read {} ago", Span(now.since(at)).short()))
}

#[cfg(test)]
mod tests;
