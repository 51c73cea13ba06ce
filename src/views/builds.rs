//! Running and recent builds.
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::base::{Span, Text, Time};
use crate::model::{Build, ControllerId, Jenkins, ReadingState};

use super::column::{Cell, Column, Sort, Tone, count};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, measure, word};
use super::{Context, words};

/// A build of one controller.
#[derive(Clone, Debug)]
pub struct BuildRow {
    pub controller: ControllerId,
    pub build: Arc<Build>,
    pub jenkins: Arc<Jenkins>,
}

impl BuildRow {
    /// Now, on the controller's clock.
    pub fn there(&self, context: &Context) -> Time {
        self.jenkins.now(context.now)
    }

    /// How long it ran, or has been running.
    pub fn took(&self, context: &Context) -> Duration {
        if self.build.building { self.there(context).since(self.build.started) } else { self.build.duration }
    }

    fn cause(&self) -> Text {
        self.build.causes.first().map(|c| c.text.clone()).unwrap_or_default()
    }

    /// Percent done by Jenkins' estimate, while it runs.
    pub fn progress(&self, context: &Context) -> Option<u64> {
        let estimated = self.build.estimated.filter(|_| self.build.building)?;
        let done = self.took(context).as_secs() * 100 / estimated.as_secs().max(1);
        Some(done.min(99))
    }
}

fn state(row: &BuildRow, _: &Context) -> Cell {
    let (word, tone) = match (row.build.building, row.build.result) {
        // Jenkins sets a result before the end; it may still get worse.
        (true, _) => ("running", Tone::Busy),
        (false, None) => ("ended", Tone::Dim),
        (false, result) => words::outcome(result),
    };
    Cell::new(word, tone)
}

fn left(row: &BuildRow, context: &Context) -> Cell {
    row.build.ends().map_or(Cell::empty(), |end| {
        let text = words::left(row.there(context), end);
        let tone = if text == "overdue" { Tone::Warning } else { Tone::Plain };
        Cell::new(text, tone)
    })
}

fn pull_request(row: &BuildRow, _: &Context) -> Cell {
    match &row.build.pull_request {
        Some(pr) => Cell::plain(format!("#{} {}", pr.number, pr.title)),
        None => Cell::dim(row.cause().to_string()),
    }
}

const PULL_REQUEST: &[Field] = &[
    field("number", Kind::Whole, "its number"),
    field("title", Kind::Text, "its title"),
    field("author", Kind::Text, "who opened it"),
    field("url", Kind::Text, "its page"),
];

impl Row for BuildRow {
    const NAME: &'static str = "builds";
    const ABOUT: &'static str = "running and recent builds of all controllers";
    const ORDER: (&'static str, bool) = ("started", true);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "state",
            title: "state",
            width: (8, 9),
            grow: 0,
            rank: 1,
            right: false,
            cell: state,
            sort: |r, _| Sort::Number(if r.build.building { -1 } else { r.build.result.map_or(9, |o| o as i64) }),
        },
        Column {
            id: "build",
            title: "build",
            width: (18, 34),
            grow: 2,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.build.title, Tone::Name),
            sort: |r, _| Sort::from(&r.build.title),
        },
        Column {
            id: "started",
            title: "began",
            width: (5, 5),
            grow: 0,
            rank: 3,
            right: true,
            cell: |r, c| Cell::dim(words::age(r.there(c), r.build.started)),
            sort: |r, _| Sort::from(Some(r.build.started)),
        },
        Column {
            id: "took",
            title: "took",
            width: (6, 7),
            grow: 0,
            rank: 4,
            right: true,
            cell: |r, c| Cell::plain(Span(r.took(c)).to_string().replace(' ', "")),
            sort: |r, c| count(r.took(c).as_secs() as usize),
        },
        Column {
            id: "left",
            title: "left",
            width: (7, 7),
            grow: 0,
            rank: 2,
            right: true,
            cell: left,
            sort: |r, _| Sort::from(r.build.ends()),
        },
        Column {
            id: "for",
            title: "pull request, or cause",
            width: (18, 44),
            grow: 3,
            rank: 5,
            right: false,
            cell: pull_request,
            sort: |r, _| r.build.pull_request.as_ref().map_or(Sort::Missing, |p| count(p.number as usize)),
        },
        Column {
            id: "revision",
            title: "revision",
            width: (8, 8),
            grow: 0,
            rank: 7,
            right: false,
            cell: |r, _| {
                r.build.revision.as_ref().map_or(Cell::empty(), |s| Cell::dim(s.chars().take(8).collect::<String>()))
            },
            sort: |r, _| r.build.revision.as_ref().map_or(Sort::Missing, Sort::from),
        },
        Column {
            id: "node",
            title: "node",
            width: (8, 16),
            grow: 0,
            rank: 8,
            right: false,
            cell: |r, _| r.build.node.as_ref().map_or(Cell::empty(), |n| Cell::of(n, Tone::Dim)),
            sort: |r, _| r.build.node.as_ref().map_or(Sort::Missing, Sort::from),
        },
        Column {
            id: "controller",
            title: "controller",
            width: (8, 10),
            grow: 0,
            rank: 6,
            right: false,
            cell: |r, _| Cell::dim(r.controller.as_str().to_owned()),
            sort: |r, _| Sort::from(&Text::line(r.controller.as_str())),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("job", "the job's name or path"),
        word("state", "running, success, unstable, failure, aborted, not built"),
        word("pr", "the pull request's number or title"),
        word("author", "who opened the pull request"),
        word("cause", "who or what started it"),
        word("revision", "the commit"),
        word("node", "where it ran"),
        word("param", "a parameter, as NAME=value"),
        word("controller", "the controller's name"),
        measure("age", "how long ago it began"),
        measure("took", "how long it ran"),
        measure("left", "how long it should still run"),
        measure("number", "its number"),
    ];
    const JSON: &'static [Field] = &[
        field("build", Kind::Text, "path below the controller's root: job/tvm/job/PR-1/7"),
        field("controller", Kind::Text, "the controller's name in the site file"),
        field("title", Kind::Text, "as Jenkins shows it"),
        field("number", Kind::Whole, "its number"),
        field("building", Kind::Yes, "it runs"),
        maybe("result", Kind::Word(&["SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"]), "null while it runs"),
        field("started", Kind::Time, "on the controller's clock"),
        field("duration_seconds", Kind::Seconds, "until now while it runs"),
        maybe("estimated_end", Kind::Time, "on the controller's clock, while it runs"),
        field("causes", Kind::Texts, "who or what started it"),
        maybe("revision", Kind::Text, "the commit that was built"),
        maybe("pull_request", Kind::Object(PULL_REQUEST), "as Jenkins knows it"),
        field("params", Kind::Strings, "its parameters"),
        maybe("node", Kind::Text, "the node it ran on; a Pipeline has none of its own"),
        maybe("read_at", Kind::Time, "when it was read, on our clock"),
    ];

    fn key(&self) -> Key {
        Key::new(&self.controller, &self.build.id.to_string())
    }

    fn name(&self) -> Text {
        self.build.title.clone()
    }

    fn haystack(&self, out: &mut String) {
        out.push_str(&self.build.title);
        let _ = write!(out, " {}", if self.build.building { "running" } else { words::outcome(self.build.result).0 });
        if let Some(pr) = &self.build.pull_request {
            let _ = write!(out, " {} {}", pr.title, pr.author);
        }
        let _ = write!(out, " {}", self.cause());
    }

    fn field(&self, field: &str, context: &Context) -> Found {
        let build = &self.build;
        let optional = |t: Option<&Text>| t.map_or(Found::Missing, |t| Found::Words(vec![t.clone()]));
        let pr = build.pull_request.as_ref();
        match field {
            "job" => Found::Words(vec![build.title.clone(), Text::line(build.id.job.as_str())]),
            "state" => Found::word(&state(self, context).text),
            "pr" => pr.map_or(Found::Missing, |p| Found::word(&format!("#{} {}", p.number, p.title))),
            "author" => optional(pr.map(|p| &p.author)),
            "cause" => Found::Words(build.causes.iter().map(|c| c.text.clone()).collect()),
            "revision" => optional(build.revision.as_ref()),
            "node" => optional(build.node.as_ref()),
            "param" => Found::Words(build.params.iter().map(|(k, v)| Text::line(&format!("{k}={v}"))).collect()),
            "controller" => Found::word(self.controller.as_str()),
            "age" => Found::Span(self.there(context).since(build.started)),
            "took" => Found::Span(self.took(context)),
            "left" => build.ends().map_or(Found::Missing, |t| Found::Span(t.since(self.there(context)))),
            "number" => Found::Number(build.id.number as f64),
            _ => Found::Missing,
        }
    }

    fn json(&self, context: &Context) -> Value {
        let build = &self.build;
        let params: Map<String, Value> =
            build.params.iter().map(|(k, v)| (k.to_string(), Value::from(v.as_str()))).collect();
        json!({
            "build": build.id.path(), "controller": self.controller, "title": build.title, "number": build.id.number,
            "building": build.building, "result": build.result.filter(|_| !build.building), "started": build.started,
            "duration_seconds": self.took(context).as_secs(), "estimated_end": build.ends(),
            "causes": build.causes.iter().map(|c| &c.text).collect::<Vec<_>>(), "revision": build.revision,
            "pull_request": build.pull_request, "params": params, "node": build.node,
            "read_at": self.jenkins.builds.read_at,
        })
    }

    fn old(&self) -> bool {
        !matches!(self.jenkins.builds.state, ReadingState::Fresh)
    }
}
