//! `bellboard status`: the board on one page, or as one JSON object.
use std::sync::Arc;

use super::args::{Common, Severity, Status};
use super::out::Out;
use super::session::{self, Part, Session};
use crate::app::{Exit, Failed};
use crate::bells;
use crate::model::Snapshot;
use crate::views::{self, Survey, plain};

const PARTS: [Part; 5] = [Part::Controller, Part::Nodes, Part::Queue, Part::Builds, Part::Fleets];

pub(super) fn run(common: &Common, args: &Status, out: &mut Out) -> Result<Exit, Failed> {
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let mut snapshot = session.ready(&PARTS).await;
        loop {
            let survey = survey(&session, &snapshot);
            print(&session, &survey, common, args, out)?;
            let Some(pause) = args.watch.watch else {
                return ended(&session, &survey, args);
            };
            tokio::time::sleep(pause.0).await;
            let mut snapshots = session.house.watch.snapshots();
            if snapshots.changed().await.is_err() {
                return Ok(Exit::Fine);
            }
            snapshot = snapshots.borrow_and_update().clone();
        }
    })
}

fn survey(session: &Session, snapshot: &Arc<Snapshot>) -> Survey {
    Survey::new(snapshot.clone(), session.house.engine.runs().borrow().clone())
}

fn ended(session: &Session, survey: &Survey, args: &Status) -> Result<Exit, Failed> {
    let bells = survey.bells(&session.house.site.bells, session.clock.now());
    let worst = views::status::worst(&bells);
    let bad = match args.fail_on {
        Some(Severity::Critical) => worst >= Some(bells::Severity::Critical),
        Some(Severity::Warning) => worst >= Some(bells::Severity::Warning),
        None => false,
    };
    if bad {
        return Ok(Exit::Failed);
    }
    match session::unread(&survey.snapshot, &PARTS) {
        Some(failed) => Err(failed),
        None => Ok(Exit::Fine),
    }
}

fn print(session: &Session, survey: &Survey, common: &Common, args: &Status, out: &mut Out) -> Result<(), Failed> {
    let (limits, now) = (&session.house.site.bells, session.clock.now());
    if common.json {
        let value = views::status(survey, limits, now);
        return if args.watch.watch.is_some() { out.json_line(&value) } else { out.json(&value) };
    }
    out.text(&views::status::text(survey, limits, now))?;
    let runs = survey.run_rows();
    if !runs.is_empty() {
        out.line("")?;
        out.text(&plain::table(&runs, out.width(), &survey.context(now)))?;
    }
    if args.watch.watch.is_some() {
        out.line("")?;
    }
    out.flush()
}
