//! What is printed of a list: a line a stream, and a summary.

use livecut::{Certainty, Effect};
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
}

impl Human for Line {
    /// One line, however long, so that lines can be searched and counted.
    fn human(&self) -> String {
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
    effect: Effect,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: Counts::default(),
            worst: Standing::Done,
            effect: Effect::NONE,
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, line: &Line) {
        let standing = line.outcome.standing();
        let count = self.counts.of_mut(standing);
        *count = count.saturating_add(1);
        self.counts.streams = self.counts.streams.saturating_add(1);
        self.counts.earlier = self.counts.earlier.saturating_add(u64::from(line.earlier));
        self.worst = self.worst.max(standing);
        let effect = line.outcome.effect();
        self.effect = Effect::new(
            either(self.effect.stopped, effect.stopped),
            either(self.effect.cut, effect.cut),
        );
    }

    /// What the stops of all streams together have caused: unknown where it is of any.
    pub(super) fn effect(&self) -> Effect {
        self.effect
    }

    pub(super) fn not_done(&self) -> u64 {
        self.counts.streams.saturating_sub(self.counts.done)
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

/// Of two calls: unknown if either is, yes if either is.
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

impl Human for Counts {
    fn human(&self) -> String {
        let mut page = Page::default();
        for standing in Standing::ALL {
            let count = self.of(standing);
            if count > 0 {
                let style = match standing {
                    Standing::Done => GOOD,
                    _ => BAD,
                };
                page.styled_row(standing.as_str(), style, count);
            }
        }
        if self.earlier > 0 {
            page.row(
                "  earlier",
                format!("{} of them, by earlier runs", self.earlier),
            );
        }
        page.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
