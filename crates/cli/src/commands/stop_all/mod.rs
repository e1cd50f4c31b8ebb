//! `livecut stop --from`.

mod advice;
mod document;
mod dry_run;
mod ending;
mod results;

use std::collections::VecDeque;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use livecut::journal::{History, Next};
use livecut::{ErrorKind, LiveStreamStopper, StopAllOptions, StopResult, StreamId, stop_all};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{ended, stopper};
use crate::args::{ListArgs, StopArgs};
use crate::duration::{rounded_up, whole_seconds};
use crate::failure::Failure;
use crate::human::Human as _;
use crate::list::{self, Defaults, Entry};
use crate::output::{Format, Output, read, stdout_is_read, unwritten};
use crate::printer;
use crate::signal::asked_to_end;
use crate::status_line::StatusLine;
use crate::text::wrapped;
use advice::{Lost, RunSettings, not_all_done};
use document::{Line, Summary, Tally};
use results::{Checked, Results};

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
    let defaults = Defaults {
        cut: args.cut_of_all()?,
        request: &|stream| args.without_cut(stream),
    };
    let entries = list::read(from, args.list.format, defaults)?;
    let stopper = stopper(provider, None)?;
    let (kept, reconciles) = (args.list.results.as_deref(), args.list.reconcile);
    let results = Results::open(kept, args.dry_run)?;
    let checked = results.check(&*stopper, &entries, from, reconciles).await?;
    if args.dry_run {
        return dry_run::run(&*stopper, checked, output).await;
    }
    let Checked { entries, results } = checked;
    let asked = RunSettings {
        provider: stopper.provider(),
        keeps_results: kept.is_some(),
        lost: None,
        reconciles,
    };
    let mut report = Report::new(&results, entries.len(), output, asked);
    let (known, now): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|(_, next)| *next == Next::Nothing);
    for (entry, _) in known {
        let stream = entry.request.stream();
        report.known(stream, &results.of(stream).await?);
    }
    report.catch_up().await;
    let now = now.into_iter().map(|(entry, _)| entry).collect();
    take_steps(&*stopper, now, &args.list, &mut report).await;
    report.finish().await
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
async fn take_steps(
    stopper: &dyn LiveStreamStopper,
    entries: Vec<&Entry>,
    args: &ListArgs,
    report: &mut Report<'_>,
) {
    let mut all = stop_all(stopper, entries, options(args));
    if let Some(journal) = &report.results.journal {
        all = all.with_journal(journal);
    }
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
                report.stopped(&stopped);
                report.catch_up().await;
                if report.is_broken() {
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
    results: &'a Results,
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
    /// The streams whose results this run has kept.
    kept: Vec<StreamId>,
    /// What can't be kept any more, and why.
    unkept: Vec<Line>,
    broken: Option<String>,
    /// When the wait is over of which people were told.
    told_until: Option<Instant>,
}

impl<'a> Report<'a> {
    fn new(results: &'a Results, streams: usize, output: Output, asked: RunSettings) -> Self {
        Self {
            results,
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
            kept: Vec::new(),
            unkept: Vec::new(),
            broken: None,
            told_until: None,
        }
    }

    /// Prints what earlier runs have left, for which this one can do nothing.
    fn known(&mut self, stream: &StreamId, history: &History) {
        if let Some(mut line) = self.earlier(stream, history) {
            line.left_alone = true;
            self.line(line);
        }
    }

    fn earlier(&self, stream: &StreamId, history: &History) -> Option<Line> {
        let result = history.result(self.asked.provider)?;
        Some(Line::new(stream, result, true))
    }

    /// Prints what came of a stream.
    fn stopped(&mut self, stop: &StopResult<&Entry>) {
        let stream = stop.request().stream();
        let earlier = stop.history().filter(|_| stop.is_earlier());
        let line = earlier.and_then(|history| self.earlier(stream, history));
        let line = line.unwrap_or_else(|| Line::of(stream, stop.result()));
        if let Some(error) = stop.unnoted() {
            self.broken.get_or_insert_with(|| error.to_string());
            self.unkept.push(line.clone());
        } else if let Err(error) = stop.result()
            && error.kind() == ErrorKind::Journal
        {
            let why = std::error::Error::source(error).unwrap_or(error);
            self.broken.get_or_insert_with(|| why.to_string());
        } else if stop.attempts() > 0 && !line.earlier {
            self.kept.push(stream.clone());
        }
        self.line(line);
    }

    fn line(&mut self, mut line: Line) {
        line.shows_ticket = !self.asked.keeps_results;
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
            why.report.message()
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

    /// Has all results on the disk. Prints those that the file may lack, with their tickets, which are nowhere else.
    async fn keep(&mut self) -> Result<(), Box<Failure>> {
        let Some(journal) = &self.results.journal else {
            return Ok(());
        };
        let is_misplaced = journal.is_in_place().is_err();
        let is_broken = self.broken.is_some();
        let synced = || journal.sync().err().map(|error| error.to_string());
        let Some(why) = self.broken.take().or_else(synced) else {
            return Ok(());
        };
        let mut lines = std::mem::take(&mut self.unkept);
        if is_misplaced || !is_broken {
            for stream in std::mem::take(&mut self.kept) {
                let history = self.results.of(&stream).await?;
                let mut line = self.earlier(&stream, &history);
                line.iter_mut().for_each(|line| line.earlier = false);
                lines.extend(line);
            }
        }
        lines.sort_unstable_by(|one, other| one.stream.cmp(&other.stream));
        self.asked.lost = match (is_misplaced, lines.is_empty()) {
            (true, _) => Some(Lost::Misplaced),
            (false, false) => Some(Lost::Incomplete),
            // All that was begun is there, and what it came to.
            (false, true) => None,
        };
        let what = match lines.len() {
            0 => "results".to_owned(),
            1 => "the result of one stream".to_owned(),
            many => format!("the results of {many} streams"),
        };
        let failure = Failure::internal(format!("{what} can't be kept in their file: {why}"));
        if !lines.is_empty() {
            self.tell(match self.asked.lost {
                Some(Lost::Misplaced) => {
                    "the results file isn't at its path, so a next run will know nothing of these results:"
                }
                _ => {
                    "the results file may lack these results; a next run with it will call their \
                     streams unknown, or what they were before:"
                }
            });
        }
        for mut line in lines {
            line.shows_ticket = true;
            drop(self.output.rescue(&line));
        }
        Err(match self.asked.lost {
            Some(lost) => failure.with_detail(wrapped(lost.advice())),
            None => failure,
        })
    }

    /// Prints the summary. Anything less than all done is a failure.
    async fn finish(mut self) -> Result<(), Box<Failure>> {
        self.shown = None;
        let kept = self.keep().await;
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
        let failure = (self.tally.not_done() > 0)
            .then(|| not_all_done(&self.tally, self.asked).with_provider(self.asked.provider));
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
