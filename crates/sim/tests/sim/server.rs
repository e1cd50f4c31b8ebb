//! The listener, and the control API.

use crate::{
    any,
    client::{Answer, Request},
};
use livecut_sim::{SimClock, Simulator, Stage, StreamSpec};
use serde_json::{Value, json};
use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn a_dropped_simulator_closes_its_connections_and_its_port() {
    let sim = Simulator::start().await.unwrap();
    let address = sim.address();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    idle.read_u8().await.unwrap();
    drop(sim);
    let mut rest = Vec::new();
    // Ended or reset: either way it's over.
    drop(idle.read_to_end(&mut rest).await);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_simulator_that_was_shut_down_has_left_its_port() {
    let sim = Simulator::start().await.unwrap();
    let address = sim.address();
    sim.shut_down().await;
    let again = Simulator::builder()
        .with_address(address)
        .start()
        .await
        .unwrap();
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn only_loopback_is_listened_on_unless_told() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let builder = Simulator::builder().with_address(everywhere);
    let error = builder.start().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    let builder = Simulator::builder()
        .with_address(everywhere)
        .with_any_address();
    assert!(builder.start().await.is_ok());
}

#[tokio::test]
async fn a_connection_takes_several_requests() {
    let sim = Simulator::start().await.unwrap();
    let provider = any(&sim);
    for id in ["a", "b"] {
        provider.create_stream(StreamSpec::live(id)).unwrap();
    }
    let mut socket = TcpStream::connect(sim.address()).await.unwrap();
    let keep = |id| provider.stop(id).without("Connection").bytes();
    socket.write_all(&keep("a")).await.unwrap();
    socket.read_u8().await.unwrap();
    socket.write_all(&keep("b")).await.unwrap();
    while sim.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(provider.stage("b"), Some(Stage::Stopped));
}

#[tokio::test]
async fn the_log_can_be_bounded() {
    let sim = Simulator::builder()
        .with_log_limit(2)
        .start()
        .await
        .unwrap();
    for _ in 0..3 {
        any(&sim).stop("a").send().await;
    }
    let numbers: Vec<u64> = sim.requests().iter().map(|record| record.number).collect();
    assert_eq!(numbers, [2, 3]);
}

#[tokio::test]
async fn a_port_of_one_s_own_and_a_running_clock_make_a_server() {
    let sim = Simulator::builder()
        .with_clock(SimClock::system())
        .start()
        .await
        .unwrap();
    any(&sim).create_stream(StreamSpec::live("a")).unwrap();
    assert_eq!(any(&sim).stop("a").send().await.status, 200);
    assert!(any(&sim).kept("a").unwrap().duration().as_secs() >= 3600);
}

async fn controlled() -> Simulator {
    Simulator::builder()
        .with_control_api()
        .start()
        .await
        .unwrap()
}

/// The target with the name of a provider for `PROVIDER`.
fn at_any(sim: &Simulator, target: &str) -> String {
    target.replace("PROVIDER", any(sim).name())
}

fn get(sim: &Simulator, target: &str) -> Request {
    Request::get(sim.address(), &at_any(sim, target), "")
}

async fn post(sim: &Simulator, target: &str, body: &Value) -> Answer {
    Request::post(sim.address(), &at_any(sim, target), "", &body.to_string())
        .send()
        .await
}

#[tokio::test]
async fn the_control_api_is_off_by_default() {
    let sim = Simulator::start().await.unwrap();
    assert_eq!(get(&sim, "/_sim/").send().await.status, 404);
}

#[tokio::test]
async fn the_control_api_tells_what_a_client_needs() {
    let sim = controlled().await;
    let index = get(&sim, "/_sim/").send().await.json();
    assert_eq!(index["now"], "2025-01-13T08:00:00Z");
    let told = index["providers"].as_array().unwrap();
    let providers = sim.providers();
    assert_eq!(told.len(), providers.len());
    for (told, provider) in told.iter().zip(providers) {
        assert_eq!(told["name"], provider.name());
        let urls = provider.base_urls();
        let urls: Vec<_> = urls.iter().map(|(_, url)| url).collect();
        assert_eq!(told["base_url"], *urls[0]);
        assert_eq!(told["other_base_urls"], json!(urls[1..]));
        assert_eq!(told["credential_header"], provider.credential_header());
        assert_eq!(told["authorization"], provider.authorization());
    }
}

#[tokio::test]
async fn a_stream_is_created_stopped_and_asked_for_over_the_control_api() {
    let sim = controlled().await;
    let provider = any(&sim);
    let streams = format!("/_sim/{}/streams", provider.name());
    let spec = json!({
        "id": "a b", "live_for_seconds": 60, "stopped_for_seconds": 1, "transcoding_takes_seconds": 1,
        "trimming_takes_seconds": 1, "title": "t",
    });
    let answer = post(&sim, &streams, &spec).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["stage"], "live");
    assert_eq!(post(&sim, &streams, &spec).await.status, 409);
    provider.cut("a%20b", 1, 2).send().await;
    let moved = post(&sim, "/_sim/clock", &json!({"advance_seconds": 3})).await;
    assert_eq!(moved.json(), json!({"now": "2025-01-13T08:00:03Z"}));
    let expected = json!({
        "stream": "a b",
        "recording": "a b",
        "stage": "ready",
        "start": "2025-01-13T07:59:00Z",
        "end": "2025-01-13T08:00:00Z",
        "kept": {
            "start_offset_ns": 1_000_000_000_u64,
            "end_offset_ns": 2_000_000_000_u64,
            "start": "2025-01-13T07:59:01Z",
            "end": "2025-01-13T07:59:02Z",
        },
        "visibility": null,
    });
    let one = get(&sim, &format!("{streams}/a%20b")).send().await.json();
    assert_eq!(one, expected);
    let all = get(&sim, &streams).send().await.json();
    assert_eq!(all, json!([expected]));

    let requests = get(&sim, "/_sim/requests").send().await.json();
    assert_eq!(
        requests.as_array().unwrap().len(),
        1,
        "no call of the control API"
    );
    let request = &requests[0];
    assert_eq!(request["provider"], provider.name());
    assert_eq!(request["action"], "stop");
    assert_eq!(request["id"], "a b");
    assert!(request["body"].is_string());
    assert_eq!(request["status"], 200);
    assert_eq!(request["applied"], json!({"stop": true, "cut": true}));
}

#[tokio::test]
async fn every_kind_of_stream_can_be_created_over_the_control_api() {
    let sim = controlled().await;
    for (spec, stage) in [
        (json!({"id": "a", "state": "not_started"}), "not_started"),
        (
            json!({"id": "b", "state": "ended", "stopped_for_seconds": 0}),
            "transcoding",
        ),
        (
            json!({"id": "c", "starts_at": "2025-01-13T09:00:00+01:00"}),
            "live",
        ),
        (
            json!({"id": "d", "starts_at": "2025-01-13T08:00:01Z"}),
            "not_started",
        ),
        (
            json!({"id": "e", "ends_after_seconds": 3599, "transcodes": false}),
            "stopped",
        ),
    ] {
        let answer = post(&sim, "/_sim/PROVIDER/streams", &spec).await;
        assert_eq!(answer.status, 201, "{spec}: {answer:?}");
        assert_eq!(answer.json()["stage"], stage, "{spec}");
    }
}

#[tokio::test]
async fn the_next_answer_can_be_scripted_over_the_control_api() {
    let sim = controlled().await;
    any(&sim).create_stream(StreamSpec::live("a")).unwrap();
    for answer in [
        json!({"status": 503, "body": "busy", "headers": {"retry-after": "1"}, "on": "stop", "for_id": "a"}),
        json!({"status": 404, "json": {"detail": "Not found."}}),
        json!({"patch": {"trim_scheduled": null}, "times": 1, "delay_seconds": 0}),
    ] {
        let given = post(&sim, "/_sim/PROVIDER/next-answer", &answer).await;
        assert_eq!(given.status, 201, "{given:?}");
    }
    let stop = any(&sim).stop("a");
    let busy = stop.send().await;
    assert_eq!(
        (busy.status, &*busy.body, busy.header("retry-after")),
        (503, "busy", Some("1"))
    );
    assert_eq!(stop.send().await.json(), json!({"detail": "Not found."}));
    let message = json!({"message": "Live stream stopped successfully"});
    assert_eq!(stop.send().await.json(), message);
}

#[tokio::test]
async fn the_rate_can_be_limited_over_the_control_api() {
    let sim = controlled().await;
    let none = json!({"requests": 0, "per_seconds": 60});
    let told = |seconds: Value| {
        let mut limit = none.clone();
        limit["retry_after_seconds"] = seconds;
        limit
    };
    let cases = [
        (none.clone(), 429, Some("60")),
        (told(json!(7)), 429, Some("7")),
        (told(Value::Null), 429, None),
        (Value::Null, 404, None),
    ];
    for (limit, status, retry_after) in cases {
        let given = post(&sim, "/_sim/PROVIDER/rate-limit", &limit).await;
        assert_eq!(given.status, 200, "{given:?}");
        let answer = any(&sim).stop("a").send().await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (status, retry_after)
        );
    }
}

#[tokio::test]
async fn the_control_api_refuses_what_it_does_not_know() {
    let sim = controlled().await;
    for (target, body, status) in [
        (
            "/_sim/PROVIDER/streams",
            json!({"id": "a", "lives": 9}),
            400,
        ),
        (
            "/_sim/PROVIDER/streams",
            json!({"id": "a", "starts_at": "noon"}),
            400,
        ),
        (
            "/_sim/PROVIDER/next-answer",
            json!({"body": "", "patch": {}}),
            400,
        ),
        ("/_sim/PROVIDER/next-answer", json!({"on": "dance"}), 400),
        ("/_sim/PROVIDER/next-answer", json!({"status": 99}), 400),
        ("/_sim/PROVIDER/rate-limit", json!({"requests": 1}), 400),
        ("/_sim/clock", json!({"set": "noon"}), 400),
        ("/_sim/clock", json!({"rewind": 1}), 400),
        ("/_sim/nobody/streams", json!({"id": "a"}), 404),
        ("/_sim/nothing", json!({}), 404),
        ("/_sim/requests", json!({}), 405),
    ] {
        let answer = post(&sim, target, &body).await;
        assert_eq!(answer.status, status, "{target} {body}");
        assert!(answer.json()["error"].is_string());
    }
    // As a page in a browser would send it, which must not steer a simulator.
    let form = Request::post(sim.address(), "/_sim/clock", "", r#"{"advance_seconds":1}"#);
    assert_eq!(
        form.set("Content-Type", "text/plain").send().await.status,
        415
    );
    assert_eq!(
        get(&sim, "/_sim/PROVIDER/next-answer").send().await.status,
        405
    );
}
