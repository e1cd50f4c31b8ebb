//! Lists in CSV (RFC 4180, with the names of the columns first).

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::{CutCell, Row, Rows};

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Stream,
    Cut,
    Rounding,
    Visibility,
    Anchor,
    Recording,
}

const COLUMNS: [(&str, Column); 6] = [
    ("stream", Column::Stream),
    ("cut", Column::Cut),
    ("rounding", Column::Rounding),
    ("visibility", Column::Visibility),
    ("anchor", Column::Anchor),
    ("recording", Column::Recording),
];

/// Reads the records. White space around a cell doesn't count, and an empty cell says nothing, except
/// that an empty `cut` keeps all.
pub(super) fn rows(bytes: &[u8]) -> Rows {
    let mut rows = Rows::default();
    let mut lines = Lines::new(bytes);
    // The header is read as any record, so that its line is known; and a row that is too short or
    // too long is refused here, so that the rows after it are checked too.
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(bytes);
    let mut columns: Option<Vec<Column>> = None;
    for record in reader.byte_records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                rows.refuse(lines.number, error.to_string());
                return rows;
            }
        };
        let line = lines.at(&record);
        let cells = match cells(&record) {
            Ok(cells) => cells,
            Err(problem) => {
                rows.refuse(line, problem);
                // Without its header nothing of a list can be read.
                if columns.is_none() {
                    return rows;
                }
                continue;
            }
        };
        match &columns {
            None => match header(&cells) {
                Ok(header) => columns = Some(header),
                Err(problem) => {
                    rows.refuse(line, problem);
                    return rows;
                }
            },
            Some(columns) => match row(line, columns, &cells) {
                Ok(row) => rows.rows.push(row),
                Err(problem) => rows.refuse(line, problem),
            },
        }
    }
    rows
}

/// The number of the line that a record begins on, which the reader itself counts otherwise where
/// lines end in CRLF or are empty.
struct Lines<'a> {
    rest: &'a [u8],
    at: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            at: 0,
            number: 1,
        }
    }

    fn at(&mut self, record: &ByteRecord) -> u64 {
        let begin = record
            .position()
            .and_then(|position| usize::try_from(position.byte()).ok())
            .unwrap_or(self.at);
        self.skip(begin.saturating_sub(self.at));
        let empty = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        self.skip(empty.count());
        self.number
    }

    fn skip(&mut self, bytes: usize) {
        let Some((skipped, rest)) = self.rest.split_at_checked(bytes) else {
            return;
        };
        let mut skipped = skipped.iter().chain(rest.first()).peekable();
        for _ in 0..bytes {
            // A CR ends a line where no LF does it.
            match (skipped.next(), skipped.peek()) {
                (Some(b'\n'), _) => self.number = self.number.saturating_add(1),
                (Some(b'\r'), next) if next != Some(&&b'\n') => {
                    self.number = self.number.saturating_add(1);
                }
                _ => {}
            }
        }
        self.rest = rest;
        self.at = self.at.saturating_add(bytes);
    }
}

fn cells(record: &ByteRecord) -> Result<Vec<&str>, String> {
    record
        .iter()
        .map(|cell| {
            let cell = str::from_utf8(cell).map_err(|_| "this isn't UTF-8".to_owned())?;
            if cell.contains(['\n', '\r']) {
                return Err("a cell has a line break: is a closing quote missing?".to_owned());
            }
            Ok(cell)
        })
        .collect()
}

fn header(cells: &[&str]) -> Result<Vec<Column>, String> {
    let mut columns = Vec::with_capacity(cells.len());
    for cell in cells {
        let Some((_, column)) = COLUMNS.iter().find(|(name, _)| name == cell) else {
            let names = COLUMNS.map(|(name, _)| name).join(", ");
            return Err(format!(
                "there is no column `{cell}`: the first line names the columns, separated by \
                 commas, and they are {names}"
            ));
        };
        if columns.contains(column) {
            return Err(format!("there are two columns `{cell}`"));
        }
        columns.push(*column);
    }
    if !columns.contains(&Column::Stream) {
        return Err("there is no column `stream`".to_owned());
    }
    Ok(columns)
}

fn row(line: u64, columns: &[Column], cells: &[&str]) -> Result<Row, String> {
    if cells.len() != columns.len() {
        return Err(format!(
            "there are {} cells and {} columns",
            cells.len(),
            columns.len()
        ));
    }
    let mut row = Row {
        line,
        ..Row::default()
    };
    for (column, cell) in columns.iter().zip(cells) {
        let said = Some((*cell).to_owned()).filter(|cell| !cell.is_empty());
        match column {
            Column::Stream => row.stream = said.unwrap_or_default(),
            Column::Cut => row.cut = said.map_or(CutCell::All, CutCell::Range),
            Column::Rounding => row.rounding = said,
            Column::Visibility => row.visibility = said,
            Column::Anchor => row.anchor = said,
            Column::Recording => row.recording = said,
        }
    }
    Ok(row)
}
