//! The snapshot that everybody sees, and the one way to change it.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::base::{Clock, Time};
use crate::model::{ControllerId, Jenkins, Problem, Reading, ReadingState, Snapshot};

use super::part::Part;

/// The controller's clock is taken to have moved against ours only beyond this: `Date` has whole seconds.
const SKEW_NOISE: u64 = 1_500;

#[derive(Debug)]
pub struct Board {
    sender: watch::Sender<Arc<Snapshot>>,
    clock: Arc<dyn Clock>,
    /// When the newest published read of a part was begun (`Clock::boot`): an older answer that comes late is dropped.
    begun: Mutex<BTreeMap<(ControllerId, Part), Duration>>,
}

impl Board {
    pub fn new(controllers: impl Iterator<Item = ControllerId>, clock: Arc<dyn Clock>) -> Self {
        let jenkins = controllers.map(|id| (id, Arc::default())).collect();
        let (sender, _) = watch::channel(Arc::new(Snapshot { seq: 0, jenkins }));
        Self { sender, clock, begun: Mutex::default() }
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.sender.subscribe()
    }

    pub fn current(&self) -> Arc<Snapshot> {
        self.sender.borrow().clone()
    }

    /// What is known of one controller.
    pub fn jenkins(&self, id: &ControllerId) -> Arc<Jenkins> {
        self.sender.borrow().jenkins.get(id).cloned().unwrap_or_default()
    }

    /// Publishes a change by a read that began at `begun`, unless a later one was published already.
    pub fn publish(&self, id: &ControllerId, part: Part, begun: Duration, change: impl FnOnce(&mut Jenkins)) {
        let mut known = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = known.entry((id.clone(), part)).or_default();
        if begun < *newest {
            return;
        }
        *newest = begun;
        self.sender.send_modify(|now| {
            let mut next = Snapshot::clone(now);
            next.seq = next.seq.saturating_add(1);
            let mut jenkins = next.jenkins.get(id).map(|j| Jenkins::clone(j)).unwrap_or_default();
            change(&mut jenkins);
            next.jenkins.insert(id.clone(), Arc::new(jenkins));
            *now = Arc::new(next);
        });
    }
}

/// Takes note of the controller's clock.
pub fn note_skew(jenkins: &mut Jenkins, skew: i64) {
    if jenkins.skew.abs_diff(skew) > SKEW_NOISE {
        jenkins.skew = skew;
    }
}

/// A reading that failed: its value stays.
pub fn failed<T>(old: &Reading<T>, problem: &Problem, now: Time, next_try: Time) -> Reading<T> {
    let since = match &old.state {
        ReadingState::Failing { since, .. } => *since,
        _ => now,
    };
    let state = ReadingState::Failing { since, problem: problem.clone(), next_try };
    Reading { version: old.version, value: old.value.clone(), read_at: old.read_at, state }
}
