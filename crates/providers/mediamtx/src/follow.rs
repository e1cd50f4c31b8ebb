//! The calls that look at a stream, and those that follow a recording. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Bounds, Error, ErrorKind, Progress, RecordingState, Result, Step, StreamId, StreamStatus,
    Ticket,
};
use livecut_http::{Response, Sequence};
use time::OffsetDateTime;

use crate::places::Places;
use crate::spans::{self, Span, Spans};
use crate::states;
use crate::translate::{self, Air};

/// While a stream is on air its recording grows each second.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(1);

/// Whether somebody publishes is read, and if nobody does, whether anything was recorded.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    places: &'a Places,
    stream: &'a StreamId,
    /// If it is off the air: whether the server has a path of this name.
    offline: Option<bool>,
}

impl<'a> Look<'a> {
    pub(crate) const fn new(places: &'a Places, stream: &'a StreamId) -> Self {
        Self {
            places,
            stream,
            offline: None,
        }
    }
}

impl Sequence for Look<'_> {
    type Output = StreamStatus;

    fn next_call(&mut self) -> Result<Option<Step>> {
        Ok(Some(match self.offline {
            None => self.places.read_path(self.stream),
            Some(_) => self.places.read_list(self.stream),
        }))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StreamStatus>> {
        let Some(has_path) = self.offline else {
            let air = translate::air(answer, self.stream)?;
            if let Air::On(session) = &air {
                return Ok(Some(states::live(session.source(), self.stream)));
            }
            self.offline = Some(matches!(air, Air::Idle));
            return Ok(None);
        };
        let newest = translate::spans(answer)?.newest();
        match newest.and_then(|newest| newest.id()) {
            None if !has_path => Err(never_seen()),
            newest => Ok(Some(states::offline(self.stream, newest))),
        }
    }

    fn ticket(&self) -> Option<Ticket> {
        None
    }
}

pub(crate) fn never_seen() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "nobody publishes a stream of this name, and none was recorded",
    )
}

/// Whether the recording grows still is read, and then what there is of it: in this order, so that what is listed of a stream
/// that is over is all.
#[derive(Debug)]
pub(crate) struct Follow<'a> {
    places: &'a Places,
    ticket: Ticket,
    /// When its recording began.
    start: OffsetDateTime,
    /// The cut, by the clock.
    cut: Option<Span>,
    /// Once it was read.
    is_on_air: Option<bool>,
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
        let Some(id) = ticket.recording() else {
            return Ok(Err(failed(
                ticket,
                "the ticket doesn't name its recording, and no answer did: look for it in what the server lists".to_owned(),
            )));
        };
        let cut = match ticket.cut().map(|cut| cut.effective().bounds()) {
            None => None,
            Some(Bounds::WallClock { start, end }) => Some(Span { start, end }),
            Some(Bounds::Offset { .. }) => return Err(not_ours()),
        };
        Ok(Ok(Self {
            places,
            ticket: ticket.clone(),
            start: spans::start_of(id).ok_or_else(not_ours)?,
            cut,
            is_on_air: None,
        }))
    }

    fn in_progress(&self) -> Progress {
        let stage = "on air, and being recorded".to_owned();
        Progress::new(
            self.ticket.clone(),
            RecordingState::InProgress(stage),
            CHECK_AGAIN_IN,
        )
    }

    /// At the address of `asked` there is so much.
    fn ready(&self, asked: Span, length: Duration) -> Result<Progress> {
        let stream = self.ticket.stream();
        let url = self.places.address(stream, asked.start, asked.length());
        let id = self.ticket.recording().cloned();
        let id =
            id.ok_or_else(|| Error::new(ErrorKind::Internal, "the ticket names a recording"))?;
        Ok(Progress::new(
            self.ticket.clone(),
            states::ready(id, url, length, self.places.credential.as_ref()),
            CHECK_AGAIN_IN,
        ))
    }

    fn judge(&self, spans: &Spans, is_on_air: bool) -> Result<Progress> {
        let grows = |span: Span| is_on_air && Some(span) == spans.newest();
        let Some(cut) = self.cut else {
            return match spans.starting(self.start) {
                Some(span) if grows(span) => Ok(self.in_progress()),
                Some(span) => self.ready(span, span.length()),
                None => Ok(failed(
                    &self.ticket,
                    "the recording isn't there any more: it, or its beginning, was deleted"
                        .to_owned(),
                )),
            };
        };
        match spans.at(cut.start, is_on_air) {
            Some(span) if grows(span) && !states::reaches(span.end, cut.end) => {
                Ok(self.in_progress())
            }
            // From the start on, up to the span's end, is what the server gives.
            Some(span) => self.ready(cut, spans::length(cut.start, span.end.min(cut.end))),
            None => Ok(failed(
                &self.ticket,
                format!(
                    "the cut's beginning isn't recorded, or isn't there any more; {}",
                    spans.within(cut.start, cut.end)
                ),
            )),
        }
    }
}

impl Sequence for Follow<'_> {
    type Output = Progress;

    fn next_call(&mut self) -> Result<Option<Step>> {
        let stream = self.ticket.stream();
        Ok(Some(match self.is_on_air {
            None => self.places.read_path(stream),
            Some(_) => self.places.read_list(stream),
        }))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<Progress>> {
        match self.is_on_air {
            None => {
                let air = translate::air(answer, self.ticket.stream())?;
                self.is_on_air = Some(matches!(air, Air::On(_)));
                Ok(None)
            }
            Some(is_on_air) => {
                let spans = translate::spans(answer)?;
                self.judge(&spans, is_on_air).map(Some)
            }
        }
    }

    fn ticket(&self) -> Option<Ticket> {
        Some(self.ticket.clone())
    }
}

fn failed(ticket: &Ticket, why: String) -> Progress {
    Progress::new(ticket.clone(), RecordingState::Failed(why), CHECK_AGAIN_IN)
}
