//! What Mux says of a live stream and of an asset, polled or by webhook. Pure.

use std::time::Duration;

use livecut_core::{
    DurationTolerance, Playback, PlaybackFormat, Recording, RecordingId, RecordingState,
    StreamState,
};

use crate::wire::Asset;

/// Clips of assets are documented to be frame accurate: what is off by more than a second isn't the
/// cut.
pub(crate) const PRECISION: DurationTolerance =
    DurationTolerance::new(Duration::from_secs(1), Duration::from_secs(1));

/// A live stream is used again and again, so neither `idle` nor `disabled` says whether the
/// broadcast has yet to begin or has ended.
pub(crate) fn stream_state(word: &str) -> StreamState {
    match word {
        "active" => StreamState::Live,
        "idle" | "disabled" => StreamState::Offline,
        _ => StreamState::Unknown,
    }
}

/// How far an asset is.
pub(crate) fn recording_state(asset: &Asset, id: &RecordingId) -> RecordingState {
    let word = asset.status.as_deref().unwrap_or("without a status");
    match word {
        "errored" => RecordingState::Failed(format!(
            "the provider reports the asset as `errored`{}: look at it in its dashboard",
            match asset.errors.as_ref().and_then(|e| e.kind.as_deref()) {
                Some(kind) => format!(" (`{}`)", kind.escape_debug().take(64).collect::<String>()),
                None => String::new(),
            }
        )),
        // An asset can be played while it is still recorded.
        "ready" if asset.is_live == Some(true) => {
            RecordingState::InProgress("ready, and still live".to_owned())
        }
        "ready" => RecordingState::Ready(recording(asset, id)),
        other => RecordingState::InProgress(other.to_owned()),
    }
}

fn recording(asset: &Asset, id: &RecordingId) -> Recording {
    let duration = asset
        .duration
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let mut recording = Recording::new(id.clone())
        .with_duration_tolerance(PRECISION)
        .with_duration(duration);
    for playback in asset.playback_ids.iter().flatten() {
        // A signed one plays only with a token, which takes a signing key that livecut hasn't.
        if playback.policy.as_deref() == Some("public")
            && let Some(id) = playback.id.as_deref().filter(|id| is_plain(id))
        {
            let url = format!("https://stream.mux.com/{id}.m3u8");
            recording = recording.with_playback(Playback::new(PlaybackFormat::Hls, url));
            if let Some(name) = asset.mp4().filter(|name| is_plain(&name.replace('.', "-"))) {
                let url = format!("https://stream.mux.com/{id}/{name}");
                recording = recording.with_playback(Playback::new(PlaybackFormat::Mp4, url));
            }
        }
    }
    recording
}

/// Whether it is in a URL as it is here.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !id.is_empty() && id.bytes().all(plain)
}
