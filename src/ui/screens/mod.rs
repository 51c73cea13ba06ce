//! The screens that numbers jump to, and the lists that they are made of.
pub mod board;
pub mod heat;
pub mod lists;

use super::act::Act;
use super::data::{Data, Thing};
use super::list::List;
use crate::base::Text;
use crate::views::{
    BellRow, BuildRow, Context, FilterField, NodeRow, QueueRow, Row, RunRow, RunbookRow, SourceRow, csv, json,
};

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    Board,
    Queue,
    Nodes,
    Builds,
    Runbooks,
    Sources,
}

impl Screen {
    /// In the order of the tab bar. Numbers in between are kept for screens that are to come.
    pub const ALL: [(Self, Act); 6] = [
        (Self::Board, Act::Board),
        (Self::Queue, Act::Queue),
        (Self::Nodes, Act::Nodes),
        (Self::Builds, Act::Builds),
        (Self::Runbooks, Act::Runbooks),
        (Self::Sources, Act::Sources),
    ];

    pub const fn about(self) -> &'static str {
        match self {
            Self::Board => "the board: what needs somebody, and how everything is",
            Self::Queue => "the queue: what waits, and why",
            Self::Nodes => "nodes: what they are, what they run, why not",
            Self::Builds => "builds: running and recent",
            Self::Runbooks => "runbooks: what can be run, what runs, what ran",
            Self::Sources => "sources: how fresh everything is",
        }
    }
}

/// The list that has the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Bells,
    Runs,
    Queue,
    Nodes,
    Builds,
    Books,
    Sources,
}

/// Every list once; two screens may show the same one.
#[derive(Debug, Default)]
pub struct Lists {
    pub bells: List<BellRow>,
    pub runs: List<RunRow>,
    pub queue: List<QueueRow>,
    pub nodes: List<NodeRow>,
    pub builds: List<BuildRow>,
    pub books: List<RunbookRow>,
    pub sources: List<SourceRow>,
}

/// What every list can do, whatever its rows are.
pub trait AnyList {
    fn by(&mut self, lines: isize);
    fn to(&mut self, line: usize);
    fn scroll(&mut self, lines: isize);
    fn height(&self) -> usize;
    fn mark(&mut self);
    fn mark_all(&mut self);
    fn clear_marks(&mut self) -> bool;
    fn next_order(&mut self, context: &Context);
    fn reverse(&mut self, context: &Context);
    fn filter(&mut self, typed: &str, context: &Context);
    fn typed(&self) -> &str;
    fn error(&self) -> Option<(usize, String)>;
    fn names(&self) -> Vec<Text>;
    fn export(&self, csv: bool, context: &Context) -> String;
    fn name(&self) -> &'static str;
    fn filters(&self) -> &'static [FilterField];
    fn gone(&self) -> bool;
}

impl<R: Row> AnyList for List<R> {
    fn by(&mut self, lines: isize) {
        Self::by(self, lines);
    }

    fn to(&mut self, line: usize) {
        Self::to(self, line);
    }

    fn scroll(&mut self, lines: isize) {
        Self::scroll(self, lines);
    }

    fn height(&self) -> usize {
        Self::height(self)
    }

    fn mark(&mut self) {
        Self::mark(self);
    }

    fn mark_all(&mut self) {
        Self::mark_all(self);
    }

    fn clear_marks(&mut self) -> bool {
        let any = self.marks() > 0;
        Self::clear_marks(self);
        any
    }

    fn next_order(&mut self, context: &Context) {
        Self::next_order(self, context);
    }

    fn reverse(&mut self, context: &Context) {
        Self::reverse(self, context);
    }

    fn filter(&mut self, typed: &str, context: &Context) {
        Self::filter(self, typed, context);
    }

    fn typed(&self) -> &str {
        Self::typed(self)
    }

    fn error(&self) -> Option<(usize, String)> {
        Self::error(self).map(|e| (e.at.start, e.to_string()))
    }

    fn names(&self) -> Vec<Text> {
        self.chosen().into_iter().map(Row::name).collect()
    }

    fn export(&self, as_csv: bool, context: &Context) -> String {
        let rows: Vec<&R> = if self.marks() > 0 { self.chosen() } else { self.visible().collect() };
        if as_csv {
            return csv(rows, context);
        }
        let rows: Vec<R> = rows.into_iter().cloned().collect();
        serde_json::to_string_pretty(&json(&rows, context)).unwrap_or_default() + "\n"
    }

    fn name(&self) -> &'static str {
        R::NAME
    }

    fn filters(&self) -> &'static [FilterField] {
        R::FILTERS
    }

    fn gone(&self) -> bool {
        self.is_ghost()
    }
}

impl Lists {
    pub fn of(&self, focus: Focus) -> &dyn AnyList {
        match focus {
            Focus::Bells => &self.bells,
            Focus::Runs => &self.runs,
            Focus::Queue => &self.queue,
            Focus::Nodes => &self.nodes,
            Focus::Builds => &self.builds,
            Focus::Books => &self.books,
            Focus::Sources => &self.sources,
        }
    }

    pub fn of_mut(&mut self, focus: Focus) -> &mut dyn AnyList {
        match focus {
            Focus::Bells => &mut self.bells,
            Focus::Runs => &mut self.runs,
            Focus::Queue => &mut self.queue,
            Focus::Nodes => &mut self.nodes,
            Focus::Builds => &mut self.builds,
            Focus::Books => &mut self.books,
            Focus::Sources => &mut self.sources,
        }
    }

    /// Takes a new snapshot's rows.
    pub fn refill(&mut self, data: &Data) {
        let context = data.context();
        let survey = &data.survey;
        let shows = |id: &crate::model::ControllerId| data.shows(id);
        self.queue.set(survey.queue().into_iter().filter(|r| shows(&r.controller)).collect(), &context);
        self.nodes.set(survey.nodes().into_iter().filter(|r| shows(&r.controller)).collect(), &context);
        self.builds.set(survey.builds().into_iter().filter(|r| shows(&r.controller)).collect(), &context);
        self.sources.set(survey.sources().into_iter().filter(|r| shows(&r.controller)).collect(), &context);
        self.refill_runs(data);
        self.refill_bells(data);
    }

    pub fn refill_runs(&mut self, data: &Data) {
        let rows = data.survey.run_rows().into_iter().filter(|r| data.shows(&r.run.controller)).collect();
        self.runs.set(rows, &data.context());
    }

    pub fn refill_bells(&mut self, data: &Data) {
        let rows = data.survey.bell_rows(&data.parts.limits, data.now);
        let rows = rows.into_iter().filter(|r| data.shows(&r.bell.controller)).collect();
        self.bells.set(rows, &data.context());
    }

    /// What the chosen rows of a list are, for actions.
    pub fn things(&self, focus: Focus) -> Vec<Thing> {
        match focus {
            Focus::Queue => self.queue.chosen().into_iter().map(Thing::item).collect(),
            Focus::Nodes => self.nodes.chosen().into_iter().map(Thing::node).collect(),
            Focus::Builds => self.builds.chosen().into_iter().map(Thing::build).collect(),
            Focus::Bells => self.bells.chosen().into_iter().filter_map(board::thing).collect(),
            Focus::Runs | Focus::Books | Focus::Sources => Vec::new(),
        }
    }
}
