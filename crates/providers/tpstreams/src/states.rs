//! What an asset says of its stream and its recording, polled or by webhook. Pure.

use livecut_core::{
    Playback, PlaybackFormat, Recording, RecordingId, RecordingState, StreamId, StreamState,
};

use crate::wire::{Asset, LiveStream, Video};

/// How far the asset's recording is.
pub(crate) fn recording_state(asset: &Asset, stream: &StreamId) -> RecordingState {
    let live = live_word(asset).unwrap_or("unknown");
    if stream_state(live) == StreamState::Failed {
        return RecordingState::Failed(format!(
            "the provider reports the live stream as `{live}`: look at the asset in its dashboard"
        ));
    }
    let video_word = asset
        .video
        .as_ref()
        .and_then(|video| video.status.as_deref());
    if video_word.is_some_and(|word| normalized(word) == "completed")
        && let Some(recording) = recording(asset, stream)
        // Without a URL it can't be played yet, whatever its status says.
        && !recording.playback().is_empty()
    {
        return RecordingState::Ready(recording);
    }
    if never_transcoded(asset) {
        return RecordingState::Failed(
            "the live stream is completed and its `transcode_recorded_video` is false, so the provider \
             makes no video of it, and whether a trim was made of what was recorded isn't \
             documented: look at the asset in its dashboard"
                .to_owned(),
        );
    }
    RecordingState::InProgress(format!(
        "live stream {live}, video {}",
        video_word.unwrap_or("none yet")
    ))
}

/// Nothing is left to wait for: a video comes only if `transcode_recorded_video` is true.
fn never_transcoded(asset: &Asset) -> bool {
    let live = asset.live_stream.as_ref();
    live.and_then(|live| live.transcode_recorded_video) == Some(false)
        && live_word(asset).is_some_and(|word| normalized(word) == "completed")
        && asset.video.is_none()
}

/// The recording is the asset itself, once it has a video.
pub(crate) fn recording(asset: &Asset, stream: &StreamId) -> Option<Recording> {
    let Video {
        playback_url,
        dash_url,
        ..
    } = asset.video.as_ref()?;
    // An id of the one kind is always one of the other.
    let mut recording = Recording::new(RecordingId::new(stream.as_str()).ok()?);
    for (format, url) in [
        (PlaybackFormat::Hls, playback_url),
        (PlaybackFormat::Dash, dash_url),
    ] {
        if let Some(url) = url.as_deref().filter(|url| !url.is_empty()) {
            recording = recording.with_playback(Playback::new(format, url));
        }
    }
    Some(recording)
}

/// TPStreams' own word for what the live stream does.
pub(crate) fn live_word(asset: &Asset) -> Option<&str> {
    asset
        .live_stream
        .as_ref()
        .and_then(|LiveStream { status, .. }| status.as_deref())
}

pub(crate) fn stream_state(word: &str) -> StreamState {
    match normalized(word).as_str() {
        // `Available`: the server is ready, and no media has come yet.
        "not_started" | "available" => StreamState::NotStarted,
        "streaming" => StreamState::Live,
        "disconnected" => StreamState::Interrupted,
        "stopped" | "completed" => StreamState::Ended,
        "error" => StreamState::Failed,
        // `RECORDING` too: the documents contradict each other on its meaning.
        _ => StreamState::Unknown,
    }
}

/// `Not Started` in samples is `NOT_STARTED` in prose.
fn normalized(word: &str) -> String {
    word.to_ascii_lowercase().replace([' ', '-'], "_")
}
