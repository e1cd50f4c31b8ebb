//! What a [`StopAll`](super::StopAll) does at each poll.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::iter::Fuse;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, Sleep};

use super::pace::Pace;
use super::{Order, Shared, StopAllOptions, StopResult};
use crate::{
    Effect, Error, ErrorKind, OnRateLimit, Result, StopOutcome, StopPlan, StopRequest, Ticket,
};

/// A [`Run`], whatever it is made of.
pub(super) trait Running<R> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<StopResult<R>>>;

    /// How many results are still to come, as an iterator says it.
    fn left(&self) -> (usize, Option<usize>);
}

/// All the stops of one [`StopAll`](super::StopAll): `P` plans one, `B` begins one.
pub(super) struct Run<I: Iterator, P, B, F> {
    plan: P,
    begin: B,
    provider: &'static str,
    options: StopAllOptions,
    shared: Arc<Shared>,
    source: Fuse<I>,
    read: usize,
    /// Refused for their rate, to be begun again before any new one.
    again: VecDeque<Job<I::Item>>,
    /// Waits for its time.
    next: Option<Job<I::Item>>,
    /// Results that wait to be taken.
    done: VecDeque<StopResult<I::Item>>,
    /// Under way; of each, what is known without its future.
    jobs: BTreeMap<usize, Job<I::Item>>,
    under_way: FuturesUnordered<F>,
    pace: Pace,
    timer: Option<Pin<Box<Sleep>>>,
}

/// A request that its plan doesn't refuse.
struct Job<R> {
    index: usize,
    input: R,
    /// How many calls it may make.
    calls: u32,
    /// What the plan leaves in hand.
    ticket: Option<Ticket>,
    /// What it may have caused when it is given up.
    possible: Effect,
    attempts: u32,
    age: u64,
    /// Why it is to be begun again.
    refusal: Option<Error>,
}

impl<I, R, P, B, F> Run<I, P, B, F>
where
    I: Iterator<Item = R>,
    R: AsRef<StopRequest>,
    P: Fn(&StopRequest) -> Result<StopPlan>,
    B: Fn(usize, StopRequest) -> F,
    F: Future<Output = (usize, Result<StopOutcome>)>,
{
    pub(super) fn new(
        provider: &'static str,
        plan: P,
        begin: B,
        source: I,
        options: StopAllOptions,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            plan,
            begin,
            provider,
            pace: Pace::new(options.rate()),
            options,
            shared,
            source: source.fuse(),
            read: 0,
            again: VecDeque::new(),
            next: None,
            done: VecDeque::new(),
            jobs: BTreeMap::new(),
            under_way: FuturesUnordered::new(),
            timer: None,
        }
    }

    /// Takes the next input, with its index.
    fn read(&mut self) -> Option<(usize, R)> {
        let input = self.source.next()?;
        let index = self.read;
        self.read = self.read.saturating_add(1);
        Some((index, input))
    }

    /// Puts the next stop into `next`, or what its plan refuses into `done`. `false`: there is
    /// none.
    fn prepare(&mut self) -> bool {
        if self.next.is_some() {
            return true;
        }
        self.next = self.again.pop_front();
        if self.next.is_some() {
            return true;
        }
        let Some((index, input)) = self.read() else {
            return false;
        };
        match (self.plan)(input.as_ref()) {
            Ok(plan) => {
                let looks = if self.options.reconcile() { 2 } else { 0 };
                let possible = plan.possible_effect(input.as_ref());
                let (steps, ticket) = plan.into_parts();
                self.next = Some(Job {
                    index,
                    input,
                    // An adapter may have no calls to show; a stop takes its place all the same.
                    calls: u32::try_from(steps.len())
                        .unwrap_or(u32::MAX)
                        .max(1)
                        .saturating_add(looks),
                    ticket,
                    possible,
                    attempts: 0,
                    age: 0,
                    refusal: None,
                });
            }
            Err(error) => {
                self.done.push_back(StopResult {
                    index,
                    input,
                    attempts: 0,
                    result: Err(error),
                });
            }
        }
        true
    }

    /// Begins as many stops as there are, and as may be; whether that was any.
    fn begin_more(&mut self, cx: &mut Context<'_>) -> bool {
        let most = self.options.concurrency();
        let mut begun = false;
        // A caller that doesn't take its results holds up the rest.
        while self.jobs.len() < most && self.done.len() < most && self.prepare() {
            let now = Instant::now();
            if let Some(at) = self.pace.next().filter(|at| *at > now)
                && self.next.is_some()
            {
                if self.poll_timer(at, cx).is_pending() {
                    break;
                }
            } else if let Some(mut job) = self.next.take() {
                job.age = self.pace.begin(now, job.calls);
                job.attempts = job.attempts.saturating_add(1);
                let request = job.input.as_ref().clone();
                let request = request.with_on_rate_limit(OnRateLimit::Return);
                self.under_way.push((self.begin)(job.index, request));
                self.jobs.insert(job.index, job);
                begun = true;
            }
        }
        begun
    }

    fn poll_timer(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        timer.as_mut().poll(cx)
    }

    /// Takes in all that came to an end.
    fn settle_all(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some((index, result))) = self.under_way.poll_next_unpin(cx) {
            if let Some(job) = self.jobs.remove(&index) {
                self.settle(job, result);
            }
        }
    }

    /// What a stop that returned means for the others, and for itself.
    fn settle(&mut self, mut job: Job<R>, result: Result<StopOutcome>) {
        match &result {
            Err(error) if error.kind() == ErrorKind::RateLimited => {
                self.shared.refusals.fetch_add(1, Ordering::Relaxed);
                self.pace
                    .refused(Instant::now(), job.age, error.retry_after());
                let goes_on = self.shared.order() == Order::Run;
                if error.is_safe_to_repeat()
                    && goes_on
                    && job.attempts < self.options.max_attempts()
                {
                    job.refusal = result.err();
                    self.again.push_back(job);
                    return;
                }
            }
            _ => self.pace.taken(job.age, job.calls),
        }
        self.done.push_back(job.done(result));
    }

    /// A request that won't be begun any more.
    fn unsent(&mut self) -> Option<StopResult<R>> {
        let error = || {
            Error::new(ErrorKind::Cancelled, "cancelled before it was sent")
                .with_provider(self.provider)
        };
        let waiting = self.next.take().or_else(|| self.again.pop_front());
        if let Some(mut job) = waiting {
            let error = match job.refusal.take() {
                Some(refusal) => error().with_source(refusal),
                None => error(),
            };
            return Some(job.done(Err(error)));
        }
        let result = Err(error());
        let (index, input) = self.read()?;
        Some(StopResult {
            index,
            input,
            attempts: 0,
            result,
        })
    }

    /// Drops what is under way.
    fn drop_all(&mut self) {
        self.under_way.clear();
        while let Some((_, mut job)) = self.jobs.pop_first() {
            let mut error = Error::new(ErrorKind::Cancelled, "given up under way")
                .with_provider(self.provider)
                .with_effect(job.possible);
            if let Some(ticket) = job.ticket.take() {
                error = error.with_ticket(ticket);
            }
            self.done.push_back(job.done(Err(error)));
        }
    }
}

impl<I, R, P, B, F> Running<R> for Run<I, P, B, F>
where
    I: Iterator<Item = R>,
    R: AsRef<StopRequest>,
    P: Fn(&StopRequest) -> Result<StopPlan>,
    B: Fn(usize, StopRequest) -> F,
    F: Future<Output = (usize, Result<StopOutcome>)>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<StopResult<R>>> {
        // Registered first, so that an order that comes after the look at it wakes.
        self.shared.waker.register(cx.waker());
        let order = self.shared.order();
        if order == Order::Abort {
            self.drop_all();
        }
        // All news is in before another begins, and what began is polled.
        loop {
            self.settle_all(cx);
            if order != Order::Run || !self.begin_more(cx) {
                break;
            }
        }
        if let Some(result) = self.done.pop_front() {
            return Poll::Ready(Some(result));
        }
        if order != Order::Run
            && let Some(result) = self.unsent()
        {
            return Poll::Ready(Some(result));
        }
        if self.jobs.is_empty() && self.next.is_none() && self.again.is_empty() {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }

    fn left(&self) -> (usize, Option<usize>) {
        let held = [self.jobs.len(), self.again.len(), self.done.len()]
            .into_iter()
            .chain([self.next.is_some().into()])
            .fold(0_usize, usize::saturating_add);
        let (least, most) = self.source.size_hint();
        (
            least.saturating_add(held),
            most.and_then(|most| most.checked_add(held)),
        )
    }
}

impl<R> Job<R> {
    fn done(self, result: Result<StopOutcome>) -> StopResult<R> {
        StopResult {
            index: self.index,
            input: self.input,
            attempts: self.attempts,
            result,
        }
    }
}
