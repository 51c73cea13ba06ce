//! Help for the screen that is under it, drawn from the keymap itself.
use ratatui::layout::Rect;

use super::{Desk, Layer, Then};
use crate::ui::act::{ACTS, Act, Info, Place};
use crate::ui::data::Data;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::FilterField;

/// The page.
#[derive(Debug)]
pub struct Help {
    about: &'static str,
    places: Vec<Place>,
    filters: &'static [FilterField],
    scroll: usize,
}

impl Help {
    pub fn new(about: &'static str, places: &[Place], filters: &'static [FilterField]) -> Self {
        Self { about, places: places.to_vec(), filters, scroll: 0 }
    }

    fn lines(&self, data: &Data) -> Vec<(String, String, bool)> {
        let mut out = Vec::new();
        for place in &self.places {
            let title = match place {
                Place::Everywhere => "EVERYWHERE",
                Place::List => "IN LISTS",
                Place::Log => "IN A LOG",
                Place::Run => "IN A RUN",
            };
            out.push((title.to_owned(), String::new(), true));
            for info in ACTS.iter().filter(|i: &&Info| i.place == *place) {
                let keys = data.keymap.keys_of(info.act);
                if !keys.is_empty() {
                    out.push((keys.join("  "), info.title.to_owned(), false));
                }
            }
        }
        if !self.filters.is_empty() {
            out.push((
                "FILTER".to_owned(),
                "words as typed, or loosely; -field:word excludes; = is exact".to_owned(),
                true,
            ));
            for field in self.filters {
                let example = if field.measured {
                    format!("{}>  {}<", field.name, field.name)
                } else {
                    format!("{}:", field.name)
                };
                out.push((example, field.about.to_owned(), false));
            }
        }
        out.push(("SIGNS".to_owned(), String::new(), true));
        for (sign, about) in SIGNS {
            out.push(((*sign).to_owned(), (*about).to_owned(), false));
        }
        out
    }
}

/// Every sign that screens use besides words.
const SIGNS: &[(&str, &str)] = &[
    ("▲ ● ·", "a bell: critical, warning, for your information"),
    ("■ □ ◐ ○ ✕", "a node: busy, idle, draining, marked offline, offline"),
    ("◆ †", "marked; not there any more"),
    ("✓ ! ✕ ?", "a guard: passed, look, refused, cannot see"),
    ("▶ ‖ ✓ ✕ ?", "a run or step: running, paused, done, failed, asks"),
];

impl Layer for Help {
    fn name(&self) -> &'static str {
        "help"
    }

    fn whole(&self) -> bool {
        true
    }

    fn places(&self) -> &'static [Place] {
        &[Place::List, Place::Everywhere]
    }

    fn act(&mut self, act: Act, _: &mut Desk<'_>) -> Then {
        match act {
            Act::Down => self.scroll += 1,
            Act::Up => self.scroll = self.scroll.saturating_sub(1),
            Act::HalfDown | Act::PageDown => self.scroll += 10,
            Act::HalfUp | Act::PageUp => self.scroll = self.scroll.saturating_sub(10),
            Act::Top => self.scroll = 0,
            Act::Back | Act::Help | Act::Quit => return Then::Close,
            Act::Palette | Act::NextTheme | Act::Repaint | Act::Suspend => return Then::Ignored,
            _ => return Then::Consumed,
        }
        self.scroll = self.scroll.min(60);
        Then::Consumed
    }

    fn wheel(&mut self, lines: isize) {
        self.scroll = self.scroll.saturating_add_signed(lines).min(60);
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data) {
        let inner = paint.frame(area, &format!("Help ─ {}", self.about), true);
        let lines = self.lines(data);
        let columns = if inner.width >= 110 { 2 } else { 1 };
        let each = lines.len().div_ceil(columns);
        let width = inner.width / u16::try_from(columns).unwrap_or(1);
        let most = each.saturating_sub(usize::from(inner.height));
        let scroll = self.scroll.min(most);
        for (k, (keys, about, title)) in lines.iter().enumerate() {
            let (column, row) = (k / each.max(1), k % each.max(1));
            let Some(row) = row.checked_sub(scroll) else { continue };
            if row >= usize::from(inner.height) {
                continue;
            }
            let x = inner.x + 1 + width * u16::try_from(column).unwrap_or(0);
            let y = inner.y + u16::try_from(row).unwrap_or(0);
            let key = paint.style(if *title { Role::Title } else { Role::Key });
            let dim = paint.style(if *title { Role::Dim } else { Role::Text });
            let indent = u16::from(!*title) * 2;
            paint.cut(x + indent, y, 19, keys, key);
            paint.cut(x + 22, y, width.saturating_sub(24), about, dim);
        }
    }
}
