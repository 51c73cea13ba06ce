//! How we reach outside: HTTP through a door for reads and one for writes, programs, and the look-up of secrets.
mod answer;
mod call;
mod door;
mod fault;
mod list;
pub mod program;
pub mod secret;

pub use answer::Answer;
pub use call::{Body, Header, Post, Want};
pub use door::{Limits, ReadDoor, WriteDoor, Writes, open};
pub use list::ReadOnlyList;
