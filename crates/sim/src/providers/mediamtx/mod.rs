//! MediaMTX, on a server of one's own: the control API as its document of v1.20.1 has it, the playback API as its document of
//! that version has it, and what neither says as a server of v1.16.3 answered.

mod playback;
mod session;

use crate::{
    Action, Handle, Kept,
    http::{Answer, Body, Refusal, RefusalKind, Request, Segments},
    log::Applied,
    recording::rfc3339,
    service::{Done, Route, Wire},
    stream::{RecordingIds, Stream, Streams},
    webhook::Webhooks,
};
use hyper::{
    Method, StatusCode,
    header::{HeaderValue, WWW_AUTHENTICATE},
};
use playback::Part;
use serde_json::{Value, json};
use session::Sessions;
use time::OffsetDateTime;

/// Simulated MediaMTX.
pub type MediaMtx = Handle<MediaMtxSettings>;

/// By the name that this has in each provider's module.
pub(crate) use MediaMtxSettings as Settings;

const PLAYBACK_HOST: &str = "mediamtx-playback";

/// The configuration of all paths that have none of their own.
const OTHERS: &str = "all_others";

impl MediaMtx {
    /// Where the playback server is. ([`base_url`](crate::SimulatedProvider::base_url) serves it too, as a proxy before both does.)
    pub fn playback_base_url(&self) -> String {
        self.url(PLAYBACK_HOST)
    }

    /// Has the encoder of a live stream break off and be back at once, as another session: what is recorded from then on is a span
    /// of its own. Whether there is such a stream.
    pub fn reconnect(&self, stream: &str) -> bool {
        let now = self.clock().now();
        let mut state = self.core.state();
        let stream = state.streams.get_mut(stream);
        let live = stream.filter(|stream| session::is_live(stream, now));
        live.map(|stream| session::come_back(stream, now)).is_some()
    }
}

/// What of simulated MediaMTX can be chosen.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a builder or to `configure`"]
pub struct MediaMtxSettings {
    authorization: String,
    source: String,
    comes_back: bool,
    own_configuration: bool,
    record_format: String,
    record_delete_after: String,
}

impl Default for MediaMtxSettings {
    fn default() -> Self {
        Self {
            // Of `sim` and `mediamtx`.
            authorization: "Basic c2ltOm1lZGlhbXR4".to_owned(),
            source: "rtmpConn".to_owned(),
            comes_back: false,
            own_configuration: false,
            record_format: "fmp4".to_owned(),
            record_delete_after: "24h0m0s".to_owned(),
        }
    }
}

impl MediaMtxSettings {
    /// The type of each stream's source: `rtmpConn` by default.
    pub fn with_source(mut self, kind: impl Into<String>) -> Self {
        self.source = kind.into();
        self
    }

    /// Whether an encoder that is kicked is back at once, as another session. By default it is not.
    pub fn with_encoder_that_comes_back(mut self, comes_back: bool) -> Self {
        self.comes_back = comes_back;
        self
    }

    /// Whether each path has a configuration of its own, so that it is there when nobody publishes it. By default all are covered
    /// by `all_others`.
    pub fn with_own_configuration(mut self, own: bool) -> Self {
        self.own_configuration = own;
        self
    }

    /// `recordFormat`: `fmp4` by default.
    pub fn with_record_format(mut self, format: impl Into<String>) -> Self {
        self.record_format = format.into();
        self
    }

    /// `recordDeleteAfter`: a day by default. Nothing is deleted here.
    pub fn with_record_delete_after(mut self, length: impl Into<String>) -> Self {
        self.record_delete_after = length.into();
        self
    }

    fn configuration(&self, stream: Option<&Stream>) -> Answer {
        let name = stream.map_or(OTHERS, |stream| &stream.id);
        ok(&json!({
            "name": name,
            "source": "publisher",
            "record": stream.is_none_or(|stream| stream.records),
            "recordPath": "./recordings/%path/%Y-%m-%d_%H-%M-%S-%f",
            "recordFormat": self.record_format,
            "recordPartDuration": "1s",
            "recordSegmentDuration": "1h0m0s",
            "recordDeleteAfter": self.record_delete_after,
        }))
    }

    fn has_own_configuration(&self, stream: &Stream) -> bool {
        self.own_configuration || !stream.records
    }

    /// A path: of one that nobody publishes there is nothing, unless it has a configuration of its own.
    fn path(&self, stream: &Stream, now: OffsetDateTime) -> Result<Answer, Refusal> {
        let own = self.has_own_configuration(stream);
        let since = session::since(stream).filter(|_| session::is_live(stream, now));
        if since.is_none() && !own {
            return Err(path_not_found());
        }
        let is_live = since.is_some();
        let since = since.map(rfc3339);
        let source = json!({ "type": self.source, "id": session::id(stream) });
        Ok(ok(&json!({
            "name": stream.id,
            "confName": if own { stream.id.as_str() } else { OTHERS },
            "ready": is_live,
            "readyTime": since,
            "available": is_live,
            "availableTime": since,
            "online": is_live,
            "onlineTime": since,
            "source": Some(source).filter(|_| is_live),
            "tracks": if is_live { vec!["H264", "MPEG-4 Audio"] } else { Vec::new() },
            "bytesReceived": 289_526,
            "bytesSent": 0,
            "readers": [],
        })))
    }
}

/// By the part of the API in which a session is kicked, its source's type.
const KINDS: [(&str, &str); 7] = [
    ("rtmpconns", "rtmpConn"),
    ("rtmpsconns", "rtmpsConn"),
    ("rtspsessions", "rtspSession"),
    ("rtspssessions", "rtspsSession"),
    ("srtconns", "srtConn"),
    ("webrtcsessions", "webRTCSession"),
    ("moqsessions", "moqSession"),
];

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Operation {
    Path,
    Configuration,
    /// To kick the session of such a source.
    Kick(&'static str),
    List,
    Part(Part),
}

impl Wire for MediaMtxSettings {
    const NAME: &'static str = "mediamtx";
    const OTHER_HOSTS: &'static [(&'static str, &'static str)] =
        &[("playback_base_url", PLAYBACK_HOST)];
    // It has no id: what tells it from the stream's others is its start.
    const RECORDING_IDS: RecordingIds =
        RecordingIds::OfStream(|_, _, start| start.map_or(String::new(), rfc3339));
    const PROCESSES: bool = false;
    // There are commands of the operator's, and nothing for anybody else.
    const WEBHOOKS: Webhooks = Webhooks::None;
    type Operation = Operation;
    type OfStream = Sessions;

    fn credentials(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![("authorization", &mut self.authorization)]
    }

    fn authorization(&self) -> String {
        self.authorization.clone()
    }

    /// As offsets from the span that it is of.
    fn at_address(
        _host: &str,
        target: &str,
        streams: &Streams,
        now: OffsetDateTime,
    ) -> Option<Kept> {
        let query = target.strip_prefix("/get?")?;
        let path = playback::parameter(query, "path").ok()??;
        playback::served(streams.get(&path)?, Part::parse(query).ok()?, now)
    }

    /// The playback server names the stream in its query.
    fn has_recording(&self, stream: &Stream, id: &str, _now: OffsetDateTime) -> bool {
        stream.id == id
    }

    fn stream_of(&self, route: &Route, streams: &Streams) -> Option<String> {
        let session = route
            .id
            .as_deref()
            .filter(|_| route.action == Action::Stop)?;
        let mut streams = streams.values();
        let stream = streams.find(|stream| session::id(stream) == session);
        stream.map(|stream| stream.id.clone())
    }

    fn route(&self, host: &str, path: &[&str], _: &Method) -> Result<Route, Refusal> {
        let is_control = host != PLAYBACK_HOST;
        let (action, method, query, id) = match path {
            ["v3", "paths", "get", name] if is_control => {
                (Action::Status, &Method::GET, false, Some(*name))
            }
            ["v3", "config", "paths", "get", name] if is_control => {
                (Action::Status, &Method::GET, false, Some(*name))
            }
            ["v3", _, "kick", id] if is_control => (Action::Stop, &Method::POST, false, Some(*id)),
            ["list"] => (Action::List, &Method::GET, true, None),
            ["get"] => (Action::Recording, &Method::GET, true, None),
            _ => return Err(Refusal::not_found("404 page not found")),
        };
        let id = id.map(Segments::decode).transpose()?;
        Ok(Route {
            action,
            method,
            body: Body::None,
            query,
            tenant: None,
            // It is nobody's.
            id: id.filter(|id| path.get(1) != Some(&"config") || id != OTHERS),
        })
    }

    fn read(&self, route: &mut Route, request: &Request) -> Result<Operation, Refusal> {
        let query = request.uri.query().unwrap_or_default();
        let segments = request.segments();
        let path = segments.split_first().map_or(&[][..], |(_, path)| path);
        match route.action {
            Action::List => {
                route.id = Some(playback::path(query, &["path"])?);
                Ok(Operation::List)
            }
            Action::Recording => {
                route.id = Some(playback::path(
                    query,
                    &["path", "start", "duration", "format"],
                )?);
                Part::parse(query).map(Operation::Part)
            }
            Action::Stop => {
                let id = route.id.as_deref().unwrap_or_default();
                if !session::is_id(id) {
                    return Err(Refusal::bad_request("invalid UUID"));
                }
                let mut kinds = KINDS.iter();
                match kinds.find(|(kind, _)| path.get(1) == Some(kind)) {
                    Some((_, source)) => Ok(Operation::Kick(source)),
                    None => Err(Refusal::not_found("404 page not found")),
                }
            }
            _ if path.get(1) == Some(&"config") => Ok(Operation::Configuration),
            _ => Ok(Operation::Path),
        }
    }

    fn list(&self, operation: &Operation, _: &Streams, _: OffsetDateTime) -> Result<Done, Refusal> {
        match operation {
            Operation::Configuration => Ok(Done::read(self.configuration(None))),
            _ => Err(path_not_found()),
        }
    }

    fn absent(&self, operation: &Operation, id: &str) -> Result<Done, Refusal> {
        Err(match operation {
            Operation::Path | Operation::Configuration => path_not_found(),
            Operation::Kick(_) => session_not_found(),
            Operation::List => playback::never_recorded(id),
            Operation::Part(_) => playback::no_segments(),
        })
    }

    fn carry_out(
        &self,
        operation: &Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        match operation {
            Operation::Path => self.path(stream, now).map(Done::read),
            Operation::Configuration if self.has_own_configuration(stream) => {
                Ok(Done::read(self.configuration(Some(stream))))
            }
            Operation::Configuration => Err(path_not_found()),
            Operation::Kick(source) if *source == self.source && session::is_live(stream, now) => {
                if self.comes_back {
                    session::come_back(stream, now);
                } else {
                    stream.stop(now, None);
                }
                let answer = ok(&json!({ "status": "ok" }));
                Ok(Done::new(answer, Applied::new(true, false)))
            }
            Operation::Kick(_) => Err(session_not_found()),
            Operation::List => playback::list(stream, now).map(Done::read),
            Operation::Part(part) => playback::answer(stream, *part, now).map(Done::read),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let error = match refusal.kind {
            RefusalKind::Unauthorized => "authentication error",
            _ => &refusal.reason,
        };
        let error = json!({ "status": "error", "error": error });
        let answer = Answer::json(refusal.kind.status(), &error);
        match refusal.kind {
            RefusalKind::Unauthorized => answer.with_header(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"mediamtx\""),
            ),
            _ => answer,
        }
    }
}

fn ok(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}

fn path_not_found() -> Refusal {
    Refusal::not_found("path not found")
}

fn session_not_found() -> Refusal {
    Refusal::not_found("connection not found")
}
