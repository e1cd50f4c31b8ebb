//! Nothing live, and recordings that are named.

use livecut_core::{CutState, ErrorKind, LiveStreamStopper as _, Stopped};
use livecut_sim::{MuxSettings, StreamSpec};

use crate::world::{ASSET, World};
use crate::{cut, recording, stream, whole};

#[tokio::test]
async fn a_stop_with_nothing_live_is_refused_and_says_how_to_name_the_recording() {
    let world = World::idle(MuxSettings::default()).await;
    for request in [whole(), cut("30..120")] {
        let error = world.refused(&request).await;
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.effect().is_none());
        assert!(error.to_string().contains("`asset1`"), "{error}");
    }
    assert!(world.changes().is_empty());
}

#[tokio::test]
async fn a_recording_that_is_named_is_cut_without_ending_anything() {
    let world = World::idle(MuxSettings::default()).await;
    let request = cut("30..120").with_recording(recording(ASSET));
    let outcome = world.stopper().stop(&request).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::AlreadyEnded);
    assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
    assert_eq!(world.only_clip().start.as_secs(), 30);
    let changes = world.changes();
    assert!(changes.iter().all(|request| !request.applied.stop));

    let kept = whole().with_recording(recording(ASSET));
    let outcome = world.stopper().stop(&kept).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::AlreadyEnded);
    assert_eq!(outcome.recording().unwrap().id(), &recording(ASSET));
}

#[tokio::test]
async fn a_recording_that_is_named_and_live_is_ended_and_cut() {
    let world = World::live(MuxSettings::default()).await;
    let request = cut("30..120").with_recording(recording(ASSET));
    let planned = world.stopper().plan(&request).unwrap();
    let outcome = world.stopper().stop(&request).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    let ticket = planned.ticket().unwrap().clone();
    let clip = outcome.ticket().recording().unwrap().clone();
    assert_eq!(&ticket.with_recording(clip), outcome.ticket());
}

#[tokio::test]
async fn a_broadcast_that_is_live_is_never_ended_for_the_recording_of_another() {
    let world = World::live(MuxSettings::default()).await;
    let request = cut("30..120").with_recording(recording("yesterdays"));
    let error = world.refused(&request).await;
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.effect().is_none());
    assert!(world.changes().is_empty());
}

#[tokio::test]
async fn the_recording_of_another_live_stream_is_never_cut() {
    let world = World::idle(MuxSettings::default()).await;
    let other = StreamSpec::ended("other").with_recording_id("others");
    world.sim.mux().create_stream(other).unwrap();
    for request in [
        cut("30..120").with_recording(recording("others")),
        whole().with_recording(recording("others")),
    ] {
        let error = world.refused(&request).await;
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.effect().is_none());
    }
    let unknown = cut("30..120").with_recording(recording("unknown"));
    assert_eq!(world.refused(&unknown).await.kind(), ErrorKind::NotFound);
    assert!(world.changes().is_empty());
    assert!(world.sim.mux().clips(stream().as_str()).is_empty());
}
