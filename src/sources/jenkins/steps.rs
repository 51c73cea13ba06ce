//! Steps of Pipelines in the queue, of which older controllers tell nothing but their class: whose are they?
use std::collections::HashSet;

use crate::base::Time;
use crate::model::{BuildId, QueueItem};

use super::caches::Caches;
use super::reader::Reader;
use super::stage_source;

/// Pipelines asked in one go.
const ASKED: usize = 12;
/// How often one item's build is looked for.
const TRIES: u8 = 6;
/// How far a stage's start and its step's queueing may lie apart, in milliseconds.
const APART: i64 = 2_000;

/// Fills in what was found earlier.
pub fn remembered(caches: &Caches, items: &mut [QueueItem]) {
    let mut known = caches.lock();
    if known.steps.is_empty() && known.tried.is_empty() {
        return;
    }
    let here: HashSet<u64> = items.iter().map(|i| i.id).collect();
    known.steps.retain(|id, _| here.contains(id));
    known.tried.retain(|id, _| here.contains(id));
    for item in items.iter_mut().filter(|i| unmatched(i)) {
        if let Some(build) = known.steps.get(&item.id) {
            set(item, build.clone());
        }
    }
}

fn unmatched(item: &QueueItem) -> bool {
    item.task.is_pipeline_step() && item.task.build.is_none()
}

fn set(item: &mut QueueItem, build: BuildId) {
    item.task.job = Some(build.job.clone());
    if item.task.name.is_empty() {
        item.task.name = crate::base::Text::line(&build.to_string());
    }
    item.task.build = Some(build);
}

/// The Pipelines to ask in this round, those that were asked least before others; none if each item was looked for
/// often enough.
fn whom(reader: &Reader, items: &[QueueItem], running: &[BuildId]) -> Option<Vec<BuildId>> {
    let mut known = reader.caches().lock();
    let mut worth = false;
    for item in items.iter().filter(|i| unmatched(i)) {
        let tries = known.tried.entry(item.id).or_default();
        worth |= *tries < TRIES;
        *tries = tries.saturating_add(1);
    }
    let here: HashSet<&BuildId> = running.iter().collect();
    known.asked.retain(|build, _| here.contains(build));
    let mut turn: Vec<BuildId> = running.to_vec();
    turn.sort_by_key(|build| known.asked.get(build).copied().unwrap_or(0));
    turn.truncate(ASKED);
    for build in turn.iter().filter(|_| worth) {
        let times = known.asked.entry(build.clone()).or_default();
        *times = times.saturating_add(1);
    }
    worth.then_some(turn)
}

/// Asks the Pipelines that run which of their stages wait, and for what.
pub async fn find(reader: &Reader, items: &mut [QueueItem], running: &[BuildId]) {
    if running.is_empty() {
        return;
    }
    let Some(asked) = whom(reader, items, running) else { return };
    let mut waiting: Vec<(BuildId, String, Option<Time>)> = Vec::new();
    for build in &asked {
        // What cannot be asked is not matched; the queue is shown without.
        let Ok(nodes) = stage_source::from_blue(reader, build).await else { continue };
        let blocked = nodes.value.iter().flatten().filter_map(|n| n.blockage());
        waiting.extend(blocked.map(|(why, since)| (build.clone(), why.to_owned(), since)));
    }
    let mut found = Vec::new();
    for item in items.iter_mut().filter(|i| unmatched(i)) {
        let near = |since: &Option<Time>| {
            since.is_some_and(|s| s.millis().abs_diff(item.since.millis()) < APART.unsigned_abs())
        };
        // Branches that began together wait for the same: all the same build, or nothing is said.
        let mut close = waiting.iter().filter(|(_, why, since)| item.why == why.as_str() && near(since)).map(|w| &w.0);
        let build = close.next().filter(|first| close.all(|other| other == *first)).cloned();
        if let Some(build) = build {
            found.push((item.id, build.clone()));
            set(item, build);
        }
    }
    reader.caches().lock().steps.extend(found);
}
