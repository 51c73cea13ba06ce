//! Puts everything together: finds the site, starts sources, watch and engine, and runs the console's event loop.
pub mod console;
mod errand;
pub mod failed;
pub mod house;
mod keys;
pub mod log;
pub mod places;
mod screen;
mod signals;
pub mod terminal;
mod topics;

pub use console::{Console, Left};
pub use failed::{Exit, Failed};
pub use house::{House, HouseOptions};
pub use places::Found;
