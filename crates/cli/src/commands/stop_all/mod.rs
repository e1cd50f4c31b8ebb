//! `livecut stop --from`.

mod advice;
mod document;
mod dry_run;
mod steps;

use std::collections::VecDeque;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use livecut::{
    Error, ErrorKind, LiveStreamStopper, StopAllOptions, StopOutcome, StreamId, stop_all,
};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{ended, stopper};
use crate::args::{ListArgs, StopArgs};
use crate::duration::{rounded_up, whole_seconds};
use crate::exit::Phase;
use crate::failure::Failure;
use crate::human::Human as _;
use crate::list::{self, Entry, Problem};
use crate::output::{Format, Output, read, stdout_is_read, unwritten};
use crate::printer;
use crate::results::{Outcome, Results};
use crate::signal::asked_to_end;
use crate::status_line::StatusLine;
use crate::text::wrapped;
use advice::{Lost, RunSettings, not_all_done};
use document::{Line, Summary, Tally};
use steps::Steps;

const REDRAW: Duration = Duration::from_millis(250);
/// How long a reader has that isn't slow.
const A_MOMENT: Duration = Duration::from_millis(50);
/// A shorter wait isn't worth a line.
const TOLD_WAIT: Duration = Duration::from_secs(3);

pub(crate) async fn run(
    args: &StopArgs,
    from: &Path,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let entries = list::read(from, args.list.format, &args.defaults()?)?;
    let stopper = stopper(provider, None)?;
    let kept = args.list.results.as_deref();
    // All of them are at the same.
    let plan = entries
        .iter()
        .find_map(|entry| stopper.plan(&entry.request).ok());
    let results = match kept {
        None => Results::unkept(stopper.provider()),
        Some(path) if args.dry_run => Results::look(path, stopper.provider(), plan.as_ref())?,
        Some(path) => Results::open(path, stopper.provider(), plan.as_ref())?,
    };
    check(&*stopper, &entries, &results).map_err(|problems| list::refused(from, problems))?;
    if args.dry_run {
        return dry_run::run(&*stopper, &entries, &results, args.list.reconcile, output).await;
    }
    let asked = RunSettings {
        provider: stopper.provider(),
        keeps_results: kept.is_some(),
        lost: None,
        reconciles: args.list.reconcile,
    };
    let steps = Steps::new(stopper, &entries, results, args.list.reconcile);
    let mut report = Report::new(&steps, entries.len(), output, asked);
    let (now, known): (Vec<_>, Vec<_>) = entries
        .iter()
        .partition(|entry| steps.has_next(entry.request.stream()));
    for entry in known {
        report.stream(entry.request.stream(), None);
    }
    report.catch_up().await;
    take_steps(&steps, now, &args.list, &mut report).await;
    report.finish().await
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

fn options(args: &ListArgs) -> StopAllOptions {
    let mut options = StopAllOptions::new();
    for rate in &args.rate {
        options = match rate.method {
            Some(method) => options.with_method_rate(method, rate.rate),
            None => options.with_rate(rate.rate),
        };
    }
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
    let mut is_ending = false;
    let mut end = pin!(asked_to_end(1));
    let mut redraw = interval(REDRAW);
    redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = &mut end => {
                if is_ending {
                    all.abort();
                    end.set(asked_to_end(u32::MAX));
                } else {
                    is_ending = true;
                    end.set(asked_to_end(2));
                    all.cancel();
                    report.tell("no more stops are begun; waiting for those under way \
                                 (once more to give up on them)");
                }
            }
            next = all.next() => {
                let Some(stopped) = next else { return };
                let (entry, result) = stopped.into_parts();
                let stream = entry.request.stream();
                let result = steps.settle(stream, result);
                report.stream(stream, Some(result));
                report.catch_up().await;
                if steps.is_broken() || report.is_broken() {
                    all.cancel();
                }
            }
            _ = redraw.tick() => {
                report.learn();
                if report.is_broken() {
                    all.cancel();
                }
                report.tell_wait(all.rate_wait(), all.rate_wait_asked());
                report.redraw();
            }
        }
    }
}

/// What is printed while the list is worked on.
struct Report<'a> {
    steps: &'a Steps,
    streams: u64,
    output: Output,
    asked: RunSettings,
    tally: Tally,
    shown: Option<StatusLine>,
    /// Whether the bar is back at once below a result. What reads a pipe may print the result
    /// on the same terminal, a little later, and then a clean line has to be there.
    shown_at_once: bool,
    /// Why stdout can't be written to any more: results go to stderr then.
    unwritten: Option<Box<Failure>>,
    /// What nobody has read yet, by the numbers that stdout has for it: what would go to stderr.
    unread: VecDeque<(u64, Line)>,
    /// Whether a result is only on stderr, and nowhere if that can't be written either.
    is_rescued: bool,
    /// Whether the reader of stdout is slow.
    is_behind: bool,
    /// When the wait is over of which people were told.
    told_until: Option<Instant>,
}

impl<'a> Report<'a> {
    fn new(steps: &'a Steps, streams: usize, output: Output, asked: RunSettings) -> Self {
        Self {
            steps,
            streams: u64::try_from(streams).unwrap_or(u64::MAX),
            output,
            asked,
            tally: Tally::default(),
            shown: StatusLine::new(),
            shown_at_once: !stdout_is_read(),
            unwritten: None,
            unread: VecDeque::new(),
            is_rescued: false,
            is_behind: false,
            told_until: None,
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
        self.print(line);
        if self.shown_at_once {
            self.redraw();
        }
    }

    /// Prints to stdout, or else, from the first time that it can't be written to, to stderr.
    fn print(&mut self, line: Line) {
        if self.unwritten.is_some() {
            return self.rescue(line);
        }
        match self.output.begin(&line) {
            Ok(number) => self.unread.push_back((number, line)),
            Err(failure) => self.move_to_stderr(failure, Some(line)),
        }
    }

    fn move_to_stderr(&mut self, why: Box<Failure>, line: Option<Line>) {
        self.tell(&format!(
            "{}; from here on results are on stderr",
            why.message
        ));
        self.unwritten = Some(why);
        let unread = std::mem::take(&mut self.unread);
        for line in unread.into_iter().map(|(_, line)| line).chain(line) {
            self.rescue(line);
        }
    }

    fn rescue(&mut self, mut line: Line) {
        line.shows_ticket = true;
        self.is_rescued = true;
        drop(self.output.rescue(&line));
    }

    /// Learns what stdout has by now.
    fn learn(&mut self) {
        let stdout = printer::stdout();
        while let Some((number, _)) = self.unread.front() {
            match stdout.outcome(*number) {
                None => return,
                Some(Ok(())) => drop(self.unread.pop_front()),
                Some(Err(error)) => self.move_to_stderr(unwritten("stdout", &error), None),
            }
        }
    }

    /// Gives what was said a moment to be written, so that no stop begins after one whose result
    /// can be written nowhere. A reader that is slow is given one, and no second: no stop waits for it.
    async fn catch_up(&mut self) {
        if !self.is_behind {
            let written = async {
                if let Some((last, _)) = self.unread.back() {
                    drop(printer::stdout().written(*last).await);
                }
                self.learn();
                if self.is_rescued {
                    let stderr = printer::stderr();
                    drop(stderr.written(stderr.last()).await);
                }
            };
            self.is_behind = timeout(A_MOMENT, written).await.is_err();
        } else {
            self.learn();
            self.is_behind = !self.unread.is_empty();
        }
    }

    /// Whether nobody would know of what is begun from now on.
    fn is_broken(&self) -> bool {
        let stderr = printer::stderr();
        let fails = || {
            stderr
                .outcome(stderr.last())
                .is_some_and(|outcome| outcome.is_err())
        };
        self.is_rescued && !self.asked.keeps_results && fails()
    }

    fn redraw(&self) {
        if let Some(shown) = &self.shown {
            shown.show(&self.tally.progress(self.streams));
        }
    }

    /// Says once of each longer wait what is waited for.
    fn tell_wait(&mut self, wait: Option<Duration>, asked: Option<Duration>) {
        let now = Instant::now();
        let Some(wait) = wait.filter(|wait| *wait >= TOLD_WAIT) else {
            return;
        };
        if self.told_until.is_some_and(|until| now < until) {
            return;
        }
        self.told_until = now.checked_add(wait);
        let longer = asked.filter(|asked| whole_seconds(*asked) > whole_seconds(wait));
        let wait = rounded_up(wait);
        self.tell(&match longer {
            Some(asked) => format!(
                "the provider has refused calls for their rate (429), and asks to wait {}: livecut asks again in \
                 {wait}, and gives up a call that is refused for two minutes",
                rounded_up(asked)
            ),
            None => format!(
                "the provider has refused calls for their rate (429): the next is sent in {wait}"
            ),
        });
    }

    /// Says something on stderr, beside the results.
    fn tell(&self, text: &str) {
        if let Some(shown) = &self.shown {
            shown.erase();
        }
        printer::stderr().write_raw(format!("{text}\n"));
        self.redraw();
    }

    /// Prints the results that the file may lack, with their tickets, which are nowhere else.
    fn rescue_unwritten(&mut self, why: &std::io::Error) -> Box<Failure> {
        let unwritten = self.steps.unwritten();
        self.asked.lost = match (self.steps.is_in_place(), unwritten.is_empty()) {
            (false, _) => Some(Lost::Misplaced),
            (true, false) => Some(Lost::Incomplete),
            // All that was begun is there, and what it came to.
            (true, true) => None,
        };
        let failure = |what| {
            let failure = Failure::internal(format!("{what} can't be kept in their file: {why}"));
            match self.asked.lost {
                Some(lost) => failure.with_detail(wrapped(lost.advice())),
                None => failure,
            }
        };
        if unwritten.is_empty() {
            return failure("results".to_owned());
        }
        self.tell(match self.asked.lost {
            Some(Lost::Misplaced) => {
                "the results file isn't at its path, so a next run will know nothing of these results:"
            }
            _ => {
                "the results file may lack these results; a next run with it will call their \
                 streams unknown, or what they were before:"
            }
        });
        for stream in &unwritten {
            let Some((outcome, earlier)) = self.steps.known(stream) else {
                continue;
            };
            drop(self.output.rescue(&Line {
                outcome,
                earlier,
                shows_ticket: true,
                left_alone: false,
            }));
        }
        let streams = match unwritten.len() {
            1 => "the result of one stream".to_owned(),
            many => format!("the results of {many} streams"),
        };
        failure(streams)
    }

    /// Prints the summary. Anything less than all done is a failure.
    async fn finish(mut self) -> Result<(), Box<Failure>> {
        self.shown = None;
        let kept = self.steps.finish();
        let kept = kept.map_err(|error| self.rescue_unwritten(&error));
        if let Some((last, _)) = self.unread.back() {
            // All is done and kept. What is left is for the reader, or for who asks to end.
            drop(read(*last).await);
            self.learn();
        }
        let summary = Summary {
            summary: self.tally.counts,
        };
        let unsent = self.tally.unsent();
        let printed = match (self.output.format, &self.unwritten) {
            (Format::Human, None) => self.output.for_people(&unsent).await,
            (Format::Human, Some(_)) => {
                say(&unsent);
                Ok(())
            }
            (Format::Json, None) => self.output.result(&summary).await,
            (Format::Json, Some(_)) => self.output.rescue(&summary).map(|_| ()),
        };
        if self.output.format == Format::Human {
            say(&summary.human());
        }
        let trouble = [self.unwritten, printed.err(), kept.err()];
        let effect = self.tally.effect();
        let failure = (self.tally.not_done() > 0).then(|| {
            let mut failure = not_all_done(&self.tally, self.asked);
            failure.provider = Some(self.steps.provider().to_owned());
            failure
        });
        trouble
            .into_iter()
            .flatten()
            .fold(failure.map_or(Ok(()), Err), |end, trouble| {
                ended(end.err(), Some(trouble.with_effect_of_many(effect)))
            })
    }
}

/// Writes on stderr what only people read. Where that can't be, there is nobody left to tell.
fn say(text: &str) {
    printer::stderr().write(text);
}
