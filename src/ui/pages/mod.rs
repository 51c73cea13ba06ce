//! Pages: one thing in full.
pub mod build;
pub mod facts;
pub mod log;
pub mod node;
pub mod plan;
pub mod run;
