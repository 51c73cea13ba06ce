//! `bellboard runbook`: the catalogue, plans, and runs without the screen.
mod catalogue;
mod follow;
mod plan;
mod run;

use super::args::{Common, Runbook};
use super::out::Out;
use crate::app::{Exit, Failed};
use crate::run::Command;

pub(super) fn run(common: &Common, what: Runbook, out: &mut Out) -> Result<Exit, Failed> {
    match what {
        Runbook::List => catalogue::list(common, out),
        Runbook::Show { name } => catalogue::show(common, &name, out),
        Runbook::Check { files } => catalogue::check(common, &files, out),
        Runbook::Verbs => catalogue::verbs(common, out),
        Runbook::Plan(filled) => plan::plan(common, &filled, out),
        Runbook::Run { filled, confirm, arm } => run::start(common, &filled, confirm.as_deref(), arm.as_deref(), out),
        Runbook::Resume(told) => run::tell(common, &told, Command::Resume, out),
        Runbook::Pause(told) => run::tell(common, &told, Command::Pause, out),
        Runbook::Abort { told, undo } => run::tell(common, &told, Command::Abort { undo }, out),
        Runbook::Retry(told) => run::tell(common, &told, Command::Retry, out),
        Runbook::Skip { told, reason } => {
            let reason = crate::base::Text::line(&reason);
            run::tell(common, &told, Command::Skip { reason }, out)
        }
    }
}
