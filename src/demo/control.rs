//! What a test in the same process may do to the world: move its clock, make things go wrong, look inside.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::base::Time;

use super::clock::SimClock;
use super::nodes::Cause;
use super::world::World;

/// A handle on a served world.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) clock: Arc<SimClock>,
}

impl Control {
    /// Looks at the world or changes it, brought up to the clock first.
    pub fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        world.advance(now);
        work(&mut world)
    }

    /// The simulated moment.
    pub fn now(&self) -> Time {
        Time::from_millis(self.clock.now())
    }

    /// Lets simulated time pass at once.
    pub fn pass(&self, span: Duration) {
        self.clock.skip(span);
        self.with(|_| ());
    }

    /// Breaks a node's connection; it comes back after `back`, or not by itself. False if there is no such node.
    pub fn fall_off(&self, node: &str, back: Option<Duration>) -> bool {
        let back = back.map(|b| i64::try_from(b.as_millis()).unwrap_or(i64::MAX / 2));
        self.with(|w| w.fall_off(node, back))
    }

    /// Leaves so many bytes free on a node's disk and has the monitors look at once.
    pub fn fill_disk(&self, node: &str, left: i64) -> bool {
        self.with(|w| {
            let now = w.now;
            w.nodes.get_mut(node).is_some_and(|n| {
                n.disk = left;
                n.measure(now, 20, 0);
                true
            })
        })
    }

    /// Another person marks a node offline, or takes a mark away with `None`.
    pub fn mark(&self, node: &str, by: &str, reason: Option<&str>) -> bool {
        self.with(|w| {
            let at = w.now;
            w.nodes.get_mut(node).is_some_and(|n| {
                n.mark = reason.map(|r| Cause::User { user: by.to_owned(), message: r.to_owned(), at });
                true
            })
        })
    }

    /// Ends what runs on a node, as if it had finished well.
    pub fn finish_on(&self, node: &str) {
        self.with(|w| w.finish_on(node));
    }

    /// A fleet starts no instances for so long, whatever is asked of it. False if no fleet has this label.
    pub fn stall_fleet(&self, label: &str, span: Duration) -> bool {
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 2);
        self.with(|w| {
            let until = w.now + span;
            let fleet = w.fleets.iter_mut().find(|f| f.label == label);
            fleet.map(|f| f.stalled_until = until).is_some()
        })
    }

    /// A pull request is pushed; gives its number.
    pub fn push_pull(&self) -> u64 {
        self.with(World::push_pull)
    }

    /// Whether things happen by themselves; a still world changes only through calls.
    pub fn lively(&self, lively: bool) {
        self.with(|w| w.lively = lively);
    }

    /// Names of the nodes on which something runs.
    pub fn busy_nodes(&self) -> Vec<String> {
        self.with(|w| w.nodes.values().filter(|n| n.busy() > 0).map(|n| n.name.clone()).collect())
    }
}
