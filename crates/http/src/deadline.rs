use std::time::Duration;

use livecut_core::OnRateLimit;
use tokio::time::Instant;

/// About a century: what "no deadline" becomes where an instant can't hold it.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The instant by which everything must be done: all calls of an operation, all
/// their attempts and the waiting between them, connecting, and the bodies. And whether the time
/// until then may be spent on waiting for a provider that refuses the first calls for their rate.
///
/// Made by [`HttpClient::deadline`](crate::HttpClient::deadline), once for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    at: Instant,
    on_rate_limit: OnRateLimit,
}

impl Deadline {
    /// The deadline this long from now, on tokio's clock.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self {
            at: now
                .checked_add(time)
                .or_else(|| now.checked_add(FAR))
                .unwrap_or(now),
            on_rate_limit: OnRateLimit::Retry,
        }
    }

    /// What a call whose `before` is [`Effect::NONE`](livecut_core::Effect::NONE) does with a 429
    /// (default: [`OnRateLimit::Retry`]). All others are retried.
    #[must_use]
    pub fn with_on_rate_limit(mut self, on_rate_limit: OnRateLimit) -> Self {
        self.on_rate_limit = on_rate_limit;
        self
    }

    /// The time that is left; zero where it ran out.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) fn instant(self) -> Instant {
        self.at
    }

    pub(crate) fn on_rate_limit(self) -> OnRateLimit {
        self.on_rate_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_counts_down_to_zero_and_stays_there() {
        let deadline = Deadline::after(Duration::from_secs(3));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(deadline.remaining(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(deadline.remaining(), Duration::ZERO);
    }

    #[test]
    fn a_deadline_beyond_all_time_is_far_away_and_no_panic() {
        let decades = Duration::from_secs(50 * 365 * 86_400);
        assert!(Deadline::after(Duration::MAX).remaining() > decades);
    }
}
