//! One thing that was read: its value, when, and how reading it is going.
use std::sync::Arc;

use crate::base::Time;

use super::Problem;

/// The last value read of something, kept when reading it fails.
#[derive(Clone, Debug)]
pub struct Reading<T> {
    /// Raised when the value changed; equal versions mean the same value.
    pub version: u64,
    pub value: Option<Arc<T>>,
    /// When the value was last confirmed (our clock).
    pub read_at: Option<Time>,
    pub state: ReadingState,
}

/// How reading it is going.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingState {
    /// Nothing was asked yet.
    Waiting,
    /// The last attempt succeeded.
    Fresh,
    /// The last attempts failed since then; the value, if any, is old.
    Failing { since: Time, problem: Problem, next_try: Time },
    /// The other side does not have this (a plugin is not installed): not a failure.
    Absent { why: crate::base::Text },
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { version: 0, value: None, read_at: None, state: ReadingState::Waiting }
    }
}

impl<T> Reading<T> {
    /// A fresh value, for tests and for the first answer.
    pub fn fresh(value: T, read_at: Time) -> Self {
        Self { version: 1, value: Some(Arc::new(value)), read_at: Some(read_at), state: ReadingState::Fresh }
    }

    /// The value, old or new.
    pub fn get(&self) -> Option<&T> {
        self.value.as_deref()
    }

    /// The problem with reading it, if there is one now.
    pub fn problem(&self) -> Option<&Problem> {
        match &self.state {
            ReadingState::Failing { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
