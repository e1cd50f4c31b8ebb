//! What people are told to do where not all of a list is done.

use super::document::Tally;
use crate::failure::Failure;
use crate::text::wrapped;

/// How the run was asked for, as far as it changes what to do next.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSettings {
    pub(super) provider: &'static str,
    /// Whether it goes on from a file of results.
    pub(super) keeps_results: bool,
    /// Why a next run can't rely on that file.
    pub(super) lost: Option<Lost>,
    pub(super) reconciles: bool,
}

/// What makes the same command stop again what is stopped, although results are kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lost {
    /// The file that was written isn't where a next run looks for it.
    Misplaced,
    /// The file may lack results.
    Incomplete,
}

impl Lost {
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Misplaced => {
                "The results file that was written isn't at its path, so the same command would stop again \
                 what is stopped. Put that file back (`mv`) before you run it again; if you can't, go on with a \
                 list of just those that aren't done, and a new results file."
            }
            Self::Incomplete => {
                "The results file may lack what this run did, so the same command may stop again what is \
                 stopped: go on with a list of just those that aren't done, and a new results file."
            }
        }
    }
}

/// The failure of a run over a list that isn't all done.
pub(super) fn not_all_done(tally: &Tally, asked: RunSettings) -> Box<Failure> {
    let message = format!(
        "{} of {} streams aren't done",
        tally.not_done(),
        tally.counts.streams
    );
    Failure::new(tally.worst.exit(), "not_all_done", message)
        .with_effect_of_many(tally.effect())
        .with_detail(advice(tally, asked))
}

fn advice(tally: &Tally, asked: RunSettings) -> String {
    let counts = &tally.counts;
    let look = format!("`livecut status --provider {} STREAM`", asked.provider);
    let mut advice = Vec::new();
    let held_up = counts.not_applied.saturating_sub(tally.refused);
    match (asked.keeps_results, asked.lost) {
        (true, Some(lost)) => advice.push(lost.advice().to_owned()),
        (true, None) if held_up > 0 || counts.cut_owed > 0 => {
            advice.push("Run the same command again to go on.".to_owned());
        }
        (true, None) => {}
        (false, _) => {
            advice.push(
                "No results are kept (--results), so the same list would stop all of them again: \
                 go on with a list of just those that aren't done."
                    .to_owned(),
            );
        }
    }
    let is_kept = asked.keeps_results && asked.lost.is_none();
    if counts.cut_owed > 0 && !is_kept {
        advice.push("`livecut follow TICKET --wait` makes a cut that is owed.".to_owned());
    }
    if tally.refused > 0 {
        advice.push(format!(
            "Refused as they are: {}. {look} says what the provider knows of one. \
             Mend the cause, or take those that have ended by themselves off the list.",
            tally.refused
        ));
    }
    let which = match (counts.unknown, counts.not_as_asked) {
        (0, 0) => None,
        (0, _) => Some("not as asked"),
        (_, 0) => Some("unknown"),
        _ => Some("unknown or not as asked"),
    };
    if let Some(which) = which {
        let mut text = format!("Look at those that are {which}: {look}.");
        if is_kept {
            text.push_str(&format!(
                " With this results file they are never stopped again. To stop any of them again, \
                 put it on a new list, and give that a new results file: `livecut stop --provider \
                 {} --from NEW-LIST --results NEW-RESULTS`.",
                asked.provider
            ));
        }
        advice.push(text);
    }
    if asked.reconciles && tally.beyond_a_look > 0 {
        advice.push(format!(
            "--reconcile can't help with {} of them: a look proves something only of a stream \
             that was seen on air right before its stop, and the run that sent that stop hadn't \
             seen it so.",
            tally.beyond_a_look
        ));
    }
    let paragraphs: Vec<_> = advice.iter().map(|text| wrapped(text)).collect();
    paragraphs.join("\n")
}

#[cfg(test)]
mod tests {
    use livecut::{
        Certainty, Cut, CutRange, Effect, Error, ErrorKind, RecordingId, StreamId, Ticket,
    };

    use super::super::document::Line;
    use super::*;

    fn said(kind: ErrorKind, effect: Effect, keeps_results: bool, lost: Option<Lost>) -> String {
        let range = CutRange::seconds(30, 120).unwrap();
        let ticket = Ticket::new("example", StreamId::new("a").unwrap())
            .with_cut(Some(Cut::new(range, range)));
        let ticket = match kind {
            ErrorKind::CutOwed => ticket.with_source(RecordingId::new("whole").unwrap()),
            _ => ticket,
        };
        let error = Error::new(kind, "no luck")
            .with_effect(effect)
            .with_ticket(ticket);
        let mut tally = Tally::default();
        tally.add(&Line::of(&StreamId::new("a").unwrap(), Err(&error)));
        let asked = RunSettings {
            provider: livecut::providers()[0].name(),
            keeps_results,
            lost,
            reconciles: true,
        };
        let advice = advice(&tally, asked);
        #[cfg(unix)]
        for command in crate::hints::tests::pasted::commands(&advice) {
            crate::hints::tests::pasted::check(&command);
            // Several may be configured; a ticket names its own.
            assert!(command.contains("--provider ") || command.contains("TICKET"));
        }
        advice.replace('\n', " ")
    }

    #[test]
    fn to_run_it_again_is_advised_where_that_may_do_something_else() {
        let (none, stopped) = (Effect::NONE, Effect::new(Certainty::Yes, Certainty::No));
        for (kind, effect, goes_on) in [
            (ErrorKind::Cancelled, none, true),
            (ErrorKind::Connect, none, true),
            (ErrorKind::RateLimited, none, true),
            (ErrorKind::CutOwed, stopped, true),
            (ErrorKind::NotFound, none, false),
            (ErrorKind::Rejected, none, false),
            (ErrorKind::Unauthorized, none, false),
            (ErrorKind::CutRefused, stopped, false),
        ] {
            let again = "Run the same command again";
            let kept = said(kind, effect, true, None);
            assert_eq!(kept.contains(again), goes_on, "{kind}: {kept}");
            // Or else what is stopped would be stopped again.
            let unkept = said(kind, effect, false, None);
            assert!(!unkept.contains(again), "{kind}: {unkept}");
            assert!(unkept.contains("would stop all of them again"), "{unkept}");
            for lost in [Lost::Misplaced, Lost::Incomplete] {
                let lost = said(kind, effect, true, Some(lost));
                assert!(!lost.contains(again), "{kind}: {lost}");
                assert!(
                    lost.contains("list of just those that aren't done"),
                    "{lost}"
                );
                assert!(!lost.contains("With this results file"), "{lost}");
            }
            for text in [kept, unkept] {
                let look = matches!(
                    kind,
                    ErrorKind::NotFound
                        | ErrorKind::Rejected
                        | ErrorKind::Unauthorized
                        | ErrorKind::CutRefused
                );
                assert_eq!(text.contains("livecut status"), look, "{kind}: {text}");
                assert!(!text.contains("--reconcile"), "{kind}: {text}");
            }
        }
    }
}
