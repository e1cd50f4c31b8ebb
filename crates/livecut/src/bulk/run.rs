//! What a [`StopAll`](super::StopAll) does at each poll.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::iter::Fuse;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, Sleep};

use super::pace::Due;
use super::turns::StopPace;
use super::{Order, Shared, StopAllOptions, StopResult};
use crate::{
    Effect, Error, ErrorKind, Method, Result, Step, StopOutcome, StopPlan, StopRequest, StopWatch,
    Ticket,
};

/// How long a stop may take that doesn't say: what the adapters' HTTP client has by default.
const TIMEOUT: Duration = Duration::from_secs(30);

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
    timer: Option<Pin<Box<Sleep>>>,
}

/// A request that its plan doesn't refuse.
struct Job<R> {
    index: usize,
    input: R,
    /// Those that it may make.
    calls: Vec<Method>,
    /// What the plan leaves in hand.
    ticket: Option<Ticket>,
    /// What it may have caused when it is given up, if its watch doesn't tell.
    possible: Effect,
    /// What it has done so far.
    watch: StopWatch,
    attempts: u32,
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
                let watch = input.as_ref().watch().cloned().unwrap_or_default();
                // They don't ask, so that they have no place among those that do.
                let steps = plan.steps().iter().map(Step::method);
                let calls = steps
                    .chain(std::iter::repeat_n(Method::Get, looks))
                    .collect();
                let (_, ticket) = plan.into_parts();
                self.next = Some(Job {
                    index,
                    input,
                    calls,
                    ticket,
                    possible,
                    watch,
                    attempts: 0,
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
            if self.give_up() {
                continue;
            }
            let Some(job) = &mut self.next else { break };
            let request = job.input.as_ref();
            let timeout = request.timeout().unwrap_or(TIMEOUT);
            let due = self
                .shared
                .pace()
                .begin(Instant::now(), job.index, &job.calls, timeout);
            match due {
                Due::At(at) => {
                    if self.poll_timer(at, cx).is_pending() {
                        break;
                    }
                }
                // One under way goes on first, and that polls this.
                Due::Later | Due::Never => break,
                Due::Now(_) => {
                    let pace = StopPace::new(Arc::clone(&self.shared), job.index);
                    let request = request
                        .clone()
                        .with_pace(Arc::new(pace))
                        .with_watch(job.watch.clone());
                    job.attempts = job.attempts.saturating_add(1);
                    self.under_way.push((self.begin)(job.index, request));
                    if let Some(job) = self.next.take() {
                        self.jobs.insert(job.index, job);
                    }
                    begun = true;
                }
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
        let refusal = result.as_ref().err();
        let refusal = refusal.filter(|error| error.kind() == ErrorKind::RateLimited);
        // An adapter that asks before each call has told already.
        let unasked = self.shared.pace().end(job.index);
        match (unasked, refusal) {
            (Some(turn), Some(error)) => self.shared.refused(job.index, turn, error.retry_after()),
            (Some(turn), None) => self.shared.pace().taken(job.index, turn),
            (None, _) => {}
        }
        let given_up = self.shared.pace().given_up(&job.calls).is_some();
        if let Some(error) = refusal
            && error.is_safe_to_repeat()
            && self.shared.order() == Order::Run
            && !given_up
            && job.attempts < self.options.max_attempts()
        {
            job.refusal = result.err();
            self.again.push_back(job);
            return;
        }
        self.done.push_back(job.done(result));
    }

    /// Hands the next stop back if the provider doesn't take one of its calls any more.
    fn give_up(&mut self) -> bool {
        let Some(job) = &self.next else { return false };
        let Some((method, asked)) = self.shared.pace().given_up(&job.calls) else {
            return false;
        };
        let message = format!(
            "not sent, for the provider has refused its {method} call for its rate for two minutes"
        );
        let mut error = Error::new(ErrorKind::RateLimited, message).with_provider(self.provider);
        if let Some(asked) = asked {
            error = error.with_retry_after(asked);
        }
        if let Some(job) = self.next.take() {
            self.done.push_back(job.unsent(error));
        }
        true
    }

    /// A request that won't be begun any more, for it was cancelled.
    fn cancelled(&mut self) -> Option<StopResult<R>> {
        let error = Error::new(ErrorKind::Cancelled, "cancelled before it was sent")
            .with_provider(self.provider);
        let waiting = self.next.take().or_else(|| self.again.pop_front());
        if let Some(job) = waiting {
            return Some(job.unsent(error));
        }
        let (index, input) = self.read()?;
        Some(StopResult {
            index,
            input,
            attempts: 0,
            result: Err(error),
        })
    }

    /// Drops what is under way.
    fn drop_all(&mut self) {
        self.under_way.clear();
        while let Some((_, mut job)) = self.jobs.pop_first() {
            self.shared.pace().end(job.index);
            let mut error = Error::new(ErrorKind::Cancelled, "given up under way")
                .with_provider(self.provider)
                .with_effect(job.watch.effect().unwrap_or(job.possible));
            if let Some(ticket) = job.watch.ticket().or_else(|| job.ticket.take()) {
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
            && let Some(result) = self.cancelled()
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
    /// With why it isn't begun any more, and why it was to be begun again.
    fn unsent(mut self, error: Error) -> StopResult<R> {
        let error = match self.refusal.take() {
            Some(refusal) => error.with_source(refusal),
            None => error,
        };
        self.done(Err(error))
    }

    fn done(self, result: Result<StopOutcome>) -> StopResult<R> {
        StopResult {
            index: self.index,
            input: self.input,
            attempts: self.attempts,
            result,
        }
    }
}
