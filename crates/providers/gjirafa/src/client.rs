use std::time::Duration;

use async_trait::async_trait;
use livecut_core::{
    Capabilities, ErrorKind, LiveStreamStopper, Progress, RecordingId, RecordingState, Result,
    StopOutcome, StopPlan, StopRequest, StreamId, StreamStatus, TenantId, Ticket,
};
use livecut_http::{BaseUrl, HttpClient, SingleCall};

use crate::wire::LiveVideo;
use crate::{GjirafaConfig, PROVIDER, states, translate};

/// Gjirafa documents no rate limit and no time that an encoding takes.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(10);

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
                .and_then(|base| {
                    base.without_path_of_calls(&["/api/v1", "/api/v2", "/api/projects"])
                })
                .map_err(|error| error.with_provider(PROVIDER))
        };
        let (base, video_base) = (base(config.base_url())?, base(config.video_base_url())?);
        let bases = [&base, &video_base];
        Ok(Self {
            http: HttpClient::new(PROVIDER, &bases, config.authorization, config.http)?,
            base,
            video_base,
            project: config.project,
            capabilities: translate::capabilities(),
        })
    }

    fn stop_call<'a>(&'a self, request: &'a StopRequest) -> Result<SingleCall<'a>> {
        translate::stop_call(&self.base, &self.project, &self.capabilities, request)
    }

    async fn read_live_video(&self, stream: &StreamId) -> Result<LiveVideo> {
        let step = translate::read_live_video(&self.base, &self.project, stream);
        let read = |response: &_| translate::live_video(response, stream);
        self.http.read(stream, step, read).await
    }

    async fn recording_state(&self, stream: &StreamId, id: &RecordingId) -> Result<RecordingState> {
        let step = translate::read_video(&self.video_base, &self.project, id);
        let read = |response: &_| translate::video(response, id);
        match self.http.read(stream, step, read).await {
            Ok(video) => Ok(states::recording_state(video.publish_status_id, id)),
            // Not visible yet, never failed.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(RecordingState::InProgress(
                "the recording isn't visible yet".to_owned(),
            )),
            Err(error) => Err(error),
        }
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
        self.http.plan(self.stop_call(request))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        self.http.stop(request, self.stop_call(request)).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let live = self.read_live_video(stream).await?;
        let word = live.live_status.as_deref().unwrap_or_default();
        let state = states::stream_state(word);
        Ok(StreamStatus::new(PROVIDER, stream.clone(), state, word))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, Some(&self.project))?;
        let state = match ticket.recording() {
            Some(id) => self.recording_state(ticket.stream(), id).await?,
            None => {
                let live = self.read_live_video(ticket.stream()).await?;
                translate::unnamed_recording_state(&live)
            }
        };
        Ok(Progress::new(ticket.clone(), state, CHECK_AGAIN_IN))
    }
}
