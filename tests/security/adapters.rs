//! Every adapter, by the name of its provider.

use std::path::Path;
use std::sync::Arc;

use livecut_core::{
    CutRange, LiveStreamStopper, RecordingId, Result, StopRequest, StreamId, TenantId, Ticket,
    Timeline, TimelineSupport,
};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::{
    GcoreSettings, GjirafaSettings, MuxSettings, NextAnswer, SimClock, Simulator, StreamSpec,
    TpStreamsSettings,
};
use livecut_tpstreams::{TpStreams, TpStreamsConfig};

use crate::{marks, witness};

pub(crate) const ADAPTERS: [&str; 4] = ["tpstreams", "gjirafa", "mux", "gcore"];
/// Those that take any id, and are given a tenant.
pub(crate) const OF_TENANTS: [&str; 2] = ["tpstreams", "gjirafa"];
pub(crate) const TENANT: &str = "a-tenant";
/// Numbers, as Gcore has them.
pub(crate) const STREAM: &str = "4711";
pub(crate) const RECORDING: &str = "4712";

/// An adapter with marked credentials.
pub(crate) fn stopper(
    adapter: &str,
    tenant: &str,
    base_url: &str,
    http: HttpOptions,
) -> Result<Arc<dyn LiveStreamStopper>> {
    Ok(match adapter {
        "tpstreams" => {
            let config = TpStreamsConfig::new(tenant, marks::TOKEN)?
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(TpStreams::new(config)?)
        }
        "gjirafa" => {
            let config = GjirafaConfig::new(tenant, marks::AUTHORIZATION)?
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(Gjirafa::new(config)?)
        }
        "mux" => {
            let config = MuxConfig::new("an-id", marks::TOKEN)?
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(Mux::new(config)?)
        }
        "gcore" => {
            let config = GcoreConfig::new(marks::TOKEN)?
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(Gcore::new(config)?)
        }
        other => panic!("{other} has no adapter here"),
    })
}

/// Without retry: one call, one request.
pub(crate) fn once() -> HttpOptions {
    HttpOptions::new().with_retry(RetryPolicy::none())
}

/// A provider whose credentials and stream keys are marked, with a stream on air.
pub(crate) async fn simulator() -> Simulator {
    let simulator = Simulator::builder()
        .tpstreams(
            TpStreamsSettings::default()
                .organization_id(TENANT)
                .token(marks::TOKEN)
                .stream_key(marks::STREAM_KEY),
        )
        .gjirafa(
            GjirafaSettings::default()
                .project_id(TENANT)
                .authorization(marks::AUTHORIZATION),
        )
        .mux(
            MuxSettings::default()
                .token("an-id", marks::TOKEN)
                .stream_key(marks::STREAM_KEY),
        )
        .gcore(
            GcoreSettings::default()
                .token(marks::TOKEN)
                .stream_key(marks::STREAM_KEY),
        )
        .start()
        .await
        .expect("loopback has a free port");
    let stream = || StreamSpec::live(STREAM).recording_id(RECORDING);
    simulator.gjirafa().create_stream(stream()).unwrap();
    simulator.mux().create_stream(stream()).unwrap();
    simulator.gcore().create_stream(stream()).unwrap();
    let stream = StreamSpec::live(STREAM);
    simulator.tpstreams().create_stream(stream).unwrap();
    simulator
}

/// The answer to the provider's next request.
pub(crate) fn script(simulator: &Simulator, adapter: &str, answer: NextAnswer) {
    match adapter {
        "tpstreams" => simulator.tpstreams().next_answer(answer),
        "gjirafa" => simulator.gjirafa().next_answer(answer),
        "mux" => simulator.mux().next_answer(answer),
        "gcore" => simulator.gcore().next_answer(answer),
        other => panic!("{other} isn't simulated"),
    }
    .expect("the answer can be sent");
}

pub(crate) fn whole(stream: &str) -> StopRequest {
    StopRequest::new(StreamId::new(stream).unwrap())
}

/// A part of the last hour by the wall clock, with an anchor where the adapter needs one.
fn cut(stopper: &dyn LiveStreamStopper) -> StopRequest {
    let now = SimClock::MANUAL_START.unix_timestamp();
    let part = CutRange::epoch_seconds(now.saturating_sub(600), now.saturating_sub(300));
    let request = whole(STREAM).with_cut(part.unwrap());
    match stopper.capabilities().timeline(Timeline::WallClock) {
        Some(TimelineSupport::WithAnchor) => {
            request.with_anchor(SimClock::MANUAL_START.saturating_sub(time::Duration::HOUR))
        }
        _ => request,
    }
}

/// A ticket that is good at this adapter and names the recording.
pub(crate) fn ticket(adapter: &'static str) -> Ticket {
    let ticket = Ticket::new(adapter, StreamId::new(STREAM).unwrap())
        .with_recording(RecordingId::new(RECORDING).unwrap());
    if OF_TENANTS.contains(&adapter) {
        ticket.with_tenant(TenantId::new(TENANT).unwrap())
    } else {
        ticket
    }
}

/// The calls that an adapter has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Stop,
    StopAndCut,
    Status,
    Follow,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Stop, Self::StopAndCut, Self::Status, Self::Follow];
}

/// Makes the call, and fails if anything that comes of it shows a secret. Whether the call failed,
/// and the body that its error has for who asks for it.
pub(crate) async fn watched(
    what: &str,
    adapter: &'static str,
    stopper: &dyn LiveStreamStopper,
    operation: Operation,
) -> (bool, Vec<u8>) {
    fn end<T: std::fmt::Debug>(what: &str, result: &Result<T>) -> (bool, Vec<u8>) {
        witness::assert_shows_nothing(what, result);
        let response = result.as_ref().err().and_then(|error| error.response());
        let body = response.map_or(Vec::new(), |response| response.body().to_vec());
        (result.is_err(), body)
    }
    let what = format!("{what}, {adapter}, {operation:?}");
    match operation {
        Operation::Stop | Operation::StopAndCut => {
            let request = match operation {
                Operation::Stop => whole(STREAM),
                _ => cut(stopper),
            };
            witness::assert_shows_nothing(&what, &stopper.plan(&request));
            let result = stopper.stop(&request).await;
            if let Ok(outcome) = &result {
                let ticket = witness::everything_in(outcome.ticket());
                assert_eq!(marks::find(&ticket), None, "{what}");
            }
            end(&what, &result)
        }
        Operation::Status => end(&what, &stopper.status(whole(STREAM).stream()).await),
        Operation::Follow => end(&what, &stopper.follow(&ticket(adapter)).await),
    }
}

#[test]
fn no_adapter_is_left_out() {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/providers");
    let mut there: Vec<String> = folders
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let mut here = ADAPTERS;
    there.sort();
    here.sort_unstable();
    assert_eq!(there, here);
}
