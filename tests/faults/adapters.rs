//! The adapters that are put under fire, one entry each: those whose stop is one call, and those that need several.

use std::sync::Arc;

use livecut_core::LiveStreamStopper;
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::HttpOptions;
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::{Action, Applied, Simulator, StreamSpec};
use livecut_tpstreams::{TpStreams, TpStreamsConfig};

/// What the checker has to know of a provider.
pub(crate) struct Adapter {
    /// Its folder in `crates/providers`, which is also the simulator's prefix for it.
    pub(crate) name: &'static str,
    pub(crate) stopper: fn(&Simulator, String, HttpOptions) -> Arc<dyn LiveStreamStopper>,
    pub(crate) create: fn(&Simulator, &str),
    /// What each request that could stop or cut this stream really did.
    pub(crate) applied: fn(&Simulator, &str) -> Vec<Applied>,
}

pub(crate) const ADAPTERS: [Adapter; 2] = [
    Adapter {
        name: "tpstreams",
        stopper: |sim, base_url, http| {
            let sim = sim.tpstreams();
            let config = TpStreamsConfig::new(sim.organization_id(), sim.token())
                .expect("the simulator's credentials are valid")
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(TpStreams::new(config).expect("the settings are valid"))
        },
        create: |sim, id| {
            sim.tpstreams()
                .create_stream(StreamSpec::live(id))
                .expect("the stream is new");
        },
        applied: |sim, id| {
            let stops = sim.tpstreams().requests_for(Action::Stop, id);
            stops.into_iter().map(|stop| stop.applied).collect()
        },
    },
    Adapter {
        name: "gjirafa",
        stopper: |sim, base_url, http| {
            let sim = sim.gjirafa();
            let config = GjirafaConfig::new(sim.project_id(), sim.authorization())
                .expect("the simulator's credentials are valid")
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(Gjirafa::new(config).expect("the settings are valid"))
        },
        create: |sim, id| {
            sim.gjirafa()
                .create_stream(StreamSpec::live(id))
                .expect("the stream is new");
        },
        applied: |sim, id| {
            let stops = sim.gjirafa().requests_for(Action::Stop, id);
            stops.into_iter().map(|stop| stop.applied).collect()
        },
    },
];

/// Those that need several calls. What they did is told by the whole log of a simulator of their own.
pub(crate) const SEVERAL: [Adapter; 2] = [
    Adapter {
        name: "mux",
        stopper: |sim, base_url, http| {
            let sim = sim.mux();
            let config = MuxConfig::new(sim.token_id(), sim.token_secret())
                .expect("the simulator's credentials are valid")
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(Mux::new(config).expect("the settings are valid"))
        },
        create: |sim, id| {
            sim.mux()
                .create_stream(StreamSpec::live(id))
                .expect("the stream is new");
        },
        applied: |sim, _| changes(sim),
    },
    Adapter {
        name: "gcore",
        stopper: |sim, base_url, http| {
            let config = GcoreConfig::new(sim.gcore().token())
                .expect("the simulator's credentials are valid")
                .with_base_url(base_url)
                .with_http(http);
            Arc::new(Gcore::new(config).expect("the settings are valid"))
        },
        create: |sim, id| {
            sim.gcore()
                .create_stream(StreamSpec::live(id))
                .expect("the stream is new");
        },
        applied: |sim, _| changes(sim),
    },
];

fn changes(sim: &Simulator) -> Vec<Applied> {
    let requests = sim.requests();
    requests
        .into_iter()
        .map(|request| request.applied)
        .collect()
}
