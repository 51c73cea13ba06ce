//! Drawing the whole screen from what is known now.
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::act::Act;
use super::super::chrome::{self, Bottom};
use super::super::keys;
use super::super::paint::{self, Paint};
use super::super::screens::lists::{self, Spots};
use super::super::screens::{Screen, board};
use super::super::theme::Role;
use super::{App, Spot};

impl App {
    /// Draws what is known now; never waits.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        self.paint(frame.buffer_mut(), area);
    }

    /// The same on any buffer.
    pub fn paint(&self, buffer: &mut Buffer, area: Rect) {
        let frame = u64::try_from(self.data.now.millis()).unwrap_or(0);
        let mut paint = Paint { buffer, theme: &self.data.theme, frame };
        let page = paint.style(Role::Page).patch(paint.style(Role::Text));
        paint.wash(area, page);
        let mut spots = Vec::new();
        if area.height >= 4 {
            let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
            self.body(&mut paint, body, &mut spots);
            chrome::top(&mut paint, Rect { height: 1, ..area }, &self.data);
            let line = Rect { y: area.bottom() - 1, height: 1, ..area };
            let tabs = chrome::bottom(&mut paint, line, &self.data, &self.bottom());
            spots.extend(tabs.into_iter().map(|(place, act)| Spot::Tab(place, act)));
        } else {
            self.body(&mut paint, area, &mut spots);
        }
        self.spots.0.set(spots);
        if !self.data.parts.terminal.unicode {
            only_ascii(buffer, area);
        }
    }

    pub(super) fn body(&self, paint: &mut Paint<'_>, area: Rect, spots: &mut Vec<Spot>) {
        if area.width < 12 || area.height < 3 {
            let words = format!("{} bells; too small", self.lists.bells.len());
            let text = paint.style(Role::Text);
            paint.cut(area.x, area.y, area.width, &words, text);
            return;
        }
        let covered = self.layers.iter().rposition(|l| l.whole());
        if covered.is_none() {
            let mut found = Spots::new();
            self.screen(paint, area, &mut found);
            spots.extend(found.into_iter().map(|(focus, first, place)| Spot::List(focus, first, place)));
        }
        for layer in self.layers.iter().skip(covered.unwrap_or(0)) {
            layer.draw(paint, area, &self.data);
        }
    }

    pub(super) fn screen(&self, paint: &mut Paint<'_>, area: Rect, spots: &mut Spots) {
        let focus = self.layers.is_empty().then(|| self.focus());
        let draw = match self.screen {
            Screen::Board => board::draw,
            Screen::Queue => lists::queue,
            Screen::Nodes => lists::nodes,
            Screen::Builds => lists::builds,
            Screen::Runbooks => lists::runbooks,
            Screen::Sources => lists::sources,
        };
        draw(paint, area, &self.lists, &self.data, focus, spots);
    }

    pub(super) fn bottom(&self) -> Bottom<'_> {
        let list = self.lists.of(self.focus());
        let hints = match self.layers.last() {
            Some(layer) => layer.hints(),
            None => {
                let mut hints = vec![Act::Into, Act::Actions, Act::Filter, Act::Palette, Act::Help, Act::Mark];
                if matches!(self.screen, Screen::Board | Screen::Runbooks) {
                    hints.push(Act::NextPane);
                }
                hints.extend([Act::Sort, Act::Copy, Act::Open, Act::Export, Act::Quit]);
                hints
            }
        };
        Bottom {
            screen: self.screen,
            page: self.layers.last().map(|l| l.name()),
            hints,
            message: self.message.as_ref(),
            filter: self.filtering.as_ref().filter(|_| self.layers.is_empty()).map(|e| (e, list.error())),
            pending: keys::shown(&self.pending),
        }
    }
}

fn only_ascii(buffer: &mut Buffer, area: Rect) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y))
                && !paint::is_ascii(cell.symbol())
            {
                let plain = paint::ascii(cell.symbol());
                cell.set_symbol(plain);
            }
        }
    }
}
