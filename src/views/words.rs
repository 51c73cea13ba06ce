//! How ages, sizes and states are put in a few characters.
use std::time::Duration;

use crate::base::{Span, Time};
use crate::model::{NodeKind, NodeState, Outcome, QueueState, StageState};
use crate::run::{RunState, StepState};

use super::Tone;

/// `14m`, `2d`.
pub fn age(now: Time, then: Time) -> String {
    Span(now.since(then)).short()
}

/// `~9m`, or what is said of something overdue.
pub fn left(now: Time, end: Time) -> String {
    if end <= now { "overdue".to_owned() } else { format!("~{}", Span(end.since(now)).short()) }
}

/// `4.2 GB`, decimal units.
pub fn bytes(n: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, size) in UNITS {
        if n >= size {
            let tenths = n % size * 10 / size;
            return if n / size >= 100 {
                format!("{} {unit}", n / size)
            } else {
                format!("{}.{tenths} {unit}", n / size)
            };
        }
    }
    format!("{n} B")
}

/// `85ms`, `1.2s`, `14s`.
pub fn latency(took: Duration) -> String {
    match took.as_millis() {
        ms @ 0..1000 => format!("{ms}ms"),
        ms @ 1000..10_000 => format!("{}.{}s", ms / 1000, ms % 1000 / 100),
        ms => format!("{}s", ms / 1000),
    }
}

/// `22 items wait`, `1 item waits` and the like.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

pub const fn node_state(state: NodeState) -> (&'static str, Tone) {
    match state {
        NodeState::Offline => ("offline", Tone::Bad),
        NodeState::Draining => ("draining", Tone::Moving),
        NodeState::MarkedOffline => ("marked offline", Tone::Warning),
        NodeState::Busy => ("busy", Tone::Busy),
        NodeState::Idle => ("idle", Tone::Good),
    }
}

pub const fn node_kind(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::BuiltIn => "built-in",
        NodeKind::Static => "static",
        NodeKind::Autoscaled => "autoscaled",
    }
}

pub const fn queue_state(state: QueueState) -> &'static str {
    match state {
        QueueState::Waiting => "quiet",
        QueueState::Blocked => "blocked",
        QueueState::Buildable => "buildable",
        QueueState::Pending => "pending",
    }
}

/// A build's result, or that it runs.
pub const fn outcome(result: Option<Outcome>) -> (&'static str, Tone) {
    match result {
        None => ("running", Tone::Busy),
        Some(Outcome::Success) => ("success", Tone::Good),
        Some(Outcome::Unstable) => ("unstable", Tone::Warning),
        Some(Outcome::Failure) => ("failure", Tone::Bad),
        Some(Outcome::NotBuilt) => ("not built", Tone::Dim),
        Some(Outcome::Aborted) => ("aborted", Tone::Dim),
    }
}

pub const fn stage_state(state: StageState) -> (&'static str, Tone) {
    match state {
        StageState::NotStarted => ("not started", Tone::Dim),
        StageState::Running => ("running", Tone::Busy),
        StageState::Paused => ("waits", Tone::Warning),
        StageState::Success => ("success", Tone::Good),
        StageState::Unstable => ("unstable", Tone::Warning),
        StageState::Failure => ("failure", Tone::Bad),
        StageState::Aborted => ("aborted", Tone::Dim),
        StageState::Skipped => ("skipped", Tone::Dim),
    }
}

pub const fn run_state(state: RunState) -> (&'static str, Tone) {
    match state {
        RunState::Planned => ("planned", Tone::Plain),
        RunState::Waiting => ("waiting", Tone::Warning),
        RunState::Running => ("running", Tone::Busy),
        RunState::Paused => ("paused", Tone::Warning),
        RunState::Undoing => ("undoing", Tone::Moving),
        RunState::Done => ("done", Tone::Good),
        RunState::Failed => ("failed", Tone::Bad),
        RunState::Aborted => ("aborted", Tone::Dim),
    }
}

pub const fn step_state(state: StepState) -> (&'static str, Tone) {
    match state {
        StepState::Pending => ("pending", Tone::Dim),
        StepState::Running => ("running", Tone::Busy),
        StepState::Asking => ("asks", Tone::Warning),
        StepState::InDoubt => ("in doubt", Tone::Warning),
        StepState::Done => ("done", Tone::Good),
        StepState::Skipped => ("skipped", Tone::Dim),
        StepState::Failed => ("failed", Tone::Bad),
        StepState::Undoing => ("undoing", Tone::Moving),
        StepState::Undone => ("undone", Tone::Dim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_latencies_are_short() {
        for (n, shown) in [(0, "0 B"), (999, "999 B"), (4_250_000_000, "4.2 GB"), (500_000_000_000, "500 GB")] {
            assert_eq!(bytes(n), shown);
        }
        for (ms, shown) in [(85, "85ms"), (1_250, "1.2s"), (14_999, "14s")] {
            assert_eq!(latency(Duration::from_millis(ms)), shown);
        }
        assert_eq!(left(Time::from_millis(5), Time::from_millis(5)), "overdue");
        assert_eq!(left(Time::from_millis(0), Time::from_millis(540_000)), "~9m");
    }
}
