//! livecut's adapter for [Mux](https://www.mux.com): it ends a live stream, and makes a clip of
//! the asset that was recorded.
//!
#![cfg_attr(feature = "client", doc = "```no_run")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! use livecut_core::{CutRange, LiveStreamStopper, Standing, StopRequest, StreamId};
//! use livecut_mux::{Mux, MuxConfig};
//!
//! # async fn end_class() -> Result<(), Box<dyn std::error::Error>> {
//! let config = MuxConfig::new(std::env::var("TOKEN_ID")?, std::env::var("TOKEN_SECRET")?)?;
//! let stopper = Mux::new(config)?;
//! let request = StopRequest::new(StreamId::new("a-live-stream")?)
//!     .with_cut(CutRange::seconds(30, 120)?);
//! match stopper.stop(&request).await {
//!     Ok(outcome) => println!("{}", outcome.ticket()),
//!     // Ended, and Mux doesn't make clips of this recording yet: following makes it.
//!     Err(error) if error.standing() == Standing::CutOwed => println!("{:?}", error.ticket()),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`MuxWebhook`] receives its webhooks; without the feature `client` there is
//! nothing else in this crate, and no HTTP client in the tree.
//!
//! What Mux documents, and what it doesn't, is in this crate's README.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
mod asset_id;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod clip;
#[cfg(feature = "client")]
mod config;
#[cfg(feature = "client")]
mod follow;
#[cfg(feature = "client")]
mod list;
#[cfg(feature = "client")]
mod recorded;
#[cfg(feature = "client")]
mod search;
mod states;
#[cfg(feature = "client")]
mod stop;
#[cfg(feature = "client")]
mod translate;
mod webhook;
mod wire;

#[cfg(feature = "client")]
pub use client::Mux;
#[cfg(feature = "client")]
pub use config::MuxConfig;
#[cfg(feature = "client")]
pub use translate::capabilities;
pub use webhook::{MuxWebhook, RECEIVER};

/// This provider's name, as tickets, errors and `LIVECUT_PROVIDER` have it.
pub const PROVIDER: &str = "mux";

/// This adapter, for a program that chooses its provider by name.
#[cfg(feature = "client")]
pub static PLUG: livecut_http::Plug = livecut_http::Plug::new(
    PROVIDER,
    config::SETTINGS,
    capabilities,
    |settings, http| {
        let config = MuxConfig::from_settings(settings)?.with_http(http);
        Ok(std::sync::Arc::new(Mux::new(config)?))
    },
);

/// Bytes as lower-case hexadecimal digits.
#[cfg(feature = "client")]
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
