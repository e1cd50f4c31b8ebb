//! The same, at random: which fault, which call, which byte, and when the client gives up.

use std::env;

use livecut_sim::faults::{Fault, Transport, catalogue};

use crate::adapters::ADAPTERS;
use crate::matrix::run;
use crate::scenario::{Client, Scenario, Seen};

/// How much of the long mode is run, in percent: 100 is all of it. Not set, a small fixed number of calls is.
const LONG: &str = "LIVECUT_LONG";

/// How many scenarios share a simulator, whose log keeps every request.
const BATCH: u64 = 2_000;

fn count(short: u64, long: u64) -> u64 {
    match env::var(LONG) {
        Ok(percent) => {
            let percent: u64 = percent.parse().expect("LIVECUT_LONG is a percentage");
            long.saturating_mul(percent).div_euclid(100)
        }
        Err(_) => short,
    }
}

/// A fault, and a way to meet it, of the seed's choice.
fn random(
    faults: &[&'static Fault],
    seed: u64,
    client: fn(&mut fastrand::Rng) -> Client,
) -> Scenario {
    let mut rng = fastrand::Rng::with_seed(seed);
    let fault = *rng.choice(faults).expect("there are faults");
    // TLS takes ten times as long.
    let transport = if rng.u8(..8) > 0 && fault.transports().contains(&Transport::Plain) {
        Transport::Plain
    } else {
        *rng.choice(fault.transports())
            .expect("it can happen somewhere")
    };
    Scenario {
        fault,
        adapter: rng.choice(&ADAPTERS).expect("there are adapters"),
        cut: rng.bool(),
        reused: !fault.strikes_fresh() || fault.strikes_reused() && rng.bool(),
        transport,
        seed,
        once: rng.bool(),
        client: client(&mut rng),
    }
}

/// Runs so many random scenarios, and returns what `look` makes of them, added up.
fn storm(
    count: u64,
    faults: &[&'static Fault],
    client: fn(&mut fastrand::Rng) -> Client,
    look: fn(&Seen) -> bool,
) -> usize {
    let mut found: usize = 0;
    let mut seeds = 0..count;
    loop {
        let batch: Vec<_> = seeds
            .by_ref()
            .take(usize::try_from(BATCH).expect("a small number"))
            .map(|seed| random(faults, seed, client))
            .collect();
        if batch.is_empty() {
            return found;
        }
        let seen = run(&batch);
        let wrong: Vec<_> = batch
            .iter()
            .zip(&seen)
            .flat_map(|(scenario, seen)| scenario.judge(seen))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        found = found.saturating_add(seen.iter().filter(|seen| look(seen)).count());
    }
}

fn all() -> Vec<&'static Fault> {
    catalogue().iter().collect()
}

#[test]
fn no_call_through_a_random_fault_is_applied_twice() {
    let calls = count(500, 1_000_000);
    let applied = storm(calls, &all(), |_| Client::Waits, Seen::was_applied);
    println!("{calls} calls, {applied} of them applied, none twice");
}

#[test]
fn no_request_that_raced_with_the_end_of_its_idle_connection_is_sent_again() {
    let idle: Vec<_> = all()
        .into_iter()
        .filter(|fault| !fault.strikes_fresh())
        .collect();
    let races = count(300, 10_000);
    let lost = storm(races, &idle, |_| Client::Waits, |seen| !seen.succeeded);
    println!("{races} races, {lost} requests lost to them, none sent again");
}

#[test]
fn a_deadline_at_any_poll_claims_no_less_than_what_happened() {
    let calls = count(300, 100_000);
    let client = |rng: &mut fastrand::Rng| Client::TimesOut(rng.u32(1..16));
    let applied = storm(calls, &all(), client, Seen::was_applied);
    println!("{calls} deadlines, {applied} of the calls applied, none of them denied");
}

#[test]
fn a_call_that_is_dropped_at_any_poll_is_sent_at_most_once_and_never_after() {
    let calls = count(300, 100_000);
    let client = |rng: &mut fastrand::Rng| Client::Drops(rng.u32(..16));
    let applied = storm(calls, &all(), client, Seen::was_applied);
    println!("{calls} calls dropped, {applied} of them applied, none twice");
}
