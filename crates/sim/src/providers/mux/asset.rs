//! The live stream and its assets, with the fields of the API's schemas `LiveStream` and `Asset`.

use super::{MuxSettings, RecordingTimes, disabled};
use crate::{Stage, instant, recording::rfc3339, stream::Stream};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

pub(super) fn live_stream(settings: &MuxSettings, stream: &Stream, now: OffsetDateTime) -> Value {
    let active = settings.is_active(stream, now);
    let recorded = stream.has_started(now).then_some(&stream.recording_id);
    let mut live = json!({
        "id": stream.id,
        "created_at": "1700000000",
        "stream_key": format!("{}-{}", settings.stream_key, stream.number),
        "status": match (active, disabled(stream)) {
            (true, _) => "active",
            (false, true) => "disabled",
            (false, false) => "idle",
        },
        // The newest last.
        "recent_asset_ids": recorded.into_iter().collect::<Vec<_>>(),
        "playback_ids": [{"id": format!("live{}", stream.number), "policy": "public"}],
        "new_asset_settings": {"playback_policies": settings.policies},
        "reconnect_window": 60,
        "latency_mode": "standard",
        "passthrough": stream.title,
    });
    if active {
        set(&mut live, "active_asset_id", json!(stream.recording_id));
    }
    live
}

/// The recording of a stream, or a clip of it; `None` before anything was recorded.
pub(super) fn asset(
    settings: &MuxSettings,
    stream: &Stream,
    id: &str,
    now: OffsetDateTime,
) -> Option<Value> {
    if let Some((n, clip)) = (1..).zip(&stream.clips).find(|(_, clip)| clip.id == id) {
        let length = clip.kept.duration();
        let number = format!("{}n{n}", stream.number);
        let stage = stream.clip_stage(clip, now);
        let mut asset = common(id, clip.created, stage, length, &number, &clip.policies);
        set(&mut asset, "source_asset_id", json!(stream.recording_id));
        if let Some(passthrough) = &clip.passthrough {
            set(&mut asset, "passthrough", json!(passthrough));
        }
        return Some(asset);
    }
    let start = stream.start().filter(|start| *start <= now)?;
    let length = stream.media(now)?.length;
    let active = settings.is_active(stream, now);
    // An asset can be played while it is recorded.
    let stage = match stream.own_stage(now) {
        Stage::Live => Stage::Ready,
        stage => stage,
    };
    let number = stream.number.to_string();
    let mut asset = common(id, start, stage, length, &number, &settings.policies);
    set(&mut asset, "live_stream_id", json!(stream.id));
    if active {
        set(&mut asset, "is_live", json!(true));
    }
    if let Some(times) = recording_times(settings.recording_times, start, length) {
        set(&mut asset, "recording_times", times);
    }
    Some(asset)
}

fn common(
    id: &str,
    created: OffsetDateTime,
    stage: Stage,
    length: Duration,
    playback: &str,
    policies: &[&str],
) -> Value {
    let mut asset = json!({
        "id": id,
        "created_at": created.unix_timestamp().to_string(),
        "mp4_support": "none",
        "master_access": "none",
        "playback_ids": policies
            .iter()
            .map(|policy| json!({"id": format!("{policy}{playback}"), "policy": policy}))
            .collect::<Value>(),
    });
    let status = match stage {
        Stage::Ready => {
            set(&mut asset, "duration", json!(length.as_secs_f64()));
            "ready"
        }
        Stage::Failed | Stage::Discarded => {
            let errors = json!({"type": "invalid_input", "messages": ["the input can't be read"]});
            set(&mut asset, "errors", errors);
            "errored"
        }
        _ => "preparing",
    };
    set(&mut asset, "status", json!(status));
    asset
}

fn recording_times(
    choice: RecordingTimes,
    start: OffsetDateTime,
    length: Duration,
) -> Option<Value> {
    let third = length.checked_div(3)?;
    let session = |n: u32, kind: Option<&str>| {
        let at = instant::later(start, third.checked_mul(n)?)?;
        let mut session = json!({"started_at": rfc3339(at), "duration": third.as_secs_f64()});
        if let Some(kind) = kind {
            set(&mut session, "type", json!(kind));
        }
        Some(session)
    };
    let content = Some("content");
    let whole = |kind| {
        let mut session = session(0, kind)?;
        set(&mut session, "duration", json!(length.as_secs_f64()));
        Some(session)
    };
    Some(match choice {
        RecordingTimes::Content => json!([whole(content)?]),
        RecordingTimes::Untyped => json!([whole(None)?]),
        RecordingTimes::TwoSessions => json!([session(0, content)?, session(2, content)?]),
        RecordingTimes::Slate => json!([
            session(0, content)?,
            session(1, Some("slate"))?,
            session(2, content)?
        ]),
        RecordingTimes::Missing => return None,
    })
}

fn set(object: &mut Value, field: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), value);
    }
}
