//! What a look after an unknown effect says, against the truth.

use livecut_core::{Certainty, Effect};
use livecut_sim::faults::{Claim, Fault, Transport, Truth, catalogue};

use crate::adapters::ADAPTERS;
use crate::scenario::{Client, Scenario, Seen};
use crate::work::Work;
use crate::{lies, matrix};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The stop was made, and that was proved.
    Proved,
    /// It wasn't, and stays unknown.
    Open,
    /// It was, and no look can say so.
    Untold,
}

/// What one look, a stop that breaks where it ends the stream, and one look came to; or what is wrong with it.
fn verdict(scenario: &Scenario, seen: &Seen) -> Result<Verdict, String> {
    let call = scenario.struck();
    let wrong = |what| Err(scenario.complaint(seen, what));
    let Some(claim) = seen.claim else {
        return wrong("it says nothing");
    };
    if seen.repeated {
        return wrong("there is more than one stop");
    }
    if claim.cut == Certainty::Yes && call.before.cut != Certainty::Yes {
        return wrong("a cut is never proved");
    }
    match (claim.stopped, seen.truth.stopped) {
        (Certainty::Yes, Certainty::Yes) => Ok(Verdict::Proved),
        (Certainty::Unknown, Certainty::No) => Ok(Verdict::Open),
        // A look there doesn't tell what is over from what never began.
        (Certainty::Unknown, Certainty::Yes) if !scenario.adapter.kit.tells_over => {
            Ok(Verdict::Untold)
        }
        _ => wrong("the look doesn't say what it shows"),
    }
}

fn scenarios() -> Vec<Scenario> {
    let unknown = |fault: &&Fault| {
        fault.strikes_reused()
            && fault.transports().contains(&Transport::Plain)
            && fault.truth() != Truth::Either
    };
    let mut scenarios = Vec::new();
    for fault in catalogue().iter().filter(unknown) {
        for adapter in ADAPTERS.iter() {
            for work in [Work::Stop, Work::StopAndCut] {
                let mut calls = adapter.calls(work).iter();
                let scenario = Scenario {
                    fault,
                    adapter,
                    work,
                    at: calls
                        .position(|call| call.after.stopped == Certainty::Yes)
                        .expect("a call stops"),
                    reused: true,
                    transport: Transport::Plain,
                    seed: 0,
                    once: true,
                    client: Client::Reconciles,
                };
                if scenario.expected().1 == Claim::Unknown {
                    scenarios.push(scenario);
                }
            }
        }
    }
    scenarios
}

#[test]
fn what_a_look_makes_of_an_unknown_is_the_truth_at_every_adapter() {
    let scenarios = scenarios();
    let seen = matrix::all(&scenarios);
    let verdicts: Vec<_> = seen
        .iter()
        .map(|(scenario, seen)| verdict(scenario, seen))
        .collect();
    let wrong: Vec<_> = verdicts
        .iter()
        .filter_map(|verdict| verdict.as_ref().err().cloned())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count = |of| verdicts.iter().filter(|v| **v == Ok(of)).count();
    let (proved, open) = (count(Verdict::Proved), count(Verdict::Open));
    println!(
        "{proved} stops were proved by a look, {open} that weren't made stayed unknown, and {} of which no look can tell",
        count(Verdict::Untold)
    );
    assert!(proved >= 200 && open >= 60, "{proved} {open}");
}

#[test]
fn a_look_that_claims_what_it_does_not_show_is_seen() {
    use Certainty::{No, Unknown, Yes};
    let scenarios = scenarios();
    let scenario = scenarios
        .iter()
        .find(|one| one.adapter.kit.tells_over && one.work == Work::StopAndCut)
        .expect("it is among them");
    let verdict = |claim: Option<(Certainty, Certainty)>, stopped, repeated| {
        let seen = Seen {
            claim: claim.map(|(stopped, cut)| Effect::new(stopped, cut)),
            truth: Effect::new(stopped, stopped),
            repeated,
            ..lies::honest(scenario)
        };
        verdict(scenario, &seen)
    };
    let (proved, open) = (Some((Yes, Unknown)), Some((Unknown, Unknown)));
    assert_eq!(verdict(proved, Yes, false), Ok(Verdict::Proved));
    assert_eq!(verdict(open, No, false), Ok(Verdict::Open));
    for (claim, stopped, repeated) in [
        (proved, No, false),
        (open, Yes, false),
        (Some((No, Unknown)), No, false),
        (Some((No, Unknown)), Yes, false),
        (Some((Yes, Yes)), Yes, false),
        (proved, Yes, true),
        (None, Yes, false),
    ] {
        let verdict = verdict(claim, stopped, repeated);
        assert!(verdict.is_err(), "{claim:?} {stopped} {repeated}");
    }
}
