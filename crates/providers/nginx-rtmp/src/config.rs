use livecut_core::adapter::{Setting, Settings};
use livecut_core::{Error, ErrorKind, Result};
use livecut_http::{BaseUrl, HttpOptions, Secret};

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
    "the whole value of the header with the credential, if the server asks for one",
);
const AUTHORIZATION_HEADER: Setting = Setting::optional(
    "authorization_header",
    "that header's name, `Authorization` if not set",
);

pub(crate) const SETTINGS: &[Setting] = &[
    BASE_URL,
    CONTROL_URL,
    STAT_URL,
    RECORDINGS_URL,
    APPLICATION,
    AUTHORIZATION,
    AUTHORIZATION_HEADER,
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
/// use livecut_http::Secret;
/// use livecut_nginx_rtmp::{NginxRtmp, NginxRtmpConfig};
///
/// let config = NginxRtmpConfig::new("https://media.example.com")
///     .with_application("classes")
///     .with_credential(Secret::basic("livecut", "s3cret")?);
/// let stopper = NginxRtmp::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct NginxRtmpConfig {
    base_url: String,
    control_url: Option<String>,
    stat_url: Option<String>,
    recordings_url: Option<String>,
    application: String,
    pub(crate) credential: Option<Secret>,
    pub(crate) http: HttpOptions,
}

impl NginxRtmpConfig {
    /// Settings of the server at this base URL: scheme, host, port and an optional path prefix, under which `/control`,
    /// `/stat` and `/rec` are. They are checked when the stopper is made.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            control_url: None,
            stat_url: None,
            recordings_url: None,
            application: DEFAULT_APPLICATION.to_owned(),
            credential: None,
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
        let header = settings.take(&AUTHORIZATION_HEADER);
        config.credential = match (settings.take(&AUTHORIZATION), header) {
            (Some(value), Some(header)) => {
                let secret = Secret::new(value)?.in_header(&header);
                Some(secret.map_err(|error| settings.refused(&AUTHORIZATION_HEADER, error))?)
            }
            (Some(value), None) => Some(Secret::new(value)?),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(
                    settings.refused(&AUTHORIZATION_HEADER, "there is no credential for it")
                );
            }
        };
        Ok(config)
    }

    /// Sets the whole URL of the location with `rtmp_control` (default: `/control` under the base URL).
    pub fn with_control_url(mut self, url: impl Into<String>) -> Self {
        self.control_url = Some(url.into());
        self
    }

    /// Sets the whole URL of the location with `rtmp_stat` (default: `/stat` under the base URL).
    pub fn with_stat_url(mut self, url: impl Into<String>) -> Self {
        self.stat_url = Some(url.into());
        self
    }

    /// Sets the whole URL of the location with the recordings (default: `/rec` under the base URL).
    pub fn with_recordings_url(mut self, url: impl Into<String>) -> Self {
        self.recordings_url = Some(url.into());
        self
    }

    /// Sets the application, as `nginx.conf` names it (default: `live`): letters, digits, `-`, `.`, `_` and `~`.
    pub fn with_application(mut self, application: impl Into<String>) -> Self {
        self.application = application.into();
        self
    }

    /// Has each request carry a credential: what the operator has put in front, for the module asks for none.
    ///
    /// ```
    /// use livecut_http::Secret;
    /// use livecut_nginx_rtmp::NginxRtmpConfig;
    ///
    /// let config = || NginxRtmpConfig::new("https://media.example.com");
    /// // `auth_basic` in `nginx.conf`
    /// config().with_credential(Secret::basic("livecut", "s3cret")?);
    /// config().with_credential(Secret::new("s3cret")?.with_scheme("Bearer")?);
    /// config().with_credential(Secret::new("s3cret")?.in_header("X-Key")?);
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
            credential: self.credential.clone(),
        })
    }
}
