use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use livecut_core::{CutRange, LiveStreamStopper, StreamId, Visibility};
use time::OffsetDateTime;

/// A provider's server that a test controls (a simulator, a mock), and stoppers that point at it.
///
/// The methods without a default are the least that the suite works with. The others are optional: each
/// check that needs one which isn't there is reported as
/// [skipped](crate::Verdict::Skipped), by the method's name.
///
/// What the server tells here must be the server's own state, computed by it from the
/// requests that arrived: a world that asks the adapter under test proves nothing.
///
/// The server's clock should stand still while nobody moves it. The suite never sleeps.
#[async_trait]
pub trait World: Send + Sync {
    /// A new stopper for this server, configured rightly.
    ///
    /// It shares no state with earlier ones, as if made in another process.
    ///
    /// # Errors
    /// The stopper can't be made.
    fn stopper(&self) -> WorldResult<Arc<dyn LiveStreamStopper>>;

    /// The URLs under which all of the adapter's requests must lie, without a slash at the end.
    fn base_urls(&self) -> Vec<String>;

    /// The credential that [`stopper`](Self::stopper) is given, and whatever else must not be shown, such as stream
    /// keys in the server's answers.
    ///
    /// Make them of ASCII letters, digits and `-`, so that no escaping hides one.
    fn secrets(&self) -> Vec<String>;

    /// Brings up a stream, other than all before, that has been on air for `length` and still is.
    ///
    /// # Errors
    /// The server can't be reached, or has no such stream.
    async fn begin(&self, length: Duration) -> WorldResult<LiveStream>;

    /// What the server keeps of the stream, as offsets from the recording's start; `None` while the stream is on
    /// air.
    ///
    /// # Errors
    /// The server can't be asked, or doesn't know the stream.
    async fn kept(&self, stream: &StreamId) -> WorldResult<Option<CutRange>>;

    /// All requests that arrived at the server since it started, in order.
    ///
    /// # Errors
    /// The server can't be asked.
    async fn requests(&self) -> WorldResult<Vec<ReceivedRequest>>;

    /// What the server serves at this URL, as offsets from its recording's start; `None`: nothing. Where a cut is [an
    /// address](livecut_core::Capabilities::cuts_by_address), a recording that is ready has it.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where cuts are no addresses.
    async fn at_address(&self, url: &str) -> WorldResult<Option<CutRange>> {
        let _ = url;
        Err(WorldError::not_simulated("World::at_address"))
    }

    /// A well-formed id of a stream that the server doesn't have.
    ///
    /// # Errors
    /// There is no such id.
    fn unknown_stream(&self) -> WorldResult<StreamId> {
        Ok(StreamId::new("no-such-stream")?)
    }

    /// A new stopper with something wrong in its settings.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] for what can't be arranged.
    fn misconfigured(&self, wrong: Misconfiguration) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        let _ = wrong;
        Err(WorldError::not_simulated("World::misconfigured"))
    }

    /// As [`begin`](Self::begin), under this very id. Returns the instant of the recording's offset 0.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where the server can't have such an id.
    async fn begin_named(
        &self,
        stream: &StreamId,
        length: Duration,
    ) -> WorldResult<OffsetDateTime> {
        let _ = (stream, length);
        Err(WorldError::not_simulated("World::begin_named"))
    }

    /// The visibility that the stop of this stream asked the server for; `None` where it asked for none.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where the server doesn't keep it.
    async fn visibility(&self, stream: &StreamId) -> WorldResult<Option<Visibility>> {
        let _ = stream;
        Err(WorldError::not_simulated("World::visibility"))
    }

    /// Has the next request that would stop or cut this stream meet a fault.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] for a fault that can't be arranged.
    async fn fault(&self, stream: &StreamId, fault: Fault) -> WorldResult<()> {
        let _ = (stream, fault);
        Err(WorldError::not_simulated("World::fault"))
    }

    /// Has one request refused for its rate (429), unapplied: the one that arrives after `after` others
    /// from now on, whatever each is for. The answer tells to wait for `retry_after`, of whole seconds, if there is one
    /// (`Retry-After`).
    ///
    /// Stoppers send such a request again, at once or when the request's [`Pace`](livecut_core::adapter::Pace) says so.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where that can't be arranged.
    async fn refuse_for_rate(
        &self,
        after: usize,
        retry_after: Option<Duration>,
    ) -> WorldResult<()> {
        let _ = (after, retry_after);
        Err(WorldError::not_simulated("World::refuse_for_rate"))
    }

    /// Has one request meet a fault: the one that arrives after `after` others from now on, whatever each is for.
    ///
    /// The suite asks for [`Refused`](Fault::Refused), [`Unavailable`](Fault::Unavailable),
    /// [`UnavailableApplied`](Fault::UnavailableApplied) and [`GarbledApplied`](Fault::GarbledApplied). Of a request that only reads
    /// nothing can be applied: the last two are then no more than their answers.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where that can't be arranged.
    async fn fault_after(&self, after: usize, fault: Fault) -> WorldResult<()> {
        let _ = (after, fault);
        Err(WorldError::not_simulated("World::fault_after"))
    }

    /// Lets the server's time pass. Within an hour of it a stopped stream's recording is to be ready.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where the server has no clock that can be moved.
    async fn advance(&self, length: Duration) -> WorldResult<()> {
        let _ = length;
        Err(WorldError::not_simulated("World::advance"))
    }

    /// Whether the server offers the stream's finished recording now.
    ///
    /// # Errors
    /// [`WorldError::not_simulated`] where the server doesn't play a recording's life.
    async fn is_ready(&self, stream: &StreamId) -> WorldResult<bool> {
        let _ = stream;
        Err(WorldError::not_simulated("World::is_ready"))
    }
}

/// A stream that is on air at a [`World`]'s server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveStream {
    /// What it is stopped by.
    pub id: StreamId,
    /// The instant of its recording's offset 0.
    pub start: OffsetDateTime,
}

impl LiveStream {
    /// A stream whose recording's offset 0 lies at `start`.
    pub const fn new(id: StreamId, start: OffsetDateTime) -> Self {
        Self { id, start }
    }
}

/// A request as it arrived at a [`World`]'s server.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The method, in upper case.
    pub method: String,
    /// The whole URL, its path and query as they came over the wire, nothing decoded.
    pub url: String,
    /// The body as it came; empty where there was none.
    pub body: Vec<u8>,
}

impl ReceivedRequest {
    /// A request of these three parts.
    pub fn new(
        method: impl Into<String>,
        url: impl Into<String>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            body: body.into(),
        }
    }

    /// Whether it may change something at the server: all but `GET` and `HEAD`.
    pub fn is_mutating(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

impl fmt::Debug for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {:?}",
            self.method,
            self.url,
            String::from_utf8_lossy(&self.body)
        )
    }
}

/// What is wrong with the settings of a stopper that [`World::misconfigured`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misconfiguration {
    /// A credential that the server doesn't accept.
    WrongCredential,
    /// A base URL at which nobody listens.
    Unreachable,
}

/// What a request meets at the server, once, instead of success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The server refuses the request as it is (400 or 422) and applies nothing.
    Refused,
    /// The server asks to slow down (429) and applies nothing.
    RateLimited,
    /// The server answers 503 and has applied nothing.
    Unavailable,
    /// The server applies the request and answers 503.
    UnavailableApplied,
    /// The server applies the request and answers 200 with a body that isn't what the provider documents.
    GarbledApplied,
    /// The server applies the request, and the connection breaks before any answer.
    BrokenApplied,
}

impl Fault {
    /// Every fault that the suite uses.
    pub const ALL: &[Self] = &[
        Self::Refused,
        Self::RateLimited,
        Self::Unavailable,
        Self::UnavailableApplied,
        Self::GarbledApplied,
        Self::BrokenApplied,
    ];

    /// Whether the server applies the request all the same.
    pub const fn applies(self) -> bool {
        matches!(
            self,
            Self::UnavailableApplied | Self::GarbledApplied | Self::BrokenApplied
        )
    }
}

/// A `Result` whose error is [`WorldError`].
pub type WorldResult<T> = Result<T, WorldError>;

/// Why a [`World`] couldn't do its part. Any error converts into one by `?`.
///
/// It isn't a [`std::error::Error`] itself: that is what lets all others convert.
#[derive(Debug)]
pub struct WorldError(pub(crate) Cause);

#[derive(Debug)]
pub(crate) enum Cause {
    NotSimulated(String),
    Failed(String),
}

impl WorldError {
    /// The world lacks this optional part: checks that need it are skipped, with `what` as the reason.
    pub fn not_simulated(what: impl Into<String>) -> Self {
        Self(Cause::NotSimulated(what.into()))
    }

    /// The world itself failed: the check fails, with `why` as the reason.
    pub fn failed(why: impl Into<String>) -> Self {
        Self(Cause::Failed(why.into()))
    }
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::NotSimulated(what) => write!(f, "the world doesn't simulate it: {what}"),
            Cause::Failed(why) => write!(f, "the world failed: {why}"),
        }
    }
}

impl<E: std::error::Error> From<E> for WorldError {
    fn from(error: E) -> Self {
        Self::failed(error.to_string())
    }
}
