//! Why the store could not do it, and what to do then.
use std::fmt;

use crate::base::{RunId, Text};

/// A failure of the store. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The file is not what it should be; it was left as it is.
    Damaged(Text),
    /// Written by a newer bellboard.
    Newer(Text),
    /// Another process keeps the whole file locked.
    Busy(Text),
    /// Somebody holds the lock.
    Held {
        name: Text,
        by: Text,
    },
    /// A lease has ended.
    Lost(Text),
    /// Somebody else wrote to this run.
    Moved(RunId),
    Exists(RunId),
    Missing(RunId),
    /// The disk, permissions, anything else.
    Failed(Text),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(text) | Self::Newer(text) | Self::Busy(text) | Self::Failed(text) => f.write_str(text),
            Self::Held { name, by } => write!(f, "{name} is held by {by}"),
            Self::Lost(name) => write!(f, "the lease of {name} has ended: another process may have taken it"),
            Self::Moved(run) => write!(f, "another process has gone on with run {run}"),
            Self::Exists(run) => write!(f, "run {run} exists already: a plan can be started once"),
            Self::Missing(run) => write!(f, "there is no run {run}"),
        }
    }
}

impl std::error::Error for StoreError {}
