//! The language of runbooks: parse, check, render; and what a verb is. Pure.
mod builtin;
mod catalogue;
mod expr;
mod mistake;
mod parse;
mod program;
mod steps;
mod verb;
mod yaml;

pub use builtin::BUILT_IN;
pub use catalogue::{Catalogue, InputInfo, RunbookInfo};
pub use expr::{Context, Language};
pub use mistake::{Mistake, Place, did_you_mean};
pub use parse::parse;
pub use program::{GUARDS, Guard, GuardSpec, Input, Otherwise, Runbook, Step, UndoStep, Window, duration};
pub use verb::{Class, Kind, Param, Risk, VerbSpec};

#[cfg(test)]
mod tests;
