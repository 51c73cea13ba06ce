//! One task per source; publishes snapshots.
