//! The simulator as a whole.

use crate::{
    DeliveryRecord, RequestRecord, SimClock, SimulatedProvider,
    app::App,
    courier,
    log::Log,
    provider::{Handle, handle},
    providers::providers,
    server,
    state::Shared,
    webhook::Outbox,
};
use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Makes, of each provider in the list, its handle in the simulator.
macro_rules! by_name {
    ($($name:ident),+) => {
        struct Providers {
            $($name: Handle<crate::providers::$name::Settings>,)+
        }

        impl Providers {
            fn new(shared: &Shared) -> Self {
                Self {
                    $($name: handle(shared.clone()),)+
                }
            }

            fn all(&self) -> Vec<SimulatedProvider> {
                vec![$((*self.$name).clone(),)+]
            }
        }

        impl Simulator {
            $(
                #[doc = concat!("The simulated provider `", stringify!($name), "`.")]
                pub const fn $name(&self) -> &Handle<crate::providers::$name::Settings> {
                    &self.by_name.$name
                }
            )+
        }
    };
}

providers!(by_name);

/// Simulated providers behind one listener. Dropping it ends the listener and every connection.
///
/// It runs on the tokio runtime on which it was started, so it needs nothing of its own but a turn
/// now and then: a test that blocks its only thread blocks the simulator too. Don't pause tokio's
/// clock around it: a paused clock jumps while the runtime waits for a socket. Time of streams is
/// the [`SimClock`]'s.
pub struct Simulator {
    app: Arc<App>,
    by_name: Providers,
    server: JoinHandle<()>,
    /// Where the clock runs: who delivers webhooks.
    courier: Option<JoinHandle<()>>,
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
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            any_address: false,
            any_receiver: false,
            control: false,
            clock: SimClock::manual(),
            log_limit: usize::MAX,
        }
    }

    #[cfg(feature = "faults")]
    pub(crate) const fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Every simulated provider.
    pub fn providers(&self) -> &[SimulatedProvider] {
        &self.app.providers
    }

    /// The simulated provider of this name.
    pub fn provider(&self, name: &str) -> Option<&SimulatedProvider> {
        let mut providers = self.app.providers.iter();
        providers.find(|provider| provider.name() == name)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.app.shared.address
    }

    /// The clock that all streams live by.
    pub fn clock(&self) -> &SimClock {
        &self.app.shared.clock
    }

    /// Every request that arrived, for any provider or none, in order. Calls of the control API
    /// aren't among them.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.app.shared.log.matching(|_| true)
    }

    /// Delivers all webhooks that are due by now over HTTP, one after the other, and returns how
    /// many attempts that took when the last has been answered: after it, a receiver has all that
    /// it can have by now. A retry that is due at once is among them.
    ///
    /// A receiver has 10 s, on the system's clock, for each answer.
    ///
    /// Where the clock [runs](SimClock::system), deliveries are made without being told to.
    ///
    /// # Cancellation
    /// Dropping the future leaves the delivery that it is at due.
    pub async fn deliver_due(&self) -> usize {
        let Shared { outbox, clock, .. } = &self.app.shared;
        courier::deliver_due(&self.app.providers, outbox, clock).await
    }

    /// Every attempt to deliver a webhook that is over, of all providers, in order.
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.app.shared.outbox.log(|_| true)
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
        if let Some(courier) = &self.courier {
            courier.abort();
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("address", &self.app.shared.address)
            .field("clock", &self.app.shared.clock)
            .finish_non_exhaustive()
    }
}

/// A [`Simulator`] to be.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SimulatorBuilder {
    listen: SocketAddr,
    any_address: bool,
    any_receiver: bool,
    control: bool,
    clock: SimClock,
    log_limit: usize,
}

impl SimulatorBuilder {
    /// The address to listen on; port 0 takes one that is free. 127.0.0.1:0 by default. An address
    /// that isn't loopback needs [`with_any_address`](Self::with_any_address).
    pub fn with_address(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows [`with_address`](Self::with_address) to name an address that other machines reach. The
    /// simulator's credentials are no secret, and its control API has none.
    pub fn with_any_address(mut self) -> Self {
        self.any_address = true;
        self
    }

    /// Allows webhooks to be sent to other machines, over unencrypted `http`: by default a receiver
    /// is on loopback. With the [control API](Self::with_control_api), whoever reaches it can then make
    /// this process connect anywhere.
    pub fn with_any_receiver(mut self) -> Self {
        self.any_receiver = true;
        self
    }

    /// The clock that all streams live by: a [manual](SimClock::manual) one by default.
    pub fn with_clock(mut self, clock: SimClock) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps only so many of the latest requests, and of the latest deliveries of webhooks, in the
    /// logs, for a simulator that runs for long. By default it keeps all.
    pub fn with_log_limit(mut self, records: usize) -> Self {
        self.log_limit = records;
        self
    }

    /// Serves the control API under `/_sim/`, for tests in other processes and languages; off by
    /// default. The crate's README describes it.
    pub fn with_control_api(mut self) -> Self {
        self.control = true;
        self
    }

    /// Opens the listener and serves it on the current tokio runtime.
    ///
    /// # Errors
    /// The address is taken or can't be had, or isn't loopback without
    /// [`with_any_address`](Self::with_any_address)
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
            outbox: Arc::new(Outbox::new(self.any_receiver, self.log_limit)),
        };
        let by_name = Providers::new(&shared);
        let providers = by_name.all();
        let courier = shared
            .clock
            .runs()
            .then(|| tokio::spawn(courier::deliver(providers.clone(), shared.clone())));
        let app = Arc::new(App {
            shared,
            providers,
            control: self.control,
        });
        Ok(Simulator {
            by_name,
            server: tokio::spawn(server::serve(listener, Arc::clone(&app))),
            app,
            courier,
        })
    }
}
