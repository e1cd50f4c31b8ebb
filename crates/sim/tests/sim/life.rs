//! A stream's life, as the simulator's own words have it.

use crate::{any, live_at_each, seconds, single_calls};
use livecut_sim::{CreateError, FailingStage, SimClock, Simulator, Stage, StreamSpec};

const ID: &str = "7";

#[tokio::test]
async fn a_stream_that_starts_and_ends_by_itself_does_so_by_the_clock() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::not_started(ID)
        .with_start(SimClock::MANUAL_START + seconds(60))
        .with_length(seconds(600));
    for provider in sim.providers() {
        provider.create_stream(spec.clone()).unwrap();
    }
    for (advance, stages) in [
        (0, &[Stage::NotStarted][..]),
        (60, &[Stage::Live]),
        // Of a provider that processes nothing, the recording is there at once.
        (600, &[Stage::Stopped, Stage::Ready]),
        (65, &[Stage::Ready]),
    ] {
        sim.clock().advance(seconds(advance));
        for provider in sim.providers() {
            let stage = provider.stage(ID).unwrap();
            assert!(stages.contains(&stage), "{}: {stage:?}", provider.name());
        }
    }
    for provider in single_calls(&sim) {
        let kept = provider.kept(ID).unwrap();
        assert_eq!(kept.duration(), seconds(600));
    }
    sim.clock().set(SimClock::MANUAL_START);
    for provider in sim.providers() {
        assert_eq!(provider.stage(ID), Some(Stage::NotStarted));
    }
}

#[tokio::test]
async fn of_a_failed_recording_nothing_is_kept() {
    let sim = Simulator::start().await.unwrap();
    for provider in single_calls(&sim) {
        let spec = StreamSpec::live(ID).with_failure(FailingStage::Transcoding);
        provider.create_stream(spec).unwrap();
        provider.stop(ID).send().await;
        assert!(provider.kept(ID).is_some());
    }
    sim.clock().advance(seconds(65));
    for provider in single_calls(&sim) {
        assert_eq!(provider.kept(ID), None);
        assert_eq!(provider.stage(ID), Some(Stage::Failed));
    }
}

#[tokio::test]
async fn every_change_of_stage_is_known_with_its_instant() {
    let sim = live_at_each(ID).await;
    let stop = SimClock::MANUAL_START;
    let expected = [
        (stop - seconds(3600), Stage::Live),
        (stop, Stage::Stopped),
        (stop + seconds(5), Stage::Transcoding),
        (stop + seconds(65), Stage::Trimming),
        (stop + seconds(75), Stage::Ready),
    ];
    for provider in single_calls(&sim) {
        sim.clock().set(stop);
        provider.cut(ID, 0, 1).send().await;
        let transitions: Vec<_> = provider
            .transitions(ID)
            .iter()
            .map(|transition| (transition.at, transition.stage))
            .collect();
        assert_eq!(transitions, expected);
        for (at, stage) in expected {
            sim.clock().set(at);
            assert_eq!(provider.stage(ID), Some(stage));
        }
    }
}

#[tokio::test]
async fn a_spec_that_cannot_be_is_refused() {
    let sim = Simulator::start().await.unwrap();
    for provider in sim.providers() {
        let create = |spec| provider.create_stream(spec);
        create(StreamSpec::live(ID)).unwrap();
        assert_eq!(create(StreamSpec::live(ID)), Err(CreateError::Exists));
        let endless = StreamSpec::live("8").with_age(std::time::Duration::MAX);
        assert_eq!(create(endless), Err(CreateError::OutOfRange));
        let empty = StreamSpec::live("9").with_length(seconds(0));
        assert_eq!(create(empty), Err(CreateError::NothingRecorded));
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_before_a_stop_makes_room_for_another() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let stop = provider.stop(ID);
    assert_eq!(stop.send().await.status, 200);
    assert_eq!(stop.send().await.status, 400);
    sim.clock().set(SimClock::MANUAL_START - seconds(60));
    assert_eq!(provider.stage(ID), Some(Stage::Live));
    assert_eq!(stop.send().await.status, 200);
    let kept = provider.kept(ID).unwrap();
    assert_eq!(kept.duration(), seconds(3540));
}
