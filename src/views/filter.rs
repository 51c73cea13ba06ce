//! The filter language: fuzzy words, and fields as `label:GPU -state:idle age>10m`.
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::base::Span;

use super::row::{FilterField, Found};
use super::{Context, Row};

/// A filter, read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    fuzzy: Option<Pattern>,
    /// The same words in lower case, to be found as they are written.
    words: Vec<String>,
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    field: &'static str,
    op: Op,
    value: String,
    measure: Option<f64>,
    not: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    /// Contains, whatever the case.
    Has,
    Is,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What is wrong with a filter; `at` in bytes of what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    pub at: Range<usize>,
    pub what: String,
    pub hint: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.hint)
    }
}

impl std::error::Error for FilterError {}

/// Two letters first, so that `>=` is not read as `>`.
const OPS: [(&str, Op); 6] =
    [(">=", Op::AtLeast), ("<=", Op::AtMost), (":", Op::Has), ("=", Op::Is), (">", Op::More), ("<", Op::Less)];

impl Filter {
    /// Reads a filter for rows of kind `R`.
    ///
    /// # Errors
    /// Says what is wrong, where, and what there is to choose from.
    pub fn parse<R: Row>(text: &str) -> Result<Self, FilterError> {
        Self::with(text, R::FILTERS)
    }

    /// The same for any list of fields.
    ///
    /// # Errors
    /// As `parse`.
    pub fn with(text: &str, fields: &'static [FilterField]) -> Result<Self, FilterError> {
        let mut words = Vec::new();
        let mut terms = Vec::new();
        for (at, word) in words_of(text) {
            match term(&word, at.clone(), fields)? {
                Some(term) => terms.push(term),
                None => words.push(word.replace('"', "")),
            }
        }
        let fuzzy =
            (!words.is_empty()).then(|| Pattern::parse(&words.join(" "), CaseMatching::Ignore, Normalization::Smart));
        let words = words.iter().map(|w| ascii(&w.to_lowercase()).into_owned()).collect();
        Ok(Self { fuzzy, words, terms })
    }

    /// Lets everything through.
    pub fn is_empty(&self) -> bool {
        self.fuzzy.is_none() && self.terms.is_empty()
    }
}

/// Words with their place; quotation marks hold blanks together.
fn words_of(text: &str) -> Vec<(Range<usize>, String)> {
    let mut out = Vec::new();
    let (mut start, mut word, mut quoted) = (0, String::new(), false);
    for (i, c) in text.char_indices().chain([(text.len(), ' ')]) {
        quoted ^= c == '"';
        if c.is_whitespace() && (!quoted || i == text.len()) {
            if !word.is_empty() {
                out.push((start..i, std::mem::take(&mut word)));
            }
            continue;
        }
        if word.is_empty() {
            start = i;
        }
        word.push(c);
    }
    out
}

fn term(word: &str, at: Range<usize>, fields: &'static [FilterField]) -> Result<Option<Term>, FilterError> {
    let (not, bare) = match word.strip_prefix(['-', '!']) {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, word),
    };
    let name_end = bare.find([':', '=', '<', '>']).unwrap_or(bare.len());
    let (name, rest) = bare.split_at(name_end);
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') {
        return Ok(None);
    }
    let Some((op, value)) = OPS.iter().find_map(|(sign, op)| Some((*op, rest.strip_prefix(sign)?))) else {
        return Ok(None);
    };
    let field = fields.iter().find(|f| f.name == name.to_ascii_lowercase()).ok_or_else(|| FilterError {
        at: at.clone(),
        what: format!("there is no field `{name}` here"),
        hint: format!("fields: {}", fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", ")),
    })?;
    let value = value.replace('"', "");
    let measure = measure(&value);
    let ordered = !matches!(op, Op::Has | Op::Is);
    if ordered && !field.measured {
        return Err(FilterError {
            at,
            what: format!("`{name}` is a word and cannot be more or less"),
            hint: format!("write {name}:{value}"),
        });
    }
    if value.is_empty() || (ordered || field.measured) && measure.is_none() {
        return Err(FilterError {
            at,
            what: format!("`{name}` needs a value"),
            hint: if field.measured { format!("as {name}>10m or {name}<3") } else { format!("as {name}:word") },
        });
    }
    Ok(Some(Term { field: field.name, op, value: value.to_lowercase(), measure, not }))
}

/// A number, a length of time in seconds, or a percentage.
fn measure(value: &str) -> Option<f64> {
    value
        .trim_end_matches('%')
        .parse::<f64>()
        .ok()
        .filter(|n| n.is_finite())
        .or_else(|| Some(value.parse::<Span>().ok()?.0.as_secs_f64()))
}

impl Term {
    fn accepts<R: Row>(&self, row: &R, context: &Context) -> bool {
        let found = match row.field(self.field, context) {
            Found::Missing => false,
            Found::Words(words) => words.iter().any(|w| {
                let w = w.to_lowercase();
                if self.op == Op::Is { w == self.value } else { w.contains(&self.value) }
            }),
            Found::Span(span) => self.compares(span.as_secs_f64()),
            Found::Number(number) => self.compares(number),
        };
        found != self.not
    }

    fn compares(&self, found: f64) -> bool {
        let Some(order) = self.measure.and_then(|m| found.partial_cmp(&m)) else { return false };
        match self.op {
            Op::Has | Op::Is => order == Ordering::Equal,
            Op::Less => order == Ordering::Less,
            Op::AtMost => order != Ordering::Greater,
            Op::More => order == Ordering::Greater,
            Op::AtLeast => order != Ordering::Less,
        }
    }
}

/// What matching needs again and again; kept by whoever filters often.
pub struct Finder {
    matcher: Matcher,
    chars: Vec<char>,
    hay: String,
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Finder")
    }
}

impl Default for Finder {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), chars: Vec::new(), hay: String::new() }
    }
}

/// Jenkins' separator would take the matcher off its fast path: docs/decisions/0002-fuzzy-matching.md.
fn ascii(text: &str) -> Cow<'_, str> {
    if text.contains('»') { Cow::Owned(text.replace('»', ">")) } else { Cow::Borrowed(text) }
}

impl Finder {
    /// The places of the rows that the filter lets through, in order. Rows in which every word stands as it is written;
    /// only where there are none, those that match the words loosely: `gpu-4` means that node, `gp12` may mean gpu-12.
    pub fn pick<R: Row>(&mut self, filter: &Filter, rows: &[R], context: &Context) -> Vec<usize> {
        let fields = |r: &R| filter.terms.iter().all(|t| t.accepts(r, context));
        let mut found: Vec<usize> = rows.iter().enumerate().filter(|(_, r)| fields(r)).map(|(i, _)| i).collect();
        let Some(pattern) = &filter.fuzzy else { return found };
        let mut literal = Vec::new();
        found.retain(|i| {
            let Some(row) = rows.get(*i) else { return false };
            self.hay.clear();
            row.haystack(&mut self.hay);
            let hay = ascii(&self.hay);
            let lower = hay.to_lowercase();
            if filter.words.iter().all(|w| lower.contains(w.as_str())) {
                literal.push(*i);
            }
            // Nothing loose is wanted any more once something stood there literally.
            literal.is_empty() && pattern.score(Utf32Str::new(&hay, &mut self.chars), &mut self.matcher).is_some()
        });
        if literal.is_empty() { found } else { literal }
    }

    /// How well words match a text; none when they do not.
    pub fn score(&mut self, words: &str, text: &str) -> Option<u32> {
        let pattern = Pattern::parse(words, CaseMatching::Ignore, Normalization::Smart);
        pattern.score(Utf32Str::new(text, &mut self.chars), &mut self.matcher)
    }
}
