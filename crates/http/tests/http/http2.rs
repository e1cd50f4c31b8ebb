//! HTTP/2 with prior knowledge, frame by frame: what its errors prove, and what not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use livecut_core::{Effect, ErrorKind, Step};
use livecut_http::{HttpClient, HttpOptions, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{NOTHING, UNKNOWN, assert_error, client, get, make, once, post, retrying};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// What becomes of a request that has arrived whole.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Ok,
    Reset(u32),
    /// GOAWAY with the last stream that is processed, and a reason.
    GoAway(u32, u32),
    /// A frame that isn't one, for which the client itself says GOAWAY.
    Malformed,
    Close,
}

struct Server {
    address: SocketAddr,
    /// The whole requests that arrived, as their stream's number on their connection.
    arrived: Arc<Mutex<Vec<u32>>>,
}

impl Server {
    /// The nth request meets the nth fate; the last one is for all that follow.
    async fn start(fates: &[Fate]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let fates = fates.to_vec();
        tokio::spawn({
            let arrived = arrived.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, fates.clone(), arrived.clone()));
                }
            }
        });
        Self { address, arrived }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn requests(&self) -> usize {
        self.arrived.lock().unwrap().len()
    }
}

async fn serve(stream: TcpStream, fates: Vec<Fate>, arrived: Arc<Mutex<Vec<u32>>>) -> Option<()> {
    let mut stream = stream;
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.ok()?;
    send(&mut stream, SETTINGS, 0, 0, &[]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await.ok()?;
        let (kind, flags) = (head[3], head[4]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if kind == SETTINGS && flags == 0 {
            send(&mut stream, SETTINGS, 1, 0, &[]).await?;
        }
        if !matches!(kind, DATA | HEADERS) || flags & END_STREAM == 0 {
            continue;
        }
        let fate = {
            let mut arrived = arrived.lock().unwrap();
            arrived.push(id);
            let nth = arrived.len().saturating_sub(1);
            *fates.get(nth).or(fates.last()).unwrap()
        };
        match fate {
            Fate::Ok => {
                // `:status: 200` of HPACK's static table.
                send(&mut stream, HEADERS, END_HEADERS | END_STREAM, id, &[0x88]).await?;
            }
            Fate::Reset(reason) => {
                send(&mut stream, RST_STREAM, 0, id, &reason.to_be_bytes()).await?;
            }
            Fate::GoAway(last, reason) => {
                let mut payload = last.to_be_bytes().to_vec();
                payload.extend(reason.to_be_bytes());
                payload.extend(b"debug data: Token hunter2");
                send(&mut stream, GOAWAY, 0, 0, &payload).await?;
                if last >= id {
                    return None;
                }
            }
            Fate::Malformed => {
                send(&mut stream, SETTINGS, 0, 0, b"short").await?;
            }
            Fate::Close => return None,
        }
    }
}

async fn send(stream: &mut TcpStream, kind: u8, flags: u8, id: u32, payload: &[u8]) -> Option<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    stream.write_all(&frame).await.ok()
}

fn http2(options: HttpOptions) -> HttpClient {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge();
    client(options.with_client_builder(builder))
}

fn steps(server: &Server) -> [Step; 2] {
    [post(&server.url(), None), post(&server.url(), Some("{}"))]
}

#[tokio::test]
async fn a_request_is_made_over_http2() {
    let server = Server::start(&[Fate::Ok]).await;
    for step in steps(&server) {
        let response = make(&http2(once()), &step).await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn only_what_http2_proves_unprocessed_caused_nothing() {
    use ErrorKind::{Interrupted, Unavailable};

    for (fate, kind, effect) in [
        (Fate::Reset(REFUSED_STREAM), Unavailable, NOTHING),
        (Fate::GoAway(0, NO_ERROR), Unavailable, NOTHING),
        (Fate::GoAway(0, ENHANCE_YOUR_CALM), Unavailable, NOTHING),
        (Fate::GoAway(1, NO_ERROR), Interrupted, UNKNOWN),
        (Fate::GoAway(0x7fff_ffff, NO_ERROR), Interrupted, UNKNOWN),
        (Fate::GoAway(1, INTERNAL_ERROR), Interrupted, UNKNOWN),
        (Fate::Reset(CANCEL), Interrupted, UNKNOWN),
        (Fate::Reset(INTERNAL_ERROR), Interrupted, UNKNOWN),
        (Fate::Reset(NO_ERROR), Interrupted, UNKNOWN),
        (Fate::Malformed, Interrupted, UNKNOWN),
        (Fate::Close, Interrupted, UNKNOWN),
    ] {
        for body in [0, 1] {
            let server = Server::start(&[fate]).await;
            let result = make(&http2(once()), &steps(&server)[body]).await;
            let error = assert_error(result, kind, effect, &format!("{fate:?}, body {body}"));
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            assert_eq!(server.requests(), 1, "{fate:?}");
        }
    }
}

#[tokio::test]
async fn on_a_used_connection_a_goaway_proves_it_for_the_streams_above_it_alone() {
    for (last, effect) in [(1, NOTHING), (3, UNKNOWN)] {
        for body in [0, 1] {
            let server = Server::start(&[Fate::Ok, Fate::GoAway(last, NO_ERROR)]).await;
            let client = http2(once());
            make(&client, &get(&server.url())).await.unwrap();
            let error = make(&client, &steps(&server)[body]).await.unwrap_err();
            assert_eq!(error.effect(), effect, "{error:?}");
            assert_eq!(*server.arrived.lock().unwrap(), [1, 3]);
        }
    }
}

#[tokio::test]
async fn what_was_refused_unprocessed_is_sent_again_and_nothing_else() {
    for (fate, requests) in [
        (Fate::Reset(REFUSED_STREAM), 2),
        (Fate::GoAway(0, NO_ERROR), 2),
        (Fate::Reset(CANCEL), 1),
        (Fate::GoAway(1, NO_ERROR), 1),
        (Fate::Close, 1),
    ] {
        for body in [0, 1] {
            let server = Server::start(&[fate, Fate::Ok]).await;
            let result = make(&http2(retrying()), &steps(&server)[body]).await;
            assert_eq!(result.is_ok(), requests == 2, "{fate:?}: {result:?}");
            assert_eq!(server.requests(), requests, "{fate:?}");
        }
    }
}

#[tokio::test]
async fn the_client_underneath_replays_nothing_by_itself() {
    for step in [get(""), post("", None), post("", Some("{}"))] {
        let server = Server::start(&[Fate::Reset(REFUSED_STREAM)]).await;
        let url = server.url();
        let mut sent = Step::new(step.purpose(), step.method(), url);
        if let Some(body) = step.body() {
            sent = sent.with_body(body);
        }
        let options = once().with_retry(RetryPolicy::none());
        let error = make(&http2(options), &sent).await.unwrap_err();
        assert_eq!(error.effect(), Effect::NONE);
        assert_eq!(server.requests(), 1, "{step:?}");
    }
}
