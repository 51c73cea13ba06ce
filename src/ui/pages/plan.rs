//! The plan of a run, before anything is touched: what changes, what is interrupted, what the guards say; and how it is confirmed.
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Rect;

use crate::base::{Span, Text, Time};
use crate::model::ControllerId;
use crate::run::{Confirm, Plan, VerdictKind};
use crate::ui::act::Act;
use crate::ui::data::Data;
use crate::ui::edit::Edit;
use crate::ui::io::{Effect, Input, Saying};
use crate::ui::layers::prompt::input_line;
use crate::ui::layers::{Desk, Layer, Then};
use crate::ui::pages::facts::Facts;
use crate::ui::pages::run::RunPage;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::Tone;

/// The page.
#[derive(Debug)]
pub struct PlanPage {
    controller: ControllerId,
    runbook: Text,
    inputs: Vec<(Text, Text)>,
    request: u64,
    since: Time,
    state: State,
    edit: Edit,
    scroll: usize,
    /// The plan's end was on the screen.
    read: std::cell::Cell<bool>,
    /// A `y` was pressed before the plan was there, and may still be held: another key must come between.
    held: bool,
    wrong: Option<&'static str>,
}

#[derive(Debug)]
enum State {
    Planning,
    Planned(Arc<Plan>),
    Failed(Text),
    Starting(Arc<Plan>),
}

impl PlanPage {
    /// Opens the page and asks for the plan.
    pub fn open(controller: ControllerId, runbook: Text, inputs: Vec<(Text, Text)>, desk: &mut Desk<'_>) {
        let mut page = Self {
            controller,
            runbook,
            inputs,
            request: 0,
            since: desk.data.now,
            state: State::Planning,
            edit: Edit::default(),
            scroll: 0,
            read: std::cell::Cell::new(false),
            held: false,
            wrong: None,
        };
        page.ask(desk);
        desk.open(page);
    }

    fn ask(&mut self, desk: &mut Desk<'_>) {
        self.request = desk.request();
        self.since = desk.data.now;
        self.state = State::Planning;
        self.edit = Edit::default();
        self.read.set(false);
        self.held = false;
        desk.want(Effect::Plan {
            request: self.request,
            controller: self.controller.clone(),
            runbook: self.runbook.clone(),
            inputs: self.inputs.clone(),
        });
    }

    /// Why it cannot be started: the first guard that refuses.
    fn refusal(plan: &Plan, data: &Data) -> Option<String> {
        let guard = plan.refusals().next().map(|v| format!("{} says no: {}", v.guard, v.text));
        guard.or_else(|| data.read_only(&plan.controller).map(|why| why.to_string()))
    }

    fn confirm(&mut self, plan: &Arc<Plan>, confirm: &str, desk: &mut Desk<'_>) {
        if let Some(why) = Self::refusal(plan, desk.data) {
            desk.say(Saying::Warning, &why);
            return;
        }
        self.request = desk.request();
        self.since = desk.data.now;
        self.state = State::Starting(plan.clone());
        desk.want(Effect::Start { request: self.request, plan: plan.clone(), confirm: Text::line(confirm) });
    }

    /// A key while the plan is there: it scrolls, or is part of the confirmation.
    fn planned(&mut self, plan: &Arc<Plan>, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        self.held &= key.code == KeyCode::Char('y');
        match key.code {
            KeyCode::Down => self.scroll += 1,
            KeyCode::Up => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageDown => self.scroll += 10,
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            KeyCode::Char('r' | 'g') if ctrl => self.ask(desk),
            KeyCode::Char('e') if ctrl => self.export(plan, desk),
            _ => self.confirming(plan, key, desk),
        }
        self.scroll = self.scroll.min(500);
        Then::Consumed
    }

    fn confirming(&mut self, plan: &Arc<Plan>, key: KeyEvent, desk: &mut Desk<'_>) {
        // Enter and held keys cannot give it: a repeat is not a press.
        if key.kind != KeyEventKind::Press {
            return;
        }
        let wanted = match &plan.confirm {
            Confirm::Key => {
                match key.code {
                    KeyCode::Char('y') if !self.held => self.confirm(plan, "y", desk),
                    KeyCode::Char('y') => {
                        self.wrong = Some("y was held down before the plan was there: press another key, then y")
                    }
                    KeyCode::Char('n') => desk.asked = Some(Act::Back),
                    _ => {}
                }
                return;
            }
            Confirm::Typed(text) => text,
            Confirm::TypedAfterReading(text) => {
                if !self.read.get() {
                    self.wrong = Some("read the whole plan first: scroll to its end");
                    return;
                }
                text
            }
        };
        match key.code {
            KeyCode::Enter if self.edit.text() == wanted.as_str() => self.confirm(plan, wanted, desk),
            KeyCode::Enter => self.wrong = Some("that is not it"),
            _ => {
                self.edit.key(key);
            }
        }
    }

    fn export(&self, plan: &Plan, desk: &mut Desk<'_>) {
        if let Ok(content) = serde_json::to_string_pretty(plan) {
            desk.want(Effect::Export { name: format!("plan-{}-{}.json", plan.runbook, plan.subject), content });
        }
    }

    fn left(plan: &Plan) -> Facts {
        let mut f = Facts::default();
        f.heading("WHAT CHANGES");
        if plan.changes.is_empty() {
            f.words("nothing", Tone::Dim);
        }
        for change in &plan.changes {
            let about = if change.about.is_empty() { String::new() } else { format!(" ({})", change.about) };
            f.words(format!("{}{about}", change.on), Tone::Name);
            f.words(format!("  {} → {}", change.from, change.to), Tone::Plain);
        }
        let (waits, dies): (Vec<_>, Vec<_>) = plan.interrupted.iter().partition(|i| i.waited_for);
        f.heading(match (dies.is_empty(), waits.is_empty()) {
            (true, true) => "WHAT IS INTERRUPTED  nothing",
            (true, false) => "WHAT IS INTERRUPTED  nothing; it waits for",
            (false, _) => "WHAT IS INTERRUPTED",
        });
        for (list, words, tone) in [(dies, "dies", Tone::Bad), (waits, "", Tone::Plain)] {
            for i in list {
                let left = i.left.map(|l| format!(", ends in about {l}")).unwrap_or_default();
                let words = if words.is_empty() { String::new() } else { format!(" {words}") };
                f.words(format!("  {}{words}{left}", i.build), tone);
                if let Some(pr) = &i.pull_request {
                    f.words(format!("    {pr}"), Tone::Dim);
                }
            }
        }
        for what in &plan.irreversible {
            f.words(format!("cannot be undone: {what}"), Tone::Bad);
        }
        f.all.push(super::facts::Fact::Gap);
        f.pair("takes", plan.takes.map_or("not known".to_owned(), |t| format!("about {t}")), Tone::Plain);
        f.pair("undo", if plan.undo.is_empty() { "none".to_owned() } else { plan.undo.to_string() }, Tone::Plain);
        for (name, value) in &plan.inputs {
            f.pair("input", format!("{name} = {value}"), Tone::Dim);
        }
        f
    }

    fn guards(plan: &Plan, now: Time) -> Facts {
        let mut f = Facts::default();
        f.heading("GUARDS");
        super::run::verdicts(&mut f, &plan.verdicts, now);
        f
    }

    fn steps(plan: &Plan) -> Facts {
        let mut f = Facts::default();
        f.heading("STEPS");
        for (i, step) in plan.steps.iter().enumerate() {
            let indent = "  ".repeat(usize::from(step.depth.min(20)));
            f.words(format!("{:>2} {indent}{:<10} {}", i + 1, step.id, step.does), Tone::Plain);
        }
        f
    }

    fn draw_plan(&self, paint: &mut Paint<'_>, inner: Rect, plan: &Plan, data: &Data) {
        let body = Rect { height: inner.height.saturating_sub(2), ..inner };
        let pad = |r: Rect| Rect { x: r.x + 1, width: r.width.saturating_sub(2), ..r };
        let lines = if inner.width >= 90 {
            let half = body.width / 2;
            let left = pad(Rect { width: half, ..body });
            let right = pad(Rect { x: body.x + half, width: body.width - half, ..body });
            let used = Self::left(plan).draw(paint, left, self.scroll);
            let used = used.max(Self::guards(plan, data.now).draw(paint, right, self.scroll)) + 1;
            let below = used.saturating_sub(self.scroll).min(usize::from(body.height));
            let y = body.y + u16::try_from(below).unwrap_or(0);
            let place = Rect { y, height: body.bottom().saturating_sub(y), ..pad(body) };
            used + Self::steps(plan).draw(paint, place, self.scroll.saturating_sub(used))
        } else {
            // What changes comes first, unless somebody says no to it.
            let (changes, guards) = (Self::left(plan), Self::guards(plan, data.now));
            let refused = plan.refusals().next().is_some();
            let (mut all, second) = if refused { (guards, changes) } else { (changes, guards) };
            for more in [second, Self::steps(plan)] {
                all.all.push(super::facts::Fact::Gap);
                all.all.extend(more.all);
            }
            all.draw(paint, pad(body), self.scroll)
        };
        if lines.saturating_sub(self.scroll) <= usize::from(body.height) {
            self.read.set(true);
        } else {
            let style = paint.style(Role::Key);
            paint.right(pad(body), body.bottom().saturating_sub(1), " ▾ more ", style);
        }
        if inner.height > 2 {
            let rule = Rect { y: inner.bottom() - 2, height: 1, ..inner };
            let border = paint.style(Role::Border);
            paint.text(rule.x, rule.y, rule.width, &"─".repeat(usize::from(rule.width)), border);
            self.question(paint, pad(Rect { y: inner.bottom() - 1, height: 1, ..inner }), plan, data);
        }
    }

    fn question(&self, paint: &mut Paint<'_>, line: Rect, plan: &Plan, data: &Data) {
        let (bad, dim, text) = (paint.style(Role::Bad), paint.style(Role::Dim), paint.style(Role::Text));
        if let State::Starting(_) = self.state {
            let words = format!("{} starting… {}s", paint.spinner(), data.waited(self.since).as_secs());
            paint.cut(line.x, line.y, line.width, &words, dim);
            return;
        }
        if let Some(why) = Self::refusal(plan, data) {
            paint.cut(line.x, line.y, line.width, &format!("✕ cannot be started: {why}"), bad);
            return;
        }
        if let Some(wrong) = self.wrong {
            let warning = paint.style(Role::Warning);
            paint.right(line, line.y, wrong, warning);
        }
        match &plan.confirm {
            Confirm::Key => {
                let key = paint.style(Role::Key);
                paint.pieces(
                    line.x,
                    line.y,
                    line.width,
                    &[("y".into(), key), (" starts it, esc leaves it".into(), text)],
                );
            }
            Confirm::Typed(wanted) | Confirm::TypedAfterReading(wanted) => {
                let prompt = format!("type {wanted} and ⏎ to start ▏");
                input_line(paint, line, &prompt, &self.edit);
            }
        }
    }
}

impl Layer for PlanPage {
    fn name(&self) -> &'static str {
        "plan"
    }

    fn whole(&self) -> bool {
        true
    }

    fn key(&mut self, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        self.wrong = None;
        if key.code == KeyCode::Esc {
            return Then::Close;
        }
        match &self.state {
            State::Planned(plan) => {
                let plan = plan.clone();
                let then = self.planned(&plan, key, desk);
                if desk.asked.take() == Some(Act::Back) { Then::Close } else { then }
            }
            State::Failed(_) if matches!(key.code, KeyCode::Char('r' | 'q')) => {
                if key.code == KeyCode::Char('q') {
                    return Then::Close;
                }
                self.ask(desk);
                Then::Consumed
            }
            _ => {
                // Pressed before there was anything to confirm.
                self.held |= key.code == KeyCode::Char('y');
                Then::Consumed
            }
        }
    }

    fn paste(&mut self, _: &str, _: &mut Desk<'_>) -> Then {
        self.wrong = Some("it must be typed; pasting does not count");
        Then::Consumed
    }

    fn wheel(&mut self, lines: isize) {
        self.scroll = self.scroll.saturating_add_signed(lines).min(500);
    }

    fn news(&mut self, input: &Input, desk: &mut Desk<'_>) -> Then {
        match input {
            Input::Planned { request, result } if *request == self.request => {
                self.state = match result {
                    Ok(plan) => State::Planned(plan.clone()),
                    Err(why) => State::Failed(why.clone()),
                };
                Then::Consumed
            }
            Input::Started { request, result } if *request == self.request => match result {
                Ok(run) => {
                    desk.open(RunPage::new(*run));
                    Then::Close
                }
                Err(why) => {
                    desk.say(Saying::Failed, why);
                    self.ask(desk);
                    Then::Consumed
                }
            },
            // What one may do changed: the guards are asked anew.
            Input::Standing(_) if matches!(self.state, State::Planned(_)) => {
                self.ask(desk);
                Then::Ignored
            }
            _ => Then::Ignored,
        }
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data) {
        let subject = match &self.state {
            State::Planned(plan) | State::Starting(plan) => {
                format!("{} {} ─ plan ─ risk {} ─ {}", plan.runbook, plan.subject, plan.risk.word(), plan.controller)
            }
            _ => format!("{} ─ plan ─ {}", self.runbook, self.controller),
        };
        let inner = paint.frame(area, &subject, true);
        let (dim, bad) = (paint.style(Role::Dim), paint.style(Role::Bad));
        match &self.state {
            State::Planning => {
                let waited = data.waited(self.since).as_secs();
                let words =
                    format!("{} planning {}… {waited}s; nothing is changed by it", paint.spinner(), self.runbook);
                paint.cut(inner.x + 1, inner.y, inner.width.saturating_sub(2), &words, dim);
            }
            State::Failed(why) => {
                let place = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
                let used = paint.folded(place, &format!("it cannot be planned: {why}"), bad);
                paint.cut(place.x, place.y + used + 1, place.width, "r plans it again, esc goes back", dim);
            }
            State::Planned(plan) | State::Starting(plan) => self.draw_plan(paint, inner, plan, data),
        }
    }

    fn hints(&self) -> Vec<Act> {
        Vec::new()
    }

    fn spins(&self, _: &Data) -> bool {
        matches!(self.state, State::Planning | State::Starting(_))
    }
}

/// The sign of a guard's verdict.
pub fn sign(kind: VerdictKind) -> (&'static str, Tone) {
    match kind {
        VerdictKind::Passed => ("✓", Tone::Good),
        VerdictKind::Warning => ("!", Tone::Warning),
        VerdictKind::Refused => ("✕", Tone::Bad),
        VerdictKind::Unknown => ("?", Tone::Bad),
    }
}

/// What a guard was told says itself how old it was then; only what has aged since is worth a word.
const NOTEWORTHY: std::time::Duration = std::time::Duration::from_secs(5);

/// How long ago a verdict's data was read.
pub fn age(read_at: Option<Time>, now: Time) -> String {
    let old = read_at.map(|t| now.since(t)).filter(|old| *old >= NOTEWORTHY);
    old.map(|old| format!(", {} old by now", Span(old).short())).unwrap_or_default()
}
