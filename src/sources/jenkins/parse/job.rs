//! Jobs, folders and multibranch projects, nested as deep as they were asked for.
use serde::Deserialize;

use crate::base::{Text, UrlPath};
use crate::model::{Job, JobKind, PullRequest};

use super::super::caches::LastSeen;
use super::super::paths;
use super::build::pull_request_number;
use super::lenient::{Action, Loose, line, present};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Jobs {
    pub jobs: Loose<RawJob>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RawJob {
    #[serde(rename = "_class")]
    class: Option<String>,
    name: Option<String>,
    full_name: Option<String>,
    display_name: Option<String>,
    url: Option<String>,
    color: Option<String>,
    buildable: Option<bool>,
    in_queue: Option<bool>,
    last_build: Option<RawLast>,
    actions: Loose<Action>,
    jobs: Loose<RawJob>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
struct RawLast {
    number: Option<u64>,
    building: Option<bool>,
    timestamp: Option<i64>,
}

/// A job and what of its last build tells whether its builds must be read again.
#[derive(Debug)]
pub struct Listed {
    pub job: Job,
    pub last: Option<(LastSeen, i64)>,
}

/// A list that may go on: a folder and from which of its jobs on.
#[derive(Debug, PartialEq, Eq)]
pub struct More {
    pub folder: UrlPath,
    pub from: usize,
}

/// Flattens one answer: `folder` is whose jobs these are, from its `from`th on; `page` the length at which a list may
/// have been cut; `depth` how many levels below were asked for.
pub fn flatten(
    raw: Jobs,
    folder: &UrlPath,
    parent: JobKind,
    from: usize,
    page: usize,
    depth: usize,
) -> (Vec<Listed>, Vec<More>) {
    let (mut listed, mut more) = (Vec::new(), Vec::new());
    let list: Vec<RawJob> = present(raw.jobs).collect();
    if list.len() >= page {
        more.push(More { folder: folder.clone(), from: from.saturating_add(list.len()) });
    }
    for job in list {
        walk(job, folder, parent, page, depth, &mut listed, &mut more);
    }
    (listed, more)
}

fn walk(
    mut raw: RawJob,
    folder: &UrlPath,
    parent: JobKind,
    page: usize,
    depth: usize,
    listed: &mut Vec<Listed>,
    more: &mut Vec<More>,
) {
    let children: Vec<RawJob> = present(raw.jobs.take()).collect();
    let Some(path) = path(&raw, folder) else { return };
    let kind = kind(raw.class.as_deref().unwrap_or(""), parent, !children.is_empty());
    let container = matches!(kind, JobKind::Folder | JobKind::Multibranch);
    if container && depth == 0 {
        more.push(More { folder: path.clone(), from: 0 });
    } else if children.len() >= page {
        more.push(More { folder: path.clone(), from: children.len() });
    }
    listed.push(one(raw, path.clone(), kind));
    for child in children {
        walk(child, &path, kind, page, depth.saturating_sub(1), listed, more);
    }
}

/// From the URL, if it leads below the folder that lists it; else from the name.
fn path(raw: &RawJob, folder: &UrlPath) -> Option<UrlPath> {
    let told = raw.url.as_deref().and_then(paths::job);
    let inside = |p: &UrlPath| {
        let rest = p.as_str().strip_prefix(folder.as_str()).map(|r| r.trim_start_matches('/'));
        rest.is_some_and(|r| r.strip_prefix("job/").is_some_and(|name| !name.is_empty() && !name.contains('/')))
    };
    told.filter(inside).or_else(|| {
        let name = raw.name.as_deref().filter(|n| !n.is_empty())?;
        let segment = UrlPath::of([name]);
        let below = format!("job/{segment}");
        Some(if folder.as_str().is_empty() { UrlPath::encoded(&below) } else { folder.join(&below) })
    })
}

pub fn kind(class: &str, parent: JobKind, has_children: bool) -> JobKind {
    let name = class.rsplit(['.', '$']).next().unwrap_or("");
    match name {
        "WorkflowMultiBranchProject" => JobKind::Multibranch,
        _ if name.ends_with("MultiBranchProject") => JobKind::Multibranch,
        "Folder" | "OrganizationFolder" => JobKind::Folder,
        _ if parent == JobKind::Multibranch => JobKind::Branch,
        "WorkflowJob" => JobKind::Pipeline,
        "FreeStyleProject" => JobKind::Freestyle,
        _ if has_children || name.ends_with("Folder") => JobKind::Folder,
        _ => JobKind::Other,
    }
}

fn one(raw: RawJob, path: UrlPath, kind: JobKind) -> Listed {
    let color = raw.color.as_deref().unwrap_or("");
    let last = raw.last_build.unwrap_or_default();
    let building = last.building.unwrap_or(false);
    let name = raw.name.as_deref().unwrap_or("");
    let actions: Vec<Action> = present(raw.actions).collect();
    let full_name = line(raw.full_name.as_deref().or(raw.name.as_deref()));
    let job = Job {
        display_name: raw.display_name.as_deref().map_or_else(|| Text::line(name), Text::line),
        full_name: if full_name.is_empty() { Text::line(path.as_str()) } else { full_name },
        kind,
        buildable: raw.buildable,
        running: color.ends_with("_anime") || building,
        color: Text::line(color.trim_end_matches("_anime")),
        in_queue: raw.in_queue.unwrap_or(false),
        pull_request: if kind == JobKind::Branch { pull_request(name, &actions) } else { None },
        last_build: last.number,
        path,
    };
    let last = last.number.map(|number| (LastSeen { number, building }, last.timestamp.unwrap_or(0)));
    Listed { job, last }
}

/// A branch job is a pull request if it has a contributor (SCM API) or is named like one.
pub fn pull_request(name: &str, actions: &[Action]) -> Option<PullRequest> {
    let contributor = actions.iter().find(|a| a.contributor.is_some());
    let object = actions.iter().find(|a| a.object_url.is_some() || a.object_name.is_some());
    let url = object.and_then(|o| o.object_url.as_deref()).unwrap_or("");
    let from_url = || {
        let mut parts = url.rsplit('/').filter(|p| !p.is_empty());
        let (number, word) = (parts.next()?, parts.next()?);
        matches!(word, "pull" | "pulls" | "pull-requests" | "merge_requests").then(|| number.parse().ok())?
    };
    let number = pull_request_number(name).or_else(from_url)?;
    let author = contributor.and_then(|c| c.contributor.as_deref().or(c.contributor_name.as_deref()));
    let web = url.starts_with("https://") || url.starts_with("http://");
    Some(PullRequest {
        number,
        title: line(object.and_then(|o| o.object_name.as_deref())),
        author: line(author),
        url: if web { Text::line(url) } else { Text::default() },
    })
}
