//! The live video (api/livestream-api/liveVideo) and the video that a recording becomes
//! (api/manage-api/video).

use super::GjirafaSettings;
use crate::{Stage, WhenOver, stream::Stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset};

pub(super) fn live_video(
    settings: &GjirafaSettings,
    stream: &Stream,
    now: OffsetDateTime,
) -> Value {
    let stage = stream.stage(now);
    let live = stage == Stage::Live;
    let cuttable_end = settings.choices.stop_after_end == WhenOver::Recut
        && stream.ended(now).is_some()
        && !stream.was_stopped(now);
    json!({
        "publicId": stream.id,
        "title": stream.title,
        "playbackUrl": format!(
            "https://cdn.gjirafa.invalid/{}/hub/{}/index.m3u8",
            settings.project_id,
            utf8_percent_encode(&stream.id, NON_ALPHANUMERIC)
        ),
        "liveStatus": live_status(stage),
        "isLiveStreaming": live,
        "canStopAndCut": stream.dvr && (live || cuttable_end),
        "dvrEnabled": stream.dvr,
        "startDateUTC": stream.start().filter(|start| *start <= now).map(zoneless),
        "endDateUTC": stream.ended(now).map(zoneless),
    })
}

pub(super) const fn live_status(stage: Stage) -> &'static str {
    match stage {
        Stage::Live => "Live",
        Stage::Stopped | Stage::Transcoding | Stage::Trimming => "Processing",
        Stage::NotStarted | Stage::Ready | Stage::Failed | Stage::Discarded => "Offline",
    }
}

/// The recording's video, which is visible from the beginning of its processing on.
pub(super) fn video(stream: &Stream, now: OffsetDateTime) -> Option<Value> {
    let status = PublishStatus::at(stream.stage(now))?;
    let kept = stream.kept(now);
    let cut = kept.filter(|_| stream.is_cut()).map(|kept| kept.instants());
    Some(json!({
        "publicId": stream.recording_id,
        "publishStatusId": status.id,
        // Neither its unit nor what it is before the video is ready is documented.
        "duration": kept
            .filter(|_| status == PublishStatus::READY)
            .map_or(0, |kept| kept.duration().as_secs()),
        "liveCutStartDate": cut.as_ref().map(|cut| zoneless(cut.start)),
        "liveCutEndDate": cut.as_ref().map(|cut| zoneless(cut.end)),
    }))
}

/// How far a video is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PublishStatus {
    pub(super) id: u8,
    pub(super) name: &'static str,
}

impl PublishStatus {
    const READY: Self = Self {
        id: 2,
        name: "Ready",
    };

    /// `None` where the video isn't visible.
    pub(super) const fn at(stage: Stage) -> Option<Self> {
        Some(match stage {
            Stage::NotStarted | Stage::Live | Stage::Stopped | Stage::Discarded => return None,
            Stage::Transcoding | Stage::Trimming => Self {
                id: 1,
                name: "Processing",
            },
            Stage::Ready => Self::READY,
            Stage::Failed => Self {
                id: 4,
                name: "Failed",
            },
        })
    }
}

/// `2024-05-23T20:09:29.8106349`: UTC by the field's name only, seven fraction digits.
pub(super) fn zoneless(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (hour, minute, second) = at.to_hms();
    let ticks = at.nanosecond().checked_div(100).unwrap_or_default();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{ticks:07}", at.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_seven_digits_and_no_zone() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_716_494_969_810_634_999).unwrap();
        assert_eq!(zoneless(at), "2024-05-23T20:09:29.8106349");
        assert_eq!(
            zoneless(OffsetDateTime::UNIX_EPOCH),
            "1970-01-01T00:00:00.0000000"
        );
    }
}
