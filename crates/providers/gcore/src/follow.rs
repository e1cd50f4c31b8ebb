//! The calls that follow a recording. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{Error, ErrorKind, Progress, RecordingId, RecordingState, Result, Step, Ticket};
use livecut_http::{BaseUrl, Response, Sequence};

use crate::clip::Clip;
use crate::states;
use crate::translate::{self, Found, integer};

/// Gcore documents no rate limit and no time that a transcoding takes.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(10);

/// The clip is looked for, where the ticket doesn't name its video, and then the video is read.
#[derive(Debug)]
pub(crate) struct Follow<'a> {
    base: &'a BaseUrl,
    ticket: Ticket,
    quest: Quest,
}

#[derive(Debug)]
enum Quest {
    Clip(Clip),
    Video(RecordingId),
}

impl<'a> Follow<'a> {
    /// `Err` within: there is nothing to follow.
    pub(crate) fn new(base: &'a BaseUrl, ticket: &Ticket) -> Result<Result<Self, Progress>> {
        let ids = [
            Some(ticket.stream().as_str()),
            ticket.recording().map(RecordingId::as_str),
        ];
        if ids.into_iter().flatten().any(|id| integer(id).is_none()) {
            return Err(not_ours());
        }
        let quest = match (ticket.recording(), ticket.cut()) {
            (Some(id), _) => Quest::Video(id.clone()),
            (None, Some(cut)) => Quest::Clip(Clip::new(*cut).map_err(|_| not_ours())?),
            (None, None) => {
                return Ok(Err(failed(
                    ticket,
                    "the ticket doesn't name its recording, and no answer did: look for it among the \
                     videos whose `stream_id` is the stream's",
                )));
            }
        };
        Ok(Ok(Self {
            base,
            ticket: ticket.clone(),
            quest,
        }))
    }
}

impl Sequence for Follow<'_> {
    type Output = Progress;

    fn next_call(&mut self) -> Result<Option<Step>> {
        Ok(Some(match &self.quest {
            Quest::Clip(_) => translate::read_clips(self.base, self.ticket.stream()),
            Quest::Video(id) => translate::read_video(self.base, id),
        }))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<Progress>> {
        let response = answer?;
        let clip = match &self.quest {
            Quest::Clip(clip) => clip,
            Quest::Video(id) => {
                let video = translate::video(&response, self.ticket.stream(), id)?;
                let state = states::recording_state(&video, id);
                let ticket = self.ticket.clone().with_recording(id.clone());
                return Ok(Some(Progress::new(ticket, state, CHECK_AGAIN_IN)));
            }
        };
        match translate::find_clip(&response, clip)? {
            Found::Video(id) => {
                self.quest = Quest::Video(id);
                Ok(None)
            }
            Found::ClipOnly => {
                let state = RecordingState::InProgress("the clip has no video yet".to_owned());
                Ok(Some(Progress::new(
                    self.ticket.clone(),
                    state,
                    CHECK_AGAIN_IN,
                )))
            }
            Found::Nothing => Ok(Some(failed(
                &self.ticket,
                "the provider lists no clip of this cut: it wasn't made, or it has expired; look \
                 among the videos whose `stream_id` is the stream's",
            ))),
        }
    }

    fn ticket(&self) -> Option<Ticket> {
        Some(self.ticket.clone())
    }
}

fn failed(ticket: &Ticket, why: &str) -> Progress {
    let state = RecordingState::Failed(why.to_owned());
    Progress::new(ticket.clone(), state, CHECK_AGAIN_IN)
}

fn not_ours() -> Error {
    Error::new(
        ErrorKind::InvalidTicket,
        "the ticket isn't one that was made for this provider",
    )
}
