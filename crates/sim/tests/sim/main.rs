//! The simulator over real sockets, by a client that sends exactly what it is told to.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod any_provider;
mod client;
mod life;
mod receiver;
mod scripted;
mod server;
mod strict;
mod webhooks;

// <providers>
#[path = "../../src/providers/gcore/tests/mod.rs"]
mod gcore;
#[path = "../../src/providers/gjirafa/tests/mod.rs"]
mod gjirafa;
#[path = "../../src/providers/mediamtx/tests/mod.rs"]
mod mediamtx;
#[path = "../../src/providers/mux/tests/mod.rs"]
mod mux;
#[path = "../../src/providers/nginx_rtmp/tests/mod.rs"]
mod nginx_rtmp;
#[path = "../../src/providers/tpstreams/tests/mod.rs"]
mod tpstreams;

#[rustfmt::skip]
const SINGLE_CALLS: &[(&str, StopAndCut)] = &[
    ("tpstreams", tpstreams::stop_and_cut),
    ("gjirafa", gjirafa::stop_and_cut),
];
// </providers>

use client::Request;
use livecut_sim::{Kept, SimulatedProvider, Simulator, StreamSpec};
use std::{ops::Deref, time::Duration};
use time::OffsetDateTime;

/// A provider that stops and cuts in one call.
struct SingleCall<'a> {
    sim: &'a Simulator,
    provider: &'a SimulatedProvider,
    stop_and_cut: StopAndCut,
}

/// The request that stops this stream and keeps this part of it, in seconds; all of it without one.
type StopAndCut = fn(&Simulator, id: &str, cut: Option<(u64, u64)>) -> Request;

impl SingleCall<'_> {
    /// A stop that keeps all of the recording.
    fn stop(&self, id: &str) -> Request {
        (self.stop_and_cut)(self.sim, id, None)
    }

    /// A stop that keeps the part from `start` to `end`, in seconds.
    fn cut(&self, id: &str, start: u64, end: u64) -> Request {
        (self.stop_and_cut)(self.sim, id, Some((start, end)))
    }
}

impl Deref for SingleCall<'_> {
    type Target = SimulatedProvider;

    fn deref(&self) -> &SimulatedProvider {
        self.provider
    }
}

/// All providers that stop and cut in one call.
fn single_calls(sim: &Simulator) -> Vec<SingleCall<'_>> {
    let single_call = |&(name, stop_and_cut): &(&str, StopAndCut)| SingleCall {
        sim,
        provider: sim.provider(name).expect("it is simulated"),
        stop_and_cut,
    };
    SINGLE_CALLS.iter().map(single_call).collect()
}

/// One of them, for a test to which it makes no difference.
fn any(sim: &Simulator) -> SingleCall<'_> {
    single_calls(sim).remove(0)
}

/// A simulator in which each of them has the live stream `id`.
async fn live_at_each(id: &str) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    for provider in single_calls(&sim) {
        provider.create_stream(StreamSpec::live(id)).unwrap();
    }
    sim
}

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

/// What the last request changed: the stop, the cut.
fn last_applied(sim: &Simulator) -> (bool, bool) {
    let requests = sim.requests();
    let applied = requests.last().unwrap().applied;
    (applied.stop, applied.cut)
}
