//! Jobs: their beans at every depth, and what may be done to them.
use crate::demo::builds::{Build, BuildRef, Spot, Started};
use crate::demo::jobs::{Branch, Job, JobId, Kind, Param};

use super::auth::Right;
use super::export::{ALWAYS, Obj};
use super::queue;
use super::reply::Reply;
use super::{Ctx, encode};

/// Visibility of a ball's colour: gone one level before name and address.
const COLOR: i32 = 2;
/// Written only where a tree names it.
const NAMED: i32 = -9;

/// The Java class of a job.
pub fn class(job: &Job) -> &'static str {
    match job.kind {
        Kind::Folder => "com.cloudbees.hudson.plugins.folder.Folder",
        Kind::Freestyle => "hudson.model.FreeStyleProject",
        Kind::Pipeline | Kind::Branch(_) => "org.jenkinsci.plugins.workflow.job.WorkflowJob",
        Kind::Multibranch(_) => "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
    }
}

/// The path below the root, encoded, with a slash at its end.
pub fn path(id: JobId, ctx: &Ctx) -> String {
    ctx.world.path(id).iter().fold(String::new(), |path, name| format!("{path}job/{}/", encode(name)))
}

/// The absolute address, from the configured root (facts: jenkins-api).
pub fn url(id: JobId, ctx: &Ctx) -> String {
    format!("{}{}", ctx.root, path(id, ctx))
}

/// A job among others: name, address, colour.
pub fn job_short(o: &mut Obj, id: JobId, ctx: &Ctx) {
    bean(o, id, ctx);
}

/// A job as a queue item's task.
pub fn job_brief(o: &mut Obj, id: JobId, ctx: &Ctx) {
    bean(o, id, ctx);
}

/// A Pipeline's step as a queue item's task: only its class in the recorded age (recording:
/// queue-item-pipeline-step); today its names and its build's relative address (facts: jenkins-today).
pub fn placeholder_task(o: &mut Obj, spot: Spot, ctx: &Ctx) {
    o.class("org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask");
    if ctx.world.version.today() {
        let (name, full, url) = placeholder(spot, ctx);
        o.put("fullDisplayName", ALWAYS, &full);
        o.put("name", ALWAYS, &name);
        o.put("url", ALWAYS, &url);
    }
}

fn placeholder(spot: Spot, ctx: &Ctx) -> (String, String, String) {
    let full = full_display(spot.build.job, ctx);
    let branch = ctx.world.build(spot.build).and_then(|b| {
        let stage = b.stages().get(spot.stage)?;
        let branch = stage.branches.get(spot.branch)?;
        Some(branch.name.clone().unwrap_or_else(|| stage.name.clone()))
    });
    let part = format!("part of {full} #{}", spot.build.number);
    let url = format!("{}{}/", path(spot.build.job, ctx), spot.build.number);
    (part.clone(), format!("{part} ({})", branch.unwrap_or_default()), url)
}

/// A Pipeline's step as what an executor runs. In the recorded age depth shows only its class and a tree that names them
/// shows the rest (recordings: node-busy, computer-tree); today both do (facts: jenkins-today).
pub fn placeholder_executable(o: &mut Obj, spot: Spot, ctx: &Ctx) {
    o.class("org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask$PlaceholderExecutable");
    let today = ctx.world.version.today();
    let (always, detail) = if today { (ALWAYS, 2) } else { (NAMED, NAMED) };
    let (name, full, url) = placeholder(spot, ctx);
    let plain = |text: &str| if today { text.to_owned() } else { text.trim_start_matches("part of ").to_owned() };
    let build = ctx.world.build(spot.build);
    o.put("number", always, spot.build.number);
    o.put("displayName", detail, &plain(&name));
    o.put("fullDisplayName", detail, &plain(&full));
    o.put("timestamp", detail, build.map(|b| b.start));
    o.put("estimatedDuration", detail, build.map(|b| b.estimate));
    o.put("url", always, &format!("{}{url}", ctx.root));
}

/// A build among others: number and address; more where a tree asks for it.
pub fn build_short(o: &mut Obj, r: BuildRef, ctx: &Ctx) {
    if let Some(build) = ctx.world.build(r) {
        super::build::bean(o, r, build, ctx);
    }
}

/// The name for people from the top down.
pub fn full_display(id: JobId, ctx: &Ctx) -> String {
    let job = ctx.world.job(id);
    let own = job.display.clone().unwrap_or_else(|| job.name.clone());
    job.parent.map_or(own.clone(), |p| format!("{} » {own}", full_display(p, ctx)))
}

/// A job (recordings: job-freestyle, job-pipeline, job-folder, job-multibranch, job-pr…).
pub fn bean(o: &mut Obj, id: JobId, ctx: &Ctx) {
    let job = ctx.world.job(id);
    o.class(class(job));
    let actions = actions(job);
    o.list("actions", 1, actions, |o, a| action(o, a, job, id, ctx));
    o.put("description", 1, job.description.as_ref());
    o.put("displayName", 1, job.display.as_ref().unwrap_or(&job.name));
    o.put("displayNameOrNull", 1, job.display.as_ref());
    if o.wants("fullDisplayName", 1) {
        o.put("fullDisplayName", 1, &full_display(id, ctx));
    }
    if o.wants("fullName", 1) {
        o.put("fullName", 1, &ctx.world.path(id).join("/"));
    }
    o.put("name", ALWAYS, &job.name);
    o.put("url", ALWAYS, &url(id, ctx));
    if job.holds_jobs() { holder(o, job, id, ctx) } else { buildable(o, job, id, ctx) }
}

fn holder(o: &mut Obj, job: &Job, id: JobId, ctx: &Ctx) {
    o.list("healthReport", 1, [(); 0], |_, ()| ());
    let children = job.children.iter().copied().filter(|c| !ctx.world.job(*c).gone);
    o.list("jobs", 1, children, |o, c| bean(o, c, ctx));
    let views = views(job);
    let here = url(id, ctx);
    let view = |o: &mut Obj, (class, name, own): (&str, &str, bool)| {
        o.class(class);
        o.put("name", ALWAYS, name);
        o.put("url", ALWAYS, &if own { here.clone() } else { format!("{here}view/{name}/") });
    };
    o.maybe("primaryView", 1, views.iter().copied().find(|v| v.2), view);
    o.list("views", 1, views.iter().copied(), view);
    if matches!(job.kind, Kind::Multibranch(_)) {
        o.list("sources", 1, [()], |o, ()| {
            o.obj("source", 1, |o| o.class("org.jenkinsci.plugins.github_branch_source.GitHubSCMSource"))
        });
        // Exported since 2024 (facts: jenkins-today); not in the recorded age (recording: disable-multibranch-after).
        if ctx.world.version.today() {
            o.put("buildable", 1, !job.disabled);
        }
    }
}

fn views(job: &Job) -> Vec<(&'static str, &'static str, bool)> {
    const BRANCHES: &str = "jenkins.branch.MultiBranchProjectViewHolder$ViewImpl";
    match &job.kind {
        Kind::Multibranch(m) if m.local => vec![(BRANCHES, "default", true), (BRANCHES, "tags", false)],
        Kind::Multibranch(_) => vec![(BRANCHES, "change-requests", false), (BRANCHES, "default", true)],
        _ => vec![("hudson.model.AllView", "All", true)],
    }
}

fn buildable(o: &mut Obj, job: &Job, id: JobId, ctx: &Ctx) {
    let of = |number: u64| BuildRef { job: id, number };
    let builds = || job.builds.keys().rev().copied();
    // `allBuilds` is written only where it is named (recording: job-allbuilds-tree-range).
    o.list("allBuilds", NAMED, builds(), |o, n| build_short(o, of(n), ctx));
    o.put("buildable", 1, job.buildable() && !today_unbuildable(job, ctx));
    o.list("builds", 1, builds().take(100), |o, n| build_short(o, of(n), ctx));
    o.put("color", COLOR, &job.color());
    o.maybe("firstBuild", 1, job.builds.keys().next().copied(), |o, n| build_short(o, of(n), ctx));
    o.list("healthReport", 1, health(job), |o, (score, text)| {
        o.put("description", 2, &text);
        o.put("iconClassName", 2, if score > 79 { "icon-health-80plus" } else { "icon-health-60to79" });
        o.put("iconUrl", 2, if score > 79 { "health-80plus.png" } else { "health-60to79.png" });
        o.put("score", 2, score);
    });
    let item = if o.wants("inQueue", 1) || o.wants("queueItem", 1) { ctx.item_of(id) } else { None };
    o.put("inQueue", 1, item.is_some());
    o.put("keepDependencies", 1, false);
    for (name, number) in aliases(job) {
        o.maybe(name, 1, number, |o, n| build_short(o, of(n), ctx));
    }
    o.put("nextBuildNumber", 1, job.next);
    let properties = usize::from(!job.params.is_empty() || matches!(job.kind, Kind::Branch(_)));
    o.list("property", 1, 0..properties, |o, _| property(o, job));
    o.maybe("queueItem", 1, item, |o, i| queue::item(o, i, ctx));
    o.put("concurrentBuild", 1, job.concurrent);
    if matches!(job.kind, Kind::Freestyle) {
        o.put("disabled", 1, job.disabled);
        o.list("downstreamProjects", 1, [(); 0], |_, ()| ());
        o.put("labelExpression", 1, job.label.as_ref());
        o.obj("scm", 1, |o| o.class("hudson.scm.NullSCM"));
        o.list("upstreamProjects", 1, [(); 0], |_, ()| ());
    } else {
        o.put("resumeBlocked", 1, false);
    }
}

/// From 2.547 on a branch is not buildable below a disabled project (facts: jenkins-today).
fn today_unbuildable(job: &Job, ctx: &Ctx) -> bool {
    ctx.world.version.since(547) && job.parent.is_some_and(|p| ctx.world.job(p).disabled)
}

/// The aliases and the builds they name (recordings: build-alias-…).
pub fn aliases(job: &Job) -> [(&'static str, Option<u64>); 7] {
    use crate::demo::builds::Outcome;
    let last = |test: fn(&Build) -> bool| job.builds.values().rev().find(|b| test(b)).map(|b| b.number);
    fn ended(b: &Build) -> Option<Outcome> {
        b.end.and(b.result)
    }
    [
        ("lastBuild", last(|_| true)),
        ("lastCompletedBuild", last(|b| b.end.is_some())),
        ("lastFailedBuild", last(|b| ended(b) == Some(Outcome::Failure))),
        ("lastStableBuild", last(|b| ended(b) == Some(Outcome::Success))),
        ("lastSuccessfulBuild", last(|b| ended(b).is_some_and(Outcome::fine))),
        ("lastUnstableBuild", last(|b| ended(b) == Some(Outcome::Unstable))),
        ("lastUnsuccessfulBuild", last(|b| ended(b).is_some_and(|o| o != Outcome::Success))),
    ]
}

fn health(job: &Job) -> Vec<(i64, String)> {
    use crate::demo::builds::Outcome;
    let ended: Vec<Outcome> =
        job.builds.values().rev().filter(|b| b.end.is_some()).filter_map(|b| b.result).take(5).collect();
    if ended.is_empty() || ended.iter().all(|o| *o == Outcome::Aborted) {
        return Vec::new();
    }
    let failed = ended.iter().filter(|o| **o == Outcome::Failure).count();
    let score = i64::try_from((ended.len() - failed) * 100 / ended.len()).unwrap_or(0);
    let text = if failed == 0 {
        "Build stability: No recent builds failed.".to_owned()
    } else {
        format!("Build stability: {failed} out of the last {} builds failed.", ended.len())
    };
    vec![(score, text)]
}

/// Which actions a job has; most are empty beans (recordings: job-freestyle, job-branch-main, job-pr).
fn actions(job: &Job) -> Vec<&'static str> {
    let mut list = vec!["", "", ""];
    match &job.kind {
        Kind::Freestyle | Kind::Pipeline => {
            if matches!(job.kind, Kind::Freestyle) && !job.params.is_empty() {
                list.insert(0, "hudson.model.ParametersDefinitionProperty");
            }
            list.push("org.jenkinsci.plugins.displayurlapi.actions.JobDisplayAction");
        }
        Kind::Multibranch(m) => {
            if !m.local {
                list.push("org.jenkinsci.plugins.github_branch_source.GitHubRepoMetadataAction");
                list.push("jenkins.scm.api.metadata.ObjectMetadataAction");
            }
        }
        Kind::Branch(b) => {
            if b.pull.is_some() {
                list.push("jenkins.scm.api.metadata.ContributorMetadataAction");
            }
            list.push("jenkins.scm.api.metadata.ObjectMetadataAction");
            list.push("org.jenkinsci.plugins.displayurlapi.actions.JobDisplayAction");
        }
        Kind::Folder => {}
    }
    list.push("com.cloudbees.plugins.credentials.ViewCredentialsAction");
    list
}

fn action(o: &mut Obj, class: &str, job: &Job, id: JobId, ctx: &Ctx) {
    if !class.is_empty() {
        o.class(class);
    }
    let branch = if let Kind::Branch(b) = &job.kind { Some(b) } else { None };
    match (class.rsplit('.').next().unwrap_or(""), branch) {
        ("ParametersDefinitionProperty", _) => definitions(o, job, false),
        ("ContributorMetadataAction", Some(b)) => {
            o.put("contributor", 1, &b.author);
            o.put("contributorDisplayName", 1, &b.author);
            o.put("contributorEmail", 1, &format!("{}@localhost", b.author));
        }
        // The title of a pull request is `objectDisplayName` (recording: job-multibranch-tree).
        ("ObjectMetadataAction", Some(b)) => object(o, b, &job.name),
        ("JobDisplayAction", _) => {
            let top = ctx.world.path(id).first().map(|n| encode(n)).unwrap_or_default();
            o.put("displayUrl", 1, &format!("{}blue/organizations/jenkins/{top}/", ctx.root));
        }
        ("ViewCredentialsAction", _) => o.map("stores", 1, |_| ()),
        _ => {}
    }
}

fn object(o: &mut Obj, branch: &Branch, name: &str) {
    o.put("objectDescription", 1, branch.pull.map(|_| "").filter(|_| false));
    let name = name.replace("%2F", "/");
    o.put("objectDisplayName", 1, branch.pull.map_or(name.as_str(), |_| branch.title.as_str()));
    let url = match branch.pull {
        Some(number) => format!("https://github.com/apache/tvm/pull/{number}"),
        None => format!("https://github.com/apache/tvm/tree/{name}"),
    };
    o.put("objectUrl", 1, &url);
}

fn property(o: &mut Obj, job: &Job) {
    if let Kind::Branch(branch) = &job.kind {
        o.class("org.jenkinsci.plugins.workflow.multibranch.BranchJobProperty");
        o.obj("branch", 2, |o| {
            if branch.dead {
                o.class("jenkins.branch.Branch$Dead");
            }
        });
    } else {
        o.class("hudson.model.ParametersDefinitionProperty");
        definitions(o, job, true);
    }
}

fn definitions(o: &mut Obj, job: &Job, names: bool) {
    o.list("parameterDefinitions", 2, &job.params, |o, p| definition(o, p, names));
}

/// A parameter's definition; a password's default has no value (recording: job-freestyle).
fn definition(o: &mut Obj, param: &Param, names: bool) {
    o.class(&format!("hudson.model.{}ParameterDefinition", param.kind));
    o.obj("defaultParameterValue", ALWAYS, |o| {
        let kind = if matches!(param.kind, "Boolean" | "Password") { param.kind } else { "String" };
        o.class(&format!("hudson.model.{kind}ParameterValue"));
        if names {
            o.put("name", ALWAYS, &param.name);
        }
        match param.kind {
            "Password" => {}
            "Boolean" => o.put("value", ALWAYS, param.default == "true"),
            _ => o.put("value", ALWAYS, &param.default),
        }
    });
    o.put("description", ALWAYS, &param.description);
    o.put("name", ALWAYS, &param.name);
    o.put("type", ALWAYS, &format!("{}ParameterDefinition", param.kind));
    if param.kind == "Choice" {
        o.values("choices", ALWAYS, &param.choices);
    }
}

/// What may be done to a job.
pub fn act(ctx: &mut Ctx, id: JobId, verb: &str) -> Reply {
    let job = ctx.world.job(id);
    let multi = matches!(job.kind, Kind::Multibranch(_));
    let known = match verb {
        "build" | "buildWithParameters" => !matches!(job.kind, Kind::Folder),
        "disable" | "enable" => true,
        _ => false,
    };
    if !known {
        return Reply::missing(ctx.request);
    }
    if !ctx.request.post() {
        return Reply::post_only();
    }
    let configures = matches!(verb, "disable" | "enable");
    if let Some(refusal) = ctx.needs(if configures { Right::ConfigureJob } else { Right::Build }) {
        return refusal;
    }
    if configures {
        return switch(ctx, id, verb == "disable");
    }
    if multi { scan(ctx, id) } else { build(ctx, id, verb == "buildWithParameters") }
}

/// Branches cannot be switched, not even by an administrator (recordings: disable-branch-job, disable-multibranch).
fn switch(ctx: &mut Ctx, id: JobId, off: bool) -> Reply {
    let job = ctx.world.job_mut(id);
    if matches!(job.kind, Kind::Branch(_)) {
        return Reply::forbidden(&ctx.caller.user.id, Right::ConfigureJob.name());
    }
    if !matches!(job.kind, Kind::Folder) {
        job.disabled = off;
    }
    if off {
        let gone: Vec<u64> =
            ctx.world.queue.values().filter(|i| i.task == crate::demo::queue::Task::Job(id)).map(|i| i.id).collect();
        for item in gone {
            ctx.world.cancel(item);
        }
    }
    let here = path(id, ctx);
    ctx.redirect(&here)
}

/// A scan; of a disabled project 500 (recording: reindex; facts: jenkins-api).
fn scan(ctx: &mut Ctx, id: JobId) -> Reply {
    if ctx.world.job(id).disabled {
        return Reply::oops(500, "the project is disabled");
    }
    ctx.world.scan(id);
    let here = path(id, ctx);
    ctx.redirect(&here)
}

/// Into the queue: 201 and the item's address; 409 for what cannot be built, 400 where parameters are missing, 500
/// for a bad choice or parameters on a plain job; an unknown one is ignored (recordings: build-start,
/// build-disabled-job, build-plain-on-parameterised-job, build-with-parameters-bad-choice,
/// build-with-parameters-on-plain-job, build-with-parameters-unknown, build-json-on-parameterised-job).
fn build(ctx: &mut Ctx, id: JobId, with: bool) -> Reply {
    let job = ctx.world.job(id).clone();
    if !job.buildable() || today_unbuildable(&job, ctx) {
        return Reply::oops(409, "not buildable");
    }
    let form = ctx.request.field("json").and_then(|j| serde_json::from_str::<serde_json::Value>(j).ok());
    if !with && !job.params.is_empty() && form.is_none() {
        return Reply::jetty(400, "Nothing is submitted", &ctx.request.path);
    }
    if with && job.params.is_empty() {
        return Reply::oops(500, "the job has no parameters");
    }
    let given = |name: &str| {
        let listed = form.as_ref().and_then(|f| {
            f.get("parameter")?.as_array()?.iter().find(|p| p.get("name").is_some_and(|n| n == name)).cloned()
        });
        match listed.as_ref().and_then(|p| p.get("value")) {
            Some(serde_json::Value::String(s)) => Some(s.clone()),
            Some(other) => Some(other.to_string()),
            None => ctx.request.field(name).map(str::to_owned),
        }
    };
    let mut params = Vec::new();
    for param in &job.params {
        let value = given(&param.name).unwrap_or_else(|| param.default.clone());
        if param.kind == "Choice" && !param.choices.contains(&value) {
            return Reply::oops(500, "Illegal choice for parameter");
        }
        params.push((param.name.clone(), param.kind, value));
    }
    let quiet = ctx.request.field("delay").and_then(delay).unwrap_or(5_000);
    let user = &ctx.caller.user;
    let started = Started::User { id: user.id.clone(), name: user.full.clone() };
    let item = ctx.world.enqueue(id, started, params, quiet);
    let target = if form.is_some() { path(id, ctx) } else { format!("queue/item/{item}/") };
    Reply::to(201, format!("{}{target}", ctx.host_root()))
}

/// `0sec`, `600sec`, `0`.
fn delay(text: &str) -> Option<i64> {
    text.trim_end_matches(|c: char| c.is_alphabetic()).parse::<i64>().ok().map(|s| s * 1000)
}

/// A job's `config.xml`: the one place that says whether a multibranch project is disabled (recording:
/// job-config-xml; facts: jenkins-api).
pub fn config(ctx: &mut Ctx, id: JobId) -> Reply {
    if let Some(refusal) = ctx.needs(Right::ConfigureJob) {
        return refusal;
    }
    let job = ctx.world.job(id);
    let element = match job.kind {
        Kind::Freestyle => "project",
        Kind::Folder => "com.cloudbees.hudson.plugins.folder.Folder",
        Kind::Multibranch(_) => "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
        _ => "flow-definition",
    };
    let label = job
        .label
        .as_ref()
        .map(|l| format!("\n  <assignedNode>{}</assignedNode>", l.replace('&', "&amp;")))
        .unwrap_or_default();
    Reply::xml(format!(
        "<?xml version='1.1' encoding='UTF-8'?>\n<{element}>\n  <actions/>\n  <description>{}</description>\n  <properties/>{label}\n  <disabled>{}</disabled>\n</{element}>",
        job.description.as_deref().unwrap_or(""),
        job.disabled
    ))
}
