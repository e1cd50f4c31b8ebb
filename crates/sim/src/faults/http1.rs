//! HTTP/1.1, byte by byte.

use super::{
    act::Act,
    body,
    end::End,
    fault::{Answer, Early, Idle, Point, Strike},
    framing,
    line::Line,
    message::{Message, Request},
    shared::{Shared, Turn},
};
use fastrand::Rng;
use std::{future, io, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// No head of a request is shorter, so that a fault in one strikes before its end.
const IN_HEAD: usize = 100;

/// A connection and what has been read from it.
pub(super) struct Client<'a> {
    line: Line,
    read: Vec<u8>,
    shared: &'a Shared,
}

impl<'a> Client<'a> {
    pub(super) fn new(line: Line, shared: &'a Shared) -> Self {
        Self {
            line,
            read: Vec::new(),
            shared,
        }
    }

    /// Serves the connection until it ends.
    pub(super) async fn serve(mut self) -> io::Result<()> {
        let mut reused = false;
        while self.arrives().await? {
            match self.shared.turn(reused) {
                Turn::Pass => {
                    self.pass(|_| {}).await?;
                    if let Turn::Strike(rng) = self.shared.turn_of_idle() {
                        return self.end_idle(rng).await;
                    }
                }
                Turn::PassAndEnd => {
                    self.shared.refused().await;
                    self.pass(|answer| answer.set_header("connection", "close"))
                        .await?;
                    return self.line.closed().await;
                }
                Turn::Strike(rng) => match self.strike(rng).await? {
                    Some(client) => self = client,
                    None => return Ok(()),
                },
            }
            reused = true;
        }
        Ok(())
    }

    async fn pass(&mut self, change: impl FnOnce(&mut Message)) -> io::Result<()> {
        let request = self.request().await?;
        let mut answer = self.shared.forward(&request).await?;
        change(&mut answer);
        self.line.write_all(&answer.to_bytes()).await?;
        self.line.flush().await
    }

    /// Waits for the first byte of a request; `false`: the client closed the connection.
    async fn arrives(&mut self) -> io::Result<bool> {
        if !self.read.is_empty() {
            return Ok(true);
        }
        match &mut self.line {
            Line::Plain(tcp) => Ok(tcp.peek(&mut [0]).await? > 0),
            // What TLS has decrypted can't be looked at without taking it.
            Line::Tls(_) => self.read_to(1).await,
        }
    }

    /// Reads until `length` bytes are there, and not one more; `false`: the client closed the connection before.
    async fn read_to(&mut self, length: usize) -> io::Result<bool> {
        while self.read.len() < length {
            let missing = length.saturating_sub(self.read.len());
            let mut line = (&mut self.line).take(u64::try_from(missing).unwrap_or(u64::MAX));
            if line.read_buf(&mut self.read).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads a head, and returns its length and the body's.
    async fn head(&mut self) -> io::Result<(usize, usize)> {
        loop {
            if let Some(lengths) = Request::lengths(&self.read)? {
                self.shared
                    .note(|observed| observed.heads = observed.heads.saturating_add(1));
                return Ok(lengths);
            }
            // One at a time: what comes after the head must stay unread.
            let next = self.read.len().saturating_add(1);
            if !self.read_to(next).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads a whole request.
    async fn request(&mut self) -> io::Result<Request> {
        let (head, body) = loop {
            if let Some(lengths) = Request::lengths(&self.read)? {
                break lengths;
            }
            self.read_some().await?;
        };
        self.shared
            .note(|observed| observed.heads = observed.heads.saturating_add(1));
        let end = head.saturating_add(body);
        while self.read.len() < end {
            self.read_some().await?;
        }
        self.shared
            .note(|observed| observed.requests = observed.requests.saturating_add(1));
        let later = self.read.split_off(end);
        Ok(Request {
            bytes: std::mem::replace(&mut self.read, later),
            body_at: head,
        })
    }

    /// Reads what is there.
    async fn read_some(&mut self) -> io::Result<()> {
        match self.line.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn strike(mut self, mut rng: Rng) -> io::Result<Option<Self>> {
        let rng = &mut rng;
        match &self.shared.fault.strike {
            Strike::Request(point, end) => {
                self.read_up_to(*point, rng).await?;
                self.end(*end, rng).await
            }
            Strike::Early(Early::Status(code)) => {
                let mut message = body::status(*code, None, rng);
                message.set_header("connection", "close");
                self.act(vec![Act::Send(message.to_bytes()), Act::Close], rng)
                    .await
            }
            Strike::Early(Early::Head) => {
                let message = Message::new(200, "application/json", "");
                let head = message.head("transfer-encoding: chunked\r\n");
                self.line.write_all(&head).await?;
                self.line.flush().await?;
                let request = self.request().await?;
                let answer = self.shared.forward(&request).await?;
                let chunk = format!("{:x}\r\n", answer.body.len());
                let bytes = [chunk.as_bytes(), &answer.body, b"\r\n0\r\n\r\n"].concat();
                self.act(vec![Act::Send(bytes)], rng).await
            }
            Strike::Answer(answer) => {
                let request = self.request().await?;
                let truth = match self.shared.applies(rng) {
                    true => Some(self.shared.forward(&request).await?),
                    false => None,
                };
                let acts = self.script(answer, &request, truth, rng).await?;
                self.act(acts, rng).await
            }
            // These strike elsewhere, and never a request over HTTP/1.1.
            Strike::Refuse
            | Strike::Accept(_)
            | Strike::Handshake(_)
            | Strike::Idle(_)
            | Strike::Http2(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    async fn read_up_to(&mut self, point: Point, rng: &mut Rng) -> io::Result<()> {
        match point {
            Point::Unread => {}
            Point::Head => {
                self.read_to(rng.usize(1..=IN_HEAD)).await?;
            }
            Point::Body => {
                // The head's end may be the request's.
                self.read_to(IN_HEAD).await?;
                while !self.read.ends_with(b"\r\n\r") {
                    let next = self.read.len().saturating_add(1);
                    if !self.read_to(next).await? {
                        return Ok(());
                    }
                }
                let mut whole = self.read.clone();
                whole.push(b'\n');
                if let Some((head, body @ 1..)) = Request::lengths(&whole)? {
                    self.head().await?;
                    self.read_to(head.saturating_add(rng.usize(..body))).await?;
                }
            }
            Point::Whole => {
                self.request().await?;
            }
        }
        Ok(())
    }

    async fn script(
        &self,
        answer: &Answer,
        request: &Request,
        truth: Option<Message>,
        rng: &mut Rng,
    ) -> io::Result<Vec<Act>> {
        let shared = self.shared;
        let sent = |message: &Message| vec![Act::Send(message.to_bytes())];
        let truth = truth.unwrap_or_else(|| Message::new(200, "text/plain", ""));
        Ok(match answer {
            Answer::None(end) => vec![Act::End(*end)],
            Answer::Status(code) => sent(&shared.answer(*code, false, request, rng).await?),
            Answer::Redirect(code) => sent(&shared.answer(*code, true, request, rng).await?),
            Answer::Message(change) => {
                let mut message = truth;
                change(&mut message, rng);
                sent(&message)
            }
            Answer::Wire(acts) => acts(&truth, rng),
            Answer::Cut(part, end) => framing::cut(&truth, *part, *end, rng),
        })
    }

    /// Does one thing after the other; `None`: the connection has ended.
    async fn act(mut self, acts: Vec<Act>, rng: &mut Rng) -> io::Result<Option<Self>> {
        for act in acts {
            match act {
                Act::Send(bytes) => {
                    self.line.write_all(&bytes).await?;
                    self.line.flush().await?;
                }
                Act::Repeat(bytes, times) => {
                    for _ in 0..times {
                        self.line.write_all(&bytes).await?;
                    }
                    self.line.flush().await?;
                }
                Act::Drip(bytes) => {
                    // The first one comes at once, unless it is all there is.
                    let prompt = usize::from(bytes.len() > 1);
                    for (index, byte) in bytes.into_iter().enumerate() {
                        if index == prompt {
                            self.shared.hold();
                        }
                        if index >= prompt {
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                        self.line.write_all(&[byte]).await?;
                        self.line.flush().await?;
                    }
                }
                Act::Close => {
                    self.line.close().await?;
                    return Ok(None);
                }
                Act::End(end) => return self.end(end, rng).await,
            }
        }
        Ok(Some(self))
    }

    async fn end(self, end: End, rng: &mut Rng) -> io::Result<Option<Self>> {
        if end == End::Stall {
            self.shared.hold();
            // The connection must live, or it would be closed.
            let _line = self.line;
            return future::pending().await;
        }
        self.line.end(end, rng).await?;
        Ok(None)
    }

    /// Ends an idle connection, a little later, so that the next request may come before, then or after.
    async fn end_idle(mut self, mut rng: Rng) -> io::Result<()> {
        for _ in 0..rng.u32(..200) {
            tokio::task::yield_now().await;
        }
        let Strike::Idle(idle) = self.shared.fault.strike else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let end = match idle {
            Idle::Ends(end) => end,
            Idle::RequestTimeout => {
                let message = Message::new(408, "text/plain", "too slow\n");
                self.line.write_all(&message.to_bytes()).await?;
                End::Close
            }
        };
        self.end(end, &mut rng).await?;
        Ok(())
    }
}
