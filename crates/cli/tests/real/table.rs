//! What is printed at the end: what was asked for, what the program says, and what is seen.

use serde_json::Value;

use crate::media::{RATE, first_shown, pictures};

/// Printed when it is dropped, so that it is there also if a line of it is wrong.
pub(crate) struct Table {
    server: &'static str,
    lines: Vec<String>,
}

/// What is seen of a cut.
pub(crate) struct Seen {
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// By how many pictures the first one and the one after the last are later than the document says.
    pub(crate) errors: [f64; 2],
}

impl Table {
    pub(crate) const fn new(server: &'static str) -> Self {
        Self {
            server,
            lines: Vec::new(),
        }
    }

    pub(crate) fn line(&mut self, cells: [&str; 6]) {
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }

    /// Looks at what is at the address of a cut that is ready, without a gap.
    pub(crate) fn measure(&mut self, what: &str, document: &Value) -> Seen {
        let url = address(document);
        let seen = pictures(url);
        let [first, .., last] = seen[..] else {
            panic!("{what}: {seen:?}");
        };
        let (start, end) = bounds(&document["cut"]["effective"]);
        // Offsets are those at which the whole recording shows its pictures.
        let delay = first_shown(url.split('?').next().expect("an address"));
        let error = |number: u32, at: f64| f64::from(number) - (at - delay) * RATE;
        let errors = [error(first, start), error(last + 1, end)];
        let text = |name: &str| document["cut"][name].as_str().expect("a range");
        self.line([
            what,
            text("requested"),
            text("effective"),
            &first.to_string(),
            &last.to_string(),
            &format!("{:+.1}, {:+.1}", errors[0], errors[1]),
        ]);
        assert!(
            seen.windows(2).all(|two| two[1] == two[0] + 1),
            "{what}: {seen:?}"
        );
        Seen {
            first,
            last,
            errors,
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        println!(
            "\n{}, pictures of {RATE} a second:\n\n\
             | stream | asked for | effective | first picture | last | error in pictures |\n\
             | --- | --- | --- | --- | --- | --- |\n{}\n",
            self.server,
            self.lines.join("\n")
        );
    }
}

/// Where the one recording of a document can be had.
pub(crate) fn address(document: &Value) -> &str {
    let playback = &document["recording"]["playback"];
    playback[0]["url"]
        .as_str()
        .unwrap_or_else(|| panic!("no address: {document}"))
}

/// The bounds of a range of offsets, in seconds, as the document has them.
fn bounds(range: &Value) -> (f64, f64) {
    let text = range.as_str().expect("a range is a string");
    let (start, end) = text.split_once("..").expect("it has two bounds");
    let seconds = |bound: &str| match bound.strip_suffix("ms") {
        Some(millis) => millis.parse::<f64>().expect("a number") / 1000.0,
        None => bound
            .trim_end_matches('s')
            .parse()
            .expect("a number of seconds"),
    };
    (seconds(start), seconds(end))
}
