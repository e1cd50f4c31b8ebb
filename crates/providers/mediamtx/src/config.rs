use livecut_core::Result;
use livecut_core::adapter::{Setting, Settings};
use livecut_http::{BaseUrl, HttpOptions, Secret};

use crate::places::Places;

const BASE_URL: Setting = Setting::required(
    "base_url",
    "the control API: scheme, host, port and an optional path prefix, without `/v3`",
);
const PLAYBACK_BASE_URL: Setting = Setting::optional(
    "playback_base_url",
    "the playback server, if it isn't at the same address",
);
const AUTHORIZATION: Setting = Setting::optional_secret(
    "authorization",
    "the whole value of the header `Authorization`, if the server asks for one",
);

pub(crate) const SETTINGS: &[Setting] = &[BASE_URL, PLAYBACK_BASE_URL, AUTHORIZATION];

/// What calls begin with after a base URL.
const PATHS: [&str; 3] = ["/v3", "/list", "/get"];

/// Settings of a [`MediaMtx`](crate::MediaMtx).
///
/// `Debug` shows no secret.
///
/// ```
/// use livecut_http::Secret;
/// use livecut_mediamtx::{MediaMtx, MediaMtxConfig};
///
/// let config = MediaMtxConfig::new("https://media.example.com:9997")
///     .with_playback_base_url("https://media.example.com:9996")
///     .with_credential(Secret::basic("livecut", "s3cret")?);
/// let stopper = MediaMtx::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct MediaMtxConfig {
    base_url: String,
    playback_base_url: Option<String>,
    pub(crate) credential: Option<Secret>,
    pub(crate) http: HttpOptions,
}

impl MediaMtxConfig {
    /// Settings of the server whose control API (`api: yes`, port 9997 unless configured otherwise) is at this base URL: scheme,
    /// host, port and an optional path prefix, without `/v3`. It is checked when the stopper is made.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            playback_base_url: None,
            credential: None,
            http: HttpOptions::new(),
        }
    }

    pub(crate) fn from_settings(mut settings: Settings) -> Result<Self> {
        let mut config = Self::new(settings.require(&BASE_URL)?);
        config.playback_base_url = settings.take(&PLAYBACK_BASE_URL);
        config.credential = settings.take(&AUTHORIZATION).map(Secret::new).transpose()?;
        Ok(config)
    }

    /// Sets the base URL of the playback server (`playback: yes`, port 9996 unless configured otherwise). By default it is that of
    /// the control API, which is right if a proxy has both at one address.
    pub fn with_playback_base_url(mut self, url: impl Into<String>) -> Self {
        self.playback_base_url = Some(url.into());
        self
    }

    /// Has each request carry a credential, of a user who may `api` and `playback`.
    ///
    /// ```
    /// use livecut_http::Secret;
    /// use livecut_mediamtx::MediaMtxConfig;
    ///
    /// let config = || MediaMtxConfig::new("https://media.example.com:9997");
    /// config().with_credential(Secret::basic("livecut", "s3cret")?);
    /// // A JWT
    /// config().with_credential(Secret::new("eyJhbGciOiJIUzI1NiJ9")?.with_scheme("Bearer")?);
    /// # Ok::<(), livecut_core::Error>(())
    /// ```
    pub fn with_credential(mut self, credential: Secret) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Sets time limits, retry, proxy and the like.
    pub fn with_http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }

    pub(crate) fn places(&self) -> Result<Places> {
        let parse =
            |url: &str| BaseUrl::parse(url, self.http.allow_http())?.without_path_of_calls(&PATHS);
        let api = parse(&self.base_url)?;
        let playback = match &self.playback_base_url {
            Some(url) => parse(url)?,
            None => api.clone(),
        };
        Ok(Places {
            api,
            playback,
            credential: self.credential.clone(),
        })
    }
}
