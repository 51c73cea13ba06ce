//! The installation that the recordings were made of: 12 nodes, its jobs, builds and queue, standing still.
use super::version::Version;
use super::world::{Sizes, World};

impl World {
    /// The recorded installation.
    pub fn recorded(now: i64, version: Version) -> World {
        let mut world = World::empty(8, now, version, Sizes { nodes: 12, queue: 7 });
        world.lively = false;
        world
    }
}
