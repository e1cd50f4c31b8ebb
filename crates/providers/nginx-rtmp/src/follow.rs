//! The calls that look at a stream, and those that follow a recording. Pure: no I/O, no clock.

use std::ops::Range;
use std::time::Duration;

use livecut_core::{
    Error, ErrorKind, Progress, RecordingState, Result, Step, StreamId, StreamStatus, Ticket,
};
use livecut_http::{Response, Sequence};

use crate::mp4::{Index, Track};
use crate::places::{FRONT, Places};
use crate::states;
use crate::translate::{self, Name, Recordings, seconds};

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

/// The recording is looked for in the list; then its index is read, and if there is a cut, that of what is at the cut's address.
#[derive(Debug)]
pub(crate) struct Follow<'a> {
    places: &'a Places,
    ticket: Ticket,
    name: Name,
    /// What is kept, in milliseconds from the recording's start, if it isn't all.
    kept: Option<Range<u64>>,
    at: At,
}

#[derive(Debug)]
enum At {
    List,
    Whole,
    Cut {
        /// What is asked for, by nginx's measure.
        part: Range<u64>,
        /// The recording's, if what is served may show that nginx has to be asked for another part.
        track: Option<Track>,
    },
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
        let kept = match ticket.cut() {
            Some(cut) => Some(cut.effective().exact_millis().ok_or_else(not_ours)?),
            None => None,
        };
        Ok(Ok(Self {
            places,
            ticket: ticket.clone(),
            name,
            kept,
            at: At::List,
        }))
    }

    /// Where the call that was given last looks.
    fn url(&self) -> String {
        let part = match &self.at {
            At::Cut { part, .. } => Some(part),
            At::List | At::Whole => None,
        };
        self.places.address(&self.name, part)
    }

    fn progress(&self, state: RecordingState) -> Progress {
        Progress::new(self.ticket.clone(), state, CHECK_AGAIN_IN)
    }

    fn in_progress(&self, stage: &str) -> Progress {
        self.progress(RecordingState::InProgress(stage.to_owned()))
    }

    /// What is at the address is so long.
    fn ready(&self, length: Duration) -> Progress {
        let id = self.name.id().clone();
        let credential = self.places.credential.as_ref();
        self.progress(states::ready(
            id,
            &self.url(),
            length,
            self.ticket.cut(),
            credential,
        ))
    }
}

impl Sequence for Follow<'_> {
    type Output = Progress;

    fn next_call(&mut self) -> Result<Option<Step>> {
        Ok(Some(match self.at {
            At::List => self.places.read_list(),
            At::Whole | At::Cut { .. } => Places::read_front(&self.url()),
        }))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<Progress>> {
        let response = answer?;
        let index = || {
            let front = response.body();
            // More is not what was asked for.
            if u32::try_from(front.len()).is_ok_and(|length| length <= FRONT) {
                return Ok(Index::read(front));
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
                    self.at = At::Whole;
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
            At::Whole => {
                let Some(Index { length, track }) = index()? else {
                    return Ok(Some(self.in_progress(
                        "the mp4 isn't whole yet, or its index isn't at its front (`-movflags +faststart`)",
                    )));
                };
                match self.kept.clone() {
                    None => Ok(Some(self.ready(length))),
                    Some(kept) if Duration::from_millis(kept.start) >= length => Ok(Some(failed(
                        &self.ticket,
                        &format!(
                            "the cut begins at {} s, and the recording is {} s long: stop the stream again, naming the \
                             recording and another cut",
                            seconds(kept.start),
                            length.as_secs_f64()
                        ),
                    ))),
                    Some(kept) => {
                        let part = track.map(|track| track.times_of_decoding(&kept));
                        self.at = At::Cut {
                            part: part.unwrap_or(kept),
                            track,
                        };
                        Ok(None)
                    }
                }
            }
            At::Cut { part, track } => match index()? {
                Some(served) => {
                    let tracks = track.zip(served.track);
                    match tracks.and_then(|(track, served)| track.earlier(part, &served)) {
                        Some(part) => {
                            self.at = At::Cut { part, track: None };
                            Ok(None)
                        }
                        None => Ok(Some(self.ready(served.length))),
                    }
                }
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
