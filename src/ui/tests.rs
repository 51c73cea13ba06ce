//! Key macros, pictures of the screens, and what must hold whatever comes in.
use std::collections::BTreeMap;
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::App;
use super::io::{Choice, Colours, ControllerCard, Effect, Input, Terminal, UiParts};
use super::keys;
use crate::base::Text;
use crate::model::Standing;
use crate::runbook::{Catalogue, InputInfo, Kind, Risk, RunbookInfo};
use crate::views::testing::{at, prod, runs, snapshot};

mod macros;
mod never;
mod pictures;

/// What the tests' screens are made of.
fn parts() -> UiParts {
    UiParts {
        site: "tvm-ci".into(),
        controllers: vec![ControllerCard {
            id: prod(),
            url: "https://ci.tlcpack.ai/".parse().unwrap(),
            production: true,
        }],
        limits: crate::site::BellLimits::default(),
        now: at(),
        keymap: Choice::Default,
        theme: Choice::Default,
        terminal: Terminal { colours: Colours::True, light: false, unicode: true },
        simulated: false,
    }
}

fn input(name: &str, kind: Kind, default: Option<&str>) -> InputInfo {
    InputInfo { name: name.into(), kind, about: "what for".into(), default: default.map(Text::line), of: Vec::new() }
}

/// Two runbooks for nodes, one for queue items.
fn catalogue() -> Arc<Catalogue> {
    let book = |name: &str, title: &str, inputs| RunbookInfo {
        name: name.into(),
        title: title.into(),
        about: title.into(),
        risk: Risk::Low,
        inputs,
        undo: None,
        from: "built in".into(),
        text: "".into(),
    };
    let node = || input("node", Kind::Node, None);
    let mut catalogue = Catalogue::default();
    catalogue.runbooks = vec![
        book("cancel-item", "Cancel a queue item", vec![input("item", Kind::QueueItem, None)]),
        book(
            "drain-node",
            "Take a node offline and wait until it is idle",
            vec![node(), input("reason", Kind::Text, Some("drained"))],
        ),
        book("return-node", "Put a node back into service", vec![node()]),
    ];
    Arc::new(catalogue)
}

fn standing(armed: bool) -> Input {
    let until = at().plus(std::time::Duration::from_secs(52 * 60));
    let standing =
        Standing { who: "op2".into(), operator: true, read_only_because: None, armed_until: armed.then_some(until) };
    Input::Standing(BTreeMap::from([(prod(), standing)]))
}

/// A screen to which everything of the made-up installation has come.
fn full() -> App {
    let mut app = App::new(parts());
    for input in [Input::Snapshot(snapshot()), Input::Runs(runs()), standing(false), Input::Catalogue(catalogue())] {
        assert!(app.update(input).is_empty());
    }
    app
}

fn press_kind(app: &mut App, key: &str, kind: KeyEventKind) -> Vec<Effect> {
    let stroke = keys::Stroke::parse(key).unwrap_or_else(|| panic!("{key} is no key"));
    let mut event = KeyEvent::new(stroke.code, stroke.modifiers);
    event.kind = kind;
    app.update(Input::Terminal(Event::Key(event)))
}

/// Presses keys one after the other, with blanks between them; everything in `'…'` is typed letter by letter.
/// Each is drawn, as the event loop would.
fn press(app: &mut App, macros: &str) -> Vec<Effect> {
    let mut out = Vec::new();
    for word in macros.split(' ').filter(|w| !w.is_empty()) {
        match word.strip_prefix('\'') {
            Some(typed) => {
                for c in typed.trim_end_matches('\'').chars() {
                    let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
                    out.extend(app.update(Input::Terminal(Event::Key(event))));
                }
            }
            None => out.extend(press_kind(app, word, KeyEventKind::Press)),
        }
        draw(app, 120, 36);
    }
    out
}

fn draw(app: &App, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    app.paint(&mut buffer, area);
    buffer
}

/// What is on the screen, without colours.
fn shown(app: &App, width: u16, height: u16) -> String {
    let buffer = draw(app, width, height);
    let mut out = String::new();
    for y in 0..height {
        let mut x = 0;
        let mut line = String::new();
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line += symbol;
            x += u16::try_from(crate::views::plain::cells(symbol)).unwrap().max(1);
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}
