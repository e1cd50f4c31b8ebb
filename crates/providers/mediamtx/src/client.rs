use async_trait::async_trait;
use livecut_core::{
    Capabilities, LiveStreamStopper, Progress, Result, StopOutcome, StopPlan, StopRequest,
    StreamId, StreamStatus, Ticket,
};
use livecut_http::HttpClient;

use crate::follow::{Follow, Look};
use crate::places::Places;
use crate::stop::Stop;
use crate::{MediaMtxConfig, PROVIDER, translate};

/// Ends live streams at a MediaMTX.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`.
#[derive(Debug)]
pub struct MediaMtx {
    http: HttpClient,
    places: Places,
    capabilities: Capabilities,
}

impl MediaMtx {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) if a base URL or an HTTP option can't be used.
    pub fn new(config: MediaMtxConfig) -> Result<Self> {
        let places = config
            .places()
            .map_err(|error| error.with_provider(PROVIDER))?;
        let bases = [&places.api, &places.playback];
        Ok(Self {
            http: HttpClient::new(PROVIDER, &bases, config.credential, config.http)?,
            places,
            capabilities: translate::capabilities(),
        })
    }

    fn stop_calls<'a>(&'a self, request: &'a StopRequest) -> Result<Stop<'a>> {
        Stop::new(&self.places, &self.capabilities, request)
    }
}

#[async_trait]
impl LiveStreamStopper for MediaMtx {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let plan = self.http.plan(self.stop_calls(request))?;
        let plan = plan.with_cut_by_address();
        // What tells the results of one server from those of another.
        Ok(plan.with_account(self.places.api.to_string()))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        self.http.stop(request, self.stop_calls(request)).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let look = Look::new(&self.places, stream);
        self.http.run(stream, Ok(look)).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None)?;
        match self.http.named(Follow::new(&self.places, ticket))? {
            Ok(follow) => self.http.run(ticket.stream(), Ok(follow)).await,
            Err(progress) => Ok(progress),
        }
    }
}
