//! Streams and videos, as they are read.

use super::{Extras, GcoreSettings, extras, recorded};
use crate::{FailingStage, Kept, instant, recording::rfc3339, stream::Stream};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// The ids of a stream's videos: a thousand for each stream, recordings first.
const VIDEOS: u64 = 1000;
const CLIPS_FROM: u64 = 500;

pub(super) const fn first_video(stream: u64) -> u64 {
    stream.saturating_mul(VIDEOS)
}

pub(super) fn clip_video(stream: u64, clip: usize) -> u64 {
    let clip = u64::try_from(clip).unwrap_or(u64::MAX);
    first_video(stream)
        .saturating_add(CLIPS_FROM)
        .saturating_add(clip)
}

/// Schema `stream`, as far as clients need it; and `recording`, which is in the prose alone.
pub(super) fn stream(settings: &GcoreSettings, stream: &Stream, now: OffsetDateTime) -> Value {
    let live = stream.has_started(now) && stream.ended(now).is_none() && !extras(stream).off;
    let running = live && stream.records && extras(stream).closed.is_none();
    let length = recorded(stream, now).map(|kept| kept.duration().as_secs());
    let key = &settings.stream_key;
    let mut body = json!({
        "id": stream.id.parse::<u64>().ok(),
        "name": stream.title,
        "active": !extras(stream).off,
        "live": live,
        "backup_live": false,
        "dvr_enabled": stream.dvr,
        "dvr_duration": stream.dvr_window.as_secs(),
        "auto_record": stream.records,
        "recording_duration": length.filter(|_| running),
        "started_at_primary": stream.start().filter(|start| *start <= now).map(rfc3339),
        "started_at_backup": null,
        "finished_at_primary": stream.ended(now).map(rfc3339),
        "token": key,
        "push_url": format!("rtmp://vp-push.gcore.invalid/in/{}?{key}", stream.id),
        "hls_mpegts_url": format!("https://cdn.gcore.invalid/mpegts/{}/master.m3u8", stream.id),
    });
    if settings.recording_flag
        && let Value::Object(fields) = &mut body
    {
        fields.insert("recording".to_owned(), json!(running));
    }
    body
}

/// Closes the recording that runs, and gives the id of its last video.
pub(super) fn close_recording(
    settings: &GcoreSettings,
    stream: &mut Stream,
    now: OffsetDateTime,
) -> Option<String> {
    let live = stream.has_started(now) && stream.ended(now).is_none();
    if !live || !stream.records || extras(stream).closed.is_some() {
        return None;
    }
    if let Some(extras) = stream.own_mut::<Extras>() {
        extras.closed = Some(now);
    }
    let last = videos(settings, stream, now).pop();
    last.map(|video| video.id.to_string())
}

pub(super) fn has_video(
    settings: &GcoreSettings,
    stream: &Stream,
    id: &str,
    now: OffsetDateTime,
) -> bool {
    all(settings, stream, now).any(|video| video.id.to_string() == id)
}

/// A video out of a recording or of a clip.
struct Video {
    id: u64,
    kept: Kept,
    /// When its media was complete.
    since: OffsetDateTime,
    trimmed: bool,
}

/// Those of the recording, if it isn't running any more.
fn videos(settings: &GcoreSettings, stream: &Stream, now: OffsetDateTime) -> Vec<Video> {
    let mut parts = Vec::new();
    let since = extras(stream).closed.or_else(|| stream.ended(now));
    let (Some(since), Some(whole)) = (since.filter(|at| *at <= now), recorded(stream, now)) else {
        return parts;
    };
    // The part that is full when the recording ends is its last.
    let first = stream
        .recording_id
        .parse()
        .unwrap_or_else(|_| first_video(stream.number));
    let mut from = Duration::ZERO;
    for id in (first..).take(usize::try_from(CLIPS_FROM).unwrap_or(usize::MAX)) {
        let to = from
            .saturating_add(settings.part_length)
            .min(whole.offsets().end);
        let cut = crate::recording::Cut::Offsets(from..to);
        let Some(kept) = stream.media(now).and_then(|media| media.keep(&cut).ok()) else {
            break;
        };
        parts.push(Video {
            id,
            kept,
            since,
            trimmed: false,
        });
        from = to;
    }
    parts
}

fn all(
    settings: &GcoreSettings,
    stream: &Stream,
    now: OffsetDateTime,
) -> impl Iterator<Item = Video> {
    let clips = extras(stream).clips.iter().filter_map(|clip| {
        Some(Video {
            id: clip.video?,
            kept: clip.kept,
            since: clip.created,
            trimmed: true,
        })
    });
    let clips: Vec<Video> = clips.collect();
    videos(settings, stream, now).into_iter().chain(clips)
}

/// Schema `searchVideo`, as far as clients need it.
pub(super) fn video(
    settings: &GcoreSettings,
    stream: &Stream,
    id: &str,
    now: OffsetDateTime,
) -> Option<Value> {
    let video = all(settings, stream, now).find(|video| video.id.to_string() == id)?;
    let status = status(stream, &video, now);
    let instants = video.kept.instants();
    let url = |name: &str| {
        (status == "ready").then(|| format!("https://cdn.gcore.invalid/videos/1_{id}/{name}"))
    };
    // One quality; a real video has several.
    let converted = (status == "ready").then(|| {
        json!([{
            "id": video.id,
            "name": "vod720p",
            "width": 1280,
            "height": 720,
            "progress": 100,
            "status": "complete",
            "mp4_url": format!("{}/{id}.mp4", settings.files),
        }])
    });
    let mut body = json!({
        "id": video.id,
        "name": format!("Stream Record: {}, {}", stream.title, rfc3339(instants.end)),
        "stream_id": stream.id.parse::<u64>().ok(),
        "status": status,
        "error": (status == "error").then_some("simulated"),
        "duration": (status == "ready").then(|| u64::try_from(video.kept.duration().as_millis()).ok()),
        "recording_started_at": rfc3339(instants.start),
        "hls_url": url("master.m3u8"),
        "hls_cmaf_url": url("master-cmaf.m3u8"),
        "dash_url": url("master.mpd"),
        "converted_videos": converted,
    });
    // None of these can be null in the schema.
    if let Value::Object(fields) = &mut body {
        fields.retain(|_, value| !value.is_null());
    }
    Some(body)
}

/// What is in the file of a video that is ready.
pub(super) fn file(
    settings: &GcoreSettings,
    stream: &Stream,
    id: &str,
    now: OffsetDateTime,
) -> Option<Kept> {
    let video = all(settings, stream, now).find(|video| video.id.to_string() == id)?;
    (status(stream, &video, now) == "ready").then_some(video.kept)
}

/// The words are documented; which is when isn't.
fn status(stream: &Stream, video: &Video, now: OffsetDateTime) -> &'static str {
    let processing = stream.processing();
    let age = instant::since(video.since, now).unwrap_or_default();
    let uploaded = processing.stopped_for;
    let viewable = uploaded.saturating_add(processing.transcoding);
    let ready = if video.trimmed {
        viewable.saturating_add(processing.trimming)
    } else {
        viewable
    };
    let failed = match processing.fails_in {
        Some(FailingStage::Transcoding) => age >= viewable,
        Some(FailingStage::Trimming) => video.trimmed && age >= ready,
        None => false,
    };
    match age {
        _ if failed => "error",
        age if age >= ready => "ready",
        age if age >= viewable => "viewable",
        age if age >= uploaded => "pending",
        _ => "empty",
    }
}
