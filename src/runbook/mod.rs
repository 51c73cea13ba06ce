//! The language of runbooks: parse, check, render; and what a verb is. Pure.
mod catalogue;
mod verb;

pub use catalogue::{Catalogue, InputInfo, RunbookInfo};
pub use verb::{Class, Kind, Param, Risk, VerbSpec};
