//! The controller itself: its root, who asks, crumbs, views, quieting down and restarting, fleets, pages.
use crate::demo::jobs::JobId;
use crate::demo::nodes::Launcher;

use super::auth::Right;
use super::export::{ALWAYS, Obj, Pick, write};
use super::reply::Reply;
use super::{Ctx, computer, encode, job, small};

/// `/api/json` (recordings: root, root-tree, root-jobs-nested).
pub fn root(o: &mut Obj, ctx: &Ctx) {
    let built_in = ctx.world.nodes.values().find(|n| n.launcher == Launcher::BuiltIn);
    o.class("hudson.model.Hudson");
    let labels = built_in.into_iter().flat_map(|n| n.labels.iter());
    o.list("assignedLabels", 1, labels, |o, l| computer::label(o, l, true, ctx));
    o.put("mode", 1, "EXCLUSIVE");
    o.put("nodeDescription", 1, built_in.map(|n| &n.description));
    o.put("nodeName", 1, "");
    o.put("numExecutors", 1, 0);
    o.put("description", 1, &ctx.world.message);
    let top = ctx.world.top.iter().copied().filter(|j| !ctx.world.job(*j).gone);
    o.list("jobs", 1, top, |o, j| job::bean(o, j, ctx));
    o.obj("overallLoad", 1, |o| {
        for name in [
            "availableExecutors",
            "busyExecutors",
            "connectingExecutors",
            "definedExecutors",
            "idleExecutors",
            "onlineExecutors",
            "queueLength",
            "totalExecutors",
            "totalQueueLength",
        ] {
            o.obj(name, 1, computer::time_series);
        }
    });
    o.obj("primaryView", 1, |o| view_short(o, "all", ctx));
    o.put("quietDownReason", 1, ctx.world.quiet.as_ref().and_then(|q| q.reason.as_ref()));
    o.put("quietingDown", 1, ctx.world.quiet.is_some());
    o.put("slaveAgentPort", 1, -1);
    o.obj("unlabeledLoad", 1, |o| {
        o.class("jenkins.model.UnlabeledLoadStatistics");
        computer::load_series(o);
    });
    o.put("url", 1, ctx.root);
    o.put("useCrumbs", 1, true);
    o.put("useSecurity", 1, true);
    o.list("views", 1, VIEWS, |o, name| view_short(o, name, ctx));
}

const VIEWS: [&str; 3] = ["Nightly & maintenance", "TVM", "all"];

fn view_short(o: &mut Obj, name: &str, ctx: &Ctx) {
    view_bean(o, name, ctx);
}

fn in_view(name: &str, job: JobId, ctx: &Ctx) -> bool {
    let tvm = ctx.world.job(job).name.starts_with("tvm");
    match name {
        "TVM" => tvm,
        "all" => true,
        _ => !tvm && ctx.world.job(job).label.is_some(),
    }
}

fn view_bean(o: &mut Obj, name: &str, ctx: &Ctx) {
    o.class(if name == "all" { "hudson.model.AllView" } else { "hudson.model.ListView" });
    o.put("description", 1, None::<&str>);
    let jobs = ctx.world.top.iter().copied().filter(|j| in_view(name, *j, ctx));
    o.list("jobs", 1, jobs, |o, j| job::bean(o, j, ctx));
    o.put("name", ALWAYS, name);
    o.list("property", 1, [(); 0], |_, ()| ());
    let here = if name == "all" { String::new() } else { format!("view/{}/", encode(name)) };
    o.put("url", ALWAYS, &format!("{}{here}", ctx.root));
}

/// `/view/X/api/json` (recordings: view-all, view-tvm, view-odd-name, view-missing).
pub fn view(ctx: &Ctx, name: &str, pick: Pick<'_>) -> Option<String> {
    VIEWS.contains(&name).then(|| write(pick, |o| view_bean(o, name, ctx)))
}

/// A view of a multibranch project (recordings: view-branches, view-change-requests, view-tags).
pub fn job_view(ctx: &Ctx, id: JobId, name: &str, pick: Pick<'_>) -> Option<String> {
    let pulls = match name {
        "default" => false,
        "change-requests" => true,
        "tags" => false,
        _ => return None,
    };
    let kind = |c: &JobId| {
        let name = &ctx.world.job(*c).name;
        if name.starts_with("PR-") == pulls {
            name.starts_with('v') == (name == "tags") || pulls || !name.is_empty()
        } else {
            false
        }
    };
    Some(write(pick, |o| {
        o.class("jenkins.branch.MultiBranchProjectViewHolder$ViewImpl");
        let children = ctx.world.job(id).children.iter().copied().filter(|c| kind(c));
        o.list("jobs", 1, children, |o, c| job::bean(o, c, ctx));
        o.put("name", ALWAYS, name);
        o.put("url", ALWAYS, &format!("{}view/{name}/", job::url(id, ctx)));
    }))
}

/// Beans that need more than the world: who asks, crumbs, loads (recordings: whoami-admin, me-admin, crumb-admin,
/// overall-load, unlabeled-load).
pub fn special(ctx: &mut Ctx, object: &[&str], pick: Pick<'_>) -> Option<Reply> {
    let user = ctx.caller.user.clone();
    match object {
        ["whoAmI"] => Some(small(pick, |o| {
            o.class("hudson.security.WhoAmI");
            o.put("anonymous", 1, user.anonymous());
            o.put("authenticated", 1, true);
            o.values("authorities", 1, [if user.anonymous() { "anonymous" } else { "authenticated" }]);
            o.put("name", 1, &user.id);
        })),
        ["me"] if user.anonymous() => Some(Reply::login_first(&ctx.request.path)),
        ["me"] => Some(small(pick, |o| me(o, &user, ctx.root))),
        ["crumbIssuer"] if user.anonymous() && !user.reads => Some(Reply::login_first(&ctx.request.path)),
        ["crumbIssuer"] => {
            let (crumb, session) = ctx.auth.give_crumb(&ctx.caller.clone(), ctx.request);
            let reply = small(pick, |o| {
                o.class("hudson.security.csrf.DefaultCrumbIssuer");
                o.put("crumb", 1, &crumb);
                o.put("crumbRequestField", 1, "Jenkins-Crumb");
            });
            let cookie = session.map(|s| format!("JSESSIONID.{:08x}={s}; Path=/; HttpOnly", ctx.world.session));
            Some(match cookie {
                Some(cookie) => reply.with("set-cookie", cookie),
                None => reply,
            })
        }
        ["pluginManager"] => ctx.needs(Right::Administer),
        ["overallLoad"] => Some(small(pick, |o| {
            o.class("hudson.model.OverallLoadStatistics");
            computer::load_series(o);
            o.obj("totalQueueLength", 1, computer::time_series);
        })),
        ["unlabeledLoad"] => Some(small(pick, |o| {
            o.class("jenkins.model.UnlabeledLoadStatistics");
            computer::load_series(o);
        })),
        _ => None,
    }
}

fn me(o: &mut Obj, user: &super::auth::User, root: &str) {
    o.class("hudson.model.User");
    o.put("absoluteUrl", 1, &format!("{root}user/{}", user.id));
    o.put("description", 1, None::<&str>);
    o.put("fullName", 1, &user.full);
    o.put("id", 1, &user.id);
    o.list("property", 1, PROPERTIES, |o, class| {
        o.class(class);
        match class {
            "hudson.tasks.Mailer$UserProperty" => o.put("address", ALWAYS, None::<&str>),
            "hudson.search.UserSearchProperty" => o.put("insensitiveSearch", ALWAYS, true),
            _ => {}
        }
    });
}

/// What a user has (recording: me-admin).
const PROPERTIES: [&str; 12] = [
    "io.jenkins.blueocean.autofavorite.user.FavoritingUserProperty",
    "com.cloudbees.plugins.credentials.UserCredentialsProvider$UserCredentialsProperty",
    "hudson.tasks.Mailer$UserProperty",
    "hudson.plugins.favorite.user.FavoriteUserProperty",
    "hudson.model.MyViewsProperty",
    "org.jenkinsci.plugins.displayurlapi.user.PreferredProviderUserProperty",
    "hudson.model.PaneStatusProperties",
    "jenkins.security.seed.UserSeedProperty",
    "hudson.search.UserSearchProperty",
    "hudson.model.TimeZoneProperty",
    "hudson.security.HudsonPrivateSecurityRealm$Details",
    "jenkins.security.ApiTokenProperty",
];

/// Only the root's mode is written as XML (recording: root-xml-no-xpath).
pub fn xml(ctx: &Ctx, object: &[&str]) -> Reply {
    if !object.is_empty() {
        return Reply::missing(ctx.request);
    }
    let body = "<hudson _class='hudson.model.Hudson'><mode>EXCLUSIVE</mode></hudson>".to_owned();
    Reply { signed: true, ..Reply::xml(body).kind("application/xml;charset=UTF-8") }
}

/// An agent's log: needs Connect (recordings: node-log-connected, node-log-committer).
pub fn node_log(ctx: &Ctx, name: &str) -> Reply {
    let Some(node) = computer::find(ctx, name) else { return Reply::missing(ctx.request) };
    if !ctx.caller.user.may(Right::Connect) {
        return Reply::oops(403, "the agent's log needs Agent/Connect");
    }
    let mut log = crate::demo::log::Log::default();
    for line in node.log.lines() {
        log.line(line);
    }
    super::build::progressive(ctx, &log, true)
}

/// The controller's own verbs and pages.
pub fn plain(ctx: &mut Ctx, parts: &[&str]) -> Reply {
    match parts {
        [] => Reply::page(200, "<h1>Dashboard [Jenkins]</h1>"),
        ["login"] => Reply::page(
            200,
            "<form action=\"j_spring_security_check\" method=\"post\"><input name=\"j_username\"></form>",
        ),
        // Without `api` today's controllers say in a line what an item is (facts: jenkins-today).
        ["queue", "item", id] if ctx.world.version.today() => queue_line(ctx, id),
        ["computer"] | ["queue"] => Reply::page(200, "<h1>Jenkins</h1>"),
        ["jnlpJars", "agent.jar"] => Reply::archive(),
        // Nothing that bellboard asks for; who may not see it is told so (recordings: plugins-committer,
        // thread-dump-committer).
        ["threadDump"] | ["pluginManager", ..] => {
            ctx.needs(Right::Administer).unwrap_or_else(|| Reply::missing(ctx.request))
        }
        ["prometheus"] => Reply::text(prometheus(ctx)).plain_prometheus(),
        ["ec2-fleet", "stats"] => fleets(ctx),
        ["quietDown" | "cancelQuietDown" | "safeRestart"] => switch(ctx, parts.first().copied().unwrap_or("")),
        // Off here: running Groovy in a controller is not bellboard's way (recording: get-instead-of-post-script).
        ["scriptText"] if !ctx.request.post() => Reply::text(String::new()),
        ["scriptText"] => Reply::forbidden(&ctx.caller.user.id, Right::Administer.name()),
        _ => Reply::missing(ctx.request),
    }
}

fn queue_line(ctx: &Ctx, id: &str) -> Reply {
    match id.parse::<u64>().ok().and_then(|id| ctx.world.queue.get(&id)) {
        Some(item) => Reply::text(format!("Queue item exists.\n{}\n", ctx.world.why(item).say(ctx.request.language()))),
        None => Reply::missing(ctx.request),
    }
}

/// Quieting down and restarting need Administer; GET of a restart shows a form, of the others is refused
/// (recordings: quiet-down, quiet-down-operator, get-instead-of-post-safe-restart, get-instead-of-post-quiet-down).
fn switch(ctx: &mut Ctx, verb: &str) -> Reply {
    if !ctx.request.post() {
        return if verb == "safeRestart" {
            Reply::page(200, "<form method=\"post\"><input type=\"submit\" value=\"Yes\"></form>")
        } else {
            Reply::post_only()
        };
    }
    if let Some(refusal) = ctx.needs(Right::Administer) {
        return refusal;
    }
    // The parameter is `message` today and was `reason` (facts: jenkins-today).
    let name = if ctx.world.version.today() { "message" } else { "reason" };
    let reason = ctx.request.field(name).filter(|r| !r.is_empty()).map(str::to_owned);
    match verb {
        "quietDown" => ctx.world.quiet_down(reason),
        "cancelQuietDown" => ctx.world.cancel_quiet_down(),
        _ => {
            let reason = reason.filter(|_| ctx.world.version.today());
            ctx.world.safe_restart(reason);
        }
    }
    ctx.redirect("")
}

/// `/ec2-fleet/stats`: what the plugin counts (facts: tvm-ci).
fn fleets(ctx: &Ctx) -> Reply {
    if ctx.world.fleets.is_empty() {
        return Reply::missing(ctx.request);
    }
    let list: Vec<serde_json::Value> = ctx
        .world
        .fleets
        .iter()
        .enumerate()
        .map(|(index, f)| {
            let active = ctx.world.nodes.values().filter(|n| n.launcher == Launcher::Fleet(index) && n.connects_at.is_none()).count();
            serde_json::json!({"fleet": f.name, "label": f.label, "numActive": active, "numDesired": f.desired, "state": "active"})
        })
        .collect();
    Reply::bare_json(serde_json::Value::Array(list).to_string())
}

/// A few lines of metrics; open to everybody (recordings: prometheus, prometheus-anonymous).
fn prometheus(ctx: &Ctx) -> String {
    let online = ctx.world.nodes.values().filter(|n| !n.offline()).count();
    format!(
        "# HELP jenkins_queue_size_value Generated from Dropwizard metric import\n# TYPE jenkins_queue_size_value gauge\njenkins_queue_size_value {}\njenkins_node_online_value {online}\n",
        ctx.world.queue.len()
    )
}

impl Reply {
    fn plain_prometheus(self) -> Self {
        self.kind("text/plain; version=0.0.4; charset=utf-8")
    }

    fn archive() -> Self {
        Reply::text(String::new()).kind("application/java-archive")
    }

    fn kind(mut self, kind: &str) -> Self {
        for (name, value) in &mut self.headers {
            if *name == "content-type" {
                kind.clone_into(value);
            }
        }
        self
    }

    /// A plugin's own 404 (recordings: wfapi-freestyle, build-test-report-none).
    pub fn plain_404(self) -> Self {
        self.kind("text/html;charset=utf-8")
    }
}
