//! A build's JSON.
use serde::Deserialize;

use crate::base::{Text, Time};
use crate::model::{Build, BuildId, Outcome, PullRequest};

use super::super::paths;
use super::lenient::{Action, Loose, causes, line, moment, params, present, span};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Builds {
    pub builds: Loose<RawBuild>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RawBuild {
    pub number: Option<u64>,
    url: Option<String>,
    full_display_name: Option<String>,
    building: Option<bool>,
    in_progress: Option<bool>,
    result: Option<String>,
    timestamp: Option<i64>,
    duration: Option<i64>,
    estimated_duration: Option<i64>,
    built_on: Option<String>,
    queue_id: Option<i64>,
    description: Option<String>,
    actions: Loose<Action>,
}

/// A build of a job that is known; the URL's own job wins nothing, only the number is taken from the answer.
pub fn build(raw: RawBuild, id: Option<BuildId>, pull_request: Option<PullRequest>) -> Option<Build> {
    let id = match id {
        Some(id) => id,
        None => raw.url.as_deref().and_then(paths::build)?,
    };
    let actions: Vec<Action> = present(raw.actions).collect();
    let building = raw.building.or(raw.in_progress).unwrap_or(false);
    let revision = actions.iter().find_map(|a| a.last_built.as_ref()?.sha1.as_deref()).map(Text::line);
    let title = line(raw.full_display_name.as_deref());
    Some(Build {
        title: if title.is_empty() { Text::line(&id.to_string()) } else { title },
        building,
        result: raw.result.as_deref().and_then(Outcome::parse).filter(|_| !building),
        started: moment(raw.timestamp).unwrap_or(Time::from_millis(0)),
        duration: span(raw.duration).unwrap_or_default(),
        estimated: span(raw.estimated_duration),
        causes: causes(&actions),
        revision,
        pull_request: pull_request.or_else(|| guessed(&id)),
        params: params(&actions),
        node: raw.built_on.as_deref().filter(|n| !n.is_empty()).map(Text::line),
        queue_id: raw.queue_id.and_then(|q| u64::try_from(q).ok()).filter(|q| *q > 0),
        description: line(raw.description.as_deref()),
        id,
    })
}

/// `PR-11388` names a pull request even where the job's own words about it were not read.
fn guessed(id: &BuildId) -> Option<PullRequest> {
    let number = pull_request_number(id.job.as_str().rsplit('/').next()?)?;
    Some(PullRequest { number, title: Text::default(), author: Text::default(), url: Text::default() })
}

/// The number in a branch job's name, as the branch sources for GitHub, Bitbucket and Gitea (`PR-7`) and GitLab (`MR-7`) make it.
pub fn pull_request_number(name: &str) -> Option<u64> {
    let rest = name.strip_prefix("PR-").or_else(|| name.strip_prefix("MR-"))?;
    rest.split('-').next()?.parse().ok()
}
