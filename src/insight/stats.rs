//! How long things wait: median and 95th percentile, and a small histogram over time.
use std::time::Duration;

use crate::base::Time;
use crate::model::Jenkins;

/// How long what is in the queue has waited so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    pub count: usize,
    pub median: Duration,
    pub p95: Duration,
    pub oldest: Duration,
    /// How many items have waited up to 1, 2, 5, 10, 20, 30, 60 minutes, and longer.
    pub spread: [usize; 8],
}

/// Upper bounds of the buckets of `Waits::spread` but the last, in minutes.
pub const BUCKETS: [u64; 7] = [1, 2, 5, 10, 20, 30, 60];

/// Of the items now in the queue that wait for an executor; `now` on the controller's clock.
pub fn waits(jenkins: &Jenkins, now: Time) -> Waits {
    let queue = jenkins.queue.get().into_iter().flatten();
    of(queue.filter(|i| i.waits_for_executor()).map(|i| now.since(i.since)).collect())
}

/// Of any lengths of time.
pub fn of(mut waited: Vec<Duration>) -> Waits {
    waited.sort_unstable();
    let rank = |percent: usize| {
        let at = (waited.len() * percent).div_ceil(100).saturating_sub(1);
        waited.get(at).copied().unwrap_or_default()
    };
    let mut spread = [0; 8];
    for span in &waited {
        let bucket = BUCKETS.iter().position(|b| span.as_secs() <= b * 60).unwrap_or(BUCKETS.len());
        if let Some(count) = spread.get_mut(bucket) {
            *count += 1;
        }
    }
    Waits {
        count: waited.len(),
        median: rank(50),
        p95: rank(95),
        oldest: waited.last().copied().unwrap_or_default(),
        spread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_nearest_item() {
        let waits = of((1..=100).map(Duration::from_secs).collect());
        assert_eq!((waits.median.as_secs(), waits.p95.as_secs(), waits.oldest.as_secs()), (50, 95, 100));
        assert_eq!(waits.spread, [60, 40, 0, 0, 0, 0, 0, 0]);
        assert_eq!(of(Vec::new()), Waits::default());
        assert_eq!(of(vec![Duration::from_secs(4000)]).spread[7], 1);
    }
}
