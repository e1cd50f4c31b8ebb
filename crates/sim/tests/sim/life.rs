//! A stream's life, as the providers tell it.

use crate::{client::Request, gjirafa_stop, seconds, tpstreams_stop};
use livecut_sim::{
    CreateError, FailingStage, SimClock, Simulator, Stage, StatusSpelling, StreamSpec,
};
use serde_json::{Value, json};

const ID: &str = "abc";

async fn asset(sim: &Simulator) -> Value {
    let target = format!("/tpstreams/api/v1/simorg/assets/{ID}/");
    let answer = Request::get(sim.address(), &target, "Token sim-tpstreams-token")
        .send()
        .await;
    assert_eq!(answer.status, 200);
    answer.json()
}

async fn gjirafa(sim: &Simulator, target: &str) -> (u16, Value) {
    let answer = Request::get(sim.address(), target, "sim-gjirafa-authorization")
        .send()
        .await;
    let mut envelope = answer.json();
    assert_eq!(envelope["statusCode"], answer.status);
    (answer.status, envelope["result"].take())
}

async fn live_video(sim: &Simulator) -> Value {
    let (status, live_video) =
        gjirafa(sim, &format!("/gjirafa/api/v1/simproject/live-videos/{ID}")).await;
    assert_eq!(status, 200);
    live_video
}

#[tokio::test]
async fn a_stream_that_starts_and_ends_by_itself_does_so_by_the_clock() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::not_started(ID)
        .starts_at(SimClock::MANUAL_START + seconds(60))
        .ends_after(seconds(600));
    sim.tpstreams().create_stream(spec.clone()).unwrap();
    sim.gjirafa().create_stream(spec).unwrap();
    let told = async || {
        let (asset, live_video) = (asset(&sim).await, live_video(&sim).await);
        format!(
            "{} / {} {}",
            asset["live_stream"]["status"].as_str().unwrap(),
            live_video["liveStatus"].as_str().unwrap(),
            live_video["isLiveStreaming"]
        )
    };
    assert_eq!(told().await, "Not Started / Offline false");
    sim.clock().advance(seconds(60));
    assert_eq!(told().await, "Streaming / Live true");
    sim.clock().advance(seconds(600));
    assert_eq!(told().await, "Stopped / Processing false");
    sim.clock().advance(seconds(65));
    assert_eq!(told().await, "Completed / Offline false");
    let kept = sim.tpstreams().kept(ID).unwrap();
    assert_eq!(kept.duration(), seconds(600));
    sim.clock().set(SimClock::MANUAL_START);
    assert_eq!(told().await, "Not Started / Offline false");
}

#[tokio::test]
async fn tpstreams_asset_has_the_documented_fields_and_a_stream_key_that_tests_can_search_for() {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().configure(|settings| {
        settings
            .stream_key("findme")
            .status_spelling(StatusSpelling::Upper)
    });
    let spec = StreamSpec::live(ID).title("Data science Live class");
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
    assert_eq!(live_stream["stream_key"], "org-simorg-live-abc-findme");
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
async fn gjirafa_live_video_has_the_documented_fields() {
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
    gjirafa_stop(&sim, ID, "{}").send().await;
    let live_video_after = live_video(&sim).await;
    assert_eq!(live_video_after["canStopAndCut"], false);
    assert_eq!(
        live_video_after["endDateUTC"],
        "2025-01-13T08:00:00.0000000"
    );
}

#[tokio::test]
async fn an_ended_gjirafa_stream_is_offline_and_can_be_cut_as_in_the_documented_sample() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::ended(ID)).unwrap();
    sim.clock().advance(seconds(600));
    let live_video = live_video(&sim).await;
    assert_eq!(live_video["liveStatus"], "Offline");
    assert_eq!(live_video["canStopAndCut"], true);
}

#[tokio::test]
async fn a_failed_recording_is_told_as_failed_and_nothing_is_kept() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live(ID).fails_in(FailingStage::Transcoding);
    sim.tpstreams().create_stream(spec.clone()).unwrap();
    sim.gjirafa().create_stream(spec).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    gjirafa_stop(&sim, ID, "{}").send().await;
    assert!(sim.tpstreams().kept(ID).is_some());
    sim.clock().advance(seconds(65));
    let asset = asset(&sim).await;
    assert_eq!(asset["live_stream"]["status"], "Error");
    assert_eq!(asset["video"], json!(null));
    let target = format!("/gjirafa/api/projects/simproject/videos/{ID}-vod");
    let (status, video) = gjirafa(&sim, &target).await;
    assert_eq!((status, &video["publishStatusId"]), (200, &json!(4)));
    assert_eq!(sim.tpstreams().kept(ID), None);
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Failed));
}

#[tokio::test]
async fn every_change_of_stage_is_known_with_its_instant() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    let body = r#"{"fromMilisecond":0,"toMilisecond":1000}"#;
    gjirafa_stop(&sim, ID, body).send().await;
    let stop = SimClock::MANUAL_START;
    let expected = [
        (stop - seconds(3600), Stage::Live),
        (stop, Stage::Stopped),
        (stop + seconds(5), Stage::Transcoding),
        (stop + seconds(65), Stage::Trimming),
        (stop + seconds(75), Stage::Ready),
    ];
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

#[tokio::test]
async fn a_spec_that_cannot_be_is_refused() {
    let sim = Simulator::start().await.unwrap();
    let create = |spec| sim.gjirafa().create_stream(spec);
    create(StreamSpec::live(ID)).unwrap();
    assert_eq!(create(StreamSpec::live(ID)), Err(CreateError::Exists));
    let same_recording = StreamSpec::live("other").recording_id("abc-vod");
    assert_eq!(create(same_recording), Err(CreateError::Exists));
    let endless = StreamSpec::live("b").live_for(std::time::Duration::MAX);
    assert_eq!(create(endless), Err(CreateError::OutOfRange));
    let empty = StreamSpec::live("c").ends_after(seconds(0));
    assert_eq!(create(empty), Err(CreateError::NothingRecorded));
    let named = StreamSpec::live("d").recording_id("e");
    assert_eq!(
        sim.tpstreams().create_stream(named),
        Err(CreateError::RecordingId)
    );
}

#[tokio::test]
async fn a_clock_that_goes_back_before_a_stop_makes_room_for_another() {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    let stop = tpstreams_stop(&sim, ID, "");
    assert_eq!(stop.send().await.status, 200);
    assert_eq!(stop.send().await.status, 400);
    sim.clock().set(SimClock::MANUAL_START - seconds(60));
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
    assert_eq!(stop.send().await.status, 200);
    let kept = sim.tpstreams().kept(ID).unwrap();
    assert_eq!(kept.duration(), seconds(3540));
}

#[tokio::test]
async fn a_tpstreams_recording_that_is_not_transcoded_is_completed_without_a_video() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::ended(ID).transcodes(false);
    sim.tpstreams().create_stream(spec).unwrap();
    sim.clock().advance(seconds(5));
    let asset = asset(&sim).await;
    assert_eq!(asset["live_stream"]["status"], "Completed");
    assert_eq!(asset["video"], json!(null));
}

#[tokio::test]
async fn a_tpstreams_video_can_lack_its_duration_as_documented() {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams()
        .configure(|settings| settings.video_duration(false));
    sim.tpstreams()
        .create_stream(StreamSpec::ended(ID))
        .unwrap();
    sim.clock().advance(seconds(65));
    let asset = asset(&sim).await;
    assert_eq!(asset["video"]["status"], "Completed");
    assert_eq!(asset["video"].get("duration"), None);
}

#[tokio::test]
async fn a_gjirafa_video_has_its_duration_when_it_is_ready_and_cut_dates_only_if_it_was_cut() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    gjirafa_stop(&sim, ID, "{}").send().await;
    let video = async || {
        let target = format!("/gjirafa-video/api/projects/simproject/videos/{ID}-vod");
        let (status, video) = gjirafa(&sim, &target).await;
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
async fn gjirafa_s_hosts_have_their_own_resources() {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    let live_video = format!("/gjirafa-video/api/v1/simproject/live-videos/{ID}");
    assert_eq!(gjirafa(&sim, &live_video).await.0, 404);
    let stop =
        gjirafa_stop(&sim, ID, "{}").map_target(|t| t.replace("/gjirafa/", "/gjirafa-video/"));
    assert_eq!(stop.send().await.status, 404);
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_gjirafa_stream_without_dvr_cannot_be_cut_by_its_own_account() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live(ID).dvr(false);
    sim.gjirafa().create_stream(spec).unwrap();
    let live_video = live_video(&sim).await;
    assert_eq!(live_video["dvrEnabled"], false);
    assert_eq!(live_video["canStopAndCut"], false);
}
