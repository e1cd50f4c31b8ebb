//! Between livecut's words and TPStreams'. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Capabilities, Certainty, Cut, CutOutcome, CutVerdict, Effect, Error, ErrorKind, Failed,
    InProgress, Method, Playback, PlaybackFormat, Progress, Purpose, Ready, Recording, RecordingId,
    Result, Step, StopOutcome, StopRequest, StreamId, StreamState, StreamStatus, TenantId, Ticket,
    Timeline, TimelineSupport,
};
use livecut_http::{BaseUrl, Response, SingleCall};

use crate::wire::{Asset, LiveStream, StopAnswer, Trim, Video};

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "tpstreams";

/// TPStreams documents no rate limit and no time that a transcoding takes.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(10);

/// What TPStreams can do: cuts on both timelines, in whole seconds, with the stop.
///
/// ```
/// use livecut_core::Timeline;
/// let capabilities = livecut_tpstreams::capabilities();
/// assert_eq!(capabilities.granularity(), std::time::Duration::from_secs(1));
/// assert!(capabilities.timeline(Timeline::WallClock).is_some());
/// ```
#[must_use]
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_secs(1))
        .with_timeline(Timeline::Offset, TimelineSupport::Native)
        .with_timeline(Timeline::WallClock, TimelineSupport::Native)
        .with_single_call()
}

/// The one request of a stop.
pub(crate) fn stop_call(
    base: &BaseUrl,
    organization: &TenantId,
    capabilities: &Capabilities,
    request: &StopRequest,
) -> Result<SingleCall> {
    let cut = capabilities.admit(request)?;
    let stream = request.stream();
    let url = asset_url(base, organization, stream, &["stop_live_stream"]);
    let mut step = Step::new(Purpose::Stop, Method::Post, url);
    if let Some(cut) = &cut {
        step = step.with_body(trim_body(cut)?);
    }
    let ticket = Ticket::new(PROVIDER, stream.clone())
        .with_tenant(organization.clone())
        .with_cut(cut);
    Ok(SingleCall::new(step, ticket))
}

/// Compares what was asked with what TPStreams says it did.
pub(crate) fn outcome(response: &Response, ticket: Ticket) -> Result<StopOutcome> {
    let answer: StopAnswer = response.json()?;
    if answer.message.is_none() && answer.trim_scheduled.is_none() {
        return Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer has neither a `message` nor `trim_scheduled`, so it confirms nothing",
        ));
    }
    let stopped_but = |kind, message, cut| {
        Err(response
            .error(kind, message)
            .with_effect(Effect::new(Certainty::Yes, cut)))
    };
    let cut = match (ticket.cut(), answer.trim_scheduled) {
        (None, None | Some(false)) => CutOutcome::None,
        (Some(cut), Some(true)) => CutOutcome::Scheduled(*cut),
        (None, Some(true)) => {
            return stopped_but(
                ErrorKind::UnexpectedCut,
                "the provider scheduled a trim though none was asked for",
                Certainty::Yes,
            );
        }
        (Some(_), Some(false)) => {
            return stopped_but(
                ErrorKind::CutRefused,
                "the provider didn't schedule the trim",
                Certainty::No,
            );
        }
        (Some(_), None) => {
            return stopped_but(
                ErrorKind::UnexpectedResponse,
                "the answer doesn't say whether the trim is scheduled",
                Certainty::Unknown,
            );
        }
    };
    Ok(StopOutcome::new(ticket)
        .with_cut(cut)
        .with_messages(answer.message.into_iter().collect()))
}

fn trim_body(cut: &Cut) -> Result<String> {
    let trim = cut
        .effective()
        .exact_seconds()
        .map(|seconds| Trim {
            start_time: seconds.start,
            end_time: seconds.end,
        })
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the cut isn't in whole seconds"))?;
    serde_json::to_string(&trim).map_err(|error| {
        Error::new(ErrorKind::Internal, "the trim can't be written as JSON").with_source(error)
    })
}

/// The one read behind `status` and `follow`.
pub(crate) fn read_asset(base: &BaseUrl, organization: &TenantId, stream: &StreamId) -> Step {
    Step::new(
        Purpose::Read,
        Method::Get,
        asset_url(base, organization, stream, &[]),
    )
}

/// `/api/v1/<organization_id>/assets/<asset_id>/[more/]`, with the slash at the end.
fn asset_url(base: &BaseUrl, organization: &TenantId, stream: &StreamId, more: &[&str]) -> String {
    let mut segments = vec![
        "api",
        "v1",
        organization.as_str(),
        "assets",
        stream.as_str(),
    ];
    segments.extend_from_slice(more);
    segments.push("");
    base.endpoint(&segments)
}

/// Refuses an answer about another asset than the one that was asked for.
pub(crate) fn asset(response: &Response, stream: &StreamId) -> Result<Asset> {
    let asset: Asset = response.json()?;
    match &asset.id {
        Some(id) if id != stream.as_str() => Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer is about another asset than the one asked for",
        )),
        _ => Ok(asset),
    }
}

pub(crate) fn status(asset: &Asset, stream: &StreamId) -> StreamStatus {
    let word = live_word(asset).unwrap_or_default();
    let status = StreamStatus::new(PROVIDER, stream.clone(), state(word), word);
    match (&asset.video, recording_id(stream)) {
        (Some(video), Some(id)) => status.with_recording(recording(id, video)),
        _ => status,
    }
}

pub(crate) fn progress(asset: &Asset, ticket: &Ticket) -> Progress {
    let live = live_word(asset).unwrap_or("unknown");
    if state(live) == StreamState::Failed {
        return Progress::Failed(Failed::new(
            ticket.clone(),
            format!(
                "the provider reports the live stream as `{live}`: look at the asset in its dashboard"
            ),
        ));
    }
    let video = asset.video.as_ref();
    let video_word = video.and_then(|video| video.status.as_deref());
    if let (Some(video), Some(id)) = (video, recording_id(ticket.stream()))
        && video_word.is_some_and(|word| normalized(word) == "completed")
    {
        let recording = recording(id, video);
        // Without a URL it can't be played yet, whatever its status says.
        if !recording.playback().is_empty() {
            // No event and no field says that a trim has run.
            let cut = ticket
                .cut()
                .map_or(CutVerdict::None, |cut| CutVerdict::Unconfirmed(*cut));
            return Progress::Ready(Ready::new(ticket.clone(), recording, cut));
        }
    }
    let stage = format!(
        "live stream {live}, video {}",
        video_word.unwrap_or("none yet")
    );
    Progress::InProgress(InProgress::new(ticket.clone(), stage, CHECK_AGAIN_IN))
}

/// The recording is the asset itself.
fn recording_id(stream: &StreamId) -> Option<RecordingId> {
    // The two have the same rules, so this is always `Some`.
    RecordingId::new(stream.as_str()).ok()
}

fn recording(id: RecordingId, video: &Video) -> Recording {
    let mut recording = Recording::new(id);
    for (format, url) in [
        (PlaybackFormat::Hls, &video.playback_url),
        (PlaybackFormat::Dash, &video.dash_url),
    ] {
        if let Some(url) = url.as_deref().filter(|url| !url.is_empty()) {
            recording = recording.with_playback(Playback::new(format, url));
        }
    }
    recording
}

fn live_word(asset: &Asset) -> Option<&str> {
    asset
        .live_stream
        .as_ref()
        .and_then(|LiveStream { status }| status.as_deref())
}

/// `Not Started` in samples is `NOT_STARTED` in prose.
fn normalized(word: &str) -> String {
    word.to_ascii_lowercase().replace([' ', '-'], "_")
}

fn state(word: &str) -> StreamState {
    match normalized(word).as_str() {
        "not_started" => StreamState::NotStarted,
        "streaming" => StreamState::Live,
        "disconnected" => StreamState::Interrupted,
        "stopped" | "completed" => StreamState::Ended,
        "error" => StreamState::Failed,
        // `RECORDING` too: the documents contradict each other on its meaning.
        _ => StreamState::Unknown,
    }
}
