//! One run's journal in the hands of its driver: writes, keeps the leases alive, folds.
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Clock, RunId, Text};
use crate::run::{Event, Lives, Run, What};
use crate::store::{Head, Lease, Receipt, Store, StoreError, Telling};

/// Does blocking work off the async threads.
///
/// # Errors
/// The store's, or that the work itself died.
pub async fn blocking<T: Send + 'static>(
    store: &Arc<dyn Store>,
    work: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let store = store.clone();
    tokio::task::spawn_blocking(move || work(&*store))
        .await
        .unwrap_or_else(|e| Err(StoreError::Failed(Text::line(&format!("the journal's thread ended: {e}")))))
}

/// What is kept of a run so that it can be listed without reading its journal.
fn summary(run: &Run) -> String {
    serde_json::to_string(&run.view(&Lives::new(), false)).unwrap_or_default()
}

/// The leases that a run needs while it is driven: one for the run itself, one for each lock.
///
/// # Errors
/// Somebody holds one of them; none is kept then.
pub async fn take_all(
    store: &Arc<dyn Store>,
    run: RunId,
    locks: &[Text],
    note: &Text,
    span: Duration,
) -> Result<Vec<Lease>, StoreError> {
    let names: Vec<String> = std::iter::once(format!("run/{run}")).chain(locks.iter().map(|l| l.to_string())).collect();
    let note = note.clone();
    blocking(store, move |store| {
        let mut leases = Vec::new();
        for name in &names {
            match store.take(name, &note, span) {
                Ok(lease) => leases.push(lease),
                Err(error) => {
                    for lease in leases {
                        store.release(lease)?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(leases)
    })
    .await
}

/// A run that this process drives.
#[derive(Debug)]
pub struct Journal {
    pub run: Run,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    head: Head,
    leases: Vec<Lease>,
    span: Duration,
}

impl Journal {
    /// Begins a run: its plan is its first record.
    ///
    /// # Errors
    /// There is such a run already, or it cannot be written.
    pub async fn begin(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        first: Event,
        leases: Vec<Lease>,
        span: Duration,
    ) -> Result<Self, StoreError> {
        let run = Run::begin(&first).map_err(StoreError::Failed)?;
        let (id, at, over) = (run.id, first.at, false);
        let (body, summary) = (written(&first)?, summary(&run));
        let head =
            blocking(&store, move |s| s.create(id, Telling { at, body: &body, summary: &summary, over })).await?;
        Ok(Self { run, store, clock, head, leases, span })
    }

    /// Goes on with a run that was begun by somebody else, or before.
    pub fn go_on(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        run: Run,
        head: Head,
        leases: Vec<Lease>,
        span: Duration,
    ) -> Self {
        Self { run, store, clock, head, leases, span }
    }

    /// Whether somebody had one of its leases and never gave it back.
    pub fn taken_over(&self) -> bool {
        self.leases.iter().any(Lease::taken_over)
    }

    /// Writes down what happened, on disk before this returns.
    ///
    /// # Errors
    /// Nothing was written: the lease has ended, somebody else wrote, or the disk fails.
    pub async fn write(&mut self, what: What) -> Result<(Event, Receipt), StoreError> {
        self.keep_alive(2).await?;
        let event = Event { seq: self.run.seq, at: self.clock.now(), what };
        let mut next = self.run.clone();
        next.apply(&event);
        let (body, summary, over, at) = (written(&event)?, summary(&next), next.ended.is_some(), event.at);
        let (head, leases) = (self.head.clone(), std::mem::take(&mut self.leases));
        let (result, leases) = blocking(&self.store, move |s| {
            let result = s.append(&head, Telling { at, body: &body, summary: &summary, over }, &leases);
            Ok((result, leases))
        })
        .await?;
        self.leases = leases;
        let (head, receipt) = result?;
        self.head = head;
        self.run = next;
        Ok((event, receipt))
    }

    /// Makes the leases last when less than a `part` of their time is left: 2 is half.
    ///
    /// # Errors
    /// One has ended.
    pub async fn keep_alive(&mut self, part: u32) -> Result<(), StoreError> {
        let soonest = self.leases.iter().map(Lease::until).min().unwrap_or_default();
        if soonest.saturating_sub(self.clock.boot()) > self.span.saturating_mul(part.saturating_sub(1)) / part.max(1) {
            return Ok(());
        }
        let (leases, span) = (std::mem::take(&mut self.leases), self.span);
        self.leases = blocking(&self.store, move |s| leases.iter().map(|l| s.renew(l, span)).collect()).await?;
        Ok(())
    }

    /// Messages that others left for the run.
    ///
    /// # Errors
    /// The store's.
    pub async fn collect(&self) -> Result<Vec<String>, StoreError> {
        let run = self.run.id;
        blocking(&self.store, move |s| s.collect(run)).await
    }

    /// Gives the leases back.
    pub async fn let_go(mut self) -> Run {
        let leases = std::mem::take(&mut self.leases);
        // what cannot be given back ends by itself
        let _ = blocking(&self.store, move |s| leases.into_iter().try_for_each(|l| s.release(l))).await;
        self.run
    }
}

fn written(event: &Event) -> Result<String, StoreError> {
    serde_json::to_string(event)
        .map_err(|e| StoreError::Failed(Text::line(&format!("an event cannot be written: {e}"))))
}

/// A run from the store.
///
/// # Errors
/// It is not there, damaged, or written by a newer version.
pub async fn load(store: &Arc<dyn Store>, run: RunId) -> Result<(Head, Run, Vec<Event>), StoreError> {
    blocking(store, move |store| {
        let (head, records) = store.records(run)?;
        let mut events = Vec::with_capacity(records.len());
        for record in &records {
            let event: Event = serde_json::from_str(&record.body).map_err(|e| {
                StoreError::Damaged(Text::line(&format!(
                    "record {} of run {run} cannot be read ({e}); it may be from a newer bellboard",
                    record.seq
                )))
            })?;
            events.push(event);
        }
        let folded = Run::fold(&events).map_err(StoreError::Damaged)?;
        Ok((head, folded, events))
    })
    .await
}
