//! The calls that a provider counts together.

use std::time::Duration;

use tokio::time::Instant;

use super::{DEFAULT_WAIT, LONGEST_WAIT, after};
use crate::{Method, Rate};

/// How late a call may be for the next to catch up on it: timers go by the millisecond, and a program does other things
/// too.
const SLACK: Duration = Duration::from_millis(20);
/// A rate that was learned grows nearly threefold in a wait; one that was refused takes so many waits for that.
const CAREFUL: u32 = 100;

#[derive(Debug)]
pub(super) struct Class {
    method: Option<Method>,
    /// The least between two calls by the rate that is given or documented.
    least: Option<Duration>,
    /// Between two calls, once that is known or learned.
    interval: Option<Duration>,
    /// How much sooner than the interval has it a call may be sent: the burst.
    early: Duration,
    /// When the next call is due by the interval.
    next: Option<Instant>,
    last: Option<Instant>,
    /// How many calls the provider took in this age.
    taken: u32,
    /// In which time the rate grows nearly threefold.
    growth: Duration,
    /// Nothing was taken since the refusals before: a call alone asks whether that is so still, as often as this.
    wait: Option<Duration>,
}

impl Class {
    pub(super) fn new(method: Option<Method>, rate: Option<Rate>, given: bool) -> Self {
        let least = rate.map(|rate| {
            // A twentieth apart more than the rate has it, for on their way calls come closer together; and rounded up,
            // or a nanosecond less a call would be one call too many in the end.
            let interval = parts(rate.per(), 21, rate.calls().get().saturating_mul(20));
            interval.saturating_add(Duration::from_nanos(1))
        });
        let early = rate
            .zip(least)
            .map(|(rate, least)| least.saturating_mul(rate.burst().get().saturating_sub(1)));
        Self {
            method,
            least,
            // A provider lets bursts through above what it documents, so that counts from the first refusal.
            interval: least.filter(|_| given),
            early: early.unwrap_or_default(),
            next: None,
            last: None,
            taken: 0,
            growth: Duration::MAX,
            wait: None,
        }
    }

    pub(super) const fn method(&self) -> Option<Method> {
        self.method
    }

    /// When the next call may be sent; `None`: at once.
    pub(super) fn due(&self) -> Option<Instant> {
        let by_rate = self
            .next
            .map(|next| next.checked_sub(self.early).unwrap_or(next));
        let asking = self.last.zip(self.wait);
        by_rate.max(asking.map(|(last, wait)| after(last, wait)))
    }

    pub(super) fn send(&mut self, now: Instant) {
        self.last = Some(now);
        let Some(interval) = self.interval else {
            return;
        };
        // The schedule goes on from its own time, so that lateness doesn't add up; but what wasn't used while nothing
        // was to be sent is gone.
        let due = self.next.unwrap_or(now);
        let in_use = now <= after(due, SLACK);
        self.next = Some(after(if in_use { due } else { now }, interval));
        // A rate that isn't used to the full, or at which nothing is taken, isn't found to be allowed either.
        if in_use && self.wait.is_none() {
            let share = interval.as_nanos().saturating_mul(interval.as_nanos());
            let share = share.checked_div(self.growth.as_nanos());
            let half = parts(interval, 1, 2).max(Duration::from_nanos(1));
            let quicker = interval.saturating_sub(nanos(share.unwrap_or_default()));
            self.interval = Some(quicker.max(half).max(self.least.unwrap_or_default()));
        }
    }

    /// Makes room for a call that was sent without having asked.
    pub(super) fn charge(&mut self) {
        if let Some((next, interval)) = self.next.zip(self.interval) {
            self.next = Some(after(next, interval));
        }
    }

    pub(super) const fn taken(&mut self) {
        self.taken = self.taken.saturating_add(1);
        self.wait = None;
    }

    pub(super) const fn begin_age(&mut self) {
        self.taken = 0;
    }

    /// Nothing was taken since the refusals before.
    pub(super) const fn is_closed(&self) -> bool {
        self.wait.is_some()
    }

    /// A call was refused, in an age that has lasted so long: how long to wait, if the provider wants it so long.
    pub(super) fn refused(&mut self, lasted: Duration, wanted: Duration) -> Duration {
        let growth = if self.interval.is_some() { CAREFUL } else { 1 };
        let doubled = self
            .wait
            .map_or(DEFAULT_WAIT, |wait| wait.saturating_mul(2));
        self.wait = (self.taken == 0).then(|| doubled.max(wanted).min(LONGEST_WAIT));
        let wait = self.wait.unwrap_or(wanted);
        self.interval = Some(match (self.interval, self.least) {
            // The provider was still closed, which says nothing of the rate.
            (Some(_), _) if self.taken == 0 => return wait,
            // A fifth fewer.
            (Some(interval), _) => parts(interval, 5, 4),
            (None, Some(least)) => least,
            // What the provider took until the end of the wait, evenly.
            (None, None) => parts(lasted.saturating_add(wait), 1, self.taken.max(1)),
        });
        self.growth = wanted.saturating_mul(growth);
        self.early = Duration::ZERO;
        self.next = None;
        wait
    }

    /// How long so many calls take.
    pub(super) fn lasts(&self, calls: u32) -> Duration {
        let interval = self.interval.or(self.least).unwrap_or_default();
        let interval = interval.max(self.wait.unwrap_or_default());
        interval.saturating_mul(calls)
    }
}

/// `time * times / parts`.
fn parts(time: Duration, times: u32, parts: u32) -> Duration {
    let whole = time.as_nanos().saturating_mul(u128::from(times));
    nanos(whole.checked_div(u128::from(parts)).unwrap_or(whole))
}

fn nanos(nanos: u128) -> Duration {
    u64::try_from(nanos).map_or(Duration::MAX, Duration::from_nanos)
}
