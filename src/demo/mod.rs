//! One simulated installation with Jenkins' own face over loopback HTTP: what `bellboard demo` shows and the tests talk to.
mod builds;
mod clock;
mod control;
mod face;
mod fleets;
mod flows;
mod jobs;
mod life;
mod log;
mod nodes;
mod queue;
mod recorded;
mod restart;
mod serve;
mod setup;
mod version;
mod work;
mod world;

pub use builds::{BuildRef, Outcome, Spot};
pub use control::Control;
pub use jobs::{Job, Kind};
pub use nodes::{Cause, Node};
pub use queue::Task;
pub use restart::Door;
pub use serve::{Account, Demo, Options, Scenario};
pub use version::Version;
pub use world::{Sizes, World};
