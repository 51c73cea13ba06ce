//! One table of a TOML file, read key by key: what is missing, misspelt or of a wrong type is noted and reading goes on.
use std::cell::RefCell;
use std::fmt::Display;
use std::ops::Range;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mistake;
use super::nearest;

/// Where mistakes are noted.
#[derive(Clone)]
pub(super) struct Notes<'t> {
    file: &'t str,
    text: &'t str,
    mistakes: Rc<RefCell<Vec<Mistake>>>,
}

impl<'t> Notes<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, mistakes: Rc::default() }
    }

    pub(super) fn add(&self, span: &Range<usize>, what: impl Display, hint: impl Display) {
        let mistake = Mistake::at(self.file, self.text, span, &what.to_string(), &hint.to_string());
        self.mistakes.borrow_mut().push(mistake);
    }

    /// All of them, in the order of the file.
    pub(super) fn take(&self) -> Vec<Mistake> {
        let mut all = std::mem::take(&mut *self.mistakes.borrow_mut());
        all.sort_by_key(|m| (m.line, m.column));
        all.dedup();
        all
    }
}

/// A value and its place.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// One table being read. Keys that were never asked for are mistakes; `finish` says so.
pub(super) struct Table<'a, 't> {
    /// As it is called in messages: `[[controller]]`.
    name: &'static str,
    span: Range<usize>,
    table: &'a DeTable<'t>,
    known: RefCell<Vec<&'static str>>,
    pub(super) notes: Notes<'t>,
}

impl<'a, 't> Table<'a, 't> {
    pub(super) fn new(name: &'static str, span: Range<usize>, table: &'a DeTable<'t>, notes: &Notes<'t>) -> Self {
        Self { name, span, table, known: RefCell::default(), notes: notes.clone() }
    }

    /// Of a value that should be a table.
    pub(super) fn of(name: &'static str, value: &'a Value<'t>, hint: &str, notes: &Notes<'t>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(name, value.span(), table, notes)),
            other => {
                notes.add(&value.span(), format!("{name} is {}, not a table", kind(other)), hint);
                None
            }
        }
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn get(&self, key: &'static str) -> Option<&'a Value<'t>> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = (&'a str, Range<usize>, &'a Value<'t>)> {
        self.table.iter().map(|(k, v)| (k.get_ref().as_ref(), k.span(), v))
    }

    /// Notes that a key is missing.
    pub(super) fn missing(&self, key: &str, hint: &str) {
        self.notes.add(&self.span, format!("{} has no `{key}`", self.name), hint);
    }

    pub(super) fn text(&self, key: &'static str, hint: &str) -> Option<(&'a str, Range<usize>)> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "text in quotes", hint);
            return None;
        };
        if text.trim().is_empty() {
            self.notes.add(&value.span(), format!("`{key}` of {} is empty", self.name), hint);
            return None;
        }
        Some((text, value.span()))
    }

    pub(super) fn required(&self, key: &'static str, hint: &str) -> Option<(&'a str, Range<usize>)> {
        if self.table.get(key).is_none() {
            self.get(key);
            self.missing(key, hint);
            return None;
        }
        self.text(key, hint)
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(key, value, "true or false", &format!("write `{key} = true` or `{key} = false`"));
        }
        flag
    }

    pub(super) fn texts(&self, key: &'static str, hint: &str) -> Vec<String> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list of texts", hint);
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => out.push(text.to_owned()),
                Some(_) => self.notes.add(&item.span(), format!("an entry of `{key}` is empty"), hint),
                None => self.wrong(&format!("an entry of `{key}`"), item, "text in quotes", hint),
            }
        }
        out
    }

    /// Something that is written as text and read by `parse`, whose error says what is wrong.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        hint: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (text, span) = self.text(key, hint)?;
        parse(text).map_err(|what| self.notes.add(&span, format!("`{key}`: {what}"), hint)).ok()
    }

    pub(super) fn wrong(&self, key: &str, value: &Value<'t>, wanted: &str, hint: &str) {
        let key = if key.contains('`') { key.to_owned() } else { format!("`{key}`") };
        let what = format!("{key} of {} is {}, not {wanted}", self.name, kind(value.get_ref()));
        self.notes.add(&value.span(), what, hint);
    }

    /// The last step: notes every key that was never asked for.
    pub(super) fn finish(self) {
        self.unknown();
    }

    /// Notes every key that was never asked for.
    pub(super) fn unknown(&self) {
        let known = self.known.borrow();
        for (key, span, _) in self.keys() {
            if known.contains(&key) {
                continue;
            }
            let hint = match nearest(key, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it may have: {}", known.join(", ")),
            };
            self.notes.add(&span, format!("{} has no key `{key}`", self.name), hint);
        }
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
