//! The simulator as the suite's world: what is the same for every provider.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use livecut_conformance::{
    Fault, LiveStream, Misconfiguration, ReceivedRequest, World, WorldError, WorldResult,
};
use livecut_core::{CutRange, LiveStreamStopper, StreamId, Visibility};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::{NextAnswer, SimulatedProvider, Simulator, Stage, StreamSpec};
use livecut_tests::kits::Kit;
use time::OffsetDateTime;
use tokio::net::TcpSocket;

use crate::breaker::Breaker;

/// A credential that the simulator doesn't take.
const ANOTHER: &str = "another-credential";

/// What every stream key in the answers holds, and nobody is shown.
const STREAM_KEY: &str = "stream-key-8e2f";

/// A simulated provider, as its kit prepares it.
pub(crate) struct SimWorld {
    kit: &'static Kit,
    simulator: Simulator,
    provider: SimulatedProvider,
    /// Of the provider; the simulator takes it, and nobody is shown it.
    settings: Vec<(&'static str, String)>,
    flaw: fn(Arc<dyn LiveStreamStopper>) -> Arc<dyn LiveStreamStopper>,
    link: Breaker,
    streams: AtomicUsize,
    /// Bound and not listening: its port refuses, and nobody else gets it.
    nobody: TcpSocket,
}

impl SimWorld {
    pub(crate) async fn new(kit: &'static Kit, variant: Option<usize>) -> Self {
        let simulator = Simulator::start().await.expect("loopback has a free port");
        (kit.prepare)(&simulator);
        if let Some(variant) = variant.and_then(|at| kit.variants.get(at)) {
            (variant.prepare)(&simulator);
        }
        // Between two multiples of any granularity, so that instants on the grid aren't offsets on the grid.
        simulator.clock().advance(Duration::from_nanos(300_700_001));
        let provider = kit.simulated(&simulator).clone();
        for (word, _) in provider.credentials() {
            let value = format!("{}-{}-27ae-41d8-9b0c", kit.name, word);
            provider.set_credential(word, value).expect("it has one");
        }
        provider.set_stream_key(STREAM_KEY);
        let link = Breaker::before(simulator.address()).await;
        let base_url = format!("http://{}/{}", link.address(), kit.name);
        let nobody = TcpSocket::new_v4().expect("there are sockets");
        nobody
            .bind((Ipv4Addr::LOCALHOST, 0).into())
            .expect("there are ports");
        Self {
            settings: kit.settings(&simulator, base_url),
            kit,
            simulator,
            provider,
            flaw: |stopper| stopper,
            link,
            streams: AtomicUsize::new(0),
            nobody,
        }
    }

    /// As this one, of an adapter with a flaw.
    pub(crate) fn with_flaw(
        mut self,
        flaw: fn(Arc<dyn LiveStreamStopper>) -> Arc<dyn LiveStreamStopper>,
    ) -> Self {
        self.flaw = flaw;
        self
    }

    /// The adapter, with some of its settings changed.
    fn connect(&self, changes: &[(&str, String)]) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        let mut settings = self.settings.clone();
        for (word, value) in &mut settings {
            if let Some((_, change)) = changes.iter().find(|(changed, _)| changed == word) {
                value.clone_from(change);
            }
        }
        Ok((self.flaw)(self.kit.connect(&settings, http())?))
    }

    fn base_url(&self) -> String {
        format!("http://{}/{}", self.link.address(), self.kit.name)
    }

    /// Has so many requests be answered as ever.
    fn pass(&self, requests: usize) -> WorldResult<()> {
        if requests > 0 {
            let others = NextAnswer::unchanged().times(requests.try_into()?);
            self.provider.next_answer(others)?;
        }
        Ok(())
    }

    fn begin(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        let spec = StreamSpec::live(id.as_str())
            .with_age(length)
            // Every stage is there, and none is followed for long.
            .with_stopped_time(Duration::from_secs(1))
            .with_transcoding_time(Duration::from_secs(6))
            .with_trimming_time(Duration::from_secs(3));
        self.provider.create_stream(spec)?;
        self.provider
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
        Fault::UnavailableApplied => NextAnswer::backend_fetch_failed().with_applied(true),
        Fault::GarbledApplied => NextAnswer::status(200)
            .with_html("<p>done</p>")
            .with_applied(true),
        other => return Err(WorldError::not_simulated(format!("{other:?}"))),
    })
}

/// Retries as ever, but without the waits.
fn http() -> HttpOptions {
    HttpOptions::new().with_retry(RetryPolicy::default().with_base(Duration::from_millis(1)))
}

#[async_trait]
impl World for SimWorld {
    fn stopper(&self) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        self.connect(&[])
    }

    fn misconfigured(&self, wrong: Misconfiguration) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        match wrong {
            Misconfiguration::WrongCredential => {
                let secrets = self.kit.secret_words();
                let another = secrets.iter().map(|word| (&**word, ANOTHER.to_owned()));
                self.connect(&another.collect::<Vec<_>>())
            }
            Misconfiguration::Unreachable => {
                let nobody = format!("http://{}", self.nobody.local_addr()?);
                self.connect(&[("base_url", nobody)])
            }
            other => Err(WorldError::not_simulated(format!("{other:?}"))),
        }
    }

    fn base_urls(&self) -> Vec<String> {
        vec![self.base_url()]
    }

    /// The credentials, also as they go over the wire: without the padding of Base64.
    fn secrets(&self) -> Vec<String> {
        let words = self.kit.secret_words();
        let secrets = self.settings.iter();
        let secrets = secrets.filter(|(word, _)| words.iter().any(|secret| secret == word));
        let authorization = self.provider.authorization();
        let sent = authorization.split(' ').next_back().unwrap_or_default();
        secrets
            .map(|(_, value)| value.clone())
            .chain([sent.trim_end_matches('=').to_owned()])
            .chain([STREAM_KEY, ANOTHER].map(str::to_owned))
            .collect()
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
        let Some(kept) = self.provider.kept(id.as_str()) else {
            return Ok(None);
        };
        let offsets = kept.offsets();
        Ok(Some(CutRange::offsets(offsets.start, offsets.end)?))
    }

    async fn at_address(&self, url: &str) -> WorldResult<Option<CutRange>> {
        // Past the breaker, at the simulator itself.
        let place = url.strip_prefix(&self.base_url()).unwrap_or_default();
        let url = format!("{}{place}", self.provider.base_url());
        let Some(kept) = self.provider.at_address(&url) else {
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
        Ok((self.kit.visibility)(&self.simulator, id.as_str()))
    }

    async fn fault(&self, id: &StreamId, fault: Fault) -> WorldResult<()> {
        if fault == Fault::BrokenApplied {
            self.link.arm();
            return Ok(());
        }
        let answer = answer_of(fault)?;
        for action in self.kit.first_change {
            let answer = answer.clone().on(*action).for_id(id.as_str());
            self.provider.next_answer(answer)?;
        }
        Ok(())
    }

    async fn fault_after(&self, after: usize, fault: Fault) -> WorldResult<()> {
        self.pass(after)?;
        Ok(self.provider.next_answer(answer_of(fault)?)?)
    }

    async fn refuse_for_rate(
        &self,
        after: usize,
        retry_after: Option<Duration>,
    ) -> WorldResult<()> {
        self.pass(after)?;
        let refusal = NextAnswer::status(429);
        self.provider.next_answer(match retry_after {
            Some(wait) => refusal.with_header("retry-after", wait.as_secs().to_string()),
            None => refusal,
        })?;
        Ok(())
    }

    async fn advance(&self, length: Duration) -> WorldResult<()> {
        self.simulator.clock().advance(length);
        Ok(())
    }

    async fn is_ready(&self, id: &StreamId) -> WorldResult<bool> {
        Ok(self.provider.stage(id.as_str()) == Some(Stage::Ready))
    }
}
