//! An adapter of several calls that gives a stop up halfway: what its pace hears refused it doesn't send again.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use livecut_core::{
    Capabilities, LiveStreamStopper, Method, Pace, Progress, Result, StopOutcome, StopPlan,
    StopRequest, StreamId, StreamStatus, Ticket, Turn, Visibility,
};
use livecut_http::HttpOptions;
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
        Ok(Arc::new(Halfway(P::connect(base_url, credential, http)?)))
    }

    fn visibility(handle: &Handle<Self::Settings>, stream: &str) -> Option<Visibility> {
        P::visibility(handle, stream)
    }
}

#[derive(Debug)]
struct Halfway(Arc<dyn LiveStreamStopper>);

/// A pace without a turn for what was refused.
#[derive(Debug)]
struct GivesUp {
    pace: Arc<dyn Pace>,
    refused: AtomicBool,
}

#[async_trait]
impl Pace for GivesUp {
    async fn admit(&self, method: Method, time_left: Duration) -> Option<Turn> {
        if self.refused.load(Ordering::Relaxed) {
            return None;
        }
        self.pace.admit(method, time_left).await
    }

    fn taken(&self, turn: Turn) {
        self.pace.taken(turn);
    }

    fn refused(&self, turn: Turn, retry_after: Option<Duration>) {
        self.refused.store(true, Ordering::Relaxed);
        self.pace.refused(turn, retry_after);
    }
}

#[async_trait]
impl LiveStreamStopper for Halfway {
    fn provider(&self) -> &'static str {
        self.0.provider()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        self.0.plan(request)
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let Some(pace) = request.pace() else {
            return self.0.stop(request).await;
        };
        let gives_up = GivesUp {
            pace: Arc::clone(pace),
            refused: AtomicBool::new(false),
        };
        let request = request.clone().with_pace(Arc::new(gives_up));
        self.0.stop(&request).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        self.0.status(stream).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        self.0.follow(ticket).await
    }
}
