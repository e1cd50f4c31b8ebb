//! The whole adapter: what it sends and what it makes of each answer, over a server in memory;
//! and its sequences of calls, against the simulator. Mux's own samples are in `fixtures/`,
//! unchanged.
#![forbid(unsafe_code)]
#![cfg(feature = "client")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod answers;
mod interleaved;
mod killed;
mod listing;
mod named;
mod owed;
mod requests;
mod wall_clock;
mod webhooks;
mod world;

use livecut_core::{CutRange, RecordingId, StopRequest, StreamId};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_mux::{Mux, MuxConfig};

/// An adapter, and the server in memory that it talks to.
fn connected() -> (Mux, MemoryServer) {
    let server = MemoryServer::new();
    let options = HttpOptions::new()
        .with_retry(RetryPolicy::none())
        .with_transport(server.clone());
    let config = MuxConfig::new("id", "secret")
        .unwrap()
        .with_base_url("http://localhost:8080/mux")
        .with_http(options);
    (Mux::new(config).unwrap(), server)
}

/// The live stream of the simulator and, under the id of Mux's sample, of the server in memory.
fn stream() -> StreamId {
    StreamId::new("ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag").unwrap()
}

fn recording(id: &str) -> RecordingId {
    RecordingId::new(id).unwrap()
}

fn whole() -> StopRequest {
    StopRequest::new(stream())
}

fn cut(range: &str) -> StopRequest {
    whole().with_cut(range.parse::<CutRange>().unwrap())
}
