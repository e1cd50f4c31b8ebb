use async_trait::async_trait;
use livecut_core::{
    Capabilities, LiveStreamStopper, Progress, Result, StopOutcome, StopPlan, StopRequest,
    StreamId, StreamStatus, Ticket,
};
use livecut_http::{BaseUrl, HttpClient};

use crate::follow::Follow;
use crate::stop::Stop;
use crate::{MuxConfig, PROVIDER, translate};

/// Ends live streams at Mux, and makes clips of their recordings.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`. Followers that share one
/// never make a clip twice; see the crate's README for those that don't.
#[derive(Debug)]
pub struct Mux {
    http: HttpClient,
    base: BaseUrl,
    capabilities: Capabilities,
}

impl Mux {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) where the base URL or an HTTP option can't be used.
    pub fn new(config: MuxConfig) -> Result<Self> {
        let base = BaseUrl::parse(&config.base_url, config.http.allow_http())
            .and_then(|base| base.without_path_of_calls(&["/video/v1"]))
            .map_err(|error| error.with_provider(PROVIDER))?;
        Ok(Self {
            http: HttpClient::new(PROVIDER, &[&base], config.authorization, config.http)?,
            base,
            capabilities: translate::capabilities(),
        })
    }

    fn stop_calls<'a>(&'a self, request: &'a StopRequest) -> Result<Stop<'a>> {
        Stop::new(&self.http, &self.base, &self.capabilities, request)
    }
}

#[async_trait]
impl LiveStreamStopper for Mux {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        self.http.plan(self.stop_calls(request))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        self.http.stop(request, self.stop_calls(request)).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let step = translate::read_live_stream(&self.base, stream);
        let read = |response: &_| {
            let live = translate::live_stream(response, stream)?;
            Ok(translate::status(&live, stream))
        };
        self.http.read(stream, step, read).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None)?;
        match self
            .http
            .named(Follow::new(&self.http, &self.base, ticket))?
        {
            Ok(follow) => self.http.run(ticket.stream(), Ok(follow)).await,
            Err(progress) => Ok(progress),
        }
    }
}
