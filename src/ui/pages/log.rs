//! A log being looked at: followed at its end, searched, from error to error, stages folded.
use std::cell::Cell;
use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use crate::base::Text;
use crate::model::Topic;
use crate::ui::act::Act;
use crate::ui::data::Data;
use crate::ui::detail::LogText;
use crate::ui::edit::Edit;
use crate::ui::layers::prompt::input_line;
use crate::ui::paint::Paint;
use crate::ui::theme::Role;

/// How one looks at a log.
#[derive(Debug)]
pub struct LogView {
    pub topic: Topic,
    /// The line under the cursor, in the log.
    at: usize,
    follow: bool,
    typing: Option<Edit>,
    query: String,
    /// First lines of stages that are folded.
    folded: BTreeSet<usize>,
    /// Lines that folds hide, from and to (not included).
    hidden: Vec<(usize, usize)>,
    epoch: u64,
    len: usize,
    height: Cell<usize>,
    note: Option<&'static str>,
}

/// A line that looks as if something failed. Words as compilers, test runners and Jenkins itself write them.
pub fn is_error(line: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "error:",
        "error ",
        "fatal:",
        "failed",
        "failure",
        "exception",
        "traceback",
        "panicked",
        "segmentation fault",
        "exit code",
        "no space left",
        "permission denied",
    ];
    const NOT: [&str; 4] = ["0 failed", "0 errors", "0 failures", "exit code 0"];
    let lower = line.to_ascii_lowercase();
    SIGNS.iter().any(|s| lower.contains(s)) && !NOT.iter().any(|s| lower.contains(s))
}

/// `[Pipeline] { (Build)`: the beginning of a stage, as workflow-cps writes it.
fn stage_begin(line: &str) -> bool {
    line.starts_with("[Pipeline] { (")
}

impl LogView {
    pub fn new(topic: Topic) -> Self {
        Self {
            topic,
            at: 0,
            follow: true,
            typing: None,
            query: String::new(),
            folded: BTreeSet::new(),
            hidden: Vec::new(),
            epoch: 0,
            len: 0,
            height: Cell::new(20),
            note: None,
        }
    }

    fn log<'a>(&self, data: &'a Data) -> Option<&'a LogText> {
        Some(&data.details.get(&self.topic)?.log)
    }

    /// The log grew, or began anew.
    pub fn refresh(&mut self, data: &Data) {
        let Some(log) = self.log(data) else { return };
        if log.epoch != self.epoch {
            self.epoch = log.epoch;
            self.folded.clear();
            self.hidden.clear();
        } else if !self.folded.is_empty() && log.lines.len() != self.len {
            self.hidden = self.ranges(log);
        }
        self.len = log.lines.len();
        if self.follow {
            self.at = log.lines.len().saturating_sub(1);
        }
        self.at = self.at.min(log.lines.len().saturating_sub(1));
    }

    fn ranges(&self, log: &LogText) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for from in &self.folded {
            let to = stage_end(log, *from);
            if out.last().is_none_or(|(_, end)| *from >= *end) {
                out.push((from + 1, to));
            }
        }
        out
    }

    /// Lines that are seen, from `first` on, at most `most`; goes over folds.
    fn seen(&self, first: usize, most: usize) -> Vec<usize> {
        let mut out = Vec::with_capacity(most);
        let mut line = first;
        while out.len() < most && line < self.len {
            match self.hidden.iter().find(|(from, to)| (*from..*to).contains(&line)) {
                Some((_, to)) => line = (*to).max(line + 1),
                None => {
                    out.push(line);
                    line += 1;
                }
            }
        }
        out
    }

    /// So many seen lines before or after a line.
    fn off(&self, mut line: usize, by: isize) -> usize {
        for _ in 0..by.unsigned_abs() {
            let next = if by > 0 { line + 1 } else { line.saturating_sub(1) };
            let next = match self.hidden.iter().find(|(from, to)| (*from..*to).contains(&next)) {
                Some((_, to)) if by > 0 => *to,
                Some((from, _)) => from.saturating_sub(1),
                None => next,
            };
            if next >= self.len {
                break;
            }
            line = next;
        }
        line
    }

    fn go(&mut self, by: isize) {
        self.at = self.off(self.at, by);
        self.follow = self.at + 1 >= self.len;
    }

    pub fn wheel(&mut self, lines: isize) {
        self.go(lines);
    }

    /// Takes a key while a search is typed.
    pub fn key(&mut self, key: KeyEvent, data: &Data) -> bool {
        let Some(edit) = &mut self.typing else { return false };
        match key.code {
            KeyCode::Esc => {
                self.typing = None;
                self.query.clear();
            }
            KeyCode::Enter => self.typing = None,
            _ => {
                edit.key(key);
                self.query = edit.text().to_lowercase();
                let from = self.at;
                self.find(data, from, true, |line, q| line.to_lowercase().contains(q));
            }
        }
        true
    }

    pub fn paste(&mut self, text: &str) -> bool {
        match &mut self.typing {
            Some(edit) => {
                edit.insert(text);
                self.query = edit.text().to_lowercase();
                true
            }
            None => false,
        }
    }

    fn find(&mut self, data: &Data, from: usize, down: bool, is: impl Fn(&str, &str) -> bool) {
        let Some(log) = self.log(data) else { return };
        let query = self.query.as_str();
        let hit = |i: &usize| log.lines.get(*i).is_some_and(|l| is(l, query));
        let found = if down {
            (from..log.lines.len()).find(hit).or_else(|| (0..from.min(log.lines.len())).find(hit))
        } else {
            let from = from.min(log.lines.len());
            (0..from).rev().find(hit).or_else(|| (from..log.lines.len()).rev().find(hit))
        };
        self.note = if found.is_none() { Some("not found") } else { None };
        if let Some(line) = found {
            self.at = line;
            self.follow = false;
            self.hidden.retain(|(from, to)| !(*from..*to).contains(&line));
            self.folded.retain(|f| self.hidden.iter().any(|(from, _)| *from == f + 1));
        }
    }

    /// Takes what a key means; says whether it meant something here.
    pub fn act(&mut self, act: Act, data: &Data) -> bool {
        let page = isize::try_from(self.height.get().max(2)).unwrap_or(20);
        self.note = None;
        let matches = |line: &str, q: &str| !q.is_empty() && line.to_lowercase().contains(q);
        let error = |line: &str, _: &str| is_error(line);
        match act {
            Act::Down => self.go(1),
            Act::Up => self.go(-1),
            Act::HalfDown => self.go(page / 2),
            Act::HalfUp => self.go(-page / 2),
            Act::PageDown => self.go(page - 1),
            Act::PageUp => self.go(1 - page),
            Act::Top => {
                self.at = 0;
                self.follow = false;
            }
            Act::Bottom => {
                self.at = self.len.saturating_sub(1);
                self.follow = true;
            }
            Act::Follow => {
                self.follow = !self.follow;
                self.refresh(data);
            }
            Act::Search | Act::Filter => self.typing = Some(Edit::new(&self.query)),
            Act::NextMatch => self.find(data, self.at + 1, true, matches),
            Act::PreviousMatch => self.find(data, self.at, false, matches),
            Act::NextError => self.find(data, self.at + 1, true, error),
            Act::PreviousError => self.find(data, self.at, false, error),
            Act::Fold => self.fold(data),
            Act::FoldAll => self.fold_all(data),
            _ => return false,
        }
        true
    }

    fn fold(&mut self, data: &Data) {
        let Some(log) = self.log(data) else { return };
        let begin = (0..=self.at).rev().find(|i| log.lines.get(*i).is_some_and(|l| stage_begin(l)));
        let Some(begin) = begin.filter(|b| *b == self.at || stage_end(log, *b) > self.at) else {
            self.note = Some("no stage here");
            return;
        };
        if !self.folded.remove(&begin) {
            self.folded.insert(begin);
        }
        self.hidden = self.ranges(log);
        self.at = begin;
        self.follow = false;
    }

    fn fold_all(&mut self, data: &Data) {
        let Some(log) = self.log(data) else { return };
        if self.folded.is_empty() {
            self.folded = log.lines.iter().enumerate().filter(|(_, l)| stage_begin(l)).map(|(i, _)| i).collect();
        } else {
            self.folded.clear();
        }
        self.hidden = self.ranges(log);
        if let Some((from, _)) = self.hidden.iter().find(|(from, to)| (*from..*to).contains(&self.at)) {
            self.at = from.saturating_sub(1);
        }
        self.follow = false;
    }

    pub fn draw(&self, paint: &mut Paint<'_>, area: Rect, data: &Data, focus: bool) {
        let title = self.title(data);
        let inner = paint.frame(area, &title, focus);
        let dim = paint.style(Role::Dim);
        let Some(detail) = data.details.get(&self.topic).filter(|d| d.heard) else {
            let words = format!("{} reading the log… {}s", paint.spinner(), data.waited(data.began).as_secs() % 3600);
            paint.cut(inner.x + 1, inner.y, inner.width, &words, dim);
            return;
        };
        let mut body = inner;
        if let Some(problem) = &detail.problem {
            let bad = paint.style(Role::Bad);
            let used = paint.folded(body, &problem.to_string(), bad);
            body.y += used;
            body.height -= used;
        }
        if let Some(edit) = &self.typing
            && body.height > 1
        {
            body.height -= 1;
            input_line(paint, Rect { y: body.bottom(), height: 1, ..body }, "/", edit);
        }
        self.height.set(usize::from(body.height).max(1));
        if detail.log.lines.is_empty() && detail.problem.is_none() {
            paint.cut(body.x + 1, body.y, body.width, "the log is empty so far", dim);
        }
        self.lines(paint, body, &detail.log, focus);
    }

    fn title(&self, data: &Data) -> String {
        let Some(log) = self.log(data) else { return "log".to_owned() };
        let mut title = format!("log ─ {} lines", log.lines.len() + log.dropped);
        if log.dropped > 0 || log.skipped > 0 {
            title += ", its beginning left out";
        }
        title += match (self.follow, log.more) {
            (true, true) => " ─ following",
            (false, true) => " ─ still growing",
            (_, false) => " ─ complete",
        };
        if !self.query.is_empty() {
            title += &format!(" ─ /{}", Text::line(&self.query));
        }
        if let Some(note) = self.note {
            title += &format!(" ─ {note}");
        }
        title
    }

    fn lines(&self, paint: &mut Paint<'_>, body: Rect, log: &LogText, focus: bool) {
        let height = usize::from(body.height);
        let first = if self.follow {
            self.off(self.at, 1 - isize::try_from(height).unwrap_or(1))
        } else {
            self.off(self.at, -isize::try_from(height / 2).unwrap_or(0))
        };
        for (k, line) in self.seen(first, height).into_iter().enumerate() {
            let Some(text) = log.lines.get(line) else { continue };
            let y = body.y + u16::try_from(k).unwrap_or(0);
            let style = match (is_error(text), text.starts_with("[Pipeline]"), text.starts_with("+ ")) {
                (true, ..) => paint.style(Role::Bad),
                (_, true, _) => paint.style(Role::Dim),
                (_, _, true) => paint.style(Role::Busy),
                _ => paint.style(Role::Text),
            };
            let folded = self.folded.contains(&line);
            let sign = if folded {
                "▸"
            } else if stage_begin(text) {
                "▾"
            } else {
                " "
            };
            let dim = paint.style(Role::Dim);
            paint.text(body.x, y, 1, sign, dim);
            let shown =
                if folded { format!("{text} … {} lines", stage_end(log, line) - line - 1) } else { text.to_string() };
            paint.cut(body.x + 1, y, body.width.saturating_sub(1), &shown, style);
            self.highlight(paint, body, y, &shown);
            if line == self.at && focus && !self.follow {
                let style = paint.style(Role::Selected);
                paint.wash(Rect { y, height: 1, ..body }, style);
            }
        }
        paint.scrollbar(body, first, self.len);
    }

    fn highlight(&self, paint: &mut Paint<'_>, body: Rect, y: u16, text: &str) {
        if self.query.is_empty() {
            return;
        }
        let Some(at) = text.to_lowercase().find(&self.query) else { return };
        let before = text.get(..at).map_or(0, crate::views::plain::cells);
        let x = body.x + 1 + u16::try_from(before).unwrap_or(u16::MAX / 2);
        let width = u16::try_from(crate::views::plain::cells(&self.query)).unwrap_or(0);
        if x < body.right() {
            let style = paint.style(Role::Match);
            paint.wash(Rect { x, y, width: width.min(body.right() - x), height: 1 }, style);
        }
    }
}

/// Where a stage that begins at `from` ends: after its closing bracket.
fn stage_end(log: &LogText, from: usize) -> usize {
    let mut depth = 0_usize;
    for (i, line) in log.lines.iter().enumerate().skip(from) {
        if line.starts_with("[Pipeline] {") {
            depth += 1;
        } else if line.starts_with("[Pipeline] }") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return i + 1;
            }
        }
    }
    log.lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_error() {
        for line in [
            "src/a.cc:3: error: x",
            "FAILED tests/test_a.py",
            "Traceback (most recent call last):",
            "script returned exit code 1",
        ] {
            assert!(is_error(line), "{line}");
        }
        for line in ["12 passed, 0 failed", "returned exit code 0", "all fine", "terrors"] {
            assert!(!is_error(line), "{line}");
        }
    }
}
