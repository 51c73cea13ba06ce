//! A mistake in a file: what, where, and what to write instead.
use std::fmt;

use serde::Serialize;

use crate::base::Text;

/// Line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub const START: Self = Self { line: 1, column: 1 };

    pub const fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    pub file: Text,
    #[serde(flatten)]
    pub at: Place,
    pub text: Text,
    /// What to write instead; may be empty.
    pub hint: Text,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.at.line, self.at.column, self.text)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

/// All mistakes of one file, as they are found.
#[derive(Debug)]
pub struct Mistakes {
    file: Text,
    all: Vec<Mistake>,
}

impl Mistakes {
    pub fn new(file: &str) -> Self {
        Self { file: Text::line(file), all: Vec::new() }
    }

    pub fn add(&mut self, at: Place, text: &str, hint: &str) {
        self.all.push(Mistake { file: self.file.clone(), at, text: Text::line(text), hint: Text::line(hint) });
    }

    #[cfg(test)]
    pub fn all(&self) -> &[Mistake] {
        &self.all
    }

    /// In the order of the file.
    pub fn sorted(mut self) -> Vec<Mistake> {
        self.all.sort_by_key(|m| m.at);
        self.all
    }
}

/// `did you mean …?` for a word that is not among those known; or which there are.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known.iter().map(|k| (distance(word, k), *k)).min();
    match near {
        Some((far, best)) if far <= 1 + best.len() / 3 => format!("did you mean `{best}`?"),
        _ if known.is_empty() => String::new(),
        _ => format!("one of: {}", known.join(", ")),
    }
}

/// Edit distance (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let best = (*cell + 1).min(left + 1).min(diagonal + usize::from(ca != *cb));
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        assert_eq!(did_you_mean("guard", ["guards", "steps"]), "did you mean `guards`?");
        assert_eq!(
            did_you_mean("jenkins.node.ofline", ["jenkins.node.offline", "jenkins.node.online"]),
            "did you mean `jenkins.node.offline`?"
        );
        assert_eq!(did_you_mean("zzz", ["guards", "steps"]), "one of: guards, steps");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
