//! Clips: `clip_recording`.

use super::{Extras, GcoreSettings, entity, extras};
use crate::{
    Kept,
    http::{Fields, Refusal, RefusalKind},
    instant,
    recording::{Cut, rfc3339},
    stream::{self, Stream},
};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// "Allowed range: 1m <= expiration <= 4h". From when it is counted isn't documented: here a clip has to keep
/// it counted from its end and from now.
const LIFE: std::ops::RangeInclusive<u64> = 60..=4 * 3600;

/// How far beyond now a clip may end. The document has one that ends in the future made as the stream goes on.
const AHEAD: Duration = Duration::from_secs(1);

/// The body of a `PUT` (schema `clipPut`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClipPut {
    start: Option<u64>,
    duration: u64,
    expiration: Option<u64>,
    vod_required: bool,
}

pub(super) fn parse(body: &[u8]) -> Result<ClipPut, Refusal> {
    let fields = Fields::parse(body, &["start", "duration", "expiration", "vod_required"])?;
    Ok(ClipPut {
        start: fields.nullable_integer("start")?,
        duration: fields
            .integer("duration")?
            .ok_or_else(|| Refusal::field("duration", "is missing, and required"))?,
        expiration: fields.nullable_integer("expiration")?,
        vod_required: match fields.get("vod_required") {
            // Its documented default.
            None => true,
            Some(Value::Bool(required)) => *required,
            Some(_) => return Err(Refusal::field("vod_required", "must be a boolean")),
        },
    })
}

/// A clip, as the simulator has it.
#[derive(Clone, Debug)]
pub(crate) struct Clip {
    id: String,
    pub(super) video: Option<u64>,
    pub(super) created: OffsetDateTime,
    pub(super) kept: Kept,
    start: u64,
    duration: u64,
    expiration: u64,
}

/// A clip that was made: see [`Gcore::clips`](crate::Handle::clips).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcoreClip {
    /// Its id.
    pub id: String,
    /// The id of the video that stays, where one was asked for.
    pub video_id: Option<String>,
    /// What is in it.
    pub kept: Kept,
    /// Until when the clip itself can be had, in seconds since the Unix epoch.
    pub expiration: u64,
}

impl From<&Clip> for GcoreClip {
    fn from(clip: &Clip) -> Self {
        Self {
            id: clip.id.clone(),
            video_id: clip.video.map(|id| id.to_string()),
            kept: clip.kept,
            expiration: clip.expiration,
        }
    }
}

pub(super) fn make(
    settings: &GcoreSettings,
    put: &ClipPut,
    stream: &mut Stream,
    now: OffsetDateTime,
) -> Result<Value, Refusal> {
    if !stream.dvr {
        return Err(Refusal::new(RefusalKind::Unprocessable, "DVR is disabled"));
    }
    let epoch = instant::since(OffsetDateTime::UNIX_EPOCH, now).unwrap_or_default();
    let start = put.start.unwrap_or(epoch.as_secs());
    let end = start.saturating_add(put.duration);
    if put.duration == 0 || put.duration > stream.dvr_window.as_secs() {
        return Err(Refusal::field(
            "duration",
            "must be at least 1 and at most the stream's `dvr_duration`",
        ));
    }
    let kept = kept(settings, stream, start..end, now)?;
    let expiration = put.expiration.unwrap_or_else(|| end.saturating_add(3600));
    let life = |from: u64| expiration.checked_sub(from);
    if [end, epoch.as_secs()]
        .into_iter()
        .any(|from| life(from).is_none_or(|life| !LIFE.contains(&life)))
    {
        return Err(Refusal::field(
            "expiration",
            "must be 1 minute to 4 hours ahead",
        ));
    }
    let number = extras(stream).clips.len();
    let video = put
        .vod_required
        .then(|| entity::clip_video(stream.number, number));
    let clip = Clip {
        id: format!("simclip{}n{number}", stream.number),
        video,
        created: now,
        kept,
        start,
        duration: put.duration,
        expiration,
    };
    if let Some(id) = video {
        stream.clips.push(stream::Clip {
            id: id.to_string(),
            created: now,
            kept,
            passthrough: None,
            policies: Vec::new(),
        });
    }
    let answer = clip_json(&clip, settings.video_id_at_once);
    if let Some(extras) = stream.own_mut::<Extras>() {
        extras.clips.push(clip);
    }
    Ok(answer)
}

/// What of `asked` is in the DVR, and the chunks that it begins and ends in.
fn kept(
    settings: &GcoreSettings,
    stream: &Stream,
    asked: std::ops::Range<u64>,
    now: OffsetDateTime,
) -> Result<Kept, Refusal> {
    let at =
        |seconds: u64| instant::later(OffsetDateTime::UNIX_EPOCH, Duration::from_secs(seconds));
    let empty = || Refusal::field("start", "the DVR holds nothing of this segment");
    let (Some(start), Some(end)) = (at(asked.start), at(asked.end)) else {
        return Err(empty());
    };
    if instant::later(now, AHEAD).is_none_or(|latest| end > latest) {
        return Err(Refusal::field("duration", "the segment ends in the future"));
    }
    let media = stream.media(now).ok_or_else(empty)?;
    let oldest = instant::earlier(now, stream.dvr_window).unwrap_or(media.start);
    // Chunks count from the start of the stream.
    let offset = |at| instant::since(media.start, at).unwrap_or_default();
    let start = to_chunk(offset(start), settings.chunk, false).max(offset(oldest));
    let end = to_chunk(offset(end), settings.chunk, true).min(media.length);
    media.keep(&Cut::Offsets(start..end)).map_err(|_| empty())
}

/// The bound of the chunk that `at` is in, before or after it.
fn to_chunk(at: Duration, chunk: Duration, up: bool) -> Duration {
    let over = at.as_nanos().checked_rem(chunk.as_nanos()).unwrap_or(0);
    let over = Duration::from_nanos(u64::try_from(over).unwrap_or(0));
    let down = at.saturating_sub(over);
    if up && !over.is_zero() {
        down.saturating_add(chunk)
    } else {
        down
    }
}

/// The clips that haven't expired.
pub(super) fn list(stream: &Stream, now: OffsetDateTime) -> Value {
    let epoch = instant::since(OffsetDateTime::UNIX_EPOCH, now).unwrap_or_default();
    let clips = extras(stream).clips.iter();
    clips
        .filter(|clip| clip.expiration > epoch.as_secs())
        .map(|clip| clip_json(clip, true))
        .collect()
}

/// Schema `clipId`. `start` and `duration` are echoes of the request.
fn clip_json(clip: &Clip, with_video: bool) -> Value {
    let link = |end: &str| format!("https://cdn.gcore.invalid/rec/{}_master.{end}", clip.id);
    json!({
        "id": clip.id,
        "created_at": rfc3339(clip.created),
        "vod_required": clip.video.is_some(),
        "video_id": clip.video.filter(|_| with_video),
        "renditions": ["media_1_360"],
        "hls_master": link("m3u8"),
        "mp4_master": link("mp4"),
        "start": clip.start,
        "duration": clip.duration,
        "expiration": clip.expiration,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_s_example_is_a_clip_and_types_are_strict() {
        let put = parse(br#"{"start":1716559200,"duration":60,"expiration":1716562860}"#).unwrap();
        assert_eq!(put.start, Some(1_716_559_200));
        assert_eq!(put.expiration, Some(1_716_562_860));
        assert!(put.vod_required);
        for body in [
            "{}",
            r#"{"start":1716559200}"#,
            r#"{"start":1716559200.0,"duration":60}"#,
            r#"{"start":"1716559200","duration":60}"#,
            r#"{"start":1716559200,"duration":-60}"#,
            r#"{"start":1716559200,"duration":60,"vod_required":"true"}"#,
            r#"{"start":1716559200,"duration":60,"end":1716559260}"#,
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_bound_moves_out_to_the_chunk_that_it_is_in() {
        let seconds = Duration::from_secs;
        assert_eq!(to_chunk(seconds(31), seconds(4), false), seconds(28));
        assert_eq!(to_chunk(seconds(31), seconds(4), true), seconds(32));
        assert_eq!(to_chunk(seconds(32), seconds(4), true), seconds(32));
        assert_eq!(to_chunk(seconds(31), Duration::ZERO, true), seconds(31));
    }
}
