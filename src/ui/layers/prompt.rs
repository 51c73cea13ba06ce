//! A dialog with one line to type: why one arms, a note, why a step is skipped, an input of a runbook.
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use super::menu::start;
use super::{Desk, Layer, Then, middle};
use crate::base::{RunId, Text};
use crate::model::ControllerId;
use crate::run::Command;
use crate::runbook::InputInfo;
use crate::ui::data::Data;
use crate::ui::edit::Edit;
use crate::ui::io::Effect;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;

/// What the line is for; the names in it are those of the moment when it was opened.
#[derive(Clone, Debug)]
enum For {
    Arm(ControllerId),
    Note(RunId),
    Skip(RunId),
    Input { controller: ControllerId, runbook: Text, inputs: Vec<(Text, Text)>, name: Text },
}

/// The dialog.
#[derive(Debug)]
pub struct Prompt {
    title: Text,
    hint: Text,
    edit: Edit,
    what: For,
    wrong: Option<&'static str>,
}

impl Prompt {
    fn new(title: &str, hint: &str, what: For) -> Self {
        Self { title: Text::line(title), hint: Text::line(hint), edit: Edit::default(), what, wrong: None }
    }

    pub fn arm(controller: &ControllerId, production: bool) -> Self {
        let mark = if production { " (production)" } else { "" };
        Self::new(
            &format!("arm {controller}{mark}"),
            "opens writes to this controller for 60 minutes; the reason is written into the journal",
            For::Arm(controller.clone()),
        )
    }

    pub fn note(run: RunId) -> Self {
        Self::new(
            &format!("a note on run {run}"),
            "it is written into the run's journal, with your name",
            For::Note(run),
        )
    }

    pub fn skip(run: RunId) -> Self {
        Self::new(&format!("skip a step of run {run}"), "why? it is written into the run's journal", For::Skip(run))
    }

    /// Asks for an input of a runbook that must be given.
    pub fn input(controller: ControllerId, runbook: Text, inputs: Vec<(Text, Text)>, input: &InputInfo) -> Self {
        let words = if input.of.is_empty() {
            String::new()
        } else {
            format!(": {}", input.of.iter().map(Text::as_str).collect::<Vec<_>>().join(", "))
        };
        let hint = format!("{} ({}{words})", input.about, input.kind.word());
        let title = format!("{runbook}: {}", input.name);
        Self::new(&title, &hint, For::Input { controller, runbook, inputs, name: input.name.clone() })
    }

    fn done(&mut self, desk: &mut Desk<'_>) -> Then {
        let text = Text::line(self.edit.text().trim());
        if text.is_empty() {
            self.wrong = Some("something must be typed");
            return Then::Consumed;
        }
        match self.what.clone() {
            For::Arm(controller) => desk.want(Effect::Arm { controller, reason: text }),
            For::Note(run) => desk.want(Effect::Tell { run, command: Command::Note { text } }),
            For::Skip(run) => desk.want(Effect::Tell { run, command: Command::Skip { reason: text } }),
            For::Input { controller, runbook, mut inputs, name } => {
                inputs.push((name, text));
                start(controller, runbook, inputs, desk);
            }
        }
        Then::Close
    }
}

impl Layer for Prompt {
    fn name(&self) -> &'static str {
        "dialog"
    }

    fn key(&mut self, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        self.wrong = None;
        match key.code {
            KeyCode::Esc => Then::Close,
            // A held key cannot confirm.
            KeyCode::Enter if key.kind == KeyEventKind::Press => self.done(desk),
            _ => {
                self.edit.key(key);
                Then::Consumed
            }
        }
    }

    fn paste(&mut self, text: &str, _: &mut Desk<'_>) -> Then {
        self.edit.insert(text);
        Then::Consumed
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, _: &Data) {
        let place = middle(area, 72, 6);
        let text = paint.style(Role::Text);
        paint.clear(place, text);
        let inner = paint.frame(place, &self.title, true);
        let dim = paint.style(Role::Dim);
        let width = inner.width.saturating_sub(2);
        let hint = Rect { x: inner.x + 1, width, height: 2.min(inner.height), ..inner };
        paint.folded(hint, &self.hint, dim);
        let y = inner.y + 2;
        if y < inner.bottom() {
            input_line(paint, Rect { x: inner.x + 1, y, width, height: 1 }, "", &self.edit);
        }
        if inner.height > 3 {
            let (words, role) = match self.wrong {
                Some(wrong) => (wrong, Role::Warning),
                None => ("⏎ go on   esc leave it", Role::Dim),
            };
            let style = paint.style(role);
            paint.cut(inner.x + 1, inner.y + 3, width, words, style);
        }
    }

    fn hints(&self) -> Vec<crate::ui::act::Act> {
        Vec::new()
    }
}

/// A line being typed, with its cursor; the end is shown when it is longer than its place.
pub fn input_line(paint: &mut Paint<'_>, area: Rect, prompt: &str, edit: &Edit) {
    let (key, input) = (paint.style(Role::Key), paint.style(Role::Input));
    let used = paint.text(area.x, area.y, area.width, prompt, key);
    let room = usize::from(area.width.saturating_sub(used).saturating_sub(1));
    let text: Vec<char> = edit.text().chars().collect();
    let from = edit.at().saturating_sub(room);
    let shown: String = text.iter().skip(from).take(room).collect();
    let x = area.x.saturating_add(used);
    paint.text(x, area.y, area.width.saturating_sub(used), &shown, input);
    let before: String = text.iter().skip(from).take(edit.at() - from).collect();
    let cursor = x.saturating_add(u16::try_from(crate::views::plain::cells(&before)).unwrap_or(0));
    if cursor < area.right() {
        if edit.at() >= text.len() {
            paint.text(cursor, area.y, 1, "▏", key);
        } else {
            let style = paint.style(Role::Match);
            paint.wash(Rect { x: cursor, y: area.y, width: 1, height: 1 }, style);
        }
    }
}
