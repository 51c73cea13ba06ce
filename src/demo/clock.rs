//! The simulated clock: runs `speed` times as fast as the machine's and can be moved on by hand.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::base::Clock;

/// A clock for a world.
#[derive(Debug)]
pub struct SimClock {
    clock: Arc<dyn Clock>,
    origin: Duration,
    start: i64,
    speed: f64,
    skipped: AtomicI64,
}

impl SimClock {
    /// Shows `start` now, and from now on runs `speed` times as fast as `clock`.
    pub fn new(clock: Arc<dyn Clock>, start: i64, speed: f64) -> Self {
        let origin = clock.boot();
        Self { clock, origin, start, speed: speed.clamp(0.0, 100_000.0), skipped: AtomicI64::new(0) }
    }

    /// Simulated milliseconds since 1970.
    pub fn now(&self) -> i64 {
        let passed = self.clock.boot().saturating_sub(self.origin).mul_f64(self.speed);
        self.start + i64::try_from(passed.as_millis()).unwrap_or(i64::MAX / 4) + self.skipped.load(Ordering::SeqCst)
    }

    /// Moves it on.
    pub fn skip(&self, span: Duration) {
        self.skipped.fetch_add(i64::try_from(span.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }
}
