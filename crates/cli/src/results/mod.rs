//! What is known of each stream of a list, and the file that keeps it from one run to the next.

mod file;
mod outcome;
mod record;

use std::collections::HashMap;
use std::io::{self, BufRead, Read as _};
use std::path::Path;

use livecut::{Certainty, Effect, StopPlan, StreamId, StreamState, Ticket};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::Failure;
use crate::hints;
use crate::list::{Asked, Entry, Problem};
use file::{Lines, OpenError};
pub(crate) use outcome::{FailedStop, Outcome, Standing, without_end};
use record::{Begun, Ended, Following, Header, Record, VERSION};

/// No result is as long as this: what a provider says is capped where it is received.
const MAX_LINE: u64 = 16 << 20;

/// What is known of streams: of those in the file, and of those that are asked for.
#[derive(Debug)]
pub(crate) struct Results {
    provider: &'static str,
    /// Which account of the provider's, as a [plan](StopPlan::account) has it, where it does.
    account: Option<String>,
    /// Whether that is a tenant, which no renewed credential changes.
    is_tenant: bool,
    streams: HashMap<StreamId, Known>,
    /// Where it is kept, if it is.
    lines: Option<Lines>,
}

/// What is known of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// What was asked for when it was begun last.
    asked: Asked,
    /// The state that the stream was in right before.
    before: Option<String>,
    /// The ticket that was known before.
    ticket: Option<String>,
    /// What came of it; `None`: nothing is known, for the run was killed before.
    outcome: Option<Outcome>,
    /// Whether this run has anything to do with it.
    by_this_run: bool,
    /// Whether this run has begun a step of which nothing came yet.
    is_under_way: bool,
    /// Whether the file may lack the outcome, which it should have.
    is_unwritten: bool,
}

/// What is to be done for a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is to be stopped: nothing has been applied, for sure.
    Stop,
    /// Its cut is to be made, which following this ticket does.
    Follow(Box<Ticket>),
    /// A look may prove that it is stopped.
    Reconcile,
    /// Nothing: it is done, or only a person can tell what is to be done.
    Nothing,
}

impl Known {
    /// Whether this run has learned nothing about it.
    pub(crate) fn is_earlier(&self) -> bool {
        !self.by_this_run
    }

    /// Whether the file may lack the outcome: it couldn't be written.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.is_unwritten
    }

    /// The outcome; where there is none, what can be said then: `possible` is all that the stop may
    /// have caused.
    pub(crate) fn outcome(&self, provider: &str, stream: &StreamId, possible: Effect) -> Outcome {
        match &self.outcome {
            Some(outcome) => outcome.clone(),
            None => Outcome::unknown(provider, stream, possible, self.ticket.clone()),
        }
    }

    /// Whether the stream was on air right before the stop, without which no look proves anything.
    fn was_on_air(&self) -> bool {
        let before = self.before.as_deref().and_then(StreamState::named);
        before.is_some_and(StreamState::is_on_air)
    }

    fn next(&self, reconcile: bool) -> Next {
        let look = || match reconcile && self.was_on_air() {
            true => Next::Reconcile,
            false => Next::Nothing,
        };
        let (outcome, failed) = match &self.outcome {
            None => return look(),
            Some(Outcome::Done(_)) => return Next::Nothing,
            Some(outcome @ Outcome::Failed(failed)) => (outcome, failed),
        };
        let follow = || {
            let owing = failed.ticket().filter(Ticket::owes_cut);
            owing.map_or(Next::Nothing, |ticket| Next::Follow(Box::new(ticket)))
        };
        match (outcome.standing(), failed.error.effect.stopped) {
            (Standing::NotApplied, _) => Next::Stop,
            (Standing::CutOwed, _) => follow(),
            // Following finds the cut, or makes one that isn't made.
            (Standing::Unknown, Certainty::Yes) if reconcile => follow(),
            (Standing::Unknown, Certainty::Unknown) => look(),
            _ => Next::Nothing,
        }
    }
}

impl Results {
    /// Results that aren't kept.
    pub(crate) fn unkept(provider: &'static str) -> Self {
        Self {
            provider,
            account: None,
            is_tenant: false,
            streams: HashMap::new(),
            lines: None,
        }
    }

    /// None yet, at the account of the plan of any of the stops.
    fn at(provider: &'static str, plan: Option<&StopPlan>) -> Self {
        let account = plan.and_then(StopPlan::account);
        let ticket = plan.and_then(StopPlan::ticket);
        let tenant = ticket.and_then(Ticket::tenant).map(ToString::to_string);
        let mut results = Self::unkept(provider);
        results.is_tenant = account.is_some() && account == tenant.as_deref();
        results.account = account.map(str::to_owned);
        results
    }

    /// Opens a file of results, or makes it, and keeps others from it.
    pub(crate) fn open(
        path: &Path,
        provider: &'static str,
        plan: Option<&StopPlan>,
    ) -> Result<Self, Box<Failure>> {
        refuse_stdout(path)?;
        let mut lines = Lines::open(path).map_err(|error| not_opened(path, error))?;
        let mut results = Self::at(provider, plan);
        let Read { torn, header } = results.read(path, lines.reader())?;
        let begin = (|| {
            match torn {
                Torn::Nothing => {}
                Torn::Newline => lines.append("")?,
                Torn::Bytes(bytes) => lines.cut_off(bytes)?,
            }
            if !header {
                lines.append(&line(&Record::Results(Header {
                    version: VERSION,
                    provider: provider.to_owned(),
                    account: results.account.clone(),
                }))?)?;
            }
            lines.sync()
        })();
        begin.map_err(|error| unusable(path, &error))?;
        results.lines = Some(lines);
        Ok(results)
    }

    /// Reads a file of results, if there is one, and leaves it alone.
    pub(crate) fn look(
        path: &Path,
        provider: &'static str,
        plan: Option<&StopPlan>,
    ) -> Result<Self, Box<Failure>> {
        refuse_stdout(path)?;
        let mut results = Self::at(provider, plan);
        if let Some(file) = file::look(path).map_err(|error| not_opened(path, error))? {
            results.read(path, file)?;
        }
        Ok(results)
    }

    /// What is known of a stream.
    pub(crate) fn of(&self, stream: &StreamId) -> Option<&Known> {
        self.streams.get(stream)
    }

    /// What is to be done for a stream.
    pub(crate) fn next(&self, stream: &StreamId, reconcile: bool) -> Next {
        self.of(stream)
            .map_or(Next::Stop, |known| known.next(reconcile))
    }

    /// Whether this run has begun a step of which nothing came yet.
    pub(crate) fn is_under_way(&self, stream: &StreamId) -> bool {
        self.of(stream).is_some_and(|known| known.is_under_way)
    }

    /// Why a line of a list can't be meant by what is in the file.
    pub(crate) fn refuses(&self, entry: &Entry, plan: &StopPlan) -> Option<Problem> {
        let known = self.of(entry.request.stream())?;
        let refuse = |message| Some(Problem::new(entry.line, message));
        if known.asked != entry.asked && known.next(false) != Next::Stop {
            return refuse(format!(
                "the results file has a stop of this stream that was asked for otherwise ({}); \
                 look at it (`{}`), and to stop it again put it on a new list with a new results \
                 file",
                entry.asked.changes_since(&known.asked),
                hints::status(entry.request.stream(), Some(plan.provider()))
            ));
        }
        let tenant = |ticket: &Ticket| ticket.tenant().cloned();
        let ours = plan.ticket().and_then(tenant);
        let theirs = known.any_ticket().as_ref().and_then(tenant);
        match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours != theirs => refuse(
                "the results file has a stop of this stream at another tenant: use another \
                 results file"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Notes that a stop is about to be sent. Unless this succeeds, it must not be.
    pub(crate) fn begin(
        &mut self,
        stream: &StreamId,
        asked: &Asked,
        before: Option<&str>,
        ticket: Option<String>,
    ) -> io::Result<()> {
        let begun = Begun {
            at: now()?,
            stream: stream.clone(),
            request: asked.clone(),
            before: before.map(str::to_owned),
            ticket,
        };
        self.is_in_place()?;
        let record = Record::Begun(begun);
        self.append(&record)?;
        if let Record::Begun(begun) = record {
            let mut known = Known::begun(&begun);
            known.by_this_run = true;
            known.is_under_way = true;
            self.streams.insert(begun.stream, known);
        }
        Ok(())
    }

    /// Notes that a cut that is owed is about to be followed, which may make it: until it is known what came of
    /// that, it isn't known to be owed. Unless this succeeds, it must not be followed.
    pub(crate) fn follow(&mut self, stream: &StreamId) -> io::Result<()> {
        self.is_in_place()?;
        self.append(&Record::Following(Following {
            at: now()?,
            stream: stream.clone(),
        }))?;
        if let Some(known) = self.streams.get_mut(stream) {
            known.follow();
            known.by_this_run = true;
            known.is_under_way = true;
        }
        Ok(())
    }

    /// Notes what came of a stream. It is known from then on, also where it can't be written.
    pub(crate) fn end(&mut self, stream: &StreamId, outcome: Outcome) -> io::Result<()> {
        let placed = self.is_in_place();
        let written = now().and_then(|at| {
            self.append(&Record::Ended(Box::new(Ended {
                at,
                stream: stream.clone(),
                result: outcome.clone(),
            })))
        });
        // Also where it is in a file that nobody will find.
        let written = written.and(placed);
        if let Some(known) = self.streams.get_mut(stream) {
            known.outcome = Some(outcome);
            known.by_this_run = true;
            known.is_under_way = false;
            known.is_unwritten = written.is_err();
        }
        written
    }

    /// Has all of the file on the disk. Where that fails, all that this run wrote may be lost.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        let synced = self.lines.as_ref().map_or(Ok(()), Lines::sync);
        let synced = synced.and_then(|()| self.is_in_place());
        if synced.is_err() {
            self.by_this_run_is_unwritten();
        }
        synced
    }

    /// Where the file isn't found where it is looked for, the next run lacks all that is in it.
    pub(crate) fn is_in_place(&mut self) -> io::Result<()> {
        let placed = self.lines.as_ref().map_or(Ok(()), Lines::is_in_place);
        if placed.is_err() {
            self.by_this_run_is_unwritten();
        }
        placed
    }

    fn by_this_run_is_unwritten(&mut self) {
        for known in self.streams.values_mut() {
            known.is_unwritten |= known.by_this_run;
        }
    }

    fn append(&mut self, record: &Record) -> io::Result<()> {
        match &mut self.lines {
            Some(lines) => lines.append(&line(record)?),
            None => Ok(()),
        }
    }

    /// Reads a whole file.
    fn read(&mut self, path: &Path, mut file: impl BufRead) -> Result<Read, Box<Failure>> {
        let mut read = Read {
            torn: Torn::Nothing,
            header: false,
        };
        let mut text = Vec::new();
        // The first line with NULs, if there is one. All that follows must be as torn as it is.
        let mut damaged = None;
        for number in 1_u64.. {
            text.clear();
            let length = (&mut file).take(MAX_LINE).read_until(b'\n', &mut text);
            let length = length.map_err(|error| unusable(path, &error))?;
            if length == 0 {
                break;
            }
            let whole = text.ends_with(b"\n");
            let refuse = |problem: String| {
                Failure::usage(format!("{}, line {number}: {problem}", path.display()))
            };
            let length = u64::try_from(length).map_err(|error| refuse(error.to_string()))?;
            // No line has a NUL: they are where a machine that lost its power hadn't written yet.
            if let Some(nul) = text.iter().position(|byte| *byte == 0) {
                let (start, rest) = text.split_at(nul);
                // Another program's file must not lose anything.
                let begins = || {
                    length < MAX_LINE
                        && begins_as_header(start)
                        && rest.iter().all(|byte| *byte == 0)
                };
                if read.header || begins() {
                    damaged.get_or_insert(number);
                    read.torn = Torn::Bytes(read.torn.bytes().saturating_add(length));
                    continue;
                }
            }
            if !whole && length == MAX_LINE {
                return Err(refuse(
                    "longer than 16 MiB: is this a results file?".to_owned(),
                ));
            }
            if whole && text.trim_ascii().is_empty() {
                if damaged.is_some() {
                    read.torn = Torn::Bytes(read.torn.bytes().saturating_add(length));
                }
                continue;
            }
            match serde_json::from_slice(&text) {
                Ok(_) if damaged.is_some() => {
                    let number = damaged.unwrap_or(number);
                    return Err(Failure::usage(format!(
                        "{}, line {number}: this isn't whole, and other results follow it: the disk has lost \
                         some in between",
                        path.display()
                    )));
                }
                Ok(record) => {
                    self.learn(record, &mut read.header).map_err(refuse)?;
                    if !whole {
                        read.torn = Torn::Newline;
                    }
                }
                // A run was killed in the middle of writing it. If it begins a stop, that
                // wasn't sent yet. Another program's file must not lose anything.
                Err(_) if !whole && (read.header || begins_as_header(&text)) => {
                    read.torn = Torn::Bytes(read.torn.bytes().saturating_add(length));
                }
                Err(error) => return Err(refuse(format!("this is no result: {error}"))),
            }
        }
        Ok(read)
    }

    fn learn(&mut self, record: Record, has_header: &mut bool) -> Result<(), String> {
        match record {
            Record::Results(header) => {
                if *has_header {
                    return Err("this is a second header".to_owned());
                }
                *has_header = true;
                if header.version != VERSION {
                    return Err(format!(
                        "the file is of version {}, and this livecut knows version {VERSION}",
                        header.version
                    ));
                }
                if header.provider != self.provider {
                    return Err(format!(
                        "these are results at `{}`, and this run is at `{}`: use another results \
                         file",
                        header.provider, self.provider
                    ));
                }
                if let (Some(theirs), Some(ours)) = (&header.account, &self.account)
                    && theirs != ours
                {
                    if self.is_tenant {
                        return Err(format!(
                            "these are results at `{theirs}` of `{}`, and this run is at `{ours}`: use another \
                             results file",
                            self.provider
                        ));
                    }
                    return Err(format!(
                        "these are results at another account of `{}`, or under another credential: use \
                         another results file; if it is the same account with a renewed credential, write \
                         `{ours}` in place of `{theirs}` in this line",
                        self.provider
                    ));
                }
                Ok(())
            }
            _ if !*has_header => Err("the header is missing: is this a results file?".to_owned()),
            Record::Begun(begun) => {
                let again = self.of(&begun.stream).map(|known| known.next(false));
                if again.is_some_and(|next| next != Next::Stop) {
                    return Err("this begins a stop that can't have been begun again".to_owned());
                }
                let known = Known::begun(&begun);
                self.streams.insert(begun.stream, known);
                Ok(())
            }
            Record::Following(Following { stream, .. }) => {
                let Some(known) = self.streams.get_mut(&stream) else {
                    return Err("this follows a stop that wasn't begun".to_owned());
                };
                if !matches!(known.next(true), Next::Follow(_)) {
                    return Err("this follows a stop whose cut isn't owed".to_owned());
                }
                known.follow();
                Ok(())
            }
            Record::Ended(ended) => {
                let Ended { stream, result, .. } = *ended;
                if result.stream() != stream.as_str() {
                    return Err("this is the result of another stream".to_owned());
                }
                let Some(known) = self.streams.get_mut(&stream) else {
                    return Err("this ends a stop that wasn't begun".to_owned());
                };
                known.outcome = Some(result);
                Ok(())
            }
        }
    }
}

impl Known {
    fn begun(begun: &Begun) -> Self {
        Self {
            asked: begun.request.clone(),
            before: begun.before.clone(),
            ticket: begun.ticket.clone(),
            outcome: None,
            by_this_run: false,
            is_under_way: false,
            is_unwritten: false,
        }
    }

    /// What is known from when its cut begins to be followed.
    fn follow(&mut self) {
        if let Some(Outcome::Failed(failed)) = &mut self.outcome {
            *failed = failed.followed();
        }
    }

    fn any_ticket(&self) -> Option<Ticket> {
        let of_outcome = self.outcome.as_ref().and_then(Outcome::ticket);
        of_outcome.or(self.ticket.as_deref())?.parse().ok()
    }
}

/// What is at the end of a file beside whole lines.
#[derive(Debug)]
enum Torn {
    Nothing,
    /// A line that only lacks its end.
    Newline,
    Bytes(u64),
}

impl Torn {
    const fn bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => *bytes,
            Self::Nothing | Self::Newline => 0,
        }
    }
}

#[derive(Debug)]
struct Read {
    torn: Torn,
    header: bool,
}

/// Whether this is the beginning of a header, however short.
fn begins_as_header(text: &[u8]) -> bool {
    const HEADER: &[u8] = br#"{"results":{"version":"#;
    text.starts_with(HEADER) || HEADER.starts_with(text)
}

fn line(record: &Record) -> io::Result<String> {
    serde_json::to_string(record).map_err(io::Error::other)
}

fn now() -> io::Result<String> {
    OffsetDateTime::now_utc()
        .format(&Rfc3339)
        .map_err(io::Error::other)
}

/// Elsewhere it stands for stdout, which keeps nothing.
fn refuse_stdout(path: &Path) -> Result<(), Box<Failure>> {
    match path == Path::new("-") {
        true => Err(Failure::usage(
            "`-` isn't a file that results can be kept in; one of that name is `./-`",
        )),
        false => Ok(()),
    }
}

fn not_opened(path: &Path, error: OpenError) -> Box<Failure> {
    let why = match error {
        OpenError::Locked => "another run has these results open: wait for its end",
        OpenError::NotRegular => "this isn't a regular file, so it can't keep results",
        OpenError::TooLong => "longer than 4 GiB, which no run writes: is this a results file?",
        OpenError::Io(error) => return unusable(path, &error),
    };
    Failure::usage(format!("{}: {why}", path.display()))
}

fn unusable(path: &Path, error: &io::Error) -> Box<Failure> {
    Failure::usage(format!(
        "{}: the results can't be kept there: {error}",
        path.display()
    ))
}

#[cfg(test)]
mod tests;
