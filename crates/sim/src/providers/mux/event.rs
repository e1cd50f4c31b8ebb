//! Webhooks: the types and the signature are documented; which change leads to which is this
//! crate's choice, by their names.

use super::{MuxSettings, asset};
use crate::{Stage, life::Change, service::Sent, stream::Stream};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

pub(super) fn events(settings: &MuxSettings, stream: &Stream, change: Change) -> Vec<Value> {
    let mut events = Vec::new();
    let mut event = |kind: &str, data: Option<Value>| {
        if let Some(data) = data {
            events.push(json!({"type": kind, "data": data}));
        }
    };
    let live_stream = || Some(asset::live_stream(settings, stream, change.at));
    let recording = || asset::asset(settings, stream, &stream.recording_id, change.at);
    if change.to == Stage::Live {
        event("video.live_stream.active", live_stream());
        // An asset can be played while it is recorded.
        event("video.asset.ready", recording());
    } else if change.from == Stage::Live {
        event("video.live_stream.idle", live_stream());
    }
    let finished = match change.to {
        Stage::Ready => "video.asset.ready",
        Stage::Failed => "video.asset.errored",
        _ => return events,
    };
    if let Some(clip) = change.clip {
        let clip = stream.clips.get(clip);
        let asset = clip.and_then(|clip| asset::asset(settings, stream, &clip.id, change.at));
        event(finished, asset);
    } else {
        if change.to == Stage::Ready {
            event("video.asset.live_stream_completed", recording());
        }
        event(finished, recording());
    }
    events
}

/// `t=<unix>,v1=<hex>`: HMAC-SHA256 of `<t>.<raw body>`.
pub(super) fn signature(secret: &str, sent: Sent<'_>) -> Option<String> {
    let time = sent.at.unix_timestamp().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(sent.body);
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("t={time},v1={hex}"))
}
