//! Gjirafa VP's JSON. Strict in what is sent; what is read may have more fields,
//! fewer, or other types, as long as what is needed is there.

use livecut_http::lenient;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of `stop-and-cut`: one pair at most, unused fields left out.
/// (The spelling is Gjirafa's.)
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StopAndCut {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date_time_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date_time_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_milisecond: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to_milisecond: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video_visibility_option_id: Option<u32>,
}

/// What every answer is wrapped in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<T> {
    pub(crate) success: bool,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) status_code: Option<i64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) errors: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) messages: Option<Vec<Value>>,
    // Without the bound serde would ask for `T: Default`.
    #[serde(
        default = "Option::default",
        deserialize_with = "lenient::field",
        bound(deserialize = "T: Deserialize<'de>")
    )]
    pub(crate) result: Option<T>,
}

/// `result` of `stop-and-cut`: described as an array, shown as an object.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum StopResult {
    Many(Vec<CutVideo>),
    One(CutVideo),
}

/// The recording that `stop-and-cut` makes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CutVideo {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) video_public_id: Option<String>,
}

impl StopResult {
    pub(crate) fn video_public_id(self) -> Option<String> {
        match self {
            Self::Many(videos) => videos.into_iter().find_map(|video| video.video_public_id),
            Self::One(video) => video.video_public_id,
        }
    }
}

/// A live video.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveVideo {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) public_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) live_status: Option<String>,
}

/// A recording. Its `duration`'s unit and the zone of its `liveCutStartDate` and
/// `liveCutEndDate` aren't documented, so they aren't read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Video {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) public_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) publish_status_id: Option<i64>,
}

/// A recording is documented without saying whether it is in an envelope.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum VideoAnswer {
    Enveloped(Envelope<Video>),
    Bare(Video),
}
