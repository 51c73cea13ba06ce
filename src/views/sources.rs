//! What is read from where, how fresh it is and how well that goes.
use std::time::Duration;

use serde_json::{Value, json};

use crate::base::{Text, Time};
use crate::insight::stats;
use crate::model::{ControllerId, Jenkins, Problem, Reading, ReadingState, Rows};

use super::column::{Cell, Column, Sort, Tone, count};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, measure, word};
use super::{Context, words};

/// One part of what a controller is asked for.
#[derive(Clone, Debug)]
pub struct SourceRow {
    pub controller: ControllerId,
    /// `nodes`, `queue`, …
    pub part: &'static str,
    pub state: SourceState,
    pub read_at: Option<Time>,
    pub rows: Option<usize>,
    pub problem: Option<Problem>,
    /// Why it is absent.
    pub absent: Option<Text>,
    pub since: Option<Time>,
    pub next_try: Option<Time>,
    /// Of the last answers to requests that belong to this part.
    pub latency: Option<Duration>,
    pub calls: usize,
    pub errors: usize,
}

/// How reading it is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceState {
    Failing,
    Waiting,
    Fresh,
    Absent,
}

impl SourceState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Waiting => "waiting",
            Self::Fresh => "fresh",
            Self::Absent => "absent",
        }
    }
}

impl SourceRow {
    /// All parts of one controller.
    pub fn all(id: &ControllerId, jenkins: &Jenkins) -> Vec<Self> {
        fn rows<T>(reading: &Reading<Rows<T>>) -> Option<usize> {
            reading.get().map(Vec::len)
        }
        let j = jenkins;
        vec![
            Self::of(id, "controller", &j.controller, j.controller.get().map(|_| 1), jenkins),
            Self::of(id, "nodes", &j.nodes, rows(&j.nodes), jenkins),
            Self::of(id, "queue", &j.queue, rows(&j.queue), jenkins),
            Self::of(id, "builds", &j.builds, rows(&j.builds), jenkins),
            Self::of(id, "jobs", &j.jobs, rows(&j.jobs), jenkins),
            Self::of(id, "fleets", &j.fleets, rows(&j.fleets), jenkins),
        ]
    }

    fn of<T>(id: &ControllerId, part: &'static str, r: &Reading<T>, rows: Option<usize>, jenkins: &Jenkins) -> Self {
        let calls: Vec<_> = jenkins.calls.iter().filter(|c| belongs(part, &c.what)).collect();
        let (since, next_try) = match &r.state {
            ReadingState::Failing { since, next_try, .. } => (Some(*since), Some(*next_try)),
            _ => (None, None),
        };
        Self {
            controller: id.clone(),
            part,
            state: match r.state {
                ReadingState::Waiting => SourceState::Waiting,
                ReadingState::Fresh => SourceState::Fresh,
                ReadingState::Failing { .. } => SourceState::Failing,
                ReadingState::Absent { .. } => SourceState::Absent,
            },
            read_at: r.read_at,
            rows,
            problem: r.problem().cloned(),
            absent: match &r.state {
                ReadingState::Absent { why } => Some(why.clone()),
                _ => None,
            },
            since,
            next_try,
            latency: (!calls.is_empty()).then(|| stats::of(calls.iter().map(|c| c.took).collect()).median),
            calls: calls.len(),
            errors: calls.iter().filter(|c| c.error.is_some()).count(),
        }
    }

    /// `prod nodes`.
    pub fn title(&self) -> String {
        format!("{} {}", self.controller, self.part)
    }

    fn says(&self, context: &Context) -> String {
        match (&self.problem, &self.absent) {
            (Some(problem), _) => {
                let next = self.next_try.filter(|t| *t > context.now);
                let next = next.map(|t| format!(", next try in {}", crate::base::Span(t.since(context.now)).short()));
                format!("{problem}{}", next.unwrap_or_default())
            }
            (None, Some(why)) => why.to_string(),
            (None, None) if self.state == SourceState::Waiting => "not read yet".to_owned(),
            _ => String::new(),
        }
    }
}

/// Which part a request was made for, by its path.
fn belongs(part: &str, what: &str) -> bool {
    match part {
        "nodes" => what.contains("/computer"),
        "queue" => what.contains("/queue"),
        "fleets" => what.contains("/ec2-fleet"),
        "builds" => what.contains("/job/"),
        "controller" => what.contains("/whoAmI") || what.ends_with(" /api/json"),
        "jobs" => what.ends_with(" /api/json"),
        _ => false,
    }
}

fn state(row: &SourceRow, _: &Context) -> Cell {
    let tone = match row.state {
        SourceState::Fresh => Tone::Good,
        SourceState::Failing => Tone::Bad,
        SourceState::Waiting => Tone::Moving,
        SourceState::Absent => Tone::Dim,
    };
    Cell::new(row.state.word(), tone)
}

impl Row for SourceRow {
    const NAME: &'static str = "sources";
    const ABOUT: &'static str = "what is read from where, and how fresh it is";
    const ORDER: (&'static str, bool) = ("source", false);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "source",
            title: "source",
            width: (12, 18),
            grow: 0,
            rank: 0,
            right: false,
            cell: |r, _| Cell::new(r.title(), Tone::Name),
            sort: |r, _| Sort::from(&Text::line(r.controller.as_str())),
        },
        Column {
            id: "state",
            title: "state",
            width: (7, 8),
            grow: 0,
            rank: 1,
            right: false,
            cell: state,
            sort: |r, _| Sort::Number(r.state as i64),
        },
        Column {
            id: "age",
            title: "read",
            width: (5, 6),
            grow: 0,
            rank: 2,
            right: true,
            cell: |r, c| r.read_at.map_or(Cell::dim("never"), |t| Cell::plain(words::age(c.now, t))),
            sort: |r, _| Sort::from(r.read_at),
        },
        Column {
            id: "rows",
            title: "rows",
            width: (5, 6),
            grow: 0,
            rank: 4,
            right: true,
            cell: |r, _| r.rows.map_or(Cell::empty(), |n| Cell::plain(n.to_string())),
            sort: |r, _| r.rows.map_or(Sort::Missing, count),
        },
        Column {
            id: "latency",
            title: "median",
            width: (6, 7),
            grow: 0,
            rank: 5,
            right: true,
            cell: |r, _| r.latency.map_or(Cell::empty(), |l| Cell::plain(words::latency(l))),
            sort: |r, _| r.latency.map_or(Sort::Missing, |l| count(l.as_millis() as usize)),
        },
        Column {
            id: "errors",
            title: "errors",
            width: (7, 8),
            grow: 0,
            rank: 6,
            right: true,
            cell: |r, _| {
                let tone = if r.errors > 0 { Tone::Warning } else { Tone::Dim };
                Cell::new(format!("{}/{}", r.errors, r.calls), tone)
            },
            sort: |r, _| count(r.errors),
        },
        Column {
            id: "says",
            title: "what is wrong, and what to do",
            width: (16, 60),
            grow: 1,
            rank: 3,
            right: false,
            cell: |r, c| Cell::new(r.says(c), if r.problem.is_some() { Tone::Bad } else { Tone::Dim }),
            sort: |r, c| Sort::from(&Text::line(&r.says(c))),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("name", "controller and part"),
        word("state", "fresh, failing, waiting, absent"),
        word("error", "what is wrong"),
        measure("age", "how long ago it was read"),
        measure("errors", "how many of the last calls failed"),
    ];
    const JSON: &'static [Field] = &[
        field("name", Kind::Text, "controller and part"),
        field("controller", Kind::Text, "the controller's name in the site file"),
        field("state", Kind::Word(&["fresh", "failing", "waiting", "absent"]), "how reading it is going"),
        maybe("read_at", Kind::Time, "when it was last read, on our clock"),
        maybe("error", Kind::Text, "what is wrong"),
        maybe("hint", Kind::Text, "what to do about it"),
        maybe("since", Kind::Time, "since when it fails, on our clock"),
        maybe("rows", Kind::Whole, "how many rows were read"),
        maybe("latency_ms", Kind::Whole, "median of the last answers"),
        field("calls", Kind::Whole, "how many of the last calls were for this"),
        field("errors", Kind::Whole, "how many of those failed"),
    ];

    fn key(&self) -> Key {
        Key::new(&self.controller, self.part)
    }

    fn name(&self) -> Text {
        Text::line(&self.title())
    }

    fn haystack(&self, out: &mut String) {
        out.push_str(&self.title());
        out.push(' ');
        out.push_str(self.state.word());
    }

    fn field(&self, field: &str, context: &Context) -> Found {
        match field {
            "name" => Found::word(&self.title()),
            "state" => Found::word(self.state.word()),
            "error" => self.problem.as_ref().map_or(Found::Missing, |p| Found::Words(vec![p.what.clone()])),
            "age" => self.read_at.map_or(Found::Missing, |t| Found::Span(context.now.since(t))),
            "errors" => Found::Number(self.errors as f64),
            _ => Found::Missing,
        }
    }

    fn json(&self, _: &Context) -> Value {
        json!({
            "name": self.title(), "controller": self.controller, "state": self.state.word(), "read_at": self.read_at,
            "error": self.problem.as_ref().map(|p| &p.what),
            "hint": self.problem.as_ref().map(|p| &p.hint).filter(|h| !h.is_empty()),
            "since": self.since, "rows": self.rows, "latency_ms": self.latency.map(|l| l.as_millis() as u64),
            "calls": self.calls, "errors": self.errors,
        })
    }
}
