//! One stream's next step: a stop, or what its journal says in the place of one. It is written down before and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::result::Kept;
use crate::journal::{Account, BoxError, History, Journal, Next, Record};
use crate::{
    Certainty, CutState, CutVerdict, Effect, Error, ErrorKind, LiveStreamStopper, Progress,
    Recording, Result, StopOutcome, StopPlan, StopRequest, StreamState, StreamStatus, Ticket,
    reconcile,
};

/// So often another process may come first, before the journal isn't believed any more.
const MAX_OVERTAKEN: u32 = 10;

const UNREADABLE: &str = "not begun: the journal can't be read";
const NO_PLACE: &str = "it takes no record of this stream, at any place";
const UNWRITABLE: &str = "not begun: the journal can't be written";

/// The step that is to be taken.
pub(super) struct Step<'a> {
    pub(super) index: usize,
    pub(super) request: StopRequest,
    pub(super) noted: Option<Box<Noted<'a>>>,
    /// What is known of the step before, if it was given up on.
    pub(super) given_up: Option<Error>,
}

/// What a step came to.
pub(super) struct Taken<'a> {
    pub(super) index: usize,
    /// What all steps came to.
    pub(super) result: Result<StopOutcome>,
    /// What this one did, if it failed: a refusal that did nothing can be tried again.
    pub(super) step: Effect,
    pub(super) noted: Option<Box<Noted<'a>>>,
}

/// What a journal has of a stream, and what becomes of that.
#[derive(Clone)]
pub(super) struct Noted<'a> {
    journal: Arc<dyn Journal + 'a>,
    account: Account,
    /// All that a stop may cause, and the ticket that is known before it.
    possible: Effect,
    ticket: Option<Ticket>,
    pub(super) history: History,
    pub(super) next: Next,
    /// Whether no step of this run has found out anything.
    pub(super) is_earlier: bool,
    /// Whether this step was written down as begun, without which nothing is sent: also for whoever gives up on it.
    begun: Arc<AtomicBool>,
    /// Why the journal may lack the result.
    pub(super) unnoted: Option<Arc<BoxError>>,
    /// Whether the journal has failed.
    pub(super) is_broken: bool,
}

/// Takes a step, and says what it came to.
pub(super) async fn take<'a, S>(stopper: &S, reconciles: bool, step: Step<'a>) -> Taken<'a>
where
    S: LiveStreamStopper + ?Sized,
{
    let Step {
        index,
        request,
        noted,
        given_up,
    } = step;
    let Some(mut noted) = noted else {
        let result = if reconciles {
            reconcile::stop_and_reconcile(stopper, &request).await
        } else {
            stopper.stop(&request).await
        };
        let step = effect_of(&result);
        return Taken {
            index,
            result,
            step,
            noted: None,
        };
    };
    // In a box, so that stops without a journal are no larger for it.
    let (result, step) = match given_up {
        Some(error) => {
            let result = Box::pin(noted.settle(&request, error)).await;
            let step = effect_of(&result);
            (result, step)
        }
        None => Box::pin(noted.go_on(stopper, &request, reconciles)).await,
    };
    Taken {
        index,
        result,
        step,
        noted: Some(noted),
    }
}

fn effect_of(result: &Result<StopOutcome>) -> Effect {
    result
        .as_ref()
        .map_or_else(Error::effect, StopOutcome::effect)
}

impl<'a> Noted<'a> {
    pub(super) fn new(
        journal: Arc<dyn Journal + 'a>,
        plan: &StopPlan,
        request: &StopRequest,
    ) -> Self {
        Self {
            journal,
            account: Account::of(plan),
            possible: plan.possible_effect(request),
            ticket: plan.ticket().cloned(),
            history: History::default(),
            next: Next::Nothing,
            is_earlier: false,
            begun: Arc::default(),
            unnoted: None,
            is_broken: false,
        }
    }

    /// Reads what there is of the stream, and decides by it.
    pub(super) async fn read(&mut self, request: &StopRequest, reconciles: bool) -> Result<()> {
        let read = self.journal.history(&self.account, request.stream()).await;
        self.history = read.map_err(|why| {
            // Nobody knows what other runs have done.
            let possible = self.history.effect().then(self.possible);
            self.broken(UNREADABLE, why).with_effect(possible)
        })?;
        self.next = self.history.next(request, reconciles);
        Ok(())
    }

    /// Decides what the next step is, of which nothing is begun. The other one is for whoever gives up on it.
    pub(super) fn fork(&mut self, request: &StopRequest, reconciles: bool) -> Self {
        self.next = self.history.next(request, reconciles);
        self.begun = Arc::default();
        self.clone()
    }

    pub(super) fn kept(self) -> Kept {
        Kept {
            history: self.history,
            is_earlier: self.is_earlier,
            unnoted: self.unnoted,
        }
    }

    /// What the journal says of a stream for which nothing is to be done.
    pub(super) fn result(&mut self, provider: &'static str) -> Result<StopOutcome> {
        if let Next::Refuse(changes) = &self.next {
            let why = format!(
                "the journal has a stop of this stream that asked for something else ({changes})"
            );
            let refusal = Error::new(ErrorKind::InvalidRequest, why).with_provider(provider);
            return Err(self.history.of_all_steps(refusal));
        }
        self.is_earlier = true;
        match self.history.ended() {
            Some(Ok(outcome)) => Ok(outcome.clone()),
            _ => Err(self.history.error(provider)),
        }
    }

    /// Takes the next step, which may be another by the time that it is written down.
    async fn go_on<S: LiveStreamStopper + ?Sized>(
        &mut self,
        stopper: &S,
        request: &StopRequest,
        reconciles: bool,
    ) -> (Result<StopOutcome>, Effect) {
        for _ in 0..MAX_OVERTAKEN {
            let taken = match self.next.clone() {
                Next::Stop => self.stop(stopper, request, reconciles).await,
                Next::Follow(ticket) => self.follow(stopper, request, &ticket).await,
                Next::Look => Ok(Some(self.look(stopper, request).await)),
                Next::Nothing | Next::Refuse(_) => {
                    let result = self.result(stopper.provider());
                    Ok(Some((result, Effect::NONE)))
                }
            };
            // Another process came first: what is next is another question now.
            let taken = match taken {
                Ok(None) => self.read(request, reconciles).await.map(|()| None),
                taken => taken,
            };
            match taken {
                Ok(None) => {}
                Ok(Some(taken)) => return taken,
                Err(error) => return (Err(error.with_provider(stopper.provider())), Effect::NONE),
            }
        }
        let error = self.broken(UNWRITABLE, NO_PLACE.into());
        (Err(error.with_provider(stopper.provider())), Effect::NONE)
    }

    async fn stop<S: LiveStreamStopper + ?Sized>(
        &mut self,
        stopper: &S,
        request: &StopRequest,
        reconciles: bool,
    ) -> Result<Option<(Result<StopOutcome>, Effect)>> {
        let before = match reconciles {
            // To stop comes first: that the look failed is no reason not to.
            true => stopper.status(request.stream()).await.ok(),
            false => None,
        };
        let state = before.as_ref().map(StreamStatus::state);
        let begun = Record::begun(request.clone(), self.possible, state, self.ticket.clone());
        if !self.begin(begun).await? {
            return Ok(None);
        }
        let result = stopper.stop(request).await;
        let step = effect_of(&result);
        self.end(request, &result).await;
        let result = match (result, before) {
            (Err(error), Some(before)) if step.stopped == Certainty::Unknown => {
                self.reconcile(stopper, request, &before, error).await
            }
            (result, _) => result,
        };
        Ok(Some((result, step)))
    }

    /// Takes a step towards a cut that is owed, or that may be.
    async fn follow<S: LiveStreamStopper + ?Sized>(
        &mut self,
        stopper: &S,
        request: &StopRequest,
        ticket: &Ticket,
    ) -> Result<Option<(Result<StopOutcome>, Effect)>> {
        let so_far = self.history.effect();
        if !self
            .begin(Record::following(request.stream().clone()))
            .await?
        {
            return Ok(None);
        }
        let (result, step) = match stopper.follow(ticket).await {
            Ok(progress) => {
                let step = progress.effect_since(ticket);
                (settled(&progress, so_far.then(step)), step)
            }
            Err(error) => {
                let (step, newest) = (error.effect(), error.ticket().cloned());
                let error = error
                    .with_effect(so_far.then(step))
                    .with_ticket(newest.unwrap_or_else(|| ticket.clone()));
                (Err(error), step)
            }
        };
        let result = result.map_err(|error| error.with_provider(stopper.provider()));
        self.end(request, &result).await;
        Ok(Some((result, step)))
    }

    /// Looks whether a stream is over by now of which that is unknown since another run.
    async fn look<S: LiveStreamStopper + ?Sized>(
        &mut self,
        stopper: &S,
        request: &StopRequest,
    ) -> (Result<StopOutcome>, Effect) {
        let provider = stopper.provider();
        // The journal has it, or else there would be no look.
        let on_air = StreamStatus::new(provider, request.stream().clone(), StreamState::Live, "");
        let error = Error::new(
            ErrorKind::Interrupted,
            "what its stop came to was never known",
        )
        .with_provider(provider)
        .with_effect(self.history.effect())
        .with_ticket(self.history.ticket().cloned());
        self.is_earlier = true;
        let result = self.reconcile(stopper, request, &on_air, error).await;
        match self.is_earlier {
            true => (self.result(provider), Effect::NONE),
            false => (result, Effect::NONE),
        }
    }

    /// Looks, and writes down what that proves.
    async fn reconcile<S: LiveStreamStopper + ?Sized>(
        &mut self,
        stopper: &S,
        request: &StopRequest,
        before: &StreamStatus,
        error: Error,
    ) -> Result<StopOutcome> {
        let result = reconcile::reconcile(stopper, request, before, error).await;
        if effect_of(&result).stopped != Certainty::Unknown {
            self.end(request, &result).await;
        }
        result
    }

    /// Writes down what came of a step that was given up on; `error` is what is known of it without its future.
    async fn settle(&mut self, request: &StopRequest, error: Error) -> Result<StopOutcome> {
        if !self.begun.load(Ordering::Acquire) {
            return self.unsent(error.with_effect(Effect::NONE));
        }
        let provider = error.provider().unwrap_or_default();
        let is_follow = matches!(self.next, Next::Follow(_));
        match self.journal.history(&self.account, request.stream()).await {
            Ok(history) => self.history = history,
            Err(why) => {
                self.lacks_result(why);
                let effect = self.history.effect().then(error.effect());
                return Err(error.with_effect(effect));
            }
        }
        if let Some(ended) = self.history.ended() {
            // It had come to its end, and it is known to which.
            let ended = ended.clone();
            return ended.map_err(|_| self.history.error(provider));
        }
        let mut error = error;
        if is_follow {
            // All that it may have done, with the steps before it.
            error = error
                .with_effect(self.history.effect())
                .with_ticket(self.history.ticket().cloned());
        }
        let result = Err(error);
        self.end(request, &result).await;
        result
    }

    /// The result of a stream of which nothing was sent: this error, unless the journal says more.
    pub(super) fn unsent(&mut self, error: Error) -> Result<StopOutcome> {
        match self.history.is_safe_to_stop() {
            true => Err(error),
            false => self.result(error.provider().unwrap_or_default()),
        }
    }

    /// Writes down that a step begins. Unless this is `true`, it must not.
    async fn begin(&mut self, record: Record) -> Result<bool> {
        let begun = self.append(record).await;
        let begun = begun.map_err(|why| self.broken(UNWRITABLE, why))?;
        if begun {
            self.is_earlier = false;
            self.begun.store(true, Ordering::Release);
        }
        Ok(begun)
    }

    /// Writes down what came of it. It is known from then on, also if it can't be written.
    async fn end(&mut self, request: &StopRequest, result: &Result<StopOutcome>) {
        self.is_earlier = false;
        let result = match result {
            Ok(outcome) => Ok(outcome.clone()),
            Err(error) => Err(Box::new(error.report())),
        };
        let ended = Record::ended(request.stream().clone(), result);
        if let Err(why) = self.insist(&ended).await {
            self.lacks_result(why);
            drop(self.history.learn(ended));
        }
    }

    /// Writes down what is a fact, whatever another process has written meanwhile.
    async fn insist(&mut self, record: &Record) -> Result<(), BoxError> {
        for _ in 0..MAX_OVERTAKEN {
            if self.append(record.clone()).await? {
                return Ok(());
            }
            let history = self.journal.history(&self.account, record.stream());
            self.history = history.await?;
        }
        Err(NO_PLACE.into())
    }

    async fn append(&mut self, record: Record) -> Result<bool, BoxError> {
        let place = self.history.records();
        // What can't follow isn't written: nobody could read the rest any more.
        let mut history = self.history.clone();
        history.learn(record.clone())?;
        let taken = self.journal.append(&self.account, place, &record).await?;
        if taken {
            self.history = history;
        }
        Ok(taken)
    }

    fn broken(&mut self, message: &'static str, why: BoxError) -> Error {
        self.is_broken = true;
        let error = Error::new(ErrorKind::Journal, message).with_source(why);
        self.history.of_all_steps(error)
    }

    fn lacks_result(&mut self, why: BoxError) {
        self.is_broken = true;
        self.unnoted = Some(Arc::new(why));
    }
}

/// What a step towards an owed cut means for the stop that owes it; `effect` is of all steps.
fn settled(progress: &Progress, effect: Effect) -> Result<StopOutcome> {
    let ticket = progress.ticket();
    let outcome = |recording: Recording, state| {
        Ok(StopOutcome::new(ticket.clone())
            .with_other(effect.other)
            .with_cut(ticket.cut().copied(), state)
            .with_recording(recording))
    };
    let less = |kind, why: String| Error::new(kind, why).with_effect(effect);
    match progress {
        Progress::InProgress(progress) => match ticket.recording() {
            // It has a recording of its own: the provider has it in hand.
            Some(id) => outcome(Recording::new(id.clone()), CutState::Scheduled),
            None => {
                let stage = progress.stage().to_owned();
                Err(less(ErrorKind::CutOwed, stage).with_ticket(ticket.clone()))
            }
        },
        Progress::Ready(ready) => {
            let state = match ready.verdict() {
                Some(CutVerdict::Differs { actual }) => {
                    let why = format!("the recording lasts {actual:?}, which isn't the cut");
                    let error = less(ErrorKind::UnexpectedResponse, why);
                    return Err(error.with_ticket(ticket.clone()));
                }
                Some(CutVerdict::Confirmed) => CutState::Made,
                _ => CutState::Scheduled,
            };
            outcome(ready.recording().clone(), state)
        }
        Progress::Failed(failed) => {
            let why = format!("the recording failed: {}", failed.reason());
            let error = less(ErrorKind::ProviderFailed, why);
            // Nothing makes a cut that failed, so it isn't owed any more.
            Err(match ticket.owes_cut() {
                true => error,
                false => error.with_ticket(ticket.clone()),
            })
        }
    }
}
