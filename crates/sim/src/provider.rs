//! A simulated provider for the test that steers it.

use crate::{
    Action, CreateError, Kept, NextAnswer, Recording, RegisterError, RequestRecord, ScriptError,
    SimClock, Stage, StreamSpec, Transition, Webhook, WebhookSpec,
    limit::{Limiter, RateLimit},
    log::Log,
    script::Script,
    service::{RecordingIds, Served, Service, Wire},
    stream::{Stream, Streams},
    webhook::Outbox,
};
use std::{
    fmt,
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// What isn't any one provider's.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) clock: SimClock,
    pub(crate) log: Arc<Log>,
    pub(crate) outbox: Arc<Outbox>,
}

impl Shared {
    pub(crate) fn url(&self, host: &str) -> String {
        format!("http://{}/{host}", self.address)
    }
}

/// A lock whose holder may have panicked: a panic of a test thread says nothing about what it
/// guards, for each change is made whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a provider has whatever its API looks like.
#[derive(Debug)]
pub(crate) struct Core {
    name: &'static str,
    recording_ids: RecordingIds,
    is_id: fn(&str) -> bool,
    webhook_secrets: bool,
    pub(crate) shared: Shared,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) streams: Streams,
    pub(crate) scripts: Vec<Script>,
    pub(crate) limiter: Option<Limiter>,
    /// Of POST alone.
    pub(crate) post_limiter: Option<Limiter>,
    created: u64,
}

impl Core {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// A simulated provider, whichever it is. A clone is another handle on the same provider.
///
/// [`Simulator::providers`](crate::Simulator::providers) has them all. [`Handle`] is one by name,
/// which has settings as well.
#[derive(Clone)]
pub struct Provider {
    pub(crate) core: Arc<Core>,
    pub(crate) service: Arc<dyn Service>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name())
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// The provider's name: `tpstreams`, `gjirafa`, ...
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.core.name
    }

    /// Where the provider's API is: what a client takes for the provider's own scheme and host. The
    /// API's path, `/api/v1/...` and so on, comes after it.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.url(self.name())
    }

    /// The clock that the streams live by.
    #[must_use]
    pub fn clock(&self) -> &SimClock {
        &self.core.shared.clock
    }

    pub(crate) fn url(&self, host: &str) -> String {
        self.core.shared.url(host)
    }

    /// Creates a stream.
    ///
    /// # Errors
    /// The id is taken, or the spec contradicts itself or the provider.
    pub fn create_stream(&self, spec: StreamSpec) -> Result<(), CreateError> {
        let now = self.clock().now();
        let mut state = self.core.state();
        let number = state.created.saturating_add(1);
        let stream = spec.create(now, number, self.core.recording_ids)?;
        if !(self.core.is_id)(&stream.id) {
            return Err(CreateError::Id);
        }
        let taken =
            |other: &Stream| other.id == stream.id || other.has_recording(&stream.recording_id);
        if state.streams.values().any(taken) {
            return Err(CreateError::Exists);
        }
        state.created = number;
        state.streams.insert(stream.id.clone(), stream);
        drop(state);
        self.clock().nudge();
        Ok(())
    }

    /// The ids of all streams, sorted.
    #[must_use]
    pub fn stream_ids(&self) -> Vec<String> {
        self.core.state().streams.keys().cloned().collect()
    }

    fn stream<T>(&self, id: &str, look: impl FnOnce(&Stream, OffsetDateTime) -> T) -> Option<T> {
        let now = self.clock().now();
        let state = self.core.state();
        state.streams.get(id).map(|stream| look(stream, now))
    }

    /// The recording of the stream `stream`, as it is now; `None` for an unknown stream.
    #[must_use]
    pub fn recording(&self, stream: &str) -> Option<Recording> {
        self.stream(stream, Stream::recording)
    }

    /// The recordings of all streams, in the order of the streams' ids.
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        let now = self.clock().now();
        let state = self.core.state();
        let streams = state.streams.values();
        streams.map(|stream| stream.recording(now)).collect()
    }

    /// What the provider keeps of the stream `stream`: the truth that a cut is checked against.
    /// `None` before the stop, where nothing is kept, and for an unknown stream.
    #[must_use]
    pub fn kept(&self, stream: &str) -> Option<Kept> {
        self.stream(stream, Stream::kept).flatten()
    }

    /// The stage that the stream `stream` is in; `None` for an unknown stream.
    #[must_use]
    pub fn stage(&self, stream: &str) -> Option<Stage> {
        self.stream(stream, Stream::stage)
    }

    /// Every change of stage in the life of the stream `stream`, past and to come, as it follows
    /// from what has happened so far; empty for an unknown stream.
    #[must_use]
    pub fn transitions(&self, stream: &str) -> Vec<Transition> {
        self.stream(stream, |stream, _| stream.transitions())
            .unwrap_or_default()
    }

    /// Answers the next request that matches by `answer`. Several wait in the order in which they
    /// were given.
    ///
    /// # Errors
    /// The answer can't be sent over HTTP.
    pub fn next_answer(&self, answer: NextAnswer) -> Result<(), ScriptError> {
        let script = answer.checked()?;
        self.core.state().scripts.push(script);
        Ok(())
    }

    /// Refuses what is more than `limit`, from the next request on; `None` lifts a limit (default: none).
    pub fn limit_rate(&self, limit: impl Into<Option<RateLimit>>) {
        self.core.state().limiter = limit.into().map(Limiter::new);
    }

    /// Refuses what is more POST than `limit`, from the next request on. They don't count for the limit of the others
    /// then; `None` lifts it (default: none).
    pub fn limit_post_rate(&self, limit: impl Into<Option<RateLimit>>) {
        self.core.state().post_limiter = limit.into().map(Limiter::new);
    }

    /// Every request that arrived for this provider, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        let log = &self.core.shared.log;
        log.matching(|record| record.provider == Some(self.name()))
    }

    /// The requests that ask for `action` on the stream (for [`Action::Recording`], the recording)
    /// `id`, in order.
    #[must_use]
    pub fn requests_for(&self, action: Action, id: &str) -> Vec<RequestRecord> {
        self.core.shared.log.matching(|record| {
            record.provider == Some(self.name())
                && record.action == Some(action)
                && record.id.as_deref() == Some(id)
        })
    }

    /// Sends the provider's webhooks to a receiver, from now on: of what changes at this instant or
    /// later. (Neither provider's pages show how a webhook is registered with it: this is the
    /// simulator's own way.)
    ///
    /// # Errors
    /// [`RegisterError`] says what of the spec can't be.
    pub fn register_webhook(&self, spec: WebhookSpec) -> Result<Webhook, RegisterError> {
        let now = self.clock().now();
        let mut state = self.core.state();
        self.service.settle(&mut state);
        for stream in state.streams.values_mut() {
            drop(stream.news(now));
        }
        let outbox = &self.core.shared.outbox;
        let id = outbox.register(self.name(), self.core.webhook_secrets, spec)?;
        drop(state);
        self.clock().nudge();
        Ok(Webhook::new(self.clone(), id))
    }

    /// Posts the webhooks of all that has changed by now.
    pub(crate) fn announce(&self) {
        self.service.settle(&mut self.core.state());
    }

    /// When a stream changes next; what changed by now has been [announced](Self::announce).
    pub(crate) fn next_change(&self) -> Option<OffsetDateTime> {
        let state = self.core.state();
        let streams = state.streams.values();
        streams.filter_map(Stream::next_news).min()
    }
}

/// A simulated [`Provider`], with the settings `S` that are its own.
///
/// See [`TpStreams`](crate::TpStreams) and [`Gjirafa`](crate::Gjirafa) for what one provider has
/// besides. A clone is another handle on the same provider.
pub struct Handle<S> {
    provider: Provider,
    settings: Arc<Mutex<S>>,
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            settings: Arc::clone(&self.settings),
        }
    }
}

impl<S> fmt::Debug for Handle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.provider, f)
    }
}

impl<S> Deref for Handle<S> {
    type Target = Provider;

    fn deref(&self) -> &Provider {
        &self.provider
    }
}

impl<S: Clone> Handle<S> {
    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> S {
        lock(&self.settings).clone()
    }

    /// Changes the settings, from the next request on.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// use livecut_sim::{RefuseWith, Simulator, WhenOver};
    ///
    /// let sim = Simulator::start().await?;
    /// sim.tpstreams()
    ///     .configure(|settings| settings.second_stop(WhenOver::Refuse(RefuseWith::Conflict)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(&self, change: impl FnOnce(S) -> S) {
        // Not under the lock, for `change` may use this handle.
        let changed = change(self.settings());
        *lock(&self.settings) = changed;
    }
}

/// A provider that has no streams yet. (Not a method: its bound is no part of the public API.)
pub(crate) fn handle<S: Wire>(settings: S, shared: Shared) -> Handle<S> {
    let core = Arc::new(Core {
        name: S::NAME,
        recording_ids: S::RECORDING_IDS,
        is_id: S::is_id,
        webhook_secrets: S::WEBHOOK_SECRETS,
        shared,
        state: Mutex::default(),
    });
    let settings = Arc::new(Mutex::new(settings));
    let service = Arc::new(Served {
        core: Arc::clone(&core),
        settings: Arc::clone(&settings),
    });
    Handle {
        provider: Provider { core, service },
        settings,
    }
}
