//! A stream's life, as the asset tells it.

use super::{ID, stop};
use crate::{client::Request, seconds};
use livecut_sim::{CreateError, FailingStage, SimClock, Simulator, StatusSpelling, StreamSpec};
use serde_json::{Value, json};

async fn asset(sim: &Simulator) -> Value {
    let target = format!("/tpstreams/api/v1/simorg/assets/{ID}/");
    let answer = Request::get(sim.address(), &target, "Token sim-tpstreams-token")
        .send()
        .await;
    assert_eq!(answer.status, 200);
    answer.json()
}

#[tokio::test]
async fn an_asset_has_the_documented_fields_and_a_stream_key_that_tests_can_search_for() {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams()
        .configure(|settings| settings.with_status_spelling(StatusSpelling::Upper));
    assert!(sim.tpstreams().set_stream_key("findme"));
    let spec = StreamSpec::live(ID).with_title("Data science Live class");
    sim.tpstreams().create_stream(spec).unwrap();
    let asset = asset(&sim).await;
    for (field, value) in [
        ("title", json!("Data science Live class")),
        ("bytes", json!(null)),
        ("type", json!("livestream")),
        ("video", json!(null)),
        ("id", json!(ID)),
        ("parent_id", json!(null)),
    ] {
        assert_eq!(asset[field], value, "{field}");
    }
    let live_stream = &asset["live_stream"];
    assert_eq!(
        live_stream["stream_key"],
        "org-simorg-live-4PtERT9d9uK-findme"
    );
    assert_eq!(live_stream["status"], "STREAMING");
    assert_eq!(live_stream["transcode_recorded_video"], true);
    // 07:00 in UTC: no anchor for anyone.
    assert_eq!(live_stream["start"], "2025-01-13 12:30:00");
    for url in ["rtmp_url", "hls_url", "chat_embed_url"] {
        assert!(
            live_stream[url].as_str().unwrap().contains(".invalid/"),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_recording_that_is_not_transcoded_is_completed_without_a_video() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::ended(ID).with_transcoding(false);
    sim.tpstreams().create_stream(spec).unwrap();
    sim.clock().advance(seconds(5));
    let asset = asset(&sim).await;
    assert_eq!(asset["live_stream"]["status"], "Completed");
    assert_eq!(asset["video"], json!(null));
}

#[tokio::test]
async fn a_video_can_lack_its_duration_as_documented() {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams()
        .configure(|settings| settings.with_video_duration(false));
    sim.tpstreams()
        .create_stream(StreamSpec::ended(ID))
        .unwrap();
    sim.clock().advance(seconds(65));
    let asset = asset(&sim).await;
    assert_eq!(asset["video"]["status"], "Completed");
    assert_eq!(asset["video"].get("duration"), None);
}

#[tokio::test]
async fn a_stream_that_starts_and_ends_by_itself_is_told_by_the_clock() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::not_started(ID)
        .with_start(SimClock::MANUAL_START + seconds(60))
        .with_length(seconds(600));
    sim.tpstreams().create_stream(spec).unwrap();
    for (advance, status) in [
        (0, "Not Started"),
        (60, "Streaming"),
        (600, "Stopped"),
        (65, "Completed"),
    ] {
        sim.clock().advance(seconds(advance));
        assert_eq!(asset(&sim).await["live_stream"]["status"], status);
    }
}

#[tokio::test]
async fn a_failed_recording_is_told_as_an_error() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live(ID).with_failure(FailingStage::Transcoding);
    sim.tpstreams().create_stream(spec).unwrap();
    stop(&sim, ID, "").send().await;
    sim.clock().advance(seconds(65));
    let asset = asset(&sim).await;
    assert_eq!(asset["live_stream"]["status"], "Error");
    assert_eq!(asset["video"], json!(null));
}

#[tokio::test]
async fn a_recording_has_no_id_of_its_own() {
    let sim = Simulator::start().await.unwrap();
    let named = StreamSpec::live("d").with_recording_id("e");
    let created = sim.tpstreams().create_stream(named);
    assert_eq!(created, Err(CreateError::RecordingId));
}
