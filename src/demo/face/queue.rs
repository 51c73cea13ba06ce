//! `/queue`: the items, one item, and cancelling.
use crate::demo::builds::Started;
use crate::demo::queue::{Item, Left, State, Task};

use super::Ctx;
use super::auth::Right;
use super::export::{ALWAYS, Leaf, Obj};
use super::job::{build_short, job_brief, placeholder_task};
use super::reply::Reply;

/// `/queue/api/json` (recording: queue).
pub fn all(o: &mut Obj, ctx: &Ctx) {
    o.class("hudson.model.Queue");
    o.list("discoverableItems", 1, [(); 0], |_, ()| ());
    let rank = |i: &&Item| match i.state {
        State::Waiting(_) => 0,
        State::Blocked(_) => 1,
        State::Buildable => 2,
    };
    let mut items: Vec<&Item> = ctx.world.queue.values().rev().collect();
    items.sort_by_key(rank);
    o.inline("items", 1, items, |o, i| item(o, i, ctx));
}

/// An item that waits (recordings: queue-item-waiting, queue-item-blocked, queue-item-buildable,
/// queue-item-pipeline-step).
pub fn item(o: &mut Obj, item: &Item, ctx: &Ctx) {
    o.class(match item.state {
        State::Waiting(_) => "hudson.model.Queue$WaitingItem",
        State::Blocked(_) => "hudson.model.Queue$BlockedItem",
        State::Buildable => "hudson.model.Queue$BuildableItem",
    });
    let wants_why = o.wants("why", 2) || o.wants("stuck", 2);
    let why = wants_why.then(|| ctx.world.why(item));
    o.list("actions", 1, actions(item), |o, a| action(o, a, item, ctx));
    o.put("blocked", 2, matches!(item.state, State::Blocked(_)));
    o.put("buildable", 2, item.state == State::Buildable);
    common(o, item);
    o.put("stuck", 2, why.as_ref().is_some_and(|w| ctx.world.stuck(item, w)));
    task(o, item, ctx);
    o.put("url", 2, &format!("queue/item/{}/", item.id));
    o.put("why", 2, &why.map_or(String::new(), |w| w.say(ctx.request.language())));
    match item.state {
        State::Waiting(until) => o.put("timestamp", 2, until),
        _ => o.put("buildableStartMilliseconds", 2, item.ready_since.unwrap_or(item.since)),
    }
    if item.state == State::Buildable {
        o.put("pending", 2, false);
    }
}

/// An item that left: became a build or was cancelled (recordings: build-start-queue-item-2, cancel-item-after).
pub fn left(o: &mut Obj, left: &Left, ctx: &Ctx) {
    let item = &left.item;
    o.class("hudson.model.Queue$LeftItem");
    o.list("actions", 1, actions(item), |o, a| action(o, a, item, ctx));
    o.put("blocked", 2, false);
    o.put("buildable", 2, false);
    common(o, item);
    o.put("stuck", 2, false);
    task(o, item, ctx);
    o.put("url", 2, &format!("queue/item/{}/", item.id));
    o.put("why", 2, Leaf::Null);
    o.put("cancelled", 2, left.build.is_none() && !matches!(item.task, Task::Step(s) if step_runs(s, ctx)));
    o.maybe("executable", 2, left.build, |o, r| build_short(o, r, ctx));
}

fn step_runs(spot: crate::demo::builds::Spot, ctx: &Ctx) -> bool {
    ctx.world.build(spot.build).is_some_and(|b| {
        b.stages().get(spot.stage).and_then(|s| s.branches.get(spot.branch)).is_some_and(|b| b.node.is_some())
    })
}

fn common(o: &mut Obj, item: &Item) {
    o.put("id", 2, item.id);
    o.put("inQueueSince", 2, item.since);
    let secret = |kind: &str, value: &str| if kind == "Password" { "****".to_owned() } else { value.to_owned() };
    let params: String = item.params.iter().map(|(n, k, v)| format!("\n{n}={}", secret(k, v))).collect();
    o.put("params", 2, &params);
}

fn task(o: &mut Obj, item: &Item, ctx: &Ctx) {
    o.obj("task", 2, |o| match item.task {
        Task::Job(job) => job_brief(o, job, ctx),
        Task::Step(spot) => placeholder_task(o, spot, ctx),
    });
}

fn actions(item: &Item) -> Vec<bool> {
    let mut list = Vec::new();
    if !item.params.is_empty() {
        list.push(true);
    }
    if item.started != Started::Nothing {
        list.push(false);
    }
    list
}

fn action(o: &mut Obj, parameters: bool, item: &Item, ctx: &Ctx) {
    if parameters { parameters_action(o, &item.params) } else { cause_action(o, &item.started, ctx) }
}

/// Parameters; a password's value is never there (recording: build-with-parameters-running).
pub fn parameters_action(o: &mut Obj, params: &[(String, &'static str, String)]) {
    o.class("hudson.model.ParametersAction");
    o.list("parameters", 2, params, |o, (name, kind, value)| {
        o.class(match *kind {
            "Boolean" => "hudson.model.BooleanParameterValue",
            "Password" => "hudson.model.PasswordParameterValue",
            _ => "hudson.model.StringParameterValue",
        });
        o.put("name", ALWAYS, name);
        match *kind {
            "Password" => {}
            "Boolean" => o.put("value", ALWAYS, value == "true"),
            _ => o.put("value", ALWAYS, value),
        }
    });
}

/// What started it (recordings: build-freestyle-success, build-freestyle-running).
pub fn cause_action(o: &mut Obj, started: &Started, _ctx: &Ctx) {
    o.class("hudson.model.CauseAction");
    o.list("causes", 2, [started], |o, started| {
        o.class(match started {
            Started::Timer => "hudson.triggers.TimerTrigger$TimerTriggerCause",
            Started::Branch(_) => "jenkins.branch.BranchIndexingCause",
            _ => "hudson.model.Cause$UserIdCause",
        });
        o.put("shortDescription", ALWAYS, &crate::demo::work::cause_line(started));
        if let Started::User { id, name } = started {
            o.put("userId", ALWAYS, id);
            o.put("userName", ALWAYS, name);
        }
    });
}

/// Cancelling: 204 done, 404 gone, 422 no right, 500 it had already left (recordings: cancel-item,
/// cancel-item-form, cancel-item-committer, cancel-item-again, post-committer-cancel-item).
pub fn cancel(ctx: &mut Ctx) -> Reply {
    if !ctx.request.post() {
        return Reply::post_only();
    }
    let Some(id) = ctx.request.field("id").and_then(|t| t.parse::<u64>().ok()) else {
        return Reply::oops(404, "no such item");
    };
    if ctx.world.queue.contains_key(&id) {
        if !ctx.caller.user.may(Right::Cancel) {
            return Reply::page(422, "cancelling needs Job/Cancel");
        }
        ctx.world.cancel(id);
        return Reply::empty(204);
    }
    let known = ctx.world.left.iter().any(|l| l.item.id == id);
    if known { Reply::oops(500, "it has left the queue") } else { Reply::oops(404, "no such item") }
}
