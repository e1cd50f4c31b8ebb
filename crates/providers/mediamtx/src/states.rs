//! What MediaMTX says of a stream and of a recording. Pure.

use std::time::Duration;

use livecut_core::{
    DurationTolerance, Playback, PlaybackFormat, Recording, RecordingId, RecordingState, StreamId,
    StreamState, StreamStatus,
};

use livecut_http::Secret;

use crate::PROVIDER;

/// A cut begins and ends on a frame; one of 10 frames a second lasts so long.
const ONE_FRAME: Duration = Duration::from_millis(100);

pub(crate) const FRAME: DurationTolerance = DurationTolerance::new(ONE_FRAME, ONE_FRAME);

/// Whether what ends at the one instant has all that ends at the other, but for a part of a frame.
pub(crate) fn reaches(end: time::OffsetDateTime, wanted: time::OffsetDateTime) -> bool {
    crate::spans::length(end, wanted) <= ONE_FRAME
}

pub(crate) fn live(source: &str, stream: &StreamId) -> StreamStatus {
    let words = format!("online, {source}");
    StreamStatus::new(PROVIDER, stream.clone(), StreamState::Live, words)
}

/// A stream is published again and again: that nobody does it now says neither that it is over nor that it will begin.
pub(crate) fn offline(stream: &StreamId, newest: Option<RecordingId>) -> StreamStatus {
    let words = match newest {
        Some(_) => "not online, recorded before",
        None => "not online",
    };
    let status = StreamStatus::new(PROVIDER, stream.clone(), StreamState::Offline, words);
    match newest {
        Some(newest) => status.with_recording(Recording::new(newest)),
        None => status,
    }
}

/// What can be had at this address, which is so long, by who has the operator's credential.
pub(crate) fn ready(
    id: RecordingId,
    url: String,
    length: Duration,
    credential: Option<&Secret>,
) -> RecordingState {
    let playback = Playback::new(PlaybackFormat::Mp4, url);
    let playback = match credential {
        Some(credential) => playback.with_header(credential.header(), credential.expose()),
        None => playback,
    };
    RecordingState::Ready(
        Recording::new(id)
            .with_duration_tolerance(FRAME)
            .with_duration(length)
            .with_playback(playback),
    )
}
