//! A queue item, and why it waits, in the words Jenkins uses.
use super::builds::{BuildRef, Spot, Started};
use super::jobs::JobId;

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A job's next build.
    Job(JobId),
    /// A Pipeline's `node` step.
    Step(Spot),
}

/// Where an item stands.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// In the quiet period until this moment.
    Waiting(i64),
    /// Held back by another build of its job.
    Blocked(Block),
    /// Ready for a node.
    Buildable,
}

/// What holds an item back.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Build of this number runs and the job allows one.
    Running(u64),
    /// The job may have so many builds at once (plugin throttle-concurrents).
    Throttled(usize),
}

/// A queue item.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its number, kept over restarts.
    pub id: u64,
    /// Since when.
    pub since: i64,
    /// What waits.
    pub task: Task,
    /// What started it.
    pub started: Started,
    /// Parameters: name, kind, value.
    pub params: Vec<(String, &'static str, String)>,
    /// Where it stands.
    pub state: State,
    /// The label it wants.
    pub label: Option<String>,
    /// Since when it is ready.
    pub ready_since: Option<i64>,
}

/// An item that left, remembered for five minutes (Jenkins core, `Queue.leftItems`).
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    /// The item.
    pub item: Item,
    /// When.
    pub at: i64,
    /// The build it became; none if it was cancelled.
    pub build: Option<BuildRef>,
}

/// Why an item waits; said in the reader's language.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// Quiet period: so many milliseconds left.
    Quiet(i64),
    /// Build of this number runs; milliseconds to its end.
    Running(u64, Option<i64>),
    /// So many run already.
    Throttled(usize),
    /// Quieting down.
    Shutdown,
    /// No node has this label.
    NoLabel(String),
    /// All nodes with this label are offline.
    AllOffline(String),
    /// This node is offline.
    NodeOffline(String),
    /// All executors with this label are busy.
    Busy(String),
    /// All executors are busy.
    Any,
}

impl Why {
    /// In English, German (recording: queue-accept-language-de) or else English.
    pub fn say(&self, language: &str) -> String {
        if language.starts_with("de") { self.german() } else { self.english() }
    }

    fn english(&self) -> String {
        match self {
            Why::Quiet(left) => format!("In the quiet period. Expires in {}", span(*left)),
            Why::Running(number, eta) => {
                format!("Build #{number} is already in progress (ETA: {})", eta.map_or("N/A".to_owned(), span))
            }
            Why::Throttled(count) => format!("Already running {count} builds across all nodes"),
            Why::Shutdown => "Jenkins is about to shut down".to_owned(),
            Why::NoLabel(label) => format!("There are no nodes with the label ‘{label}’"),
            Why::AllOffline(label) => format!("All nodes of label ‘{label}’ are offline"),
            Why::NodeOffline(node) => format!("‘{node}’ is offline"),
            Why::Busy(label) => format!("Waiting for next available executor on ‘{label}’"),
            Why::Any => "Waiting for next available executor".to_owned(),
        }
    }

    fn german(&self) -> String {
        match self {
            Why::Quiet(left) => format!(
                "In Ruhe-Periode. Endet in {}",
                span(*left).replace("hr", "Stunden").replace("min", "Minuten").replace("sec", "Sekunden")
            ),
            Why::Running(number, eta) => {
                format!(
                    "Build #{number} ist bereits in Arbeit (ETA: {})",
                    eta.map_or("nicht verfügbar".to_owned(), span)
                )
            }
            Why::Shutdown => "Jenkins wird gerade heruntergefahren".to_owned(),
            Why::NoLabel(label) => format!("Es gibt keine Knoten mit dem Label „{label}“"),
            Why::AllOffline(label) => format!("Alle Knoten mit dem Label „{label}“ sind offline"),
            Why::NodeOffline(node) => format!("{node} ist offline"),
            Why::Busy(label) => format!("Warte auf den nächsten freien Build-Prozessor auf {label}"),
            Why::Any => "Warte auf den nächsten freien Build-Prozessor".to_owned(),
            Why::Throttled(_) => self.english(),
        }
    }
}

/// A span as Jenkins writes it (Jenkins core, `Util.getTimeSpanString`; recordings: `4.9 sec`, `23 hr`).
pub fn span(millis: i64) -> String {
    let millis = millis.max(0);
    let (s, m, h, d) = (millis / 1000, millis / 60_000, millis / 3_600_000, millis / 86_400_000);
    if d > 0 {
        format!("{d} days {} hr", h % 24)
    } else if h >= 10 {
        format!("{h} hr")
    } else if h > 0 {
        format!("{h} hr {} min", m % 60)
    } else if m > 0 {
        format!("{m} min {} sec", s % 60)
    } else if s >= 10 {
        format!("{s} sec")
    } else if s > 0 {
        format!("{s}.{} sec", millis % 1000 / 100)
    } else {
        format!("{millis} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_recorded() {
        assert_eq!(span(4_950), "4.9 sec");
        assert_eq!(span(86_000_000), "23 hr");
        assert_eq!(span(185_000), "3 min 5 sec");
    }
}
