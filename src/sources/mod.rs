//! One folder for each outside system; none knows another.
pub mod jenkins;
