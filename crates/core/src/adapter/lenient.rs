//! Reading a provider's answers forgivingly: what isn't needed may be missing,
//! `null`, or of another type than documented.
//!
//! For fields that are `Option<T>`, read from JSON text in memory
//! (`serde_json::from_slice`, `from_str`):
//!
//! ```
//! use livecut_core::adapter::lenient;
//!
//! #[derive(serde::Deserialize)]
//! struct Answer {
//!     #[serde(default, deserialize_with = "lenient::field")]
//!     message: Option<String>,
//!     #[serde(default, deserialize_with = "lenient::object")]
//!     video: Option<Video>,
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Video {
//!     id: String,
//! }
//!
//! let read = |json| serde_json::from_str::<Answer>(json);
//! assert_eq!(read(r#"{"message":"done"}"#)?.message.as_deref(), Some("done"));
//! assert_eq!(read(r#"{"message":{"en":"done"}}"#)?.message, None);
//! assert_eq!(read(r#"{"message":null}"#)?.message, None);
//! assert_eq!(read("{}")?.message, None);
//!
//! let id = |json| read(json).map(|answer| answer.video.map(|video| video.id));
//! assert_eq!(id(r#"{"video":{"id":"v1"}}"#)?.as_deref(), Some("v1"));
//! assert_eq!(id(r#"{"video":["v1"]}"#)?, None);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, IgnoredAny};
use serde_json::value::RawValue;

/// Reads a value that isn't a `T` as `None`, instead of failing the whole answer.
///
/// For a struct take [`object`].
///
/// # Errors
/// Only what isn't JSON at all.
pub fn field<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    // The text itself, not a tree of it: the tree can be many times its size.
    let json = Option::<&RawValue>::deserialize(deserializer)?;
    Ok(json.and_then(|json| serde_json::from_str(json.get()).ok()))
}

/// Reads a value that isn't an object with the fields of `T` as `None`. (serde
/// would read an array into a struct too, by the position of its elements.)
///
/// # Errors
/// Only what isn't JSON at all.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let json = Option::<&RawValue>::deserialize(deserializer)?;
    Ok(json.and_then(as_object))
}

/// Reads a whole body as a JSON object, and nothing else as one: the one way for bytes from outside
/// into a struct. (serde would read an array into a struct too, by the position of its elements.)
///
/// ```
/// use livecut_core::adapter::lenient;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Answer {
///     message: String,
/// }
///
/// let read = |json: &str| lenient::from_slice::<Answer>(json.as_bytes()).map(|read| read.message);
/// assert_eq!(read(r#"{"message":"done"}"#)?, "done");
/// assert_eq!(read(r#"["done"]"#).unwrap_err().to_string(), "it isn't an object");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// [`Category::Data`](serde_json::error::Category::Data) if it is JSON, but no object or not one with the
/// fields of `T`; else what is wrong with the JSON.
pub fn from_slice<'a, T: Deserialize<'a>>(json: &'a [u8]) -> serde_json::Result<T> {
    if json.trim_ascii_start().starts_with(b"{") {
        return serde_json::from_slice(json);
    }
    serde_json::from_slice::<IgnoredAny>(json)?;
    Err(serde_json::Error::custom("it isn't an object"))
}

/// What [`object`] does, for a value that is already at hand.
pub fn as_object<T: DeserializeOwned>(json: &RawValue) -> Option<T> {
    json.get()
        .starts_with('{')
        .then(|| serde_json::from_str(json.get()).ok())?
}

#[cfg(test)]
mod tests {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Inner {
        #[serde(default, deserialize_with = "super::field")]
        id: Option<String>,
    }

    #[derive(serde::Deserialize)]
    struct Outer {
        #[serde(default, deserialize_with = "super::object")]
        inner: Option<Inner>,
        #[serde(default, deserialize_with = "super::field")]
        count: Option<u8>,
    }

    fn read(json: &str) -> Outer {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_not_an_object_is_never_read_as_one_by_position() {
        for odd in [
            r#"["x"]"#,
            r#"[{"id":"x"}]"#,
            r#""x""#,
            "1",
            "true",
            "null",
            "[]",
        ] {
            assert_eq!(read(&format!(r#"{{"inner": {odd}}}"#)).inner, None, "{odd}");
        }
        let inner = read(r#"{"inner":  {"id":"x","more":[1]}}"#).inner;
        assert_eq!(inner.unwrap().id.as_deref(), Some("x"));
    }

    #[test]
    fn a_body_that_is_not_an_object_is_never_read_as_one_by_position() {
        use serde_json::error::Category::{Data, Eof, Syntax};
        for (body, category) in [
            (r#"["x"]"#, Data),
            (" \n[\"x\"]", Data),
            (r#"[{"id":"x"}]"#, Data),
            ("[]", Data),
            ("[null]", Data),
            ("null", Data),
            ("\"x\"", Data),
            ("1", Data),
            ("", Eof),
            ("[", Eof),
            ("<html>", Syntax),
            ("\u{feff}{}", Syntax),
            ("{} {}", Syntax),
        ] {
            let error = super::from_slice::<Inner>(body.as_bytes()).unwrap_err();
            assert_eq!(error.classify(), category, "{body}");
        }
        let inner: Inner = super::from_slice(b" \r\n\t{\"id\":\"x\"} ").unwrap();
        assert_eq!(inner.id.as_deref(), Some("x"));
    }

    #[test]
    fn an_object_that_contradicts_itself_is_none_and_its_neighbours_stay() {
        let read = read(r#"{"inner":{"id":"a","id":"b"},"count":7}"#);
        assert_eq!((read.inner, read.count), (None, Some(7)));
    }

    #[test]
    fn what_no_integer_holds_is_none() {
        for odd in ["256", "-1", "1.5", "1e99", "\"1\""] {
            assert_eq!(read(&format!(r#"{{"count":{odd}}}"#)).count, None, "{odd}");
        }
    }

    #[test]
    fn nesting_as_deep_as_it_gets_costs_no_stack() {
        let deep = "[".repeat(500_000) + &"]".repeat(500_000);
        assert_eq!(read(&format!(r#"{{"count":{deep}}}"#)).count, None);
    }
}
