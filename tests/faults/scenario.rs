//! One call of an adapter through one fault, and whether what it claims is true.
//!
//! The client runs on a clock that stands still until the fault server says that nothing more happens unless the client gives up;
//! then the client's time runs out at once. So nothing is waited for, and no claim depends on how fast the machine is.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, mpsc};
use std::task::Poll;
use std::time::Duration;

use livecut_core::{
    Certainty, CutRange, Effect, Error, LiveStreamStopper, StopOutcome, StopRequest, StreamId,
};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::faults::{Claim, Fault, FaultServer, Observed, Transport};
use livecut_sim::{Applied, Simulator};
use tokio::runtime;

use crate::adapters::Adapter;

/// Of the real clock, and only for what must not happen: a call that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The client's deadline, on its own clock.
const DEADLINE: Duration = Duration::from_secs(30);

/// The most that one request is sent.
const ATTEMPTS: u32 = 3;

/// What the client does besides calling.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Client {
    /// It waits until its call is over.
    Waits,
    /// Its deadline comes after so many polls of its call, wherever that is then.
    TimesOut(u32),
    /// It drops its call after so many polls.
    Drops(u32),
}

#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) fault: &'static Fault,
    pub(crate) adapter: &'static Adapter,
    pub(crate) cut: bool,
    /// Whether the fault meets a connection that has served a request before.
    pub(crate) reused: bool,
    pub(crate) transport: Transport,
    pub(crate) seed: u64,
    /// Whether what is sent after the first strike passes.
    pub(crate) once: bool,
    pub(crate) client: Client,
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {}, {}, {}, {:?}, seed {}{}, {:?}",
            self.fault.name(),
            self.adapter.name,
            if self.cut {
                "with a cut"
            } else {
                "without a cut"
            },
            if self.reused { "reused" } else { "fresh" },
            self.transport,
            self.seed,
            if self.once { ", once" } else { "" },
            self.client,
        )
    }
}

/// What came of it.
pub(crate) struct Seen {
    /// What the call claims: where it succeeded, that all that was asked for is done; where it was dropped, nothing.
    pub(crate) claim: Option<Effect>,
    pub(crate) succeeded: bool,
    words: String,
    /// What is true.
    stopped: bool,
    cut: bool,
    pub(crate) observed: Observed,
}

impl Seen {
    pub(crate) fn new(
        cut: bool,
        result: Option<Result<StopOutcome, Error>>,
        applied: &[Applied],
        observed: Observed,
    ) -> Self {
        let (claim, succeeded, words) = match result {
            Some(Ok(_)) => (Some(all(cut)), true, "Ok".to_owned()),
            Some(Err(error)) => (Some(error.effect()), false, words(&error)),
            None => (None, false, "dropped".to_owned()),
        };
        Self {
            claim,
            succeeded,
            words,
            stopped: applied.iter().any(|applied| applied.stop),
            cut: applied.iter().any(|applied| applied.cut),
            observed,
        }
    }

    /// The heads of requests that arrived, without the one that was spared.
    pub(crate) fn requests(&self, scenario: &Scenario) -> u64 {
        let spared = u64::from(scenario.reused);
        self.observed.heads.saturating_sub(spared)
    }

    /// Whether the provider truly did anything.
    pub(crate) fn was_applied(&self) -> bool {
        self.stopped || self.cut
    }
}

/// The simulator and its runtime, on the real clock; shared by all scenarios, each of which has a stream of its own.
pub(crate) struct World {
    runtime: runtime::Runtime,
    sim: Simulator,
    streams: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        let sim = runtime
            .block_on(Simulator::start())
            .expect("there is a free port");
        Self {
            runtime,
            sim,
            streams: AtomicU64::new(0),
        }
    }

    pub(crate) fn run(&self, scenario: &Scenario) -> Seen {
        let Scenario { adapter, cut, .. } = *scenario;
        let id = self.streams.fetch_add(1, Ordering::Relaxed).to_string();
        (adapter.create)(&self.sim, &id);
        let (result, observed) = self.drive(&self.sim, scenario, &request(&id, cut), 0);
        let applied = (adapter.applied)(&self.sim, &id);
        Seen::new(cut, result, &applied, observed)
    }

    /// A simulator of its own.
    pub(crate) fn simulator(&self) -> Simulator {
        self.runtime
            .block_on(Simulator::start())
            .expect("there is a free port")
    }

    /// Has the scenario's client make its call, whose first `calls` requests pass.
    pub(crate) fn drive(
        &self,
        sim: &Simulator,
        scenario: &Scenario,
        request: &StopRequest,
        calls: u64,
    ) -> (Option<Result<StopOutcome, Error>>, Observed) {
        let Scenario { fault, adapter, .. } = *scenario;
        let server = FaultServer::builder(fault, sim)
            .transport(scenario.transport)
            .seed(scenario.seed)
            .spare(u64::from(scenario.reused).saturating_add(calls))
            .times(if scenario.once { 1 } else { u64::MAX });
        let server = self
            .runtime
            .block_on(server.start())
            .unwrap_or_else(|error| panic!("{scenario}: {error}"));
        let stopper = (adapter.stopper)(sim, server.base_url(adapter.name), options(scenario));
        let result = on_a_still_clock(async {
            if scenario.reused {
                warm_up(&*stopper, request.stream()).await;
            }
            call(&*stopper, request, &server, scenario).await
        })
        .unwrap_or_else(|| panic!("{scenario}: the call hangs; {:?}", server.observed()));
        drop(stopper);
        let settled = async { tokio::time::timeout(PATIENCE, server.settled()).await };
        let observed = self
            .runtime
            .block_on(settled)
            .unwrap_or_else(|_| panic!("{scenario}: doesn't settle; {:?}", server.observed()))
            .expect("the server takes connections");
        (result, observed)
    }
}

fn words(error: &Error) -> String {
    use std::error::Error as _;
    let mut words = format!("{:?} {error}", error.kind());
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(": {error}"));
        cause = error.source();
    }
    words
}

fn options(scenario: &Scenario) -> HttpOptions {
    static CA: LazyLock<reqwest::Certificate> = LazyLock::new(|| {
        let der = FaultServer::ca_der().expect("a CA can be made");
        reqwest::Certificate::from_der(&der).expect("it is a certificate")
    });
    let builder = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([CA.clone()]);
    let retry = RetryPolicy::default()
        .with_max_attempts(ATTEMPTS)
        // The clock stands still.
        .with_base(Duration::ZERO);
    HttpOptions::new()
        .with_deadline(DEADLINE)
        .with_connect_timeout(scenario.connect_timeout())
        .with_retry(retry)
        .with_client_builder(builder)
}

pub(crate) fn request(id: &str, cut: bool) -> StopRequest {
    let request = StopRequest::new(StreamId::new(id).expect("a plain id"));
    if cut {
        request.with_cut("60s..120s".parse::<CutRange>().expect("a range"))
    } else {
        request
    }
}

/// The effect of all that was asked for.
fn all(cut: bool) -> Effect {
    Effect::new(
        Certainty::Yes,
        if cut { Certainty::Yes } else { Certainty::No },
    )
}

/// Runs `work` on a clock that doesn't move by itself; `None`: it hangs.
pub(crate) fn on_a_still_clock<T>(work: impl Future<Output = T>) -> Option<T> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime starts");
    let (done, is_done) = mpsc::channel::<()>();
    let result = runtime.block_on(async {
        // As long as a blocking task runs, a paused clock of tokio's stands still.
        let patience = tokio::task::spawn_blocking(move || is_done.recv_timeout(PATIENCE));
        tokio::select! {
            result = work => Some(result),
            _ = patience => None,
        }
    });
    drop(done);
    result
}

/// Makes a connection that can be used again.
pub(crate) async fn warm_up(stopper: &dyn LiveStreamStopper, stream: &StreamId) {
    stopper
        .status(stream)
        .await
        .unwrap_or_else(|error| panic!("the first call is spared: {}", words(&error)));
    // The client's tasks put the connection back.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Stops, as the scenario's client does; `None`: it dropped the call.
async fn call(
    stopper: &dyn LiveStreamStopper,
    request: &StopRequest,
    server: &FaultServer,
    scenario: &Scenario,
) -> Option<Result<StopOutcome, Error>> {
    let mut stop = stopper.stop(request);
    match scenario.client {
        Client::Waits => {}
        Client::TimesOut(polls) => {
            if let Some(result) = polled(stop.as_mut(), polls, server).await {
                return Some(result);
            }
            tokio::time::advance(DEADLINE).await;
        }
        Client::Drops(polls) => {
            let result = polled(stop.as_mut(), polls, server).await;
            drop(stop);
            // What the client left behind, if anything, may go on.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            return result;
        }
    }
    let mut holds = 0;
    loop {
        tokio::select! {
            biased;
            result = &mut stop => return Some(result),
            observed = server.held_more_than(holds) => {
                holds = observed.holds;
                // Nothing more happens: the client's time runs out.
                tokio::time::advance(scenario.patience()).await;
            }
        }
    }
}

/// Polls `future` at most so often, and not once nothing more happens.
async fn polled<T>(
    mut future: Pin<&mut (dyn Future<Output = T> + Send + '_)>,
    polls: u32,
    server: &FaultServer,
) -> Option<T> {
    let mut left = polls;
    let polling = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left = left.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    tokio::select! {
        biased;
        result = polling => result,
        _ = server.held_more_than(0) => None,
    }
}

impl Scenario {
    /// The client's limit on making a connection: well before its deadline, or only after it. Then an attempt that gets no
    /// connection looks like any other that takes too long.
    fn connect_timeout(&self) -> Duration {
        match self.seed & 2 {
            0 => Duration::from_secs(5),
            _ => DEADLINE.saturating_mul(2),
        }
    }

    /// For how long the client waits when nothing more happens.
    fn patience(&self) -> Duration {
        match self.fault.claim(self.transport) {
            // There is no connection.
            Claim::No => DEADLINE.min(self.connect_timeout()),
            _ => DEADLINE,
        }
    }

    /// Whether the call says what can be known.
    fn knows(&self, expected: Claim, seen: &Seen) -> bool {
        let unknown = all(self.cut).or(Effect::NONE);
        match expected {
            Claim::No => seen.claim == Some(Effect::NONE) || self.once && seen.succeeded,
            Claim::Unknown => seen.claim == Some(unknown),
            Claim::Yes => seen.succeeded,
            Claim::Race => true,
        }
    }

    /// Where what was claimed contradicts the truth, or something went where it never may.
    pub(crate) fn lies(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |right: bool, what: &str| {
            if !right {
                wrong.push(self.complaint(seen, what));
            }
        };
        if let Some(claim) = seen.claim {
            for (claim, truth) in [(claim.stopped, seen.stopped), (claim.cut, seen.cut)] {
                check(
                    claim != Certainty::No || !truth,
                    "claims no, and it was done",
                );
                check(
                    claim != Certainty::Yes || truth,
                    "claims yes, and it wasn't done",
                );
            }
        }
        check(seen.observed.elsewhere == 0, "followed a redirect");
        wrong
    }

    pub(crate) fn complaint(&self, seen: &Seen, what: &str) -> String {
        let claim = match seen.claim {
            Some(claim) => claim.to_string(),
            None => "nothing".to_owned(),
        };
        format!(
            "{self}: {what}: claims {claim} ({}), and truly stopped: {}, cut: {}; {:?}",
            seen.words, seen.stopped, seen.cut, seen.observed
        )
    }

    /// All that is wrong with what was seen.
    pub(crate) fn judge(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = self.lies(seen);
        let mut check = |right: bool, what: &str| {
            if !right {
                wrong.push(self.complaint(seen, what));
            }
        };
        let observed = &seen.observed;
        let spared = u64::from(self.reused);
        let expected = self.fault.claim(self.transport);

        check(
            observed.forwarded.saturating_sub(spared) <= 1,
            "the provider got it more than once",
        );
        let attempts = if expected == Claim::No {
            u64::from(ATTEMPTS)
        } else {
            1
        };
        check(
            seen.requests(self) <= attempts,
            "sent again though it may have been applied",
        );
        check(
            expected == Claim::Race || observed.strikes <= attempts,
            "tried again though it may have been applied",
        );
        match self.client {
            Client::Waits => {
                check(self.knows(expected, seen), "doesn't say what can be known");
                check(observed.strikes > 0, "the fault never struck");
                check(
                    !self.reused || observed.strikes_on_reused > 0,
                    "the fault never struck a connection that was used again",
                );
            }
            Client::Drops(0) => check(
                observed.connections == spared && observed.heads == spared,
                "sent something before it was polled",
            ),
            Client::TimesOut(_) | Client::Drops(_) => {}
        }
        wrong
    }
}
