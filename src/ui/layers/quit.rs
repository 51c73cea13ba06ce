//! Leaving while a run is executed in this process: which runs stop, and what becomes of them.
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use super::{Desk, Layer, Then, middle};
use crate::base::Text;
use crate::ui::data::Data;
use crate::ui::io::Effect;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;

/// The question.
#[derive(Debug)]
pub struct Quit {
    /// As they were called when it was asked.
    runs: Vec<Text>,
}

impl Quit {
    pub fn new(data: &Data) -> Self {
        let name = |r: &&std::sync::Arc<crate::run::RunView>| {
            Text::line(&format!("{} {}  run {}, {}", r.runbook, r.subject, r.id, r.because))
        };
        Self { runs: data.runs_here().iter().map(name).collect() }
    }
}

impl Layer for Quit {
    fn name(&self) -> &'static str {
        "quit"
    }

    fn key(&mut self, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        match key.code {
            KeyCode::Char('y') if key.kind == KeyEventKind::Press => {
                desk.want(Effect::Quit);
                Then::Close
            }
            KeyCode::Esc | KeyCode::Char('n' | 'q') => Then::Close,
            _ => Then::Consumed,
        }
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, _: &Data) {
        let place = middle(area, 80, u16::try_from(self.runs.len()).unwrap_or(9).saturating_add(6));
        let text = paint.style(Role::Text);
        paint.clear(place, text);
        let inner = paint.frame(place, "leave?", true);
        let width = inner.width.saturating_sub(2);
        let name = paint.style(Role::Name);
        let mut y = inner.y;
        paint.cut(inner.x + 1, y, width, "These runs are executed here and would stop where they are:", text);
        for run in &self.runs {
            y += 1;
            if y + 2 < inner.bottom() {
                paint.cut(inner.x + 3, y, width.saturating_sub(2), run, name);
            }
        }
        let dim = paint.style(Role::Dim);
        let key = paint.style(Role::Key);
        let last = inner.bottom().saturating_sub(2).max(inner.y);
        paint.cut(
            inner.x + 1,
            last,
            width,
            "Nothing is lost: the next start says what is unfinished and can resume it.",
            dim,
        );
        paint.pieces(
            inner.x + 1,
            last + 1,
            width,
            &[("y ".into(), key), ("leave   ".into(), text), ("esc ".into(), key), ("stay".into(), text)],
        );
    }

    fn hints(&self) -> Vec<crate::ui::act::Act> {
        Vec::new()
    }
}
