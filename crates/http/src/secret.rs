use std::fmt;

use livecut_core::{Error, ErrorKind, Result};

/// A credential: never shown by `Debug`, without `Display`.
///
/// It is checked to be usable as a header's value, so a mistake shows when a
/// stopper is configured and not in the middle of an event.
///
/// ```
/// use livecut_http::Secret;
///
/// let token = Secret::new("hunter2")?;
/// assert_eq!(format!("{token:?}"), "Secret(<redacted>)");
/// let authorization = Secret::new(format!("Token {}", token.expose()))?;
/// assert!(Secret::new("hunter2\n").is_err());
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a credential, exactly as it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for what can't be a header's value as it
    /// stands: empty, not ASCII, a line break or another control character, a
    /// space at an end. The message says which and never quotes the value.
    pub fn new(secret: impl Into<String>) -> Result<Self> {
        let secret = secret.into();
        let fault = if secret.is_empty() {
            "the credential is empty"
        } else if secret.contains(['\r', '\n']) {
            "the credential holds a line break: was it read from a file that ends with one?"
        } else if !secret.is_ascii() {
            "the credential holds a character outside ASCII, which no header can carry"
        } else if secret.contains(|c: char| c.is_ascii_control()) {
            "the credential holds a control character, which no header can carry"
        } else if secret.starts_with(' ') || secret.ends_with(' ') {
            "the credential begins or ends with a space, which is lost on the way"
        } else {
            return Ok(Self(secret));
        };
        Err(Error::new(ErrorKind::Configuration, fault))
    }

    /// The credential itself, for the one header it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_header_can_carry_is_refused_and_never_quoted() {
        for (bad, why) in [
            ("", "empty"),
            ("hunter2\r\nX-Evil: 1", "line break"),
            ("hunter2\n", "line break"),
            ("hünter2", "outside ASCII"),
            ("hunter2\0", "control character"),
            ("hunter\t2", "control character"),
            ("hunter2\x7f", "control character"),
            ("hunter2 ", "space"),
            (" hunter2", "space"),
        ] {
            let error = Secret::new(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{bad:?}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(why), "{bad:?}: {shown}");
            assert!(!shown.contains("hunter"), "{bad:?}: {shown}");
        }
    }

    #[test]
    fn every_secret_that_is_accepted_is_a_header_value() {
        let all: String = (' '..='~').collect();
        let secret = Secret::new(format!("x{all}x")).unwrap();
        assert!(http::HeaderValue::from_str(secret.expose()).is_ok());
        assert!(!format!("{secret:?}").contains("abc"));
    }
}
