//! All faults, on all adapters, on each call of a stop, in all ways.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use livecut_sim::faults::{Fault, Truth, catalogue};

use crate::adapters::ADAPTERS;
use crate::scenario::{Client, Scenario, Seen, World};
use crate::table;

/// Scenarios that run at the same time. Each mostly waits for the other side.
const THREADS: usize = 8;

#[test]
fn every_adapter_is_put_under_fire() {
    let folders: BTreeSet<_> = fs::read_dir(table::repository().join("crates/providers"))
        .expect("there are adapters")
        .map(|entry| entry.expect("a folder can be read").file_name())
        .collect();
    let tested: BTreeSet<_> = ADAPTERS.iter().map(|adapter| adapter.name.into()).collect();
    assert_eq!(tested, folders);
}

/// Every way in which a fault can meet an adapter, each with a seed of its own, so that over all of them the fault strikes in
/// all its variants.
fn scenarios(fault: &'static Fault) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for &transport in fault.transports() {
        for (reused, possible) in [
            (false, fault.strikes_fresh()),
            (true, fault.strikes_reused()),
        ] {
            if !possible {
                continue;
            }
            for adapter in &ADAPTERS {
                for cut in [false, true] {
                    for at in 0..adapter.calls(cut).len() {
                        for once in [false, true] {
                            scenarios.push(Scenario {
                                fault,
                                adapter,
                                cut,
                                at,
                                reused,
                                transport,
                                seed: scenarios.len().try_into().expect("not that many"),
                                once,
                                client: Client::Waits,
                            });
                        }
                    }
                }
            }
        }
    }
    scenarios
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

#[test]
fn no_claim_contradicts_the_truth_and_nothing_that_may_have_been_carried_out_is_sent_again() {
    let scenarios: Vec<_> = catalogue().iter().flat_map(scenarios).collect();
    let seen = all(&scenarios);
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
    let summary = table::summary(&seen, wrong.len());
    println!("{}", table::whole(&seen, &summary));
    assert!(wrong.is_empty(), "{summary}\n{}", wrong.join("\n"));
    table::check_docs(&table::whole(&seen, &summary));
}
