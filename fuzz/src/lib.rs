//! What every parser of outside bytes promises, whatever the bytes: one function a target.
//!
//! `cargo fuzz` drives them (`fuzz_targets/`, by `run.sh`), and so does a plain test on the stable
//! toolchain, which includes this file: `tests/fuzz/`.

use std::sync::Arc;
use std::time::Duration;

use livecut_core::{
    Capabilities, Certainty, CutRange, Effect, Error, ErrorKind, ErrorReport, LiveStreamStopper,
    Progress, RecordingId, Rounding, Standing, StopOutcome, StopPlan, StopRequest, StreamId,
    StreamStatus, TenantId, Ticket, TimelineSupport,
};
use livecut_http::testing::MemoryServer;
use livecut_http::{BaseUrl, HttpOptions, RetryPolicy};
use livecut_sim::Simulator;
use livecut_tests::kits::{KITS, Kit, Unnamed};
use livecut_webhook::{Delivery, WebhookError, WebhookSecret};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

const SECRET: &str = "a-credential";
const TENANT: &str = "a-tenant";
/// One that is in samples of webhooks.
const STREAM: &str = "4PtERT9d9uK";
const BASE: &str = "http://localhost:8080/pre";

/// A range that can be read is written alike, and every conversion of it is exact or refused.
pub fn cut_range(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let range = match text.parse::<CutRange>() {
        Ok(range) => range,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = range.to_string();
    assert_eq!(written.parse(), Ok(range), "{written}");
    let json = serde_json::to_string(&range).expect("a range is JSON");
    assert_eq!(serde_json::from_str::<CutRange>(&json).ok(), Some(range));
    for granularity in [
        Duration::from_secs(1),
        Duration::from_millis(1),
        Duration::from_nanos(7),
    ] {
        for rounding in [
            Rounding::Outward,
            Rounding::Inward,
            Rounding::Nearest,
            Rounding::Exact,
        ] {
            if let Ok(rounded) = range.rounded(granularity, rounding) {
                assert_eq!(rounded.rounded(granularity, Rounding::Exact), Ok(rounded));
                assert_eq!(rounded.timeline(), range.timeline());
            }
        }
    }
    for stopper in adapters(&MemoryServer::new()) {
        let request = StopRequest::new(stream()).with_cut(range);
        if let Ok(plan) = stopper.plan(&request) {
            assert_eq!(plan.cut().map(|cut| cut.requested()), Some(range));
            let ticket = plan.ticket().expect("one call: the ticket is known");
            assert_eq!(ticket.to_string().parse().as_ref(), Ok(ticket));
        }
    }
}

/// A document that can be read is written so that it is read alike, and promises no more than its effect and its ticket do.
pub fn document(data: &[u8]) {
    if let Some([read, again]) = kept::<StopOutcome>(data) {
        assert_eq!(again.effect(), read.effect());
        assert_eq!(again.cut(), read.cut());
        assert_eq!(again.ticket(), read.ticket());
    }
    if let Some([read, again]) = kept::<Progress>(data) {
        assert_eq!(again.as_str(), read.as_str());
        assert_eq!(again.ticket(), read.ticket());
    }
    if let Some([read, again]) = kept::<StreamStatus>(data) {
        assert_eq!(again.state(), read.state());
        assert_eq!(again.provider_state(), read.provider_state());
    }
    if let Some([read, again]) = kept::<StopPlan>(data) {
        assert_eq!(again, read);
    }
    if let Some([read, again]) = kept::<ErrorReport>(data) {
        assert_eq!(again, read);
        let promised = Standing::of(read.effect(), read.ticket());
        match read.standing() {
            Standing::Unknown => {}
            Standing::DoneInPart => {
                assert!(matches!(promised, Standing::DoneInPart | Standing::CutOwed));
            }
            standing => assert_eq!(standing, promised),
        }
    }
}

/// What is read of these bytes, and what is read of that when it was written.
fn kept<T: Serialize + DeserializeOwned>(data: &[u8]) -> Option<[T; 2]> {
    let read = serde_json::from_slice::<T>(data).ok()?;
    let written = serde_json::to_vec(&read).expect("a document is JSON");
    let again = serde_json::from_slice(&written).expect("what is written can be read");
    Some([read, again])
}

/// A ticket that can be read is written alike, and followed nowhere but at the configured server.
pub fn ticket(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(ticket) = text.parse::<Ticket>() else {
        return;
    };
    assert_eq!(ticket.to_string().parse().as_ref(), Ok(&ticket));
    for kit in KITS {
        let server = MemoryServer::new();
        let followed = run(connected(kit, options(&server)).follow(&ticket));
        // There is no answer: what isn't an error was said of the ticket alone.
        if let Ok(progress) = followed {
            assert!(matches!(progress, Progress::Failed(_)), "{progress:?}");
            assert_eq!(server.requests().len(), 0);
        }
        let [_, _, follow] = (kit.first_requests)(["", "", ""]);
        for request in server.requests() {
            assert_eq!(ticket.provider(), kit.name);
            let tenant = ticket.tenant().map(TenantId::as_str);
            assert_eq!(tenant, kit.tenant.map(|_| TENANT));
            let url = request.uri().to_string();
            let path = url.strip_prefix(BASE).expect("the configured server");
            assert_eq!(path.split('/').nth(1), follow.first().copied(), "{path}");
            assert!(!path.contains(['?', '#', '\\']), "{path}");
            assert!(
                !path.split('/').any(|segment| matches!(segment, "." | "..")),
                "{path}"
            );
        }
        // Whatever it says is owed, nobody had it sealed.
        let server = MemoryServer::new();
        server.answer(
            200,
            br#"{"data":{"id":"asset","status":"ready"}}"#.as_slice(),
        );
        drop(run(connected(kit, options(&server)).follow(&ticket)));
        for request in server.requests() {
            assert_eq!(request.method(), "GET");
        }
    }
}

/// Whatever a provider answers, in every call of its adapter.
pub fn answers(body: &[u8]) {
    for kit in KITS {
        answered_by(kit, body);
    }
}

/// Whatever this provider answers.
pub fn answered_by(kit: &Kit, body: &[u8]) {
    let capabilities = kit.known().capabilities().expect("it is compiled in");
    if capabilities.single_call() {
        answered(kit, body);
    } else {
        several(kit, body);
    }
}

/// Every request of every call gets the same answer. The ids are those of the samples.
fn several(kit: &Kit, body: &[u8]) {
    /// More than any call makes that comes to an end; then the connection breaks.
    const ANSWERS: usize = 8;
    let [stream, recording] = kit.samples;
    let stream = StreamId::new(stream).expect("it is an id");
    let recording = RecordingId::new(recording).expect("it is an id");
    for status in [200, 404, 503] {
        let answered = || {
            let server = MemoryServer::new();
            for _ in 0..ANSWERS {
                server.answer(status, body.to_vec());
            }
            connected(kit, options(&server))
        };
        for request in stops(&answered().capabilities(), &stream, &recording) {
            let stopper = answered();
            let planned = stopper.plan(&request);
            assert!(
                planned.is_ok() || request.recording().is_some(),
                "no answer is read: {planned:?}"
            );
            match run(stopper.stop(&request)) {
                Ok(outcome) => {
                    assert_eq!(outcome.cut().map(|cut| cut.requested()), request.cut());
                    let ticket = outcome.ticket();
                    assert_eq!(ticket.to_string().parse().as_ref(), Ok(ticket));
                }
                Err(error) => {
                    assert!(request.cut().is_some() || error.effect().cut == Certainty::No);
                    if let Some(ticket) = error.ticket() {
                        assert_eq!(ticket.to_string().parse().as_ref(), Ok(ticket));
                        // Nothing that is followed panics, whatever the ticket is about.
                        let _ = run(answered().follow(ticket));
                    }
                    let shown = format!("{error} {error:?}");
                    assert!(!shown.contains(SECRET), "{shown}");
                }
            }
        }
        let ticket = Ticket::new(answered().provider(), stream.clone());
        for ticket in [ticket.clone(), ticket.with_recording(recording.clone())] {
            if let Ok(Progress::Ready(_)) = run(answered().follow(&ticket)) {
                assert_eq!(status, 200);
            }
        }
        assert!(run(answered().status(&stream)).is_err() || status == 200);
    }
}

/// Stops that an adapter with these capabilities sends: of the whole and, on each timeline, of a
/// part; and where it can be, with the recording named, which some can't have beside a cut.
fn stops(
    capabilities: &Capabilities,
    stream: &StreamId,
    recording: &RecordingId,
) -> Vec<StopRequest> {
    const BEGAN: i64 = 1_736_754_000;
    let whole = StopRequest::new(stream.clone());
    let mut stops = vec![whole.clone()];
    for part in [
        CutRange::seconds(600, 900),
        CutRange::epoch_seconds(BEGAN + 600, BEGAN + 900),
    ] {
        let part = part.expect("it is a range");
        let cut = whole.clone().with_cut(part);
        stops.push(match capabilities.timeline(part.timeline()) {
            Some(TimelineSupport::WithAnchor) => {
                cut.with_anchor(OffsetDateTime::from_unix_timestamp(BEGAN).expect("an instant"))
            }
            _ => cut,
        });
    }
    if capabilities.named_recording() {
        let named = stops.clone().into_iter();
        stops.extend(named.map(|stop| stop.with_recording(recording.clone())));
    }
    stops
}

/// Whatever comes as a webhook: read only with the secret, and then an event, or no JSON object.
pub fn webhook(data: &[u8]) {
    thread_local! {
        /// Who proves webhooks as the providers do. It serves nobody.
        static SIMULATOR: Simulator = run(Simulator::start()).expect("loopback has a free port");
    }
    for kit in KITS {
        let Some(receiver) = kit.receiver else {
            continue;
        };
        let secret = WebhookSecret::new(SECRET).expect("it is a secret");
        let (receiver, proof) = SIMULATOR.with(|simulator| {
            let proof = kit.simulated(simulator).webhook_proof(SECRET, data);
            (receiver(secret, simulator.clock().clone()), proof)
        });
        let plain = Delivery::new([], data);
        let proven = match &proof {
            Some((name, value)) => Delivery::new([(*name, value.as_bytes())], data),
            None => plain.clone().with_url_secret(SECRET),
        };
        match receiver.verify_and_parse(&proven) {
            Ok(event) => {
                let ticket = Ticket::new(event.provider(), stream());
                assert_eq!(
                    ticket.matches(&event),
                    event.stream() == Some(ticket.stream()) && event.tenant().is_none()
                );
            }
            Err(error) => assert!(matches!(error, WebhookError::Malformed(_)), "{error}"),
        }
        // Nothing that data can be proves itself.
        let refuse = |delivery: &Delivery<'_>| {
            let refused = receiver.verify_and_parse(delivery);
            assert!(matches!(refused, Err(WebhookError::Unauthenticated(_))));
        };
        refuse(&plain);
        if let Some((name, value)) = &proof
            && value.as_bytes() != data
        {
            refuse(&Delivery::new([(*name, data)], b"{}"));
        }
    }
}

/// The same of a provider of one call. The ids are those of the samples.
fn answered(kit: &Kit, body: &[u8]) {
    let server = MemoryServer::new();
    let stopper = connected(kit, options(&server));
    let [stream, recording] = kit.samples;
    let stream = StreamId::new(stream).expect("it is an id");
    let recording = RecordingId::new(recording).expect("it is an id");
    let mut ticket = Ticket::new(stopper.provider(), stream.clone());
    if kit.tenant.is_some() {
        ticket = ticket.with_tenant(TenantId::new(TENANT).expect("it is an id"));
    }
    let cut = CutRange::seconds(30, 120).expect("it is a range");
    for status in [200, 201, 404, 503] {
        for cut in [None, Some(cut)] {
            let mut request = StopRequest::new(stream.clone());
            if let Some(cut) = cut {
                request = request.with_cut(cut);
            }
            server.answer(status, body.to_vec());
            match run(stopper.stop(&request)) {
                Ok(outcome) => {
                    assert!(matches!(status, 200 | 201));
                    assert_eq!(outcome.cut().map(|cut| cut.requested()), cut);
                    let ticket = outcome.ticket();
                    assert_eq!(ticket.to_string().parse().as_ref(), Ok(ticket));
                }
                Err(error) => failed(&error, status, cut.is_some()),
            }
        }
        for ticket in [
            ticket.clone(),
            ticket.clone().with_recording(recording.clone()),
        ] {
            server.answer(status, body.to_vec());
            if let Ok(Progress::Ready(ready)) = run(stopper.follow(&ticket)) {
                assert_eq!(status / 100, 2);
                assert_eq!(ready.ticket(), &ticket);
            }
        }
        server.answer(status, body.to_vec());
        let seen = run(stopper.status(&stream));
        assert!(seen.is_err() || status / 100 == 2);
    }
    // Four statuses, five calls. A follow that learns of the recording by its first request goes on to it, once a 2xx.
    let most = if kit.unnamed == Some(Unnamed::Always) {
        22
    } else {
        20
    };
    let made = server.requests().len();
    assert!((20..=most).contains(&made), "one call, one request: {made}");
}

/// What an error may claim.
fn failed(error: &Error, status: u16, cut: bool) {
    let Effect {
        stopped,
        cut: of_cut,
        other,
    } = error.effect();
    assert_eq!(
        other,
        Certainty::No,
        "there is nothing else that it could do"
    );
    match status {
        200 | 201 => assert_ne!(stopped, Certainty::No, "a success may have done it"),
        404 => assert!(error.effect().is_none(), "a refusal"),
        _ => assert_eq!(stopped, Certainty::Unknown),
    }
    if !cut && stopped != Certainty::Yes {
        assert_eq!(of_cut, Certainty::No, "none was asked for");
    }
    assert_eq!(error.ticket().is_some(), !error.effect().is_none());
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(SECRET), "{shown}");
}

/// A `Retry-After` of any bytes is a wait of a year at most, or none.
pub fn retry_after(data: &[u8]) {
    let Ok(value) = http::HeaderValue::from_bytes(data) else {
        return;
    };
    let server = MemoryServer::new();
    for stopper in adapters(&server) {
        let mut answer = http::Response::new("");
        *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        let headers = answer.headers_mut();
        headers.insert(http::header::RETRY_AFTER, value.clone());
        server.answer_with(answer);
        let error = run(stopper.status(&stream())).expect_err("it was too many");
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        let year = Duration::from_secs(365 * 86_400);
        assert!(error.retry_after().is_none_or(|wait| wait <= year));
    }
}

/// A base URL that is accepted is one that is sent to, and shows no secret when it isn't.
pub fn base_url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for allow_http in [false, true] {
        let Ok(base) = BaseUrl::parse(text, allow_http) else {
            continue;
        };
        let written = base.to_string();
        assert_eq!(
            BaseUrl::parse(&written, allow_http).ok(),
            Some(base.clone())
        );
        assert!(!written.contains(['?', '#', '\\', ' ']), "{written}");
        let (scheme, rest) = written.split_once("://").expect("it is absolute");
        assert!(scheme == "https" || scheme == "http");
        let authority = rest.split('/').next().expect("split gives a part at least");
        assert!(
            !authority.is_empty() && !authority.contains('@'),
            "{written}"
        );
        let url = base.endpoint(&["api", "..%2f", ""]);
        assert_eq!(url, format!("{written}/api/..%252f/"));
    }
}

fn stream() -> StreamId {
    StreamId::new(STREAM).expect("it is an id")
}

/// The adapters of one call, before the same server.
fn adapters(server: &MemoryServer) -> Vec<Arc<dyn LiveStreamStopper>> {
    let adapters = KITS.iter().map(|kit| connected(kit, options(server)));
    adapters
        .filter(|stopper| stopper.capabilities().single_call())
        .collect()
}

/// The adapter, with credentials that are told apart.
fn connected(kit: &Kit, http: HttpOptions) -> Arc<dyn LiveStreamStopper> {
    let secrets = kit.secret_words();
    let credentials = kit.credential_words().into_iter();
    let mut settings: Vec<_> = credentials
        .map(|word| match secrets.contains(&word) {
            true => (word, SECRET.to_owned()),
            false => (word, TENANT.to_owned()),
        })
        .collect();
    settings.push(("base_url".to_owned(), BASE.to_owned()));
    let stopper = kit.connect(&settings, http);
    stopper.expect("the configuration is right")
}

fn options(server: &MemoryServer) -> HttpOptions {
    HttpOptions::new()
        .with_retry(RetryPolicy::none())
        .with_transport(server.clone())
}

fn run<T>(call: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime without threads can be had");
    }
    RUNTIME.with(|runtime| runtime.block_on(call))
}
