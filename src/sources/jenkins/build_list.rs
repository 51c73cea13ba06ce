//! Running and recent builds, without asking each job for all of them each time.
use std::collections::HashSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use crate::base::UrlPath;
use crate::model::{Build, BuildId, Problem, ProblemKind};
use crate::wire::Want;

use super::caches::LastSeen;
use super::parse::build::{Builds, build};
use super::parse::job::Listed;
use super::reader::Reader;
use super::trees;

/// Builds looked at in each job.
const EACH: usize = 5;
/// Jobs whose builds are held: those that built last.
const JOBS: usize = 120;
/// Requests for builds under way at once.
const ABREAST: usize = 4;

/// Builds of the jobs that built last, and those known to run, newest first.
/// At most `budget` jobs are asked, those that build now before others: a later call goes on where this one stopped.
pub async fn read(
    reader: &Reader,
    listed: &[Listed],
    running: &[BuildId],
    budget: usize,
) -> Result<Vec<Arc<Build>>, Problem> {
    let wanted = wanted(listed, running);
    let busy: HashSet<&BuildId> = running.iter().collect();
    let stale: Vec<(UrlPath, LastSeen)> = {
        let mut caches = reader.caches().lock();
        let keep: HashSet<&UrlPath> = wanted.iter().map(|(job, _)| job).collect();
        caches.builds.retain(|job, _| keep.contains(job));
        // What runs is known to run still from the list of jobs (its last build) or from the executors.
        let runs = |build: &Build, seen: &LastSeen| {
            (seen.building && seen.number == build.id.number) || busy.contains(&build.id)
        };
        let fresh = |job: &UrlPath, seen: &LastSeen| {
            let known = caches.builds.get(job);
            known.is_some_and(|(k, builds)| k == seen && builds.iter().all(|b| !b.building || runs(b, seen)))
        };
        wanted.iter().filter(|(job, seen)| !fresh(job, seen)).take(budget).cloned().collect()
    };
    let answers: Vec<_> = stream::iter(stale)
        .map(|(job, seen)| async move { (of_job(reader, &job).await, job, seen) })
        .buffer_unordered(ABREAST)
        .collect()
        .await;
    for (answer, job, seen) in answers {
        match answer {
            Ok(builds) => keep(reader, job, seen, builds),
            // Removed since the list was read, or not to be seen.
            Err(p) if matches!(p.kind, ProblemKind::NotFound | ProblemKind::Forbidden { .. }) => {
                reader.caches().lock().builds.remove(&job);
            }
            Err(p) => return Err(p),
        }
    }
    let mut all: Vec<Arc<Build>> =
        reader.caches().lock().builds.values().flat_map(|(_, builds)| builds.iter().cloned()).collect();
    all.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
    Ok(all)
}

/// Jobs whose builds are held: all that build now, then the latest.
fn wanted(listed: &[Listed], running: &[BuildId]) -> Vec<(UrlPath, LastSeen)> {
    let busy: HashSet<&UrlPath> = running.iter().map(|b| &b.job).collect();
    let mut built: Vec<(&Listed, LastSeen, i64)> =
        listed.iter().filter_map(|l| l.last.map(|(seen, at)| (l, seen, at))).collect();
    let now = |l: &Listed, seen: &LastSeen| seen.building || l.job.running || busy.contains(&l.job.path);
    built.sort_by_key(|(l, seen, at)| (!now(l, seen), std::cmp::Reverse(*at)));
    let running = built.iter().filter(|(l, seen, _)| now(l, seen)).count();
    built.truncate(JOBS.max(running));
    built.into_iter().map(|(l, seen, _)| (l.job.path.clone(), seen)).collect()
}

async fn of_job(reader: &Reader, job: &UrlPath) -> Result<Vec<Build>, Problem> {
    let to = format!("read the builds of {job}");
    let pull_request = reader.caches().lock().pull_requests.get(job).cloned();
    let owner = job.clone();
    let tree = trees::builds(EACH);
    let answered = reader
        .read(reader.asked(&to), &job.join("api/json"), &[("tree", &tree)], Want::ORDINARY, move |raw: Builds| {
            let builds = raw.builds.into_iter().flatten().flatten();
            builds
                .filter_map(|raw| {
                    let id = BuildId::new(owner.clone(), raw.number?);
                    build(raw, Some(id), pull_request.clone())
                })
                .collect::<Vec<_>>()
        })
        .await?;
    Ok(answered.value)
}

/// Unchanged builds keep their pointers.
fn keep(reader: &Reader, job: UrlPath, seen: LastSeen, builds: Vec<Build>) {
    let mut caches = reader.caches().lock();
    let old = caches.builds.remove(&job).map(|(_, builds)| builds).unwrap_or_default();
    let rows = builds
        .into_iter()
        .map(|new| old.iter().find(|o| ***o == new).cloned().unwrap_or_else(|| Arc::new(new)))
        .collect();
    caches.builds.insert(job, (seen, rows));
}
