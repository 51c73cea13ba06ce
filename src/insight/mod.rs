//! Pure functions from a snapshot to conclusions: why an item waits, capacity of a label, when something starts or ends.
pub mod capacity;
pub mod drain;
pub mod label;
pub mod stats;
pub mod why;

pub use capacity::{Capacity, LabelState, Labels};
pub use drain::{Drain, Ending, drain};
pub use label::{LabelError, LabelExpr};
pub use stats::{Waits, waits};
pub use why::{Blockage, Diagnoses, Diagnosis};

#[cfg(test)]
pub(crate) mod testing;
