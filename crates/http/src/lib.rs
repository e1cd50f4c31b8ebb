//! What every livecut adapter needs to speak HTTP, made once: the effect of a
//! fault, retry, deadlines, capped bodies, `Retry-After`, redaction, seals.
//!
//! It is for those who write an adapter. Users depend on the crate `livecut`.
//!
//! An adapter keeps one [`HttpClient`] and a [`BaseUrl`], turns a request into a [`Sequence`] of calls
//! (purely), and has the client walk it. An answer is `Ok` only
//! if it is whole and its status is from 200 to 299; every error says what the operation
//! may have done. The adapter adds what its provider's documents say:
//!
//! ```no_run
//! use livecut_core::{
//!     ErrorKind, Method, Purpose, Result, Step, StopOutcome, StopPlan, StopRequest, Ticket,
//! };
//! use livecut_http::{BaseUrl, HttpClient, HttpOptions, Response, Secret, SingleCall};
//! use serde::Deserialize;
//!
//! struct Example {
//!     http: HttpClient,
//!     base: BaseUrl,
//! }
//!
//! impl Example {
//!     fn new(token: &str) -> Result<Self> {
//!         let options = HttpOptions::new();
//!         let base = BaseUrl::parse("https://api.example.com", options.allow_http())?;
//!         let authorization = Secret::new(token)?.with_scheme("Bearer")?;
//!         let http = HttpClient::new("example", &[&base], authorization, options)?;
//!         Ok(Self { http, base })
//!     }
//!
//!     fn stop_call<'a>(&self, request: &'a StopRequest) -> Result<SingleCall<'a>> {
//!         let url = self.base.endpoint(&["v1", "streams", request.stream().as_str(), "stop"]);
//!         let step = Step::new(Purpose::Stop, Method::Post, url);
//!         Ok(SingleCall::new("example", request, step, outcome))
//!     }
//!
//!     fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
//!         self.http.plan(self.stop_call(request))
//!     }
//!
//!     async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
//!         self.http.stop(request, self.stop_call(request)).await
//!     }
//! }
//!
//! #[derive(Deserialize)]
//! struct Stopped {
//!     success: bool,
//! }
//!
//! fn outcome(response: &Response, ticket: Ticket) -> Result<StopOutcome> {
//!     if !response.json::<Stopped>()?.success {
//!         return Err(response.error(ErrorKind::ProviderFailed, "the provider failed to stop it"));
//!     }
//!     Ok(StopOutcome::new(ticket))
//! }
//! ```
//!
//! # What is sent again
//! Only a request that provably wasn't applied and failed for a cause that may
//! pass, one that changes nothing, or one of which the provider documents that a
//! repeat does nothing more. See [`RetryPolicy`].
//!
//! # Features
//! - `rustls` (default): TLS by rustls and aws-lc.
//! - `rustls-no-provider`: TLS by rustls with the cryptography that the program
//!   installed (`rustls::crypto::CryptoProvider::install_default`).
//! - `seal`: [`HttpClient::seal`] and [`HttpClient::account`], by HMAC-SHA-256.
//! - `media`: [`MediaClient`], which reads a file at an address.
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
#[cfg(feature = "media")]
mod media;
mod name_locks;
mod options;
mod plug;
mod response;
mod retry;
mod retry_after;
mod run;
#[cfg(feature = "seal")]
mod seal;
mod secret;
mod sequence;
mod single_call;
pub mod testing;
mod transport;
mod witness;

pub use base_url::BaseUrl;
pub use call::Call;
pub use client::HttpClient;
pub use deadline::Deadline;
pub use fault::BoxError;
#[cfg(feature = "media")]
pub use media::{Media, MediaClient};
pub use options::HttpOptions;
pub use plug::{BASE_URL, Plug};
pub use response::{BodyTooLarge, Response};
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use sequence::Sequence;
pub use single_call::SingleCall;
pub use transport::{ResponseBody, Sending, Transport, TransportError};
pub use witness::RequestBody;

/// Whether TLS was compiled in.
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "rustls-no-provider"));
