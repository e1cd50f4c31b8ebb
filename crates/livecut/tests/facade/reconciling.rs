//! What a look after a stop of unknown effect proves, and that there is never a second stop.

use livecut::testing::{ScriptedStopper, StatusReply, StopReply};
use livecut::{
    Capabilities, Certainty, Effect, Error, ErrorKind, LiveStreamStopper as _,
    LiveStreamStopperExt as _, Result, StopOutcome, StopRequest, StreamState, StreamStatus,
    Visibility,
};

use Certainty::{No, Unknown, Yes};
use StreamState as State;

use crate::{request, stream};

const STATES: [StreamState; 8] = [
    State::NotStarted,
    State::Live,
    State::Interrupted,
    State::Offline,
    State::Processing,
    State::Ended,
    State::Failed,
    State::Unknown,
];

fn whole() -> StopRequest {
    StopRequest::new(stream("room"))
}

fn looks(state: StreamState) -> StatusReply {
    StatusReply::state(state, "a word")
}

/// Looks, stops to this effect, and looks again.
fn stopper(before: StreamState, effect: Effect, after: StreamState) -> ScriptedStopper {
    ScriptedStopper::new()
        .on_status(looks(before))
        .on_stop(StopReply::error(ErrorKind::Interrupted, effect))
        .on_status(looks(after))
}

fn effect(result: Result<StopOutcome>) -> Effect {
    result.unwrap_err().effect()
}

#[tokio::test]
async fn only_from_on_air_to_over_makes_a_yes_and_nothing_makes_a_no() {
    let unknown = Effect::new(Unknown, Unknown);
    for before in STATES {
        for after in STATES {
            let stopper = stopper(before, unknown, after);
            let reconciled = effect(stopper.stop_and_reconcile(&request()).await);
            let proved = matches!(before, State::Live | State::Interrupted)
                && matches!(after, State::Processing | State::Ended);
            let stopped = if proved { Yes } else { Unknown };
            let expected = Effect::new(stopped, Unknown);
            assert_eq!(reconciled, expected, "{before:?} to {after:?}");
            assert_eq!(stopper.stops().len(), 1);
        }
    }
}

#[tokio::test]
async fn what_is_known_stays_as_it_is_and_is_not_looked_at() {
    for known in [
        Effect::NONE,
        Effect::new(Yes, No),
        Effect::new(Yes, Unknown),
        Effect::new(Yes, Yes),
        Effect::new(No, Unknown),
    ] {
        let stopper = stopper(State::Live, known, State::Ended);
        let reconciled = effect(stopper.stop_and_reconcile(&request()).await);
        assert_eq!(reconciled, known);
        assert_eq!(stopper.statuses().len(), 1, "only before the stop");
    }
    let stopper = ScriptedStopper::new()
        .on_status(looks(State::Live))
        .on_stop(StopReply::accepted());
    assert!(stopper.stop_and_reconcile(&request()).await.is_ok());
    assert_eq!((stopper.stops().len(), stopper.statuses().len()), (1, 1));
}

#[tokio::test]
async fn a_stop_that_was_only_to_stop_is_done_once_it_is_proved() {
    let unknown = Effect::new(Unknown, No);
    let one_call = stopper(State::Live, unknown, State::Ended);
    let outcome = one_call.stop_and_reconcile(&whole()).await.unwrap();
    assert_eq!(outcome.cut(), None);
    let plan = one_call.plan(&whole()).unwrap();
    assert_eq!(Some(outcome.ticket()), plan.ticket());

    let private = whole().with_visibility(Visibility::Private);
    let one_call = stopper(State::Live, unknown, State::Ended);
    let reconciled = effect(one_call.stop_and_reconcile(&private).await);
    assert_eq!(reconciled, Effect::new(Yes, No), "who knows who may see it");

    let capabilities = Capabilities::new(std::time::Duration::from_secs(1));
    let many_calls = stopper(State::Live, unknown, State::Ended).with_capabilities(capabilities);
    let reconciled = effect(many_calls.stop_and_reconcile(&whole()).await);
    assert_eq!(
        reconciled,
        Effect::new(Yes, No),
        "a later call may be missing"
    );
}

#[tokio::test]
async fn a_look_that_fails_proves_nothing_and_never_keeps_from_stopping() {
    let unknown = Effect::new(Unknown, Unknown);
    let fails = || StatusReply::error(ErrorKind::Unavailable, Effect::NONE);
    let stops = || StopReply::error(ErrorKind::Timeout, unknown);
    for stopper in [
        ScriptedStopper::new()
            .on_status(fails())
            .on_stop(stops())
            .on_status(looks(State::Ended)),
        ScriptedStopper::new()
            .on_status(looks(State::Live))
            .on_stop(stops())
            .on_status(fails()),
    ] {
        let error = stopper.stop_and_reconcile(&request()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Timeout, unknown)
        );
        assert!(error.ticket().is_some());
        assert_eq!(stopper.stops().len(), 1);
    }
}

#[tokio::test]
async fn a_look_at_another_stream_or_provider_is_no_evidence() {
    let error =
        || Error::new(ErrorKind::Timeout, "late").with_effect(Effect::new(Unknown, Unknown));
    for (provider, of, expected) in [
        ("scripted", "room", Yes),
        ("scripted", "another", Unknown),
        ("another", "room", Unknown),
    ] {
        let stopper = ScriptedStopper::new().on_status(looks(State::Ended));
        let before = StreamStatus::new(provider, stream(of), State::Live, "a word");
        let reconciled = stopper.reconcile(&request(), &before, error()).await;
        assert_eq!(effect(reconciled), Effect::new(expected, Unknown));
        assert!(stopper.stops().is_empty());
    }
}
