//! The client against raw sockets on loopback, and in memory under a paused clock.
//!
//! Nothing here waits on the real clock: where time has to pass with real sockets,
//! tokio's clock is moved once the server says that it has seen enough.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

mod server;
mod support;

mod cancellation;
mod faults;
#[cfg(feature = "http2")]
mod http2;
mod memory;
mod proxies;
mod redaction;
mod requests;
mod retry_after;
mod sequences;
#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
mod tls;
