//! What Gjirafa VP says of a live video and of a recording, polled or by webhook. Pure.

use livecut_core::{Recording, RecordingId, RecordingState, StreamState};

/// `Offline` stands beside `canStopAndCut: true` in a sample, so it doesn't mean ended.
pub(crate) fn stream_state(word: &str) -> StreamState {
    match word.to_ascii_lowercase().as_str() {
        "live" => StreamState::Live,
        "interrupted" => StreamState::Interrupted,
        "processing" => StreamState::Processing,
        "offline" => StreamState::Offline,
        _ => StreamState::Unknown,
    }
}

/// How far the recording is, by its `publishStatusId`.
pub(crate) fn recording_state(publish_status: Option<i64>, id: &RecordingId) -> RecordingState {
    let stage = match publish_status {
        // Neither the unit of `duration` nor the zone of the cut's dates is documented,
        // so they aren't read, and nothing confirms the cut.
        Some(2) => return RecordingState::Ready(Recording::new(id.clone())),
        Some(4) => return failed("the provider reports the recording as `Failed`"),
        Some(1) => "Processing".to_owned(),
        Some(8) => "ReEncoding".to_owned(),
        Some(9) => "PartiallyReady".to_owned(),
        Some(other) => format!("publishStatusId {other}"),
        None => "no publishStatusId".to_owned(),
    };
    RecordingState::InProgress(stage)
}

pub(crate) fn failed(what: &str) -> RecordingState {
    RecordingState::Failed(format!("{what}: look at the video in its dashboard"))
}
