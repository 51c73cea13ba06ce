//! The build queue, each item with why it waits.
use std::fmt::Write;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::base::{Text, Time};
use crate::insight::{Blockage, Diagnoses, Diagnosis};
use crate::model::{ControllerId, Jenkins, QueueItem, ReadingState};

use super::column::{Cell, Column, Sort, Tone, count};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, measure, word};
use super::{Context, words};

/// A queue item of one controller.
#[derive(Clone, Debug)]
pub struct QueueRow {
    pub controller: ControllerId,
    pub item: Arc<QueueItem>,
    pub jenkins: Arc<Jenkins>,
    pub diagnoses: Arc<Diagnoses>,
}

impl QueueRow {
    /// Now, on the controller's clock.
    pub fn there(&self, context: &Context) -> Time {
        self.jenkins.now(context.now)
    }

    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        self.diagnoses.get(self.item.id)
    }

    /// What waits: the build where it is a step of one, else the task.
    pub fn what(&self) -> Text {
        match (&self.item.task.name, &self.item.task.build, &self.item.task.job) {
            (name, ..) if !name.is_empty() => name.clone(),
            (_, Some(build), _) => Text::line(&build.to_string()),
            (_, _, Some(job)) => Text::line(job.as_str()),
            _ if self.item.task.is_pipeline_step() => Text::line("a Pipeline's step"),
            _ => Text::line("something that the controller does not name"),
        }
    }

    /// Why it waits, in a sentence.
    pub fn why(&self) -> String {
        match self.diagnosis().map(|d| &d.blockage) {
            None | Some(Blockage::Other) if !self.item.why.is_empty() => self.item.why.to_string(),
            None => "not known yet".to_owned(),
            Some(blockage) => blockage.to_string(),
        }
    }

    fn starts(&self) -> Option<Time> {
        self.diagnosis()?.starts
    }

    fn blockage(&self) -> &'static str {
        self.diagnosis().map_or("other", |d| d.blockage.word())
    }
}

fn waits(row: &QueueRow, context: &Context) -> Cell {
    let waited = row.there(context).since(row.item.since);
    let tone = match (row.item.stuck, waited.as_secs()) {
        (true, _) | (_, 2400..) => Tone::Bad,
        (_, 600..) => Tone::Warning,
        _ => Tone::Plain,
    };
    Cell::new(crate::base::Span(waited).short(), tone)
}

fn why(row: &QueueRow, _: &Context) -> Cell {
    let tone = match row.diagnosis().map(|d| &d.blockage) {
        Some(b) if b.needs_somebody() => Tone::Bad,
        Some(Blockage::FleetAtMaximum { .. }) => Tone::Warning,
        Some(Blockage::AboutToStart | Blockage::FleetStarting { .. }) => Tone::Good,
        _ => Tone::Plain,
    };
    Cell::new(row.why(), tone)
}

fn starts(row: &QueueRow, context: &Context) -> Cell {
    let now = row.there(context);
    let shown = |at| if at <= now { "soon".to_owned() } else { words::left(now, at) };
    row.starts().map_or(Cell::empty(), |at| Cell::plain(shown(at)))
}

impl Row for QueueRow {
    const NAME: &'static str = "queue";
    const ABOUT: &'static str = "what waits in the queues of all controllers, and why";
    const ORDER: (&'static str, bool) = ("waits", false);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "waits",
            title: "waits",
            width: (6, 6),
            grow: 0,
            rank: 1,
            right: true,
            cell: waits,
            sort: |r, _| Sort::from(Some(r.item.since)),
        },
        Column {
            id: "what",
            title: "what",
            width: (16, 32),
            grow: 2,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.what(), Tone::Name),
            sort: |r, _| Sort::from(&r.what()),
        },
        Column {
            id: "label",
            title: "label",
            width: (9, 16),
            grow: 0,
            rank: 3,
            right: false,
            cell: |r, _| r.item.label.as_ref().map_or(Cell::dim("any"), |l| Cell::of(l, Tone::Plain)),
            sort: |r, _| r.item.label.as_ref().map_or(Sort::Missing, Sort::from),
        },
        Column {
            id: "why",
            title: "why it waits",
            width: (20, 44),
            grow: 2,
            rank: 2,
            right: false,
            cell: why,
            sort: |r, _| Sort::from(&Text::line(&r.why())),
        },
        Column {
            id: "starts",
            title: "starts",
            width: (7, 7),
            grow: 0,
            rank: 4,
            right: true,
            cell: starts,
            sort: |r, _| Sort::from(r.starts()),
        },
        Column {
            id: "state",
            title: "state",
            width: (9, 9),
            grow: 0,
            rank: 6,
            right: false,
            cell: |r, _| Cell::dim(words::queue_state(r.item.state)),
            sort: |r, _| Sort::Number(r.item.state as i64),
        },
        Column {
            id: "id",
            title: "id",
            width: (6, 7),
            grow: 0,
            rank: 7,
            right: true,
            cell: |r, _| Cell::dim(r.item.id.to_string()),
            sort: |r, _| count(usize::try_from(r.item.id).unwrap_or(usize::MAX)),
        },
        Column {
            id: "cause",
            title: "cause",
            width: (12, 26),
            grow: 1,
            rank: 8,
            right: false,
            cell: |r, _| r.item.causes.first().map_or(Cell::empty(), |c| Cell::of(&c.text, Tone::Dim)),
            sort: |r, _| r.item.causes.first().map_or(Sort::Missing, |c| Sort::from(&c.text)),
        },
        Column {
            id: "controller",
            title: "controller",
            width: (8, 10),
            grow: 0,
            rank: 5,
            right: false,
            cell: |r, _| Cell::dim(r.controller.as_str().to_owned()),
            sort: |r, _| Sort::from(&Text::line(r.controller.as_str())),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("what", "the task"),
        word("label", "the label expression it waits for"),
        word(
            "why",
            "fleet_at_maximum, no_free_executor, no_such_label, all_offline, throttled, … or a word of the text",
        ),
        word("state", "quiet, blocked, buildable, pending"),
        word("param", "a parameter, as NAME=value"),
        word("cause", "who or what put it there"),
        word("stuck", "yes or no, as Jenkins finds"),
        word("controller", "the controller's name"),
        measure("age", "how long it has waited"),
        measure("starts", "in how long it should start"),
        measure("id", "the queue item's number"),
    ];
    const JSON: &'static [Field] = &[
        field("id", Kind::Whole, "the queue item's number"),
        field("controller", Kind::Text, "the controller's name in the site file"),
        field("what", Kind::Text, "the task, or the build it is a step of"),
        maybe("job", Kind::Text, "path below the controller's root"),
        maybe("build", Kind::Text, "for a step of a Pipeline: its build's path"),
        field("state", Kind::Word(&["waiting", "blocked", "buildable", "pending"]), "Jenkins' own"),
        field("since", Kind::Time, "on the controller's clock"),
        field("waited_seconds", Kind::Seconds, "until now"),
        maybe("label", Kind::Text, "the label expression it waits for; none: any node"),
        field("blockage", Kind::Text, "why it waits, a word: fleet_at_maximum, no_free_executor, …"),
        field("why", Kind::Text, "why it waits, a sentence"),
        field("jenkins_why", Kind::Text, "Jenkins' own words"),
        maybe("expected_start", Kind::Time, "on the controller's clock, where it can be computed"),
        field("stuck", Kind::Yes, "Jenkins finds it has waited unusually long"),
        field("params", Kind::Strings, "its parameters"),
        field("causes", Kind::Texts, "who or what put it there"),
        maybe("read_at", Kind::Time, "when it was read, on our clock"),
    ];

    fn key(&self) -> Key {
        Key::new(&self.controller, &self.item.id.to_string())
    }

    fn name(&self) -> Text {
        Text::line(&format!("{} (item {})", self.what(), self.item.id))
    }

    fn haystack(&self, out: &mut String) {
        out.push_str(&self.what());
        if let Some(label) = &self.item.label {
            let _ = write!(out, " {label}");
        }
        let _ = write!(out, " {} {}", self.item.id, self.why());
    }

    fn field(&self, field: &str, context: &Context) -> Found {
        let item = &self.item;
        match field {
            "what" => Found::Words(vec![self.what()]),
            "label" => item.label.as_ref().map_or(Found::Missing, |l| Found::Words(vec![l.clone()])),
            "why" => Found::Words(vec![self.blockage().into(), self.why().into()]),
            "state" => Found::word(words::queue_state(item.state)),
            "param" => Found::Words(item.params.iter().map(|(k, v)| Text::line(&format!("{k}={v}"))).collect()),
            "cause" => Found::Words(item.causes.iter().map(|c| c.text.clone()).collect()),
            "stuck" => Found::word(if item.stuck { "yes" } else { "no" }),
            "controller" => Found::word(self.controller.as_str()),
            "age" => Found::Span(self.there(context).since(item.since)),
            "starts" => self.starts().map_or(Found::Missing, |t| Found::Span(t.since(self.there(context)))),
            "id" => Found::Number(item.id as f64),
            _ => Found::Missing,
        }
    }

    fn json(&self, context: &Context) -> Value {
        let item = &self.item;
        let params: Map<String, Value> =
            item.params.iter().map(|(k, v)| (k.to_string(), Value::from(v.as_str()))).collect();
        json!({
            "id": item.id, "controller": self.controller, "what": self.what(), "job": item.task.job,
            "build": item.task.build.as_ref().map(|b| b.path()), "state": item.state, "since": item.since,
            "waited_seconds": self.there(context).since(item.since).as_secs(), "label": item.label,
            "blockage": self.blockage(), "why": Text::line(&self.why()), "jenkins_why": item.why,
            "expected_start": self.starts(), "stuck": item.stuck, "params": params,
            "causes": item.causes.iter().map(|c| &c.text).collect::<Vec<_>>(),
            "read_at": self.jenkins.queue.read_at,
        })
    }

    fn old(&self) -> bool {
        !matches!(self.jenkins.queue.state, ReadingState::Fresh)
    }
}
