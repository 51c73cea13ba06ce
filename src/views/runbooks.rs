//! The catalogue of runbooks.
use std::fmt::Write;

use serde_json::{Value, json};

use crate::base::Text;
use crate::runbook::{Catalogue, RunbookInfo};

use super::Context;
use super::column::{Cell, Column, Sort, Tone, count};
use super::fields::{Field, Kind, field, maybe};
use super::row::{FilterField, Found, Key, Row, word};

/// A runbook.
#[derive(Clone, Debug)]
pub struct RunbookRow {
    pub info: RunbookInfo,
}

impl RunbookRow {
    pub fn all(catalogue: &Catalogue) -> Vec<Self> {
        catalogue.runbooks.iter().map(|info| Self { info: info.clone() }).collect()
    }

    fn inputs(&self) -> String {
        let one = |i: &crate::runbook::InputInfo| match &i.default {
            Some(_) => format!("[{}]", i.name),
            None => i.name.to_string(),
        };
        self.info.inputs.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

const INPUTS: &[Field] = &[
    field("name", Kind::Text, "its name"),
    field("kind", Kind::Text, "node, text, duration, choice, label, job, build, queue-item, number, words"),
    field("about", Kind::Text, "what it is for"),
    maybe("default", Kind::Text, "null: it must be given"),
];

impl Row for RunbookRow {
    const NAME: &'static str = "runbooks";
    const ABOUT: &'static str = "the runbooks that there are";
    const ORDER: (&'static str, bool) = ("name", false);
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            id: "name",
            title: "runbook",
            width: (14, 22),
            grow: 0,
            rank: 0,
            right: false,
            cell: |r, _| Cell::of(&r.info.name, Tone::Name),
            sort: |r, _| Sort::from(&r.info.name),
        },
        Column {
            id: "risk",
            title: "risk",
            width: (6, 8),
            grow: 0,
            rank: 2,
            right: false,
            cell: |r, _| {
                use crate::runbook::Risk;
                let tone = match r.info.risk {
                    Risk::Low => Tone::Good,
                    Risk::Medium => Tone::Warning,
                    Risk::High | Risk::Critical => Tone::Bad,
                };
                Cell::new(r.info.risk.word(), tone)
            },
            sort: |r, _| count(r.info.risk as usize),
        },
        Column {
            id: "title",
            title: "what it does",
            width: (20, 44),
            grow: 2,
            rank: 1,
            right: false,
            cell: |r, _| Cell::of(&r.info.title, Tone::Plain),
            sort: |r, _| Sort::from(&r.info.title),
        },
        Column {
            id: "inputs",
            title: "inputs",
            width: (10, 24),
            grow: 1,
            rank: 3,
            right: false,
            cell: |r, _| Cell::dim(r.inputs()),
            sort: |r, _| count(r.info.inputs.len()),
        },
        Column {
            id: "from",
            title: "from",
            width: (8, 20),
            grow: 0,
            rank: 4,
            right: false,
            cell: |r, _| Cell::of(&r.info.from, Tone::Dim),
            sort: |r, _| Sort::from(&r.info.from),
        },
    ];
    const FILTERS: &'static [FilterField] = &[
        word("name", "its name"),
        word("risk", "low, medium, high, critical"),
        word("input", "the name or kind of an input"),
        word("from", "built in, or a file"),
    ];
    const JSON: &'static [Field] = &[
        field("name", Kind::Text, "its name"),
        field("title", Kind::Text, "what it does, in a line"),
        field("about", Kind::Text, "what it does, in full"),
        field("risk", Kind::Word(&["low", "medium", "high", "critical"]), "how dangerous"),
        field("inputs", Kind::Objects(INPUTS), "what must or may be given"),
        maybe("undo", Kind::Text, "the runbook that undoes it"),
        field("from", Kind::Text, "built in, or the file it was read from"),
    ];

    fn key(&self) -> Key {
        Key::plain(&self.info.name)
    }

    fn name(&self) -> Text {
        self.info.name.clone()
    }

    fn haystack(&self, out: &mut String) {
        let _ = write!(out, "{} {}", self.info.name, self.info.title);
    }

    fn field(&self, field: &str, _: &Context) -> Found {
        match field {
            "name" => Found::Words(vec![self.info.name.clone()]),
            "risk" => Found::word(self.info.risk.word()),
            "input" => Found::Words(
                self.info.inputs.iter().flat_map(|i| [i.name.clone(), Text::line(i.kind.word())]).collect(),
            ),
            "from" => Found::Words(vec![self.info.from.clone()]),
            _ => Found::Missing,
        }
    }

    fn json(&self, _: &Context) -> Value {
        let info = &self.info;
        let inputs: Vec<Value> = info
            .inputs
            .iter()
            .map(|i| json!({ "name": i.name, "kind": i.kind.word(), "about": i.about, "default": i.default }))
            .collect();
        json!({ "name": info.name, "title": info.title, "about": info.about, "risk": info.risk, "inputs": inputs,
            "undo": info.undo, "from": info.from })
    }
}
