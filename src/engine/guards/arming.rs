//! Guard `arming`: operators start read-only; `arm` opens writes to one controller for a while.
use crate::base::Span;
use crate::run::{Verdict, VerdictKind};

use super::{Case, said};

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    if case.barred.is_some() {
        return Vec::new();
    }
    let id = &case.controller.id;
    let until = case.standing.armed_until.filter(|t| *t > case.now);
    vec![match until {
        Some(until) => {
            let left = Span(until.since(case.now));
            said("arming", VerdictKind::Passed, &format!("writes to {id} are open for {left} more"), "this console")
        }
        None => {
            let kind = if case.planning { VerdictKind::Warning } else { VerdictKind::Refused };
            said("arming", kind, &format!("writes to {id} are closed; arm it first"), "this console")
        }
    }]
}
