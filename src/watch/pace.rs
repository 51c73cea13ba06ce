//! How long to wait: back-off with jitter after failures, forgotten only after a while of health.
use std::time::Duration;

use crate::model::{Problem, ProblemKind};

/// A source must have answered for so long before its failures are forgotten.
pub const HEALTHY: Duration = Duration::from_secs(30);
/// One part in so many of the time may go into reading: a slow controller or a large answer is asked for less often.
const SHARE: u32 = 20;

/// The pace of one source.
#[derive(Debug)]
pub struct Pace {
    random: fastrand::Rng,
    failures: u32,
    healthy_since: Option<Duration>,
}

impl Pace {
    pub fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), failures: 0, healthy_since: None }
    }

    /// After an answer that took so long; `now` on `Clock::boot`.
    pub fn success(&mut self, now: Duration, every: Duration, took: Duration) -> Duration {
        let since = *self.healthy_since.get_or_insert(now);
        if now.saturating_sub(since) >= HEALTHY {
            self.failures = 0;
        }
        every.max(took.saturating_mul(SHARE))
    }

    /// After a failure.
    pub fn failure(&mut self, problem: &Problem, every: Duration) -> Duration {
        self.healthy_since = None;
        let exponent = self.failures.min(10);
        self.failures = self.failures.saturating_add(1);
        let (base, cap, grows) = match &problem.kind {
            ProblemKind::Restarting => (Duration::from_secs(2), Duration::from_secs(2), false),
            // Trying a wrong token again and again locks accounts.
            ProblemKind::Unauthorized => (Duration::from_secs(30), Duration::from_secs(300), true),
            ProblemKind::Forbidden { .. } | ProblemKind::NotFound => {
                (Duration::from_secs(15), Duration::from_secs(300), true)
            }
            _ => (Duration::from_secs(1).min(every), Duration::from_secs(60), true),
        };
        let grown = if grows { base.saturating_mul(1_u32 << exponent) } else { base }.min(cap);
        let jittered = grown.mul_f64(0.75 + self.random.f64() / 2.0);
        match problem.kind {
            ProblemKind::Throttled { retry_after: Some(after) } => jittered.max(after),
            _ => jittered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn down() -> Problem {
        Problem::new(ProblemKind::Unreachable, "x", "")
    }

    #[test]
    fn grows_to_a_bound_with_jitter() {
        let mut pace = Pace::new(7);
        let waits: Vec<Duration> = (0..12).map(|_| pace.failure(&down(), SECOND * 3)).collect();
        for (index, wait) in waits.iter().enumerate() {
            let plain = SECOND.saturating_mul(1 << index.min(10)).min(SECOND * 60);
            assert!(*wait >= plain.mul_f64(0.75) && *wait <= plain.mul_f64(1.25), "{index}: {wait:?}");
        }
        assert!(waits.windows(2).any(|w| w[0] != w[1]));
    }

    #[test]
    fn resets_only_after_a_while_of_health() {
        let mut pace = Pace::new(7);
        for _ in 0..6 {
            pace.failure(&down(), SECOND * 3);
        }
        // one answer between failures is no health
        pace.success(SECOND * 100, SECOND * 3, SECOND / 10);
        assert!(pace.failure(&down(), SECOND * 3) > SECOND * 20);
        pace.success(SECOND * 200, SECOND * 3, SECOND / 10);
        pace.success(SECOND * 200 + HEALTHY, SECOND * 3, SECOND / 10);
        assert!(pace.failure(&down(), SECOND * 3) < SECOND * 2);
    }

    #[test]
    fn asks_a_slow_controller_less_often_and_heeds_retry_after() {
        let mut pace = Pace::new(7);
        assert_eq!(pace.success(SECOND, SECOND * 3, SECOND * 2), SECOND * 40);
        let throttled = Problem::new(ProblemKind::Throttled { retry_after: Some(SECOND * 90) }, "x", "");
        assert!(pace.failure(&throttled, SECOND * 3) >= SECOND * 90);
        let refused = Problem::new(ProblemKind::Unauthorized, "x", "");
        assert!(pace.failure(&refused, SECOND * 3) > SECOND * 20);
    }
}
