//! That the judge sees each kind of lie, in observations that nobody made.

use livecut_core::{Certainty, Effect};
use livecut_sim::faults::{self, Claim, Observed, Transport, Truth};

use crate::adapters::{ADAPTERS, Adapter};
use crate::matrix;
use crate::scenario::{Client, Scenario, Seen};
use crate::work::{After, FAILED, Situation, Work};

const NONE: Effect = Effect::NONE;
const ALL: Effect = Effect::new(Certainty::Yes, Certainty::Yes);
const STOPPED: Effect = Effect::new(Certainty::Yes, Certainty::No);
const CUT: Effect = Effect::new(Certainty::No, Certainty::Yes);
const UNKNOWN: Effect = Effect::new(Certainty::Unknown, Certainty::Unknown);

const DENIED: &str = "claims no, and it was done";
const MADE_UP: &str = "claims yes, and it wasn't done";
const VAGUE: &str = "doesn't say what can be known";
const UNTRUE: &str = "says what isn't so";
const SECOND: &str = "the provider didn't make one cut, and no other";
const LOST: &str = "following again doesn't end well";

fn scenario(fault: &str, adapter: &'static Adapter, work: Work, at: usize) -> Scenario {
    Scenario {
        fault: faults::named(fault).expect("it is in the catalogue"),
        adapter,
        work,
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
    let course = scenario.adapter.course(scenario.work);
    Seen {
        claim: Some(claim),
        succeeded: expected == Claim::Yes,
        said: (expected == Claim::Yes).then(|| course.said.clone()),
        after: course.after.clone(),
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
        for adapter in ADAPTERS.iter() {
            for work in adapter.works() {
                for at in 0..adapter.calls(work).len() {
                    let scenario = scenario(fault, adapter, work, at);
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
    let mut adapters = ADAPTERS.iter();
    let adapter = adapters.find(|one| one.calls(Work::StopAndCut).len() == 1);
    for (fault, lie, complaint) in lies {
        let adapter = adapter.expect("there is one");
        let scenario = scenario(fault, adapter, Work::StopAndCut, 0);
        seen_through(&scenario, lie, complaint);
    }
}

#[test]
fn the_judge_sees_that_an_earlier_call_is_forgotten() {
    let mut earlier = 0;
    for adapter in ADAPTERS.iter() {
        for (at, call) in adapter.calls(Work::StopAndCut).iter().enumerate() {
            if call.before != NONE {
                earlier += 1;
                let scenario = scenario("early-400", adapter, Work::StopAndCut, at);
                seen_through(&scenario, |seen| seen.claim = Some(NONE), DENIED);
            }
        }
    }
    assert!(
        earlier > 0,
        "no stop has done anything before its last call"
    );
}

/// The follow's call that makes the cut, struck.
fn making(fault: &str) -> Scenario {
    let mut all = matrix::calls(|work| work == Work::Follow(Situation::Owed));
    let making = all.find(|(adapter, work, at)| {
        let call = adapter.calls(*work).get(*at);
        call.is_some_and(|call| call.has_effect())
    });
    let (adapter, work, at) = making.expect("somebody owes a cut");
    scenario(fault, adapter, work, at)
}

#[test]
fn the_judge_sees_each_kind_of_lie_of_a_follow() {
    type Lie = fn(&mut Seen);
    let lies: [(&str, Lie, &str); 12] = [
        ("applied-close", |seen| seen.claim = Some(NONE), DENIED),
        // A status that leaves open what was done, taken for a refusal.
        (
            "status-460",
            |seen| (seen.claim, seen.truth) = (Some(NONE), CUT),
            DENIED,
        ),
        ("unapplied-close", |seen| seen.claim = Some(CUT), MADE_UP),
        ("applied-close", |seen| seen.claim = Some(UNKNOWN), VAGUE),
        ("status-413", |seen| seen.claim = Some(CUT.or(NONE)), VAGUE),
        ("in-chunks", |seen| seen.succeeded = false, VAGUE),
        (
            "status-413",
            |seen| seen.said = Some(FAILED.to_owned()),
            UNTRUE,
        ),
        (
            "applied-close",
            |seen| seen.said = Some(FAILED.to_owned()),
            UNTRUE,
        ),
        (
            "in-chunks",
            |seen| seen.said = Some("ready: another, cut confirmed".to_owned()),
            UNTRUE,
        ),
        ("applied-close", |seen| after(seen).cuts = 2, SECOND),
        ("unapplied-close", |seen| after(seen).cuts = 0, SECOND),
        (
            "status-413",
            |seen| after(seen).end = FAILED.to_owned(),
            LOST,
        ),
    ];
    for (fault, lie, complaint) in lies {
        seen_through(&making(fault), lie, complaint);
    }
}

fn after(seen: &mut Seen) -> &mut After {
    seen.after.as_mut().expect("it was followed again")
}

/// Or else the judge would ask for a recording that the provider itself refuses.
#[test]
fn the_judge_lets_a_follow_give_up_where_the_provider_says_that_what_is_asked_for_is_wrong() {
    let given_up = |scenario: Scenario| {
        let seen = Seen {
            said: Some(FAILED.to_owned()),
            ..honest(&scenario)
        };
        scenario.judge(&seen)
    };
    assert_eq!(given_up(making("status-400")), [""; 0]);
    assert_eq!(given_up(making("status-422")), [""; 0]);
    let reads = Scenario {
        at: 0,
        ..making("status-400")
    };
    assert_ne!(
        given_up(reads),
        [""; 0],
        "a read is refused, and not the cut"
    );
}

#[test]
fn the_judge_sees_that_a_look_tells_what_is_not_so() {
    let looks = scenario("in-chunks", &ADAPTERS[0], Work::Status, 0);
    seen_through(&looks, |seen| seen.said = Some("ended".to_owned()), UNTRUE);
    let refused = scenario("status-400", &ADAPTERS[0], Work::Status, 0);
    seen_through(&refused, |seen| seen.claim = Some(STOPPED), MADE_UP);
}

#[test]
fn the_judge_sees_what_did_not_happen_as_it_was_to() {
    let at_first = |client, reused| Scenario {
        client,
        reused,
        ..scenario("applied-close", &ADAPTERS[0], Work::StopAndCut, 0)
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
