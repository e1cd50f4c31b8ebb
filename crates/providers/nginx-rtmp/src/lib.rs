//! livecut's adapter for [nginx-rtmp](https://github.com/arut/nginx-rtmp-module), nginx with the RTMP module, on a server of
//! one's own: the stream's publisher is dropped, and the cut is an address at which nginx serves that part of the recording.
//!
//! ```no_run
//! use livecut_core::{CutRange, LiveStreamStopper, StopRequest, StreamId};
//! use livecut_nginx_rtmp::{NginxRtmp, NginxRtmpConfig};
//!
//! # async fn end_class() -> Result<(), Box<dyn std::error::Error>> {
//! let stopper = NginxRtmp::new(NginxRtmpConfig::new("http://127.0.0.1:8080"))?;
//! let request = StopRequest::new(StreamId::new("class1")?)
//!     .with_cut("30s..120s".parse::<CutRange>()?);
//! let outcome = stopper.stop(&request).await?;
//! println!("{}", outcome.ticket());
//! # Ok(())
//! # }
//! ```
//!
//! How nginx has to be configured, and the source of every fact, is in this crate's README.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod follow;
mod mp4;
mod places;
mod states;
mod stop;
mod translate;
mod wire;

pub use client::NginxRtmp;
pub use config::NginxRtmpConfig;
pub use translate::capabilities;

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "nginx-rtmp";

/// This adapter, for a program that chooses its provider by name.
pub static PLUG: livecut_http::Plug = livecut_http::Plug::new(
    PROVIDER,
    config::SETTINGS,
    capabilities,
    |settings, http| {
        let config = NginxRtmpConfig::from_settings(settings)
            .map_err(|error| error.with_provider(PROVIDER))?
            .with_http(http);
        Ok(std::sync::Arc::new(NginxRtmp::new(config)?))
    },
);
