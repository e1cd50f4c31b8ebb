//! End a live stream and keep just the part you want, at whichever provider you use, and be told truthfully what happened.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ext;
mod providers;
mod select;
#[cfg_attr(
    not(feature = "http"),
    expect(dead_code, reason = "no adapter is compiled in to take settings")
)]
mod settings;
pub mod testing;
mod wait;

#[doc(inline)]
pub use livecut_core::*;

pub use ext::LiveStreamStopperExt;
pub use providers::{EnvVar, Provider, providers};
pub use select::{StopperBuilder, from_env, from_lookup};
pub use wait::{WaitError, WaitErrorKind, WaitEvent, WaitPolicy};

/// The options of the HTTP client, the same for every provider.
#[cfg(feature = "http")]
pub mod http {
    #[doc(inline)]
    pub use livecut_http::{HttpOptions, RetryPolicy, Secret};
}

/// TPStreams.
#[cfg(feature = "tpstreams")]
pub mod tpstreams {
    #[doc(inline)]
    pub use livecut_tpstreams::{TpStreams, TpStreamsConfig};
}

/// Gjirafa VP.
#[cfg(feature = "gjirafa")]
pub mod gjirafa {
    #[doc(inline)]
    pub use livecut_gjirafa::{Gjirafa, GjirafaConfig};
}
