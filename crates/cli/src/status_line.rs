//! The one line on a terminal that says how things go.

use textwrap::core::display_width;
use tracing::level_filters::LevelFilter;

use crate::output::stderr_can_be_erased;
use crate::printer;

/// Above what is unread, a line that would be written over is of no use.
const ENOUGH: usize = 1 << 14;
const ERASE: &str = "\r\u{1b}[2K";

/// A line on stderr that is written anew again and again, and erased when it is dropped.
#[derive(Debug)]
pub(crate) struct StatusLine;

impl StatusLine {
    /// A line, where a person sees it, and no log, which it would tear apart, is written there.
    pub(crate) fn new() -> Option<Self> {
        let silent = LevelFilter::current() == LevelFilter::OFF;
        // Made only then, since it erases the line when it is dropped.
        (stderr_can_be_erased() && silent).then(|| Self)
    }

    /// Shows as much of this as fits without wrapping. It must have been cleaned.
    pub(crate) fn show(&self, line: &str) {
        write(&format!("{ERASE}{}", fitted(line, columns())));
    }

    /// Makes room for what is printed next.
    pub(crate) fn erase(&self) {
        write(ERASE);
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.erase();
    }
}

/// As much of the line as fits without wrapping.
fn fitted(line: &str, columns: usize) -> &str {
    let mut fitting = line;
    while display_width(fitting) >= columns {
        let mut chars = fitting.chars();
        if chars.next_back().is_none() {
            break;
        }
        fitting = chars.as_str();
    }
    fitting
}

/// `COLUMNS` can make it narrower than the terminal is: a line that wraps can't be erased.
fn columns() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    let width = size.map_or(80, |(width, _)| usize::from(width.0));
    let asked = std::env::var("COLUMNS").ok();
    let asked = asked.and_then(|columns| columns.parse().ok());
    asked
        .filter(|columns| *columns > 0)
        .map_or(width, |columns: usize| columns.min(width))
}

/// How much is done, in one picture.
pub(crate) fn bar(done: u64, of: u64) -> String {
    const WIDTH: u64 = 24;
    let done = u128::from(done).saturating_mul(u128::from(WIDTH));
    let filled = done.checked_div(u128::from(of)).unwrap_or_default();
    let filled = u64::try_from(filled).unwrap_or(WIDTH).min(WIDTH);
    let part = |mark: &str, width| mark.repeat(usize::try_from(width).unwrap_or_default());
    format!(
        "[{}{}]",
        part("#", filled),
        part("-", WIDTH.saturating_sub(filled))
    )
}

/// It is a courtesy: where it can't be written, or isn't read, all else goes on without it.
fn write(text: &str) {
    let stderr = printer::stderr();
    if stderr.unread() < ENOUGH {
        stderr.write_raw(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_wider_than_the_terminal() {
        assert_eq!(fitted("配信中です", 7), "配信中");
        assert_eq!(fitted("short", 80), "short");
        assert_eq!(fitted("x", 0), "");
    }
}
