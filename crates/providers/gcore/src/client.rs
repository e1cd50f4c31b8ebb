use async_trait::async_trait;
use livecut_core::{
    Capabilities, LiveStreamStopper, Progress, Result, StopOutcome, StopPlan, StopRequest,
    StreamId, StreamStatus, Ticket,
};
use livecut_http::{BaseUrl, HttpClient};

use crate::follow::Follow;
use crate::stop::Stop;
use crate::{GcoreConfig, PROVIDER, states, translate};

/// Stops live streams at Gcore.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`.
#[derive(Debug)]
pub struct Gcore {
    http: HttpClient,
    base: BaseUrl,
    capabilities: Capabilities,
}

impl Gcore {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) where the base URL or an HTTP option can't be used.
    pub fn new(config: GcoreConfig) -> Result<Self> {
        let base = BaseUrl::parse(&config.base_url, config.http.allow_http())
            .and_then(|base| base.without_path_of_calls(&["/streaming"]))
            .map_err(|error| error.with_provider(PROVIDER))?;
        Ok(Self {
            http: HttpClient::new(PROVIDER, &[&base], config.authorization, config.http)?,
            base,
            capabilities: translate::capabilities(),
        })
    }

    fn stop_calls(&self, request: &StopRequest) -> Result<Stop<'_>> {
        Stop::new(&self.base, &self.capabilities, request)
    }
}

#[async_trait]
impl LiveStreamStopper for Gcore {
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
        self.http.named(translate::check_stream(stream))?;
        let step = translate::read_stream(&self.base, stream);
        let read = |response: &_| {
            Ok(states::status(
                &translate::stream(response, stream)?,
                stream,
            ))
        };
        self.http.read(stream, step, read).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None)?;
        match self.http.named(Follow::new(&self.base, ticket))? {
            Ok(follow) => self.http.run(ticket.stream(), Ok(follow)).await,
            Err(progress) => Ok(progress),
        }
    }
}
