//! What is known of all runs, published to whoever looks.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::base::{RunId, Text};
use crate::run::{Command, Event, Lives, Run, RunView, Runs};

/// A command and who gave it.
pub type Order = (Text, Command);

/// All runs: those driven here, and those that the store tells of.
#[derive(Debug)]
pub struct Board {
    runs: Mutex<BTreeMap<RunId, Entry>>,
    published: watch::Sender<Arc<Runs>>,
}

#[derive(Debug)]
struct Entry {
    view: Arc<RunView>,
    here: Option<Here>,
}

/// A run driven in this process.
#[derive(Debug)]
struct Here {
    orders: mpsc::Sender<Order>,
    events: watch::Sender<Vec<Event>>,
}

impl Default for Board {
    fn default() -> Self {
        Self { runs: Mutex::default(), published: watch::channel(Arc::default()).0 }
    }
}

impl Board {
    pub fn published(&self) -> watch::Receiver<Arc<Runs>> {
        self.published.subscribe()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<RunId, Entry>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run as the store has it, unless it is driven here.
    pub fn known(&self, views: Vec<RunView>) {
        let mut runs = self.locked();
        for view in views {
            if runs.get(&view.id).is_none_or(|e| e.here.is_none() && *e.view != view) {
                runs.insert(view.id, Entry { view: Arc::new(view), here: None });
            }
        }
        self.publish(&runs);
    }

    /// From now on driven here; its orders come out of the receiver.
    pub fn begin(&self, run: &Run, past: Vec<Event>) -> mpsc::Receiver<Order> {
        let (orders, receiver) = mpsc::channel(16);
        let here = Here { orders, events: watch::channel(past).0 };
        let mut runs = self.locked();
        runs.insert(run.id, Entry { view: Arc::new(run.view(&Lives::new(), true)), here: Some(here) });
        self.publish(&runs);
        receiver
    }

    /// What became of a run that is driven here.
    pub fn show(&self, run: &Run, live: &Lives, event: Option<Event>) {
        let mut runs = self.locked();
        let Some(entry) = runs.get_mut(&run.id) else { return };
        if let (Some(here), Some(event)) = (&entry.here, event) {
            here.events.send_modify(|all| all.push(event));
        }
        let view = run.view(live, entry.here.is_some());
        if *entry.view != view {
            entry.view = Arc::new(view);
            self.publish(&runs);
        }
    }

    /// No longer driven here, and why, if it is not over.
    pub fn end(&self, run: &Run, trouble: Option<&Text>) {
        let mut runs = self.locked();
        let mut view = run.view(&Lives::new(), false);
        if let Some(trouble) = trouble {
            view.because = trouble.clone();
        }
        runs.insert(run.id, Entry { view: Arc::new(view), here: None });
        self.publish(&runs);
    }

    /// Where to send orders to, if it is driven here.
    pub fn orders(&self, run: RunId) -> Option<mpsc::Sender<Order>> {
        self.locked().get(&run).and_then(|e| e.here.as_ref()).map(|h| h.orders.clone())
    }

    /// Its events so far and to come, if it is driven here.
    pub fn events(&self, run: RunId) -> Option<watch::Receiver<Vec<Event>>> {
        self.locked().get(&run).and_then(|e| e.here.as_ref()).map(|h| h.events.subscribe())
    }

    pub fn view(&self, run: RunId) -> Option<Arc<RunView>> {
        self.locked().get(&run).map(|e| e.view.clone())
    }

    pub fn views(&self) -> Vec<Arc<RunView>> {
        self.locked().values().map(|e| e.view.clone()).collect()
    }

    fn publish(&self, runs: &BTreeMap<RunId, Entry>) {
        let mut all: Runs = runs.values().map(|e| e.view.clone()).collect();
        all.sort_by(|a, b| (a.state.is_over(), b.planned_at, b.id).cmp(&(b.state.is_over(), a.planned_at, a.id)));
        self.published.send_if_modified(|old| {
            let same = old.len() == all.len() && old.iter().zip(&all).all(|(a, b)| Arc::ptr_eq(a, b));
            if !same {
                *old = Arc::new(all);
            }
            !same
        });
    }
}
