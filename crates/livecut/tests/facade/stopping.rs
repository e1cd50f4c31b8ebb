//! `begin`, and `stop_and_wait` under a paused clock.

use std::error::Error as _;
use std::time::Duration;

use livecut::testing::{FollowReply, ScriptedStopper, StopReply};
use livecut::{
    Certainty, Effect, Error, ErrorKind, LiveStreamStopperExt as _, Recording, RecordingId,
    WaitErrorKind, WaitEvent, WaitPolicy,
};

use crate::request;

fn ready() -> FollowReply {
    FollowReply::ready(Recording::new(RecordingId::new("vod").unwrap()))
}

/// The names of the events, in order.
fn noting<'a>(names: &'a mut Vec<&'static str>) -> WaitPolicy<'a> {
    WaitPolicy::new().with_observer(|event| {
        names.push(match event {
            WaitEvent::Stopped { .. } => "stopped",
            WaitEvent::CutOwed { .. } => "cut owed",
            WaitEvent::InProgress { .. } => "in progress",
            _ => "another",
        });
    })
}

#[tokio::test]
async fn an_owed_cut_is_begun_as_well_as_one_that_was_taken() {
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::accepted())
        .on_stop(StopReply::made())
        .on_stop(StopReply::already_ended())
        .on_stop(StopReply::cut_owed());
    for owes_cut in [false, false, false, true] {
        let ticket = stopper.begin(&request()).await.unwrap();
        assert_eq!(ticket.owes_cut(), owes_cut);
        assert!(ticket.cut().is_some());
    }
    assert_eq!((stopper.stops().len(), stopper.unused()), (4, 0));
    assert_eq!(stopper.follows().len(), 0, "who follows is the caller");
}

#[tokio::test]
async fn what_is_less_than_owed_is_not_begun() {
    use Certainty::{No, Unknown, Yes};
    for (kind, effect) in [
        (ErrorKind::NotFound, Effect::NONE),
        (ErrorKind::Interrupted, Effect::new(Unknown, Unknown)),
        (ErrorKind::Interrupted, Effect::new(Yes, Unknown)),
        (ErrorKind::CutRefused, Effect::new(Yes, No)),
        (ErrorKind::UnexpectedCut, Effect::new(Yes, Yes)),
        // Of that kind, and yet its ticket owes nothing: nobody would make the cut.
        (ErrorKind::CutOwed, Effect::new(Yes, No)),
    ] {
        let stopper = ScriptedStopper::new().on_stop(StopReply::error(kind, effect));
        let error = stopper.begin(&request()).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, effect));
        assert_eq!(stopper.stops().len(), 1, "the stop isn't repeated");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_succeeds_is_followed_with_its_ticket() {
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::accepted())
        .on_follow(FollowReply::in_progress("queued", Duration::from_secs(5)))
        .on_follow(ready());
    let mut told = Vec::new();
    let waited = stopper.stop_and_wait(&request(), noting(&mut told)).await;
    assert_eq!(waited.unwrap().recording().id().as_str(), "vod");
    assert_eq!(told, ["stopped", "in progress"]);
    assert!(stopper.follows()[0].cut().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_owed_cut_is_waited_for() {
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::cut_owed())
        .on_follow(ready());
    let mut told = Vec::new();
    let waited = stopper.stop_and_wait(&request(), noting(&mut told)).await;
    assert!(waited.is_ok());
    assert_eq!(told, ["cut owed"]);
    assert_eq!(stopper.stops().len(), 1, "the stop isn't repeated");
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_did_less_is_neither_repeated_nor_followed() {
    use Certainty::{No, Unknown, Yes};
    for (kind, effect) in [
        (ErrorKind::NotFound, Effect::NONE),
        (ErrorKind::RateLimited, Effect::NONE),
        (ErrorKind::Interrupted, Effect::new(Unknown, Unknown)),
        (ErrorKind::CutRefused, Effect::new(Yes, No)),
        (ErrorKind::UnexpectedCut, Effect::new(Yes, Yes)),
    ] {
        let stopper = ScriptedStopper::new()
            .on_stop(StopReply::error(kind, effect))
            .on_follow(ready());
        let waited = stopper.stop_and_wait(&request(), WaitPolicy::new()).await;
        let error = waited.unwrap_err();
        assert_eq!(error.kind(), WaitErrorKind::Stop, "{kind}");
        assert_eq!(error.error().map(Error::kind), Some(kind));
        assert_eq!(error.error().map(Error::effect), Some(effect));
        assert_eq!(error.ticket().is_some(), !effect.is_none());
        assert!(error.source().unwrap().is::<Error>());
        assert_eq!(
            error.to_string(),
            "scripted: the stop didn't do all that was asked for, so there is no waiting"
        );
        assert_eq!((stopper.stops().len(), stopper.follows().len()), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn the_policy_s_timeout_begins_when_the_stop_has_ended() {
    let seconds = Duration::from_secs;
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::accepted().after(seconds(25)))
        .on_follow(FollowReply::in_progress("queued", seconds(15)))
        .on_follow(ready());
    let policy = WaitPolicy::new().with_timeout(seconds(20));
    assert!(stopper.stop_and_wait(&request(), policy).await.is_ok());
}
