//! Guard `window`: whether the runbook wants a maintenance window.
use crate::run::{Verdict, VerdictKind};
use crate::runbook::Window;

use super::{Case, said};

pub fn judge(case: &Case<'_>) -> Vec<Verdict> {
    vec![match case.window {
        Window::None => said("window", VerdictKind::Passed, "not needed", ""),
        Window::Advised => said("window", VerdictKind::Warning, "better done in a maintenance window", ""),
        Window::Required if case.rescue => said("window", VerdictKind::Passed, "not needed to restore service", ""),
        Window::Required => {
            said("window", VerdictKind::Unknown, "must be done in a maintenance window, and none can be seen yet", "")
        }
    }]
}
