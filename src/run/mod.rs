//! A run as events: vocabulary, fold, what is wanted next; and what people are shown of it.
pub mod plan;
pub mod view;

pub use crate::runbook::Risk;
pub use plan::{Change, Confirm, Interruption, Plan, PlannedStep, Verdict, VerdictKind};
pub use view::{Choice, Command, Note, Question, RunState, RunView, Runs, StepState, StepView};
