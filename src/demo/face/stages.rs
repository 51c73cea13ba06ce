//! The stages of a Pipeline as three plugins tell them: wfapi, Blue Ocean, and in today's age pipeline-graph-view.
use serde_json::{Value, json};

use crate::base::Time;
use crate::demo::builds::{At, Branch, Build, BuildRef, Outcome, Stage, Step};
use crate::demo::queue::Task;

use super::job::path;
use super::reply::Reply;
use super::{Ctx, encode};

/// What wfapi says of a stage: SUCCESS as soon as one of its parallel branches has ended well, though another still
/// runs (recordings: wfapi-describe-running against blue-nodes-running).
fn wf_status(stage: &Stage) -> &'static str {
    let ended: Vec<Outcome> =
        stage.branches.iter().filter_map(|b| if let At::Ended(o) = b.at { Some(o) } else { None }).collect();
    match ended.into_iter().reduce(Outcome::and) {
        _ if stage.input && stage.end.is_none() => "PAUSED_PENDING_INPUT",
        Some(outcome) => outcome.stage_name(),
        None if stage.end.is_some() => "SUCCESS",
        None => "IN_PROGRESS",
    }
}

fn prefix(ctx: &Ctx, r: BuildRef) -> String {
    format!("/{}{}", path(r.job, ctx), r.number)
}

fn wf_error(status: &str) -> Option<Value> {
    match status {
        "FAILED" => Some(json!({"message": "script returned exit code 1", "type": "hudson.AbortException"})),
        "ABORTED" => {
            Some(json!({"message": null, "type": "org.jenkinsci.plugins.workflow.steps.FlowInterruptedException"}))
        }
        _ => None,
    }
}

fn wf_stage(ctx: &Ctx, r: BuildRef, stage: &Stage) -> Value {
    let status = wf_status(stage);
    let start = stage.start.unwrap_or(0);
    let mut value = json!({
        "_links": {"self": {"href": format!("{}/execution/node/{}/wfapi/describe", prefix(ctx, r), stage.id)}},
        "id": stage.id.to_string(), "name": stage.name, "execNode": "", "status": status,
        "startTimeMillis": start,
        "durationMillis": stage.end.unwrap_or(ctx.world.now) - start,
        "pauseDurationMillis": 0,
    });
    if let (Some(error), Some(map)) = (wf_error(status), value.as_object_mut()) {
        map.insert("error".to_owned(), error);
    }
    value
}

/// A stage with its steps.
fn wf_full_stage(ctx: &Ctx, r: BuildRef, stage: &Stage) -> Value {
    let mut value = wf_stage(ctx, r, stage);
    let steps = stage.branches.iter().flat_map(|b| b.steps.iter().filter(|s| s.start.is_some()).map(move |s| (b, s)));
    let nodes: Vec<Value> = steps.map(|(b, s)| wf_step(ctx, r, s, b)).collect();
    if let Some(map) = value.as_object_mut() {
        map.insert("stageFlowNodes".to_owned(), Value::Array(nodes));
    }
    value
}

fn wf_run(ctx: &Ctx, r: BuildRef, build: &Build) -> Value {
    let input = build.stages().iter().any(|s| s.input && s.start.is_some() && s.end.is_none());
    let status = match build.result.filter(|_| build.end.is_some()) {
        Some(outcome) => outcome.stage_name(),
        None if input => "PAUSED_PENDING_INPUT",
        None => "IN_PROGRESS",
    };
    let end = build.end.unwrap_or(ctx.world.now);
    let full = ctx.request.field("fullStages") == Some("true");
    let stage = |s| if full { wf_full_stage(ctx, r, s) } else { wf_stage(ctx, r, s) };
    let stages: Vec<Value> = build.stages().iter().filter(|s| s.start.is_some()).map(stage).collect();
    let here = format!("{}/wfapi", prefix(ctx, r));
    let mut links = json!({"self": {"href": format!("{here}/describe")}});
    if let Some(links) = links.as_object_mut() {
        if !build.changes.is_empty() {
            links.insert("changesets".to_owned(), json!({"href": format!("{here}/changesets")}));
        }
        if input {
            links
                .insert("nextPendingInputAction".to_owned(), json!({"href": format!("{here}/nextPendingInputAction")}));
            links.insert("pendingInputActions".to_owned(), json!({"href": format!("{here}/pendingInputActions")}));
        }
    }
    json!({
        "_links": links,
        "id": build.number.to_string(), "name": format!("#{}", build.number), "status": status,
        "startTimeMillis": build.start, "endTimeMillis": end, "durationMillis": end - build.start,
        "queueDurationMillis": 31, "pauseDurationMillis": 0, "stages": stages,
    })
}

fn wf_step(ctx: &Ctx, r: BuildRef, step: &Step, branch: &Branch) -> Value {
    let link = format!("{}/execution/node/{}/wfapi", prefix(ctx, r), step.id);
    let status = step_status(step);
    let mut value = json!({
        "_links": {"self": {"href": format!("{link}/describe")}, "log": {"href": format!("{link}/log")}},
        "id": step.id.to_string(), "name": "Shell Script", "execNode": "", "status": status,
        "parameterDescription": step.script, "startTimeMillis": step.start.unwrap_or(0),
        "durationMillis": step.end.unwrap_or(ctx.world.now) - step.start.unwrap_or(0),
        "pauseDurationMillis": 0, "parentNodes": [branch.id.to_string()],
    });
    if let (Some(error), Some(map)) = (wf_error(status), value.as_object_mut()) {
        map.insert("error".to_owned(), error);
    }
    value
}

fn step_status(step: &Step) -> &'static str {
    if step.end.is_some() { step.outcome.stage_name() } else { "IN_PROGRESS" }
}

/// wfapi of a job (recordings: wfapi-job, wfapi-runs).
pub fn wf_job(ctx: &Ctx, job: crate::demo::jobs::JobId, rest: &[&str]) -> Option<Reply> {
    let found = ctx.world.job(job);
    if matches!(found.kind, crate::demo::jobs::Kind::Freestyle) {
        return None;
    }
    let here = format!("/{}", path(job, ctx));
    let value = match rest {
        [] | ["describe"] => json!({
            "_links": {"self": {"href": format!("{here}wfapi/describe")}, "runs": {"href": format!("{here}wfapi/runs")}},
            "name": found.name, "runCount": found.builds.len(),
        }),
        ["runs"] => {
            let since =
                ctx.request.field("since").and_then(|s| s.trim_start_matches('#').parse::<u64>().ok()).unwrap_or(0);
            let runs = found.builds.values().rev().take_while(|b| b.number >= since);
            Value::Array(runs.map(|b| wf_run(ctx, BuildRef { job, number: b.number }, b)).collect())
        }
        _ => return None,
    };
    Some(Reply::bare_json(value.to_string()))
}

/// wfapi of a build and of its flow nodes; nothing of the kind on a freestyle build (recordings:
/// wfapi-describe-success, wfapi-node-describe-stage-51, wfapi-node-log-step-64, wfapi-freestyle). A stage's own log
/// is empty (recording: wfapi-node-log-stage-4).
pub fn wf_build(ctx: &Ctx, r: BuildRef, rest: &[&str]) -> Option<Reply> {
    let build = ctx.world.build(r)?;
    if !build.pipeline() {
        return (rest.first() == Some(&"wfapi")).then(|| Reply::jetty(404, "Not Found", &ctx.request.path).plain_404());
    }
    let value = match rest {
        ["wfapi"] | ["wfapi", "describe"] => wf_run(ctx, r, build),
        ["wfapi", "changesets"] => wf_changes(build),
        ["wfapi", "artifacts" | "pendingInputActions"] => json!([]),
        ["execution", "node", id, "wfapi"] | ["execution", "node", id, "wfapi", "describe"] => {
            let stage = build.stages().iter().find(|s| s.id.to_string() == *id)?;
            wf_full_stage(ctx, r, stage)
        }
        ["execution", "node", id, "wfapi", "log"] => wf_log(ctx, r, build, id)?,
        _ => return None,
    };
    Some(Reply::bare_json(value.to_string()))
}

fn wf_changes(build: &Build) -> Value {
    let commits: Vec<Value> = build
        .changes
        .iter()
        .map(|c| json!({"commitId": c.commit, "commitUrl": format!("https://github.com/apache/tvm/commit/{}", c.commit), "message": c.message, "authorJenkinsId": c.author, "timestamp": c.at, "consoleUrl": "/changes"}))
        .collect();
    if commits.is_empty() {
        json!([])
    } else {
        json!([{"kind": "git", "commitCount": commits.len(), "commits": commits, "consoleUrl": "/changes"}])
    }
}

fn wf_log(ctx: &Ctx, r: BuildRef, build: &Build, id: &str) -> Option<Value> {
    if let Some(stage) = build.stages().iter().find(|s| s.id.to_string() == id) {
        return Some(
            json!({"nodeId": id, "nodeStatus": wf_status(stage), "length": 0, "hasMore": false, "consoleUrl": null}),
        );
    }
    let step = find_step(build, id)?;
    let text = step_text(step);
    Some(json!({
        "nodeId": id, "nodeStatus": step_status(step), "length": text.len(), "hasMore": false, "text": text,
        "consoleUrl": format!("{}/execution/node/{id}/log", prefix(ctx, r)),
    }))
}

fn find_step<'b>(build: &'b Build, id: &str) -> Option<&'b Step> {
    build.stages().iter().flat_map(|s| &s.branches).flat_map(|b| &b.steps).find(|s| s.id.to_string() == id)
}

fn step_text(step: &Step) -> String {
    let end = if step.end.is_some() && step.outcome == Outcome::Failure { "FAILED\n+ exit 1\n" } else { "" };
    format!("+ {}\n{end}", step.script)
}

/// `2026-11-23T15:55:09.077+0000`, as Blue Ocean writes a moment.
fn blue_time(millis: i64) -> String {
    Time::from_millis(millis).to_string().replace('Z', "+0000")
}

fn link(href: String) -> Value {
    json!({"_class": "io.jenkins.blueocean.rest.hal.Link", "href": href})
}

/// Where a flow node stands, as Blue Ocean says it: result and state.
fn blue_state(start: Option<i64>, end: Option<i64>, outcome: Outcome, queued: bool) -> (Value, Value) {
    match (start, end) {
        (None, _) => (Value::Null, Value::Null),
        (_, Some(_)) => (json!(outcome.name()), json!("FINISHED")),
        _ if queued => (json!("UNKNOWN"), json!("QUEUED")),
        _ => (json!("UNKNOWN"), json!("RUNNING")),
    }
}

fn branch_outcome(branch: &Branch) -> Outcome {
    if let At::Ended(outcome) = branch.at { outcome } else { Outcome::Success }
}

fn why_branch(ctx: &Ctx, branch: &Branch) -> Option<String> {
    let At::Queued(id) = branch.at else { return None };
    ctx.world.queue.get(&id).map(|i| ctx.world.why(i).say(ctx.request.language()))
}

/// `nodes/` of a run: stages and parallel branches; what waits for a node says why (recordings: blue-nodes,
/// blue-nodes-running, blue-nodes-waiting-for-node).
pub fn blue_nodes(ctx: &Ctx, build: &Build, here: &str) -> Value {
    let mut list = Vec::new();
    let stages = build.stages();
    for (place, stage) in stages.iter().enumerate().filter(|(_, s)| s.start.is_some()) {
        let next = stages.get(place + 1).filter(|s| s.start.is_some());
        let parallel = stage.branches.iter().any(|b| b.name.is_some());
        let edges: Vec<(u32, &str)> = if parallel {
            stage.branches.iter().map(|b| (b.id, "PARALLEL")).collect()
        } else {
            next.map(|s| (s.id, "STAGE")).into_iter().collect()
        };
        let outcome = stage.branches.iter().map(branch_outcome).fold(Outcome::Success, Outcome::and);
        let queued = !parallel && stage.branches.iter().any(|b| matches!(b.at, At::Queued(_)));
        let parent = place.checked_sub(1).and_then(|p| stages.get(p)).map(|s| s.id);
        let cause = if parallel { None } else { stage.branches.iter().find_map(|b| why_branch(ctx, b)) };
        list.push(blue_node(
            ctx,
            here,
            (stage.id, &stage.name, "STAGE"),
            (stage.start, stage.end),
            blue_state(stage.start, stage.end, outcome, queued),
            (cause, &edges, parent),
        ));
        for branch in stage.branches.iter().filter(|b| b.name.is_some()) {
            let edges: Vec<(u32, &str)> = next.map(|s| (s.id, "STAGE")).into_iter().collect();
            list.push(blue_node(
                ctx,
                here,
                (branch.id, branch.name.as_deref().unwrap_or(""), "PARALLEL"),
                (branch.start, branch.end),
                blue_state(branch.start, branch.end, branch_outcome(branch), matches!(branch.at, At::Queued(_))),
                (why_branch(ctx, branch), &edges, Some(stage.id)),
            ));
        }
    }
    Value::Array(list)
}

type Span = (Option<i64>, Option<i64>);
type Around<'a> = (Option<String>, &'a [(u32, &'a str)], Option<u32>);

fn blue_node(
    ctx: &Ctx,
    here: &str,
    (id, name, kind): (u32, &str, &str),
    span: Span,
    state: (Value, Value),
    around: Around,
) -> Value {
    let edges: Vec<Value> = around
        .1
        .iter()
        .map(|(id, kind)| json!({"_class": "io.jenkins.blueocean.rest.impl.pipeline.PipelineNodeImpl$EdgeImpl", "id": id.to_string(), "type": kind}))
        .collect();
    let own = format!("{here}nodes/{id}/");
    json!({
        "_class": "io.jenkins.blueocean.rest.impl.pipeline.PipelineNodeImpl",
        "_links": {"self": link(own.clone()), "actions": link(format!("{own}actions/")), "steps": link(format!("{own}steps/"))},
        "actions": [], "displayDescription": null, "displayName": name,
        "durationInMillis": span.1.unwrap_or(ctx.world.now) - span.0.unwrap_or(ctx.world.now),
        "id": id.to_string(), "input": null, "result": state.0,
        "startTime": span.0.map(blue_time), "state": state.1, "type": kind,
        "causeOfBlockage": around.0, "edges": edges,
        "firstParent": around.2.map(|p| p.to_string()), "restartable": false,
    })
}

/// `steps/` of a run or of one of its nodes (recordings: blue-steps, blue-node-steps).
pub fn blue_steps(ctx: &Ctx, build: &Build, here: &str, node: Option<&str>) -> Value {
    let wanted =
        |stage: &Stage, branch: &Branch| node.is_none_or(|n| n == stage.id.to_string() || n == branch.id.to_string());
    let base = node.map_or(here.to_owned(), |n| format!("{here}nodes/{n}/"));
    let steps =
        build.stages().iter().flat_map(|s| s.branches.iter().filter(move |b| wanted(s, b))).flat_map(|b| &b.steps);
    let list = steps.filter(|s| s.start.is_some()).map(|step| {
        let own = format!("{base}steps/{}/", step.id);
        let (result, state) = blue_state(step.start, step.end, step.outcome, false);
        json!({
            "_class": "io.jenkins.blueocean.rest.impl.pipeline.PipelineStepImpl",
            "_links": {"self": link(own.clone()), "actions": link(format!("{own}actions/"))},
            "actions": [{
                "_class": "org.jenkinsci.plugins.workflow.support.actions.LogStorageAction",
                "_links": {"self": link(format!("{own}log/"))}, "urlName": "log",
            }],
            "displayDescription": step.script, "displayName": "Shell Script",
            "durationInMillis": step.end.unwrap_or(ctx.world.now) - step.start.unwrap_or(0),
            "id": step.id.to_string(), "input": null, "result": result,
            "startTime": step.start.map(blue_time), "state": state, "type": "STEP",
        })
    });
    Value::Array(list.collect())
}

/// Blue Ocean's addresses: pipelines by name, branches of a multibranch project, runs.
pub fn blue(ctx: &Ctx, rest: &[String]) -> Option<Reply> {
    let mut here = "/blue/rest/organizations/jenkins/".to_owned();
    let mut job = None;
    let mut parts = rest;
    while let [kind, name, more @ ..] = parts {
        if !matches!(kind.as_str(), "pipelines" | "branches") {
            break;
        }
        let name_there = if kind == "branches" { name.replace('/', "%2F") } else { name.clone() };
        job = Some(ctx.world.child(job, &name_there)?);
        here.push_str(&format!("{kind}/{}/", encode(name)));
        parts = more;
    }
    let job = job?;
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    let value = match words.as_slice() {
        ["queue"] => blue_queue(ctx, job, &here),
        ["runs", number, rest @ ..] => {
            let build = ctx.world.build(BuildRef { job, number: number.parse().ok()? }).filter(|b| b.pipeline())?;
            let here = format!("{here}runs/{number}/");
            match rest {
                ["nodes"] => blue_nodes(ctx, build, &here),
                ["steps"] => blue_steps(ctx, build, &here, None),
                ["nodes", node, "steps"] => blue_steps(ctx, build, &here, Some(node)),
                ["nodes", _, "steps", id, "log"] | ["steps", id, "log"] => {
                    let text = step_text(find_step(build, id)?);
                    let size = text.len().to_string();
                    return Some(Reply::text(text).with("x-text-size", size));
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(Reply::json(value.to_string()))
}

/// Items of a job in the queue (recordings: blue-queue, blue-queue-pr: a Pipeline's step is not among them).
fn blue_queue(ctx: &Ctx, job: crate::demo::jobs::JobId, here: &str) -> Value {
    let found = ctx.world.job(job);
    let items = ctx.world.queue.values().filter(|i| i.task == Task::Job(job)).map(|i| {
        json!({
            "_class": "io.jenkins.blueocean.service.embedded.rest.QueueItemImpl",
            "_links": {"parent": link(here.to_owned()), "self": link(format!("{here}queue/{}/", i.id))},
            "cause": [{"_class": "io.jenkins.blueocean.service.embedded.rest.AbstractRunImpl$BlueCauseImpl"}],
            "causeOfBlockage": ctx.world.why(i).say(ctx.request.language()),
            "expectedBuildNumber": found.next, "id": i.id.to_string(), "organization": "jenkins",
            "pipeline": found.name, "queuedTime": blue_time(i.since),
        })
    });
    Value::Array(items.collect())
}

/// pipeline-graph-view: `stages/tree`, states in lower case, nulls left out, `causeOfBlockage` per stage (facts:
/// jenkins-today). Only in today's age.
pub fn graph(ctx: &Ctx, build: &Build, rest: &[&str]) -> Option<Reply> {
    if !ctx.world.version.today() || !build.pipeline() {
        return None;
    }
    let data = match rest {
        ["stages", "tree"] => {
            let stages: Vec<Value> =
                build.stages().iter().filter(|s| s.start.is_some()).map(|s| graph_stage(ctx, s)).collect();
            json!({"stages": stages, "complete": build.end.is_some()})
        }
        ["stages", "allSteps"] => json!({"steps": graph_steps(ctx, build, None), "runIsComplete": build.end.is_some()}),
        ["stages", "steps"] => {
            json!({"steps": graph_steps(ctx, build, ctx.request.field("nodeId")), "runIsComplete": build.end.is_some()})
        }
        ["stages", "log"] => return Some(Reply::text(step_text(find_step(build, ctx.request.field("nodeId")?)?))),
        _ => return None,
    };
    Some(Reply::bare_json(json!({"status": "ok", "data": data}).to_string()))
}

fn graph_stage(ctx: &Ctx, stage: &Stage) -> Value {
    let parallel = stage.branches.iter().any(|b| b.name.is_some());
    let children: Vec<Value> = stage
        .branches
        .iter()
        .filter(|_| parallel)
        .map(|b| {
            let state = graph_state(b.start, b.end, branch_outcome(b), matches!(b.at, At::Queued(_)));
            graph_node(
                ctx,
                (b.id, b.name.as_deref().unwrap_or(""), "PARALLEL"),
                (b.start, b.end),
                state,
                why_branch(ctx, b),
                b.node.as_deref(),
                Vec::new(),
            )
        })
        .collect();
    let outcome = stage.branches.iter().map(branch_outcome).fold(Outcome::Success, Outcome::and);
    let queued = !parallel && stage.branches.iter().any(|b| matches!(b.at, At::Queued(_)));
    let cause = if parallel { None } else { stage.branches.iter().find_map(|b| why_branch(ctx, b)) };
    let agent = if parallel { None } else { stage.branches.first().and_then(|b| b.node.as_deref()) };
    graph_node(
        ctx,
        (stage.id, &stage.name, "STAGE"),
        (stage.start, stage.end),
        graph_state(stage.start, stage.end, outcome, queued),
        cause,
        agent,
        children,
    )
}

fn graph_state(start: Option<i64>, end: Option<i64>, outcome: Outcome, queued: bool) -> &'static str {
    match (start, end) {
        (None, _) => "not_built",
        (_, Some(_)) => match outcome {
            Outcome::Success => "success",
            Outcome::Unstable => "unstable",
            Outcome::Failure => "failure",
            Outcome::Aborted => "aborted",
        },
        _ if queued => "queued",
        _ => "running",
    }
}

fn graph_node(
    ctx: &Ctx,
    (id, name, kind): (u32, &str, &str),
    span: Span,
    state: &str,
    cause: Option<String>,
    agent: Option<&str>,
    children: Vec<Value>,
) -> Value {
    let start = span.0.unwrap_or(ctx.world.now);
    let mut value = json!({
        "id": id.to_string(), "name": name, "title": name, "type": kind, "state": state, "children": children,
        "startTimeMillis": start, "totalDurationMillis": span.1.unwrap_or(ctx.world.now) - start,
        "pauseDurationMillis": 0, "synthetic": false, "placeholder": false, "url": format!("?selected-node={id}"),
    });
    if let Some(map) = value.as_object_mut() {
        if let Some(cause) = cause {
            map.insert("causeOfBlockage".to_owned(), json!(cause));
        }
        if let Some(agent) = agent {
            map.insert("agent".to_owned(), json!(agent));
        }
    }
    value
}

fn graph_steps(ctx: &Ctx, build: &Build, node: Option<&str>) -> Value {
    let wanted = |s: &Stage, b: &Branch| node.is_none_or(|n| n == s.id.to_string() || n == b.id.to_string());
    let steps = build
        .stages()
        .iter()
        .flat_map(|s| s.branches.iter().filter(move |b| wanted(s, b)))
        .flat_map(|b| b.steps.iter().map(move |s| (b, s)));
    let list = steps.filter(|(_, s)| s.start.is_some()).map(|(b, s)| {
        json!({
            "id": s.id.to_string(), "name": "Shell Script", "title": s.script, "type": "STEP",
            "state": graph_state(s.start, s.end, s.outcome, false), "stageId": b.id.to_string(),
            "startTimeMillis": s.start.unwrap_or(0), "totalDurationMillis": s.end.unwrap_or(ctx.world.now) - s.start.unwrap_or(0),
            "pauseDurationMillis": 0,
        })
    });
    Value::Array(list.collect())
}
