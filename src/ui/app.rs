//! The screen's state machine: what happened goes in, what is wanted comes out, and what is known can be drawn at any moment.
mod acts;
mod drawing;
mod mouse;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use super::act::{Act, Place};
use super::data::Data;
use super::edit::Edit;
use super::io::{Effect, Input, Saying, UiParts};
use super::keymap::{Keymap, Meaning};
use super::keys::Stroke;
use super::layers::{Desk, Layer, Then};
use super::screens::{Focus, Lists, Screen};
use super::theme::Theme;
use crate::base::{Text, Time};
use crate::model::{ControllerId, Topic};
use crate::views::{RunbookRow, Survey};

/// The whole screen: what it knows and what it shows.
#[derive(Debug)]
pub struct App {
    data: Data,
    lists: Lists,
    screen: Screen,
    /// The second part of a screen that has two has the cursor.
    second: bool,
    layers: Vec<Box<dyn Layer>>,
    filtering: Option<Edit>,
    message: Option<(Saying, Text)>,
    said_at: Time,
    pending: Vec<Stroke>,
    requests: u64,
    themes: usize,
    mistakes: Vec<Text>,
    /// What the mouse can meet, as it was last drawn.
    spots: Seen,
    clicked: Option<(Focus, usize, Time)>,
}

/// Where things were last drawn; drawing itself only notes it.
#[derive(Default)]
struct Seen(Cell<Vec<Spot>>);

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seen")
    }
}

#[derive(Clone, Debug)]
enum Spot {
    Tab(Rect, Act),
    List(Focus, usize, Rect),
}

/// How long a message stays.
const MESSAGE: Duration = Duration::from_secs(8);

impl App {
    /// A screen that knows nothing yet.
    pub fn new(parts: UiParts) -> Self {
        let (theme, mut mistakes) = Theme::load(&parts.theme, parts.terminal);
        let (keymap, more) = Keymap::load(&parts.keymap);
        mistakes.extend(more);
        let now = parts.now;
        let lines: Vec<Text> = mistakes.iter().map(|m| Text::line(&m.to_string().replace('\n', " "))).collect();
        let message = lines.first().map(|first| {
            let more = if lines.len() > 1 { format!(" (and {} more)", lines.len() - 1) } else { String::new() };
            (Saying::Warning, Text::line(&format!("{first}{more}; the default is used instead")))
        });
        let data = Data {
            parts,
            now,
            began: now,
            survey: Survey::default(),
            standing: BTreeMap::new(),
            catalogue: None,
            details: BTreeMap::new(),
            theme,
            keymap,
            only: None,
        };
        Self {
            data,
            lists: Lists::default(),
            screen: Screen::Board,
            second: false,
            layers: Vec::new(),
            filtering: None,
            message,
            said_at: now,
            pending: Vec::new(),
            requests: 0,
            themes: 0,
            mistakes: lines,
            spots: Seen::default(),
            clicked: None,
        }
    }

    /// What happened goes in, what is wanted comes out.
    pub fn update(&mut self, input: Input) -> Vec<Effect> {
        let mut out = Vec::new();
        match input {
            Input::Terminal(Event::Key(key)) if key.kind != KeyEventKind::Release => self.key(key, &mut out),
            Input::Terminal(Event::Mouse(mouse)) => self.mouse(mouse, &mut out),
            Input::Terminal(Event::Paste(text)) => self.paste(&text, &mut out),
            Input::Terminal(_) => {}
            Input::Tick(now) => self.tick(now),
            other => self.news(other, &mut out),
        }
        self.forget_details();
        out
    }

    fn tick(&mut self, now: Time) {
        self.data.now = now;
        self.lists.refill_bells(&self.data);
        if now.since(self.said_at) >= MESSAGE {
            self.message = None;
        }
    }

    fn news(&mut self, input: Input, out: &mut Vec<Effect>) {
        match &input {
            Input::Snapshot(snapshot) => {
                let runs = self.data.survey.runs.clone();
                self.data.survey = self.data.survey.next(snapshot.clone(), runs);
                self.lists.refill(&self.data);
            }
            Input::Runs(runs) => {
                let snapshot = self.data.survey.snapshot.clone();
                self.data.survey = self.data.survey.next(snapshot, runs.clone());
                self.lists.refill_runs(&self.data);
                self.lists.refill_bells(&self.data);
            }
            Input::Standing(standing) => self.data.standing.clone_from(standing),
            Input::Catalogue(catalogue) => {
                self.data.catalogue = Some(catalogue.clone());
                self.lists.books.set(RunbookRow::all(catalogue), &self.data.context());
            }
            Input::Topic { topic, generation, data } if self.topics().contains(topic) => {
                self.data.details.entry(topic.clone()).or_default().take(*generation, data.clone());
            }
            Input::Said { kind, text } => self.say(*kind, text.clone()),
            _ => {}
        }
        for at in (0..self.layers.len()).rev() {
            if self.with_layer(at, out, |layer, desk| layer.news(&input, desk)) != Then::Ignored {
                break;
            }
        }
    }

    /// Details that nobody looks at any more.
    fn forget_details(&mut self) {
        if !self.data.details.is_empty() {
            let wanted = self.topics();
            self.data.details.retain(|topic, _| wanted.contains(topic));
        }
    }

    fn say(&mut self, kind: Saying, text: Text) {
        self.message = Some((kind, text));
        self.said_at = self.data.now;
    }

    /// Lets a layer do something, then does what it asked for.
    fn with_layer(
        &mut self,
        at: usize,
        out: &mut Vec<Effect>,
        f: impl FnOnce(&mut Box<dyn Layer>, &mut Desk<'_>) -> Then,
    ) -> Then {
        let Some(layer) = self.layers.get_mut(at) else { return Then::Ignored };
        let mut desk = Desk::new(&self.data, &mut self.requests);
        let then = f(layer, &mut desk);
        let Desk { effects, opened, said, asked, only, .. } = desk;
        if then == Then::Close && at < self.layers.len() {
            self.layers.remove(at);
        }
        self.done(effects, opened, said, out);
        if let Some(only) = only {
            self.show_only(only);
        }
        if let Some(act) = asked {
            self.act(act, out);
        }
        then
    }

    /// Lets a screen use the desk.
    fn with_desk(&mut self, out: &mut Vec<Effect>, f: impl FnOnce(&Lists, &mut Desk<'_>)) {
        let mut desk = Desk::new(&self.data, &mut self.requests);
        f(&self.lists, &mut desk);
        let Desk { effects, opened, said, .. } = desk;
        self.done(effects, opened, said, out);
    }

    fn done(
        &mut self,
        effects: Vec<Effect>,
        opened: Vec<Box<dyn Layer>>,
        said: Option<(Saying, Text)>,
        out: &mut Vec<Effect>,
    ) {
        out.extend(effects);
        self.layers.extend(opened);
        if let Some((kind, text)) = said {
            self.say(kind, text);
        }
    }

    fn show_only(&mut self, only: Option<ControllerId>) {
        self.data.only = only;
        self.lists.refill(&self.data);
    }

    // Keys.

    fn key(&mut self, key: KeyEvent, out: &mut Vec<Effect>) {
        self.message = None;
        if let Some(last) = self.layers.len().checked_sub(1)
            && self.with_layer(last, out, |layer, desk| layer.key(key, desk)) != Then::Ignored
        {
            self.pending.clear();
            return;
        }
        if self.layers.is_empty() && self.filter_key(key) {
            return;
        }
        self.pending.push(Stroke::of(key));
        match self.data.keymap.meaning(&self.places(), &self.pending) {
            Meaning::Act(act) => {
                self.pending.clear();
                self.act(act, out);
            }
            Meaning::More => {}
            Meaning::Nothing => {
                // The last key may begin something of its own.
                let alone = self.pending.len() == 1;
                self.pending.clear();
                if !alone && let Meaning::Act(act) = self.data.keymap.meaning(&self.places(), &[Stroke::of(key)]) {
                    self.act(act, out);
                }
            }
        }
    }

    fn places(&self) -> Vec<Place> {
        match self.layers.last() {
            Some(layer) => layer.places().to_vec(),
            None => vec![Place::List, Place::Everywhere],
        }
    }

    /// A key while a filter is typed.
    fn filter_key(&mut self, key: KeyEvent) -> bool {
        use crossterm::event::KeyCode;
        let focus = self.focus();
        let Some(edit) = &mut self.filtering else { return false };
        match key.code {
            KeyCode::Enter => self.filtering = None,
            KeyCode::Esc => {
                self.filtering = None;
                self.lists.of_mut(focus).filter("", &self.data.context());
            }
            KeyCode::Down | KeyCode::Up => {
                let by = if key.code == KeyCode::Down { 1 } else { -1 };
                self.lists.of_mut(focus).by(by);
            }
            _ => {
                edit.key(key);
                let typed = edit.text();
                self.lists.of_mut(focus).filter(&typed, &self.data.context());
            }
        }
        true
    }

    fn paste(&mut self, text: &str, out: &mut Vec<Effect>) {
        if let Some(last) = self.layers.len().checked_sub(1) {
            self.with_layer(last, out, |layer, desk| layer.paste(text, desk));
            return;
        }
        let focus = self.focus();
        if let Some(edit) = &mut self.filtering {
            edit.insert(text);
            let typed = edit.text();
            self.lists.of_mut(focus).filter(&typed, &self.data.context());
        }
    }

    // What the event loop asks.

    /// The details that somebody looks at now.
    pub fn topics(&self) -> Vec<Topic> {
        self.layers.iter().flat_map(|l| l.topics()).collect()
    }

    /// How long nothing on the screen will change by time alone; none: never.
    pub fn next_tick(&self) -> Option<Duration> {
        let spins = !self.data.heard() || self.layers.iter().any(|l| l.spins(&self.data));
        Some(if spins { Duration::from_millis(125) } else { Duration::from_secs(1) })
    }

    /// Mistakes in the person's keymap and theme files, a line each, for the command line to print as well.
    pub fn mistakes(&self) -> &[Text] {
        &self.mistakes
    }

    /// The runs that stop when this process ends, for whoever ends it by other means.
    pub fn runs_here(&self) -> Vec<Arc<crate::run::RunView>> {
        self.data.runs_here().into_iter().cloned().collect()
    }
}
