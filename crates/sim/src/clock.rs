//! The clock that a simulator lives by.

use crate::{instant, lock::lock};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use tokio::sync::watch;

/// The clock that every stream of a simulator lives by.
///
/// A clone is another handle on the same clock. A [manual](Self::manual) clock stands still until
/// it is told otherwise, so a test waits for nothing; the [system's](Self::system) runs, and can be
/// moved as well.
///
/// ```
/// use livecut_sim::SimClock;
/// use std::time::Duration;
///
/// let clock = SimClock::manual();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now() - before, Duration::from_secs(90));
/// ```
#[derive(Clone)]
pub struct SimClock(Arc<Inner>);

struct Inner {
    reading: Mutex<Reading>,
    moved: watch::Sender<()>,
}

#[derive(Clone, Copy)]
enum Reading {
    Still(OffsetDateTime),
    Running { at: OffsetDateTime, since: Instant },
}

impl Reading {
    fn now(self) -> OffsetDateTime {
        match self {
            Self::Still(at) => at,
            Self::Running { at, since } => {
                instant::later(at, since.elapsed()).unwrap_or(SimClock::LATEST)
            }
        }
    }

    /// The same kind of clock, showing `at` now.
    fn moved_to(self, at: OffsetDateTime) -> Self {
        match self {
            Self::Still(_) => Self::Still(at),
            Self::Running { .. } => Self::Running {
                at,
                since: Instant::now(),
            },
        }
    }
}

impl SimClock {
    /// Where a [manual](Self::manual) clock stands at first: 2025-01-13T08:00:00Z, ten minutes
    /// after the epoch seconds in a provider's sample of a trim (1736754600 is 07:50:00Z), so that
    /// the sample's range lies within a stream that has been live for an hour.
    pub const MANUAL_START: OffsetDateTime =
        match OffsetDateTime::from_unix_timestamp(1_736_755_200) {
            Ok(at) => at,
            Err(_) => OffsetDateTime::UNIX_EPOCH,
        };

    /// The last instant that a clock can show; moving on from it leaves it there.
    const LATEST: OffsetDateTime = time::PrimitiveDateTime::MAX.assume_utc();

    /// A clock that stands still at [`MANUAL_START`](Self::MANUAL_START) until it is moved.
    pub fn manual() -> Self {
        Self::manual_at(Self::MANUAL_START)
    }

    /// A clock that stands still at `at` until it is moved.
    pub fn manual_at(at: OffsetDateTime) -> Self {
        Self::new(Reading::Still(at))
    }

    /// A clock that runs with the system's. Moving it shifts it; it runs on from there.
    pub fn system() -> Self {
        Self::new(Reading::Running {
            at: OffsetDateTime::now_utc(),
            since: Instant::now(),
        })
    }

    fn new(reading: Reading) -> Self {
        Self(Arc::new(Inner {
            reading: Mutex::new(reading),
            moved: watch::Sender::new(()),
        }))
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        lock(&self.0.reading)
    }

    /// The instant the clock shows.
    pub fn now(&self) -> OffsetDateTime {
        self.reading().now()
    }

    /// Moves the clock on by `length`; it stops at the end of the year 9999.
    pub fn advance(&self, length: Duration) {
        {
            let mut reading = self.reading();
            let at = instant::later(reading.now(), length).unwrap_or(Self::LATEST);
            *reading = reading.moved_to(at);
        }
        self.0.moved.send_replace(());
    }

    /// Sets the clock to `at`. Going back shows every stream as it was at that instant; a stop that
    /// was received since lies in the future, and takes place then unless another comes first.
    pub fn set(&self, at: OffsetDateTime) {
        {
            let mut reading = self.reading();
            *reading = reading.moved_to(at);
        }
        self.0.moved.send_replace(());
    }

    /// Wakes who waits for a [turn of events](Self::turn).
    pub(crate) fn nudge(&self) {
        self.0.moved.send_replace(());
    }

    /// Whether it runs by itself.
    pub(crate) fn runs(&self) -> bool {
        matches!(*self.reading(), Reading::Running { .. })
    }

    /// Subscribes to [turns](Self::turn): to those from now on.
    pub(crate) fn turns(&self) -> watch::Receiver<()> {
        self.0.moved.subscribe()
    }

    /// Returns at the next turn of events: the clock is moved or [nudged](Self::nudge), or shows `at` by itself.
    pub(crate) async fn turn(&self, turns: &mut watch::Receiver<()>, at: Option<OffsetDateTime>) {
        let reading = *self.reading();
        let wait = at.map(|at| instant::since(reading.now(), at).unwrap_or_default());
        // The sender lives as long as `self`, so a wait ends by a turn or by the timeout.
        match (reading, wait) {
            (Reading::Running { .. }, Some(wait)) => {
                drop(tokio::time::timeout(wait, turns.changed()).await);
            }
            _ => drop(turns.changed().await),
        }
    }

    /// Returns once the clock shows `at` or later.
    pub(crate) async fn reached(&self, at: OffsetDateTime) {
        let mut turns = self.turns();
        while self.now() < at {
            self.turn(&mut turns, Some(at)).await;
        }
    }
}

impl fmt::Debug for SimClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reading = *self.reading();
        let kind = match reading {
            Reading::Still(_) => "manual",
            Reading::Running { .. } => "system",
        };
        write!(f, "SimClock({kind}, {})", reading.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = SimClock::manual();
        assert_eq!(clock.now(), SimClock::MANUAL_START);
        assert_eq!(clock.now().unix_timestamp(), 1_736_755_200);
        clock.advance(Duration::from_nanos(1));
        assert_eq!(
            clock.now() - SimClock::MANUAL_START,
            time::Duration::NANOSECOND
        );
        clock.set(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), OffsetDateTime::UNIX_EPOCH);
    }

    #[test]
    fn a_clock_at_its_end_stays_there() {
        let clock = SimClock::manual();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), SimClock::LATEST);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), SimClock::LATEST);
    }

    #[test]
    fn a_system_clock_can_be_shifted_and_runs_on() {
        let clock = SimClock::system();
        clock.set(OffsetDateTime::UNIX_EPOCH);
        let first = clock.now();
        assert!(first >= OffsetDateTime::UNIX_EPOCH && first.year() == 1970);
        assert!(clock.now() >= first);
    }

    #[tokio::test]
    async fn a_wait_ends_when_the_clock_is_moved_past_it() {
        let clock = SimClock::manual();
        let at = clock.now() + Duration::from_secs(60);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reached(at).await }
        });
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_secs(1));
        waiting.await.unwrap();
    }
}
