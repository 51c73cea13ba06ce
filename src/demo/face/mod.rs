//! The controller's face: Jenkins' own addresses and answers, over one world. Pure: a request in, an answer out.
mod auth;
mod build;
mod computer;
mod export;
mod job;
mod queue;
mod reply;
mod root;
mod stages;
mod tree;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::jobs::JobId;
use super::queue::{Item, Task};
use super::restart::Door;
use super::world::World;
use auth::{Caller, Right};
use export::{Obj, Pick, write};
use tree::Tree;

pub use auth::Auth;
pub use reply::{Reply, Request};

/// What answering needs.
#[derive(Debug)]
pub struct Ctx<'a> {
    /// The world.
    pub world: &'a mut World,
    /// Accounts and sessions.
    pub auth: &'a mut Auth,
    /// The configured root address, with a slash at its end; all URLs in JSON begin with it.
    pub root: &'a str,
    /// The path below the host, with slashes around it.
    pub prefix: &'a str,
    /// The request.
    pub request: &'a Request,
    /// Who asks.
    pub caller: Caller,
    /// The queue item of each job that waits, found once a request.
    queued: OnceCell<HashMap<JobId, u64>>,
}

impl Ctx<'_> {
    /// `Location` uses the host that was asked (recordings: post-other-host, build-other-host).
    fn host_root(&self) -> String {
        match self.request.header("host") {
            Some(host) => format!("http://{host}{}", self.prefix),
            None => self.root.to_owned(),
        }
    }

    /// The item that waits to become a job's next build.
    fn item_of(&self, job: JobId) -> Option<&Item> {
        let index = self.queued.get_or_init(|| {
            let jobs = self
                .world
                .queue
                .values()
                .filter_map(|i| if let Task::Job(j) = i.task { Some((j, i.id)) } else { None });
            jobs.collect()
        });
        index.get(&job).and_then(|id| self.world.queue.get(id))
    }

    fn redirect(&self, path: &str) -> Reply {
        Reply::to(302, format!("{}{path}", self.host_root()))
    }

    /// The refusal for who lacks a right.
    fn needs(&self, right: Right) -> Option<Reply> {
        (!self.caller.user.may(right)).then(|| Reply::forbidden(&self.caller.user.id, right.name()))
    }
}

/// What stays as it is in a path (recordings: `name%20with%20spaces%20+%20%C3%BCmlaut`, `CPU-SPOT%20(i-0a…)`).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b';');

/// One name as one segment of a path.
pub fn encode(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

/// Answers a request. The world has been brought up to its clock.
pub fn answer(world: &mut World, auth: &mut Auth, root: &str, prefix: &str, request: &Request) -> Reply {
    if world.door() != Door::Open {
        return restarting(world);
    }
    let caller = match auth.caller(request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    if request.path.contains(';') && world.version.today() {
        return Reply::jetty(400, "Ambiguous URI path parameter", &request.path);
    }
    if let Some(refusal) = auth.check_crumb(&caller, request) {
        return refusal;
    }
    let slow = if caller.by_password { Duration::from_millis(130) } else { Duration::ZERO };
    let mut ctx = Ctx { world, auth, root, prefix, request, caller, queued: OnceCell::new() };
    let mut reply = route(&mut ctx);
    reply.delay += slow;
    wrong_names(request, &mut reply);
    reply
}

/// 503 with a page, without any of Jenkins' headers (recording: safe-restart-during-503).
fn restarting(world: &World) -> Reply {
    let mut reply =
        Reply::page(503, &format!("<!-- {:08x} --><h1>Please wait while Jenkins is restarting…</h1>", world.session));
    reply.signed = false;
    reply
}

/// `%2F` instead of `%252F` is answered, with addresses in it that are wrong in the same way (recording:
/// job-branch-with-slash-single-encoded).
fn wrong_names(request: &Request, reply: &mut Reply) {
    if request.path.contains("%2F") && !request.path.contains("%252F") {
        reply.body = reply.body.replace("%252F", "%2F");
    }
}

fn route(ctx: &mut Ctx) -> Reply {
    let segments: Vec<String> = ctx
        .request
        .path
        .split('/')
        .filter(|s| !s.is_empty())
        .map(|s| percent_decode_str(s).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    if !ctx.caller.user.reads
        && !matches!(parts.as_slice(), ["login"] | ["whoAmI", ..] | ["prometheus"] | ["jnlpJars", ..])
    {
        return Reply::login_first(&ctx.request.path);
    }
    match parts.split_last_chunk::<2>() {
        Some((object, ["api", "json"])) => api(ctx, object, &segments),
        Some((object, ["api", "xml"])) => root::xml(ctx, object),
        _ => plain(ctx, &parts, &segments),
    }
}

/// A bean as JSON.
fn api(ctx: &mut Ctx, object: &[&str], segments: &[String]) -> Reply {
    if ctx.request.field("jsonp").is_some() {
        return Reply::jetty(403, "jsonp forbidden; implement jenkins.security.SecureRequester", &ctx.request.path);
    }
    let tree = match ctx.request.field("tree") {
        Some(text) => match Tree::parse(text) {
            Some(tree) => Some(tree),
            None => return Reply::oops(500, "tree: unexpected end"),
        },
        None => None,
    };
    let depth: i32 = ctx.request.field("depth").and_then(|d| d.parse().ok()).unwrap_or(0).clamp(0, 3);
    let pick = tree.as_ref().map_or(Pick::Depth(1 - depth), Pick::Tree);
    if let Some(reply) = root::special(ctx, object, pick) {
        return reply;
    }
    let Some(body) = bean(ctx, object, segments, pick) else {
        let missing = Reply::missing(ctx.request);
        return if object.last() == Some(&"testReport") { missing.plain_404() } else { missing };
    };
    let body = if ctx.request.field("pretty") == Some("true") { pretty(&body) } else { body };
    Reply::json(body).after(burden(ctx, object, tree.is_some()))
}

/// Without a filter a large fleet takes so long that clients give up (facts: jenkins-api, 300 nodes time out).
fn burden(ctx: &Ctx, object: &[&str], filtered: bool) -> Duration {
    let nodes = u64::try_from(ctx.world.nodes.len()).unwrap_or(0);
    if object == ["computer"] && !filtered && nodes > 300 { Duration::from_millis(nodes * 200) } else { Duration::ZERO }
}

fn pretty(body: &str) -> String {
    serde_json::from_str::<serde_json::Value>(body)
        .ok()
        .and_then(|v| serde_json::to_string_pretty(&v).ok())
        .unwrap_or_default()
}

fn bean(ctx: &Ctx, object: &[&str], segments: &[String], pick: Pick<'_>) -> Option<String> {
    match object {
        [] => Some(write(pick, |o| root::root(o, ctx))),
        ["computer"] => Some(write(pick, |o| computer::set(o, ctx))),
        ["computer", name] => {
            let node = computer::find(ctx, name)?;
            Some(write(pick, |o| computer::one(o, node, ctx)))
        }
        ["computer", name, "loadStatistics"] => {
            computer::find(ctx, name)?;
            Some(write(pick, computer::load_statistics))
        }
        ["queue"] => Some(write(pick, |o| queue::all(o, ctx))),
        ["queue", "item", id] => {
            let id: u64 = id.parse().ok()?;
            if let Some(item) = ctx.world.queue.get(&id) {
                return Some(write(pick, |o| queue::item(o, item, ctx)));
            }
            let left = ctx.world.left.iter().find(|l| l.item.id == id)?;
            Some(write(pick, |o| queue::left(o, left, ctx)))
        }
        ["label", name] => Some(write(pick, |o| computer::label(o, name, false, ctx))),
        ["view", name] => root::view(ctx, name, pick),
        ["job", ..] => {
            let (job, rest) = walk(ctx, segments)?;
            let rest: Vec<&str> = rest.iter().map(String::as_str).filter(|s| *s != "api" && *s != "json").collect();
            below_job(ctx, job, &rest, pick)
        }
        _ => None,
    }
}

fn below_job(ctx: &Ctx, job: JobId, rest: &[&str], pick: Pick<'_>) -> Option<String> {
    match rest {
        [] => Some(write(pick, |o| job::bean(o, job, ctx))),
        ["view", name] => root::job_view(ctx, job, name, pick),
        [number] | [number, "testReport"] => {
            let r = build::find(ctx, job, number)?;
            let found = ctx.world.build(r)?;
            if rest.len() == 1 {
                return Some(write(pick, |o| build::bean(o, r, found, ctx)));
            }
            found.tests?;
            Some(write(pick, |o| build::tests(o, found)))
        }
        _ => None,
    }
}

/// Follows `job/…/job/…`; a name with a plain slash is a branch asked for with `%2F`.
fn walk<'s>(ctx: &Ctx, segments: &'s [String]) -> Option<(JobId, &'s [String])> {
    let mut at = None;
    let mut rest = segments;
    while let [word, name, more @ ..] = rest {
        if word != "job" {
            break;
        }
        let found = ctx.world.child(at, name).or_else(|| ctx.world.child(at, &name.replace('/', "%2F")));
        at = Some(found?);
        rest = more;
    }
    at.map(|job| (job, rest))
}

/// Whatever is no bean.
fn plain(ctx: &mut Ctx, parts: &[&str], segments: &[String]) -> Reply {
    match parts {
        ["computer", name] => match computer::find(ctx, name) {
            Some(_) => slash(ctx, "<h1>Agent</h1>"),
            None => Reply::missing(ctx.request),
        },
        ["computer", name, "config.xml"] => computer::config(ctx, name),
        ["computer", name, "logText", "progressiveText"] => root::node_log(ctx, name),
        ["computer", name, verb] => computer::act(ctx, name, verb),
        ["queue", "cancelItem"] => queue::cancel(ctx),
        ["blue", "rest", "organizations", "jenkins", ..] => {
            let rest = segments.get(4..).unwrap_or(&[]);
            stages::blue(ctx, rest).unwrap_or_else(|| Reply::missing(ctx.request))
        }
        ["job", ..] => match walk(ctx, segments) {
            Some((job, rest)) => plain_job(ctx, job, rest),
            None => Reply::missing(ctx.request),
        },
        _ => root::plain(ctx, parts),
    }
}

fn plain_job(ctx: &mut Ctx, job: JobId, rest: &[String]) -> Reply {
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let found = match words.as_slice() {
        [] => return slash(ctx, "<h1>Project</h1>"),
        ["config.xml"] => Some(job::config(ctx, job)),
        ["indexing", ..] => build::indexing(ctx, job, rest.get(1..).unwrap_or(&[])),
        ["wfapi", more @ ..] => stages::wf_job(ctx, job, more),
        [verb] if verb.parse::<u64>().is_err() && !verb.starts_with("last") => return job::act(ctx, job, verb),
        [number, more @ ..] => match build::find(ctx, job, number) {
            None => None,
            Some(_) if more.is_empty() => return slash(ctx, "<h1>Build</h1>"),
            Some(r) => stages::wf_build(ctx, r, more)
                .or_else(|| ctx.world.build(r).and_then(|b| stages::graph(ctx, b, more)))
                .or_else(|| build::act(ctx, r, rest.get(1..).unwrap_or(&[]))),
        },
    };
    found.unwrap_or_else(|| Reply::missing(ctx.request))
}

/// A missing slash is a redirect (recording: root-no-slash-job).
fn slash(ctx: &Ctx, page: &str) -> Reply {
    if ctx.request.path.ends_with('/') {
        return Reply::page(200, page);
    }
    ctx.redirect(&format!("{}/", ctx.request.path.trim_start_matches('/')))
}

/// Writes what has no bean of its own.
fn small(pick: Pick<'_>, fill: impl FnOnce(&mut Obj)) -> Reply {
    Reply::json(write(pick, fill))
}
