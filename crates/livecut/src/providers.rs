use std::fmt;
use std::sync::Arc;

use crate::settings::{HttpOptions, Settings};
use crate::webhook::{Clock, WebhookReceiver};
use crate::{Capabilities, LiveStreamStopper, Result};

/// Every provider that livecut knows, compiled in or not, in a fixed order.
///
/// ```
/// for provider in livecut::providers() {
///     let variables: Vec<_> = provider.variables().iter().map(|v| v.name()).collect();
///     println!("{} needs {}", provider.name(), variables.join(", "));
/// }
/// ```
#[must_use]
pub fn providers() -> &'static [Provider] {
    PROVIDERS
}

/// A provider that livecut knows, and how a program configures it.
pub struct Provider {
    name: &'static str,
    variables: &'static [EnvVar],
    adapter: Option<Adapter>,
    webhook_variables: &'static [&'static [EnvVar]],
    webhook: Option<BuildReceiver>,
}

/// What the adapter's crate gives, where it is compiled in.
pub(crate) struct Adapter {
    capabilities: fn() -> Capabilities,
    pub(crate) build: fn(Settings, HttpOptions) -> Result<Arc<dyn LiveStreamStopper>>,
}

/// Makes the receiver of a provider's webhooks from one group of its webhook variables.
pub(crate) type BuildReceiver = fn(Settings, Clock) -> Result<Arc<dyn WebhookReceiver>>;

/// All that the facade knows of single providers: a new one is an entry here and two
/// features in `Cargo.toml`.
static PROVIDERS: &[Provider] = &[
    Provider {
        name: "tpstreams",
        variables: &[
            EnvVar::required(
                "LIVECUT_TPSTREAMS_ORGANIZATION_ID",
                "the organization's id, as it stands in TPStreams' URLs",
            ),
            EnvVar::secret("LIVECUT_TPSTREAMS_TOKEN", "an API token"),
            EnvVar::optional(
                "LIVECUT_TPSTREAMS_BASE_URL",
                "another server: scheme, host, port and an optional path prefix",
            ),
        ],
        #[cfg(not(feature = "tpstreams"))]
        adapter: None,
        #[cfg(feature = "tpstreams")]
        adapter: Some(Adapter {
            capabilities: livecut_tpstreams::capabilities,
            build: |mut settings, http| {
                let mut config = livecut_tpstreams::TpStreamsConfig::new(
                    settings.require("LIVECUT_TPSTREAMS_ORGANIZATION_ID")?,
                    settings.require("LIVECUT_TPSTREAMS_TOKEN")?,
                )?;
                if let Some(url) = settings.take("LIVECUT_TPSTREAMS_BASE_URL") {
                    config = config.with_base_url(url);
                }
                let config = config.with_http(http);
                Ok(Arc::new(livecut_tpstreams::TpStreams::new(config)?))
            },
        }),
        webhook_variables: &[&[EnvVar::secret(
            "LIVECUT_TPSTREAMS_WEBHOOK_SECRET",
            "the secret_token that the webhook was registered with",
        )]],
        #[cfg(not(feature = "tpstreams-webhook"))]
        webhook: None,
        #[cfg(feature = "tpstreams-webhook")]
        webhook: Some(|mut settings, _| {
            let secret = settings.require_webhook_secret("LIVECUT_TPSTREAMS_WEBHOOK_SECRET")?;
            Ok(Arc::new(livecut_tpstreams::TpStreamsWebhook::new(secret)))
        }),
    },
    Provider {
        name: "gjirafa",
        variables: &[
            EnvVar::required(
                "LIVECUT_GJIRAFA_PROJECT_ID",
                "the project's id, as it stands in Gjirafa VP's URLs",
            ),
            EnvVar::secret(
                "LIVECUT_GJIRAFA_AUTHORIZATION",
                "the whole value of the Authorization header, its scheme included where there is one",
            ),
            EnvVar::optional(
                "LIVECUT_GJIRAFA_BASE_URL",
                "another server: scheme, host, port and an optional path prefix",
            ),
            EnvVar::optional(
                "LIVECUT_GJIRAFA_VIDEO_BASE_URL",
                "another server for the recordings; where only the base URL is set, that one serves both",
            ),
        ],
        #[cfg(not(feature = "gjirafa"))]
        adapter: None,
        #[cfg(feature = "gjirafa")]
        adapter: Some(Adapter {
            capabilities: livecut_gjirafa::capabilities,
            build: |mut settings, http| {
                let mut config = livecut_gjirafa::GjirafaConfig::new(
                    settings.require("LIVECUT_GJIRAFA_PROJECT_ID")?,
                    settings.require("LIVECUT_GJIRAFA_AUTHORIZATION")?,
                )?;
                if let Some(url) = settings.take("LIVECUT_GJIRAFA_BASE_URL") {
                    config = config.with_base_url(url);
                }
                if let Some(url) = settings.take("LIVECUT_GJIRAFA_VIDEO_BASE_URL") {
                    config = config.with_video_base_url(url);
                }
                let config = config.with_http(http);
                Ok(Arc::new(livecut_gjirafa::Gjirafa::new(config)?))
            },
        }),
        // Gjirafa documents no way to verify its webhooks, so each group is a choice.
        webhook_variables: &[
            &[EnvVar::secret(
                "LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET",
                "the secret in the URL that was registered with Gjirafa VP",
            )],
            &[
                EnvVar::required(
                    "LIVECUT_GJIRAFA_WEBHOOK_HEADER",
                    "the header by which your reverse proxy vouches for a delivery",
                ),
                EnvVar::secret(
                    "LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET",
                    "that header's value",
                ),
            ],
            &[EnvVar::switch(
                "LIVECUT_GJIRAFA_WEBHOOK_ACCEPT_FORGED_EVENTS",
                "1 takes every delivery for true: anyone who knows the URL can forge events",
            )],
        ],
        #[cfg(not(feature = "gjirafa-webhook"))]
        webhook: None,
        #[cfg(feature = "gjirafa-webhook")]
        webhook: Some(|mut settings, _| {
            use livecut_gjirafa::GjirafaWebhook;

            let receiver = if settings.has("LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET") {
                GjirafaWebhook::with_secret_in_url(
                    settings.require_webhook_secret("LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET")?,
                )
            } else if settings.has("LIVECUT_GJIRAFA_WEBHOOK_HEADER") {
                GjirafaWebhook::with_secret_header_of_your_proxy(
                    settings.require("LIVECUT_GJIRAFA_WEBHOOK_HEADER")?,
                    settings.require_webhook_secret("LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET")?,
                )
            } else {
                // Only its switch leads here, and says so.
                settings.require("LIVECUT_GJIRAFA_WEBHOOK_ACCEPT_FORGED_EVENTS")?;
                GjirafaWebhook::accepting_forged_events()
            };
            Ok(Arc::new(receiver))
        }),
    },
    Provider {
        name: "mux",
        variables: &[
            EnvVar::required("LIVECUT_MUX_TOKEN_ID", "the id of an access token"),
            EnvVar::secret(
                "LIVECUT_MUX_TOKEN_SECRET",
                "the secret of that access token",
            ),
            EnvVar::optional(
                "LIVECUT_MUX_BASE_URL",
                "another server: scheme, host, port and an optional path prefix",
            ),
        ],
        #[cfg(not(feature = "mux"))]
        adapter: None,
        #[cfg(feature = "mux")]
        adapter: Some(Adapter {
            capabilities: livecut_mux::capabilities,
            build: |mut settings, http| {
                let mut config = livecut_mux::MuxConfig::new(
                    settings.require("LIVECUT_MUX_TOKEN_ID")?,
                    settings.require("LIVECUT_MUX_TOKEN_SECRET")?,
                )?;
                if let Some(url) = settings.take("LIVECUT_MUX_BASE_URL") {
                    config = config.with_base_url(url);
                }
                let config = config.with_http(http);
                Ok(Arc::new(livecut_mux::Mux::new(config)?))
            },
        }),
        webhook_variables: &[&[EnvVar::secret(
            "LIVECUT_MUX_WEBHOOK_SECRET",
            "the signing secret of the webhook",
        )]],
        #[cfg(not(feature = "mux-webhook"))]
        webhook: None,
        #[cfg(feature = "mux-webhook")]
        webhook: Some(|mut settings, clock| {
            let secret = settings.require_webhook_secret("LIVECUT_MUX_WEBHOOK_SECRET")?;
            let receiver = livecut_mux::MuxWebhook::new(secret);
            Ok(Arc::new(receiver.with_clock(move || clock())))
        }),
    },
    Provider {
        name: "gcore",
        variables: &[
            EnvVar::secret("LIVECUT_GCORE_TOKEN", "a permanent API token"),
            EnvVar::optional(
                "LIVECUT_GCORE_BASE_URL",
                "another server: scheme, host, port and an optional path prefix",
            ),
        ],
        #[cfg(not(feature = "gcore"))]
        adapter: None,
        #[cfg(feature = "gcore")]
        adapter: Some(Adapter {
            capabilities: livecut_gcore::capabilities,
            build: |mut settings, http| {
                let token = settings.require("LIVECUT_GCORE_TOKEN")?;
                let mut config = livecut_gcore::GcoreConfig::new(token)?;
                if let Some(url) = settings.take("LIVECUT_GCORE_BASE_URL") {
                    config = config.with_base_url(url);
                }
                let config = config.with_http(http);
                Ok(Arc::new(livecut_gcore::Gcore::new(config)?))
            },
        }),
        // Its documents have none.
        webhook_variables: &[],
        webhook: None,
    },
];

impl Provider {
    /// Its name, as [`LiveStreamStopper::provider`] gives it and
    /// `LIVECUT_PROVIDER` takes it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The feature of the crate `livecut` that compiles it in: its name.
    #[must_use]
    pub const fn feature(&self) -> &'static str {
        self.name
    }

    /// Whether this build of livecut has it.
    #[must_use]
    pub const fn is_compiled_in(&self) -> bool {
        self.adapter.is_some()
    }

    /// What it can do, as far as its documents say; `None` where it isn't compiled in.
    #[must_use]
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.adapter
            .as_ref()
            .map(|adapter| (adapter.capabilities)())
    }

    /// The environment variables that configure it.
    #[must_use]
    pub const fn variables(&self) -> &'static [EnvVar] {
        self.variables
    }

    /// The feature of the crate `livecut` that compiles in its webhooks alone: its name
    /// and `-webhook`. [`feature`](Self::feature) includes it. `None` where the provider documents no
    /// webhooks.
    #[must_use]
    pub fn webhook_feature(&self) -> Option<String> {
        let has_webhooks = !self.webhook_variables.is_empty();
        has_webhooks.then(|| format!("{}-webhook", self.name))
    }

    /// Whether this build of livecut can receive its webhooks.
    #[must_use]
    pub const fn is_webhook_compiled_in(&self) -> bool {
        self.webhook.is_some()
    }

    /// The environment variables that say how its webhooks are verified: groups, of which
    /// exactly one is to be set, whole. None where the provider documents no webhooks.
    #[must_use]
    pub const fn webhook_variables(&self) -> &'static [&'static [EnvVar]] {
        self.webhook_variables
    }

    /// The [variables](Self::variables) as the one group that they are.
    pub(crate) const fn variable_group(&'static self) -> &'static &'static [EnvVar] {
        &self.variables
    }

    pub(crate) const fn adapter(&self) -> Option<&Adapter> {
        self.adapter.as_ref()
    }

    pub(crate) const fn webhook(&self) -> Option<BuildReceiver> {
        self.webhook
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("compiled_in", &self.is_compiled_in())
            .field("variables", &self.variables)
            .field("webhook_compiled_in", &self.is_webhook_compiled_in())
            .field("webhook_variables", &self.webhook_variables)
            .finish()
    }
}

/// An environment variable that configures a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvVar {
    name: &'static str,
    description: &'static str,
    need: Need,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Optional,
    Required,
    Secret,
    Switch,
}

impl EnvVar {
    const fn new(name: &'static str, description: &'static str, need: Need) -> Self {
        Self {
            name,
            description,
            need,
        }
    }

    const fn optional(name: &'static str, description: &'static str) -> Self {
        Self::new(name, description, Need::Optional)
    }

    const fn required(name: &'static str, description: &'static str) -> Self {
        Self::new(name, description, Need::Required)
    }

    /// A required variable that can also be given as the path of a file.
    const fn secret(name: &'static str, description: &'static str) -> Self {
        Self::new(name, description, Need::Secret)
    }

    /// A required variable that only counts as `1`.
    const fn switch(name: &'static str, description: &'static str) -> Self {
        Self::new(name, description, Need::Switch)
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it holds, in a few words.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Whether nothing can be configured without it; of webhooks, by its group.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.need != Need::Optional
    }

    /// Whether it holds a secret, which can also come from
    /// [a file](Self::file_variable).
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.need == Need::Secret
    }

    /// Whether it is a switch: `1` is on; `0`, or not set, is off.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.need == Need::Switch
    }

    /// The variable that names a file with the secret, to be set instead of this
    /// one; `None` where this isn't a secret.
    #[must_use]
    pub fn file_variable(&self) -> Option<String> {
        self.is_secret().then(|| format!("{}_FILE", self.name))
    }
}

impl fmt::Display for EnvVar {
    /// The name; for a secret `(or NAME_FILE)` after it, for a switch `=1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if self.is_secret() {
            write!(f, " (or {}_FILE)", self.name)?;
        }
        if self.is_switch() {
            f.write_str("=1")?;
        }
        Ok(())
    }
}
