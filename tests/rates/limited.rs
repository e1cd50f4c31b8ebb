//! A Mux in memory that limits its rate, by the test's clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use livecut::mux::{Mux, MuxConfig};
use livecut_http::{BoxError, HttpOptions, RequestBody, ResponseBody, Sending, Transport};
use serde_json::{Value, json};
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_millis(20);

/// Tokens that come in at a rate, up to as many as it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    token: Duration,
    holds: Duration,
    filled: Duration,
    at: Option<Instant>,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, holds: u32) -> Self {
        let token = Duration::from_secs(1) / per_second;
        Self {
            token,
            holds: token * holds,
            filled: token * holds,
            at: None,
        }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        let since = self.at.map_or(Duration::ZERO, |at| now - at);
        self.at = Some(now);
        self.filled = self.holds.min(self.filled + since);
        let takes = self.filled >= self.token;
        if takes {
            self.filled -= self.token;
        }
        takes
    }
}

/// What a refusal says.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) retry_after: Option<&'static str>,
    /// Besides what the buckets have no room for: each call of this method to such a path.
    pub(crate) always: Option<(http::Method, &'static str)>,
}

impl Refusal {
    const NONE: Self = Self {
        retry_after: None,
        always: None,
    };

    fn is_of(&self, method: &http::Method, path: &str) -> bool {
        let mut always = self.always.iter();
        always.any(|(refused, part)| refused == method && path.contains(part))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Simulated {
    pub(crate) refusal: Refusal,
    book: Arc<Mutex<Book>>,
}

#[derive(Debug)]
struct Book {
    post: Bucket,
    /// Its own bucket; or else it is the same.
    rest: Option<Bucket>,
    ended: usize,
    cuts: usize,
    refused: usize,
}

impl Simulated {
    pub(crate) fn new(post: Bucket, rest: Option<Bucket>) -> Self {
        Self {
            refusal: Refusal::NONE,
            book: Arc::new(Mutex::new(Book {
                post,
                rest,
                ended: 0,
                cuts: 0,
                refused: 0,
            })),
        }
    }

    pub(crate) fn stopper(&self) -> Mux {
        let config = MuxConfig::new("an-id", "a-secret").unwrap();
        Mux::new(config.with_http(HttpOptions::new().with_transport(self.clone()))).unwrap()
    }

    pub(crate) fn ended(&self) -> usize {
        self.book.lock().unwrap().ended
    }

    pub(crate) fn cuts(&self) -> usize {
        self.book.lock().unwrap().cuts
    }

    pub(crate) fn refused(&self) -> usize {
        self.book.lock().unwrap().refused
    }

    fn answer(&self, method: &http::Method, path: &str, asked: &Value) -> http::Response<String> {
        let mut book = self.book.lock().unwrap();
        let posts = method == http::Method::POST;
        let bucket = match &mut book.rest {
            Some(rest) if !posts => rest,
            _ => &mut book.post,
        };
        if self.refusal.is_of(method, path) || !bucket.take() {
            book.refused += 1;
            let mut refused = http::Response::builder().status(429);
            if let Some(wait) = self.refusal.retry_after {
                refused = refused.header("retry-after", wait);
            }
            return refused.body(String::new()).unwrap();
        }
        let last = path.rsplit('/').next().unwrap();
        let body = if posts {
            book.cuts += 1;
            let id = format!("clip{}", book.cuts);
            return http::Response::builder()
                .status(201)
                .body(clip(&id, asked))
                .unwrap();
        } else if last == "complete" {
            book.ended += 1;
            r#"{"data":{}}"#.to_owned()
        } else if path.contains("/live-streams/") {
            let asset = last.replace("live-", "asset");
            format!(
                r#"{{"data":{{"id":"{last}","status":"active","active_asset_id":"{asset}","recent_asset_ids":["{asset}"]}}}}"#
            )
        } else {
            let live = last.replace("asset", "live-");
            format!(
                r#"{{"data":{{"id":"{last}","status":"preparing","is_live":true,"live_stream_id":"{live}","playback_ids":[{{"id":"p","policy":"public"}}],"recording_times":[{{"started_at":"1969-12-31T23:00:00Z","duration":3600,"type":"content"}}]}}}}"#
            )
        };
        http::Response::new(body)
    }
}

/// The asset that was asked for.
fn clip(id: &str, asked: &Value) -> String {
    let source = asked["inputs"][0]["url"].as_str().unwrap();
    let asset = json!({
        "id": id,
        "status": "preparing",
        "source_asset_id": source.trim_start_matches("mux://assets/"),
        "passthrough": asked["passthrough"],
        "playback_ids": [{"id": "p", "policy": asked["playback_policies"][0]}],
    });
    json!({"data": asset}).to_string()
}

impl Transport for Simulated {
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        let provider = self.clone();
        Box::pin(async move {
            // As far as a witness sees it, the request is on its way.
            let _asked = request.body().is_end_stream();
            tokio::time::sleep(LATENCY / 2).await;
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let asked = serde_json::from_slice(&body).unwrap_or_default();
            let answer = provider.answer(&head.method, head.uri.path(), &asked);
            tokio::time::sleep(LATENCY / 2).await;
            Ok(answer.map(|text| -> ResponseBody {
                let body = Full::new(Bytes::from(text));
                Box::pin(body.map_err(|never| -> BoxError { match never {} }))
            }))
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}
