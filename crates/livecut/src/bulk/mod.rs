//! Many stops at once: bounded, paced, and each with a result.

mod options;
mod pace;
mod result;
mod run;
mod steps;
mod turns;

pub use options::StopAllOptions;
pub use result::StopResult;

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::journal::Journal;
use crate::{LiveStreamStopper, StopRequest};
use livecut_core::adapter::Turn;
use pace::LearnedPace;
use run::{Run, Running};
use steps::Step;

/// Stops many streams, some at once, and gives the result of each as it comes.
///
/// `stopper` is anything that is `Clone` and `Deref` to a [`LiveStreamStopper`]: an
/// `Arc<dyn LiveStreamStopper>`, or a `&dyn LiveStreamStopper`. `requests` gives [`StopRequest`]s, or anything
/// that is `AsRef<StopRequest>`: `(K, StopRequest)` with a key `K` of your own, or a type of your own that
/// implements it. It is handed back with the result. Each stop has the stopper's timeout, or
/// [its own](StopRequest::with_timeout).
///
/// ```
/// use livecut::testing::{ScriptedStopper, StopReply};
/// use livecut::{LiveStreamStopper, Rate, StopAllOptions, StopRequest, StreamId, stop_all};
///
/// /// Ends the classes, and gives the rooms of which it isn't known whether they are still on air.
/// async fn end_classes(stopper: &dyn LiveStreamStopper, rooms: &[StreamId]) -> Vec<StreamId> {
///     let requests = rooms.iter().map(|room| StopRequest::new(room.clone()));
///     // 0 would be `None`: no rate is known, and it is learned.
///     let options = StopAllOptions::new().with_rate(Rate::per_second(100));
///     let mut unclear = Vec::new();
///     let mut stops = stop_all(stopper, requests, options);
///     while let Some(stop) = stops.next().await {
///         match stop.result() {
///             Ok(outcome) => println!("{}: {}", outcome.ticket().stream(), outcome.ticket()),
///             Err(error) if error.is_unknown() => unclear.push(stop.request().stream().clone()),
///             Err(error) => println!("{}: {error}", stop.request().stream()),
///         }
///     }
///     unclear
/// }
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// #     let stopper = ScriptedStopper::new().on_stop(StopReply::accepted().always());
/// #     let rooms = [StreamId::new("1")?, StreamId::new("2")?];
/// #     assert!(end_classes(&stopper, &rooms).await.is_empty());
/// #     assert_eq!(stopper.stops().len(), 2);
/// #     Ok(())
/// # }
/// ```
///
/// # Order
/// Results come as they are known; [`StopResult::index`] is the place in the input. Stops begin in the order of the
/// input, but for those that the provider refused for their rate: they begin again first.
///
/// # Memory
/// `requests` is read as it is needed. Held at once are what is under way or waits to be begun, at most the
/// [concurrency](StopAllOptions::with_concurrency), and the results that weren't taken yet: together less than twice
/// the concurrency, however many requests there are.
///
/// # Who drives it
/// No task is spawned: it goes on only while it is polled. Between two results, don't take long;
/// the deadlines of the stops under way run on. It needs a tokio runtime with its timer on.
///
/// # What is tried again
/// A call that the provider refused for its rate is sent again when the pace says so; the stop isn't begun anew. A stop
/// that gets no turn for its calls within its deadline, before anything was changed, is begun again, at most
/// [so often](StopAllOptions::with_max_attempts). Any other error is the result. What the adapter repeats
/// by itself within one stop (a connection that was never made) isn't seen here.
///
/// # What fails every stop
/// A wrong credential does, and each request is sent all the same: [`cancel`](StopAll::cancel) at the first error of
/// kind [`Unauthorized`](crate::ErrorKind::Unauthorized). A 403 of one stream alone has that kind too; the error's
/// [response](crate::Error::response) tells them apart, where the provider does.
///
/// # Pace
/// Each call is paced, by the [`Pace`](livecut_core::adapter::Pace) that its request hands to the adapter; of those that wait, the
/// oldest stop goes first. A stop begins when there is a turn for its first call, and the calls of all stops under way take
/// at most half its timeout, as far as the rate is known. Its time runs from then on. What the plan refuses isn't
/// sent, and takes no time.
///
/// With a [rate](StopAllOptions::with_rate), calls are a twentieth further apart than it says, so that those which come closer
/// together on their way aren't too many. A time in which nothing was to be sent isn't made up for, but by the rate's
/// [burst](crate::Rate::with_burst). Without one, the rates that the provider [documents](crate::Capabilities::rate_limits) hold from
/// its first refusal on, since above them it lets bursts of an unknown size through. Without those, too, the rate is learned:
///
/// After a refusal (429) nothing is sent until `Retry-After` is over, or for a second if there is none, and twice as long
/// each time that nothing was taken in between, a minute at most. Then calls go at the rate that the provider took so far,
/// the wait included, which grows nearly threefold in each such wait until the next refusal; that one and each after it make it
/// a fifth slower, and from then on it grows by a hundredth in each such wait. A given or documented rate that is refused
/// is lowered in the same way, and never exceeded.
///
/// A call that the provider has refused for two minutes, and taken from no stop in that time, isn't sent any more, whatever it takes of the
/// calls before it. Each stop that needs the call and isn't done has a result of kind
/// [`RateLimited`](crate::ErrorKind::RateLimited). [`rate_wait`](StopAll::rate_wait) says how long nothing is sent yet, and
/// [`rate_wait_asked`](StopAll::rate_wait_asked) what the provider asked for.
///
/// # Cancellation
/// [`cancel`](StopAll::cancel) begins no more: what is under way comes to its end, each within its own
/// deadline, and each request that wasn't sent gets a result of kind
/// [`Cancelled`](crate::ErrorKind::Cancelled) that says so, with no effect. [`abort`](StopAll::abort) gives up
/// what is under way as well: its effect is unknown, unless it had come to its end, and the result has the ticket where the plan has one.
/// Either way each request has exactly one result, and none claims less than may have happened.
///
/// Dropping the [`StopAll`] sends nothing more and leaves no task behind, as dropping each
/// [`stop`](LiveStreamStopper::stop): what was under way may be applied all the same, and nobody is
/// told which that was. Prefer [`abort`](StopAll::abort).
pub fn stop_all<'a, S, I>(stopper: S, requests: I, options: StopAllOptions) -> StopAll<'a, I::Item>
where
    S: Deref<Target: LiveStreamStopper> + Clone + Send + Sync + 'a,
    I: IntoIterator<Item: AsRef<StopRequest> + Send + 'a, IntoIter: Send + 'a>,
{
    let pace = LearnedPace::new(options.rate_limits(), &stopper.capabilities());
    let shared = Arc::new(Shared::new(pace));
    let provider = stopper.provider();
    let reconciles = options.reconcile();
    let planner = stopper.clone();
    let plan = move |request: &StopRequest| planner.plan(request);
    let begin = move |step: Step<'a>| {
        let stopper = stopper.clone();
        async move { steps::take(&*stopper, reconciles, step).await }
    };
    let source = requests.into_iter();
    StopAll {
        run: Box::new(Run::new(
            provider,
            plan,
            begin,
            source,
            options,
            Arc::clone(&shared),
        )),
        shared,
    }
}

/// Many stops under way: a [`Stream`] of their results, in the order in which they are known.
///
/// Made by [`stop_all`], whose page says what it does.
#[must_use = "nothing is stopped unless it is polled"]
pub struct StopAll<'a, R = StopRequest> {
    run: Box<dyn Running<'a, R> + Send + 'a>,
    shared: Arc<Shared>,
}

impl<'a, R> StopAll<'a, R> {
    /// Keeps a [journal](crate::journal), by which a later run goes on: what is begun is written down before it is sent, and what came
    /// of it before its result is given. What the journal has done isn't done again. Each result is of all steps for its stream, those
    /// of earlier runs included.
    ///
    /// Set it before the first result. If the journal fails, no more is begun, as if it was [cancelled](Self::cancel): see
    /// [`StopResult::unnoted`].
    ///
    /// A journal brings two things along: a cut that an earlier run has left owed is followed in the place of a stop, one step each
    /// run; and with [`with_reconcile`](StopAllOptions::with_reconcile) what an earlier run has left unknown is looked at.
    pub fn with_journal(mut self, journal: impl Journal + 'a) -> Self {
        self.run.keep_in(Arc::new(journal));
        self
    }

    /// The next result; `None`: each request has had its result.
    ///
    /// The [`Stream`]'s own, for those without the extension traits of a futures library.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing, so it can stand in a `select!`; but nothing goes on until the next.
    pub async fn next(&mut self) -> Option<StopResult<R>> {
        poll_fn(|cx| self.run.poll(cx)).await
    }

    /// Begins no more. What is under way comes to its end; each request that wasn't sent
    /// has a result that says so.
    pub fn cancel(&self) {
        self.shared.cancel();
    }

    /// Begins no more, and gives up what is under way, whose effect is then unknown. Each
    /// request has its result all the same.
    pub fn abort(&self) {
        self.shared.abort();
    }

    /// To cancel it from somewhere else.
    pub fn handle(&self) -> StopAllHandle {
        StopAllHandle(Arc::clone(&self.shared))
    }

    /// How often the provider has refused a call for its rate so far.
    pub fn rate_refusals(&self) -> u64 {
        self.shared.refusals.load(Ordering::Relaxed)
    }

    /// How long nothing will be sent yet, for the provider has refused a call for its rate: a minute at most.
    /// `None`: nothing is held back.
    pub fn rate_wait(&self) -> Option<Duration> {
        let until = self.shared.pace().held()?;
        let wait = until.saturating_duration_since(Instant::now());
        Some(wait).filter(|wait| !wait.is_zero())
    }

    /// How long the provider asked to wait at its last refusal, which can be far longer than
    /// [what is waited](Self::rate_wait). `None`: it didn't say, or refused none.
    pub fn rate_wait_asked(&self) -> Option<Duration> {
        self.shared.pace().asked()
    }
}

impl<R> Stream for StopAll<'_, R> {
    type Item = StopResult<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.run.poll(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.run.left()
    }
}

impl<R> fmt::Debug for StopAll<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopAll")
            .field("order", &self.shared.order())
            .field("rate_refusals", &self.rate_refusals())
            .finish_non_exhaustive()
    }
}

/// Cancels a [`StopAll`] from somewhere else: another task, a signal's handler.
#[derive(Debug, Clone)]
pub struct StopAllHandle(Arc<Shared>);

impl StopAllHandle {
    /// As [`StopAll::cancel`].
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// As [`StopAll::abort`].
    pub fn abort(&self) {
        self.0.abort();
    }
}

/// What a [`StopAll`] and its handles have in common.
#[derive(Debug)]
struct Shared {
    pace: Mutex<LearnedPace>,
    /// Wakes the calls that stand in line.
    changed: Notify,
    cancelled: AtomicBool,
    aborted: AtomicBool,
    waker: AtomicWaker,
    refusals: AtomicU64,
}

/// How it is to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Run,
    Cancel,
    Abort,
}

impl Shared {
    fn new(pace: LearnedPace) -> Self {
        Self {
            pace: Mutex::new(pace),
            changed: Notify::new(),
            cancelled: AtomicBool::new(false),
            aborted: AtomicBool::new(false),
            waker: AtomicWaker::new(),
            refusals: AtomicU64::new(0),
        }
    }

    fn pace(&self) -> MutexGuard<'_, LearnedPace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self, index: usize, turn: Turn, retry_after: Option<Duration>) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        self.pace()
            .refused(Instant::now(), index, turn, retry_after);
        self.changed.notify_waiters();
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.waker.wake();
    }

    fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
        self.waker.wake();
    }

    fn order(&self) -> Order {
        if self.aborted.load(Ordering::Acquire) {
            Order::Abort
        } else if self.cancelled.load(Ordering::Acquire) {
            Order::Cancel
        } else {
            Order::Run
        }
    }
}
