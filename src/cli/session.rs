//! What a command without a screen works with: the site's sources, read until what it needs is there.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::args::Common;
use crate::app::{Exit, Failed, Found, House, HouseOptions, places};
use crate::base::{Clock, SystemClock, Text};
use crate::model::{ControllerId, Jenkins, Reading, ReadingState, Snapshot};

/// How long a command waits for a first answer of everything that it needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The site that the options name, with only the controller asked for.
pub(super) fn site(common: &Common) -> Result<Found, Failed> {
    let mut found = places::site(common.site.as_deref())?;
    if let Some(id) = &common.controller {
        let wanted = ControllerId::new(id);
        if found.site.controller(&wanted).is_none() {
            let known: Vec<&str> = found.site.controllers.iter().map(|c| c.id.as_str()).collect();
            let hint = format!("{} has: {}", found.path.display(), known.join(", "));
            return Err(Failed::new(Exit::Usage, format!("the site file has no controller `{wanted}`"), hint));
        }
        found.site.controllers.retain(|c| c.id == wanted);
    }
    Ok(found)
}

/// Why nothing may be changed, if the command line says so.
pub(super) fn read_only(common: &Common) -> Option<Text> {
    common.read_only.then(|| Text::line("the command line says --read-only"))
}

/// The threads that everything asynchronous runs on.
pub(super) fn runtime() -> Result<Runtime, Failed> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|e| {
        Failed::new(Exit::Failed, format!("no threads can be started: {e}"), "is a limit on processes reached?")
    })
}

/// A house for one command.
#[derive(Debug)]
pub(super) struct Session {
    pub house: House,
    pub clock: Arc<dyn Clock>,
}

/// A part of a snapshot that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Controller,
    Nodes,
    Queue,
    Builds,
    Jobs,
    Fleets,
}

impl Session {
    pub(super) async fn open(common: &Common) -> Result<Self, Failed> {
        let found = site(common)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = places::journal(&found.site)?;
        let options = HouseOptions { site: found.site, read_only: read_only(common), journal };
        let house =
            House::start(options, clock.clone()).await.map_err(|e| Failed::new(Exit::Failed, e.as_str(), ""))?;
        Ok(Self { house, clock })
    }

    /// Waits until each part of each controller was answered for once, well or badly.
    pub(super) async fn ready(&self, parts: &[Part]) -> Arc<Snapshot> {
        let mut snapshots = self.house.watch.snapshots();
        let all = async {
            let there = snapshots.wait_for(|s| !s.jenkins.is_empty() && s.jenkins.values().all(|j| answered(j, parts)));
            there.await.map(|s| s.clone())
        };
        match tokio::time::timeout(PATIENCE, all).await {
            Ok(Ok(snapshot)) => snapshot,
            _ => self.house.watch.snapshots().borrow().clone(),
        }
    }
}

fn answered(jenkins: &Jenkins, parts: &[Part]) -> bool {
    parts.iter().all(|part| match part {
        Part::Controller => told(&jenkins.controller),
        Part::Nodes => told(&jenkins.nodes),
        Part::Queue => told(&jenkins.queue),
        Part::Builds => told(&jenkins.builds),
        Part::Jobs => told(&jenkins.jobs),
        Part::Fleets => told(&jenkins.fleets),
    })
}

fn told<T>(reading: &Reading<T>) -> bool {
    !matches!(reading.state, ReadingState::Waiting)
}

/// What could not be read of these parts, a sentence for each controller.
pub(super) fn unread(snapshot: &Snapshot, parts: &[Part]) -> Option<Failed> {
    let mut failed: Vec<Failed> = Vec::new();
    for jenkins in snapshot.jenkins.values() {
        let problems = parts.iter().filter_map(|part| match part {
            Part::Controller => jenkins.controller.problem(),
            Part::Nodes => jenkins.nodes.problem(),
            Part::Queue => jenkins.queue.problem(),
            Part::Builds => jenkins.builds.problem(),
            Part::Jobs => jenkins.jobs.problem(),
            Part::Fleets => jenkins.fleets.problem(),
        });
        // a controller that cannot be reached says so for every part: once is enough
        failed.extend(problems.take(1).map(|p| Failed::from(p.clone())));
    }
    let first = failed.first()?;
    let what: Vec<&str> = failed.iter().map(|f| f.what.as_str()).collect();
    Some(Failed::new(Exit::Unreachable, what.join("\n"), first.hint.clone()))
}

/// The text of a keymap or theme that is named by a file; a plain word is one of the built-in ones.
pub(super) fn choice(named: Option<&str>) -> Result<crate::ui::io::Choice, Failed> {
    use crate::ui::io::Choice;
    let Some(named) = named else { return Ok(Choice::Default) };
    if !named.contains('/') && !named.ends_with(".toml") {
        return Ok(Choice::Named(named.to_owned()));
    }
    let text = std::fs::read_to_string(Path::new(named)).map_err(|e| {
        Failed::new(Exit::Usage, format!("{named} cannot be read: {e}"), "name a file, or a built-in one")
    })?;
    Ok(Choice::File { name: named.to_owned(), text })
}
