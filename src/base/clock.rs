//! Where time comes from: handed in, so that tests drive it and leases measure the clock that runs on during suspend.
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::Time;

/// A source of time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock.
    fn now(&self) -> Time;
    /// Time since some fixed moment, never set back, running on while the machine sleeps.
    fn boot(&self) -> Duration;
}

/// The machine's own clocks: `CLOCK_REALTIME` and `CLOCK_BOOTTIME` (on systems without the latter, `CLOCK_MONOTONIC`).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let spec = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        Time::from_millis(spec.tv_sec.saturating_mul(1000).saturating_add(spec.tv_nsec / 1_000_000))
    }

    fn boot(&self) -> Duration {
        #[cfg(target_os = "linux")]
        let id = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let id = rustix::time::ClockId::Monotonic;
        let spec = rustix::time::clock_gettime(id);
        Duration::new(u64::try_from(spec.tv_sec).unwrap_or(0), u32::try_from(spec.tv_nsec).unwrap_or(0))
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    start: i64,
    millis: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Time) -> Self {
        Self { start: start.millis(), millis: AtomicI64::new(start.millis()) }
    }

    /// Moves the clock on.
    pub fn advance(&self, span: Duration) {
        self.millis.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn boot(&self) -> Duration {
        let run = self.millis.load(Ordering::SeqCst).saturating_sub(self.start);
        Duration::from_millis(u64::try_from(run).unwrap_or(0))
    }
}
