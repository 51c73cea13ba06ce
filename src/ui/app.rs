//! The screen's state machine.
use std::time::Duration;

use ratatui::Frame;

use super::io::{Effect, Input, UiParts};
use crate::model::Topic;

/// The whole screen: what it knows and what it shows.
#[derive(Debug)]
pub struct App {
    parts: UiParts,
}

impl App {
    pub fn new(parts: UiParts) -> Self {
        Self { parts }
    }

    /// What happened goes in, what is wanted comes out.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Terminal(crossterm::event::Event::Key(key)) if key.code == crossterm::event::KeyCode::Char('q') => {
                vec![Effect::Quit]
            }
            _ => Vec::new(),
        }
    }

    /// Draws what is known now; never waits.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        frame.render_widget(format!("connecting to {}", self.parts.site), frame.area());
    }

    /// The details that somebody looks at now.
    pub fn topics(&self) -> Vec<Topic> {
        Vec::new()
    }

    /// How long nothing on the screen will change by time alone; none: never.
    pub fn next_tick(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }

    /// Mistakes in the person's keymap and theme files, a line each, for the command line to print as well.
    pub fn mistakes(&self) -> &[crate::base::Text] {
        &[]
    }
}
