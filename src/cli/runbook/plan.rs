//! `bellboard runbook plan`: what would happen, and each guard's verdict; changes nothing.
use std::fmt::Write;

use super::super::args::{Common, Filled};
use super::super::out::Out;
use super::super::session::{self, Part, Session};
use crate::app::{Exit, Failed};
use crate::base::Text;
use crate::model::ControllerId;
use crate::run::{Confirm, Plan, VerdictKind};

pub(super) fn plan(common: &Common, filled: &Filled, out: &mut Out) -> Result<Exit, Failed> {
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let plan = made(&session, filled).await?;
        if common.json {
            out.json(&plan)?;
        } else {
            out.text(&text(&plan))?;
        }
        Ok(if plan.refusals().next().is_some() { Exit::Refused } else { Exit::Fine })
    })
}

/// The plan, once what it is made from was read.
pub(super) async fn made(session: &Session, filled: &Filled) -> Result<Plan, Failed> {
    let controller = only_controller(session)?;
    let parts = [Part::Controller, Part::Nodes, Part::Queue, Part::Builds];
    let snapshot = session.ready(&parts).await;
    if let Some(failed) = session::unread(&snapshot, &parts) {
        return Err(failed);
    }
    let inputs: Vec<(Text, Text)> = filled.input.iter().map(|(k, v)| (Text::line(k), Text::line(v))).collect();
    let planned = session.house.engine.plan(&controller, &filled.name, &inputs).await;
    planned.map_err(|e| {
        let hint = format!("bellboard runbook show {} lists its inputs", Text::line(&filled.name));
        Failed::new(Exit::Usage, e.as_str(), hint)
    })
}

/// Where a run is to happen: a person says so where there are several.
fn only_controller(session: &Session) -> Result<ControllerId, Failed> {
    match session.house.site.controllers.as_slice() {
        [only] => Ok(only.id.clone()),
        several => {
            let known: Vec<&str> = several.iter().map(|c| c.id.as_str()).collect();
            let hint = format!("say where with --controller: {}", known.join(", "));
            Err(Failed::new(Exit::Usage, "the site file has more than one controller", hint))
        }
    }
}

/// The plan page for people.
pub(super) fn text(plan: &Plan) -> String {
    let mut out = String::new();
    // writing to a String cannot fail
    let _ = page(plan, &mut out);
    out
}

fn page(plan: &Plan, out: &mut String) -> std::fmt::Result {
    let mark = if plan.production { " (production)" } else { "" };
    writeln!(out, "{} {} at {}{mark}: {}", plan.runbook, plan.subject, plan.controller, plan.title)?;
    writeln!(out, "risk {}", format!("{:?}", plan.risk).to_lowercase())?;
    writeln!(out, "\nWHAT CHANGES")?;
    for change in &plan.changes {
        writeln!(out, "  {} ({}): {} → {}", change.on, change.about, change.from, change.to)?;
    }
    writeln!(out, "\nWHAT IS INTERRUPTED")?;
    if plan.interrupted.is_empty() {
        writeln!(out, "  nothing")?;
    }
    for build in &plan.interrupted {
        let what = if build.waited_for { "is waited for" } else { "DIES" };
        let left = build.left.map_or_else(String::new, |left| format!(", ends in about {left}"));
        let of = build.pull_request.as_ref().map_or_else(String::new, |pr| format!(" ({pr})"));
        writeln!(out, "  {}{of} {what}{left}", build.build)?;
    }
    for sentence in &plan.irreversible {
        writeln!(out, "  cannot be undone: {sentence}")?;
    }
    writeln!(out, "\nTAKES  {}", plan.takes.map_or_else(|| "not known".to_owned(), |t| format!("about {t}")))?;
    writeln!(out, "UNDO   {}", plan.undo)?;
    writeln!(out, "\nGUARDS")?;
    for verdict in &plan.verdicts {
        let sign = match verdict.kind {
            VerdictKind::Passed => "ok     ",
            VerdictKind::Warning => "look   ",
            VerdictKind::Refused => "REFUSED",
            VerdictKind::Unknown => "UNSEEN ",
        };
        writeln!(out, "  {sign} {:<10} {} [{}]", verdict.guard, verdict.text, verdict.data)?;
    }
    writeln!(out, "\nSTEPS")?;
    for (number, step) in plan.steps.iter().enumerate() {
        let indent = "  ".repeat(usize::from(step.depth));
        writeln!(out, "  {indent}{} {:<10} {}", number + 1, step.id, step.does)?;
    }
    match &plan.confirm {
        Confirm::Key => writeln!(out, "\nto run it: --confirm y"),
        Confirm::Typed(text) | Confirm::TypedAfterReading(text) => writeln!(out, "\nto run it: --confirm '{text}'"),
    }
}
