//! One build in full: of what, why, how far; its stages and who told us; its log, followed while it runs.
use std::sync::Arc;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::facts::Facts;
use super::log::LogView;
use crate::base::{Span, Text};
use crate::model::{Build, BuildId, ControllerId, StageSource, StageState, Topic};
use crate::ui::act::{Act, Place};
use crate::ui::data::{Data, Thing, ThingKind};
use crate::ui::io::{Effect, Input};
use crate::ui::layers::{Desk, Layer, Then};
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::{BuildRow, Tone, words};

/// The page. A build that is no longer among the recent ones keeps what was last known of it.
#[derive(Debug)]
pub struct BuildPage {
    controller: ControllerId,
    id: BuildId,
    title: Text,
    build: Option<Arc<Build>>,
    log: LogView,
    stages: Topic,
    in_log: bool,
    scroll: usize,
}

impl BuildPage {
    pub fn new(controller: ControllerId, id: BuildId, title: Text, data: &Data) -> Self {
        let log = LogView::new(Topic::Log(controller.clone(), id.clone()));
        let stages = Topic::Stages(controller.clone(), id.clone());
        let mut page = Self { controller, id, title, build: None, log, stages, in_log: true, scroll: 0 };
        page.look(data);
        page
    }

    fn look(&mut self, data: &Data) {
        let builds = data.jenkins(&self.controller).and_then(|j| j.builds.get());
        if let Some(build) = builds.into_iter().flatten().find(|b| b.id == self.id) {
            self.build = Some(build.clone());
        }
    }

    fn row(&self, data: &Data) -> Option<BuildRow> {
        let (build, jenkins) = (self.build.clone()?, data.jenkins(&self.controller)?.clone());
        Some(BuildRow { controller: self.controller.clone(), build, jenkins })
    }

    fn facts(&self, data: &Data) -> Facts {
        let mut f = Facts::default();
        match self.row(data) {
            Some(row) => self.about(&mut f, &row, data),
            None => f.words(
                "not among the running and recent builds; its log and stages can be read all the same",
                Tone::Dim,
            ),
        }
        self.stages(&mut f, data);
        f
    }

    fn about(&self, f: &mut Facts, row: &BuildRow, data: &Data) {
        let context = data.context();
        let (build, now) = (&row.build, row.there(&context));
        let (word, tone) = if build.building { ("running", Tone::Busy) } else { words::outcome(build.result) };
        f.pair("state", format!("{word}, began {} ago", Span(now.since(build.started))), tone);
        match (build.ends(), row.progress(&context)) {
            (Some(end), Some(percent)) => {
                f.bar("progress", percent as usize, 100, words::left(now, end), Tone::Busy);
            }
            _ if !build.building => f.pair("took", Span(build.duration).to_string(), Tone::Plain),
            _ => f.pair("ends", "Jenkins has no estimate", Tone::Dim),
        }
        if let Some(pr) = &build.pull_request {
            f.pair("pull request", format!("#{} {} ({})", pr.number, pr.title, pr.author), Tone::Plain);
        }
        if let Some(revision) = &build.revision {
            f.pair("revision", revision.to_string(), Tone::Plain);
        }
        for cause in &build.causes {
            f.pair("cause", cause.text.to_string(), Tone::Dim);
        }
        if let Some(node) = &build.node {
            f.pair("node", node.to_string(), Tone::Plain);
        }
        if !build.description.is_empty() {
            f.pair("description", build.description.to_string(), Tone::Dim);
        }
        for (name, value) in &build.params {
            f.pair("parameter", format!("{name} = {value}"), Tone::Dim);
        }
    }

    fn stages(&self, f: &mut Facts, data: &Data) {
        let detail = data.details.get(&self.stages);
        let Some(stages) = detail.and_then(|d| d.stages.as_ref()) else {
            f.heading("STAGES");
            match detail.and_then(|d| d.problem.as_ref()) {
                Some(problem) => f.words(problem.to_string(), Tone::Bad),
                None => f.words("reading the stages…", Tone::Dim),
            }
            return;
        };
        let source = match stages.source {
            StageSource::PipelineGraphView => "pipeline-graph-view",
            StageSource::BlueOcean => "Blue Ocean",
            StageSource::Wfapi => "wfapi: a stage may be called done while a branch of it runs",
            StageSource::None => "no plugin here knows stages, or this is no Pipeline",
        };
        f.heading(format!("STAGES  by {source}"));
        let now = data.jenkins(&self.controller).map_or(data.now, |j| j.now(data.now));
        for stage in &stages.stages {
            let (word, tone) = words::stage_state(stage.state);
            let sign = match stage.state {
                StageState::Success => "✓",
                StageState::Failure => "✕",
                StageState::Unstable => "!",
                StageState::Running => "▶",
                StageState::Paused => "‖",
                _ => "·",
            };
            let took = match (stage.duration, stage.started) {
                (Some(d), _) => format!("  {}", Span(d)),
                (None, Some(t)) if stage.state == StageState::Running => format!("  {}", Span(now.since(t))),
                _ => String::new(),
            };
            let waits = stage.waits_for.as_ref().map(|w| format!("  {w}")).unwrap_or_default();
            let indent = "  ".repeat(usize::from(stage.depth.min(20)));
            f.words(format!("{indent}{sign} {}  {word}{took}{waits}", stage.name), tone);
        }
    }

    fn thing(&self) -> Thing {
        Thing { controller: self.controller.clone(), kind: ThingKind::Build(self.id.clone()), name: self.title.clone() }
    }
}

impl Layer for BuildPage {
    fn name(&self) -> &'static str {
        "build"
    }

    fn whole(&self) -> bool {
        true
    }

    fn places(&self) -> &'static [Place] {
        if self.in_log { &[Place::Log, Place::List, Place::Everywhere] } else { &[Place::List, Place::Everywhere] }
    }

    fn key(&mut self, key: KeyEvent, desk: &mut Desk<'_>) -> Then {
        if self.log.key(key, desk.data) { Then::Consumed } else { Then::Ignored }
    }

    fn paste(&mut self, text: &str, _: &mut Desk<'_>) -> Then {
        if self.log.paste(text) { Then::Consumed } else { Then::Ignored }
    }

    fn act(&mut self, act: Act, desk: &mut Desk<'_>) -> Then {
        match act {
            Act::Back => return Then::Close,
            Act::NextPane | Act::Log | Act::Into => self.in_log = !self.in_log,
            Act::Copy => desk.want(Effect::Copy(self.title.clone())),
            Act::Open => {
                let url = desk.data.url(&self.controller, &format!("{}/", self.id.path()));
                desk.effects.extend(url.map(Effect::Open));
            }
            Act::Export => {
                let lines = desk.data.details.get(&self.log.topic).map(|d| d.log.lines.join("\n") + "\n");
                let name = format!("{}.log", self.id.path().as_str().replace(['/', '%'], "-"));
                desk.effects.extend(lines.map(|content| Effect::Export { name, content }));
            }
            Act::Actions => crate::ui::actions::menu(vec![self.thing()], false, desk),
            act if self.in_log && self.log.act(act, desk.data) => {}
            Act::Down => self.scroll += 1,
            Act::Up => self.scroll = self.scroll.saturating_sub(1),
            Act::Top => self.scroll = 0,
            _ => return Then::Ignored,
        }
        self.scroll = self.scroll.min(500);
        Then::Consumed
    }

    fn wheel(&mut self, lines: isize) {
        if self.in_log {
            self.log.wheel(lines);
        } else {
            self.scroll = self.scroll.saturating_add_signed(lines).min(500);
        }
    }

    fn news(&mut self, _: &Input, desk: &mut Desk<'_>) -> Then {
        self.look(desk.data);
        self.log.refresh(desk.data);
        Then::Ignored
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data) {
        let title = format!("build {}", self.title);
        let (left, right) = if area.width >= 100 {
            let w = area.width * 2 / 5;
            (Rect { width: w, ..area }, Rect { x: area.x + w - 1, width: area.width - w + 1, ..area })
        } else if self.in_log {
            (Rect { width: 0, ..area }, area)
        } else {
            (area, Rect { width: 0, ..area })
        };
        if right.width > 0 {
            self.log.draw(paint, right, data, self.in_log);
            if left.width == 0 && area.height > 1 {
                let style = paint.style(Role::Name);
                paint.right(
                    Rect { width: right.width.saturating_sub(2), ..right },
                    area.bottom() - 1,
                    &format!(" {} ", self.title),
                    style,
                );
            }
        }
        if left.width > 0 {
            let inner = paint.frame(left, &title, !self.in_log);
            let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
            self.facts(data).draw(paint, inner, self.scroll);
        }
    }

    fn topics(&self) -> Vec<Topic> {
        vec![self.log.topic.clone(), self.stages.clone()]
    }

    fn hints(&self) -> Vec<Act> {
        if self.in_log {
            vec![Act::Search, Act::NextMatch, Act::NextError, Act::Fold, Act::Follow, Act::NextPane, Act::Back]
        } else {
            vec![Act::Actions, Act::NextPane, Act::Open, Act::Back]
        }
    }

    fn spins(&self, data: &Data) -> bool {
        !data.details.get(&self.log.topic).is_some_and(|d| d.heard)
    }
}
