use livecut_core::Error;
use livecut_core::adapter::{Setting, Settings};
use livecut_http::{BASE_URL, HttpOptions, Secret};

const TOKEN: Setting = Setting::secret("token", "a permanent API token");

pub(crate) const SETTINGS: &[Setting] = &[TOKEN, BASE_URL];

/// Where Gcore's API is, as its OpenAPI document has it.
const DEFAULT_BASE_URL: &str = "https://api.gcore.com";

/// Settings of a [`Gcore`](crate::Gcore).
///
/// `Debug` shows no secret.
///
/// ```
/// use std::time::Duration;
/// use livecut_gcore::{Gcore, GcoreConfig};
/// use livecut_http::HttpOptions;
///
/// let config = GcoreConfig::new("1234$abcdef")?
///     .with_http(HttpOptions::new().with_timeout(Duration::from_secs(10)));
/// let stopper = Gcore::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct GcoreConfig {
    pub(crate) authorization: Secret,
    pub(crate) base_url: String,
    pub(crate) http: HttpOptions,
}

impl GcoreConfig {
    /// Settings from a permanent API token, which is sent as `Authorization: apikey <token>`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) where the token
    /// can't stand in a header or has a scheme (`apikey `) already. The message doesn't quote it.
    pub fn new(token: impl Into<String>) -> Result<Self, Error> {
        let authorization = Secret::new(token)
            .and_then(|token| token.with_scheme("apikey"))
            .map_err(|error| error.with_provider(crate::PROVIDER))?;
        Ok(Self {
            authorization,
            base_url: DEFAULT_BASE_URL.to_owned(),
            http: HttpOptions::new(),
        })
    }

    pub(crate) fn from_settings(mut settings: Settings) -> Result<Self, Error> {
        let mut config = Self::new(settings.require(&TOKEN)?)?;
        if let Some(url) = settings.take(&BASE_URL) {
            config.base_url = url;
        }
        Ok(config)
    }

    /// Sets another server: scheme, host, port and an optional path prefix,
    /// without `/streaming` (default: `https://api.gcore.com`).
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
