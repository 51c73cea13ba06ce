//! The top line (where, who, how fresh, what is allowed) and the bottom line (the keys that matter here).
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::act::Act;
use super::data::Data;
use super::io::Saying;
use super::layers::prompt::input_line;
use super::paint::Paint;
use super::screens::Screen;
use super::theme::Role;
use crate::base::{Span, Text};
use crate::model::ReadingState;
use crate::ui::edit::Edit;
use crate::views::plain::cells;

/// A part of the top line; the least important go first when there is too little room.
struct Part {
    rank: u8,
    text: String,
    style: Style,
}

/// Draws the top line.
pub fn top(paint: &mut Paint<'_>, line: Rect, data: &Data) {
    let style = paint.style(Role::Line);
    paint.clear(line, style);
    let mut parts = parts(paint, data);
    let width = |parts: &[Part]| parts.iter().map(|p| cells(&p.text) + 3).sum::<usize>();
    while parts.len() > 1 && width(&parts) > usize::from(line.width) {
        let Some(k) = (0..parts.len()).max_by_key(|k| parts.get(*k).map_or(0, |p| p.rank)) else { break };
        parts.remove(k);
    }
    let border = style.patch(paint.style(Role::Border));
    let mut x = line.x;
    for (k, part) in parts.iter().enumerate() {
        if k > 0 {
            x += paint.text(x, line.y, line.right().saturating_sub(x), " │ ", border);
        }
        x += paint.cut(x, line.y, line.right().saturating_sub(x), &part.text, part.style);
    }
}

fn parts(paint: &Paint<'_>, data: &Data) -> Vec<Part> {
    let line = paint.style(Role::Line);
    let on = |role| line.patch(paint.style(role));
    let mut parts = vec![Part { rank: 9, text: " bellboard".to_owned(), style: on(Role::Dim) }];
    let Some(card) = data.card() else {
        parts.push(Part { rank: 0, text: "no controller".to_owned(), style: on(Role::Warning) });
        return parts;
    };
    let several = data.parts.controllers.len();
    let others = if data.only.is_none() && several > 1 { format!(" +{}", several - 1) } else { String::new() };
    let simulated = if data.parts.simulated { " SIMULATED" } else { "" };
    let mark = if card.production { " PRODUCTION" } else { "" };
    let role = if card.production && !data.parts.simulated { Role::Production } else { Role::Other };
    parts.push(Part { rank: 0, text: format!(" {}{mark}{simulated}{others} ", card.id), style: paint.style(role) });
    if let Some(host) = card.url.host_str() {
        parts.push(Part { rank: 6, text: Text::line(host).to_string(), style: on(Role::Dim) });
    }
    match data.controller(&card.id) {
        Some(c) => {
            let (state, role) =
                if c.quieting_down { ("▼ quieting down", Role::Bad) } else { ("● accepting", Role::Good) };
            parts.push(Part { rank: 5, text: c.version.to_string(), style: line });
            parts.push(Part { rank: 3, text: state.to_owned(), style: on(role) });
        }
        None => parts.push(Part { rank: 3, text: format!("{} connecting", paint.spinner()), style: on(Role::Moving) }),
    }
    parts.push(allowed(paint, data, &card.id));
    parts.push(Part { rank: 8, text: "window: none configured".to_owned(), style: on(Role::Dim) });
    parts.push(freshness(paint, data));
    parts
}

/// `op2: read-only (a arms)`, or the countdown while armed.
fn allowed(paint: &Paint<'_>, data: &Data, id: &crate::model::ControllerId) -> Part {
    let line = paint.style(Role::Line);
    if let Some(until) = data.armed_until(id) {
        let text = format!(" ARMED {} ", Span(until.since(data.now)));
        return Part { rank: 1, text, style: paint.style(Role::Armed) };
    }
    let style = line.patch(paint.style(Role::ReadOnly));
    let text = match data.standing.get(id) {
        None => "you: …".to_owned(),
        Some(s) if s.operator => {
            format!("{}: read-only ({} arms)", s.who, data.keymap.key_of(Act::Arm))
        }
        Some(s) => format!("{}: read-only", s.who),
    };
    Part { rank: 2, text, style }
}

/// The oldest of what is shown: `⟳ live`, `⟳ 40s old`, or that it cannot be read.
fn freshness(paint: &Paint<'_>, data: &Data) -> Part {
    let line = paint.style(Role::Line);
    let mut worst: Option<(u64, bool)> = None;
    for (_, j) in data.survey.jenkins().filter(|(id, _)| data.shows(id)) {
        let parts = [
            (&j.controller.state, j.controller.read_at),
            (&j.nodes.state, j.nodes.read_at),
            (&j.queue.state, j.queue.read_at),
        ];
        for (state, read_at) in parts {
            let Some(read_at) = read_at else { continue };
            let failing = matches!(state, ReadingState::Failing { .. });
            let age = data.now.since(read_at).as_secs();
            worst = Some(worst.map_or((age, failing), |(a, f)| (a.max(age), f || failing)));
        }
    }
    // Ages that change with every second would make an idle screen write all the time.
    let (text, role) = match worst {
        None => ("⟳ nothing read yet".to_owned(), Role::Dim),
        Some((age, true)) => (format!("✕ {} old", Span(std::time::Duration::from_secs(age))), Role::Bad),
        Some((0..20, false)) => ("⟳ live".to_owned(), Role::Good),
        Some((age @ 20..60, false)) => (format!("⟳ {}s old", age / 10 * 10), Role::Dim),
        Some((age, false)) => (format!("⟳ {} old", Span(std::time::Duration::from_secs(age / 60 * 60))), Role::Warning),
    };
    Part { rank: 4, text, style: line.patch(paint.style(role)) }
}

/// What the bottom line shows.
#[derive(Debug)]
pub struct Bottom<'a> {
    pub screen: Screen,
    /// A page lies over the screen.
    pub page: Option<&'static str>,
    pub hints: Vec<Act>,
    pub message: Option<&'a (Saying, Text)>,
    pub filter: Option<(&'a Edit, Option<(usize, String)>)>,
    /// Keys pressed so far of something longer.
    pub pending: String,
}

/// Draws the bottom line; gives where the tabs are, for the mouse.
pub fn bottom(paint: &mut Paint<'_>, line: Rect, data: &Data, bottom: &Bottom<'_>) -> Vec<(Rect, Act)> {
    let style = paint.style(Role::Line);
    paint.clear(line, style);
    if let Some((edit, error)) = &bottom.filter {
        filter_line(paint, line, edit, error.as_ref());
        return Vec::new();
    }
    if let Some((kind, text)) = bottom.message {
        let (sign, role) = match kind {
            Saying::Done => ("✓", Role::Good),
            Saying::Warning => ("!", Role::Warning),
            Saying::Failed => ("✕", Role::Bad),
        };
        let style = style.patch(paint.style(role));
        paint.cut(line.x + 1, line.y, line.width.saturating_sub(1), &format!("{sign} {text}"), style);
        return Vec::new();
    }
    let key = style.patch(paint.style(Role::Key));
    let dim = style.patch(paint.style(Role::Dim));
    let mut x = line.x;
    let mut tabs = Vec::new();
    let narrow = line.width < 100;
    for (screen, act) in Screen::ALL {
        let here = screen == bottom.screen;
        let name = data.keymap.key_of(act);
        let text = if narrow && !here { format!(" {name}") } else { format!(" {name} {}", act.info().short) };
        let begin = x;
        let current =
            if here { style.patch(paint.style(Role::Name)).patch(paint.style(Role::Selected)) } else { style };
        x += paint.text(x, line.y, line.right().saturating_sub(x), &text, if here { current } else { dim });
        tabs.push((Rect { x: begin, y: line.y, width: x - begin, height: 1 }, act));
    }
    let border = style.patch(paint.style(Role::Border));
    x += paint.text(x, line.y, line.right().saturating_sub(x), " │ ", border);
    if let Some(page) = bottom.page {
        x += paint.text(x, line.y, line.right().saturating_sub(x), &format!("{page}: "), style);
    }
    if !bottom.pending.is_empty() {
        paint.text(x, line.y, line.right().saturating_sub(x), &format!("{} …", bottom.pending), key);
        return tabs;
    }
    for act in &bottom.hints {
        let (name, word) = (data.keymap.key_of(*act), act.info().short);
        if cells(&name) + cells(word) + 3 > usize::from(line.right().saturating_sub(x)) {
            break;
        }
        x += paint.text(x, line.y, line.right().saturating_sub(x), &format!("{name} "), key);
        x += paint.text(x, line.y, line.right().saturating_sub(x), &format!("{word}  "), style);
    }
    tabs
}

fn filter_line(paint: &mut Paint<'_>, line: Rect, edit: &Edit, error: Option<&(usize, String)>) {
    let style = paint.style(Role::Line);
    match error {
        None => {
            let dim = style.patch(paint.style(Role::Dim));
            let hint = "words, label:GPU -state:idle age>10m   ⏎ keep  esc clear ";
            let room = usize::from(line.width).saturating_sub(edit.text().chars().count() + 4);
            if room > cells(hint) {
                paint.right(line, line.y, hint, dim);
            }
        }
        Some((at, words)) => {
            let bad = style.patch(paint.style(Role::Bad));
            let x = u16::try_from(edit.text().chars().count() + 4).unwrap_or(line.width);
            paint.cut(line.x + x, line.y, line.width.saturating_sub(x), &format!("✕ {words}"), bad);
            let _ = at;
        }
    }
    input_line(paint, Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line }, "/", edit);
    if let Some((at, _)) = error {
        // What is wrong is underlined from where it begins to the end of the word.
        let text = edit.text();
        let from = text.get(..*at).map_or(0, cells);
        let word = text.get(*at..).and_then(|t| t.split(' ').next()).map_or(0, cells);
        let x = line.x + 2 + u16::try_from(from).unwrap_or(0);
        let bad = paint.style(Role::Bad);
        let width = u16::try_from(word).unwrap_or(0);
        paint.wash(Rect { x, y: line.y, width, height: 1 }.intersection(line), bad);
    }
}
