use livecut_core::adapter::{Setting, Settings};
use livecut_core::{Error, ErrorKind, TenantId};
use livecut_http::{BASE_URL, HttpOptions, Secret};

const ORGANIZATION_ID: Setting = Setting::required(
    "organization_id",
    "the organization's id, as it stands in TPStreams' URLs",
);
const TOKEN: Setting = Setting::secret("token", "an API token");

pub(crate) const SETTINGS: &[Setting] = &[ORGANIZATION_ID, TOKEN, BASE_URL];

/// Where TPStreams' API is, as its page "Stop a live stream" has it.
const DEFAULT_BASE_URL: &str = "https://app.tpstreams.com";

/// Settings of a [`TpStreams`](crate::TpStreams).
///
/// `Debug` shows no secret.
///
/// ```
/// use std::time::Duration;
/// use livecut_http::HttpOptions;
/// use livecut_tpstreams::{TpStreams, TpStreamsConfig};
///
/// let config = TpStreamsConfig::new("4xu8ay", "a-token")?
///     .with_http(HttpOptions::new().with_timeout(Duration::from_secs(10)));
/// let stopper = TpStreams::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct TpStreamsConfig {
    pub(crate) organization: TenantId,
    pub(crate) authorization: Secret,
    pub(crate) base_url: String,
    pub(crate) http: HttpOptions,
}

impl TpStreamsConfig {
    /// Settings from the organization's id (it stands in every URL) and an API
    /// token, which is sent as `Authorization: Token <token>`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the id can't be a segment of a URL's
    /// path, or the token can't stand in a header or has a scheme (`Token `) already. The
    /// message doesn't quote it.
    pub fn new(
        organization_id: impl Into<String>,
        token: impl Into<String>,
    ) -> Result<Self, Error> {
        let organization = TenantId::new(organization_id).map_err(|error| {
            Error::new(
                ErrorKind::Configuration,
                format!("the organization id can't be used: {error}"),
            )
            .with_provider(crate::PROVIDER)
        })?;
        let authorization = Secret::new(token)
            .and_then(|token| token.with_scheme("Token"))
            .map_err(|error| error.with_provider(crate::PROVIDER))?;
        Ok(Self {
            organization,
            authorization,
            base_url: DEFAULT_BASE_URL.to_owned(),
            http: HttpOptions::new(),
        })
    }

    pub(crate) fn from_settings(mut settings: Settings) -> Result<Self, Error> {
        let organization_id = settings.require(&ORGANIZATION_ID)?;
        let mut config = Self::new(organization_id, settings.require(&TOKEN)?)?;
        if let Some(url) = settings.take(&BASE_URL) {
            config.base_url = url;
        }
        Ok(config)
    }

    /// Sets another server: scheme, host, port and an optional path prefix,
    /// without `/api/v1` (default: `https://app.tpstreams.com`).
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
