//! Gcore's JSON. Strict in what is sent; what is read may have more fields, fewer, or other
//! types, as long as what is needed is there. A stream's answer holds its keys
//! as well (`token`, `push_url`, ...), which are never read.

use livecut_core::lenient;
use serde::{Deserialize, Serialize};

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

    pub(crate) fn records(&self) -> bool {
        self.recording.unwrap_or(self.recording_duration.is_some())
    }
}

/// A clip (schema `clipId`), made or listed.
#[derive(Debug, Deserialize)]
pub(crate) struct Clip {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) start: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) duration: Option<u64>,
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
}
