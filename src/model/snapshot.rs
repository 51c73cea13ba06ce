//! All that is known at one moment: immutable, shared, made of parts that keep their pointers while they do not change.
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Time;

use super::{Build, Controller, ControllerId, FleetStat, Job, Node, QueueItem, Reading};

/// Rows of one kind; an unchanged row keeps its `Arc` from one snapshot to the next.
pub type Rows<T> = Vec<Arc<T>>;

/// One moment's knowledge of the whole installation.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Raised with every new snapshot.
    pub seq: u64,
    /// A part for each controller of the site file.
    pub jenkins: BTreeMap<ControllerId, Arc<Jenkins>>,
}

/// What is known of one controller.
#[derive(Clone, Debug, Default)]
pub struct Jenkins {
    pub controller: Reading<Controller>,
    pub nodes: Reading<Rows<Node>>,
    pub queue: Reading<Rows<QueueItem>>,
    /// Running and recent builds, newest first.
    pub builds: Reading<Rows<Build>>,
    pub jobs: Reading<Rows<Job>>,
    /// From the EC2 Fleet plugin's own page.
    pub fleets: Reading<Rows<FleetStat>>,
    /// The controller's clock less ours, in milliseconds, from the `Date` of its last answer. Moments in Jenkins'
    /// data are on its clock: their age is `now + skew - moment`.
    pub skew: i64,
    /// What the last answers cost, newest last, for the Sources screen.
    pub calls: Arc<Vec<CallRecord>>,
}

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    pub at: Time,
    /// Method and path without values of the query: `GET /queue/api/json`.
    pub what: crate::base::Text,
    pub took: std::time::Duration,
    pub status: Option<u16>,
    /// Bytes on the wire.
    pub bytes: u64,
    pub error: Option<crate::base::Text>,
}

impl Jenkins {
    /// Now, on the controller's clock.
    pub fn now(&self, ours: Time) -> Time {
        ours.shifted(self.skew)
    }
}
