//! The asset: docs/server-api/assets, with the fields of the sample in
//! docs/live-stream-api/stop-a-live-stream-api.

use super::{StatusSpelling, TpStreamsSettings, VideoAppears};
use crate::{Stage, stream::Stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset};

const RESOLUTIONS: [&str; 4] = ["240p", "360p", "480p", "720p"];

/// The offset of the zone in which `live_stream.start` is given here. The documents name none; a
/// client that takes it for UTC is 5:30 h off and shows as wrong.
const LOCAL_ZONE: UtcOffset = match UtcOffset::from_hms(5, 30, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// The asset at `now`, when the stream is, or has just come, to `stage`.
pub(super) fn asset(
    settings: &TpStreamsSettings,
    stream: &Stream,
    stage: Stage,
    now: OffsetDateTime,
) -> Value {
    let organization = &settings.organization_id;
    let id = &stream.id;
    let path = utf8_percent_encode(id, NON_ALPHANUMERIC);
    json!({
        "title": stream.title,
        "bytes": null,
        "type": "livestream",
        "video": video(settings, stream, stage, now),
        "id": id,
        "live_stream": {
            "rtmp_url": "rtmp://ingest.tpstreams.invalid/live",
            "stream_key": format!("org-{organization}-live-{id}-{}", settings.stream_key),
            "status": status(settings, stage),
            "hls_url": format!("https://cdn.tpstreams.invalid/live/{organization}/{path}/video.m3u8"),
            "start": stream.start().map(local),
            "transcode_recorded_video": stream.transcodes(),
            "chat_embed_url": format!("https://app.tpstreams.invalid/live-chat/{path}/"),
        },
        "parent_id": null,
    })
}

/// The statuses, of the stream and of its video, a change of which is sent by webhook.
pub(super) fn statuses(
    settings: &TpStreamsSettings,
    stream: &Stream,
    stage: Stage,
) -> (&'static str, Option<&'static str>) {
    (
        status(settings, stage),
        video_status(settings, stream, stage),
    )
}

/// `None` while there is no video.
fn video_status(
    settings: &TpStreamsSettings,
    stream: &Stream,
    stage: Stage,
) -> Option<&'static str> {
    match stage {
        _ if !stream.transcodes() => None,
        Stage::Ready => Some("Completed"),
        Stage::Transcoding | Stage::Trimming => match settings.video_appears {
            VideoAppears::WhenReady => None,
            VideoAppears::WithTranscoding => Some("Processing"),
        },
        _ => None,
    }
}

fn video(
    settings: &TpStreamsSettings,
    stream: &Stream,
    stage: Stage,
    now: OffsetDateTime,
) -> Value {
    let Some(status) = video_status(settings, stream, stage) else {
        return Value::Null;
    };
    let path = utf8_percent_encode(&stream.id, NON_ALPHANUMERIC);
    let url = |name: &str| {
        (stage == Stage::Ready)
            .then(|| format!("https://cdn.tpstreams.invalid/transcoded/{path}/{name}"))
    };
    let mut video = json!({
        "progress": 0,
        "thumbnails": [],
        "status": status,
        "playback_url": url("video.m3u8"),
        "dash_url": url("video.mpd"),
        "preview_thumbnail_url": null,
        "format": "abr",
        "resolutions": RESOLUTIONS,
        "video_codec": "h264",
        "audio_codec": "aac",
        "enable_drm_for_recording": false,
        "tracks": [],
        "inputs": [{"url": format!("https://cdn.tpstreams.invalid/private/{path}.mp4")}],
    });
    if settings.video_duration
        && let Some(kept) = stream.kept(now).filter(|_| stage == Stage::Ready)
        && let Some(fields) = video.as_object_mut()
    {
        // Whole seconds, rounded down: neither unit nor rounding is documented.
        fields.insert("duration".to_owned(), kept.duration().as_secs().into());
    }
    video
}

/// While the recording is processed the stream is `Stopped`: what `RECORDING` stands for is
/// contradictory in the documents. Their samples show no stopped and no failed stream: the words
/// in their spelling are the prose's.
const fn status(settings: &TpStreamsSettings, stage: Stage) -> &'static str {
    let (title, upper) = match stage {
        Stage::NotStarted if settings.server_ready => ("Available", "AVAILABLE"),
        Stage::NotStarted => ("Not Started", "NOT_STARTED"),
        Stage::Live => ("Streaming", "STREAMING"),
        Stage::Stopped | Stage::Transcoding | Stage::Trimming => ("Stopped", "STOPPED"),
        Stage::Ready | Stage::Discarded => ("Completed", "COMPLETED"),
        Stage::Failed => ("Error", "ERROR"),
    };
    match settings.status_spelling {
        StatusSpelling::Title => title,
        StatusSpelling::Upper => upper,
    }
}

/// `2023-12-06 16:37:56`: the scheduled start, which has no zone; the form is this crate's choice.
fn local(at: OffsetDateTime) -> String {
    let at = at.to_offset(LOCAL_ZONE);
    let (hour, minute, second) = at.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02}", at.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheduled_start_has_no_zone_and_is_not_utc() {
        let at = OffsetDateTime::from_unix_timestamp(1_701_860_876).unwrap();
        assert_eq!(local(at), "2023-12-06 16:37:56");
        assert_eq!(at.to_hms(), (11, 7, 56));
    }
}
