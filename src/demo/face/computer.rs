//! `/computer`: the set, one node, its labels, and what may be done to it.
use crate::demo::builds::{BuildRef, Spot};
use crate::demo::nodes::{Cause, Launcher, Node};

use super::auth::Right;
use super::export::{ALWAYS, Leaf, Obj};
use super::job::{build_short, job_short, placeholder_executable};
use super::reply::Reply;
use super::{Ctx, encode};

/// The name in the path: the built-in node's is in brackets (facts: jenkins-api, jenkins-today).
pub fn path_name(node: &Node, ctx: &Ctx) -> String {
    match node.launcher {
        Launcher::BuiltIn if ctx.world.version.built_in() => "(built-in)".to_owned(),
        Launcher::BuiltIn => "(master)".to_owned(),
        _ => node.name.clone(),
    }
}

/// The node that a path names; today's controllers answer to the old name of the built-in one as well.
pub fn find<'w>(ctx: &'w Ctx, name: &str) -> Option<&'w Node> {
    if name == "(master)" || (name == "(built-in)" && ctx.world.version.built_in()) {
        return ctx.world.nodes.values().find(|n| n.launcher == Launcher::BuiltIn);
    }
    ctx.world.nodes.get(name).filter(|n| n.launcher != Launcher::BuiltIn)
}

/// `/computer/api/json`; the elements stand at the set's own level (recording: computer).
pub fn set(o: &mut Obj, ctx: &Ctx) {
    o.class("hudson.model.ComputerSet");
    let nodes = || ctx.world.nodes.values();
    o.put("busyExecutors", 1, nodes().map(Node::busy).sum::<usize>());
    let built_in = nodes().filter(|n| n.launcher == Launcher::BuiltIn);
    let agents = nodes().filter(|n| n.launcher != Launcher::BuiltIn);
    o.inline("computer", 1, built_in.chain(agents), |o, n| one(o, n, ctx));
    o.put("displayName", 1, "Nodes");
    o.put("totalExecutors", 1, nodes().filter(|n| !n.offline()).map(|n| n.executors.len()).sum::<usize>());
}

/// One computer (recordings: node-online, node-busy, node-built-in…).
pub fn one(o: &mut Obj, node: &Node, ctx: &Ctx) {
    let built_in = node.launcher == Launcher::BuiltIn;
    o.class(match node.launcher {
        Launcher::BuiltIn => "hudson.model.Hudson$MasterComputer",
        Launcher::Fleet(_) => "com.amazon.jenkins.ec2fleet.EC2FleetNodeComputer",
        _ => "hudson.slaves.SlaveComputer",
    });
    o.list("actions", 1, [()], |_, ()| ());
    let mut labels: Vec<&str> =
        node.labels.iter().map(String::as_str).chain((!built_in).then_some(node.name.as_str())).collect();
    labels.sort_unstable();
    o.list("assignedLabels", 1, labels, |o, name| label(o, name, true, ctx));
    o.put("description", 1, &node.description);
    o.put("displayName", 1, &node.name);
    let numbered = node.executors.iter().enumerate();
    o.list("executors", 1, numbered, |o, (number, e)| executor(o, i64::try_from(number).unwrap_or(0), e.runs, ctx));
    let (icon, class) = icon(node, ctx);
    o.put("icon", 1, icon);
    o.put("iconClassName", 1, class);
    // They stand on the built-in node only; thousands of others must not each look through all that runs.
    let one_offs = || {
        let running = built_in.then_some(&ctx.world.running).into_iter().flatten().copied();
        running.filter(|r| is_pipeline(*r, ctx))
    };
    o.put("idle", 1, node.idle() && one_offs().next().is_none());
    o.put("jnlpAgent", 1, node.launcher == Launcher::Inbound);
    o.put("launchSupported", 1, node.launcher != Launcher::Inbound);
    o.obj("loadStatistics", 1, load_statistics);
    o.put("manualLaunchAllowed", 1, true);
    if ctx.caller.user.may(Right::Connect) {
        o.map("monitorData", 1, |o| monitors(o, node, ctx));
    } else {
        o.map("monitorData", 1, |_| ());
    }
    o.put("numExecutors", 1, node.executors.len());
    o.put("offline", 1, node.offline());
    let cause = node.cause(ctx.world.version.mark_first()).filter(|_| node.offline());
    o.maybe("offlineCause", 1, cause, |o, c| cause_bean(o, c, node, ctx));
    o.put("offlineCauseReason", 1, &cause.map_or(String::new(), |c| reason(c, node, ctx)));
    o.list("oneOffExecutors", 1, one_offs(), |o, r| one_off(o, r, ctx));
    o.put("temporarilyOffline", 1, node.mark.is_some());
    if !built_in {
        let path = (node.connected && ctx.caller.user.may(Right::Connect)).then_some(&node.remote);
        o.put("absoluteRemotePath", 1, path);
    }
}

fn is_pipeline(r: BuildRef, ctx: &Ctx) -> bool {
    ctx.world.build(r).is_some_and(super::super::builds::Build::pipeline)
}

fn icon(node: &Node, ctx: &Ctx) -> (&'static str, &'static str) {
    let today = ctx.world.version.today();
    match (&node.mark, node.offline()) {
        _ if today && !node.offline() => ("symbol-computer", "symbol-computer"),
        (Some(Cause::User { .. }), _) if today => ("symbol-computer-paused", "symbol-computer-paused"),
        _ if today => ("symbol-computer-offline", "symbol-computer-offline"),
        (Some(Cause::User { .. }), _) => ("computer-user-offline.png", "icon-computer-user-offline"),
        (_, true) => ("computer-x.png", "icon-computer-x"),
        _ => ("computer.png", "icon-computer"),
    }
}

/// Eight series, empty at the depth anybody asks for (recording: node-load-statistics).
pub fn load_statistics(o: &mut Obj) {
    o.class("hudson.model.Label$1");
    load_series(o);
}

/// The series of any load statistics.
pub fn load_series(o: &mut Obj) {
    for name in [
        "availableExecutors",
        "busyExecutors",
        "connectingExecutors",
        "definedExecutors",
        "idleExecutors",
        "onlineExecutors",
        "queueLength",
        "totalExecutors",
    ] {
        o.obj(name, 1, time_series);
    }
}

/// A series of three time scales.
pub fn time_series(o: &mut Obj) {
    for scale in ["hour", "min", "sec10"] {
        o.obj(scale, 1, |o| {
            o.values("history", 1, [0.0]);
            o.put("latest", 1, 0.0);
        });
    }
}

fn monitors(o: &mut Obj, node: &Node, ctx: &Ctx) {
    const BASE: &str = "hudson.node_monitors.";
    let Some(m) = &node.monitors else {
        for name in [
            "SwapSpaceMonitor",
            "TemporarySpaceMonitor",
            "DiskSpaceMonitor",
            "ArchitectureMonitor",
            "ResponseTimeMonitor",
            "ClockMonitor",
        ] {
            o.entry_leaf(&format!("{BASE}{name}"), Leaf::Null);
        }
        return;
    };
    o.entry(&format!("{BASE}SwapSpaceMonitor"), |o| {
        o.class("hudson.node_monitors.SwapSpaceMonitor$MemoryUsage2");
        o.put("availablePhysicalMemory", ALWAYS, 22_246_297_600i64);
        o.put("availableSwapSpace", ALWAYS, 0);
        o.put("totalPhysicalMemory", ALWAYS, 25_276_502_016i64);
        o.put("totalSwapSpace", ALWAYS, 0);
    });
    o.entry(&format!("{BASE}TemporarySpaceMonitor"), |o| disk_space(o, m.at, ("/tmp", m.tmp), node, ALWAYS, ctx));
    o.entry(&format!("{BASE}DiskSpaceMonitor"), |o| disk_space(o, m.at, (&node.remote, m.disk), node, ALWAYS, ctx));
    let arm = node.labels.iter().any(|l| l.starts_with("ARM"));
    o.entry_leaf(&format!("{BASE}ArchitectureMonitor"), if arm { "Linux (aarch64)" } else { "Linux (amd64)" });
    o.entry(&format!("{BASE}ResponseTimeMonitor"), |o| {
        o.class("hudson.node_monitors.ResponseTimeMonitor$Data");
        o.put("timestamp", ALWAYS, m.at);
        o.put("average", ALWAYS, m.response);
    });
    o.entry(&format!("{BASE}ClockMonitor"), |o| {
        o.class("hudson.util.ClockDifference");
        o.put("diff", ALWAYS, m.clock);
    });
}

/// Free space; today also the limits and the whole (facts: jenkins-today).
fn disk_space(o: &mut Obj, at: i64, (path, size): (&str, i64), node: &Node, visibility: i32, ctx: &Ctx) {
    o.class("hudson.node_monitors.DiskSpaceMonitorDescriptor$DiskSpace");
    o.put("timestamp", visibility, at);
    o.put("path", visibility, path);
    o.put("size", visibility, size);
    if ctx.world.version.today() {
        o.put("threshold", visibility, 1i64 << 30);
        o.put("warningThreshold", visibility, 2i64 << 30);
        o.put("totalSize", visibility, node.disk_total);
    }
}

/// Its fields are written from depth 1 on, or where they are named (recordings: computer, computer-depth1).
fn cause_bean(o: &mut Obj, cause: &Cause, node: &Node, ctx: &Ctx) {
    match cause {
        Cause::User { user, message, at } => {
            o.class("hudson.slaves.OfflineCause$UserCause");
            o.put("timestamp", 1, *at);
            let by = if ctx.request.language().starts_with("ja") {
                format!("{user}がオフラインにしています。")
            } else {
                format!("Disconnected by {user}")
            };
            let said = if message.is_empty() { by } else { format!("{by} : {message}") };
            o.put("description", 1, &said);
        }
        Cause::Channel { at } => {
            o.class("hudson.slaves.OfflineCause$ChannelTermination");
            o.put("timestamp", 1, *at);
        }
        Cause::Launch { at } => {
            o.class("hudson.slaves.OfflineCause$LaunchFailed");
            o.put("timestamp", 1, *at);
        }
        Cause::Disk { at, left } => disk_space(o, *at, (&node.remote, *left), node, 1, ctx),
        Cause::Cli { at, message } => {
            o.class("hudson.slaves.OfflineCause$ByCLI");
            o.put("timestamp", 1, *at);
            o.put("message", 1, message);
        }
    }
}

/// What people read; a broken channel gives a stack trace (recording: node-offline-channel-terminated). Today's
/// controllers escape it for HTML (facts: jenkins-today).
fn reason(cause: &Cause, node: &Node, ctx: &Ctx) -> String {
    let japanese = ctx.request.language().starts_with("ja");
    let text = match cause {
        // Recording: computer-accept-language-ja, where the prefix is not taken off.
        Cause::User { user, message, .. } if japanese => format!("{user}がオフラインにしています。 : {message}"),
        Cause::User { message, .. } | Cause::Cli { message, .. } => message.clone(),
        Cause::Channel { .. } => TRACE.to_owned(),
        Cause::Launch { .. } if japanese => {
            "Jenkinsがエージェントプロセスの起動に失敗したため、このエージェントはオフラインです。".to_owned()
        }
        Cause::Launch { .. } => {
            "This agent is offline because Jenkins failed to launch the agent process on it.".to_owned()
        }
        Cause::Disk { left, .. } => {
            let thousandths = left * 1000 / (1 << 30);
            format!("{}.{:03}GB left on {}.", thousandths / 1000, thousandths % 1000, node.remote)
        }
    };
    if ctx.world.version.today() { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { text }
}

const TRACE: &str = "Connection was broken: java.nio.channels.ClosedChannelException\n\tat jenkins.agents.WebSocketAgents$Session.closed(WebSocketAgents.java:141)\n\tat jenkins.websocket.WebSocketSession.onWebSocketSomething(WebSocketSession.java:91)\n\tat com.sun.proxy.$Proxy70.onWebSocketClose(Unknown Source)\n\tat org.eclipse.jetty.websocket.common.events.JettyListenerEventDriver.onClose(JettyListenerEventDriver.java:149)\n\tat org.eclipse.jetty.websocket.common.WebSocketSession.callApplicationOnClose(WebSocketSession.java:394)\n\tat org.eclipse.jetty.websocket.common.io.AbstractWebSocketConnection.close(AbstractWebSocketConnection.java:225)\n\tat org.eclipse.jetty.util.thread.QueuedThreadPool.runJob(QueuedThreadPool.java:882)\n\tat java.base/java.lang.Thread.run(Unknown Source)\n";

fn executor(o: &mut Obj, number: i64, runs: Option<Spot>, ctx: &Ctx) {
    let build = runs.and_then(|s| ctx.world.build(s.build).map(|b| (s, b)));
    o.maybe("currentExecutable", 1, build, |o, (spot, build)| {
        if build.pipeline() { placeholder_executable(o, spot, ctx) } else { build_short(o, spot.build, ctx) }
    });
    o.put("idle", 1, runs.is_none());
    o.put("likelyStuck", 1, build.is_some_and(|(_, b)| b.likely_stuck(ctx.world.now)));
    o.put("number", 1, number);
    o.put("progress", 1, build.map_or(-1, |(_, b)| b.progress(ctx.world.now)));
}

fn one_off(o: &mut Obj, r: BuildRef, ctx: &Ctx) {
    let Some(build) = ctx.world.build(r) else { return };
    o.obj("currentExecutable", 1, |o| build_short(o, r, ctx));
    o.put("idle", 1, false);
    o.put("likelyStuck", 1, build.likely_stuck(ctx.world.now));
    o.put("number", 1, -1);
    o.put("progress", 1, build.progress(ctx.world.now));
}

/// A label, with whatever nodes carry it: one that nobody carries answers 200 as well (recording: label-missing).
pub fn label(o: &mut Obj, name: &str, short: bool, ctx: &Ctx) {
    let composed = name.contains("&&") || name.contains("||") || name.starts_with('!');
    if !short || composed {
        o.class(match name {
            n if n.contains("||") => "hudson.model.labels.LabelExpression$Or",
            n if n.contains("&&") => "hudson.model.labels.LabelExpression$And",
            n if n.starts_with('!') => "hudson.model.labels.LabelExpression$Not",
            _ => "hudson.model.labels.LabelAtom",
        });
    }
    o.list("actions", 1, [()], |_, ()| ());
    if o.wants("busyExecutors", 1)
        || o.wants("nodes", 1)
        || o.wants("totalExecutors", 1)
        || o.wants("offline", 1)
        || o.wants("idleExecutors", 1)
    {
        label_counts(o, name, composed, ctx);
    }
    o.obj("loadStatistics", 1, load_statistics);
    o.put("name", ALWAYS, name);
    let tied = || ctx.world.jobs.iter().enumerate().filter(|(_, j)| j.label.as_deref() == Some(name));
    o.list("tiedJobs", 1, tied(), |o, (place, _)| job_short(o, crate::demo::jobs::JobId(place), ctx));
    if !composed {
        o.list("propertiesList", 1, [(); 0], |_, ()| ());
    }
}

fn label_counts(o: &mut Obj, name: &str, composed: bool, ctx: &Ctx) {
    let nodes: Vec<&Node> = ctx.world.nodes.values().filter(|n| n.carries(name)).collect();
    let online = || nodes.iter().filter(|n| !n.offline());
    let total: usize = online().map(|n| n.executors.len()).sum();
    let busy: usize = online().map(|n| n.busy()).sum();
    o.put("busyExecutors", 1, busy);
    let clouds = ctx.world.fleets.iter().filter(|f| f.serves(name));
    o.list("clouds", 1, clouds, |o, _| o.class("com.amazon.jenkins.ec2fleet.EC2FleetCloud"));
    let names: Vec<&str> = nodes.iter().map(|n| n.name.as_str()).collect();
    let group = format!("group of {}", names.join(","));
    o.put("description", 1, composed.then_some(group.as_str()));
    o.put("idleExecutors", 1, total - busy);
    o.list("nodes", 1, nodes.iter(), |o, n| {
        o.class(match n.launcher {
            Launcher::BuiltIn => "hudson.model.Hudson",
            Launcher::Fleet(_) => "com.amazon.jenkins.ec2fleet.EC2FleetNode",
            _ => "hudson.slaves.DumbSlave",
        });
        o.put("nodeName", ALWAYS, if n.launcher == Launcher::BuiltIn { "" } else { n.name.as_str() });
    });
    o.put("offline", 1, online().next().is_none());
    o.put("totalExecutors", 1, total);
}

/// What may be done to a node; each needs its own right (recordings: post-committer-toggle-offline…).
pub fn act(ctx: &mut Ctx, name: &str, verb: &str) -> Reply {
    let right = match verb {
        "toggleOffline" | "changeOfflineCause" | "doDisconnect" => Right::Disconnect,
        "launchSlaveAgent" => Right::Connect,
        "doDelete" => Right::DeleteNode,
        _ => return Reply::missing(ctx.request),
    };
    let Some(node) = find(ctx, name).cloned() else { return Reply::missing(ctx.request) };
    if !ctx.request.post() {
        return Reply::post_only();
    }
    // Bringing a node back by the toggle needs Connect as well (facts: jenkins-api).
    let right = if verb == "toggleOffline" && node.mark.is_some() { Right::Connect } else { right };
    if let Some(refusal) = ctx.needs(right) {
        return refusal;
    }
    let here = format!("computer/{}/", encode(&path_name(&node, ctx)));
    let message = ctx.request.field("offlineMessage").unwrap_or("").to_owned();
    let user = ctx.caller.user.id.clone();
    let at = ctx.world.now;
    let Some(found) = ctx.world.nodes.get_mut(&node.name) else { return Reply::missing(ctx.request) };
    match verb {
        // It really toggles (recordings: toggle-offline-1-after, toggle-offline-2-after).
        "toggleOffline" if found.mark.is_some() => found.mark = None,
        // The same state again, the new reason (recording: change-offline-cause-after).
        "toggleOffline" | "changeOfflineCause" => found.mark = Some(Cause::User { user, message, at }),
        "doDisconnect" => return disconnect(ctx, &node, message),
        "launchSlaveAgent" => return launch(ctx, &node, &here),
        _ => return delete(ctx, &node),
    }
    ctx.redirect(&here)
}

/// An inbound agent comes back by itself; what was said is replaced by the broken channel (recordings:
/// disconnect-after, disconnect-25s-later).
fn disconnect(ctx: &mut Ctx, node: &Node, message: String) -> Reply {
    let user = ctx.caller.user.id.clone();
    let at = ctx.world.now;
    let back = (node.launcher == Launcher::Inbound).then_some(120_000);
    ctx.world.fall_off(&node.name, back);
    if let Some(found) = ctx.world.nodes.get_mut(&node.name).filter(|_| node.launcher != Launcher::Inbound) {
        found.broken = Some(Cause::User { user, message, at });
    }
    ctx.redirect(&format!("computer/{}/", encode(&node.name)))
}

/// Launching what is connected shows its page (recording: launch-connected-agent); else the log is where to look
/// (recordings: launch-command-agent, launch-inbound-agent).
fn launch(ctx: &mut Ctx, node: &Node, here: &str) -> Reply {
    if node.connected {
        return Reply::page(200, "<h1>This agent is already connected</h1>");
    }
    let at = ctx.world.now;
    if let Some(found) = ctx.world.nodes.get_mut(&node.name) {
        match found.launcher {
            Launcher::Ssh if found.reachable => found.connects_at = Some(at + 8_000),
            Launcher::Inbound => {}
            _ => found.broken = Some(Cause::Launch { at }),
        }
    }
    ctx.redirect(&format!("{here}log"))
}

/// Deleting kills what runs there; the built-in node cannot be deleted (facts: jenkins-today).
fn delete(ctx: &mut Ctx, node: &Node) -> Reply {
    if node.launcher == Launcher::BuiltIn {
        return Reply::jetty(400, "Bad Request", &ctx.request.path);
    }
    ctx.world.kill_on(&node.name);
    ctx.world.nodes.remove(&node.name);
    ctx.redirect("computer/")
}

/// `config.xml` of a node, read and written (recordings: node-config-xml, node-config-xml-built-in,
/// node-config-xml-post).
pub fn config(ctx: &mut Ctx, name: &str) -> Reply {
    let Some(node) = find(ctx, name).cloned() else { return Reply::missing(ctx.request) };
    if let Some(refusal) = ctx.needs(Right::ConfigureNode) {
        return refusal;
    }
    if node.launcher == Launcher::BuiltIn {
        return Reply::empty(400);
    }
    if !ctx.request.post() {
        return Reply::xml(config_xml(&node));
    }
    let body = ctx.request.body.clone();
    let Some(label) = element(&body, "label") else { return Reply::oops(500, "unreadable configuration") };
    let clears = ctx.world.version.mark_first() && !body.contains("<temporaryOfflineCause");
    let Some(found) = ctx.world.nodes.get_mut(&node.name) else { return Reply::missing(ctx.request) };
    found.labels = label.split_whitespace().map(str::to_owned).collect();
    found.exclusive = element(&body, "mode").as_deref() == Some("EXCLUSIVE");
    if let Some(description) = element(&body, "description") {
        found.description = description;
    }
    // Since 2.482 writing it back clears the mark unless the XML carries it (facts: jenkins-today, inferred).
    if clears {
        found.mark = None;
    }
    Reply::empty(200)
}

fn element(xml: &str, name: &str) -> Option<String> {
    if xml.contains(&format!("<{name}/>")) {
        return Some(String::new());
    }
    let inner = xml.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    Some(
        inner
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&amp;", "&")
            .trim()
            .to_owned(),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn config_xml(node: &Node) -> String {
    let mark = match &node.mark {
        Some(Cause::User { user, message, at }) => format!(
            "\n  <temporaryOfflineCause class=\"hudson.slaves.OfflineCause$UserCause\">\n    <timestamp>{at}</timestamp>\n    <description>\n      <holder>\n        <owner>hudson.slaves.Messages</owner>\n      </holder>\n      <key>SlaveComputer.DisconnectedBy</key>\n      <args>\n        <string>{}</string>\n        <string> : {}</string>\n      </args>\n    </description>\n    <userId>{}</userId>\n  </temporaryOfflineCause>",
            escape(user),
            escape(message),
            escape(user)
        ),
        _ => String::new(),
    };
    let launcher = match node.launcher {
        Launcher::Inbound => "<launcher class=\"hudson.slaves.JNLPLauncher\">\n    <workDirSettings>\n      <disabled>false</disabled>\n      <internalDir>remoting</internalDir>\n      <failIfWorkDirIsMissing>false</failIfWorkDirIsMissing>\n    </workDirSettings>\n    <webSocket>true</webSocket>\n  </launcher>".to_owned(),
        _ => format!("<launcher class=\"hudson.plugins.sshslaves.SSHLauncher\" plugin=\"ssh-slaves@3.1\">\n    <host>{}.ci.internal</host>\n    <port>22</port>\n    <credentialsId>ssh-agents</credentialsId>\n  </launcher>", escape(&node.name)),
    };
    let labels: Vec<&str> = node.labels.iter().map(String::as_str).collect();
    format!(
        "<?xml version=\"1.1\" encoding=\"UTF-8\"?>\n<slave>{mark}\n  <name>{}</name>\n  <description>{}</description>\n  <remoteFS>{}</remoteFS>\n  <numExecutors>{}</numExecutors>\n  <mode>{}</mode>\n  <retentionStrategy class=\"hudson.slaves.RetentionStrategy$Always\"/>\n  {launcher}\n  <label>{}</label>\n  <nodeProperties/>\n</slave>",
        escape(&node.name),
        escape(&node.description),
        escape(&node.remote),
        node.executors.len(),
        if node.exclusive { "EXCLUSIVE" } else { "NORMAL" },
        escape(&labels.join(" ")),
    )
}
