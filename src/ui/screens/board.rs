//! The board: bells first, then queue by label against capacity, nodes as a map, runs, fleets, and how fresh everything is.
use ratatui::layout::Rect;

use super::heat::{self, Band};
use super::lists::{Spots, connecting, node_words};
use super::{Focus, Lists};
use crate::base::{Span, Text};
use crate::bells::{About, Severity};
use crate::insight::{LabelState, waits};
use crate::model::{ControllerId, FleetStat, Jenkins};
use crate::run::RunState;
use crate::ui::data::{Data, Thing, ThingKind};
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::plain::{cells, pad};
use crate::views::{BellRow, BuildRow, SourceRow, Tone, bells, words};

/// The thing that a bell is about, where actions take one.
pub fn thing(row: &BellRow) -> Option<Thing> {
    let kind = match &row.bell.about {
        About::Node(_) => ThingKind::Node,
        _ => return None,
    };
    Some(Thing { controller: row.bell.controller.clone(), kind, name: row.bell.subject.clone() })
}

const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "▲",
        Severity::Warning => "●",
        Severity::Info => "·",
    }
}

pub fn draw(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    if area.width >= 100 && area.height >= 24 {
        wide(paint, area, lists, data, focus, spots);
    } else {
        narrow(paint, area, lists, data, focus, spots);
    }
}

fn wide(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let bands = bands(data);
    let labels = labels(data);
    let fleets = fleets(data);
    let bottom = (lists.runs.len() + 4).max(fleets.len() + 2).max(6).min(usize::from(area.height / 3));
    let middle = bands.len().max(labels.len() + 1).max(4).min(usize::from(area.height / 3));
    let most = usize::from(area.height).saturating_sub(bottom + middle + 4);
    let bells = lists.bells.len().clamp(1, most.max(1));
    // What is left goes to whoever has more to show, the bells first.
    let spare = most.saturating_sub(bells);
    let middle = middle + spare.min((bands.len().max(labels.len() + 1)).saturating_sub(middle));
    let h = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let top = Rect { height: h(bells) + 2, ..area };
    let mid = Rect { y: top.bottom() - 1, height: h(middle) + 2, ..area };
    let low = Rect { y: mid.bottom() - 1, height: area.bottom().saturating_sub(mid.bottom() - 1), ..area };
    let half = area.width / 2;
    let left = |r: Rect| Rect { width: half + 1, ..r };
    let right = |r: Rect| Rect { x: r.x + half, width: r.width - half, ..r };

    let worst = lists.bells.visible().filter(|b| b.bell.severity == Severity::Critical).count();
    let critical = if worst > 0 { format!(", {worst} critical") } else { String::new() };
    let inner = paint.frame(top, &format!("Bells ─ {}{critical}", lists.bells.len()), focus == Some(Focus::Bells));
    bell_lines(paint, inner, lists, data, focus, spots);

    let queue_inner = paint.frame(left(mid), &queue_title(data), false);
    queue_lines(paint, queue_inner, &labels, data);
    let nodes_inner = paint.frame(right(mid), &nodes_title(data), false);
    heat_lines(paint, nodes_inner, &bands);

    let open = lists.runs.visible().filter(|r| !r.run.state.is_over()).count();
    let place = left(low);
    let runs = h(lists.runs.len().clamp(1, 6)) + 2;
    let runs = if place.height >= runs + 3 { runs } else { place.height };
    let inner = paint.frame(Rect { height: runs, ..place }, &format!("Runs ─ {open} open"), focus == Some(Focus::Runs));
    run_lines(paint, inner, lists, data, focus, spots);
    if runs < place.height {
        let below = Rect { y: place.y + runs - 1, height: place.height - runs + 1, ..place };
        build_lines(paint, below, lists, data);
    }
    let sources_height =
        u16::try_from(data.survey.snapshot.jenkins.len().max(1)).unwrap_or(3).saturating_mul(2).min(4) + 2;
    if fleets.is_empty() || low.height < sources_height + 3 {
        let inner = paint.frame(right(low), "Sources", false);
        source_lines(paint, inner, data);
        return;
    }
    let place = right(low);
    let split = place.height - sources_height + 1;
    let inner = paint.frame(Rect { height: split, ..place }, "Fleets ─ in service / desired / max", false);
    fleet_lines(paint, inner, &fleets);
    let inner =
        paint.frame(Rect { y: place.y + split - 1, height: place.height - split + 1, ..place }, "Sources", false);
    source_lines(paint, inner, data);
}

/// Without frames: bells, then a line for each label; nothing is lost, only shortened.
fn narrow(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let labels = labels(data);
    let runs = lists.runs.visible().filter(|r| !r.run.state.is_over()).count().clamp(1, 4);
    let rows = usize::from(area.height).saturating_sub(3);
    let for_runs = if rows > 8 { runs } else { 0 };
    let bells = lists.bells.len().clamp(1, (rows.saturating_sub(for_runs) / 2).max(1));
    let bands = bands(data);
    let mut y = area.y;
    paint.rule(area, y, &format!("BELLS {}", lists.bells.len()));
    y += 1;
    let h = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let place = Rect { y, height: h(bells), ..area }.intersection(area);
    bell_lines(paint, place, lists, data, focus, spots);
    y = y.saturating_add(h(bells));
    if y >= area.bottom() {
        return;
    }
    paint.rule(area, y, &format!("{} ─ {}", queue_title(data), nodes_title(data)).to_uppercase());
    y += 1;
    let rest = area.bottom().saturating_sub(y).saturating_sub(h(for_runs) + u16::from(for_runs > 0));
    label_lines(paint, Rect { y, height: rest, ..area }, &labels, &bands, data);
    y += rest;
    if for_runs > 0 && y < area.bottom() {
        paint.rule(area, y, "RUNS");
        let place = Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area };
        run_lines(paint, place, lists, data, focus, spots);
    }
}

fn bell_lines(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let (text, dim, name, good) =
        (paint.style(Role::Text), paint.style(Role::Dim), paint.style(Role::Name), paint.style(Role::Good));
    if lists.bells.is_empty() {
        let (words, style) = if data.heard() {
            ("no bell rings: nothing needs anybody".to_owned(), good)
        } else {
            (connecting(paint, data), dim)
        };
        let place = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        paint.folded(place, &words, style);
        return;
    }
    let here = focus == Some(Focus::Bells);
    let mut y = area.y;
    for line in lists.bells.lines(usize::from(area.height)) {
        let bell = &line.row.bell;
        let tone = paint.tone(bells::tone(bell.severity));
        let since = bell.since.map(|t| words::age(data.now, t)).unwrap_or_default();
        let answer = match bell.runbook {
            Some(book) if data.book(book).is_some() => format!("⏎ {book}"),
            _ => "⏎ look".to_owned(),
        };
        let answer = if line.ghost { "gone".to_owned() } else { answer };
        let x = paint.right(Rect { width: area.width.saturating_sub(1), ..area }, y, &pad(&answer, 14, false), dim);
        let room = x.saturating_sub(area.x + 2);
        let body = if line.ghost { dim } else { text };
        paint.pieces(
            area.x + 1,
            y,
            room,
            &[
                (format!("{} ", sign(bell.severity)), tone),
                (format!("{since:>4}  "), dim),
                (format!("{} ", bell.subject), if line.ghost { dim } else { name }),
                (bell.why.to_string(), body),
            ],
        );
        if line.selected {
            let style = paint.style(if here { Role::Selected } else { Role::Resting });
            paint.wash(Rect { y, height: 1, ..area }, style);
        }
        y += 1;
    }
    paint.scrollbar(area, lists.bells.first(usize::from(area.height)), lists.bells.len());
    spots.push((Focus::Bells, lists.bells.first(usize::from(area.height)), Rect { height: y - area.y, ..area }));
}

type Label<'a> = (&'a ControllerId, &'a Jenkins, &'a LabelState);

/// Labels that something waits for, then those that nodes have.
fn labels(data: &Data) -> Vec<Label<'_>> {
    let mut out: Vec<Label<'_>> = Vec::new();
    for (id, jenkins) in data.survey.jenkins().filter(|(id, _)| data.shows(id)) {
        let states = data.survey.diagnoses(id).into_iter().flat_map(|d| d.labels.iter());
        out.extend(
            states
                .filter(|s| s.waiting > 0 || s.capacity.executors > 0 || s.capacity.fleet.is_some())
                .map(|s| (id, jenkins.as_ref(), s)),
        );
    }
    out.sort_by(|(_, _, a), (_, _, b)| {
        (b.waiting, b.capacity.executors).cmp(&(a.waiting, a.capacity.executors)).then_with(|| a.label.cmp(&b.label))
    });
    out
}

fn bands(data: &Data) -> Vec<Band> {
    let shown = data.survey.jenkins().filter(|(id, _)| data.shows(id));
    heat::bands(shown.flat_map(|(_, j)| j.nodes.get().into_iter().flatten()).map(AsRef::as_ref))
}

fn fleets(data: &Data) -> Vec<&FleetStat> {
    let shown = data.survey.jenkins().filter(|(id, _)| data.shows(id));
    let mut all: Vec<&FleetStat> =
        shown.flat_map(|(_, j)| j.fleets.get().into_iter().flatten()).map(AsRef::as_ref).collect();
    all.sort_by_key(|f| (std::cmp::Reverse(f.active), f.fleet.clone()));
    all
}

fn queue_title(data: &Data) -> String {
    let shown = || data.survey.jenkins().filter(|(id, _)| data.shows(id));
    let items =
        || shown().flat_map(|(_, j)| j.queue.get().into_iter().flatten().map(|i| j.now(data.now).since(i.since)));
    let oldest = items().max().map(|o| format!(", oldest {}", Span(o).short())).unwrap_or_default();
    format!("Queue ─ {}{oldest}", items().count())
}

fn nodes_title(data: &Data) -> String {
    let shown = data.survey.jenkins().filter(|(id, _)| data.shows(id));
    format!("Nodes ─ {}", node_words(shown.flat_map(|(_, j)| j.nodes.get().into_iter().flatten()).map(|n| n.state())))
}

fn name_of(label: &Text) -> &str {
    if label.is_empty() { "any node" } else { label }
}

/// `max 400/400`, `121/150 +6 starting`, `1/1 busy`.
fn capacity(state: &LabelState) -> (String, Tone) {
    let c = &state.capacity;
    match &c.fleet {
        _ if state.error.is_some() => ("cannot be read".to_owned(), Tone::Bad),
        Some(f) if f.at_maximum() => (format!("max {}/{}", f.active, f.max.unwrap_or(f.active)), Tone::Warning),
        Some(f) if f.starting() > 0 => {
            let max = f.max.map(|m| format!("/{m}")).unwrap_or_default();
            (format!("{}{max} +{} starting", f.active, f.starting()), Tone::Moving)
        }
        Some(f) => {
            let max = f.max.map(|m| format!("/{m}")).unwrap_or_default();
            (format!("{}/{} busy, fleet {}{max}", c.working(), c.accepting, f.active), Tone::Dim)
        }
        None if c.nodes == 0 => ("no such node".to_owned(), Tone::Bad),
        None if c.accepting == 0 => (format!("all {} offline", c.nodes), Tone::Bad),
        None => (format!("{}/{} busy", c.working(), c.accepting), Tone::Dim),
    }
}

fn next_start(state: &LabelState, jenkins: &Jenkins, data: &Data) -> String {
    let now = jenkins.now(data.now);
    match state.capacity.ends.first() {
        Some(end) if state.waiting > 0 && state.capacity.free == 0 => format!("next {}", words::left(now, *end)),
        _ => String::new(),
    }
}

fn queue_lines(paint: &mut Paint<'_>, area: Rect, labels: &[Label<'_>], data: &Data) {
    let most = labels.iter().map(|(_, _, s)| s.waiting).max().unwrap_or(0).max(1);
    let rows = usize::from(area.height.saturating_sub(1)).max(1);
    let (name, dim, text) = (paint.style(Role::Name), paint.style(Role::Dim), paint.style(Role::Text));
    if labels.is_empty() {
        let words = if data.heard() { "nothing waits" } else { "not read yet" };
        paint.cut(area.x + 1, area.y, area.width, words, dim);
        return;
    }
    let label_width =
        labels.iter().take(rows).map(|(_, _, s)| cells(name_of(&s.label))).max().unwrap_or(4).clamp(4, 18) as u16;
    let bar_width = area.width.saturating_sub(label_width + 40).clamp(4, 26);
    for (k, (_, jenkins, state)) in labels.iter().take(rows).enumerate() {
        let y = area.y + k as u16;
        let (words, tone) = capacity(state);
        paint.cut(area.x + 1, y, label_width, name_of(&state.label), if state.waiting > 0 { name } else { dim });
        let x = area.x + label_width + 2;
        let style = paint.tone(if tone == Tone::Bad { Tone::Bad } else { Tone::Warning });
        paint.bar(x, y, bar_width, state.waiting, most, style);
        let used = (usize::from(bar_width) * state.waiting).div_ceil(most) as u16;
        let count = if state.waiting > 0 { state.waiting.to_string() } else { "·".to_owned() };
        paint.text(x + used + u16::from(used > 0), y, 6, &count, if state.waiting > 0 { text } else { dim });
        let style = paint.tone(tone);
        let x = x + bar_width + 6;
        let room = area.right().saturating_sub(x + 1);
        let used = paint.cut(x, y, room, &words, style);
        let next = next_start(state, jenkins, data);
        if usize::from(room.saturating_sub(used)) > cells(&next) {
            paint.right(Rect { width: area.width.saturating_sub(1), ..area }, y, &next, dim);
        }
    }
    if area.height > 1 {
        wait_line(paint, Rect { y: area.bottom() - 1, height: 1, ..area }, data, labels.len().saturating_sub(rows));
    }
}

/// `waits ▁▂▅█▃ median 2m · p95 11m`: how many have waited how long, from one minute to more than an hour.
fn wait_line(paint: &mut Paint<'_>, area: Rect, data: &Data, more: usize) {
    const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let mut all = crate::insight::Waits::default();
    for (_, jenkins) in data.survey.jenkins().filter(|(id, _)| data.shows(id)) {
        let w = waits(jenkins, jenkins.now(data.now));
        if w.count >= all.count {
            all = w;
        }
    }
    let (dim, busy) = (paint.style(Role::Dim), paint.style(Role::Busy));
    if all.count == 0 {
        return;
    }
    let most = all.spread.iter().max().copied().unwrap_or(1).max(1);
    let spark: String = all.spread.iter().map(|n| LEVELS.get((n * 7).div_ceil(most)).copied().unwrap_or("█")).collect();
    let more = if more > 0 { format!("  · {more} more labels: 2") } else { String::new() };
    paint.pieces(
        area.x + 1,
        area.y,
        area.width.saturating_sub(2),
        &[
            ("waited 1m ".to_owned(), dim),
            (spark, busy),
            (format!(" 1h+  median {} · p95 {}{more}", Span(all.median).short(), Span(all.p95).short()), dim),
        ],
    );
}

fn heat_lines(paint: &mut Paint<'_>, area: Rect, bands: &[Band]) {
    let (name, dim) = (paint.style(Role::Name), paint.style(Role::Dim));
    if bands.is_empty() {
        paint.cut(area.x + 1, area.y, area.width, "none known yet", dim);
        return;
    }
    let label_width = bands.iter().map(|b| cells(&b.label)).max().unwrap_or(4).clamp(4, 18) as u16;
    let width = area.width.saturating_sub(label_width + 9);
    let mut y = area.y;
    for (k, band) in bands.iter().enumerate() {
        let left = area.bottom().saturating_sub(y);
        if left == 0 {
            break;
        }
        // A large band takes more lines when there are any to spare.
        let spare = usize::from(left).saturating_sub(bands.len() - k);
        let wanted = band.counts.total().div_ceil(usize::from(width).max(1)).saturating_sub(1);
        let lines = 1 + spare.min(wanted);
        paint.cut(area.x + 1, y, label_width, &band.label, name);
        paint.right(Rect { width: area.width.saturating_sub(1), ..area }, y, &band.counts.total().to_string(), dim);
        let room = usize::from(width) * lines;
        let mut at = 0_usize;
        for (state, count) in heat::signs(band.counts, room) {
            let style = paint.tone(heat::tone(state));
            for _ in 0..count {
                let (row, column) = (at / usize::from(width).max(1), at % usize::from(width).max(1));
                paint.text(area.x + label_width + 2 + column as u16, y + row as u16, 1, heat::sign(state), style);
                at += 1;
            }
        }
        y += lines as u16;
    }
}

/// `LABEL WAIT OLDEST NODES busy/all FLEET`, a line each, with a small map of the band of that name.
fn label_lines(paint: &mut Paint<'_>, area: Rect, labels: &[Label<'_>], bands: &[Band], data: &Data) {
    if area.height == 0 {
        return;
    }
    let (title, dim, name, text) =
        (paint.style(Role::Title), paint.style(Role::Dim), paint.style(Role::Name), paint.style(Role::Text));
    if labels.is_empty() {
        let words =
            if data.heard() { "nothing waits, and there are no nodes".to_owned() } else { connecting(paint, data) };
        paint.folded(Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }, &words, dim);
        return;
    }
    paint.cut(area.x + 1, area.y, area.width.saturating_sub(1), "LABEL         WAIT OLDEST  CAPACITY", title);
    for (k, (_, jenkins, state)) in labels.iter().take(usize::from(area.height).saturating_sub(1)).enumerate() {
        let y = area.y + 1 + k as u16;
        let (words, tone) = capacity(state);
        let style = paint.tone(tone);
        let oldest = state.wait(jenkins.now(data.now)).map(|w| Span(w).short()).unwrap_or_default();
        let wait = if state.waiting > 0 { state.waiting.to_string() } else { "·".to_owned() };
        let used = paint.pieces(
            area.x + 1,
            y,
            area.width.saturating_sub(2),
            &[
                (pad(name_of(&state.label), 13, false), if state.waiting > 0 { name } else { dim }),
                (format!("{wait:>5} "), if state.waiting > 0 { text } else { dim }),
                (format!("{oldest:>6}  "), dim),
                (pad(&words, 24, false), style),
            ],
        );
        let x = area.x + 2 + used;
        let width = usize::from(area.right().saturating_sub(x + 1)).min(40);
        if let Some(band) = bands.iter().find(|b| b.label == state.label) {
            let mut at = 0_u16;
            for (state, count) in heat::signs(band.counts, width) {
                let style = paint.tone(heat::tone(state));
                for _ in 0..count {
                    paint.text(x + at, y, 1, heat::sign(state), style);
                    at += 1;
                }
            }
        }
    }
}

fn run_lines(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let (dim, name, text) = (paint.style(Role::Dim), paint.style(Role::Name), paint.style(Role::Text));
    if lists.runs.is_empty() {
        paint.cut(
            area.x + 1,
            area.y,
            area.width.saturating_sub(2),
            "nothing runs; x on a node, or 9, begins something",
            dim,
        );
        return;
    }
    let mut y = area.y;
    for line in lists.runs.lines(usize::from(area.height)) {
        let run = &line.row.run;
        let (word, tone) = words::run_state(run.state);
        let sign = match run.state {
            _ if line.row.abandoned() => "?",
            RunState::Running | RunState::Undoing => "▶",
            RunState::Waiting => "?",
            RunState::Paused => "‖",
            RunState::Done => "✓",
            RunState::Failed => "✕",
            RunState::Planned | RunState::Aborted => "-",
        };
        let (done, all) = line.row.done();
        let left = run.left.filter(|_| !run.state.is_over()).map(|l| format!("~{}", l.short()));
        let ended = run.ended_at.map(|t| format!("{} ago", words::age(data.now, t)));
        let when = left.or(ended).unwrap_or_default();
        let style = paint.tone(tone);
        let x = paint.right(Rect { width: area.width.saturating_sub(1), ..area }, y, &when, dim);
        let word = if line.row.abandoned() { "unfinished" } else { word };
        paint.pieces(
            area.x + 1,
            y,
            x.saturating_sub(area.x + 2),
            &[
                (format!("{sign} "), style),
                (format!("{} {} ", run.runbook, run.subject), name),
                (format!("{done}/{all} "), text),
                (format!("{word} "), style),
                (line.row.says(), dim),
            ],
        );
        if line.selected && focus == Some(Focus::Runs) {
            let style = paint.style(Role::Selected);
            paint.wash(Rect { y, height: 1, ..area }, style);
        }
        y += 1;
    }
    spots.push((Focus::Runs, lists.runs.first(usize::from(area.height)), Rect { height: y - area.y, ..area }));
}

/// What ended badly lately, newest first; then what runs, in the order in which it should end.
fn build_lines(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data) {
    use crate::model::Outcome;
    let context = data.context();
    let bad = |r: &&BuildRow| !r.build.building && matches!(r.build.result, Some(Outcome::Failure | Outcome::Unstable));
    let mut failed: Vec<&BuildRow> = lists.builds.visible().filter(bad).collect();
    failed.sort_by_key(|r| std::cmp::Reverse(r.build.started.plus(r.build.duration)));
    let mut running: Vec<&BuildRow> = lists.builds.visible().filter(|r| r.build.building).collect();
    running.sort_by_key(|r| (r.build.ends().is_none(), r.build.ends()));
    let title = format!("Builds ─ {} running, {} ended badly lately", running.len(), failed.len());
    let inner = paint.frame(area, &title, false);
    let half = usize::from(inner.height).div_ceil(2);
    let rows = failed.into_iter().take(half).chain(running).take(usize::from(inner.height));
    let (dim, name) = (paint.style(Role::Dim), paint.style(Role::Name));
    for (k, row) in rows.enumerate() {
        let y = inner.y + k as u16;
        let there = row.there(&context);
        let (word, tone) = if row.build.building { ("", Tone::Busy) } else { words::outcome(row.build.result) };
        let sign = match row.build.result {
            _ if row.build.building => "▶",
            Some(Outcome::Failure) => "✕",
            _ => "!",
        };
        let when = match row.build.ends() {
            Some(end) => words::left(there, end),
            None => format!("{} ago", words::age(there, row.build.started.plus(row.build.duration))),
        };
        let what = row.build.pull_request.as_ref().map(|p| format!("{} ({})", p.title, p.author)).unwrap_or_default();
        let style = paint.tone(tone);
        let x = paint.right(Rect { width: inner.width.saturating_sub(1), ..inner }, y, &when, dim);
        let word = if word.is_empty() { String::new() } else { format!("{word} ") };
        paint.pieces(
            inner.x + 1,
            y,
            x.saturating_sub(inner.x + 2),
            &[(format!("{sign} "), style), (format!("{} ", row.build.title), name), (word, style), (what, dim)],
        );
    }
}

fn fleet_lines(paint: &mut Paint<'_>, area: Rect, fleets: &[&FleetStat]) {
    let (name, dim) = (paint.style(Role::Name), paint.style(Role::Dim));
    let width = (area.width / 4).clamp(6, 22);
    for (k, fleet) in fleets.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + k as u16;
        // Groups are called after their label at the end; the long common beginning says nothing.
        let label = fleet.label.split_whitespace().next().unwrap_or(&fleet.fleet);
        paint.cut(area.x + 1, y, 18, label, name);
        let max = fleet.max.unwrap_or(fleet.desired.max(fleet.active));
        let full = fleet.max.is_some_and(|m| fleet.active >= m);
        let style = paint.tone(if full { Tone::Warning } else { Tone::Busy });
        paint.gauge(area.x + 20, y, width, fleet.active as usize, max.max(1) as usize, style);
        let max = fleet.max.map_or("?".to_owned(), |m| m.to_string());
        let more = if full {
            "  full".to_owned()
        } else if fleet.desired > fleet.active {
            format!("  +{} starting", fleet.desired - fleet.active)
        } else {
            String::new()
        };
        let x = area.x + 21 + width;
        paint.cut(
            x,
            y,
            area.right().saturating_sub(x + 1),
            &format!("{}/{}/{max}{more}  {}", fleet.active, fleet.desired, fleet.state),
            dim,
        );
    }
}

fn source_lines(paint: &mut Paint<'_>, area: Rect, data: &Data) {
    let (name, dim, bad) = (paint.style(Role::Name), paint.style(Role::Dim), paint.style(Role::Bad));
    let mut y = area.y;
    for (id, jenkins) in data.survey.jenkins().filter(|(id, _)| data.shows(id)) {
        if y >= area.bottom() {
            break;
        }
        let mut pieces = vec![(format!("{id}  "), name)];
        let rows = SourceRow::all(id, jenkins);
        for row in &rows {
            use crate::views::sources::SourceState;
            let (sign, tone) = match row.state {
                SourceState::Fresh => ("✓", Tone::Good),
                SourceState::Failing => ("✕", Tone::Bad),
                SourceState::Waiting => ("·", Tone::Moving),
                SourceState::Absent => ("-", Tone::Dim),
            };
            pieces.push((format!("{sign} "), paint.tone(tone)));
            let age = row.read_at.map(|t| format!(" {}", words::age(data.now, t))).unwrap_or_default();
            pieces.push((format!("{}{age}   ", row.part), dim));
        }
        paint.pieces(area.x + 1, y, area.width.saturating_sub(2), &pieces);
        y += 1;
        let problem = rows.iter().find_map(|r| r.problem.as_ref());
        if let Some(problem) = problem.filter(|_| y < area.bottom()) {
            let place = Rect { x: area.x + 3, y, width: area.width.saturating_sub(4), height: area.bottom() - y };
            y += paint.folded(place, &problem.to_string(), bad);
        }
    }
}
