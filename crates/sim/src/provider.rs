//! What every simulated provider is made of. A provider's own module says where its resources are,
//! how their requests read, and how its answers look ([`Wire`]); all else is here.

use crate::{
    Action, CreateError, Kept, NextAnswer, Recording, RequestRecord, ScriptError, SimClock, Stage,
    StreamSpec, Transition,
    http::{Answer, Body, Refusal, RefusalKind, Request, Rules, check},
    instant,
    log::{Applied, Log},
    script::Script,
    stream::{Stream, Streams},
};
use hyper::{Method, Version};
use serde_json::{Value, json};
use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// How a provider's API looks on the wire. Implemented by its settings.
pub(crate) trait Wire: Clone + fmt::Debug + Send + 'static {
    /// The name, which is also the path prefix of its API.
    const NAME: &'static str;
    /// Other path prefixes, which stand for other hosts of the provider.
    const OTHER_HOSTS: &'static [&'static str] = &[];
    /// Whether a recording has another id than its stream.
    const OWN_RECORDING_IDS: bool;
    /// What a request asks for, read from its body.
    type Call;

    /// The organization or project that the credential is for.
    fn tenant(&self) -> &str;
    /// The whole value of `Authorization`.
    fn authorization(&self) -> String;
    /// The resource at a path: the raw segments after the prefix `host`.
    fn route(&self, host: &str, path: &[&str]) -> Result<Route, Refusal>;
    /// Reads the body of a request that keeps the rules.
    fn read(&self, action: Action, body: &[u8]) -> Result<Self::Call, Refusal>;
    /// Does what the request asks for.
    fn carry_out(
        &self,
        call: &Self::Call,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal>;
    /// The answer to a request that is refused.
    fn refuse(&self, refusal: &Refusal) -> Answer;
}

/// A resource.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) action: Action,
    pub(crate) method: &'static Method,
    pub(crate) body: Body,
    pub(crate) tenant: String,
    pub(crate) id: String,
}

/// A request that was carried out.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answer: Answer,
    pub(crate) applied: Applied,
    /// What was left undone, and why.
    pub(crate) note: Option<String>,
}

/// An answer, and when it leaves.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) leaves: Option<OffsetDateTime>,
}

/// What the server needs of a provider.
pub(crate) trait Service: Send + Sync + fmt::Debug {
    /// The name.
    fn name(&self) -> &'static str;
    /// Whether requests under this path prefix are for this provider.
    fn serves(&self, host: &str) -> bool;
    /// Decides on a request, and logs it.
    fn serve(&self, request: &Request, version: Version, record: RequestRecord) -> Reply;
    /// What a client needs to be told of this provider.
    fn describe(&self) -> Value;
    /// All streams' recordings.
    fn recordings(&self) -> Vec<Recording>;
    /// [`Handle::create_stream`].
    fn create(&self, spec: StreamSpec) -> Result<(), CreateError>;
    /// [`Handle::next_answer`].
    fn script(&self, answer: NextAnswer) -> Result<(), ScriptError>;
}

/// What isn't any one provider's.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) clock: SimClock,
    pub(crate) log: Arc<Log>,
}

#[derive(Debug)]
struct State<S> {
    settings: S,
    streams: Streams,
    scripts: Vec<Script>,
}

/// A simulated provider, for the test that steers it. A clone is another handle on the same
/// provider.
///
/// `S` is the provider's settings; see [`TpStreams`](crate::TpStreams) and
/// [`Gjirafa`](crate::Gjirafa) for what one provider has of its own.
pub struct Handle<S> {
    name: &'static str,
    own_recording_ids: bool,
    shared: Shared,
    state: Arc<Mutex<State<S>>>,
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            own_recording_ids: self.own_recording_ids,
            shared: self.shared.clone(),
            state: Arc::clone(&self.state),
        }
    }
}

impl<S> fmt::Debug for Handle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("provider", &self.name)
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl<S> Handle<S> {
    fn state(&self) -> MutexGuard<'_, State<S>> {
        // A panic of a test thread says nothing about the state: each change to it is made whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn url(&self, host: &str) -> String {
        format!("http://{}/{host}", self.shared.address)
    }

    /// The provider's name: `tpstreams`, `gjirafa`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where the provider's API is: what a client takes for the provider's own scheme and host. The
    /// API's path, `/api/v1/...` and so on, comes after it.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.url(self.name)
    }

    /// The clock that the streams live by.
    #[must_use]
    pub const fn clock(&self) -> &SimClock {
        &self.shared.clock
    }

    /// Creates a stream.
    ///
    /// # Errors
    /// The id is taken, or the spec contradicts itself or the provider.
    pub fn create_stream(&self, spec: StreamSpec) -> Result<(), CreateError> {
        let stream = spec.create(self.shared.clock.now(), self.own_recording_ids)?;
        let mut state = self.state();
        let taken =
            |other: &Stream| other.id == stream.id || other.recording_id == stream.recording_id;
        if state.streams.values().any(taken) {
            return Err(CreateError::Exists);
        }
        state.streams.insert(stream.id.clone(), stream);
        Ok(())
    }

    /// The ids of all streams, sorted.
    #[must_use]
    pub fn stream_ids(&self) -> Vec<String> {
        self.state().streams.keys().cloned().collect()
    }

    fn stream<T>(&self, id: &str, look: impl FnOnce(&Stream, OffsetDateTime) -> T) -> Option<T> {
        let now = self.shared.clock.now();
        self.state().streams.get(id).map(|stream| look(stream, now))
    }

    /// The recording of the stream `stream`, as it is now; `None` for an unknown stream.
    #[must_use]
    pub fn recording(&self, stream: &str) -> Option<Recording> {
        self.stream(stream, Stream::recording)
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
        self.state().scripts.push(script);
        Ok(())
    }

    /// Every request that arrived for this provider, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared
            .log
            .matching(|record| record.provider == Some(self.name))
    }

    /// The requests that ask for `action` on the stream (for [`Action::Recording`], the recording)
    /// `id`, in order.
    #[must_use]
    pub fn requests_for(&self, action: Action, id: &str) -> Vec<RequestRecord> {
        self.shared.log.matching(|record| {
            record.provider == Some(self.name)
                && record.action == Some(action)
                && record.id.as_deref() == Some(id)
        })
    }
}

impl<S: Clone> Handle<S> {
    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> S {
        self.state().settings.clone()
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
        self.state().settings = changed;
    }
}

/// A provider that has no streams yet. (Not a method: its bound is no part of the public API.)
pub(crate) fn handle<S: Wire>(settings: S, shared: Shared) -> Handle<S> {
    Handle {
        name: S::NAME,
        own_recording_ids: S::OWN_RECORDING_IDS,
        shared,
        state: Arc::new(Mutex::new(State {
            settings,
            streams: Streams::new(),
            scripts: Vec::new(),
        })),
    }
}

/// The resource that a request is for and what it asks of it, if it keeps all rules.
fn read<S: Wire>(
    settings: &S,
    request: &Request,
    version: Version,
    record: &mut RequestRecord,
) -> Result<(Route, S::Call), Refusal> {
    let segments = request.segments();
    let (host, path) = segments.split_first().unwrap_or_default();
    let route = settings.route(host, path)?;
    record.action = Some(route.action);
    record.id = Some(route.id.clone());
    let authorization = settings.authorization();
    check(
        request,
        version,
        Rules {
            method: route.method,
            authorization: &authorization,
            body: route.body,
        },
    )?;
    if route.tenant != settings.tenant() {
        return Err(Refusal::new(
            RefusalKind::UnknownTenant,
            format!("{:?} isn't the tenant", route.tenant),
        ));
    }
    let call = settings.read(route.action, &request.body)?;
    Ok((route, call))
}

impl<S: Wire> Service for Handle<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn describe(&self) -> Value {
        let settings = &self.state().settings;
        json!({
            "name": S::NAME,
            "base_url": self.base_url(),
            "other_base_urls": S::OTHER_HOSTS.iter().map(|host| self.url(host)).collect::<Value>(),
            "tenant": settings.tenant(),
            "authorization": settings.authorization(),
        })
    }

    fn recordings(&self) -> Vec<Recording> {
        let now = self.shared.clock.now();
        let streams = &self.state().streams;
        streams
            .values()
            .map(|stream| stream.recording(now))
            .collect()
    }

    fn create(&self, spec: StreamSpec) -> Result<(), CreateError> {
        self.create_stream(spec)
    }

    fn script(&self, answer: NextAnswer) -> Result<(), ScriptError> {
        self.next_answer(answer)
    }

    fn serves(&self, host: &str) -> bool {
        host == S::NAME || S::OTHER_HOSTS.contains(&host)
    }

    fn serve(&self, request: &Request, version: Version, mut record: RequestRecord) -> Reply {
        record.provider = Some(S::NAME);
        let mut state = self.state();
        let State {
            settings,
            streams,
            scripts,
        } = &mut *state;
        let now = self.shared.clock.now();
        record.at = now;
        let mut leaves = None;

        let decided = read(settings, request, version, &mut record).map(|(route, call)| {
            let script = Script::take(scripts, route.action, &route.id);
            let stream = match route.action {
                Action::Recording => streams.values_mut().find(|s| s.recording_id == route.id),
                _ => streams.get_mut(&route.id),
            };
            // On a copy, so that a script can have the provider's own answer to what it doesn't let
            // happen.
            let done = stream
                .ok_or_else(|| Refusal::not_found(format!("there is no {:?}", route.id)))
                .and_then(|stream| {
                    let mut changed = stream.clone();
                    let mut done = settings.carry_out(&call, &mut changed, now)?;
                    if script.as_ref().is_none_or(|script| script.applied) {
                        *stream = changed;
                    } else {
                        done.applied = Applied::NOTHING;
                    }
                    Ok(done)
                });
            (script, done)
        });
        let (script, done) = match decided {
            Ok((script, done)) => (script, done),
            Err(refusal) => (None, Err(refusal)),
        };
        let mut answer = match done {
            Ok(done) => {
                record.applied = done.applied;
                record.refusal = done.note;
                done.answer
            }
            Err(refusal) => {
                let answer = settings.refuse(&refusal);
                record.refusal = Some(refusal.reason);
                answer
            }
        };
        if let Some(script) = script {
            record.scripted = true;
            answer = script.change(answer);
            leaves = instant::later(now, script.delay).filter(|_| !script.delay.is_zero());
        }
        record.status = Some(answer.status.as_u16());
        // Before the provider takes another request, so that the log has them in the order of their
        // effects.
        self.shared.log.push(record);
        Reply { answer, leaves }
    }
}
