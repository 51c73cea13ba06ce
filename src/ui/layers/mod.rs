//! What lies over a screen: pages, menus, dialogs. Each says whether it consumed a key or ignored it.
pub mod help;
pub mod menu;
pub mod palette;
pub mod prompt;
pub mod quit;

use std::fmt;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::act::{Act, Place};
use super::data::Data;
use super::io::{Effect, Input, Saying};
use super::paint::Paint;
use crate::base::Text;
use crate::model::Topic;

/// What a layer says of what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Ignored,
    Consumed,
    /// Consumed, and it is done.
    Close,
}

/// What a layer may use: everything known, and ways to ask for something.
#[derive(Debug)]
pub struct Desk<'a> {
    pub data: &'a Data,
    pub effects: Vec<Effect>,
    /// To be laid on top when the layer has answered.
    pub opened: Vec<Box<dyn Layer>>,
    pub said: Option<(Saying, Text)>,
    /// An act for the screens below.
    pub asked: Option<Act>,
    /// Show this controller alone, or all.
    pub only: Option<Option<crate::model::ControllerId>>,
    requests: &'a mut u64,
}

impl<'a> Desk<'a> {
    pub fn new(data: &'a Data, requests: &'a mut u64) -> Self {
        Self { data, effects: Vec::new(), opened: Vec::new(), said: None, asked: None, only: None, requests }
    }

    /// A number for a question that an answer comes to.
    pub fn request(&mut self) -> u64 {
        *self.requests += 1;
        *self.requests
    }

    pub fn want(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub fn open(&mut self, layer: impl Layer + 'static) {
        self.opened.push(Box::new(layer));
    }

    pub fn say(&mut self, kind: Saying, text: &str) {
        self.said = Some((kind, Text::line(text)));
    }
}

/// Something that lies over a screen.
pub trait Layer: fmt::Debug + Send {
    /// Whether it takes the whole screen; else what is below shines through.
    fn whole(&self) -> bool {
        false
    }

    /// The keymap's tables that hold while it is on top, the nearest first. Without any, it takes keys as they are.
    fn places(&self) -> &'static [Place] {
        &[]
    }

    /// A key as it is, before the keymap is looked at.
    fn key(&mut self, _key: KeyEvent, _desk: &mut Desk<'_>) -> Then {
        Then::Ignored
    }

    /// Pasted text.
    fn paste(&mut self, _text: &str, _desk: &mut Desk<'_>) -> Then {
        Then::Ignored
    }

    /// What a key means by the keymap.
    fn act(&mut self, _act: Act, _desk: &mut Desk<'_>) -> Then {
        Then::Ignored
    }

    /// The wheel: lines up (negative) or down.
    fn wheel(&mut self, _lines: isize) {}

    /// An answer came in, or the data changed.
    fn news(&mut self, _input: &Input, _desk: &mut Desk<'_>) -> Then {
        Then::Ignored
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data);

    fn topics(&self) -> Vec<Topic> {
        Vec::new()
    }

    /// Keys worth showing in the bottom line.
    fn hints(&self) -> Vec<Act> {
        vec![Act::Back]
    }

    /// Something turns round in it.
    fn spins(&self, _data: &Data) -> bool {
        false
    }

    /// Why an act of its own cannot be done now; `None` when it is not its own.
    fn available(&self, _act: Act, _data: &Data) -> Option<Result<(), Text>> {
        None
    }

    /// A name for the help.
    fn name(&self) -> &'static str;
}

/// A box in the middle, at most so large.
pub fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (w, h) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - w) / 2, y: area.y + (area.height - h) / 3, width: w, height: h }
}
