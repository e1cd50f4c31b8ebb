//! The whole adapter over a server in memory: what it sends, and what it makes of
//! each answer. Gjirafa's own samples are in `fixtures/`, unchanged.
#![forbid(unsafe_code)]
#![cfg(feature = "client")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod answers;
mod requests;
mod states;

use livecut_core::{CutRange, LiveStreamStopper as _, StopRequest, StreamId, Ticket};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, RetryPolicy};

/// An adapter, and the server that it talks to: one for the live videos' host and
/// the recordings'.
fn connected() -> (Gjirafa, MemoryServer) {
    let server = MemoryServer::new();
    let options = HttpOptions::new()
        .with_retry(RetryPolicy::none())
        .with_transport(server.clone());
    let config = GjirafaConfig::new("a-project", "Custom a-credential")
        .unwrap()
        .with_base_url("http://localhost:8080/live")
        .with_video_base_url("http://localhost:8081/videos")
        .with_http(options);
    (Gjirafa::new(config).unwrap(), server)
}

fn stream() -> StreamId {
    StreamId::new("a-live-video").unwrap()
}

fn whole() -> StopRequest {
    StopRequest::new(stream())
}

fn cut(range: &str) -> StopRequest {
    whole().with_cut(range.parse::<CutRange>().unwrap())
}

/// What the plan has, without the recording.
fn ticket(request: &StopRequest) -> Ticket {
    let plan = connected().0.plan(request).unwrap();
    plan.ticket().unwrap().clone()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
