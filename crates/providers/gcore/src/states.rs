//! What Gcore says of a stream and of a video. Pure.

use std::time::Duration;

use livecut_core::{
    DurationTolerance, Playback, PlaybackFormat, Recording, RecordingId, RecordingState, StreamId,
    StreamState, StreamStatus,
};

use crate::PROVIDER;
use crate::wire::{Stream, Video};

/// A clip is aligned to key frames, "this way -1 and +1 chunks can be added to left and right", and
/// never shortened but where the DVR holds less. How long a chunk is isn't documented: up to 5 s is taken
/// for one. Shorter by a second is within the whole seconds that a cut is sent in.
pub(crate) const PRECISION: DurationTolerance =
    DurationTolerance::new(Duration::from_secs(1), Duration::from_secs(10));

/// Gcore has no word for a stream's state, so the fields that it follows from stand for one.
pub(crate) fn status(found: &Stream, id: &StreamId) -> StreamStatus {
    let word = |field: Option<bool>| match field {
        Some(true) => "true",
        Some(false) => "false",
        None => "none",
    };
    let words = format!(
        "active {}, live {}, backup_live {}",
        word(found.active),
        word(found.live),
        word(found.backup_live)
    );
    StreamStatus::new(PROVIDER, id.clone(), stream_state(found), words)
}

fn stream_state(found: &Stream) -> StreamState {
    let has_begun = found.started_at_primary.is_some() || found.started_at_backup.is_some();
    match (found.active, found.is_live()) {
        (Some(true) | None, true) => StreamState::Live,
        // It can be pushed to again at any time.
        (Some(true), false) if has_begun => StreamState::Offline,
        (Some(true), false) => StreamState::NotStarted,
        (Some(false), false) if has_begun => StreamState::Ended,
        (Some(false), false) => StreamState::Offline,
        // A stream that is off can't be received.
        (Some(false), true) | (None, false) => StreamState::Unknown,
    }
}

/// How far a video is. Its `error` is Gcore's own text, and isn't shown.
pub(crate) fn recording_state(video: &Video, id: &RecordingId) -> RecordingState {
    match video.status.as_deref() {
        Some("ready") => {
            let recording = recording(video, id);
            if recording.playback().is_empty() {
                return RecordingState::InProgress("ready, without a URL yet".to_owned());
            }
            RecordingState::Ready(recording)
        }
        Some("error") => RecordingState::Failed(
            "the provider reports the video as `error`: look at it in the customer portal"
                .to_owned(),
        ),
        Some(word) => RecordingState::InProgress(word.to_owned()),
        None => RecordingState::InProgress("no status".to_owned()),
    }
}

fn recording(video: &Video, id: &RecordingId) -> Recording {
    let mut recording = Recording::new(id.clone()).with_duration_tolerance(PRECISION);
    for (format, url) in [
        (PlaybackFormat::Hls, video.hls_url.as_deref()),
        (PlaybackFormat::Dash, video.dash_url.as_deref()),
        (PlaybackFormat::Mp4, video.mp4_url()),
    ] {
        if let Some(url) = url.filter(|url| !url.is_empty()) {
            recording = recording.with_playback(Playback::new(format, url));
        }
    }
    recording.with_duration(video.duration.map(Duration::from_millis))
}
