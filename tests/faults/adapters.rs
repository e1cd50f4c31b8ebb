//! The adapters that are put under fire, one entry each, and the calls that their stops take.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use livecut_core::{Certainty, CutRange, Effect, LiveStreamStopper, StopRequest, StreamId};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::HttpOptions;
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::faults::{Claim, Fault, Transport};
use livecut_sim::{Action, Provider, RequestRecord, Simulator, StreamSpec};
use livecut_tpstreams::{TpStreams, TpStreamsConfig};
use tokio::runtime;

use crate::scenario;

/// The stream's id: at one of the providers it is a number.
const ID: &str = "4711";

/// What the checker has to know of an adapter.
pub(crate) struct Adapter {
    /// Its folder in `crates/providers`, which is also the simulator's prefix for it.
    pub(crate) name: &'static str,
    pub(crate) stopper: fn(&Simulator, String, HttpOptions) -> Arc<dyn LiveStreamStopper>,
    /// A part of a stream that has been live for an hour.
    cut: fn(&Simulator) -> CutRange,
    /// Answers that break elsewhere, and of this call say all that the provider documents.
    confirms: (Option<Action>, &'static [(&'static str, Claim)]),
}

pub(crate) const ADAPTERS: [Adapter; 4] = [
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
        cut: offsets,
        confirms: (None, &[]),
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
        cut: offsets,
        confirms: (None, &[]),
    },
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
        // By wall clock, so that its recording is read for the anchor as well.
        cut: instants,
        // `data` is an object without fields. One level down it still is, where that level happens to be called so.
        confirms: (Some(Action::Stop), &[("in-an-object", Claim::Race)]),
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
        cut: instants,
        // "The created video entity if there was a recording, or empty".
        confirms: (
            Some(Action::CloseRecording),
            &[
                ("empty", Claim::Yes),
                ("blank", Claim::Yes),
                ("no-content", Claim::Yes),
            ],
        ),
    },
];

fn offsets(_: &Simulator) -> CutRange {
    "60s..120s".parse().expect("a range")
}

fn instants(sim: &Simulator) -> CutRange {
    let now = sim.clock().now().unix_timestamp();
    CutRange::epoch_seconds(now.saturating_sub(600), now.saturating_sub(300)).expect("a range")
}

/// One request of a stop that goes well.
#[derive(Debug)]
pub(crate) struct Call {
    method: String,
    action: Action,
    /// What the calls before it have done.
    pub(crate) before: Effect,
    /// What has been done when it has been carried out.
    pub(crate) after: Effect,
    confirmed_by: &'static [(&'static str, Claim)],
}

impl Call {
    /// What a client can know of this call when the fault has struck it.
    pub(crate) fn claim(&self, fault: &Fault, transport: Transport) -> Claim {
        let mut others = self.confirmed_by.iter();
        let other = others.find(|(name, _)| *name == fault.name());
        other.map_or_else(|| fault.claim(transport), |(_, claim)| *claim)
    }

    /// Whether it changes anything at the provider, though it be neither the stop nor the cut.
    pub(crate) fn changes(&self) -> bool {
        self.method != "GET"
    }

    /// Whether it stops, cuts, or does something beside both.
    pub(crate) fn has_effect(&self) -> bool {
        self.before != self.after
    }

    pub(crate) fn describe(&self) -> String {
        let action = self.action.as_str().replace('_', " ");
        format!("`{}` {action}", self.method)
    }
}

impl Adapter {
    pub(crate) fn provider<'a>(&self, sim: &'a Simulator) -> &'a Provider {
        sim.provider(self.name).expect("it is simulated")
    }

    /// Has the stream be live that is to be stopped.
    pub(crate) fn create(&self, sim: &Simulator) {
        let created = self.provider(sim).create_stream(StreamSpec::live(ID));
        created.expect("the stream is new");
    }

    pub(crate) fn request(&self, sim: &Simulator, cut: bool) -> StopRequest {
        let request = StopRequest::new(StreamId::new(ID).expect("a plain id"));
        if cut {
            request.with_cut((self.cut)(sim))
        } else {
            request
        }
    }

    /// The calls of a stop, in their order.
    pub(crate) fn calls(&self, cut: bool) -> &'static [Call] {
        static CALLS: LazyLock<BTreeMap<(&str, bool), Vec<Call>>> = LazyLock::new(|| {
            let ways = ADAPTERS.iter().flat_map(|one| [(one, false), (one, true)]);
            ways.map(|(one, cut)| ((one.name, cut), one.learn(cut)))
                .collect()
        });
        CALLS.get(&(self.name, cut)).expect("it is one of them")
    }

    /// Stops a stream while nothing breaks, and looks at what was sent.
    fn learn(&self, cut: bool) -> Vec<Call> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let requests = runtime.expect("a runtime starts").block_on(async {
            let sim = scenario::simulator().await.expect("there is a free port");
            self.create(&sim);
            let provider = self.provider(&sim);
            let stopper = (self.stopper)(&sim, provider.base_url(), HttpOptions::new());
            let stopped = stopper.stop(&self.request(&sim, cut)).await;
            stopped.unwrap_or_else(|error| panic!("{}: {error}", self.name));
            provider.requests()
        });
        let mut before = Effect::NONE;
        let calls = requests.into_iter().map(|request| {
            let after = with(before, &request);
            Call {
                action: request.action.expect("it is one of the API's"),
                method: request.method,
                before: std::mem::replace(&mut before, after),
                after,
                confirmed_by: match self.confirms {
                    (action, faults) if action == request.action => faults,
                    _ => &[],
                },
            }
        });
        calls.collect()
    }
}

/// What was done when this request had been answered, too.
pub(crate) fn with(before: Effect, request: &RequestRecord) -> Effect {
    let or = |before, done| if done { Certainty::Yes } else { before };
    Effect::new(
        or(before.stopped, request.applied.stop),
        or(before.cut, request.applied.cut),
    )
    .with_other(or(
        before.other,
        request.action == Some(Action::CloseRecording)
            && request.status.is_some_and(|status| status / 100 == 2),
    ))
}
