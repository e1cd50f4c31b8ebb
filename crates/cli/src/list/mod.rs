//! The streams of `livecut stop --from`: CSV or JSON lines, checked as a whole before
//! anything is sent.

mod csv;
mod jsonl;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::{fmt, io};

use clap::ValueEnum;
use livecut::{CutRange, RecordingId, StopRequest, StreamId, Visibility};
use time::OffsetDateTime;

use crate::cut::parse_anchor;
use crate::failure::{Failure, Problem};

/// What a list says that it reads from stdin.
const STDIN: &str = "-";
/// Of a longer list nothing is read. A list is held in memory, with what comes of its streams.
const MAX_BYTES: u64 = 64 << 20;
const MAX_LINES: usize = 1_000_000;
/// So many wrong lines are listed.
const LISTED: usize = 20;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Comma-separated values, with the names of the columns in the first line
    Csv,
    /// A JSON object on each line
    Jsonl,
}

/// What holds for streams of which the list doesn't say it itself.
#[derive(Clone, Copy)]
pub(crate) struct Defaults<'a> {
    pub(crate) cut: Option<&'a str>,
    /// All but the cut.
    pub(crate) request: &'a dyn Fn(StreamId) -> StopRequest,
}

/// One stream of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) line: u64,
    pub(crate) request: StopRequest,
}

impl AsRef<StopRequest> for Entry {
    fn as_ref(&self) -> &StopRequest {
        &self.request
    }
}

/// One line of a list, as it is written.
#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    line: u64,
    stream: String,
    cut: CutCell,
    rounding: Option<String>,
    visibility: Option<String>,
    anchor: Option<String>,
    recording: Option<String>,
}

/// What a line says of its cut.
#[derive(Debug, Default, PartialEq, Eq)]
enum CutCell {
    /// Nothing: there is no such column, or no such member.
    #[default]
    Absent,
    /// That all of the recording is kept: an empty cell, or `null`.
    All,
    Range(String),
}

/// The rows that can be read, and what is wrong with the others.
#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    problems: Vec<Problem>,
}

impl Rows {
    fn refuse(&mut self, line: u64, message: impl Into<String>) {
        self.problems.push(Problem::new(line, message));
    }
}

/// Reads a whole list; `-` is stdin.
pub(crate) fn read(
    path: &Path,
    format: Option<ListFormat>,
    defaults: Defaults<'_>,
) -> Result<Vec<Entry>, Box<Failure>> {
    let bytes = bytes(path)
        .map_err(|error| Failure::usage(format!("{} can't be read: {error}", name(path))))?;
    let format = format.unwrap_or_else(|| told_format(path, &bytes));
    parse(&bytes, format, defaults, OffsetDateTime::now_utc())
        .map_err(|problems| refused(path, problems))
}

/// Why a list isn't begun. Nothing has been sent.
pub(crate) fn refused(path: &Path, mut problems: Vec<Problem>) -> Box<Failure> {
    problems.sort_by_key(|problem| problem.line);
    let lines = match problems.len() {
        1 => "one line is".to_owned(),
        many => format!("{many} lines are"),
    };
    let mut message = format!("{}: {lines} refused, and nothing was sent", name(path));
    if problems.len() > LISTED {
        message.push_str(&format!("; these are the first {LISTED}"));
        problems.truncate(LISTED);
    }
    let mut failure = Failure::usage(message);
    failure.report = failure.report.with_kind("invalid_list");
    failure.lines = problems;
    failure
}

/// What a list is called.
fn name(path: &Path) -> Cow<'_, str> {
    match path == Path::new(STDIN) {
        true => "standard input".into(),
        false => path.to_string_lossy(),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new(STDIN) {
        return at_most(MAX_BYTES, io::stdin().lock());
    }
    at_most(MAX_BYTES, File::open(path)?)
}

/// Reads all, which may be without an end.
fn at_most(most: u64, list: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = list.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read <= most) {
        return Ok(bytes);
    }
    Err(io::Error::new(
        io::ErrorKind::FileTooLarge,
        "longer than 64 MiB: split the list",
    ))
}

/// The format that the file's name tells, or else its first character.
fn told_format(path: &Path, bytes: &[u8]) -> ListFormat {
    let extension = path
        .extension()
        .map(|extension| extension.to_ascii_lowercase());
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("csv") => ListFormat::Csv,
        Some("jsonl" | "ndjson") => ListFormat::Jsonl,
        // An array is no list, and JSON's reader says so best.
        _ => match without_bom(bytes).trim_ascii_start().first() {
            Some(b'{' | b'[') => ListFormat::Jsonl,
            _ => ListFormat::Csv,
        },
    }
}

/// Reads a list. `now` is the one instant that all of its cuts that end `now` end at.
fn parse(
    bytes: &[u8],
    format: ListFormat,
    defaults: Defaults<'_>,
    now: OffsetDateTime,
) -> Result<Vec<Entry>, Vec<Problem>> {
    let bytes = without_bom(bytes);
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    if let Some((number, _)) = (1..).zip(lines).nth(MAX_LINES) {
        let message = "a list has at most 1,000,000 lines: split it";
        return Err(vec![Problem::new(number, message)]);
    }
    let Rows { rows, mut problems } = match format {
        ListFormat::Csv => csv::rows(bytes),
        ListFormat::Jsonl => jsonl::rows(bytes),
    };
    if rows.is_empty() && problems.is_empty() {
        problems.push(Problem::new(1, "there is no stream in the list"));
    }
    let has_cuts = rows.iter().find(|row| row.cut != CutCell::Absent);
    if let (Some(row), Some(_)) = (has_cuts, defaults.cut) {
        let message = "the list has cuts of its own, so there can be no --cut";
        return Err(vec![Problem::new(row.line, message)]);
    }
    let has_cuts = has_cuts.is_some();
    let mut entries = Vec::with_capacity(rows.len());
    let mut seen = HashMap::with_capacity(rows.len());
    for row in rows {
        let line = row.line;
        match entry(row, has_cuts, defaults, now) {
            Ok(entry) => match seen.entry(entry.request.stream().clone()) {
                Slot::Occupied(first) => {
                    let message = format!("the stream is on line {} already", first.get());
                    problems.push(Problem::new(line, message));
                }
                Slot::Vacant(slot) => {
                    slot.insert(line);
                    entries.push(entry);
                }
            },
            Err(message) => problems.push(Problem { line, message }),
        }
    }
    if problems.is_empty() {
        Ok(entries)
    } else {
        Err(problems)
    }
}

/// What spreadsheets put before UTF-8.
fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn entry(
    row: Row,
    has_cuts: bool,
    defaults: Defaults<'_>,
    now: OffsetDateTime,
) -> Result<Entry, String> {
    let about = |what: &str, error: &dyn fmt::Display| format!("{what}: {error}");
    let stream = StreamId::new(row.stream).map_err(|error| about("stream", &error))?;
    let cut = match (row.cut, defaults.cut) {
        (CutCell::Absent, _) if has_cuts => {
            return Err(
                "other lines have a `cut`, and this one hasn't: write `null` \
                        to keep all of the recording"
                    .to_owned(),
            );
        }
        (CutCell::Absent, default) => default.map(str::to_owned),
        (CutCell::Range(text), _) => Some(text),
        (CutCell::All, _) => None,
    };
    let anchor = row.anchor.map(|text| parse_anchor(&text)).transpose();
    let recording = row.recording.map(RecordingId::new).transpose();
    let mut request = (defaults.request)(stream)
        .with_visibility(row.visibility.map(Visibility::from))
        .with_anchor(anchor.map_err(|error| about("anchor", &error))?)
        .with_recording(recording.map_err(|error| about("recording", &error))?);
    if let Some(name) = row.rounding {
        let rounding = name.parse().map_err(|error| about("rounding", &error))?;
        request = request.with_rounding(rounding);
    }
    if let Some(text) = cut {
        let range = CutRange::parse_at(&text, now).map_err(|error| about("cut", &error))?;
        request = request.with_cut(range);
    }
    Ok(Entry {
        line: row.line,
        request,
    })
}

#[cfg(test)]
mod tests;
