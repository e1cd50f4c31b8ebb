use std::time::Duration;

use async_trait::async_trait;
use livecut_core::{
    Capabilities, LiveStreamStopper, Progress, Result, StopOutcome, StopPlan, StopRequest,
    StreamId, StreamStatus, TenantId, Ticket,
};
use livecut_http::{BaseUrl, HttpClient, SingleCall};

use crate::wire::Asset;
use crate::{PROVIDER, TpStreamsConfig, states, translate};

/// TPStreams documents no rate limit and no time that a transcoding takes.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(10);

/// Stops live streams at TPStreams.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`.
#[derive(Debug)]
pub struct TpStreams {
    http: HttpClient,
    base: BaseUrl,
    organization: TenantId,
    capabilities: Capabilities,
}

impl TpStreams {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) where the
    /// base URL or an HTTP option can't be used.
    pub fn new(config: TpStreamsConfig) -> Result<Self> {
        let base = BaseUrl::parse(&config.base_url, config.http.allow_http())
            .and_then(|base| base.without_path_of_calls(&["/api/v1"]))
            .map_err(|error| error.with_provider(PROVIDER))?;
        Ok(Self {
            http: HttpClient::new(PROVIDER, &[&base], config.authorization, config.http)?,
            base,
            organization: config.organization,
            capabilities: translate::capabilities(),
        })
    }

    fn stop_call<'a>(&'a self, request: &'a StopRequest) -> Result<SingleCall<'a>> {
        translate::stop_call(&self.base, &self.organization, &self.capabilities, request)
    }

    async fn read_asset(&self, stream: &StreamId) -> Result<Asset> {
        let step = translate::read_asset(&self.base, &self.organization, stream);
        let read = |response: &_| translate::asset(response, stream);
        self.http.read(stream, step, read).await
    }
}

#[async_trait]
impl LiveStreamStopper for TpStreams {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        self.http.plan(self.stop_call(request))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        self.http.stop(request, self.stop_call(request)).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let asset = self.read_asset(stream).await?;
        let word = states::live_word(&asset).unwrap_or_default();
        let state = states::stream_state(word);
        Ok(StreamStatus::new(PROVIDER, stream.clone(), state, word)
            .with_recording(states::recording(&asset, stream)))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, Some(&self.organization))?;
        let asset = self.read_asset(ticket.stream()).await?;
        let state = states::recording_state(&asset, ticket.stream());
        Ok(Progress::new(ticket.clone(), state, CHECK_AGAIN_IN))
    }
}
