//! livecut's adapter for [TPStreams](https://tpstreams.com): one POST stops a live
//! stream and schedules the trim of its recording.
//!
#![cfg_attr(feature = "client", doc = "```no_run")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! use livecut_core::{CutRange, LiveStreamStopper, StopRequest, StreamId};
//! use livecut_tpstreams::{TpStreams, TpStreamsConfig};
//!
//! # async fn end_class() -> Result<(), Box<dyn std::error::Error>> {
//! let stopper = TpStreams::new(TpStreamsConfig::new("4xu8ay", std::env::var("TOKEN")?)?)?;
//! let request = StopRequest::new(StreamId::new("4PtERT9d9uK")?)
//!     .with_cut(CutRange::seconds(30, 120)?);
//! let outcome = stopper.stop(&request).await?;
//! println!("{}", outcome.ticket());
//! # Ok(())
//! # }
//! ```
//!
//! [`TpStreamsWebhook`] receives its webhooks; without the feature `client` there is
//! nothing else in this crate, and no HTTP client in the tree.
//!
//! What TPStreams documents, and what it doesn't, is in this crate's README.
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
pub use client::TpStreams;
#[cfg(feature = "client")]
pub use config::TpStreamsConfig;
#[cfg(feature = "client")]
pub use translate::capabilities;
pub use webhook::{RECEIVER, TpStreamsWebhook};

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "tpstreams";

/// This adapter, for a program that chooses its provider by name.
#[cfg(feature = "client")]
pub static PLUG: livecut_http::Plug = livecut_http::Plug::new(
    PROVIDER,
    config::SETTINGS,
    capabilities,
    |settings, http| {
        let config = TpStreamsConfig::from_settings(settings)?.with_http(http);
        Ok(std::sync::Arc::new(TpStreams::new(config)?))
    },
);
