//! A list with a cursor: what is selected stays selected and stays where it is on the screen when the data changes.
use std::cell::Cell;
use std::collections::BTreeSet;

use crate::views::{Context, Filter, FilterError, Finder, Key, Row};

/// Rows in some order, some of them hidden by a filter, one under the cursor, some marked.
#[derive(Debug)]
pub struct List<R: Row> {
    rows: Vec<R>,
    /// Indexes of `rows` that are shown, in order.
    shown: Vec<usize>,
    /// The row under the cursor when it vanished; it stays until the cursor moves.
    ghost: Option<R>,
    at: usize,
    /// The line of the cursor below the first line shown.
    line: usize,
    marks: BTreeSet<Key>,
    typed: String,
    filter: Filter,
    error: Option<FilterError>,
    order: Option<usize>,
    down: bool,
    /// Somebody moved the cursor; before, it stays on whatever comes first.
    moved: bool,
    height: Cell<usize>,
    finder: Finder,
}

/// What a line of the list is.
#[derive(Debug)]
pub struct Line<'a, R> {
    pub row: &'a R,
    pub selected: bool,
    pub marked: bool,
    /// It is not there any more.
    pub ghost: bool,
}

impl<R: Row> Default for List<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            shown: Vec::new(),
            ghost: None,
            at: 0,
            line: 0,
            marks: BTreeSet::new(),
            typed: String::new(),
            filter: Filter::default(),
            error: None,
            order: R::COLUMNS.iter().position(|c| c.id == R::ORDER.0),
            down: R::ORDER.1,
            moved: false,
            height: Cell::new(20),
            finder: Finder::default(),
        }
    }
}

impl<R: Row> List<R> {
    /// New data. The cursor stays on its row and its line; marks of rows that are gone go too.
    pub fn set(&mut self, rows: Vec<R>, context: &Context) {
        let before = self.selected().cloned();
        self.rows = rows;
        if !self.marks.is_empty() {
            let there: BTreeSet<Key> = self.rows.iter().map(Row::key).collect();
            self.marks.retain(|k| there.contains(k));
        }
        self.arrange(context, before);
    }

    /// Filters and sorts again, the cursor on `keep` if it is still there, else on its ghost.
    fn arrange(&mut self, context: &Context, keep: Option<R>) {
        let Self { rows, filter, finder, .. } = self;
        let mut shown: Vec<usize> =
            if filter.is_empty() { (0..rows.len()).collect() } else { finder.pick(filter, rows, context) };
        if let Some(column) = self.order.and_then(|c| R::COLUMNS.get(c)) {
            shown.sort_by_cached_key(|i| self.rows.get(*i).map(|r| (column.sort)(r, context)));
            if self.down {
                shown.reverse();
            }
        }
        self.shown = shown;
        self.ghost = None;
        if let Some(row) = keep.filter(|_| self.moved) {
            let key = row.key();
            let found = self.shown.iter().position(|i| self.rows.get(*i).is_some_and(|r| r.key() == key));
            match found {
                Some(at) => self.at = at,
                None => {
                    self.at = self.at.min(self.shown.len());
                    self.ghost = Some(row);
                }
            }
        }
        self.clamp();
    }

    fn clamp(&mut self) {
        self.at = self.at.min(self.len().saturating_sub(1));
        let height = self.height.get().max(1);
        self.line = self.line.min(height - 1).min(self.at);
        // No empty lines below the last while there are rows above the first.
        let below = self.len().saturating_sub(self.at);
        if below + self.line < height {
            self.line = height.saturating_sub(below).min(self.at);
        }
    }

    /// How many lines there are, the ghost's included.
    pub fn len(&self) -> usize {
        self.shown.len() + usize::from(self.ghost.is_some())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows there are without the filter.
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    #[cfg(test)]
    pub fn at(&self) -> usize {
        self.at
    }

    fn row(&self, line: usize) -> Option<(&R, bool)> {
        let ghost = match &self.ghost {
            Some(ghost) if line == self.at => return Some((ghost, true)),
            Some(_) if line > self.at => 1,
            _ => 0,
        };
        Some((self.rows.get(*self.shown.get(line - ghost)?)?, false))
    }

    /// The row under the cursor, or its ghost.
    pub fn selected(&self) -> Option<&R> {
        self.row(self.at).map(|(row, _)| row)
    }

    pub fn is_ghost(&self) -> bool {
        self.ghost.is_some()
    }

    /// The lines that are seen when `height` of them fit.
    pub fn lines(&self, height: usize) -> impl Iterator<Item = Line<'_, R>> {
        self.height.set(height.max(1));
        let first = self.first(height);
        (first..self.len().min(first + height)).filter_map(move |line| {
            let (row, ghost) = self.row(line)?;
            let marked = !self.marks.is_empty() && self.marks.contains(&row.key());
            Some(Line { row, selected: line == self.at, marked, ghost })
        })
    }

    /// The first line that is seen.
    pub fn first(&self, height: usize) -> usize {
        let line = self.line.min(height.saturating_sub(1));
        self.at.saturating_sub(line).min(self.len().saturating_sub(height))
    }

    /// How many lines were seen when it was last drawn.
    pub fn height(&self) -> usize {
        self.height.get()
    }

    /// Moves the cursor by so many lines; the ghost goes.
    pub fn by(&mut self, lines: isize) {
        self.moved = true;
        let target = self.at.saturating_add_signed(lines);
        let past_ghost = self.ghost.take().is_some() && target > self.at;
        let target = if past_ghost { target - 1 } else { target };
        self.to(target);
    }

    /// Moves the cursor to a line.
    pub fn to(&mut self, line: usize) {
        self.moved = true;
        self.ghost = None;
        let before = self.at;
        self.at = line.min(self.len().saturating_sub(1));
        self.line = self.line.saturating_add_signed(self.at as isize - before as isize);
        self.clamp();
    }

    /// Scrolls by so many lines; the cursor is dragged along at the edges.
    pub fn scroll(&mut self, lines: isize) {
        self.moved = true;
        let height = self.height.get().max(1);
        let first = self.first(height).saturating_add_signed(lines).min(self.len().saturating_sub(height));
        self.at = self.at.clamp(first, first + height - 1);
        self.line = self.at.saturating_sub(first);
        self.clamp();
    }

    /// Puts the cursor on the row of this key; says whether it is shown.
    pub fn select(&mut self, key: &Key) -> bool {
        let found = self.shown.iter().position(|i| self.rows.get(*i).is_some_and(|r| r.key() == *key));
        if let Some(line) = found {
            self.to(line);
        }
        found.is_some()
    }

    /// Marks the row under the cursor, or takes its mark away.
    pub fn mark(&mut self) {
        self.moved = true;
        let Some(key) = self.selected().filter(|_| self.ghost.is_none()).map(Row::key) else { return };
        if !self.marks.remove(&key) {
            self.marks.insert(key);
        }
    }

    /// Marks all that are shown; if they are all marked, none.
    pub fn mark_all(&mut self) {
        let keys: BTreeSet<Key> = self.visible().map(Row::key).collect();
        if keys.iter().all(|k| self.marks.contains(k)) {
            self.marks.clear();
        } else {
            self.marks.extend(keys);
        }
    }

    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    pub fn clear_marks(&mut self) {
        self.marks.clear();
    }

    /// Marked rows that the filter hides.
    pub fn hidden_marks(&self) -> usize {
        if self.marks.is_empty() {
            return 0;
        }
        let seen = self.visible().filter(|r| self.marks.contains(&r.key())).count();
        self.marks.len() - seen
    }

    /// What an action is for: the marked rows, hidden ones too, else the one under the cursor.
    pub fn chosen(&self) -> Vec<&R> {
        if self.marks.is_empty() {
            return self.selected().filter(|_| self.ghost.is_none()).into_iter().collect();
        }
        self.rows.iter().filter(|r| self.marks.contains(&r.key())).collect()
    }

    /// The rows that the filter lets through, in order.
    pub fn visible(&self) -> impl Iterator<Item = &R> {
        self.shown.iter().filter_map(|i| self.rows.get(*i))
    }

    /// What was typed as the filter.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    pub fn error(&self) -> Option<&FilterError> {
        self.error.as_ref()
    }

    /// Filters by what was typed; while it has a mistake, the last filter without one holds.
    pub fn filter(&mut self, typed: &str, context: &Context) {
        self.typed = typed.to_owned();
        match Filter::parse::<R>(typed) {
            Ok(filter) => {
                self.filter = filter;
                self.error = None;
                let before = self.selected().cloned();
                self.arrange(context, None);
                // A row that the filter hides is no ghost: it is still there.
                if let Some(key) = before.map(|r| r.key()) {
                    self.select(&key);
                }
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Sorts by the next column; after the last one, as at first.
    pub fn next_order(&mut self, context: &Context) {
        let next = self.order.map_or(0, |c| c + 1);
        self.order = Some(if next < R::COLUMNS.len() { next } else { 0 });
        self.down = false;
        let keep = self.selected().cloned();
        self.arrange(context, keep);
    }

    /// Turns the order round.
    pub fn reverse(&mut self, context: &Context) {
        self.down = !self.down;
        let keep = self.selected().cloned();
        self.arrange(context, keep);
    }

    /// The column that it is sorted by, and whether downwards.
    pub fn order(&self) -> Option<(usize, bool)> {
        self.order.map(|c| (c, self.down))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::views::testing::{at, runs, snapshot};
    use crate::views::{NodeRow, Survey};

    fn context() -> Context {
        Context { now: at(), several: false }
    }

    fn nodes() -> Vec<NodeRow> {
        Survey::new(snapshot(), runs()).nodes()
    }

    fn name(list: &List<NodeRow>) -> String {
        list.selected().map(|r| r.name().to_string()).unwrap_or_default()
    }

    fn screen(list: &List<NodeRow>, height: usize) -> Vec<String> {
        list.lines(height).map(|l| l.row.name().to_string()).collect()
    }

    #[test]
    fn the_cursor_stays_on_its_row_and_its_line_when_rows_come_before_it() {
        let mut list = List::default();
        list.set(nodes().split_off(6), &context());
        screen(&list, 10);
        list.by(25);
        list.scroll(4);
        let (before, line) = (name(&list), list.at() - list.first(10));
        list.set(nodes(), &context());
        screen(&list, 10);
        assert_eq!((name(&list), list.at() - list.first(10)), (before, line));
    }

    #[test]
    fn a_row_that_vanished_stays_as_a_ghost_until_the_cursor_moves() {
        let mut list = List::default();
        list.set(nodes(), &context());
        list.by(3);
        let gone = name(&list);
        let rest: Vec<_> = nodes().into_iter().filter(|r| r.name() != *gone).collect();
        list.set(rest.clone(), &context());
        assert!(list.is_ghost());
        assert_eq!((name(&list), list.len()), (gone.clone(), nodes().len()));
        assert!(list.chosen().is_empty(), "nothing can be done to what is not there");
        list.set(rest, &context());
        assert_eq!(name(&list), gone);
        list.by(1);
        assert!(!list.is_ghost());
        assert_eq!((list.at(), list.len()), (3, nodes().len() - 1));
    }

    #[test]
    fn a_filter_keeps_the_cursor_where_it_can_and_marks_where_they_are() {
        let mut list = List::default();
        list.set(nodes(), &context());
        list.filter("label:GPU", &context());
        assert_eq!(list.len(), 12);
        list.mark_all();
        list.filter("label:ARM", &context());
        assert_eq!((list.marks(), list.hidden_marks(), list.chosen().len()), (12, 12, 12));
        list.filter("lable:ARM", &context());
        assert!(list.error().is_some());
        assert_eq!(list.len(), 6, "the last good filter holds");
        list.filter("", &context());
        list.clear_marks();
        list.mark();
        assert_eq!(list.chosen().len(), 1);
    }

    proptest! {
        #[test]
        fn never_loses_the_cursor(steps in proptest::collection::vec((0..7_u8, -90..90_isize, 1..50_usize), 1..40)) {
            let mut list = List::default();
            for (what, by, height) in steps {
                match what {
                    0 => list.set(nodes().into_iter().take(by.unsigned_abs()).collect(), &context()),
                    1 => list.by(by),
                    2 => list.scroll(by),
                    3 => list.next_order(&context()),
                    4 => list.reverse(&context()),
                    5 => list.filter(["", "gpu", "state:idle"][height % 3], &context()),
                    _ => list.mark(),
                }
                let lines: Vec<_> = list.lines(height).collect();
                prop_assert_eq!(lines.len(), list.len().min(height));
                if !list.is_empty() {
                    prop_assert_eq!(lines.iter().filter(|l| l.selected).count(), 1);
                }
            }
        }
    }
}
