//! A stream's life, as the live video and the video tell it.

use super::{ID, stop};
use crate::{client::Request, seconds};
use livecut_sim::{CreateError, FailingStage, SimClock, Simulator, Stage, StreamSpec};
use serde_json::{Value, json};

async fn result(sim: &Simulator, target: &str) -> (u16, Value) {
    let answer = Request::get(sim.address(), target, "sim-gjirafa-authorization")
        .send()
        .await;
    let mut envelope = answer.json();
    assert_eq!(envelope["statusCode"], answer.status);
    (answer.status, envelope["result"].take())
}

async fn live_video(sim: &Simulator) -> Value {
    let (status, live_video) =
        result(sim, &format!("/gjirafa/api/v1/simproject/live-videos/{ID}")).await;
    assert_eq!(status, 200);
    live_video
}

#[tokio::test]
async fn a_live_video_has_the_documented_fields() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    let live_video_before = live_video(&sim).await;
    for (field, value) in [
        ("publicId", json!(ID)),
        ("liveStatus", json!("Live")),
        ("isLiveStreaming", json!(true)),
        ("canStopAndCut", json!(true)),
        ("startDateUTC", json!("2025-01-13T07:00:00.0000000")),
        ("endDateUTC", json!(null)),
        ("dvrEnabled", json!(true)),
    ] {
        assert_eq!(live_video_before[field], value, "{field}");
    }
    stop(&sim, ID, "{}").send().await;
    let live_video_after = live_video(&sim).await;
    assert_eq!(live_video_after["canStopAndCut"], false);
    assert_eq!(
        live_video_after["endDateUTC"],
        "2025-01-13T08:00:00.0000000"
    );
}

#[tokio::test]
async fn an_ended_stream_is_offline_and_can_be_cut_as_in_the_documented_sample() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::ended(ID)).unwrap();
    sim.clock().advance(seconds(600));
    let live_video = live_video(&sim).await;
    assert_eq!(live_video["liveStatus"], "Offline");
    assert_eq!(live_video["canStopAndCut"], true);
}

#[tokio::test]
async fn a_video_has_its_duration_when_it_is_ready_and_cut_dates_only_if_it_was_cut() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, "{}").send().await;
    let video = async || {
        let target = format!("/gjirafa-video/api/projects/simproject/videos/{ID}-vod");
        let (status, video) = result(&sim, &target).await;
        assert_eq!(status, 200);
        assert_eq!(video["liveCutStartDate"], json!(null));
        assert_eq!(video["liveCutEndDate"], json!(null));
        video["duration"].clone()
    };
    sim.clock().advance(seconds(64));
    assert_eq!(video().await, 0);
    sim.clock().advance(seconds(1));
    assert_eq!(video().await, 3600);
}

#[tokio::test]
async fn the_hosts_have_their_own_resources() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    let live_video = format!("/gjirafa-video/api/v1/simproject/live-videos/{ID}");
    assert_eq!(result(&sim, &live_video).await.0, 404);
    let stop = stop(&sim, ID, "{}").map_target(|t| t.replace("/gjirafa/", "/gjirafa-video/"));
    assert_eq!(stop.send().await.status, 404);
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_stream_without_dvr_cannot_be_cut_by_its_own_account() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live(ID).with_dvr(false);
    sim.gjirafa().create_stream(spec).unwrap();
    let live_video = live_video(&sim).await;
    assert_eq!(live_video["dvrEnabled"], false);
    assert_eq!(live_video["canStopAndCut"], false);
}

#[tokio::test]
async fn a_stream_that_starts_and_ends_by_itself_is_told_by_the_clock() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::not_started(ID)
        .with_start(SimClock::MANUAL_START + seconds(60))
        .with_length(seconds(600));
    sim.gjirafa().create_stream(spec).unwrap();
    for (advance, status, is_live) in [
        (0, "Offline", false),
        (60, "Live", true),
        (600, "Processing", false),
        (65, "Offline", false),
    ] {
        sim.clock().advance(seconds(advance));
        let told = live_video(&sim).await;
        assert_eq!(told["liveStatus"], status);
        assert_eq!(told["isLiveStreaming"], is_live);
    }
}

#[tokio::test]
async fn a_failed_recording_is_told_as_a_failed_video() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live(ID).with_failure(FailingStage::Transcoding);
    sim.gjirafa().create_stream(spec).unwrap();
    stop(&sim, ID, "{}").send().await;
    sim.clock().advance(seconds(65));
    let target = format!("/gjirafa/api/projects/simproject/videos/{ID}-vod");
    let (status, video) = result(&sim, &target).await;
    assert_eq!((status, &video["publishStatusId"]), (200, &json!(4)));
}

#[tokio::test]
async fn a_recording_s_id_is_its_own() {
    let sim = Simulator::start().await.unwrap();
    let create = |spec| sim.gjirafa().create_stream(spec);
    create(StreamSpec::live("abc")).unwrap();
    let same_recording = StreamSpec::live("other").with_recording_id("abc-vod");
    assert_eq!(create(same_recording), Err(CreateError::Exists));
}

#[tokio::test]
async fn the_control_api_tells_the_recording_s_id_the_fractions_and_the_visibility() {
    let sim = Simulator::builder()
        .with_control_api()
        .start()
        .await
        .unwrap();
    let spec = StreamSpec::live(ID).with_recording_id("rec");
    sim.gjirafa().create_stream(spec).unwrap();
    let cut = r#"{"fromMilisecond":1500,"toMilisecond":2500,"videoVisibilityOptionId":3}"#;
    stop(&sim, ID, cut).send().await;
    let target = format!("/_sim/gjirafa/streams/{ID}");
    let told = Request::get(sim.address(), &target, "").send().await.json();
    assert_eq!(told["recording"], "rec");
    assert_eq!(told["kept"]["start_offset_ns"], 1_500_000_000_u64);
    assert_eq!(told["kept"]["end"], "2025-01-13T07:00:02.5Z");
    assert_eq!(told["visibility"], 3);
}
