//! All faults, on all adapters, in all ways; and the table of what came of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use livecut_core::Effect;
use livecut_sim::faults::{Claim, Fault, Transport, Truth, catalogue};

use crate::adapters::{ADAPTERS, SEVERAL};
use crate::scenario::{Client, Scenario, Seen, World};

/// Set, the table in `docs/faults.md` is written anew; otherwise it is compared.
const UPDATE: &str = "LIVECUT_UPDATE_DOCS";

/// Scenarios that run at the same time. Each mostly waits for the other side.
const THREADS: usize = 8;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_adapter_is_put_under_fire() {
    let folders: BTreeSet<_> = fs::read_dir(repository().join("crates/providers"))
        .expect("there are adapters")
        .map(|entry| entry.expect("a folder can be read").file_name())
        .collect();
    let tested: BTreeSet<_> = ADAPTERS
        .iter()
        .chain(&SEVERAL)
        .map(|adapter| adapter.name.into())
        .collect();
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
            for adapter in &ADAPTERS {
                for cut in [false, true] {
                    for once in [false, true] {
                        if possible {
                            scenarios.push(Scenario {
                                fault,
                                adapter,
                                cut,
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

/// Runs them all, some at a time, and returns what came of each, in order.
pub(crate) fn run(scenarios: &[Scenario]) -> Vec<Seen> {
    let world = World::new();
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(index) else {
                        return;
                    };
                    let one = world.run(scenario);
                    seen.lock()
                        .expect("no other thread panicked")
                        .push((index, one));
                }
            });
        }
    });
    let mut seen = seen.into_inner().expect("no thread panicked");
    seen.sort_by_key(|(index, _)| *index);
    seen.into_iter().map(|(_, seen)| seen).collect()
}

#[test]
fn no_claim_contradicts_the_truth_and_nothing_that_may_have_been_applied_is_sent_again() {
    let rows: Vec<_> = catalogue()
        .iter()
        .map(|fault| (fault, scenarios(fault)))
        .collect();
    let all: Vec<_> = rows
        .iter()
        .flat_map(|(_, scenarios)| scenarios)
        .copied()
        .collect();
    let mut seen = run(&all).into_iter();

    let mut wrong = Vec::new();
    let mut table = String::from(HEAD);
    for (fault, scenarios) in &rows {
        let seen: Vec<_> = seen.by_ref().take(scenarios.len()).collect();
        for (scenario, seen) in scenarios.iter().zip(&seen) {
            wrong.extend(scenario.judge(seen));
        }
        let truths: BTreeSet<_> = seen.iter().map(Seen::was_applied).collect();
        if fault.truth() == Truth::Either && truths.len() < 2 {
            wrong.push(format!(
                "{}: no seed had it otherwise: {truths:?}",
                fault.name()
            ));
        }
        table.push_str(&row(fault, scenarios, &seen));
    }
    let combinations: BTreeSet<_> = all
        .iter()
        .map(|one| {
            (
                one.fault.name(),
                one.adapter.name,
                one.cut,
                one.reused,
                one.transport,
            )
        })
        .collect();
    let summary = format!(
        "{} faults, {} combinations of fault, adapter, cut, connection and transport, {} calls: {}",
        rows.len(),
        combinations.len(),
        all.len(),
        match wrong.len() {
            0 => "no claim contradicts the truth, nothing was applied twice".to_owned(),
            count => format!("{count} WRONG"),
        }
    );
    println!("{table}\n{summary}");
    assert!(wrong.is_empty(), "{summary}\n{}", wrong.join("\n"));
    assert!(rows.len() >= 60 && combinations.len() >= 150);
    check_docs(&format!("{table}\n{summary}.\n"));
}

const HEAD: &str = "\
| fault | what happens | over | carried out | claim | attempts | requests | if it strikes once |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

fn row(fault: &Fault, scenarios: &[Scenario], seen: &[Seen]) -> String {
    let transports: Vec<_> = fault
        .transports()
        .iter()
        .map(|transport| match transport {
            Transport::Plain => "plain",
            Transport::Tls => "TLS",
            Transport::Http2 => "HTTP/2",
        })
        .collect();
    let truth = match fault.truth() {
        Truth::Never => "no",
        Truth::Always => "yes",
        Truth::Either => "by seed",
    };
    let claims = |once: bool| {
        let claims: BTreeSet<_> = scenarios
            .iter()
            .zip(seen)
            .filter(|(scenario, _)| scenario.once == once)
            .map(
                |(scenario, seen)| match scenario.fault.claim(scenario.transport) {
                    // What a race ends in differs from run to run, and is judged in each.
                    Claim::Race => "by race",
                    _ => claim(seen),
                },
            )
            .collect();
        Vec::from_iter(claims).join(", ")
    };
    let most = |count: fn(&Scenario, &Seen) -> u64| {
        let counts = scenarios.iter().zip(seen).filter(|(scenario, _)| {
            !scenario.once && scenario.fault.claim(scenario.transport) != Claim::Race
        });
        let most = counts.map(|(scenario, seen)| count(scenario, seen)).max();
        most.map(|most| most.to_string()).unwrap_or_default()
    };
    let mut line = String::new();
    writeln!(
        line,
        "| `{}` | {} | {} | {truth} | {} | {} | {} | {} |",
        fault.name(),
        fault.summary(),
        transports.join(", "),
        claims(false),
        most(|_, seen| seen.observed.strikes),
        most(|scenario, seen| seen.requests(scenario)),
        claims(true),
    )
    .expect("a string takes anything");
    line
}

fn claim(seen: &Seen) -> &'static str {
    match seen.claim {
        _ if seen.succeeded => "yes",
        Some(Effect::NONE) => "no",
        _ => "unknown",
    }
}

const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->\n";

/// Compares what stands between the two marks in `docs/faults.md` with the table, or writes it there.
fn check_docs(table: &str) {
    let path = repository().join("docs/faults.md");
    let text = fs::read_to_string(&path).expect("docs/faults.md exists");
    let (before, rest) = text
        .split_once(BEGIN)
        .expect("docs/faults.md has the first mark");
    let (old, after) = rest
        .split_once(END)
        .expect("docs/faults.md has the second mark");
    let table = format!("\n{table}\n");
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, [before, BEGIN, &table, END, after].concat())
            .expect("docs/faults.md can be written");
    } else {
        assert!(
            old == table,
            "docs/faults.md isn't what was just seen: set {UPDATE}=1, run this test again, and look at the difference"
        );
    }
}
