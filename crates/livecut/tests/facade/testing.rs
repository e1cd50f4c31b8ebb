//! What the scripted stopper does for a user's tests.

use std::time::Duration;

use livecut::testing::{FollowReply, ScriptedStopper, StatusReply, StopReply};
use livecut::{
    Capabilities, Certainty, CutRange, CutState, CutVerdict, Effect, ErrorKind,
    LiveStreamStopper as _, Progress, Purpose, Recording, RecordingId, StopRequest, Stopped,
    StreamState, TenantId, Timeline, TimelineSupport, Visibility,
};
use time::OffsetDateTime;

use crate::{request, stream};

/// Whole seconds, wall clock by nature, offsets by an anchor, nothing else.
fn narrow() -> ScriptedStopper {
    ScriptedStopper::new().with_capabilities(
        Capabilities::new(Duration::from_secs(1))
            .with_timeline(Timeline::WallClock, TimelineSupport::Native)
            .with_timeline(Timeline::Offset, TimelineSupport::WithAnchor),
    )
}

#[tokio::test]
async fn an_accepted_stop_has_the_cut_and_the_ticket_that_was_planned() {
    let stopper = ScriptedStopper::new()
        .with_tenant(TenantId::new("school").unwrap())
        .on_stop(StopReply::accepted())
        .on_stop(StopReply::made())
        .on_stop(StopReply::already_ended());
    let plan = stopper.plan(&request()).unwrap();
    let cut = *plan.cut().unwrap();

    let accepted = stopper.stop(&request()).await.unwrap();
    assert_eq!(accepted.cut(), Some(&cut));
    assert_eq!(accepted.cut_state(), Some(CutState::Scheduled));
    assert_eq!(accepted.stopped(), Stopped::Stopped);
    assert_eq!(Some(accepted.ticket()), plan.ticket());
    assert_eq!(accepted.ticket().tenant().unwrap().as_str(), "school");

    let made = stopper.stop(&request()).await.unwrap();
    assert_eq!(made.cut(), Some(&cut));
    assert_eq!(made.cut_state(), Some(CutState::Made));

    let whole = StopRequest::new(stream("room"));
    let ended = stopper.stop(&whole).await.unwrap();
    assert_eq!(ended.stopped(), Stopped::AlreadyEnded);
    assert_eq!((ended.cut(), ended.cut_state()), (None, None));
    assert_eq!(stopper.stops(), [request(), request(), whole]);
}

#[tokio::test]
async fn what_the_provider_cannot_do_is_refused_and_never_recorded() {
    let stopper = narrow().on_stop(StopReply::accepted());
    let unsupported = request().with_visibility(Visibility::Public);
    let error = stopper.stop(&unsupported).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.provider(), Some("scripted"));
    let error = stopper.stop(&request()).await.unwrap_err();
    assert!(error.to_string().contains("anchor"), "{error}");
    assert!(stopper.stops().is_empty());
    assert_eq!(stopper.unused(), 1);
}

#[tokio::test]
async fn a_cut_is_converted_by_its_anchor_and_rounded() {
    let stopper = narrow().on_stop(StopReply::accepted());
    let anchor = OffsetDateTime::from_unix_timestamp(1_736_754_570).unwrap();
    let requested: CutRange = "30.2s..119.5s".parse().unwrap();
    let request = StopRequest::new(stream("room"))
        .with_cut(requested)
        .with_anchor(anchor);
    let outcome = stopper.stop(&request).await.unwrap();
    let cut = outcome.cut().unwrap();
    assert_eq!(cut.requested(), requested);
    assert_eq!(
        cut.effective(),
        CutRange::epoch_seconds(1_736_754_600, 1_736_754_690).unwrap()
    );
}

#[test]
fn only_a_provider_of_one_call_has_its_ticket_before_anything_is_sent() {
    let purposes = |stopper: &ScriptedStopper| {
        let plan = stopper.plan(&request()).unwrap();
        let purposes: Vec<_> = plan.steps().iter().map(livecut::Step::purpose).collect();
        (purposes, plan.ticket().is_some())
    };
    assert_eq!(
        purposes(&ScriptedStopper::new()),
        (vec![Purpose::Stop], true)
    );
    let two_calls = ScriptedStopper::new().with_capabilities(
        Capabilities::new(Duration::from_secs(1))
            .with_timeline(Timeline::Offset, TimelineSupport::Native),
    );
    assert_eq!(
        purposes(&two_calls),
        (vec![Purpose::Stop, Purpose::Cut], false)
    );
}

#[tokio::test]
async fn a_script_that_has_run_out_says_what_to_add() {
    let stopper = ScriptedStopper::new();
    let error = stopper.stop(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.effect().is_none());
    assert_eq!(
        error.to_string(),
        "scripted: the script has no reply left to `stop` of `room`: add one with `on_stop`"
    );
    let error = stopper.status(&stream("room")).await.unwrap_err();
    assert!(error.to_string().ends_with("add one with `on_status`"));
    let ticket = stopper.plan(&request()).unwrap().ticket().unwrap().clone();
    let error = stopper.follow(&ticket).await.unwrap_err();
    assert!(error.to_string().ends_with("add one with `on_follow`"));
}

#[tokio::test]
async fn replies_come_in_order_to_the_stream_that_they_are_for() {
    let (a, b) = (stream("a"), stream("b"));
    let state = |word: &str| StatusReply::state(StreamState::Live, word);
    let stopper = ScriptedStopper::new()
        .on_status(state("for a").for_stream(&a))
        .on_status(state("for any, twice").times(2))
        .on_status(state("for b").for_stream(&b))
        .on_status(state("from then on").always());
    assert_eq!(stopper.unused(), 4);
    let mut words = Vec::new();
    for id in [&b, &a, &a, &b, &a, &b] {
        let status = stopper.status(id).await.unwrap();
        assert_eq!(status.stream(), id);
        words.push(status.provider_state().to_owned());
    }
    assert_eq!(
        words,
        [
            "for any, twice",
            "for a",
            "for any, twice",
            "for b",
            "from then on",
            "from then on"
        ]
    );
    assert_eq!(stopper.unused(), 0);
    assert_eq!(
        stopper.statuses(),
        [&b, &a, &a, &b, &a, &b].map(Clone::clone)
    );
}

#[tokio::test]
async fn a_scripted_error_has_its_effect_and_where_something_happened_the_ticket() {
    let unknown = Effect::new(Certainty::Unknown, Certainty::Unknown);
    let stopper = ScriptedStopper::new()
        .with_provider("betamax")
        .on_stop(StopReply::error(ErrorKind::Unavailable, unknown))
        .on_stop(StopReply::error(ErrorKind::NotFound, Effect::NONE))
        .on_stop(StopReply::cut_owed());
    let error = stopper.stop(&request()).await.unwrap_err();
    assert_eq!(error.provider(), Some("betamax"));
    assert_eq!(error.effect(), unknown);
    assert_eq!(error.ticket().unwrap().stream(), &stream("room"));
    let error = stopper.stop(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.ticket()), (ErrorKind::NotFound, None));
    let error = stopper.stop(&request()).await.unwrap_err();
    assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::No));
    assert!(error.ticket().unwrap().cut().is_some());
}

#[tokio::test]
async fn an_owed_cut_that_was_not_asked_for_is_not_owed() {
    let stopper = ScriptedStopper::new().on_stop(StopReply::cut_owed());
    let outcome = stopper.stop(&StopRequest::new(stream("room"))).await;
    assert_eq!(outcome.unwrap().cut(), None);
}

#[tokio::test]
async fn a_closure_answers_whatever_the_others_do_not() {
    let stopper = ScriptedStopper::new().on_stop(StopReply::with(|ticket| {
        Ok(
            livecut::StopOutcome::new(ticket.clone()).with_messages(vec![format!(
                "{} of {}",
                ticket.stream(),
                ticket.provider()
            )]),
        )
    }));
    let outcome = stopper.stop(&request()).await.unwrap();
    assert_eq!(outcome.messages(), ["room of scripted"]);
}

#[tokio::test]
async fn a_followed_ticket_learns_the_recording_and_must_be_ours() {
    let recording = Recording::new(RecordingId::new("vod").unwrap());
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::accepted())
        .on_follow(FollowReply::in_progress("queued", Duration::from_secs(5)))
        .on_follow(FollowReply::failed("no disk"))
        .on_follow(FollowReply::ready(recording.clone()));
    let ticket = stopper.stop(&request()).await.unwrap().ticket().clone();

    let progress = stopper.follow(&ticket).await.unwrap();
    assert_eq!(
        (progress.as_str(), progress.ticket()),
        ("in_progress", &ticket)
    );
    let Progress::Failed(failed) = stopper.follow(&ticket).await.unwrap() else {
        panic!("the script has it fail");
    };
    assert_eq!(failed.reason(), "no disk");
    let Progress::Ready(ready) = stopper.follow(&ticket).await.unwrap() else {
        panic!("the script has it ready");
    };
    assert_eq!(ready.recording(), &recording);
    assert_eq!(ready.ticket().recording(), Some(recording.id()));
    assert_eq!(
        (ready.cut(), ready.verdict()),
        (ticket.cut(), Some(CutVerdict::Unconfirmed))
    );

    let elsewhere = ScriptedStopper::new().with_provider("betamax");
    let error = elsewhere.follow(&ticket).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTicket);
    assert!(elsewhere.follows().is_empty());
    let other_tenant = ScriptedStopper::new().with_tenant(TenantId::new("x").unwrap());
    let error = other_tenant.follow(&ticket).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTicket);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_later_than_the_timeout_is_a_timeout_whose_effect_is_unknown() {
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::accepted().after(Duration::from_secs(9)))
        .on_stop(
            StopReply::accepted()
                .after(Duration::from_secs(11))
                .times(2),
        )
        .on_stop(StopReply::accepted().after(Duration::from_secs(31)));
    let hurried = request().with_timeout(Duration::from_secs(10));
    assert!(stopper.stop(&hurried).await.is_ok());

    let begun = tokio::time::Instant::now();
    let error = stopper.stop(&hurried).await.unwrap_err();
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let unknown = Effect::new(Certainty::Unknown, Certainty::Unknown);
    assert_eq!(error.effect(), unknown);
    assert!(error.ticket().is_some());

    assert!(stopper.stop(&request()).await.is_ok(), "within the default");
    let error = stopper
        .stop(&StopRequest::new(stream("room")))
        .await
        .unwrap_err();
    let without_a_cut = Effect::new(Certainty::Unknown, Certainty::No);
    assert_eq!(error.effect(), without_a_cut);
}
