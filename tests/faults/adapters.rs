//! The adapters that are put under fire, one entry each, and the calls that their work takes.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use livecut_core::{Certainty, CutRange, Effect, LiveStreamStopper, StopRequest, StreamId};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::HttpOptions;
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::faults::Fault;
use livecut_sim::{Action, Provider, RequestRecord, Simulator, StreamSpec};
use livecut_tpstreams::{TpStreams, TpStreamsConfig};
use tokio::runtime;

use crate::scenario;
use crate::work::{After, Situation, Work};

/// The stream's id: at one of the providers it is a number.
pub(crate) const ID: &str = "4711";

/// What the checker has to know of an adapter.
pub(crate) struct Adapter {
    /// Its folder in `crates/providers`, which is also the simulator's prefix for it.
    pub(crate) name: &'static str,
    pub(crate) stopper: fn(&Simulator, String, HttpOptions) -> Arc<dyn LiveStreamStopper>,
    /// A part of a stream that has been live for an hour.
    cut: fn(&Simulator) -> CutRange,
    /// How often it asks a list again, for less, if the answer is too large.
    asks_for_less: u64,
    /// In which a follow takes other calls than in the rest.
    pub(crate) situations: &'static [Situation],
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
        asks_for_less: 0,
        situations: &[Situation::Whole, Situation::Cut, Situation::Failing],
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
        asks_for_less: 0,
        situations: &[
            Situation::Whole,
            Situation::Cut,
            Situation::Failing,
            Situation::Unnamed,
        ],
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
        asks_for_less: 4,
        situations: &[
            Situation::Whole,
            Situation::Cut,
            Situation::Failing,
            Situation::Owed,
            Situation::OwedEarly,
            Situation::OwedFound,
            Situation::OwedFailing,
        ],
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
        asks_for_less: 0,
        situations: &[
            Situation::Whole,
            Situation::Cut,
            Situation::Failing,
            Situation::Unnamed,
        ],
    },
];

fn offsets(_: &Simulator) -> CutRange {
    "60s..120s".parse().expect("a range")
}

fn instants(sim: &Simulator) -> CutRange {
    let now = sim.clock().now().unix_timestamp();
    CutRange::epoch_seconds(now.saturating_sub(600), now.saturating_sub(300)).expect("a range")
}

/// What comes of some work where nothing breaks.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) calls: Vec<Call>,
    /// What its answer says.
    pub(crate) said: String,
    /// What following on comes to.
    pub(crate) after: Option<After>,
}

/// One request of what goes well.
#[derive(Debug)]
pub(crate) struct Call {
    method: String,
    action: Action,
    /// What the calls before it have done.
    pub(crate) before: Effect,
    /// What has been done when it has been carried out.
    pub(crate) after: Effect,
    asks_for_less: u64,
}

impl Call {
    /// How often it may be sent again, if the fault is that its answer is too large.
    pub(crate) fn asks_for_less(&self, fault: &Fault) -> u64 {
        let is_too_large = fault.name().starts_with("huge-");
        if is_too_large { self.asks_for_less } else { 0 }
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

    /// Has this stream be there.
    pub(crate) fn create(&self, sim: &Simulator, spec: StreamSpec) {
        let created = self.provider(sim).create_stream(spec);
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

    /// All that is asked of it.
    pub(crate) fn works(&self) -> Vec<Work> {
        let follows = self.situations.iter().copied().map(Work::Follow);
        [Work::Stop, Work::StopAndCut, Work::Status]
            .into_iter()
            .chain(follows)
            .collect()
    }

    /// What this work comes to where nothing breaks.
    pub(crate) fn course(&self, work: Work) -> &'static Course {
        static COURSES: LazyLock<BTreeMap<(&str, Work), Course>> = LazyLock::new(|| {
            let works =
                |one: &'static Adapter| one.works().into_iter().map(move |work| (one, work));
            let all = ADAPTERS.iter().flat_map(works);
            all.map(|(one, work)| ((one.name, work), one.learn(work)))
                .collect()
        });
        COURSES.get(&(self.name, work)).expect("it is one of them")
    }

    /// The calls of this work, in their order.
    pub(crate) fn calls(&self, work: Work) -> &'static [Call] {
        &self.course(work).calls
    }

    /// Has it done while nothing breaks, and looks at what was sent and what was said.
    fn learn(&self, work: Work) -> Course {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let (requests, said, after) = runtime.expect("a runtime starts").block_on(async {
            let sim = scenario::simulator().await.expect("there is a free port");
            let provider = self.provider(&sim);
            let stopper = (self.stopper)(&sim, provider.base_url(), HttpOptions::new());
            let ask = work.prepare(self, &sim, || Arc::clone(&stopper)).await;
            let before = provider.requests().len();
            let answer = ask.of(&*stopper).await;
            let answer = answer.unwrap_or_else(|error| panic!("{} {work}: {error}", self.name));
            let requests = provider.requests().split_off(before);
            answer.hold_against_the_truth(self, work, &sim);
            let after = match answer.ticket() {
                Some(ticket) if work.is_followed() => {
                    Some(work.follow_on(self, &sim, &*stopper, ticket).await)
                }
                _ => None,
            };
            (requests, answer.to_string(), after)
        });
        let mut before = Effect::NONE;
        let calls = requests.into_iter().map(|request| {
            let after = with(before, &request);
            Call {
                action: request.action.expect("it is one of the API's"),
                method: request.method,
                before: std::mem::replace(&mut before, after),
                after,
                asks_for_less: match request.action {
                    Some(Action::List) => self.asks_for_less,
                    _ => 0,
                },
            }
        });
        Course {
            calls: calls.collect(),
            said,
            after,
        }
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
