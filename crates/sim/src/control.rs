//! The control API: what a [`Handle`](crate::Handle) does, over HTTP, for tests in other processes
//! and languages. The crate's README describes it for its users.

use crate::{
    Action, DeliveryRecord, Disorder, FailingStage, NextAnswer, Outcome, RateLimit, Recording,
    RequestRecord, SimulatedProvider, StreamSpec, WebhookSpec,
    app::App,
    courier,
    http::{Answer, Body, Request, Segments, check_body},
    recording::rfc3339,
};
use hyper::{
    Method, StatusCode,
    header::{ALLOW, HeaderValue},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The path prefix.
pub(crate) const PREFIX: &str = "_sim";

/// Why a call fails.
struct ControlError {
    status: StatusCode,
    error: String,
    allow: Option<&'static str>,
}

impl ControlError {
    fn new(status: StatusCode, error: impl fmt::Display) -> Self {
        Self {
            status,
            error: format!("{error}"),
            allow: None,
        }
    }

    fn bad_request(error: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such resource")
    }

    fn method_not_allowed(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("this resource has {allow}"),
            )
        }
    }
}

/// Answers a call to `path`, the raw segments after the prefix.
pub(crate) async fn answer(app: &App, request: &Request, path: &[&str]) -> Answer {
    match call(app, request, path).await {
        Ok((status, body)) => Answer::json(status, &body),
        Err(failure) => {
            let answer = Answer::json(failure.status, &json!({"error": failure.error}));
            match failure.allow {
                Some(allow) => answer.with_header(ALLOW, HeaderValue::from_static(allow)),
                None => answer,
            }
        }
    }
}

async fn call(
    app: &App,
    request: &Request,
    path: &[&str],
) -> Result<(StatusCode, Value), ControlError> {
    let ok = |body| Ok((StatusCode::OK, body));
    let get = request.method == Method::GET;
    let post = request.method == Method::POST;
    match *path {
        [] | [""] if get => ok(json!({
            "now": rfc3339(app.shared.clock.now()),
            "providers": app.providers.iter().map(|p| p.service.describe()).collect::<Value>(),
        })),
        ["clock"] if get || post => {
            if post {
                match parse(request)? {
                    ClockCall::Set(at) => app.shared.clock.set(instant(&at)?),
                    ClockCall::AdvanceSeconds(seconds) => {
                        app.shared.clock.advance(Duration::from_secs(seconds));
                    }
                }
            }
            ok(json!({"now": rfc3339(app.shared.clock.now())}))
        }
        ["requests"] if get => ok(app
            .shared
            .log
            .matching(|_| true)
            .iter()
            .map(request_record)
            .collect()),
        ["deliver-due"] if post => {
            let Nothing {} = parse(request)?;
            let shared = &app.shared;
            let attempts =
                courier::deliver_due(&app.providers, &shared.outbox, &shared.clock).await;
            ok(json!({"attempts": attempts}))
        }
        ["deliveries"] if get => ok(app
            .shared
            .outbox
            .log(|_| true)
            .iter()
            .map(delivery)
            .collect()),
        [provider, "webhooks"] if post => {
            let provider = provider_of(app, provider)?;
            let call: WebhookCall = parse(request)?;
            let webhook = provider
                .register_webhook(call.spec())
                .map_err(ControlError::bad_request)?;
            Ok((StatusCode::CREATED, json!({"webhook": webhook.id()})))
        }
        [provider, "streams"] if get => ok(provider_of(app, provider)?
            .recordings()
            .iter()
            .map(recording)
            .collect()),
        [provider, "streams"] if post => {
            let provider = provider_of(app, provider)?;
            let call: StreamCall = parse(request)?;
            let id = call.id.clone();
            provider
                .create_stream(call.spec()?)
                .map_err(|error| ControlError::new(StatusCode::CONFLICT, error))?;
            Ok((StatusCode::CREATED, stream(provider, &id)?))
        }
        [provider, "streams", id] if get => {
            let id = Segments::decode(id)
                .map_err(|refusal| ControlError::bad_request(refusal.reason))?;
            ok(stream(provider_of(app, provider)?, &id)?)
        }
        [provider, "next-answer"] if post => {
            let provider = provider_of(app, provider)?;
            let call: AnswerCall = parse(request)?;
            provider
                .next_answer(call.answer()?)
                .map_err(ControlError::bad_request)?;
            Ok((StatusCode::CREATED, json!({})))
        }
        [provider, "rate-limit"] if post => {
            let provider = provider_of(app, provider)?;
            let limit: Option<LimitCall> = parse(request)?;
            provider.limit_post_rate(
                limit
                    .as_ref()
                    .and_then(|limit| limit.posts.as_deref())
                    .map(LimitCall::limit),
            );
            provider.limit_rate(limit.map(|limit| limit.limit()));
            ok(json!({}))
        }
        [] | [""] | ["requests" | "deliveries"] | [_, "streams", _] => {
            Err(ControlError::method_not_allowed("GET"))
        }
        ["deliver-due"] | [_, "next-answer" | "rate-limit" | "webhooks"] => {
            Err(ControlError::method_not_allowed("POST"))
        }
        ["clock"] | [_, "streams"] => Err(ControlError::method_not_allowed("GET, POST")),
        _ => Err(ControlError::not_found()),
    }
}

fn provider_of<'a>(app: &'a App, name: &str) -> Result<&'a SimulatedProvider, ControlError> {
    let mut providers = app.providers.iter();
    providers
        .find(|provider| provider.name() == name)
        .ok_or_else(ControlError::not_found)
}

fn stream(provider: &SimulatedProvider, id: &str) -> Result<Value, ControlError> {
    let found = provider.recording(id).ok_or_else(ControlError::not_found)?;
    Ok(recording(&found))
}

/// Reads a body. Its content type must be JSON's: a browser doesn't send that to another site
/// unasked, so that no page that happens to be open can steer a simulator.
fn parse<T: DeserializeOwned>(request: &Request) -> Result<T, ControlError> {
    check_body(request, Body::Json)
        .map_err(|refusal| ControlError::new(refusal.kind.status(), refusal.reason))?;
    serde_json::from_slice(&request.body).map_err(ControlError::bad_request)
}

fn instant(text: &str) -> Result<OffsetDateTime, ControlError> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|error| {
        ControlError::bad_request(format!("{text:?} isn't an RFC 3339 instant: {error}"))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockCall {
    Set(String),
    AdvanceSeconds(u64),
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    NotStarted,
    #[default]
    Live,
    Ended,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fails {
    Transcoding,
    Trimming,
}

/// A [`StreamSpec`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamCall {
    id: String,
    #[serde(default)]
    state: State,
    starts_at: Option<String>,
    live_for_seconds: Option<u64>,
    ends_after_seconds: Option<u64>,
    title: Option<String>,
    recording_id: Option<String>,
    dvr: Option<bool>,
    dvr_window_seconds: Option<u64>,
    records: Option<bool>,
    transcodes: Option<bool>,
    stopped_for_seconds: Option<u64>,
    transcoding_takes_seconds: Option<u64>,
    trimming_takes_seconds: Option<u64>,
    fails_in: Option<Fails>,
}

impl StreamCall {
    fn spec(self) -> Result<StreamSpec, ControlError> {
        let spec = match self.state {
            State::NotStarted => StreamSpec::not_started(self.id),
            State::Live => StreamSpec::live(self.id),
            State::Ended => StreamSpec::ended(self.id),
        };
        let starts_at = self.starts_at.as_deref().map(instant).transpose()?;
        let fails_in = self.fails_in.map(|stage| match stage {
            Fails::Transcoding => FailingStage::Transcoding,
            Fails::Trimming => FailingStage::Trimming,
        });
        type Lengthen = fn(StreamSpec, Duration) -> StreamSpec;
        let lengths: [(Option<u64>, Lengthen); 6] = [
            (self.live_for_seconds, StreamSpec::with_age),
            (self.ends_after_seconds, StreamSpec::with_length),
            (self.dvr_window_seconds, StreamSpec::with_dvr_window),
            (self.stopped_for_seconds, StreamSpec::with_stopped_time),
            (
                self.transcoding_takes_seconds,
                StreamSpec::with_transcoding_time,
            ),
            (self.trimming_takes_seconds, StreamSpec::with_trimming_time),
        ];
        let spec = lengths.into_iter().fold(spec, |spec, (seconds, setter)| {
            set(spec, seconds.map(Duration::from_secs), setter)
        });
        let spec = set(spec, starts_at, StreamSpec::with_start);
        let spec = set(spec, self.title, StreamSpec::with_title);
        let spec = set(spec, self.recording_id, StreamSpec::with_recording_id);
        let spec = set(spec, self.dvr, StreamSpec::with_dvr);
        let spec = set(spec, self.records, StreamSpec::with_recording);
        let spec = set(spec, self.transcodes, StreamSpec::with_transcoding);
        Ok(set(spec, fails_in, StreamSpec::with_failure))
    }
}

/// A [`NextAnswer`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerCall {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    json: Option<Value>,
    patch: Option<Value>,
    applied: Option<bool>,
    on: Option<String>,
    for_id: Option<String>,
    delay_seconds: Option<u64>,
    times: Option<u32>,
}

impl AnswerCall {
    fn answer(self) -> Result<NextAnswer, ControlError> {
        let status = self.status.unwrap_or(200);
        let mut answer = match (self.patch, self.json, self.body) {
            (None, None, None) => set(
                NextAnswer::unchanged(),
                self.status,
                NextAnswer::with_status,
            ),
            (Some(patch), None, None) => set(
                NextAnswer::patch(patch),
                self.status,
                NextAnswer::with_status,
            ),
            (None, Some(json), None) => NextAnswer::status(status).with_json(&json),
            (None, None, Some(body)) => NextAnswer::status(status).with_body(body),
            _ => {
                return Err(ControlError::bad_request(
                    "an answer has at most one of `patch`, `json` and `body`",
                ));
            }
        };
        for (name, value) in self.headers {
            answer = answer.with_header(name, value);
        }
        let action = self.on.map(|name| {
            Action::from_name(&name)
                .ok_or_else(|| ControlError::bad_request(format!("{name:?} isn't an action")))
        });
        let answer = set(answer, self.applied, NextAnswer::with_applied);
        let answer = set(answer, action.transpose()?, NextAnswer::on);
        let answer = set(answer, self.for_id, NextAnswer::for_id);
        let delay = self.delay_seconds.map(Duration::from_secs);
        let answer = set(answer, delay, NextAnswer::with_delay);
        Ok(set(answer, self.times, NextAnswer::times))
    }
}

/// A [`RateLimit`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitCall {
    requests: u32,
    per_seconds: u64,
    burst: Option<u32>,
    /// That of POST, if it is counted apart.
    posts: Option<Box<Self>>,
    /// The truth where it is left out, and none where it is `null`.
    #[serde(default, deserialize_with = "given")]
    retry_after_seconds: Option<Option<u64>>,
}

impl LimitCall {
    const fn limit(&self) -> RateLimit {
        let limit = RateLimit::new(self.requests, Duration::from_secs(self.per_seconds));
        let limit = match self.burst {
            Some(tokens) => limit.with_burst(tokens),
            None => limit,
        };
        match self.retry_after_seconds {
            None => limit,
            Some(None) => limit.without_retry_after(),
            Some(Some(seconds)) => limit.with_retry_after(seconds),
        }
    }
}

/// Tells `null` from what is left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A [`WebhookSpec`] over HTTP.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookCall {
    url: String,
    secret: Option<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    duplicated_percent: u8,
    #[serde(default)]
    lost_percent: u8,
    #[serde(default)]
    late_by_up_to_seconds: u64,
}

impl WebhookCall {
    fn spec(self) -> WebhookSpec {
        let disorder = Disorder::seeded(self.seed)
            .with_duplicates(self.duplicated_percent)
            .with_losses(self.lost_percent)
            .with_delays(Duration::from_secs(self.late_by_up_to_seconds));
        let spec = WebhookSpec::over_http(self.url).with_disorder(disorder);
        set(spec, self.secret, WebhookSpec::with_secret)
    }
}

/// `builder` with a value set, where there is one.
fn set<B, T>(builder: B, value: Option<T>, setter: impl FnOnce(B, T) -> B) -> B {
    match value {
        Some(value) => setter(builder, value),
        None => builder,
    }
}

fn recording(recording: &Recording) -> Value {
    json!({
        "stream": recording.stream,
        "recording": recording.id,
        "stage": recording.stage.as_str(),
        "start": recording.start.map(rfc3339),
        "end": recording.end.map(rfc3339),
        "kept": recording.kept.map(|kept| {
            let (offsets, instants) = (kept.offsets(), kept.instants());
            json!({
                "start_offset_ns": nanos(offsets.start),
                "end_offset_ns": nanos(offsets.end),
                "start": rfc3339(instants.start),
                "end": rfc3339(instants.end),
            })
        }),
        "visibility": recording.visibility,
    })
}

/// As JSON's numbers go: exact up to 584 years.
fn nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

fn request_record(record: &RequestRecord) -> Value {
    let text = String::from_utf8_lossy;
    json!({
        "number": record.number,
        "at": rfc3339(record.at),
        "provider": record.provider,
        "action": record.action.map(Action::as_str),
        "id": record.id,
        "method": record.method,
        "target": record.target,
        "headers": record
            .headers
            .iter()
            .map(|(name, value)| json!([name, text(value)]))
            .collect::<Value>(),
        "body": text(&record.body),
        "complete": record.complete,
        "status": record.status,
        "applied": {"stop": record.applied.stop, "cut": record.applied.cut},
        "refusal": record.refusal,
        "scripted": record.scripted,
    })
}

fn delivery(record: &DeliveryRecord) -> Value {
    let DeliveryRecord {
        delivery,
        at,
        outcome,
    } = record;
    let (outcome, status, reason) = match outcome {
        Outcome::Answered(status) => ("answered", Some(status), None),
        Outcome::Unanswered(reason) => ("unanswered", None, Some(reason)),
        Outcome::Lost => ("lost", None, None),
    };
    json!({
        "number": delivery.number,
        "webhook": delivery.webhook,
        "provider": delivery.provider,
        "event": delivery.event,
        "attempt": delivery.attempt,
        "due": rfc3339(delivery.due),
        "at": rfc3339(*at),
        "url": &*delivery.url,
        "headers": delivery.headers,
        "body": String::from_utf8_lossy(&delivery.body),
        "outcome": outcome,
        "status": status,
        "reason": reason,
    })
}
