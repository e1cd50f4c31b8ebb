//! Reading a provider's answers forgivingly: what isn't needed may be missing,
//! `null`, or of another type than documented.

use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// For `#[serde(default, deserialize_with = "livecut_http::lenient::field")]` on an
/// `Option<T>`: a value that isn't a `T` reads as `None` instead of failing the
/// whole answer.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Answer {
///     #[serde(default, deserialize_with = "livecut_http::lenient::field")]
///     message: Option<String>,
/// }
///
/// let read = |json| serde_json::from_str::<Answer>(json).map(|answer| answer.message);
/// assert_eq!(read(r#"{"message":"done"}"#)?, Some("done".to_owned()));
/// assert_eq!(read(r#"{"message":{"en":"done"}}"#)?, None);
/// assert_eq!(read(r#"{"message":null}"#)?, None);
/// assert_eq!(read("{}")?, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// Only what isn't JSON at all.
pub fn field<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Value<T> {
        Documented(T),
        Other(IgnoredAny),
    }
    Ok(match Option::<Value<T>>::deserialize(deserializer)? {
        Some(Value::Documented(value)) => Some(value),
        Some(Value::Other(_)) | None => None,
    })
}
