//! A simulated provider for the test that steers it.

use crate::{
    Action, CreateError, Kept, NextAnswer, Recording, RequestRecord, ScriptError, SimClock, Stage,
    StreamSpec, Transition, WebhookSpec,
    limit::{Limiter, RateLimit},
    lock::lock,
    media,
    service::{Served, Service, Wire},
    state::{Core, Shared},
    stream::{RecordingIds, Stream},
    webhook::Webhooks,
};
use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Mutex},
    time::Duration,
};
use time::OffsetDateTime;

/// A simulated provider, whichever it is. A clone is another handle on the same provider.
///
/// [`Simulator::providers`](crate::Simulator::providers) has them all. [`Handle`] is one by name,
/// which has settings as well.
#[derive(Clone)]
pub struct SimulatedProvider {
    pub(crate) core: Arc<Core>,
    pub(crate) service: Arc<dyn Service>,
}

impl fmt::Debug for SimulatedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedProvider")
            .field("name", &self.name())
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl SimulatedProvider {
    /// The provider's name, in lower case.
    pub fn name(&self) -> &'static str {
        self.core.name
    }

    /// Where the provider's API is: what a client takes for the provider's own scheme and host. The
    /// API's path, `/api/v1/...` and so on, comes after it.
    pub fn base_url(&self) -> String {
        self.url(self.name())
    }

    /// The base URLs of the provider's API, by the words that the provider has for them: `base_url`, and
    /// one for each other host that a part of the API is at.
    ///
    /// With the [credentials](Self::credentials), it is what a client is configured with, whichever the
    /// provider is:
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let sim = livecut_sim::Simulator::start().await?;
    /// for provider in sim.providers() {
    ///     for (word, value) in provider.credentials().into_iter().chain(provider.base_urls()) {
    ///         println!("{}_{}={value}", provider.name().replace('-', "_").to_uppercase(), word.to_uppercase());
    ///     }
    /// }
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    pub fn base_urls(&self) -> Vec<(&'static str, String)> {
        let others = self.core.other_hosts.iter();
        let others = others.map(|(word, host)| (*word, self.url(host)));
        std::iter::once(("base_url", self.base_url()))
            .chain(others)
            .collect()
    }

    /// What a client has to send, by the provider's words for it, such as `token` or `project_id`.
    pub fn credentials(&self) -> Vec<(&'static str, String)> {
        self.service.credentials()
    }

    /// The header of each request that must have the [credential](Self::authorization), in lower case: `authorization` at most
    /// providers.
    pub fn credential_header(&self) -> String {
        self.service.credential_header()
    }

    /// The whole value that the [header with the credential](Self::credential_header) must have: of the
    /// [credentials](Self::credentials).
    pub fn authorization(&self) -> String {
        self.service.authorization()
    }

    /// Sets one of the [credentials](Self::credentials), from the next request on.
    ///
    /// # Errors
    /// The provider has none of this name.
    pub fn set_credential(
        &self,
        word: &str,
        value: impl Into<String>,
    ) -> Result<(), UnknownCredential> {
        if self.service.set_credential(word, value.into()) {
            Ok(())
        } else {
            Err(UnknownCredential)
        }
    }

    /// Sets what every stream key in the answers holds, from the next request on, so that a test can search for it.
    /// Whether the provider's answers have stream keys.
    pub fn set_stream_key(&self, mark: impl Into<String>) -> bool {
        self.service.set_stream_key(mark.into())
    }

    /// How long after each attempt that isn't answered with 200 to 299 a webhook is sent again, from the next change of a
    /// stream on. By default as the provider documents it, and never if it documents nothing.
    pub fn set_webhook_retries(&self, after: impl Into<Arc<[Duration]>>) {
        *lock(&self.core.webhook_retries) = after.into();
    }

    /// The clock that the streams live by.
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
        let spec = match self.core.processes {
            true => spec,
            false => spec.without_processing(),
        };
        let stream = spec.create(now, number, self.core.recording_ids, (self.core.own)())?;
        if !(self.core.is_id)(&stream.id) {
            return Err(CreateError::Id);
        }
        let is_id = !matches!(self.core.recording_ids, RecordingIds::OfStream(_));
        let taken = |other: &Stream| {
            other.id == stream.id || (is_id && other.has_recording(&stream.recording_id))
        };
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
    pub fn stream_ids(&self) -> Vec<String> {
        self.core.state().streams.keys().cloned().collect()
    }

    fn stream<T>(&self, id: &str, look: impl FnOnce(&Stream, OffsetDateTime) -> T) -> Option<T> {
        let now = self.clock().now();
        let state = self.core.state();
        state.streams.get(id).map(|stream| look(stream, now))
    }

    /// The recording of the stream `stream`, as it is now; `None` for an unknown stream.
    pub fn recording(&self, stream: &str) -> Option<Recording> {
        self.stream(stream, Stream::recording)
    }

    /// The recordings of all streams, in the order of the streams' ids.
    pub fn recordings(&self) -> Vec<Recording> {
        let now = self.clock().now();
        let state = self.core.state();
        let streams = state.streams.values();
        streams.map(|stream| stream.recording(now)).collect()
    }

    /// What the provider keeps of the stream `stream`: the truth that a cut is checked against.
    /// `None` before the stop, where nothing is kept, and for an unknown stream.
    pub fn kept(&self, stream: &str) -> Option<Kept> {
        self.stream(stream, Stream::kept).flatten()
    }

    /// What the provider serves at this URL, of a recording that is ready: the truth that a cut which is an address is checked
    /// against. `None` if nothing is there, and at a provider that makes its cuts.
    pub fn at_address(&self, url: &str) -> Option<Kept> {
        let others = self.core.other_hosts.iter().map(|(_, host)| *host);
        let (host, target) = std::iter::once(self.name())
            .chain(others)
            .find_map(|host| {
                let target = url.strip_prefix(&self.url(host))?;
                target.starts_with('/').then_some((host, target))
            })?;
        let now = self.clock().now();
        (self.core.at_address)(host, target, &self.core.state().streams, now)
    }

    /// The stage that the stream `stream` is in; `None` for an unknown stream.
    pub fn stage(&self, stream: &str) -> Option<Stage> {
        self.stream(stream, Stream::stage)
    }

    /// Every change of stage in the life of the stream `stream`, past and to come, as it follows
    /// from what has happened so far; empty for an unknown stream.
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
    pub fn requests(&self) -> Vec<RequestRecord> {
        let log = &self.core.shared.log;
        log.matching(|record| record.provider == Some(self.name()))
    }

    /// The requests that ask for `action` on the stream (for [`Action::Recording`], the recording)
    /// `id`, in order.
    pub fn requests_for(&self, action: Action, id: &str) -> Vec<RequestRecord> {
        self.core.shared.log.matching(|record| {
            record.provider == Some(self.name())
                && record.action == Some(action)
                && record.id.as_deref() == Some(id)
        })
    }

    /// `spec` with a secret by which its receiver knows this provider: in the header where the provider proves
    /// itself by one, and as a last segment of the URL where it proves nothing. `None` if the provider sends no
    /// webhooks.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use livecut_sim::{Simulator, WebhookSpec};
    ///
    /// let sim = Simulator::start().await?;
    /// for provider in sim.providers() {
    ///     let spec = WebhookSpec::in_process("https://example.com/hooks");
    ///     if let Some(spec) = provider.with_webhook_secret(spec, "s3cret") {
    ///         provider.register_webhook(spec).expect("the secret is where it can be");
    ///     }
    /// }
    /// # std::io::Result::Ok(())
    /// # }).unwrap();
    /// ```
    pub fn with_webhook_secret(&self, spec: WebhookSpec, secret: &str) -> Option<WebhookSpec> {
        match self.core.webhooks {
            Webhooks::None => None,
            Webhooks::Unproved => Some(spec.with_secret_in_url(secret)),
            Webhooks::Proved => Some(spec.with_secret(secret)),
        }
    }

    /// The header by which a webhook with this body proves itself if it is sent now, to a receiver that was
    /// registered with this secret; `None` if the provider's webhooks prove nothing, or if it sends none. For a test
    /// of a receiver with bodies of its own.
    pub fn webhook_proof(&self, secret: &str, body: &[u8]) -> Option<(&'static str, String)> {
        self.service.webhook_proof(secret, body)
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

/// The provider has no such credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this provider has no such credential")]
pub struct UnknownCredential;

/// A [`SimulatedProvider`], with the settings `S` that are its own.
///
/// Each provider's own type, such as [`Gcore`](crate::Gcore), has what that one has besides. A clone is another
/// handle on the same provider.
pub struct Handle<S> {
    provider: SimulatedProvider,
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
    type Target = SimulatedProvider;

    fn deref(&self) -> &SimulatedProvider {
        &self.provider
    }
}

impl<S: Clone> Handle<S> {
    /// The settings in force.
    pub fn settings(&self) -> S {
        lock(&self.settings).clone()
    }

    /// Changes the settings, from the next request on.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let sim = livecut_sim::Simulator::start().await?;
    /// sim.gcore().configure(|settings| settings.with_video_id_at_once(false));
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
pub(crate) fn handle<S: Wire + Default>(shared: Shared) -> Handle<S> {
    let core = Arc::new(Core {
        name: S::NAME,
        other_hosts: S::OTHER_HOSTS,
        recording_ids: S::RECORDING_IDS,
        processes: S::PROCESSES,
        is_id: S::is_id,
        at_address: S::at_address,
        own: || Box::new(S::OfStream::default()),
        webhooks: S::WEBHOOKS,
        webhook_retries: Mutex::new(S::WEBHOOK_RETRIES.into()),
        shared,
        state: Mutex::default(),
    });
    let mut settings = S::default();
    let files = format!("{}/{}", media::PREFIX, S::NAME);
    settings.files_are_at(core.shared.url(&files));
    let settings = Arc::new(Mutex::new(settings));
    let service = Arc::new(Served {
        core: Arc::clone(&core),
        settings: Arc::clone(&settings),
    });
    Handle {
        provider: SimulatedProvider { core, service },
        settings,
    }
}
