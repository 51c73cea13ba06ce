//! Guard `freshness`: nothing is decided on old or missing data.
use crate::base::{Text, Time};
use crate::model::{Reading, ReadingState};
use crate::run::{Verdict, VerdictKind};

use super::{Case, read};

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    let parts = [
        seen("controller", &case.jenkins.controller, case),
        seen("nodes", &case.jenkins.nodes, case),
        seen("queue", &case.jenkins.queue, case),
    ];
    let oldest = parts.iter().filter_map(|p| p.at).min();
    let blind: Vec<String> = parts.iter().filter_map(|p| p.blind.clone()).collect();
    let data: Vec<String> = parts.iter().map(|p| read(p.what, p.at, case.now)).collect();
    let (kind, text) = if blind.is_empty() {
        (VerdictKind::Passed, "all that it is decided on was just read".to_owned())
    } else {
        (VerdictKind::Unknown, format!("cannot see {}", blind.join("; ")))
    };
    let guard = Text::from("freshness");
    vec![Verdict { guard, kind, text: Text::line(&text), data: Text::line(&data.join(", ")), read_at: oldest }]
}

struct Seen {
    what: &'static str,
    at: Option<Time>,
    blind: Option<String>,
}

fn seen<T>(what: &'static str, reading: &Reading<T>, case: &Case<'_>) -> Seen {
    let old = reading.read_at.is_none_or(|at| case.now.since(at) > case.fresh);
    let blind = match &reading.state {
        ReadingState::Failing { problem, .. } => Some(format!("{what}: {}", problem.what)),
        ReadingState::Waiting => Some(format!("{what}: not read yet")),
        ReadingState::Absent { why } => Some(format!("{what}: {why}")),
        ReadingState::Fresh if old => Some(format!("{what}: too old")),
        ReadingState::Fresh => None,
    };
    Seen { what, at: reading.read_at, blind }
}
