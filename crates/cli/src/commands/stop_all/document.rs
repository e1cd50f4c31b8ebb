//! What is printed of a list: a line a stream, and a summary.

use livecut::{Certainty, Effect, ErrorKind};
use serde::Serialize;

use crate::cut::for_people;
use crate::human::Human;
use crate::json;
use crate::results::{FailedStop, Outcome, Standing};
use crate::text::{BAD, GOOD, Page, clean};

/// What became of one stream.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// Whether an earlier run found it out, and this one nothing new.
    pub(super) earlier: bool,
    /// Whether people are shown the ticket, which is nowhere else.
    #[serde(skip)]
    pub(super) shows_ticket: bool,
    /// Whether there was nothing that this run could do for it.
    #[serde(skip)]
    pub(super) left_alone: bool,
}

impl Line {
    /// Whether its stop was cancelled before it was sent. People are told how many are.
    pub(super) fn is_unsent(&self) -> bool {
        self.outcome.standing() == Standing::NotApplied
            && self.error_kind() == Some(ErrorKind::Cancelled.as_str())
    }

    /// Whether nothing was applied, and the same stop is refused again until something is mended.
    fn is_refused(&self) -> bool {
        const REFUSALS: [ErrorKind; 8] = [
            ErrorKind::InvalidRequest,
            ErrorKind::Unsupported,
            ErrorKind::Configuration,
            ErrorKind::InvalidTicket,
            ErrorKind::Unauthorized,
            ErrorKind::NotFound,
            ErrorKind::Conflict,
            ErrorKind::Rejected,
        ];
        let kind = self.error_kind();
        self.outcome.standing() == Standing::NotApplied
            && REFUSALS
                .iter()
                .any(|refusal| kind == Some(refusal.as_str()))
    }

    /// Whether only a look could tell if it is stopped, and this run couldn't take one that would.
    fn is_beyond_a_look(&self) -> bool {
        self.left_alone && self.outcome.effect().stopped == Certainty::Unknown
    }

    fn error_kind(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Failed(FailedStop { error, .. }) => Some(&error.kind),
            Outcome::Done(_) => None,
        }
    }
}

impl Human for Line {
    /// One line, however long, so that lines can be searched and counted. None where it would be
    /// the same for all that is left of a list.
    fn human(&self) -> String {
        if self.is_unsent() {
            return String::new();
        }
        let standing = self.outcome.standing();
        let style = match standing {
            Standing::Done => GOOD,
            _ => BAD,
        };
        let stream = clean(self.outcome.stream());
        let mut said = match &self.outcome {
            Outcome::Done(stop) => done(stop),
            Outcome::Failed(FailedStop { error, .. }) => clean(&error.message),
        };
        if self.earlier {
            said.push_str(" (earlier run)");
        }
        if let Some(ticket) = self.outcome.ticket().filter(|_| self.shows_ticket) {
            said.push_str(&format!("; ticket {}", clean(ticket)));
        }
        let standing = standing.as_str();
        format!("{style}{standing:<12}{style:#} {stream}: {said}\n")
    }
}

fn done(stop: &json::Stop) -> String {
    let stopped = match &*stop.stopped {
        "already_ended" => "had ended before",
        _ => "stopped",
    };
    match (stop.cut.requested, stop.cut.effective) {
        (Some(requested), Some(effective)) if requested != effective => format!(
            "{stopped}, cut {}: {}, which becomes {}",
            clean(&stop.cut.state),
            for_people(requested),
            for_people(effective)
        ),
        (_, Some(effective)) => format!(
            "{stopped}, cut {}: {}",
            clean(&stop.cut.state),
            for_people(effective)
        ),
        _ => format!("{stopped}, all of the recording is kept"),
    }
}

/// What would be sent for one stream.
#[derive(Debug, Serialize)]
pub(super) struct PlanLine {
    pub(super) stream: String,
    #[serde(flatten)]
    pub(super) plan: json::Plan,
}

impl Human for PlanLine {
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
    /// The worst of the streams' standings.
    pub(super) worst: Standing,
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
            worst: Standing::Done,
            unsent: 0,
            refused: 0,
            beyond_a_look: 0,
            effect: Effect::NONE,
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, line: &Line) {
        let standing = line.outcome.standing();
        let add = |count: &mut u64, counts| *count = count.saturating_add(u64::from(counts));
        add(self.counts.of_mut(standing), true);
        add(&mut self.counts.streams, true);
        add(&mut self.counts.earlier, line.earlier);
        add(&mut self.unsent, line.is_unsent());
        add(&mut self.refused, line.is_refused());
        add(&mut self.beyond_a_look, line.is_beyond_a_look());
        self.worst = self.worst.max(standing);
        let (so_far, effect) = (self.effect, line.outcome.effect());
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
        let standing = Standing::NotApplied.as_str();
        let count = self.unsent;
        format!("{BAD}{standing:<12}{BAD:#} {count} {others}: cancelled before {were} sent\n")
    }

    /// How far a run over so many streams is, in one line. The count comes first, so that a
    /// narrow terminal has it.
    pub(super) fn progress(&self, streams: u64) -> String {
        const WIDTH: u64 = 24;
        let filled = self.counts.streams.saturating_mul(WIDTH);
        let filled = filled.checked_div(streams).unwrap_or_default().min(WIDTH);
        let part = |mark: &str, width| mark.repeat(usize::try_from(width).unwrap_or_default());
        let mut line = format!(
            "{}/{streams} [{}{}]",
            self.counts.streams,
            part("#", filled),
            part("-", WIDTH.saturating_sub(filled)),
        );
        for standing in Standing::ALL {
            let count = self.counts.of(standing);
            if standing != Standing::Done && count > 0 {
                line.push_str(&format!(" · {count} {}", standing.as_str()));
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
    fn of(self, standing: Standing) -> u64 {
        let mut counts = self;
        *counts.of_mut(standing)
    }

    fn of_mut(&mut self, standing: Standing) -> &mut u64 {
        match standing {
            Standing::Done => &mut self.done,
            Standing::NotApplied => &mut self.not_applied,
            Standing::CutOwed => &mut self.cut_owed,
            Standing::NotAsAsked => &mut self.not_as_asked,
            Standing::Unknown => &mut self.unknown,
        }
    }
}

impl Human for Summary {
    fn human(&self) -> String {
        let counts = self.summary;
        let mut page = Page::default();
        for standing in Standing::ALL {
            let count = counts.of(standing);
            if count > 0 {
                let style = match standing {
                    Standing::Done => GOOD,
                    _ => BAD,
                };
                page.styled_row(standing.as_str(), style, count);
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
        let line = Line {
            outcome: Outcome::of(&StreamId::new("a").unwrap(), &Err(error)),
            earlier: false,
            shows_ticket: true,
            left_alone: false,
        };
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
