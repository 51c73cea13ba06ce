//! Which Jenkins is played: the recorded age (2.277.3) or today's (facts: 2.528.3 and later).
use std::fmt;

/// A version of Jenkins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 2, the year's line and the patch.
    pub parts: [u32; 3],
}

impl Version {
    /// Reads `2.277.3` or `2.579`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 3];
        let mut pieces = text.trim().split('.');
        for part in &mut parts {
            match pieces.next() {
                Some(piece) => *part = piece.parse().ok()?,
                None => break,
            }
        }
        (pieces.next().is_none() && parts > [0; 3]).then_some(Self { parts })
    }

    /// Whether this is at least 2.`line`.
    pub fn since(self, line: u32) -> bool {
        self.parts >= [2, line, 0]
    }

    /// The built-in node has its new name (2.307; facts: jenkins-today).
    pub fn built_in(self) -> bool {
        self.since(319)
    }

    /// Marks come before the connection's cause, and writing a node's configuration clears them (2.482).
    pub fn mark_first(self) -> bool {
        self.since(482)
    }

    /// The stages come from pipeline-graph-view as well, steps export their names, icons are symbols.
    pub fn today(self) -> bool {
        self.since(440)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, line, patch] = self.parts;
        if patch == 0 { write!(f, "{major}.{line}") } else { write!(f, "{major}.{line}.{patch}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_apart() {
        let old = Version::parse("2.277.3").unwrap();
        let new = Version::parse("2.528.3").unwrap();
        assert_eq!((old.to_string(), new.to_string()), ("2.277.3".into(), "2.528.3".into()));
        assert!(!old.built_in() && !old.mark_first() && !old.today());
        assert!(new.built_in() && new.mark_first() && new.today());
        assert_eq!(Version::parse("2.579").unwrap().to_string(), "2.579");
        for wrong in ["", "two", "2.x", "2.1.2.3"] {
            assert!(Version::parse(wrong).is_none(), "{wrong}");
        }
    }
}
