//! What is read of a controller, how often, and what a caller needs of it.
use std::time::Duration;

/// What is read and backed off by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Controller,
    Nodes,
    Queue,
    /// Jobs and builds: the one tells which of the other changed.
    Builds,
    Fleets,
}

impl Part {
    pub const ALL: [Part; 5] = [Part::Controller, Part::Nodes, Part::Queue, Part::Builds, Part::Fleets];
}

/// Which parts a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    pub controller: bool,
    pub nodes: bool,
    pub queue: bool,
    /// And jobs.
    pub builds: bool,
    pub fleets: bool,
}

impl Needs {
    pub const NOTHING: Needs = Needs { controller: false, nodes: false, queue: false, builds: false, fleets: false };
    pub const CONTROLLER: Needs = Needs { controller: true, ..Needs::NOTHING };
    pub const NODES: Needs = Needs { nodes: true, ..Needs::NOTHING };
    pub const QUEUE: Needs = Needs { queue: true, ..Needs::NOTHING };
    pub const BUILDS: Needs = Needs { builds: true, ..Needs::NOTHING };
    pub const FLEETS: Needs = Needs { fleets: true, ..Needs::NOTHING };
    /// All that every controller has; fleets are a plugin's.
    pub const ALL: Needs = Needs { controller: true, nodes: true, queue: true, builds: true, fleets: false };

    /// These and those.
    pub fn and(self, other: Needs) -> Needs {
        Needs {
            controller: self.controller || other.controller,
            nodes: self.nodes || other.nodes,
            queue: self.queue || other.queue,
            builds: self.builds || other.builds,
            fleets: self.fleets || other.fleets,
        }
    }

    pub(super) fn has(self, part: Part) -> bool {
        match part {
            Part::Controller => self.controller,
            Part::Nodes => self.nodes,
            Part::Queue => self.queue,
            Part::Builds => self.builds,
            Part::Fleets => self.fleets,
        }
    }
}

/// How often parts are read while somebody looks, and how much less often otherwise.
#[derive(Debug, Clone)]
pub struct WatchSettings {
    pub controller: Duration,
    pub nodes: Duration,
    pub queue: Duration,
    pub builds: Duration,
    pub fleets: Duration,
    /// Factor when nobody looks.
    pub idle: u32,
    /// For the jitter.
    pub seed: u64,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            controller: Duration::from_secs(5),
            nodes: Duration::from_secs(3),
            queue: Duration::from_secs(3),
            builds: Duration::from_secs(8),
            fleets: Duration::from_secs(30),
            idle: 6,
            seed: 1,
        }
    }
}

impl WatchSettings {
    /// The pause between two reads of a part.
    pub fn every(&self, part: Part, somebody_looks: bool) -> Duration {
        let span = match part {
            Part::Controller => self.controller,
            Part::Nodes => self.nodes,
            Part::Queue => self.queue,
            Part::Builds => self.builds,
            Part::Fleets => self.fleets,
        };
        span.saturating_mul(if somebody_looks { 1 } else { self.idle })
    }
}
