//! What became of a queue item.
use crate::model::{BuildId, QueueItem};

/// Where an item is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueFate {
    /// Still in the queue.
    Waiting(QueueItem),
    /// Left it for a build.
    Started(BuildId),
    /// Left it, and the build has no number yet: ask again.
    Leaving,
    /// Was cancelled.
    Cancelled,
    /// Jenkins has forgotten it: it left or was cancelled some minutes ago, or never was.
    Gone,
}
