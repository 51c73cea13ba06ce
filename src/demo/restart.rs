//! Quieting down, and a safe restart with its timeline (recording: safe-restart-timeline).
use std::time::Duration;

use super::builds::Work;
use super::nodes::Launcher;
use super::world::World;

/// Quieting down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quiet {
    /// Why; none was given, or a safe restart wiped it (recording: safe-restart-waiting).
    pub reason: Option<String>,
    /// A restart follows once nothing keeps it.
    pub restart: bool,
}

/// Up, or at some point of a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It answers.
    Up,
    /// It restarts since this moment.
    Restarting(i64),
}

/// What a caller finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// It answers.
    Open,
    /// 503 with a page.
    Busy,
    /// Nobody listens.
    Shut,
}

/// 503 for 10.7 s, refused for 2 s, 503 for 10.6 s (recording: safe-restart-timeline).
const STEPS: [i64; 3] = [10_700, 12_700, 23_300];

impl World {
    /// What a caller finds now.
    pub fn door(&self) -> Door {
        let Phase::Restarting(since) = self.phase else { return Door::Open };
        let passed = self.now - since;
        let [busy, shut, _] = STEPS;
        if passed < busy {
            Door::Busy
        } else if passed < shut {
            Door::Shut
        } else {
            Door::Busy
        }
    }

    /// Begins quieting down; again replaces the reason (recording: quiet-down-again-after).
    pub fn quiet_down(&mut self, reason: Option<String>) {
        let restart = self.quiet.as_ref().is_some_and(|q| q.restart);
        self.quiet = Some(Quiet { reason, restart });
        self.wake_builds();
    }

    /// Ends quieting down and calls off a restart that waits (recording: safe-restart-cancelled).
    pub fn cancel_quiet_down(&mut self) {
        if self.quiet.take().is_some() {
            self.resume_builds("Resuming (Shutdown was canceled)", 10_000);
        }
    }

    /// Quiets down and restarts once no freestyle build runs: Pipelines are meant to resume.
    pub fn safe_restart(&mut self, reason: Option<String>) {
        self.quiet = Some(Quiet { reason, restart: true });
        self.wake_builds();
        self.try_restart();
    }

    fn try_restart(&mut self) {
        let waits = |r| self.build(r).is_some_and(|b| matches!(b.work, Work::Freestyle { .. }));
        if self.quiet.as_ref().is_some_and(|q| q.restart) && !self.running.iter().any(|r| waits(*r)) {
            self.phase = Phase::Restarting(self.now);
        }
    }

    /// One second of a restart; true while nothing else happens.
    pub fn restart_tick(&mut self) -> bool {
        let Phase::Restarting(since) = self.phase else {
            self.try_restart();
            return false;
        };
        let [_, _, up] = STEPS;
        if self.now - since >= up {
            self.come_up();
        }
        true
    }

    /// Comes up with a new session: Pipelines resume, marks and queue numbers are kept, other causes are not
    /// (recordings: after-restart-pipeline-log, after-restart-queue, after-restart-computer).
    fn come_up(&mut self) {
        self.phase = Phase::Up;
        self.quiet = None;
        self.session = self.rng.u32(..);
        let now = self.now;
        let resumed = format!("Resuming build at {} after Jenkins restart", java_date(now));
        let ready = format!("Ready to run at {}", java_date(now + 5_000));
        for node in self.nodes.values_mut() {
            node.broken = None;
            if node.connected && node.launcher != Launcher::BuiltIn {
                node.connected = false;
                node.connects_at = Some(now + 3_000);
                node.monitors = None;
            }
        }
        for r in self.running.clone() {
            if let Some(build) = self.build_mut(r) {
                build.paused = false;
                build.wake = now + 8_000;
                build.log.line(&resumed);
                build.log.line(&ready);
            }
        }
    }
}

/// `Mon Nov 23 16:13:20 UTC 2026`, as Java writes a moment (recording: after-restart-pipeline-log).
fn java_date(millis: i64) -> String {
    let moment = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0));
    let http = httpdate::fmt_http_date(moment);
    let words: Vec<&str> = http.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    match words.as_slice() {
        [weekday, day, month, year, time, _] => format!("{weekday} {month} {day} {time} UTC {year}"),
        _ => http,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_recorded() {
        assert_eq!(java_date(1_795_450_400_000), "Mon Nov 23 16:13:20 UTC 2026");
    }
}
