//! The simulator as the suite's world: what is the same for every provider.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use livecut_conformance::{
    Fault, LiveStream, Misconfiguration, ReceivedRequest, World, WorldError, WorldResult,
};
use livecut_core::{CutRange, LiveStreamStopper, Result, StreamId, Visibility};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::{Action, Handle, NextAnswer, Simulator, Stage, StreamSpec};
use time::OffsetDateTime;
use tokio::net::TcpSocket;

use crate::breaker::Breaker;

/// What is one provider's own.
pub(crate) trait Provider: Send + Sync + 'static {
    /// The simulator's settings for it.
    type Settings: Clone + Send + Sync + 'static;

    fn handle(simulator: &Simulator) -> &Handle<Self::Settings>;

    /// An adapter for the simulated provider at `base_url`.
    fn connect(
        base_url: &str,
        credential: &str,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>>;

    /// The credential that the simulator takes.
    const CREDENTIAL: &'static str;
    /// What the simulator puts into its answers and must not be shown.
    const SECRETS: &'static [&'static str];

    /// What the first request of a stop that changes something can be for.
    const FIRST_CHANGE: &'static [Action] = &[Action::Stop];

    /// The visibility that the stop of this stream asked for.
    fn visibility(handle: &Handle<Self::Settings>, stream: &str) -> Option<Visibility>;
}

pub(crate) struct SimWorld<P: Provider> {
    simulator: Simulator,
    handle: Handle<P::Settings>,
    link: Breaker,
    streams: AtomicUsize,
    /// Bound and not listening: its port refuses, and nobody else gets it.
    nobody: TcpSocket,
}

impl<P: Provider> SimWorld<P> {
    pub(crate) async fn new(simulator: Simulator) -> Self {
        // Between two multiples of any granularity, so that instants on the grid aren't offsets on the grid.
        simulator.clock().advance(Duration::from_nanos(300_700_001));
        let handle = P::handle(&simulator).clone();
        let link = Breaker::before(simulator.address()).await;
        let nobody = TcpSocket::new_v4().expect("there are sockets");
        nobody
            .bind((Ipv4Addr::LOCALHOST, 0).into())
            .expect("there are ports");
        Self {
            simulator,
            handle,
            link,
            streams: AtomicUsize::new(0),
            nobody,
        }
    }

    fn base_url(&self) -> String {
        format!("http://{}/{}", self.link.address(), self.handle.name())
    }

    /// Has so many requests be answered as ever.
    fn pass(&self, requests: usize) -> WorldResult<()> {
        if requests > 0 {
            let others = NextAnswer::unchanged().times(requests.try_into()?);
            self.handle.next_answer(others)?;
        }
        Ok(())
    }

    fn begin(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        let spec = StreamSpec::live(id.as_str())
            .live_for(length)
            // Every stage is there, and none is followed for long.
            .stopped_for(Duration::from_secs(1))
            .transcoding_takes(Duration::from_secs(6))
            .trimming_takes(Duration::from_secs(3));
        self.handle.create_stream(spec)?;
        self.handle
            .recording(id.as_str())
            .and_then(|recording| recording.start)
            .ok_or_else(|| WorldError::failed("a live stream has no start"))
    }
}

/// The answer by which a request meets this fault.
fn answer_of(fault: Fault) -> WorldResult<NextAnswer> {
    Ok(match fault {
        Fault::Refused => NextAnswer::status(422),
        Fault::RateLimited => NextAnswer::status(429),
        Fault::Unavailable => NextAnswer::status(503),
        Fault::UnavailableApplied => NextAnswer::backend_fetch_failed().applied(true),
        Fault::GarbledApplied => NextAnswer::status(200).html("<p>done</p>").applied(true),
        other => return Err(WorldError::not_simulated(format!("{other:?}"))),
    })
}

/// Retries as ever, but without the waits.
fn http() -> HttpOptions {
    HttpOptions::new().with_retry(RetryPolicy::default().with_base(Duration::from_millis(1)))
}

#[async_trait]
impl<P: Provider> World for SimWorld<P> {
    fn stopper(&self) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        Ok(P::connect(&self.base_url(), P::CREDENTIAL, http())?)
    }

    fn misconfigured(&self, wrong: Misconfiguration) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        match wrong {
            Misconfiguration::WrongCredential => {
                Ok(P::connect(&self.base_url(), "another-credential", http())?)
            }
            Misconfiguration::Unreachable => {
                let nobody = self.nobody.local_addr()?;
                Ok(P::connect(
                    &format!("http://{nobody}"),
                    P::CREDENTIAL,
                    http(),
                )?)
            }
            other => Err(WorldError::not_simulated(format!("{other:?}"))),
        }
    }

    fn base_urls(&self) -> Vec<String> {
        vec![self.base_url()]
    }

    fn secrets(&self) -> Vec<String> {
        let secrets = [P::CREDENTIAL, "another-credential"];
        let all = secrets.iter().chain(P::SECRETS);
        all.map(|secret| (*secret).to_owned()).collect()
    }

    fn unknown_stream(&self) -> WorldResult<StreamId> {
        Ok(StreamId::new("404")?)
    }

    async fn begin(&self, length: Duration) -> WorldResult<LiveStream> {
        let n = self.streams.fetch_add(1, Ordering::Relaxed);
        // An integer, which every provider takes for an id.
        let id = StreamId::new(format!("100{n}"))?;
        let start = self.begin(&id, length)?;
        Ok(LiveStream::new(id, start))
    }

    async fn begin_named(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        self.begin(id, length)
    }

    async fn kept(&self, id: &StreamId) -> WorldResult<Option<CutRange>> {
        let Some(kept) = self.handle.kept(id.as_str()) else {
            return Ok(None);
        };
        let offsets = kept.offsets();
        Ok(Some(CutRange::offsets(offsets.start, offsets.end)?))
    }

    async fn requests(&self) -> WorldResult<Vec<ReceivedRequest>> {
        let received = self.simulator.requests().into_iter().map(|request| {
            let url = format!("http://{}{}", self.link.address(), request.target);
            ReceivedRequest::new(request.method, url, request.body)
        });
        Ok(received.collect())
    }

    async fn visibility(&self, id: &StreamId) -> WorldResult<Option<Visibility>> {
        Ok(P::visibility(&self.handle, id.as_str()))
    }

    async fn fault(&self, id: &StreamId, fault: Fault) -> WorldResult<()> {
        if fault == Fault::BrokenApplied {
            self.link.arm();
            return Ok(());
        }
        let answer = answer_of(fault)?;
        for action in P::FIRST_CHANGE {
            let answer = answer.clone().on(*action).for_id(id.as_str());
            self.handle.next_answer(answer)?;
        }
        Ok(())
    }

    async fn fault_after(&self, after: usize, fault: Fault) -> WorldResult<()> {
        self.pass(after)?;
        Ok(self.handle.next_answer(answer_of(fault)?)?)
    }

    async fn refuse_for_rate(
        &self,
        after: usize,
        retry_after: Option<Duration>,
    ) -> WorldResult<()> {
        self.pass(after)?;
        let refusal = NextAnswer::status(429);
        self.handle.next_answer(match retry_after {
            Some(wait) => refusal.header("retry-after", wait.as_secs().to_string()),
            None => refusal,
        })?;
        Ok(())
    }

    async fn advance(&self, length: Duration) -> WorldResult<()> {
        self.simulator.clock().advance(length);
        Ok(())
    }

    async fn is_ready(&self, id: &StreamId) -> WorldResult<bool> {
        Ok(self.handle.stage(id.as_str()) == Some(Stage::Ready))
    }
}
