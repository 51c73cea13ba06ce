//! Guard `lock`: nobody else acts on the same thing, and no unfinished run may still.
use crate::base::{RunId, Text};
use crate::run::{Verdict, VerdictKind};

use super::{Case, said};

/// A lock that somebody else has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub lock: Text,
    /// The run that has it, or whose end it waits for.
    pub run: Option<RunId>,
    /// Who, for what.
    pub by: Text,
}

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    case.locks
        .iter()
        .map(|lock| match case.holds.iter().find(|h| h.lock == *lock) {
            None => said("lock", VerdictKind::Passed, &format!("{lock} is free"), "journal"),
            Some(hold) => {
                let next = hold.run.map(|r| format!("; wait for run {r}, or resume or abort it")).unwrap_or_default();
                said("lock", VerdictKind::Refused, &format!("{lock} is held by {}{next}", hold.by), "journal")
            }
        })
        .collect()
}
