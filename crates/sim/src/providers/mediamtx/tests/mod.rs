//! MediaMTX, as its documents and a real server have it. The clock stands at 2025-01-13T08:00:00Z, and streams began an hour
//! before.

use crate::client::{Answer, Request};
use crate::seconds;
use livecut_sim::{Simulator, StreamSpec};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/mediamtx/v3/paths/get/live%2Fclass1";
const LIST: &str = "/mediamtx-playback/list?path=live%2Fclass1";
const SESSION: &str = "00000001-0000-4000-8000-000000000000";

/// A simulator with the stream `live/class1`, which has been live for an hour.
async fn live() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live("live/class1");
    sim.mediamtx().create_stream(spec).unwrap();
    sim
}

async fn get(sim: &Simulator, target: &str) -> Answer {
    let authorization = sim.mediamtx().authorization();
    Request::get(sim.address(), target, &authorization)
        .send()
        .await
}

async fn json(sim: &Simulator, target: &str) -> (u16, Value) {
    let answer = get(sim, target).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

async fn kick(sim: &Simulator, kind: &str, id: &str) -> (u16, Value) {
    let target = format!("/mediamtx/v3/{kind}/kick/{id}");
    let authorization = sim.mediamtx().authorization();
    let request = Request::get(sim.address(), &target, &authorization);
    let request = request.method("POST").with("content-length", "0");
    let answer = request.send().await;
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

fn error(text: &str) -> Value {
    json!({ "status": "error", "error": text })
}

#[tokio::test]
async fn a_path_has_its_session_until_that_is_kicked() {
    let sim = live().await;
    let (status, path) = json(&sim, PATH).await;
    assert_eq!((status, &path["online"]), (200, &json!(true)));
    assert_eq!(path["source"], json!({ "type": "rtmpConn", "id": SESSION }));
    assert_eq!(path["onlineTime"], "2025-01-13T07:00:00Z");
    let other = "00000002-0000-4000-8000-000000000000";
    let unknown = (404, error("connection not found"));
    assert_eq!(kick(&sim, "rtmpconns", other).await, unknown);
    assert_eq!(kick(&sim, "srtconns", SESSION).await, unknown);
    assert_eq!(kick(&sim, "rtmpconns", "1").await.0, 400);
    assert_eq!(kick(&sim, "rtspconns", SESSION).await.0, 404);
    let ok = (200, json!({ "status": "ok" }));
    assert_eq!(kick(&sim, "rtmpconns", SESSION).await, ok);
    assert_eq!(kick(&sim, "rtmpconns", SESSION).await, unknown);
    assert_eq!(json(&sim, PATH).await, (404, error("path not found")));
    sim.mediamtx()
        .configure(|settings| settings.with_own_configuration(true));
    let (status, path) = json(&sim, PATH).await;
    assert_eq!((status, &path["source"]), (200, &Value::Null));
    assert_eq!(path["online"], false);
}

#[tokio::test]
async fn an_encoder_that_is_back_is_another_session_with_a_span_of_its_own() {
    let sim = live().await;
    sim.mediamtx()
        .configure(|settings| settings.with_encoder_that_comes_back(true));
    assert_eq!(kick(&sim, "rtmpconns", SESSION).await.0, 200);
    assert_eq!(kick(&sim, "rtmpconns", SESSION).await.0, 404);
    sim.clock().advance(Duration::from_millis(10_500));
    assert!(sim.mediamtx().reconnect("live/class1"));
    assert!(!sim.mediamtx().reconnect("live/class2"));
    sim.clock().advance(Duration::from_millis(1_500));
    let (_, path) = json(&sim, PATH).await;
    assert_eq!(path["source"]["id"], "00000001-0000-4000-8000-000000000002");
    assert_eq!(path["onlineTime"], "2025-01-13T08:00:10.5Z");
    let (_, list) = json(&sim, LIST).await;
    let spans = list.as_array().unwrap().iter();
    let spans: Vec<_> = spans
        .map(|span| (span["start"].as_str(), span["duration"].as_f64()))
        .collect();
    let span = |start, duration| (Some(start), Some(duration));
    assert_eq!(
        spans,
        [
            span("2025-01-13T07:00:00Z", 3600.0),
            span("2025-01-13T08:00:00Z", 10.5),
            // It grows by the second.
            span("2025-01-13T08:00:10.5Z", 1.0),
        ]
    );
}

#[tokio::test]
async fn any_part_is_served_and_silently_less_where_there_is_less() {
    let sim = live().await;
    sim.clock().advance(Duration::from_secs(60));
    assert!(sim.mediamtx().reconnect("live/class1"));
    sim.clock().advance(Duration::from_secs(60));
    let kept = |query: &str| {
        let url = format!(
            "{}/get?path=live%2Fclass1&{query}&format=mp4",
            sim.mediamtx().playback_base_url()
        );
        sim.mediamtx().at_address(&url).map(|kept| kept.offsets())
    };
    let at = |instant: &str, duration| kept(&format!("start={instant}&duration={duration}"));
    let part = Duration::from_millis(11_333)..Duration::from_millis(19_583);
    assert_eq!(at("2025-01-13T07%3A00%3A11.333Z", "8.25"), Some(part));
    assert_eq!(
        at("2025-01-13T06%3A59%3A50Z", "20"),
        Some(seconds(0)..seconds(10))
    );
    // Over the interruption, and past the end.
    assert_eq!(
        at("2025-01-13T08%3A00%3A50Z", "20"),
        Some(seconds(3650)..seconds(3660))
    );
    assert_eq!(
        at("2025-01-13T08%3A01%3A50Z", "20"),
        Some(seconds(50)..seconds(60))
    );
    assert_eq!(at("2025-01-13T08%3A02%3A00Z", "20"), None);
    let target = |query| format!("/mediamtx-playback/get?path=live%2Fclass1&{query}");
    for (query, status) in [
        ("start=2025-01-13T08%3A02%3A00Z&duration=1", 404),
        ("start=yesterday&duration=1", 400),
        ("start=2025-01-13T08%3A00%3A00Z&duration=-1", 400),
        ("start=2025-01-13T08%3A00%3A00Z", 400),
        ("start=2025-01-13T08%3A00%3A00Z&duration=1&format=mkv", 400),
    ] {
        assert_eq!(get(&sim, &target(query)).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_server_s_words() {
    let sim = live().await;
    let (status, list) = json(&sim, "/mediamtx/list?path=nobody").await;
    assert_eq!(status, 400);
    let said = list["error"].as_str().unwrap();
    assert!(said.ends_with("no such file or directory"), "{said}");
    // The control API is no part of the playback server.
    let control = PATH.replacen("mediamtx", "mediamtx-playback", 1);
    assert_eq!(get(&sim, &control).await.status, 404);
    let refused = Request::get(sim.address(), PATH, "Basic bm9ib2R5");
    let refused = refused.send().await;
    assert_eq!(refused.status, 401);
    let said: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(said, error("authentication error"));
}

#[tokio::test]
async fn a_configuration_says_what_is_recorded_and_for_how_long() {
    let sim = live().await;
    let spec = StreamSpec::live("untold").with_recording(false);
    sim.mediamtx().create_stream(spec).unwrap();
    let (_, others) = json(&sim, "/mediamtx/v3/config/paths/get/all_others").await;
    assert_eq!(others["record"], true);
    assert_eq!(others["recordDeleteAfter"], "24h0m0s");
    let (_, own) = json(&sim, "/mediamtx/v3/config/paths/get/untold").await;
    assert_eq!(own["record"], false);
    let (status, _) = json(&sim, "/mediamtx/v3/config/paths/get/live%2Fclass1").await;
    assert_eq!(status, 404);
    assert_eq!(get(&sim, "/mediamtx/list?path=untold").await.status, 400);
}
