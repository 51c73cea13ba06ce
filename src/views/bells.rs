//! Bells: what needs somebody, worst first.
use std::fmt::Write;

use serde_json::{Value, json};

use crate::base::{Text, Time};
use crate::bells::{About, Bell, Severity};

use super::column::{Cell, Column, Sort, Tone};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, measure, word};
use super::{Context, words};

/// A bell that rings.
#[derive(Clone, Debug)]
pub struct BellRow {
    pub bell: Bell,
    /// When the controller was last read, on our clock.
    pub read_at: Option<Time>,
}

/// A bell's sign; its shape tells it as well as its colour.
pub const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Critical => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Info => Tone::Plain,
    }
}

/// Keys of a bell's JSON; `status` has the same.
pub const BELL: &[Field] = &[
    field("severity", Kind::Word(&["critical", "warning", "info"]), "how bad"),
    field("rule", Kind::Text, "the rule that rings it"),
    field("controller", Kind::Text, "the controller's name in the site file"),
    field("subject", Kind::Text, "what it is about"),
    maybe("since", Kind::Time, "on our clock"),
    field("why", Kind::Text, "what is wrong"),
    maybe("runbook", Kind::Text, "the runbook that answers it"),
    maybe("read_at", Kind::Time, "when the controller was last read, on our clock"),
];

impl Row for BellRow {
    const NAME: &'static str = "bells";
    const ABOUT: &'static str = "what needs somebody, worst first";
    const ORDER: (&'static str, bool) = ("", false);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "severity",
            title: "bell",
            width: (8, 8),
            grow: 0,
            rank: 1,
            right: false,
            cell: |r, _| Cell::new(r.bell.severity.word(), tone(r.bell.severity)),
            sort: |r, _| Sort::Number(-(r.bell.severity as i64)),
        },
        Column {
            id: "since",
            title: "for",
            width: (4, 4),
            grow: 0,
            rank: 2,
            right: true,
            cell: |r, c| r.bell.since.map_or(Cell::empty(), |t| Cell::dim(words::age(c.now, t))),
            sort: |r, _| Sort::from(r.bell.since),
        },
        Column {
            id: "subject",
            title: "what",
            width: (10, 22),
            grow: 0,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.bell.subject, Tone::Name),
            sort: |r, _| Sort::from(&r.bell.subject),
        },
        Column {
            id: "why",
            title: "why",
            width: (20, 60),
            grow: 1,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.bell.why, Tone::Plain),
            sort: |r, _| Sort::from(&r.bell.why),
        },
        Column {
            id: "runbook",
            title: "answer",
            width: (12, 16),
            grow: 0,
            rank: 3,
            right: false,
            cell: |r, _| r.bell.runbook.map_or(Cell::empty(), |n| Cell::new(n, Tone::Good)),
            sort: |r, _| r.bell.runbook.map_or(Sort::Missing, |n| Sort::Words(Text::line(n))),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("severity", "critical, warning, info"),
        word("rule", "the rule that rings it"),
        word("what", "what it is about"),
        word("controller", "the controller's name"),
        measure("age", "since when"),
    ];
    const JSON: &'static [Field] = BELL;

    fn key(&self) -> Key {
        let (rule, controller, about) = self.bell.key();
        let about = match about {
            About::Controller => String::new(),
            About::Node(path) => path.to_string(),
            About::Label(label) => label.to_string(),
            About::Run(run) => run.to_string(),
        };
        Key::new(controller, &format!("{rule} {about}"))
    }

    fn name(&self) -> Text {
        self.bell.subject.clone()
    }

    fn haystack(&self, out: &mut String) {
        let _ = write!(out, "{} {} {}", self.bell.subject, self.bell.why, self.bell.rule);
    }

    fn field(&self, field: &str, context: &Context) -> Found {
        match field {
            "severity" => Found::word(self.bell.severity.word()),
            "rule" => Found::word(self.bell.rule),
            "what" => Found::Words(vec![self.bell.subject.clone()]),
            "controller" => Found::word(self.bell.controller.as_str()),
            "age" => self.bell.since.map_or(Found::Missing, |t| Found::Span(context.now.since(t))),
            _ => Found::Missing,
        }
    }

    fn json(&self, _: &Context) -> Value {
        let bell = &self.bell;
        json!({
            "severity": bell.severity, "rule": bell.rule, "controller": bell.controller, "subject": bell.subject,
            "since": bell.since, "why": bell.why, "runbook": bell.runbook, "read_at": self.read_at,
        })
    }
}
