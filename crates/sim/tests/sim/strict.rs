//! What any provider refuses, and what each answers.

use crate::{
    any,
    client::{Request, exchange, send_bytes},
    live_at_each, seconds, single_calls,
};
use livecut_sim::{Simulator, Stage};

const ID: &str = "abc";

/// Sends a stop to each provider, `broken`; all are refused with `status`, for a reason that holds
/// `reason`, and change nothing.
async fn assert_refused(status: u16, reason: &str, broken: impl Fn(Request) -> Request) {
    let sim = live_at_each(ID).await;
    for provider in single_calls(&sim) {
        let answer = broken(provider.cut(ID, 30, 120)).send().await;
        assert_eq!(answer.status, status, "{answer:?}");
        let requests = provider.requests();
        assert_eq!(requests.len(), 1);
        let record = &requests[0];
        let refusal = record.refusal.clone().unwrap_or_default();
        assert!(refusal.contains(reason), "{record:?}");
        assert_eq!(record.status, Some(status));
        assert!(!record.applied.anything());
        assert_eq!(provider.stage(ID), Some(Stage::Live));
    }
}

#[tokio::test]
async fn a_stop_that_keeps_every_rule_is_carried_out() {
    let sim = live_at_each(ID).await;
    for provider in single_calls(&sim) {
        assert_eq!(provider.cut(ID, 30, 120).send().await.status, 200);
    }
    assert!(
        sim.requests()
            .iter()
            .all(|r| r.applied.stop && r.applied.cut)
    );
}

#[tokio::test]
async fn the_host_must_be_named() {
    assert_refused(400, "no `Host`", |r| r.without("Host")).await;
    assert_refused(400, "`Host` is empty", |r| r.set("Host", "")).await;
}

#[tokio::test]
async fn a_header_must_not_be_repeated() {
    assert_refused(400, "`authorization` occurs twice", |r| {
        r.with("authorization", "again")
    })
    .await;
    assert_refused(400, "`content-type` occurs twice", |r| {
        r.with("content-type", "application/json")
    })
    .await;
}

#[tokio::test]
async fn the_credential_must_be_exact() {
    assert_refused(401, "there is no `authorization`", |r| {
        r.without("Authorization")
    })
    .await;
    let wrong: [fn(&str) -> String; 4] = [
        |right| format!("Bearer {right}"),
        |right| format!("{right}-and-more"),
        |right| right.chars().skip(1).collect(),
        |_| String::new(),
    ];
    for wrong in wrong {
        assert_refused(401, "isn't the credential", |r| {
            r.map_header("Authorization", wrong)
        })
        .await;
    }
}

#[tokio::test]
async fn the_method_must_be_the_documented_one() {
    let sim = live_at_each(ID).await;
    for provider in single_calls(&sim) {
        let stop = provider.cut(ID, 30, 120);
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let answer = stop.clone().method(method).send().await;
            assert_eq!(answer.status, 405);
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    }
}

#[tokio::test]
async fn a_post_must_say_its_length() {
    assert_refused(411, "no `Content-Length`", |r| {
        r.without("Content-Length").raw_body("")
    })
    .await;
    assert_refused(411, "chunked", |r| {
        r.without("Content-Length")
            .with("Transfer-Encoding", "chunked")
            .raw_body("2\r\n{}\r\n0\r\n\r\n")
    })
    .await;
}

#[tokio::test]
async fn a_body_must_be_json_by_its_content_type() {
    assert_refused(415, "no `Content-Type`", |r| r.without("Content-Type")).await;
    assert_refused(415, "text/plain", |r| r.set("Content-Type", "text/plain")).await;
}

#[tokio::test]
async fn a_body_must_be_one_object_of_known_fields() {
    for (body, reason) in [
        ("[]", "isn't a JSON object"),
        ("null", "isn't a JSON object"),
        ("{", "isn't a JSON object"),
        (r#"{"start":30}"#, "isn't a field"),
        (r#"{"a":1,"a":1}"#, "duplicate field"),
    ] {
        assert_refused(400, reason, |r| {
            r.set("Content-Length", &body.len().to_string())
                .raw_body(body)
        })
        .await;
    }
}

#[tokio::test]
async fn a_query_is_refused() {
    let sim = live_at_each(ID).await;
    for provider in single_calls(&sim) {
        let stop = provider.cut(ID, 30, 120);
        assert_eq!(
            stop.clone()
                .map_target(|t| format!("{t}?a=b"))
                .send()
                .await
                .status,
            400
        );
        assert_eq!(
            stop.map_target(|t| format!("{t}?")).send().await.status,
            400
        );
    }
}

#[tokio::test]
async fn the_target_must_be_a_path() {
    let sim = live_at_each(ID).await;
    let address = sim.address();
    for provider in single_calls(&sim) {
        let stop = provider.cut(ID, 30, 120);
        let answer = stop
            .map_target(|t| format!("http://{address}{t}"))
            .send()
            .await;
        assert_eq!(answer.status, 400);
    }
}

#[tokio::test]
async fn http_1_0_is_refused() {
    let sim = live_at_each(ID).await;
    let stop = any(&sim).cut(ID, 30, 120);
    let bytes = String::from_utf8(stop.bytes()).unwrap();
    let bytes = bytes.replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(
        send_bytes(sim.address(), bytes.as_bytes()).await.status,
        400
    );
}

#[tokio::test]
async fn an_id_is_decoded_once_and_dot_segments_are_refused() {
    let odd = "a/b?c#d%2f é";
    let encoded = "a%2Fb%3Fc%23d%252f%20%C3%A9";
    let sim = live_at_each(odd).await;
    for provider in single_calls(&sim) {
        let status = async |id| provider.stop(id).send().await.status;
        assert_eq!(status(encoded).await, 200);
        assert_eq!(provider.requests()[0].id.as_deref(), Some(odd));
        assert_eq!(status("..").await, 400);
        assert_eq!(status("%2e%2e").await, 400);
        assert_eq!(status("a%2").await, 400);
        assert_eq!(status("a/b").await, 404);
    }
}

#[tokio::test]
async fn a_cut_that_ends_after_the_recording_is_refused_and_the_stream_goes_on() {
    let sim = live_at_each(ID).await;
    for provider in single_calls(&sim) {
        let cut = provider.cut(ID, 30, 3601);
        assert!(matches!(cut.send().await.status, 400 | 422));
        assert_eq!(provider.stage(ID), Some(Stage::Live));
    }
    sim.clock().advance(seconds(1));
    for provider in single_calls(&sim) {
        let cut = provider.cut(ID, 30, 3601);
        assert_eq!(cut.send().await.status, 200);
    }
}

#[tokio::test]
async fn a_request_for_no_provider_is_logged_too() {
    let sim = Simulator::start().await.unwrap();
    let answer = Request::get(sim.address(), "/api/v1/o/assets/a/", "Token t")
        .send()
        .await;
    assert_eq!(answer.status, 404);
    assert_eq!(sim.requests()[0].provider, None);
    assert_eq!(sim.requests()[0].target, "/api/v1/o/assets/a/");
}

#[tokio::test]
async fn a_request_whose_body_breaks_off_is_logged_and_changes_nothing() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let sim = live_at_each(ID).await;
    let stop = any(&sim).cut(ID, 30, 120);
    let mut socket = tokio::net::TcpStream::connect(sim.address()).await.unwrap();
    let bytes = stop.bytes();
    socket.write_all(&bytes[..bytes.len() - 1]).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    assert!(answer.is_empty());
    let record = &any(&sim).requests()[0];
    assert!(!record.complete);
    assert_eq!(record.status, None);
    assert!(!record.applied.anything());
    assert_eq!(any(&sim).stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_body_beyond_a_mebibyte_is_not_read_to_its_end() {
    let sim = live_at_each(ID).await;
    let stop = any(&sim).cut(ID, 30, 120);
    let body = " ".repeat((1 << 20) + 1);
    let stop = stop
        .set("Content-Length", &body.len().to_string())
        .raw_body(&body);
    // The connection is closed, or reset, without an answer.
    let answer = exchange(sim.address(), &stop.bytes()).await;
    assert_eq!(answer.unwrap_or_default(), b"");
    let record = &any(&sim).requests()[0];
    assert!(!record.complete && record.status.is_none());
}
