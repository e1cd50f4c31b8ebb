//! The recordings: how they are listed, and how one is served by nginx's mp4 module.

use super::{page, recorded};
use crate::{
    Kept, Stage,
    http::{Answer, Refusal},
    instant, media,
    recording::Cut,
    stream::{Stream, Streams},
};
use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// The part of a recording that a query asks for, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    start: Option<u64>,
    end: Option<u64>,
}

impl Part {
    pub(super) fn parse(query: &str) -> Result<Self, Refusal> {
        let argument = |name| match super::argument(query, name) {
            None => Ok(None),
            Some(text) => millis(text).map(Some).ok_or_else(|| {
                Refusal::field(name, "must be seconds with at most three fraction digits")
            }),
        };
        Ok(Self {
            start: argument("start")?,
            end: argument("end")?,
        })
    }
}

fn millis(text: &str) -> Option<u64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(fraction)
}

/// The mp4 lies there once the recording is processed; what is recorded, from its beginning on.
pub(super) fn list(streams: &Streams, now: OffsetDateTime) -> Answer {
    let mut files = Vec::new();
    for stream in streams.values() {
        let Some(media) = recorded(stream, now) else {
            continue;
        };
        let mut file = |suffix: &str, written| {
            files.push(json!({
                "name": format!("{}.{suffix}", stream.recording_id),
                "type": "file",
                "mtime": instant::http_date(written),
                "size": media.length.as_secs().saturating_mul(100_000),
            }));
        };
        file("flv", stream.ended(now).unwrap_or(now));
        if stream.stage(now) == Stage::Ready {
            file("mp4", now);
        }
    }
    Answer::json(StatusCode::OK, &Value::Array(files))
}

/// How much earlier than shown a picture is decoded: of two B-frames at 25 frames a second.
const HELD_BACK: Duration = Duration::from_millis(80);

/// There is a key frame each two seconds.
const KEY_FRAMES: Duration = Duration::from_secs(2);

/// What is served of a recording.
struct Served {
    /// From the recording's start on, as it is shown.
    kept: Kept,
    /// How much of the beginning of what is served isn't shown.
    hidden: Duration,
}

/// What of the recording is served: silently less than was asked for, or more, as nginx has it. `None`: nothing is.
///
/// nginx takes both times for those at which pictures are decoded, and the length from what the index says.
fn serve(stream: &Stream, part: Part, now: OffsetDateTime) -> Option<Served> {
    if stream.stage(now) != Stage::Ready {
        return None;
    }
    let media = recorded(stream, now)?;
    let Some(start) = part.start.or(part.end.map(|_| 0)) else {
        let kept = media.whole();
        let hidden = HELD_BACK;
        return Some(Served { kept, hidden });
    };
    let start_at = Duration::from_millis(start);
    let longest = media.length.checked_sub(start_at)?;
    let length = match part.end {
        // An end that isn't after the start is none.
        Some(end) if end > start => {
            longest.min(Duration::from_millis(end).saturating_sub(start_at))
        }
        _ => longest,
    };
    let shown = start_at.saturating_sub(HELD_BACK);
    let kept = media.keep(&Cut::Offsets(shown..shown.saturating_add(length)));
    let since_key = start_at.as_nanos().checked_rem(KEY_FRAMES.as_nanos())?;
    Some(Served {
        kept: kept.ok()?,
        hidden: Duration::from_nanos(u64::try_from(since_key).ok()?),
    })
}

/// What of the recording is shown of what is served; `None`: nothing is.
pub(super) fn served(stream: &Stream, part: Part, now: OffsetDateTime) -> Option<Kept> {
    serve(stream, part, now).map(|served| served.kept)
}

pub(super) fn answer(
    stream: &Stream,
    part: Part,
    headers: &HeaderMap,
    now: OffsetDateTime,
) -> Result<Answer, Refusal> {
    if stream.stage(now) != Stage::Ready || recorded(stream, now).is_none() {
        return Err(Refusal::not_found("there is no such file"));
    }
    Ok(match serve(stream, part, now) {
        Some(Served { kept, hidden }) => {
            media::file(headers, &stream.recording_id, kept.duration(), hidden)
        }
        // "mp4 start time exceeds file duration", in its log.
        None => page(StatusCode::INTERNAL_SERVER_ERROR),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_in_seconds_with_up_to_three_digits_after_the_point() {
        assert_eq!(
            ["0", "30", "11.333", "1.5"].map(millis),
            [0, 30_000, 11_333, 1500].map(Some)
        );
        for bad in [
            "",
            "-1",
            "1.",
            ".5",
            "1.2345",
            "1e3",
            "a",
            "99999999999999999999",
        ] {
            assert_eq!(millis(bad), None, "{bad}");
        }
    }
}
