use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who may see the recording.
///
/// Not every provider can set it with the stop; one that can't refuses the
/// request ([`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported)).
///
/// With serde it is its [name](Self::as_str).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Visibility {
    /// Anyone may see it.
    Public,
    /// Nobody may see it without a grant by the provider's means.
    Private,
    /// Whoever knows the password may see it.
    PasswordProtected,
    /// The provider's own name or number for a visibility.
    Other(String),
}

impl Visibility {
    /// `public`, `private`, `password-protected`, or the provider's own name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::PasswordProtected => "password-protected",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for Visibility {
    /// Reads the names that [`as_str`](Self::as_str) gives; any other text is [`Other`](Self::Other).
    fn from(name: &str) -> Self {
        match name {
            "public" => Self::Public,
            "private" => Self::Private,
            "password-protected" => Self::PasswordProtected,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for Visibility {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<Visibility> for String {
    fn from(visibility: Visibility) -> Self {
        visibility.as_str().to_owned()
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Visibility {
    type Err = std::convert::Infallible;

    /// As `From<&str>`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}
