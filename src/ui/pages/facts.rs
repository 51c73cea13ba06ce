//! Facts about one thing, each with its name before it, under headings; the way detail pages are filled.
use ratatui::layout::Rect;

use crate::ui::paint::{Paint, fold};
use crate::ui::theme::Role;
use crate::views::Tone;

/// One line of a page.
#[derive(Clone, Debug)]
pub enum Fact {
    Heading(String),
    /// A name and what is known; folded at words.
    Pair(&'static str, String, Tone),
    /// Text of its own, folded.
    Words(String, Tone),
    /// A bar with words after it: part of whole.
    Bar {
        name: String,
        part: usize,
        whole: usize,
        words: String,
        tone: Tone,
    },
    Gap,
}

/// A page of facts being collected.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub all: Vec<Fact>,
}

impl Facts {
    pub fn heading(&mut self, text: impl Into<String>) {
        if !self.all.is_empty() {
            self.all.push(Fact::Gap);
        }
        self.all.push(Fact::Heading(text.into()));
    }

    pub fn pair(&mut self, name: &'static str, text: impl Into<String>, tone: Tone) {
        self.all.push(Fact::Pair(name, text.into(), tone));
    }

    pub fn words(&mut self, text: impl Into<String>, tone: Tone) {
        self.all.push(Fact::Words(text.into(), tone));
    }

    pub fn bar(&mut self, name: impl Into<String>, part: usize, whole: usize, words: impl Into<String>, tone: Tone) {
        self.all.push(Fact::Bar { name: name.into(), part, whole, words: words.into(), tone });
    }

    /// Draws what fits below the first `scroll` lines; gives how many lines there are in all.
    pub fn draw(&self, paint: &mut Paint<'_>, area: Rect, scroll: usize) -> usize {
        const NAME: u16 = 13;
        let mut line = 0;
        let width = area.width;
        for fact in &self.all {
            let height = match fact {
                Fact::Pair(_, text, _) => fold(text, usize::from(width.saturating_sub(NAME))).len().max(1),
                Fact::Words(text, _) => fold(text, usize::from(width)).len(),
                _ => 1,
            };
            let at = |k: usize| {
                let row = (line + k).checked_sub(scroll)?;
                (row < usize::from(area.height)).then(|| area.y + u16::try_from(row).unwrap_or(0))
            };
            match fact {
                Fact::Gap => {}
                Fact::Heading(text) => {
                    if let Some(y) = at(0) {
                        let style = paint.style(Role::Title);
                        paint.cut(area.x, y, width, text, style);
                    }
                }
                Fact::Pair(name, text, tone) => {
                    let (dim, style) = (paint.style(Role::Dim), paint.tone(*tone));
                    if let Some(y) = at(0) {
                        paint.cut(area.x, y, NAME - 1, name, dim);
                    }
                    for (k, piece) in fold(text, usize::from(width.saturating_sub(NAME))).iter().enumerate() {
                        if let Some(y) = at(k) {
                            paint.text(area.x + NAME, y, width.saturating_sub(NAME), piece, style);
                        }
                    }
                }
                Fact::Words(text, tone) => {
                    let style = paint.tone(*tone);
                    for (k, piece) in fold(text, usize::from(width)).iter().enumerate() {
                        if let Some(y) = at(k) {
                            paint.text(area.x, y, width, piece, style);
                        }
                    }
                }
                Fact::Bar { name, part, whole, words, tone } => {
                    if let Some(y) = at(0) {
                        let (text, dim, style) = (paint.style(Role::Text), paint.style(Role::Dim), paint.tone(*tone));
                        let short = crate::views::plain::cells(name) < usize::from(NAME);
                        let name_width = if short { NAME } else { (width / 2).clamp(NAME, 40) }.min(width);
                        paint.cut(area.x, y, name_width.saturating_sub(1), name, text);
                        let bar = 12.min(width.saturating_sub(name_width));
                        paint.gauge(area.x + name_width, y, bar, *part, *whole, style);
                        let x = name_width + bar + 1;
                        paint.cut(area.x + x, y, width.saturating_sub(x), words, dim);
                    }
                }
            }
            line += height;
        }
        line
    }
}
