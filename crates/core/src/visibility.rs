use std::fmt;
use std::str::FromStr;

/// Who may see the recording.
///
/// Not every provider can set it with the stop; one that can't refuses the
/// request ([`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported)).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

    pub(crate) fn named(text: &str) -> Self {
        match text {
            "public" => Self::Public,
            "private" => Self::Private,
            "password-protected" => Self::PasswordProtected,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Visibility {
    type Err = std::convert::Infallible;

    /// Reads the names that [`as_str`](Self::as_str) gives; any other text is
    /// [`Visibility::Other`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::named(text))
    }
}
