//! `jenkins.build`: starts a build, once, whatever becomes of the answer.
use serde_json::{Map, Value, json};

use crate::base::{Text, UrlPath};
use crate::gate::Permit;
use crate::model::{Build, Cause, JobDetail, JobKind, Problem, QueueItem};
use crate::runbook::{Class, Kind, Param, Risk, VerbSpec};
use crate::sources::jenkins::{Operator, QueueFate};

use super::build_params::{self, Params};
use super::{Args, Doing, Prepared, Scene, Sighting, Verb};

/// How many of a job's newest builds are looked through for ours.
const NEWEST: usize = 50;

#[derive(Debug)]
pub struct BuildStart;

const SPEC: VerbSpec = VerbSpec {
    name: "jenkins.build",
    version: 1,
    class: Class::Create,
    least_risk: Risk::Medium,
    params: &[
        Param::required("job", Kind::Job, "the job"),
        Param::optional("params", Kind::Words, "its parameters, NAME=value each; those left out get their defaults"),
    ],
    result: "item: the queue item; job: the job's path; build: the build's path, and number, if it has begun",
    needs: "Job/Build",
    rescue: false,
    undoable: false,
    example: "{ id: start, uses: jenkins.build, with: { job: infra/images, params: [\"FAMILY=cpu\"] }, undo: keep }",
    doc: "Starts a build. When the answer is lost, the queue and the job's builds are searched for one with these \
          parameters that is newer than the job's next number and the queue were before: one is adopted; none is started \
          again; several are shown to you. `jenkins.build.wait` follows the item to the build's end.",
};

impl Verb for BuildStart {
    fn spec(&self) -> &'static VerbSpec {
        &SPEC
    }

    fn does(&self, with: Args<'_>) -> Text {
        let given = build_params::given(with);
        let words = given.map(|p| p.says()).unwrap_or_default();
        let call = if words.is_empty() { "build" } else { "buildWithParameters" };
        Text::line(format!("POST /{}/{call} {words}", with.job("job")).trim_end())
    }

    fn locks(&self, with: Args<'_>) -> Vec<Text> {
        vec![Text::line(&format!("job/{}", with.text("job")))]
    }

    fn prepare<'a>(&'a self, scene: &'a Scene<'a>, with: Args<'a>) -> Doing<'a, Prepared> {
        Box::pin(async move {
            let job = scene.reader.job(&with.job("job")).await?.value;
            let base = Prepared { on: job.full_name.clone(), from: Text::from("not started"), ..Prepared::default() };
            let params = match held_back(&job).map_or_else(|| build_params::complete(with, &job), Err) {
                Ok(params) => params,
                Err(why) => return Ok(Prepared { held_back: Some(why), ..base }),
            };
            let queue = scene.reader.queue().await?.value;
            let there: Vec<&QueueItem> = queue.iter().filter(|i| is_of(i, &with.job("job"))).collect();
            let like = there.iter().find(|i| params.fit(&i.params));
            let warnings = like.map(|i| {
                let says = format!("queue item {} is just like it: Jenkins gives that one instead of another", i.id);
                Text::line(&says)
            });
            let ids: Vec<u64> = there.iter().map(|i| i.id).collect();
            Ok(Prepared {
                to: Text::line(format!("in the queue {}", params.says()).trim_end()),
                before: json!({ "next": job.next_build, "items": ids, "params": params.json() }),
                warnings: warnings.into_iter().collect(),
                irreversible: vec![Text::from("a build that has begun can be stopped, but stays in the job's history")],
                ..base
            })
        })
    }

    fn execute<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        operator: &'a Operator,
        permit: Permit,
        with: Args<'a>,
        before: &'a Value,
    ) -> Doing<'a, Value> {
        Box::pin(async move {
            let _ = scene;
            let params = Params::before(before);
            let item = operator.start_build(permit, &with.job("job"), params.pairs()).await?;
            Ok(json!({ "item": item }))
        })
    }

    fn observe<'a>(
        &'a self,
        scene: &'a Scene<'a>,
        with: Args<'a>,
        before: &'a Value,
        handle: &'a Value,
    ) -> Doing<'a, Sighting> {
        Box::pin(async move {
            let job = with.job("job");
            match handle.get("item").and_then(Value::as_u64) {
                Some(item) => follow(scene, &job, item).await,
                None => search(scene, &job, before).await,
            }
        })
    }
}

fn held_back(job: &JobDetail) -> Option<Text> {
    let says = match (job.kind, job.buildable) {
        (JobKind::Folder, _) => format!("{} is a folder: start one of its jobs", job.full_name),
        (JobKind::Multibranch, _) => {
            format!("{} holds branch jobs: start one of them, or scan it", job.full_name)
        }
        (_, Some(false)) => {
            format!("{} cannot be built now: it, or the project that holds it, is disabled", job.full_name)
        }
        _ => return None,
    };
    Some(Text::line(&says))
}

/// Whether an item would become a build of this job; paths may be encoded differently.
fn is_of(item: &QueueItem, job: &UrlPath) -> bool {
    item.task.job.as_ref().is_some_and(|j| same(j, job)) && !item.task.is_pipeline_step()
}

fn same(a: &UrlPath, b: &UrlPath) -> bool {
    let plain = |p: &UrlPath| percent_encoding::percent_decode_str(p.as_str()).decode_utf8_lossy().into_owned();
    plain(a) == plain(b)
}

/// Whether it may have been us who started it: a build that names its starter names us.
fn by_us(causes: &[Cause], who: &str) -> bool {
    let mut users = causes.iter().filter_map(|c| c.user.as_ref()).peekable();
    users.peek().is_none() || users.any(|u| u.eq_ignore_ascii_case(who))
}

/// The build that a queue item became, among the job's newest.
pub(super) async fn of_item(scene: &Scene<'_>, job: &UrlPath, item: u64) -> Result<Option<Build>, Problem> {
    let builds = scene.reader.builds_of(job, NEWEST).await?.value;
    Ok(builds.into_iter().find(|b| b.queue_id == Some(item)))
}

/// What became of the item that Jenkins named.
async fn follow(scene: &Scene<'_>, job: &UrlPath, item: u64) -> Result<Sighting, Problem> {
    let mut output = Map::from_iter([("item".to_owned(), json!(item)), ("job".to_owned(), json!(job))]);
    let mut began = |number: u64| {
        output.insert("build".into(), json!(job.join(&number.to_string())));
        output.insert("number".into(), json!(number));
        format!("build {number} has begun")
    };
    let says = match scene.reader.queue_item(item).await?.value {
        QueueFate::Started(build) => began(build.number),
        QueueFate::Waiting(at) => format!("queue item {item} waits: {}", at.why),
        QueueFate::Leaving => format!("queue item {item} is leaving the queue"),
        QueueFate::Cancelled => format!("queue item {item} was made, and was cancelled since"),
        QueueFate::Gone => match of_item(scene, job, item).await? {
            Some(build) => began(build.id.number),
            None => format!("queue item {item} was made; Jenkins has forgotten it since"),
        },
    };
    Ok(Sighting::Done(Text::line(&says), Value::Object(output)))
}

/// Nothing is known of the answer: looks for what may be ours.
async fn search(scene: &Scene<'_>, job: &UrlPath, before: &Value) -> Result<Sighting, Problem> {
    // the queue first: what leaves it between the two reads is seen as a build
    let queue = scene.reader.queue().await?.value;
    let builds = scene.reader.builds_of(job, NEWEST).await?.value;
    let mine: Vec<QueueItem> = queue.into_iter().filter(|i| is_of(i, job)).collect();
    Ok(judge(job, before, &mine, &builds, scene.who))
}

/// One match: adopt; none: as before; several: a person decides.
fn judge(job: &UrlPath, before: &Value, queue: &[QueueItem], builds: &[Build], who: &str) -> Sighting {
    let params = Params::before(before);
    let next = before.get("next").and_then(Value::as_u64).unwrap_or(0);
    let old: Vec<u64> = before
        .get("items")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_u64).collect())
        .unwrap_or_default();
    let found: Vec<&Build> = builds
        .iter()
        .filter(|b| b.id.number >= next && !b.queue_id.is_some_and(|q| old.contains(&q)))
        .filter(|b| params.fit(&b.params) && by_us(&b.causes, who))
        .collect();
    let waits: Vec<&QueueItem> = queue
        .iter()
        .filter(|i| !old.contains(&i.id) && !found.iter().any(|b| b.queue_id == Some(i.id)))
        .filter(|i| params.fit(&i.params) && by_us(&i.causes, who))
        .collect();
    match (found.as_slice(), waits.as_slice()) {
        ([], []) => Sighting::Before(Text::line(&format!("no new build of {job} has these parameters"))),
        ([build], []) => {
            let number = build.id.number;
            let output = json!({
                "item": build.queue_id, "job": job, "build": build.id.path(), "number": number, "adopted": true,
            });
            Sighting::Done(Text::line(&format!("build {number} is the one that was asked for")), output)
        }
        ([], [item]) => {
            let says = format!("queue item {} is the one that was asked for", item.id);
            Sighting::Done(Text::line(&says), json!({ "item": item.id, "job": job, "adopted": true }))
        }
        (builds, items) => {
            let mut names: Vec<String> = builds.iter().map(|b| format!("build {}", b.id.number)).collect();
            names.extend(items.iter().map(|i| format!("queue item {}", i.id)));
            Sighting::Unclear(Text::line(&format!(
                "more than one may be the one that was asked for: {}",
                names.join(", ")
            )))
        }
    }
}

#[cfg(test)]
#[path = "build_start_tests.rs"]
mod tests;
