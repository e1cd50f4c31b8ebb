use livecut_core::adapter::{Setting, Settings};
use livecut_core::{Error, ErrorKind, TenantId};
use livecut_http::{BASE_URL, HttpOptions, Secret};

const PROJECT_ID: Setting = Setting::required(
    "project_id",
    "the project's id, as it stands in Gjirafa VP's URLs",
);
const AUTHORIZATION: Setting = Setting::secret(
    "authorization",
    "the whole value of the Authorization header, its scheme included where there is one",
);
const VIDEO_BASE_URL: Setting = Setting::optional(
    "video_base_url",
    "another server for the recordings; where only the base URL is set, that one serves both",
);

pub(crate) const SETTINGS: &[Setting] = &[PROJECT_ID, AUTHORIZATION, BASE_URL, VIDEO_BASE_URL];

/// Where a sample of the live videos' page has the API.
const DEFAULT_BASE_URL: &str = "https://livestream.vp.gjirafa.tech";
/// Where the videos' page has the recordings.
const DEFAULT_VIDEO_BASE_URL: &str = "https://vp-api.gjirafa.tech";

/// Settings of a [`Gjirafa`](crate::Gjirafa).
///
/// The live videos and the recordings live on two hosts, and the credential goes to
/// both. Setting only [`with_base_url`](Self::with_base_url) uses that one for both.
/// `Debug` shows no secret.
///
/// ```
/// use livecut_gjirafa::{Gjirafa, GjirafaConfig};
///
/// let config = GjirafaConfig::new("a-project", "the-whole-header-value")?
///     .with_base_url("https://media-gateway.example/gjirafa");
/// let stopper = Gjirafa::new(config)?;
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct GjirafaConfig {
    pub(crate) project: TenantId,
    pub(crate) authorization: Secret,
    base_url: Option<String>,
    video_base_url: Option<String>,
    pub(crate) http: HttpOptions,
}

impl GjirafaConfig {
    /// Settings from the project's id (it stands in every URL) and the whole value
    /// of the `Authorization` header: Gjirafa's documents name no scheme, so none is
    /// added.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the id can't be a segment of a URL's
    /// path, or the value can't stand in a header. The message doesn't quote it.
    pub fn new(
        project_id: impl Into<String>,
        authorization: impl Into<String>,
    ) -> Result<Self, Error> {
        let project = TenantId::new(project_id).map_err(|error| {
            Error::new(
                ErrorKind::Configuration,
                format!("the project id can't be used: {error}"),
            )
            .with_provider(crate::PROVIDER)
        })?;
        let authorization =
            Secret::new(authorization).map_err(|error| error.with_provider(crate::PROVIDER))?;
        Ok(Self {
            project,
            authorization,
            base_url: None,
            video_base_url: None,
            http: HttpOptions::new(),
        })
    }

    pub(crate) fn from_settings(mut settings: Settings) -> Result<Self, Error> {
        let project_id = settings.require(&PROJECT_ID)?;
        let config = Self::new(project_id, settings.require(&AUTHORIZATION)?)?;
        Ok(Self {
            base_url: settings.take(&BASE_URL),
            video_base_url: settings.take(&VIDEO_BASE_URL),
            ..config
        })
    }

    /// Sets another server for the live videos: scheme, host, port and an optional
    /// path prefix, without `/api/...` (default: `https://livestream.vp.gjirafa.tech`).
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets another server for the recordings (default: the live videos' where that
    /// is set, else `https://vp-api.gjirafa.tech`).
    pub fn with_video_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.video_base_url = Some(base_url.into());
        self
    }

    /// Sets time limits, retry, proxy and the like.
    pub fn with_http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }

    pub(crate) fn base_url(&self) -> &str {
        self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL)
    }

    pub(crate) fn video_base_url(&self) -> &str {
        self.video_base_url
            .as_deref()
            .or(self.base_url.as_deref())
            .unwrap_or(DEFAULT_VIDEO_BASE_URL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_goes_only_to_hosts_that_the_user_chose() {
        let config = || GjirafaConfig::new("p", "secret").unwrap();
        assert_eq!(config().base_url(), DEFAULT_BASE_URL);
        assert_eq!(config().video_base_url(), DEFAULT_VIDEO_BASE_URL);
        let one = config().with_base_url("https://gateway.example");
        assert_eq!(one.video_base_url(), "https://gateway.example");
        let both = one.with_video_base_url("https://videos.example");
        assert_eq!(both.base_url(), "https://gateway.example");
        assert_eq!(both.video_base_url(), "https://videos.example");
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = GjirafaConfig::new("p", "hunter2").unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
