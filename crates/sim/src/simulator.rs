//! The simulator as a whole.

use crate::{
    RequestRecord, SimClock,
    log::Log,
    provider::Shared,
    providers::{Providers, Settings},
    server::{self, App},
};
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Simulated providers behind one listener. Dropping it ends the listener and every connection.
///
/// It runs on the tokio runtime on which it was started, so it needs nothing of its own but a turn
/// now and then: a test that blocks its only thread blocks the simulator too. Don't pause tokio's
/// clock around it: a paused clock jumps while the runtime waits for a socket. Time of streams is
/// the [`SimClock`]'s.
pub struct Simulator {
    shared: Shared,
    providers: Providers,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Starts a simulator with the defaults: 127.0.0.1, a port that is free, a
    /// [manual](SimClock::manual) clock.
    ///
    /// # Errors
    /// The listener can't be opened.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A simulator to be.
    pub fn builder() -> Builder {
        Builder {
            settings: Settings::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            any_address: false,
            control: false,
            clock: SimClock::manual(),
            log_limit: usize::MAX,
        }
    }

    pub(crate) const fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The clock that all streams live by.
    #[must_use]
    pub const fn clock(&self) -> &SimClock {
        &self.shared.clock
    }

    /// Every request that arrived, for any provider or none, in order. Calls of the control API
    /// aren't among them.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.log.matching(|_| true)
    }

    /// Waits until the listener ends, which it does by itself only with its runtime. For a program
    /// that serves until it is told to stop.
    pub async fn wait(&mut self) {
        // A task that has ended can't be awaited again.
        if !self.server.is_finished() {
            // An error is the task's end as well.
            drop((&mut self.server).await);
        }
    }

    /// Ends the listener and every connection, and returns when the port is free.
    pub async fn shut_down(mut self) {
        self.server.abort();
        self.wait().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("address", &self.shared.address)
            .field("clock", &self.shared.clock)
            .finish_non_exhaustive()
    }
}

/// A [`Simulator`] to be.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    pub(crate) settings: Settings,
    listen: SocketAddr,
    any_address: bool,
    control: bool,
    clock: SimClock,
    log_limit: usize,
}

impl Builder {
    /// The address to listen on; port 0 takes one that is free. 127.0.0.1:0 by default. An address
    /// that isn't loopback needs [`allow_any_address`](Self::allow_any_address).
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows [`listen`](Self::listen) to name an address that other machines reach. The
    /// simulator's credentials are no secret, and its control API has none.
    pub fn allow_any_address(mut self) -> Self {
        self.any_address = true;
        self
    }

    /// The clock that all streams live by: a [manual](SimClock::manual) one by default.
    pub fn clock(mut self, clock: SimClock) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps only the latest `requests` in the log, for a simulator that runs for long. By default
    /// it keeps all.
    pub fn log_limit(mut self, requests: usize) -> Self {
        self.log_limit = requests;
        self
    }

    /// Serves the control API under `/_sim/`, for tests in other processes and languages; off by
    /// default. The crate's README describes it.
    pub fn control_api(mut self) -> Self {
        self.control = true;
        self
    }

    /// Opens the listener and serves it on the current tokio runtime.
    ///
    /// # Errors
    /// The address is taken or can't be had, or isn't loopback without
    /// [`allow_any_address`](Self::allow_any_address)
    /// ([`PermissionDenied`](io::ErrorKind::PermissionDenied)).
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub async fn start(self) -> io::Result<Simulator> {
        if !self.listen.ip().is_loopback() && !self.any_address {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{} isn't a loopback address", self.listen.ip()),
            ));
        }
        let listener = TcpListener::bind(self.listen).await?;
        let shared = Shared {
            address: listener.local_addr()?,
            clock: self.clock,
            log: Arc::new(Log::new(self.log_limit)),
        };
        let providers = Providers::new(self.settings, &shared);
        let app = App {
            shared: shared.clone(),
            services: providers.services(),
            control: self.control,
        };
        Ok(Simulator {
            shared,
            providers,
            server: tokio::spawn(server::serve(listener, Arc::new(app))),
        })
    }
}
