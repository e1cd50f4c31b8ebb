//! `stop_all`, against a provider in memory and under a paused clock.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "what tests share fails by panicking, as they do"
)]

mod cancelling;
mod journal;
mod pacing;
mod results;
#[cfg(feature = "all-providers")]
mod simulated;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use livecut::{
    Capabilities, Certainty, Effect, Error, ErrorKind, LiveStreamStopper, Method, Progress,
    Purpose, Result, Step, StopOutcome, StopPlan, StopRequest, StreamId, StreamState, StreamStatus,
    Ticket, Timeline, TimelineSupport,
};
use tokio::time::Instant;

use crate::stream;

/// How a provider limits the rate of calls.
#[derive(Debug, Clone, Copy)]
enum Limit {
    None,
    /// So many calls in each such period, the first of which begins with the first call.
    Window(u32, Duration),
    /// So many calls at once, and as many more a second as tokens come in.
    Bucket {
        holds: u32,
        per_second: u32,
    },
}

/// What a stop comes to once it is let through.
type Fate = fn(usize) -> Result<(), (ErrorKind, Effect)>;

/// A provider that takes its time, limits its rate, and knows what it did.
#[derive(Debug)]
struct FakeProvider {
    limit: Limit,
    latency: Duration,
    /// A call takes up to so much longer to arrive.
    jitter: Duration,
    calls: u32,
    fate: Fate,
    retry_after: Option<Duration>,
    book: Mutex<Book>,
    under_way: AtomicUsize,
}

/// What the provider saw.
#[derive(Debug, Default)]
struct Book {
    /// When each stop arrived that was let through.
    arrived: Vec<Instant>,
    refused: usize,
    /// The streams that the provider stopped, as often as it did.
    stopped: Vec<StreamId>,
    most_under_way: usize,
    window: Option<(Instant, u32)>,
    bucket: Option<(Instant, Duration)>,
    /// Until when callers were told to wait.
    held_until: Option<Instant>,
    /// The calls that came before that.
    too_early: usize,
}

impl FakeProvider {
    fn new() -> Self {
        Self {
            limit: Limit::None,
            latency: Duration::from_millis(20),
            jitter: Duration::ZERO,
            calls: 1,
            fate: |_| Ok(()),
            retry_after: Some(Duration::from_secs(1)),
            book: Mutex::default(),
            under_way: AtomicUsize::new(0),
        }
    }

    fn limited(limit: Limit) -> Self {
        Self {
            limit,
            ..Self::new()
        }
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Whether a call that arrives now is within the limit.
    fn admits(&self, book: &mut Book) -> bool {
        let now = Instant::now();
        match self.limit {
            Limit::None => true,
            Limit::Window(calls, per) => {
                let (_, used) = match &mut book.window {
                    Some(window) if now < window.0 + per => window,
                    window => window.insert((now, 0)),
                };
                *used += 1;
                *used <= calls
            }
            Limit::Bucket { holds, per_second } => {
                let token = Duration::from_secs(1) / per_second;
                let full = token * holds;
                let (at, filled) = book.bucket.unwrap_or((now, full));
                let filled = full.min(filled + (now - at));
                let admitted = filled >= token;
                book.bucket = Some((now, if admitted { filled - token } else { filled }));
                admitted
            }
        }
    }
}

/// Counts what is under way, also when it is dropped.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl LiveStreamStopper for FakeProvider {
    fn provider(&self) -> &'static str {
        "fake"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(Duration::from_secs(1))
            .with_timeline(Timeline::Offset, TimelineSupport::Native)
            .with_single_call()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let cut = self.capabilities().admit(request)?;
        let step = Step::new(Purpose::Stop, Method::Post, "fake:stop");
        let ticket = Ticket::new("fake", request.stream().clone()).with_cut(cut);
        let steps = vec![step; usize::try_from(self.calls).unwrap()];
        Ok(StopPlan::new("fake", steps)
            .with_cut(cut)
            .with_ticket(ticket))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        let _under_way = UnderWay(&self.under_way);
        assert!(request.pace().is_some());
        if !self.jitter.is_zero() {
            tokio::time::sleep(self.jitter.mul_f64(fastrand::f64())).await;
        }
        let number = {
            let mut book = self.book();
            book.most_under_way = book.most_under_way.max(under_way);
            if book.held_until.is_some_and(|until| Instant::now() < until) {
                book.too_early += 1;
            }
            if self.admits(&mut book) {
                book.arrived.push(Instant::now());
                Some(book.arrived.len() - 1)
            } else {
                book.refused += 1;
                None
            }
        };
        let ticket = Ticket::new("fake", request.stream().clone());
        tokio::time::sleep(self.latency / 2).await;
        let Some(number) = number else {
            tokio::time::sleep(self.latency / 2).await;
            let error = Error::new(ErrorKind::RateLimited, "slow down");
            if let Some(wait) = self.retry_after {
                let until = Instant::now() + wait;
                let mut book = self.book();
                book.held_until = book.held_until.max(Some(until));
                return Err(error.with_retry_after(wait));
            }
            return Err(error);
        };
        let fate = (self.fate)(number);
        if fate.is_ok() || fate.is_err_and(|(_, effect)| effect.stopped != Certainty::No) {
            self.book().stopped.push(request.stream().clone());
        }
        tokio::time::sleep(self.latency / 2).await;
        match fate {
            Ok(()) => Ok(StopOutcome::new(ticket)),
            Err((kind, effect)) => Err(Error::new(kind, "as the test has it")
                .with_effect(effect)
                .with_ticket(ticket)),
        }
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let state = if self.book().stopped.contains(stream) {
            StreamState::Ended
        } else {
            StreamState::Live
        };
        Ok(StreamStatus::new("fake", stream.clone(), state, "x"))
    }

    async fn follow(&self, _: &Ticket) -> Result<Progress> {
        Err(Error::new(ErrorKind::Unsupported, "not in these tests"))
    }
}

/// Stop the streams `0`, `1` and so on.
fn requests(count: usize) -> impl Iterator<Item = StopRequest> + Send {
    (0..count).map(|number| StopRequest::new(stream(&number.to_string())))
}
