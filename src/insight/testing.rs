//! Small nodes, items and controllers for the tests of this room and of those above it.
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Text, Time, UrlPath};
use crate::model::{
    Build, BuildId, Controller, Executor, Jenkins, Mode, Monitors, Node, NodeKind, Occupant, QueueItem, QueueState,
    Reading, Task, Who,
};

/// 2026-11-23 20:00 UTC, a Monday.
pub fn now() -> Time {
    "2026-11-23T20:00:00Z".parse().unwrap()
}

pub fn ago(seconds: u64) -> Time {
    now().minus(Duration::from_secs(seconds))
}

/// An idle static node with one executor.
pub fn node(name: &str, labels: &[&str]) -> Node {
    Node {
        name: name.into(),
        path: UrlPath::of(["computer", name]),
        kind: if name.starts_with("i-") { NodeKind::Autoscaled } else { NodeKind::Static },
        description: Text::default(),
        labels: labels.iter().map(|l| Text::line(l)).collect(),
        num_executors: 1,
        executors: vec![Executor { number: 0, idle: true, likely_stuck: false, progress: None, occupant: None }],
        one_off: Vec::new(),
        idle: true,
        offline: false,
        temporarily_offline: false,
        cause: None,
        launch_supported: true,
        inbound: false,
        monitors: Monitors::default(),
    }
}

/// The same node with a build of this job on it, begun so long ago, of so many seconds in all.
pub fn busy(mut node: Node, job: &str, number: u64, begun: u64, estimated: u64) -> Node {
    node.idle = false;
    let occupant = Occupant {
        class: "org.jenkinsci.plugins.workflow.job.WorkflowRun".into(),
        title: Text::line(&format!("{job} #{number}")),
        build: Some(BuildId::new(job_path(job), number)),
        started: Some(ago(begun)),
        estimated: Some(Duration::from_secs(estimated)),
    };
    let progress = u8::try_from((begun * 100 / estimated.max(1)).min(99)).ok();
    node.executors = vec![Executor { number: 0, idle: false, likely_stuck: false, progress, occupant: Some(occupant) }];
    node
}

/// `tvm-gpu » PR-1` as a path.
pub fn job_path(job: &str) -> UrlPath {
    UrlPath::of(job.split(" » ").flat_map(|name| ["job", name]))
}

/// A build step that waits for a label since five minutes.
pub fn item(id: u64, label: &str) -> QueueItem {
    QueueItem {
        id,
        state: QueueState::Buildable,
        why: Text::line(&format!("Waiting for next available executor on ‘{label}’")),
        since: ago(300),
        buildable_since: Some(ago(300)),
        not_before: None,
        stuck: false,
        task: Task {
            class: "hudson.model.FreeStyleProject".into(),
            name: Text::line(&format!("job-{id}")),
            job: Some(UrlPath::of(["job".to_owned(), format!("job-{id}")])),
            build: None,
        },
        label: (!label.is_empty()).then(|| Text::line(label)),
        params: Vec::new(),
        causes: Vec::new(),
    }
}

/// A running build of this job.
#[allow(dead_code, reason = "the rooms above use it")]
pub fn build(job: &str, number: u64, begun: u64, estimated: u64) -> Build {
    Build {
        id: BuildId::new(job_path(job), number),
        title: Text::line(&format!("{job} #{number}")),
        building: true,
        result: None,
        started: ago(begun),
        duration: Duration::ZERO,
        estimated: Some(Duration::from_secs(estimated)),
        causes: Vec::new(),
        revision: None,
        pull_request: None,
        params: Vec::new(),
        node: None,
        queue_id: None,
        description: Text::default(),
    }
}

pub fn controller() -> Controller {
    Controller {
        version: "2.528.3".into(),
        session: "5c1d".into(),
        mode: Mode::Exclusive,
        quieting_down: false,
        quiet_down_reason: Text::default(),
        description: Text::default(),
        use_crumbs: true,
        who: Who { name: "op2".into(), anonymous: false },
    }
}

/// A controller read two seconds ago.
pub fn jenkins(nodes: Vec<Node>, queue: Vec<QueueItem>) -> Jenkins {
    Jenkins {
        controller: Reading::fresh(controller(), ago(2)),
        nodes: Reading::fresh(nodes.into_iter().map(Arc::new).collect(), ago(2)),
        queue: Reading::fresh(queue.into_iter().map(Arc::new).collect(), ago(2)),
        ..Jenkins::default()
    }
}
