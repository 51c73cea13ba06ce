//! A run as events: vocabulary, fold, what is wanted next; and what people are shown of it.
pub mod event;
mod fold;
mod next;
pub mod plan;
mod show;
pub mod view;

pub use crate::runbook::Risk;
pub use event::{Event, How, Instance, Script, ScriptStep, Seen, Settled, What};
pub use fold::{Direction, Phase, Run, StepRun};
pub use next::{Want, next};
pub use plan::{Change, Confirm, Interruption, Plan, PlannedStep, Verdict, VerdictKind};
pub use show::{Live, Lives};
pub use view::{Choice, Command, Note, Question, RunState, RunView, Runs, StepState, StepView};

#[cfg(test)]
mod tests;
