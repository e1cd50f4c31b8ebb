//! The whole adapter over a server in memory: what it sends, and what it makes of
//! each answer. Gcore's own samples are in `fixtures/`, unchanged.
#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod effects;
mod following;
mod partial;
mod requests;

use livecut_core::{CutRange, Error, LiveStreamStopper as _, StopRequest, StreamId, Ticket};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, RetryPolicy};
use serde_json::{Value, json};

/// Two minutes after the start of [`CUT`], by Gcore's clock.
const DATE: &str = "Fri, 24 May 2024 14:02:00 GMT";

/// The segment in Gcore's own example of a clip: 60 s from 2024-05-24T14:00:00Z on.
const CUT: &str = "@1716559200..@1716559260";

/// An adapter, and the server that it talks to.
fn connected() -> (Gcore, MemoryServer) {
    connected_with(RetryPolicy::none())
}

fn connected_with(retry: RetryPolicy) -> (Gcore, MemoryServer) {
    let server = MemoryServer::new();
    let options = HttpOptions::new()
        .with_retry(retry)
        .with_transport(server.clone());
    let config = GcoreConfig::new("1234$abcdef")
        .unwrap()
        .with_base_url("http://localhost:8080/eu")
        .with_http(options);
    (Gcore::new(config).unwrap(), server)
}

fn whole() -> StopRequest {
    StopRequest::new(StreamId::new("12345").unwrap())
}

fn cut(range: &str) -> StopRequest {
    whole().with_cut(range.parse::<CutRange>().unwrap())
}

/// A stream that is live and recorded, with some fields changed.
fn stream(changes: &Value) -> Value {
    let mut stream = json!({
        "id": 12345, "name": "Class \"7\"", "active": true, "live": true, "backup_live": false,
        "dvr_enabled": true, "dvr_duration": 3600, "recording": true, "recording_duration": 1500,
        "started_at_primary": "2024-05-24T13:30:00.000Z", "started_at_backup": null,
    });
    for (name, value) in changes.as_object().unwrap() {
        stream[name] = value.clone();
    }
    stream
}

fn off() -> Value {
    stream(&json!({"active": false, "live": false, "recording": false}))
}

fn clip() -> Value {
    json!({
        "id": "d7bsli54p8n4", "video_id": 459_857, "vod_required": true, "start": 1_716_559_200,
        "duration": 60, "expiration": 1_716_573_600,
    })
}

fn answer(server: &MemoryServer, body: &Value) {
    let response = http::Response::builder()
        .header("date", DATE)
        .body(body.to_string());
    server.answer_with(response.unwrap());
}

/// What the server was asked: method, path and body.
fn asked(server: &MemoryServer) -> Vec<(String, String, String)> {
    let asked = server.requests().into_iter().map(|request| {
        (
            request.method().to_string(),
            request.uri().path().to_owned(),
            String::from_utf8(request.body().to_vec()).unwrap(),
        )
    });
    asked.collect()
}

fn given(server: &MemoryServer, answers: &[Answer]) {
    for given in answers {
        match given {
            Answer::Json(body) => answer(server, body),
            Answer::Other(status, body) => server.answer(*status, *body),
        }
    }
}

/// What comes of a stop that is answered like this, and how many requests it took.
async fn stopped(request: &StopRequest, answers: &[Answer]) -> (Result<Ticket, Error>, usize) {
    let (stopper, server) = connected();
    given(&server, answers);
    let result = stopper.stop(request).await;
    let asked = server.requests().len();
    (result.map(|outcome| outcome.ticket().clone()), asked)
}

/// An answer; where none is left, the connection breaks after the request was sent.
#[derive(Clone)]
enum Answer {
    Json(Value),
    Other(u16, &'static str),
}
