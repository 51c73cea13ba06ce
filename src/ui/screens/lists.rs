//! Screens that are a list: queue, nodes, builds, runbooks with runs, sources with the last calls.
use ratatui::layout::Rect;

use super::{Focus, Lists};
use crate::model::NodeState;
use crate::ui::data::Data;
use crate::ui::list::List;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;
use crate::views::status::NodeCounts;
use crate::views::{Row, words};

/// Where lists were drawn, for the mouse: the list, the line of its first row, and its place.
pub type Spots = Vec<(Focus, usize, Rect)>;

/// A list in a frame, and what is said when it is empty.
#[expect(clippy::too_many_arguments, reason = "a drawing helper: place, list and the words around it")]
pub fn framed<R: Row>(
    paint: &mut Paint<'_>,
    area: Rect,
    title: &str,
    list: &List<R>,
    empty: &str,
    data: &Data,
    focus: Option<Focus>,
    which: Focus,
    spots: &mut Spots,
) {
    let mut title = title.to_owned();
    if list.marks() > 0 {
        title += &format!(" ─ {} marked", list.marks());
        if list.hidden_marks() > 0 {
            title += &format!(", {} of them hidden by the filter", list.hidden_marks());
        }
    }
    if !list.typed().is_empty() {
        title += &format!(" ─ /{}  {} of {}", list.typed(), list.len(), list.total());
    }
    let inner = paint.frame(area, &title, focus == Some(which));
    if list.is_empty() {
        let dim = paint.style(Role::Dim);
        let words = match (data.heard(), list.typed().is_empty()) {
            (_, false) => "nothing matches the filter; esc takes it away".to_owned(),
            (true, true) => empty.to_owned(),
            (false, true) => connecting(paint, data),
        };
        let place = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        paint.folded(place, &words, dim);
        return;
    }
    let (top, lines) = paint.table(inner, list, &data.context(), focus == Some(which));
    let height = usize::from(inner.height.saturating_sub(top - inner.y));
    spots.push((which, list.first(height), Rect { y: top, height: lines, ..inner }));
}

/// What is said before anything was heard, or what is wrong with hearing it.
pub fn connecting(paint: &Paint<'_>, data: &Data) -> String {
    let mut lines = Vec::new();
    for card in data.parts.controllers.iter().filter(|c| data.shows(&c.id)) {
        let jenkins = data.jenkins(&card.id);
        let problem =
            jenkins.and_then(|j| j.controller.problem().or_else(|| j.nodes.problem()).or_else(|| j.queue.problem()));
        lines.push(match problem {
            Some(problem) => format!("✕ {}: {problem}", card.id),
            None => {
                let waited = data.waited(data.began).as_secs();
                format!("{} connecting to {} at {} … {waited}s", paint.spinner(), card.id, card.url)
            }
        });
    }
    if lines.is_empty() { "no controller is named in the site file".to_owned() } else { lines.join("\n") }
}

/// `612: 571 busy · 30 idle · 2 draining · 9 offline`.
pub fn node_words(states: impl Iterator<Item = NodeState>) -> String {
    let n = NodeCounts::of(states);
    let mut out = format!("{}: {} busy · {} idle", n.total(), n.busy, n.idle);
    for (count, word) in [(n.draining, "draining"), (n.marked, "marked offline"), (n.offline, "offline")] {
        if count > 0 {
            out += &format!(" · {count} {word}");
        }
    }
    out
}

pub fn queue(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let oldest = lists.queue.visible().map(|r| data.now.shifted(r.jenkins.skew).since(r.item.since)).max();
    let oldest = oldest.map(|o| format!(", oldest {}", crate::base::Span(o).short())).unwrap_or_default();
    let title = format!("Queue ─ {}{oldest}", lists.queue.total());
    framed(paint, area, &title, &lists.queue, "nothing waits", data, focus, Focus::Queue, spots);
}

pub fn nodes(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let states = data.survey.jenkins().filter(|(id, _)| data.shows(id));
    let states = states.flat_map(|(_, j)| j.nodes.get().into_iter().flatten()).map(|n| n.state());
    let title = format!("Nodes ─ {}", node_words(states));
    framed(paint, area, &title, &lists.nodes, "the controller has no nodes", data, focus, Focus::Nodes, spots);
}

pub fn builds(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let running = lists.builds.visible().filter(|r| r.build.building).count();
    let title = format!("Builds ─ {running} running, {} recent", lists.builds.total().saturating_sub(running));
    framed(paint, area, &title, &lists.builds, "no recent builds", data, focus, Focus::Builds, spots);
}

pub fn runbooks(
    paint: &mut Paint<'_>,
    area: Rect,
    lists: &Lists,
    data: &Data,
    focus: Option<Focus>,
    spots: &mut Spots,
) {
    let books = u16::try_from(lists.books.len()).unwrap_or(99).saturating_add(3).clamp(4, (area.height / 2).max(4));
    let books = books.min(area.height);
    let top = Rect { height: (area.height - books).saturating_add(1).min(area.height), ..area };
    let below = Rect { y: area.bottom() - books, height: books, ..area };
    let open = lists.runs.visible().filter(|r| !r.run.state.is_over()).count();
    let title = format!("Runs ─ {open} open, {} in all", lists.runs.total());
    let none = "nothing was ever run from here; tab goes to the catalogue, ⏎ plans a runbook";
    framed(paint, top, &title, &lists.runs, none, data, focus, Focus::Runs, spots);
    let empty = if data.catalogue.is_some() { "there are no runbooks" } else { "reading the runbooks…" };
    framed(paint, below, "Catalogue", &lists.books, empty, data, focus, Focus::Books, spots);
}

pub fn sources(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data, focus: Option<Focus>, spots: &mut Spots) {
    let rows =
        u16::try_from(lists.sources.len()).unwrap_or(99).saturating_add(3).clamp(4, (area.height * 3 / 5).max(4));
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..area };
    framed(paint, top, "Sources", &lists.sources, "nothing is read yet", data, focus, Focus::Sources, spots);
    let below = Rect { y: area.y + rows - 1, height: area.height - rows + 1, ..area };
    if below.height > 2 {
        calls(paint, below, lists, data);
    }
}

/// The last calls of the controller under the cursor, newest first.
fn calls(paint: &mut Paint<'_>, area: Rect, lists: &Lists, data: &Data) {
    let Some(row) = lists.sources.selected() else { return };
    let Some(jenkins) = data.jenkins(&row.controller) else { return };
    let bytes: u64 = jenkins.calls.iter().map(|c| c.bytes).sum();
    let skew = match jenkins.skew.abs() {
        0..1000 => String::new(),
        ms => format!(", its clock is {}s {} ours", ms / 1000, if jenkins.skew > 0 { "ahead of" } else { "behind" }),
    };
    let title =
        format!("Last calls to {} ─ {} of them, {}{skew}", row.controller, jenkins.calls.len(), words::bytes(bytes));
    let inner = paint.frame(area, &title, false);
    let (text, dim, bad) = (paint.style(Role::Text), paint.style(Role::Dim), paint.style(Role::Bad));
    for (k, call) in jenkins.calls.iter().rev().take(usize::from(inner.height)).enumerate() {
        let y = inner.y + u16::try_from(k).unwrap_or(0);
        let status = call.status.map_or("  –".to_owned(), |s| s.to_string());
        let style = if call.error.is_some() { bad } else { text };
        paint.pieces(
            inner.x + 1,
            y,
            inner.width.saturating_sub(2),
            &[
                (format!("{:>4}  ", words::age(data.now, call.at)), dim),
                (format!("{status}  "), style),
                (format!("{:>6}  {:>8}  ", words::latency(call.took), words::bytes(call.bytes)), dim),
                (call.what.to_string(), style),
                (call.error.as_ref().map(|e| format!("  {e}")).unwrap_or_default(), bad),
            ],
        );
    }
}
