//! How many requests a provider takes.

use crate::instant;
use std::time::Duration;
use time::OffsetDateTime;

/// A limit of requests in each period. None of the providers documents one; this is the
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
            told: Told::Truth,
        }
    }

    /// Has `Retry-After` tell so many seconds, true or not.
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.told = Told::Seconds(seconds);
        self
    }

    /// Leaves `Retry-After` out.
    pub const fn without_retry_after(mut self) -> Self {
        self.told = Told::Nothing;
        self
    }
}

/// A limit in force.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    /// When the period began, and what is used of it.
    period: Option<(OffsetDateTime, u32)>,
}

/// A request was one too many: what `Retry-After` says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany(pub(crate) Option<u64>);

impl Limiter {
    pub(crate) const fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            period: None,
        }
    }

    /// Counts a request that arrives now.
    pub(crate) fn count(&mut self, now: OffsetDateTime) -> Result<(), TooMany> {
        let RateLimit {
            requests,
            per,
            told,
        } = self.limit;
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
        Err(TooMany(match told {
            Told::Seconds(seconds) => Some(seconds),
            Told::Nothing => None,
            Told::Truth => {
                let left = per.saturating_sub(lasted(begun).unwrap_or_default());
                let begun_second = u64::from(left.subsec_nanos() > 0);
                Some(left.as_secs().saturating_add(begun_second))
            }
        }))
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
        assert_eq!(told(none.retry_after(0)), Err(TooMany(Some(0))));
        assert_eq!(told(none.without_retry_after()), Err(TooMany(None)));
    }
}
