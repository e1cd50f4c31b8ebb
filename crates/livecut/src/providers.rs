use std::sync::LazyLock;

use livecut_core::adapter::Setting;
use livecut_webhook::ReceiverPlug;

use crate::Capabilities;
use crate::http::Plug;
use crate::variable::EnvVar;

/// All that the facade knows of single providers: its module, its adapter's crate, and the feature of each half, of which the
/// first is its name. A new one is a line here; what follows from it elsewhere, `LIVECUT_UPDATE_DOCS=1 cargo test -p livecut-tests --test workspace` writes.
macro_rules! providers {
    ($($name:ident: $adapter:ident if $feature:literal $(, webhooks if $webhook:literal)?;)+) => {
        /// Each adapter's crate, under its provider's name, with `_` for `-`.
        pub(crate) mod modules {
            $(
                #[doc = concat!("The crate `livecut-", $feature, "`; what its examples take from `livecut_core` is here in `livecut`.")]
                #[cfg(any(feature = $feature $(, feature = $webhook)?))]
                #[doc(inline)]
                pub use $adapter as $name;
            )+
        }

        static ENTRIES: &[Entry] = &[
            $(Entry {
                name: $feature,
                #[cfg(feature = $feature)]
                adapter: Some(&$adapter::PLUG),
                #[cfg(not(feature = $feature))]
                adapter: None,
                webhook_feature: first!($($webhook,)?),
                receiver: receiver!($adapter $(, $webhook)?),
            },)+
        ];
    };
}

macro_rules! first {
    () => {
        None
    };
    ($first:literal,) => {
        Some($first)
    };
}

macro_rules! receiver {
    ($adapter:ident) => {
        None
    };
    ($adapter:ident, $webhook:literal) => {{
        #[cfg(feature = $webhook)]
        const RECEIVER: Option<&ReceiverPlug> = Some(&$adapter::RECEIVER);
        #[cfg(not(feature = $webhook))]
        const RECEIVER: Option<&ReceiverPlug> = None;
        RECEIVER
    }};
}

providers! {
    tpstreams: livecut_tpstreams if "tpstreams", webhooks if "tpstreams-webhook";
    gjirafa: livecut_gjirafa if "gjirafa", webhooks if "gjirafa-webhook";
    mux: livecut_mux if "mux", webhooks if "mux-webhook";
    gcore: livecut_gcore if "gcore";
    nginx_rtmp: livecut_nginx_rtmp if "nginx-rtmp";
    mediamtx: livecut_mediamtx if "mediamtx";
}

/// Every provider that livecut knows, compiled in or not, in a fixed order.
///
/// ```
/// for provider in livecut::providers() {
///     let variables: Vec<_> = provider.variables().iter().map(|v| v.name()).collect();
///     match provider.is_compiled_in() {
///         true => println!("{} takes {}", provider.name(), variables.join(", ")),
///         false => println!("{} takes the feature {}", provider.name(), provider.feature()),
///     }
/// }
/// ```
pub fn providers() -> &'static [Provider] {
    static PROVIDERS: LazyLock<Vec<Provider>> =
        LazyLock::new(|| ENTRIES.iter().map(Provider::new).collect());
    &PROVIDERS
}

/// What the line of a provider comes to in this build.
#[derive(Debug)]
struct Entry {
    name: &'static str,
    adapter: Option<&'static Plug>,
    webhook_feature: Option<&'static str>,
    receiver: Option<&'static ReceiverPlug>,
}

/// A provider that livecut knows, and how a program configures it.
#[derive(Debug)]
pub struct Provider {
    entry: &'static Entry,
    variables: Vec<EnvVar>,
    webhook_variables: Vec<Vec<EnvVar>>,
}

impl Provider {
    fn new(entry: &'static Entry) -> Self {
        let variables = |settings: &[Setting]| {
            let of_each = settings.iter().map(|one| EnvVar::new(entry.name, *one));
            of_each.collect()
        };
        let proofs = entry.receiver.map_or(&[][..], ReceiverPlug::proofs);
        Self {
            entry,
            variables: variables(entry.adapter.map_or(&[], Plug::settings)),
            webhook_variables: proofs.iter().copied().map(variables).collect(),
        }
    }

    /// Its name, as [`LiveStreamStopper::provider`](crate::LiveStreamStopper::provider) gives it and
    /// `LIVECUT_PROVIDER` takes it.
    pub const fn name(&self) -> &'static str {
        self.entry.name
    }

    /// The feature of the crate `livecut` that compiles it in: its name.
    pub const fn feature(&self) -> &'static str {
        self.entry.name
    }

    /// Whether this build of livecut has it.
    pub const fn is_compiled_in(&self) -> bool {
        self.entry.adapter.is_some()
    }

    /// What it can do, as far as its documents say; `None` where it isn't compiled in.
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.entry.adapter.map(Plug::capabilities)
    }

    /// The environment variables that configure it. None where it isn't compiled in: its adapter has them.
    pub fn variables(&self) -> &[EnvVar] {
        &self.variables
    }

    /// The feature of the crate `livecut` that compiles in its webhooks alone: its name
    /// and `-webhook`. [`feature`](Self::feature) includes it. `None` where the provider documents no
    /// webhooks.
    pub const fn webhook_feature(&self) -> Option<&'static str> {
        self.entry.webhook_feature
    }

    /// Whether this build of livecut can receive its webhooks.
    pub const fn is_webhook_compiled_in(&self) -> bool {
        self.entry.receiver.is_some()
    }

    /// The environment variables that say how its webhooks are verified: groups, of which
    /// exactly one is to be set, whole. None where its webhooks aren't compiled in, or there are none.
    pub fn webhook_variables(&self) -> &[Vec<EnvVar>] {
        &self.webhook_variables
    }

    /// The [variables](Self::variables) as the one group that they are.
    pub(crate) const fn variable_group(&self) -> &Vec<EnvVar> {
        &self.variables
    }

    pub(crate) const fn adapter(&self) -> Option<&'static Plug> {
        self.entry.adapter
    }

    pub(crate) const fn receiver(&self) -> Option<&'static ReceiverPlug> {
        self.entry.receiver
    }
}
