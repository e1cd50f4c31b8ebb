//! The calls of a stop, in their order, and what is refused before any of them changes
//! something. Pure: no I/O, no clock.

use std::time::{Duration, SystemTime};

use livecut_core::{
    Bounds, Capabilities, Cut, Error, ErrorKind, Method, Purpose, RecordingId, Result, Step,
    StopPlan, StopRequest, StreamId, Ticket,
};
use livecut_http::{BaseUrl, Response};
use serde::Serialize;

use crate::PROVIDER;
use crate::states::PRECISION;
use crate::translate::{integer, read_stream, read_video, stream_url};
use crate::wire::{self, ClipRequest, Patch, PatchedStream, Stream, Video};

/// Until when a temporary clip can be had, counted from the cut's end. Documented is a range of 1 minute to
/// 4 hours, and not whether it is counted from there or from now; this lies within both, also where
/// the cut ends within the second after now.
const EXPIRES_AFTER: u64 = 4 * 3600 - 60;

/// The shortest time that a clip may still be there ("Allowed range: 1m <= expiration").
const SHORTEST_LIFE: u64 = 60;

/// What `dvr_duration` is where a stream doesn't say (`createStream`: `default: 3600`).
const DEFAULT_DVR: u64 = 3600;

/// A stream's name, in a plan: the read tells it.
const NAME: &str = "{name}";

/// A stop that can be begun.
#[derive(Debug)]
pub(crate) struct Sequence {
    pub(crate) read: Step,
    pub(crate) keep: Keep,
    pub(crate) ticket: Ticket,
}

/// What remains, and the calls that see to it before the stream ends.
#[derive(Debug)]
pub(crate) enum Keep {
    /// A clip is made.
    Clip(Clip),
    /// The recording that runs is closed.
    Running(Step),
    /// It was closed before: it is looked at.
    Named(RecordingId, Step),
}

/// A cut as it is asked of Gcore.
#[derive(Debug)]
pub(crate) struct Clip {
    pub(crate) cut: Cut,
    pub(crate) request: ClipRequest,
}

impl Sequence {
    pub(crate) fn new(
        base: &BaseUrl,
        capabilities: &Capabilities,
        request: &StopRequest,
    ) -> Result<Self> {
        let stream = request.stream();
        if integer(stream.as_str()).is_none() {
            return Err(invalid(
                "the ids of this provider's streams are integers, such as 12345",
            ));
        }
        let cut = capabilities.admit(request)?;
        let ticket = Ticket::new(PROVIDER, stream.clone()).with_cut(cut);
        let (keep, ticket) = match (cut, request.recording()) {
            (Some(cut), None) => (Keep::Clip(Clip::new(cut)?), ticket),
            (None, Some(id)) => {
                if integer(id.as_str()).is_none() {
                    return Err(invalid("the ids of this provider's videos are integers"));
                }
                let keep = Keep::Named(id.clone(), read_video(base, id));
                (keep, ticket.with_recording(id.clone()))
            }
            (None, None) => {
                let url = stream_url(base, stream, &["stop_recording"]);
                let close = Step::new(Purpose::Other, Method::Put, url);
                (Keep::Running(close), ticket)
            }
            (Some(_), Some(_)) => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "this provider cuts out of a stream's DVR window, and not out of a recording: \
                     leave out `with_recording`, or the cut",
                ));
            }
        };
        Ok(Self {
            read: read_stream(base, stream),
            keep,
            ticket,
        })
    }

    pub(crate) fn into_plan(self, base: &BaseUrl) -> Result<StopPlan> {
        let stream = self.ticket.stream();
        let end = switch_off(base, stream, NAME)?;
        let cut = self.ticket.cut().copied();
        let (steps, followable) = match self.keep {
            Keep::Clip(clip) => (vec![self.read, clip.step(base, stream)?, end], true),
            Keep::Running(close) => (vec![self.read, close, end], false),
            Keep::Named(_, look) => (vec![self.read, look, end], true),
        };
        let plan = StopPlan::new(PROVIDER, steps).with_cut(cut);
        Ok(if followable {
            plan.with_ticket(self.ticket)
        } else {
            plan
        })
    }
}

/// Refuses to end a stream of which nothing would be kept, before anything was changed.
pub(crate) fn fits(keep: &Keep, found: &Stream, response: &Response) -> Result<()> {
    if found.name.is_none() {
        return Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer has no `name`, without which the stream can't be switched off",
        ));
    }
    let problem = match keep {
        _ if found.active == Some(false) && found.is_live() => Some(
            "the stream is switched off, and still receives media by what the provider says: stop it \
             again in a moment",
        ),
        Keep::Clip(_) if found.active == Some(false) => Some(
            "the stream is switched off, and this provider cuts out of one that is on-going: cut one \
             of its videos",
        ),
        Keep::Clip(clip) => clip.problem(found, response.date()),
        Keep::Running(_) if !found.is_live() => Some(
            "nothing is live on this stream: name the recording that is to be kept by `with_recording`, or give a cut",
        ),
        Keep::Running(_) if !found.records() => Some(
            "no recording of this stream runs, so that ending it would keep nothing: give a cut, \
             or name the recording that is to be kept by `with_recording`",
        ),
        Keep::Named(..) if found.records() => Some(
            "a recording of this stream runs: leave out `with_recording`, to keep that \
             one",
        ),
        Keep::Running(_) | Keep::Named(..) => None,
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(response.error(ErrorKind::Conflict, problem)),
    }
}

/// Refuses to end a stream for a named video that isn't a recording of it, or that failed.
pub(crate) fn is_kept(video: &Video, stream: &StreamId) -> Result<()> {
    // "If the video was saved from a stream, then ID of that stream is saved here".
    let problem = if video.stream_id != integer(stream.as_str()) {
        "the named recording isn't one of this stream's"
    } else if video.status.as_deref() == Some("error") {
        "the named recording failed at the provider, so that nothing would be kept"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Conflict, problem))
}

/// `PATCH` with the stream's own name, which the document requires.
pub(crate) fn switch_off(base: &BaseUrl, stream: &StreamId, name: &str) -> Result<Step> {
    let off = Patch {
        stream: PatchedStream {
            name,
            active: false,
        },
    };
    let url = stream_url(base, stream, &[]);
    Ok(Step::new(Purpose::Stop, Method::Patch, url).with_body(json(&off)?))
}

impl Clip {
    /// Any ticket can come here, a forged one as well.
    pub(crate) fn new(cut: Cut) -> Result<Self> {
        let effective = cut.effective();
        let seconds = match effective.bounds() {
            Bounds::WallClock { .. } => effective.exact_seconds(),
            Bounds::Offset { .. } => None,
        };
        let request = seconds.and_then(|seconds| {
            Some(ClipRequest {
                start: seconds.start,
                duration: seconds.end.checked_sub(seconds.start)?,
                expiration: seconds.end.checked_add(EXPIRES_AFTER)?,
                vod_required: true,
            })
        });
        match request {
            Some(request) => Ok(Self { cut, request }),
            None => Err(Error::new(
                ErrorKind::Internal,
                "the cut isn't one by wall clock in whole seconds",
            )),
        }
    }

    pub(crate) fn step(&self, base: &BaseUrl, stream: &StreamId) -> Result<Step> {
        let url = stream_url(base, stream, &["clip_recording"]);
        Ok(Step::new(Purpose::Cut, Method::Put, url).with_body(json(&self.request)?))
    }

    /// Why a clip, made or listed, isn't the one that is asked for. What isn't told isn't another.
    pub(crate) fn mismatch(&self, told: &wire::Clip) -> Option<&'static str> {
        let asked = &self.request;
        let end = asked.start.saturating_add(asked.duration);
        if told.start.is_some_and(|start| start != asked.start) {
            Some("the provider's clip begins at another time than the cut")
        } else if told.duration.is_some_and(|told| {
            let whole = Duration::from_secs;
            !PRECISION.admits(whole(asked.duration), whole(told))
        }) {
            Some("the provider's clip is clearly longer or shorter than the cut")
        } else if told.expiration.is_some_and(|expiration| expiration <= end) {
            Some("the provider's clip expires before its cut ends")
        } else if told.vod_required == Some(false) {
            Some("the provider's clip is for a short time only, without a video that stays")
        } else {
            None
        }
    }

    /// Why the clip would be another one than was asked for. Gcore would shorten it in silence, and with
    /// the stream the rest would be lost.
    fn problem(&self, found: &Stream, answered: SystemTime) -> Option<&'static str> {
        let now = answered
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let ClipRequest {
            start,
            duration,
            expiration,
            ..
        } = self.request;
        let end = start.saturating_add(duration);
        let window = found.dvr_duration.unwrap_or(DEFAULT_DVR);
        if found.dvr_enabled != Some(true) {
            Some("the stream's DVR is off, so nothing can be cut out of it: leave the cut out")
        } else if found.is_outside(start, end) {
            Some("nothing was broadcast between the cut's start and its end")
        } else if duration > window {
            Some(
                "the cut is longer than the stream's DVR (`dvr_duration`): make it shorter, or \
                 leave it out",
            )
        } else if start < now.saturating_sub(window) {
            Some(
                "the cut begins before the stream's DVR window (`dvr_duration`): what it begins \
                 with is gone",
            )
        } else if end > now.saturating_add(1) {
            // `now` was cut to whole seconds.
            Some("the cut ends after now, by the provider's clock: stop the stream when it is over")
        } else if expiration < now.saturating_add(SHORTEST_LIFE) {
            Some("the cut is too long ago: its clip would have expired before it is made")
        } else {
            None
        }
    }
}

fn json(body: &impl Serialize) -> Result<String> {
    serde_json::to_string(body).map_err(|error| {
        Error::new(ErrorKind::Internal, "the request can't be written as JSON").with_source(error)
    })
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidRequest, what)
}
