//! The one table of what can be asked for with a key: keymap, palette, help and tests all come from it.

/// Something that a key or the palette asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    Board,
    Queue,
    Nodes,
    Builds,
    Runbooks,
    Sources,
    Help,
    Palette,
    Back,
    Quit,
    Suspend,
    Repaint,
    Refresh,
    Arm,
    Disarm,
    NextScreen,
    PreviousScreen,
    NextTheme,
    Down,
    Up,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Top,
    Bottom,
    NextPane,
    Into,
    Filter,
    Actions,
    Mark,
    MarkAll,
    Sort,
    Reverse,
    Copy,
    Open,
    Export,
    Log,
    Search,
    NextMatch,
    PreviousMatch,
    NextError,
    PreviousError,
    Follow,
    Fold,
    FoldAll,
    Pause,
    Resume,
    Retry,
    Skip,
    Abort,
    Note,
    Answer,
    Plan,
}

/// Where a key means this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Everywhere,
    /// Anything with a cursor in it.
    List,
    Log,
    Run,
}

impl Place {
    pub const ALL: [Self; 4] = [Self::Everywhere, Self::List, Self::Log, Self::Run];

    /// The keymap's table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Log => "log",
            Self::Run => "run",
        }
    }
}

/// What there is to know of an act.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    pub act: Act,
    /// As the keymap calls it.
    pub id: &'static str,
    /// As the palette and the help call it.
    pub title: &'static str,
    /// A word for the bottom line.
    pub short: &'static str,
    pub place: Place,
}

const fn of(act: Act, id: &'static str, title: &'static str, short: &'static str, place: Place) -> Info {
    Info { act, id, title, short, place }
}

/// Every act once.
pub const ACTS: &[Info] = &[
    of(Act::Board, "board", "Board: bells, queue, nodes, runs", "board", Place::Everywhere),
    of(Act::Queue, "queue", "Queue: what waits, and why", "queue", Place::Everywhere),
    of(Act::Nodes, "nodes", "Nodes", "nodes", Place::Everywhere),
    of(Act::Builds, "builds", "Builds, running and recent", "builds", Place::Everywhere),
    of(Act::Runbooks, "runbooks", "Runbooks and runs", "runs", Place::Everywhere),
    of(Act::Sources, "sources", "Sources: how fresh everything is", "sources", Place::Everywhere),
    of(Act::Help, "help", "Help for this screen", "help", Place::Everywhere),
    of(Act::Palette, "palette", "Commands", "commands", Place::Everywhere),
    of(Act::Back, "back", "Back, or close this", "back", Place::Everywhere),
    of(Act::Quit, "quit", "Quit", "quit", Place::Everywhere),
    of(Act::Suspend, "suspend", "Suspend to the shell", "suspend", Place::Everywhere),
    of(Act::Repaint, "repaint", "Draw everything again", "redraw", Place::Everywhere),
    of(Act::Refresh, "refresh", "Read everything again now", "refresh", Place::Everywhere),
    of(Act::Arm, "arm", "Arm: open writes to the controller for 60 minutes", "arm", Place::Everywhere),
    of(Act::Disarm, "disarm", "Disarm: close writes to the controller", "disarm", Place::Everywhere),
    of(Act::NextScreen, "next-screen", "Next screen", "next", Place::Everywhere),
    of(Act::PreviousScreen, "previous-screen", "Previous screen", "previous", Place::Everywhere),
    of(Act::NextTheme, "next-theme", "Next theme", "theme", Place::Everywhere),
    of(Act::Down, "down", "Down", "down", Place::List),
    of(Act::Up, "up", "Up", "up", Place::List),
    of(Act::HalfDown, "half-down", "Half a page down", "down", Place::List),
    of(Act::HalfUp, "half-up", "Half a page up", "up", Place::List),
    of(Act::PageDown, "page-down", "A page down", "down", Place::List),
    of(Act::PageUp, "page-up", "A page up", "up", Place::List),
    of(Act::Top, "top", "To the first", "top", Place::List),
    of(Act::Bottom, "bottom", "To the last", "bottom", Place::List),
    of(Act::NextPane, "next-pane", "Next part of the screen", "pane", Place::List),
    of(Act::Into, "into", "Into it", "into", Place::List),
    of(Act::Filter, "filter", "Filter: words, and fields as label:GPU age>10m", "filter", Place::List),
    of(Act::Actions, "actions", "Actions on this, or on all marked", "actions", Place::List),
    of(Act::Mark, "mark", "Mark it, or take the mark away", "mark", Place::List),
    of(Act::MarkAll, "mark-all", "Mark all that are shown, or none", "mark all", Place::List),
    of(Act::Sort, "sort", "Sort by the next column", "sort", Place::List),
    of(Act::Reverse, "reverse", "Turn the order round", "reverse", Place::List),
    of(Act::Copy, "copy", "Copy the names to the clipboard", "copy", Place::List),
    of(Act::Open, "open", "Open it in a browser", "open", Place::List),
    of(Act::Export, "export", "Export the list as JSON or CSV", "export", Place::List),
    of(Act::Log, "log", "Its log", "log", Place::List),
    of(Act::Search, "search", "Search in the log", "search", Place::Log),
    of(Act::NextMatch, "next-match", "Next match", "next", Place::Log),
    of(Act::PreviousMatch, "previous-match", "Previous match", "previous", Place::Log),
    of(Act::NextError, "next-error", "Next line that looks like an error", "error", Place::Log),
    of(Act::PreviousError, "previous-error", "Previous line that looks like an error", "error", Place::Log),
    of(Act::Follow, "follow", "Follow the end of the log, or stop", "follow", Place::Log),
    of(Act::Fold, "fold", "Fold or unfold this stage", "fold", Place::Log),
    of(Act::FoldAll, "fold-all", "Fold all stages, or unfold them", "fold all", Place::Log),
    of(Act::Pause, "pause", "Pause the run before its next step", "pause", Place::Run),
    of(Act::Resume, "resume", "Resume the run, or take it over", "resume", Place::Run),
    of(Act::Retry, "retry", "Retry the step that failed", "retry", Place::Run),
    of(Act::Skip, "skip", "Skip the step, with a reason", "skip", Place::Run),
    of(Act::Abort, "abort", "Abort the run, with or without undo", "abort", Place::Run),
    of(Act::Note, "note", "Write a note into the run's journal", "note", Place::Run),
    of(Act::Answer, "answer", "Answer the run's question", "answer", Place::Run),
    of(Act::Plan, "plan", "Plan it again with what is known now", "plan again", Place::Run),
];

impl Act {
    /// Its row of the table.
    pub fn info(self) -> Info {
        let other = of(self, "", "", "", Place::Everywhere);
        ACTS.iter().find(|i| i.act == self).copied().unwrap_or(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_once_with_all_its_words() {
        for (i, a) in ACTS.iter().enumerate() {
            assert!(!a.id.is_empty() && !a.title.is_empty() && !a.short.is_empty());
            assert!(ACTS.iter().skip(i + 1).all(|b| a.act != b.act && a.id != b.id), "{}", a.id);
            assert_eq!(a.act.info().id, a.id);
        }
    }
}
