//! One build: its bean, its log, its tests, and stopping it.
use crate::base::Time;
use crate::demo::builds::{Build, BuildRef, Change, Outcome};
use crate::demo::jobs::{JobId, Kind};

use super::Ctx;
use super::auth::Right;
use super::export::{ALWAYS, Leaf, Obj};
use super::job::{aliases, full_display, path};
use super::queue::{cause_action, parameters_action};
use super::reply::Reply;

/// The build that a number or an alias names.
pub fn find(ctx: &Ctx, job: JobId, name: &str) -> Option<BuildRef> {
    let found = ctx.world.job(job);
    let number = match name.parse::<u64>() {
        Ok(number) => found.builds.contains_key(&number).then_some(number),
        Err(_) => aliases(found).into_iter().find(|(alias, _)| *alias == name).and_then(|(_, number)| number),
    }?;
    Some(BuildRef { job, number })
}

/// A build (recordings: build-freestyle-running, build-pipeline-running, build-branch-with-changes…).
pub fn bean(o: &mut Obj, r: BuildRef, build: &Build, ctx: &Ctx) {
    let pipeline = build.pipeline();
    o.class(if pipeline { "org.jenkinsci.plugins.workflow.job.WorkflowRun" } else { "hudson.model.FreeStyleBuild" });
    o.list("actions", 1, actions(build), |o, a| action(o, a, r, build, ctx));
    o.list("artifacts", 1, [(); 0], |_, ()| ());
    o.put("building", 1, build.end.is_none());
    o.put("description", 1, build.description.as_ref());
    o.put("displayName", 1, &format!("#{}", build.number));
    o.put("duration", 1, build.end.map_or(0, |e| e - build.start));
    o.put("estimatedDuration", 1, build.estimate);
    let runs = build.end.is_none().then_some(());
    o.maybe("executor", 1, runs, |o, ()| {
        if pipeline {
            o.class("hudson.model.OneOffExecutor");
        }
        o.put("idle", 1, false);
        o.put("likelyStuck", 1, build.likely_stuck(ctx.world.now));
        o.put("number", 1, -1);
        o.put("progress", 1, build.progress(ctx.world.now));
    });
    if o.wants("fullDisplayName", 1) {
        o.put("fullDisplayName", 1, &format!("{} #{}", full_display(r.job, ctx), build.number));
    }
    o.put("id", 1, &build.number.to_string());
    // New in today's controllers (facts: jenkins-today).
    if ctx.world.version.today() {
        o.put("inProgress", 1, build.end.is_none());
    }
    o.put("keepLog", 1, build.keep);
    o.put("number", ALWAYS, build.number);
    o.put("queueId", 1, build.queue_id);
    o.put("result", 1, build.result.map(Outcome::name));
    o.put("timestamp", 1, build.start);
    o.put("url", ALWAYS, &url(r, ctx));
    if pipeline {
        let sets = usize::from(!build.changes.is_empty());
        o.list("changeSets", 1, 0..sets, |o, _| change_set(o, &build.changes, ctx));
    } else {
        o.put("builtOn", 1, &build.built_on);
        o.obj("changeSet", 1, |o| {
            o.class("hudson.scm.EmptyChangeLogSet");
            o.list("items", ALWAYS, [(); 0], |_, ()| ());
            o.put("kind", ALWAYS, Leaf::Null);
        });
    }
    o.list("culprits", 1, &build.changes, |o, c| person(o, c, ctx));
    if pipeline {
        let near = |number: Option<&u64>| number.map(|n| BuildRef { job: r.job, number: *n });
        let builds = &ctx.world.job(r.job).builds;
        let short = |o: &mut Obj, r: BuildRef| {
            o.put("number", ALWAYS, r.number);
            o.put("url", ALWAYS, &url(r, ctx));
        };
        o.maybe("nextBuild", 1, near(builds.range(r.number + 1..).next().map(|(n, _)| n)), short);
        o.maybe("previousBuild", 1, near(builds.range(..r.number).next_back().map(|(n, _)| n)), short);
    }
}

/// The absolute address.
pub fn url(r: BuildRef, ctx: &Ctx) -> String {
    format!("{}{}{}/", ctx.root, path(r.job, ctx), r.number)
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Cause,
    Params,
    Times,
    Revision,
    Data,
    Tests,
    Interrupted,
    Display,
    Restart,
    Graph,
    Nothing,
}

fn actions(build: &Build) -> Vec<Action> {
    let mut list = vec![Action::Cause];
    if !build.params.is_empty() {
        list.push(Action::Params);
    }
    list.push(Action::Times);
    if build.scm {
        list.push(Action::Revision);
        // What was stopped before its checkout has none (recording: build-pr-aborted).
        if build.stages().iter().any(|s| s.end.is_some()) && build.stopped_by.is_none() {
            list.push(Action::Data);
        }
    }
    list.push(Action::Nothing);
    if build.tests.is_some() {
        list.push(Action::Tests);
    }
    if build.stopped_by.is_some() {
        list.push(Action::Interrupted);
    }
    list.push(Action::Display);
    if build.pipeline() {
        list.extend([Action::Restart, Action::Graph]);
    }
    list
}

fn action(o: &mut Obj, action: Action, r: BuildRef, build: &Build, ctx: &Ctx) {
    match action {
        Action::Cause => cause_action(o, &build.started, ctx),
        Action::Params => parameters_action(o, &build.params),
        Action::Times => times(o, build),
        Action::Revision => o.class("jenkins.scm.api.SCMRevisionAction"),
        Action::Data => build_data(o, r, build, ctx),
        Action::Tests => {
            let (failed, skipped, total) = build.tests.unwrap_or_default();
            o.class("hudson.tasks.junit.TestResultAction");
            o.put("failCount", ALWAYS, failed);
            o.put("skipCount", ALWAYS, skipped);
            o.put("totalCount", ALWAYS, total);
            o.put("urlName", ALWAYS, "testReport");
        }
        // Its causes are written only where they are named (recordings: stop-freestyle-after, build-pr-aborted).
        Action::Interrupted => {
            o.class("jenkins.model.InterruptedBuildAction");
            o.list("causes", 1, build.stopped_by.as_ref(), |o, by| {
                o.class("jenkins.model.CauseOfInterruption$UserInterruption");
                o.put("shortDescription", ALWAYS, &format!("Aborted by {by}"));
            });
        }
        Action::Display => {
            o.class("org.jenkinsci.plugins.displayurlapi.actions.RunDisplayAction");
            o.put("artifactsUrl", 1, &format!("{}artifacts", url(r, ctx)));
            o.put("changesUrl", 1, &format!("{}changes", url(r, ctx)));
            o.put("displayUrl", 1, &url(r, ctx));
            o.put("testsUrl", 1, &format!("{}tests", url(r, ctx)));
        }
        Action::Restart => {
            o.class("org.jenkinsci.plugins.pipeline.modeldefinition.actions.RestartDeclarativePipelineAction")
        }
        Action::Graph => o.class("org.jenkinsci.plugins.workflow.job.views.FlowGraphAction"),
        Action::Nothing => {}
    }
}

fn times(o: &mut Obj, build: &Build) {
    o.class("jenkins.metrics.impl.TimeInQueueAction");
    let took = build.end.map_or(0, |e| e - build.start);
    for (name, value) in [
        ("blockedDurationMillis", 0),
        ("blockedTimeMillis", 0),
        ("buildableDurationMillis", 0),
        ("buildableTimeMillis", 52),
        ("buildingDurationMillis", took),
        ("executingTimeMillis", took),
    ] {
        o.put(name, 2, value);
    }
    o.put("executorUtilization", 2, 1.0);
    o.put("subTaskCount", 2, build.stages().len());
    o.put("waitingDurationMillis", 2, 3);
    o.put("waitingTimeMillis", 2, 16);
}

fn build_data(o: &mut Obj, r: BuildRef, build: &Build, ctx: &Ctx) {
    o.class("hudson.plugins.git.util.BuildData");
    let name = ctx.world.job(r.job).name.replace("%2F", "/");
    let hash = build.revision.clone().unwrap_or_default();
    let revision = |o: &mut Obj| {
        o.put("SHA1", ALWAYS, &hash);
        o.list("branch", ALWAYS, [()], |o, ()| {
            o.put("SHA1", ALWAYS, &hash);
            o.put("name", ALWAYS, &name);
        });
    };
    o.map("buildsByBranchName", 2, |o| {
        o.entry(&name, |o| {
            o.class("hudson.plugins.git.util.Build");
            o.put("buildNumber", ALWAYS, build.number);
            o.put("buildResult", ALWAYS, Leaf::Null);
            o.obj("marked", ALWAYS, revision);
            o.obj("revision", ALWAYS, revision);
        });
    });
    o.obj("lastBuiltRevision", 2, revision);
    o.values("remoteUrls", 2, ["https://github.com/apache/tvm.git"]);
    o.put("scmName", 2, "");
}

fn change_set(o: &mut Obj, changes: &[Change], ctx: &Ctx) {
    o.class("hudson.plugins.git.GitChangeSetList");
    o.list("items", ALWAYS, changes, |o, c| {
        o.class("hudson.plugins.git.GitChangeSet");
        o.values("affectedPaths", ALWAYS, ["CHANGES"]);
        o.put("commitId", ALWAYS, &c.commit);
        o.put("timestamp", ALWAYS, c.at);
        o.obj("author", ALWAYS, |o| person(o, c, ctx));
        o.put("authorEmail", ALWAYS, &format!("{}@localhost", c.author));
        o.put("comment", ALWAYS, &format!("{}\n", c.message));
        let moment = Time::from_millis(c.at).to_string();
        let (day, time) = moment.split_once('T').unwrap_or((&moment, ""));
        o.put("date", ALWAYS, &format!("{day} {} +0000", time.split('.').next().unwrap_or("")));
        o.put("id", ALWAYS, &c.commit);
        o.put("msg", ALWAYS, &c.message);
        o.list("paths", ALWAYS, [()], |o, ()| {
            o.put("editType", ALWAYS, "edit");
            o.put("file", ALWAYS, "CHANGES");
        });
    });
    o.put("kind", ALWAYS, "git");
}

fn person(o: &mut Obj, change: &Change, ctx: &Ctx) {
    o.put("absoluteUrl", ALWAYS, &format!("{}user/{}", ctx.root, change.author));
    o.put("fullName", ALWAYS, &change.author);
}

/// The tests' report (recordings: build-test-report, build-test-report-none).
pub fn tests(o: &mut Obj, build: &Build) {
    let (failed, skipped, total) = build.tests.unwrap_or_default();
    o.class("hudson.tasks.junit.TestResult");
    o.list("testActions", 1, [(); 0], |_, ()| ());
    o.put("duration", 1, 2.02);
    o.put("empty", 1, false);
    o.put("failCount", 1, failed);
    o.put("passCount", 1, total.saturating_sub(failed + skipped));
    o.put("skipCount", 1, skipped);
    let count = usize::try_from(total).unwrap_or(0).min(40);
    let (failed, skipped) = (usize::try_from(failed).unwrap_or(0), usize::try_from(skipped).unwrap_or(0));
    o.list("suites", 1, [()], |o, ()| {
        o.list("cases", ALWAYS, 0..count, |o, place| {
            case(o, place, place < failed, place >= failed && place < failed + skipped)
        });
        o.put("duration", ALWAYS, 2.02);
        o.values("enclosingBlockNames", ALWAYS, [""; 0]);
        o.values("enclosingBlocks", ALWAYS, [""; 0]);
        o.put("id", ALWAYS, Leaf::Null);
        o.put("name", ALWAYS, "unit");
        for name in ["nodeId", "stderr", "stdout", "timestamp"] {
            o.put(name, ALWAYS, Leaf::Null);
        }
    });
}

fn case(o: &mut Obj, place: usize, failed: bool, skipped: bool) {
    o.list("testActions", ALWAYS, [(); 0], |_, ()| ());
    o.put("age", ALWAYS, i64::from(failed));
    o.put("className", ALWAYS, "tests.python.unittest.test_te");
    o.put("duration", ALWAYS, 0.12);
    o.put("errorDetails", ALWAYS, failed.then_some("AssertionError: Not equal to tolerance rtol=1e-07"));
    o.put("errorStackTrace", ALWAYS, failed.then_some("python/tvm/relay/build_module.py:42"));
    o.put("failedSince", ALWAYS, i64::from(failed));
    o.put("name", ALWAYS, &format!("test_{place}"));
    o.put("skipped", ALWAYS, skipped);
    o.put("skippedMessage", ALWAYS, skipped.then_some(""));
    o.put(
        "status",
        ALWAYS,
        if failed {
            "FAILED"
        } else if skipped {
            "SKIPPED"
        } else {
            "PASSED"
        },
    );
    o.put("stderr", ALWAYS, Leaf::Null);
    o.put("stdout", ALWAYS, Leaf::Null);
}

/// What is below a build and is no bean: its log, and stopping it.
pub fn act(ctx: &mut Ctx, r: BuildRef, rest: &[String]) -> Option<Reply> {
    let parts: Vec<&str> = rest.iter().map(String::as_str).collect();
    let build = ctx.world.build(r)?;
    match parts.as_slice() {
        ["consoleText"] => Some(Reply::text(build.log.text())),
        ["logText", "progressiveText"] => Some(progressive(ctx, &build.log, build.end.is_none())),
        ["logText", "progressiveHtml"] => Some(progressive_html(progressive(ctx, &build.log, build.end.is_none()))),
        ["progressiveLog"] => Some(progressive(ctx, &build.log, build.end.is_none())),
        ["stop" | "term" | "kill"] => Some(stop(ctx, r, parts.first().copied().unwrap_or("stop"))),
        ["submitDescription"] | ["toggleLogKeep"] => Some(edit(ctx, r, parts.first().copied().unwrap_or(""))),
        _ => None,
    }
}

/// A log from a counted position on; a negative one is 500 (recording: log-progressive-negative).
pub fn progressive(ctx: &Ctx, log: &crate::demo::log::Log, more: bool) -> Reply {
    let start: i64 = ctx.request.field("start").and_then(|s| s.parse().ok()).unwrap_or(0);
    let Ok(start) = usize::try_from(start) else { return Reply::oops(500, "java.lang.IllegalArgumentException") };
    let reply = Reply::text(log.from(start)).with("x-text-size", log.size().to_string());
    if more { reply.with("x-more-data", "true".to_owned()) } else { reply }
}

fn progressive_html(mut reply: Reply) -> Reply {
    reply.body = reply.body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for (name, value) in &mut reply.headers {
        if *name == "content-type" {
            *value = "text/html;charset=utf-8".to_owned();
        }
    }
    reply
}

/// `stop` answers 302 whether it ran or not; `term` and `kill` answer nothing (recordings: stop-freestyle,
/// stop-freestyle-again, term-pipeline, kill-pipeline, post-committer-stop).
fn stop(ctx: &mut Ctx, r: BuildRef, verb: &str) -> Reply {
    if !ctx.request.post() {
        return Reply::post_only();
    }
    if let Some(refusal) = ctx.needs(Right::Cancel) {
        return refusal;
    }
    let by = ctx.caller.user.full.clone();
    ctx.world.stop(r, &by, Outcome::Aborted);
    if verb != "stop" {
        return Reply::empty(200);
    }
    let here = format!("{}{}/", path(r.job, ctx), r.number);
    ctx.redirect(&here)
}

fn edit(ctx: &mut Ctx, r: BuildRef, verb: &str) -> Reply {
    if !ctx.request.post() {
        return Reply::post_only();
    }
    if let Some(refusal) = ctx.needs(Right::ConfigureJob) {
        return refusal;
    }
    let text = ctx.request.field("description").map(str::to_owned);
    if let Some(build) = ctx.world.build_mut(r) {
        match verb {
            "submitDescription" => build.description = text,
            _ => build.keep = !build.keep,
        }
    }
    let here = format!("{}{}/", path(r.job, ctx), r.number);
    ctx.redirect(&here)
}

/// The scan's log (recordings: reindex-log, log-indexing, log-indexing-console-text).
pub fn indexing(ctx: &Ctx, job: JobId, rest: &[String]) -> Option<Reply> {
    let Kind::Multibranch(multi) = &ctx.world.job(job).kind else { return None };
    let parts: Vec<&str> = rest.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["consoleText"] => Some(Reply::text(multi.scan_log.clone())),
        ["logText", "progressiveText"] => {
            let mut log = crate::demo::log::Log::default();
            for line in multi.scan_log.lines() {
                log.line(line);
            }
            Some(progressive(ctx, &log, multi.scanning_until.is_some()))
        }
        _ => None,
    }
}
