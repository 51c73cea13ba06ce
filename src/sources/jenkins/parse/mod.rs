//! Jenkins' JSON as typed structures, read leniently: every field may be missing, and text is made harmless here.
pub mod build;
pub mod computer;
pub mod fleet;
pub mod job;
pub mod lenient;
pub mod queue;
pub mod root;
pub mod stages;

#[cfg(test)]
mod tests;
