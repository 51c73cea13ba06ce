//! `bellboard runbook run|resume|pause|abort|retry|skip`: drives a run in this process and prints what happens.
use std::sync::Arc;

use super::super::args::{Common, Filled, Told};
use super::super::out::Out;
use super::super::session::{self, Session};
use super::plan;
use crate::app::{Exit, Failed};
use crate::base::{RunId, Text};
use crate::model::ControllerId;
use crate::run::{Command, Event, RunState, RunView};

pub(super) fn start(
    common: &Common,
    filled: &Filled,
    confirm: Option<&str>,
    arm: Option<&str>,
    out: &mut Out,
) -> Result<Exit, Failed> {
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let plan = plan::made(&session, filled).await?;
        armed(&session, &plan.controller, arm).await?;
        // guards are judged again with the writes open, so that the plan says what is so now
        let plan = if arm.is_some() { plan::made(&session, filled).await? } else { plan };
        let Some(confirm) = confirm else {
            out.text(&plan::text(&plan))?;
            return Err(Failed::new(Exit::Usage, "nothing was started: it was not confirmed", "add --confirm TEXT"));
        };
        if plan.refusals().next().is_some() {
            out.flush()?;
            let refusals: Vec<String> = plan.refusals().map(|v| format!("{}: {}", v.guard, v.text)).collect();
            let hint =
                if arm.is_none() { "where arming is missing: --arm REASON opens writes for this run" } else { "" };
            return Err(Failed::new(Exit::Refused, format!("nothing was started\n{}", refusals.join("\n")), hint));
        }
        let started = session.house.engine.start(Arc::new(plan), confirm).await;
        let run = started.map_err(|refusal| Failed::new(Exit::Refused, refusal.text().as_str(), ""))?;
        follow(&session, run, common, out).await
    })
}

pub(super) fn tell(common: &Common, told: &Told, command: Command, out: &mut Out) -> Result<Exit, Failed> {
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let view = view(&session, told.run).ok_or_else(|| {
            let hint = "bellboard runs lists them";
            Failed::new(Exit::Usage, format!("the journal has no run {}", told.run), hint)
        })?;
        armed(&session, &view.controller, told.arm.as_deref()).await?;
        if view.state.is_over() {
            return Err(Failed::new(Exit::Failed, format!("run {} is over: {}", view.id, view.because), ""));
        }
        let pause = command == Command::Pause;
        let heard = session.house.engine.tell(told.run, command).await;
        heard.map_err(|text| Failed::new(Exit::Refused, text.as_str(), ""))?;
        if pause {
            out.line(&format!("run {} is paused after its current step", told.run))?;
            return Ok(Exit::Fine);
        }
        follow(&session, told.run, common, out).await
    })
}

async fn armed(session: &Session, controller: &ControllerId, reason: Option<&str>) -> Result<(), Failed> {
    let Some(reason) = reason else { return Ok(()) };
    let armed = session.house.engine.arm(controller, &Text::line(reason)).await;
    armed.map_err(|why| Failed::new(Exit::Refused, format!("writes to {controller} stay closed: {why}"), ""))
}

fn view(session: &Session, run: RunId) -> Option<Arc<RunView>> {
    session.house.engine.runs().borrow().iter().find(|r| r.id == run).cloned()
}

/// Prints events as they happen until the run is over or waits for a person.
async fn follow(session: &Session, run: RunId, common: &Common, out: &mut Out) -> Result<Exit, Failed> {
    let mut events = session.house.engine.events(run).await;
    let mut runs = session.house.engine.runs();
    loop {
        tokio::select! {
            biased;
            event = events.recv() => match event {
                Some(event) => print(run, &event, common, out)?,
                None => return ended(session, run, out),
            },
            // a question stops nothing but us: nobody is here to answer it
            waits = waits(&mut runs, run) => {
                while let Ok(event) = events.try_recv() {
                    print(run, &event, common, out)?;
                }
                return match waits {
                    Some(view) => { out.flush()?; Err(asks(&view)) }
                    None => ended(session, run, out),
                };
            }
        }
    }
}

/// The run once it waits for a person; none once it is over.
async fn waits(runs: &mut tokio::sync::watch::Receiver<Arc<crate::run::Runs>>, run: RunId) -> Option<Arc<RunView>> {
    let settled = |all: &Arc<crate::run::Runs>| {
        all.iter().any(|r| r.id == run && (r.state.is_over() || r.question.is_some() || r.state == RunState::Paused))
    };
    let all = runs.wait_for(settled).await.ok()?.clone();
    all.iter().find(|r| r.id == run && !r.state.is_over()).cloned()
}

fn asks(view: &RunView) -> Failed {
    let question = view.question.as_ref();
    let what = question.map_or_else(|| view.because.clone(), |q| q.text.clone());
    let choices: Vec<String> =
        question.map(|q| q.choices.iter().map(|c| format!("{}: {}", c.id, c.text)).collect()).unwrap_or_default();
    let hint = format!("bellboard runbook resume|retry|skip|abort {} answers it\n{}", view.id, choices.join("\n"));
    Failed::new(Exit::Waits, format!("run {} waits for a person: {what}", view.id), hint.trim_end())
}

fn ended(session: &Session, run: RunId, out: &mut Out) -> Result<Exit, Failed> {
    out.flush()?;
    let Some(view) = view(session, run) else { return Ok(Exit::Failed) };
    match view.state {
        RunState::Done => Ok(Exit::Fine),
        RunState::Failed | RunState::Aborted => {
            Err(Failed::new(Exit::Failed, format!("run {}: {}", view.id, view.because), ""))
        }
        _ => Err(asks(&view)),
    }
}

fn print(run: RunId, event: &Event, common: &Common, out: &mut Out) -> Result<(), Failed> {
    let value = serde_json::to_value(event)
        .map_err(|e| Failed::new(Exit::Failed, format!("an event cannot be said in JSON: {e}"), ""))?;
    if common.json {
        return out.json_line(&serde_json::json!({ "run": run, "event": value }));
    }
    let said = |name: &str| value.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let step = value.get("step").and_then(|s| s.get("id")).and_then(|v| v.as_str()).unwrap_or_default();
    let words = [said("event"), step.to_owned(), said("says"), said("how"), said("state")];
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|w| !w.is_empty()).collect();
    out.line(&format!("{}  {run}  {}", event.at, words.join("  ")))?;
    out.flush()
}
