//! What outlives the process: journal records, leases, decisions. Opaque to this room.
mod error;
mod presence;
mod sqlite;

use std::time::Duration;

use crate::base::{RunId, Text, Time};

pub use error::StoreError;
pub use sqlite::Sqlite;

#[cfg(test)]
mod contract;

/// Proof that a record is on disk and its run's lease alive. Only a store makes one; it is used once.
#[derive(Debug)]
pub struct Receipt {
    run: RunId,
    seq: u64,
    send_before: Duration,
}

impl Receipt {
    pub fn run(&self) -> RunId {
        self.run
    }

    /// The record's number in its run.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The latest moment (on `Clock::boot`) at which what the record intends may be under way: before the lease ends.
    pub fn send_before(&self) -> Duration {
        self.send_before
    }
}

/// A run's last record: what the next one is chained to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub run: RunId,
    /// The number that the next record must have.
    pub seq: u64,
    hash: String,
}

/// A lock for a while. The number rises with every holder, so that one who was away too long is told from the next.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    name: String,
    fence: u64,
    until: Duration,
    over: bool,
}

impl Lease {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// On `Clock::boot`.
    pub fn until(&self) -> Duration {
        self.until
    }

    /// Somebody had it who never gave it back.
    pub fn taken_over(&self) -> bool {
        self.over
    }
}

/// One record as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub seq: u64,
    pub at: Time,
    pub body: String,
}

/// A run in the list of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    pub run: RunId,
    pub over: bool,
    /// What its owner wants shown without reading the whole journal.
    pub summary: String,
}

/// Who holds what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub name: String,
    /// What its holder said: who, in which run.
    pub note: Text,
    /// Held by this process.
    pub ours: bool,
}

/// What is told with a record besides the record.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    pub at: Time,
    pub body: &'a str,
    pub summary: &'a str,
    /// Nothing follows but notes.
    pub over: bool,
}

/// Where runs are kept. Calls block until it is on disk: not for async threads.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Begins a run's journal.
    ///
    /// # Errors
    /// There is such a run already, or it cannot be written.
    fn create(&self, run: RunId, telling: Telling<'_>) -> Result<Head, StoreError>;

    /// Writes one record: in one transaction with the checks that `head` is the last one and all `leases` are alive.
    ///
    /// # Errors
    /// Nothing was written: somebody else wrote, a lease has ended, or the disk fails.
    fn append(&self, head: &Head, telling: Telling<'_>, leases: &[Lease]) -> Result<(Head, Receipt), StoreError>;

    /// A run's whole journal, its chain checked.
    ///
    /// # Errors
    /// There is no such run, or its journal has been damaged.
    fn records(&self, run: RunId) -> Result<(Head, Vec<Record>), StoreError>;

    /// Every unfinished run, and the newest `finished` others; newest first.
    ///
    /// # Errors
    /// It cannot be read.
    fn runs(&self, finished: usize) -> Result<Vec<RunRow>, StoreError>;

    /// Takes a lock for a while.
    ///
    /// # Errors
    /// Somebody holds it.
    fn take(&self, name: &str, note: &Text, span: Duration) -> Result<Lease, StoreError>;

    /// Makes a lease last `span` from now.
    ///
    /// # Errors
    /// It has ended and is somebody else's, or may be.
    fn renew(&self, lease: &Lease, span: Duration) -> Result<Lease, StoreError>;

    /// Gives a lock back; one that was lost already is no error.
    ///
    /// # Errors
    /// It cannot be written.
    fn release(&self, lease: Lease) -> Result<(), StoreError>;

    /// Live leases.
    ///
    /// # Errors
    /// It cannot be read.
    fn held(&self) -> Result<Vec<Held>, StoreError>;

    /// Writes down a decision that belongs to no run, chained to the one before.
    ///
    /// # Errors
    /// It cannot be written.
    fn decide(&self, at: Time, body: &str) -> Result<(), StoreError>;

    /// All decisions, their chain checked.
    ///
    /// # Errors
    /// It cannot be read, or has been damaged.
    fn decisions(&self) -> Result<Vec<Record>, StoreError>;

    /// Leaves a message for whoever drives a run.
    ///
    /// # Errors
    /// It cannot be written.
    fn post(&self, run: RunId, body: &str) -> Result<(), StoreError>;

    /// Takes a run's messages, oldest first; each is given out once.
    ///
    /// # Errors
    /// It cannot be read.
    fn collect(&self, run: RunId) -> Result<Vec<String>, StoreError>;
}
