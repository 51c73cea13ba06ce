//! What the mouse means: select, scroll, tabs, a double click into a thing.
use std::time::Duration;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::super::io::Effect;
use super::super::screens::{Focus, Screen};
use super::{App, Spot};

impl App {
    pub(super) fn mouse(&mut self, mouse: MouseEvent, out: &mut Vec<Effect>) {
        let at = Position { x: mouse.column, y: mouse.row };
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return,
        };
        let spots = self.spots.0.take();
        self.spots.0.set(spots.clone());
        if wheel != 0 {
            match self.layers.last_mut() {
                Some(layer) => layer.wheel(wheel),
                None => {
                    let under = spots.iter().find_map(|s| match s {
                        Spot::List(focus, _, place) if place.contains(at) => Some(*focus),
                        _ => None,
                    });
                    let focus = under.unwrap_or_else(|| self.focus());
                    self.lists.of_mut(focus).scroll(wheel);
                }
            }
            return;
        }
        for spot in spots {
            match spot {
                Spot::Tab(place, act) if place.contains(at) => return self.act(act, out),
                Spot::List(focus, first, place) if place.contains(at) && self.layers.is_empty() => {
                    return self.click(focus, first + usize::from(at.y - place.y), out);
                }
                _ => {}
            }
        }
    }

    pub(super) fn click(&mut self, focus: Focus, line: usize, out: &mut Vec<Effect>) {
        self.second = matches!((self.screen, focus), (Screen::Board, Focus::Runs) | (Screen::Runbooks, Focus::Books));
        let now = self.data.now;
        let double =
            self.clicked.is_some_and(|(f, l, at)| f == focus && l == line && now.since(at) <= Duration::from_secs(1));
        self.lists.of_mut(focus).to(line);
        self.clicked = if double { None } else { Some((focus, line, now)) };
        if double {
            self.into(focus, out);
        }
    }
}
