//! The suite tested: a right adapter passes, and one that is wrong in any one way fails the check that says so.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod broken;
#[path = "../../examples/toy.rs"]
#[expect(dead_code, reason = "its main is the example's")]
mod toy;

use std::collections::BTreeSet;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use broken::{BrokenWorld, Flaw};
use livecut_conformance::{Report, World, run};
use toy::ToyWorld;

/// Without a runtime: the suite needs none.
fn report(world: &dyn World) -> Report {
    let mut run = pin!(run(world));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(report) = run.as_mut().poll(&mut context) {
            return report.unwrap();
        }
    }
    panic!("the suite doesn't end");
}

#[test]
fn a_right_adapter_passes_every_check_and_skips_none() {
    let report = report(&ToyWorld::new());
    report.assert_passed();
    report.assert_skipped(&[]);
    assert!(report.checks().len() > 30, "{report}");
}

#[test]
fn an_adapter_with_a_flaw_fails_the_check_that_names_it() {
    let mut passed = Vec::new();
    for (flaw, expected) in broken::FLAWS {
        let report = report(&BrokenWorld::new(*flaw));
        let failed = report.failed();
        for check in expected.iter().filter(|check| !failed.contains(check)) {
            passed.push(format!("{flaw:?} passes {check}, and fails {failed:#?}"));
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

#[test]
fn every_check_can_fail() {
    let sound = report(&ToyWorld::new());
    let all: BTreeSet<&str> = sound.checks().iter().map(|check| check.name).collect();
    let failed: BTreeSet<&str> = broken::FLAWS
        .iter()
        .flat_map(|(_, expected)| expected.iter().copied())
        .collect();
    let unproven: Vec<_> = all.difference(&failed).collect();
    assert!(unproven.is_empty(), "no flaw fails {unproven:?}");
}

#[test]
fn a_world_without_the_optional_parts_shows_what_was_skipped() {
    let report = report(&BrokenWorld::new(Flaw::WorldIsMinimal));
    report.assert_passed();
    report.assert_skipped(&[
        "a_visibility_reaches_the_server",
        "an_id_of_special_characters_names_exactly_that_stream",
        "a_wrong_credential_is_unauthorized",
        "an_unreachable_provider_causes_nothing",
        "a_refused_stop_causes_nothing",
        "a_paced_stop_asks_before_each_call",
        "a_rate_limited_stop_is_applied_once_or_not_at_all",
        "a_stop_answered_503_is_not_repeated",
        "a_stop_applied_and_answered_503_is_not_denied",
        "a_stop_answered_in_garbage_is_not_denied",
        "a_stop_whose_connection_broke_is_not_denied",
        "a_rate_limited_stop_is_retried_by_default",
        "a_forged_ticket_that_owes_a_cut_changes_nothing",
        "a_recording_is_never_ready_before_it_is",
        "a_follow_struck_in_any_of_its_calls_claims_the_truth",
    ]);
    let text = report.to_string();
    assert!(
        text.contains("skipped  a wrong credential is unauthorized\n         the world doesn't simulate: World::misconfigured"),
        "{text}"
    );
    assert!(text.ends_with("27 passed, 0 failed, 15 skipped"), "{text}");
}

#[test]
#[should_panic(expected = "a stop without a cut keeps everything")]
fn assert_passed_panics_with_the_report() {
    report(&BrokenWorld::new(Flaw::CutsUnasked)).assert_passed();
}

#[test]
#[should_panic(expected = "expected: ")]
fn assert_skipped_panics_when_a_check_vanishes() {
    report(&BrokenWorld::new(Flaw::WorldIsMinimal)).assert_skipped(&[]);
}
