//! The adapters that are put under fire, one entry each.

use std::sync::Arc;

use livecut_core::LiveStreamStopper;
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::HttpOptions;
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
