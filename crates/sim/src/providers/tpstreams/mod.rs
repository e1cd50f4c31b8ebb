//! TPStreams, as its documentation describes it (developer.tpstreams.com:
//! docs/live-stream-api/stop-a-live-stream-api, docs/server-api/assets,
//! docs/server-api/authentication, docs/server-api/webhooks).

mod asset;
mod trim;

use crate::{
    Action, Handle, RefuseWith, WhenCutIsBad, WhenNotStarted, WhenOver,
    http::{Answer, Body, Refusal, RefusalKind, Request, Segments},
    life::Change,
    service::{Done, Route, Sent, Wire},
    stream::{RecordingIds, Stream},
    undocumented::{Choices, CutAsked},
    webhook::Webhooks,
};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Simulated TPStreams.
pub type TpStreams = Handle<TpStreamsSettings>;

/// By the name that this has in each provider's module.
pub(crate) use TpStreamsSettings as Settings;

impl TpStreams {
    /// The organization whose streams these are.
    pub fn organization_id(&self) -> String {
        self.settings().organization_id
    }

    /// The token that `Authorization: Token <token>` must hold.
    pub fn token(&self) -> String {
        self.settings().token
    }
}

/// How `live_stream.status` is spelled: the documents' samples and their prose differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusSpelling {
    /// `Not Started`, as in the samples.
    Title,
    /// `NOT_STARTED`, as in the prose.
    Upper,
}

/// What becomes of a trim where the recording isn't transcoded (`transcode_recorded_video` is
/// false): the documents say only that a trim runs after transcoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UntranscodedTrim {
    /// It isn't scheduled, and the answer says so.
    NotScheduled,
    /// It runs all the same.
    Runs,
}

/// From when on an asset has a `video`, which is undocumented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VideoAppears {
    /// When the recording is ready.
    WhenReady,
    /// When its transcoding begins: with the status `Processing` (the word is this crate's choice)
    /// and without URLs until it is ready.
    WithTranscoding,
}

/// The header in which a webhook's secret is sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenHeader {
    /// `x-streams-token`.
    Streams,
    /// `x-tpstreams-token`, as one old copy of the page has it.
    TpStreams,
}

/// What of simulated TPStreams can be chosen. What the documents leave open is marked; its default
/// is this crate's choice.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a builder or to `configure`"]
pub struct TpStreamsSettings {
    organization_id: String,
    token: String,
    stream_key: String,
    status_spelling: StatusSpelling,
    server_ready: bool,
    video_duration: bool,
    video_appears: VideoAppears,
    token_header: TokenHeader,
    untranscoded_trim: UntranscodedTrim,
    choices: Choices,
}

impl Default for TpStreamsSettings {
    fn default() -> Self {
        Self {
            organization_id: "simorg".to_owned(),
            token: "sim-tpstreams-token".to_owned(),
            stream_key: "SIMSTREAMKEY".to_owned(),
            status_spelling: StatusSpelling::Title,
            server_ready: false,
            video_duration: true,
            video_appears: VideoAppears::WhenReady,
            token_header: TokenHeader::Streams,
            untranscoded_trim: UntranscodedTrim::NotScheduled,
            choices: Choices {
                second_stop: WhenOver::Refuse(RefuseWith::BadRequest),
                stop_after_end: WhenOver::Refuse(RefuseWith::BadRequest),
                stop_before_start: WhenNotStarted::Refuse(RefuseWith::BadRequest),
                bad_cut: WhenCutIsBad::Refuse(RefuseWith::BadRequest),
            },
        }
    }
}

impl TpStreamsSettings {
    /// The spelling of `live_stream.status`; as in the samples by default.
    pub fn with_status_spelling(mut self, spelling: StatusSpelling) -> Self {
        self.status_spelling = spelling;
        self
    }

    /// Whether the server of a stream that hasn't started is ready for its media: then the stream is
    /// `Available`, and else `Not Started`, which is the default.
    pub fn with_server_ready(mut self, ready: bool) -> Self {
        self.server_ready = ready;
        self
    }

    /// Whether `video` has a `duration`, which may be missing. It has by default; that it counts
    /// whole seconds is this crate's choice, for its unit isn't documented.
    pub fn with_video_duration(mut self, present: bool) -> Self {
        self.video_duration = present;
        self
    }

    /// Undocumented: from when on there is a `video`. From when it is ready by default.
    pub fn with_video_appears(mut self, choice: VideoAppears) -> Self {
        self.video_appears = choice;
        self
    }

    /// The header in which a webhook's secret is sent back; `x-streams-token` by default.
    pub fn with_token_header(mut self, header: TokenHeader) -> Self {
        self.token_header = header;
        self
    }

    /// Undocumented: a trim of a recording that isn't transcoded. Not scheduled by default.
    pub fn with_untranscoded_trim(mut self, choice: UntranscodedTrim) -> Self {
        self.untranscoded_trim = choice;
        self
    }

    /// Undocumented: a stop after a stop. Refused with 400 by default.
    pub fn with_second_stop(mut self, choice: WhenOver) -> Self {
        self.choices.second_stop = choice;
        self
    }

    /// Undocumented: a stop of a stream that its broadcaster ended. Refused with 400 by default.
    pub fn with_stop_after_end(mut self, choice: WhenOver) -> Self {
        self.choices.stop_after_end = choice;
        self
    }

    /// Undocumented: a stop of a stream that hasn't started. Refused with 400 by default.
    pub fn with_stop_before_start(mut self, choice: WhenNotStarted) -> Self {
        self.choices.stop_before_start = choice;
        self
    }

    /// The rules for a trim are documented, what breaking them leads to isn't. Refused with 400 by
    /// default.
    pub fn with_bad_cut(mut self, choice: WhenCutIsBad) -> Self {
        self.choices.bad_cut = choice;
        self
    }
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Operation {
    Stop(CutAsked),
    Read,
}

impl Wire for TpStreamsSettings {
    const NAME: &'static str = "tpstreams";
    const RECORDING_IDS: RecordingIds = RecordingIds::Streams;
    const WEBHOOKS: Webhooks = Webhooks::Proved;
    type Operation = Operation;
    type OfStream = ();

    fn credentials(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![
            ("organization_id", &mut self.organization_id),
            ("token", &mut self.token),
        ]
    }

    fn stream_key(&mut self) -> Option<&mut String> {
        Some(&mut self.stream_key)
    }

    fn tenant(&self) -> &str {
        &self.organization_id
    }

    fn authorization(&self) -> String {
        format!("Token {}", self.token)
    }

    fn route(&self, _host: &str, path: &[&str], _: &Method) -> Result<Route, Refusal> {
        let (action, tenant, id) = match *path {
            ["api", "v1", tenant, "assets", id, "stop_live_stream", ""] => {
                (Action::Stop, tenant, id)
            }
            ["api", "v1", tenant, "assets", id, ""] => (Action::Status, tenant, id),
            ["api", "v1", _, "assets", _, "stop_live_stream"] | ["api", "v1", _, "assets", _] => {
                return Err(Refusal::not_found("the path doesn't end in a slash"));
            }
            _ => return Err(Refusal::not_found("there is no such resource")),
        };
        let stops = action == Action::Stop;
        Ok(Route {
            action,
            method: if stops { &Method::POST } else { &Method::GET },
            body: if stops {
                Body::OptionalJson
            } else {
                Body::None
            },
            query: false,
            tenant: Some(Segments::decode(tenant)?),
            id: Some(Segments::decode(id)?),
        })
    }

    fn read(&self, route: &mut Route, request: &Request) -> Result<Operation, Refusal> {
        match route.action {
            Action::Stop => CutAsked::from_fields(trim::parse(&request.body)).map(Operation::Stop),
            _ => Ok(Operation::Read),
        }
    }

    fn carry_out(
        &self,
        operation: &Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        let asked = match operation {
            Operation::Read => {
                let asset = asset::asset(self, stream, stream.stage(now), now);
                return Ok(Done::read(Answer::json(StatusCode::OK, &asset)));
            }
            Operation::Stop(asked) => asked,
        };
        let untrimmable = !stream.transcodes()
            && self.untranscoded_trim == UntranscodedTrim::NotScheduled
            && matches!(asked, CutAsked::For(_));
        let stopped = if untrimmable {
            let mut stopped = self.choices.stop(stream, &CutAsked::Nothing, now)?;
            stopped
                .note
                .get_or_insert_with(|| "the recording isn't transcoded, so not trimmed".to_owned());
            stopped
        } else {
            self.choices.stop(stream, asked, now)?
        };
        let body = json!({
            "message": "Live stream stopped successfully",
            "trim_scheduled": stream.is_cut(),
        });
        Ok(Done {
            answer: Answer::json(StatusCode::OK, &body),
            applied: stopped.applied,
            note: stopped.note,
        })
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let status = refusal.kind.status();
        let detail = |text: &str| Answer::json(status, &json!({"detail": text}));
        match refusal.kind {
            RefusalKind::Unauthorized => detail("Invalid token."),
            RefusalKind::NotFound => detail("Not found."),
            RefusalKind::UnknownTenant => Answer::text(status, "Organization not found"),
            RefusalKind::BadRequest | RefusalKind::BadCut => {
                let field = refusal.field.as_deref().unwrap_or("non_field_errors");
                Answer::json(status, &json!({field: [refusal.reason]}))
            }
            _ => detail(&refusal.reason),
        }
    }

    /// The asset, at each change of a status in it. There is no event field.
    fn webhooks(&self, stream: &Stream, change: Change) -> Vec<Value> {
        let statuses = |stage| asset::statuses(self, stream, stage);
        if statuses(change.from) == statuses(change.to) {
            return Vec::new();
        }
        vec![asset::asset(self, stream, change.to, change.at)]
    }

    fn webhook_proof(&self, secret: &str, _: Sent<'_>) -> Option<(&'static str, String)> {
        let name = match self.token_header {
            TokenHeader::Streams => "x-streams-token",
            TokenHeader::TpStreams => "x-tpstreams-token",
        };
        Some((name, secret.to_owned()))
    }
}
