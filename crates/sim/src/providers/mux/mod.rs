//! Mux Video, as its OpenAPI document describes it (docs.mux.com: the API's `assets` and
//! `live-streams`, the guide on clips, the guide on webhooks).

mod asset;
mod clip;
mod event;
mod list;

use crate::{
    Action, Handle, Kept, RefuseWith,
    http::{Answer, Body, Refusal, RefusalKind, Request, Segments},
    life::Change,
    log::Applied,
    service::{Done, Route, Sent, Wire},
    stream::{RecordingIds, Stream, Streams},
    webhook::Webhooks,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clip::CreateClip;
use hyper::{Method, StatusCode};
use list::Page;
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// Simulated Mux.
///
/// A stream is a live stream with one broadcast, whose asset is its recording. Creating a clip, an
/// asset of its own, is [`Action::Cut`] on that asset.
pub type Mux = Handle<MuxSettings>;

/// By the name that this has in each provider's module.
pub(crate) use MuxSettings as Settings;

impl Mux {
    /// The id of the access token.
    pub fn token_id(&self) -> String {
        self.settings().token_id
    }

    /// The secret of the access token.
    pub fn token_secret(&self) -> String {
        self.settings().token_secret
    }

    /// The clips that were created of the recording of the stream `stream`, in order; empty for an
    /// unknown stream. [`kept`](crate::SimulatedProvider::kept) is the latest one's.
    pub fn clips(&self, stream: &str) -> Vec<MuxClip> {
        let state = self.core.state();
        let clips = state.streams.get(stream).map(|stream| &stream.clips);
        let clips = clips.into_iter().flatten();
        clips
            .map(|clip| MuxClip {
                id: clip.id.clone(),
                kept: clip.kept,
                policies: clip.policies.clone(),
                passthrough: clip.passthrough.clone(),
            })
            .collect()
    }
}

/// A clip at simulated Mux.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MuxClip {
    /// The asset's id.
    pub id: String,
    /// The part of the recording that it is.
    pub kept: Kept,
    /// Its playback policies.
    pub policies: Vec<&'static str>,
    /// What its creator wrote on it.
    pub passthrough: Option<String>,
}

/// What of a stream is Mux's alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras {
    /// Whether it takes no further broadcast.
    disabled: bool,
}

fn disabled(stream: &Stream) -> bool {
    stream.own().is_some_and(|extras: &Extras| extras.disabled)
}

/// What of simulated Mux can be chosen. What the documents leave open is marked; its default is
/// this crate's choice.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a builder or to `configure`"]
pub struct MuxSettings {
    token_id: String,
    token_secret: String,
    stream_key: String,
    policies: Vec<&'static str>,
    clip_source: ClipSource,
    refused_clip: RefuseWith,
    complete_when_idle: RefuseWith,
    active_after_complete: Duration,
    recording_times: RecordingTimes,
    paging: Paging,
    page_limit: usize,
}

/// How the list of assets is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// Each page names the cursor of the next; `page` is taken too.
    Cursor,
    /// By `page` alone, as in the API's document of 2023.
    Page,
    /// Undocumented: whatever page is asked for, the first is answered, as mocks made from a document do.
    FirstPageOnly,
}

/// Which recordings clips can be made of, which isn't documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClipSource {
    /// Those of broadcasts that are over.
    Over,
    /// Those that are ready.
    Ready,
}

/// What the `recording_times` of a recording tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordingTimes {
    /// One session of content.
    Content,
    /// Two sessions of content: the encoder lost its connection for a while.
    TwoSessions,
    /// Content, slate, and content again.
    Slate,
    /// One session without a type, which is in public beta.
    Untyped,
    /// There are none.
    Missing,
}

impl Default for MuxSettings {
    fn default() -> Self {
        Self {
            token_id: "sim-mux-token-id".to_owned(),
            token_secret: "sim-mux-token-secret".to_owned(),
            stream_key: "SIMSTREAMKEY".to_owned(),
            policies: vec!["public"],
            clip_source: ClipSource::Over,
            refused_clip: RefuseWith::BadRequest,
            complete_when_idle: RefuseWith::BadRequest,
            active_after_complete: Duration::ZERO,
            recording_times: RecordingTimes::Content,
            paging: Paging::Cursor,
            page_limit: 100,
        }
    }
}

impl MuxSettings {
    /// The playback policies of recordings: whether there is a public playback id, and a signed
    /// one. Only a public one by default.
    pub fn with_playback_policies(mut self, public: bool, signed: bool) -> Self {
        let all = [("public", public), ("signed", signed)];
        self.policies = all
            .iter()
            .filter(|(_, there)| *there)
            .map(|(word, _)| *word)
            .collect();
        self
    }

    /// Undocumented: which recordings clips can be made of; those of broadcasts that are over, by
    /// default.
    pub fn with_clip_source(mut self, choice: ClipSource) -> Self {
        self.clip_source = choice;
        self
    }

    /// Undocumented: how a clip is refused that can't be made, or not yet. With 400 by default.
    pub fn with_refused_clip(mut self, with: RefuseWith) -> Self {
        self.refused_clip = with;
        self
    }

    /// Undocumented: how `complete` is refused where nothing is live. With 400 by default.
    pub fn with_complete_when_idle(mut self, with: RefuseWith) -> Self {
        self.complete_when_idle = with;
        self
    }

    /// Undocumented: how long a live stream stays `active` after `complete`, while Mux waits for
    /// the encoder to go (documented: for 60 s). Not at all by default.
    pub fn with_active_after_complete(mut self, length: Duration) -> Self {
        self.active_after_complete = length;
        self
    }

    /// What `recording_times` tell: one session of content by default.
    pub fn with_recording_times(mut self, choice: RecordingTimes) -> Self {
        self.recording_times = choice;
        self
    }

    /// How the list of assets is gone through: by cursor, by default.
    pub fn with_paging(mut self, choice: Paging) -> Self {
        self.paging = choice;
        self
    }

    /// Undocumented: the most assets on one page of the list, whatever `limit` asks for; 100 by
    /// default.
    pub fn with_page_limit(mut self, assets: usize) -> Self {
        self.page_limit = assets;
        self
    }
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Operation {
    LiveStream,
    Complete,
    Disable,
    /// With its id.
    Asset(String),
    CreateClip(CreateClip),
    List(Page),
}

fn data(status: StatusCode, data: &Value) -> Answer {
    Answer::json(status, &json!({"data": data}))
}

fn read(value: &Value) -> Done {
    Done::read(data(StatusCode::OK, value))
}

/// An empty object, to what may have ended the broadcast.
fn ended(live: bool) -> Done {
    Done::new(data(StatusCode::OK, &json!({})), Applied::new(live, false))
}

impl Wire for MuxSettings {
    const NAME: &'static str = "mux";
    const RECORDING_IDS: RecordingIds = RecordingIds::Own(|_, number, _| format!("asset{number}"));
    const WEBHOOKS: Webhooks = Webhooks::Proved;
    type Operation = Operation;
    type OfStream = Extras;

    fn credentials(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![
            ("token_id", &mut self.token_id),
            ("token_secret", &mut self.token_secret),
        ]
    }

    fn stream_key(&mut self) -> Option<&mut String> {
        Some(&mut self.stream_key)
    }

    fn authorization(&self) -> String {
        let pair = format!("{}:{}", self.token_id, self.token_secret);
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn route(&self, _host: &str, path: &[&str], method: &Method) -> Result<Route, Refusal> {
        let route = |action, method, id: Option<&str>| {
            Ok(Route {
                action,
                method,
                body: match action {
                    Action::Cut => Body::Json,
                    _ => Body::None,
                },
                query: action == Action::List,
                tenant: None,
                id: id.map(Segments::decode).transpose()?,
            })
        };
        let (get, put) = (&Method::GET, &Method::PUT);
        match *path {
            ["video", "v1", "live-streams", id] => route(Action::Status, get, Some(id)),
            ["video", "v1", "live-streams", id, "complete"] => route(Action::Stop, put, Some(id)),
            ["video", "v1", "live-streams", id, "disable"] => route(Action::Discard, put, Some(id)),
            ["video", "v1", "assets"] if method == Method::POST => {
                route(Action::Cut, &Method::POST, None)
            }
            ["video", "v1", "assets"] => route(Action::List, get, None),
            ["video", "v1", "assets", id] => route(Action::Recording, get, Some(id)),
            _ => Err(Refusal::not_found("there is no such resource")),
        }
    }

    fn read(&self, route: &mut Route, request: &Request) -> Result<Operation, Refusal> {
        Ok(match route.action {
            Action::Stop => Operation::Complete,
            Action::Discard => Operation::Disable,
            Action::Recording => Operation::Asset(route.id.clone().unwrap_or_default()),
            Action::List => Operation::List(list::parse(request.uri.query().unwrap_or_default())?),
            Action::Cut => {
                let clip = clip::parse(&request.body)?;
                route.id = Some(clip.source.clone());
                Operation::CreateClip(clip)
            }
            _ => Operation::LiveStream,
        })
    }

    fn carry_out(
        &self,
        operation: &Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        match operation {
            Operation::LiveStream => Ok(read(&asset::live_stream(self, stream, now))),
            Operation::Complete => self.complete(stream, now),
            Operation::Disable => {
                let live = stream.ended(now).is_none() && stream.has_started(now);
                if live {
                    stream.stop(now, None);
                }
                if let Some(extras) = stream.own_mut::<Extras>() {
                    extras.disabled = true;
                }
                Ok(ended(live))
            }
            Operation::Asset(id) => asset::asset(self, stream, id, now)
                .map(|asset| read(&asset))
                .ok_or_else(|| Refusal::not_found("nothing was recorded yet")),
            Operation::CreateClip(clip) => {
                let clip = clip.made(self, stream, now)?;
                let id = clip.id.clone();
                stream.clips.push(clip);
                let asset = asset::asset(self, stream, &id, now).unwrap_or_default();
                let answer = data(StatusCode::CREATED, &asset);
                Ok(Done::new(answer, Applied::new(false, true)))
            }
            Operation::List(_) => Err(Refusal::not_found("a list names nothing")),
        }
    }

    fn list(
        &self,
        operation: &Operation,
        streams: &Streams,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        match operation {
            Operation::List(page) => {
                let page = page.of(self, streams, now)?;
                Ok(Done::read(Answer::json(StatusCode::OK, &page)))
            }
            _ => Err(Refusal::not_found("this is no list")),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let kind = match refusal.kind {
            RefusalKind::Unauthorized => "unauthorized",
            RefusalKind::NotFound | RefusalKind::UnknownTenant => "not_found",
            _ => "invalid_parameters",
        };
        Answer::json(
            refusal.kind.status(),
            &json!({"error": {"type": kind, "messages": [refusal.reason]}}),
        )
    }

    fn webhooks(&self, stream: &Stream, change: Change) -> Vec<Value> {
        event::events(self, stream, change)
    }

    fn webhook_proof(&self, secret: &str, sent: Sent<'_>) -> Option<(&'static str, String)> {
        event::signature(secret, sent).map(|signature| ("mux-signature", signature))
    }
}

impl MuxSettings {
    /// Whether a broadcast is on, as far as the API tells.
    fn is_active(&self, stream: &Stream, now: OffsetDateTime) -> bool {
        let Some(ended) = stream.ended(now) else {
            return stream.has_started(now);
        };
        let lingers = crate::instant::later(ended, self.active_after_complete);
        stream.was_stopped(now) && !disabled(stream) && lingers.is_none_or(|until| now < until)
    }

    fn complete(&self, stream: &mut Stream, now: OffsetDateTime) -> Result<Done, Refusal> {
        if !self.is_active(stream, now) {
            return Err(self.complete_when_idle.refusal("nothing is live"));
        }
        let live = stream.ended(now).is_none();
        if live {
            stream.stop(now, None);
        }
        Ok(ended(live))
    }
}
