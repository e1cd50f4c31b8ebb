//! Stops of several calls: every fault, on each of the calls in turn.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use livecut_core::{Certainty, CutRange, Effect, StopRequest};
use livecut_sim::faults::{Claim, Transport, catalogue, named};
use livecut_sim::{Applied, RequestRecord, Simulator};

use crate::adapters::{Adapter, SEVERAL};
use crate::scenario::{Client, Scenario, Seen, World, request};

const THREADS: usize = 8;

/// The stream's id: at one of the providers it is a number.
const ID: &str = "4711";

/// A request for all, or for a part of the last hour by the wall clock, which every provider can cut by.
fn stop(sim: &Simulator, cut: bool) -> StopRequest {
    let request = request(ID, false);
    if !cut {
        return request;
    }
    let now = sim.clock().now().unix_timestamp();
    let range = CutRange::epoch_seconds(now.saturating_sub(600), now.saturating_sub(300));
    request.with_cut(range.expect("a range"))
}

/// What the simulator got, without what the fault server itself asked it, which has no credential.
fn changing(sim: &Simulator) -> impl Iterator<Item = RequestRecord> {
    let requests = sim.requests().into_iter();
    requests.filter(|request| request.method != "GET" && request.status != Some(401))
}

fn scenario(adapter: &'static Adapter, cut: bool) -> Scenario {
    Scenario {
        fault: named("in-pieces").expect("there is this fault"),
        adapter,
        cut,
        reused: false,
        transport: Transport::Plain,
        seed: 0,
        once: false,
        client: Client::Waits,
    }
}

/// What each request of a stop that goes well does, in their order.
fn calls(world: &World, adapter: &'static Adapter, cut: bool) -> Vec<Applied> {
    let sim = world.simulator();
    (adapter.create)(&sim, ID);
    let (result, _) = world.drive(&sim, &scenario(adapter, cut), &stop(&sim, cut), u64::MAX);
    assert!(
        matches!(result, Some(Ok(_))),
        "{}: {result:?}",
        adapter.name
    );
    (adapter.applied)(&sim, ID)
}

/// A fault on the call that `calls` others come before.
struct Case {
    scenario: Scenario,
    before: usize,
}

impl Case {
    /// What there is of it, and all that is wrong with it.
    fn run(&self, world: &World, calls: &[Applied]) -> Vec<String> {
        let Scenario {
            adapter,
            cut,
            fault,
            transport,
            ..
        } = self.scenario;
        let sim = world.simulator();
        (adapter.create)(&sim, ID);
        let passing = u64::try_from(self.before).expect("a few calls");
        let (result, observed) = world.drive(&sim, &self.scenario, &stop(&sim, cut), passing);
        let seen = Seen::new(cut, result, &(adapter.applied)(&sim, ID), observed);

        let mut wrong = self.scenario.lies(&seen);
        let mut check = |right: bool, what: &str| {
            if !right {
                let place = format!("after {} calls: {what}", self.before);
                wrong.push(self.scenario.complaint(&seen, &place));
            }
        };
        let sent: Vec<_> = changing(&sim).map(|request| request.action).collect();
        let twice = |(at, action)| sent.iter().skip(at).skip(1).any(|other| other == action);
        check(
            !sent.iter().enumerate().any(twice),
            "the provider got a change more than once",
        );
        check(observed.strikes > 0, "the fault never struck");

        let before = effect(calls.get(..self.before));
        let after = effect(calls.get(..=self.before));
        let claim = fault.claim(transport);
        let alone = observed.heads.saturating_sub(passing) <= 1;
        match claim {
            Claim::Race => {}
            // What changes nothing may be asked for again, or done without; and then the fault may strike the next.
            _ if before == after => check(
                !self.scenario.once || seen.succeeded || seen.claim == Some(before),
                "took from what is known, or added to it",
            ),
            Claim::No => check(
                seen.claim == Some(before) || self.scenario.once && seen.succeeded,
                "doesn't say what can be known",
            ),
            // Of some calls a provider's answer holds nothing that has to be understood.
            Claim::Unknown => check(
                seen.succeeded || seen.claim == Some(before.or(after)) && alone,
                "doesn't say what can be known, or was sent again",
            ),
            Claim::Yes => check(seen.succeeded, "doesn't say what can be known"),
        }
        wrong
    }
}

/// The effect of these calls.
fn effect(calls: Option<&[Applied]>) -> Effect {
    let calls = calls.expect("a stop has these calls");
    let certainty = |done: fn(&Applied) -> bool| {
        if calls.iter().any(done) {
            Certainty::Yes
        } else {
            Certainty::No
        }
    };
    Effect::new(
        certainty(|applied| applied.stop),
        certainty(|applied| applied.cut),
    )
}

#[test]
fn of_several_calls_whichever_breaks_no_claim_contradicts_the_truth() {
    let world = World::new();
    let mut wrong = Vec::new();
    let mut count: usize = 0;
    for adapter in &SEVERAL {
        for cut in [false, true] {
            let calls = calls(&world, adapter, cut);
            assert!(calls.len() > 1, "{} needs only one call", adapter.name);
            let mut cases = Vec::new();
            for fault in catalogue() {
                if !fault.transports().contains(&Transport::Plain) {
                    continue;
                }
                for before in 0..calls.len() {
                    let possible = match before {
                        0 => fault.strikes_fresh(),
                        _ => fault.strikes_reused(),
                    };
                    if possible {
                        cases.push(Case {
                            scenario: Scenario {
                                fault,
                                seed: cases.len().try_into().expect("not that many"),
                                once: cases.len() % 2 == 0,
                                ..scenario(adapter, cut)
                            },
                            before,
                        });
                    }
                }
            }
            count = count.saturating_add(cases.len());
            wrong.extend(run(&world, &cases, &calls));
        }
    }
    println!("{count} stops of several calls: {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 1000, "{count}");
}

fn run(world: &World, cases: &[Case], calls: &[Applied]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = case.run(world, calls);
                    wrong
                        .lock()
                        .expect("no other thread panicked")
                        .extend(found);
                }
            });
        }
    });
    wrong.into_inner().expect("no thread panicked")
}
