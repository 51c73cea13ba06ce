//! What must hold whatever comes in: no panic at any size, nothing drawn that steers a terminal, only ASCII where there is only ASCII.
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::*;
use crate::base::Time;
use crate::model::{Jenkins, LogChunk, Problem, ProblemKind, Reading, ReadingState, Snapshot, TopicData};
use crate::views::testing::prod_jenkins;

const HOSTILE: &str = "a\u{1b}]52;c;eA==\u{7}\u{202e}\u{9b}31m日本語テキスト\u{200b} =x";

/// Snapshots of all sorts: nothing, failing, hostile names, another clock.
fn some_snapshot(kind: u8) -> Arc<Snapshot> {
    let mut j = prod_jenkins();
    match kind % 5 {
        0 => j = Jenkins::default(),
        1 => {
            let problem = Problem::new(ProblemKind::TimedOut, HOSTILE, "wait");
            let failing = ReadingState::Failing { since: at(), problem, next_try: at() };
            j.controller.state = failing.clone();
            j.nodes.state = failing;
        }
        2 => {
            let mut nodes = crate::views::testing::nodes();
            for node in &mut nodes {
                node.name = Text::line(&format!("{HOSTILE}{}", node.name));
                node.labels = vec![Text::line(&HOSTILE.repeat(9))];
            }
            j.nodes = Reading::fresh(nodes.into_iter().map(Arc::new).collect(), at());
        }
        3 => j.skew = i64::from(kind) * 40_000_000,
        _ => {}
    }
    Arc::new(Snapshot { seq: u64::from(kind), jenkins: [(prod(), Arc::new(j))].into() })
}

fn something(app: &mut App, what: u8, n: u16) {
    const KEYS: [&str; 46] = [
        "1",
        "2",
        "3",
        "6",
        "9",
        "s",
        "?",
        ":",
        "esc",
        "x",
        "/",
        "enter",
        "space",
        "j",
        "k",
        "G",
        "g",
        "ctrl-d",
        "tab",
        "y",
        "o",
        "e",
        ">",
        "<",
        "*",
        "a",
        "L",
        "n",
        "N",
        "]",
        "[",
        "f",
        "z",
        "Z",
        "p",
        "R",
        "r",
        "S",
        "b",
        "!",
        "T",
        "backspace",
        "left",
        "right",
        "down",
        "pagedown",
    ];
    match what % 16 {
        0..=10 => {
            press_kind(app, KEYS[usize::from(n) % KEYS.len()], KeyEventKind::Press);
        }
        11 => {
            app.update(Input::Snapshot(some_snapshot(n as u8)));
        }
        12 => {
            let kind = [MouseEventKind::Down(MouseButton::Left), MouseEventKind::ScrollDown, MouseEventKind::ScrollUp]
                [usize::from(n) % 3];
            let event = MouseEvent { kind, column: n % 130, row: n % 40, modifiers: KeyModifiers::NONE };
            app.update(Input::Terminal(Event::Mouse(event)));
        }
        13 => {
            app.update(Input::Terminal(Event::Paste(HOSTILE.to_owned())));
        }
        14 => {
            app.update(Input::Tick(Time::from_millis(at().millis() + i64::from(n) * 1_000)));
        }
        _ => {
            for topic in app.topics() {
                let text = Text::block(
                    &format!("[Pipeline] {{ (a)\n{HOSTILE}\nerror: x\n[Pipeline] }}\n").repeat(usize::from(n % 50)),
                );
                let chunk = LogChunk {
                    read_at: at(),
                    restart: n.is_multiple_of(7),
                    text,
                    more: n.is_multiple_of(2),
                    skipped: 0,
                };
                app.update(Input::Topic { topic, generation: u64::from(n % 3), data: TopicData::Log(chunk) });
            }
        }
    }
}

fn harmless(buffer: &Buffer) -> Result<(), TestCaseError> {
    for cell in &buffer.content {
        prop_assert!(
            cell.symbol().chars().all(|c| !c.is_control()
                && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')),
            "{:?}",
            cell.symbol()
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn no_size_and_no_input_makes_it_fail(
        steps in proptest::collection::vec((any::<u8>(), any::<u16>(), 0..220_u16, 0..60_u16), 1..40),
        known in any::<bool>(),
    ) {
        let mut app = if known { full() } else { App::new(parts()) };
        for (what, n, width, height) in steps {
            something(&mut app, what, n);
            harmless(&draw(&app, width, height))?;
        }
        for size in [(1, 1), (2, 1), (1, 5), (7, 3), (20, 4), (80, 24)] {
            harmless(&draw(&app, size.0, size.1))?;
        }
    }

    #[test]
    fn a_terminal_that_knows_only_ascii_gets_only_that(steps in proptest::collection::vec((any::<u8>(), any::<u16>()), 1..20)) {
        let mut parts = parts();
        parts.terminal.unicode = false;
        let mut app = App::new(parts);
        app.update(Input::Snapshot(snapshot()));
        app.update(Input::Catalogue(catalogue()));
        for (what, n) in steps {
            something(&mut app, what, n);
            prop_assert!(shown(&app, 100, 30).is_ascii(), "{}", shown(&app, 100, 30));
        }
    }
}

#[test]
fn without_colours_every_screen_still_says_everything() {
    let mut parts = parts();
    parts.terminal.colours = Colours::None;
    let mut plain = App::new(parts);
    for input in [Input::Snapshot(snapshot()), Input::Runs(runs()), standing(false), Input::Catalogue(catalogue())] {
        plain.update(input);
    }
    let mut colourful = full();
    for key in ["1", "2", "3", "6", "9", "s"] {
        press(&mut plain, key);
        press(&mut colourful, key);
        assert_eq!(shown(&plain, 120, 36), shown(&colourful, 120, 36));
        let buffer = draw(&plain, 120, 36);
        assert!(
            buffer.content.iter().all(|c| c.fg == ratatui::style::Color::Reset && c.bg == ratatui::style::Color::Reset)
        );
    }
}
