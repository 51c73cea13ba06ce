//! The board as data: what `bellboard status --json` prints.
use serde_json::{Value, json};

use crate::base::{Text, Time};
use crate::bells::Bell;
use crate::insight::{Capacity, Diagnoses, LabelState};
use crate::model::{ControllerId, Jenkins, NodeState};
use crate::site::BellLimits;

use super::fields::{Field, Kind, field, maybe, object};
use super::{Row, RunRow, SourceRow, Survey};

/// Nodes counted by what they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeCounts {
    pub busy: usize,
    pub idle: usize,
    pub draining: usize,
    pub marked: usize,
    pub offline: usize,
}

impl NodeCounts {
    /// Of some nodes' states.
    pub fn of(states: impl Iterator<Item = NodeState>) -> Self {
        let mut n = Self::default();
        for state in states {
            match state {
                NodeState::Busy => n.busy += 1,
                NodeState::Idle => n.idle += 1,
                NodeState::Draining => n.draining += 1,
                NodeState::MarkedOffline => n.marked += 1,
                NodeState::Offline => n.offline += 1,
            }
        }
        n
    }

    pub const fn total(self) -> usize {
        self.busy + self.idle + self.draining + self.marked + self.offline
    }
}

/// The whole board at one moment; bells beyond `at_least` are for the caller to pick.
pub fn status(survey: &Survey, limits: &BellLimits, now: Time) -> Value {
    let context = survey.context(now);
    let rows = survey.bell_rows(limits, now);
    let nodes = survey.jenkins().flat_map(|(_, j)| j.nodes.get().into_iter().flatten()).map(|n| n.state());
    let n = NodeCounts::of(nodes);
    json!({
        "bells": rows.iter().map(|b| b.json(&context)).collect::<Vec<_>>(),
        "queue": queue(survey, now),
        "nodes": {
            "online": n.busy + n.idle, "busy": n.busy + n.draining, "draining": n.draining,
            "offline": n.offline + n.draining + n.marked, "total": n.total(),
        },
        "fleets": survey.jenkins().flat_map(|(id, j)| fleets(id, j)).collect::<Vec<_>>(),
        "runs": survey.run_rows().iter().filter(|r| !r.run.state.is_over()).map(|r| run(r, &context)).collect::<Vec<_>>(),
        "window": null,
        "sources": survey.sources().iter().map(|s| source(s, &context)).collect::<Vec<_>>(),
    })
}

fn queue(survey: &Survey, now: Time) -> Value {
    let items = || survey.jenkins().flat_map(|(_, j)| j.queue.get().into_iter().flatten().map(move |i| (j, i)));
    let oldest = items().map(|(j, i)| j.now(now).since(i.since).as_secs()).max();
    let labels = survey.jenkins().flat_map(|(id, j)| labels(id, j, survey.diagnoses(id).map(AsRef::as_ref), now));
    json!({ "total": items().count(), "oldest_seconds": oldest, "labels": labels.collect::<Vec<_>>() })
}

fn labels(id: &ControllerId, jenkins: &Jenkins, diagnoses: Option<&Diagnoses>, now: Time) -> Vec<Value> {
    let there = jenkins.now(now);
    let one = |s: &LabelState| {
        let Capacity { nodes, executors, busy, accepting, free, .. } = s.capacity;
        json!({
            "label": s.label, "controller": id, "waiting": s.waiting,
            "oldest_seconds": s.wait(there).map(|w| w.as_secs()), "nodes": nodes, "executors": executors,
            "busy": busy, "accepting": accepting, "free": free,
        })
    };
    diagnoses.map(|d| d.labels.iter().map(one).collect()).unwrap_or_default()
}

fn fleets(id: &ControllerId, jenkins: &Jenkins) -> Vec<Value> {
    let rows = jenkins.fleets.get().into_iter().flatten();
    rows.map(|f| {
        json!({ "fleet": f.fleet, "controller": id, "label": f.label, "active": f.active, "desired": f.desired,
            "max": f.max, "state": f.state })
    })
    .collect()
}

fn run(row: &RunRow, context: &super::Context) -> Value {
    let mut json = row.json(context);
    if let Some(map) = json.as_object_mut() {
        map.retain(|key, _| RUN.iter().any(|f| f.name == key));
    }
    json
}

fn source(row: &SourceRow, context: &super::Context) -> Value {
    let mut json = row.json(context);
    if let Some(map) = json.as_object_mut() {
        map.retain(|key, _| SOURCE.iter().any(|f| f.name == key));
    }
    json
}

/// The worst severity that rings, for `--fail-on`.
pub fn worst(bells: &[Bell]) -> Option<crate::bells::Severity> {
    bells.iter().map(|b| b.severity).max()
}

/// The board in a few lines of text, for people without a screen.
pub fn text(survey: &Survey, limits: &BellLimits, now: Time) -> String {
    let mut out = String::new();
    for bell in survey.bells(limits, now) {
        let since = bell.since.map(|t| super::words::age(now, t)).unwrap_or_default();
        let answer = bell.runbook.map(|r| format!("  [{r}]")).unwrap_or_default();
        out += &format!("{:<8} {since:>4}  {}: {}{answer}\n", bell.severity.word(), bell.subject, bell.why);
    }
    if out.is_empty() {
        out += "no bell rings\n";
    }
    for (id, jenkins) in survey.jenkins() {
        out += &controller_line(id, jenkins, survey, now);
    }
    out
}

fn controller_line(id: &ControllerId, jenkins: &Jenkins, survey: &Survey, now: Time) -> String {
    let n = NodeCounts::of(jenkins.nodes.get().into_iter().flatten().map(|n| n.state()));
    let queue = jenkins.queue.get().map_or(0, Vec::len);
    let age =
        jenkins.nodes.read_at.map_or("never read".to_owned(), |t| format!("read {} ago", super::words::age(now, t)));
    let mut out = format!(
        "{id}: {queue} waiting; {} nodes: {} busy, {} idle, {} draining, {} marked offline, {} offline; {age}\n",
        n.total(),
        n.busy,
        n.idle,
        n.draining,
        n.marked,
        n.offline
    );
    if let Some(diagnoses) = survey.diagnoses(id) {
        for state in diagnoses.labels.waiting() {
            let label = if state.label.is_empty() { Text::line("any node") } else { state.label.clone() };
            let wait = state.wait(jenkins.now(now)).map(|w| crate::base::Span(w).short()).unwrap_or_default();
            out += &format!(
                "  {label}: {} waiting, oldest {wait}; {} of {} executors busy\n",
                state.waiting,
                state.capacity.working(),
                state.capacity.accepting
            );
        }
    }
    out
}

const QUEUE: &[Field] = &[
    field("total", Kind::Whole, "items in all queues"),
    maybe("oldest_seconds", Kind::Seconds, "how long the oldest has waited"),
    field("labels", Kind::Objects(LABELS), "by label expression"),
];
const LABELS: &[Field] = &[
    field("label", Kind::Text, "the label expression; empty: any node"),
    field("controller", Kind::Text, "the controller's name in the site file"),
    field("waiting", Kind::Whole, "items that wait for an executor of it"),
    maybe("oldest_seconds", Kind::Seconds, "how long the oldest has waited"),
    field("nodes", Kind::Whole, "nodes that match"),
    field("executors", Kind::Whole, "executors of all of them"),
    field("busy", Kind::Whole, "executors that run something"),
    field("accepting", Kind::Whole, "executors of nodes that accept builds"),
    field("free", Kind::Whole, "those of them that are free"),
];
const NODES: &[Field] = &[
    field("online", Kind::Whole, "connected and not marked"),
    field("busy", Kind::Whole, "nodes that run something"),
    field("draining", Kind::Whole, "marked offline and still running something"),
    field("offline", Kind::Whole, "not connected, or marked offline"),
    field("total", Kind::Whole, "all"),
];
const FLEETS: &[Field] = &[
    field("fleet", Kind::Text, "the Auto Scaling group or fleet"),
    field("controller", Kind::Text, "the controller's name in the site file"),
    field("label", Kind::Text, "its labels, separated by blanks"),
    field("active", Kind::Whole, "instances that the plugin counts"),
    field("desired", Kind::Whole, "instances asked for"),
    maybe("max", Kind::Whole, "its maximum, where the plugin says it"),
    field("state", Kind::Text, "the plugin's word"),
];
const RUN: &[Field] = &[
    field("run", Kind::Text, "its name"),
    field("controller", Kind::Text, "the controller's name in the site file"),
    field("runbook", Kind::Text, "the runbook's name"),
    field("subject", Kind::Text, "what it acts on"),
    field("state", Kind::Text, "how it stands"),
    field("here", Kind::Yes, "it is driven in this process"),
    field("by", Kind::Text, "who started it"),
    maybe("left_seconds", Kind::Seconds, "how long it should still take"),
    maybe("question", Kind::Text, "what it waits to be told"),
];
const SOURCE: &[Field] = &[
    field("name", Kind::Text, "controller and part"),
    field("state", Kind::Text, "fresh, failing, waiting, absent"),
    maybe("read_at", Kind::Time, "when it was last read, on our clock"),
    maybe("error", Kind::Text, "what is wrong"),
];
/// Keys of the whole.
pub const STATUS: &[Field] = &[
    field("bells", Kind::Objects(super::bells::BELL), "worst first"),
    field("queue", Kind::Object(QUEUE), "what waits"),
    field("nodes", Kind::Object(NODES), "nodes counted"),
    field("fleets", Kind::Objects(FLEETS), "as the EC2 Fleet plugin shows them"),
    field("runs", Kind::Objects(RUN), "those that are not over"),
    maybe("window", Kind::Text, "the next change window; none is configured yet"),
    field("sources", Kind::Objects(SOURCE), "how fresh everything is"),
];

/// The schema of `status`.
pub fn schema() -> Value {
    let mut schema = object(STATUS);
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".to_owned(), Value::from("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), Value::from("status"));
    }
    schema
}
