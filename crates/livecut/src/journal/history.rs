//! What is known of one stream, and what may be done for it next. No I/O, and no clock.

use std::fmt;

use super::{Outcome, Record};
use crate::{Certainty, Effect, Error, ErrorKind, Standing, StopRequest, StreamState, Ticket};

/// What a journal has of one stream.
///
/// It is made of the stream's [records](Record), in the order in which they were written, and says what they come to.
///
/// ```
/// use livecut::journal::{History, Next, Record};
/// use livecut::{Certainty, Effect, StopOutcome, StopRequest, StreamId, Ticket};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stream = StreamId::new("room-7")?;
/// let request = StopRequest::new(stream.clone());
/// let mut history = History::default();
/// assert_eq!(history.next(&request, false), Next::Stop);
///
/// let possible = Effect::new(Certainty::Unknown, Certainty::No);
/// history.learn(Record::begun(request.clone(), possible, None, None))?;
/// // As a run leaves it that is killed now: it may be stopped.
/// assert_eq!(history.next(&request, false), Next::Nothing);
///
/// let outcome = StopOutcome::new(Ticket::new("example", stream.clone()));
/// history.learn(Record::ended(stream, Ok(outcome)))?;
/// assert_eq!(history.next(&request, false), Next::Nothing);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct History {
    records: u64,
    known: Option<Known>,
}

#[derive(Debug, Clone)]
struct Known {
    /// What was asked for when it was begun last.
    request: StopRequest,
    /// The state that the stream was in right before.
    before: Option<StreamState>,
    /// What came of it; `None`: a step was begun, and its end isn't known.
    ended: Option<Outcome>,
    /// What all steps have done, or may have.
    effect: Effect,
    /// The same without the step that is under way, if there is one: no end takes this back.
    settled: Effect,
    /// `None`: it is done.
    standing: Option<Standing>,
    /// To go on with.
    ticket: Option<Ticket>,
}

/// What may be done for a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// Stop it: nothing was applied, for sure.
    Stop,
    /// Follow this ticket, which makes the cut that is owed.
    Follow(Box<Ticket>),
    /// Look at it, which may prove that it is stopped ([`reconcile`](crate::LiveStreamStopperExt::reconcile)).
    Look,
    /// Nothing: it is done, or only a person can tell what to do.
    Nothing,
    /// Nothing: its stop asked for something else, and may have been applied. What that was and what it is now, member by
    /// member: `cut 30s..60s, now 30s..90s`.
    Refuse(String),
}

/// A record that can't follow those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidHistory(&'static str);

impl fmt::Display for InvalidHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidHistory {}

impl History {
    /// What these records of one stream come to, in the order in which they were written.
    ///
    /// # Errors
    /// Of the first that can't follow those before it.
    pub fn of(records: impl IntoIterator<Item = Record>) -> Result<Self, InvalidHistory> {
        let mut history = Self::default();
        for record in records {
            history.learn(record)?;
        }
        Ok(history)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// If it can't follow those before it: nothing is begun again that may have been applied, nothing ends that wasn't
    /// begun, and no end says less than was known before its step. The history is then as it was.
    pub fn learn(&mut self, record: Record) -> Result<(), InvalidHistory> {
        let known = self.known.as_ref();
        if known.is_some_and(|known| known.request.stream() != record.stream()) {
            return Err(InvalidHistory("this is the record of another stream"));
        }
        let learned = match record {
            Record::Begun(begun) => {
                if !self.is_safe_to_stop() {
                    return Err(InvalidHistory(
                        "this begins a stop that can't have been begun again",
                    ));
                }
                Known {
                    before: begun.before,
                    ended: None,
                    // Whatever else it says, a stop that was begun may have stopped it.
                    effect: Effect {
                        stopped: Certainty::Unknown,
                        ..begun.possible_effect
                    },
                    settled: Effect::NONE,
                    standing: Some(Standing::Unknown),
                    ticket: begun.ticket,
                    request: begun.request,
                }
            }
            Record::Following(_) => {
                let known = known.ok_or(InvalidHistory("this follows a stop that wasn't begun"))?;
                let Some(ticket) = known.owed(true) else {
                    return Err(InvalidHistory("this follows a stop whose cut isn't owed"));
                };
                Known {
                    ended: None,
                    effect: known.effect.then(ticket.possible_effect()),
                    settled: known.effect,
                    standing: Some(Standing::Unknown),
                    ..known.clone()
                }
            }
            Record::Ended(ended) => {
                let known = known.ok_or(InvalidHistory("this ends a stop that wasn't begun"))?;
                let (effect, standing, ticket) = match &ended.result {
                    Ok(outcome) if outcome.stream() != &ended.stream => {
                        return Err(InvalidHistory("this is the result of another stream"));
                    }
                    Ok(outcome) => (outcome.effect(), None, Some(outcome.ticket())),
                    Err(report) => (report.effect(), Some(report.standing()), report.ticket()),
                };
                // It is of all steps: one that says less isn't the last, but came late, or twice.
                if known.settled.then(effect) != effect {
                    return Err(InvalidHistory("this takes back what was known before"));
                }
                Known {
                    effect,
                    settled: effect,
                    standing,
                    ticket: ticket.cloned(),
                    ended: Some(ended.result),
                    ..known.clone()
                }
            }
        };
        self.known = Some(learned);
        self.records = self.records.saturating_add(1);
        Ok(())
    }

    /// How many records there are: the place of the next one.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Whether nothing is known of it.
    pub const fn is_empty(&self) -> bool {
        self.known.is_none()
    }

    /// What came of it in the end. `None`: nothing was begun, or a step was begun whose end isn't known.
    pub fn ended(&self) -> Option<&Outcome> {
        self.known.as_ref()?.ended.as_ref()
    }

    /// What all steps together have done, or may have.
    pub fn effect(&self) -> Effect {
        self.known
            .as_ref()
            .map_or(Effect::NONE, |known| known.effect)
    }

    /// The ticket to go on with.
    pub fn ticket(&self) -> Option<&Ticket> {
        self.known.as_ref()?.ticket.as_ref()
    }

    /// Where it stands; `None`: all that was asked for is done, or accepted.
    pub fn standing(&self) -> Option<Standing> {
        let nothing = Some(Standing::NothingDone);
        self.known.as_ref().map_or(nothing, |known| known.standing)
    }

    /// What may be done for this request. `reconcile` is the caller's word that nobody else is at it, and that something unknown
    /// may be looked at, and a cut looked for and made if it isn't there.
    ///
    /// What is done is never done again, and what may have been applied is never stopped again, with `reconcile` either.
    pub fn next(&self, request: &StopRequest, reconcile: bool) -> Next {
        let Some(known) = self.known.as_ref().filter(|_| !self.is_safe_to_stop()) else {
            return Next::Stop;
        };
        let changes = changes(&known.request, request);
        if !changes.is_empty() {
            return Next::Refuse(changes);
        }
        if let Some(ticket) = known.owed(reconcile) {
            return Next::Follow(Box::new(ticket.clone()));
        }
        let is_unknown =
            known.standing == Some(Standing::Unknown) && known.effect.stopped == Certainty::Unknown;
        // A look proves something only of a stream that was seen on air right before.
        match reconcile && is_unknown && known.before.is_some_and(StreamState::is_on_air) {
            true => Next::Look,
            false => Next::Nothing,
        }
    }

    /// Whether nothing was applied, for sure.
    pub(crate) fn is_safe_to_stop(&self) -> bool {
        self.standing() == Some(Standing::NothingDone)
    }

    /// What all steps came to, as far as it is known: of a step that was begun without an end, that it is unknown. `None`: there was
    /// none.
    pub fn result(&self, provider: &str) -> Option<Outcome> {
        let known = self.known.as_ref()?;
        Some(known.ended.clone().unwrap_or_else(|| {
            let report = endless().with_effect(known.effect).report();
            let report = report.with_provider(provider.to_owned());
            Err(Box::new(report.with_ticket(known.ticket.clone())))
        }))
    }

    /// What can be said of it as an error, where it isn't done.
    pub(crate) fn error(&self, provider: &'static str) -> Error {
        let error = match self.ended() {
            Some(Err(report)) => {
                let kind = report.kind().unwrap_or(ErrorKind::Internal);
                Error::new(kind, "an earlier run left it so")
                    .with_aftermath(report.message().to_owned())
            }
            _ => endless(),
        };
        self.of_all_steps(error.with_provider(provider))
    }

    /// The error with what all steps have done, and with the ticket to go on with.
    pub(crate) fn of_all_steps(&self, error: Error) -> Error {
        // Nothing makes a cut that the provider has failed for good.
        let leads_on =
            |ticket: &&Ticket| Some(Standing::of(self.effect(), Some(ticket))) == self.standing();
        error
            .with_effect(self.effect())
            .with_ticket(self.ticket().filter(leads_on).cloned())
    }
}

impl Known {
    /// The ticket whose cut is to be made by following it.
    fn owed(&self, reconcile: bool) -> Option<&Ticket> {
        let may_follow = match self.standing {
            Some(Standing::CutOwed) => true,
            // Following looks for the cut, and makes it if it isn't there.
            Some(Standing::Unknown) => reconcile && self.effect.stopped == Certainty::Yes,
            _ => false,
        };
        let ticket = self.ticket.as_ref()?;
        (may_follow && ticket.owes_cut()).then_some(ticket)
    }
}

/// A step that was begun, and whose end isn't known here.
fn endless() -> Error {
    Error::new(
        ErrorKind::Interrupted,
        "its end isn't in the journal: the run ended before it was known, or couldn't write it",
    )
}

/// What was asked for before and isn't now, member by member.
fn changes(before: &StopRequest, now: &StopRequest) -> String {
    let cut = |request: &StopRequest| {
        let cut = request.cut()?;
        // All from its start on, whenever it is asked for.
        let lasting = cut.rfc3339().filter(|_| cut.ends_at_edge());
        Some(lasting.map_or_else(
            || cut.to_string(),
            |bounds| format!("{}..now", bounds.start),
        ))
    };
    let members = |request: &StopRequest| {
        [
            ("cut", cut(request)),
            ("rounding", Some(request.rounding().to_string())),
            ("visibility", request.visibility().map(ToString::to_string)),
            ("anchor", request.anchor().map(|at| at.to_utc().to_string())),
            ("recording", request.recording().map(ToString::to_string)),
        ]
    };
    let changes: Vec<_> = members(before)
        .into_iter()
        .zip(members(now))
        .filter(|(before, now)| before != now)
        .map(|((name, before), (_, now))| {
            let said = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            format!("{name} {}, now {}", said(before), said(now))
        })
        .collect();
    changes.join("; ")
}

#[cfg(test)]
mod tests;
