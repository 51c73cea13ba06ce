//! Drawing: text that is cut where its place ends, frames, bars, tables; nothing is ever drawn outside its place.
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget};

use super::list::List;
use super::theme::{Role, Theme};
use crate::views::plain::{cells, cut, pad};
use crate::views::{Context, Row, Tone, fit};

/// A buffer, and how to draw on it.
pub struct Paint<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: &'a Theme,
    /// Now; for what turns round while one waits.
    pub frame: u64,
}

impl std::fmt::Debug for Paint<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Paint({:?})", self.buffer.area)
    }
}

impl Paint<'_> {
    pub fn style(&self, role: Role) -> Style {
        self.theme.of(role)
    }

    pub fn tone(&self, tone: Tone) -> Style {
        self.theme.tone(tone)
    }

    /// Writes `text` from (x, y), at most `width` cells of it; gives how many were taken.
    pub fn text(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() || width == 0 {
            return 0;
        }
        let room = width.min(area.right() - x);
        let (end, _) = self.buffer.set_stringn(x, y, text, usize::from(room), style);
        end.saturating_sub(x)
    }

    /// The same, with an ellipsis where it is cut.
    pub fn cut(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        if cells(text) <= usize::from(width) {
            return self.text(x, y, width, text, style);
        }
        let short = cut(text, usize::from(width.saturating_sub(1)));
        let used = self.text(x, y, width, &short, style);
        used + self.text(x.saturating_add(used), y, width.saturating_sub(used), "…", style)
    }

    /// Pieces one after the other; the last that does not fit is cut.
    pub fn pieces(&mut self, x: u16, y: u16, width: u16, pieces: &[(String, Style)]) -> u16 {
        let mut used = 0;
        for (text, style) in pieces {
            used += self.cut(x.saturating_add(used), y, width.saturating_sub(used), text, *style);
        }
        used
    }

    /// Right-aligned; gives where it begins.
    pub fn right(&mut self, area: Rect, y: u16, text: &str, style: Style) -> u16 {
        let width = u16::try_from(cells(text)).unwrap_or(u16::MAX).min(area.width);
        let x = area.right().saturating_sub(width);
        self.cut(x, y, width, text, style);
        x
    }

    /// Several lines, folded at words; gives how many were drawn.
    pub fn folded(&mut self, area: Rect, text: &str, style: Style) -> u16 {
        let mut y = area.top();
        for line in fold(text, usize::from(area.width)) {
            if y >= area.bottom() {
                break;
            }
            self.text(area.left(), y, area.width, &line, style);
            y += 1;
        }
        y - area.top()
    }

    /// Colours a place without changing its text.
    pub fn wash(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Fills a place with blanks.
    pub fn clear(&mut self, area: Rect, style: Style) {
        let style = self.style(Role::Page).patch(style);
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// A frame with a title; gives what is inside. Frames that overlap by a line join.
    pub fn frame(&mut self, area: Rect, title: &str, focus: bool) -> Rect {
        let area = area.intersection(self.buffer.area);
        if area.width < 3 || area.height < 2 {
            return area;
        }
        let border = self.style(if focus { Role::Title } else { Role::Border });
        let title = cut(title, usize::from(area.width.saturating_sub(4)));
        let mut block = Block::bordered().border_style(border).merge_borders(MergeStrategy::Exact);
        if !title.is_empty() {
            block = block.title_top(Line::styled(format!(" {title} "), self.style(Role::Title)));
        }
        let inner = block.inner(area);
        block.render(area, self.buffer);
        inner
    }

    /// A heading with a rule after it, for screens too small for frames.
    pub fn rule(&mut self, area: Rect, y: u16, title: &str) {
        let (style, border) = (self.style(Role::Title), self.style(Role::Border));
        let used = self.cut(area.left(), y, area.width, &format!("{title} "), style);
        let rest = "─".repeat(usize::from(area.width.saturating_sub(used)));
        self.text(area.left().saturating_add(used), y, area.width.saturating_sub(used), &rest, border);
    }

    /// A bar: `part` of `whole` in eighths of a cell.
    pub fn bar(&mut self, x: u16, y: u16, width: u16, part: usize, whole: usize, style: Style) {
        const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let eighths = (usize::from(width) * 8 * part).checked_div(whole).unwrap_or(0).min(usize::from(width) * 8);
        // What is there is seen, however little it is.
        let eighths = if part > 0 { eighths.max(1) } else { 0 };
        let mut bar = "█".repeat(eighths / 8);
        bar += EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
        self.text(x, y, width, &bar, style);
    }

    /// A bar with its rest shown: `████░░░░`.
    pub fn gauge(&mut self, x: u16, y: u16, width: u16, part: usize, whole: usize, style: Style) {
        let full = (usize::from(width) * part).checked_div(whole).unwrap_or(0).min(usize::from(width));
        let rest = self.style(Role::Border);
        self.text(x, y, width, &"░".repeat(usize::from(width)), rest);
        self.text(x, y, width, &"█".repeat(full), style);
    }

    /// What turns round while one waits, and for how long it has.
    pub fn spinner(&self) -> &'static str {
        const TURNS: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"];
        TURNS.get(usize::try_from(self.frame / 125 % 8).unwrap_or(0)).copied().unwrap_or("⠋")
    }

    /// A list with a heading; only the lines that are seen are made. Gives the first line's y and how many there are.
    pub fn table<R: Row>(&mut self, area: Rect, list: &List<R>, context: &Context, focus: bool) -> (u16, u16) {
        if area.width < 2 || area.height == 0 {
            return (area.top(), 0);
        }
        let columns = fit(R::COLUMNS, area.width.saturating_sub(3), context);
        let heading = u16::from(area.height > 1);
        if heading == 1 {
            self.heading(area, list, &columns);
        }
        let body = area.height - heading;
        let top = area.top() + heading;
        let mut y = top;
        for line in list.lines(usize::from(body)) {
            let base = match (line.ghost || line.row.old(), line.marked) {
                (true, _) => Some(self.style(Role::Dim)),
                (_, true) => Some(self.style(Role::Marked)),
                _ => None,
            };
            let sign = match (line.marked, line.ghost, line.selected) {
                (true, ..) => "◆",
                (_, true, _) => "†",
                (.., true) if focus => "▶",
                _ => " ",
            };
            let mark = self.style(Role::Marked);
            self.text(area.left(), y, 1, sign, mark);
            let mut x = area.left() + 2;
            for (i, width) in &columns {
                let Some(column) = R::COLUMNS.get(*i) else { continue };
                let cell = (column.cell)(line.row, context);
                let style = base.unwrap_or_else(|| self.tone(cell.tone));
                self.text(x, y, *width, &pad(&cell.text, usize::from(*width), column.right), style);
                x += width + 1;
            }
            if line.selected {
                let role = if focus { Role::Selected } else { Role::Resting };
                let style = self.style(role);
                self.wash(Rect { y, height: 1, ..area }, style);
            }
            y += 1;
        }
        self.scrollbar(Rect { y: top, height: body, ..area }, list.first(usize::from(body)), list.len());
        (top, y - top)
    }

    fn heading<R: Row>(&mut self, area: Rect, list: &List<R>, columns: &[(usize, u16)]) {
        let style = self.style(Role::Title);
        let mut x = area.left() + 2;
        for (i, width) in columns {
            let Some(column) = R::COLUMNS.get(*i) else { continue };
            let sign = match list.order() {
                Some((sorted, down)) if sorted == *i => {
                    if down {
                        "▾"
                    } else {
                        "▴"
                    }
                }
                _ => "",
            };
            let title = format!("{}{sign}", column.title.to_uppercase());
            self.text(x, area.top(), *width, &pad(&title, usize::from(*width), column.right), style);
            x += width + 1;
        }
    }

    /// Where one is, at the right edge of a list that is longer than its place.
    pub fn scrollbar(&mut self, area: Rect, first: usize, len: usize) {
        let height = usize::from(area.height);
        if len <= height || height < 3 || area.width < 4 {
            return;
        }
        let size = (height * height / len).max(1);
        let at = (first * (height - size)).checked_div(len - height).unwrap_or(0);
        let style = self.style(Role::Border);
        for k in 0..size {
            let y = area.top() + u16::try_from(at + k).unwrap_or(0);
            if y < area.bottom() {
                self.text(area.right() - 1, y, 1, "▐", style);
            }
        }
    }
}

/// Folds at words; a word longer than the line is cut into lines.
pub fn fold(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    if width == 0 {
        return out;
    }
    for line in text.lines() {
        // What is indented stays so, on every line that it is folded into.
        let indent: String = line.chars().take_while(|c| *c == ' ').take(width / 2).collect();
        let line = line.trim_start_matches(' ');
        let fresh = || indent.clone();
        let mut now = fresh();
        let mut begun = false;
        for word in line.split(' ') {
            let room = cells(&now) + usize::from(begun) + cells(word) <= width;
            if !room && begun {
                out.push(std::mem::replace(&mut now, fresh()));
                begun = false;
            }
            if begun {
                now.push(' ');
            }
            begun = true;
            let mut rest = word;
            while cells(&indent) + cells(rest) > width {
                let piece = cut(rest, width - cells(&indent));
                let piece = if piece.is_empty() { rest.chars().take(1).collect() } else { piece };
                rest = rest.get(piece.len()..).unwrap_or_default();
                out.push(format!("{indent}{piece}"));
            }
            now += rest;
        }
        out.push(now);
    }
    out
}

/// What a terminal that knows only ASCII shows instead.
pub fn ascii(symbol: &str) -> &'static str {
    match symbol.chars().next().unwrap_or(' ') {
        '─' | '━' | '═' => "-",
        '│' | '┃' | '║' | '▏' | '▎' | '▍' | '▐' => "|",
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => "+",
        '█' | '▉' | '▊' | '▋' | '▌' | '■' => "#",
        '░' | '□' | '·' | '•' | '◌' => ".",
        '▲' => "!",
        '●' | '◆' => "*",
        '◐' => "d",
        '○' => "o",
        '✕' | '✗' => "x",
        '✓' => "v",
        '▶' | '»' | '›' | '→' | '▸' | '⏵' => ">",
        '▾' | '▼' => "v",
        '▴' => "^",
        '⏎' => "\\",
        '…' => "~",
        '⟳' => "@",
        '†' => "+",
        '‘' | '’' => "'",
        '“' | '”' => "\"",
        '–' | '—' | '−' => "-",
        '▁' | '▂' => "_",
        '▃' | '▄' | '▅' => "=",
        '▆' | '▇' => "#",
        '⠋' | '⠼' => "|",
        '⠙' | '⠴' => "/",
        '⠹' | '⠦' => "-",
        '⠸' | '⠧' => "\\",
        _ => "?",
    }
}

/// Whether a symbol can be shown as it is where there is only ASCII.
pub fn is_ascii(symbol: &str) -> bool {
    symbol.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_at_words_and_cuts_what_is_too_long() {
        assert_eq!(fold("one two three", 7), ["one two", "three"]);
        assert_eq!(fold("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(fold("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(fold("  one two three", 9), ["  one two", "  three"]);
        assert!(fold("x", 0).is_empty());
        assert_eq!(fold("日本", 1), ["日", "本", ""]);
    }
}
