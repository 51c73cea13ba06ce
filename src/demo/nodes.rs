//! A node: its labels, executors, connection, offline marks and what the node monitors see.
use std::collections::BTreeSet;

use super::Spot;

/// How a node comes to Jenkins; decides `launchSupported`, `jnlpAgent`, and what a disconnect leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launcher {
    /// The controller's own computer.
    BuiltIn,
    /// Jenkins reaches it by SSH: a launch is something Jenkins can do.
    Ssh,
    /// It calls Jenkins and comes back by itself (recording: disconnect-25s-later).
    Inbound,
    /// A launch command that fails (recording: node-offline-launch-failed).
    Command,
    /// Brought by the EC2 Fleet plugin: the name is the instance id (facts: tvm-ci, EC2 Fleet).
    Fleet(usize),
}

/// Why a node is offline, one form for each class that Jenkins reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// A person's mark (recordings: toggle-offline-1-after, change-offline-cause-empty-after).
    User { user: String, message: String, at: i64 },
    /// The connection broke; the reason is a stack trace (recording: node-offline-channel-terminated).
    Channel { at: i64 },
    /// Jenkins could not launch it (recording: node-offline-launch-failed).
    Launch { at: i64 },
    /// A monitor found the disk too full (recording: node-offline-by-monitor).
    Disk { at: i64, left: i64 },
    /// Disconnected through the command line interface.
    Cli { at: i64, message: String },
}

/// What the monitors measured last.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitors {
    /// When.
    pub at: i64,
    /// Bytes free where the agent works.
    pub disk: i64,
    /// Bytes free in `/tmp`.
    pub tmp: i64,
    /// Milliseconds of a round trip.
    pub response: i64,
    /// Milliseconds of difference between the clocks.
    pub clock: i64,
}

/// One executor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Executor {
    /// What it runs: a build, and for a Pipeline the place in it.
    pub runs: Option<Spot>,
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its name; for a fleet's node the instance id.
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// The agent's folder.
    pub remote: String,
    /// Labels without its own name.
    pub labels: BTreeSet<String>,
    /// Its executors.
    pub executors: Vec<Executor>,
    /// Takes only jobs that name one of its labels.
    pub exclusive: bool,
    /// How it comes to Jenkins.
    pub launcher: Launcher,
    /// Whether the channel stands.
    pub connected: bool,
    /// When it will be connected, while it starts.
    pub connects_at: Option<i64>,
    /// The mark that survives restarts.
    pub mark: Option<Cause>,
    /// Why the channel does not stand.
    pub broken: Option<Cause>,
    /// Absent until it was connected once.
    pub monitors: Option<Monitors>,
    /// Bytes free on its disk now.
    pub disk: i64,
    /// Bytes the disk holds.
    pub disk_total: i64,
    /// Bytes that the disk fills by each second of work.
    pub fills: i64,
    /// Since when nothing runs on it.
    pub idle_since: i64,
    /// Builds it may still take before the fleet removes it.
    pub uses_left: u32,
    /// Can be launched at all: nothing is wrong with the way to it.
    pub reachable: bool,
    /// The agent's log.
    pub log: String,
}

/// The least space a node must have left (Jenkins core, `DiskSpaceMonitor`: 1 GB).
pub const DISK_LIMIT: i64 = 1 << 30;

impl Node {
    /// A connected node with nothing on it.
    pub fn new(name: &str, labels: &[&str], executors: usize, launcher: Launcher, now: i64) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            remote: match launcher {
                Launcher::BuiltIn => "/var/jenkins_home".to_owned(),
                Launcher::Fleet(_) => "/home/jenkins".to_owned(),
                _ => format!("/home/jenkins/agents/{name}"),
            },
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            executors: vec![Executor::default(); executors],
            exclusive: true,
            launcher,
            connected: true,
            connects_at: None,
            mark: None,
            broken: None,
            monitors: None,
            disk: 77_030_178_816,
            disk_total: 536_870_912_000,
            fills: 0,
            idle_since: now,
            uses_left: 10,
            reachable: true,
            log: "Inbound agent connected from 127.0.0.1\nRemoting version: 4.6\nThis is a Unix agent\nAgent successfully connected and online\n".to_owned(),
        }
    }

    /// Whether it can take no work: not connected, or marked.
    pub fn offline(&self) -> bool {
        !self.connected || self.mark.is_some()
    }

    /// How many executors run something.
    pub fn busy(&self) -> usize {
        self.executors.iter().filter(|e| e.runs.is_some()).count()
    }

    /// Whether nothing runs on it.
    pub fn idle(&self) -> bool {
        self.busy() == 0
    }

    /// Whether it can take one more piece of work.
    pub fn free(&self) -> bool {
        !self.offline() && self.executors.iter().any(|e| e.runs.is_none())
    }

    /// Whether an expression of labels names it; a node's own name is one of its labels.
    pub fn carries(&self, expression: &str) -> bool {
        carries(expression, &|atom| self.name == atom || self.labels.contains(atom))
    }

    /// The cause that Jenkins reports. The connection's own replaced the person's message in the recorded age
    /// (recording: disconnect-after); from 2.482 on the mark comes first (facts: jenkins-today).
    pub fn cause(&self, mark_first: bool) -> Option<&Cause> {
        if mark_first {
            self.mark.as_ref().or(self.broken.as_ref())
        } else {
            self.broken.as_ref().or(self.mark.as_ref())
        }
    }

    /// Gives a free executor something to do.
    pub fn occupy(&mut self, spot: Spot) -> bool {
        let Some(executor) = self.executors.iter_mut().find(|e| e.runs.is_none()) else { return false };
        executor.runs = Some(spot);
        self.uses_left = self.uses_left.saturating_sub(1);
        true
    }

    /// Frees the executor that ran this.
    pub fn release(&mut self, spot: Spot, now: i64) {
        for executor in self.executors.iter_mut().filter(|e| e.runs == Some(spot)) {
            executor.runs = None;
        }
        if self.idle() {
            self.idle_since = now;
        }
    }

    /// Reads the monitors, which also marks a node whose disk is too full (recording: node-offline-by-monitor).
    pub fn measure(&mut self, now: i64, response: i64, clock: i64) {
        if !self.connected {
            self.monitors = None;
            return;
        }
        self.monitors =
            Some(Monitors { at: now, disk: self.disk, tmp: self.disk.min(77_029_953_536), response, clock });
        if self.disk < DISK_LIMIT && self.mark.is_none() && self.launcher != Launcher::BuiltIn {
            self.mark = Some(Cause::Disk { at: now, left: self.disk });
        }
    }
}

/// Label expressions: `&&`, `||`, `!` and brackets (Jenkins core, `LabelExpressionParser`).
pub fn carries(expression: &str, has: &dyn Fn(&str) -> bool) -> bool {
    let expression = expression.trim();
    if let Some((left, right)) = split_outside(expression, "||") {
        return carries(left, has) || carries(right, has);
    }
    if let Some((left, right)) = split_outside(expression, "&&") {
        return carries(left, has) && carries(right, has);
    }
    if let Some(rest) = expression.strip_prefix('!') {
        return !carries(rest, has);
    }
    if has(expression) {
        return true;
    }
    expression.strip_prefix('(').and_then(|e| e.strip_suffix(')')).is_some_and(|inner| carries(inner, has))
}

/// Splits at the first operator that stands outside brackets.
fn split_outside<'a>(text: &'a str, operator: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(operator)) => {
                return Some((text.get(..at)?, text.get(at + operator.len()..)?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_expressions_are_understood() {
        let node = Node::new("CPU-SPOT (i-0a)", &["GPU", "TensorCore", "linux"], 1, Launcher::Inbound, 0);
        for yes in ["GPU", "GPU&&TensorCore", "ARM||GPU", "!ARM", "(ARM||GPU)&&linux", "CPU-SPOT (i-0a)"] {
            assert!(node.carries(yes), "{yes}");
        }
        for no in ["ARM", "GPU&&ARM", "!GPU", "(ARM||x)&&linux"] {
            assert!(!node.carries(no), "{no}");
        }
    }

    #[test]
    fn a_full_disk_gets_the_node_marked_once() {
        let mut node = Node::new("gpu-1", &["GPU"], 1, Launcher::Ssh, 0);
        node.measure(10, 5, 0);
        assert!(!node.offline());
        node.disk = 318_767_104;
        node.measure(20, 5, 0);
        node.measure(30, 5, 0);
        assert_eq!(node.mark, Some(Cause::Disk { at: 20, left: 318_767_104 }));
    }
}
