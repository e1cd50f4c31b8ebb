//! livecut's adapter for [Gjirafa VP](https://vp.gjirafa.tech): one POST ends a live
//! video and makes a video on demand of the part that is kept.
//!
#![cfg_attr(feature = "client", doc = "```no_run")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! use livecut_core::{CutRange, LiveStreamStopper, StopRequest, StreamId};
//! use livecut_gjirafa::{Gjirafa, GjirafaConfig};
//!
//! # async fn end_class() -> Result<(), Box<dyn std::error::Error>> {
//! let config = GjirafaConfig::new("a-project", std::env::var("AUTHORIZATION")?)?;
//! let stopper = Gjirafa::new(config)?;
//! let request = StopRequest::new(StreamId::new("a-live-video")?)
//!     .with_cut("2024-01-01T12:00:00Z..2024-01-01T12:15:00Z".parse::<CutRange>()?);
//! let outcome = stopper.stop(&request).await?;
//! println!("{}", outcome.ticket());
//! # Ok(())
//! # }
//! ```
//!
//! [`GjirafaWebhook`] receives its webhooks; without the feature `client` there is
//! nothing else in this crate, and no HTTP client in the tree.
//!
//! What Gjirafa documents, and what it doesn't, is in this crate's README.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod config;
mod states;
#[cfg(feature = "client")]
mod translate;
mod webhook;
mod wire;

#[cfg(feature = "client")]
pub use client::Gjirafa;
#[cfg(feature = "client")]
pub use config::GjirafaConfig;
#[cfg(feature = "client")]
pub use translate::capabilities;
pub use webhook::{GjirafaWebhook, RECEIVER};

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "gjirafa";

/// This adapter, for a program that chooses its provider by name.
#[cfg(feature = "client")]
pub static PLUG: livecut_http::Plug = livecut_http::Plug::new(
    PROVIDER,
    config::SETTINGS,
    capabilities,
    |settings, http| {
        let config = GjirafaConfig::from_settings(settings)?.with_http(http);
        Ok(std::sync::Arc::new(Gjirafa::new(config)?))
    },
);
