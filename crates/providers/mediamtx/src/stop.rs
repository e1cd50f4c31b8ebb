//! The calls of a stop, and what is refused before the one that ends the stream. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Bounds, Capabilities, Certainty, Cut, CutState, Effect, Error, ErrorKind, Recording, Result,
    Step, StopOutcome, StopRequest, Stopped, Ticket, Timeline,
};
use livecut_http::{Response, Sequence};
use time::OffsetDateTime;

use crate::PROVIDER;
use crate::follow::never_seen;
use crate::places::Places;
use crate::spans::{self, Span, Spans};
use crate::states;
use crate::translate::{self, Air, Kept, Session};

/// A recording's start is listed with fewer digits than that of the session, of which it comes after.
const DIGITS: Duration = Duration::from_millis(10);

/// An answer's date has its fraction cut off.
const SECOND: Duration = Duration::from_secs(1);

/// Who publishes is read, then whether that is recorded, then what is recorded by now; and then the session is kicked.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    places: &'a Places,
    capabilities: &'a Capabilities,
    request: &'a StopRequest,
    /// The call that was given last.
    at: At,
    next: At,
    /// When the recording began that the request names.
    named: Option<OffsetDateTime>,
    session: Option<Session>,
    has_path: bool,
    kept: Kept,
    /// When the recording began.
    recording: Option<OffsetDateTime>,
    cut: Option<Cut>,
    /// All of the cut was recorded before the stream was ended.
    is_made: bool,
    /// An answer told that the session is over.
    is_over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Path,
    Configuration,
    List,
    Kick,
    /// The path again, if there was no such session any more.
    Again,
    End,
}

impl<'a> Stop<'a> {
    pub(crate) fn new(
        places: &'a Places,
        capabilities: &'a Capabilities,
        request: &'a StopRequest,
    ) -> Result<Self> {
        let mut cut = capabilities.admit(request)?;
        let named = match request.recording() {
            None => None,
            Some(id) => Some(spans::start_of(id).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidRequest,
                    "the named recording can't be one of this server's: those are called by their start in UTC, such as \
                     2026-11-27T04:51:19.52066Z",
                )
            })?),
        };
        if cut.is_none() && named.is_some() {
            cut = capabilities.admit_at(request, request.anchor().or(named))?;
        }
        Ok(Self {
            places,
            capabilities,
            request,
            at: At::Path,
            next: At::Path,
            recording: named,
            named,
            session: None,
            has_path: false,
            kept: Kept::Untold,
            cut,
            is_made: false,
            is_over: false,
        })
    }

    fn read_air(&self, answer: Result<Response>) -> Result<Air> {
        translate::air(answer, self.request.stream())
    }

    /// What is to be kept, and whether that can be. Whether the stream is to be ended for it.
    fn prepare(&mut self, spans: &Spans, now: OffsetDateTime) -> Result<bool> {
        let conflict = |problem: String| Err(Error::new(ErrorKind::Conflict, problem));
        let since = self.session.as_ref().map(|session| session.since);
        let running = since.map_or(&[][..], |since| {
            spans.since(since.checked_sub(to_time(DIGITS)).unwrap_or(since))
        });
        let is_open = |span: Span| running.last() == Some(&span);
        let by_clock = self.wanted().filter(|_| {
            let cut = self.request.cut();
            cut.is_some_and(|cut| cut.timeline() == Timeline::WallClock)
        });
        let span = match (self.named, running, by_clock) {
            (Some(start), _, _) => match spans.starting(start) {
                Some(span) => span,
                None => {
                    return Err(Error::new(
                        ErrorKind::NotFound,
                        "the server has no recording with this start",
                    ));
                }
            },
            (None, _, _) if since.is_none() => {
                return match spans.newest().and_then(|newest| newest.id()) {
                    Some(newest) => conflict(format!(
                        "nothing is live on this stream: name the recording that is meant by `with_recording`, such as \
                         its newest, {newest}"
                    )),
                    None if self.has_path => conflict(
                        "nothing is live on this stream, and nothing was recorded".to_owned(),
                    ),
                    None => Err(never_seen()),
                };
            }
            (None, [], _) => {
                return conflict(
                    "the stream is on air, and nothing of this broadcast is recorded yet"
                        .to_owned(),
                );
            }
            // Also of a session before this one: the clock says which is meant.
            (None, _, Some(cut)) => match spans.at(cut.start, true) {
                Some(span) => span,
                None => {
                    return conflict(format!(
                        "the cut's beginning isn't recorded; {}",
                        spans.within(cut.start, cut.end)
                    ));
                }
            },
            (None, [span], None) => *span,
            (None, _, None) => {
                return conflict(
                    "the broadcast's recording was interrupted, and one address can't span that: name the part that is \
                     meant by `with_recording`, or give the cut by the clock"
                        .to_owned(),
                );
            }
        };
        if self.request.cut().is_some() && self.cut.is_none() {
            let anchor = self.request.anchor().unwrap_or(span.start);
            self.cut = self.capabilities.admit_at(self.request, Some(anchor))?;
        }
        if let Some(cut) = self.wanted() {
            let what_is = spans.within(cut.start, cut.end);
            let now = now.checked_add(to_time(SECOND)).unwrap_or(now);
            let is_late = match is_open(span) {
                true => cut.end > now.max(span.end),
                false => !states::reaches(span.end, cut.end),
            };
            if cut.start < span.start {
                return conflict(format!(
                    "the cut begins before the recording does; {what_is}"
                ));
            }
            if is_late {
                let end = match is_open(span) {
                    true => "now",
                    false => "the recording's end, or over an interruption",
                };
                return conflict(format!("the cut ends after {end}; {what_is}"));
            }
            self.is_made = states::reaches(span.end, cut.end);
        }
        self.recording = Some(span.start);
        Ok(match self.named {
            Some(_) => is_open(span),
            None => true,
        })
    }

    /// The cut by the clock, as far as it is known.
    fn wanted(&self) -> Option<Span> {
        match self.cut?.effective().bounds() {
            Bounds::WallClock { start, end } => Some(Span { start, end }),
            Bounds::Offset { .. } => None,
        }
    }

    fn outcome(&self, stopped: Stopped) -> StopOutcome {
        let state = match self.is_made {
            true => CutState::Made,
            false => CutState::Scheduled,
        };
        let ticket = self.to_ticket();
        let recording = ticket.recording().cloned().map(Recording::new);
        let outcome = StopOutcome::new(ticket)
            .with_stopped(stopped)
            .with_cut(self.cut, state);
        let until = match (self.kept, self.recording) {
            (Kept::For(length), Some(start)) => start.checked_add(to_time(length)),
            _ => None,
        };
        match (recording, until) {
            (Some(recording), Some(until)) => {
                outcome.with_recording(recording.with_kept_until(until))
            }
            (Some(recording), None) => outcome.with_recording(recording),
            (None, _) => outcome,
        }
    }

    fn to_ticket(&self) -> Ticket {
        let ticket = Ticket::new(PROVIDER, self.request.stream().clone()).with_cut(self.cut);
        let id = self
            .recording
            .and_then(|start| Span { start, end: start }.id());
        match id {
            Some(id) => ticket.with_recording(id),
            None => ticket,
        }
    }
}

/// Longer ones than there are instants are no longer than those.
fn to_time(length: Duration) -> time::Duration {
    length.try_into().unwrap_or(time::Duration::MAX)
}

impl Sequence for Stop<'_> {
    type Output = StopOutcome;

    fn next_call(&mut self) -> Result<Option<Step>> {
        let stream = self.request.stream();
        let session = self.session.as_ref();
        let only_if = |step: Step, condition| match self.named {
            Some(_) => step.with_condition(condition),
            None => step,
        };
        let (step, next) = match self.next {
            At::Path => (self.places.read_path(stream), At::Configuration),
            At::Configuration => (
                only_if(
                    self.places.read_configuration(session),
                    "the stream is on air",
                ),
                At::List,
            ),
            At::List => (self.places.read_list(stream), At::Kick),
            At::Kick => (
                only_if(
                    self.places.kick(session),
                    "the stream is on air, and this is recorded of it",
                ),
                At::Again,
            ),
            At::Again => (
                self.places
                    .read_path(stream)
                    .with_condition("that session was over already"),
                At::End,
            ),
            At::End => return Ok(None),
        };
        (self.at, self.next) = (self.next, next);
        Ok(Some(step))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
        match self.at {
            At::Path => {
                match self.read_air(answer)? {
                    Air::On(session) => self.session = Some(session),
                    air => {
                        self.has_path = matches!(air, Air::Idle);
                        self.next = At::List;
                    }
                }
                Ok(None)
            }
            At::Configuration => {
                match translate::kept(&answer?) {
                    Ok(kept) => self.kept = kept,
                    // What was recorded before is there all the same.
                    Err(error) if error.kind() == ErrorKind::Conflict && self.named.is_some() => {}
                    Err(error) => return Err(error),
                }
                Ok(None)
            }
            At::List => {
                let date = answer.as_ref().ok().map(Response::date);
                let spans = translate::spans(answer)?;
                let now = date.map_or(OffsetDateTime::UNIX_EPOCH, OffsetDateTime::from);
                if !self.prepare(&spans, now)? {
                    return Ok(Some(self.outcome(Stopped::AlreadyEnded)));
                }
                let pulled = self.session.as_ref();
                match pulled.filter(|session| !session.can_be_kicked()) {
                    None => Ok(None),
                    Some(session) => Err(Error::new(
                        ErrorKind::Unsupported,
                        format!(
                            "the server fetches this stream by itself (`{}`), and has no call that ends that",
                            session.source()
                        ),
                    )),
                }
            }
            At::Kick => match answer {
                Ok(response) => {
                    translate::kicked(&response)?;
                    Ok(Some(self.outcome(Stopped::Stopped)))
                }
                Err(error) if !translate::is_not_found(&error) => Err(error),
                // It was asked for before, and its answer was lost: the id is one session's, and that is over.
                Err(error) if error.effect().stopped == Certainty::Unknown => {
                    self.is_over = true;
                    Ok(Some(self.outcome(Stopped::Stopped)))
                }
                Err(_) => Ok(None),
            },
            At::Again | At::End => match self.read_air(answer)? {
                Air::Idle | Air::Unknown => {
                    self.is_over = true;
                    Ok(Some(self.outcome(Stopped::AlreadyEnded)))
                }
                Air::On(_) => Err(Error::new(
                    ErrorKind::Conflict,
                    "the session ended by itself, and the encoder is back with another one: stop it again",
                )),
            },
        }
    }

    fn ticket(&self) -> Option<Ticket> {
        let is_known =
            self.recording.is_some() && self.request.cut().is_some() == self.cut.is_some();
        is_known.then(|| self.to_ticket())
    }

    fn cut(&self) -> Option<Cut> {
        self.cut
    }

    fn done_before(&self) -> Effect {
        match self.is_over {
            true => Effect::new(Certainty::Yes, Certainty::No),
            false => Effect::NONE,
        }
    }
}
