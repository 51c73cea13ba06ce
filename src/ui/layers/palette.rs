//! The command palette: everything that can be done, found by a few letters, with its key, and why it cannot be done now.
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;

use super::menu::start;
use super::prompt::input_line;
use super::{Desk, Layer, Then, middle};
use crate::base::Text;
use crate::model::ControllerId;
use crate::ui::act::Act;
use crate::ui::data::Data;
use crate::ui::edit::Edit;
use crate::ui::io::Saying;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::Finder;

/// One thing that can be done.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Text,
    pub title: Text,
    pub key: String,
    /// Why it cannot be done now.
    pub because: Option<Text>,
    pub does: Does,
}

/// What choosing it does.
#[derive(Clone, Debug)]
pub enum Does {
    Act(Act),
    /// Plans a runbook at the controller that the top line names.
    Runbook(ControllerId, Text),
    /// Shows this controller alone, or all.
    Only(Option<ControllerId>),
}

/// The palette.
#[derive(Debug)]
pub struct Palette {
    entries: Vec<Entry>,
    edit: Edit,
    found: Vec<usize>,
    at: usize,
    finder: Finder,
}

impl Palette {
    pub fn new(entries: Vec<Entry>) -> Self {
        let found = (0..entries.len()).collect();
        Self { entries, edit: Edit::default(), found, at: 0, finder: Finder::default() }
    }

    fn search(&mut self) {
        let words = self.edit.text();
        self.at = 0;
        if words.trim().is_empty() {
            self.found = (0..self.entries.len()).collect();
            return;
        }
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (i, entry) in self.entries.iter().enumerate() {
            let id = self.finder.score(&words, &entry.id).map(|s| s + 40);
            let title = self.finder.score(&words, &entry.title);
            if let Some(score) = id.max(title) {
                scored.push((score, i));
            }
        }
        scored.sort_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
        self.found = scored.into_iter().map(|(_, i)| i).collect();
    }

    fn choose(&mut self, desk: &mut Desk<'_>) -> Then {
        let Some(entry) = self.found.get(self.at).and_then(|i| self.entries.get(*i)) else { return Then::Consumed };
        if let Some(why) = &entry.because {
            desk.say(Saying::Warning, &format!("{}: {why}", entry.id));
            return Then::Consumed;
        }
        match &entry.does {
            Does::Act(act) => desk.asked = Some(*act),
            Does::Runbook(controller, name) => start(controller.clone(), name.clone(), Vec::new(), desk),
            Does::Only(only) => desk.only = Some(only.clone()),
        }
        Then::Close
    }
}

impl Layer for Palette {
    fn name(&self) -> &'static str {
        "palette"
    }

    fn key(&mut self, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Then::Close,
            KeyCode::Enter if key.kind == KeyEventKind::Press => return self.choose(desk),
            KeyCode::Down => self.at = (self.at + 1).min(self.found.len().saturating_sub(1)),
            KeyCode::Char('n') if ctrl => self.at = (self.at + 1).min(self.found.len().saturating_sub(1)),
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Char('p') if ctrl => self.at = self.at.saturating_sub(1),
            KeyCode::Backspace if self.edit.is_empty() => return Then::Close,
            _ => {
                self.edit.key(key);
                self.search();
            }
        }
        Then::Consumed
    }

    fn paste(&mut self, text: &str, _: &mut Desk<'_>) -> Then {
        self.edit.insert(text);
        self.search();
        Then::Consumed
    }

    fn wheel(&mut self, lines: isize) {
        self.at = self.at.saturating_add_signed(lines).min(self.found.len().saturating_sub(1));
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, _: &Data) {
        let place = middle(area, 90, area.height.saturating_sub(4).clamp(6, 22));
        let text = paint.style(Role::Text);
        paint.clear(place, text);
        let inner = paint.frame(place, &format!("commands ─ {} of {}", self.found.len(), self.entries.len()), true);
        if inner.height == 0 {
            return;
        }
        input_line(
            paint,
            Rect { x: inner.x + 1, height: 1, width: inner.width.saturating_sub(2), ..inner },
            ": ",
            &self.edit,
        );
        let fits = usize::from(inner.height.saturating_sub(1));
        let first = (self.at + 1).saturating_sub(fits);
        for (k, i) in self.found.iter().enumerate().skip(first).take(fits) {
            let Some(entry) = self.entries.get(*i) else { continue };
            let y = inner.y + 1 + u16::try_from(k - first).unwrap_or(0);
            self.entry(paint, Rect { y, height: 1, ..inner }, entry, k == self.at);
        }
    }

    fn hints(&self) -> Vec<Act> {
        Vec::new()
    }
}

impl Palette {
    fn entry(&self, paint: &mut Paint<'_>, area: Rect, entry: &Entry, selected: bool) {
        let role = if entry.because.is_some() { Role::Dim } else { Role::Name };
        let (name, dim, key) = (paint.style(role), paint.style(Role::Dim), paint.style(Role::Key));
        let width = area.width.saturating_sub(2);
        let keys = paint.right(Rect { width: area.width.saturating_sub(1), ..area }, area.y, &entry.key, key);
        let room = keys.saturating_sub(area.x + 2).min(width);
        paint.cut(area.x + 1, area.y, 18.min(room), &entry.id, name);
        let words = match &entry.because {
            Some(why) => format!("✕ {why}"),
            None => entry.title.to_string(),
        };
        paint.cut(area.x + 20, area.y, room.saturating_sub(19), &words, dim);
        if selected {
            let style = paint.style(Role::Selected);
            paint.wash(area, style);
        }
    }
}
