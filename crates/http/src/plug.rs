use std::sync::Arc;

use livecut_core::adapter::{Setting, Settings};
use livecut_core::{Capabilities, LiveStreamStopper, Result};

use crate::HttpOptions;

/// The setting of an adapter's server, the same at every provider.
pub const BASE_URL: Setting = Setting::optional(
    "base_url",
    "another server: scheme, host, port and an optional path prefix",
);

/// An adapter, for a program that chooses its provider by name: each adapter's crate has one, `PLUG`.
///
/// ```
/// use livecut_core::adapter::{Setting, Settings};
/// use livecut_core::{Capabilities, LiveStreamStopper, Result};
/// use livecut_http::{BASE_URL, HttpOptions, Plug};
/// # use std::sync::Arc;
/// # use std::time::Duration;
///
/// const TOKEN: Setting = Setting::secret("token", "an API token");
///
/// pub static PLUG: Plug = Plug::new("example", &[TOKEN, BASE_URL], capabilities, build);
///
/// fn capabilities() -> Capabilities {
///     Capabilities::new(Duration::from_secs(1))
/// }
///
/// fn build(mut settings: Settings, http: HttpOptions) -> Result<Arc<dyn LiveStreamStopper>> {
///     let token = settings.require(&TOKEN)?;
///     let base_url = settings.take(&BASE_URL);
///     # let _ = (http, token, base_url);
///     # todo!()
///     // ... the stopper
/// }
/// # assert_eq!(PLUG.name(), "example");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Plug {
    name: &'static str,
    settings: &'static [Setting],
    capabilities: fn() -> Capabilities,
    build: fn(Settings, HttpOptions) -> Result<Arc<dyn LiveStreamStopper>>,
}

impl Plug {
    /// The provider's name, the settings that its stopper is built from, what it can do, and what builds it.
    pub const fn new(
        name: &'static str,
        settings: &'static [Setting],
        capabilities: fn() -> Capabilities,
        build: fn(Settings, HttpOptions) -> Result<Arc<dyn LiveStreamStopper>>,
    ) -> Self {
        Self {
            name,
            settings,
            capabilities,
            build,
        }
    }

    /// The provider's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The settings that its stopper is built from.
    pub const fn settings(&self) -> &'static [Setting] {
        self.settings
    }

    /// What the provider can do, as far as its documents say.
    pub fn capabilities(&self) -> Capabilities {
        (self.capabilities)()
    }

    /// Builds a stopper.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) if a required setting wasn't given, or one can't be
    /// used. The message quotes no secret.
    pub fn build(
        &self,
        settings: Settings,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        (self.build)(settings, http)
    }
}
