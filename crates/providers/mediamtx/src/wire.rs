//! MediaMTX's JSON (schemas `Path`, `PathConf`, `ListEntry`, `OK`, `Error`). What is read may have more than is needed, or less.

use livecut_core::adapter::lenient;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A path, by `/v3/paths/get`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Path {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "confName", deserialize_with = "lenient::field")]
    pub(crate) conf_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) online: Option<bool>,
    #[serde(default, rename = "availableTime", deserialize_with = "lenient::field")]
    pub(crate) available_time: Option<String>,
    #[serde(default, rename = "onlineTime", deserialize_with = "lenient::field")]
    pub(crate) online_time: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    pub(crate) source: Option<Source>,
}

/// Who feeds a path.
#[derive(Debug, Deserialize)]
pub(crate) struct Source {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: String,
}

/// A path's configuration, by `/v3/config/paths/get`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Configuration {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) record: Option<bool>,
    #[serde(default, rename = "recordFormat", deserialize_with = "lenient::field")]
    pub(crate) record_format: Option<String>,
    #[serde(
        default,
        rename = "recordDeleteAfter",
        deserialize_with = "lenient::field"
    )]
    pub(crate) record_delete_after: Option<String>,
}

/// A recorded span, by `/list`. Its `url` isn't read: its host is what the request said.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Entry {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) start: Option<String>,
    /// In seconds.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) duration: Option<f64>,
}

/// Reads a list of spans; `None`: it isn't one.
pub(crate) fn list(json: &[u8]) -> Option<Vec<Entry>> {
    let all: Vec<&RawValue> = serde_json::from_slice(json).ok()?;
    all.into_iter().map(lenient::as_object::<Entry>).collect()
}

/// What a call that changes something is answered, and what a refused one is.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(default, deserialize_with = "lenient::field")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    error: Option<String>,
}

fn said(json: &[u8]) -> Said {
    lenient::from_slice(json).unwrap_or_default()
}

pub(crate) fn is_ok(json: &[u8]) -> bool {
    said(json).status.as_deref() == Some("ok")
}

/// Why the server refuses, in its own words; `None`: that isn't how it speaks, so it may be a proxy's answer.
pub(crate) fn refusal(json: &[u8]) -> Option<String> {
    let said = said(json);
    said.error
        .filter(|_| said.status.as_deref() == Some("error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_server_s_own_form_is_its_word() {
        assert!(is_ok(br#"{"status":"ok"}"#));
        for other in [
            "",
            "{}",
            "ok",
            r#""ok""#,
            r#"{"status":"error"}"#,
            r#"["ok"]"#,
        ] {
            assert!(!is_ok(other.as_bytes()), "{other}");
        }
        let refused = refusal(br#"{"status":"error","error":"path not found"}"#);
        assert_eq!(refused.as_deref(), Some("path not found"));
        for other in [
            "path not found",
            r#"{"error":"path not found"}"#,
            r#"{"status":"ok","error":"path not found"}"#,
            r#"{"status":"error","error":{"message":"path not found"}}"#,
        ] {
            assert_eq!(refusal(other.as_bytes()), None, "{other}");
        }
    }
}
