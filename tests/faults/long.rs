//! The same, at random: which fault, which call, which byte, and when the client gives up.

use std::env;
use std::sync::Mutex;
use std::time::Instant;

use livecut_sim::faults::{Fault, Transport, catalogue};

use crate::adapters::{Adapter, Exchange};
use crate::matrix;
use crate::scenario::{Client, Scenario, Seen};
use crate::work::Work;

/// How much of the long mode is run, in percent: 100 is all of it. Not set, a small fixed number of stops is.
const LONG: &str = "LIVECUT_LONG";

/// So many times, the long mode says how far it has come.
const REPORTS: u64 = 100;

fn count(short: u64, long: u64) -> u64 {
    match env::var(LONG) {
        Ok(percent) => {
            let percent: u64 = percent.parse().expect("LIVECUT_LONG is a percentage");
            long.saturating_mul(percent).div_euclid(100)
        }
        Err(_) => short,
    }
}

/// What is struck, of all that a storm chooses from.
type Struck = (&'static Adapter, Work, usize);

/// The calls of stops.
fn stops() -> Vec<Struck> {
    matrix::calls(Work::is_stop).collect()
}

/// The calls of looks and follows, those that change something as often as all the rest.
fn follows() -> Vec<Struck> {
    let all: Vec<_> = matrix::calls(|work| !work.is_stop()).collect();
    let changes =
        |(adapter, work, at): &Struck| adapter.calls(*work).get(*at).is_some_and(Exchange::changes);
    let changing: Vec<_> = all.iter().copied().filter(changes).collect();
    let as_many = changing.iter().cycle().take(all.len()).copied();
    all.iter().copied().chain(as_many).collect()
}

/// A fault, and a way to meet it, of the seed's choice.
fn random(
    faults: &[&'static Fault],
    struck: &[Struck],
    seed: u64,
    client: fn(&mut fastrand::Rng) -> Client,
) -> Scenario {
    let mut rng = fastrand::Rng::with_seed(seed);
    let fault = *rng.choice(faults).expect("there are faults");
    // TLS takes several times as long.
    let transport = if rng.u8(..8) > 0 && fault.transports().contains(&Transport::Plain) {
        Transport::Plain
    } else {
        *rng.choice(fault.transports())
            .expect("it can happen somewhere")
    };
    let (adapter, work, at) = *rng.choice(struck).expect("there are calls");
    let call = adapter.calls(work).get(at);
    if call.is_some_and(|call| !call.can_meet(fault)) {
        return random(faults, struck, seed.wrapping_add(1 << 32), client);
    }
    Scenario {
        fault,
        adapter,
        work,
        at,
        reused: !fault.strikes_fresh() || fault.strikes_reused() && rng.bool(),
        transport,
        seed,
        once: rng.bool(),
        client: client(&mut rng),
    }
}

/// How far it has come.
struct Tally {
    /// What it is counting, and the one thing of them that is looked for.
    what: &'static str,
    found_what: &'static str,
    count: u64,
    done: u64,
    found: u64,
    wrong: Vec<String>,
    began: Instant,
}

impl Tally {
    fn report(&self) {
        println!(
            "{} of {} {}, {} {}, {} wrong ({} s)",
            self.done,
            self.count,
            self.what,
            self.found,
            self.found_what,
            self.wrong.len(),
            self.began.elapsed().as_secs()
        );
    }
}

/// Has so many of these, struck at random, meet these faults, and looks for what is wrong with them.
fn storm(
    (count, what): (u64, &'static str),
    (found, found_what): (fn(&Seen) -> bool, &'static str),
    faults: &[&'static Fault],
    struck: &[Struck],
    client: fn(&mut fastrand::Rng) -> Client,
) {
    run((count, what), (found, found_what), |seed| {
        random(faults, struck, seed, client)
    });
}

/// Has so many scenarios happen, and looks for what is wrong with them.
fn run(
    (count, what): (u64, &'static str),
    (found, found_what): (fn(&Seen) -> bool, &'static str),
    scenario: impl Fn(u64) -> Scenario + Sync,
) {
    let tally = Mutex::new(Tally {
        what,
        found_what,
        count,
        done: 0,
        found: 0,
        wrong: Vec::new(),
        began: Instant::now(),
    });
    matrix::storm(count, scenario, |_, scenario, seen| {
        let wrong = scenario.judge(&seen);
        let mut tally = tally.lock().expect("no other thread panicked");
        tally.done = tally.done.saturating_add(1);
        tally.found = tally.found.saturating_add(u64::from(found(&seen)));
        tally.wrong.extend(wrong);
        if tally.done.is_multiple_of(count.div_ceil(REPORTS)) && env::var_os(LONG).is_some() {
            tally.report();
        }
        tally.wrong.is_empty()
    });
    let tally = tally.into_inner().expect("no thread panicked");
    tally.report();
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
}

fn all() -> Vec<&'static Fault> {
    catalogue().iter().collect()
}

#[test]
fn no_stop_through_a_random_fault_is_carried_out_twice() {
    storm(
        (count(500, 1_000_000), "stops"),
        (Seen::was_applied, "of them carried out, none twice"),
        &all(),
        &stops(),
        |_| Client::Waits,
    );
}

#[test]
fn no_request_that_raced_with_the_end_of_its_idle_connection_is_sent_again() {
    let idle: Vec<_> = all()
        .into_iter()
        .filter(|fault| !fault.strikes_fresh())
        .collect();
    storm(
        (count(300, 10_000), "races"),
        (|seen| !seen.succeeded, "of them lost, none sent again"),
        &idle,
        &stops(),
        |_| Client::Waits,
    );
}

#[test]
fn a_deadline_at_any_poll_claims_no_less_than_what_happened() {
    storm(
        (count(300, 100_000), "deadlines"),
        (
            Seen::was_applied,
            "of the stops carried out, none of them denied",
        ),
        &all(),
        &stops(),
        |rng| Client::TimesOut(rng.u32(1..32)),
    );
}

#[test]
fn a_stop_that_is_dropped_at_any_poll_is_carried_out_at_most_once_and_never_after() {
    storm(
        (count(300, 100_000), "stops dropped"),
        (Seen::was_applied, "of them carried out, none twice"),
        &all(),
        &stops(),
        |rng| Client::Drops(rng.u32(..32)),
    );
}

#[test]
fn a_look_or_follow_in_any_way_claims_the_truth() {
    let scenarios = matrix::looks_and_follows_in_all_ways();
    let all = u64::try_from(scenarios.len()).expect("not that many");
    // A few, from all over.
    let step = match env::var_os(LONG) {
        Some(_) => 1,
        None => all.div_euclid(200),
    };
    run(
        (count(200, all), "looks and follows"),
        (Seen::was_applied, "of them made the cut, none twice"),
        |number| {
            let at = usize::try_from(number.saturating_mul(step)).expect("an index");
            *scenarios.get(at).expect("it is one of them")
        },
    );
}

#[test]
fn a_deadline_at_any_poll_of_a_follow_claims_no_less_than_what_happened() {
    storm(
        (count(300, 100_000), "deadlines of follows"),
        (Seen::was_applied, "of the cuts made, none of them denied"),
        &all(),
        &follows(),
        |rng| Client::TimesOut(rng.u32(1..32)),
    );
}

#[test]
fn a_follow_that_is_dropped_at_any_poll_makes_the_cut_at_most_once_and_following_again_finds_it() {
    storm(
        (count(300, 100_000), "follows dropped"),
        (Seen::was_applied, "of the cuts made, none twice"),
        &all(),
        &follows(),
        |rng| Client::Drops(rng.u32(..32)),
    );
}
