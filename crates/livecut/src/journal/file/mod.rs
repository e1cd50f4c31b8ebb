//! A journal in a file of JSON lines.

mod lines;

use std::collections::HashMap;
use std::io::{self, BufRead, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Account, BoxError, History, Journal, Record};
use crate::StreamId;
use lines::Lines;

/// The version of the format. A file of another isn't read.
const VERSION: u32 = 2;

/// No record is as long as this: what a provider says is capped where it is received.
const MAX_LINE: u64 = 16 << 20;

/// A journal in a file, which one process at a time can open.
///
/// ```no_run
/// use livecut::journal::FileJournal;
/// use livecut::{LiveStreamStopper, LiveStreamStopperExt, StopAllOptions, StopRequest};
///
/// # async fn end(stopper: &dyn LiveStreamStopper, classes: Vec<StopRequest>) -> std::io::Result<()> {
/// let journal = FileJournal::open("classes.jsonl")?;
/// let mut stops = stopper.stop_all(classes, StopAllOptions::new()).with_journal(&journal);
/// while let Some(stop) = stops.next().await {
///     // ...
/// #   let _ = stop;
/// }
/// journal.sync()?; // it outlives the process without; now it outlives the machine's power, too
/// # Ok(())
/// # }
/// ```
///
/// # The file
/// One JSON document a line: a header with the provider and the account, then [records](Record). It holds the ids of streams,
/// tickets and what the provider said, and no credential. At most 4 GiB, of which what is known of each stream is held in memory.
///
/// A record is with the operating system before [`append`](Journal::append) returns, so that it outlives the process, whatever kills
/// it. It is forced to the disk by [`sync`](Self::sync) alone: a machine that loses its power may lose the last records,
/// and with them that a stop was sent. Of a last line that is torn nothing is taken, nor of NUL bytes at the end, which such a
/// machine leaves there, and of the lines that they tore. All else that is malformed is refused with its line.
///
/// # Locks
/// One is on the file, and holds under each of its names; one is on a file beside it, with `.lock` at the end of its name, and holds
/// for the path, also if another file is put there meanwhile. The latter is gone afterwards; one that a killed process
/// has left locks nothing. In a folder where the user may not make a file there is none. If the file was moved, replaced or deleted,
/// which is looked at before each step, no more steps are begun. On Windows a file that was replaced isn't noticed,
/// only one that is gone, and the lock's file stays.
///
/// Its methods don't wait for anything but the file system.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    kept: Mutex<Kept>,
}

/// What is in the file.
#[derive(Debug, Default)]
struct Kept {
    /// Whose it is, and on which line it says so.
    header: Option<(u64, Header)>,
    streams: HashMap<StreamId, History>,
    /// `None`: it is only read.
    lines: Option<Lines>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    version: u32,
    provider: String,
    /// `null`: the adapter doesn't say.
    account: Option<String>,
}

/// A header's line.
#[derive(Serialize, Deserialize)]
struct HeaderLine {
    results: Header,
}

/// A line.
enum Line {
    Header(Header),
    Record(Record),
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

    const fn add(&mut self, bytes: u64) {
        *self = Self::Bytes(self.bytes().saturating_add(bytes));
    }
}

impl FileJournal {
    /// Opens a journal, or makes it, and keeps others from it.
    ///
    /// # Errors
    /// If it can't be opened, isn't a regular file, is longer than 4 GiB or isn't a journal; if another process or another
    /// [`FileJournal`] has it open; and if it is damaged anywhere but at its end. The error names the path and the line. Nothing was
    /// changed then.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let mut lines = Lines::open(path).map_err(|error| error.at(path))?;
        let mut kept = Kept::default();
        let torn = kept.read(path, lines.reader())?;
        match torn {
            Torn::Nothing => Ok(()),
            Torn::Newline => lines.append(""),
            Torn::Bytes(bytes) => lines.cut_off(bytes),
        }
        .and_then(|()| lines.sync())
        .map_err(|error| lines::unusable(path, &error))?;
        kept.lines = Some(lines);
        Ok(Self::of(path, kept))
    }

    /// Reads a journal, if there is one, and leaves it alone: nothing can be appended to it.
    ///
    /// # Errors
    /// As of [`open`](Self::open), but for others that have it open.
    pub fn look(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let mut kept = Kept::default();
        if let Some(file) = lines::look(path).map_err(|error| error.at(path))? {
            kept.read(path, file)?;
        }
        Ok(Self::of(path, kept))
    }

    fn of(path: &Path, kept: Kept) -> Self {
        Self {
            path: path.to_owned(),
            kept: Mutex::new(kept),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing is left half set.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has all of it on the disk, and at its path.
    ///
    /// # Errors
    /// If that fails: all that was appended since it was opened may be lost.
    pub fn sync(&self) -> io::Result<()> {
        let kept = self.kept();
        kept.lines.as_ref().map_or(Ok(()), Lines::sync)?;
        kept.is_in_place()
    }

    /// Whether another process finds it where it was opened.
    ///
    /// # Errors
    /// If it isn't there any more: it was moved, replaced or deleted. All that was appended is then found by nobody.
    pub fn is_in_place(&self) -> io::Result<()> {
        self.kept().is_in_place()
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn history(&self, account: &Account, stream: &StreamId) -> Result<History, BoxError> {
        let kept = self.kept();
        kept.refuse_another(&self.path, account)?;
        Ok(kept.streams.get(stream).cloned().unwrap_or_default())
    }

    async fn append(
        &self,
        account: &Account,
        place: u64,
        record: &Record,
    ) -> Result<bool, BoxError> {
        let mut kept = self.kept();
        kept.refuse_another(&self.path, account)?;
        Ok(kept.append(account, place, record)?)
    }
}

impl Kept {
    fn is_in_place(&self) -> io::Result<()> {
        self.lines.as_ref().map_or(Ok(()), Lines::is_in_place)
    }

    fn append(&mut self, account: &Account, place: u64, record: &Record) -> io::Result<bool> {
        let history = self.streams.get(record.stream());
        let mut history = history.cloned().unwrap_or_default();
        if history.records() != place {
            return Ok(false);
        }
        history.learn(record.clone()).map_err(io::Error::other)?;
        let ends = matches!(record, Record::Ended(_));
        let placed = self.is_in_place();
        let Some(lines) = &mut self.lines else {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        };
        match &placed {
            // What came of a step is written also to a file that nobody will find, in which a person may.
            Err(_) if ends => {}
            Err(_) => return placed.map(|()| false),
            Ok(()) => {}
        }
        if self.header.is_none() {
            let header = Header {
                version: VERSION,
                provider: account.provider().to_owned(),
                account: account.name().map(str::to_owned),
            };
            let line = HeaderLine { results: header };
            lines.append(&serde_json::to_string(&line)?)?;
            self.header = Some((1, line.results));
        }
        lines.append(&serde_json::to_string(record)?)?;
        self.streams.insert(record.stream().clone(), history);
        placed.map(|()| true)
    }

    /// Refuses what is of another provider or account.
    fn refuse_another(&self, path: &Path, account: &Account) -> io::Result<()> {
        let Some((line, header)) = &self.header else {
            return Ok(());
        };
        let provider = account.provider();
        let problem = if header.provider != provider {
            format!(
                "these are results at `{}`, and this run is at `{provider}`: use another results file",
                header.provider
            )
        } else if let (Some(theirs), Some(ours)) = (header.account.as_deref(), account.name())
            && theirs != ours
        {
            match account.is_tenant() {
                true => format!(
                    "these are results at `{theirs}` of `{provider}`, and this run is at `{ours}`: use another \
                     results file"
                ),
                false => format!(
                    "these are results at another account of `{provider}`, or under another credential: use \
                     another results file; if it is the same account with a renewed credential, write \
                     `{ours}` in place of `{theirs}` in this line"
                ),
            }
        } else {
            return Ok(());
        };
        Err(refused(path, *line, &problem))
    }

    /// Reads a whole file.
    fn read(&mut self, path: &Path, mut file: impl BufRead) -> io::Result<Torn> {
        let mut torn = Torn::Nothing;
        let mut text = Vec::new();
        // The first line with NULs, if there is one. All that follows must be as torn as it is.
        let mut damaged = None;
        for number in 1_u64.. {
            text.clear();
            let length = (&mut file).take(MAX_LINE).read_until(b'\n', &mut text);
            let length = length.map_err(|error| lines::unusable(path, &error))?;
            if length == 0 {
                break;
            }
            let refuse = |problem: &str| refused(path, number, problem);
            let whole = text.ends_with(b"\n");
            let length = u64::try_from(length).map_err(io::Error::other)?;
            // No line has a NUL: they are where a machine that lost its power hadn't written yet.
            if let Some(nul) = text.iter().position(|byte| *byte == 0) {
                let (start, rest) = text.split_at(nul);
                // Another program's file must not lose anything.
                let begins = || {
                    length < MAX_LINE
                        && begins_as_header(start)
                        && rest.iter().all(|byte| *byte == 0)
                };
                if self.header.is_some() || begins() {
                    damaged.get_or_insert(number);
                    torn.add(length);
                    continue;
                }
            }
            if !whole && length == MAX_LINE {
                return Err(refuse("longer than 16 MiB: is this a results file?"));
            }
            if whole && text.trim_ascii().is_empty() {
                if damaged.is_some() {
                    torn.add(length);
                }
                continue;
            }
            match read_line(&text) {
                Ok(_) if damaged.is_some() => {
                    let number = damaged.unwrap_or(number);
                    let problem = "this isn't whole, and other results follow it: the disk has lost some in between";
                    return Err(refused(path, number, problem));
                }
                Ok(line) => {
                    self.learn(number, line)
                        .map_err(|problem| refuse(&problem))?;
                    if !whole {
                        torn = Torn::Newline;
                    }
                }
                // A run was killed in the middle of writing it. If it begins a stop, that
                // wasn't sent yet. Another program's file must not lose anything.
                Err(_) if !whole && (self.header.is_some() || begins_as_header(&text)) => {
                    torn.add(length);
                }
                Err(error) => return Err(refuse(&format!("this is no result: {error}"))),
            }
        }
        Ok(torn)
    }

    fn learn(&mut self, number: u64, line: Line) -> Result<(), String> {
        match (line, &self.header) {
            (Line::Header(_), Some(_)) => Err("this is a second header".to_owned()),
            (Line::Header(header), None) if header.version != VERSION => Err(format!(
                "the file is of version {}, and this livecut knows version {VERSION}: go on with the livecut \
                 that wrote it, or use another results file",
                header.version
            )),
            (Line::Header(header), None) => {
                self.header = Some((number, header));
                Ok(())
            }
            (Line::Record(_), None) => {
                Err("the header is missing: is this a results file?".to_owned())
            }
            (Line::Record(record), Some(_)) => {
                let history = self.streams.entry(record.stream().clone()).or_default();
                history.learn(record).map_err(|error| error.to_string())
            }
        }
    }
}

fn read_line(text: &[u8]) -> serde_json::Result<Line> {
    serde_json::from_slice(text).map(Line::Record).or_else(
        |no_record| match serde_json::from_slice::<HeaderLine>(text) {
            Ok(line) => Ok(Line::Header(line.results)),
            Err(no_header) if begins_as_header(text) => Err(no_header),
            Err(_) => Err(no_record),
        },
    )
}

fn refused(path: &Path, line: u64, problem: &str) -> io::Error {
    let message = format!("{}, line {line}: {problem}", path.display());
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Whether this is the beginning of a header, however short.
fn begins_as_header(text: &[u8]) -> bool {
    const HEADER: &[u8] = br#"{"results":{"version":"#;
    text.starts_with(HEADER) || HEADER.starts_with(text)
}

#[cfg(test)]
mod tests;
