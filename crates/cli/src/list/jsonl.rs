//! Lists in JSON lines.

use serde::{Deserialize, Deserializer};

use super::{CutCell, Row, Rows};

/// The members of an object. What isn't one of them is refused: a slip in `cut` must not keep
/// all of a recording.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    stream: String,
    /// The outer option: whether there is one at all.
    #[serde(default, deserialize_with = "present")]
    cut: Option<Option<String>>,
    rounding: Option<String>,
    visibility: Option<String>,
    anchor: Option<String>,
    recording: Option<String>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads the objects, one a line; empty lines are skipped.
pub(super) fn rows(bytes: &[u8]) -> Rows {
    let mut rows = Rows::default();
    for (number, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let text = text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(text) {
            Ok(line) => rows.rows.push(Row {
                line: number,
                stream: line.stream,
                cut: match line.cut {
                    None => CutCell::Absent,
                    Some(None) => CutCell::All,
                    Some(Some(text)) => CutCell::Range(text),
                },
                rounding: line.rounding,
                visibility: line.visibility,
                anchor: line.anchor,
                recording: line.recording,
            }),
            Err(error) => rows.refuse(number, reason(&error)),
        }
    }
    rows
}

/// What is wrong, without the place that the parser takes to be in line 1.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((text, _)) => format!("column {}: {text}", error.column()),
        None => text,
    }
}
