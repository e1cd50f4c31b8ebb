//! The server: a listener, and what each connection meets.

use super::{
    end::End,
    fault::{Fault, Handshake, Strike, Transport},
    http1, http2,
    line::Line,
    shared::{Observed, Shared, State, Turn},
    tls,
};
use crate::{Simulator, app::App};
use fastrand::Rng;
use std::{
    fmt, future, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// How long to wait after a failed `accept`, which mostly means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A server on loopback that stands before a [`Simulator`], and breaks in one way.
///
/// It runs on the tokio runtime on which it was started, on the real clock. Dropping it ends it and all its connections.
pub struct FaultServer {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl FaultServer {
    /// A server to be, which breaks like `fault` before `simulator`.
    pub fn builder(fault: &'static Fault, simulator: &Simulator) -> FaultServerBuilder {
        FaultServerBuilder {
            fault,
            backend: Arc::clone(simulator.app()),
            transport: Transport::Plain,
            seed: 0,
            spare: 0,
            fresh: false,
            times: u64::MAX,
        }
    }

    /// The base URL of the provider with this path prefix, which is its name: as the provider's own `base_url()`, by way of
    /// this server.
    pub fn base_url(&self, prefix: &str) -> String {
        self.shared.base_url(prefix)
    }

    /// The certificate, in DER, that a client must trust to reach any fault server of this process over TLS.
    ///
    /// # Errors
    /// A key can't be made.
    pub fn ca_der() -> io::Result<Vec<u8>> {
        tls::ca()
    }

    /// What it has seen and done so far.
    pub fn observed(&self) -> Observed {
        self.shared.state().observed
    }

    /// Waits until the server has come, more than `holds` times in all, to where nothing more happens on a connection unless the
    /// client gives up. A test that controls its client's clock lets the client's time run out then, and waits for nothing.
    pub async fn held_more_than(&self, holds: u64) -> Observed {
        let shared = &self.shared;
        shared.wait(|state| state.observed.holds > holds).await
    }

    /// Waits until whatever clients have sent so far has been read, and all of it that is forwarded has been answered by the
    /// simulator: every connection has ended, or is held by the fault. Connections that a client keeps open count, so it is to be
    /// dropped first.
    ///
    /// # Errors
    /// No connection to the server itself can be made.
    pub async fn settled(&self) -> io::Result<Observed> {
        let shared = &self.shared;
        // Connections are accepted in the order in which they were made: once this one is, all before it are.
        let fence = TcpSocket::new_v4()?;
        fence.bind(ANY_PORT)?;
        shared.state().fence = Some(fence.local_addr()?);
        match fence.connect(shared.address).await {
            Ok(_fence) => drop(shared.wait(|state| state.fence.is_none()).await),
            // Nobody listens any more, so nothing waits to be accepted.
            Err(_) if matches!(shared.fault.strike, Strike::Refuse) => {}
            Err(error) => return Err(error),
        }
        Ok(shared.wait(|state| state.open == state.held).await)
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer")
            .field("fault", self.shared.fault)
            .field("transport", &self.shared.transport)
            .field("address", &self.shared.address)
            .finish_non_exhaustive()
    }
}

/// A [`FaultServer`] to be.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct FaultServerBuilder {
    fault: &'static Fault,
    backend: Arc<App>,
    transport: Transport,
    seed: u64,
    spare: u64,
    fresh: bool,
    times: u64,
}

impl FaultServerBuilder {
    /// How clients reach it: [`Transport::Plain`] by default. Not every fault can happen on every
    /// [transport](Fault::transports).
    pub fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Decides what the fault leaves open: at which byte it strikes, with which body, whether the request was carried out.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Lets this many requests pass unharmed before the fault strikes: none by default. With one, the fault meets a connection
    /// that is used again, or the second call of an operation.
    pub fn with_spare(mut self, requests: u64) -> Self {
        self.spare = requests;
        self
    }

    /// Ends the connection of the last request that is [spared](Self::with_spare) with its answer, as a server may at any time
    /// (`Connection: close`, GOAWAY), so that the fault meets the later call on a connection of its own. Without a request that is
    /// spared it changes nothing: the first connection is fresh.
    pub fn with_fresh(mut self, fresh: bool) -> Self {
        self.fresh = fresh;
        self
    }

    /// Strikes only so often; what comes later passes. By default it strikes every time. A refused connection
    /// (`refuse`) is refused for ever.
    pub fn with_times(mut self, strikes: u64) -> Self {
        self.times = strikes;
        self
    }

    /// Opens the listener and serves it on the current tokio runtime.
    ///
    /// # Errors
    /// No port or no key can be had, or the fault can't happen [over this transport](Fault::transports), or not
    /// [after a request that was spared](Fault::strikes_reused), or not without one ([`InvalidInput`](io::ErrorKind::InvalidInput)).
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time enabled.
    pub async fn start(self) -> io::Result<FaultServer> {
        let fits = if self.fresh || self.spare == 0 {
            self.fault.strikes_fresh()
        } else {
            self.fault.strikes_reused()
        };
        if !fits || !self.fault.transports().contains(&self.transport) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} can't happen there", self.fault.name()),
            ));
        }
        let listener = TcpListener::bind(ANY_PORT).await?;
        let elsewhere = TcpListener::bind(ANY_PORT).await?;
        let tls = match self.transport {
            Transport::Plain => None,
            transport => Some(tls::config(transport, None)?),
        };
        let (changed, _) = watch::channel(());
        let shared = Arc::new(Shared {
            fault: self.fault,
            transport: self.transport,
            backend: self.backend,
            address: listener.local_addr()?,
            elsewhere: elsewhere.local_addr()?,
            seed: self.seed,
            fresh: self.fresh,
            tls,
            state: Mutex::new(State {
                observed: Observed::default(),
                spare: self.spare,
                times: self.times,
                open: 0,
                held: 0,
                fence: None,
            }),
            changed,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(count(elsewhere, Arc::clone(&shared)));
        tasks.spawn(serve(listener, Arc::clone(&shared)));
        if self.spare == 0 {
            shared.refused().await;
        }
        Ok(FaultServer {
            shared,
            _tasks: tasks,
        })
    }
}

/// Counts the connections to the other server that come by a redirect of ours. Ports are used again, so somebody may come who looks
/// for another server that was here before.
async fn count(listener: TcpListener, shared: Arc<Shared>) {
    let mut visitors = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((mut tcp, _)) => {
                let shared = Arc::clone(&shared);
                visitors.spawn(async move {
                    let mut first = vec![0; 1024];
                    let read = tcp.read(&mut first).await.unwrap_or_default();
                    first.truncate(read);
                    // Within TLS there is nothing to see.
                    let tls = first.first() == Some(&0x16);
                    let place = shared.elsewhere_path();
                    if tls
                        || first
                            .windows(place.len())
                            .any(|some| some == place.as_bytes())
                    {
                        shared.note(|observed| {
                            observed.elsewhere = observed.elsewhere.saturating_add(1);
                        });
                    }
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
        while visitors.try_join_next().is_some() {}
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut fences = Vec::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = nobody_listens(&shared) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, from)) => {
                // The connection ends by FIN where the fault says so. What ends it otherwise, when the client has, ends it by a reset:
                // then no port is taken for a minute by what is over, and thousands of servers find one.
                drop(tcp.set_zero_linger());
                let fence = {
                    let mut state = shared.state();
                    let fence = state.fence.take_if(|fence| *fence == from).is_some();
                    if !fence {
                        state.open = state.open.saturating_add(1);
                        state.observed.connections = state.observed.connections.saturating_add(1);
                    }
                    fence
                };
                if fence {
                    // Kept, for it isn't to be reset while it is being made.
                    fences.push(tcp);
                    shared.changed.send_replace(());
                } else {
                    connections.spawn(connection(tcp, Arc::clone(&shared)));
                }
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(refuse(listener, &shared).await);
}

/// Waits until the fault is that nobody listens.
async fn nobody_listens(shared: &Shared) {
    if matches!(shared.fault.strike, Strike::Refuse) {
        shared.wait(|state| state.spare == 0).await;
    } else {
        future::pending::<()>().await;
    }
}

/// Ends the listener. Nobody else can listen on its port for as long as the server lives.
async fn refuse(listener: TcpListener, shared: &Shared) -> io::Result<()> {
    // A connection of our own keeps the port.
    let near = TcpStream::connect(shared.address).await?;
    let own = near.local_addr()?;
    let far = loop {
        let (far, from) = listener.accept().await?;
        if from == own {
            break far;
        }
    };
    drop(listener);
    // The one fault that the server doesn't see happen: so it looks for itself.
    if TcpStream::connect(shared.address).await.is_err() {
        let mut state = shared.state();
        state.observed.strikes = 1;
        state.fence = None;
    }
    shared.changed.send_replace(());
    far.set_zero_linger()?;
    let _port = (near, far);
    future::pending().await
}

async fn connection(tcp: TcpStream, shared: Arc<Shared>) {
    // How it ends is the client's affair, or the fault's.
    drop(meet(tcp, &shared).await);
    {
        let mut state = shared.state();
        state.open = state.open.saturating_sub(1);
    }
    shared.changed.send_replace(());
}

async fn meet(tcp: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    match shared.fault.strike {
        Strike::Accept(end) => {
            if let Turn::Strike(mut rng) = shared.turn_of_connection() {
                return Line::Plain(tcp).end(end, &mut rng).await;
            }
        }
        Strike::Handshake(fault) => {
            if let Turn::Strike(rng) = shared.turn_of_connection() {
                return break_handshake(tcp, fault, rng, shared).await;
            }
        }
        _ => {}
    }
    let Some(config) = &shared.tls else {
        return http1::Client::new(Line::Plain(tcp), shared).serve().await;
    };
    let tls = TlsAcceptor::from(Arc::clone(config)).accept(tcp).await?;
    let line = Line::Tls(Box::new(tls));
    if shared.transport == Transport::Http2 {
        http2::serve(line, Arc::clone(shared)).await
    } else {
        http1::Client::new(line, shared).serve().await
    }
}

async fn break_handshake(
    mut tcp: TcpStream,
    fault: Handshake,
    mut rng: Rng,
    shared: &Arc<Shared>,
) -> io::Result<()> {
    match fault {
        Handshake::Ends(end) => {
            // Something of the client's hello, then perhaps the beginning of a record of the server's.
            let mut some = vec![0; rng.usize(1..=100)];
            tcp.read_exact(&mut some).await?;
            if rng.bool() {
                tcp.write_all(b"\x16\x03\x03\x00\x7a\x02\x00").await?;
            }
            if end == End::Stall {
                shared.hold();
            }
            Line::Plain(tcp).end(end, &mut rng).await
        }
        Handshake::Plaintext => {
            tcp.read_exact(&mut [0; 32]).await?;
            tcp.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                .await?;
            Line::Plain(tcp).close().await
        }
        Handshake::Alert => {
            tcp.read_exact(&mut [0; 32]).await?;
            // Fatal: handshake_failure, protocol_version, internal_error or unrecognized_name.
            let alert = rng.choice([40, 70, 80, 112]).unwrap_or(40);
            tcp.write_all(&[0x15, 3, 3, 0, 2, 2, alert]).await?;
            Line::Plain(tcp).close().await
        }
        Handshake::Untrusted | Handshake::OtherName | Handshake::Expired => {
            // The client breaks it off.
            let config = tls::config(shared.transport, Some(fault))?;
            let mut tls = TlsAcceptor::from(config).accept(tcp).await?;
            tls.read_u8().await?;
            Ok(())
        }
    }
}
