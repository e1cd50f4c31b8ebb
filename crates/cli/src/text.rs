//! Text for a terminal: what came from elsewhere made harmless, and pages of 80 columns.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

const WIDTH: usize = 80;
/// Where the values of a page begin.
const INDENT: &str = "            ";

const LABEL: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// `text` without what could move the cursor, or show it in another order than it is in.
///
/// Ids, messages and URLs come from providers, and a terminal obeys what it is sent.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !is_harmful(*c)).collect()
}

/// As [`clean`], of several lines.
pub(crate) fn clean_lines(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !is_harmful(*c))
        .collect()
}

/// Control characters (C0, DEL and C1), line and paragraph separators, and the
/// controls of bidirectional text.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Labels and values, wrapped to the width of a terminal. A word (an id, a URL, a ticket)
/// is never broken, so that it can be copied.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// A line of a label and what belongs to it, which is [cleaned](clean) here.
    pub(crate) fn row(&mut self, label: &str, value: impl fmt::Display) {
        self.styled_row(label, Style::new(), value);
    }

    /// As [`row`](Self::row), with a style for the value.
    pub(crate) fn styled_row(&mut self, label: &str, style: Style, value: impl fmt::Display) {
        let value = whole_code(&clean(&value.to_string()));
        let options = options().initial_indent(INDENT).subsequent_indent(INDENT);
        for (number, line) in textwrap::wrap(&value, options).iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            let text = line.trim_start().replace(UNBROKEN, " ");
            self.line(format_args!(
                "{LABEL}{label:<11}{LABEL:#} {style}{text}{style:#}"
            ));
        }
    }

    /// A line of a label and what must stay on one line, however wide.
    pub(crate) fn unwrapped_row(&mut self, label: &str, value: impl fmt::Display) {
        let value = clean(&value.to_string());
        self.line(format_args!("{LABEL}{label:<11}{LABEL:#} {value}"));
    }

    /// A line that is on its own. It must have been cleaned.
    pub(crate) fn line(&mut self, line: impl fmt::Display) {
        // Writing to a `String` can't fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// The page, with its styles.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// `text` wrapped to the width of a terminal, cleaned.
pub(crate) fn wrapped(text: &str) -> String {
    textwrap::fill(&whole_code(&clean(text)), options()).replace(UNBROKEN, " ")
}

fn options() -> Options<'static> {
    Options::new(WIDTH)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// Stands for a space that no line ends at, while text is wrapped. Of a private use area.
const UNBROKEN: char = '\u{e000}';

/// Keeps what is between backticks, such as a command, on one line, so that it can be copied.
fn whole_code(text: &str) -> String {
    let mut parts = text.split('`').peekable();
    let mut whole = String::with_capacity(text.len());
    let mut is_code = false;
    while let Some(part) = parts.next() {
        // What no backtick ends is no code.
        match is_code && parts.peek().is_some() {
            true => whole.push_str(&part.replace(' ', &UNBROKEN.to_string())),
            false => whole.push_str(part),
        }
        if parts.peek().is_some() {
            whole.push('`');
        }
        is_code = !is_code;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_taken_out() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{7}\u{9b}2Jd"), "a[31mbc2Jd");
        assert_eq!(clean("nip.\u{202e}4pm\u{2066}x\u{2029}"), "nip.4pmx");
        assert_eq!(clean("Übertragung 配信 🎬"), "Übertragung 配信 🎬");
        assert_eq!(clean_lines("a\nb\u{1b}[2J"), "a\nb[2J");
    }

    #[test]
    fn a_command_stays_on_one_line_so_that_it_can_be_copied() {
        let command = "`livecut stop --from NEW-LIST --results NEW-RESULTS --provider example`";
        let text = format!("{} {command}. {}", "word ".repeat(9), "word ".repeat(20));
        assert!(wrapped(&text).lines().any(|line| line.contains(command)));
        let mut page = Page::default();
        page.row("hint", &text);
        let page = page.into_string();
        assert!(page.lines().any(|line| line.contains(command)), "{page}");
        let open = format!("{}`{}", "word ".repeat(9), "word ".repeat(40));
        assert!(wrapped(&open).lines().all(|line| line.len() <= 80));
    }

    #[test]
    fn a_page_fits_a_terminal_and_breaks_no_word() {
        let mut page = Page::default();
        page.row("message", "word ".repeat(40));
        page.row("ticket", "t".repeat(200));
        let page = anstream::adapter::strip_str(&page.into_string()).to_string();
        assert!(
            page.lines()
                .filter(|line| line.contains("word"))
                .all(|line| line.len() <= 80)
        );
        assert!(page.lines().count() >= 4, "{page}");
        assert!(page.contains(&"t".repeat(200)));
        assert!(page.starts_with("message     word"));
    }
}
