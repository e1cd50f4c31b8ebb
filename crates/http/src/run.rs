//! Walks a [`Sequence`]: to plan it, and to make its calls.

use std::sync::Arc;

use livecut_core::{
    Effect, Error, ErrorKind, Result, Standing, Step, StopOutcome, StopPlan, StopRequest,
    StopWatch, StreamId, Ticket,
};

use crate::client::Calling;
use crate::name_locks::NameLock;
use crate::{Call, Deadline, HttpClient, Response, Sequence};

impl HttpClient {
    /// Puts the provider's name to an error of the adapter's own, which nothing else here does for it.
    ///
    /// # Errors
    /// The same error, named.
    pub fn named<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.with_provider(self.provider()))
    }

    /// What [`stop`](Self::stop) of this sequence would do. Nothing is sent.
    ///
    /// # Errors
    /// The sequence's own, with the provider's name.
    pub fn plan<S>(&self, sequence: Result<S>) -> Result<StopPlan>
    where
        S: Sequence<Output = StopOutcome>,
    {
        let mut sequence = self.named(sequence)?;
        let (ticket, cut) = (sequence.ticket(), sequence.cut());
        let mut steps = Vec::with_capacity(1);
        while let Some(step) = self.named(sequence.next_call())? {
            steps.push(step);
        }
        let mut plan = StopPlan::new(self.provider(), steps).with_cut(cut);
        if let Some(account) = self.account_of(ticket.as_ref()) {
            plan = plan.with_account(account);
        }
        Ok(plan.with_ticket(ticket))
    }

    /// The tenant, or else what tells one credential from another.
    fn account_of(&self, ticket: Option<&Ticket>) -> Option<Arc<str>> {
        let tenant = ticket.and_then(Ticket::tenant).cloned();
        #[cfg(feature = "seal")]
        let account = || {
            Some(self.account())
                .filter(|account| !account.is_empty())
                .map(Arc::from)
        };
        #[cfg(not(feature = "seal"))]
        let account = || None;
        tenant.map(Arc::from).or_else(account)
    }

    /// Makes the calls of a stop, within the request's [timeout](StopRequest::timeout) and at its
    /// [pace](StopRequest::pace), and tells its [watch](StopRequest::watch) of each.
    ///
    /// Dropping the future sends nothing more. A call that was under way may still be applied.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn stop<'a, S>(
        &'a self,
        request: &'a StopRequest,
        sequence: Result<S>,
    ) -> impl Future<Output = Result<StopOutcome>> + Send + use<'a, S>
    where
        S: Sequence<Output = StopOutcome> + 'a,
    {
        self.walk(request.stream(), Some(request), sequence)
    }

    /// Makes the calls of an operation on a stream, within the options' timeout.
    ///
    /// Dropping the future sends nothing more. A call that was under way may still be applied.
    ///
    /// # Errors
    /// Those of [`call`](Self::call) and the sequence's own, each with the provider's name, the effect of the calls before
    /// it too, and the sequence's [ticket](Sequence::ticket).
    pub fn run<'a, S: Sequence + 'a>(
        &'a self,
        stream: &'a StreamId,
        sequence: Result<S>,
    ) -> impl Future<Output = Result<S::Output>> + Send + use<'a, S> {
        self.walk(stream, None, sequence)
    }

    // Not an `async fn`, which would keep the sequence twice.
    fn walk<'a, S: Sequence + 'a>(
        &'a self,
        stream: &'a StreamId,
        request: Option<&'a StopRequest>,
        sequence: Result<S>,
    ) -> impl Future<Output = Result<S::Output>> + Send + use<'a, S> {
        let mut walk = self.named(sequence.map(|sequence| Walk {
            client: self,
            sequence,
            request,
            done: Effect::NONE,
            lock: None,
        }));
        async move {
            // In its place, and not moved out of it.
            let walk = walk.as_mut().map_err(|error| {
                let polled_again = Error::new(ErrorKind::Internal, "the future was over");
                std::mem::replace(error, polled_again)
            })?;
            let deadline = match walk.request {
                Some(request) => walk.client.stop_deadline(request),
                None => walk.client.deadline(None),
            };
            loop {
                walk.tell(walk.done);
                let step = walk.next_call()?;
                walk.take_lock(&deadline).await?;
                let (before, after) = walk.around(&step);
                let call = Call::new(stream, &step, before, after).watched(walk.watch());
                let calling = walk.client.calling(call, &deadline);
                let answer = calling.run().await;
                let Calling { call, .. } = calling;
                if let Some(output) = walk.take(answer, &call)? {
                    walk.tell(walk.done);
                    return Ok(output);
                }
            }
        }
    }

    /// Makes one call that changes nothing, within the options' timeout, and has `read` read the answer.
    ///
    /// # Errors
    /// Those of [`call`](Self::call) and of `read`, with the provider's name. Effect: none.
    pub async fn read<T>(
        &self,
        stream: &StreamId,
        step: Step,
        read: impl FnOnce(&Response) -> Result<T>,
    ) -> Result<T> {
        let deadline = self.deadline(None);
        let answer = self.call(Call::read(stream, &step), &deadline).await;
        self.named(answer.and_then(|answer| read(&answer)))
    }
}

/// A sequence whose calls are being made.
struct Walk<'a, S> {
    client: &'a HttpClient,
    sequence: S,
    /// If it is a stop.
    request: Option<&'a StopRequest>,
    /// What was done so far.
    done: Effect,
    /// Boxed, for nearly no sequence has one, and this is part of every future.
    lock: Option<Box<NameLock<'a>>>,
}

impl<'a, S: Sequence> Walk<'a, S> {
    fn next_call(&mut self) -> Result<Step> {
        let step = self.sequence.next_call().and_then(|step| {
            step.ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    "the calls came to an end without an outcome",
                )
            })
        });
        step.map_err(|error| self.failed(error))
    }

    async fn take_lock(&mut self, deadline: &Deadline) -> Result<()> {
        let Some(name) = self.sequence.lock().filter(|_| self.lock.is_none()) else {
            return Ok(());
        };
        // Boxed, as the lock is.
        let lock = Box::pin(tokio::time::timeout_at(
            deadline.instant(),
            self.client.locks().take(name),
        ));
        match lock.await {
            Ok(lock) => {
                self.lock = Some(Box::new(lock));
                Ok(())
            }
            Err(_) => Err(self.failed(Error::new(
                ErrorKind::Timeout,
                "time ran out while somebody else made the same cut",
            ))),
        }
    }

    /// What was done before this step, and what is if it is applied.
    fn around(&self, step: &Step) -> (Effect, Effect) {
        let does = self.sequence.effect_of(step);
        (self.done, self.done.then(does))
    }

    fn take(&mut self, answer: Result<Response>, call: &Call<'_>) -> Result<Option<S::Output>> {
        let Call { before, after, .. } = *call;
        let is_answered = answer.is_ok();
        // What a sequence goes on from that got no answer isn't done for that.
        let done = answer.as_ref().map_or_else(Error::effect, |_| after);
        match self.sequence.take(answer) {
            Ok(output) => {
                self.done = done.then(self.sequence.done_before());
                Ok(output)
            }
            Err(error) => {
                // Applied, for all that the status says, and nothing tells of it.
                let error = match error.response() {
                    None if is_answered => {
                        let effect = before.or(after).then(error.effect());
                        error.with_effect(effect)
                    }
                    _ => error,
                };
                let error = match self.sequence.cut() {
                    Some(cut) if before.cut != after.cut => error.with_cut(&cut),
                    _ => error,
                };
                Err(self.failed(error))
            }
        }
    }

    /// The error of the operation that this error of one of its calls is.
    fn failed(&self, error: Error) -> Error {
        // None says less than was done before it.
        let effect = self.done.then(error.effect());
        let mut error = self.finished(error.with_effect(effect));
        if error.standing() == Standing::CutOwed && error.kind() != ErrorKind::CutOwed {
            // Whatever the failure was, following the ticket makes the cut.
            let owed = Error::new(ErrorKind::CutOwed, "the cut isn't made yet")
                .with_effect(effect)
                .with_retry_after(error.retry_after())
                .with_response(error.response().cloned());
            error = self.finished(owed.with_source(error));
        }
        self.tell(effect);
        error
    }

    fn finished(&self, error: Error) -> Error {
        let error = error
            .with_provider(self.client.provider())
            .with_ticket(self.sequence.ticket());
        match self.sequence.aftermath(error.effect()) {
            Some(aftermath) => error.with_aftermath(aftermath),
            None => error,
        }
    }

    fn watch(&self) -> Option<&'a StopWatch> {
        self.request.and_then(StopRequest::watch)
    }

    /// Tells the watch where things stand, so that whoever drops the future knows.
    fn tell(&self, effect: Effect) {
        if let Some(watch) = self.watch() {
            watch.set_ticket(self.sequence.ticket());
            watch.set_effect(effect);
        }
    }
}
