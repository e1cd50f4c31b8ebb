//! Lists in JSON lines.

use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

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
        // An array of an object's values would do for serde.
        if !text.starts_with(b"{") {
            rows.refuse(number, ONE_A_LINE);
            // All that follows would be wrong for the same reason.
            if text.starts_with(b"[") {
                return rows;
            }
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

const ONE_A_LINE: &str = "write one object a line, as in {\"stream\":\"4PtERT9d9uK\"}";

/// What is wrong, in words about the list instead of the parser's.
fn reason(error: &serde_json::Error) -> String {
    let column = error.column();
    match error.classify() {
        Category::Eof => format!("the object doesn't end on its line: {ONE_A_LINE}"),
        Category::Syntax | Category::Io => {
            format!("column {column}: this isn't JSON: {ONE_A_LINE}")
        }
        // Names and types of members. The place would be one in line 1.
        Category::Data => {
            let text = error.to_string();
            let text = text
                .rsplit_once(" at line ")
                .map_or(&*text, |(text, _)| text);
            format!("column {column}: {text}")
        }
    }
}
