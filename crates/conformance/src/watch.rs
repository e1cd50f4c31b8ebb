//! Looks over the shoulder of every call that any check makes, for what must hold of all of them: nothing shows a
//! secret, and every error keeps the contract.

use std::error::Error as _;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use livecut_core::{
    Capabilities, Certainty, Effect, Error, ErrorKind, LiveStreamStopper, Progress, Result,
    Standing, StopOutcome, StopPlan, StopRequest, StreamId, StreamStatus, Ticket,
};

/// What was found so far, in all calls.
#[derive(Debug)]
pub(crate) struct Watch {
    secrets: Vec<String>,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    leaks: Vec<String>,
    faults: Vec<String>,
}

impl Watch {
    pub(crate) fn new(secrets: Vec<String>) -> Self {
        Self {
            secrets,
            found: Mutex::default(),
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a secret showed. It doesn't quote it.
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.found().leaks.clone()
    }

    /// Errors that broke the contract.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.found().faults.clone()
    }

    /// Whether a secret stands in `text`.
    pub(crate) fn is_secret_in(&self, text: &str) -> bool {
        self.secrets
            .iter()
            .any(|secret| text.contains(secret.as_str()))
    }

    pub(crate) fn text(&self, place: &str, text: &str) {
        if self.is_secret_in(text) {
            self.found().leaks.push(place.to_owned());
        }
    }

    fn value(&self, place: &str, value: &impl Debug) {
        self.text(place, &format!("{value:?}"));
    }

    fn error(&self, call: &str, provider: &'static str, error: &Error) {
        let kind = error.kind();
        self.value(&format!("the Debug of a `{kind}` error of {call}"), error);
        self.text(
            &format!("the Display of a `{kind}` error of {call}"),
            &error.to_string(),
        );
        let mut layer = error.source();
        while let Some(source) = layer {
            let place = format!("a source of a `{kind}` error of {call}");
            self.value(&place, &source);
            self.text(&place, &source.to_string());
            layer = source.source();
        }

        let fault = |what: &str| {
            self.found()
                .faults
                .push(format!("a `{kind}` error of {call} {what}: {error}"));
        };
        if error.provider() != Some(provider) {
            fault("doesn't name its provider");
        }
        if let Some(source) = error.source().map(ToString::to_string)
            && !source.is_empty()
            && error.to_string().contains(&source)
        {
            fault("prints its source in its own Display");
        }
        if kind.is_refused_by_livecut() && !error.effect().is_none() {
            fault("claims an effect though it is a refusal");
        }
    }

    fn read_error(&self, call: &str, provider: &'static str, error: &Error) {
        self.error(call, provider, error);
        if !error.effect().is_none() {
            self.found().faults.push(format!(
                "{call} changes nothing, and claims an effect: {error}"
            ));
        }
    }

    /// A step of following changes nothing but an owed cut.
    fn follow_error(&self, provider: &'static str, ticket: &Ticket, error: &Error) {
        self.error("follow", provider, error);
        let effect = error.effect();
        let of_the_cut = Effect::new(Certainty::No, effect.cut);
        if effect != of_the_cut || (!effect.is_none() && !ticket.owes_cut()) {
            self.found().faults.push(format!(
                "follow changes nothing but a cut that is owed, and claims {effect}: {error}"
            ));
        }
    }

    fn stop_error(&self, provider: &'static str, request: &StopRequest, error: &Error) {
        self.error("stop", provider, error);
        let (kind, effect) = (error.kind(), error.effect());
        let fault = |what: &str| {
            self.found()
                .faults
                .push(format!("a `{kind}` error of stop {what}: {error}"));
        };
        if kind == ErrorKind::CutOwed && error.standing() != Standing::CutOwed {
            fault("has no ticket that owes the cut, or another effect");
        }
        let documented = match kind {
            ErrorKind::CutOwed | ErrorKind::CutRefused => {
                Some(Effect::new(Certainty::Yes, Certainty::No))
            }
            ErrorKind::UnexpectedCut => Some(Effect::new(Certainty::Yes, Certainty::Yes)),
            _ => None,
        };
        // It may have done something beside both as well.
        let of_both = effect.with_other(Certainty::No);
        if documented.is_some_and(|documented| documented != of_both) {
            fault("has another effect than its kind means");
        }
        if request.cut().is_none()
            && kind != ErrorKind::UnexpectedCut
            && effect.cut != Certainty::No
        {
            fault("claims a cut though none was asked for");
        }
        match error.ticket() {
            Some(ticket)
                if ticket.provider() != provider || ticket.stream() != request.stream() =>
            {
                fault("has a ticket for something else");
            }
            None if !effect.is_none() => {
                fault("has no ticket though something may have been applied");
            }
            _ => {}
        }
    }
}

/// The adapter under test, watched.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Arc<dyn LiveStreamStopper>,
    watch: Arc<Watch>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn LiveStreamStopper>, watch: Arc<Watch>) -> Self {
        watch.value("the Debug of the stopper", &inner);
        Self { inner, watch }
    }
}

#[async_trait]
impl LiveStreamStopper for Watched {
    fn provider(&self) -> &'static str {
        self.inner.provider()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let plan = self.inner.plan(request);
        match &plan {
            Ok(plan) => self.watch.value("a plan", plan),
            Err(error) => self.watch.read_error("plan", self.provider(), error),
        }
        plan
    }

    // Not an `async fn`: the adapter's is called at once, as its user does, so that it shows if that alone sends.
    fn stop<'a, 'b, 'f>(&'a self, request: &'b StopRequest) -> BoxFuture<'f, Result<StopOutcome>>
    where
        'a: 'f,
        'b: 'f,
        Self: 'f,
    {
        let stop = (*self.inner).stop(request);
        Box::pin(async move {
            let outcome = stop.await;
            match &outcome {
                Ok(outcome) => self.watch.value("the outcome of a stop", outcome),
                Err(error) => self.watch.stop_error(self.provider(), request, error),
            }
            outcome
        })
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let status = self.inner.status(stream).await;
        match &status {
            Ok(status) => self.watch.value("a status", status),
            Err(error) => self.watch.read_error("status", self.provider(), error),
        }
        status
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        let progress = self.inner.follow(ticket).await;
        match &progress {
            Ok(progress) => self.watch.value("a progress", progress),
            Err(error) => self.watch.follow_error(self.provider(), ticket, error),
        }
        progress
    }
}
