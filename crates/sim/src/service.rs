//! What a provider's own module is to say of it ([`Wire`]), and what becomes of that: a server of
//! requests and a source of webhooks.

use crate::{
    Action, Kept, RequestRecord,
    http::{Answer, Body, Refusal, RefusalKind, Request, Rules, check},
    instant,
    life::Change,
    limit::TooMany,
    lock::lock,
    log::Applied,
    media,
    script::Script,
    state::{Core, State},
    stream::{Own, RecordingIds, Stream, Streams},
    webhook::{Event, Webhooks},
};
use bytes::Bytes;
use hyper::{
    Method, Version,
    header::{ALLOW, DATE, HeaderValue, RETRY_AFTER},
};
use serde_json::{Value, json};
use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};
use time::OffsetDateTime;

/// How a provider's API looks on the wire. Implemented by its settings.
pub(crate) trait Wire: Clone + fmt::Debug + Send + 'static {
    /// The name, which is also the path prefix of its API.
    const NAME: &'static str;
    /// Other path prefixes, which stand for other hosts of the provider, each by the provider's word for its
    /// base URL.
    const OTHER_HOSTS: &'static [(&'static str, &'static str)] = &[];
    /// Where a recording's id comes from, unless the test names it.
    const RECORDING_IDS: RecordingIds;
    /// Whether a recording is processed when its stream is over. If not, it can be had at once, and fails never.
    const PROCESSES: bool = true;
    /// Whether [`Action::Cut`] names the stream, and not the recording.
    const CUT_NAMES_THE_STREAM: bool = false;
    /// Whether it sends webhooks, and what they prove themselves by.
    const WEBHOOKS: Webhooks;
    /// How long after each failed attempt a webhook is sent again, unless the test says otherwise.
    const WEBHOOK_RETRIES: &[Duration] = &[];
    /// What a request asks for.
    type Operation;
    /// What its streams have and no other provider's: [`Stream::own`].
    type OfStream: Own + Default;

    /// Whether the scheme in `Authorization` is taken in any case.
    const SCHEME_IN_ANY_CASE: bool = false;

    /// Whether a stream can have this id.
    fn is_id(_id: &str) -> bool {
        true
    }
    /// Is told where the [files](Self::file) of its recordings are, as a URL.
    fn files_are_at(&mut self, _url: String) {}
    /// What is in the file of the stream's recording, or of one that was made out of it, of this id; `None` if there is
    /// none.
    fn file(&self, _stream: &Stream, _id: &str, _now: OffsetDateTime) -> Option<Kept> {
        None
    }
    /// Whether this is the id of the stream's recording, or of one that was made out of it.
    fn has_recording(&self, stream: &Stream, id: &str, _now: OffsetDateTime) -> bool {
        stream.has_recording(id)
    }
    /// The stream that a request is for, if it names something else of it: a session, say.
    fn stream_of(&self, _route: &Route, _streams: &Streams) -> Option<String> {
        None
    }
    /// What a client is configured with to reach this account, by the provider's words.
    fn credentials(&mut self) -> Vec<(&'static str, &mut String)>;
    /// What every stream key in the answers holds; `None` where they have none.
    fn stream_key(&mut self) -> Option<&mut String> {
        None
    }
    /// The organization or project that the credential is for; nothing where no request names one.
    fn tenant(&self) -> &str {
        ""
    }
    /// The header that has the credential, in lower case.
    fn credential_header(&self) -> &str {
        "authorization"
    }
    /// Its whole value.
    fn authorization(&self) -> String;
    /// The resource at a path: the raw segments after the prefix `host`. The method tells apart what
    /// shares a path.
    fn route(&self, host: &str, path: &[&str], method: &Method) -> Result<Route, Refusal>;
    /// Reads a request that keeps the rules. One whose body names what it is for sets the
    /// [id](Route::id).
    fn read(&self, route: &mut Route, request: &Request) -> Result<Self::Operation, Refusal>;
    /// Does what the request asks for, of the stream that it names, or whose recording it names.
    fn carry_out(
        &self,
        operation: &Self::Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal>;
    /// What is served at an address of a cut, at a provider whose cuts are addresses: at this path prefix, and what comes after it.
    fn at_address(
        _host: &str,
        _target: &str,
        _streams: &Streams,
        _now: OffsetDateTime,
    ) -> Option<Kept> {
        None
    }
    /// Answers a request that names a stream, or a recording, that isn't there.
    fn absent(&self, _operation: &Self::Operation, id: &str) -> Result<Done, Refusal> {
        Err(Refusal::not_found(format!("there is no {id:?}")))
    }
    /// Answers a request that names nothing: [`Action::List`], mostly.
    fn list(
        &self,
        _operation: &Self::Operation,
        _streams: &Streams,
        _now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        Err(Refusal::not_found("there is no list"))
    }
    /// The answer to a request that is refused, but for the header `Allow`.
    fn refuse(&self, refusal: &Refusal) -> Answer;
    /// The webhooks, each the JSON it holds, that a change in a stream's life leads to.
    fn webhooks(&self, _stream: &Stream, _change: Change) -> Vec<Value> {
        Vec::new()
    }
    /// The header that a webhook registered with this secret proves itself with.
    fn webhook_proof(&self, _secret: &str, _sent: Sent<'_>) -> Option<(&'static str, String)> {
        None
    }
}

/// A webhook that is to be proved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) at: OffsetDateTime,
    pub(crate) body: &'a [u8],
}

/// A resource.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) action: Action,
    pub(crate) method: &'static Method,
    pub(crate) body: Body,
    /// Whether it takes a query.
    pub(crate) query: bool,
    /// `None` where the path names none.
    pub(crate) tenant: Option<String>,
    /// The id of the stream, or of the recording, where it is known yet.
    pub(crate) id: Option<String>,
}

/// A request that was carried out.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answer: Answer,
    pub(crate) applied: Applied,
    /// What was left undone, and why.
    pub(crate) note: Option<String>,
}

impl Done {
    /// A request that was carried out as it was asked.
    pub(crate) const fn new(answer: Answer, applied: Applied) -> Self {
        Self {
            answer,
            applied,
            note: None,
        }
    }

    /// A request that changes nothing.
    pub(crate) const fn read(answer: Answer) -> Self {
        Self::new(answer, Applied::NOTHING)
    }
}

/// An answer, and when it leaves.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) leaves: Option<OffsetDateTime>,
}

/// What needs a provider's settings, and is the same for all.
pub(crate) trait Service: Send + Sync + fmt::Debug {
    /// Whether requests under this path prefix are for this provider.
    fn serves(&self, host: &str) -> bool;
    /// Decides on a request, and logs it.
    fn serve(&self, request: &Request, version: Version, record: RequestRecord) -> Reply;
    /// Serves the file of the recording of this id, and logs the request.
    fn serve_file(&self, request: &Request, id: &str, record: RequestRecord) -> Reply;
    /// What a client needs to be told of this provider.
    fn describe(&self) -> Value;
    /// The provider's words and what is in force for each.
    fn credentials(&self) -> Vec<(&'static str, String)>;
    /// The header that has the credential.
    fn credential_header(&self) -> String;
    /// Its whole value.
    fn authorization(&self) -> String;
    /// The header that a webhook of this body proves itself with, if it is sent now.
    fn webhook_proof(&self, secret: &str, body: &[u8]) -> Option<(&'static str, String)>;
    /// Whether there is a credential of that name.
    fn set_credential(&self, word: &str, value: String) -> bool;
    /// Whether there are stream keys.
    fn set_stream_key(&self, mark: String) -> bool;
    /// Posts the webhooks of all that has changed by now in the provider's streams.
    fn settle(&self, state: &mut State);
}

/// A provider's streams, and the settings that it treats them by.
pub(crate) struct Served<S> {
    pub(crate) core: Arc<Core>,
    pub(crate) settings: Arc<Mutex<S>>,
}

impl<S> fmt::Debug for Served<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

/// The resource that a request is for and what it asks of it, if it keeps all rules.
fn read<S: Wire>(
    settings: &S,
    request: &Request,
    version: Version,
    record: &mut RequestRecord,
) -> Result<(Route, S::Operation), Refusal> {
    let segments = request.segments();
    let (host, path) = segments.split_first().unwrap_or_default();
    let mut route = settings.route(host, path, &request.method)?;
    record.action = Some(route.action);
    record.id.clone_from(&route.id);
    let authorization = settings.authorization();
    check(
        request,
        version,
        Rules {
            method: route.method,
            credential_header: settings.credential_header(),
            authorization: &authorization,
            scheme_in_any_case: S::SCHEME_IN_ANY_CASE,
            body: route.body,
            query: route.query,
        },
    )?;
    if let Some(tenant) = &route.tenant
        && tenant != settings.tenant()
    {
        return Err(Refusal::new(
            RefusalKind::UnknownTenant,
            format!("{tenant:?} isn't the tenant"),
        ));
    }
    let operation = settings.read(&mut route, request)?;
    record.id.clone_from(&route.id);
    Ok((route, operation))
}

impl<S: Wire> Served<S> {
    /// Posts the webhooks of what has changed in a stream's life by `now`.
    fn tell(&self, settings: &S, stream: &mut Stream, now: OffsetDateTime) {
        let outbox = &self.core.shared.outbox;
        // Who registers later isn't told of the past: [`SimulatedProvider::register_webhook`].
        if !outbox.has_receivers(S::NAME) {
            return;
        }
        for change in stream.news(now) {
            for body in settings.webhooks(stream, change) {
                let body = Bytes::from(body.to_string());
                let sent = Sent {
                    at: change.at,
                    body: &body,
                };
                outbox.post(&Event {
                    provider: S::NAME,
                    at: change.at,
                    stream: stream.number,
                    number: stream.next_event(),
                    body: body.clone(),
                    proof: &|secret| settings.webhook_proof(secret, sent),
                    retries: self.core.webhook_retries(),
                });
            }
        }
    }
}

impl<S: Wire> Service for Served<S> {
    fn describe(&self) -> Value {
        let settings = lock(&self.settings);
        let url = |host| self.core.shared.url(host);
        json!({
            "name": S::NAME,
            "base_url": url(S::NAME),
            "other_base_urls": S::OTHER_HOSTS.iter().map(|(_, host)| url(host)).collect::<Value>(),
            "tenant": settings.tenant(),
            "credential_header": settings.credential_header(),
            "authorization": settings.authorization(),
        })
    }

    fn serves(&self, host: &str) -> bool {
        host == S::NAME || S::OTHER_HOSTS.iter().any(|(_, other)| *other == host)
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        let mut settings = lock(&self.settings);
        let credentials = settings.credentials().into_iter();
        credentials
            .map(|(word, value)| (word, value.clone()))
            .collect()
    }

    fn credential_header(&self) -> String {
        lock(&self.settings).credential_header().to_owned()
    }

    fn authorization(&self) -> String {
        lock(&self.settings).authorization()
    }

    fn webhook_proof(&self, secret: &str, body: &[u8]) -> Option<(&'static str, String)> {
        let at = self.core.shared.clock.now();
        lock(&self.settings).webhook_proof(secret, Sent { at, body })
    }

    fn set_credential(&self, word: &str, value: String) -> bool {
        let mut settings = lock(&self.settings);
        let mut credentials = settings.credentials().into_iter();
        let found = credentials.find(|(known, _)| *known == word);
        found.map(|(_, credential)| *credential = value).is_some()
    }

    fn set_stream_key(&self, mark: String) -> bool {
        let mut settings = lock(&self.settings);
        settings.stream_key().map(|key| *key = mark).is_some()
    }

    fn serve_file(&self, request: &Request, id: &str, mut record: RequestRecord) -> Reply {
        let mut state = self.core.state();
        let settings = lock(&self.settings);
        let now = self.core.shared.clock.now();
        record.at = now;
        record.action = Some(Action::File);
        record.id = Some(id.to_owned());
        let mut streams = state.streams.values();
        let kept = streams.find_map(|stream| settings.file(stream, id, now));
        let served = kept
            .ok_or_else(|| Refusal::not_found(format!("there is no file of {id:?}")))
            .and_then(|kept| media::answer(request, id, kept.duration()));
        let mut answer = served.unwrap_or_else(|refusal| {
            let status = refusal.kind.status();
            record.refusal = Some(refusal.reason);
            Answer::empty(status)
        });
        let mut leaves = None;
        if let Some(script) = Script::take(&mut state.scripts, Action::File, id) {
            record.scripted = true;
            answer = script.change(answer);
            leaves = instant::later(now, script.delay).filter(|_| !script.delay.is_zero());
        }
        record.status = Some(answer.status.as_u16());
        self.core.shared.log.push(record);
        Reply { answer, leaves }
    }

    fn settle(&self, state: &mut State) {
        let settings = &*lock(&self.settings);
        let now = self.core.shared.clock.now();
        for stream in state.streams.values_mut() {
            self.tell(settings, stream, now);
        }
    }

    fn serve(&self, request: &Request, version: Version, mut record: RequestRecord) -> Reply {
        record.provider = Some(S::NAME);
        let mut state = self.core.state();
        let settings = &*lock(&self.settings);
        let State {
            streams,
            scripts,
            limiter,
            post_limiter,
            ..
        } = &mut *state;
        let now = self.core.shared.clock.now();
        record.at = now;
        let mut leaves = None;
        let mut retry_after = None;

        let decided = read(settings, request, version, &mut record).and_then(|read| {
            let admitted = post_limiter
                .as_mut()
                .filter(|_| request.method == "POST")
                .or(limiter.as_mut())
                .map_or(Ok(()), |limiter| limiter.count(now));
            admitted.map(|()| read).map_err(|TooMany(told)| {
                retry_after = told;
                Refusal::new(RefusalKind::TooManyRequests, "too many requests")
            })
        });
        let decided = decided.map(|(route, operation)| {
            let names_nothing = route.id.is_none();
            let stream = settings.stream_of(&route, streams);
            if let Some(stream) = &stream {
                record.id = Some(stream.clone());
            }
            let id = stream.or(route.id).unwrap_or_default();
            let script = Script::take(scripts, route.action, &id);
            let stream = match route.action {
                _ if names_nothing => return (script, settings.list(&operation, streams, now)),
                Action::Cut if S::CUT_NAMES_THE_STREAM => streams.get_mut(&id),
                Action::Recording | Action::Cut => streams
                    .values_mut()
                    .find(|stream| settings.has_recording(stream, &id, now)),
                _ => streams.get_mut(&id),
            };
            // On a copy, so that a script can have the provider's own answer to what it doesn't let
            // happen.
            let Some(stream) = stream else {
                return (script, settings.absent(&operation, &id));
            };
            // What the request changes ends what was to come; what came is told.
            self.tell(settings, stream, now);
            let mut changed = stream.clone();
            let mut done = settings.carry_out(&operation, &mut changed, now);
            if let Ok(done) = &mut done {
                if script.as_ref().is_none_or(|script| script.applied) {
                    *stream = changed;
                } else {
                    done.applied = Applied::NOTHING;
                }
            }
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
                let mut answer = settings.refuse(&refusal);
                if let RefusalKind::MethodNotAllowed(allow) = refusal.kind {
                    let allow = HeaderValue::from_static(allow);
                    answer.headers.insert(ALLOW, allow);
                }
                record.refusal = Some(refusal.reason);
                answer
            }
        };
        if let Some(script) = script {
            record.scripted = true;
            answer = script.change(answer);
            leaves = instant::later(now, script.delay).filter(|_| !script.delay.is_zero());
        }
        if let Some(seconds) = retry_after {
            answer
                .headers
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The provider's clock is the simulator's.
        if let Ok(date) = HeaderValue::from_str(&instant::http_date(now)) {
            answer.headers.entry(DATE).or_insert(date);
        }
        record.status = Some(answer.status.as_u16());
        // Before the provider takes another request, so that the log has them in the order of their
        // effects.
        self.core.shared.log.push(record);
        drop(state);
        self.core.shared.clock.nudge();
        Reply { answer, leaves }
    }
}
