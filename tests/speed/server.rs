//! A server that costs little: it answers every request on every connection with the same bytes.

use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::contestants::OneCallProvider;

/// The argument that makes this program the server.
pub(crate) const SERVE: &str = "--serve";

/// What the server has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) accepted: u64,
    pub(crate) open: u64,
    pub(crate) most_open: u64,
    pub(crate) requests: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    accepted: AtomicU64,
    open: AtomicU64,
    most_open: AtomicU64,
    requests: AtomicU64,
}

impl Counters {
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            accepted: self.accepted.load(Ordering::SeqCst),
            open: self.open.load(Ordering::SeqCst),
            most_open: self.most_open.load(Ordering::SeqCst),
            requests: self.requests.load(Ordering::SeqCst),
        }
    }
}

/// Accepts connections until the runtime ends.
pub(crate) async fn serve(
    listener: TcpListener,
    provider: OneCallProvider,
    counters: Arc<Counters>,
) -> io::Result<Infallible> {
    let body = provider.answer();
    let length = body.len();
    // The headers that every server sends, and no more.
    let answer: Arc<[u8]> = format!(
        "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
    .into();
    loop {
        let (socket, _) = listener.accept().await?;
        let (answer, counters) = (Arc::clone(&answer), Arc::clone(&counters));
        tokio::spawn(async move {
            counters.accepted.fetch_add(1, Ordering::SeqCst);
            let open = counters.open.fetch_add(1, Ordering::SeqCst) + 1;
            counters.most_open.fetch_max(open, Ordering::SeqCst);
            // That a client goes away is no failure.
            let _gone = connection(socket, &answer, &counters.requests).await;
            counters.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn connection(mut socket: TcpStream, answer: &[u8], requests: &AtomicU64) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        let read = socket.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        while let Some(length) = request_length(&buffer[..filled])? {
            buffer.copy_within(length..filled, 0);
            filled -= length;
            requests.fetch_add(1, Ordering::SeqCst);
            socket.write_all(answer).await?;
        }
    }
}

/// How long the first request is; `None`: it isn't whole yet.
fn request_length(bytes: &[u8]) -> io::Result<Option<usize>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(bytes).map_err(|_| bad())? else {
        return Ok(None);
    };
    let body = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |length| {
            std::str::from_utf8(length.value)
                .ok()?
                .parse::<usize>()
                .ok()
        })
        .ok_or_else(bad)?;
    Ok((bytes.len() >= head + body).then_some(head + body))
}

/// The server's own program: tells its address, then what it has seen for every line that it reads, and ends with its input.
pub(crate) fn main(provider: &str) -> io::Result<()> {
    let provider = OneCallProvider::ALL
        .into_iter()
        .find(|known| known.name() == provider)
        .ok_or(io::ErrorKind::InvalidInput)?;
    let counters = Arc::new(Counters::default());
    let counted = Arc::clone(&counters);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    println!("{}", listener.local_addr()?);
    std::thread::spawn(move || -> io::Result<()> {
        for line in io::stdin().lock().lines() {
            line?;
            println!("{}", serde_json::to_string(&counted.seen())?);
        }
        std::process::exit(0)
    });
    let never = runtime.block_on(serve(listener, provider, counters))?;
    match never {}
}

/// The server in a process of its own, which ends with this value.
pub(crate) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn start(provider: OneCallProvider) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([SERVE, provider.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut output = BufReader::new(output);
        let address = line(&mut output)?
            .parse()
            .map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Self {
            child,
            input,
            output,
            address,
        })
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&mut self) -> io::Result<Seen> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input)?;
        Ok(serde_json::from_str(&line(&mut self.output)?)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is what it waits for.
        drop(self.input.take());
        let _status = self.child.wait();
    }
}

fn line(output: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
