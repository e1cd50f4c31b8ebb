use std::time::Duration;

use tokio::time::Instant;

/// About a century: what "no deadline" becomes where an instant can't hold it.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The instant by which everything must be done: all calls of an operation, all
/// their attempts and the waiting between them, connecting, and the bodies.
///
/// Made by [`HttpClient::deadline`](crate::HttpClient::deadline), once for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline this long from now, on tokio's clock.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(
            now.checked_add(time)
                .or_else(|| now.checked_add(FAR))
                .unwrap_or(now),
        )
    }

    /// The time that is left; zero where it ran out.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub(crate) fn instant(self) -> Instant {
        self.0
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
        assert!(Deadline::after(Duration::MAX).remaining() > Duration::from_secs(86_400 * 365));
    }
}
