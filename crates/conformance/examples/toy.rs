//! A provider in memory, an adapter for it, and the world in which the suite tries it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use livecut_conformance::{
    Fault, LiveStream, Misconfiguration, ReceivedRequest, World, WorldError, WorldResult,
};
use livecut_core::{
    Capabilities, Certainty, CutRange, CutState, CutVerdict, Effect, Error, ErrorKind, InProgress,
    LiveStreamStopper, Method, Progress, Purpose, Ready, Recording, RecordingId, Result, Step,
    StopOutcome, StopPlan, StopRequest, StreamId, StreamState, StreamStatus, TenantId, Ticket,
    Timeline, TimelineSupport, Visibility,
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use time::OffsetDateTime;

const PROVIDER: &str = "toy";
pub(crate) const BASE: &str = "https://toy.example/v1";
/// Between two seconds, so that an instant on the grid isn't an offset on the grid.
const NOW: OffsetDateTime =
    OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::milliseconds(1_736_754_600_300));
pub(crate) const TOKEN: &str = "toy-token-7f3a";

// ---- The provider's server: what a mock or a simulator is for a real provider. ----

pub(crate) struct Server(Mutex<State>);

impl std::fmt::Debug for Server {
    /// Not what it was sent: the suite looks at the `Debug` of all that it gets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<server>")
    }
}

struct State {
    now: OffsetDateTime,
    streams: BTreeMap<String, Stream>,
    faults: BTreeMap<String, Fault>,
    /// After how many requests one is refused for its rate, and how long it is told to wait.
    refusal: Option<(usize, Option<Duration>)>,
    /// After how many requests one meets a fault.
    strike: Option<(usize, Fault)>,
    requests: Vec<ReceivedRequest>,
}

struct Stream {
    recorded: Duration,
    stopped: Option<OffsetDateTime>,
    kept: Option<CutRange>,
    visibility: Option<String>,
}

impl Stream {
    fn state(&self, now: OffsetDateTime) -> &'static str {
        match self.stopped {
            None => "live",
            Some(at) if now < at.saturating_add(time::Duration::MINUTE) => "processing",
            Some(_) => "ready",
        }
    }
}

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request with a status and a body; `None`: the connection broke.
    pub(crate) fn answer(&self, token: &str, step: &Step) -> Option<(u16, String)> {
        let mut state = self.state();
        let body = step.body().unwrap_or_default();
        let method = step.method().as_str();
        let request = ReceivedRequest::new(method, step.url(), body);
        state.requests.push(request);
        let state = &mut *state;
        let now = state.now;
        match state.refusal.take() {
            Some((0, wait)) => {
                let wait = wait.map(|wait| wait.as_secs());
                return Some((429, json!({"retry_after": wait}).to_string()));
            }
            Some((after, wait)) => state.refusal = Some((after.saturating_sub(1), wait)),
            None => {}
        }

        let path = step.url().strip_prefix(BASE)?;
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (id, stops) = match (method, segments.as_slice()) {
            ("GET", ["streams", id]) => (id, false),
            ("POST", ["streams", id, "stop"]) => (id, true),
            _ => return Some((404, String::new())),
        };
        if token != TOKEN {
            return Some((401, String::new()));
        }
        let id = percent_decode_str(id).decode_utf8().ok()?.into_owned();
        let Some(stream) = state.streams.get_mut(&id) else {
            return Some((404, String::new()));
        };
        let struck = match state.strike.take() {
            Some((0, fault)) => Some(fault),
            Some((after, fault)) => {
                state.strike = Some((after.saturating_sub(1), fault));
                None
            }
            None => None,
        };
        if !stops {
            return match struck {
                None => Some((200, json!({"state": stream.state(now)}).to_string())),
                Some(Fault::Refused) => Some((422, String::new())),
                Some(Fault::RateLimited) => Some((429, String::new())),
                Some(Fault::GarbledApplied) => Some((200, "<html>".to_owned())),
                Some(Fault::BrokenApplied) => None,
                Some(_) => Some((503, String::new())),
            };
        }
        let fault = struck.or(state.faults.remove(&id));
        match fault {
            Some(Fault::Refused) => return Some((422, String::new())),
            Some(Fault::RateLimited) => return Some((429, String::new())),
            Some(Fault::Unavailable) => return Some((503, String::new())),
            _ => {}
        }
        if stream.stopped.is_some() {
            return Some((409, String::new()));
        }

        let asked: Value = serde_json::from_str(body).ok()?;
        let number = |field| asked.get(field).and_then(Value::as_u64);
        let recorded = stream.recorded;
        let (from, to) = match (number("from"), number("to")) {
            (Some(from), Some(to)) => (Duration::from_secs(from), Duration::from_secs(to)),
            _ => (Duration::ZERO, recorded),
        };
        if to > recorded {
            return Some((422, String::new()));
        }
        stream.kept = CutRange::offsets(from, to).ok();
        stream.visibility = text(&asked, "visibility");
        stream.stopped = Some(now);
        match fault {
            Some(Fault::UnavailableApplied) => Some((503, String::new())),
            Some(Fault::GarbledApplied) => Some((200, "<html>".to_owned())),
            Some(Fault::BrokenApplied) => None,
            _ => Some((200, json!({"stopped": true}).to_string())),
        }
    }
}

// ---- The adapter, which is what the suite tests. ----

#[derive(Debug)]
struct Toy {
    /// `None`: nobody is there.
    server: Option<Arc<Server>>,
    token: Token,
}

struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<token>")
    }
}

impl Toy {
    fn plan_of(&self, request: &StopRequest) -> Result<(Step, Ticket)> {
        let cut = self.capabilities().admit(request)?;
        let mut body = serde_json::Map::new();
        if let Some(range) = cut.and_then(|cut| cut.effective().exact_seconds()) {
            body.insert("from".to_owned(), range.start.into());
            body.insert("to".to_owned(), range.end.into());
        }
        if let Some(visibility) = request.visibility() {
            body.insert("visibility".to_owned(), visibility.as_str().into());
        }
        let url = format!("{}/stop", url(request.stream()));
        let step =
            Step::new(Purpose::Stop, Method::Post, url).with_body(Value::Object(body).to_string());
        let ticket = Ticket::new(PROVIDER, request.stream().clone()).with_cut(cut);
        Ok((step, ticket))
    }

    fn send(&self, step: &Step, applied: Effect) -> Result<String> {
        let server = self.server.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Connect, "nobody is there").with_provider(PROVIDER)
        })?;
        let unknown = Effect::NONE.or(applied);
        let mut retry_after = None;
        let (kind, effect) = match server.answer(&self.token.0, step) {
            Some((200, body)) => return Ok(body),
            None => (ErrorKind::Interrupted, unknown),
            Some((401, _)) => (ErrorKind::Unauthorized, Effect::NONE),
            Some((404, _)) => (ErrorKind::NotFound, Effect::NONE),
            Some((409, _)) => (ErrorKind::Conflict, unknown),
            Some((429, body)) => {
                let answer: Value = serde_json::from_str(&body).unwrap_or_default();
                retry_after = answer.get("retry_after").and_then(Value::as_u64);
                (ErrorKind::RateLimited, Effect::NONE)
            }
            Some((500.., _)) => (ErrorKind::Unavailable, unknown),
            Some(_) => (ErrorKind::Rejected, Effect::NONE),
        };
        let error = Error::new(kind, "the toy provider didn't do it")
            .with_provider(PROVIDER)
            .with_effect(effect);
        Err(match retry_after {
            Some(seconds) => error.with_retry_after(Duration::from_secs(seconds)),
            None => error,
        })
    }

    fn state(&self, stream: &StreamId) -> Result<String> {
        let step = Step::new(Purpose::Read, Method::Get, url(stream));
        let body = self.send(&step, Effect::NONE)?;
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        Ok(text(&answer, "state").unwrap_or_default())
    }
}

fn text(json: &Value, field: &str) -> Option<String> {
    Some(json.get(field)?.as_str()?.to_owned())
}

fn url(stream: &StreamId) -> String {
    let id = utf8_percent_encode(stream.as_str(), NON_ALPHANUMERIC);
    format!("{BASE}/streams/{id}")
}

#[async_trait]
impl LiveStreamStopper for Toy {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(Duration::from_secs(1))
            .with_timeline(Timeline::Offset, TimelineSupport::Native)
            .with_timeline(Timeline::WallClock, TimelineSupport::WithAnchor)
            .with_visibility(Visibility::Public)
            .with_visibility(Visibility::Private)
            .with_single_call()
            .with_checked_end()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let (step, ticket) = self
            .plan_of(request)
            .map_err(|error| error.with_provider(PROVIDER))?;
        Ok(StopPlan::new(PROVIDER, vec![step])
            .with_cut(ticket.cut().copied())
            .with_ticket(ticket))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let (step, ticket) = self
            .plan_of(request)
            .map_err(|error| error.with_provider(PROVIDER))?;
        if request.timeout() == Some(Duration::ZERO) {
            let late = Error::new(ErrorKind::Timeout, "there was no time to send anything");
            return Err(late.with_provider(PROVIDER));
        }
        let cut = ticket.cut().map_or(Certainty::No, |_| Certainty::Yes);
        let applied = Effect::new(Certainty::Yes, cut);
        let mut again = true;
        let sent = loop {
            let turn = match request.pace() {
                None => None,
                Some(pace) => {
                    let left = request.timeout().unwrap_or(Duration::MAX);
                    let Some(turn) = pace.admit(step.method(), left).await else {
                        let late =
                            Error::new(ErrorKind::RateLimited, "there is no turn for the call");
                        break Err(late.with_provider(PROVIDER));
                    };
                    Some((pace, turn))
                }
            };
            let sent = self.send(&step, applied);
            let refused = sent.as_ref().err();
            let refused = refused.filter(|error| error.kind() == ErrorKind::RateLimited);
            match (refused, turn) {
                (Some(error), Some((pace, turn))) => pace.refused(turn, error.retry_after()),
                // Once more, and at once: it has no clock to wait by, and so hands back what it is to wait for.
                (Some(error), None)
                    if again && error.retry_after().is_none_or(|wait| wait.is_zero()) =>
                {
                    again = false;
                }
                (None, Some((pace, turn))) => {
                    pace.taken(turn);
                    break sent;
                }
                _ => break sent,
            }
        };
        let body = sent.map_err(|error| error.with_ticket(ticket.clone()))?;
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        if answer.get("stopped") != Some(&Value::Bool(true)) {
            let unclear = "the answer confirms nothing";
            return Err(Error::new(ErrorKind::UnexpectedResponse, unclear)
                .with_provider(PROVIDER)
                .with_effect(Effect::NONE.or(applied))
                .with_ticket(ticket));
        }
        let cut = ticket.cut().copied();
        Ok(StopOutcome::new(ticket).with_cut(cut, CutState::Made))
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let word = self.state(stream)?;
        let state = match word.as_str() {
            "live" => StreamState::Live,
            "processing" => StreamState::Processing,
            "ready" => StreamState::Ended,
            _ => StreamState::Unknown,
        };
        Ok(StreamStatus::new(PROVIDER, stream.clone(), state, word))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None::<&TenantId>)?;
        let word = self.state(ticket.stream())?;
        let (true, Ok(id)) = (word == "ready", RecordingId::new(ticket.stream().as_str())) else {
            let again = Duration::from_secs(5);
            return Ok(Progress::InProgress(InProgress::new(
                ticket.clone(),
                word,
                again,
            )));
        };
        let verdict = ticket.cut().map(|_| CutVerdict::Unconfirmed);
        Ok(Progress::Ready(Ready::new(
            ticket.clone(),
            Recording::new(id),
            verdict,
        )))
    }
}

// ---- The world: the server as the suite sees it. ----

pub(crate) struct ToyWorld(pub(crate) Arc<Server>);

impl ToyWorld {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Server(Mutex::new(State {
            now: NOW,
            streams: BTreeMap::new(),
            faults: BTreeMap::new(),
            refusal: None,
            strike: None,
            requests: Vec::new(),
        }))))
    }

    fn begin(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        let mut state = self.0.state();
        let stream = Stream {
            recorded: length,
            stopped: None,
            kept: None,
            visibility: None,
        };
        let start = state.now.saturating_sub(length.try_into()?);
        match state.streams.insert(id.to_string(), stream) {
            None => Ok(start),
            Some(_) => Err(WorldError::failed(format!(
                "there is a stream {id} already"
            ))),
        }
    }

    fn look<T>(&self, id: &StreamId, look: impl FnOnce(&Stream, &State) -> T) -> WorldResult<T> {
        let state = self.0.state();
        let stream = state.streams.get(id.as_str());
        let stream =
            stream.ok_or_else(|| WorldError::failed(format!("there is no stream {id}")))?;
        Ok(look(stream, &state))
    }
}

#[async_trait]
impl World for ToyWorld {
    fn stopper(&self) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        Ok(Arc::new(Toy {
            server: Some(Arc::clone(&self.0)),
            token: Token(TOKEN.to_owned()),
        }))
    }

    fn misconfigured(&self, wrong: Misconfiguration) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        let (server, token) = match wrong {
            Misconfiguration::WrongCredential => (Some(Arc::clone(&self.0)), "another"),
            Misconfiguration::Unreachable => (None, TOKEN),
            // What a later version of the suite adds.
            _ => return Err(WorldError::not_simulated(format!("{wrong:?}"))),
        };
        let token = Token(token.to_owned());
        Ok(Arc::new(Toy { server, token }))
    }

    fn base_urls(&self) -> Vec<String> {
        vec![BASE.to_owned()]
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    async fn begin(&self, length: Duration) -> WorldResult<LiveStream> {
        let id = StreamId::new(format!("stream-{}", self.0.state().streams.len()))?;
        let start = self.begin(&id, length)?;
        Ok(LiveStream::new(id, start))
    }

    async fn begin_named(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        self.begin(id, length)
    }

    async fn kept(&self, id: &StreamId) -> WorldResult<Option<CutRange>> {
        self.look(id, |stream, _| stream.kept)
    }

    async fn requests(&self) -> WorldResult<Vec<ReceivedRequest>> {
        Ok(self.0.state().requests.clone())
    }

    async fn visibility(&self, id: &StreamId) -> WorldResult<Option<Visibility>> {
        let name = self.look(id, |stream, _| stream.visibility.clone())?;
        Ok(name.map(|name| name.parse()).transpose()?)
    }

    async fn fault(&self, id: &StreamId, fault: Fault) -> WorldResult<()> {
        self.0.state().faults.insert(id.to_string(), fault);
        Ok(())
    }

    async fn refuse_for_rate(
        &self,
        after: usize,
        retry_after: Option<Duration>,
    ) -> WorldResult<()> {
        self.0.state().refusal = Some((after, retry_after));
        Ok(())
    }

    async fn fault_after(&self, after: usize, fault: Fault) -> WorldResult<()> {
        self.0.state().strike = Some((after, fault));
        Ok(())
    }

    async fn advance(&self, length: Duration) -> WorldResult<()> {
        let mut state = self.0.state();
        state.now = state.now.saturating_add(length.try_into()?);
        Ok(())
    }

    async fn is_ready(&self, id: &StreamId) -> WorldResult<bool> {
        self.look(id, |stream, state| stream.state(state.now) == "ready")
    }
}

// ---- In a test of yours, `#[tokio::test]` instead. ----

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example shows its report")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let report = livecut_conformance::run(&ToyWorld::new())
        .await
        .map_err(|error| error.to_string())?;
    println!("{report}");
    report.assert_passed();
    // Whatever is skipped is named here, so that no check vanishes unnoticed.
    report.assert_skipped(&[]);
    Ok(())
}
