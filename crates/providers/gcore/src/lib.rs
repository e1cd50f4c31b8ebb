//! livecut's adapter for [Gcore Streaming](https://gcore.com/streaming-platform): the cut is made first, as a
//! clip out of the live stream's DVR window, and then the stream is switched off.
//!
//! ```no_run
//! use livecut_core::{CutRange, LiveStreamStopper, StopRequest, StreamId};
//! use livecut_gcore::{Gcore, GcoreConfig};
//!
//! # async fn end_class() -> Result<(), Box<dyn std::error::Error>> {
//! let stopper = Gcore::new(GcoreConfig::new(std::env::var("TOKEN")?)?)?;
//! let request = StopRequest::new(StreamId::new("12345")?)
//!     .with_cut("2024-05-24T14:00:00Z..2024-05-24T14:01:00Z".parse::<CutRange>()?);
//! let outcome = stopper.stop(&request).await?;
//! println!("{}", outcome.ticket());
//! # Ok(())
//! # }
//! ```
//!
//! What Gcore documents, and what it doesn't, is in this crate's README. It documents no
//! webhooks.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod clip;
mod config;
mod follow;
mod states;
mod stop;
mod translate;
mod wire;

pub use client::Gcore;
pub use config::GcoreConfig;
pub use translate::capabilities;

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "gcore";

/// This adapter, for a program that chooses its provider by name.
pub static PLUG: livecut_http::Plug = livecut_http::Plug::new(
    PROVIDER,
    config::SETTINGS,
    capabilities,
    |settings, http| {
        let config = GcoreConfig::from_settings(settings)?.with_http(http);
        Ok(std::sync::Arc::new(Gcore::new(config)?))
    },
);
