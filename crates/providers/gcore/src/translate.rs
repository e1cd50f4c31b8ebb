//! What can be asked of Gcore, its resources, and what its answers mean. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Capabilities, Certainty, CutVerdict, Effect, ErrorKind, Method, Purpose, RecordingId, Result,
    Step, StreamId, Ticket, Timeline, TimelineSupport, lenient,
};
use livecut_http::{BaseUrl, Response};
use serde_json::value::RawValue;

use crate::sequence::Clip;
use crate::states;
use crate::wire::{self, Stream, Video};

/// What Gcore can do: cuts by wall clock in whole seconds, out of a stream's DVR window. It documents no
/// instant of a recording's start before there is one, so offsets need the caller's anchor.
///
/// ```
/// use livecut_core::{Timeline, TimelineSupport};
/// let capabilities = livecut_gcore::capabilities();
/// assert_eq!(capabilities.granularity(), std::time::Duration::from_secs(1));
/// assert_eq!(capabilities.timeline(Timeline::Offset), Some(TimelineSupport::WithAnchor));
/// ```
#[must_use]
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_secs(1))
        .with_timeline(Timeline::WallClock, TimelineSupport::Native)
        .with_timeline(Timeline::Offset, TimelineSupport::WithAnchor)
        .with_named_recording()
        .with_duration_tolerance(states::PRECISION)
}

/// The clip is made, and the stream isn't ended.
pub(crate) const CUT: Effect = Effect::new(Certainty::No, Certainty::Yes);

/// The stream is switched off.
pub(crate) const ENDED: Effect = Effect::new(Certainty::Yes, Certainty::No);

/// The recording is closed, and the stream goes on.
pub(crate) const CLOSED: Effect = Effect::NONE.with_other(Certainty::Yes);

/// An id, which Gcore has as an integer; only its one plain form, so that no two texts name the same.
pub(crate) fn integer(id: &str) -> Option<u64> {
    let number: u64 = id.parse().ok()?;
    (number.to_string() == id).then_some(number)
}

pub(crate) fn read_stream(base: &BaseUrl, stream: &StreamId) -> Step {
    Step::new(Purpose::Read, Method::Get, stream_url(base, stream, &[]))
}

pub(crate) fn read_clips(base: &BaseUrl, stream: &StreamId) -> Step {
    let url = stream_url(base, stream, &["clip_recording"]);
    Step::new(Purpose::Read, Method::Get, url)
}

pub(crate) fn read_video(base: &BaseUrl, video: &RecordingId) -> Step {
    let url = base.endpoint(&["streaming", "videos", video.as_str()]);
    Step::new(Purpose::Read, Method::Get, url)
}

/// `/streaming/streams/{stream_id}[/more]`.
pub(crate) fn stream_url(base: &BaseUrl, stream: &StreamId, more: &[&str]) -> String {
    base.endpoint(&[&["streaming", "streams", stream.as_str()], more].concat())
}

/// Refuses an answer about another stream than the one that was asked for.
pub(crate) fn stream(response: &Response, id: &StreamId) -> Result<Stream> {
    let found: Stream = response.json()?;
    if found.id != integer(id.as_str()) {
        return Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't about the stream that was asked for",
        ));
    }
    Ok(found)
}

/// Refuses an answer about another video than the one that was asked for, or about another stream's.
pub(crate) fn video(response: &Response, stream: &StreamId, id: &RecordingId) -> Result<Video> {
    let video: Video = response.json()?;
    let unexpected = |what| Err(response.error(ErrorKind::UnexpectedResponse, what));
    if video.id != integer(id.as_str()) {
        return unexpected("the answer isn't about the video that was asked for");
    }
    if video.stream_id.is_some() && video.stream_id != integer(stream.as_str()) {
        return unexpected("the video is another stream's");
    }
    Ok(video)
}

/// Reads the answer to `clip_recording`: the ticket goes on with the video, where its id is there.
pub(crate) fn clip_made(response: &Response, clip: &Clip, ticket: Ticket) -> Result<Ticket> {
    let made: wire::Clip = response
        .json()
        .map_err(|error| error.with_ticket(ticket.clone()))?;
    let ticket = match made.video_id.and_then(video_id) {
        Some(id) => ticket.with_recording(id),
        None => ticket,
    };
    let said = made.duration.map(Duration::from_secs);
    let problem = match CutVerdict::judge(Some(&clip.cut), said, states::PRECISION) {
        _ if made.id.is_none() => "the answer has no clip's `id`, so it confirms nothing",
        _ if made.vod_required == Some(false) => {
            "the provider made a clip for a short time only, without a video that stays"
        }
        CutVerdict::Differs { .. } => {
            "the provider made a clip that is clearly longer or shorter than the cut"
        }
        _ => return Ok(ticket),
    };
    // The stream goes on, so that what the clip lacks isn't lost.
    Err(response
        .error(ErrorKind::UnexpectedResponse, problem)
        .with_ticket(ticket))
}

/// Reads the answer to `stop_recording`: "the created video entity if there was a recording, or empty".
pub(crate) fn recording_closed(response: &Response) -> Result<Option<RecordingId>> {
    if response.body().trim_ascii().is_empty() {
        return Ok(None);
    }
    let video: Video = response.json()?;
    match video.id.and_then(video_id) {
        Some(id) => Ok(Some(id)),
        None => Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer is neither empty nor a video with an `id`",
        )),
    }
}

/// Reads the answer to the change of the stream.
pub(crate) fn switched_off(response: &Response, id: &StreamId) -> Result<()> {
    match stream(response, id)?.active {
        Some(false) => Ok(()),
        _ => Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer doesn't say that the stream is off",
        )),
    }
}

/// What the list of a stream's clips says of one.
pub(crate) enum Found {
    Video(RecordingId),
    ClipOnly,
    Nothing,
}

/// Looks for a clip in the list of those that haven't expired. Of several of the same range, each has the
/// whole cut.
pub(crate) fn find_clip(response: &Response, clip: &Clip) -> Result<Found> {
    let all: Vec<&RawValue> = serde_json::from_slice(response.body()).map_err(|_| {
        response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't a list of clips",
        )
    })?;
    let is_it = |listed: &wire::Clip| {
        listed.start == Some(clip.request.start) && listed.duration == Some(clip.request.duration)
    };
    let mut found = Found::Nothing;
    for listed in all.into_iter().filter_map(lenient::as_object::<wire::Clip>) {
        if !is_it(&listed) || listed.vod_required == Some(false) {
            continue;
        }
        if let Some(id) = listed.video_id.and_then(video_id) {
            return Ok(Found::Video(id));
        }
        found = Found::ClipOnly;
    }
    Ok(found)
}

fn video_id(number: u64) -> Option<RecordingId> {
    RecordingId::new(number.to_string()).ok()
}
