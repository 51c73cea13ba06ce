//! How a command ends when it does not end well: the exit code that scripts rely on, and what people read.
use std::fmt;

use crate::base::Text;
use crate::model::{Problem, ProblemKind};

/// Exit codes (docs/interface.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Fine = 0,
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// By a guard or by read-only.
    Refused = 3,
    /// For a person.
    Waits = 4,
    /// A source could not be reached.
    Unreachable = 5,
}

/// What went wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub exit: Exit,
    /// What happened, to what, why; harmless, maybe several lines.
    pub what: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Failed {
    pub fn new(exit: Exit, what: impl Into<String>, hint: impl Into<String>) -> Self {
        let harmless = |text: String| Text::block(&text).to_string();
        Self { exit, what: harmless(what.into()), hint: harmless(hint.into()) }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        let exit = match problem.kind {
            ProblemKind::NotAllowed => Exit::Refused,
            ProblemKind::NotFound | ProblemKind::Refused { .. } => Exit::Failed,
            _ => Exit::Unreachable,
        };
        Self::new(exit, problem.what.as_str(), problem.hint.as_str())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for line in self.hint.lines() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}
