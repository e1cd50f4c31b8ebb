//! Gjirafa VP.

mod answers;
mod life;
mod undocumented;
mod webhooks;

use crate::{at, client::Request, kept_seconds, seconds};
use livecut_sim::{SimClock, Simulator, StreamSpec, VideoShape};
use serde_json::json;

const ID: &str = "vjsm7abc";

const CUT: &str = r#"{"fromMilisecond":30000,"toMilisecond":120000}"#;

/// A stop-and-cut as the documents describe it.
fn stop(sim: &Simulator, id: &str, body: &str) -> Request {
    let provider = sim.gjirafa();
    let project = provider.project_id();
    Request::post(
        sim.address(),
        &format!("/gjirafa/api/v2/{project}/live-videos/{id}/stop-and-cut"),
        &provider.authorization(),
        body,
    )
}

/// The same, which keeps this part, in seconds.
pub(crate) fn stop_and_cut(sim: &Simulator, id: &str, cut: Option<(u64, u64)>) -> Request {
    let body = cut.map_or(
        json!({}),
        |(start, end)| json!({"fromMilisecond": seconds(start).as_millis(), "toMilisecond": seconds(end).as_millis()}),
    );
    stop(sim, id, &body.to_string())
}

async fn live() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    sim
}

#[tokio::test]
async fn an_empty_object_keeps_the_whole_recording() {
    let sim = live().await;
    let answer = stop(&sim, ID, "{}").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "success": true, "errors": [], "messages": [],
            "result": {"videoPublicId": "vjsm7abc-vod"}, "resultInfo": null, "statusCode": 200
        })
    );
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (0, 3600));
}

#[tokio::test]
async fn the_documented_milliseconds_keep_minute_10_to_15() {
    let sim = live().await;
    let body = r#"{"fromMilisecond":600000,"toMilisecond":900000}"#;
    assert_eq!(stop(&sim, ID, body).send().await.status, 200);
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (600, 900));
}

#[tokio::test]
async fn the_documented_datetimes_keep_noon_to_a_quarter_past() {
    let noon = at(1_704_110_400);
    let sim = Simulator::builder()
        .with_clock(SimClock::manual_at(noon + seconds(1800)))
        .start()
        .await
        .unwrap();
    let spec = StreamSpec::live(ID).with_start(noon - seconds(60));
    sim.gjirafa().create_stream(spec).unwrap();
    let body = r#"{"dateTimeFrom":"2024-01-01T12:00:00Z","dateTimeTo":"2024-01-01T12:15:00Z"}"#;
    assert_eq!(stop(&sim, ID, body).send().await.status, 200);
    let kept = sim.gjirafa().kept(ID).unwrap();
    assert_eq!(kept.instants(), noon..noon + seconds(900));
    assert_eq!(kept.offsets(), seconds(60)..seconds(960));
}

#[tokio::test]
async fn the_video_appears_and_becomes_ready_by_the_clock() {
    let sim = live().await;
    let body = r#"{"fromMilisecond":1500,"toMilisecond":61500,"videoVisibilityOptionId":2}"#;
    stop(&sim, ID, body).send().await;
    let video = Request::get(
        sim.address(),
        "/gjirafa-video/api/projects/simproject/videos/vjsm7abc-vod",
        "sim-gjirafa-authorization",
    );
    assert_eq!(video.send().await.status, 404);
    sim.clock().advance(seconds(5));
    assert_eq!(video.send().await.json()["result"]["publishStatusId"], 1);
    sim.clock().advance(seconds(70));
    let ready = video.send().await.json();
    let result = &ready["result"];
    assert_eq!(result["publicId"], "vjsm7abc-vod");
    assert_eq!(result["publishStatusId"], 2);
    assert_eq!(result["duration"], 60);
    assert_eq!(result["liveCutStartDate"], "2025-01-13T07:00:01.5000000");
    let recording = sim.gjirafa().recording(ID).unwrap();
    assert_eq!(recording.visibility, Some(2));
}

#[tokio::test]
async fn a_video_comes_bare_or_in_an_envelope_for_neither_is_documented() {
    let sim = live().await;
    stop(&sim, ID, "{}").send().await;
    sim.clock().advance(seconds(65));
    let video = Request::get(
        sim.address(),
        "/gjirafa-video/api/projects/simproject/videos/vjsm7abc-vod",
        "sim-gjirafa-authorization",
    );
    let enveloped = video.send().await.json();
    sim.gjirafa()
        .configure(|settings| settings.with_video_shape(VideoShape::Bare));
    let bare = video.send().await.json();
    assert_eq!(bare["publicId"], "vjsm7abc-vod");
    assert_eq!(enveloped["result"], bare);
}
