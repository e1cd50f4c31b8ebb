//! Lists in CSV (RFC 4180, with the names of the columns first).

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

/// Reads the records, one a line. White space around a cell doesn't count, and an empty cell says nothing,
/// except that an empty `cut` keeps all.
pub(super) fn rows(bytes: &[u8]) -> Rows {
    let mut rows = Rows::default();
    let mut columns: Option<Vec<Column>> = None;
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            continue;
        }
        let cells = match cells(line) {
            Ok(cells) => cells,
            Err(problem) => {
                rows.refuse(number, problem);
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
                    rows.refuse(number, problem);
                    return rows;
                }
            },
            Some(columns) => match row(number, columns, cells) {
                Ok(row) => rows.rows.push(row),
                Err(problem) => rows.refuse(number, problem),
            },
        }
    }
    rows
}

/// The cells of a line.
///
/// Parsers of CSV are made to get something out of any text: they read `"10"03` as 1003, and on
/// into the next lines after a quote that isn't closed. Here that would be a wrong cut.
fn cells(line: &[u8]) -> Result<Vec<String>, &'static str> {
    let line = str::from_utf8(line).map_err(|_| "this isn't UTF-8")?;
    if line.contains('\r') {
        return Err("a line ends in CR alone: end lines in LF or CRLF");
    }
    let mut cells = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let cell;
        (cell, rest) = match text.trim_ascii_start().strip_prefix('"') {
            Some(text) => quoted(text)?,
            None => bare(text)?,
        };
        cells.push(cell.trim_ascii().to_owned());
    }
    Ok(cells)
}

/// A cell, and what follows its comma.
type Cell<'a> = (String, Option<&'a str>);

fn bare(text: &str) -> Result<Cell<'_>, &'static str> {
    let (cell, rest) = match text.split_once(',') {
        Some((cell, rest)) => (cell, Some(rest)),
        None => (text, None),
    };
    if cell.contains('"') {
        return Err("a quote is inside of a cell that doesn't begin with one");
    }
    Ok((cell.to_owned(), rest))
}

/// A cell whose first quote has been read.
fn quoted(mut text: &str) -> Result<Cell<'_>, &'static str> {
    let mut cell = String::new();
    loop {
        let (part, after) = text
            .split_once('"')
            .ok_or("a closing quote is missing; a cell can't have a line break")?;
        cell.push_str(part);
        if let Some(after) = after.strip_prefix('"') {
            cell.push('"');
            text = after;
            continue;
        }
        let after = after.trim_ascii_start();
        return match after.strip_prefix(',') {
            Some(rest) => Ok((cell, Some(rest))),
            None if after.is_empty() => Ok((cell, None)),
            None => Err("something follows a closing quote: a quote in a cell is written twice"),
        };
    }
}

fn header(cells: &[String]) -> Result<Vec<Column>, String> {
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

fn row(line: u64, columns: &[Column], cells: Vec<String>) -> Result<Row, String> {
    if cells.len() != columns.len() {
        let number = |count, one: &str| match count {
            1 => format!("1 {one}"),
            many => format!("{many} {one}s"),
        };
        return Err(format!(
            "{} for {}",
            number(cells.len(), "cell"),
            number(columns.len(), "column")
        ));
    }
    let mut row = Row {
        line,
        ..Row::default()
    };
    for (column, cell) in columns.iter().zip(cells) {
        let said = Some(cell).filter(|cell| !cell.is_empty());
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_the_crate(line: &str) -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.as_bytes())
            .into_records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    proptest! {
        /// White space is left out: the crate `csv` doesn't look for a quote behind it.
        #[test]
        fn a_line_is_refused_or_read_as_any_parser_reads_it(line in "(a|b|é|,|\"|\"\"|',|;){1,20}") {
            if let Ok(cells) = cells(line.as_bytes()) {
                prop_assert_eq!(by_the_crate(&line), [cells]);
            }
        }

        #[test]
        fn what_a_parser_has_written_is_read(
            record in proptest::collection::vec("(a|é|,|\"|'|; ?){0,8}", 1..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&record).unwrap();
            let written = writer.into_inner().unwrap();
            let line = written.strip_suffix(b"\n").unwrap();
            let trimmed: Vec<_> = record.iter().map(|cell| cell.trim().to_owned()).collect();
            prop_assert_eq!(cells(line), Ok(trimmed));
        }
    }
}
