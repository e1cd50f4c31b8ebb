//! What every livecut adapter needs to speak HTTP, made once: the effect of a
//! fault, retry, deadlines, capped bodies, `Retry-After`, redaction, seals.
//!
//! It is for those who write an adapter. Users depend on the crate `livecut`.
//!
//! An adapter keeps one [`HttpClient`] and a [`BaseUrl`], turns a request into
//! [`Step`](livecut_core::Step)s (purely), and makes each with [`HttpClient::call`]. `call` returns `Ok` only
//! for a whole answer with a status from 200 to 299; every error says what the call
//! may have done. The adapter adds what its provider's documents say:
//!
//! ```no_run
//! use livecut_core::{Certainty, Effect, ErrorKind, Method, Purpose, Result, Step, StreamId};
//! use livecut_http::{BaseUrl, Call, HttpClient, HttpOptions, Secret};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Stopped {
//!     success: bool,
//! }
//!
//! async fn stop(token: &str, stream: &StreamId) -> Result<()> {
//!     let options = HttpOptions::new();
//!     let base = BaseUrl::parse("https://api.example.com", options.allow_http())?;
//!     let authorization = Secret::new(token)?.with_scheme("Bearer")?;
//!     let client = HttpClient::new("example", &[&base], authorization, options)?;
//!
//!     let step = Step::new(
//!         Purpose::Stop,
//!         Method::Post,
//!         base.endpoint(&["v1", "streams", stream.as_str(), "stop"]),
//!     );
//!     let stops = Effect::new(Certainty::Yes, Certainty::No);
//!     let deadline = client.deadline(None);
//!     let response = client
//!         .call(Call::new(stream, &step, Effect::NONE, stops), &deadline)
//!         .await?;
//!     if !response.json::<Stopped>()?.success {
//!         return Err(response.error(ErrorKind::ProviderFailed, "the provider failed to stop it"));
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What is sent again
//! Only a request that provably wasn't applied and failed for a cause that may
//! pass, or one that changes nothing. See [`RetryPolicy`].
//!
//! # Features
//! - `rustls` (default): TLS by rustls and aws-lc.
//! - `rustls-no-provider`: TLS by rustls with the cryptography that the program
//!   installed (`rustls::crypto::CryptoProvider::install_default`).
//! - `seal`: [`HttpClient::seal`] and [`HttpClient::account`], by HMAC-SHA-256.
//! - `http2`: HTTP/2 where the server offers it. Without it, HTTP/1.1 alone.
//!
//! Without the first two, only `http` works.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base_url;
mod call;
mod classify;
mod client;
mod deadline;
mod fault;
mod options;
mod plug;
mod response;
mod retry;
mod retry_after;
#[cfg(feature = "seal")]
mod seal;
mod secret;
mod single_call;
pub mod testing;
mod transport;
mod witness;

pub use base_url::BaseUrl;
pub use call::Call;
pub use client::HttpClient;
pub use deadline::Deadline;
pub use options::HttpOptions;
pub use plug::{BASE_URL, Plug};
pub use response::{BodyTooLarge, Response};
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use single_call::SingleCall;
pub use transport::{BoxError, ResponseBody, Sending, Transport, TransportError};
pub use witness::RequestBody;

/// Whether TLS was compiled in.
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "rustls-no-provider"));
