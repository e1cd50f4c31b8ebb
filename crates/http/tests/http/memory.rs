//! Retry and deadlines in memory, under a paused clock.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body::{Body as _, Frame};
use livecut_core::{Certainty, Effect, Error, ErrorKind, Step};
use livecut_http::testing::MemoryServer;
use livecut_http::{
    BoxError, Call, HttpClient, HttpOptions, RequestBody, Response, ResponseBody, RetryPolicy,
    Sending, Transport, TransportError,
};
use tokio::time::Instant;

use crate::support::{
    DONE, NOTHING, UNKNOWN, assert_error, client, get, make, make_within, post, retrying, secret,
    stream,
};

/// What becomes of one request.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    Answer(u16, Vec<(&'static str, String)>),
    /// A success with these headers, whose body breaks.
    BrokenBody(Vec<(&'static str, String)>),
    /// A success whose body comes a byte at a time, this far apart, without an end.
    Drip(Duration),
    Unreachable,
    /// The connection breaks before anything is sent.
    BrokenBefore,
    /// The connection breaks when the request is on its way.
    BrokenAfter,
    /// Connecting takes forever.
    NeverConnects,
    /// The request is sent and no answer comes.
    NeverAnswers,
}

/// Does to requests what a script says; the last fate is for all that follow.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    fates: Arc<Mutex<VecDeque<Fate>>>,
    sent: Arc<Mutex<Vec<Instant>>>,
    now: SystemTime,
}

impl Memory {
    pub(crate) fn new(fates: impl IntoIterator<Item = Fate>, now: SystemTime) -> Self {
        Self {
            fates: Arc::new(Mutex::new(fates.into_iter().collect())),
            sent: Arc::default(),
            now,
        }
    }

    /// When each request was handed over.
    pub(crate) fn sent(&self) -> Vec<Instant> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn client(&self, options: HttpOptions) -> HttpClient {
        HttpClient::new("test", &[], secret(), options.with_transport(self.clone())).unwrap()
    }
}

impl Transport for Memory {
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        // HTTP/2 would put it into its compression table otherwise, and logs would show it.
        assert!(request.headers()["authorization"].is_sensitive());
        self.sent.lock().unwrap().push(Instant::now());
        let mut fates = self.fates.lock().unwrap();
        let fate = if fates.len() > 1 {
            fates.pop_front()
        } else {
            fates.front().cloned()
        };
        let fate = fate.unwrap();
        Box::pin(async move {
            match fate {
                Fate::Unreachable => return Err(TransportError::connect("no route")),
                Fate::BrokenBefore => return Err(TransportError::interrupted("closed")),
                Fate::NeverConnects => std::future::pending().await,
                _ => {}
            }
            // From here on, the request leaves.
            let _ = request.body().is_end_stream();
            match fate {
                Fate::BrokenAfter => Err(TransportError::interrupted("reset")),
                Fate::Answer(status, headers) => {
                    let mut response = http::Response::builder().status(status);
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(Drip::boxed(None)).unwrap())
                }
                Fate::BrokenBody(headers) => {
                    let mut response = http::Response::builder();
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(Broken::boxed()).unwrap())
                }
                Fate::Drip(pace) => Ok(http::Response::new(Drip::boxed(Some(pace)))),
                _ => std::future::pending().await,
            }
        })
    }

    fn now(&self) -> SystemTime {
        self.now
    }
}

/// A body that breaks before its first byte.
struct Broken;

impl Broken {
    fn boxed() -> ResponseBody {
        Box::pin(Self)
    }
}

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(Some(Err("reset".into())))
    }
}

/// A body of single bytes this far apart, or an empty one.
struct Drip(Option<Duration>, Pin<Box<tokio::time::Sleep>>);

impl Drip {
    fn boxed(pace: Option<Duration>) -> ResponseBody {
        let first = tokio::time::sleep(pace.unwrap_or_default());
        Box::pin(Self(pace, Box::pin(first)))
    }
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(pace) = self.0 else {
            return Poll::Ready(None);
        };
        std::task::ready!(self.1.as_mut().poll(context));
        let next = self.1.deadline().checked_add(pace).unwrap();
        self.1.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
    }
}

pub(crate) fn status(status: u16) -> Fate {
    Fate::Answer(status, Vec::new())
}

pub(crate) fn retry_after(status: u16, value: &str) -> Fate {
    Fate::Answer(status, vec![("retry-after", value.to_owned())])
}

fn stop() -> Step {
    post("http://localhost/stop", Some("{}"))
}

fn read() -> Step {
    get("http://localhost/status")
}

async fn run(
    step: &Step,
    options: HttpOptions,
    fates: &[Fate],
) -> (Result<Response, Error>, usize, Duration) {
    let memory = Memory::new(fates.to_vec(), SystemTime::UNIX_EPOCH);
    let begun = Instant::now();
    let result = make(&memory.client(options), step).await;
    (result, memory.sent().len(), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_tried_again_as_often_as_is_safe() {
    // Fate, requests of a stop, requests of a read, and the stop's effect.
    for (fate, stops, reads, effect) in [
        (Fate::Unreachable, 3, 3, NOTHING),
        (Fate::BrokenBefore, 3, 3, NOTHING),
        (Fate::BrokenAfter, 1, 3, UNKNOWN),
        (status(408), 1, 3, UNKNOWN),
        (status(500), 1, 3, UNKNOWN),
        (status(502), 1, 3, UNKNOWN),
        (status(503), 1, 3, UNKNOWN),
        (status(504), 1, 3, UNKNOWN),
        (status(501), 1, 1, UNKNOWN),
        (status(505), 1, 1, UNKNOWN),
        (status(400), 1, 1, NOTHING),
        (status(401), 1, 1, NOTHING),
        (status(404), 1, 1, NOTHING),
        (status(409), 1, 1, UNKNOWN),
        (status(425), 1, 1, NOTHING),
        (status(307), 1, 1, NOTHING),
        (Fate::NeverConnects, 1, 1, NOTHING),
        (Fate::NeverAnswers, 1, 1, UNKNOWN),
        (Fate::Drip(Duration::from_secs(1)), 1, 1, UNKNOWN),
    ] {
        let fates = [fate.clone()];
        let (result, sent, _) = run(&stop(), HttpOptions::new(), &fates).await;
        assert_eq!(sent, stops, "stop, {fate:?}");
        assert_eq!(result.unwrap_err().effect(), effect, "{fate:?}");

        let (result, sent, _) = run(&read(), HttpOptions::new(), &fates).await;
        assert_eq!(sent, reads, "read, {fate:?}");
        assert_eq!(result.unwrap_err().effect(), NOTHING, "{fate:?}");

        let none = HttpOptions::new().with_retry(RetryPolicy::none());
        let (_, sent, _) = run(&stop(), none, &fates).await;
        assert_eq!(sent, 1, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_that_turns_out_to_be_none_is_unknown_for_a_stop_and_nothing_for_a_read() {
    for (step, effect) in [(stop(), UNKNOWN), (read(), NOTHING)] {
        let (result, ..) = run(&step, HttpOptions::new(), &[status(200)]).await;
        let response = result.unwrap();
        let failed = response.error(ErrorKind::ProviderFailed, "it failed");
        for error in [response.json::<u8>().unwrap_err(), failed] {
            assert_eq!(error.effect(), effect);
            assert_eq!(error.provider(), Some("test"));
            assert_eq!(error.response().map(|r| r.status()), Some(200));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passed_is_forgotten() {
    let fates = [Fate::Unreachable, status(429), status(200)];
    let (result, sent, _) = run(&stop(), HttpOptions::new(), &fates).await;
    assert_eq!((result.unwrap().status(), sent), (200, 3));
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_safe_fault_is_judged_by_itself() {
    // The first request was refused, the second may have been applied: no third.
    let fates = [status(429), Fate::BrokenAfter, status(200)];
    let (result, sent, _) = run(&stop(), HttpOptions::new(), &fates).await;
    assert_error(result, ErrorKind::Interrupted, UNKNOWN, "second request");
    assert_eq!(sent, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_the_rate_waits_a_second_or_more_as_long_as_the_deadline_allows() {
    for step in [stop(), read()] {
        let memory = Memory::new([status(429)], SystemTime::UNIX_EPOCH);
        let client = memory.client(HttpOptions::new());
        let error = make(&client, &step).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        let sent = memory.sent();
        assert!((5..=10).contains(&sent.len()), "{}", sent.len());
        let mut waits = sent.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(waits.all(|wait| wait >= Duration::from_secs(1)));
        // Most of the deadline is used.
        assert!(sent[sent.len() - 1] - sent[0] > Duration::from_secs(15));
    }
    // More refusals than attempts, and then another fault.
    let fates = [vec![status(429); 4], vec![Fate::Unreachable, status(200)]].concat();
    let (result, sent, _) = run(&stop(), HttpOptions::new(), &fates).await;
    assert_eq!((result.unwrap().status(), sent), (200, 6));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_a_minute_on_a_provider_s_word() {
    for (seconds, sent) in [("60", 2), ("61", 1), ("31536000", 1)] {
        let fates = [retry_after(429, seconds), status(200)];
        let memory = Memory::new(fates, SystemTime::UNIX_EPOCH);
        let client = memory.client(HttpOptions::new());
        let hour = Duration::from_secs(3_600);
        let result = make_within(&client, &stop(), Some(hour)).await;
        assert_eq!(memory.sent().len(), sent, "{seconds}");
        if let Err(error) = result {
            let asked = error.retry_after().map(|wait| wait.as_secs().to_string());
            assert_eq!(asked.as_deref(), Some(seconds));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_after_of_a_success_says_nothing_though_its_body_broke() {
    let headers = vec![("retry-after", "20".to_owned())];
    let fates = [Fate::BrokenBody(headers.clone()), status(200)];
    let (result, sent, took) = run(&read(), HttpOptions::new(), &fates).await;
    assert_eq!((result.unwrap().status(), sent), (200, 2));
    assert!(took < Duration::from_secs(1), "{took:?}");
    let (result, ..) = run(&stop(), HttpOptions::new(), &[Fate::BrokenBody(headers)]).await;
    let error = assert_error(result, ErrorKind::Interrupted, UNKNOWN, "broken body");
    assert_eq!(error.retry_after(), None);
}

#[tokio::test(start_paused = true)]
async fn the_waiting_is_jittered_within_its_bounds() {
    let mut longest = Duration::ZERO;
    for _ in 0..200 {
        let (_, sent, took) = run(&stop(), HttpOptions::new(), &[Fate::Unreachable]).await;
        assert_eq!(sent, 3);
        // 200 ms and 400 ms; tokio's timers go by the millisecond.
        assert!(took <= Duration::from_millis(602), "{took:?}");
        longest = longest.max(took);
    }
    assert!(longest > Duration::from_millis(300), "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_one_for_all_calls_attempts_and_bodies() {
    for fate in [
        Fate::NeverConnects,
        Fate::NeverAnswers,
        Fate::Drip(Duration::from_secs(1)),
        Fate::Drip(Duration::from_millis(29_999)),
    ] {
        for step in [stop(), read()] {
            let fates = [Fate::Unreachable, fate.clone()];
            let (result, sent, took) = run(&step, HttpOptions::new(), &fates).await;
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout, "{fate:?}");
            assert_eq!(sent, 2);
            assert!(took.abs_diff(Duration::from_secs(30)) < Duration::from_millis(3));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_still_connecting_when_time_ran_out_caused_nothing() {
    let (result, ..) = run(&stop(), HttpOptions::new(), &[Fate::NeverConnects]).await;
    assert_error(result, ErrorKind::Timeout, NOTHING, "never connects");
    let (result, ..) = run(&stop(), HttpOptions::new(), &[Fate::NeverAnswers]).await;
    assert_error(result, ErrorKind::Timeout, UNKNOWN, "never answers");
}

#[tokio::test(start_paused = true)]
async fn a_later_call_gets_what_the_earlier_ones_left_of_the_deadline() {
    let memory = Memory::new([Fate::NeverAnswers], SystemTime::UNIX_EPOCH);
    let client = memory.client(HttpOptions::new());
    let (stream, step) = (stream(), stop());
    let stopped = Effect::new(Certainty::Yes, Certainty::No);
    let deadline = client.deadline(Some(Duration::from_secs(10)));
    tokio::time::advance(Duration::from_secs(9)).await;

    let cut = Call::new(&stream, &step, stopped, DONE);
    let begun = Instant::now();
    let error = client.call(cut, &deadline).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_millis(1_003));
    assert_eq!(
        error.effect(),
        Effect::new(Certainty::Yes, Certainty::Unknown)
    );

    // Now it has run out, and nothing more is begun: what was done stays done.
    let error = client.call(cut, &deadline).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.effect(), stopped);
    assert_eq!(memory.sent().len(), 1);

    // So it is with a read in between.
    let between = Call::new(&stream, &step, stopped, stopped);
    let error = client.call(between, &client.deadline(None)).await;
    assert_eq!(error.unwrap_err().effect(), stopped);
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_provider_s_date_or_else_this_machine_s() {
    let here = SystemTime::UNIX_EPOCH + Duration::from_secs(1_736_755_200);
    let date = |headers| async move {
        let memory = Memory::new([Fate::Answer(200, headers)], here);
        let client = memory.client(HttpOptions::new());
        make_within(&client, &get("http://localhost/"), None)
            .await
            .map(|answer| answer.date())
            .unwrap()
    };
    assert_eq!(date(Vec::new()).await, here);
    let theirs = ("date", "Mon, 13 Jan 2025 07:50:00 GMT".to_owned());
    assert_eq!(date(vec![theirs]).await, here - Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn a_request_can_set_a_longer_timeout_than_the_client_has() {
    let memory = Memory::new([Fate::NeverAnswers], SystemTime::UNIX_EPOCH);
    let client = memory.client(HttpOptions::new().with_timeout(Duration::from_secs(2)));
    for (requested, expected) in [(None, 2), (Some(Duration::from_secs(90)), 90)] {
        let begun = Instant::now();
        make_within(&client, &stop(), requested).await.unwrap_err();
        let took = begun.elapsed();
        assert!(took.abs_diff(Duration::from_secs(expected)) < Duration::from_millis(3));
    }
}

#[tokio::test(start_paused = true)]
async fn an_endless_body_ends_at_the_limit() {
    let options = HttpOptions::new()
        .with_body_limit(5)
        .with_timeout(Duration::from_secs(3_600));
    let (result, _, took) = run(&stop(), options, &[Fate::Drip(Duration::from_secs(1))]).await;
    let error = assert_error(result, ErrorKind::UnexpectedResponse, UNKNOWN, "too long");
    assert_eq!(error.response().unwrap().body(), b"xxxxx");
    assert!(took < Duration::from_secs(7));
}

#[test]
fn options_that_cannot_work_are_refused_by_name() {
    for (options, why) in [
        (HttpOptions::new().with_timeout(Duration::ZERO), "timeout"),
        (
            HttpOptions::new().with_connect_timeout(Duration::ZERO),
            "connect timeout",
        ),
        (HttpOptions::new().with_body_limit(0), "body limit"),
        (
            HttpOptions::new().with_user_agent_suffix("a\r\nb: c"),
            "User-Agent",
        ),
        (
            HttpOptions::new().with_retry(RetryPolicy::default().with_max_attempts(0)),
            "at least one attempt",
        ),
    ] {
        let memory = Memory::new([], SystemTime::UNIX_EPOCH);
        let error =
            HttpClient::new("test", &[], secret(), options.with_transport(memory)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(why), "{error}");
    }
}

/// What an earlier attempt may have done, a later one's refusal doesn't take back.
#[tokio::test(start_paused = true)]
async fn a_repeatable_request_is_sent_again_in_doubt_and_a_refusal_then_takes_nothing_back() {
    for (repeats, answers, sent, effect) in [
        (true, &[503, 404][..], 2, Some(UNKNOWN)),
        (true, &[503, 200], 2, None),
        (true, &[503, 503, 503], 3, Some(UNKNOWN)),
        (true, &[404], 1, Some(NOTHING)),
        (false, &[503], 1, Some(UNKNOWN)),
    ] {
        let server = MemoryServer::new();
        for status in answers {
            server.answer(*status, "");
        }
        let client = client(retrying().with_transport(server.clone()));
        let step = post("https://api.example.com/sessions/1/end", None);
        let step = if repeats { step.with_repeat() } else { step };
        let result = make(&client, &step).await;
        assert_eq!(
            result.err().map(|error| error.effect()),
            effect,
            "{answers:?}"
        );
        assert_eq!(server.requests().len(), sent, "{answers:?}");
    }
}
