//! TPStreams.

mod answers;
mod life;
mod undocumented;
mod webhooks;

use crate::{at, client::Request, kept_seconds, seconds};
use livecut_sim::{Action, SimClock, Simulator, Stage, StreamSpec};
use serde_json::json;

const ID: &str = "4PtERT9d9uK";

const TRIM: &str = r#"{"start_time":30,"end_time":120}"#;

/// A stop as the documents describe it.
fn stop(sim: &Simulator, id: &str, body: &str) -> Request {
    let provider = sim.tpstreams();
    let organization = provider.organization_id();
    Request::post(
        sim.address(),
        &format!("/tpstreams/api/v1/{organization}/assets/{id}/stop_live_stream/"),
        &format!("Token {}", provider.token()),
        body,
    )
}

/// The same, which keeps this part, in seconds.
pub(crate) fn stop_and_cut(sim: &Simulator, id: &str, cut: Option<(u64, u64)>) -> Request {
    let body = cut.map(|(start, end)| json!({"start_time": start, "end_time": end}).to_string());
    stop(sim, id, &body.unwrap_or_default())
}

async fn live() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    sim
}

fn asset(sim: &Simulator, id: &str) -> Request {
    Request::get(
        sim.address(),
        &format!("/tpstreams/api/v1/simorg/assets/{id}/"),
        "Token sim-tpstreams-token",
    )
}

#[tokio::test]
async fn a_stop_without_a_body_keeps_the_whole_recording() {
    let sim = live().await;
    let answer = stop(&sim, ID, "").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"message": "Live stream stopped successfully", "trim_scheduled": false})
    );
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));
}

#[tokio::test]
async fn the_documented_relative_trim_keeps_30_to_120() {
    let sim = live().await;
    let body = r#"{"start_time": 30, "end_time": 120}"#;
    let answer = stop(&sim, ID, body).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["trim_scheduled"], true);
    let kept = sim.tpstreams().kept(ID);
    assert_eq!(kept_seconds(kept), (30, 120));
    let start = SimClock::MANUAL_START - seconds(3600);
    assert_eq!(
        kept.unwrap().instants(),
        start + seconds(30)..start + seconds(120)
    );
}

#[tokio::test]
async fn the_documented_epoch_trim_keeps_those_five_minutes() {
    let sim = live().await;
    let body = r#"{"start_time": 1736754600, "end_time": 1736754900}"#;
    let answer = stop(&sim, ID, body).send().await;
    assert_eq!(answer.json()["trim_scheduled"], true);
    let kept = sim.tpstreams().kept(ID).unwrap();
    assert_eq!(kept.instants(), at(1_736_754_600)..at(1_736_754_900));
    assert_eq!(kept.offsets(), seconds(3000)..seconds(3300));
}

#[tokio::test]
async fn the_recording_becomes_a_video_when_it_has_been_transcoded_and_trimmed() {
    let sim = live().await;
    let state = async || {
        let answer = asset(&sim, ID).send().await;
        assert_eq!(answer.status, 200);
        let asset = answer.json();
        (
            asset["live_stream"]["status"].as_str().unwrap().to_owned(),
            asset["video"].clone(),
        )
    };
    assert_eq!(state().await, ("Streaming".to_owned(), json!(null)));
    let body = r#"{"start_time": 30, "end_time": 120}"#;
    stop(&sim, ID, body).send().await;
    assert_eq!(state().await, ("Stopped".to_owned(), json!(null)));
    sim.clock().advance(seconds(74));
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Trimming));
    assert_eq!(state().await, ("Stopped".to_owned(), json!(null)));
    sim.clock().advance(seconds(1));
    let (status, video) = state().await;
    assert_eq!(status, "Completed");
    assert_eq!(video["status"], "Completed");
    assert_eq!(video["duration"], 90);
}

#[tokio::test]
async fn the_log_tells_what_each_request_changed() {
    let sim = live().await;
    let body = r#"{"start_time": 30, "end_time": 120}"#;
    stop(&sim, ID, body).send().await;
    stop(&sim, ID, body).send().await;
    let requests = sim.tpstreams().requests_for(Action::Stop, ID);
    assert_eq!(requests.len(), 2);
    let (first, second) = (&requests[0], &requests[1]);
    assert_eq!(first.status, Some(200));
    assert!(first.applied.stop && first.applied.cut);
    assert_eq!(first.body, body);
    assert_eq!(first.method, "POST");
    assert_eq!(
        first.header("Authorization"),
        Some("Token sim-tpstreams-token")
    );
    assert_eq!(second.status, Some(400));
    assert!(!second.applied.anything());
    assert_eq!(
        second.refusal.as_deref(),
        Some("the stream was stopped before")
    );
}
