//! An adapter of several calls that gives a stop up halfway: it takes `OnRateLimit::Return` to mean that nothing is retried.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use livecut_core::{
    Capabilities, LiveStreamStopper, OnRateLimit, Progress, Result, StopOutcome, StopPlan,
    StopRequest, StreamId, StreamStatus, Ticket, Visibility,
};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::{Action, Handle, Simulator};

use crate::world::Provider;

/// `P`, with this flaw.
pub(crate) struct GivesUpHalfway<P>(PhantomData<P>);

impl<P: Provider> Provider for GivesUpHalfway<P> {
    type Settings = P::Settings;

    const CREDENTIAL: &'static str = P::CREDENTIAL;
    const SECRETS: &'static [&'static str] = P::SECRETS;
    const FIRST_CHANGE: &'static [Action] = P::FIRST_CHANGE;

    fn handle(simulator: &Simulator) -> &Handle<Self::Settings> {
        P::handle(simulator)
    }

    fn connect(
        base_url: &str,
        credential: &str,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let never = HttpOptions::new().with_retry(RetryPolicy::none());
        Ok(Arc::new(Halfway {
            patient: P::connect(base_url, credential, http)?,
            hasty: P::connect(base_url, credential, never)?,
        }))
    }

    fn visibility(handle: &Handle<Self::Settings>, stream: &str) -> Option<Visibility> {
        P::visibility(handle, stream)
    }
}

#[derive(Debug)]
struct Halfway {
    patient: Arc<dyn LiveStreamStopper>,
    hasty: Arc<dyn LiveStreamStopper>,
}

#[async_trait]
impl LiveStreamStopper for Halfway {
    fn provider(&self) -> &'static str {
        self.patient.provider()
    }

    fn capabilities(&self) -> Capabilities {
        self.patient.capabilities()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        self.patient.plan(request)
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        match request.on_rate_limit() {
            OnRateLimit::Return => self.hasty.stop(request).await,
            _ => self.patient.stop(request).await,
        }
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        self.patient.status(stream).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        self.patient.follow(ticket).await
    }
}
