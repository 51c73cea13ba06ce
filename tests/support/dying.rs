//! A store whose process dies at a chosen write: just before it is on disk, or just after.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use bellboard::base::{RunId, Text, Time};
use bellboard::store::{Head, Held, Lease, Receipt, Record, RunRow, Store, StoreError, Telling};
use tokio::sync::watch;

/// When it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

/// Dies at the n-th append; from then on nothing is read, written or given back.
#[derive(Debug)]
pub struct Dying {
    inner: Arc<dyn Store>,
    left: AtomicI64,
    after: AtomicBool,
    /// Only appends that hold this are counted.
    only: std::sync::Mutex<String>,
    dead: watch::Sender<bool>,
    last: std::sync::Mutex<String>,
}

impl Dying {
    pub fn new(inner: Arc<dyn Store>) -> Arc<Self> {
        let left = AtomicI64::new(i64::MAX);
        Arc::new(Self {
            inner,
            left,
            after: AtomicBool::new(false),
            only: std::sync::Mutex::default(),
            dead: watch::channel(false).0,
            last: std::sync::Mutex::default(),
        })
    }

    /// From now on: the n-th append, counted from 0.
    pub fn at(&self, appends: i64, moment: Moment) {
        self.after.store(moment == Moment::After, Ordering::SeqCst);
        self.left.store(appends, Ordering::SeqCst);
    }

    /// From now on: the first append of this event.
    pub fn at_event(&self, event: &str, moment: Moment) {
        *self.only.lock().unwrap() = format!("\"event\":\"{event}\"");
        self.at(0, moment);
    }

    pub fn dead(&self) -> watch::Receiver<bool> {
        self.dead.subscribe()
    }

    /// What it died at.
    pub fn died_at(&self) -> String {
        self.last.lock().unwrap().clone()
    }

    fn alive(&self) -> Result<(), StoreError> {
        if *self.dead.borrow() { Err(StoreError::Failed(Text::from("killed"))) } else { Ok(()) }
    }
}

impl Store for Dying {
    fn create(&self, run: RunId, telling: Telling<'_>) -> Result<Head, StoreError> {
        self.alive()?;
        self.inner.create(run, telling)
    }

    fn append(&self, head: &Head, telling: Telling<'_>, leases: &[Lease]) -> Result<(Head, Receipt), StoreError> {
        self.alive()?;
        let counted = telling.body.contains(self.only.lock().unwrap().as_str());
        let dies = counted && self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        let done = if dies && !self.after.load(Ordering::SeqCst) {
            None
        } else {
            Some(self.inner.append(head, telling, leases)?)
        };
        if dies {
            *self.last.lock().unwrap() = telling.body.to_owned();
            self.dead.send_replace(true);
        }
        self.alive()?;
        done.ok_or_else(|| StoreError::Failed(Text::from("killed")))
    }

    fn records(&self, run: RunId) -> Result<(Head, Vec<Record>), StoreError> {
        self.alive()?;
        self.inner.records(run)
    }

    fn runs(&self, finished: usize) -> Result<Vec<RunRow>, StoreError> {
        self.alive()?;
        self.inner.runs(finished)
    }

    fn take(&self, name: &str, note: &Text, span: Duration) -> Result<Lease, StoreError> {
        self.alive()?;
        self.inner.take(name, note, span)
    }

    fn renew(&self, lease: &Lease, span: Duration) -> Result<Lease, StoreError> {
        self.alive()?;
        self.inner.renew(lease, span)
    }

    fn release(&self, lease: Lease) -> Result<(), StoreError> {
        self.alive()?;
        self.inner.release(lease)
    }

    fn held(&self) -> Result<Vec<Held>, StoreError> {
        self.alive()?;
        self.inner.held()
    }

    fn decide(&self, at: Time, body: &str) -> Result<(), StoreError> {
        self.alive()?;
        self.inner.decide(at, body)
    }

    fn decisions(&self) -> Result<Vec<Record>, StoreError> {
        self.alive()?;
        self.inner.decisions()
    }

    fn post(&self, run: RunId, body: &str) -> Result<(), StoreError> {
        self.alive()?;
        self.inner.post(run, body)
    }

    fn collect(&self, run: RunId) -> Result<Vec<String>, StoreError> {
        self.alive()?;
        self.inner.collect(run)
    }
}
