//! Gjirafa VP's JSON. Strict in what is sent; what is read may have more fields,
//! fewer, or other types, as long as what is needed is there.

use livecut_core::adapter::lenient;
use serde::Deserialize;

#[cfg(feature = "client")]
pub(crate) use client::*;

/// A webhook. `data` is in PascalCase.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) event_time: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) event_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(crate) data: Option<EventData>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) project_id: Option<Id>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventData {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) publish_status_id: Option<i64>,
}

/// The type of ids in webhooks isn't documented.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Text(String),
    Number(u64),
}

impl Id {
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

#[cfg(feature = "client")]
mod client {
    use std::collections::HashMap;
    use std::fmt;

    use livecut_core::adapter::lenient;
    use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, SeqAccess, Visitor};
    use serde::{Deserialize, Serialize};
    use serde_json::value::RawValue;

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

    /// What every answer is wrapped in. Its `result` is read by [`lenient`], as what it
    /// should be.
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct Envelope<'a> {
        pub(crate) success: bool,
        /// Not forgiving: a failure could hide behind a type that isn't documented.
        #[serde(default)]
        pub(crate) status_code: Option<i64>,
        #[serde(default)]
        pub(crate) errors: Messages,
        #[serde(default)]
        pub(crate) messages: Messages,
        #[serde(default, borrow)]
        pub(crate) result: Option<&'a RawValue>,
    }

    impl Envelope<'_> {
        /// `result`, where it is an object as documented.
        pub(crate) fn object<T: DeserializeOwned>(&self) -> Option<T> {
            self.result.and_then(lenient::as_object)
        }

        /// The `result` of `stop-and-cut`, which is described as an array and shown as an object;
        /// of several videos none can be told to be the recording.
        fn made<T: DeserializeOwned>(&self) -> Option<T> {
            self.object().or_else(|| {
                let [only]: [&RawValue; 1] = serde_json::from_str(self.result?.get()).ok()?;
                lenient::as_object(only)
            })
        }

        /// The `videoPublicId` of `stop-and-cut`.
        pub(crate) fn video_public_id(&self) -> Option<String> {
            self.made::<CutVideo>()?.video_public_id
        }

        /// Whether its `result` is what other calls give: an object that has fields, and not that
        /// of `stop-and-cut`; or `true`, as of `stop`, which discards the recording.
        pub(crate) fn is_another_call_s(&self) -> bool {
            let is_documented =
                |result: &RawValue| result.get().starts_with(['{', '[']) || result.get() == "null";
            if self.result.is_some_and(|result| !is_documented(result)) {
                return true;
            }
            self.made::<HashMap<String, IgnoredAny>>()
                .is_some_and(|fields| !fields.is_empty() && !fields.contains_key("videoPublicId"))
        }
    }

    /// The recording that `stop-and-cut` makes.
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct CutVideo {
        #[serde(default, deserialize_with = "lenient::field")]
        video_public_id: Option<String>,
    }

    /// `errors` and `messages`: arrays whose elements aren't documented; samples show
    /// strings. Those are kept as they are, and anything else as its JSON.
    #[derive(Debug, Default)]
    pub(crate) struct Messages(pub(crate) Vec<String>);

    impl Messages {
        /// More than a person reads. An element of two bytes would cost dozens.
        const MOST: usize = 64;
    }

    impl<'de> Deserialize<'de> for Messages {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let json = <&RawValue>::deserialize(deserializer)?;
            Ok(if json.get().starts_with('[') {
                serde_json::Deserializer::from_str(json.get())
                    .deserialize_seq(Elements)
                    .unwrap_or_default()
            } else {
                Self::default()
            })
        }
    }

    struct Elements;

    impl<'de> Visitor<'de> for Elements {
        type Value = Messages;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Messages, A::Error> {
            let mut texts = Vec::new();
            while let Some(element) = elements.next_element::<&RawValue>()? {
                if texts.len() < Messages::MOST {
                    let json = element.get();
                    texts.push(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()));
                }
            }
            Ok(Messages(texts))
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

    /// A recording. The unit of its `duration` isn't documented, nor what its `liveCutStartDate` and
    /// `liveCutEndDate` mean beyond their names, nor their zone: so they aren't read.
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct Video {
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) public_id: Option<String>,
        #[serde(default, deserialize_with = "lenient::field")]
        pub(crate) publish_status_id: Option<i64>,
    }
}
