//! The whole adapter over a server in memory: what it sends, and what it makes of
//! each answer. TPStreams' own samples are in `fixtures/`, unchanged.
#![forbid(unsafe_code)]
#![cfg(feature = "client")]
#![expect(
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod answers;
mod requests;
mod states;

use livecut_core::{CutRange, LiveStreamStopper as _, StopRequest, StreamId, Ticket};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_tpstreams::{TpStreams, TpStreamsConfig};

const BASE: &str = "http://localhost:8080/mock";
const ASSET: &str = "4PtERT9d9uK";

/// An adapter, and the server that it talks to.
fn connected() -> (TpStreams, MemoryServer) {
    let server = MemoryServer::new();
    let options = HttpOptions::new()
        .with_retry(RetryPolicy::none())
        .with_transport(server.clone());
    let config = TpStreamsConfig::new("4xu8ay", "a-token")
        .unwrap()
        .with_base_url(BASE)
        .with_http(options);
    (TpStreams::new(config).unwrap(), server)
}

fn stream() -> StreamId {
    StreamId::new(ASSET).unwrap()
}

fn whole() -> StopRequest {
    StopRequest::new(stream())
}

fn cut(range: &str) -> StopRequest {
    whole().with_cut(range.parse::<CutRange>().unwrap())
}

fn ticket(request: &StopRequest) -> Ticket {
    let plan = connected().0.plan(request).unwrap();
    plan.ticket().unwrap().clone()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
