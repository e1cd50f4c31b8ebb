//! Gcore's JSON. Strict in what is sent; what is read may have more fields, fewer, or other
//! types, as long as what is needed is there. A stream's answer holds its keys
//! as well (`token`, `push_url`, ...), which are never read.

use livecut_core::adapter::lenient;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The body of `clip_recording` (schema `clipPut`), all of it in whole seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct ClipRequest {
    pub(crate) start: u64,
    pub(crate) duration: u64,
    /// An instant: until when the temporary clip can be had.
    pub(crate) expiration: u64,
    pub(crate) vod_required: bool,
}

/// The body that switches a stream off (schema `createStream`, in which `name` is required).
#[derive(Debug, Serialize)]
pub(crate) struct Patch<'a> {
    pub(crate) stream: PatchedStream<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PatchedStream<'a> {
    pub(crate) name: &'a str,
    pub(crate) active: bool,
}

/// A stream (schema `stream`).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Stream {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) active: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) live: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) backup_live: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) started_at_primary: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) started_at_backup: Option<String>,
    /// When the stream ended last, which a later start doesn't take back.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) finished_at_primary: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) dvr_enabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) dvr_duration: Option<u64>,
    /// In the prose of `start_recording` and `stop_recording`, not in the schema.
    #[serde(default, deserialize_with = "lenient::field")]
    recording: Option<bool>,
    /// A number while a recording runs, else null.
    #[serde(default, deserialize_with = "lenient::field")]
    recording_duration: Option<f64>,
}

impl Stream {
    /// Whether media arrives, at either server.
    pub(crate) fn is_live(&self) -> bool {
        self.live == Some(true) || self.backup_live == Some(true)
    }

    /// Whether all between these instants, in Unix seconds, is outside of what was broadcast. Only the
    /// last session is told, and of a stream that is pushed to twice not how the other went.
    pub(crate) fn is_outside(&self, start: u64, end: u64) -> bool {
        let seconds = |told: &Option<String>| {
            let at = OffsetDateTime::parse(told.as_deref()?, &Rfc3339).ok()?;
            u64::try_from(at.unix_timestamp()).ok()
        };
        match (&self.started_at_primary, &self.started_at_backup) {
            (None, None) => !self.is_live(),
            (Some(_), None) => {
                let finished = seconds(&self.finished_at_primary);
                let before_all = self.finished_at_primary.is_none()
                    && seconds(&self.started_at_primary).is_some_and(|started| end <= started);
                // The second in which it ended is still in it.
                let after_all = !self.is_live() && finished.is_some_and(|last| start > last);
                before_all || after_all
            }
            (_, Some(_)) => false,
        }
    }

    pub(crate) fn records(&self) -> bool {
        self.recording.unwrap_or(self.recording_duration.is_some())
    }
}

/// What Gcore's errors are documented as. Neither a stream nor a clip has these members.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    #[serde(default, deserialize_with = "lenient::field")]
    status: Option<u16>,
    #[serde(default, deserialize_with = "lenient::field")]
    error: Option<String>,
}

impl Refusal {
    pub(crate) fn is_one(&self) -> bool {
        self.status.is_some_and(|status| status >= 400)
            || self.error.as_ref().is_some_and(|error| !error.is_empty())
    }
}

/// A clip (schema `clipId`), made or listed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Clip {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) start: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) duration: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) expiration: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) vod_required: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) video_id: Option<u64>,
}

/// A video (schema `searchVideo`).
#[derive(Debug, Deserialize)]
pub(crate) struct Video {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) stream_id: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) status: Option<String>,
    /// In milliseconds.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) duration: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) hls_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) dash_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    converted_videos: Option<Vec<Converted>>,
}

/// A quality of a video (`converted_videos`), which has a file of its own.
#[derive(Debug, Deserialize)]
struct Converted {
    #[serde(default, deserialize_with = "lenient::field")]
    status: Option<String>,
    /// `null` for one without pictures.
    #[serde(default, deserialize_with = "lenient::field")]
    height: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    size: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    mp4_url: Option<String>,
}

impl Video {
    /// The file of the best quality: the most lines, and of those the most bytes.
    pub(crate) fn mp4_url(&self) -> Option<&str> {
        let is_whole = |one: &&Converted| one.status.as_deref() == Some("complete");
        let files = self.converted_videos.iter().flatten().filter(is_whole);
        let files = files.filter_map(|one| {
            let url = one.mp4_url.as_deref().filter(|url| !url.is_empty())?;
            Some(((one.height?, one.size), url))
        });
        files
            .max_by_key(|(quality, _)| *quality)
            .map(|(_, url)| url)
    }
}
