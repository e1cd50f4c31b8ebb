//! What nginx says of a stream and of a recording. Pure.

use std::time::Duration;

use livecut_core::{
    Cut, DurationTolerance, Playback, PlaybackFormat, Recording, RecordingId, RecordingState,
    StreamId, StreamState, StreamStatus, Timeline,
};

use livecut_http::Secret;

use crate::PROVIDER;
use crate::wire::Publisher;

/// A recording's file is named by the second in which it began.
pub(crate) const ANCHOR: Duration = Duration::from_secs(1);

/// A cut begins and ends on a frame; one of 10 frames a second lasts so long.
pub(crate) const FRAME: DurationTolerance =
    DurationTolerance::new(Duration::from_millis(100), Duration::from_millis(100));

/// Of a cut whose end the recording's start decides, which is known to a second: where that is its own end, it is so much shorter.
const FRAME_AND_ANCHOR: DurationTolerance =
    DurationTolerance::new(Duration::from_millis(1100), Duration::from_millis(100));

pub(crate) fn live(publisher: Publisher, stream: &StreamId) -> StreamStatus {
    let words = format!("publishing, client {}", publisher.client);
    StreamStatus::new(PROVIDER, stream.clone(), StreamState::Live, words)
}

/// A stream is published again and again: that nobody does it now says neither that it is over nor that it will begin.
pub(crate) fn offline(stream: &StreamId, newest: RecordingId) -> StreamStatus {
    let words = "not publishing, recorded before";
    StreamStatus::new(PROVIDER, stream.clone(), StreamState::Offline, words)
        .with_recording(Recording::new(newest))
}

/// What can be had at this address, which is so long, by who has the operator's credential.
pub(crate) fn ready(
    id: RecordingId,
    url: &str,
    length: Duration,
    cut: Option<&Cut>,
    credential: Option<&Secret>,
) -> RecordingState {
    let playback = Playback::new(PlaybackFormat::Mp4, url);
    let playback = match credential {
        Some(credential) => playback.with_header(credential.header(), credential.expose()),
        None => playback,
    };
    let is_converted = cut.is_some_and(|cut| cut.requested().timeline() == Timeline::WallClock);
    let tolerance = if is_converted {
        FRAME_AND_ANCHOR
    } else {
        FRAME
    };
    RecordingState::Ready(
        Recording::new(id)
            .with_duration_tolerance(tolerance)
            .with_duration(length)
            .with_playback(playback),
    )
}
