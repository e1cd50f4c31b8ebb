//! What an answer costs, by an allocator that counts: at most its limit, however large it is and
//! however it comes.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod bulk;
#[path = "../speed/contestants.rs"]
#[expect(dead_code, reason = "here nobody competes")]
mod contestants;

use std::any::Any;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use livecut_core::{
    CutRange, LiveStreamStopper, RecordingId, StopRequest, StreamId, TenantId, Ticket,
};
use livecut_http::testing::MemoryServer;
use livecut_http::{BoxError, HttpOptions, ResponseBody, RetryPolicy};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use contestants::{OneCallProvider, TENANT};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The allocator counts for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const GIB: usize = 1024 * MIB;

/// Everything but the body: the request, the error, the plan, the ticket.
const ALL_ELSE: usize = 64 * KIB;
/// What hyper reads into, for a connection.
const CONNECTION: usize = MIB;

/// The most bytes that `call` had allocated at once, on top of what there was.
fn peak<T>(call: impl FnOnce() -> T) -> (usize, T) {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = call();
    (ALLOCATOR.peak_usage().saturating_sub(before), result)
}

/// A body that is made as it is read: the end of `text`, after as many times its beginning as it takes.
struct Lazy {
    text: Bytes,
    piece: usize,
    left: usize,
    declared: bool,
    taken: Arc<AtomicUsize>,
}

impl Lazy {
    /// This text, at once.
    fn whole(text: Bytes) -> Self {
        Self {
            piece: text.len(),
            left: text.len(),
            declared: true,
            taken: Arc::default(),
            text,
        }
    }
}

impl Body for Lazy {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let piece = self.piece.min(self.left).min(self.text.len());
        if piece == 0 {
            return Poll::Ready(None);
        }
        self.left -= piece;
        // So that a client without a limit fails this test, and not this machine.
        if self.taken.fetch_add(piece, Ordering::SeqCst) > 64 * MIB {
            return Poll::Ready(Some(Err("nobody stops reading".into())));
        }
        // A copy of its own, as off a socket.
        let data = Bytes::copy_from_slice(&self.text.slice(..piece));
        if self.left < self.text.len() {
            self.text = self.text.slice(piece..);
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.declared {
            SizeHint::with_exact(u64::try_from(self.left).unwrap())
        } else {
            SizeHint::new()
        }
    }
}

fn adapters(base: &str, http: impl Fn() -> HttpOptions) -> [Arc<dyn LiveStreamStopper>; 2] {
    OneCallProvider::ALL.map(|provider| provider.stopper(base, http()))
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Stop,
    Status,
    Follow,
}

const OPERATIONS: [Operation; 3] = [Operation::Stop, Operation::Status, Operation::Follow];

/// Makes the call, and keeps what came of it until it has been measured.
async fn call(stopper: &dyn LiveStreamStopper, operation: Operation) -> Box<dyn Any> {
    let stream = StreamId::new("s").unwrap();
    match operation {
        Operation::Stop => {
            let cut = CutRange::seconds(30, 120).unwrap();
            Box::new(stopper.stop(&StopRequest::new(stream).with_cut(cut)).await)
        }
        Operation::Status => Box::new(stopper.status(&stream).await),
        Operation::Follow => {
            let ticket = Ticket::new(stopper.provider(), stream)
                .with_tenant(TenantId::new(TENANT).unwrap())
                .with_recording(RecordingId::new("r").unwrap());
            Box::new(stopper.follow(&ticket).await)
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Every call of every adapter, answered by such a body, costs at most `most`.
fn assert_costs_at_most(most: usize, limit: usize, status: u16, what: &str, body: &Template) {
    let server = MemoryServer::new();
    let options = || {
        HttpOptions::new()
            .with_body_limit(limit)
            .with_retry(RetryPolicy::none())
            .with_transport(server.clone())
    };
    let runtime = runtime();
    for stopper in adapters("http://localhost", options) {
        for operation in OPERATIONS {
            let (body, taken) = body.body();
            let mut answer = http::Response::new(body);
            *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
            server.answer_in_pieces(answer);
            let (cost, result) = peak(|| runtime.block_on(call(&*stopper, operation)));
            drop(result);
            let provider = stopper.provider();
            assert!(
                cost <= most,
                "{cost} bytes for {what}, limit {limit}: {provider}, {status}, {operation:?}"
            );
            let taken = taken.load(Ordering::SeqCst);
            assert!(taken <= limit + PIECE, "{taken} bytes were read of {what}");
        }
    }
}

const PIECE: usize = 16 * KIB;

/// Bodies like this one.
struct Template {
    text: Bytes,
    piece: usize,
    length: usize,
    declared: bool,
}

impl Template {
    /// `length` bytes, which nobody holds: they are made as they are read.
    fn huge(length: usize, piece: usize) -> Self {
        Self {
            text: Bytes::from(vec![b'x'; PIECE]),
            piece,
            length,
            declared: false,
        }
    }

    /// This very text.
    fn of(text: String) -> Self {
        Self {
            piece: PIECE,
            length: text.len(),
            text: text.into(),
            declared: false,
        }
    }

    fn declared(self) -> Self {
        Self {
            declared: true,
            ..self
        }
    }

    /// A body, and how much of it has been read.
    fn body(&self) -> (ResponseBody, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let body = Lazy {
            text: self.text.clone(),
            piece: self.piece,
            left: self.length,
            declared: self.declared,
            taken: Arc::clone(&taken),
        };
        (Box::pin(body), taken)
    }
}

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_body_of_any_size_costs_its_limit_at_most() {
    let _alone = alone();
    for limit in [64 * KIB, MIB, 8 * MIB] {
        // While it grows it is there twice for a moment, and then the first is an eighth.
        let most = limit + limit / 8 + 2 * PIECE + ALL_ELSE;
        for status in [200, 500] {
            for length in [limit, limit + 1, 10 * GIB] {
                for piece in [PIECE, 1000] {
                    let body = Template::huge(length, piece);
                    assert_costs_at_most(most, limit, status, "a body in pieces", &body);
                }
            }
            let body = Template::huge(limit, PIECE).declared();
            assert_costs_at_most(most, limit, status, "a body of its limit", &body);
            let body = Template::huge(10 * GIB, PIECE).declared();
            assert_costs_at_most(ALL_ELSE, limit, status, "a body known to be huge", &body);
        }
    }
}

#[test]
fn what_is_read_out_of_a_body_within_its_limit_costs_five_times_its_size_at_most() {
    let _alone = alone();
    let fill = |head: &str, item: &str, tail: &str| {
        let room = MIB - head.len() - tail.len();
        Template::of(format!("{head}{}{tail}", item.repeat(room / item.len())))
    };
    for (what, body) in [
        (
            "a long message",
            fill(r#"{"message":""#, "m", r#"","trim_scheduled":true}"#),
        ),
        (
            "many messages",
            fill(r#"{"success":true,"messages":["#, "0,", "0]}"),
        ),
        (
            "many texts",
            fill(r#"{"success":true,"errors":["#, r#""e","#, "0]}"),
        ),
        (
            "many videos",
            fill(r#"{"success":true,"result":["#, "{},", "{}]}"),
        ),
        (
            "many fields",
            fill("{", r#""a":0,"#, r#""success":true,"message":""}"#),
        ),
        (
            "an array in the place of a text",
            fill(r#"{"id":["#, "0,", "0]}"),
        ),
        ("arrays in arrays", fill(r#"{"live_stream":"#, "[", "")),
        ("objects in objects", fill("", r#"{"video":"#, "")),
        (
            "a long status",
            fill(r#"{"live_stream":{"status":""#, "s", r#""}}"#),
        ),
        (
            "a long state",
            fill(r#"{"success":true,"result":{"liveStatus":""#, "s", r#""}}"#),
        ),
        ("escapes", fill(r#"{"message":""#, "\\u0041", r#""}"#)),
    ] {
        for status in [200, 500] {
            // The body, and if it is one long word: the word, its lower case, and a sentence of it.
            assert_costs_at_most(5 * MIB + ALL_ELSE, MIB, status, what, &body);
        }
    }
}

/// Answers every request on every connection with `head`, and then `rest` over and over.
async fn endless(listener: TcpListener, head: &'static [u8], rest: &'static [u8]) {
    while let Ok((mut socket, _)) = listener.accept().await {
        let mut request = [0; 4096];
        let _ = socket.read(&mut request).await;
        if socket.write_all(head).await.is_ok() {
            // Until the client hangs up.
            while socket.write_all(rest).await.is_ok() {}
        }
    }
}

#[test]
fn an_answer_without_an_end_costs_its_limit_at_most_also_over_a_socket() {
    static CHUNK: [u8; 4 + 4096 + 2] = {
        let mut chunk = [b'x'; 4 + 4096 + 2];
        let (size, end) = (*b"1000\r\n", *b"\r\n");
        let mut at = 0;
        while at < 6 {
            chunk[at] = size[at];
            at += 1;
        }
        let length = chunk.len();
        chunk[length - 2] = end[0];
        chunk[length - 1] = end[1];
        chunk
    };
    let _alone = alone();
    let limit = 2 * MIB;
    let runtime = runtime();
    for (what, head, rest) in [
        (
            "a body of 10 GiB",
            &b"HTTP/1.1 500 No\r\ncontent-length: 10737418240\r\n\r\n"[..],
            &[b'x'; 4096][..],
        ),
        (
            "chunks without an end",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            &CHUNK,
        ),
        (
            "a body until the connection's end",
            b"HTTP/1.1 200 OK\r\n\r\n",
            &[b'x'; 4096],
        ),
        (
            "headers without an end",
            b"HTTP/1.1 200 OK\r\n",
            b"x: xxxxxxxxxxxxxxxxxxxx\r\n",
        ),
        (
            "a header without an end",
            b"HTTP/1.1 200 OK\r\nx: ",
            &[b'x'; 4096],
        ),
        (
            "a status line without an end",
            b"HTTP/1.1 200 ",
            &[b'x'; 4096],
        ),
    ] {
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = runtime.spawn(endless(listener, head, rest));
        let options = || {
            HttpOptions::new()
                .with_body_limit(limit)
                .with_retry(RetryPolicy::none())
        };
        for stopper in adapters(&base, options) {
            for operation in OPERATIONS {
                let (cost, result) = peak(|| runtime.block_on(call(&*stopper, operation)));
                drop(result);
                let most = limit + limit / 8 + CONNECTION;
                assert!(cost <= most, "{cost} bytes for {what}, {operation:?}");
            }
        }
        server.abort();
    }
}

/// That the allocator counts at all. The harness may give back a little of its own meanwhile.
#[test]
fn what_is_held_is_counted() {
    let _alone = alone();
    let (cost, held) = peak(|| vec![1_u8; 5 * MIB]);
    assert!((4 * MIB..6 * MIB).contains(&cost), "{cost}");
    drop(held);
}
