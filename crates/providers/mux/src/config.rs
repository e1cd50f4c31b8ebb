use livecut_core::Result;
use livecut_core::adapter::{Setting, Settings};
use livecut_http::{BASE_URL, HttpOptions, Secret};

const TOKEN_ID: Setting = Setting::required("token_id", "the id of an access token");
const TOKEN_SECRET: Setting = Setting::secret("token_secret", "the secret of that access token");

pub(crate) const SETTINGS: &[Setting] = &[TOKEN_ID, TOKEN_SECRET, BASE_URL];

/// Where Mux documents its API.
const DEFAULT_BASE_URL: &str = "https://api.mux.com";

/// Settings of a [`Mux`](crate::Mux). `Debug` shows no secret.
///
/// ```
/// use livecut_mux::{Mux, MuxConfig};
///
/// let config = MuxConfig::new("a-token-id", "a-token-secret")?
///     .with_base_url("https://media-gateway.example/mux");
/// let stopper = Mux::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct MuxConfig {
    pub(crate) authorization: Secret,
    pub(crate) base_url: String,
    pub(crate) http: HttpOptions,
}

impl MuxConfig {
    /// Settings from the two halves of an access token (Mux's dashboard, Settings, Access
    /// Tokens), which must be allowed to read and to write Mux Video.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) where one of them is empty, isn't printable ASCII, or has a
    /// space at an end, stands in quotes or has a scheme before it, and for an id with a colon, which HTTP Basic
    /// can't carry (RFC 7617). The message quotes neither.
    pub fn new(token_id: impl Into<String>, token_secret: impl Into<String>) -> Result<Self> {
        Ok(Self {
            authorization: Secret::basic(token_id, token_secret)
                .map_err(|error| error.with_provider(crate::PROVIDER))?,
            base_url: DEFAULT_BASE_URL.to_owned(),
            http: HttpOptions::new(),
        })
    }

    pub(crate) fn from_settings(mut settings: Settings) -> Result<Self> {
        let token_id = settings.require(&TOKEN_ID)?;
        let mut config = Self::new(token_id, settings.require(&TOKEN_SECRET)?)?;
        if let Some(url) = settings.take(&BASE_URL) {
            config.base_url = url;
        }
        Ok(config)
    }

    /// Sets another server: scheme, host, port and an optional path prefix, without
    /// `/video/...` (default: `https://api.mux.com`).
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets time limits, retry, proxy and the like.
    pub fn with_http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }
}

#[cfg(test)]
mod tests {
    use livecut_core::ErrorKind;

    use super::*;

    #[test]
    fn a_credential_that_cannot_work_says_so_and_is_not_quoted() {
        for (id, secret, why) in [
            ("", "hunter2", "empty"),
            ("id", "", "empty"),
            ("id", "hunter2\n", "line break"),
            ("id:hunter2", "hunter2", "colon"),
            ("id", "hünter2", "outside ASCII"),
            ("id", "'hunter2'", "in quotes"),
            ("Basic id", "hunter2", "leave it out"),
        ] {
            let error = MuxConfig::new(id, secret).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.provider(), Some("mux"));
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(why), "{shown}");
            assert!(!shown.contains("nter2"), "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = MuxConfig::new("an-id", "hunter2").unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("Basic"));
    }
}
