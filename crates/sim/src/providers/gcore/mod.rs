//! Gcore Streaming, as its OpenAPI document describes it (`api.gcore.com`, version of 2026-05-15:
//! `/streaming/streams/{stream_id}`, its `clip_recording` and `stop_recording`,
//! `/streaming/videos/{video_id}`).

mod clip;
mod entity;

use crate::{
    Action, Handle, Kept,
    http::{Answer, Body, Fields, Refusal, Request, Segments},
    log::Applied,
    recording::Media,
    service::{Done, Route, Wire},
    stream::{RecordingIds, Stream},
    webhook::Webhooks,
};
use clip::ClipPut;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

pub(crate) use clip::Clip;
pub use clip::GcoreClip;

/// Simulated Gcore.
pub type Gcore = Handle<GcoreSettings>;

/// By the name that this has in each provider's module.
pub(crate) use GcoreSettings as Settings;

impl Gcore {
    /// The token that `Authorization: apikey <token>` must hold.
    pub fn token(&self) -> String {
        self.settings().token
    }

    /// The clips that were made of the stream `stream`, in order, expired or not: what is in each is known
    /// also while the stream is live.
    pub fn clips(&self, stream: &str) -> Vec<GcoreClip> {
        let state = self.core.state();
        let found = state.streams.get(stream);
        found.map_or_else(Vec::new, |stream| {
            extras(stream).clips.iter().map(GcoreClip::from).collect()
        })
    }

    /// Whether the stream's switch `active` is on; `None` for an unknown stream.
    pub fn is_active(&self, stream: &str) -> Option<bool> {
        let state = self.core.state();
        state.streams.get(stream).map(|stream| !extras(stream).off)
    }

    /// When the recording of the stream `stream` was closed by `stop_recording`.
    pub fn recording_closed(&self, stream: &str) -> Option<OffsetDateTime> {
        let state = self.core.state();
        extras(state.streams.get(stream)?).closed
    }

    /// The name of the stream `stream`, which a change of the stream can change too.
    pub fn stream_name(&self, stream: &str) -> Option<String> {
        let state = self.core.state();
        state.streams.get(stream).map(|stream| stream.title.clone())
    }
}

/// What of a stream is Gcore's alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extras {
    pub(crate) off: bool,
    /// When the recording was closed by the API, the stream going on.
    pub(crate) closed: Option<OffsetDateTime>,
    pub(crate) clips: Vec<Clip>,
}

/// What the streams of another provider would have, which there are none of here.
static NO_EXTRAS: Extras = Extras {
    off: false,
    closed: None,
    clips: Vec::new(),
};

fn extras(stream: &Stream) -> &Extras {
    stream.own().unwrap_or(&NO_EXTRAS)
}

/// What of simulated Gcore can be chosen. What the documents leave open is marked; its default is this
/// crate's choice.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a builder or to `configure`"]
pub struct GcoreSettings {
    token: String,
    stream_key: String,
    part_length: Duration,
    chunk: Duration,
    video_id_at_once: bool,
    recording_flag: bool,
    files: String,
}

impl Default for GcoreSettings {
    fn default() -> Self {
        Self {
            token: "sim-gcore-token".to_owned(),
            stream_key: "SIMSTREAMKEY".to_owned(),
            part_length: Duration::from_secs(4 * 3600),
            chunk: Duration::ZERO,
            video_id_at_once: true,
            recording_flag: true,
            files: "https://cdn.gcore.invalid/videos".to_owned(),
        }
    }
}

impl GcoreSettings {
    /// How long a recording's video is at most: "cut into 4-hour videos ... can be changed upon request".
    pub fn with_part_length(mut self, length: Duration) -> Self {
        self.part_length = length;
        self
    }

    /// How long the chunks in the DVR are, counted from the stream's start, to whose bounds a clip is made longer at either
    /// end. By default no time at all, so that clips are as asked: real ones aren't.
    pub fn with_chunk(mut self, length: Duration) -> Self {
        self.chunk = length;
        self
    }

    /// Whether the answer to `clip_recording` has the `video_id`, which "can be null": by default it has. If not, only the
    /// list of the clips does.
    pub fn with_video_id_at_once(mut self, at_once: bool) -> Self {
        self.video_id_at_once = at_once;
        self
    }

    /// Whether a stream has the field `recording`, which is in the document's prose and not in its schema. It has by
    /// default; `recording_duration` it has in any case.
    pub fn with_recording_flag(mut self, present: bool) -> Self {
        self.recording_flag = present;
        self
    }
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Operation {
    Stream,
    Change { name: String, active: Option<bool> },
    CloseRecording,
    MakeClip(ClipPut),
    Clips,
    Video(String),
}

impl Wire for GcoreSettings {
    const NAME: &'static str = "gcore";
    const RECORDING_IDS: RecordingIds =
        RecordingIds::Own(|_, number, _| entity::first_video(number).to_string());
    const CUT_NAMES_THE_STREAM: bool = true;
    // None are documented.
    const WEBHOOKS: Webhooks = Webhooks::None;
    // The document has `apikey` in its prose and `APIKey` in its samples, which is what Gcore's SDKs send.
    const SCHEME_IN_ANY_CASE: bool = true;
    type Operation = Operation;
    type OfStream = Extras;

    fn credentials(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![("token", &mut self.token)]
    }

    fn stream_key(&mut self) -> Option<&mut String> {
        Some(&mut self.stream_key)
    }

    fn authorization(&self) -> String {
        format!("apikey {}", self.token)
    }

    fn is_id(id: &str) -> bool {
        is_integer(id)
    }

    fn route(&self, _host: &str, path: &[&str], method: &Method) -> Result<Route, Refusal> {
        let (action, method, body, id) = match (path, method) {
            (["streaming", "streams", id], &Method::PATCH) => {
                (Action::Stop, &Method::PATCH, Body::Json, id)
            }
            (["streaming", "streams", id], _) => (Action::Status, &Method::GET, Body::None, id),
            (["streaming", "streams", id, "stop_recording"], _) => {
                (Action::CloseRecording, &Method::PUT, Body::None, id)
            }
            (["streaming", "streams", id, "clip_recording"], &Method::PUT) => {
                (Action::Cut, &Method::PUT, Body::Json, id)
            }
            (["streaming", "streams", id, "clip_recording"], _) => {
                (Action::Clips, &Method::GET, Body::None, id)
            }
            (["streaming", "videos", id], _) => (Action::Recording, &Method::GET, Body::None, id),
            _ => return Err(Refusal::not_found("there is no such resource")),
        };
        let id = Segments::decode(id)?;
        if !is_integer(&id) {
            return Err(Refusal::bad_request("the id isn't an integer"));
        }
        Ok(Route {
            action,
            method,
            body,
            query: false,
            tenant: None,
            id: Some(id),
        })
    }

    fn read(&self, route: &mut Route, request: &Request) -> Result<Operation, Refusal> {
        Ok(match route.action {
            Action::Stop => change(&request.body)?,
            Action::CloseRecording => Operation::CloseRecording,
            Action::Cut => Operation::MakeClip(clip::parse(&request.body)?),
            Action::Clips => Operation::Clips,
            Action::Recording => Operation::Video(route.id.clone().unwrap_or_default()),
            _ => Operation::Stream,
        })
    }

    fn files_are_at(&mut self, url: String) {
        self.files = url;
    }

    fn file(&self, stream: &Stream, id: &str, now: OffsetDateTime) -> Option<Kept> {
        entity::file(self, stream, id, now)
    }

    fn has_recording(&self, stream: &Stream, id: &str, now: OffsetDateTime) -> bool {
        entity::has_video(self, stream, id, now)
    }

    fn carry_out(
        &self,
        operation: &Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        let ok = |applied, body: &Value| Done::new(Answer::json(StatusCode::OK, body), applied);
        let read = |body: &Value| ok(Applied::NOTHING, body);
        Ok(match operation {
            Operation::Stream => read(&entity::stream(self, stream, now)),
            Operation::Clips => read(&clip::list(stream, now)),
            Operation::Video(id) => read(
                &entity::video(self, stream, id, now)
                    .ok_or_else(|| Refusal::not_found("there is no such video"))?,
            ),
            Operation::MakeClip(put) => {
                let made = clip::make(self, put, stream, now)?;
                ok(Applied::new(false, true), &made)
            }
            Operation::CloseRecording => {
                let last = entity::close_recording(self, stream, now);
                match last.and_then(|id| entity::video(self, stream, &id, now)) {
                    Some(video) => read(&video),
                    None => Done::read(Answer::empty(StatusCode::OK)),
                }
            }
            Operation::Change { name, active } => {
                stream.title.clone_from(name);
                let live = stream.has_started(now) && stream.ended(now).is_none();
                if let (Some(active), Some(extras)) = (active, stream.own_mut::<Extras>()) {
                    extras.off = !active;
                }
                let stopped = live && *active == Some(false);
                if stopped {
                    end(stream, now);
                }
                ok(
                    Applied::new(stopped, false),
                    &entity::stream(self, stream, now),
                )
            }
        })
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let status = refusal.kind.status();
        let body = json!({"status": status.as_u16(), "error": refusal.reason});
        Answer::json(status, &body)
    }
}

/// Ends the broadcast: a recording that runs is kept, as where the encoder stops sending.
fn end(stream: &mut Stream, now: OffsetDateTime) {
    match recorded(stream, now) {
        Some(kept) => {
            let whole = stream.media(now).map(Media::whole);
            // What came after the recording was closed isn't in it.
            stream.stop(now, Some(kept).filter(|_| Some(kept) != whole));
        }
        // Only what was clipped remains.
        None if !stream.clips.is_empty() => stream.stop(now, None),
        None => stream.discard(now),
    }
}

/// What the recording holds by `now`; `None` where none was made.
fn recorded(stream: &Stream, now: OffsetDateTime) -> Option<Kept> {
    let until = extras(stream).closed.filter(|at| *at <= now).unwrap_or(now);
    let whole = stream.media(until)?.whole();
    (stream.records && !whole.duration().is_zero()).then_some(whole)
}

/// Reads the body of a `PATCH` (schema `createStream`, of which only these fields are simulated).
fn change(body: &[u8]) -> Result<Operation, Refusal> {
    let outer = Fields::parse(body, &["stream"])?;
    let inner = outer
        .get("stream")
        .ok_or_else(|| Refusal::field("stream", "is missing"))?
        .to_string();
    let fields = Fields::parse(inner.as_bytes(), &["name", "active"])?;
    let name = match fields.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        Some(_) => return Err(Refusal::field("name", "must be a string that isn't empty")),
        None => return Err(Refusal::field("name", "is missing, and required")),
    };
    let active = match fields.get("active") {
        None => None,
        Some(Value::Bool(active)) => Some(*active),
        Some(_) => return Err(Refusal::field("active", "must be a boolean")),
    };
    Ok(Operation::Change { name, active })
}

/// In its one plain form.
fn is_integer(id: &str) -> bool {
    id.parse::<u64>()
        .is_ok_and(|number| number.to_string() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_needs_the_stream_s_name_and_takes_nothing_unknown() {
        assert!(change(br#"{"stream":{"name":"Class","active":false}}"#).is_ok());
        for body in [
            r#"{"stream":{"active":false}}"#,
            r#"{"stream":{"name":"","active":false}}"#,
            r#"{"stream":{"name":7,"active":false}}"#,
            r#"{"stream":{"name":"Class","active":0}}"#,
            r#"{"stream":{"name":"Class","active":null}}"#,
            r#"{"stream":{"name":"Class","live":false}}"#,
            r#"{"stream":[]}"#,
            r#"{"name":"Class","active":false}"#,
            "{}",
        ] {
            assert!(change(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn an_id_is_an_integer_in_its_plain_form() {
        assert!(is_integer("12345") && is_integer("0"));
        for other in ["", "abc", "-1", "+1", "01", "1.0", "18446744073709551616"] {
            assert!(!is_integer(other), "{other}");
        }
    }
}
