//! One node in full: what it is, why it is offline, what runs on it and until when, its monitors, its agent's log.
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::facts::Facts;
use super::log::LogView;
use crate::base::Span;
use crate::insight::Ending;
use crate::model::{NodeState, OfflineKind, Topic};
use crate::ui::act::{Act, Place};
use crate::ui::data::{Data, Thing};
use crate::ui::io::{Effect, Input};
use crate::ui::layers::{Desk, Layer, Then};
use crate::ui::paint::Paint;
use crate::views::{NodeRow, Row, Tone, words};

/// The page. It keeps what was last known of the node when the node goes.
#[derive(Debug)]
pub struct NodePage {
    row: NodeRow,
    gone: bool,
    log: LogView,
    in_log: bool,
    scroll: usize,
}

impl NodePage {
    pub fn new(row: NodeRow) -> Self {
        let topic = Topic::NodeLog(row.controller.clone(), row.node.path.clone());
        Self { row, gone: false, log: LogView::new(topic), in_log: false, scroll: 0 }
    }

    fn facts(&self, data: &Data) -> Facts {
        let context = data.context();
        let (row, node) = (&self.row, &self.row.node);
        let now = row.there(&context);
        let mut f = Facts::default();
        let (word, tone) = words::node_state(row.state());
        let since = row.since().map(|t| format!(" for {}", Span(now.since(t)))).unwrap_or_default();
        if self.gone {
            f.words("this node is not there any more; below is what was last known of it", Tone::Warning);
        }
        f.pair("state", format!("{word}{since}"), tone);
        f.pair("kind", words::node_kind(node.kind), Tone::Plain);
        f.pair("labels", node.labels.iter().map(|l| l.as_str()).collect::<Vec<_>>().join(" "), Tone::Plain);
        if !node.description.is_empty() {
            f.pair("description", node.description.to_string(), Tone::Dim);
        }
        let launch = if node.inbound { "inbound: it connects by itself" } else { "launched by the controller" };
        f.pair("agent", launch, Tone::Dim);
        self.cause(&mut f);
        self.runs(&mut f, now);
        self.monitors(&mut f, now);
        f
    }

    fn cause(&self, f: &mut Facts) {
        let Some(cause) = self.row.node.cause.as_ref().filter(|_| self.row.reason().is_some()) else { return };
        f.heading("WHY IT IS OFFLINE");
        let kind = match cause.kind {
            OfflineKind::User => "somebody marked it",
            OfflineKind::Cli => "marked from the command line",
            OfflineKind::Channel => "the connection broke",
            OfflineKind::LaunchFailed => "the agent could not be launched",
            OfflineKind::Monitor => "a node monitor took it offline",
            OfflineKind::Idle => "its retention strategy: it was idle",
            OfflineKind::NeverConnected => "it has never connected",
            OfflineKind::Other => "another cause",
        };
        f.pair("cause", kind, Tone::Plain);
        if !cause.reason.is_empty() {
            f.words(cause.reason.to_string(), Tone::Bad);
        }
        if cause.detail != cause.reason {
            f.words(cause.detail.to_string(), Tone::Dim);
        }
    }

    fn runs(&self, f: &mut Facts, now: crate::base::Time) {
        let node = &self.row.node;
        let drain = self.row.drain();
        f.heading(format!("EXECUTORS  {} of {} busy", node.busy(), node.num_executors));
        if drain.builds.is_empty() {
            f.words("nothing runs here", Tone::Dim);
        }
        for build in &drain.builds {
            let left = build.ends.map_or("no estimate".to_owned(), |end| words::left(now, end));
            let stuck = if build.stuck { "  likely stuck" } else { "" };
            let off = if build.one_off { "  one-off" } else { "" };
            let tone = if build.stuck { Tone::Bad } else { Tone::Busy };
            f.bar(build.title.to_string(), percent(build), 100, format!("{left}{stuck}{off}"), tone);
            if let Some(pr) = &build.pull_request {
                f.words(format!("  #{} {} ({})", pr.number, pr.title, pr.author), Tone::Dim);
            }
        }
        if let Some(left) = drain.left(now) {
            let what =
                if self.row.state() == NodeState::Draining { "drained in about" } else { "a drain would take about" };
            f.words(format!("{what} {}", Span(left)), Tone::Plain);
        }
    }

    fn monitors(&self, f: &mut Facts, now: crate::base::Time) {
        let m = &self.row.node.monitors;
        f.heading("MONITORS");
        if *m == crate::model::Monitors::default() {
            f.words("nothing has been measured yet", Tone::Dim);
        }
        let age =
            m.disk.as_ref().and_then(|d| d.at).map(|t| format!(", {} ago", words::age(now, t))).unwrap_or_default();
        for (name, disk) in [("disk", &m.disk), ("temporary", &m.temp)] {
            let Some(disk) = disk else { continue };
            let tone = if disk.free < 5_000_000_000 { Tone::Bad } else { Tone::Good };
            match disk.total {
                Some(total) => {
                    let gigabytes = |n: u64| usize::try_from(n / 10_000_000).unwrap_or(usize::MAX / 1000);
                    let words = format!("{} free of {}{age}", words::bytes(disk.free), words::bytes(total));
                    f.bar(
                        format!("{name} {}", disk.path),
                        gigabytes(total.saturating_sub(disk.free)),
                        gigabytes(total),
                        words,
                        tone,
                    );
                }
                None => f.pair(name, format!("{} free on {}{age}", words::bytes(disk.free), disk.path), tone),
            }
        }
        if let Some(memory) = &m.memory {
            let kilobytes = |n: u64| usize::try_from(n / 1_000_000).unwrap_or(usize::MAX / 1000);
            let words = format!("{} free of {}", words::bytes(memory.free), words::bytes(memory.total));
            f.bar(
                "memory",
                kilobytes(memory.total.saturating_sub(memory.free)),
                kilobytes(memory.total),
                words,
                Tone::Busy,
            );
            if memory.swap_total > 0 {
                let words = format!("{} free of {}", words::bytes(memory.swap_free), words::bytes(memory.swap_total));
                let used = memory.swap_total.saturating_sub(memory.swap_free);
                f.bar("swap", kilobytes(used), kilobytes(memory.swap_total), words, Tone::Busy);
            }
        }
        if let Some(ms) = m.clock_diff {
            f.pair(
                "clock",
                format!("{ms} ms against the controller's"),
                if ms.abs() > 10_000 { Tone::Warning } else { Tone::Plain },
            );
        }
        if let Some(response) = m.response {
            f.pair("answers in", words::latency(response), Tone::Plain);
        }
        if let Some(architecture) = &m.architecture {
            f.pair("system", architecture.to_string(), Tone::Plain);
        }
    }
}

fn percent(build: &Ending) -> usize {
    usize::from(build.progress.unwrap_or(0))
}

impl Layer for NodePage {
    fn name(&self) -> &'static str {
        "node"
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
            Act::Copy => desk.want(Effect::Copy(self.row.name())),
            Act::Open => {
                let url = desk.data.url(&self.row.controller, &format!("{}/", self.row.node.path));
                desk.effects.extend(url.map(Effect::Open));
            }
            Act::Actions => crate::ui::actions::menu(vec![Thing::node(&self.row)], self.gone, desk),
            act if self.in_log && self.log.act(act, desk.data) => {}
            Act::Down => self.scroll += 1,
            Act::Up => self.scroll = self.scroll.saturating_sub(1),
            Act::Top => self.scroll = 0,
            _ => return Then::Ignored,
        }
        self.scroll = self.scroll.min(200);
        Then::Consumed
    }

    fn wheel(&mut self, lines: isize) {
        if self.in_log {
            self.log.wheel(lines);
        } else {
            self.scroll = self.scroll.saturating_add_signed(lines).min(200);
        }
    }

    fn news(&mut self, input: &Input, desk: &mut Desk<'_>) -> Then {
        if let Input::Snapshot(snapshot) = input
            && let Some(jenkins) = snapshot.jenkins.get(&self.row.controller)
            && let Some(nodes) = jenkins.nodes.get()
        {
            self.row.jenkins = jenkins.clone();
            match nodes.iter().find(|n| n.path == self.row.node.path) {
                Some(node) => {
                    self.row.node = node.clone();
                    self.gone = false;
                }
                None => self.gone = true,
            }
        }
        self.log.refresh(desk.data);
        Then::Ignored
    }

    fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data) {
        let title = format!("node {}", self.row.node.name);
        let wide = area.width >= 100;
        let (left, right) = if wide {
            let w = area.width * 11 / 20;
            (Rect { width: w, ..area }, Rect { x: area.x + w - 1, width: area.width - w + 1, ..area })
        } else if self.in_log {
            (Rect { width: 0, ..area }, area)
        } else {
            (area, Rect { width: 0, ..area })
        };
        if right.width > 0 {
            self.log.draw(paint, right, data, self.in_log);
        }
        if left.width > 0 {
            let inner = paint.frame(left, &title, !self.in_log);
            let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
            self.facts(data).draw(paint, inner, self.scroll);
        }
    }

    fn topics(&self) -> Vec<Topic> {
        vec![self.log.topic.clone()]
    }

    fn hints(&self) -> Vec<Act> {
        if self.in_log {
            vec![Act::Search, Act::NextError, Act::Follow, Act::NextPane, Act::Back]
        } else {
            vec![Act::Actions, Act::NextPane, Act::Copy, Act::Open, Act::Back]
        }
    }

    fn spins(&self, data: &Data) -> bool {
        !data.details.get(&self.log.topic).is_some_and(|d| d.heard)
    }
}
