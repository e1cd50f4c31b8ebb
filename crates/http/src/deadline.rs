use std::sync::Arc;
use std::time::Duration;

use livecut_core::adapter::Pace;
use tokio::time::Instant;

/// About a century: what "no deadline" becomes where an instant can't hold it.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The instant by which everything must be done: all calls of an operation, all
/// their attempts and the waiting between them, connecting, and the bodies. And who says when each
/// of them may be sent, if anybody does.
///
/// Made by [`HttpClient::deadline`](crate::HttpClient::deadline), once for an operation.
#[derive(Debug, Clone)]
#[must_use]
pub struct Deadline {
    at: Instant,
    /// Boxed, for nearly no operation has one, and this is part of every future.
    pace: Option<Box<Arc<dyn Pace>>>,
}

impl Deadline {
    /// The deadline this long from now, on tokio's clock.
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self {
            at: now
                .checked_add(time)
                .or_else(|| now.checked_add(FAR))
                .unwrap_or(now),
            pace: None,
        }
    }

    /// Has all calls sent when this says so (default: at once).
    pub fn with_pace(mut self, pace: Option<Arc<dyn Pace>>) -> Self {
        self.pace = pace.map(Box::new);
        self
    }

    /// The time that is left; zero where it ran out.
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) const fn instant(&self) -> Instant {
        self.at
    }

    pub(crate) fn pace(&self) -> Option<&dyn Pace> {
        self.pace.as_deref().map(AsRef::as_ref)
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
