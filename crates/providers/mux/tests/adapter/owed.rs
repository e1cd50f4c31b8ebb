//! Ended, and the clip not made, or perhaps not: exactly one is made in the end.

use std::time::Duration;

use futures_util::future::join_all;
use livecut_core::{
    Certainty, CutVerdict, Effect, Error, ErrorKind, LiveStreamStopper as _, Progress, StopRequest,
    Ticket, Visibility,
};
use livecut_sim::{Action, ClipSource, MuxSettings, NextAnswer, RecordingTimes, RefuseWith};
use serde_json::json;

use crate::world::{ASSET, World};
use crate::{cut, recording, stream};

const ASKED: std::ops::Range<Duration> = Duration::from_secs(30)..Duration::from_millis(120_500);

fn asked() -> StopRequest {
    cut("30..120.5")
}

fn not_ready_yet() -> MuxSettings {
    MuxSettings::default().clip_source(ClipSource::Ready)
}

fn ready(progress: Progress) -> livecut_core::Ready {
    match progress {
        Progress::Ready(ready) => ready,
        other => panic!("{other:?}"),
    }
}

async fn owed(world: &World) -> (Error, Ticket) {
    let error = world.refused(&asked()).await;
    assert_eq!(error.kind(), ErrorKind::CutOwed, "{error}");
    assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::No));
    let ticket = error.ticket().unwrap().clone();
    (error, ticket)
}

#[tokio::test]
async fn a_clip_that_is_refused_for_now_is_owed_and_made_once_by_following() {
    for with in [
        RefuseWith::BadRequest,
        RefuseWith::Unprocessable,
        RefuseWith::NotFound,
    ] {
        let world = World::live(not_ready_yet().refused_clip(with)).await;
        let (error, ticket) = owed(&world).await;
        assert!(error.to_string().contains("follow the ticket"), "{error}");
        assert_eq!(ticket.source(), Some(&recording(ASSET)));
        assert!(world.sim.mux().clips(stream().as_str()).is_empty());

        let ready = ready(world.follow_to_the_end(&ticket).await);
        assert!(matches!(ready.cut(), CutVerdict::Confirmed(_)), "{ready:?}");
        assert_eq!(ready.recording().duration(), Some(ASKED.end - ASKED.start));
        assert_eq!(world.only_clip(), ASKED);
        // The old ticket again, from months ago: what is there is found.
        let again = ready_of(&world, &ticket).await;
        assert_eq!(again.recording(), ready.recording());
        assert_eq!(world.only_clip(), ASKED);
    }
}

async fn ready_of(world: &World, ticket: &Ticket) -> livecut_core::Ready {
    ready(world.follow_to_the_end(ticket).await)
}

/// The claim, and whether the request was carried out.
#[tokio::test]
async fn whatever_becomes_of_the_clip_s_request_there_is_one_clip_in_the_end() {
    let unknown = Effect::new(Certainty::Yes, Certainty::Unknown);
    let no = Effect::new(Certainty::Yes, Certainty::No);
    for (answer, effect) in [
        (NextAnswer::status(429), no),
        (NextAnswer::status(403), no),
        (NextAnswer::status(503), unknown),
        (NextAnswer::status(503).applied(true), unknown),
        (NextAnswer::status(409), unknown),
        (
            NextAnswer::status(201).html("<p>made</p>").applied(true),
            unknown,
        ),
        (NextAnswer::patch(json!({"data": {"id": null}})), unknown),
        (NextAnswer::patch(json!({"data": null})), unknown),
    ] {
        let world = World::live(MuxSettings::default()).await;
        world
            .sim
            .mux()
            .next_answer(answer.on(Action::Cut).for_id(ASSET))
            .unwrap();
        let error = world.refused(&asked()).await;
        assert_eq!(error.effect(), effect, "{error}");
        ready_of(&world, error.ticket().unwrap()).await;
        assert_eq!(world.only_clip(), ASKED);
    }
}

#[tokio::test]
async fn followers_that_share_a_stopper_make_one_clip_however_many_they_are() {
    let world = World::live(not_ready_yet()).await;
    let (_, ticket) = owed(&world).await;
    world.sim.clock().advance(Duration::from_secs(100));
    let stopper = world.stopper();
    let followed = join_all((0..8).map(|_| stopper.follow(&ticket))).await;
    for progress in followed {
        let progress = progress.unwrap();
        assert_eq!(progress.ticket().recording(), Some(&recording("clip1n0")));
    }
    assert_eq!(world.only_clip(), ASKED);
}

/// No key excludes this race; all that follow later agree on one of the clips.
#[tokio::test]
async fn where_two_processes_made_two_clips_later_followers_agree_on_one() {
    let world = World::live(MuxSettings::default()).await;
    let mux = world.sim.mux();
    let lost = NextAnswer::status(503).applied(true).on(Action::Cut);
    mux.next_answer(lost).unwrap();
    let ticket = world.refused(&asked()).await.ticket().unwrap().clone();
    // The second looks before the first's clip shows.
    let early = NextAnswer::status(200).json(&json!({"data": []}));
    mux.next_answer(early.on(Action::List)).unwrap();
    world.sim.clock().advance(Duration::from_secs(100));
    let progress = world.stopper().follow(&ticket).await.unwrap();
    let second = progress.ticket().clone();
    assert_eq!(mux.clips(stream().as_str()).len(), 2);

    let ours = ready_of(&world, &second).await;
    let theirs = ready_of(&world, &ticket).await;
    let again = ready_of(&world, &ticket).await;
    assert_eq!(theirs.recording(), again.recording());
    assert_eq!(ours.recording().duration(), theirs.recording().duration());
    assert_eq!(mux.clips(stream().as_str()).len(), 2);
}

#[tokio::test]
async fn a_clip_that_lies_outside_the_recording_fails_in_the_end() {
    // Nothing tells how long it is.
    let settings = MuxSettings::default().recording_times(RecordingTimes::Missing);
    let world = World::live(settings).await;
    let error = world.refused(&cut("10..3h")).await;
    assert_eq!(error.kind(), ErrorKind::CutOwed);
    let progress = world.follow_to_the_end(error.ticket().unwrap()).await;
    let Progress::Failed(failed) = progress else {
        panic!("{progress:?}");
    };
    assert!(failed.reason().contains("lie within"), "{failed:?}");
}

#[tokio::test]
async fn a_clip_is_as_visible_as_asked_or_else_as_its_recording_also_when_it_was_owed() {
    for (asked_for, policies) in [
        (None, vec!["public", "signed"]),
        (Some(Visibility::Public), vec!["public"]),
        (Some(Visibility::Private), vec!["signed"]),
    ] {
        for source in [ClipSource::Over, ClipSource::Ready] {
            let settings = MuxSettings::default()
                .playback_policies(true, true)
                .clip_source(source);
            let world = World::live(settings).await;
            let mut request = asked();
            if let Some(visibility) = &asked_for {
                request = request.with_visibility(visibility.clone());
            }
            let ticket = match world.stopper().stop(&request).await {
                Ok(outcome) => outcome.ticket().clone(),
                Err(error) => error.ticket().unwrap().clone(),
            };
            let ready = ready_of(&world, &ticket).await;
            let clips = world.sim.mux().clips(stream().as_str());
            assert_eq!(clips[0].policies, policies);
            let public = policies.contains(&"public");
            assert_eq!(ready.recording().playback().len(), usize::from(public));
        }
    }
}
