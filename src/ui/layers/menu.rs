//! A menu: actions on a thing, answers to a question, ways to export; what cannot be chosen says why.
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use super::{Desk, Layer, Then, middle};
use crate::base::{RunId, Text, Time};
use crate::model::ControllerId;
use crate::run::{Command, VerdictKind};
use crate::ui::act::{Act, Place};
use crate::ui::data::Data;
use crate::ui::io::{Effect, Input, Saying};
use crate::ui::layers::prompt::Prompt;
use crate::ui::pages::plan::PlanPage;
use crate::ui::paint::{Paint, fold};
use crate::ui::theme::Role;

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Item {
    pub title: Text,
    pub about: Text,
    /// Why it cannot be chosen.
    pub because: Option<Text>,
    pub choice: Choice,
    /// What the guards say, asked for before it is chosen: the question's number, and the answer.
    pub verdict: Option<(u64, Option<Result<Text, Text>>)>,
}

/// What choosing it does.
#[derive(Clone, Debug)]
pub enum Choice {
    /// The plan page, for each of these inputs one after the other; what is missing is asked for first.
    Plan {
        controller: ControllerId,
        runbook: Text,
        inputs: Vec<(Text, Text)>,
    },
    Tell(RunId, Command),
    Effect(Effect),
}

impl Item {
    pub fn new(title: &str, about: &str, choice: Choice) -> Self {
        Self { title: Text::line(title), about: Text::line(about), because: None, choice, verdict: None }
    }

    pub fn because(mut self, why: Option<Text>) -> Self {
        self.because = why;
        self
    }
}

/// The menu.
#[derive(Debug)]
pub struct Menu {
    title: Text,
    items: Vec<Item>,
    at: usize,
    opened: Time,
}

impl Menu {
    /// Opens it; for plans whose inputs are all known, the guards are asked at once.
    pub fn open(title: &str, mut items: Vec<Item>, desk: &mut Desk<'_>) {
        for item in items.iter_mut().filter(|i| i.because.is_none()) {
            let Choice::Plan { controller, runbook, inputs } = &item.choice else { continue };
            let complete = desk.data.book(runbook).is_some_and(|b| {
                b.inputs.iter().all(|i| i.default.is_some() || inputs.iter().any(|(n, _)| *n == i.name))
            });
            if complete {
                let request = desk.request();
                item.verdict = Some((request, None));
                desk.want(Effect::Plan {
                    request,
                    controller: controller.clone(),
                    runbook: runbook.clone(),
                    inputs: inputs.clone(),
                });
            }
        }
        let opened = desk.data.now;
        desk.open(Self { title: Text::line(title), items, at: 0, opened });
    }

    fn choose(&self, desk: &mut Desk<'_>) -> Then {
        let Some(item) = self.items.get(self.at) else { return Then::Close };
        if let Some(why) = &item.because {
            desk.say(Saying::Warning, &format!("{}: {why}", item.title));
            return Then::Consumed;
        }
        match &item.choice {
            Choice::Plan { controller, runbook, inputs } => {
                start(controller.clone(), runbook.clone(), inputs.clone(), desk);
            }
            Choice::Tell(run, command) => desk.want(Effect::Tell { run: *run, command: command.clone() }),
            Choice::Effect(effect) => desk.want(effect.clone()),
        }
        Then::Close
    }
}

/// Opens the plan page, or first asks for the inputs that must be given and are not.
pub fn start(controller: ControllerId, runbook: Text, inputs: Vec<(Text, Text)>, desk: &mut Desk<'_>) {
    let missing = desk
        .data
        .book(&runbook)
        .and_then(|b| b.inputs.iter().find(|i| i.default.is_none() && !inputs.iter().any(|(n, _)| *n == i.name)));
    match missing {
        Some(input) => {
            let input = input.clone();
            desk.open(Prompt::input(controller, runbook, inputs, &input));
        }
        None => PlanPage::open(controller, runbook, inputs, desk),
    }
}

impl Layer for Menu {
    fn name(&self) -> &'static str {
        "menu"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::List, Place::Everywhere]
    }

    fn key(&mut self, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        if let KeyCode::Char(c @ '1'..='9') = key.code {
            let at = c as usize - '1' as usize;
            if at < self.items.len() {
                self.at = at;
                return self.choose(desk);
            }
        }
        Then::Ignored
    }

    fn act(&mut self, act: Act, desk: &mut Desk<'_>) -> Then {
        let last = self.items.len().saturating_sub(1);
        match act {
            Act::Down => self.at = (self.at + 1).min(last),
            Act::Up => self.at = self.at.saturating_sub(1),
            Act::Top => self.at = 0,
            Act::Bottom => self.at = last,
            Act::Into => return self.choose(desk),
            Act::Back | Act::Actions | Act::Quit => return Then::Close,
            _ => return Then::Consumed,
        }
        Then::Consumed
    }

    fn wheel(&mut self, lines: isize) {
        self.at = self.at.saturating_add_signed(lines).min(self.items.len().saturating_sub(1));
    }

    fn news(&mut self, input: &Input, _: &mut Desk<'_>) -> Then {
        let Input::Planned { request, result } = input else { return Then::Ignored };
        let Some(item) = self.items.iter_mut().find(|i| i.verdict.as_ref().is_some_and(|(r, _)| r == request)) else {
            return Then::Ignored;
        };
        let verdict = result.as_ref().map_err(Clone::clone).and_then(|plan| {
            let no: Vec<String> = plan.refusals().map(|v| format!("{}: {}", v.guard, v.text)).collect();
            if !no.is_empty() {
                return Err(Text::line(&no.join(" · ")));
            }
            let warned: Vec<&str> =
                plan.verdicts.iter().filter(|v| v.kind == VerdictKind::Warning).map(|v| v.text.as_str()).collect();
            let takes = plan.takes.map(|t| format!(", takes about {t}")).unwrap_or_default();
            Ok(Text::line(&if warned.is_empty() {
                format!("every guard says yes{takes}")
            } else {
                format!("look: {}{takes}", warned.join(" · "))
            }))
        });
        if let Some((_, answer)) = &mut item.verdict {
            *answer = Some(verdict);
        }
        Then::Consumed
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data) {
        let lines = u16::try_from(self.items.len() * 2 + 2).unwrap_or(u16::MAX);
        let place = middle(area, 84, lines.max(4));
        let text = paint.style(Role::Text);
        paint.clear(place, text);
        let inner = paint.frame(place, &self.title, true);
        if self.items.is_empty() {
            let dim = paint.style(Role::Dim);
            paint.text(inner.x + 1, inner.y, inner.width, "nothing can be done here", dim);
        }
        let fits = usize::from(inner.height / 2).max(1);
        let first = (self.at + 1).saturating_sub(fits);
        for (k, item) in self.items.iter().enumerate().skip(first).take(fits) {
            let y = inner.y + u16::try_from((k - first) * 2).unwrap_or(0);
            self.item(paint, Rect { y, height: 2, ..inner }.intersection(inner), k, item, data);
        }
    }

    fn hints(&self) -> Vec<Act> {
        vec![Act::Into, Act::Back]
    }

    fn spins(&self, _: &Data) -> bool {
        self.items.iter().any(|i| matches!(i.verdict, Some((_, None))))
    }
}

impl Menu {
    fn item(&self, paint: &mut Paint<'_>, area: Rect, k: usize, item: &Item, data: &Data) {
        let refused = matches!(&item.verdict, Some((_, Some(Err(_)))));
        let grey = item.because.is_some();
        let title = paint.style(if grey { Role::Dim } else { Role::Name });
        let dim = paint.style(Role::Dim);
        let key = paint.style(if grey { Role::Dim } else { Role::Key });
        let used = paint.pieces(
            area.x + 1,
            area.y,
            area.width.saturating_sub(2),
            &[(format!("{} ", k + 1), key), (format!("{}  ", item.title), title), (item.about.to_string(), dim)],
        );
        let _ = used;
        let below = Rect { x: area.x + 3, y: area.y + 1, width: area.width.saturating_sub(4), height: 1 };
        if area.height > 1 {
            let (words, role) = match (&item.because, &item.verdict) {
                (Some(why), _) => (format!("✕ {why}"), Role::Warning),
                (None, Some((_, None))) => (
                    format!("{} asking the guards… {}s", paint.spinner(), data.waited(self.opened).as_secs()),
                    Role::Dim,
                ),
                (None, Some((_, Some(Ok(yes))))) => (format!("✓ {yes}"), Role::Good),
                (None, Some((_, Some(Err(no))))) => (format!("✕ {no}"), Role::Bad),
                (None, None) => (String::new(), Role::Dim),
            };
            let style = paint.style(role);
            let folded = fold(&words, usize::from(below.width)).into_iter().next().unwrap_or_default();
            let more = if folded.len() < words.len() { &words } else { &folded };
            paint.cut(below.x, below.y, below.width, more, style);
        }
        if k == self.at {
            let style = paint.style(if refused { Role::Resting } else { Role::Selected });
            paint.wash(Rect { height: 1, ..area }, style);
        }
    }
}
