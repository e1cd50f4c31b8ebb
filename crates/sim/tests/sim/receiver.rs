//! A receiver of webhooks, on a server of its own.

use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};

/// A request as it came.
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.split("\r\n").skip(1);
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Answers with the given statuses, and then with 204.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    received: mpsc::UnboundedReceiver<Received>,
    server: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let mut statuses = statuses.iter().copied();
        let serve = async move {
            while let Ok((socket, _)) = listener.accept().await {
                let status = statuses.next().unwrap_or(204);
                if let Some(request) = exchange(socket, status).await {
                    drop(sender.send(request));
                }
            }
        };
        Self {
            address,
            received,
            server: tokio::spawn(serve),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks/a-secret?b=c", self.address)
    }

    /// All that has come.
    pub(crate) fn received(&mut self) -> Vec<Received> {
        std::iter::from_fn(|| self.received.try_recv().ok()).collect()
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn exchange(mut socket: TcpStream, status: u16) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        socket.read_buf(&mut bytes).await.ok().filter(|n| *n > 0)?;
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at.saturating_add(4);
        }
    };
    let mut body = bytes.split_off(head_end);
    let mut request = Received {
        head: String::from_utf8(bytes).unwrap(),
        body: Vec::new(),
    };
    let length = request.header("content-length")?.parse().unwrap();
    while body.len() < length {
        socket.read_buf(&mut body).await.ok().filter(|n| *n > 0)?;
    }
    request.body = body;
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
    socket.write_all(answer.as_bytes()).await.ok()?;
    Some(request)
}
