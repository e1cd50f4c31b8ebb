//! That the judge sees each kind of lie, in observations that nobody made.

use livecut_core::{Certainty, Effect};
use livecut_sim::faults::{self, Claim, Observed, Transport, Truth};

use crate::adapters::{ADAPTERS, Adapter};
use crate::scenario::{Client, Scenario, Seen};

const NONE: Effect = Effect::NONE;
const ALL: Effect = Effect::new(Certainty::Yes, Certainty::Yes);
const STOPPED: Effect = Effect::new(Certainty::Yes, Certainty::No);
const UNKNOWN: Effect = Effect::new(Certainty::Unknown, Certainty::Unknown);

const DENIED: &str = "claims no, and it was done";
const MADE_UP: &str = "claims yes, and it wasn't done";
const VAGUE: &str = "doesn't say what can be known";

fn scenario(fault: &str, adapter: &'static Adapter, cut: bool, at: usize) -> Scenario {
    Scenario {
        fault: faults::named(fault).expect("it is in the catalogue"),
        adapter,
        cut,
        at,
        reused: false,
        transport: Transport::Plain,
        seed: 0,
        once: false,
        client: Client::Waits,
    }
}

/// What a client that is right says, and what there is to see of it.
pub(crate) fn honest(scenario: &Scenario) -> Seen {
    let (call, expected) = scenario.expected();
    let claim = match expected {
        Claim::Yes => scenario.all(),
        Claim::Unknown if call.has_effect() => call.before.or(call.after),
        _ => call.before,
    };
    let mut observed = Observed::default();
    observed.connections = 1;
    observed.heads = scenario.spared().saturating_add(1);
    observed.strikes = 1;
    Seen {
        claim: Some(claim),
        succeeded: expected == Claim::Yes,
        words: "made up".to_owned(),
        truth: match scenario.fault.truth() {
            Truth::Always => call.after,
            Truth::Never | Truth::Either => call.before,
        },
        repeated: false,
        observed,
    }
}

#[test]
fn the_judge_has_nothing_against_the_truth() {
    for fault in ["early-400", "unapplied-close", "applied-close", "in-chunks"] {
        for adapter in &ADAPTERS {
            for cut in [false, true] {
                for at in 0..adapter.calls(cut).len() {
                    let scenario = scenario(fault, adapter, cut, at);
                    assert_eq!(scenario.judge(&honest(&scenario)), [""; 0]);
                }
            }
        }
    }
}

#[test]
fn the_judge_sees_each_kind_of_lie() {
    type Lie = fn(&mut Seen);
    let lies: [(&str, Lie, &str); 19] = [
        ("applied-close", |seen| seen.claim = Some(NONE), DENIED),
        (
            "applied-close",
            |seen| seen.claim = Some(Effect::new(Certainty::No, Certainty::Unknown)),
            DENIED,
        ),
        (
            "applied-close",
            |seen| seen.claim = Some(Effect::new(Certainty::Unknown, Certainty::No)),
            DENIED,
        ),
        ("unapplied-close", |seen| seen.claim = Some(ALL), MADE_UP),
        (
            "unapplied-close",
            |seen| seen.claim = Some(Effect::new(Certainty::Yes, Certainty::Unknown)),
            MADE_UP,
        ),
        (
            "unapplied-close",
            |seen| seen.claim = Some(Effect::new(Certainty::Unknown, Certainty::Yes)),
            MADE_UP,
        ),
        ("in-chunks", |seen| seen.truth = STOPPED, MADE_UP),
        ("early-400", |seen| seen.claim = Some(UNKNOWN), VAGUE),
        (
            "early-400",
            |seen| seen.claim = Some(Effect::new(Certainty::No, Certainty::Unknown)),
            VAGUE,
        ),
        (
            "in-chunks",
            |seen| (seen.claim, seen.succeeded) = (Some(UNKNOWN), false),
            VAGUE,
        ),
        ("applied-close", |seen| seen.claim = None, VAGUE),
        // Right by luck.
        ("applied-close", |seen| seen.claim = Some(ALL), VAGUE),
        ("unapplied-close", |seen| seen.claim = Some(NONE), VAGUE),
        (
            "applied-close",
            |seen| seen.repeated = true,
            "the provider got a change more than once",
        ),
        (
            "applied-close",
            |seen| seen.observed.heads = 2,
            "sent again though it may have been carried out",
        ),
        (
            "early-400",
            |seen| seen.observed.heads = 4,
            "sent again though it may have been carried out",
        ),
        (
            "unread-close",
            |seen| seen.observed.strikes = 2,
            "tried again though it may have been carried out",
        ),
        (
            "early-400",
            |seen| seen.observed.elsewhere = 1,
            "followed a redirect",
        ),
        (
            "in-chunks",
            |seen| seen.observed.strikes = 0,
            "the fault never struck",
        ),
    ];
    // Of one call.
    let adapter = ADAPTERS.iter().find(|one| one.calls(true).len() == 1);
    for (fault, lie, complaint) in lies {
        let scenario = scenario(fault, adapter.expect("there is one"), true, 0);
        seen_through(&scenario, lie, complaint);
    }
}

#[test]
fn the_judge_sees_that_an_earlier_call_is_forgotten() {
    let mut earlier = 0;
    for adapter in &ADAPTERS {
        for (at, call) in adapter.calls(true).iter().enumerate() {
            if call.before != NONE {
                earlier += 1;
                let scenario = scenario("early-400", adapter, true, at);
                seen_through(&scenario, |seen| seen.claim = Some(NONE), DENIED);
            }
        }
    }
    assert!(
        earlier > 0,
        "no stop has done anything before its last call"
    );
}

#[test]
fn the_judge_sees_what_did_not_happen_as_it_was_to() {
    let at_first = |client, reused| Scenario {
        client,
        reused,
        ..scenario("applied-close", &ADAPTERS[0], true, 0)
    };
    let other = "the fault never struck a connection such as it was to strike";
    seen_through(&at_first(Client::Waits, true), |_| {}, other);
    let reuses = |seen: &mut Seen| seen.observed.strikes_on_reused = 1;
    seen_through(&at_first(Client::Waits, false), reuses, other);
    let dropped = at_first(Client::Drops(0), false);
    let sent = "sent something before it was polled";
    seen_through(&dropped, |seen| seen.claim = None, sent);
}

/// The judge says so, once the truth is changed into this lie.
fn seen_through(scenario: &Scenario, lie: impl Fn(&mut Seen), complaint: &str) {
    let mut seen = honest(scenario);
    lie(&mut seen);
    let wrong = scenario.judge(&seen);
    let found = wrong
        .iter()
        .any(|wrong| wrong.contains(&format!(": {complaint}: ")));
    assert!(found, "{scenario}: {complaint}: {wrong:?}");
}
