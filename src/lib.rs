//! bellboard: a terminal console for the people who keep a large Jenkins alive. The rooms are described in docs/architecture.md.
#![forbid(unsafe_code)]
#![warn(missing_debug_implementations)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::todo,
        clippy::unimplemented,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

pub mod actions;
pub mod app;
pub mod base;
pub mod bells;
pub mod cli;
pub mod demo;
pub mod engine;
pub mod gate;
pub mod insight;
pub mod model;
pub mod run;
pub mod runbook;
pub mod site;
pub mod sources;
pub mod store;
pub mod ui;
pub mod views;
pub mod watch;
pub mod wire;
