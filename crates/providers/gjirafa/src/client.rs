use async_trait::async_trait;
use livecut_core::{
    Capabilities, ErrorKind, LiveStreamStopper, Progress, Result, StopOutcome, StopPlan,
    StopRequest, StreamId, StreamStatus, TenantId, Ticket,
};
use livecut_http::{BaseUrl, Call, HttpClient, SingleCall};

use crate::translate::{self, PROVIDER};
use crate::{GjirafaConfig, wire};

/// Stops live videos at Gjirafa VP.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`.
#[derive(Debug)]
pub struct Gjirafa {
    http: HttpClient,
    base: BaseUrl,
    video_base: BaseUrl,
    project: TenantId,
    capabilities: Capabilities,
}

impl Gjirafa {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where a base URL or an HTTP option can't be used.
    pub fn new(config: GjirafaConfig) -> Result<Self> {
        let base = |url| {
            BaseUrl::parse(url, config.http.allow_http())
                .map_err(|error| error.with_provider(PROVIDER))
        };
        Ok(Self {
            base: base(config.base_url())?,
            video_base: base(config.video_base_url())?,
            http: HttpClient::new(PROVIDER, config.authorization, config.http)?,
            project: config.project,
            capabilities: translate::capabilities(),
        })
    }

    fn stop_call(&self, request: &StopRequest) -> Result<SingleCall> {
        translate::stop_call(&self.base, &self.project, &self.capabilities, request)
            .map_err(|error| error.with_provider(PROVIDER))
    }

    async fn read_live_video(&self, stream: &StreamId) -> Result<wire::LiveVideo> {
        let step = translate::read_live_video(&self.base, &self.project, stream);
        let deadline = self.http.deadline(None);
        let response = self.http.call(Call::read(stream, &step), &deadline).await?;
        translate::live_video(&response, stream)
    }
}

#[async_trait]
impl LiveStreamStopper for Gjirafa {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        Ok(self.stop_call(request)?.into_plan(PROVIDER))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        self.stop_call(request)?
            .run(&self.http, request, translate::outcome)
            .await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let live = self.read_live_video(stream).await?;
        Ok(translate::status(&live, stream))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, Some(&self.project))?;
        let stream = ticket.stream();
        let Some(id) = ticket.recording() else {
            let live = self.read_live_video(stream).await?;
            return Ok(translate::progress_without_recording(&live, ticket));
        };
        let step = translate::read_video(&self.video_base, &self.project, id);
        let deadline = self.http.deadline(None);
        match self.http.call(Call::read(stream, &step), &deadline).await {
            Ok(response) => {
                let video = translate::video(&response, id)?;
                Ok(translate::progress(&video, id, ticket))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(translate::not_visible_yet(ticket))
            }
            Err(error) => Err(error),
        }
    }
}
