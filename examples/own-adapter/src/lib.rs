//! An adapter for a provider that livecut doesn't know: the recorder of one's own company, say.
//!
//! The recorder is invented for this example. Its API:
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /v1/channels/{id}/stop`, `{"keep":{"from_ms":0,"to_ms":1}}`, or `{}` to keep all | `{"stopped":true,"keep":{...}}`, the part that it will keep, or null |
//! | `GET /v1/channels/{id}` | `{"state":"live"}`, `processing`, `ready` or `failed`; once ready `"recording":{"url","duration_ms"}` |
//!
//! Both take `Authorization: Bearer KEY`. A part that ends after what is recorded is refused with 422, and nothing is stopped.
//!
//! An adapter says what to send and what answers mean. What a broken connection or a 503 means,
//! when to repeat a request, time limits and redaction are `livecut-http`'s. Everything that livecut
//! can do with a stopper then works with this one:
//!
//! ```no_run
//! use livecut::{LiveStreamStopperExt as _, StopRequest, StreamId, WaitPolicy};
//! use livecut_http::HttpOptions;
//! use livecut_own_adapter::Recorder;
//!
//! # async fn end() -> Result<(), Box<dyn std::error::Error>> {
//! let recorder = Recorder::new("https://recorder.example", "a-key", HttpOptions::new())?;
//! let request = StopRequest::new(StreamId::new("studio-1")?).with_cut("30s..2m".parse()?);
//! let ready = recorder.stop_and_wait(&request, WaitPolicy::new()).await?;
//! println!("{:?}", ready.verdict());
//! # Ok(())
//! # }
//! ```
//!
//! `tests/conformance.rs` runs livecut's conformance suite on it.
#![forbid(unsafe_code)]

use std::time::Duration;

use async_trait::async_trait;
use livecut_core::{
    Capabilities, Certainty, Cut, CutState, DurationTolerance, Effect, Error, ErrorKind,
    LiveStreamStopper, Method, Playback, PlaybackFormat, Progress, Purpose, Recording, RecordingId,
    RecordingState, Result, Step, StopOutcome, StopPlan, StopRequest, StreamId, StreamState,
    StreamStatus, Ticket, Timeline, TimelineSupport,
};
use livecut_http::{BaseUrl, HttpClient, HttpOptions, Response, Secret, SingleCall};
use serde::{Deserialize, Serialize};

/// In tickets and errors.
const PROVIDER: &str = "recorder";
const CHECK_AGAIN_IN: Duration = Duration::from_secs(5);

/// The recorder cuts at segments of two seconds, so that there can be one more at either end.
const PRECISION: DurationTolerance =
    DurationTolerance::new(Duration::from_secs(1), Duration::from_secs(4));

/// Stops channels at the recorder.
#[derive(Debug)]
pub struct Recorder {
    http: HttpClient,
    base: BaseUrl,
    capabilities: Capabilities,
}

impl Recorder {
    /// A stopper for the recorder at `base_url`. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the URL, the key or an option can't be used.
    pub fn new(base_url: &str, key: &str, options: HttpOptions) -> Result<Self> {
        let base = BaseUrl::parse(base_url, options.allow_http())
            .map_err(|error| error.with_provider(PROVIDER))?;
        let authorization = Secret::new(key)
            .and_then(|key| key.with_scheme("Bearer"))
            .map_err(|error| error.with_provider(PROVIDER))?;
        Ok(Self {
            http: HttpClient::new(PROVIDER, &[&base], authorization, options)?,
            base,
            // Offsets in milliseconds. A wall-clock range takes the caller's anchor.
            capabilities: Capabilities::new(Duration::from_millis(1))
                .with_timeline(Timeline::Offset, TimelineSupport::Native)
                .with_timeline(Timeline::WallClock, TimelineSupport::WithAnchor)
                .with_single_call()
                .with_checked_end()
                .with_duration_tolerance(PRECISION),
        })
    }

    /// The one request of a stop: what `plan` shows is what `stop` sends.
    fn stop_call<'a>(&self, request: &'a StopRequest) -> Result<SingleCall<'a>> {
        // Refuses what the recorder can't do, and rounds the cut to what it can.
        let cut = self.capabilities.admit(request)?;
        let keep = cut.as_ref().map(Keep::new).transpose()?;
        let body = serde_json::to_string(&StopBody { keep }).map_err(|error| {
            Error::new(ErrorKind::Internal, "the stop can't be written as JSON").with_source(error)
        })?;
        let id = request.stream().as_str();
        let url = self.base.endpoint(&["v1", "channels", id, "stop"]);
        let step = Step::new(Purpose::Stop, Method::Post, url).with_body(body);
        Ok(SingleCall::new(PROVIDER, request, step, outcome).with_cut(cut))
    }

    async fn channel(&self, stream: &StreamId) -> Result<Channel> {
        let url = self.base.endpoint(&["v1", "channels", stream.as_str()]);
        let step = Step::new(Purpose::Read, Method::Get, url);
        self.http
            .read(stream, step, |response| response.json())
            .await
    }
}

#[async_trait]
impl LiveStreamStopper for Recorder {
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
        let channel = self.channel(stream).await?;
        let state = match channel.state.as_str() {
            "live" => StreamState::Live,
            "processing" | "ready" => StreamState::Ended,
            "failed" => StreamState::Failed,
            // What a later recorder may say is no error.
            _ => StreamState::Unknown,
        };
        let status = StreamStatus::new(PROVIDER, stream.clone(), state, channel.state.as_str());
        Ok(match channel.recording(stream) {
            Some(recording) => status.with_recording(recording),
            None => status,
        })
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None)?;
        let channel = self.channel(ticket.stream()).await?;
        let state = match (channel.state.as_str(), channel.recording(ticket.stream())) {
            ("ready", Some(recording)) => RecordingState::Ready(recording),
            ("failed", _) => RecordingState::Failed(
                "the recorder couldn't write it; ask its operators for the raw files".to_owned(),
            ),
            (stage, _) => RecordingState::InProgress(stage.to_owned()),
        };
        // Holds the recording's duration against the cut.
        Ok(Progress::new(ticket.clone(), state, CHECK_AGAIN_IN))
    }
}

/// Compares what was asked for with what the recorder says it will keep.
fn outcome(response: &Response, ticket: Ticket) -> Result<StopOutcome> {
    let answer: StopAnswer = response.json()?;
    if !answer.stopped {
        return Err(response.unexpected("the answer doesn't say that it stopped"));
    }
    let asked = ticket.cut().map(Keep::new).transpose()?;
    if answer.keep != asked {
        let (kind, cut) = match (asked, answer.keep) {
            (Some(_), None) => (ErrorKind::CutRefused, Certainty::No),
            (None, _) => (ErrorKind::UnexpectedCut, Certainty::Yes),
            (Some(_), Some(_)) => (ErrorKind::UnexpectedResponse, Certainty::Unknown),
        };
        return Err(response
            .error(
                kind,
                "the recorder says it keeps another part than was asked for",
            )
            .with_effect(Effect::new(Certainty::Yes, cut)));
    }
    let cut = ticket.cut().copied();
    Ok(StopOutcome::new(ticket).with_cut(cut, CutState::Scheduled))
}

#[derive(Serialize)]
struct StopBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    keep: Option<Keep>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Keep {
    from_ms: u64,
    to_ms: u64,
}

impl Keep {
    fn new(cut: &Cut) -> Result<Self> {
        let range = cut.effective().exact_millis();
        // `admit` has rounded it.
        let range = range
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the cut isn't in milliseconds"))?;
        Ok(Self {
            from_ms: range.start,
            to_ms: range.end,
        })
    }
}

#[derive(Deserialize)]
struct StopAnswer {
    stopped: bool,
    keep: Option<Keep>,
}

#[derive(Deserialize)]
struct Channel {
    state: String,
    recording: Option<ChannelRecording>,
}

#[derive(Deserialize)]
struct ChannelRecording {
    url: String,
    duration_ms: Option<u64>,
}

impl Channel {
    /// A channel has one recording, of its own name.
    fn recording(&self, stream: &StreamId) -> Option<Recording> {
        let said = self.recording.as_ref()?;
        let recording = Recording::new(RecordingId::new(stream.as_str()).ok()?)
            .with_duration_tolerance(PRECISION)
            .with_playback(Playback::new(PlaybackFormat::Hls, said.url.as_str()));
        Some(match said.duration_ms {
            Some(millis) => recording.with_duration(Duration::from_millis(millis)),
            None => recording,
        })
    }
}
