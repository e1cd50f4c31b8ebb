//! What the tests share: a client, streams and steps, and what is expected of an error.

use std::time::Duration;

use livecut_core::{Certainty, Effect, Error, ErrorKind, Method, Purpose, Step, StreamId};
use livecut_http::{BaseUrl, Call, HttpClient, HttpOptions, Response, RetryPolicy, Secret};
use tokio_rustls::rustls::crypto::aws_lc_rs;

/// What the call under test stops and cuts.
pub(crate) const DONE: Effect = Effect::new(Certainty::Yes, Certainty::Yes);
pub(crate) const UNKNOWN: Effect = Effect::new(Certainty::Unknown, Certainty::Unknown);
pub(crate) const NOTHING: Effect = Effect::NONE;

/// The credential of every test, to look for where it must not be.
pub(crate) const TOKEN: &str = "Token hunter2";

pub(crate) fn secret() -> Secret {
    Secret::new(TOKEN).unwrap()
}

pub(crate) fn stream() -> StreamId {
    StreamId::new("s1").unwrap()
}

/// Options for loopback servers: no proxy of this machine's, nothing sent twice.
pub(crate) fn once() -> HttpOptions {
    HttpOptions::new()
        .with_client_builder(reqwest::Client::builder().no_proxy())
        .with_retry(RetryPolicy::none())
}

/// As [`once`], with retries that don't wait.
pub(crate) fn retrying() -> HttpOptions {
    once().with_retry(
        RetryPolicy::default()
            .with_base(Duration::ZERO)
            .with_cap(Duration::ZERO),
    )
}

pub(crate) fn client(options: HttpOptions) -> HttpClient {
    client_with(secret(), options)
}

pub(crate) fn client_with(credential: Secret, options: HttpOptions) -> HttpClient {
    // What a program with the feature `rustls-no-provider` does once, at its start.
    if cfg!(not(feature = "rustls")) {
        let _installed_already = aws_lc_rs::default_provider().install_default();
    }
    let loopback = BaseUrl::parse("http://localhost", false).unwrap();
    HttpClient::new("test", &[&loopback], credential, options).unwrap()
}

pub(crate) fn post(url: &str, body: Option<&str>) -> Step {
    let step = Step::new(Purpose::Stop, Method::Post, url);
    match body {
        Some(body) => step.with_body(body),
        None => step,
    }
}

pub(crate) fn get(url: &str) -> Step {
    Step::new(Purpose::Read, Method::Get, url)
}

/// Makes a step that stops and cuts, or a read.
pub(crate) async fn make(client: &HttpClient, step: &Step) -> Result<Response, Error> {
    make_within(client, step, None).await
}

pub(crate) async fn make_within(
    client: &HttpClient,
    step: &Step,
    time: Option<Duration>,
) -> Result<Response, Error> {
    let stream = stream();
    let call = if step.purpose() == Purpose::Read {
        Call::read(&stream, step)
    } else {
        Call::new(&stream, step, NOTHING, DONE)
    };
    client.call(call, &client.deadline(time)).await
}

#[track_caller]
pub(crate) fn assert_error(
    result: Result<Response, Error>,
    kind: ErrorKind,
    effect: Effect,
    what: &str,
) -> Error {
    let error = result.expect_err(what);
    assert_eq!(error.kind(), kind, "{what}: {error:?}");
    assert_eq!(error.effect(), effect, "{what}: {error:?}");
    assert_eq!(error.provider(), Some("test"), "{what}");
    error
}
