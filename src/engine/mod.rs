//! Drives runs: plans, guards, journal, effects, locks; the only place where an `Operator` is used.
mod board;
mod driver;
mod effect;
mod guards;
mod inputs;
mod journal;
mod parts;
mod planner;
mod standing;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::actions;
use crate::base::{RunId, Text};
use crate::model::{ControllerId, Jenkins, Snapshot, Standing};
use crate::run::{Command, Event, Plan, RunState, RunView, Runs, What};
use crate::runbook::{Catalogue, Mistake};
use crate::site::Controller;
use crate::store::{Sqlite, Store, StoreError};

pub use parts::{EngineParts, Hands, Pace, Refusal, RefusalKind, Sight};

use board::Board;
use driver::Driver;
use journal::{Journal, blocking, take_all};
use standing::Standings;

/// Finished runs that are listed.
const HISTORY: usize = 200;

/// The engine: cheap to clone; its drivers are tasks of the runtime it was opened in.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// Whether a run is in our journal.
type Known = Box<dyn Fn(RunId) -> bool + Send + Sync>;

struct Inner {
    parts: EngineParts,
    store: Arc<dyn Store>,
    catalogue: Arc<Catalogue>,
    mistakes: Vec<Mistake>,
    board: Arc<Board>,
    standings: Standings,
    ours: Known,
    /// Of the runtime that it was opened in.
    tasks: tokio::runtime::Handle,
}

impl Engine {
    /// Opens the journal, reads the runbooks, finds unfinished runs. Nothing is sent anywhere.
    ///
    /// # Errors
    /// The journal is damaged, locked, from a newer version, or cannot be made.
    pub async fn open(parts: EngineParts) -> Result<Self, Text> {
        let (path, clock) = (parts.store.clone(), parts.clock.clone());
        let store = tokio::task::spawn_blocking(move || Sqlite::open(&path, clock))
            .await
            .map_err(|e| Text::line(&format!("the journal could not be opened: {e}")))?
            .map_err(|e| Text::line(&e.to_string()))?;
        Self::open_with(parts, Arc::new(store)).await
    }

    /// The same with a store of another kind.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open_with(parts: EngineParts, store: Arc<dyn Store>) -> Result<Self, Text> {
        let specs = actions::VERBS.iter().map(|v| v.spec()).collect();
        let (catalogue, mistakes) = Catalogue::load(specs, &parts.runbooks);
        let reachable = parts.hands.iter().filter(|(_, h)| h.operator.is_some()).map(|(id, _)| id.clone()).collect();
        let standings = Standings::new(parts.site.clone(), parts.who.clone(), parts.read_only.clone(), reachable);
        let catalogue = Arc::new(catalogue);
        let board = Arc::new(Board::default());
        let known = board.clone();
        let tasks = tokio::runtime::Handle::current();
        let ours: Known = Box::new(move |run| known.view(run).is_some());
        let inner = Arc::new(Inner { parts, store, catalogue, mistakes, board, standings, ours, tasks });
        inner.read_runs().await.map_err(|e| Text::line(&e.to_string()))?;
        inner.stand();
        tokio::spawn(watch_neighbours(Arc::downgrade(&inner)));
        Ok(Self { inner })
    }

    /// Runbooks and verbs.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.inner.catalogue.clone()
    }

    /// What is wrong with the installation's own runbooks; those are left out.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.inner.mistakes
    }

    /// What would happen. Reads everything anew, writes nothing anywhere.
    ///
    /// # Errors
    /// The runbook, an input or the controller cannot be found or read.
    pub async fn plan(&self, controller: &ControllerId, runbook: &str, inputs: &[(Text, Text)]) -> Result<Plan, Text> {
        let run = RunId::new(fastrand::u32(..));
        let planned = self.inner.plan_as(run, controller, runbook, inputs, true).await?;
        self.inner.stand();
        Ok(planned.plan)
    }

    /// Starts what was planned, if it would still do exactly that. A plan can be started once.
    ///
    /// # Errors
    /// A guard refuses, the confirmation is not what was asked for, or it would do something else by now.
    pub async fn start(&self, plan: Arc<Plan>, confirm: &str) -> Result<RunId, Refusal> {
        guards::given(&plan.confirm, confirm).map_err(|e| Refusal::new(RefusalKind::Confirmation, e))?;
        let inner = &self.inner;
        let failed = |e: Text| Refusal::new(RefusalKind::Failed, e);
        let planned =
            inner.plan_as(plan.run, &plan.controller, &plan.runbook, &plan.inputs, false).await.map_err(failed)?;
        if let Some(refusal) = Refusal::of(&planned.plan) {
            return Err(refusal);
        }
        if planned.plan.digest != plan.digest {
            let text = "what it would do has changed since it was planned; look at the new plan";
            return Err(Refusal::new(RefusalKind::Changed, text));
        }
        inner.clone().begin(planned, confirm).await.map_err(|e| match e {
            StoreError::Held { .. } => Refusal::new(RefusalKind::Guard, e.to_string()),
            e => Refusal::new(RefusalKind::Failed, e.to_string()),
        })
    }

    /// Says something to a run. `Resume` also takes over one that nobody drives; so does calling it off.
    ///
    /// # Errors
    /// There is no such run, it is over, or this person may not.
    pub async fn tell(&self, run: RunId, command: Command) -> Result<(), Text> {
        let inner = &self.inner;
        let view = match inner.board.view(run) {
            Some(view) => view,
            None => inner.one(run).await.map_err(|e| Text::line(&e.to_string()))?,
        };
        let snapshot = inner.parts.sight.snapshots().borrow().clone();
        if let Some(why) = inner.standings.barred(&view.controller, &snapshot) {
            // the controller may not have been asked yet who this is
            let snapshot = inner
                .parts
                .sight
                .refresh(&view.controller, false)
                .await
                .map_err(|p| Text::line(&format!("{why}: {p}")))?;
            if let Some(why) = inner.standings.barred(&view.controller, &snapshot) {
                return Err(why);
            }
        }
        let snapshot = inner.parts.sight.snapshots().borrow().clone();
        let who = inner.standings.who(&view.controller, &snapshot);
        inner.clone().told(&view, who, command).await
    }

    /// All runs, published whenever one changes.
    pub fn runs(&self) -> watch::Receiver<Arc<Runs>> {
        self.inner.board.published()
    }

    /// What this person may do at each controller, published whenever it changes.
    pub fn standing(&self) -> watch::Receiver<BTreeMap<ControllerId, Standing>> {
        self.inner.standings.published()
    }

    /// Opens writes to one controller for a while; journalled.
    ///
    /// # Errors
    /// This person may not, or gave no reason, or the journal cannot be written.
    pub async fn arm(&self, controller: &ControllerId, reason: &Text) -> Result<(), Text> {
        if reason.trim().is_empty() {
            return Err(Text::from("arming needs a reason: it is kept in the journal"));
        }
        let inner = &self.inner;
        let mut snapshot = inner.parts.sight.snapshots().borrow().clone();
        if inner.standings.barred(controller, &snapshot).is_some() && inner.parts.read_only.is_none() {
            snapshot = inner.parts.sight.refresh(controller, false).await.map_err(|p| Text::line(&p.to_string()))?;
        }
        if let Some(why) = inner.standings.barred(controller, &snapshot) {
            return Err(why);
        }
        let until = inner.parts.clock.now().plus(inner.parts.pace.armed);
        let who = inner.standings.who(controller, &snapshot);
        inner.decide(serde_json::json!({ "armed": controller, "who": who, "reason": reason, "until": until })).await?;
        inner.standings.arm(controller, &snapshot, until)?;
        inner.stand();
        let later = Arc::downgrade(inner);
        let span = inner.parts.pace.armed;
        tokio::spawn(async move {
            tokio::time::sleep(span).await;
            if let Some(inner) = later.upgrade() {
                inner.stand();
            }
        });
        Ok(())
    }

    /// Closes writes again.
    pub fn disarm(&self, controller: &ControllerId) {
        if self.inner.standings.disarm(controller) {
            self.inner.stand();
            let (inner, controller) = (self.inner.clone(), controller.clone());
            self.inner.tasks.spawn(async move { inner.decide(serde_json::json!({ "disarmed": controller })).await });
        }
    }

    /// A run's events, from the first on, and those to come. The channel closes when the run is over, or is no longer
    /// driven here.
    pub async fn events(&self, run: RunId) -> mpsc::Receiver<Event> {
        let (sender, receiver) = mpsc::channel(64);
        let past = match self.inner.board.events(run) {
            Some(live) => {
                tokio::spawn(follow(live, sender));
                return receiver;
            }
            None => journal::load(&self.inner.store, run).await.map(|(_, _, events)| events).unwrap_or_default(),
        };
        tokio::spawn(async move {
            for event in past {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }
}

/// Sends events on until there are no more or nobody listens.
async fn follow(mut live: watch::Receiver<Vec<Event>>, sender: mpsc::Sender<Event>) {
    let mut sent = 0;
    loop {
        let more: Vec<Event> = live.borrow_and_update().get(sent..).unwrap_or_default().to_vec();
        sent += more.len();
        for event in more {
            if sender.send(event).await.is_err() {
                return;
            }
        }
        tokio::select! {
            changed = live.changed() => if changed.is_err() {
                // what came just before the end
                let rest: Vec<Event> = live.borrow().get(sent..).unwrap_or_default().to_vec();
                for event in rest {
                    let _ = sender.send(event).await;
                }
                return;
            },
            () = sender.closed() => return,
        }
    }
}

/// Looks now and then what other processes have done with the same journal, and who the controllers say we are.
async fn watch_neighbours(inner: std::sync::Weak<Inner>) {
    let (mut snapshots, pace) = match inner.upgrade() {
        Some(inner) => (inner.parts.sight.snapshots(), inner.parts.pace.neighbours),
        None => return,
    };
    let mut tick = tokio::time::interval(pace);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                tokio::time::sleep(pace).await;
            },
            _ = tick.tick() => {
                let Some(inner) = inner.upgrade() else { return };
                // a store that cannot be read now may be readable next time; what is shown stays
                let _ = inner.read_runs().await;
            }
        }
        let Some(inner) = inner.upgrade() else { return };
        inner.stand();
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("parts", &self.parts).field("store", &self.store).finish_non_exhaustive()
    }
}

impl Inner {
    fn controller(&self, id: &ControllerId) -> Result<(&Controller, &Hands), Text> {
        let none = || Text::line(&format!("there is no controller {id} in the site file"));
        Ok((self.parts.site.controller(id).ok_or_else(none)?, self.parts.hands.get(id).ok_or_else(none)?))
    }

    fn stand(&self) {
        let snapshot = self.parts.sight.snapshots().borrow().clone();
        self.standings.publish(&snapshot, self.parts.clock.now());
    }

    async fn decide(&self, what: serde_json::Value) -> Result<(), Text> {
        let (at, body) = (self.parts.clock.now(), what.to_string());
        blocking(&self.store, move |s| s.decide(at, &body)).await.map_err(|e| Text::line(&e.to_string()))
    }

    /// The list of runs as the store has it.
    async fn read_runs(&self) -> Result<(), StoreError> {
        let (rows, held) = blocking(&self.store, |s| Ok((s.runs(HISTORY)?, s.held()?))).await?;
        let mut views: Vec<RunView> = rows.iter().filter_map(|row| serde_json::from_str(&row.summary).ok()).collect();
        for view in views.iter_mut().filter(|v| !v.state.is_over()) {
            let lease = format!("run/{}", view.id);
            if held.iter().any(|h| h.name == lease) {
                view.because = Text::from("another bellboard on this machine drives it");
            }
        }
        self.board.known(views);
        Ok(())
    }

    /// A run that is too old to be listed.
    async fn one(&self, run: RunId) -> Result<Arc<RunView>, StoreError> {
        let (_, run, _) = journal::load(&self.store, run).await?;
        Ok(Arc::new(run.view(&BTreeMap::new(), false)))
    }

    async fn begin(self: Arc<Self>, planned: planner::Planned, confirm: &str) -> Result<RunId, StoreError> {
        let (clock, span) = (self.parts.clock.clone(), self.parts.pace.lease);
        let run = planned.plan.run;
        let snapshot = self.parts.sight.snapshots().borrow().clone();
        let who = self.standings.who(&planned.plan.controller, &snapshot);
        let note = note(run, &planned.plan.runbook, &planned.plan.subject, &who);
        let leases = take_all(&self.store, run, &planned.script.locks, &note, span).await?;
        let first = planned.event(who.clone(), clock.now());
        let mut journal = Journal::begin(self.store.clone(), clock, first.clone(), leases, span).await?;
        let how = Text::line(confirm);
        let (approved, _) = journal.write(What::Approved { who: who.clone(), how }).await?;
        let (taken, _) = journal.write(What::Taken { who, over: false }).await?;
        self.spawn(journal, vec![first, approved, taken]);
        Ok(run)
    }

    fn spawn(self: Arc<Self>, journal: Journal, past: Vec<Event>) {
        let orders = self.board.begin(&journal.run, past);
        tokio::spawn(Driver::new(self, journal, orders).drive());
    }

    async fn told(self: Arc<Self>, view: &RunView, who: Text, command: Command) -> Result<(), Text> {
        let run = view.id;
        if view.state.is_over() {
            return Err(Text::line(&format!("run {run} is over: {}", view.because)));
        }
        if let Some(orders) = self.board.orders(run) {
            let sent = orders.send((who.clone(), command.clone())).await;
            if sent.is_ok() {
                return Ok(());
            }
        }
        match self.clone().take_over(run, who.clone(), &command).await {
            Ok(()) => Ok(()),
            Err(StoreError::Held { name, .. }) if name == *format!("run/{run}") => {
                let message = driver::as_message(&who, &command);
                blocking(&self.store, move |s| s.post(run, &message)).await.map_err(|e| Text::line(&e.to_string()))
            }
            Err(error) => Err(Text::line(&format!("run {run} cannot be taken over: {error}"))),
        }
    }

    /// Goes on with a run that nobody drives.
    async fn take_over(self: Arc<Self>, id: RunId, who: Text, command: &Command) -> Result<(), StoreError> {
        let (clock, span) = (self.parts.clock.clone(), self.parts.pace.lease);
        let (_, run, _) = journal::load(&self.store, id).await?;
        let note = note(id, &run.plan.runbook, &run.plan.subject, &who);
        let leases = take_all(&self.store, id, &run.script.locks, &note, span).await?;
        // read again: nobody else writes to it from here on
        let (head, run, mut past) = journal::load(&self.store, id).await?;
        let mut journal = Journal::go_on(self.store.clone(), clock, run, head, leases, span);
        if journal.run.ended.is_some() {
            let run = journal.let_go().await;
            self.board.end(&run, None);
            return Ok(());
        }
        let over = journal.taken_over();
        past.push(journal.write(What::Taken { who: who.clone(), over }).await?.0);
        past.push(journal.write(What::Told { who, command: command.clone() }).await?.0);
        if journal.run.approved_at.is_none() {
            // the process that began it died before the approval was on disk
            let because = Text::from("it was planned, but that it was confirmed was never written down: plan it anew");
            past.push(journal.write(What::Ended { state: RunState::Aborted, because }).await?.0);
        }
        self.spawn(journal, past);
        Ok(())
    }
}

/// What others read of whoever holds a lock; begins with the run's name.
fn note(run: RunId, runbook: &Text, subject: &Text, who: &Text) -> Text {
    Text::line(&format!("run {run} ({runbook} {subject}) of {who}"))
}

/// A controller's part of a snapshot; an empty one where nothing was read yet.
fn find_jenkins(snapshot: &Snapshot, id: &ControllerId) -> Arc<Jenkins> {
    snapshot.jenkins.get(id).cloned().unwrap_or_default()
}
