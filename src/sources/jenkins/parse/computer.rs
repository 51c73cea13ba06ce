//! `/computer/api/json`: nodes, their executors, why they are offline, what the monitors measured.
use std::time::Duration;

use serde::Deserialize;

use crate::base::Text;
use crate::model::{Disk, Executor, Memory, Monitors, Node, NodeKind, Occupant, OfflineCause, OfflineKind};

use super::super::paths;
use super::lenient::{Loose, Named, line, moment, present, span, title, unescape};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Computers {
    pub computer: Loose<Computer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Computer {
    #[serde(rename = "_class")]
    class: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    idle: Option<bool>,
    offline: Option<bool>,
    temporarily_offline: Option<bool>,
    offline_cause_reason: Option<String>,
    offline_cause: Option<RawOffline>,
    jnlp_agent: Option<bool>,
    launch_supported: Option<bool>,
    num_executors: Option<i64>,
    assigned_labels: Loose<Named>,
    monitor_data: Option<RawMonitors>,
    executors: Loose<RawExecutor>,
    one_off_executors: Loose<RawExecutor>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawOffline {
    #[serde(rename = "_class")]
    class: Option<String>,
    timestamp: Option<i64>,
    description: Option<String>,
    /// `ByCLI` has only this.
    message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawExecutor {
    idle: Option<bool>,
    likely_stuck: Option<bool>,
    number: Option<i32>,
    progress: Option<i64>,
    current_executable: Option<RawExecutable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawExecutable {
    #[serde(rename = "_class")]
    class: Option<String>,
    url: Option<String>,
    full_display_name: Option<String>,
    timestamp: Option<i64>,
    estimated_duration: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawMonitors {
    #[serde(rename = "hudson.node_monitors.ArchitectureMonitor")]
    architecture: Option<String>,
    #[serde(rename = "hudson.node_monitors.DiskSpaceMonitor")]
    disk: Option<RawDisk>,
    #[serde(rename = "hudson.node_monitors.TemporarySpaceMonitor")]
    temp: Option<RawDisk>,
    #[serde(rename = "hudson.node_monitors.SwapSpaceMonitor")]
    memory: Option<RawMemory>,
    #[serde(rename = "hudson.node_monitors.ResponseTimeMonitor")]
    response: Option<RawResponse>,
    #[serde(rename = "hudson.node_monitors.ClockMonitor")]
    clock: Option<RawClock>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawDisk {
    path: Option<String>,
    size: Option<i64>,
    total_size: Option<i64>,
    timestamp: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawMemory {
    available_physical_memory: Option<i64>,
    available_swap_space: Option<i64>,
    total_physical_memory: Option<i64>,
    total_swap_space: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawResponse {
    average: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawClock {
    diff: Option<i64>,
}

/// Nodes; `autoscaled` are the site's prefixes or patterns with `*`.
pub fn nodes(raw: Computers, autoscaled: &[String]) -> Vec<Node> {
    present(raw.computer).filter_map(|c| node(c, autoscaled)).collect()
}

/// One node; none if it has no name.
pub fn node(raw: Computer, autoscaled: &[String]) -> Option<Node> {
    let raw_name = raw.display_name.unwrap_or_default();
    if raw_name.is_empty() {
        return None;
    }
    let class = raw.class.unwrap_or_default();
    let built_in = class.ends_with("MasterComputer");
    let (offline, marked) = (raw.offline.unwrap_or(false), raw.temporarily_offline.unwrap_or(false));
    let name = Text::line(&raw_name);
    let labels = present(raw.assigned_labels).filter_map(|l| l.name).map(|l| Text::line(&l)).filter(|l| *l != name);
    Some(Node {
        path: paths::node(&raw_name, built_in),
        kind: kind(&class, &raw_name, built_in, autoscaled),
        description: line(raw.description.as_deref()),
        labels: labels.collect(),
        num_executors: raw.num_executors.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        executors: present(raw.executors).map(executor).collect(),
        one_off: present(raw.one_off_executors).map(executor).collect(),
        idle: raw.idle.unwrap_or(false),
        offline,
        temporarily_offline: marked,
        cause: cause(raw.offline_cause, raw.offline_cause_reason.as_deref().unwrap_or(""), offline, marked),
        launch_supported: raw.launch_supported.unwrap_or(false),
        inbound: raw.jnlp_agent.unwrap_or(false),
        monitors: raw.monitor_data.map(monitors).unwrap_or_default(),
        name,
    })
}

fn kind(class: &str, name: &str, built_in: bool, autoscaled: &[String]) -> NodeKind {
    let cloud = class.contains(".ec2fleet.") || class.contains("hudson.plugins.ec2.") || class.contains("Cloud");
    if built_in {
        NodeKind::BuiltIn
    } else if cloud || instance_id(name) || autoscaled.iter().any(|pattern| matches(pattern, name)) {
        NodeKind::Autoscaled
    } else {
        NodeKind::Static
    }
}

/// `i-` and 8 or 17 hexadecimal digits.
fn instance_id(name: &str) -> bool {
    name.strip_prefix("i-").is_some_and(|id| matches!(id.len(), 8 | 17) && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A prefix, or a pattern in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !pattern.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or("");
    }
    true
}

fn executor(raw: RawExecutor) -> Executor {
    Executor {
        number: raw.number.unwrap_or(-1),
        idle: raw.idle.unwrap_or(raw.current_executable.is_none()),
        likely_stuck: raw.likely_stuck.unwrap_or(false),
        progress: raw.progress.and_then(|p| u8::try_from(p).ok()).map(|p| p.min(100)),
        occupant: raw.current_executable.map(|e| Occupant {
            class: line(e.class.as_deref()),
            title: title(e.full_display_name.as_deref()),
            build: e.url.as_deref().and_then(paths::build),
            started: moment(e.timestamp),
            estimated: span(e.estimated_duration),
        }),
    }
}

/// Decided by class and flags; texts are only shown.
fn cause(raw: Option<RawOffline>, reason: &str, offline: bool, marked: bool) -> Option<OfflineCause> {
    if !offline && !marked {
        return None;
    }
    let Some(raw) = raw else {
        let kind = if marked || !reason.is_empty() { OfflineKind::Other } else { OfflineKind::NeverConnected };
        return Some(worded(kind, reason.to_owned(), None));
    };
    let class = raw.class.as_deref().unwrap_or("");
    let kind = match class.rsplit(['$', '.']).next().unwrap_or("") {
        _ if class.starts_with("hudson.node_monitors.") => OfflineKind::Monitor,
        "UserCause" => OfflineKind::User,
        "ByCLI" => OfflineKind::Cli,
        "ChannelTermination" => OfflineKind::Channel,
        "LaunchFailed" => OfflineKind::LaunchFailed,
        "IdleOfflineCause" => OfflineKind::Idle,
        _ => OfflineKind::Other,
    };
    let described = raw.description.as_deref().unwrap_or("");
    let text = if reason.is_empty() {
        raw.message.as_deref().unwrap_or(if kind == OfflineKind::User { "" } else { described }).to_owned()
    } else if described.contains(reason) {
        // The description is never escaped: what stands in it word for word was not escaped either.
        reason.to_owned()
    } else {
        unescape(reason)
    };
    Some(worded(kind, text, raw.timestamp))
}

fn worded(kind: OfflineKind, text: String, at: Option<i64>) -> OfflineCause {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let detail = if text.trim() == first.trim() { Text::default() } else { Text::block(&text) };
    OfflineCause { kind, reason: Text::line(first.trim_end()), detail, since: moment(at) }
}

fn monitors(raw: RawMonitors) -> Monitors {
    let memory = |m: RawMemory| Memory {
        free: bytes(m.available_physical_memory),
        total: bytes(m.total_physical_memory),
        swap_free: bytes(m.available_swap_space),
        swap_total: bytes(m.total_swap_space),
    };
    Monitors {
        architecture: raw.architecture.as_deref().map(Text::line),
        disk: raw.disk.and_then(disk),
        temp: raw.temp.and_then(disk),
        memory: raw.memory.map(memory),
        response: raw.response.and_then(|r| span(r.average)).map(|d| d.min(Duration::from_secs(3600))),
        clock_diff: raw.clock.and_then(|c| c.diff),
    }
}

fn disk(raw: RawDisk) -> Option<Disk> {
    Some(Disk {
        path: line(raw.path.as_deref()),
        free: u64::try_from(raw.size?).ok()?,
        total: raw.total_size.and_then(|t| u64::try_from(t).ok()).filter(|t| *t > 0),
        at: moment(raw.timestamp),
    })
}

/// Negative numbers mean that the monitor could not tell.
fn bytes(count: Option<i64>) -> u64 {
    count.and_then(|c| u64::try_from(c).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autoscaled_nodes_are_told_by_instance_id_or_pattern() {
        let kind = |name: &str| kind("hudson.slaves.SlaveComputer", name, false, &["spot-".into(), "*(i-*".into()]);
        assert_eq!(kind("i-0a1b2c3d4e5f60718"), NodeKind::Autoscaled);
        assert_eq!(kind("spot-7"), NodeKind::Autoscaled);
        assert_eq!(kind("CPU-SPOT (i-0a1b2c3d4e)"), NodeKind::Autoscaled);
        assert_eq!(kind("i-like-names"), NodeKind::Static);
        assert_eq!(kind("gpu-1"), NodeKind::Static);
    }

    #[test]
    fn patterns_match_as_prefix_or_with_stars() {
        assert!(matches("a", "ab") && matches("a*c", "abc") && matches("*", "x") && matches("*x*", "axb"));
        assert!(!matches("a*c", "abd") && !matches("", "x") && !matches("b", "ab"));
    }

    #[test]
    fn a_reason_is_unescaped_only_where_the_controller_escaped_it() {
        let user = |reason: &str, description: &str| {
            let raw = RawOffline {
                class: Some("hudson.slaves.OfflineCause$UserCause".into()),
                description: Some(description.into()),
                ..RawOffline::default()
            };
            cause(Some(raw), reason, true, true).unwrap().reason
        };
        assert_eq!(user("a &lt; b", "Disconnected by op : a < b"), "a < b");
        assert_eq!(user("a &lt; b", "Disconnected by op : a &lt; b"), "a &lt; b");
    }
}
