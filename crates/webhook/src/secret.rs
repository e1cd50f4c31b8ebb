use std::fmt;

use livecut_core::adapter::{Setting, Settings};
use subtle::ConstantTimeEq as _;

use crate::WebhookError;

/// A secret that a provider proves itself with. `Debug` doesn't show it.
///
/// ```
/// use livecut_webhook::WebhookSecret;
///
/// let secret = WebhookSecret::new("correct horse battery")?;
/// assert!(secret.is(b"correct horse battery"));
/// assert!(!secret.is(b"correct horse"));
/// assert!(WebhookSecret::new("").is_err());
/// # Ok::<(), livecut_webhook::WebhookError>(())
/// ```
#[derive(Clone)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// Takes a secret, exactly as it was given to the provider.
    ///
    /// # Errors
    /// [`WebhookError::Secret`] for an empty one, which anyone could match, and for one
    /// with a line break (it was read from a file that ends with one) or in quotes.
    pub fn new(secret: impl Into<String>) -> Result<Self, WebhookError> {
        let secret = secret.into();
        if secret.is_empty() {
            return Err(WebhookError::Secret("it is empty"));
        }
        if secret.contains(['\r', '\n']) {
            return Err(WebhookError::Secret("it holds a line break"));
        }
        let quoted =
            |quote| secret.len() > 1 && secret.starts_with(quote) && secret.ends_with(quote);
        if ['"', '\''].into_iter().any(quoted) {
            return Err(WebhookError::Secret("it stands in quotes: leave them out"));
        }
        Ok(Self(secret))
    }

    /// Takes a required setting as a secret.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration), which names the setting's variable, if it wasn't
    /// given, or can't be used.
    pub fn from_setting(settings: &mut Settings, setting: &Setting) -> livecut_core::Result<Self> {
        Self::new(settings.require(setting)?).map_err(|error| settings.refused(setting, error))
    }

    /// Whether this is the secret. Takes the same time wherever the two differ; only
    /// their lengths can show.
    pub fn is(&self, received: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(received).into()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The secret's bytes, to key a signature with.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_secret_is_accepted() {
        let secret = WebhookSecret::new("s3cret").unwrap();
        assert!(secret.is(b"s3cret"));
        for other in [&b""[..], b"s3cre", b"s3cret ", b"S3cret", b"s3cres"] {
            assert!(!secret.is(other));
        }
        assert!(!format!("{secret:?}").contains("s3cret"));
    }

    #[test]
    fn a_secret_that_anyone_could_match_is_refused() {
        assert!(WebhookSecret::new("").is_err());
        assert!(WebhookSecret::new("s3cret\n").is_err());
        assert!(WebhookSecret::new("\"s3cret\"").is_err());
        assert!(WebhookSecret::new("'s3cret'").is_err());
    }
}
