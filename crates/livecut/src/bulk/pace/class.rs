//! The calls that a provider counts together.

use std::time::Duration;

use tokio::time::Instant;

use super::{DEFAULT_HOLD, LONGEST_HOLD, after};
use crate::{Method, Rate};

/// A schedule may catch up on this part of its period: timers go by the millisecond, and a program
/// does other things too.
const SLACK: u32 = 50;
/// From the second refusal on, the rate takes this many holds to grow 2.7-fold; before, it is one.
const CAREFUL: u32 = 100;

#[derive(Debug)]
pub(super) struct Class {
    method: Option<Method>,
    /// The least between two calls by the rate that is given or documented.
    least: Option<Duration>,
    /// Between two calls, once that is known or learned.
    interval: Option<Duration>,
    /// How far a call may be behind its time for the next to catch up on it.
    slack: Duration,
    /// How much sooner than the interval has it a call may be sent: the burst.
    early: Duration,
    /// When the next call is due by the interval.
    next: Option<Instant>,
    last: Option<Instant>,
    /// The last call was sent when it was due.
    in_use: bool,
    /// How long the provider last had us wait.
    hold: Duration,
    careful: bool,
    /// Calls that the provider took in this age.
    taken: u32,
    refused: bool,
    /// How many ages in a row brought nothing but refusals.
    fruitless: u32,
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
            slack: parts(rate.map_or(DEFAULT_HOLD, Rate::per), 1, SLACK),
            early: early.unwrap_or_default(),
            next: None,
            last: None,
            in_use: false,
            hold: DEFAULT_HOLD,
            careful: given,
            taken: 0,
            refused: false,
            fruitless: 0,
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
        let closed = self.last.map(|last| after(last, self.own_hold()));
        by_rate.max(closed)
    }

    pub(super) fn send(&mut self, now: Instant) {
        let due = self.next.filter(|next| now <= after(*next, self.slack));
        // A rate that isn't used to the full, or at which nothing is taken, isn't found to be allowed either.
        self.in_use = due.is_some() && self.fruitless == 0;
        self.last = Some(now);
        let Some(interval) = self.interval else {
            return;
        };
        // The schedule goes on from its own time, so that lateness doesn't add up; but what wasn't used while nothing
        // was to be sent is gone.
        self.next = Some(after(due.unwrap_or(now), interval));
        self.quicken(interval, 1);
    }

    /// Makes room for calls that were sent without having asked.
    pub(super) fn charge(&mut self, calls: u32) {
        if let Some((next, interval)) = self.next.zip(self.interval) {
            self.next = Some(after(next, interval.saturating_mul(calls)));
            self.quicken(interval, calls);
        }
    }

    pub(super) const fn taken(&mut self) {
        self.taken = self.taken.saturating_add(1);
        self.fruitless = 0;
    }

    /// Nothing was taken since the refusals before.
    pub(super) const fn is_closed(&self) -> bool {
        self.fruitless > 0
    }

    pub(super) const fn refused(&mut self, hold: Duration) {
        self.refused = true;
        self.hold = hold;
    }

    pub(super) const fn is_refused(&self) -> bool {
        self.refused
    }

    /// An age has ended, which lasted so long with the wait after it.
    pub(super) fn learn(&mut self, now: Instant, lasted: Duration) {
        let taken = std::mem::take(&mut self.taken);
        if !std::mem::take(&mut self.refused) {
            return;
        }
        if taken == 0 {
            self.fruitless = self.fruitless.saturating_add(1);
        }
        let learned = match (self.interval, self.least) {
            // The provider was still closed, which says nothing of the rate.
            (Some(_), _) if taken == 0 => return,
            // A fifth fewer.
            (Some(interval), _) => parts(interval, 5, 4),
            (None, Some(least)) => least,
            // What the provider took until the end of the wait, evenly.
            (None, None) => parts(lasted, 1, taken.max(1)),
        };
        self.careful = self.interval.is_some();
        self.interval = Some(learned);
        self.slack = parts(self.hold, 1, SLACK);
        self.early = Duration::ZERO;
        self.next = Some(now);
    }

    /// How long so many calls take.
    pub(super) fn lasts(&self, calls: u32) -> Duration {
        let interval = self.interval.or(self.least).unwrap_or_default();
        interval.max(self.own_hold()).saturating_mul(calls)
    }

    /// While nothing is taken, a call at a time asks whether that is so still: doubles each time.
    fn own_hold(&self) -> Duration {
        let Some(doublings) = self.fruitless.checked_sub(1) else {
            return Duration::ZERO;
        };
        DEFAULT_HOLD
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(LONGEST_HOLD)
    }

    /// The rate grows by a constant part in each hold, at each call by its share.
    fn quicken(&mut self, interval: Duration, calls: u32) {
        if !self.in_use {
            return;
        }
        let horizon = match self.careful {
            true => self.hold.saturating_mul(CAREFUL),
            false => self.hold,
        };
        let share = interval
            .as_nanos()
            .saturating_mul(interval.as_nanos())
            .saturating_mul(u128::from(calls))
            .checked_div(horizon.as_nanos())
            .unwrap_or_default();
        let half = parts(interval, 1, 2).max(Duration::from_nanos(1));
        let quicker = interval.saturating_sub(nanos(share)).max(half);
        self.interval = Some(quicker.max(self.least.unwrap_or_default()));
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
