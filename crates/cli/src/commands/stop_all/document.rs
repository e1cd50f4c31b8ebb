//! What is printed of a list: a line a stream, and a summary.

use livecut::journal::Outcome;
use livecut::{Certainty, Effect, Error, ErrorKind, ErrorReport, StopOutcome, StreamId};
use serde::Serialize;

use super::ending::Ending;
use crate::cut::for_people;
use crate::hints;
use crate::human::{Human, stopped};
use crate::json;
use crate::status_line::bar;
use crate::text::{BAD, GOOD, Page, clean};

/// What became of one stream.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) stream: StreamId,
    result: Outcome,
    /// Whether an earlier run found it out, and this one nothing new.
    pub(super) earlier: bool,
    /// Whether people are shown the ticket, which is nowhere else.
    pub(super) shows_ticket: bool,
    /// Whether there was nothing that this run could do for it.
    pub(super) left_alone: bool,
}

/// The document of a stop, or that of a failure with its stream.
#[derive(Serialize)]
#[serde(untagged)]
enum LineDocument<'a> {
    Done {
        #[serde(flatten)]
        outcome: &'a StopOutcome,
        earlier: bool,
    },
    Failed {
        stream: &'a StreamId,
        error: &'a ErrorReport,
        earlier: bool,
    },
}

impl Serialize for Line {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (stream, earlier) = (&self.stream, self.earlier);
        match &self.result {
            Ok(outcome) => LineDocument::Done { outcome, earlier },
            Err(error) => LineDocument::Failed {
                stream,
                error,
                earlier,
            },
        }
        .serialize(serializer)
    }
}

impl Line {
    pub(super) fn new(stream: &StreamId, result: Outcome, earlier: bool) -> Self {
        Self {
            stream: stream.clone(),
            result: result.map_err(|report| {
                let message = hints::in_options(report.message());
                Box::new(report.with_message(message))
            }),
            earlier,
            shows_ticket: false,
            left_alone: false,
        }
    }

    /// What this run found out.
    pub(super) fn of(stream: &StreamId, result: Result<&StopOutcome, &Error>) -> Self {
        let result = result.cloned();
        Self::new(stream, result.map_err(|error| error.report().into()), false)
    }

    fn ending(&self) -> Ending {
        Ending::of(self.result.as_ref().err().map(|report| report.standing()))
    }

    fn effect(&self) -> Effect {
        match &self.result {
            Ok(outcome) => outcome.effect(),
            Err(report) => report.effect(),
        }
    }

    fn error_kind(&self) -> Option<ErrorKind> {
        self.result.as_ref().err()?.kind()
    }

    /// Whether its stop was cancelled before it was sent. People are told how many are.
    fn is_unsent(&self) -> bool {
        self.ending() == Ending::NotApplied && self.error_kind() == Some(ErrorKind::Cancelled)
    }

    /// Whether nothing was applied, and the same stop is refused again until something is mended.
    fn is_refused(&self) -> bool {
        let is_refusal = |kind: ErrorKind| {
            kind.is_refused_by_livecut()
                || matches!(
                    kind,
                    ErrorKind::Unauthorized
                        | ErrorKind::NotFound
                        | ErrorKind::Conflict
                        | ErrorKind::Rejected
                )
        };
        self.ending() == Ending::NotApplied && self.error_kind().is_some_and(is_refusal)
    }

    /// Whether only a look could tell if it is stopped, and this run couldn't take one that would.
    fn is_beyond_a_look(&self) -> bool {
        self.left_alone && self.effect().stopped == Certainty::Unknown
    }
}

impl Human for Line {
    /// One line, however long, so that lines can be searched and counted. None where it would be
    /// the same for all that is left of a list.
    fn human(&self) -> String {
        if self.is_unsent() {
            return String::new();
        }
        let ending = self.ending();
        let style = match ending {
            Ending::Done => GOOD,
            _ => BAD,
        };
        let stream = clean(self.stream.as_str());
        let (mut said, ticket) = match &self.result {
            Ok(outcome) => (done(outcome), Some(outcome.ticket())),
            Err(report) => (clean(report.message()), report.ticket()),
        };
        if self.earlier {
            said.push_str(" (earlier run)");
        }
        if let Some(ticket) = ticket.filter(|_| self.shows_ticket) {
            said.push_str(&format!("; ticket {ticket}"));
        }
        let ending = ending.as_str();
        format!("{style}{ending:<12}{style:#} {stream}: {said}\n")
    }
}

fn done(outcome: &StopOutcome) -> String {
    let stopped = stopped(outcome);
    let (Some(cut), Some(state)) = (outcome.cut(), outcome.cut_state()) else {
        return format!("{stopped}, all of the recording is kept");
    };
    let effective = for_people(cut.effective());
    let said = match cut.requested() == cut.effective() {
        true => effective,
        false => format!("{}, which becomes {effective}", for_people(cut.requested())),
    };
    format!("{stopped}, cut {}: {said}", state.as_str())
}

/// What would be sent for one stream.
#[derive(Debug, Serialize)]
pub(super) struct PlanLine<'a> {
    pub(super) stream: String,
    #[serde(flatten)]
    pub(super) plan: json::Plan<'a>,
}

impl Human for PlanLine<'_> {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row("stream", &self.stream);
        format!("{}{}\n", page.into_string(), self.plan.human())
    }
}

/// How many streams of the list stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) streams: u64,
    pub(super) done: u64,
    pub(super) not_applied: u64,
    pub(super) cut_owed: u64,
    pub(super) not_as_asked: u64,
    pub(super) unknown: u64,
    /// Of all of them, those of which this run learned nothing new.
    pub(super) earlier: u64,
}

/// The last line on stdout.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) summary: Counts,
}

/// What all lines come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// The worst of the streams' endings.
    pub(super) worst: Ending,
    /// Those that people have no line of: cancelled before they were sent.
    pub(super) unsent: u64,
    /// Those that the provider refuses again as they are.
    pub(super) refused: u64,
    /// Those of which it is unknown whether they are stopped, and a look can't tell.
    pub(super) beyond_a_look: u64,
    effect: Effect,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: Counts::default(),
            worst: Ending::Done,
            unsent: 0,
            refused: 0,
            beyond_a_look: 0,
            effect: Effect::NONE,
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, line: &Line) {
        let ending = line.ending();
        let add = |count: &mut u64, counts| *count = count.saturating_add(u64::from(counts));
        add(self.counts.of_mut(ending), true);
        add(&mut self.counts.streams, true);
        add(&mut self.counts.earlier, line.earlier);
        add(&mut self.unsent, line.is_unsent());
        add(&mut self.refused, line.is_refused());
        add(&mut self.beyond_a_look, line.is_beyond_a_look());
        self.worst = self.worst.max(ending);
        let (so_far, effect) = (self.effect, line.effect());
        self.effect = Effect {
            stopped: either(so_far.stopped, effect.stopped),
            cut: either(so_far.cut, effect.cut),
            other: either(so_far.other, effect.other),
        };
    }

    /// What the stops of all streams together have caused: unknown where it is of any.
    pub(super) fn effect(&self) -> Effect {
        self.effect
    }

    pub(super) fn not_done(&self) -> u64 {
        self.counts.streams.saturating_sub(self.counts.done)
    }

    /// The line for all that have none of their own.
    pub(super) fn unsent(&self) -> String {
        let (others, were) = match self.unsent {
            0 => return String::new(),
            1 => ("other", "it was"),
            _ => ("others", "they were"),
        };
        let ending = Ending::NotApplied.as_str();
        let count = self.unsent;
        format!("{BAD}{ending:<12}{BAD:#} {count} {others}: cancelled before {were} sent\n")
    }

    /// How far a run over so many streams is, in one line. The count comes first, so that a
    /// narrow terminal has it.
    pub(super) fn progress(&self, streams: u64) -> String {
        let done = self.counts.streams;
        let mut line = format!("{done}/{streams} {}", bar(done, streams));
        for ending in Ending::ALL {
            let count = self.counts.of(ending);
            if ending != Ending::Done && count > 0 {
                line.push_str(&format!(" · {count} {}", ending.as_str()));
            }
        }
        line
    }
}

/// Of two streams' stops: unknown if either is, else yes if either is.
fn either(one: Certainty, other: Certainty) -> Certainty {
    match (one, other) {
        (Certainty::Unknown, _) | (_, Certainty::Unknown) => Certainty::Unknown,
        (Certainty::Yes, _) | (_, Certainty::Yes) => Certainty::Yes,
        (Certainty::No, Certainty::No) => Certainty::No,
    }
}

impl Counts {
    fn of(self, ending: Ending) -> u64 {
        let mut counts = self;
        *counts.of_mut(ending)
    }

    fn of_mut(&mut self, ending: Ending) -> &mut u64 {
        match ending {
            Ending::Done => &mut self.done,
            Ending::NotApplied => &mut self.not_applied,
            Ending::CutOwed => &mut self.cut_owed,
            Ending::NotAsAsked => &mut self.not_as_asked,
            Ending::Unknown => &mut self.unknown,
        }
    }
}

impl Human for Summary {
    fn human(&self) -> String {
        let counts = self.summary;
        let mut page = Page::default();
        for ending in Ending::ALL {
            let count = counts.of(ending);
            if count > 0 {
                let style = match ending {
                    Ending::Done => GOOD,
                    _ => BAD,
                };
                page.styled_row(ending.as_str(), style, count);
            }
        }
        if counts.earlier > 0 {
            page.row(
                "  earlier",
                format!("{} of them, by earlier runs", counts.earlier),
            );
        }
        page.into_string()
    }
}

#[cfg(test)]
mod tests {
    use livecut::{Error, StreamId};

    use super::*;
    use crate::text::is_harmful;

    /// A provider's words are in an error's message, and a terminal obeys what it is sent.
    #[test]
    fn no_terminal_obeys_what_a_provider_said_of_a_stop_that_failed() {
        let error = Error::new(
            ErrorKind::Rejected,
            "it says \u{1b}[2J\u{9b}1A\r\n\u{202e}no\u{7}",
        );
        let mut line = Line::of(&StreamId::new("a").unwrap(), Err(&error));
        line.shows_ticket = true;
        let text = line.human();
        assert!(text.contains(" a: it says [2J1Ano; "), "{text:?}");
        // The program's own styles end before what is said.
        let said = text.split_once(" a: ").unwrap().1;
        assert!(!said.trim_end().chars().any(is_harmful), "{text:?}");
    }

    #[test]
    fn the_bar_fills_as_the_list_is_done() {
        let counts = Counts {
            streams: 6,
            done: 4,
            unknown: 2,
            ..Counts::default()
        };
        let tally = Tally {
            counts,
            ..Tally::default()
        };
        assert_eq!(
            tally.progress(12),
            "6/12 [############------------] · 2 unknown"
        );
        assert_eq!(
            Tally::default().progress(0),
            "0/0 [------------------------]"
        );
    }

    #[test]
    fn what_is_unknown_of_one_stream_is_unknown_of_the_list() {
        use Certainty::{No, Unknown, Yes};
        for (one, other, all) in [
            (No, No, No),
            (No, Yes, Yes),
            (Yes, Unknown, Unknown),
            (No, Unknown, Unknown),
        ] {
            assert_eq!(either(one, other), all);
            assert_eq!(either(other, one), all);
        }
    }
}
