//! The calls of a stop, and what is refused before any of them changes something. Pure: no I/O, no clock.

use std::borrow::Cow;

use livecut_core::{
    Capabilities, Certainty, CutState, Effect, Error, ErrorKind, Purpose, Recording, RecordingId,
    Result, Step, StopOutcome, StopRequest, Stopped, StreamId, Ticket,
};
use livecut_http::{BaseUrl, Response, Sequence};

use crate::PROVIDER;
use crate::clip::Clip;
use crate::translate::{self, integer};
use crate::wire::{Stream, Video};

/// A stream's name, in a plan: the read tells it.
const NAME: &str = "{name}";

/// The stream is read, what is to remain is seen to, and then it is switched off.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    base: &'a BaseUrl,
    keep: Keep,
    ticket: Ticket,
    /// The call that was given last.
    at: At,
    /// What the first call told.
    found: Option<Stream>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Nothing,
    Read,
    Keep,
    End,
}

/// What remains, seen to before the stream ends.
#[derive(Debug)]
enum Keep {
    /// A clip is made.
    Clip(Clip),
    /// The recording that runs is closed.
    Running,
    /// It was closed before: it is looked at.
    Named(RecordingId),
}

impl<'a> Stop<'a> {
    pub(crate) fn new(
        base: &'a BaseUrl,
        capabilities: &Capabilities,
        request: &StopRequest,
    ) -> Result<Self> {
        translate::check_stream(request.stream())?;
        let cut = capabilities.admit(request)?;
        let ticket = Ticket::new(PROVIDER, request.stream().clone()).with_cut(cut);
        let (keep, ticket) = match (cut, request.recording()) {
            (Some(cut), None) => (Keep::Clip(Clip::new(cut)?), ticket),
            (None, Some(id)) if integer(id.as_str()).is_none() => {
                return Err(Error::new(
                    ErrorKind::InvalidRequest,
                    "the ids of this provider's videos are integers",
                ));
            }
            (None, Some(id)) => (Keep::Named(id.clone()), ticket.with_recording(id.clone())),
            (None, None) => (Keep::Running, ticket),
            (Some(_), Some(_)) => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "this provider cuts out of a stream's DVR window, and not out of a recording: \
                     leave out `with_recording`, or the cut",
                ));
            }
        };
        Ok(Self {
            base,
            keep,
            ticket,
            at: At::Nothing,
            found: None,
        })
    }

    fn name(&self) -> &str {
        let name = self.found.as_ref().and_then(|found| found.name.as_deref());
        name.unwrap_or(NAME)
    }

    /// Takes the answer to the call that sees to what remains.
    fn kept(&mut self, response: &Response) -> Result<()> {
        let stream = self.ticket.stream();
        let recording = match &self.keep {
            Keep::Clip(clip) => translate::clip_made(response, clip)?,
            Keep::Running => Some(translate::recording_closed(response, stream)?),
            Keep::Named(id) => {
                is_kept(&translate::video(response, stream, id)?, stream)?;
                None
            }
        };
        if let Some(id) = recording {
            // A second stop would find no recording that runs: this ticket goes on.
            self.ticket = self.ticket.clone().with_recording(id);
        }
        Ok(())
    }

    fn outcome(&self) -> StopOutcome {
        let recording = self.ticket.recording().cloned().map(Recording::new);
        let outcome = StopOutcome::new(self.ticket.clone()).with_recording(recording);
        let outcome = match &self.keep {
            Keep::Clip(clip) => outcome.with_cut(Some(clip.cut), CutState::Scheduled),
            Keep::Running => outcome.with_other(Purpose::Other.effect().other),
            Keep::Named(_) => outcome,
        };
        match &self.found {
            Some(found) if !found.is_live() => outcome.with_stopped(Stopped::AlreadyEnded),
            _ => outcome,
        }
    }
}

impl Sequence for Stop<'_> {
    type Output = StopOutcome;

    fn next_call(&mut self) -> Result<Option<Step>> {
        let (base, stream) = (self.base, self.ticket.stream());
        let (at, step) = match self.at {
            At::Nothing => (At::Read, translate::read_stream(base, stream)),
            At::Read => {
                let step = match &self.keep {
                    Keep::Clip(clip) => translate::make_clip(base, stream, clip)?,
                    Keep::Running => translate::close_recording(base, stream),
                    Keep::Named(id) => translate::read_video(base, id),
                };
                (At::Keep, step)
            }
            At::Keep => (At::End, translate::switch_off(base, stream, self.name())?),
            At::End => return Ok(None),
        };
        self.at = at;
        Ok(Some(step))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
        let (response, stream) = (answer?, self.ticket.stream());
        match self.at {
            At::Nothing | At::Read => {
                let found = translate::stream(&response, stream)?;
                fits(&self.keep, &found, &response)?;
                self.found = Some(found);
            }
            At::Keep => self.kept(&response)?,
            At::End => {
                translate::switched_off(&response, stream, self.name())?;
                return Ok(Some(self.outcome()));
            }
        }
        Ok(None)
    }

    fn ticket(&self) -> Option<Ticket> {
        // Which recording runs, only its closing tells.
        let is_known = !matches!((&self.keep, self.at), (Keep::Running, At::Nothing));
        is_known.then(|| self.ticket.clone())
    }

    fn aftermath(&self, effect: Effect) -> Option<Cow<'static, str>> {
        let still_to_stop =
            |kept| Some(still_to_stop(kept, effect.stopped, self.ticket.recording()).into());
        match effect.other {
            Certainty::No if effect.cut == Certainty::Yes => still_to_stop("the cut is made"),
            Certainty::No => None,
            Certainty::Unknown => Some(
                "the stream was not stopped, and whether its recording was closed is unknown: look \
                 whether it still runs"
                    .into(),
            ),
            Certainty::Yes => still_to_stop("the recording is closed and kept"),
        }
    }
}

/// Refuses to end a stream of which nothing would be kept, before anything was changed.
fn fits(keep: &Keep, found: &Stream, response: &Response) -> Result<()> {
    if found.name.is_none() {
        return Err(response.unexpected(
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
        Keep::Running if !found.is_live() => Some(
            "nothing is live on this stream: name the recording that is to be kept by `with_recording`, or give a cut",
        ),
        Keep::Running if !found.records() => Some(
            "no recording of this stream runs, so that ending it would keep nothing: give a cut, \
             or name the recording that is to be kept by `with_recording`",
        ),
        Keep::Named(_) if found.records() => Some(
            "a recording of this stream runs: leave out `with_recording`, to keep that \
             one",
        ),
        Keep::Running | Keep::Named(_) => None,
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(response.error(ErrorKind::Conflict, problem)),
    }
}

/// Refuses to end a stream for a named video that isn't a recording of it, or that failed.
fn is_kept(video: &Video, stream: &StreamId) -> Result<()> {
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

/// What is left to do if `kept` is done, and switching the stream off went this way. A second stop as it was
/// would keep another part, or find nothing to keep.
fn still_to_stop(kept: &str, off: Certainty, recording: Option<&RecordingId>) -> String {
    let which = recording.map_or_else(
        || "the recording, which is among the stream's videos".to_owned(),
        |id| format!("the recording {id}"),
    );
    match off {
        Certainty::No => format!(
            "{kept}, and the stream was not stopped: stop it again without a cut, naming {which}"
        ),
        _ => format!(
            "{kept}, and whether the stream was stopped is unknown: check its status, and to stop \
             it again name {which}, without a cut"
        ),
    }
}
