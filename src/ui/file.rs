//! Reading a keymap or a theme: a TOML file of tables, every mistake with its place.
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::site::{Mistake, nearest};

/// A file being read, and what is wrong with it.
#[derive(Debug)]
pub struct Notes<'t> {
    name: &'t str,
    text: &'t str,
    pub mistakes: Vec<Mistake>,
}

impl<'t> Notes<'t> {
    pub fn add(&mut self, span: &Range<usize>, what: &str, hint: &str) {
        self.mistakes.push(Mistake::at(self.name, self.text, span, what, hint));
    }

    /// The name among `known` that is meant; notes that there is none.
    pub fn known<'k>(&mut self, what: &str, written: &str, span: &Range<usize>, known: &[&'k str]) -> Option<&'k str> {
        if let Some(name) = known.iter().find(|k| **k == written) {
            return Some(name);
        }
        let hint = match nearest(written, known) {
            Some(name) => format!("perhaps `{name}` is meant"),
            None => format!("there are: {}", known.join(", ")),
        };
        self.add(span, &format!("there is no {what} `{written}`"), &hint);
        None
    }
}

/// One `key = value` of a table, where it stands.
pub type Entry<'a, 't> = (&'a str, Range<usize>, &'a DeValue<'t>, Range<usize>);

/// Calls `visit` for every entry of every table; a value at the top belongs to the table "".
/// Gives all mistakes, those of TOML itself first.
pub fn read(
    name: &str,
    text: &str,
    mut visit: impl FnMut(&str, &Range<usize>, Entry<'_, '_>, &mut Notes<'_>),
) -> Vec<Mistake> {
    let mut notes = Notes { name, text, mistakes: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        notes.add(&span, error.message(), "write `key = \"value\"` or `[table]` here");
    }
    for (key, value) in root.get_ref() {
        match value.get_ref() {
            DeValue::Table(table) => {
                for (k, v) in table {
                    visit(key.get_ref(), &key.span(), (k.get_ref(), k.span(), v.get_ref(), v.span()), &mut notes);
                }
            }
            other => visit("", &key.span(), (key.get_ref(), key.span(), other, value.span()), &mut notes),
        }
    }
    notes.mistakes.sort_by_key(|m| (m.line, m.column));
    notes.mistakes
}
