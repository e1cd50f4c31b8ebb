//! TPStreams' JSON. Strict in what is sent; what is read may have more fields,
//! fewer, or other types, as long as what is needed is there.

use livecut_core::adapter::lenient;
use serde::Deserialize;

/// The body of `stop_live_stream` with a trim: both in seconds from the
/// recording's beginning, or both Unix timestamps.
#[cfg(feature = "client")]
#[derive(serde::Serialize)]
pub(crate) struct Trim {
    pub(crate) start_time: u64,
    pub(crate) end_time: u64,
}

/// The answer to `stop_live_stream`.
#[cfg(feature = "client")]
#[derive(Debug, Deserialize)]
pub(crate) struct StopAnswer<'a> {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) message: Option<String>,
    /// As it stands: a value that is no boolean isn't the same as none.
    #[serde(default, borrow)]
    pub(crate) trim_scheduled: Option<&'a serde_json::value::RawValue>,
    /// Not documented here; if it is there, it has to be the stopped asset's.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    /// Not documented here; whatever says that the stop failed confirms none.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) success: Option<bool>,
    #[serde(default, borrow)]
    pub(crate) error: Option<&'a serde_json::value::RawValue>,
}

/// An asset, as `GET .../assets/<asset_id>/` and the webhook have it. It holds the
/// stream key as well, which is never read.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asset {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(crate) live_stream: Option<LiveStream>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(crate) video: Option<Video>,
}

/// The live side of an asset.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct LiveStream {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) transcode_recorded_video: Option<bool>,
}

/// The recording's side of an asset.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Video {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) playback_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) dash_url: Option<String>,
}
