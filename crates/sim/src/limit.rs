//! How many requests a provider takes.

use crate::instant;
use std::time::Duration;
use time::OffsetDateTime;

/// A limit of requests in each period, or of tokens in a bucket. Few providers document one; this is the
/// simulator's own, for tests of what a client does with a 429.
///
/// A period begins with the first request after the one before it has ended, by the simulator's clock. Every
/// request that keeps the rules (path, headers, credential, body) counts; one too many is refused with 429, and
/// isn't carried out.
///
/// ```
/// use livecut_sim::RateLimit;
/// use std::time::Duration;
///
/// let limit = RateLimit::new(100, Duration::from_secs(60));
/// # let _ = limit;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a limit does nothing until it is given to `limit_rate`"]
pub struct RateLimit {
    requests: u32,
    per: Duration,
    burst: Option<u32>,
    told: Told,
}

/// What `Retry-After` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// When the period ends.
    Truth,
    Seconds(u64),
    Nothing,
}

impl RateLimit {
    /// So many requests in each `per`. `Retry-After` tells the whole seconds until it has ended, rounded up.
    pub const fn new(requests: u32, per: Duration) -> Self {
        Self {
            requests,
            per,
            burst: None,
            told: Told::Truth,
        }
    }

    /// Makes it a bucket that holds so many tokens, and is full at first. A request takes one; so many as the limit says come
    /// in within its period, evenly. `Retry-After` tells the whole seconds until the next has come in, rounded up.
    pub const fn with_burst(mut self, tokens: u32) -> Self {
        self.burst = Some(tokens);
        self
    }

    /// Has `Retry-After` tell so many seconds, true or not.
    pub const fn with_retry_after(mut self, seconds: u64) -> Self {
        self.told = Told::Seconds(seconds);
        self
    }

    /// Leaves `Retry-After` out.
    pub const fn without_retry_after(mut self) -> Self {
        self.told = Told::Nothing;
        self
    }
}

impl Told {
    fn of(self, left: Duration) -> TooMany {
        TooMany(match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::Nothing => None,
            Self::Truth => {
                let begun_second = u64::from(left.subsec_nanos() > 0);
                Some(left.as_secs().saturating_add(begun_second))
            }
        })
    }
}

/// A limit in force.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    /// When the period began, and what is used of it.
    period: Option<(OffsetDateTime, u32)>,
    /// Of a bucket, since when it has been filling from empty.
    empty_at: Option<OffsetDateTime>,
}

/// A request was one too many: what `Retry-After` says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany(pub(crate) Option<u64>);

impl Limiter {
    pub(crate) const fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            period: None,
            empty_at: None,
        }
    }

    /// Counts a request that arrives now.
    pub(crate) fn count(&mut self, now: OffsetDateTime) -> Result<(), TooMany> {
        let RateLimit {
            requests,
            per,
            burst,
            told,
        } = self.limit;
        if let Some(burst) = burst {
            return self.take(now, burst);
        }
        // A clock that was set back begins a new one, too.
        let lasted = |begun| instant::since(begun, now).filter(|lasted| *lasted < per);
        let (begun, used) = match self.period {
            Some((begun, used)) if lasted(begun).is_some() => (begun, used),
            _ => (now, 0),
        };
        if used < requests {
            self.period = Some((begun, used.saturating_add(1)));
            return Ok(());
        }
        self.period = Some((begun, used));
        let left = per.saturating_sub(lasted(begun).unwrap_or_default());
        Err(told.of(left))
    }

    /// Takes a token out of the bucket.
    fn take(&mut self, now: OffsetDateTime, burst: u32) -> Result<(), TooMany> {
        let RateLimit {
            requests,
            per,
            told,
            ..
        } = self.limit;
        let token = per.checked_div(requests).unwrap_or(Duration::MAX);
        let full = token.saturating_mul(burst);
        // A clock that was set back finds it full, too.
        let filled = self
            .empty_at
            .and_then(|empty| instant::since(empty, now))
            .map_or(full, |filled| filled.min(full));
        match filled.checked_sub(token) {
            Some(left) => {
                self.empty_at = now.checked_sub(left.try_into().unwrap_or_default());
                Ok(())
            }
            None => {
                self.empty_at = now.checked_sub(filled.try_into().unwrap_or_default());
                Err(told.of(token.saturating_sub(filled)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SimClock;

    #[test]
    fn one_too_many_in_a_period_is_told_when_it_ends() {
        let clock = SimClock::manual();
        let mut limiter = Limiter::new(RateLimit::new(2, Duration::from_secs(10)));
        let mut count = || limiter.count(clock.now());
        assert_eq!((count(), count()), (Ok(()), Ok(())));
        assert_eq!(count(), Err(TooMany(Some(10))));
        clock.advance(Duration::from_millis(8_999));
        assert_eq!(count(), Err(TooMany(Some(2))));
        clock.advance(Duration::from_millis(1_001));
        assert_eq!((count(), count()), (Ok(()), Ok(())));
        assert_eq!(
            count(),
            Err(TooMany(Some(10))),
            "what was refused isn't counted"
        );
    }

    #[test]
    fn what_is_told_can_be_chosen() {
        let told = |limit: RateLimit| Limiter::new(limit).count(SimClock::MANUAL_START);
        let none = RateLimit::new(0, Duration::from_secs(10));
        assert_eq!(told(none), Err(TooMany(Some(10))));
        assert_eq!(told(none.with_retry_after(0)), Err(TooMany(Some(0))));
        assert_eq!(told(none.without_retry_after()), Err(TooMany(None)));
    }

    #[test]
    fn a_bucket_takes_a_burst_and_then_as_many_as_come_in() {
        let clock = SimClock::manual();
        let limit = RateLimit::new(2, Duration::from_secs(1)).with_burst(3);
        let mut limiter = Limiter::new(limit);
        let mut count = || limiter.count(clock.now()).is_ok();
        assert_eq!([(); 4].map(|()| count()), [true, true, true, false]);
        clock.advance(Duration::from_millis(499));
        assert!(!count());
        clock.advance(Duration::from_millis(1));
        assert_eq!([(); 2].map(|()| count()), [true, false]);
        clock.advance(Duration::from_secs(60));
        assert_eq!([(); 4].map(|()| count()), [true, true, true, false]);
    }
}
