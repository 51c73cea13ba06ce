//! `bellboard queue|nodes|builds|sources|runs`: the same rows as on the screens, as a table or as JSON.
use std::sync::Arc;

use super::args::{Common, List};
use super::out::Out;
use super::session::{self, Part, Session};
use crate::app::{Exit, Failed};
use crate::model::Snapshot;
use crate::views::{self, Context, Filter, Row, Survey, plain};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Queue,
    Nodes,
    Builds,
    Sources,
    Runs,
}

impl Which {
    /// What must have been read for it.
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Queue => &[Part::Controller, Part::Queue, Part::Nodes, Part::Fleets],
            Self::Nodes => &[Part::Nodes],
            Self::Builds => &[Part::Builds],
            Self::Sources => &[Part::Controller, Part::Nodes, Part::Queue, Part::Builds, Part::Jobs, Part::Fleets],
            Self::Runs => &[],
        }
    }

    fn check(self, list: &List) -> Result<(), Failed> {
        match self {
            Self::Queue => Wanted::<views::QueueRow>::of(list).map(drop),
            Self::Nodes => Wanted::<views::NodeRow>::of(list).map(drop),
            Self::Builds => Wanted::<views::BuildRow>::of(list).map(drop),
            Self::Sources => Wanted::<views::SourceRow>::of(list).map(drop),
            Self::Runs => Wanted::<views::RunRow>::of(list).map(drop),
        }
    }
}

pub(super) fn run(common: &Common, which: Which, list: &List, out: &mut Out) -> Result<Exit, Failed> {
    which.check(list)?;
    session::runtime()?.block_on(async {
        let session = Session::open(common).await?;
        let snapshot = session.ready(which.parts()).await;
        print(&session, which, common, list, &snapshot, out)?;
        if let Some(pause) = list.watch.watch {
            let mut snapshots = session.house.watch.snapshots();
            let mut runs = session.house.engine.runs();
            loop {
                tokio::time::sleep(pause.0).await;
                tokio::select! {
                    news = snapshots.changed() => if news.is_err() { break },
                    news = runs.changed() => if news.is_err() { break },
                }
                let snapshot = snapshots.borrow_and_update().clone();
                runs.mark_unchanged();
                print(&session, which, common, list, &snapshot, out)?;
            }
        }
        // the sources' own states are what `sources` is about: they are no failure of the command
        match session::unread(&snapshot, which.parts()) {
            Some(failed) if which != Which::Sources => {
                out.flush()?;
                Err(failed)
            }
            _ => Ok(Exit::Fine),
        }
    })
}

fn print(
    session: &Session,
    which: Which,
    common: &Common,
    list: &List,
    snapshot: &Arc<Snapshot>,
    out: &mut Out,
) -> Result<(), Failed> {
    let runs = session.house.engine.runs().borrow().clone();
    let survey = Survey::new(snapshot.clone(), runs);
    let context = survey.context(session.clock.now());
    match which {
        Which::Queue => rows(survey.queue(), &context, common, list, out),
        Which::Nodes => rows(survey.nodes(), &context, common, list, out),
        Which::Builds => rows(survey.builds(), &context, common, list, out),
        Which::Sources => rows(survey.sources(), &context, common, list, out),
        Which::Runs => rows(survey.run_rows(), &context, common, list, out),
    }
}

/// The filter and the order that the command line asks for.
struct Wanted<R: Row> {
    filter: Filter,
    /// None: as they are, the most pressing first.
    sort: Option<&'static views::Column<R>>,
    down: bool,
}

impl<R: Row> Wanted<R> {
    fn of(list: &List) -> Result<Self, Failed> {
        let text = list.filter.join(" ");
        let filter = Filter::parse::<R>(&text)
            .map_err(|e| Failed::new(Exit::Usage, format!("the filter `{text}`: {}", e.what), e.hint))?;
        let (name, down) = match list.sort.as_deref() {
            Some(name) => (name.trim_start_matches('-'), name.starts_with('-')),
            None => R::ORDER,
        };
        if name.is_empty() && list.sort.is_none() {
            return Ok(Self { filter, sort: None, down });
        }
        let sort = R::COLUMNS.iter().find(|c| c.id == name).ok_or_else(|| {
            let known: Vec<&str> = R::COLUMNS.iter().map(|c| c.id).collect();
            Failed::new(
                Exit::Usage,
                format!("{} has no column `{name}`", R::NAME),
                format!("it has: {}", known.join(", ")),
            )
        })?;
        Ok(Self { filter, sort: Some(sort), down })
    }
}

/// Filtered, sorted and printed.
pub(super) fn rows<R: Row>(
    all: Vec<R>,
    context: &Context,
    common: &Common,
    list: &List,
    out: &mut Out,
) -> Result<(), Failed> {
    let wanted = Wanted::<R>::of(list)?;
    let mut finder = views::Finder::default();
    let shown = finder.pick(&wanted.filter, &all, context);
    let mut rows: Vec<R> =
        all.into_iter().enumerate().filter(|(i, _)| shown.binary_search(i).is_ok()).map(|(_, r)| r).collect();
    if let Some(column) = wanted.sort {
        rows.sort_by(|a, b| {
            let (a, b) = ((column.sort)(a, context), (column.sort)(b, context));
            // what is missing comes last either way
            match (a == views::Sort::Missing, b == views::Sort::Missing) {
                (false, false) if wanted.down => b.cmp(&a),
                _ => a.cmp(&b),
            }
        });
    }
    match (common.json, list.watch.watch) {
        (true, Some(_)) => out.json_line(&views::json(&rows, context)),
        (true, None) => out.json(&views::json(&rows, context)),
        (false, _) => {
            out.text(&plain::table(&rows, out.width(), context))?;
            if list.watch.watch.is_some() {
                out.line("")?;
            }
            out.flush()
        }
    }
}
