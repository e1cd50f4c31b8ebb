//! What any provider refuses, and what each answers.

use crate::{
    client::{Answer, Request, exchange, send_bytes},
    gjirafa_stop, tpstreams_stop,
};
use livecut_sim::{Simulator, Stage, StreamSpec};
use serde_json::json;

const ID: &str = "abc";

/// A simulator in which both providers have a live stream, and a stop of each that keeps every
/// rule.
async fn stops() -> (Simulator, [Request; 2]) {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    let stops = [
        tpstreams_stop(&sim, ID, r#"{"start_time":30,"end_time":120}"#),
        gjirafa_stop(&sim, ID, r#"{"fromMilisecond":1,"toMilisecond":2}"#),
    ];
    (sim, stops)
}

/// Sends both stops, `broken`; both are refused with `status`, for a reason that holds `reason`,
/// and change nothing.
async fn assert_refused(status: u16, reason: &str, broken: impl Fn(Request) -> Request) {
    let (sim, stops) = stops().await;
    for stop in stops {
        let answer = broken(stop).send().await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    for record in sim.requests() {
        let refusal = record.refusal.clone().unwrap_or_default();
        assert!(refusal.contains(reason), "{record:?}");
        assert_eq!(record.status, Some(status));
        assert!(!record.applied.anything());
    }
    assert_eq!(sim.requests().len(), 2);
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_stop_that_keeps_every_rule_is_carried_out() {
    let (sim, stops) = stops().await;
    for stop in stops {
        assert_eq!(stop.send().await.status, 200);
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
    assert_refused(401, "no `Authorization`", |r| r.without("Authorization")).await;
    for wrong in [
        "sim-tpstreams-token",
        "token sim-tpstreams-token",
        "Bearer sim-gjirafa-authorization",
        "Token sim-tpstreams-token-and-more",
        "",
    ] {
        assert_refused(401, "isn't the credential", |r| {
            r.set("Authorization", wrong)
        })
        .await;
    }
}

#[tokio::test]
async fn the_method_must_be_the_documented_one() {
    let (_sim, stops) = stops().await;
    for stop in stops {
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
    let (_sim, stops) = stops().await;
    for stop in stops {
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
    let (sim, stops) = stops().await;
    let address = sim.address();
    for stop in stops {
        let answer = stop
            .map_target(|t| format!("http://{address}{t}"))
            .send()
            .await;
        assert_eq!(answer.status, 400);
    }
}

#[tokio::test]
async fn http_1_0_is_refused() {
    let (sim, [stop, _]) = stops().await;
    let bytes = String::from_utf8(stop.bytes()).unwrap();
    let bytes = bytes.replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(
        send_bytes(sim.address(), bytes.as_bytes()).await.status,
        400
    );
}

#[tokio::test]
async fn tpstreams_paths_end_in_a_slash_and_gjirafa_s_do_not() {
    let (_sim, [tpstreams, gjirafa]) = stops().await;
    let without = tpstreams.map_target(|t| t.trim_end_matches('/').to_owned());
    assert_eq!(without.send().await.status, 404);
    assert_eq!(
        gjirafa.map_target(|t| format!("{t}/")).send().await.status,
        404
    );
}

#[tokio::test]
async fn an_id_is_decoded_once_and_dot_segments_are_refused() {
    let sim = Simulator::start().await.unwrap();
    let odd = "a/b?c#d%2f é";
    let encoded = "a%2Fb%3Fc%23d%252f%20%C3%A9";
    sim.tpstreams()
        .create_stream(StreamSpec::live(odd))
        .unwrap();
    assert_eq!(tpstreams_stop(&sim, encoded, "").send().await.status, 200);
    assert_eq!(sim.requests()[0].id.as_deref(), Some(odd));
    assert_eq!(tpstreams_stop(&sim, "..", "").send().await.status, 400);
    assert_eq!(tpstreams_stop(&sim, "%2e%2e", "").send().await.status, 400);
    assert_eq!(tpstreams_stop(&sim, "a%2", "").send().await.status, 400);
    assert_eq!(tpstreams_stop(&sim, "a/b", "").send().await.status, 404);
}

#[tokio::test]
async fn refusals_look_as_tpstreams_documents_them() {
    let (sim, [stop, _]) = stops().await;
    let refused = async |request: Request| {
        let Answer { status, body, .. } = request.send().await;
        (status, body)
    };
    let (status, body) = refused(stop.clone().set("Authorization", "Token wrong")).await;
    assert_eq!((status, &*body), (401, r#"{"detail":"Invalid token."}"#));
    let (status, body) = refused(tpstreams_stop(&sim, "unknown", "")).await;
    assert_eq!((status, &*body), (404, r#"{"detail":"Not found."}"#));
    let other = stop.map_target(|t| t.replace("simorg", "other"));
    let answer = other.send().await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let answer = tpstreams_stop(&sim, ID, r#"{"start_time":30}"#)
        .send()
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({"end_time": ["`end_time` is required with `start_time`"]})
    );
}

#[tokio::test]
async fn refusals_look_as_gjirafa_documents_them() {
    let (sim, [_, stop]) = stops().await;
    for (status, request) in [
        (401, stop.clone().set("Authorization", "wrong")),
        (404, gjirafa_stop(&sim, "unknown", "{}")),
        (404, stop.map_target(|t| t.replace("simproject", "other"))),
        (400, gjirafa_stop(&sim, ID, r#"{"fromMilisecond":30}"#)),
        (400, gjirafa_stop(&sim, ID, "")),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.status, status);
        let envelope = answer.json();
        assert_eq!(envelope["success"], false);
        assert_eq!(envelope["statusCode"], status);
        assert_eq!(envelope["result"], json!(null));
        assert_eq!(envelope["errors"].as_array().unwrap().len(), 1);
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

    let (sim, [stop, _]) = stops().await;
    let mut socket = tokio::net::TcpStream::connect(sim.address()).await.unwrap();
    let bytes = stop.bytes();
    socket.write_all(&bytes[..bytes.len() - 1]).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    assert!(answer.is_empty());
    let record = &sim.tpstreams().requests()[0];
    assert!(!record.complete);
    assert_eq!(record.status, None);
    assert!(!record.applied.anything());
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_body_beyond_a_mebibyte_is_not_read_to_its_end() {
    let (sim, [stop, _]) = stops().await;
    let body = " ".repeat((1 << 20) + 1);
    let stop = stop
        .set("Content-Length", &body.len().to_string())
        .raw_body(&body);
    // The connection is closed, or reset, without an answer.
    let answer = exchange(sim.address(), &stop.bytes()).await;
    assert_eq!(answer.unwrap_or_default(), b"");
    let record = &sim.tpstreams().requests()[0];
    assert!(!record.complete && record.status.is_none());
}
