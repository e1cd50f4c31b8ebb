//! What a [`StopAll`](super::StopAll) does at each poll.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::iter::Fuse;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, Sleep};

use super::pace::Due;
use super::steps::{self, Noted, Taken};
use super::turns::StopPace;
use super::{Order, Shared, StopAllOptions, StopResult};
use crate::journal::{Journal, Next};
use crate::{
    Effect, Error, ErrorKind, Method, Result, Step, StopOutcome, StopPlan, StopRequest, StopWatch,
    Ticket,
};

/// How long a stop may take that doesn't say: what the adapters' HTTP client has by default.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A [`Run`], whatever it is made of.
pub(super) trait Running<'a, R> {
    /// Sets where stops are written down.
    fn keep_in(&mut self, journal: Arc<dyn Journal + 'a>);

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<StopResult<R>>>;

    /// How many results are still to come, as an iterator says it.
    fn left(&self) -> (usize, Option<usize>);
}

/// All the stops of one [`StopAll`](super::StopAll): `P` plans one, `B` begins one.
pub(super) struct Run<'a, I: Iterator, P, B, F> {
    plan: P,
    begin: B,
    provider: &'static str,
    options: StopAllOptions,
    shared: Arc<Shared>,
    journal: Option<Arc<dyn Journal + 'a>>,
    source: Fuse<I>,
    read: usize,
    /// What the journal has of them is being read.
    looking: VecDeque<Job<'a, I::Item>>,
    looks: FuturesOrdered<BoxFuture<'a, Look<'a>>>,
    /// Refused for their rate, to be begun again before any new one.
    again: VecDeque<Job<'a, I::Item>>,
    /// Waits for its time.
    next: Option<Job<'a, I::Item>>,
    /// Results that wait to be taken.
    done: VecDeque<StopResult<I::Item>>,
    /// Under way; of each, what is known without its future.
    jobs: BTreeMap<usize, Job<'a, I::Item>>,
    under_way: FuturesUnordered<F>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether what was under way is given up.
    has_given_up: bool,
}

/// What a journal has of a stream, or why it can't be read.
type Look<'a> = (Box<Noted<'a>>, Result<()>);

/// A request that its plan doesn't refuse.
struct Job<'a, R> {
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
    /// What the journal has of it.
    noted: Option<Box<Noted<'a>>>,
}

impl<'a, I, R, P, B, F> Run<'a, I, P, B, F>
where
    I: Iterator<Item = R>,
    R: AsRef<StopRequest>,
    P: Fn(&StopRequest) -> Result<StopPlan>,
    B: Fn(steps::Step<'a>) -> F,
    F: Future<Output = Taken<'a>>,
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
            journal: None,
            source: source.fuse(),
            read: 0,
            looking: VecDeque::new(),
            looks: FuturesOrdered::new(),
            again: VecDeque::new(),
            next: None,
            done: VecDeque::new(),
            jobs: BTreeMap::new(),
            under_way: FuturesUnordered::new(),
            timer: None,
            has_given_up: false,
        }
    }

    /// Takes the next input, with its index.
    fn read(&mut self) -> Option<(usize, R)> {
        let input = self.source.next()?;
        let index = self.read;
        self.read = self.read.saturating_add(1);
        Some((index, input))
    }

    /// The next input as it is planned, or refused by its plan. `None`: there is none.
    fn plan_next(&mut self) -> Option<Result<Job<'a, R>, StopResult<R>>> {
        let (index, input) = self.read()?;
        let plan = match (self.plan)(input.as_ref()) {
            Ok(plan) => plan,
            Err(error) => return Some(Err(StopResult::unsent(index, input, error))),
        };
        let request = input.as_ref();
        let looks = if self.options.reconcile() { 2 } else { 0 };
        let journal = self.journal.as_ref();
        let noted = journal.map(|journal| Noted::new(Arc::clone(journal), &plan, request));
        let possible = plan.possible_effect(request);
        let watch = request.watch().cloned().unwrap_or_default();
        // They don't ask, so that they have no place among those that do.
        let steps = plan.steps().iter().map(Step::method);
        let calls = steps
            .chain(std::iter::repeat_n(Method::Get, looks))
            .collect();
        let (_, ticket) = plan.into_parts();
        Some(Ok(Job {
            index,
            input,
            calls,
            ticket,
            possible,
            watch,
            attempts: 0,
            refusal: None,
            noted: noted.map(Box::new),
        }))
    }

    /// Puts the next stop into `next`, or what is known without one into `done`. `false`: there is
    /// none, or none yet.
    fn prepare(&mut self, cx: &mut Context<'_>) -> bool {
        if self.next.is_some() {
            return true;
        }
        self.next = self.again.pop_front();
        if self.next.is_some() {
            return true;
        }
        match self.poll_next(cx) {
            Poll::Ready(Some(Ok(job))) => self.next = Some(job),
            Poll::Ready(Some(Err(known))) => self.done.push_back(known),
            Poll::Ready(None) | Poll::Pending => return false,
        }
        true
    }

    /// The next input, if something is to be done for it, or what is known without. `None`: there is none.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Job<'a, R>, StopResult<R>>>> {
        if self.journal.is_none() {
            return Poll::Ready(self.plan_next());
        }
        let most = self.options.concurrency();
        while self.looking.len().saturating_add(self.jobs.len()) < most || self.looking.is_empty() {
            match self.plan_next() {
                None => break,
                Some(Err(refused)) => return Poll::Ready(Some(Err(refused))),
                Some(Ok(mut job)) => {
                    let reconciles = self.options.reconcile();
                    let request = job.input.as_ref().clone();
                    if let Some(mut noted) = job.noted.take() {
                        self.looks.push_back(Box::pin(async move {
                            let read = noted.read(&request, reconciles).await;
                            (noted, read)
                        }));
                    }
                    self.looking.push_back(job);
                }
            }
        }
        let Poll::Ready(looked) = self.looks.poll_next_unpin(cx) else {
            return Poll::Pending;
        };
        let (Some((mut noted, read)), Some(mut job)) = (looked, self.looking.pop_front()) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(match (read, &noted.next) {
            (Ok(()), Next::Nothing | Next::Refuse(_)) => {
                let result = noted.result(self.provider);
                job.noted = Some(noted);
                Err(job.done(result))
            }
            (Ok(()), _) => {
                job.noted = Some(noted);
                Ok(job)
            }
            (Err(error), _) => {
                // What can't be kept isn't begun.
                self.shared.cancel();
                job.noted = Some(noted);
                Err(job.done(Err(error.with_provider(self.provider))))
            }
        }))
    }

    /// Begins as many stops as there are, and as may be; whether that was any.
    fn begin_more(&mut self, cx: &mut Context<'_>) -> bool {
        let most = self.options.concurrency();
        let mut begun = false;
        // A caller that doesn't take its results holds up the rest.
        while self.jobs.len() < most && self.done.len() < most && self.prepare(cx) {
            if self.give_up() {
                continue;
            }
            let Some(job) = &mut self.next else { break };
            let request = job.input.as_ref();
            let deadline = request.timeout().unwrap_or(TIMEOUT);
            let due = self
                .shared
                .pace()
                .begin(Instant::now(), job.index, &job.calls, deadline);
            match due {
                Due::At(at) => {
                    if self.poll_timer(at, cx).is_pending() {
                        break;
                    }
                }
                // One under way goes on first, and that polls this.
                Due::Later | Due::Never => break,
                Due::Now(_) => {
                    let Some(mut job) = self.next.take() else {
                        break;
                    };
                    let pace = StopPace::new(Arc::clone(&self.shared), job.index);
                    job.attempts = job.attempts.saturating_add(1);
                    let request = job.input.as_ref();
                    let reconciles = self.options.reconcile();
                    let noted = job.noted.as_mut();
                    let noted = noted.map(|noted| Box::new(noted.fork(request, reconciles)));
                    self.under_way.push((self.begin)(steps::Step {
                        index: job.index,
                        request: request
                            .clone()
                            .with_pace(Arc::new(pace))
                            .with_watch(job.watch.clone()),
                        noted,
                        given_up: None,
                    }));
                    self.jobs.insert(job.index, job);
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
        while let Poll::Ready(Some(taken)) = self.under_way.poll_next_unpin(cx) {
            if let Some(job) = self.jobs.remove(&taken.index) {
                self.settle(job, taken);
            }
        }
    }

    /// What a stop that returned means for the others, and for itself.
    fn settle(&mut self, mut job: Job<'a, R>, taken: Taken<'a>) {
        let Taken {
            result,
            step,
            noted,
            ..
        } = taken;
        if noted.as_ref().is_some_and(|noted| noted.is_broken) {
            self.shared.cancel();
        }
        job.noted = noted;
        if self.has_given_up {
            self.done.push_back(job.done(result));
            return;
        }
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
        if refusal.is_some()
            && step.is_none()
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
        let error = Error::new(ErrorKind::RateLimited, message)
            .with_provider(self.provider)
            .with_retry_after(asked);
        if let Some(job) = self.next.take() {
            self.done.push_back(job.unsent(error));
        }
        true
    }

    /// A request that won't be begun any more, for it was cancelled.
    fn cancelled(&mut self, cx: &mut Context<'_>) -> Poll<Option<StopResult<R>>> {
        let error = Error::new(ErrorKind::Cancelled, "cancelled before it was sent")
            .with_provider(self.provider);
        let waiting = self.next.take().or_else(|| self.again.pop_front());
        if let Some(job) = waiting {
            return Poll::Ready(Some(job.unsent(error)));
        }
        if self.journal.is_some() {
            // What is done stays done.
            return self.poll_next(cx).map(|looked| {
                looked.map(|looked| looked.map_or_else(|known| known, |job| job.unsent(error)))
            });
        }
        let next = self.read();
        Poll::Ready(next.map(|(index, input)| StopResult::unsent(index, input, error)))
    }

    /// Drops what is under way. A journal is told.
    fn drop_all(&mut self) {
        self.under_way.clear();
        for (_, mut job) in std::mem::take(&mut self.jobs) {
            self.shared.pace().end(job.index);
            let error = Error::new(ErrorKind::Cancelled, "given up under way")
                .with_provider(self.provider)
                .with_effect(job.watch.effect().unwrap_or(job.possible))
                .with_ticket(job.watch.ticket().or_else(|| job.ticket.take()));
            match job.noted.take() {
                None => self.done.push_back(job.done(Err(error))),
                noted => {
                    self.under_way.push((self.begin)(steps::Step {
                        index: job.index,
                        request: job.input.as_ref().clone(),
                        noted,
                        given_up: Some(error),
                    }));
                    self.jobs.insert(job.index, job);
                }
            }
        }
    }
}

impl<'a, I, R, P, B, F> Running<'a, R> for Run<'a, I, P, B, F>
where
    I: Iterator<Item = R>,
    R: AsRef<StopRequest>,
    P: Fn(&StopRequest) -> Result<StopPlan>,
    B: Fn(steps::Step<'a>) -> F,
    F: Future<Output = Taken<'a>>,
{
    fn keep_in(&mut self, journal: Arc<dyn Journal + 'a>) {
        self.journal = Some(journal);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<StopResult<R>>> {
        // Registered first, so that an order that comes after the look at it wakes.
        self.shared.waker.register(cx.waker());
        let mut order = self.shared.order();
        if order == Order::Abort && !self.has_given_up {
            self.has_given_up = true;
            self.drop_all();
        }
        // All news is in before another begins, and what began is polled.
        loop {
            self.settle_all(cx);
            // A journal that fails ends it, too.
            order = self.shared.order();
            if order != Order::Run || !self.begin_more(cx) {
                break;
            }
        }
        if let Some(result) = self.done.pop_front() {
            return Poll::Ready(Some(result));
        }
        if order != Order::Run {
            match self.cancelled(cx) {
                Poll::Ready(None) => {}
                result => return result,
            }
        }
        let held = [self.jobs.len(), self.looking.len(), self.again.len()];
        if held == [0, 0, 0] && self.next.is_none() {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }

    fn left(&self) -> (usize, Option<usize>) {
        let held = [
            self.jobs.len(),
            self.looking.len(),
            self.again.len(),
            self.done.len(),
        ]
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

impl<R> Job<'_, R> {
    /// With why it isn't begun any more, and why it was to be begun again.
    fn unsent(mut self, error: Error) -> StopResult<R> {
        let error = match self.refusal.take() {
            Some(refusal) => error.with_source(refusal),
            None => error,
        };
        let result = match &mut self.noted {
            Some(noted) => noted.unsent(error),
            None => Err(error),
        };
        self.done(result)
    }

    fn done(self, result: Result<StopOutcome>) -> StopResult<R> {
        StopResult {
            index: self.index,
            input: self.input,
            attempts: self.attempts,
            result,
            kept: self.noted.map(|noted| Box::new(noted.kept())),
        }
    }
}
