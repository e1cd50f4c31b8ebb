//! HTTP/2: the `h2` crate speaks it, and what it would never say is written between its frames.

use super::{
    end::End,
    fault::{Answer, Http2, Point, Strike},
    line::Line,
    message::{Message, Request},
    shared::{Shared, Turn},
};
use bytes::Bytes;
use fastrand::Rng;
use h2::{Reason, RecvStream, server::SendResponse};
use hyper::{Response, http};
use std::{future, io, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};

/// Bytes to write after all that h2 has written so far, and how the connection ends then, if it does.
#[derive(Debug)]
struct Order {
    bytes: Vec<u8>,
    end: Option<End>,
    rng: Rng,
}

type Orders = mpsc::Sender<Order>;

/// Serves the connection until it ends.
pub(super) async fn serve(line: Line, shared: Arc<Shared>) -> io::Result<()> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (orders, inbox) = mpsc::channel(1);
    let (over, is_over) = oneshot::channel();
    let pumping = async {
        let ended = pump(line, near, inbox, &shared).await;
        drop(over);
        ended
    };
    let serving = requests(far, orders, is_over, &shared);
    // In this order: see `pump`.
    let (pumped, ()) = tokio::join!(biased; pumping, serving);
    pumped
}

/// Carries bytes between the client and h2 until the connection ends, or an order ends it.
async fn pump(
    mut line: Line,
    mut near: DuplexStream,
    mut inbox: mpsc::Receiver<Order>,
    shared: &Shared,
) -> io::Result<()> {
    let mut up = vec![0; 1 << 14];
    let mut down = vec![0; 1 << 14];
    let mut order = loop {
        tokio::select! {
            biased;
            read = near.read(&mut down) => match read? {
                0 => return line.close().await,
                read => send(&mut line, down.get(..read).unwrap_or_default()).await?,
            },
            Some(order) = inbox.recv() => {
                // h2 is driven by the same task, after this: now it writes what it was given before the order.
                tokio::task::yield_now().await;
                loop {
                    tokio::select! {
                        biased;
                        read = near.read(&mut down) => match read? {
                            0 => break,
                            read => send(&mut line, down.get(..read).unwrap_or_default()).await?,
                        },
                        () = future::ready(()) => break,
                    }
                }
                send(&mut line, &order.bytes).await?;
                if order.end.is_some() {
                    break order;
                }
            }
            read = line.read(&mut up) => match read? {
                0 => return Ok(()),
                read => near.write_all(up.get(..read).unwrap_or_default()).await?,
            },
        }
    };
    let end = order.end.unwrap_or(End::Close);
    if end == End::Stall {
        shared.hold();
        let _alive = (line, near);
        return future::pending().await;
    }
    line.end(end, &mut order.rng).await
}

async fn send(line: &mut Line, bytes: &[u8]) -> io::Result<()> {
    line.write_all(bytes).await?;
    line.flush().await
}

/// Has each request served by a task of its own, since the connection must be driven meanwhile, and waits for them all.
async fn requests(
    far: DuplexStream,
    orders: Orders,
    mut over: oneshot::Receiver<()>,
    shared: &Arc<Shared>,
) {
    let mut tasks = JoinSet::new();
    let Ok(mut connection) = h2::server::handshake(far).await else {
        return;
    };
    let mut reused = false;
    loop {
        let next = tokio::select! {
            next = connection.accept() => next,
            _ = &mut over => None,
        };
        let Some(Ok((request, respond))) = next else {
            break;
        };
        let turn = shared.turn(reused);
        reused = true;
        if matches!(turn, Turn::PassAndEnd) {
            // Before the answer, so that the client knows when it has that.
            connection.graceful_shutdown();
        }
        tasks.spawn(
            Stream {
                respond,
                orders: orders.clone(),
                shared: Arc::clone(shared),
            }
            .serve(request, turn),
        );
    }
    drop(connection);
    // A request that is being forwarded reaches the provider, whatever became of the connection.
    while tasks.join_next().await.is_some() {}
}

struct Stream {
    respond: SendResponse<Bytes>,
    orders: Orders,
    shared: Arc<Shared>,
}

impl Stream {
    async fn serve(mut self, request: http::Request<RecvStream>, turn: Turn) -> io::Result<()> {
        let request = read(request, &self.shared).await?;
        let mut rng = match turn {
            turn @ (Turn::Pass | Turn::PassAndEnd) => {
                if matches!(turn, Turn::PassAndEnd) {
                    self.shared.refused().await;
                }
                let answer = self.shared.forward(&request).await?;
                return self.send(&answer);
            }
            Turn::Strike(rng) => rng,
        };
        let shared = Arc::clone(&self.shared);
        match &shared.fault.strike {
            Strike::Request(Point::Whole, end) => self.end(Vec::new(), *end, rng).await,
            Strike::Answer(answer) => {
                let truth = self.truth(&request, &mut rng).await?;
                match answer {
                    Answer::None(end) => self.end(Vec::new(), *end, rng).await,
                    Answer::Status(code) => {
                        let answer = shared.answer(*code, false, &request, &mut rng).await?;
                        self.send(&answer)
                    }
                    Answer::Redirect(code) => {
                        let answer = shared.answer(*code, true, &request, &mut rng).await?;
                        self.send(&answer)
                    }
                    Answer::Message(change) => {
                        let mut message = truth;
                        change(&mut message, &mut rng);
                        self.send(&message)
                    }
                    Answer::Wire(_) | Answer::Cut(..) => Err(io::ErrorKind::Unsupported.into()),
                }
            }
            Strike::Http2(fault) => {
                let truth = self.truth(&request, &mut rng).await?;
                self.strike(*fault, &truth, rng).await
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    async fn truth(&self, request: &Request, rng: &mut Rng) -> io::Result<Message> {
        if self.shared.applies(rng) {
            self.shared.forward(request).await
        } else {
            Ok(Message::new(200, "text/plain", ""))
        }
    }

    async fn strike(mut self, fault: Http2, truth: &Message, mut rng: Rng) -> io::Result<()> {
        let stream = u32::from(self.respond.stream_id());
        match fault {
            Http2::Reset(code) => {
                self.respond.send_reset(Reason::from(code));
                Ok(())
            }
            Http2::GoAwayBelow(code) => {
                let frame = go_away(stream.saturating_sub(2), code);
                self.end(frame, End::Close, rng).await
            }
            Http2::GoAwayAbove(code, end) => {
                let last = if rng.bool() {
                    stream
                } else {
                    i32::MAX.unsigned_abs()
                };
                self.end(go_away(last, code), end, rng).await
            }
            Http2::BodyReset(code) => {
                // Not by h2, which would take back what it hasn't written yet.
                let _body = self.begin(truth, &mut rng)?;
                self.order(reset(stream, code), None, rng).await
            }
            Http2::BodyEnds(end) => {
                // Kept, for h2 resets what is dropped unfinished.
                let _body = self.begin(truth, &mut rng)?;
                self.order(Vec::new(), Some(end), rng).await
            }
        }
    }

    fn head(&mut self, message: &Message, last: bool) -> io::Result<h2::SendStream<Bytes>> {
        let mut head = Response::new(());
        *head.status_mut() =
            hyper::StatusCode::from_u16(message.status).map_err(io::Error::other)?;
        for (name, value) in &message.headers {
            let name = name.parse::<http::HeaderName>().map_err(io::Error::other)?;
            let value = value
                .parse::<http::HeaderValue>()
                .map_err(io::Error::other)?;
            head.headers_mut().append(name, value);
        }
        self.respond
            .send_response(head, last)
            .map_err(io::Error::other)
    }

    fn send(&mut self, message: &Message) -> io::Result<()> {
        let empty = message.body.is_empty() || !message.has_body();
        let mut body = self.head(message, empty)?;
        if !empty {
            body.send_data(Bytes::copy_from_slice(&message.body), true)
                .map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Sends the head and a part of the body.
    fn begin(&mut self, message: &Message, rng: &mut Rng) -> io::Result<h2::SendStream<Bytes>> {
        let mut body = self.head(message, false)?;
        let part = rng.usize(..message.body.len().max(1));
        let part = message.body.get(..part).unwrap_or_default();
        body.send_data(Bytes::copy_from_slice(part), false)
            .map_err(io::Error::other)?;
        Ok(body)
    }

    async fn end(self, bytes: Vec<u8>, end: End, rng: Rng) -> io::Result<()> {
        self.order(bytes, Some(end), rng).await
    }

    async fn order(&self, bytes: Vec<u8>, end: Option<End>, rng: Rng) -> io::Result<()> {
        let order = Order { bytes, end, rng };
        self.orders.send(order).await.map_err(io::Error::other)?;
        // Until the connection has ended: a stream that is dropped unanswered gets reset.
        self.orders.closed().await;
        Ok(())
    }
}

/// Reads a request, and writes it as HTTP/1.1.
async fn read(request: http::Request<RecvStream>, shared: &Shared) -> io::Result<Request> {
    let (parts, mut stream) = request.into_parts();
    shared.note(|observed| observed.heads = observed.heads.saturating_add(1));
    let mut body = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data.map_err(io::Error::other)?;
        // The window is far larger than any request here.
        drop(stream.flow_control().release_capacity(data.len()));
        body.extend_from_slice(&data);
    }
    shared.note(|observed| observed.requests = observed.requests.saturating_add(1));
    let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = parts.uri.authority().map_or("", |host| host.as_str());
    let mut bytes = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\n", parts.method).into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    let body_at = bytes.len();
    bytes.extend_from_slice(&body);
    Ok(Request { bytes, body_at })
}

/// RFC 9113, section 6.4.
fn reset(stream: u32, code: u32) -> Vec<u8> {
    let mut frame = vec![0, 0, 4, 3, 0];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(&code.to_be_bytes());
    frame
}

/// RFC 9113, section 6.8.
fn go_away(last_stream: u32, code: u32) -> Vec<u8> {
    let mut frame = vec![0, 0, 8, 7, 0, 0, 0, 0, 0];
    frame.extend_from_slice(&last_stream.to_be_bytes());
    frame.extend_from_slice(&code.to_be_bytes());
    frame
}
