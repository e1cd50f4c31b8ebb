//! Gjirafa VP Player, as its documentation describes it (vp.gjirafa.tech/documentation:
//! api/livestream-api/liveVideo, api/manage-api/video, api/manage-api/visibilityOptions,
//! api/webhooks).

mod cut;
mod event;
mod video;

use crate::{
    Action, Handle, NextAnswer, RefuseWith, WhenCutIsBad, WhenNotStarted, WhenOver,
    http::{Answer, Body, Refusal, Request, Segments},
    life::Change,
    service::{Done, Route, Wire},
    stream::{RecordingIds, Stream},
    undocumented::{Choices, CutAsked},
    webhook::Webhooks,
};
use cut::StopAndCut;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// Simulated Gjirafa VP.
pub type Gjirafa = Handle<GjirafaSettings>;

/// By the name that this has in each provider's module.
pub(crate) use GjirafaSettings as Settings;

impl Gjirafa {
    /// The project whose streams these are.
    pub fn project_id(&self) -> String {
        self.settings().project_id
    }

    /// Where the API of videos is, which has a host of its own: what a client takes for that host.
    /// ([`base_url`](crate::SimulatedProvider::base_url) serves it too, for clients that are told of one host only.)
    pub fn video_base_url(&self) -> String {
        self.url(VIDEO_HOST)
    }
}

const VIDEO_HOST: &str = "gjirafa-video";

/// What of simulated Gjirafa VP can be chosen. What the documents leave open is marked; its default
/// is this crate's choice.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a builder or to `configure`"]
pub struct GjirafaSettings {
    project_id: String,
    authorization: String,
    video_shape: VideoShape,
    event_time: EventTime,
    cut_without_dvr: CutWithoutDvr,
    choices: Choices,
}

/// How the answer to a read of a video is shaped, which isn't documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VideoShape {
    /// In the `result` of the envelope that other answers have.
    Enveloped,
    /// By itself.
    Bare,
}

/// How the `eventTime` of a webhook is written, which isn't documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventTime {
    /// `2024-05-23T20:09:29.8106349Z`.
    Utc,
    /// `2024-05-23T20:09:29.8106349`, in UTC but without saying so, as `startDateUTC` is.
    WithoutZone,
}

/// What a stop-and-cut of a stream without DVR does. That a cut needs DVR isn't documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CutWithoutDvr {
    /// With a range it is refused; without one it keeps all.
    Refuse(RefuseWith),
    /// The stream is cut all the same.
    Allow,
}

impl Default for GjirafaSettings {
    fn default() -> Self {
        Self {
            project_id: "simproject".to_owned(),
            authorization: "sim-gjirafa-authorization".to_owned(),
            video_shape: VideoShape::Enveloped,
            event_time: EventTime::Utc,
            cut_without_dvr: CutWithoutDvr::Refuse(RefuseWith::BadRequest),
            choices: Choices {
                second_stop: WhenOver::Refuse(RefuseWith::BadRequest),
                stop_after_end: WhenOver::Recut,
                stop_before_start: WhenNotStarted::Refuse(RefuseWith::BadRequest),
                bad_cut: WhenCutIsBad::Refuse(RefuseWith::BadRequest),
            },
        }
    }
}

impl GjirafaSettings {
    /// Undocumented: whether a video comes in an envelope. It does by default.
    pub fn with_video_shape(mut self, shape: VideoShape) -> Self {
        self.video_shape = shape;
        self
    }

    /// Undocumented: how `eventTime` is written. In UTC with `Z` by default.
    pub fn with_event_time(mut self, form: EventTime) -> Self {
        self.event_time = form;
        self
    }

    /// Undocumented: a cut of a stream without DVR. Refused with 400 by default.
    pub fn with_cut_without_dvr(mut self, choice: CutWithoutDvr) -> Self {
        self.cut_without_dvr = choice;
        self
    }

    /// Undocumented: a stop-and-cut after a stop-and-cut. Refused with 400 by default.
    pub fn with_second_stop(mut self, choice: WhenOver) -> Self {
        self.choices.second_stop = choice;
        self
    }

    /// Undocumented: a stop-and-cut of a stream that its broadcaster ended. By default it cuts the
    /// recording, for a documented sample shows `"liveStatus": "Offline"` together with
    /// `"canStopAndCut": true`.
    pub fn with_stop_after_end(mut self, choice: WhenOver) -> Self {
        self.choices.stop_after_end = choice;
        self
    }

    /// Undocumented: a stop-and-cut of a stream that hasn't started. Refused with 400 by default.
    pub fn with_stop_before_start(mut self, choice: WhenNotStarted) -> Self {
        self.choices.stop_before_start = choice;
        self
    }

    /// What breaking the rules for a range leads to isn't documented. Refused with 400 by default.
    pub fn with_bad_cut(mut self, choice: WhenCutIsBad) -> Self {
        self.choices.bad_cut = choice;
        self
    }
}

impl NextAnswer {
    /// A cache's error page, which is HTML, with 503 `Backend Fetch Failed` (words that Gjirafa
    /// VP's documents list among the errors common to all actions). It doesn't say whether the
    /// backend acted: see [`with_applied`](Self::with_applied).
    pub fn backend_fetch_failed() -> Self {
        Self::status(503).with_header("via", "1.1 varnish").with_html(
            "<!DOCTYPE html>\n<html>\n  <head>\n    <title>503 Backend fetch failed</title>\n  </head>\n  <body>\n    \
             <h1>Error 503 Backend fetch failed</h1>\n    <p>Backend fetch failed</p>\n    <h3>Guru Meditation:</h3>\n    \
             <p>XID: 65538</p>\n    <hr>\n    <p>Varnish cache server</p>\n  </body>\n</html>\n",
        )
    }
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Operation {
    StopAndCut(StopAndCut),
    Stop,
    LiveVideo,
    Video,
}

/// The envelope around every answer.
fn envelope(status: StatusCode, result: &Value, errors: &[&str], messages: &[&str]) -> Answer {
    Answer::json(
        status,
        &json!({
            "success": status.is_success(),
            "errors": errors,
            "messages": messages,
            "result": result,
            "resultInfo": null,
            "statusCode": status.as_u16(),
        }),
    )
}

impl Wire for GjirafaSettings {
    const NAME: &'static str = "gjirafa";
    const OTHER_HOSTS: &'static [(&'static str, &'static str)] = &[("video_base_url", VIDEO_HOST)];
    const RECORDING_IDS: RecordingIds = RecordingIds::Own(|stream, _, _| format!("{stream}-vod"));
    // How a receiver is to verify them isn't documented.
    const WEBHOOKS: Webhooks = Webhooks::Unproved;
    const WEBHOOK_RETRIES: &[Duration] = &event::RETRIES;
    type Operation = Operation;
    type OfStream = ();

    fn credentials(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![
            ("project_id", &mut self.project_id),
            ("authorization", &mut self.authorization),
        ]
    }

    fn tenant(&self) -> &str {
        &self.project_id
    }

    fn authorization(&self) -> String {
        self.authorization.clone()
    }

    fn route(&self, host: &str, path: &[&str], _: &Method) -> Result<Route, Refusal> {
        let (path, slash) = match path {
            [path @ .., ""] => (path, true),
            path => (path, false),
        };
        let (action, tenant, id) = match *path {
            ["api", "projects", tenant, "videos", id] => (Action::Recording, tenant, id),
            _ if host == VIDEO_HOST => {
                return Err(Refusal::not_found("this host has no such resource"));
            }
            ["api", "v2", tenant, "live-videos", id, "stop-and-cut"] => (Action::Stop, tenant, id),
            ["api", "v2", tenant, "live-videos", id, "stop"] => (Action::Discard, tenant, id),
            ["api", "v1", tenant, "live-videos", id] => (Action::Status, tenant, id),
            _ => return Err(Refusal::not_found("there is no such resource")),
        };
        if slash {
            return Err(Refusal::not_found("the path ends in a slash"));
        }
        let (method, body) = match action {
            Action::Stop => (&Method::POST, Body::Json),
            Action::Discard => (&Method::POST, Body::None),
            _ => (&Method::GET, Body::None),
        };
        Ok(Route {
            action,
            method,
            body,
            query: false,
            tenant: Some(Segments::decode(tenant)?),
            id: Some(Segments::decode(id)?),
        })
    }

    fn read(&self, route: &mut Route, request: &Request) -> Result<Operation, Refusal> {
        match route.action {
            Action::Stop => cut::parse(&request.body).map(Operation::StopAndCut),
            Action::Discard => Ok(Operation::Stop),
            Action::Status => Ok(Operation::LiveVideo),
            _ => Ok(Operation::Video),
        }
    }

    fn carry_out(
        &self,
        operation: &Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        let read = |result: &Value| Done::read(envelope(StatusCode::OK, result, &[], &[]));
        match operation {
            Operation::LiveVideo => Ok(read(&video::live_video(self, stream, now))),
            Operation::Video => {
                let video = video::video(stream, now)
                    .ok_or_else(|| Refusal::not_found("the video isn't visible yet"))?;
                Ok(match self.video_shape {
                    VideoShape::Enveloped => read(&video),
                    VideoShape::Bare => Done::read(Answer::json(StatusCode::OK, &video)),
                })
            }
            Operation::StopAndCut(asked) => self.stop_and_cut(asked, stream, now),
            Operation::Stop => {
                let stopped = self.choices.discard(stream, now)?;
                Ok(Done {
                    applied: stopped.applied,
                    note: stopped.note,
                    ..read(&Value::Bool(true))
                })
            }
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let status = refusal.kind.status();
        envelope(status, &Value::Null, &[&refusal.reason], &[])
    }

    fn webhooks(&self, stream: &Stream, change: Change) -> Vec<Value> {
        event::events(self, stream, change)
    }
}

impl GjirafaSettings {
    fn stop_and_cut(
        &self,
        asked: &StopAndCut,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        if let CutWithoutDvr::Refuse(with) = self.cut_without_dvr
            && !stream.dvr
            && !matches!(asked.cut, CutAsked::Nothing)
        {
            return Err(with.refusal("the stream has no DVR, so can't be cut"));
        }
        let stopped = self.choices.stop(stream, &asked.cut, now)?;
        if stopped.applied.anything() {
            stream.visibility = asked.visibility;
        }
        let messages: Vec<&str> = stopped.note.as_deref().into_iter().collect();
        Ok(Done {
            answer: envelope(
                StatusCode::OK,
                &json!({"videoPublicId": stream.recording_id}),
                &[],
                &messages,
            ),
            applied: stopped.applied,
            note: stopped.note,
        })
    }
}
