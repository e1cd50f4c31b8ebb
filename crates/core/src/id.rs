use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The largest id, in bytes.
const MAX_BYTES: usize = 1024;

/// Why an id was refused. The message names what is wrong, never the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// The id is empty.
    #[error("an id must not be empty")]
    Empty,
    /// The id is longer than 1024 bytes.
    #[error("an id of {0} bytes is too long: at most 1024 are allowed")]
    TooLong(usize),
    /// The id holds a control character (a line break, NUL, ...).
    #[error("an id must not hold a control character (there is one at byte {0})")]
    ControlCharacter(usize),
    /// The id is `.` or `..`, which URLs drop or follow instead of naming something.
    #[error("an id must not be `.` or `..`: in a URL's path these don't name anything")]
    DotSegment,
}

/// Refuses what can't be exactly one segment of a URL's path.
fn check(id: &str) -> Result<(), InvalidId> {
    if id.is_empty() {
        return Err(InvalidId::Empty);
    }
    if id.len() > MAX_BYTES {
        return Err(InvalidId::TooLong(id.len()));
    }
    if let Some((at, _)) = id.char_indices().find(|(_, c)| c.is_control()) {
        return Err(InvalidId::ControlCharacter(at));
    }
    if matches!(id, "." | "..") {
        return Err(InvalidId::DotSegment);
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        // Shared: an id goes from the request into the ticket, and from there into the outcome.
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and wraps an id.
            ///
            /// # Errors
            /// [`InvalidId`] where the id is empty, longer than 1024 bytes, holds a
            /// control character, or is `.` or `..`. Anything else is allowed:
            /// adapters percent-encode it as exactly one path segment.
            pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
                let id = id.into();
                check(&id)?;
                Ok(Self(id.into()))
            }

            /// The id as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(id: &str) -> Result<Self, InvalidId> {
                Self::new(id)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;
            fn try_from(id: &str) -> Result<Self, InvalidId> {
                Self::new(id)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(id: String) -> Result<Self, InvalidId> {
                Self::new(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// Names what a provider lets one stop: a live asset, a live video, a live
    /// stream or channel. A clone shares the text.
    ///
    /// ```
    /// use livecut_core::StreamId;
    ///
    /// let id: StreamId = "4PtERT9d9uK".parse()?;
    /// assert_eq!(id.as_str(), "4PtERT9d9uK");
    /// assert!("..".parse::<StreamId>().is_err());
    /// # Ok::<(), livecut_core::InvalidId>(())
    /// ```
    StreamId
}

id! {
    /// Names the video on demand that remains when a stream has ended.
    ///
    /// The same rules as for a [`StreamId`].
    RecordingId
}

id! {
    /// Names the account, organization or project at a provider under which
    /// streams live.
    ///
    /// The same rules as for a [`StreamId`].
    TenantId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_cannot_be_one_path_segment_is_refused() {
        assert_eq!(StreamId::new(""), Err(InvalidId::Empty));
        assert_eq!(StreamId::new("."), Err(InvalidId::DotSegment));
        assert_eq!(StreamId::new(".."), Err(InvalidId::DotSegment));
        for (bad, at) in [("a\r\nb", 1), ("\0", 0), ("é\t", 2), ("x\u{85}", 1)] {
            assert_eq!(StreamId::new(bad), Err(InvalidId::ControlCharacter(at)));
        }
    }

    #[test]
    fn the_limit_is_1024_bytes_not_characters() {
        assert!(StreamId::new("x".repeat(1024)).is_ok());
        assert_eq!(
            StreamId::new("x".repeat(1025)),
            Err(InvalidId::TooLong(1025))
        );
        assert_eq!(
            StreamId::new("é".repeat(513)),
            Err(InvalidId::TooLong(1026))
        );
    }

    #[test]
    fn serde_checks_what_it_reads() {
        assert!(serde_json::from_str::<StreamId>(r#""a/b?c#d""#).is_ok());
        assert!(serde_json::from_str::<StreamId>(r#""a\nb""#).is_err());
    }
}
