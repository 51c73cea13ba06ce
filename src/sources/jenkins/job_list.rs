//! The list of jobs: nested folders in few requests, each list bounded and paged.
use std::collections::VecDeque;

use crate::base::UrlPath;
use crate::model::{JobKind, Problem};
use crate::wire::Want;

use super::parse::job::{Jobs, Listed, More, flatten};
use super::reader::Reader;
use super::{Answered, trees};

/// Jobs of one folder in one request.
const PAGE: usize = 500;
/// Levels below the listed one that come with it.
const DEPTH: usize = 2;
/// Requests for one list; with more folders than that the rest is left out.
const REQUESTS: usize = 200;

/// All jobs with what is needed to know whose builds changed.
pub async fn read(reader: &Reader) -> Result<Answered<Vec<Listed>>, Problem> {
    let root = More { folder: UrlPath::default(), from: 0 };
    let mut todo = VecDeque::from([(root, JobKind::Folder)]);
    let mut all: Vec<Listed> = Vec::new();
    let mut last = None;
    for _ in 0..REQUESTS {
        let Some((next, parent)) = todo.pop_front() else { break };
        let answered = page(reader, &next, parent).await?;
        let (listed, more) = answered.value;
        for more in more {
            let kind = listed.iter().find(|l| l.job.path == more.folder).map_or(parent, |l| l.job.kind);
            todo.push_back((more, kind));
        }
        all.extend(listed);
        last = Some((answered.at, answered.skew));
    }
    remember(reader, &all);
    let (at, skew) = last.unwrap_or((reader.clock().now(), 0));
    Ok(Answered { value: all, at, skew })
}

async fn page(reader: &Reader, next: &More, parent: JobKind) -> Result<Answered<(Vec<Listed>, Vec<More>)>, Problem> {
    let tree = trees::jobs(DEPTH, next.from, next.from.saturating_add(PAGE));
    let path = match next.folder.as_str() {
        "" => UrlPath::encoded("api/json"),
        _ => next.folder.join("api/json"),
    };
    let (folder, from) = (next.folder.clone(), next.from);
    let asked = reader.asked("read the jobs");
    reader
        .read(asked, &path, &[("tree", &tree)], Want::LARGE, move |raw: Jobs| {
            flatten(raw, &folder, parent, from, PAGE, DEPTH)
        })
        .await
}

/// Pull requests and kinds of projects, for other reads.
fn remember(reader: &Reader, all: &[Listed]) {
    let mut caches = reader.caches().lock();
    caches.pull_requests = all.iter().filter_map(|l| Some((l.job.path.clone(), l.job.pull_request.clone()?))).collect();
    caches.multibranch = all
        .iter()
        .filter(|l| matches!(l.job.kind, JobKind::Folder | JobKind::Multibranch))
        .map(|l| (l.job.path.clone(), l.job.kind == JobKind::Multibranch))
        .collect();
}
