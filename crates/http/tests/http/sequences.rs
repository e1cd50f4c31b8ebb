//! What a sequence's walk says: to whom its future is dropped by, and in its errors.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use futures_util::FutureExt as _;
use http_body::Body as _;
use livecut_core::{
    Certainty, Cut, CutRange, Effect, Error, ErrorKind, Method, Purpose, RecordingId, Result,
    Standing, Step, StopOutcome, StopRequest, StopWatch, Ticket,
};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpClient, RequestBody, Response, Sending, Sequence, Transport};

use crate::support::{once, secret, stream};

/// These steps, one after the other.
struct Steps {
    left: VecDeque<Purpose>,
    ticket: Option<Ticket>,
    fails_at: Option<Purpose>,
    last: Purpose,
}

impl Steps {
    fn new(steps: &[Purpose]) -> Self {
        Self {
            left: steps.iter().copied().collect(),
            ticket: Some(Ticket::new("test", stream())),
            fails_at: None,
            last: Purpose::Read,
        }
    }
}

impl Sequence for Steps {
    type Output = StopOutcome;

    fn next_call(&mut self) -> Result<Option<Step>> {
        let Some(purpose) = self.left.pop_front() else {
            return Ok(None);
        };
        self.last = purpose;
        let method = match purpose {
            Purpose::Read => Method::Get,
            _ => Method::Post,
        };
        let url = format!("https://api.example.com/{purpose}");
        Ok(Some(Step::new(purpose, method, url)))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
        answer?;
        if self.fails_at == Some(self.last) {
            return Err(Error::new(ErrorKind::Conflict, "it doesn't fit"));
        }
        let ticket = self.ticket.clone().filter(|_| self.left.is_empty());
        Ok(ticket.map(StopOutcome::new))
    }

    fn ticket(&self) -> Option<Ticket> {
        self.ticket.clone()
    }
}

/// Answers as the server in it, and then not at all.
#[derive(Debug)]
struct Stuck {
    server: MemoryServer,
    answers: AtomicUsize,
    /// Whether the request that isn't answered leaves.
    leaves: bool,
}

impl Transport for Stuck {
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        let left = self.answers.load(Ordering::Relaxed);
        if let Some(left) = left.checked_sub(1) {
            self.answers.store(left, Ordering::Relaxed);
            self.server.answer(200, "{}");
            return self.server.send(request);
        }
        if self.leaves {
            request.body().is_end_stream();
        }
        Box::pin(async move {
            let _request = request;
            pending().await
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

fn client(transport: impl Transport) -> HttpClient {
    HttpClient::new("test", &[], secret(), once().with_transport(transport)).unwrap()
}

#[tokio::test]
async fn a_watch_tells_what_a_dropped_stop_did_and_what_is_unknown() {
    use Certainty::{No, Unknown, Yes};
    let steps = [Purpose::Read, Purpose::Other, Purpose::Cut, Purpose::Stop];
    let other = Effect::NONE.with_other(Yes);
    let cut = other.then(Effect::new(No, Yes));
    for (answers, leaves, told) in [
        (0, true, Effect::NONE),
        (1, false, Effect::NONE),
        (1, true, Effect::NONE.with_other(Unknown)),
        (2, false, other),
        (2, true, other.then(Effect::new(No, Unknown))),
        (3, false, cut),
        (3, true, cut.then(Effect::new(Unknown, No))),
        (4, true, cut.then(Effect::new(Yes, No))),
    ] {
        let watch = StopWatch::new();
        let request = StopRequest::new(stream()).with_watch(watch.clone());
        let client = client(Stuck {
            server: MemoryServer::new(),
            answers: AtomicUsize::new(answers),
            leaves,
        });
        let stop = client.stop(&request, Ok(Steps::new(&steps)));
        assert_eq!(watch.effect(), None, "it wasn't begun");
        let done = stop.now_or_never();
        assert_eq!(done.is_some(), answers == 4);
        assert_eq!(watch.effect(), Some(told), "{answers} answers, {leaves}");
        assert_eq!(watch.ticket().is_some(), !told.is_none());
    }
}

#[tokio::test]
async fn an_error_has_the_name_the_ticket_and_all_that_was_done_before() {
    let server = MemoryServer::new();
    let client = client(server.clone());
    let request = StopRequest::new(stream());
    for (fails_at, effect) in [
        // Nothing that is refused by a read changes what was done.
        (Purpose::Read, Effect::NONE.with_other(Certainty::Yes)),
        // It was answered, so it may have been applied.
        (
            Purpose::Stop,
            Effect::new(Certainty::Unknown, Certainty::No).with_other(Certainty::Yes),
        ),
    ] {
        for _ in 0..3 {
            server.answer(200, "{}");
        }
        let mut steps = Steps::new(&[Purpose::Other, Purpose::Read, Purpose::Stop]);
        steps.fails_at = Some(fails_at);
        let error = client.stop(&request, Ok(steps)).await.unwrap_err();
        assert_eq!(error.provider(), Some("test"));
        assert_eq!(error.effect(), effect, "{fails_at}");
        assert!(error.ticket().is_some());
    }
    let refused = Err::<Steps, _>(Error::new(ErrorKind::Unsupported, "no"));
    let error = client.plan(refused).unwrap_err();
    assert_eq!(error.provider(), Some("test"));
}

#[tokio::test]
async fn whatever_fails_when_only_the_cut_is_left_is_an_owed_cut() {
    let server = MemoryServer::new();
    server.answer(200, "{}");
    server.answer(404, "{}");
    let range = CutRange::seconds(30, 120).unwrap();
    let mut steps = Steps::new(&[Purpose::Stop, Purpose::Cut]);
    let ticket = Ticket::new("test", stream()).with_cut(Some(Cut::new(range, range)));
    steps.ticket = Some(ticket.with_source(RecordingId::new("whole").unwrap()));
    let request = StopRequest::new(stream()).with_cut(range);
    let error = client(server).stop(&request, Ok(steps)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CutOwed);
    assert_eq!(error.standing(), Standing::CutOwed);
    let cause = std::error::Error::source(&error).unwrap();
    let cause: &Error = cause.downcast_ref().unwrap();
    assert_eq!(cause.kind(), ErrorKind::NotFound);
}
