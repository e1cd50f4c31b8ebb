use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::{Error, InProgress, StopOutcome};

const TIMEOUT: Duration = Duration::from_secs(60 * 60);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What the timer can tell from nothing: a wait never spins.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// How long to wait for a recording, how often to look, and whom to tell.
///
/// ```
/// use std::time::Duration;
/// use livecut::{WaitEvent, WaitPolicy};
///
/// let mut stages = Vec::new();
/// let policy = WaitPolicy::new()
///     .with_timeout(Duration::from_secs(600))
///     .with_observer(|event| {
///         if let WaitEvent::InProgress { progress, .. } = event {
///             stages.push(progress.stage().to_owned());
///         }
///     });
/// ```
#[must_use]
pub struct WaitPolicy<'a> {
    pub(super) timeout: Duration,
    first_pause: Duration,
    longest_pause: Duration,
    observer: Option<Observer<'a>>,
    cancel: Signal<'a>,
    abort: Signal<'a>,
}

type Observer<'a> = Box<dyn FnMut(WaitEvent<'_>) + Send + 'a>;

impl<'a> WaitPolicy<'a> {
    /// Waits for an hour at most, with pauses that grow from 1 s to 30 s, and tells nobody.
    pub fn new() -> Self {
        Self {
            timeout: TIMEOUT,
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
            observer: None,
            cancel: Signal::Never,
            abort: Signal::Never,
        }
    }

    /// The longest that the waiting may take in all (default: 1 h).
    /// [`Duration::MAX`] waits for as long as it takes.
    ///
    /// It counts from when waiting begins; a stop before it has
    /// [its own timeout](crate::StopRequest::with_timeout).
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The pause after the first look, and what the pauses grow to, doubling from look to
    /// look (default: 1 s, 30 s). At least 1 ms, and `longest` at least `first`.
    ///
    /// A pause is longer where the provider asks for it
    /// ([`InProgress::check_again_in`], [`Error::retry_after`]), and up to a quarter longer
    /// at random.
    ///
    /// A pause that would last beyond the deadline is shortened to the shortest that the policy and the provider allow. If
    /// not even that fits, one last look is taken shortly before the deadline (2 s, or the last quarter of the time that is
    /// left, whichever is shorter): `check_again_in` only says when a look is worth its call. A `Retry-After` beyond the
    /// deadline is kept, and ends the waiting at once.
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first.max(SHORTEST_PAUSE);
        self.longest_pause = longest.max(self.first_pause);
        self
    }

    /// Is called with each [`WaitEvent`], between looks: it should return soon.
    pub fn with_observer(mut self, observer: impl FnMut(WaitEvent<'_>) + Send + 'a) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Ends the waiting once the future is ready: a pause at once, and a call that is under way when its answer is
    /// here, for that may make a cut and then says so. The result is a [`WaitError`](crate::WaitError) of kind
    /// [`Cancelled`](crate::WaitErrorKind::Cancelled) with the effect so far and the ticket to go on with, unless
    /// that last call was the end anyway.
    ///
    /// ```
    /// use livecut::testing::{FollowReply, ScriptedStopper, StopReply};
    /// use livecut::{
    ///     Certainty, Effect, LiveStreamStopperExt, Standing, StopRequest, StreamId, WaitErrorKind, WaitPolicy,
    /// };
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let stopper = ScriptedStopper::new()
    ///     .on_stop(StopReply::cut_owed())
    ///     .on_follow(FollowReply::in_progress("preparing", Duration::from_secs(5)).always());
    /// let request = StopRequest::new(StreamId::new("room-7")?).with_cut("30s..2m".parse()?);
    ///
    /// // In a program: `tokio::signal::ctrl_c()`, or a cancellation token.
    /// let shutdown = tokio::time::sleep(Duration::from_secs(60));
    /// let policy = WaitPolicy::new().with_cancel(shutdown);
    /// let error = stopper.stop_and_wait(&request, policy).await.unwrap_err();
    /// assert_eq!(error.kind(), WaitErrorKind::Cancelled);
    /// assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::No));
    /// assert_eq!(error.standing(), Standing::CutOwed);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_cancel(mut self, cancel: impl Future<Output: Send> + Send + 'a) -> Self {
        self.cancel = Signal::new(cancel);
        self
    }

    /// As [`with_cancel`](Self::with_cancel), and gives up what is under way as well. What that may have done is then
    /// unknown in the error's effect: the stop and the cut, of a stop; the cut, of a look if the cut was owed.
    pub fn with_abort(mut self, abort: impl Future<Output: Send> + Send + 'a) -> Self {
        self.abort = Signal::new(abort);
        self
    }

    /// Whether it is to end, now.
    pub(super) async fn is_cancelled(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(self.poll_cancelled(cx))).await
    }

    /// Takes a step; `None`: it was given up on.
    pub(super) async fn unless_aborted<T>(&mut self, step: impl Future<Output = T>) -> Option<T> {
        let mut step = pin!(step);
        poll_fn(|cx| {
            if let Poll::Ready(done) = step.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            // Some signals are heard only by who listens when they come.
            self.cancel.poll(cx);
            match self.abort.poll(cx) {
                true => Poll::Ready(None),
                false => Poll::Pending,
            }
        })
        .await
    }

    /// Sleeps, unless it is to end before.
    pub(super) async fn pause(&mut self, pause: Duration) {
        let mut pause = pin!(tokio::time::sleep(pause));
        poll_fn(|cx| match self.poll_cancelled(cx) {
            true => Poll::Ready(()),
            false => pause.as_mut().poll(cx),
        })
        .await;
    }

    fn poll_cancelled(&mut self, cx: &mut Context<'_>) -> bool {
        let is_cancelled = self.cancel.poll(cx);
        self.abort.poll(cx) || is_cancelled
    }

    pub(super) fn tell(&mut self, event: WaitEvent<'_>) {
        if let Some(observer) = &mut self.observer {
            observer(event);
        }
    }

    pub(super) const fn pauses(&self) -> Pauses {
        Pauses {
            first: self.first_pause,
            longest: self.longest_pause,
            next: self.first_pause,
            is_over: false,
        }
    }
}

impl Default for WaitPolicy<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitPolicy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitPolicy")
            .field("timeout", &self.timeout)
            .field("first_pause", &self.first_pause)
            .field("longest_pause", &self.longest_pause)
            .finish_non_exhaustive()
    }
}

/// What a caller ends it with.
enum Signal<'a> {
    Never,
    Awaited(Pin<Box<dyn Future<Output = ()> + Send + 'a>>),
    Given,
}

impl<'a> Signal<'a> {
    fn new(signal: impl Future<Output: Send> + Send + 'a) -> Self {
        Self::Awaited(Box::pin(async {
            drop(signal.await);
        }))
    }

    /// Whether it is given; if it isn't, the task is woken when it is.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if let Self::Awaited(signal) = self
            && signal.as_mut().poll(cx).is_ready()
        {
            *self = Self::Given;
        }
        matches!(self, Self::Given)
    }
}

/// What an [observer](WaitPolicy::with_observer) is told. How the waiting ends is in its
/// result and isn't told.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum WaitEvent<'a> {
    /// The stop succeeded; the waiting begins.
    #[non_exhaustive]
    Stopped {
        /// What it came to.
        outcome: &'a StopOutcome,
    },
    /// The stream is stopped and the cut is still to be made, which the waiting does.
    #[non_exhaustive]
    CutOwed {
        /// The error of kind [`CutOwed`](crate::ErrorKind::CutOwed).
        error: &'a Error,
    },
    /// A look saw the provider at work.
    #[non_exhaustive]
    InProgress {
        /// What it saw.
        progress: &'a InProgress,
        /// The time since the waiting began.
        elapsed: Duration,
        /// The time until the next look.
        next_look_in: Duration,
    },
    /// A look failed in a way that passes.
    #[non_exhaustive]
    LookFailed {
        /// How it failed.
        error: &'a Error,
        /// The time since the waiting began.
        elapsed: Duration,
        /// The time until the next look.
        next_look_in: Duration,
    },
}

/// The time that a last look has before the deadline, at most.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// What the provider wants of the next look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// When it is worth its call.
    Advice(Duration),
    /// When it is allowed (`Retry-After`), if the provider says so.
    Demand(Option<Duration>),
}

/// The pauses between looks.
#[derive(Debug)]
pub(super) struct Pauses {
    first: Duration,
    longest: Duration,
    next: Duration,
    /// Whether the last look is taken already.
    is_over: bool,
}

impl Pauses {
    /// The pause before the next look; `None` where no allowed one ends before the time
    /// `left` does.
    pub(super) fn next(&mut self, asked: Wanted, left: Option<Duration>) -> Option<Duration> {
        if self.is_over {
            return None;
        }
        let (not_before, is_demand) = match asked {
            Wanted::Advice(asked) => (asked, false),
            Wanted::Demand(asked) => (asked.unwrap_or_default(), asked.is_some()),
        };
        let wanted = self.next.max(not_before);
        let pause = wanted.saturating_add(jitter(wanted));
        self.next = self.next.saturating_mul(2).min(self.longest);
        match left {
            // Rather a look sooner than none: the shortest that the provider and the policy allow.
            Some(left) if pause >= left => {
                let shortest = self.first.max(not_before);
                if shortest < left {
                    return Some(shortest);
                }
                // What is only advised isn't a reason to give up with time left.
                self.is_over = true;
                let quarter = left.checked_div(4).unwrap_or_default();
                let last = left.saturating_sub(quarter.min(LAST_LOOK));
                (!is_demand && last >= SHORTEST_PAUSE).then_some(last)
            }
            _ => Some(pause),
        }
    }
}

/// Nothing to a quarter of the pause, at random, so that many followers spread out.
fn jitter(pause: Duration) -> Duration {
    let quarter = pause.checked_div(4).unwrap_or_default();
    let nanos = u64::try_from(quarter.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(fastrand::u64(0..=nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn pauses(first: u64, longest: u64) -> Pauses {
        WaitPolicy::new()
            .with_pauses(secs(first), secs(longest))
            .pauses()
    }

    #[test]
    fn pauses_double_up_to_the_longest_with_a_quarter_at_most_added() {
        let mut pauses = pauses(1, 6);
        for base in [1, 2, 4, 6, 6] {
            let pause = pauses.next(Wanted::Advice(Duration::ZERO), None).unwrap();
            let most = secs(base) * 5 / 4;
            assert!((secs(base)..=most).contains(&pause), "{pause:?} for {base}");
        }
    }

    #[test]
    fn a_longest_pause_below_the_first_is_the_first() {
        let mut pauses = pauses(10, 3);
        for _ in 0..3 {
            assert!(pauses.next(Wanted::Advice(Duration::ZERO), None).unwrap() >= secs(10));
        }
    }

    #[test]
    fn many_followers_do_not_look_in_step() {
        let distinct: std::collections::HashSet<_> = (0..100)
            .map(|_| pauses(10, 10).next(Wanted::Advice(Duration::ZERO), None))
            .collect();
        assert!(distinct.len() > 50, "{}", distinct.len());
    }

    #[test]
    fn no_pause_is_shorter_than_the_provider_asks_for() {
        let mut pauses = pauses(1, 30);
        for not_before in [0, 7, 90] {
            assert!(
                pauses.next(Wanted::Advice(secs(not_before)), None).unwrap() >= secs(not_before)
            );
        }
    }

    #[test]
    fn a_pause_that_does_not_fit_gives_way_to_the_shortest_allowed() {
        let next = |asked, left| {
            let mut pauses = Pauses {
                next: secs(30),
                ..pauses(2, 30)
            };
            pauses.next(asked, Some(secs(left)))
        };
        let advice = |seconds| Wanted::Advice(secs(seconds));
        let demand = |seconds| Wanted::Demand(Some(secs(seconds)));
        assert_eq!(next(advice(0), 20), Some(secs(2)), "the policy's");
        for asked in [advice(5), demand(5)] {
            assert_eq!(next(asked, 20), Some(secs(5)), "the provider's");
        }
        assert_eq!(
            next(demand(20), 20),
            None,
            "a look at the very end can't finish"
        );
    }

    #[test]
    fn one_last_look_is_taken_shortly_before_the_deadline_unless_the_provider_forbids_it() {
        for (asked, left, last) in [
            (Wanted::Advice(secs(10)), 9_000, Some(7_000)),
            (Wanted::Advice(secs(10)), 1_000, Some(750)),
            (Wanted::Advice(Duration::MAX), 3_600_000, Some(3_598_000)),
            // A failure that the provider says nothing of, and the policy's own pause.
            (Wanted::Demand(None), 1_000, Some(750)),
            (Wanted::Demand(Some(secs(10))), 9_000, None),
            (Wanted::Advice(secs(10)), 0, None),
        ] {
            let mut pauses = pauses(2, 30);
            let millis = Duration::from_millis;
            let next = pauses.next(asked, Some(millis(left)));
            assert_eq!(next, last.map(millis), "{asked:?}, {left} ms");
            assert_eq!(
                pauses.next(Wanted::Advice(secs(0)), Some(secs(1))),
                None,
                "one only"
            );
        }
    }

    #[test]
    fn extreme_durations_neither_wrap_nor_spin() {
        let mut endless = WaitPolicy::new()
            .with_pauses(Duration::MAX, Duration::ZERO)
            .pauses();
        assert_eq!(
            endless.next(Wanted::Advice(Duration::MAX), None),
            Some(Duration::MAX)
        );
        let mut zero = WaitPolicy::new()
            .with_pauses(Duration::ZERO, Duration::ZERO)
            .pauses();
        for _ in 0..3 {
            assert!(zero.next(Wanted::Advice(Duration::ZERO), None).unwrap() >= SHORTEST_PAUSE);
        }
    }
}
