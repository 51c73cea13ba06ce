//! `bellboard runbook run|resume|pause|abort|retry|skip`: begins a run or says something to one, then follows it.
use std::sync::Arc;

use super::super::args::{Common, Filled, Told};
use super::super::out::Out;
use super::super::session::{self, Session};
use super::follow::{Follow, view};
use super::plan;
use crate::app::{Exit, Failed};
use crate::base::Text;
use crate::model::ControllerId;
use crate::run::{Command, Plan};

/// What opens the writes, for hints.
const ARM: &str = "writes are closed until you open them: --arm REASON does so for this run";

pub(super) fn start(
    common: &Common,
    filled: &Filled,
    confirm: Option<&str>,
    arm: Option<&str>,
    out: &mut Out,
) -> Result<Exit, Failed> {
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let mut plan = plan::made(&session, filled).await?;
        if arm.is_some() {
            armed(&session, &plan.controller, arm).await?;
            // with the writes open the guards are judged anew
            plan = plan::made(&session, filled).await?;
        }
        let Some(confirm) = confirm else {
            out.text(&plan::text(&plan))?;
            out.flush()?;
            return Err(Failed::new(Exit::Usage, "nothing was started: it was not confirmed", "add --confirm TEXT"));
        };
        refused(&session, &plan)?;
        let controller = plan.controller.clone();
        let started = session.house.engine.start(Arc::new(plan), confirm).await;
        let run = started.map_err(|refusal| {
            let what = format!("nothing was started: {}", refusal.text());
            Failed::new(Exit::Refused, what, if is_armed(&session, &controller) { "" } else { ARM })
        })?;
        Follow::new(&session, run, common.json, 0, out).here().await
    })
}

fn refused(session: &Session, plan: &Plan) -> Result<(), Failed> {
    let refusals: Vec<String> = plan.refusals().map(|v| format!("{}: {}", v.guard, v.text)).collect();
    if refusals.is_empty() {
        return Ok(());
    }
    let hint = if is_armed(session, &plan.controller) { "" } else { ARM };
    Err(Failed::new(Exit::Refused, format!("nothing was started\n{}", refusals.join("\n")), hint))
}

pub(super) fn tell(common: &Common, told: &Told, command: Command, out: &mut Out) -> Result<Exit, Failed> {
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let before = view(&session, told.run).ok_or_else(|| {
            let hint = "bellboard runs lists them";
            Failed::new(Exit::Usage, format!("the journal has no run {}", told.run), hint)
        })?;
        if before.state.is_over() {
            return Err(Failed::new(Exit::Failed, format!("run {} is over: {}", before.id, before.because), ""));
        }
        armed(&session, &before.controller, told.arm.as_deref()).await?;
        let past = past(&session, told).await;
        let heard = session.house.engine.tell(told.run, command.clone()).await;
        let hint = if is_armed(&session, &before.controller) { "" } else { ARM };
        heard.map_err(|text| Failed::new(Exit::Refused, text.as_str(), hint))?;
        let driven_here = view(&session, told.run).is_some_and(|v| v.here || v.state.is_over());
        let follow = Follow::new(&session, told.run, common.json, past, out);
        if driven_here { follow.after(&command).await } else { follow.elsewhere(&command).await }
    })
}

/// How many events the run has already.
async fn past(session: &Session, told: &Told) -> u64 {
    let mut events = session.house.engine.events(told.run).await;
    let mut count = 0;
    while events.recv().await.is_some() {
        count += 1;
    }
    count
}

async fn armed(session: &Session, controller: &ControllerId, reason: Option<&str>) -> Result<(), Failed> {
    let Some(reason) = reason else { return Ok(()) };
    let armed = session.house.engine.arm(controller, &Text::line(reason)).await;
    armed.map_err(|why| Failed::new(Exit::Refused, format!("writes to {controller} stay closed: {why}"), ""))
}

fn is_armed(session: &Session, controller: &ControllerId) -> bool {
    session.house.engine.standing().borrow().get(controller).is_some_and(|s| s.armed_until.is_some())
}
