//! What this person may do at each controller now: role, arming, read-only; the only place where grants are kept.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::base::{Text, Time};
use crate::gate::{Access, Grant, Permit};
use crate::model::{ControllerId, Snapshot, Standing};
use crate::site::Site;
use crate::store::Receipt;

/// Roles and grants.
#[derive(Debug)]
pub struct Standings {
    site: Arc<Site>,
    fallback: Text,
    read_only: Option<Text>,
    /// Controllers that can be written to from here at all.
    reachable: Vec<ControllerId>,
    grants: Mutex<BTreeMap<ControllerId, Grant>>,
    published: watch::Sender<BTreeMap<ControllerId, Standing>>,
}

impl Standings {
    pub fn new(site: Arc<Site>, who: Text, read_only: Option<Text>, reachable: Vec<ControllerId>) -> Self {
        let published = watch::channel(BTreeMap::new()).0;
        Self { site, fallback: who, read_only, reachable, grants: Mutex::default(), published }
    }

    pub fn published(&self) -> watch::Receiver<BTreeMap<ControllerId, Standing>> {
        self.published.subscribe()
    }

    fn grants(&self) -> MutexGuard<'_, BTreeMap<ControllerId, Grant>> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who the controller takes us for; until it has said so, what we believe.
    pub fn who(&self, controller: &ControllerId, snapshot: &Snapshot) -> Text {
        self.named(controller, snapshot).unwrap_or_else(|| self.fallback.clone())
    }

    fn named(&self, controller: &ControllerId, snapshot: &Snapshot) -> Option<Text> {
        let who = &snapshot.jenkins.get(controller)?.controller.get()?.who;
        Some(if who.anonymous { Text::from("anonymous") } else { who.name.clone() })
    }

    /// Why this person may not act there, armed or not.
    pub fn barred(&self, controller: &ControllerId, snapshot: &Snapshot) -> Option<Text> {
        if let Some(why) = &self.read_only {
            return Some(Text::line(&format!("this console is read-only: {why}")));
        }
        let Some(site) = self.site.controller(controller) else {
            return Some(Text::line(&format!("there is no controller {controller} in the site file")));
        };
        if !self.reachable.contains(controller) {
            return Some(Text::line(&format!("this console has no means to write to {controller}")));
        }
        match self.named(controller, snapshot) {
            None => Some(Text::line(&format!("{controller} has not said yet whom it takes you for"))),
            Some(who) if site.operators.contains(&who) => None,
            Some(who) => {
                Some(Text::line(&format!("{who} is not among the operators of {controller} in the site file")))
            }
        }
    }

    pub fn of(&self, controller: &ControllerId, snapshot: &Snapshot, now: Time) -> Standing {
        let barred = self.barred(controller, snapshot);
        let armed_until = self.grants().get(controller).map(Grant::until).filter(|t| *t > now);
        let closed = || Text::from("writes are closed until you arm them, for an hour, with a reason");
        Standing {
            who: self.who(controller, snapshot),
            operator: barred.is_none(),
            read_only_because: match (&barred, armed_until) {
                (Some(why), _) => Some(why.clone()),
                (None, None) => Some(closed()),
                (None, Some(_)) => None,
            },
            armed_until: armed_until.filter(|_| barred.is_none()),
        }
    }

    /// Publishes every controller's standing, if one changed.
    pub fn publish(&self, snapshot: &Snapshot, now: Time) {
        let all: BTreeMap<ControllerId, Standing> =
            self.site.controllers.iter().map(|c| (c.id.clone(), self.of(&c.id, snapshot, now))).collect();
        self.published.send_if_modified(|old| {
            let changed = *old != all;
            *old = all;
            changed
        });
    }

    /// Opens writes until then.
    ///
    /// # Errors
    /// Why this person may not.
    pub fn arm(&self, controller: &ControllerId, snapshot: &Snapshot, until: Time) -> Result<(), Text> {
        let who = self.who(controller, snapshot);
        let access = match (&self.read_only, self.barred(controller, snapshot)) {
            (Some(why), _) => Access::read_only(who, why.clone()),
            (None, Some(why)) => Access::read_only(who, why),
            (None, None) => Access::operator(who, vec![controller.clone()]),
        };
        let grant = access.grant(controller, until)?;
        self.grants().insert(controller.clone(), grant);
        Ok(())
    }

    pub fn disarm(&self, controller: &ControllerId) -> bool {
        self.grants().remove(controller).is_some()
    }

    /// One write, for an intent that is on disk.
    ///
    /// # Errors
    /// Writes are closed.
    pub fn permit(&self, controller: &ControllerId, receipt: Receipt, now: Time) -> Result<Permit, Text> {
        let grants = self.grants();
        let grant = grants.get(controller).ok_or_else(|| Text::line(&format!("writes to {controller} are closed")))?;
        grant.permit(receipt, now)
    }
}
