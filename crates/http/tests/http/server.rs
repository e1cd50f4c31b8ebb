//! A server that does to its connections, byte by byte, what a test tells it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// One thing to do with a connection.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Read one whole request: its head, and as much body as it declares.
    Read,
    /// Read this many bytes.
    ReadBytes(usize),
    /// Write these bytes.
    Write(Vec<u8>),
    /// Close both ways, after what was written has been read.
    Close,
    /// Close at once, with a reset.
    Reset,
    /// Say that the test may go on, and do nothing more, with the connection open.
    Stall,
    /// Wait for the test before going on.
    Wait,
}

/// What all connections of a server brought.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    /// Whole requests, as they came.
    pub(crate) requests: Vec<String>,
    /// All bytes of a connection, for each.
    pub(crate) bytes: Vec<Vec<u8>>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    /// Told when a connection gets to [`Act::Stall`].
    pub(crate) stalled: Arc<Notify>,
    /// Tells a connection in [`Act::Wait`] to go on.
    pub(crate) go_on: Arc<Notify>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    /// Serves each connection by the next script; the last one serves all that follow.
    pub(crate) async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let stalled = Arc::new(Notify::new());
        let go_on = Arc::new(Notify::new());
        let accepting = tokio::spawn({
            let (seen, stalled, go_on) = (seen.clone(), stalled.clone(), go_on.clone());
            async move {
                loop {
                    let Ok((stream, _)) = listener.accept().await else {
                        return;
                    };
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.connections = seen.connections.saturating_add(1);
                        seen.bytes.push(Vec::new());
                        seen.bytes.len().saturating_sub(1)
                    };
                    let script = scripts.get(number).or(scripts.last()).unwrap().clone();
                    let connection = Connection {
                        stream,
                        number,
                        seen: seen.clone(),
                    };
                    let (stalled, go_on) = (stalled.clone(), go_on.clone());
                    tokio::spawn(async move { connection.run(script, &stalled, &go_on).await });
                }
            }
        });
        Self {
            address,
            seen,
            stalled,
            go_on,
            accepting,
        }
    }

    /// A server whose every connection goes by the same script.
    pub(crate) async fn always(script: Vec<Act>) -> Self {
        Self::start(vec![script]).await
    }

    /// A server that answers this many requests of a connection alike.
    pub(crate) async fn answering(answer: Act, times: usize) -> Self {
        let exchange = [Act::Read, answer];
        Self::always(exchange.iter().cycle().take(2 * times).cloned().collect()).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// All bytes that came, whole requests or not.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.concat()
    }
}

struct Connection {
    stream: TcpStream,
    number: usize,
    seen: Arc<Mutex<Seen>>,
}

impl Connection {
    async fn run(mut self, script: Vec<Act>, stalled: &Notify, go_on: &Notify) {
        for act in script {
            let gone = match act {
                Act::Read => self.read_request().await.is_none(),
                Act::ReadBytes(count) => self.read_bytes(count).await.is_none(),
                Act::Write(bytes) => self.stream.write_all(&bytes).await.is_err(),
                Act::Close => {
                    let _ = self.stream.shutdown().await;
                    // A close with unread data would be a reset.
                    while self.read_some().await.is_some() {}
                    true
                }
                Act::Reset => {
                    let _ = self.stream.set_zero_linger();
                    true
                }
                Act::Stall => {
                    stalled.notify_one();
                    while self.read_some().await.is_some() {}
                    true
                }
                Act::Wait => {
                    go_on.notified().await;
                    false
                }
            };
            if gone {
                return;
            }
        }
        // Keep the connection open until the client closes it.
        while self.read_some().await.is_some() {}
    }

    async fn read_some(&mut self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 16 * 1024];
        let count = self
            .stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|n| *n > 0)?;
        buffer.truncate(count);
        self.seen.lock().unwrap().bytes[self.number].extend_from_slice(&buffer);
        Some(buffer)
    }

    async fn read_bytes(&mut self, count: usize) -> Option<()> {
        let mut buffer = vec![0; count];
        self.stream.read_exact(&mut buffer).await.ok()?;
        self.seen.lock().unwrap().bytes[self.number].extend_from_slice(&buffer);
        Some(())
    }

    async fn read_request(&mut self) -> Option<()> {
        let mut request = Vec::new();
        loop {
            if let Some(length) = whole_length(&request) {
                assert!(request.len() <= length, "nothing is pipelined");
                if request.len() == length {
                    let text = String::from_utf8(request).unwrap();
                    self.seen.lock().unwrap().requests.push(text);
                    return Some(());
                }
            }
            request.extend(self.read_some().await?);
        }
    }
}

/// How long a request is as a whole, once its head is there.
fn whole_length(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let body = String::from_utf8_lossy(&request[..head])
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    Some(head + body)
}

/// A whole answer with this status line, these headers and this body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Write(
        format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

/// A plain success.
pub(crate) fn ok() -> Act {
    answer("200 OK", "content-type: application/json\r\n", "{}")
}

pub(crate) fn raw(bytes: &str) -> Act {
    Act::Write(bytes.as_bytes().to_vec())
}
