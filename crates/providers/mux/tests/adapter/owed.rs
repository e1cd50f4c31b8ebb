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
    MuxSettings::default().with_clip_source(ClipSource::Ready)
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
        let world = World::live(not_ready_yet().with_refused_clip(with)).await;
        let (error, ticket) = owed(&world).await;
        assert!(error.to_string().contains("follow the ticket"), "{error}");
        assert_eq!(ticket.source(), Some(&recording(ASSET)));
        assert!(world.sim.mux().clips(stream().as_str()).is_empty());

        let ready = ready(world.follow_to_the_end(&ticket).await);
        assert_eq!(ready.verdict(), Some(CutVerdict::Confirmed), "{ready:?}");
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
        (NextAnswer::status(503).with_applied(true), unknown),
        (NextAnswer::status(409), unknown),
        (
            NextAnswer::status(201)
                .with_html("<p>made</p>")
                .with_applied(true),
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

/// Whoever holds a ticket could change it, and whoever knows an asset's id could make one up.
#[tokio::test]
async fn a_ticket_that_was_changed_in_any_way_makes_nothing_and_says_how_to_go_on() {
    let world = World::live(not_ready_yet()).await;
    let (_, ticket) = owed(&world).await;
    assert!(ticket.to_string().starts_with("lct2_"), "{ticket}");
    assert!(ticket.owes_cut());
    world.sim.clock().advance(Duration::from_secs(100));
    let seal = ticket.seal().unwrap().to_vec();
    let other = "30..121".parse().unwrap();
    let shifted = livecut_core::Cut::new(ticket.cut().unwrap().requested(), other);
    for (forged, why) in [
        (ticket.clone().with_cut(Some(shifted)), "seal"),
        (ticket.clone().with_source(recording("other")), "seal"),
        (
            ticket.clone().with_visibility(Some(Visibility::Public)),
            "seal",
        ),
        (
            ticket.clone().with_visibility(Some(Visibility::Private)),
            "seal",
        ),
        (
            Ticket::new("mux", livecut_core::StreamId::new("other").unwrap())
                .with_cut(ticket.cut().copied())
                .with_source(recording(ASSET)),
            "seal",
        ),
    ] {
        let before = world.sim.requests().len();
        let error = world
            .stopper()
            .follow(&forged.clone().with_seal(seal.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTicket, "{forged:?}");
        assert_eq!(error.provider(), Some("mux"));
        assert!(error.to_string().contains(why), "{error}");
        assert!(
            error.to_string().contains("stop the stream again, naming"),
            "{error}"
        );
        assert_eq!(world.sim.requests().len(), before, "nothing is even asked");
        // Nor without a seal.
        let error = world.stopper().follow(&forged).await.unwrap_err();
        assert!(error.effect().is_none(), "{error}");
    }
    assert!(world.sim.mux().clips(stream().as_str()).is_empty());
    ready_of(&world, &ticket).await;
    assert_eq!(world.only_clip(), ASKED);
}

/// As livecut wrote them before there were seals.
#[tokio::test]
async fn a_ticket_of_version_1_finds_the_clip_and_never_makes_it() {
    let world = World::live(not_ready_yet()).await;
    let (_, ticket) = owed(&world).await;
    let stored = ticket.clone().with_visibility(None).to_string();
    assert!(stored.starts_with("lct1_"), "{stored}");
    let old: Ticket = stored.parse().unwrap();
    for advance in [0, 100] {
        world.sim.clock().advance(Duration::from_secs(advance));
        let error = world.stopper().follow(&old).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTicket, "{error}");
        assert!(
            error
                .to_string()
                .contains("stop the live stream again, naming"),
            "{error}"
        );
        assert!(world.sim.mux().clips(stream().as_str()).is_empty());
    }
    // What the error says to do.
    let again = asked().with_recording(recording(ASSET));
    let outcome = world.stopper().stop(&again).await.unwrap();
    let found = ready_of(&world, &old).await;
    assert_eq!(Some(found.recording().id()), outcome.ticket().recording());
    assert_eq!(found.ticket().seal(), None, "nothing is owed any more");
    assert_eq!(world.only_clip(), ASKED);
}

#[tokio::test]
async fn a_ticket_of_a_credential_that_was_renewed_is_refused_unsent_and_the_request_goes_on() {
    let world = World::live(not_ready_yet()).await;
    let (_, ticket) = owed(&world).await;
    let before = world.sim.requests().len();
    let config = livecut_mux::MuxConfig::new("a-new-id", "a-new-secret")
        .unwrap()
        .with_base_url(world.sim.mux().base_url());
    let renewed = livecut_mux::Mux::new(config).unwrap();
    let error = renewed.follow(&ticket).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTicket);
    assert!(
        error.to_string().contains("the credential was renewed"),
        "{error}"
    );
    assert_eq!(world.sim.requests().len(), before);
    // The plan of the stop that goes on has a ticket that the new credential seals.
    let again = asked().with_recording(recording(ASSET));
    let plan = renewed.plan(&again).unwrap();
    let planned = plan.ticket().unwrap();
    assert_eq!(planned.signed_part(), ticket.signed_part());
    assert!(planned.seal().is_some() && planned.seal() != ticket.seal());
    let ours = world.stopper().plan(&again).unwrap();
    assert_eq!(ours.ticket(), Some(&ticket));
    assert_ne!(ours.account(), plan.account());
}

#[tokio::test]
async fn no_clip_is_made_of_a_recording_of_another_live_stream() {
    let world = World::idle(MuxSettings::default()).await;
    let other = livecut_core::StreamId::new("other").unwrap();
    let request = StopRequest::new(other)
        .with_cut("30..120".parse().unwrap())
        .with_recording(recording(ASSET));
    // Sealed, and of an asset that isn't this live stream's.
    let plan = world.stopper().plan(&request).unwrap();
    let error = world
        .stopper()
        .follow(plan.ticket().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTicket, "{error}");
    assert!(
        error.to_string().contains("isn't one of its live stream's"),
        "{error}"
    );
    assert!(world.changes().is_empty());
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
    let lost = NextAnswer::status(503).with_applied(true).on(Action::Cut);
    mux.next_answer(lost).unwrap();
    let ticket = world.refused(&asked()).await.ticket().unwrap().clone();
    // The second looks before the first's clip shows.
    let early = NextAnswer::status(200).with_json(&json!({"data": []}));
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
    let settings = MuxSettings::default().with_recording_times(RecordingTimes::Missing);
    let world = World::live(settings).await;
    let error = world.refused(&cut("10..3h")).await;
    assert_eq!(error.kind(), ErrorKind::CutOwed);
    let progress = world.follow_to_the_end(error.ticket().unwrap()).await;
    let Progress::Failed(failed) = progress else {
        panic!("{progress:?}");
    };
    assert!(failed.reason().contains("lie within"), "{failed:?}");
}

/// An answer about anything but this clip gives nothing up, and one that may have been sent though the clip was made
/// says so.
#[tokio::test]
async fn only_a_refusal_of_this_very_clip_gives_the_cut_up() {
    for (status, applied, cut) in [418, 419, 444, 460, 499]
        .map(|status| (status, true, Certainty::Unknown))
        .into_iter()
        .chain(
            [402, 404, 405, 407, 411, 413, 415, 421, 426, 431, 451]
                .map(|status| (status, false, Certainty::No)),
        )
    {
        let world = World::live(MuxSettings::default()).await;
        let mux = world.sim.mux();
        let busy = NextAnswer::status(503).on(Action::Cut);
        mux.next_answer(busy).unwrap();
        let ticket = world.refused(&asked()).await.ticket().unwrap().clone();
        world.sim.clock().advance(Duration::from_secs(100));
        let answer = NextAnswer::status(status)
            .with_applied(applied)
            .on(Action::Cut);
        mux.next_answer(answer).unwrap();
        let stopper = world.stopper();
        let error = stopper.follow(&ticket).await.unwrap_err();
        assert_eq!(error.effect(), Effect::new(Certainty::No, cut), "{error}");
        // Followed again, it is found or made: once.
        let progress = stopper.follow(&ticket).await.unwrap();
        assert!(progress.ticket().recording().is_some(), "{status}");
        assert_eq!(world.only_clip(), ASKED, "{status}");
    }
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
                .with_playback_policies(true, true)
                .with_clip_source(source);
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
