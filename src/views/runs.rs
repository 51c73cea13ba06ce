//! Runs of runbooks: unfinished ones first, then newest first.
use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Text, Time};
use crate::run::{RunState, RunView, StepState};

use super::column::{Cell, Column, Sort, Tone};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, measure, word};
use super::{Context, words};

/// A run.
#[derive(Clone, Debug)]
pub struct RunRow {
    pub run: Arc<RunView>,
}

impl RunRow {
    fn begun(&self) -> Time {
        self.run.started_at.unwrap_or(self.run.planned_at)
    }

    /// How many of its steps are over, and how many there are.
    pub fn done(&self) -> (usize, usize) {
        let over = |s: StepState| matches!(s, StepState::Done | StepState::Skipped | StepState::Undone);
        (self.run.steps.iter().filter(|s| over(s.state)).count(), self.run.steps.len())
    }

    /// What it does now, or why it stands.
    pub fn says(&self) -> String {
        if let Some(question) = self.run.question.as_ref().filter(|_| !self.run.state.is_over()) {
            return question.text.to_string();
        }
        let active = self.run.steps.iter().find(|s| {
            matches!(s.state, StepState::Running | StepState::Asking | StepState::InDoubt | StepState::Undoing)
        });
        match active {
            Some(step) if !self.run.state.is_over() && !step.says.is_empty() => format!("{}: {}", step.id, step.says),
            Some(step) if !self.run.state.is_over() => format!("{}: {}", step.id, step.does),
            _ => self.run.because.to_string(),
        }
    }

    /// Unfinished, and nobody drives it.
    pub fn abandoned(&self) -> bool {
        !self.run.here && !self.run.state.is_over() && self.run.state != RunState::Planned
    }
}

fn steps(row: &RunRow, _: &Context) -> Cell {
    let (done, all) = row.done();
    Cell::plain(format!("{done}/{all}"))
}

fn state(row: &RunRow, _: &Context) -> Cell {
    if row.abandoned() {
        return Cell::new("unfinished", Tone::Warning);
    }
    let (word, tone) = words::run_state(row.run.state);
    Cell::new(word, tone)
}

const STEPS: &[Field] = &[
    field("id", Kind::Text, "the step's path"),
    field("attempt", Kind::Whole, "from 1"),
    field("verb", Kind::Text, "what it uses"),
    field("state", Kind::Text, "pending, running, asking, in_doubt, done, skipped, failed, undoing, undone"),
    field("says", Kind::Text, "the last thing it said"),
    maybe("started_at", Kind::Time, "on our clock"),
    maybe("ended_at", Kind::Time, "on our clock"),
];

impl Row for RunRow {
    const NAME: &'static str = "runs";
    const ABOUT: &'static str = "runs of runbooks, unfinished ones first";
    const ORDER: (&'static str, bool) = ("", false);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "state",
            title: "state",
            width: (10, 10),
            grow: 0,
            rank: 1,
            right: false,
            cell: state,
            sort: |r, _| Sort::Number(i64::from(r.run.state.is_over())),
        },
        Column {
            id: "runbook",
            title: "runbook",
            width: (12, 18),
            grow: 0,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.run.runbook, Tone::Name),
            sort: |r, _| Sort::from(&r.run.runbook),
        },
        Column {
            id: "subject",
            title: "on",
            width: (8, 16),
            grow: 1,
            rank: 2,
            right: false,
            cell: |r, _| Cell::of(&r.run.subject, Tone::Plain),
            sort: |r, _| Sort::from(&r.run.subject),
        },
        Column {
            id: "steps",
            title: "steps",
            width: (5, 5),
            grow: 0,
            rank: 5,
            right: true,
            cell: steps,
            sort: |r, _| super::column::count(r.done().0),
        },
        Column {
            id: "says",
            title: "now, or why",
            width: (16, 40),
            grow: 4,
            rank: 3,
            right: false,
            cell: |r, _| Cell::plain(r.says()),
            sort: |r, _| Sort::from(&Text::line(&r.says())),
        },
        Column {
            id: "left",
            title: "left",
            width: (5, 7),
            grow: 0,
            rank: 4,
            right: true,
            cell: |r, _| r.run.left.map_or(Cell::empty(), |l| Cell::plain(format!("~{}", l.short()))),
            sort: |r, _| r.run.left.map_or(Sort::Missing, |l| super::column::count(l.0.as_secs() as usize)),
        },
        Column {
            id: "begun",
            title: "begun",
            width: (5, 5),
            grow: 0,
            rank: 6,
            right: true,
            cell: |r, c| Cell::dim(words::age(c.now, r.begun())),
            sort: |r, _| Sort::from(Some(r.begun())),
        },
        Column {
            id: "by",
            title: "by",
            width: (5, 10),
            grow: 0,
            rank: 7,
            right: false,
            cell: |r, _| Cell::of(&r.run.by, Tone::Dim),
            sort: |r, _| Sort::from(&r.run.by),
        },
        Column {
            id: "run",
            title: "run",
            width: (8, 8),
            grow: 0,
            rank: 8,
            right: false,
            cell: |r, _| Cell::dim(r.run.id.to_string()),
            sort: |r, _| Sort::from(&Text::line(&r.run.id.to_string())),
        },
        Column {
            id: "controller",
            title: "controller",
            width: (8, 10),
            grow: 0,
            rank: 9,
            right: false,
            cell: |r, _| Cell::dim(r.run.controller.as_str().to_owned()),
            sort: |r, _| Sort::from(&Text::line(r.run.controller.as_str())),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("runbook", "the runbook's name"),
        word("on", "what it acts on"),
        word("state", "planned, waiting, running, paused, undoing, done, failed, aborted, unfinished"),
        word("by", "who started it"),
        word("controller", "the controller's name"),
        measure("age", "how long ago it was begun"),
    ];
    const JSON: &'static [Field] = &[
        field("run", Kind::Text, "its name"),
        field("controller", Kind::Text, "the controller's name in the site file"),
        field("runbook", Kind::Text, "the runbook's name"),
        field("title", Kind::Text, "the runbook's title"),
        field("subject", Kind::Text, "what it acts on"),
        field(
            "state",
            Kind::Word(&["planned", "waiting", "running", "paused", "undoing", "done", "failed", "aborted"]),
            "how it stands",
        ),
        field("here", Kind::Yes, "it is driven in this process"),
        field("risk", Kind::Word(&["low", "medium", "high", "critical"]), "how dangerous"),
        field("by", Kind::Text, "who started it"),
        field("planned_at", Kind::Time, "on our clock"),
        maybe("started_at", Kind::Time, "on our clock"),
        maybe("ended_at", Kind::Time, "on our clock"),
        maybe("left_seconds", Kind::Seconds, "how long it should still take"),
        field("because", Kind::Text, "why it stands where it stands"),
        maybe("question", Kind::Text, "what it waits to be told"),
        field("steps", Kind::Objects(STEPS), "in order"),
        maybe("read_at", Kind::Time, "our clock: a run is always read from the journal itself"),
    ];

    fn key(&self) -> Key {
        Key::plain(&self.run.id.to_string())
    }

    fn name(&self) -> Text {
        Text::line(&format!("{} {} ({})", self.run.runbook, self.run.subject, self.run.id))
    }

    fn haystack(&self, out: &mut String) {
        let run = &self.run;
        for text in [&run.runbook, &run.subject, &run.title, &run.by] {
            out.push_str(text);
            out.push(' ');
        }
        out.push_str(&run.id.to_string());
    }

    fn field(&self, field: &str, context: &Context) -> Found {
        match field {
            "runbook" => Found::Words(vec![self.run.runbook.clone()]),
            "on" => Found::Words(vec![self.run.subject.clone()]),
            "state" => Found::word(&state(self, context).text),
            "by" => Found::Words(vec![self.run.by.clone()]),
            "controller" => Found::word(self.run.controller.as_str()),
            "age" => Found::Span(context.now.since(self.begun())),
            _ => Found::Missing,
        }
    }

    fn json(&self, context: &Context) -> Value {
        let run = &self.run;
        let steps: Vec<Value> = run
            .steps
            .iter()
            .map(|s| {
                json!({ "id": s.id, "attempt": s.attempt, "verb": s.verb, "state": s.state, "says": s.says,
                    "started_at": s.started_at, "ended_at": s.ended_at })
            })
            .collect();
        json!({
            "run": run.id, "controller": run.controller, "runbook": run.runbook, "title": run.title,
            "subject": run.subject, "state": run.state, "here": run.here, "risk": run.risk, "by": run.by,
            "planned_at": run.planned_at, "started_at": run.started_at, "ended_at": run.ended_at,
            "left_seconds": run.left, "because": run.because, "question": run.question.as_ref().map(|q| &q.text),
            "steps": steps, "read_at": context.now,
        })
    }
}
