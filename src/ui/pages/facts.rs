//! Facts about one thing, each with its name before it, under headings; the way detail pages are filled.
use ratatui::layout::Rect;

use crate::ui::paint::{Paint, fold};
use crate::ui::theme::Role;
use crate::views::Tone;
use crate::views::plain::cells;

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
    /// A sign and a name, what was said, and what it was said on: beside it where there is room, else below.
    Told {
        name: String,
        text: String,
        aside: String,
        tone: Tone,
    },
    Gap,
}

/// Where what is known begins.
const NAME: u16 = 13;

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

    pub fn told(&mut self, name: String, text: String, aside: String, tone: Tone) {
        self.all.push(Fact::Told { name, text, aside, tone });
    }

    pub fn bar(&mut self, name: impl Into<String>, part: usize, whole: usize, words: impl Into<String>, tone: Tone) {
        self.all.push(Fact::Bar { name: name.into(), part, whole, words: words.into(), tone });
    }

    /// Draws what fits below the first `scroll` lines; gives how many lines there are in all.
    pub fn draw(&self, paint: &mut Paint<'_>, area: Rect, scroll: usize) -> usize {
        let mut line = 0;
        let width = area.width;
        let known = usize::from(width.saturating_sub(NAME));
        for fact in &self.all {
            let height = match fact {
                Fact::Pair(_, text, _) => fold(text, usize::from(width.saturating_sub(NAME))).len().max(1),
                Fact::Words(text, _) => fold(text, usize::from(width)).len(),
                Fact::Told { text, aside, .. } => told(text, aside, known).len(),
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
                Fact::Told { name, text, aside, tone } => {
                    let (dim, style) = (paint.style(Role::Dim), paint.tone(*tone));
                    if let Some(y) = at(0) {
                        paint.cut(area.x, y, NAME - 1, name, style);
                    }
                    for (k, (said, on)) in told(text, aside, known).iter().enumerate() {
                        if let Some(y) = at(k) {
                            let pieces = [(said.clone(), style), (on.clone(), dim)];
                            paint.pieces(area.x + NAME, y, width.saturating_sub(NAME), &pieces);
                        }
                    }
                }
                Fact::Bar { name, part, whole, words, tone } => {
                    if let Some(y) = at(0) {
                        let (text, dim, style) = (paint.style(Role::Text), paint.style(Role::Dim), paint.tone(*tone));
                        let short = cells(name) < usize::from(NAME);
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

/// What was said, folded, and after it what it was said on.
fn told(text: &str, aside: &str, width: usize) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = fold(text, width).into_iter().map(|l| (l, String::new())).collect();
    if aside.is_empty() {
        return lines;
    }
    let beside = format!(" · {aside}");
    match lines.last_mut().filter(|(l, _)| cells(l) + cells(&beside) <= width) {
        Some((_, on)) => *on = beside,
        None => lines.extend(fold(aside, width).into_iter().map(|l| (String::new(), l))),
    }
    lines
}
