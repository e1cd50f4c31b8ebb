//! What can be asked of Gcore, its resources, and what its answers mean. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::adapter::lenient;
use livecut_core::{
    Capabilities, Error, ErrorKind, Method, Purpose, RecordingId, Result, Step, StreamId, Timeline,
    TimelineSupport,
};
use livecut_http::{BaseUrl, Response};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::clip::Clip;
use crate::states;
use crate::wire::{self, Patch, PatchedStream, Stream, Video};

/// What Gcore can do: cuts by wall clock in whole seconds, out of a stream's DVR window. It documents no
/// instant of a recording's start before there is one, so offsets need the caller's anchor.
///
/// ```
/// use livecut_core::{Timeline, TimelineSupport};
/// let capabilities = livecut_gcore::capabilities();
/// assert_eq!(capabilities.granularity(), std::time::Duration::from_secs(1));
/// assert_eq!(capabilities.timeline(Timeline::Offset), Some(TimelineSupport::WithAnchor));
/// ```
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_secs(1))
        .with_timeline(Timeline::WallClock, TimelineSupport::Native)
        .with_timeline(Timeline::Offset, TimelineSupport::WithAnchor)
        .with_named_recording()
        .with_checked_end()
        .with_duration_tolerance(states::PRECISION)
}

/// An id, which Gcore has as an integer; only its one plain form, so that no two texts name the same.
pub(crate) fn integer(id: &str) -> Option<u64> {
    let number: u64 = id.parse().ok()?;
    (number.to_string() == id).then_some(number)
}

pub(crate) fn check_stream(stream: &StreamId) -> Result<()> {
    if integer(stream.as_str()).is_some() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidRequest,
        "the ids of this provider's streams are integers, such as 12345",
    ))
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

pub(crate) fn make_clip(base: &BaseUrl, stream: &StreamId, clip: &Clip) -> Result<Step> {
    let url = stream_url(base, stream, &["clip_recording"]);
    Ok(Step::new(Purpose::Cut, Method::Put, url).with_body(json(&clip.request)?))
}

pub(crate) fn close_recording(base: &BaseUrl, stream: &StreamId) -> Step {
    let url = stream_url(base, stream, &["stop_recording"]);
    Step::new(Purpose::Other, Method::Put, url)
}

/// `PATCH` with the stream's own name, which the document requires.
pub(crate) fn switch_off(base: &BaseUrl, stream: &StreamId, name: &str) -> Result<Step> {
    let off = Patch {
        stream: PatchedStream {
            name,
            active: false,
        },
    };
    let url = stream_url(base, stream, &[]);
    Ok(Step::new(Purpose::Stop, Method::Patch, url).with_body(json(&off)?))
}

fn json(body: &impl Serialize) -> Result<String> {
    serde_json::to_string(body).map_err(|error| {
        Error::new(ErrorKind::Internal, "the request can't be written as JSON").with_source(error)
    })
}

/// `/streaming/streams/{stream_id}[/more]`.
fn stream_url(base: &BaseUrl, stream: &StreamId, more: &[&str]) -> String {
    base.endpoint(&[&["streaming", "streams", stream.as_str()], more].concat())
}

/// Refuses an error whose status says success: it can't be both.
fn check_no_error(response: &Response) -> Result<()> {
    if response.json::<wire::Refusal>()?.is_one() {
        return Err(
            response.unexpected("the answer has an `error` although its status says success")
        );
    }
    Ok(())
}

/// Refuses an answer about another stream than the one that was asked for.
pub(crate) fn stream(response: &Response, id: &StreamId) -> Result<Stream> {
    check_no_error(response)?;
    let found: Stream = response.json()?;
    if found.id != integer(id.as_str()) {
        return Err(response.unexpected("the answer isn't about the stream that was asked for"));
    }
    Ok(found)
}

/// Refuses an answer about another video than the one that was asked for, or about another stream's.
pub(crate) fn video(response: &Response, stream: &StreamId, id: &RecordingId) -> Result<Video> {
    let video: Video = response.json()?;
    let unexpected = |what| Err(response.unexpected(what));
    if video.id != integer(id.as_str()) {
        return unexpected("the answer isn't about the video that was asked for");
    }
    if video.stream_id.is_some() && video.stream_id != integer(stream.as_str()) {
        return unexpected("the video is another stream's");
    }
    Ok(video)
}

/// Reads the answer to `clip_recording`: the id of the clip's video, if it is there. A clip
/// that isn't the one asked for is nobody's: its video isn't taken for the recording.
pub(crate) fn clip_made(response: &Response, clip: &Clip) -> Result<Option<RecordingId>> {
    check_no_error(response)?;
    let made: wire::Clip = response.json()?;
    let problem = if made.id.is_none() {
        Some("the answer has no clip's `id`, so it confirms nothing")
    } else {
        clip.mismatch(&made)
    };
    match problem {
        // The stream goes on, so that what the clip lacks isn't lost.
        Some(problem) => Err(response.unexpected(problem)),
        None => Ok(made.video_id.and_then(video_id)),
    }
}

/// Reads the answer to `stop_recording`: "the created video entity if there was a recording, or empty".
pub(crate) fn recording_closed(response: &Response, stream: &StreamId) -> Result<RecordingId> {
    if response.body().trim_ascii().is_empty() {
        // One ran a moment ago, so this may as well be the answer to something else.
        return Err(response.unexpected(
            "the provider answered that no recording ran, so that ending the stream might keep \
             nothing",
        ));
    }
    let video: Video = response.json()?;
    // "If the video was saved from a stream, then ID of that stream is saved here". A stream itself,
    // which a read is answered with, has an `id` too.
    let its_own = video.stream_id.is_some() && video.stream_id == integer(stream.as_str());
    match video.id.and_then(video_id) {
        Some(id) if its_own => Ok(id),
        _ => {
            Err(response
                .unexpected("the answer isn't a video of this stream, so it confirms nothing"))
        }
    }
}

/// Reads the answer to the change of the stream, which was sent with its own name.
pub(crate) fn switched_off(response: &Response, id: &StreamId, name: &str) -> Result<()> {
    let changed = stream(response, id)?;
    let problem = if changed.active != Some(false) {
        "the answer doesn't say that the stream is off"
    } else if changed.name.is_some_and(|other| other != name) {
        "the answer has another name than the one sent, so it confirms nothing"
    } else {
        return Ok(());
    };
    Err(response.unexpected(problem))
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
    let all: Vec<&RawValue> = serde_json::from_slice(response.body())
        .map_err(|_| response.unexpected("the answer isn't a list of clips"))?;
    let mut found = Found::Nothing;
    let mut is_readable = true;
    for listed in all {
        let listed = lenient::as_object::<wire::Clip>(listed).unwrap_or_default();
        // Both are what was requested by their descriptions: without them it can't be told whose it is.
        let (Some(start), Some(duration)) = (listed.start, listed.duration) else {
            is_readable = false;
            continue;
        };
        let is_it = start == clip.request.start
            && duration == clip.request.duration
            && clip.mismatch(&listed).is_none();
        if !is_it {
            continue;
        }
        if let Some(id) = listed.video_id.and_then(video_id) {
            return Ok(Found::Video(id));
        }
        found = Found::ClipOnly;
    }
    if matches!(found, Found::Nothing) && !is_readable {
        // It could be the one that is looked for.
        return Err(response
            .unexpected("the answer lists a clip without the documented `start` and `duration`"));
    }
    Ok(found)
}

fn video_id(number: u64) -> Option<RecordingId> {
    RecordingId::new(number.to_string()).ok()
}
