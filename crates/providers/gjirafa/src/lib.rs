//! livecut's adapter for [Gjirafa VP](https://vp.gjirafa.tech): one POST ends a live
//! video and makes a video on demand of the part that is kept.
//!
//! ```no_run
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
//! What Gjirafa documents, and what it doesn't, is in this crate's README.
#![forbid(unsafe_code)]

mod client;
mod config;
mod translate;
mod wire;

pub use client::Gjirafa;
pub use config::GjirafaConfig;
pub use translate::{PROVIDER, capabilities};
