//! The arguments that say what to keep: `--cut` and `--anchor`.

use livecut::{Bounds, CutRange, CutRangeError, CutRangeErrorKind, Timeline};
use textwrap::core::display_width;
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::text::{clean, is_harmful, wrapped};

/// Every form that a cut can be written in.
const FORMS: &[(&str, &str)] = &[
    ("30..120", "seconds from the recording's start"),
    ("30.5s..2m", "with units: h, m, s, ms"),
    ("1500ms..1h30m", ""),
    ("0:01:30..1:30:00", "as H:MM:SS"),
    (
        "@1736754600..@1736754900",
        "wall clock, as Unix epoch seconds",
    ),
    ("2025-01-13T07:50:00Z..2025-01-13T07:55:00Z", "as RFC 3339"),
    ("2025-01-13T13:20:00+05:30..now", "up to this moment"),
];

/// Where it isn't shown in full, for it is no range anyway.
const LONGEST_SHOWN: usize = 256;

/// Reads `--cut`.
pub(crate) fn parse(text: &str) -> Result<CutRange, Box<Failure>> {
    text.parse().map_err(|error: CutRangeError| {
        Failure::usage(format!("--cut: {error}")).with_detail(format!(
            "{}{}",
            picture(text, &error),
            forms()
        ))
    })
}

/// The text with carets under the part that is wrong.
fn picture(text: &str, error: &CutRangeError) -> String {
    let Some(span) = error.span().filter(|_| text.len() <= LONGEST_SHOWN) else {
        return String::new();
    };
    let (Some(before), Some(wrong)) = (text.get(..span.start), text.get(span)) else {
        return String::new();
    };
    // A character that isn't shown as it is takes one column, so that the carets stay true.
    let shown = |text: &str| -> String {
        text.chars()
            .map(|c| if is_harmful(c) { '\u{fffd}' } else { c })
            .collect()
    };
    let indent = " ".repeat(display_width(&shown(before)));
    let carets = "^".repeat(display_width(&shown(wrong)).max(1));
    format!("  {}\n  {indent}{carets}\n\n", shown(text))
}

fn forms() -> String {
    let mut text = wrapped(
        "A cut is START..END: two offsets from the recording's start, or two instants. \
         The end isn't part of it.",
    );
    for (form, meaning) in FORMS {
        text.push_str(format!("\n  {form:<42}  {meaning}").trim_end());
    }
    text
}

/// The examples of `livecut stop --help`: one a form.
pub(crate) fn examples() -> String {
    let mut text =
        "Examples:\n  livecut stop 4PtERT9d9uK\n        all of the recording is kept".to_owned();
    for (form, meaning) in FORMS {
        let meaning = if meaning.is_empty() {
            ""
        } else {
            &format!("\n        {meaning}")
        };
        text.push_str(&format!(
            "\n  livecut stop 4PtERT9d9uK --cut {form}{meaning}"
        ));
    }
    text
}

/// Reads `--anchor`: an instant in one of the forms that a cut's bounds have.
pub(crate) fn parse_anchor(text: &str) -> Result<OffsetDateTime, String> {
    const FORM: &str = "write RFC 3339 with a zone, like `2025-01-13T07:50:00Z`, or Unix epoch \
                        seconds, like `@1736754600`";
    // The last second that an instant of a range can have.
    let latest = OffsetDateTime::from_unix_timestamp(99_999_999_999).map_err(|e| e.to_string())?;
    if text.is_empty() || text == "now" || text.contains("..") {
        return Err(format!("this is no instant: {FORM}"));
    }
    match CutRange::parse_at(&format!("{text}..now"), latest) {
        Ok(range) => match range.bounds() {
            Bounds::WallClock { start, .. } => Ok(start),
            Bounds::Offset { .. } => Err(format!("this is an offset: {FORM}")),
        },
        Err(error) if error.kind() == CutRangeErrorKind::MixedTimelines => {
            Err(format!("this is an offset: {FORM}"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A range for people: as it is written, and as H:MM:SS where that isn't the same.
pub(crate) fn for_people(range: CutRange) -> String {
    match range.timeline() {
        Timeline::Offset => format!("{range} ({})", range.hms()),
        Timeline::WallClock => clean(&range.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_in_the_help_is_read() {
        for (form, _) in FORMS {
            assert!(form.parse::<CutRange>().is_ok(), "{form}");
            assert!(examples().contains(form));
        }
    }

    #[test]
    fn the_help_and_the_forms_fit_a_terminal() {
        for line in forms().lines().chain(examples().lines()) {
            assert!(line.len() <= 80, "{line}");
        }
    }

    fn pictured(text: &str) -> String {
        picture(text, &text.parse::<CutRange>().unwrap_err())
    }

    #[test]
    fn the_carets_are_under_the_mistake() {
        assert_eq!(pictured("1:30..0:02:00"), "  1:30..0:02:00\n  ^^^^\n\n");
        assert_eq!(pictured("30s..2min"), "  30s..2min\n        ^^^\n\n");
        assert_eq!(pictured("30..120\n"), "  30..120\u{fffd}\n         ^\n\n");
        // A wide character takes two columns.
        assert_eq!(pictured("30..番x"), "  30..番x\n      ^^^\n\n");
        assert_eq!(pictured(""), "  \n  ^\n\n");
        assert_eq!(pictured(&"1".repeat(1000)), "");
    }

    #[test]
    fn an_anchor_is_an_instant_in_either_form() {
        let expected = OffsetDateTime::from_unix_timestamp(1_736_754_600).unwrap();
        assert_eq!(parse_anchor("@1736754600"), Ok(expected));
        assert_eq!(parse_anchor("2025-01-13T13:20:00+05:30"), Ok(expected));
        for (text, hint) in [
            ("30s", "this is an offset"),
            ("1736754600", "@1736754600"),
            ("@1736754600000", "in seconds"),
            ("2025-01-13T07:50:00", "no time zone"),
            ("now", "no instant"),
            ("", "no instant"),
            ("@1736754600..@1736754900", "no instant"),
        ] {
            let message = parse_anchor(text).unwrap_err();
            assert!(message.contains(hint), "{text}: {message}");
        }
    }
}
