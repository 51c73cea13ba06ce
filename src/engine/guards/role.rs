//! Guard `role`: whether this person may act on this controller at all.
use crate::run::{Verdict, VerdictKind};
use crate::runbook::Risk;

use super::{Case, said};

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    let id = &case.controller.id;
    let role = match case.barred {
        Some(why) => said("role", VerdictKind::Refused, why, "site file"),
        None => said("role", VerdictKind::Passed, &format!("{} may operate {id}", case.standing.who), "site file"),
    };
    let second = (case.risk == Risk::Critical).then(|| {
        let text = "a critical run needs a second person, and nobody else can approve it from this console";
        said("second person", VerdictKind::Refused, text, "")
    });
    let runner = (case.risk >= Risk::High && case.controller.production).then(|| {
        let text = format!("{id} is marked production: a run of high risk there needs the runner, not a console");
        said("runner", VerdictKind::Refused, &text, "site file")
    });
    [Some(role), second, runner].into_iter().flatten().collect()
}
