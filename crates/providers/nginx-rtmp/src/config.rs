use livecut_core::adapter::{Setting, Settings};
use livecut_core::{Error, ErrorKind, Result};
use livecut_http::{BaseUrl, HttpOptions, Secret};

use crate::PROVIDER;
use crate::places::Places;

const BASE_URL: Setting = Setting::required(
    "base_url",
    "the server: scheme, host, port and an optional path prefix, under which `/control`, `/stat` and `/rec` are",
);
const CONTROL_URL: Setting = Setting::optional(
    "control_url",
    "the location with `rtmp_control`, if it is elsewhere",
);
const STAT_URL: Setting = Setting::optional(
    "stat_url",
    "the location with `rtmp_stat`, if it is elsewhere",
);
const RECORDINGS_URL: Setting = Setting::optional(
    "recordings_url",
    "the location with the recordings, if it is elsewhere",
);
const APPLICATION: Setting = Setting::optional(
    "application",
    "the application in `nginx.conf`, `live` if not set",
);
const AUTHORIZATION: Setting = Setting::optional_secret(
    "authorization",
    "the whole value of the header `Authorization`, if the server asks for one",
);

pub(crate) const SETTINGS: &[Setting] = &[
    BASE_URL,
    CONTROL_URL,
    STAT_URL,
    RECORDINGS_URL,
    APPLICATION,
    AUTHORIZATION,
];

/// What most configurations call their application.
const DEFAULT_APPLICATION: &str = "live";

/// What calls begin with after the base URL.
const PATHS: [&str; 3] = ["/control", "/stat", "/rec"];

/// Settings of an [`NginxRtmp`](crate::NginxRtmp).
///
/// `Debug` shows no secret.
///
/// ```
/// use livecut_nginx_rtmp::{NginxRtmp, NginxRtmpConfig};
///
/// let config = NginxRtmpConfig::new("https://media.example.com")
///     .with_application("classes")
///     .with_basic("livecut", "s3cret")?;
/// let stopper = NginxRtmp::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
pub struct NginxRtmpConfig {
    base_url: String,
    control_url: Option<String>,
    stat_url: Option<String>,
    recordings_url: Option<String>,
    application: String,
    pub(crate) authorization: Option<Secret>,
    pub(crate) http: HttpOptions,
}

impl NginxRtmpConfig {
    /// Settings of the server at this base URL: scheme, host, port and an optional path prefix, under which `/control`,
    /// `/stat` and `/rec` are. They are checked when the stopper is made.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            control_url: None,
            stat_url: None,
            recordings_url: None,
            application: DEFAULT_APPLICATION.to_owned(),
            authorization: None,
            http: HttpOptions::new(),
        }
    }

    pub(crate) fn from_settings(mut settings: Settings) -> Result<Self> {
        let mut config = Self::new(settings.require(&BASE_URL)?);
        config.control_url = settings.take(&CONTROL_URL);
        config.stat_url = settings.take(&STAT_URL);
        config.recordings_url = settings.take(&RECORDINGS_URL);
        if let Some(application) = settings.take(&APPLICATION) {
            config.application = application;
        }
        match settings.take(&AUTHORIZATION) {
            Some(authorization) => config.with_authorization(authorization),
            None => Ok(config),
        }
    }

    /// Sets the whole URL of the location with `rtmp_control` (default: `/control` under the base URL).
    #[must_use]
    pub fn with_control_url(mut self, url: impl Into<String>) -> Self {
        self.control_url = Some(url.into());
        self
    }

    /// Sets the whole URL of the location with `rtmp_stat` (default: `/stat` under the base URL).
    #[must_use]
    pub fn with_stat_url(mut self, url: impl Into<String>) -> Self {
        self.stat_url = Some(url.into());
        self
    }

    /// Sets the whole URL of the location with the recordings (default: `/rec` under the base URL).
    #[must_use]
    pub fn with_recordings_url(mut self, url: impl Into<String>) -> Self {
        self.recordings_url = Some(url.into());
        self
    }

    /// Sets the application, as `nginx.conf` names it (default: `live`): letters, digits, `-`, `.`, `_` and `~`.
    #[must_use]
    pub fn with_application(mut self, application: impl Into<String>) -> Self {
        self.application = application.into();
        self
    }

    /// Has each request carry a user name and a password (`auth_basic` in `nginx.conf`).
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if one of them can't stand in the header. The message doesn't quote it.
    pub fn with_basic(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self> {
        let authorization = Secret::basic(user, password);
        self.authorization = Some(authorization.map_err(|error| error.with_provider(PROVIDER))?);
        Ok(self)
    }

    /// Has each request carry this as the whole value of its header `Authorization`, scheme included.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if it can't be a header's value. The message doesn't quote it.
    pub fn with_authorization(mut self, authorization: impl Into<String>) -> Result<Self> {
        let authorization = Secret::new(authorization);
        self.authorization = Some(authorization.map_err(|error| error.with_provider(PROVIDER))?);
        Ok(self)
    }

    /// Sets time limits, retry, proxy and the like.
    #[must_use]
    pub fn with_http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }

    pub(crate) fn places(&self) -> Result<Places> {
        if !crate::translate::is_plain(&self.application) {
            return Err(Error::new(
                ErrorKind::Configuration,
                "the application's name must be of letters, digits, `-`, `.`, `_` and `~`: nginx-rtmp compares it \
                 as it stands in the URL",
            ));
        }
        let parse = |url: &str| BaseUrl::parse(url, self.http.allow_http());
        let base = parse(&self.base_url)?.without_path_of_calls(&PATHS)?;
        let place = |url: &Option<String>, name| match url {
            Some(url) => parse(url),
            None => parse(&base.endpoint(&[name])),
        };
        Ok(Places {
            control: place(&self.control_url, "control")?,
            stat: place(&self.stat_url, "stat")?,
            recordings: place(&self.recordings_url, "rec")?,
            application: self.application.clone(),
        })
    }
}
