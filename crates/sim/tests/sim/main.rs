//! The simulator over real sockets, by a client that sends exactly what it is told to.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod any_provider;
mod client;
mod gcore;
mod gjirafa;
mod life;
mod mux;
mod receiver;
mod scripted;
mod server;
mod strict;
mod tpstreams;
mod undocumented;
mod webhooks;

use client::Request;
use livecut_sim::{Kept, Simulator};
use std::time::Duration;
use time::OffsetDateTime;

/// An instant, in seconds since the epoch.
fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The interval that is kept, in seconds from the recording's start.
fn kept_seconds(kept: Option<Kept>) -> (u64, u64) {
    let offsets = kept.expect("something is kept").offsets();
    assert_eq!(offsets.start.subsec_nanos(), 0);
    assert_eq!(offsets.end.subsec_nanos(), 0);
    (offsets.start.as_secs(), offsets.end.as_secs())
}

/// A stop that TPStreams' documents describe.
fn tpstreams_stop(sim: &Simulator, id: &str, body: &str) -> Request {
    let provider = sim.tpstreams();
    Request::post(
        sim.address(),
        &format!(
            "/tpstreams/api/v1/{}/assets/{id}/stop_live_stream/",
            provider.organization_id()
        ),
        &format!("Token {}", provider.token()),
        body,
    )
}

/// A stop-and-cut that Gjirafa VP's documents describe.
fn gjirafa_stop(sim: &Simulator, id: &str, body: &str) -> Request {
    let provider = sim.gjirafa();
    Request::post(
        sim.address(),
        &format!(
            "/gjirafa/api/v2/{}/live-videos/{id}/stop-and-cut",
            provider.project_id()
        ),
        &provider.authorization(),
        body,
    )
}
