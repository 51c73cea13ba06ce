//! What outlives the process: journal records, leases, decisions. Opaque to this room.
use std::time::Duration;

use crate::base::RunId;

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
