//! Mux's JSON. What is read may have more fields, fewer, or other types, as long as what is
//! needed is there.

use livecut_core::adapter::lenient;
use serde::Deserialize;

#[cfg(feature = "client")]
pub(crate) use client::*;

/// An asset: the recording of a live stream, or a clip of one. Polls and webhooks have the same.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asset {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) is_live: Option<bool>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) live_stream_id: Option<String>,
    /// In seconds.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) duration: Option<f64>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) playback_ids: Option<Vec<PlaybackId>>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(crate) errors: Option<AssetErrors>,
    #[serde(default, deserialize_with = "lenient::object")]
    static_renditions: Option<StaticRenditions>,
    #[cfg(feature = "client")]
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) recording_times: Option<Vec<RecordingTime>>,
    #[cfg(feature = "client")]
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) source_asset_id: Option<String>,
    #[cfg(feature = "client")]
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) passthrough: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PlaybackId {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) policy: Option<String>,
}

/// The files of an asset.
#[derive(Debug, Deserialize)]
struct StaticRenditions {
    /// Of all of them; today's have one each.
    #[serde(default, deserialize_with = "lenient::field")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    files: Option<Vec<StaticRendition>>,
}

#[derive(Debug, Deserialize)]
struct StaticRendition {
    #[serde(default, deserialize_with = "lenient::field")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    height: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    bitrate: Option<u64>,
}

impl Asset {
    /// The name of the best mp4 that is ready, if there is one: the most lines, and of those the most bits.
    pub(crate) fn mp4(&self) -> Option<&str> {
        let all = self.static_renditions.as_ref()?;
        let files = all.files.iter().flatten().filter_map(|file| {
            let status = file.status.as_deref().or(all.status.as_deref());
            let name = file.name.as_deref().filter(|_| status == Some("ready"))?;
            name.ends_with(".mp4")
                .then_some(((file.height, file.bitrate), name))
        });
        files
            .max_by_key(|(quality, _)| *quality)
            .map(|(_, name)| name)
    }
}

/// Why an asset is `errored`.
#[derive(Debug, Deserialize)]
pub(crate) struct AssetErrors {
    #[serde(rename = "type", default, deserialize_with = "lenient::field")]
    pub(crate) kind: Option<String>,
}

/// A webhook. What its `data` is depends on its `type`.
#[derive(Debug, Deserialize)]
pub(crate) struct Event<'a> {
    #[serde(rename = "type", default, deserialize_with = "lenient::field")]
    pub(crate) kind: Option<String>,
    #[serde(default, borrow)]
    pub(crate) data: Option<&'a serde_json::value::RawValue>,
}

/// The `data` of a webhook about a live stream.
#[derive(Debug, Deserialize)]
pub(crate) struct EventStream {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<String>,
}

#[cfg(feature = "client")]
mod client {
    use livecut_core::adapter::lenient;
    use serde::{Deserialize, Deserializer};
    use serde_json::value::RawValue;

    /// What every answer is wrapped in.
    #[derive(Debug, Deserialize)]
    pub(crate) struct Envelope<'a> {
        #[serde(default, borrow)]
        pub(crate) data: Option<&'a RawValue>,
        /// Beside `data`, the two contradict each other.
        #[serde(default, borrow)]
        pub(crate) error: Option<&'a RawValue>,
    }

    /// A page of the list of assets.
    #[derive(Debug, Deserialize)]
    pub(crate) struct AssetPage<'a> {
        #[serde(default, borrow)]
        pub(crate) data: Option<&'a RawValue>,
        #[serde(default, borrow)]
        pub(crate) error: Option<&'a RawValue>,
        /// `None` where there is no such field, which isn't the same as `null`: only one of the two knows
        /// cursors.
        #[serde(default, borrow, deserialize_with = "present")]
        pub(crate) next_cursor: Option<&'a RawValue>,
    }

    fn present<'de: 'a, 'a, D: Deserializer<'de>>(
        json: D,
    ) -> Result<Option<&'a RawValue>, D::Error> {
        Deserialize::deserialize(json).map(Some)
    }

    /// A live stream. It holds the stream key as well, which is never read.
    #[derive(Debug, Default, Deserialize)]
    pub(crate) struct LiveStream {
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) id: Option<String>,
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) status: Option<String>,
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) active_asset_id: Option<String>,
        /// The newest last.
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) recent_asset_ids: Option<Vec<String>>,
    }

    /// One connection of the encoder, or the slate between two.
    #[derive(Debug, Deserialize)]
    pub(crate) struct RecordingTime {
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) started_at: Option<String>,
        #[serde(rename = "type", default, deserialize_with = "lenient::field")]
        pub(crate) kind: Option<String>,
    }
}
