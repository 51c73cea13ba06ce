//! A mistake in a file that people write: where it is, what it is, and what to write instead.
use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::base::Text;

/// One mistake, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mistake {
    pub file: Text,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub what: Text,
    pub hint: Text,
}

impl Mistake {
    /// A mistake at a range of bytes of `text`.
    pub fn at(file: &str, text: &str, span: &Range<usize>, what: &str, hint: &str) -> Self {
        let before = text.get(..span.start.min(text.len())).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            file: Text::line(file),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            what: Text::line(what),
            hint: Text::line(hint),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)?;
        if !self.hint.is_empty() {
            write!(f, "\n    {}", self.hint)?;
        }
        Ok(())
    }
}

/// The name among `known` that was most likely meant, if one is near enough.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase();
    let (name, far) =
        known.iter().map(|name| (*name, distance(&written, &name.to_lowercase()))).min_by_key(|(_, far)| *far)?;
    (far <= 1 + name.chars().count() / 4).then_some(name)
}

/// Levenshtein distance with swapped neighbours counted once (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(usize::MAX / 2);
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, ca) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut best = (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + usize::from(ca != *cb));
            if j > 0 && previous == Some(*cb) && b.get(j - 1) == Some(&ca) {
                best = best.min(at(&older, j - 1) + 1);
            }
            row.push(best);
        }
        older = std::mem::replace(&mut last, row);
        previous = Some(ca);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_it_takes_to_turn_one_word_into_another() {
        for (a, b, far) in [("", "", 0), ("", "ab", 2), ("user", "users", 1), ("tkoen", "token", 1), ("url", "id", 3)] {
            assert_eq!(distance(a, b), far, "{a} {b}");
            assert_eq!(distance(b, a), far, "{b} {a}");
        }
    }

    #[test]
    fn finds_what_was_meant_and_nothing_far_fetched() {
        assert_eq!(nearest("operator", &["operators", "user"]), Some("operators"));
        assert_eq!(nearest("URL", &["id", "url"]), Some("url"));
        assert_eq!(nearest("colour", &["id", "url"]), None);
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "a = 1\nnäme = 2\n";
        let mistake = Mistake::at("f.toml", text, &(13..14), "wrong", "write 3");
        assert_eq!(mistake.to_string(), "f.toml:2:7: wrong\n    write 3");
        let beyond = Mistake::at("f.toml", text, &(900..901), "wrong", "");
        assert_eq!((beyond.line, beyond.column), (3, 1));
    }
}
