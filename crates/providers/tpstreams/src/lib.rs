//! livecut's adapter for [TPStreams](https://tpstreams.com): one POST stops a live
//! stream and schedules the trim of its recording.
//!
//! ```no_run
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
//! What TPStreams documents, and what it doesn't, is in this crate's README.
#![forbid(unsafe_code)]

mod client;
mod config;
mod translate;
mod wire;

pub use client::TpStreams;
pub use config::TpStreamsConfig;
pub use translate::{PROVIDER, capabilities};
