//! Permits for tests, made the only way there is: from a grant and the receipt of a journal.
#![allow(dead_code)] // each test binary uses its own part

use std::sync::Arc;
use std::time::Duration;

use bellboard::base::{Clock, RunId, Text};
use bellboard::gate::{Access, Permit};
use bellboard::model::ControllerId;
use bellboard::store::{Sqlite, Store, Telling};

/// A journal in a folder of its own, and an operator.
#[derive(Debug)]
pub struct Permits {
    store: Sqlite,
    clock: Arc<dyn Clock>,
    next: std::sync::atomic::AtomicU32,
    _folder: tempfile::TempDir,
}

impl Permits {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("journal"), clock.clone()).unwrap();
        Self { store, clock, next: std::sync::atomic::AtomicU32::new(1), _folder: folder }
    }

    /// A permit for one write to a controller, good for a minute.
    pub fn one(&self, system: &str) -> Permit {
        self.lasting(system, Duration::from_secs(60))
    }

    pub fn lasting(&self, system: &str, span: Duration) -> Permit {
        let id = ControllerId::new(system);
        let now = self.clock.now();
        let run = RunId::new(self.next.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        let telling = Telling { at: now, body: "{}", summary: "{}", over: false };
        let head = self.store.create(run, telling).unwrap();
        let lease = self.store.take(&format!("test/{run}"), &Text::line("a test"), span).unwrap();
        let (_, receipt) = self.store.append(&head, telling, &[lease]).unwrap();
        let access = Access::operator(Text::line("op2"), vec![id.clone()]);
        let grant = access.grant(&id, now.plus(Duration::from_secs(3600))).unwrap();
        grant.permit(receipt, now).unwrap()
    }
}
