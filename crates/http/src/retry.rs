use std::time::Duration;

use livecut_core::{Certainty, Error, ErrorKind, Result};

/// The least that is waited after a 429 that doesn't say how long.
const RATE_LIMITED: Duration = Duration::from_secs(1);
/// Nobody waits longer on a provider's word: the caller is told how long that asks.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// When a request is sent again, and how long to wait before.
///
/// Whether it may be sent again isn't up to the policy: only where it provably
/// wasn't applied and the cause may pass (never connected, 429), where it
/// changes nothing anyway, or where the provider documents that a repeat does
/// nothing more ([`Step::is_repeatable`](livecut_core::Step::is_repeatable)). Anything else that may have been
/// applied is never sent twice.
///
/// The wait is drawn evenly from zero to `base * 2^(attempts - 1)`, at most `cap`
/// ("full jitter"). If the provider names a time in `Retry-After`, the draw
/// comes on top of it; a 429 without one, or with one of 0 s, waits a second at least, twice as long each time up to `cap`.
/// An attempt that couldn't begin before the deadline isn't waited for, nor a `Retry-After` of more than a
/// minute: the error has it.
///
/// A 429 that provably wasn't applied is no attempt: it is sent again as long as the deadline allows, unless
/// the policy never sends again ([`none`](Self::none)).
///
/// ```
/// use std::time::Duration;
/// use livecut_http::RetryPolicy;
///
/// let patient = RetryPolicy::default()
///     .with_max_attempts(6)
///     .with_cap(Duration::from_secs(20));
/// assert_eq!(patient.max_attempts(), 6);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    base: Duration,
    cap: Duration,
}

impl RetryPolicy {
    /// Never sends a request again.
    pub fn none() -> Self {
        Self::default().with_max_attempts(1)
    }

    /// The most times that one request is sent, the first included (default: 3). Those that are refused for
    /// their rate (429) don't count; 1: not even such a one is sent again.
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The longest wait before the second attempt (default: 200 ms). It doubles
    /// with every attempt.
    pub fn with_base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// What no drawn wait exceeds (default: 5 s).
    pub fn with_cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// The most times that one request is sent.
    pub fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The longest wait before the second attempt.
    pub fn base(&self) -> Duration {
        self.base
    }

    /// What no drawn wait exceeds.
    pub fn cap(&self) -> Duration {
        self.cap
    }

    pub(crate) fn check(&self) -> Result<()> {
        let fault = if self.max_attempts == 0 {
            "a retry policy needs at least one attempt (1: never retry)"
        } else if self.cap < self.base {
            "a retry policy's cap must not be shorter than its base"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Configuration, fault))
    }

    /// How long to wait before the request is sent again; `None`: it isn't.
    ///
    /// `draw` picks evenly from `0..=most`.
    pub(crate) fn wait(
        &self,
        failed: &FailedAttempt,
        remaining: Duration,
        draw: impl FnOnce(u64) -> u64,
    ) -> Option<Duration> {
        let spent = match failed.rate_limited {
            true => self.max_attempts <= 1,
            false => failed.attempt >= self.max_attempts,
        };
        if spent || !failed.may_repeat() {
            return None;
        }
        let least = match failed.retry_after {
            Some(asked) if asked > LONGEST_ASKED => return None,
            // No time at all says no more than none does: without the wait, it would be sent again and again.
            None | Some(Duration::ZERO) if failed.rate_limited => {
                doubled(RATE_LIMITED, failed.attempt).min(self.cap.max(RATE_LIMITED))
            }
            Some(asked) => asked,
            None => Duration::ZERO,
        };
        let ceiling = doubled(self.base, failed.attempt).min(self.cap);
        let most = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
        let wait = least.saturating_add(Duration::from_nanos(draw(most)));
        (wait < remaining).then_some(wait)
    }
}

/// After this many attempts.
fn doubled(first: Duration, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1);
    first.saturating_mul(2_u32.saturating_pow(doublings))
}

impl Default for RetryPolicy {
    /// 3 attempts, 200 ms, at most 5 s.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(5),
        }
    }
}

/// What the gate has to know about a request that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailedAttempt {
    /// How many times it failed in this way, for its rate or otherwise, this one included.
    pub(crate) attempt: u32,
    /// The provider refused it for its rate (429).
    pub(crate) rate_limited: bool,
    /// It changes nothing, or nothing more if it is sent again.
    pub(crate) repeatable: bool,
    /// Whether this very request was applied.
    pub(crate) applied: Certainty,
    /// The cause may pass by itself.
    pub(crate) passing: bool,
    /// What the provider asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl FailedAttempt {
    fn may_repeat(&self) -> bool {
        self.passing && (self.repeatable || self.applied == Certainty::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AGES: Duration = Duration::from_secs(1_000_000);

    fn refused() -> FailedAttempt {
        FailedAttempt {
            attempt: 1,
            repeatable: false,
            applied: Certainty::No,
            passing: true,
            rate_limited: false,
            retry_after: None,
        }
    }

    #[test]
    fn only_what_is_provably_not_applied_or_repeatable_is_sent_again_and_only_where_it_may_pass() {
        for repeatable in [false, true] {
            for passing in [false, true] {
                for applied in [Certainty::No, Certainty::Unknown, Certainty::Yes] {
                    let failed = FailedAttempt {
                        repeatable,
                        applied,
                        passing,
                        ..refused()
                    };
                    let again = RetryPolicy::default().wait(&failed, AGES, |_| 0).is_some();
                    let allowed = passing && (repeatable || applied == Certainty::No);
                    assert_eq!(again, allowed, "{failed:?}");
                }
            }
        }
    }

    #[test]
    fn three_attempts_are_three_requests_and_none_is_one() {
        let sent = |policy: &RetryPolicy| {
            (1..)
                .take_while(|&attempt| {
                    let failed = FailedAttempt {
                        attempt,
                        ..refused()
                    };
                    policy.wait(&failed, AGES, |_| 0).is_some()
                })
                .count()
                + 1
        };
        assert_eq!(sent(&RetryPolicy::default()), 3);
        assert_eq!(sent(&RetryPolicy::none()), 1);
        assert_eq!(sent(&RetryPolicy::default().with_max_attempts(7)), 7);
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let policy = RetryPolicy::default().with_max_attempts(u32::MAX);
        let ceiling = |attempt| {
            let mut most = 0;
            let failed = FailedAttempt {
                attempt,
                ..refused()
            };
            policy.wait(&failed, AGES, |limit| {
                most = limit;
                0
            });
            Duration::from_nanos(most).as_millis()
        };
        let ceilings: Vec<_> = (1..8).map(ceiling).collect();
        assert_eq!(ceilings, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(ceiling(u32::MAX - 1), 5000, "no overflow");
    }

    /// Or else a client is as fast as the network, where the jitter is set to nothing.
    #[test]
    fn a_429_that_asks_for_no_time_waits_as_one_that_does_not_say() {
        let policy = RetryPolicy::default().with_base(Duration::ZERO);
        let wait = |attempt, retry_after| {
            let failed = FailedAttempt {
                attempt,
                rate_limited: true,
                retry_after,
                ..refused()
            };
            policy.wait(&failed, AGES, |_| 0)
        };
        for attempt in 1..6 {
            assert_eq!(wait(attempt, Some(Duration::ZERO)), wait(attempt, None));
        }
        assert_eq!(wait(1, Some(Duration::ZERO)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn an_attempt_that_would_begin_at_the_deadline_is_not_begun() {
        let second = Duration::from_secs(1);
        let failed = FailedAttempt {
            retry_after: Some(second),
            ..refused()
        };
        let wait = |remaining| RetryPolicy::default().wait(&failed, remaining, |_| 0);
        assert_eq!(wait(second), None);
        assert_eq!(wait(second + Duration::from_nanos(1)), Some(second));
    }

    #[test]
    fn a_policy_says_what_it_was_given() {
        let seconds = Duration::from_secs;
        let policy = RetryPolicy::default()
            .with_max_attempts(6)
            .with_base(seconds(2))
            .with_cap(seconds(20));
        assert_eq!(
            (policy.max_attempts(), policy.base(), policy.cap()),
            (6, seconds(2), seconds(20))
        );
    }

    #[test]
    fn a_policy_that_cannot_work_is_refused() {
        assert!(RetryPolicy::default().with_max_attempts(0).check().is_err());
        assert!(
            RetryPolicy::default()
                .with_base(Duration::from_secs(9))
                .check()
                .is_err()
        );
        assert!(RetryPolicy::none().check().is_ok());
    }

    proptest! {
        #[test]
        fn no_attempt_is_sooner_than_asked_nor_begun_at_or_past_the_deadline(
            attempt in 1_u32..40,
            asked in proptest::option::of(0_u64..=60_000_000_000),
            left in 0_u64..100_000_000_000,
            share in 0_u64..=100,
        ) {
            let policy = RetryPolicy::default().with_max_attempts(50);
            let retry_after = asked.map(Duration::from_nanos);
            let left = Duration::from_nanos(left);
            let failed = FailedAttempt { attempt, retry_after, ..refused() };
            let asked = retry_after.unwrap_or_default();
            let wait = policy.wait(&failed, left, |most| (most / 100).saturating_mul(share));
            if let Some(wait) = wait {
                prop_assert!(wait >= asked);
                prop_assert!(wait <= asked.saturating_add(policy.cap()));
                prop_assert!(wait < left);
            } else {
                prop_assert!(asked.saturating_add(doubled(policy.base, attempt).min(policy.cap)) >= left);
            }
        }
    }
}
