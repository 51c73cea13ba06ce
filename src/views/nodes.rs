//! The list of nodes.
use std::fmt::Write;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Text, Time};
use crate::insight::{Drain, drain};
use crate::model::{ControllerId, Jenkins, Node, NodeState, ReadingState};

use super::column::{Cell, Column, Sort, Tone, count};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, measure, word};
use super::{Context, words};

/// A node of one controller.
#[derive(Clone, Debug)]
pub struct NodeRow {
    pub controller: ControllerId,
    pub node: Arc<Node>,
    pub jenkins: Arc<Jenkins>,
}

impl NodeRow {
    /// Now, on the controller's clock.
    pub fn there(&self, context: &Context) -> Time {
        self.jenkins.now(context.now)
    }

    pub fn state(&self) -> NodeState {
        self.node.state()
    }

    pub fn drain(&self) -> Drain {
        drain(&self.jenkins, &self.node)
    }

    /// Since when it has been offline or marked so.
    pub fn since(&self) -> Option<Time> {
        self.node.cause.as_ref()?.since
    }

    /// Why it is offline; nothing while it is not.
    pub fn reason(&self) -> Option<&Text> {
        self.node.cause.as_ref().filter(|_| self.node.offline || self.node.temporarily_offline).map(|c| &c.reason)
    }

    fn labels(&self) -> String {
        self.node.labels.iter().map(Text::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Why it is offline, or what it runs.
    pub fn doing(&self, context: &Context) -> String {
        if let Some(reason) = self.reason() {
            return reason.to_string();
        }
        let drain = self.drain();
        let now = self.there(context);
        let build = |b: &crate::insight::Ending| match b.ends {
            Some(end) => format!("{} {}", b.title, words::left(now, end)),
            None => b.title.to_string(),
        };
        drain.builds.iter().map(build).collect::<Vec<_>>().join(" · ")
    }
}

fn state(row: &NodeRow, _: &Context) -> Cell {
    let (word, tone) = words::node_state(row.state());
    Cell::new(word, tone)
}

fn since(row: &NodeRow, context: &Context) -> Cell {
    row.since().map_or(Cell::empty(), |t| Cell::dim(words::age(row.there(context), t)))
}

fn executors(row: &NodeRow, _: &Context) -> Cell {
    let busy = row.node.busy();
    Cell::new(format!("{busy}/{}", row.node.num_executors), if busy > 0 { Tone::Busy } else { Tone::Dim })
}

fn free(row: &NodeRow) -> Option<u64> {
    let m = &row.node.monitors;
    [&m.disk, &m.temp].into_iter().flatten().map(|d| d.free).min()
}

fn disk(row: &NodeRow, _: &Context) -> Cell {
    // The limit of the bell is the site file's; here it is only a hint to the eye.
    free(row).map_or(Cell::empty(), |free| {
        Cell::new(words::bytes(free), if free < 5_000_000_000 { Tone::Warning } else { Tone::Dim })
    })
}

fn clock(row: &NodeRow, _: &Context) -> Cell {
    row.node.monitors.clock_diff.map_or(Cell::empty(), |ms| {
        let tone = if ms.abs() > 10_000 { Tone::Warning } else { Tone::Dim };
        Cell::new(format!("{}{}s", if ms < 0 { "-" } else { "+" }, ms.abs() / 1000), tone)
    })
}

fn response(row: &NodeRow, _: &Context) -> Cell {
    row.node.monitors.response.map_or(Cell::empty(), |t| Cell::dim(words::latency(t)))
}

fn doing(row: &NodeRow, context: &Context) -> Cell {
    let tone = match row.state() {
        NodeState::Offline => Tone::Bad,
        NodeState::MarkedOffline | NodeState::Draining => Tone::Warning,
        _ => Tone::Plain,
    };
    Cell::new(row.doing(context), tone)
}

/// Which build an executor runs, for JSON.
const BUILDS: &[Field] = &[
    field("title", Kind::Text, "as Jenkins shows it"),
    maybe("build", Kind::Text, "path below the controller's root"),
    maybe("started", Kind::Time, "on the controller's clock"),
    maybe("ends", Kind::Time, "by Jenkins' own estimate, on the controller's clock"),
    maybe("progress", Kind::Whole, "percent"),
    field("one_off", Kind::Yes, "outside the executors' count: it holds a Pipeline itself"),
];

impl Row for NodeRow {
    const NAME: &'static str = "nodes";
    const ABOUT: &'static str = "the nodes of all controllers, and what they run";
    const ORDER: (&'static str, bool) = ("state", false);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "name",
            title: "node",
            width: (10, 20),
            grow: 0,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.node.name, Tone::Name),
            sort: |r, _| Sort::from(&r.node.name),
        },
        Column {
            id: "state",
            title: "state",
            width: (9, 14),
            grow: 0,
            rank: 1,
            right: false,
            cell: state,
            sort: |r, _| Sort::Number(r.state() as i64),
        },
        Column {
            id: "since",
            title: "for",
            width: (4, 4),
            grow: 0,
            rank: 4,
            right: true,
            cell: since,
            sort: |r, _| Sort::from(r.since()),
        },
        Column {
            id: "executors",
            title: "exec",
            width: (4, 5),
            grow: 0,
            rank: 3,
            right: true,
            cell: executors,
            sort: |r, _| count(r.node.busy()),
        },
        Column {
            id: "labels",
            title: "labels",
            width: (10, 22),
            grow: 1,
            rank: 5,
            right: false,
            cell: |r, _| Cell::plain(r.labels()),
            sort: |r, _| Sort::from(&Text::line(&r.labels())),
        },
        Column {
            id: "doing",
            title: "runs, or why not",
            width: (18, 40),
            grow: 3,
            rank: 2,
            right: false,
            cell: doing,
            sort: |r, c| Sort::from(&Text::line(&r.doing(c))),
        },
        Column {
            id: "disk",
            title: "disk free",
            width: (9, 9),
            grow: 0,
            rank: 6,
            right: true,
            cell: disk,
            sort: |r, _| free(r).map_or(Sort::Missing, |f| Sort::Number(i64::try_from(f).unwrap_or(i64::MAX))),
        },
        Column {
            id: "kind",
            title: "kind",
            width: (10, 10),
            grow: 0,
            rank: 7,
            right: false,
            cell: |r, _| Cell::dim(words::node_kind(r.node.kind)),
            sort: |r, _| Sort::Number(r.node.kind as i64),
        },
        Column {
            id: "clock",
            title: "clock",
            width: (5, 6),
            grow: 0,
            rank: 8,
            right: true,
            cell: clock,
            sort: |r, _| r.node.monitors.clock_diff.map_or(Sort::Missing, Sort::Number),
        },
        Column {
            id: "response",
            title: "ping",
            width: (5, 6),
            grow: 0,
            rank: 9,
            right: true,
            cell: response,
            sort: |r, _| r.node.monitors.response.map_or(Sort::Missing, |t| count(t.as_millis() as usize)),
        },
        Column {
            id: "controller",
            title: "controller",
            width: (8, 10),
            grow: 0,
            rank: 4,
            right: false,
            cell: |r, _| Cell::dim(r.controller.as_str().to_owned()),
            sort: |r, _| Sort::from(&Text::line(r.controller.as_str())),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("name", "the node's name"),
        word("label", "one of its labels"),
        word("state", "offline, draining, marked, busy, idle"),
        word("kind", "static, autoscaled, built-in"),
        word("reason", "why it is offline"),
        word("build", "what it runs"),
        word("controller", "the controller's name"),
        measure("age", "how long it has been offline"),
        measure("busy", "how many executors are busy"),
        measure("executors", "how many executors it has"),
        measure("disk", "gigabytes free"),
        measure("clock", "seconds its clock is off"),
    ];
    const JSON: &'static [Field] = &[
        field("name", Kind::Text, "the node's name"),
        field("controller", Kind::Text, "the controller's name in the site file"),
        field("kind", Kind::Word(&["built_in", "static", "autoscaled"]), "who made it"),
        field("labels", Kind::Texts, "without the node's own name"),
        field(
            "state",
            Kind::Word(&["offline", "draining", "marked_offline", "busy", "idle"]),
            "from Jenkins' flags alone",
        ),
        maybe("reason", Kind::Text, "why it is offline"),
        maybe("since", Kind::Time, "since when it is offline, on the controller's clock"),
        field("executors", Kind::Whole, "how many it has"),
        field("busy", Kind::Whole, "how many of them run something"),
        field("builds", Kind::Objects(BUILDS), "what it runs, one-off executors too"),
        maybe("instance", Kind::Text, "the EC2 instance; so far known for nodes of a fleet only, whose name it is"),
        maybe("image", Kind::Text, "not known yet"),
        maybe("address", Kind::Text, "the Terraform address; not known yet"),
        maybe("hold", Kind::Text, "not known yet"),
        maybe("disk_free", Kind::Whole, "bytes free on the fuller of its disks"),
        maybe("clock_diff_ms", Kind::Whole, "the node's clock less the controller's"),
        maybe("response_ms", Kind::Whole, "as the controller last measured it"),
        maybe("read_at", Kind::Time, "when it was read, on our clock"),
    ];

    fn key(&self) -> Key {
        Key::new(&self.controller, self.node.path.as_str())
    }

    fn name(&self) -> Text {
        self.node.name.clone()
    }

    fn haystack(&self, out: &mut String) {
        out.push_str(&self.node.name);
        for label in &self.node.labels {
            let _ = write!(out, " {label}");
        }
        let _ = write!(out, " {}", words::node_state(self.state()).0);
        if let Some(reason) = self.reason() {
            let _ = write!(out, " {reason}");
        }
        for occupant in self.node.executors.iter().filter_map(|e| e.occupant.as_ref()) {
            let _ = write!(out, " {}", occupant.title);
        }
    }

    fn field(&self, field: &str, context: &Context) -> Found {
        let node = &self.node;
        match field {
            "name" => Found::Words(vec![node.name.clone()]),
            "label" => Found::Words(node.labels.clone()),
            "state" => Found::word(words::node_state(self.state()).0),
            "kind" => Found::word(words::node_kind(node.kind)),
            "reason" => self.reason().map_or(Found::Missing, |r| Found::Words(vec![r.clone()])),
            "build" => Found::Words(self.drain().builds.iter().map(|b| b.title.clone()).collect()),
            "controller" => Found::word(self.controller.as_str()),
            "age" => self.since().map_or(Found::Missing, |t| Found::Span(self.there(context).since(t))),
            "busy" => Found::Number(node.busy() as f64),
            "executors" => Found::Number(f64::from(node.num_executors)),
            "disk" => free(self).map_or(Found::Missing, |f| Found::Number(f as f64 / 1e9)),
            "clock" => node.monitors.clock_diff.map_or(Found::Missing, |ms| Found::Number(ms.abs() as f64 / 1000.0)),
            _ => Found::Missing,
        }
    }

    fn json(&self, _: &Context) -> Value {
        let node = &self.node;
        let builds: Vec<Value> = self
            .drain()
            .builds
            .iter()
            .map(|b| {
                json!({
                    "title": b.title, "build": b.build.as_ref().map(|id| id.path()), "started": b.started,
                    "ends": b.ends, "progress": b.progress, "one_off": b.one_off,
                })
            })
            .collect();
        let instance =
            (node.kind == crate::model::NodeKind::Autoscaled && node.name.starts_with("i-")).then(|| node.name.clone());
        json!({
            "name": node.name, "controller": self.controller, "kind": node.kind, "labels": node.labels,
            "state": node.state(), "reason": self.reason(), "since": self.since(),
            "executors": node.num_executors, "busy": node.busy(), "builds": builds,
            "instance": instance, "image": null, "address": null, "hold": null,
            "disk_free": free(self), "clock_diff_ms": node.monitors.clock_diff,
            "response_ms": node.monitors.response.map(|t| t.as_millis() as u64),
            "read_at": self.jenkins.nodes.read_at,
        })
    }

    fn old(&self) -> bool {
        !matches!(self.jenkins.nodes.state, ReadingState::Fresh)
    }
}
