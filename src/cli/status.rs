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
    let bad = bells.iter().any(|bell| match args.fail_on {
        Some(Severity::Critical) => bell.severity == bells::Severity::Critical,
        Some(Severity::Warning) => bell.severity >= bells::Severity::Warning,
        None => false,
    });
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
    let context = survey.context(now);
    let width = out.width();
    let mut part = |title: &str, table: String, empty: bool| -> Result<(), Failed> {
        out.line(title)?;
        out.line(if empty { "  none" } else { table.trim_end() })?;
        out.line("")
    };
    let bells = survey.bell_rows(limits, now);
    part("BELLS", plain::table(&bells, width, &context), bells.is_empty())?;
    let queue = survey.queue();
    part(&format!("QUEUE: {}", queue.len()), plain::table(&queue, width, &context), queue.is_empty())?;
    let runs = survey.run_rows();
    part("RUNS", plain::table(&runs, width, &context), runs.is_empty())?;
    let sources = survey.sources();
    part("SOURCES", plain::table(&sources, width, &context), sources.is_empty())?;
    out.flush()
}
