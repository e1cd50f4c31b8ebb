//! When the next stop may begin: by a rate that is known, or one that is learned from refusals.
//! Pure: it is told the time.

use std::time::Duration;

use tokio::time::Instant;

use super::Rate;

/// How long to hold back where a refusal doesn't say.
const DEFAULT_HOLD: Duration = Duration::from_secs(1);
/// A provider that says "at once" is given a moment all the same.
const SHORTEST_HOLD: Duration = Duration::from_millis(100);
/// The longest that is held back without the provider's asking for it.
const LONGEST_OWN_HOLD: Duration = Duration::from_secs(60);
/// A schedule may catch up on this part of its period: timers go by the millisecond, and a program
/// does other things too.
const SLACK: u32 = 50;
/// After a refusal at a pace that was learned, this many holds pass until the pace is 2.7 times what
/// it was; before, it is one.
const CAREFUL: u32 = 100;

/// The schedule of all calls.
#[derive(Debug)]
pub(super) struct Pace {
    /// The rate that the caller knows.
    known: Option<Spacing>,
    /// What was learned from refusals.
    learned: Option<Learned>,
    /// When the last stop was due, and how much later the next one is by the pace.
    last: Option<(Instant, Duration)>,
    /// Until when the provider has us wait.
    held: Option<Instant>,
    /// The calls begun since the last refusal are one age.
    age: Age,
    /// How many ages in a row brought nothing but refusals: the provider is closed, and one stop at
    /// a time finds out whether it still is.
    fruitless: u32,
}

/// Calls this far apart.
#[derive(Debug, Clone, Copy)]
struct Spacing {
    interval: Duration,
    /// How far a call may be behind its time for the next to catch up on it.
    slack: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Learned {
    spacing: Spacing,
    /// How long the provider last had us wait.
    hold: Duration,
    /// A pace that was learned was refused: the limit is near.
    careful: bool,
}

#[derive(Debug)]
struct Age {
    number: u64,
    begun: Option<Instant>,
    /// How many calls the provider took.
    taken: u32,
    /// How long to hold back, if it came to a refusal.
    refused: Option<Duration>,
}

impl Pace {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self {
            known: rate.map(Spacing::of),
            learned: None,
            last: None,
            held: None,
            age: Age::new(0),
            fruitless: 0,
        }
    }

    /// When the next stop may begin; `None`: at once.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due(self.own_hold())
    }

    /// When the next stop is due: by the pace, at least so long after the last one, and not before
    /// the provider's wait is over.
    fn due(&self, least: Duration) -> Option<Instant> {
        let due = self.last.map(|(last, wait)| after(last, wait.max(least)));
        due.max(self.held)
    }

    /// A stop of this many calls begins, not before [`next`](Self::next). Gives its age.
    pub(super) fn begin(&mut self, now: Instant, calls: u32) -> u64 {
        if let Some(hold) = self.age.refused {
            self.learn(hold);
            self.age = Age::new(self.age.number.saturating_add(1));
        }
        self.age.begun.get_or_insert(now);
        let spacing = self.spacing();
        let due = self.due(Duration::ZERO).unwrap_or(now);
        let behind = spacing.is_none_or(|spacing| now > after(due, spacing.slack));
        // The schedule goes on from its own time, so that lateness doesn't add up; but what wasn't
        // used while nothing was to be sent is gone.
        let from = if behind { now } else { due };
        let wait = spacing.map(|spacing| spacing.interval.saturating_mul(calls));
        self.last = Some((from, wait.unwrap_or_default()));
        // A pace that isn't used to the full, or at which nothing is taken, isn't found to be
        // allowed either.
        let in_use = !behind && self.fruitless == 0;
        if let Some(learned) = self.learned.as_mut().filter(|_| in_use) {
            learned.quicken(calls);
        }
        self.age.number
    }

    /// The provider took a stop of this many calls, begun in that age.
    pub(super) fn taken(&mut self, age: u64, calls: u32) {
        if age != self.age.number {
            return;
        }
        self.age.taken = self.age.taken.saturating_add(calls);
        self.fruitless = 0;
    }

    /// The provider refused a stop for its rate, begun in that age: all that hasn't begun waits.
    pub(super) fn refused(&mut self, now: Instant, age: u64, retry_after: Option<Duration>) {
        let hold = retry_after.unwrap_or(DEFAULT_HOLD).max(SHORTEST_HOLD);
        self.held = self.held.max(Some(after(now, hold)));
        // What was begun before the last refusal says nothing new about the pace since.
        if age == self.age.number {
            self.age.refused = Some(hold);
        }
    }

    /// Doubles with each age that brought nothing.
    fn own_hold(&self) -> Duration {
        let Some(doublings) = self.fruitless.checked_sub(1) else {
            return Duration::ZERO;
        };
        DEFAULT_HOLD
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(LONGEST_OWN_HOLD)
    }

    fn spacing(&self) -> Option<Spacing> {
        let learned = self.learned.map(|learned| learned.spacing);
        match (self.known, learned) {
            (Some(known), Some(learned)) if learned.interval > known.interval => Some(learned),
            (Some(known), _) => Some(known),
            (None, learned) => learned,
        }
    }

    /// An age has ended with refusals; all its stops that come to anything have by now.
    fn learn(&mut self, hold: Duration) {
        let Age { begun, taken, .. } = self.age;
        if taken == 0 {
            self.fruitless = self.fruitless.saturating_add(1);
        }
        let spacing = self.spacing();
        let interval = match spacing {
            // The provider was still closed, which says nothing of the pace.
            Some(_) if taken == 0 => return,
            // A fifth fewer.
            Some(Spacing { interval, .. }) => parts(interval, 5, 4),
            // What the provider took until the end of the wait, evenly.
            None => {
                let wait = self.held.zip(begun);
                let lasted = wait.map(|(end, begun)| end.duration_since(begun));
                parts(lasted.unwrap_or(hold), 1, taken.max(1))
            }
        };
        self.learned = Some(Learned {
            careful: spacing.is_some(),
            spacing: Spacing {
                interval,
                slack: parts(hold, 1, SLACK),
            },
            hold,
        });
    }
}

impl Spacing {
    /// A twentieth apart more than the rate would have it: on their way calls come closer together.
    fn of(rate: Rate) -> Self {
        let calls = rate.calls().get();
        // Rounded up: a nanosecond less a call would be one call too many in the end.
        let interval = parts(rate.per(), 21, calls.saturating_mul(20));
        Self {
            interval: interval.saturating_add(Duration::from_nanos(1)),
            slack: parts(rate.per(), 1, SLACK),
        }
    }
}

impl Learned {
    /// The pace grows by a constant part in each time `hold`, at each call by its share.
    fn quicken(&mut self, calls: u32) {
        let horizon = if self.careful {
            self.hold.saturating_mul(CAREFUL)
        } else {
            self.hold
        };
        let interval = self.spacing.interval.as_nanos();
        let share = interval
            .saturating_mul(interval)
            .saturating_mul(u128::from(calls))
            .checked_div(horizon.as_nanos())
            .unwrap_or_default();
        let half = interval.checked_div(2).unwrap_or_default();
        let quicker = interval.saturating_sub(share).max(half).max(1);
        self.spacing.interval = nanos(quicker);
    }
}

impl Age {
    const fn new(number: u64) -> Self {
        Self {
            number,
            begun: None,
            taken: 0,
            refused: None,
        }
    }
}

/// `time * times / parts`.
fn parts(time: Duration, times: u32, parts: u32) -> Duration {
    let nanos = time.as_nanos().saturating_mul(u128::from(times));
    self::nanos(nanos.checked_div(u128::from(parts)).unwrap_or(nanos))
}

fn nanos(nanos: u128) -> Duration {
    u64::try_from(nanos).map_or(Duration::MAX, Duration::from_nanos)
}

/// About a century: later than that is never.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

fn after(instant: Instant, time: Duration) -> Instant {
    instant.checked_add(time.min(FAR)).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
