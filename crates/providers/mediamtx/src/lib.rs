//! livecut's adapter for [MediaMTX](https://github.com/bluenviron/mediamtx), a media server of one's own: the stream's publisher is
//! kicked, and the cut is an address at which MediaMTX serves that part of the recording.
//!
//! ```no_run
//! use livecut_core::{CutRange, LiveStreamStopper, StopRequest, StreamId};
//! use livecut_mediamtx::{MediaMtx, MediaMtxConfig};
//!
//! # async fn end_class() -> Result<(), Box<dyn std::error::Error>> {
//! let config = MediaMtxConfig::new("http://127.0.0.1:9997")
//!     .with_playback_base_url("http://127.0.0.1:9996");
//! let stopper = MediaMtx::new(config)?;
//! let request = StopRequest::new(StreamId::new("live/class1")?)
//!     .with_cut("30s..120s".parse::<CutRange>()?);
//! let outcome = stopper.stop(&request).await?;
//! println!("{}", outcome.ticket());
//! # Ok(())
//! # }
//! ```
//!
//! How MediaMTX has to be configured, and the source of every fact, is in this crate's README.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod follow;
mod places;
mod spans;
mod states;
mod stop;
mod translate;
mod wire;

pub use client::MediaMtx;
pub use config::MediaMtxConfig;
pub use translate::capabilities;

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "mediamtx";

/// This adapter, for a program that chooses its provider by name.
pub static PLUG: livecut_http::Plug = livecut_http::Plug::new(
    PROVIDER,
    config::SETTINGS,
    capabilities,
    |settings, http| {
        let config = MediaMtxConfig::from_settings(settings)
            .map_err(|error| error.with_provider(PROVIDER))?
            .with_http(http);
        Ok(std::sync::Arc::new(MediaMtx::new(config)?))
    },
);
