//! What every list's row can do.
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::base::Text;
use crate::model::ControllerId;

use super::{Column, Context, Field};

/// By what a row is known from one snapshot to the next.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<str>);

impl Key {
    pub fn new(controller: &ControllerId, name: &str) -> Self {
        Self(format!("{controller} {name}").into())
    }

    pub fn plain(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a filter's field finds in a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Any of these words.
    Words(Vec<Text>),
    Span(Duration),
    Number(f64),
    /// The row has no such thing.
    Missing,
}

impl Found {
    pub fn word(text: &str) -> Self {
        Self::Words(vec![Text::line(text)])
    }
}

/// A field that a filter can ask for.
#[derive(Clone, Copy, Debug)]
pub struct FilterField {
    pub name: &'static str,
    pub about: &'static str,
    /// Compared with `<` and `>` as a length of time or a number.
    pub measured: bool,
}

/// A word to look for, as `label:GPU`.
pub const fn word(name: &'static str, about: &'static str) -> FilterField {
    FilterField { name, about, measured: false }
}

/// A measure to compare, as `age>10m`.
pub const fn measure(name: &'static str, about: &'static str) -> FilterField {
    FilterField { name, about, measured: true }
}

/// A row of a list.
pub trait Row: Clone + fmt::Debug + 'static {
    /// The command's and the screen's name: `nodes`.
    const NAME: &'static str;
    /// What the list is, in a sentence.
    const ABOUT: &'static str;
    const COLUMNS: &'static [Column<Self>];
    const FILTERS: &'static [FilterField];
    const JSON: &'static [Field];
    /// The column that it is sorted by at first, and whether downwards.
    const ORDER: (&'static str, bool);

    fn key(&self) -> Key;
    /// Its name, for messages, dialogs and the clipboard.
    fn name(&self) -> Text;
    /// Adds what fuzzy words are looked for in.
    fn haystack(&self, out: &mut String);
    /// What a filter's field finds; `field` is one of `FILTERS`.
    fn field(&self, field: &str, context: &Context) -> Found;
    fn json(&self, context: &Context) -> Value;
    /// Read long ago, or reading it fails: shown dimmed.
    fn old(&self) -> bool {
        false
    }
}
