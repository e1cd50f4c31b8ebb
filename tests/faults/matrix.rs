//! All faults, on all adapters, on each call of a stop, a look and a follow.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use livecut_sim::faults::{Fault, Truth, catalogue};

use crate::adapters::{ADAPTERS, Adapter, Exchange};
use crate::scenario::{Client, Scenario, Seen, World};
use crate::table;
use crate::work::Work;

/// Scenarios that run at the same time. Each mostly waits for the other side.
const THREADS: usize = 8;

/// Every way in which a fault can meet this call.
fn ways(
    fault: &'static Fault,
    adapter: &'static Adapter,
    work: Work,
    at: usize,
) -> impl Iterator<Item = Scenario> {
    let can_meet = |call: &Exchange| call.can_meet(fault);
    let can_meet = adapter.calls(work).get(at).is_some_and(can_meet);
    let transports = fault.transports().iter().filter(move |_| can_meet);
    let connections = [
        (false, fault.strikes_fresh()),
        (true, fault.strikes_reused()),
    ];
    let on = transports.flat_map(move |transport| {
        let possible = connections.into_iter().filter(|(_, possible)| *possible);
        possible.map(move |(reused, _)| (*transport, reused))
    });
    on.flat_map(move |(transport, reused)| {
        [false, true].map(|once| Scenario {
            fault,
            adapter,
            work,
            at,
            reused,
            transport,
            seed: 0,
            once,
            client: Client::Waits,
        })
    })
}

/// Every call of this work, of all adapters.
pub(crate) fn calls(
    of: impl Fn(Work) -> bool,
) -> impl Iterator<Item = (&'static Adapter, Work, usize)> {
    let works = ADAPTERS
        .iter()
        .flat_map(|adapter| adapter.works().into_iter().map(move |work| (adapter, work)));
    works
        .filter(move |(_, work)| of(*work))
        .flat_map(|(adapter, work)| {
            (0..adapter.calls(work).len()).map(move |at| (adapter, work, at))
        })
}

/// With seeds of their own, so that over all of them a fault strikes in all its variants.
fn seeded(scenarios: impl Iterator<Item = Scenario>) -> Vec<Scenario> {
    let seeded = scenarios.zip(0..);
    seeded
        .map(|(scenario, seed)| Scenario { seed, ..scenario })
        .collect()
}

/// Every way in which a fault can meet a call of a stop.
fn stops(fault: &'static Fault) -> Vec<Scenario> {
    seeded(calls(Work::is_stop).flat_map(|(adapter, work, at)| ways(fault, adapter, work, at)))
}

/// Every way in which a fault can meet a call of a look or a follow that changes something. A call that reads meets it in one of
/// them, and each call in another.
fn looks_and_follows(fault: &'static Fault) -> Vec<Scenario> {
    let calls = calls(|work| !work.is_stop()).enumerate();
    seeded(calls.flat_map(|(number, (adapter, work, at))| {
        let changes = adapter.calls(work).get(at).is_some_and(Exchange::changes);
        let all: Vec<_> = ways(fault, adapter, work, at).collect();
        let one = number.checked_rem(all.len()).unwrap_or_default();
        let chosen = all.into_iter().enumerate();
        chosen
            .filter(move |(way, _)| changes || *way == one)
            .map(|(_, scenario)| scenario)
    }))
}

/// As [`looks_and_follows`], and a call that reads meets it in every way too.
pub(crate) fn looks_and_follows_in_all_ways() -> Vec<Scenario> {
    let all = catalogue().iter().flat_map(|fault| {
        calls(|work| !work.is_stop())
            .flat_map(move |(adapter, work, at)| ways(fault, adapter, work, at))
    });
    seeded(all)
}

/// Has all these happen, some at a time, for as long as `look` at what came of one says so.
pub(crate) fn storm(
    count: u64,
    scenario: impl Fn(u64) -> Scenario + Sync,
    look: impl Fn(u64, &Scenario, Seen) -> bool + Sync,
) {
    let world = World::new();
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let scenario = scenario(number);
                    if !look(number, &scenario, world.run(&scenario)) {
                        next.store(count, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

/// Has all these happen, and returns what came of each.
pub(crate) fn all(scenarios: &[Scenario]) -> Vec<(&Scenario, Seen)> {
    let seen = Mutex::new(Vec::new());
    let index = |number| usize::try_from(number).expect("an index");
    storm(
        scenarios.len().try_into().expect("not that many"),
        |number| *scenarios.get(index(number)).expect("it is one of them"),
        |number, _, one| {
            let mut seen = seen.lock().expect("no other thread panicked");
            seen.push((index(number), one));
            true
        },
    );
    let mut seen = seen.into_inner().expect("no thread panicked");
    seen.sort_by_key(|(index, _)| *index);
    scenarios
        .iter()
        .zip(seen.into_iter().map(|(_, seen)| seen))
        .collect()
}

/// All that is wrong with these: each by itself, and whether a fault whose truth is left open went both ways.
fn wrong(seen: &[(&Scenario, Seen)]) -> Vec<String> {
    let mut wrong: Vec<_> = seen
        .iter()
        .flat_map(|(scenario, seen)| scenario.judge(seen))
        .collect();
    for fault in catalogue() {
        let truths: BTreeSet<_> = seen
            .iter()
            .filter(|(scenario, _)| {
                scenario.fault.name() == fault.name() && scenario.struck().has_effect()
            })
            .map(|(scenario, seen)| seen.truth == scenario.struck().after)
            .collect();
        if fault.truth() == Truth::Either && truths.len() < 2 {
            wrong.push(format!(
                "{}: no seed had it otherwise: {truths:?}",
                fault.name()
            ));
        }
    }
    wrong
}

#[test]
fn no_claim_contradicts_the_truth_and_nothing_that_may_have_been_carried_out_is_sent_again() {
    let scenarios: Vec<_> = catalogue().iter().flat_map(stops).collect();
    let seen = all(&scenarios);
    let wrong = wrong(&seen);
    let summary = table::summary(&seen, "stops", wrong.len());
    let tables = table::of_stops(&seen, &summary);
    println!("{tables}");
    assert!(wrong.is_empty(), "{summary}\n{}", wrong.join("\n"));
    table::check_docs("stops", &tables);
}

#[test]
fn no_look_or_follow_contradicts_the_truth_and_following_again_ends_in_the_one_cut() {
    let scenarios: Vec<_> = catalogue().iter().flat_map(looks_and_follows).collect();
    let seen = all(&scenarios);
    let wrong = wrong(&seen);
    let summary = table::summary(&seen, "looks and follows", wrong.len());
    let tables = table::of_follows(&seen, &summary);
    println!("{tables}");
    assert!(wrong.is_empty(), "{summary}\n{}", wrong.join("\n"));
    table::check_docs("follows", &tables);
}

/// Its answer is lost, and the encoder is back with another session: asked again, it comes to a yes, and ends that one alone.
#[test]
fn a_stop_that_is_safe_to_repeat_comes_to_a_yes_and_ends_no_second_session() {
    let lost = [
        "unread-close",
        "unapplied-close",
        "applied-close",
        "early-503",
        "status-500",
        "status-503",
    ];
    let faults = catalogue()
        .iter()
        .filter(|fault| lost.contains(&fault.name()));
    let scenarios: Vec<_> = faults
        .flat_map(stops)
        .filter(|scenario| scenario.once && scenario.repeats(scenario.struck()))
        .collect();
    let seen = all(&scenarios);
    assert!(seen.len() >= lost.len(), "some adapter's is");
    for (scenario, seen) in seen {
        assert_eq!(scenario.judge(&seen), [""; 0]);
        assert_eq!(
            scenario.says(&seen),
            Some("yes"),
            "{scenario}: {}",
            seen.words
        );
        assert!(!seen.repeated && seen.was_applied(), "{scenario}");
    }
}
