//! The adapters that are put under fire, one entry each, and the calls that their work takes.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use livecut_core::{
    Certainty, CutRange, Effect, LiveStreamStopper, StopRequest, StreamId, Timeline,
};
use livecut_http::HttpOptions;
use livecut_sim::faults::Fault;
use livecut_sim::{Action, RequestRecord, SimulatedProvider, Simulator, StreamSpec};
use livecut_tests::kits::{KITS, Kit};
use tokio::runtime;

use crate::scenario;
use crate::work::{After, Situation, Work};

/// The stream's id: at one of the providers it is a number.
pub(crate) const ID: &str = "4711";

/// What the checker has to know of an adapter.
pub(crate) struct Adapter {
    pub(crate) kit: &'static Kit,
    /// Its folder in `crates/providers`, which is also the simulator's prefix for it.
    pub(crate) name: &'static str,
    /// In which a follow takes other calls than in the rest.
    pub(crate) situations: Vec<Situation>,
}

pub(crate) static ADAPTERS: LazyLock<Vec<Adapter>> =
    LazyLock::new(|| KITS.iter().map(Adapter::new).collect());

/// A part of a stream that has been live for an hour.
fn part(timeline: Timeline, sim: &Simulator) -> CutRange {
    let now = sim.clock().now().unix_timestamp();
    let range = match timeline {
        Timeline::Offset => CutRange::seconds(60, 120),
        Timeline::WallClock => {
            CutRange::epoch_seconds(now.saturating_sub(600), now.saturating_sub(300))
        }
    };
    range.expect("a range")
}

/// What comes of some work where nothing breaks.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) calls: Vec<Exchange>,
    /// What its answer says.
    pub(crate) said: String,
    /// What following on comes to.
    pub(crate) after: Option<After>,
}

/// One request of what goes well.
#[derive(Debug)]
pub(crate) struct Exchange {
    method: String,
    action: Action,
    /// What the calls before it have done.
    pub(crate) before: Effect,
    /// What has been done when it has been carried out.
    pub(crate) after: Effect,
    asks_for_less: u64,
    /// Whether its answer is a success: some servers say by a refusal what a look is for.
    succeeds: bool,
}

impl Exchange {
    /// Whether it can be struck so. One fault begins with the head of a success, before anybody knows the answer.
    pub(crate) fn can_meet(&self, fault: &Fault) -> bool {
        self.succeeds || fault.name() != "early-head"
    }

    /// How often it may be sent again, if the fault is that its answer is too large.
    pub(crate) fn asks_for_less(&self, fault: &Fault) -> u64 {
        let is_too_large = fault.name().starts_with("huge-");
        if is_too_large { self.asks_for_less } else { 0 }
    }

    /// Whether it changes anything at the provider, though it be neither the stop nor the cut.
    pub(crate) fn changes(&self) -> bool {
        self.method != "GET"
    }

    /// Whether its answer is a success.
    pub(crate) const fn succeeds(&self) -> bool {
        self.succeeds
    }

    /// Whether it is the one that ends the stream.
    pub(crate) fn stops(&self) -> bool {
        self.action == Action::Stop
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
    fn new(kit: &'static Kit) -> Self {
        let mut situations = vec![Situation::Whole, Situation::Cut, Situation::Failing];
        if kit.unnamed.is_some() {
            situations.push(Situation::Unnamed);
        }
        if kit.makes_what_is_owed {
            situations.extend([
                Situation::Owed,
                Situation::OwedEarly,
                Situation::OwedFound,
                Situation::OwedFailing,
            ]);
        }
        Self {
            kit,
            name: kit.name,
            situations,
        }
    }

    pub(crate) fn cuts_by_address(&self) -> bool {
        let capabilities = self.kit.known().capabilities();
        capabilities.is_some_and(|capabilities| capabilities.cuts_by_address())
    }

    /// Whether its stop is safe to repeat.
    pub(crate) fn repeats_stop(&self) -> bool {
        let capabilities = self.kit.known().capabilities();
        capabilities.is_some_and(|capabilities| capabilities.repeats_stop())
    }

    pub(crate) fn stopper(
        &self,
        sim: &Simulator,
        base_url: String,
        http: HttpOptions,
    ) -> Arc<dyn LiveStreamStopper> {
        let stopper = self.kit.connect(&self.kit.settings(sim, base_url), http);
        stopper.expect("the simulator's credentials are valid")
    }

    pub(crate) fn provider<'a>(&self, sim: &'a Simulator) -> &'a SimulatedProvider {
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
            request.with_cut(part(self.kit.cuts_by, sim))
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
    pub(crate) fn calls(&self, work: Work) -> &'static [Exchange] {
        &self.course(work).calls
    }

    /// Has it done while nothing breaks, and looks at what was sent and what was said.
    fn learn(&self, work: Work) -> Course {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let (requests, said, after) = runtime.expect("a runtime starts").block_on(async {
            let sim = scenario::simulator().await.expect("there is a free port");
            let provider = self.provider(&sim);
            let stopper = self.stopper(&sim, provider.base_url(), HttpOptions::new());
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
            Exchange {
                action: request.action.expect("it is one of the API's"),
                method: request.method,
                before: std::mem::replace(&mut before, after),
                after,
                succeeds: request.status.is_some_and(|status| status / 100 == 2),
                asks_for_less: match request.action {
                    Some(Action::List) => self.kit.asks_for_less,
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
