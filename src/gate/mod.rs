//! Who is asking and what they may do: an `Access` gives a `Grant`; with the journal's receipt it becomes one `Permit` for one write.
use std::time::Duration;

use crate::base::{RunId, Text, Time};
use crate::model::ControllerId;
use crate::store::Receipt;

/// A person at this console, before anything is granted. Read-only access gives no grant, ever.
#[derive(Debug)]
pub struct Access {
    who: Text,
    operator_at: Vec<ControllerId>,
    read_only: Option<Text>,
}

/// The right to write to one system, until it ends. Cannot be copied or made elsewhere.
#[derive(Debug)]
pub struct Grant {
    who: Text,
    system: ControllerId,
    until: Time,
}

/// The right to one write: taken by value by the method that makes it.
#[derive(Debug)]
pub struct Permit {
    who: Text,
    system: ControllerId,
    run: RunId,
    send_before: Duration,
}

impl Access {
    /// Somebody who may look at everything and change nothing, and why.
    pub fn read_only(who: Text, why: Text) -> Self {
        Self { who, operator_at: Vec::new(), read_only: Some(why) }
    }

    /// An operator at some controllers.
    pub fn operator(who: Text, at: Vec<ControllerId>) -> Self {
        Self { who, operator_at: at, read_only: None }
    }

    pub fn who(&self) -> &Text {
        &self.who
    }

    /// Opens writes to one system until then.
    ///
    /// # Errors
    /// Says why this person may not.
    pub fn grant(&self, system: &ControllerId, until: Time) -> Result<Grant, Text> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        if !self.operator_at.contains(system) {
            return Err(Text::line(&format!("{} is not among the operators of {system} in the site file", self.who)));
        }
        Ok(Grant { who: self.who.clone(), system: system.clone(), until })
    }
}

impl Grant {
    pub fn who(&self) -> &Text {
        &self.who
    }

    pub fn system(&self) -> &ControllerId {
        &self.system
    }

    pub fn until(&self) -> Time {
        self.until
    }

    /// One write, for an intent that the journal holds.
    ///
    /// # Errors
    /// The grant has ended.
    pub fn permit(&self, receipt: Receipt, now: Time) -> Result<Permit, Text> {
        if now >= self.until {
            return Err(Text::line(&format!(
                "writes to {} were open until {} and are closed now",
                self.system, self.until
            )));
        }
        Ok(Permit {
            who: self.who.clone(),
            system: self.system.clone(),
            run: receipt.run(),
            send_before: receipt.send_before(),
        })
    }
}

impl Permit {
    pub fn who(&self) -> &Text {
        &self.who
    }

    /// The system it is for; any other refuses it.
    pub fn system(&self) -> &ControllerId {
        &self.system
    }

    pub fn run(&self) -> RunId {
        self.run
    }

    /// The latest moment (on `Clock::boot`) at which the whole request must be over.
    pub fn send_before(&self) -> Duration {
        self.send_before
    }
}
