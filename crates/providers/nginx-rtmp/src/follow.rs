//! The calls that look at a stream, and those that follow a recording. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Error, ErrorKind, Progress, RecordingState, Result, Step, StreamId, StreamStatus, Ticket,
};
use livecut_http::{Response, Sequence};

use crate::places::{FRONT, Places};
use crate::translate::{self, Name, Recordings, seconds};
use crate::{mp4, states};

/// A recording of some minutes takes the server less than a second.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(1);

/// Whether somebody publishes is read, and if nobody does, whether anything was recorded.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    places: &'a Places,
    stream: &'a StreamId,
    is_offline: bool,
}

impl<'a> Look<'a> {
    pub(crate) fn new(places: &'a Places, stream: &'a StreamId) -> Result<Self> {
        translate::check_stream(stream)?;
        Ok(Self {
            places,
            stream,
            is_offline: false,
        })
    }
}

impl Sequence for Look<'_> {
    type Output = StreamStatus;

    fn next_call(&mut self) -> Result<Option<Step>> {
        Ok(Some(match self.is_offline {
            false => self.places.read_stat(),
            true => self.places.read_list(),
        }))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StreamStatus>> {
        let response = answer?;
        if self.is_offline {
            return match Recordings::read(&response, self.stream)?.newest() {
                Some(newest) => Ok(Some(states::offline(self.stream, newest.id().clone()))),
                None => Err(response.error(
                    ErrorKind::NotFound,
                    "nobody publishes a stream of this name, and none was recorded",
                )),
            };
        }
        match translate::stat(&response, &self.places.application, self.stream)? {
            Some(publisher) => Ok(Some(states::live(publisher, self.stream))),
            None => {
                self.is_offline = true;
                Ok(None)
            }
        }
    }

    fn ticket(&self) -> Option<Ticket> {
        None
    }
}

/// The recording is looked for in the list; then its length is read, and if there is a cut, what is at the cut's address.
#[derive(Debug)]
pub(crate) struct Follow<'a> {
    places: &'a Places,
    ticket: Ticket,
    name: Name,
    at: At,
}

#[derive(Debug)]
enum At {
    List,
    Whole(String),
    Cut(String),
}

impl<'a> Follow<'a> {
    /// `Err` within: there is nothing to follow.
    pub(crate) fn new(places: &'a Places, ticket: &Ticket) -> Result<Result<Self, Progress>> {
        let not_ours = || {
            Error::new(
                ErrorKind::InvalidTicket,
                "the ticket isn't one that was made for this provider",
            )
        };
        let stream = ticket.stream();
        translate::check_stream(stream).map_err(|_| not_ours())?;
        let Some(id) = ticket.recording() else {
            return Ok(Err(failed(
                ticket,
                "the ticket doesn't name its recording, and no answer did: look for it among the stream's files",
            )));
        };
        let name = Name::of(stream, id.as_str()).ok_or_else(not_ours)?;
        // Its cut has to be one that can be asked for.
        places.address(&name, ticket.cut()).ok_or_else(not_ours)?;
        Ok(Ok(Self {
            places,
            ticket: ticket.clone(),
            name,
            at: At::List,
        }))
    }

    fn address(&self, is_cut: bool) -> Result<String> {
        let cut = self.ticket.cut().filter(|_| is_cut);
        self.places.address(&self.name, cut).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the cut isn't one by offsets in milliseconds",
            )
        })
    }

    fn progress(&self, state: RecordingState) -> Progress {
        Progress::new(self.ticket.clone(), state, CHECK_AGAIN_IN)
    }

    fn in_progress(&self, stage: &str) -> Progress {
        self.progress(RecordingState::InProgress(stage.to_owned()))
    }

    /// What is at the address is so long.
    fn ready(&self, url: &str, length: Duration) -> Progress {
        let id = self.name.id().clone();
        let credential = self.places.credential.as_ref();
        self.progress(states::ready(
            id,
            url,
            length,
            self.ticket.cut(),
            credential,
        ))
    }
}

impl Sequence for Follow<'_> {
    type Output = Progress;

    fn next_call(&mut self) -> Result<Option<Step>> {
        Ok(Some(match &self.at {
            At::List => self.places.read_list(),
            At::Whole(url) | At::Cut(url) => Places::read_front(url),
        }))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<Progress>> {
        let response = answer?;
        let length = || {
            let front = response.body();
            // More is not what was asked for, and less is no mp4 with pictures.
            if u32::try_from(front.len()) == Ok(FRONT) {
                return Ok(mp4::duration(front));
            }
            Err(response.error(
                ErrorKind::UnexpectedResponse,
                "the answer isn't the front of a file: does the server heed `Range`?",
            ))
        };
        match &self.at {
            At::List => {
                let recordings = Recordings::read(&response, self.ticket.stream())?;
                if recordings.is_whole(&self.name) {
                    self.at = At::Whole(self.address(false)?);
                    return Ok(None);
                }
                if recordings.is_recorded(&self.name) {
                    return Ok(Some(self.in_progress(
                        "recorded, and not made into mp4 yet: that begins when the stream has ended",
                    )));
                }
                Ok(Some(failed(
                    &self.ticket,
                    "the recording's files aren't there any more: somebody has removed them",
                )))
            }
            At::Whole(url) => {
                let Some(length) = length()? else {
                    return Ok(Some(self.in_progress(
                        "the mp4 isn't whole yet, or its index isn't at its front (`-movflags +faststart`)",
                    )));
                };
                let part = self.ticket.cut().map(|cut| cut.effective().exact_millis());
                match part.flatten() {
                    None => Ok(Some(self.ready(url, length))),
                    Some(part) if Duration::from_millis(part.start) >= length => Ok(Some(failed(
                        &self.ticket,
                        &format!(
                            "the cut begins at {} s, and the recording is {} s long: stop the stream again, naming the \
                             recording and another cut",
                            seconds(part.start),
                            length.as_secs_f64()
                        ),
                    ))),
                    Some(_) => {
                        self.at = At::Cut(self.address(true)?);
                        Ok(None)
                    }
                }
            }
            At::Cut(url) => match length()? {
                Some(length) => Ok(Some(self.ready(url, length))),
                None => Err(response.error(
                    ErrorKind::UnexpectedResponse,
                    "what is at the cut's address isn't an mp4 with its index at its front",
                )),
            },
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
