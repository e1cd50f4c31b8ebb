//! Cuts by wall clock: the anchor is read, or refused.

use std::time::Duration;

use livecut_core::{ErrorKind, LiveStreamStopper as _, StopRequest};
use livecut_sim::{MuxSettings, RecordingTimes};

use crate::world::World;
use crate::{cut, stream};

/// From minute 10 to minute 15 of the recording.
fn minutes_10_to_15(world: &World) -> StopRequest {
    let recording = world.sim.mux().recording(stream().as_str()).unwrap();
    let start = recording.start.unwrap();
    let at = |minutes: i64| {
        let at = start.saturating_add(time::Duration::minutes(minutes));
        format!("@{}.{:09}", at.unix_timestamp(), at.nanosecond())
    };
    cut(&format!("{}..{}", at(10), at(15)))
}

#[tokio::test]
async fn the_start_of_the_one_session_is_the_anchor() {
    let world = World::live(MuxSettings::default()).await;
    let request = minutes_10_to_15(&world);
    let outcome = world.stopper().stop(&request).await.unwrap();
    let effective = outcome.cut().unwrap().effective();
    assert_eq!(effective.to_string(), "600s..900s");
    let minute = |n: u64| Duration::from_secs(60 * n);
    assert_eq!(world.only_clip(), minute(10)..minute(15));
}

#[tokio::test]
async fn several_sessions_or_slate_are_refused_before_anything_is_ended() {
    for (times, why) in [
        (RecordingTimes::TwoSessions, "several sessions"),
        (RecordingTimes::Slate, "slate"),
        (RecordingTimes::Untyped, "content"),
        (RecordingTimes::Missing, "doesn't tell when"),
    ] {
        let world = World::live(MuxSettings::default().with_recording_times(times)).await;
        let request = minutes_10_to_15(&world);
        let error = world.refused(&request).await;
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.effect().is_none());
        let said = error.to_string();
        assert!(said.contains(why) && said.contains("anchor"), "{said}");
        assert!(world.changes().is_empty());

        // The caller may know better.
        let start = world.sim.mux().recording(stream().as_str()).unwrap().start;
        let outcome = world
            .stopper()
            .stop(&request.with_anchor(start.unwrap()))
            .await;
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_cut_that_is_too_short_or_too_early_by_the_anchor_is_refused_before_anything_is_ended() {
    let world = World::live(MuxSettings::default()).await;
    for early in ["@1000000000..@1000000100", "@1000000000..@1000000000.1"] {
        let error = world.refused(&cut(early)).await;
        assert!(error.effect().is_none(), "{error}");
    }
    let start = world.sim.mux().recording(stream().as_str()).unwrap().start;
    let at = start.unwrap().unix_timestamp() + 60;
    let error = world.refused(&cut(&format!("@{at}..@{at}.2"))).await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(world.changes().is_empty());
}
