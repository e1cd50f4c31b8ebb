//! `livecut stop --from`.

mod advice;
mod document;
mod steps;

use std::io::Write as _;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use livecut::{
    Error, ErrorKind, LiveStreamStopper, StopAllOptions, StopOutcome, StreamId, stop_all,
};
use tokio::time::{MissedTickBehavior, interval};

use super::stopper;
use crate::args::{ListArgs, StopArgs};
use crate::exit::Phase;
use crate::failure::Failure;
use crate::human::Human as _;
use crate::json;
use crate::list::{self, Entry, Problem};
use crate::output::{Format, Output, stdout_is_read};
use crate::results::{Next, Outcome, Results};
use crate::signal::asked_to_end;
use crate::status_line::StatusLine;
use advice::{Asked, not_all_done};
use document::{Line, PlanLine, Summary, Tally};
use steps::Steps;

const REDRAW: Duration = Duration::from_millis(250);

pub(crate) async fn run(
    args: &StopArgs,
    from: &Path,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let entries = list::read(from, args.list.format, &args.defaults()?)?;
    let stopper = stopper(provider)?;
    let kept = args.list.results.as_deref();
    let results = match kept {
        None => Results::unkept(stopper.provider()),
        Some(path) if args.dry_run => Results::look(path, stopper.provider())?,
        Some(path) => Results::open(path, stopper.provider())?,
    };
    check(&*stopper, &entries, &results).map_err(|problems| list::refused(from, problems))?;
    if args.dry_run {
        return show_plans(&*stopper, &entries, &results, args.list.reconcile, output);
    }
    let steps = Steps::new(stopper, &entries, results, args.list.reconcile);
    let asked = Asked {
        keeps_results: kept.is_some(),
        reconciles: args.list.reconcile,
    };
    let mut report = Report::new(&steps, entries.len(), output, asked);
    let (now, known): (Vec<_>, Vec<_>) = entries
        .iter()
        .partition(|entry| steps.has_next(entry.request.stream()));
    for entry in known {
        report.stream(entry.request.stream(), None);
    }
    take_steps(&steps, now, &args.list, &mut report).await;
    report.finish()
}

/// Finds all that can be refused before anything is sent.
fn check(
    stopper: &dyn LiveStreamStopper,
    entries: &[Entry],
    results: &Results,
) -> Result<(), Vec<Problem>> {
    let problems: Vec<_> = entries
        .iter()
        .filter_map(|entry| match stopper.plan(&entry.request) {
            Ok(plan) => results.refuses(entry, &plan),
            Err(error) => {
                let failure = Failure::of(Phase::Plan, &error);
                Some(Problem::new(entry.line, failure.in_full()))
            }
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn show_plans(
    stopper: &dyn LiveStreamStopper,
    entries: &[Entry],
    results: &Results,
    reconcile: bool,
    output: Output,
) -> Result<(), Box<Failure>> {
    for entry in entries {
        let stream = entry.request.stream();
        if results.next(stream, reconcile) != Next::Stop {
            continue;
        }
        let plan = stopper
            .plan(&entry.request)
            .map_err(|error| Failure::of(Phase::Plan, &error))?;
        let line = PlanLine {
            stream: stream.to_string(),
            plan: json::Plan::new(&entry.request, &plan),
        };
        if output.line(&line)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn options(args: &ListArgs) -> StopAllOptions {
    let mut options = StopAllOptions::new().with_rate(args.rate);
    if let Some(stops) = args.concurrency {
        options = options.with_concurrency(stops.get());
    }
    if args.reconcile {
        options = options.with_reconcile();
    }
    options
}

/// Takes the next step for each of these streams, and reports each as it is done.
async fn take_steps(steps: &Steps, entries: Vec<&Entry>, args: &ListArgs, report: &mut Report<'_>) {
    let mut all = stop_all(steps, entries, options(args));
    if report.is_broken() {
        all.cancel();
    }
    let mut end = pin!(asked_to_end());
    let mut asked = 0_u32;
    let mut redraw = interval(REDRAW);
    redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut end => {
                end.set(asked_to_end());
                asked = asked.saturating_add(1);
                if asked == 1 {
                    all.cancel();
                    report.tell("no more stops are begun; waiting for those under way \
                                 (once more to give up on them)");
                } else {
                    all.abort();
                }
            }
            next = all.next() => {
                let Some(stopped) = next else { return };
                let (entry, result) = stopped.into_parts();
                let stream = entry.request.stream();
                steps.settle(stream, &result);
                report.stream(stream, Some(result));
                if steps.is_broken() || report.is_broken() {
                    all.cancel();
                }
            }
            _ = redraw.tick() => report.redraw(),
        }
    }
}

/// What is printed while the list is worked on.
struct Report<'a> {
    steps: &'a Steps,
    streams: u64,
    output: Output,
    asked: Asked,
    tally: Tally,
    shown: Option<StatusLine>,
    /// Whether the bar is back at once below a result. What reads a pipe may print the result
    /// on the same terminal, a little later, and then a clean line has to be there.
    shown_at_once: bool,
    /// Why stdout can't be written to.
    unwritten: Option<Box<Failure>>,
}

impl<'a> Report<'a> {
    fn new(steps: &'a Steps, streams: usize, output: Output, asked: Asked) -> Self {
        Self {
            steps,
            streams: u64::try_from(streams).unwrap_or(u64::MAX),
            output,
            asked,
            tally: Tally::default(),
            shown: StatusLine::new(),
            shown_at_once: !stdout_is_read(),
            unwritten: None,
        }
    }

    /// Prints what is known of a stream: what was noted, or else what its step came to.
    fn stream(&mut self, stream: &StreamId, result: Option<livecut::Result<StopOutcome>>) {
        let left_alone = result.is_none();
        let (outcome, earlier) = match (self.steps.known(stream), result) {
            (Some(known), _) => known,
            // What wasn't noted as begun was never sent.
            (None, Some(Err(error))) if error.effect().is_none() => {
                (Outcome::of(stream, &Err(error)), false)
            }
            (None, _) => {
                let error = Error::new(ErrorKind::Cancelled, "not begun");
                (Outcome::of(stream, &Err(error)), false)
            }
        };
        let line = Line {
            outcome,
            earlier,
            shows_ticket: !self.asked.keeps_results,
            left_alone,
        };
        self.tally.add(&line);
        if let Some(shown) = &self.shown {
            shown.erase();
        }
        if self.unwritten.is_none()
            && let Err(failure) = self.output.line(&line)
        {
            self.unwritten = Some(failure);
        }
        if self.shown_at_once {
            self.redraw();
        }
    }

    fn is_broken(&self) -> bool {
        self.unwritten.is_some()
    }

    fn redraw(&self) {
        if let Some(shown) = &self.shown {
            shown.show(&self.tally.progress(self.streams));
        }
    }

    /// Says something on stderr, beside the results.
    fn tell(&self, text: &str) {
        if let Some(shown) = &self.shown {
            shown.erase();
        }
        drop(writeln!(std::io::stderr().lock(), "{text}"));
        self.redraw();
    }

    /// Prints the summary. Anything less than all done is a failure.
    fn finish(self) -> Result<(), Box<Failure>> {
        drop(self.shown);
        let summary = Summary {
            summary: self.tally.counts,
        };
        let unsent = match self.unwritten {
            None => self.output.for_people(&self.tally.unsent()),
            Some(_) => Ok(()),
        };
        let printed = match self.output.format {
            Format::Human => {
                drop(
                    anstream::stderr()
                        .lock()
                        .write_all(summary.summary.human().as_bytes()),
                );
                Ok(())
            }
            Format::Json => self.output.for_programs(&summary),
        };
        let kept = self.steps.finish().map_err(|error| {
            Failure::internal(format!("the results can't be kept in their file: {error}"))
        });
        let trouble = self.unwritten.map_or(Ok(()), Err);
        let trouble = trouble.and(unsent).and(printed).and(kept);
        match (self.tally.not_done(), trouble) {
            (0, trouble) => {
                trouble.map_err(|failure| failure.with_effect_of_many(self.tally.effect()))
            }
            (_, trouble) => {
                let mut failure = not_all_done(&self.tally, self.asked);
                failure.provider = Some(self.steps.provider().to_owned());
                failure.causes = trouble
                    .err()
                    .map(|trouble| trouble.in_full())
                    .into_iter()
                    .collect();
                Err(failure)
            }
        }
    }
}
