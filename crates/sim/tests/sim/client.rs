//! A client that sends exactly the bytes it is told to.

use serde_json::Value;
use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends `bytes` on a connection of their own, and reads until the server closes it.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(bytes).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// As [`exchange`], where an answer comes.
pub(crate) async fn send_bytes(address: SocketAddr, bytes: &[u8]) -> Answer {
    let answer = exchange(address, bytes).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer's head");
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    Answer {
        status: status.parse().unwrap(),
        headers: lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

/// A request that keeps every rule, until a test changes it.
#[derive(Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    pub(crate) fn get(address: SocketAddr, target: &str, authorization: &str) -> Self {
        Self {
            address,
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: vec![
                ("Host".to_owned(), address.to_string()),
                ("Connection".to_owned(), "close".to_owned()),
                ("Authorization".to_owned(), authorization.to_owned()),
            ],
            body: String::new(),
        }
    }

    /// With `Content-Length`, and with `Content-Type` where there is a body.
    pub(crate) fn post(address: SocketAddr, target: &str, authorization: &str, body: &str) -> Self {
        let mut request = Self::get(address, target, authorization)
            .method("POST")
            .with("Content-Length", &body.len().to_string());
        if !body.is_empty() {
            request = request.with("Content-Type", "application/json");
        }
        request.body = body.to_owned();
        request
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = method.to_owned();
        self
    }

    pub(crate) fn map_target(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.target = change(&self.target);
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// Replaces a header.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    /// Replaces a header by what `change` makes of it.
    pub(crate) fn map_header(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
        for (_, value) in self.headers.iter_mut().filter(|(known, _)| known == name) {
            *value = change(value);
        }
        self
    }

    /// Replaces the body, as it is on the wire; `Content-Length` stays.
    pub(crate) fn raw_body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        bytes.push_str("\r\n");
        bytes.push_str(&self.body);
        bytes.into_bytes()
    }

    pub(crate) async fn send(&self) -> Answer {
        send_bytes(self.address, &self.bytes()).await
    }
}
