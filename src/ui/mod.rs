//! The terminal: screens, widgets, keymap, theme. No async, no I/O: `App::update(Input) -> Vec<Effect>`, `App::draw`.
pub mod app;
pub mod io;

pub use app::App;
