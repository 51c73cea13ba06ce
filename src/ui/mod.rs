//! The terminal: screens, widgets, keymap, theme. No async, no I/O: `App::update(Input) -> Vec<Effect>`, `App::draw`.
pub mod act;
mod actions;
pub mod app;
mod chrome;
mod data;
mod detail;
mod edit;
mod file;
pub mod io;
pub mod keymap;
mod keys;
mod layers;
mod list;
mod pages;
mod paint;
mod screens;
pub mod theme;

pub use app::App;

#[cfg(test)]
mod tests;
