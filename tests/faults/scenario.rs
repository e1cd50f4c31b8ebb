//! One stop, look or follow of an adapter, one of whose calls meets a fault.
//!
//! The client runs on a clock that stands still until the fault server says that nothing more happens unless the client gives up;
//! then the client's time runs out at once. So nothing is waited for, and no claim depends on how fast the machine is.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{LazyLock, mpsc};
use std::task::Poll;
use std::time::Duration;
use std::{fmt, io};

use livecut::LiveStreamStopperExt as _;
use livecut_core::{Effect, Error, LiveStreamStopper, StreamId};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::faults::{Claim, Fault, FaultServer, Observed, Transport};
use livecut_sim::{Action, SimClock, Simulator};
use time::OffsetDateTime;
use tokio::runtime;

use crate::adapters::{self, Adapter, Exchange};
use crate::work::{After, Answer, Ask, Pending, Work};

/// Of the real clock, and only for what must not happen: a call that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The client's timeout, on its own clock.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most that one request is sent.
pub(crate) const ATTEMPTS: u32 = 3;

/// The most that one request is sent that is refused for its rate: each waits a second at least.
pub(crate) const RATED_ATTEMPTS: u32 = 30;

/// Of the real clock: how long nothing has arrived when a client is taken to wait before it sends again.
const QUIET: Duration = Duration::from_millis(10);

/// What the client does besides calling.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Client {
    /// It waits until its call is over.
    Waits,
    /// Its deadline comes after so many polls of its call, wherever that is then.
    TimesOut(u32),
    /// It waits, and then looks whether an unknown stop was made, as it looked before.
    Reconciles,
    /// It drops its call after so many polls.
    Drops(u32),
}

#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) fault: &'static Fault,
    pub(crate) adapter: &'static Adapter,
    pub(crate) work: Work,
    /// Which of its calls is struck: so many come before it, and pass.
    pub(crate) at: usize,
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
            "{} on {}, {}, call {} ({}), {}, {:?}, seed {}{}, {:?}",
            self.fault.name(),
            self.adapter.name,
            self.work,
            self.at,
            self.struck().describe(),
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
    /// What it claims to have done: where it succeeded, all that was asked for; where it was dropped, nothing.
    pub(crate) claim: Option<Effect>,
    /// Whether it came to what it comes to where nothing breaks.
    pub(crate) succeeded: bool,
    /// What its answer says, where it has one.
    pub(crate) said: Option<String>,
    pub(crate) words: String,
    /// What is true: yes or no.
    pub(crate) truth: Effect,
    /// Whether the provider was asked for the same change twice.
    pub(crate) repeated: bool,
    pub(crate) observed: Observed,
    /// What following again came to, after a follow.
    pub(crate) after: Option<After>,
}

impl Seen {
    fn new(
        scenario: &Scenario,
        result: Option<&Result<Answer, Error>>,
        // Of those before the fault.
        requests_before: usize,
        sim: &Simulator,
        observed: Observed,
    ) -> Self {
        let (claim, words) = match result {
            Some(Ok(answer)) => (scenario.claimed_by(answer), format!("Ok: {answer}")),
            Some(Err(error)) => (Some(error.effect()), words(error)),
            None => (None, "dropped".to_owned()),
        };
        let said = result.and_then(|result| result.as_ref().ok().map(Answer::to_string));
        // Whoever looks for another server at this port, which it had before, doesn't ask this provider.
        let requests = scenario.adapter.provider(sim).requests();
        let requests = requests.get(requests_before..).unwrap_or_default();
        // One that is safe to repeat may come again, and must change nothing then.
        let repeats = scenario.adapter.repeats_stop();
        // What the fault server itself asks has no credential, and is refused.
        let changes: Vec<_> = requests
            .iter()
            .filter(|request| request.method != "GET" && request.status != Some(401))
            .filter(|request| {
                let may_come_again = repeats && request.action == Some(Action::Stop);
                !may_come_again || request.applied.anything()
            })
            .map(|request| request.action)
            .collect();
        let again = |(at, action)| changes.iter().skip(at).skip(1).any(|other| other == action);
        Self {
            claim,
            succeeded: said.as_ref() == Some(&scenario.adapter.course(scenario.work).said),
            said,
            words,
            truth: requests.iter().fold(Effect::NONE, adapters::with),
            repeated: changes.iter().enumerate().any(again),
            observed,
            after: None,
        }
    }

    /// Whether the provider truly did anything.
    pub(crate) fn was_applied(&self) -> bool {
        self.truth != Effect::NONE
    }
}

/// The runtime of the servers, on the real clock.
pub(crate) struct World {
    runtime: runtime::Runtime,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        Self { runtime }
    }

    /// Has it happen, with providers and streams of its own.
    pub(crate) fn run(&self, scenario: &Scenario) -> Seen {
        let Scenario {
            fault,
            adapter,
            work,
            ..
        } = *scenario;
        let start = async {
            let sim = simulator().await?;
            let server = FaultServer::builder(fault, &sim)
                .with_transport(scenario.transport)
                .with_seed(scenario.seed)
                .with_spare(scenario.spared())
                .with_fresh(!scenario.reused)
                .with_times(if scenario.once { 1 } else { u64::MAX })
                .start()
                .await?;
            Ok((sim, server))
        };
        let started: io::Result<_> = self.runtime.block_on(start);
        let (sim, server) = started.unwrap_or_else(|error| panic!("{scenario}: {error}"));
        // Of another process, which nothing breaks for.
        let other = || adapter.stopper(&sim, adapter.provider(&sim).base_url(), options(scenario));
        if work.is_stop() && !scenario.looks() {
            (adapter.kit.returning)(&sim);
        }
        let prepare = async { work.prepare(adapter, &sim, other).await };
        let ask = self.runtime.block_on(prepare);
        let requests_before = adapter.provider(&sim).requests().len();
        let stopper = adapter.stopper(&sim, server.base_url(adapter.name), options(scenario));
        let result = on_a_still_clock(async {
            if scenario.warms_up() {
                warm_up(&*stopper, ask.stream()).await;
            }
            call(&*stopper, &ask, &server, scenario).await
        })
        .unwrap_or_else(|| panic!("{scenario}: the call hangs; {:?}", server.observed()));
        drop(stopper);
        let settled = async { tokio::time::timeout(PATIENCE, server.settled()).await };
        let observed = self
            .runtime
            .block_on(settled)
            .unwrap_or_else(|_| panic!("{scenario}: doesn't settle; {:?}", server.observed()))
            .expect("the server takes connections");
        let seen = Seen::new(scenario, result.as_ref(), requests_before, &sim, observed);
        let ticket = match &result {
            Some(Ok(answer)) => answer.ticket(),
            Some(Err(error)) => error.ticket(),
            None => None,
        };
        // Without another, whoever follows has the ticket that was followed.
        let after = ask.ticket().map(|followed| {
            let ticket = ticket.unwrap_or(followed);
            let follow_on = async { work.follow_on(adapter, &sim, &*other(), ticket).await };
            self.runtime.block_on(follow_on)
        });
        Seen { after, ..seen }
    }
}

/// Its time is the machine's, which a client may hold an answer without a date against; it stands still.
pub(crate) async fn simulator() -> io::Result<Simulator> {
    let clock = SimClock::manual_at(OffsetDateTime::now_utc());
    Simulator::builder().with_clock(clock).start().await
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
        .with_timeout(TIMEOUT)
        .with_connect_timeout(scenario.connect_timeout())
        .with_retry(retry)
        .with_client_builder(builder)
}

/// Runs `work` on a clock that doesn't move by itself; `None`: it hangs.
fn on_a_still_clock<T>(work: impl Future<Output = T>) -> Option<T> {
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
async fn warm_up(stopper: &dyn LiveStreamStopper, stream: &StreamId) {
    stopper
        .status(stream)
        .await
        .unwrap_or_else(|error| panic!("the first call is spared: {}", words(&error)));
    // The client's tasks put the connection back.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Calls, as the scenario's client does; `None`: it dropped the call.
async fn call(
    stopper: &dyn LiveStreamStopper,
    ask: &Ask,
    server: &FaultServer,
    scenario: &Scenario,
) -> Option<Result<Answer, Error>> {
    let mut call: Pending<'_> = match (scenario.client, ask) {
        (Client::Reconciles, Ask::Stop(request)) => {
            let stop = stopper.stop_and_reconcile(request);
            Box::pin(async { stop.await.map(Answer::Stopped) })
        }
        _ => ask.of(stopper),
    };
    match scenario.client {
        Client::Waits | Client::Reconciles => {}
        Client::TimesOut(polls) => {
            if let Some(result) = polled(call.as_mut(), polls, server, scenario).await {
                return Some(result);
            }
            tokio::time::advance(TIMEOUT).await;
        }
        Client::Drops(polls) => {
            let result = polled(call.as_mut(), polls, server, scenario).await;
            drop(call);
            // What the client left behind, if anything, may go on.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            return result;
        }
    }
    let mut holds = 0;
    // The client waits whole seconds, each time less than it has left. So these are enough, and no request of its runs out of time.
    let mut seconds = 1..TIMEOUT.as_secs();
    loop {
        tokio::select! {
            biased;
            result = &mut call => return Some(result),
            observed = server.held_more_than(holds) => {
                holds = observed.holds;
                // Nothing more happens: the client's time runs out.
                tokio::time::advance(scenario.patience()).await;
            }
            () = quiet(server), if scenario.is_rate_limited() && !seconds.is_empty() => {
                // If that is too early, the client has a second less, and nothing depends on it.
                seconds.next();
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Waits until nothing has arrived for a while.
async fn quiet(server: &FaultServer) {
    let arrived = || {
        let observed = server.observed();
        (observed.strikes, observed.heads)
    };
    let mut before = None;
    while before.replace(arrived()) != Some(arrived()) {
        // The client's clock stands still.
        let nap = tokio::task::spawn_blocking(|| std::thread::sleep(QUIET));
        nap.await.expect("a nap doesn't panic");
    }
}

/// Polls `future` at most so often, and not once nothing more happens.
async fn polled<T>(
    mut future: Pin<&mut (dyn Future<Output = T> + Send + '_)>,
    polls: u32,
    server: &FaultServer,
    scenario: &Scenario,
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
        () = quiet(server), if scenario.is_rate_limited() => None,
    }
}

impl Scenario {
    /// The calls, where nothing breaks.
    pub(crate) fn calls(&self) -> &'static [Exchange] {
        self.adapter.calls(self.work)
    }

    /// Whether this call of its is safe to repeat.
    pub(crate) fn repeats(&self, call: &Exchange) -> bool {
        self.adapter.repeats_stop() && call.stops()
    }

    pub(crate) fn struck(&self) -> &'static Exchange {
        self.calls().get(self.at).expect("there is such a call")
    }

    /// Whether a call of another kind uses the connection first: where none of its own does.
    fn warms_up(&self) -> bool {
        self.reused && self.at == 0 && !self.looks()
    }

    fn looks(&self) -> bool {
        matches!(self.client, Client::Reconciles)
    }

    /// How many requests come before the one that is struck.
    pub(crate) fn spared(&self) -> u64 {
        let calls = u64::try_from(self.at).expect("a few calls");
        let before = match self.work.is_followed() {
            true => self.adapter.kit.looks_when_over,
            false => 1,
        };
        calls.saturating_add(match self.warms_up() || self.looks() {
            true => before,
            false => 0,
        })
    }

    /// The effect of all that was asked for.
    pub(crate) fn all(&self) -> Effect {
        self.calls().last().map_or(Effect::NONE, |call| call.after)
    }

    /// What an answer claims that was done for it. A ticket that is followed to what it owed names the recording.
    fn claimed_by(&self, answer: &Answer) -> Option<Effect> {
        Some(match answer {
            Answer::Followed(progress) if progress.ticket().recording().is_none() => Effect::NONE,
            Answer::Stopped(_) | Answer::Status(_) | Answer::Followed(_) => self.all(),
        })
    }

    /// The client's limit on making a connection: well before its deadline, or only after it. Then an attempt that gets no
    /// connection looks like any other that takes too long.
    fn connect_timeout(&self) -> Duration {
        match self.seed & 2 {
            0 => Duration::from_secs(5),
            _ => TIMEOUT.saturating_mul(2),
        }
    }

    /// Whether it is told to be slow, and so waits before it sends again, as long as its deadline allows.
    pub(crate) fn is_rate_limited(&self) -> bool {
        self.fault.is_rate_limit()
    }

    /// For how long the client waits when nothing more happens.
    fn patience(&self) -> Duration {
        match self.fault.claim(self.transport) {
            // There is no connection.
            Claim::No => TIMEOUT.min(self.connect_timeout()),
            _ => TIMEOUT,
        }
    }
}
