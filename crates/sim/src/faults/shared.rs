//! What the connections of one server share.

use super::{
    body,
    fault::{Fault, Strike, Transport, Truth},
    message::{Message, Request},
};

use crate::{app::App, lock::lock, server};
use fastrand::Rng;
use rustls::ServerConfig;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::watch,
};

/// What a [`FaultServer`](super::FaultServer) has seen and done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observed {
    /// Connections accepted.
    pub connections: u64,
    /// Requests whose head was read.
    pub heads: u64,
    /// Requests that were read whole.
    pub requests: u64,
    /// Requests that were forwarded as they were, so that the provider could carry them out. What it made of them, its own log
    /// says.
    pub forwarded: u64,
    /// How often the fault struck.
    pub strikes: u64,
    /// How many of the strikes came on a connection that had been used before.
    pub strikes_on_reused: u64,
    /// How often the server has come to where nothing more happens on a connection unless the client gives up.
    pub holds: u64,
    /// Connections to the other server, to which some redirects point. A client that follows none makes none.
    pub elsewhere: u64,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) observed: Observed,
    /// Requests that are still to be spared.
    pub(super) spare: u64,
    /// Strikes that are still to come.
    pub(super) times: u64,
    /// Connections, our own fences not among them, that haven't ended.
    pub(super) open: u64,
    /// As many of them as are held.
    pub(super) held: u64,
    /// The address of a connection of our own that is on its way.
    pub(super) fence: Option<SocketAddr>,
}

pub(super) struct Shared {
    pub(super) fault: &'static Fault,
    pub(super) transport: Transport,
    pub(super) backend: Arc<App>,
    pub(super) address: SocketAddr,
    pub(super) elsewhere: SocketAddr,
    pub(super) seed: u64,
    /// Whether the connection of the last request that is spared ends with it.
    pub(super) fresh: bool,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) state: Mutex<State>,
    /// Told after each change of the state that somebody may wait for.
    pub(super) changed: watch::Sender<()>,
}

/// What becomes of a request.
pub(super) enum Turn {
    /// It is served, as if there were no fault.
    Pass,
    /// It is served, and its connection ends with it, so that the next one comes on another.
    PassAndEnd,
    /// The fault strikes, with these decisions of the seed's.
    Strike(Rng),
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn note(&self, note: impl FnOnce(&mut Observed)) {
        note(&mut self.state().observed);
    }

    /// Decides on the request that begins now.
    pub(super) fn turn(&self, reused: bool) -> Turn {
        let mut state = self.state();
        if state.spare > 0 {
            state.spare = state.spare.saturating_sub(1);
            let last = state.spare == 0;
            drop(state);
            self.changed.send_replace(());
            return if last && self.fresh {
                Turn::PassAndEnd
            } else {
                Turn::Pass
            };
        }
        match self.fault.strike {
            Strike::Request(..) | Strike::Early(_) | Strike::Answer(_) | Strike::Http2(_) => {
                self.strike(&mut state, reused)
            }
            // These strike connections.
            Strike::Refuse | Strike::Accept(_) | Strike::Handshake(_) | Strike::Idle(_) => {
                Turn::Pass
            }
        }
    }

    /// Decides on a connection before its first request, which isn't used up by it.
    pub(super) fn turn_of_connection(&self) -> Turn {
        let mut state = self.state();
        if state.spare > 0 {
            return Turn::Pass;
        }
        self.strike(&mut state, false)
    }

    /// Whether the fault strikes a connection that has just become idle.
    pub(super) fn turn_of_idle(&self) -> Turn {
        if matches!(self.fault.strike, Strike::Idle(_)) {
            let mut state = self.state();
            if state.spare == 0 {
                return self.strike(&mut state, true);
            }
        }
        Turn::Pass
    }

    fn strike(&self, state: &mut State, reused: bool) -> Turn {
        if state.times == 0 {
            return Turn::Pass;
        }
        state.times = state.times.saturating_sub(1);
        let observed = &mut state.observed;
        observed.strikes = observed.strikes.saturating_add(1);
        if reused {
            observed.strikes_on_reused = observed.strikes_on_reused.saturating_add(1);
        }
        Turn::Strike(Rng::with_seed(
            self.seed
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(observed.strikes),
        ))
    }

    /// Waits until the fault has struck, where it strikes before there is a connection.
    pub(super) async fn refused(&self) {
        if matches!(self.fault.strike, Strike::Refuse) {
            self.wait(|state| state.observed.strikes > 0).await;
        }
    }

    pub(super) async fn wait(&self, until: impl Fn(&State) -> bool) -> Observed {
        let mut changes = self.changed.subscribe();
        loop {
            {
                let state = self.state();
                if until(&state) {
                    return state.observed;
                }
            }
            // The sender lives as long as `self` does.
            drop(changes.changed().await);
        }
    }

    /// From here on, nothing happens on this connection.
    pub(super) fn hold(&self) {
        {
            let mut state = self.state();
            state.held = state.held.saturating_add(1);
            state.observed.holds = state.observed.holds.saturating_add(1);
        }
        self.changed.send_replace(());
    }

    /// Whether the request that is struck is carried out.
    pub(super) fn applies(&self, rng: &mut Rng) -> bool {
        match self.fault.truth {
            Truth::Never => false,
            Truth::Always => true,
            Truth::Either => rng.bool(),
        }
    }

    /// Forwards a request as it is, and returns the provider's true answer.
    pub(super) async fn forward(&self, request: &Request) -> io::Result<Message> {
        self.note(|observed| observed.forwarded = observed.forwarded.saturating_add(1));
        exchange(&self.backend, &request.bytes).await
    }

    /// The answer with the status `code`, to a request that may have been carried out already. Its place, where it is a redirect,
    /// is of the seed's choice.
    pub(super) async fn answer(
        &self,
        code: u16,
        redirects: bool,
        request: &Request,
        rng: &mut Rng,
    ) -> io::Result<Message> {
        let refusal = exchange(&self.backend, &request.without_credential()).await?;
        let mut message = body::status(code, Some(&refusal), rng);
        if redirects {
            let (address, elsewhere) = (self.address, self.elsewhere);
            let path = self.elsewhere_path();
            let places = [
                "/".to_owned(),
                self.base_url("elsewhere/on/this/host"),
                format!("http://{elsewhere}{path}"),
                format!("https://{elsewhere}{path}"),
                format!("http://{address}/stop"),
                format!("//{elsewhere}{path}"),
            ];
            message.set_header("location", rng.choice(places).unwrap_or_default());
        }
        Ok(message)
    }

    /// The path, on the other server, to which redirects point: no other server's redirects do.
    pub(super) fn elsewhere_path(&self) -> String {
        format!("/elsewhere/{}", self.address.port())
    }

    pub(super) fn base_url(&self, prefix: &str) -> String {
        let scheme = match self.transport {
            Transport::Plain => "http",
            Transport::Tls | Transport::Http2 => "https",
        };
        format!("{scheme}://{}/{prefix}", self.address)
    }
}

/// Sends a request to the simulator, on a connection of its own, and reads the answer. The connection is no socket: those of
/// thousands of requests, closed and not yet forgotten, would leave no port to listen on.
async fn exchange(backend: &App, request: &[u8]) -> io::Result<Message> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (answer, ()) = tokio::join!(ask(near, request), server::speak(far, backend));
    answer
}

async fn ask(mut backend: DuplexStream, request: &[u8]) -> io::Result<Message> {
    backend.write_all(request).await?;
    let mut bytes = Vec::new();
    loop {
        if let Some((mut message, head, body)) = Message::parse_head(&bytes)?
            && let Some(body) = bytes.get(head..head.saturating_add(body))
        {
            message.body = body.to_vec();
            return Ok(message);
        }
        if backend.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
