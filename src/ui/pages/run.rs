//! A run: its steps, what the selected one says and puts out, the guards, the time left, and the question it asks.
use std::sync::Arc;

use ratatui::layout::Rect;

use super::facts::Facts;
use super::plan::sign;
use crate::base::{RunId, Span, Text, Time};
use crate::run::{Command, RunState, RunView, StepState, StepView, Verdict};
use crate::ui::act::{Act, Place};
use crate::ui::data::Data;
use crate::ui::io::{Effect, Saying};
use crate::ui::layers::menu::{Choice, Item, Menu};
use crate::ui::layers::prompt::Prompt;
use crate::ui::layers::{Desk, Layer, Then};
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::{RunRow, Tone, words};

/// The page.
#[derive(Debug)]
pub struct RunPage {
    id: RunId,
    /// The step under the cursor; none: the one that is at work.
    at: Option<usize>,
}

/// Signs of steps and runs.
pub const fn step_sign(state: StepState) -> &'static str {
    match state {
        StepState::Pending => "·",
        StepState::Running | StepState::Undoing => "▶",
        StepState::Asking | StepState::InDoubt => "?",
        StepState::Done => "✓",
        StepState::Skipped | StepState::Undone => "-",
        StepState::Failed => "✕",
    }
}

/// Guards, a line each.
pub fn verdicts(f: &mut Facts, all: &[Verdict], now: Time) {
    if all.is_empty() {
        f.words("none has been asked yet", Tone::Dim);
    }
    for v in all {
        let (sign, tone) = sign(v.kind);
        let age = super::plan::age(v.read_at, now);
        let aside = if v.data.is_empty() { String::new() } else { format!("{}{age}", v.data) };
        f.told(format!("{sign} {}", v.guard), v.text.to_string(), aside, tone);
    }
}

impl RunPage {
    pub fn new(id: RunId) -> Self {
        Self { id, at: None }
    }

    fn run<'a>(&self, data: &'a Data) -> Option<&'a Arc<RunView>> {
        data.run(self.id)
    }

    fn cursor(&self, run: &RunView) -> usize {
        let working = || {
            let active = |s: &StepView| !matches!(s.state, StepState::Pending | StepState::Done | StepState::Skipped);
            let last = run.steps.iter().rposition(|s| s.state != StepState::Pending);
            run.steps.iter().position(active).or(last).unwrap_or(0)
        };
        self.at.unwrap_or_else(working).min(run.steps.len().saturating_sub(1))
    }

    fn steps(&self, paint: &mut Paint<'_>, area: Rect, run: &RunView, data: &Data) {
        let at = self.cursor(run);
        let height = usize::from(area.height);
        let first = (at + 1).saturating_sub(height);
        for (k, step) in run.steps.iter().enumerate().skip(first).take(height) {
            let y = area.y + u16::try_from(k - first).unwrap_or(0);
            let (word, tone) = words::step_state(step.state);
            let style = paint.tone(tone);
            let (text, dim) = (paint.style(Role::Text), paint.style(Role::Dim));
            let indent = "  ".repeat(usize::from(step.depth.min(20)));
            let attempt = if step.attempt > 1 { format!(" (attempt {})", step.attempt) } else { String::new() };
            let time = match (step.started_at, step.ended_at, step.left) {
                (Some(from), Some(to), _) => Span(to.since(from)).to_string(),
                (Some(from), None, Some(left)) => {
                    format!("{}, ~{} left", Span(data.now.since(from)).short(), left.short())
                }
                (Some(from), None, None) => Span(data.now.since(from)).short(),
                _ => String::new(),
            };
            let x = paint.right(Rect { width: area.width.saturating_sub(1), ..area }, y, &time, dim);
            let says = if step.says.is_empty() { &step.does } else { &step.says };
            paint.pieces(
                area.x + 1,
                y,
                x.saturating_sub(area.x + 2),
                &[
                    (format!("{indent}{} ", step_sign(step.state)), style),
                    (format!("{}{attempt} ", step.id), text),
                    (if step.state == StepState::Pending { String::new() } else { format!("{word} ") }, style),
                    (says.to_string(), dim),
                ],
            );
            if k == at {
                let style = paint.style(Role::Selected);
                paint.wash(Rect { y, height: 1, ..area }, style);
            }
        }
    }

    fn side(&self, run: &RunView, data: &Data) -> Facts {
        let mut f = Facts::default();
        if let Some(step) = run.steps.get(self.cursor(run)) {
            f.heading(format!("{}  {}", step.id, step.verb).to_uppercase());
            f.words(step.does.to_string(), Tone::Dim);
            if !step.says.is_empty() {
                f.words(step.says.to_string(), Tone::Plain);
            }
            for line in &step.output {
                f.words(line.to_string(), Tone::Plain);
            }
        }
        f.heading("GUARDS, THEIR LAST WORD");
        verdicts(&mut f, &run.verdicts, data.now);
        if !run.notes.is_empty() {
            f.heading("NOTES");
            for note in &run.notes {
                f.words(format!("{} ago, {}: {}", words::age(data.now, note.at), note.who, note.text), Tone::Plain);
            }
        }
        f
    }

    fn title(run: &RunView, data: &Data) -> String {
        let row = RunRow { run: Arc::new(run.clone()) };
        let state = if row.abandoned() { "unfinished" } else { words::run_state(run.state).0 };
        let began = run.started_at.unwrap_or(run.planned_at);
        let spent = Span(run.ended_at.unwrap_or(data.now).since(began));
        let left = run.left.filter(|_| !run.state.is_over()).map(|l| format!(", about {l} left")).unwrap_or_default();
        let (done, all) = row.done();
        format!(
            "{} {} ─ run {} ─ {state} ─ {} of {all} ─ by {} ─ {spent}{left}",
            run.runbook, run.subject, run.id, done, run.by
        )
    }

    fn tell(&self, command: Command, desk: &mut Desk<'_>) {
        desk.want(Effect::Tell { run: self.id, command });
    }

    fn answer(&self, run: &RunView, desk: &mut Desk<'_>) {
        let Some(question) = &run.question else { return };
        let item = |c: &crate::run::Choice| {
            let command = Command::Answer { choice: c.id.clone() };
            Item::new(&c.text, "", Choice::Tell(run.id, command))
        };
        let items = question.choices.iter().map(item).collect();
        Menu::open(&question.text, items, desk);
    }

    fn abort(&self, run: &RunView, desk: &mut Desk<'_>) {
        let name = format!("abort {} {}", run.runbook, run.subject);
        let items = vec![
            Item::new(
                "abort and undo",
                "what it did is taken back, where our mark still stands",
                Choice::Tell(run.id, Command::Abort { undo: true }),
            ),
            Item::new(
                "abort only",
                "everything stays as it is now",
                Choice::Tell(run.id, Command::Abort { undo: false }),
            ),
        ];
        Menu::open(&name, items, desk);
    }
}

/// Why something cannot be said to a run as it stands.
pub fn cannot(act: Act, run: &RunView) -> Result<(), Text> {
    let over = run.state.is_over();
    let no = |why: &str| Err(Text::line(why));
    let failed =
        run.steps.iter().any(|s| matches!(s.state, StepState::Failed | StepState::Asking | StepState::InDoubt));
    match act {
        Act::Note => Ok(()),
        _ if over => no("the run is over"),
        Act::Pause if run.state == RunState::Paused => no("it is paused already"),
        Act::Pause if !run.here => no("nobody drives it; it can be resumed"),
        Act::Resume if run.here && run.state != RunState::Paused => no("it is running"),
        Act::Retry | Act::Skip if !failed => no("no step failed or asks"),
        Act::Answer if run.question.is_none() => no("it asks nothing"),
        _ => Ok(()),
    }
}

impl Layer for RunPage {
    fn name(&self) -> &'static str {
        "run"
    }

    fn whole(&self) -> bool {
        true
    }

    fn places(&self) -> &'static [Place] {
        &[Place::Run, Place::List, Place::Everywhere]
    }

    fn act(&mut self, act: Act, desk: &mut Desk<'_>) -> Then {
        if act == Act::Back {
            return Then::Close;
        }
        let Some(run) = self.run(desk.data).cloned() else { return Then::Ignored };
        let last = run.steps.len().saturating_sub(1);
        match act {
            Act::Down => self.at = Some((self.cursor(&run) + 1).min(last)),
            Act::Up => self.at = Some(self.cursor(&run).saturating_sub(1)),
            Act::Top => self.at = Some(0),
            Act::Bottom => self.at = None,
            Act::Copy => desk.want(Effect::Copy(Text::line(&run.id.to_string()))),
            Act::Export => {
                if let Ok(content) = serde_json::to_string_pretty(&*run) {
                    desk.want(Effect::Export { name: format!("run-{}.json", run.id), content });
                }
            }
            Act::Into if run.question.is_some() => self.answer(&run, desk),
            Act::Pause | Act::Resume | Act::Retry | Act::Skip | Act::Abort | Act::Note | Act::Answer => {
                if let Err(why) = cannot(act, &run) {
                    desk.say(Saying::Warning, &format!("{}: {why}", act.info().title));
                    return Then::Consumed;
                }
                match act {
                    Act::Pause => self.tell(Command::Pause, desk),
                    Act::Resume => self.tell(Command::Resume, desk),
                    Act::Retry => self.tell(Command::Retry, desk),
                    Act::Skip => desk.open(Prompt::skip(self.id)),
                    Act::Abort => self.abort(&run, desk),
                    Act::Note => desk.open(Prompt::note(self.id)),
                    _ => self.answer(&run, desk),
                }
            }
            _ => return Then::Ignored,
        }
        Then::Consumed
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data) {
        let Some(run) = self.run(data) else {
            let inner = paint.frame(area, &format!("run {}", self.id), true);
            let dim = paint.style(Role::Dim);
            let words = format!("{} waiting for the first news of this run", paint.spinner());
            paint.cut(inner.x + 1, inner.y, inner.width, &words, dim);
            return;
        };
        let title = Self::title(run, data);
        let wide = area.width >= 100;
        let asks = u16::from(run.question.is_some()) * 2;
        let steps = u16::try_from(run.steps.len()).unwrap_or(99).saturating_add(3 + asks);
        let (left, right) = if wide {
            let w = area.width * 11 / 20;
            (Rect { width: w, ..area }, Rect { x: area.x + w - 1, width: area.width - w + 1, ..area })
        } else {
            let h = steps.min(area.height * 3 / 5).max(4).min(area.height);
            (Rect { height: h, ..area }, Rect { y: area.y + h.saturating_sub(1), height: area.height - h + 1, ..area })
        };
        let inner = paint.frame(right, "", false);
        let pad = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        self.side(run, data).draw(paint, pad, 0);
        let mut inner = paint.frame(if wide { Rect { width: left.width, ..left } } else { left }, &title, true);
        if let Some(question) = run.question.as_ref().filter(|_| !run.state.is_over()) {
            let warning = paint.style(Role::Warning);
            let key = data.keymap.key_of(Act::Into);
            paint.cut(
                inner.x + 1,
                inner.y,
                inner.width.saturating_sub(2),
                &format!("? {}  {key} answers", question.text),
                warning,
            );
            inner.y += 1;
            inner.height = inner.height.saturating_sub(1);
        } else if !run.because.is_empty() {
            let dim = paint.style(Role::Dim);
            paint.cut(inner.x + 1, inner.y, inner.width.saturating_sub(2), &run.because, dim);
            inner.y += 1;
            inner.height = inner.height.saturating_sub(1);
        }
        self.steps(paint, inner, run, data);
    }

    fn hints(&self) -> Vec<Act> {
        vec![Act::Pause, Act::Resume, Act::Retry, Act::Skip, Act::Abort, Act::Note, Act::Answer, Act::Back]
    }

    fn available(&self, act: Act, data: &Data) -> Option<Result<(), Text>> {
        (act.info().place == Place::Run).then(|| self.run(data).map_or(Ok(()), |run| cannot(act, run)))
    }

    fn spins(&self, data: &Data) -> bool {
        self.run(data).is_none()
    }
}
