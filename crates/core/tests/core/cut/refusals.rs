use livecut_core::CutRange;
use livecut_core::CutRangeErrorKind::{
    self, EndNotAfterStart, EpochNotInSeconds, InstantIsOffset, MixedTimelines, OffsetIsEpoch,
    OutOfRange, Syntax,
};
use time::OffsetDateTime;

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_736_754_900).unwrap()
}

/// Checks the kind, the part of the text that is pointed at, and the message.
#[track_caller]
fn refused(text: &str, kind: CutRangeErrorKind, wrong: &str, message: &str) {
    let error = CutRange::parse_at(text, now()).expect_err(text);
    assert_eq!(error.to_string(), message, "{text}");
    assert_eq!(error.kind(), kind, "{text}");
    let span = error.span().expect("a text was parsed");
    assert_eq!(&text[span], wrong, "{text}");
}

/// As `refused`, where the message only has to have `hint` in it.
#[track_caller]
fn hinted(text: &str, wrong: &str, hint: &str) {
    let error = CutRange::parse_at(text, now()).expect_err(text);
    let message = error.to_string();
    assert!(message.contains(hint), "{text}: {message}");
    assert_eq!(error.kind(), Syntax, "{text}");
    let span = error.span().expect("a text was parsed");
    assert_eq!(&text[span], wrong, "{text}: {message}");
}

#[test]
fn what_is_no_range() {
    refused(
        "",
        Syntax,
        "",
        "the range is empty: write START..END, like `30s..2m`",
    );
    refused(
        "30",
        Syntax,
        "30",
        "there is no `..` in the range: write START..END, like `30s..2m`",
    );
    hinted("30-120", "30-120", "there is no `..`");
    hinted("30…120", "30…120", "there is no `..`");
    let long = format!("{}..1", "0".repeat(254));
    refused(
        &long,
        Syntax,
        &long,
        "the range is 257 bytes long, and 256 is the most: write START..END, like `30s..2m`",
    );
    let longest = format!("{}..1", "0".repeat(253));
    assert!(CutRange::parse_at(&longest, now()).is_ok());
    hinted("30..60..90", "..", "one start and one end");
    hinted("30...120", "...", "separated by two dots");
}

#[test]
fn an_open_end() {
    refused(
        "30..",
        Syntax,
        "..",
        "the range has no end: write both, START..END, like `30s..2m`",
    );
    refused(
        "..30",
        Syntax,
        "..",
        "the range has no start: write both, START..END; the recording's start is `0s`",
    );
    hinted("..", "..", "the range has no start");
}

#[test]
fn an_end_that_would_be_kept() {
    let message = "the end of a range is never part of it, so there is no `..=`: write `..`";
    refused("30..=120", Syntax, "..=", message);
    refused("30..=", Syntax, "..=", message);
}

#[test]
fn a_space() {
    let message =
        "a range has no spaces: write START..END without any, and `T` between a date and its time";
    refused("30 .. 120", Syntax, " ", message);
    refused(" 30..120", Syntax, " ", message);
    refused("30..120\n", Syntax, "\n", message);
    refused("30..\u{a0}\u{2003}120", Syntax, "\u{a0}\u{2003}", message);
    refused(
        "2025-01-13 07:50:00Z..2025-01-13 07:55:00Z",
        Syntax,
        " ",
        message,
    );
}

#[test]
fn a_sign() {
    let message = "a bound has no sign: write an offset from the recording's start, like `30s`, \
                   or an instant";
    refused("-30..120", Syntax, "-", message);
    refused("30..+120", Syntax, "+", message);
    refused("30..−120", Syntax, "−", message);
    refused("@-30..@120", Syntax, "-", message);
}

#[test]
fn two_timelines() {
    refused(
        "30s..@1736754900",
        MixedTimelines,
        "@1736754900",
        "the start is an offset and the end, `@1736754900`, an instant: give two offsets, like \
         `30s..2m`, or two instants, like `@1736754600..@1736754900`",
    );
    refused(
        "2025-01-13T07:50:00Z..5m",
        MixedTimelines,
        "5m",
        "the start is an instant and the end, `5m`, an offset: give two instants, like \
         `2025-01-13T07:50:00Z..now`, or two offsets, like `30s..2m`",
    );
    refused(
        "30s..now",
        MixedTimelines,
        "now",
        "the start is an offset and the end, `now`, an instant: give two offsets, like \
         `30s..2m`, or two instants, like `@1736754600..now`",
    );
}

#[test]
fn now_anywhere_but_as_the_end() {
    refused(
        "now..@1736754900",
        Syntax,
        "now",
        "`now` can only be the end of a range, as in `@1736754600..now`",
    );
    hinted("@1736754600..NOW", "NOW", "`now` is in lower case");
}

#[test]
fn minutes_and_seconds_that_may_be_hours_and_minutes() {
    refused(
        "1:30..2:00",
        Syntax,
        "1:30",
        "`1:30` is ambiguous: write `0:01:30` for minutes and seconds, or `1:30:00` for hours \
         and minutes, after the recording's start; a time of day has its date and zone, like \
         `2025-01-13T07:50:00Z`",
    );
    refused(
        "0s..01:5",
        Syntax,
        "01:5",
        "`01:5` is ambiguous: write `0:01:05` for minutes and seconds, or `01:05:00` for hours \
         and minutes, after the recording's start; a time of day has its date and zone, like \
         `2025-01-13T07:50:00Z`",
    );
    refused(
        "1:30.5..2m",
        Syntax,
        "1:30.5",
        "`1:30.5` is ambiguous: write all of H:MM:SS, like `0:01:30`",
    );
    // What is advised can be read.
    for (piece, advised) in [
        ("0:90", ["`0m90s`"].as_slice()),
        ("90:00", &["`90m0s`", "`90:00:00`"]),
        ("90:75", &["`90m75s`"]),
    ] {
        let error = format!("{piece}..100h")
            .parse::<CutRange>()
            .unwrap_err()
            .to_string();
        let written: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(written.len(), advised.len(), "{error}");
        for (text, advised) in written.iter().zip(advised) {
            assert_eq!(format!("`{text}`"), *advised, "{error}");
            assert!(
                format!("{text}..100h").parse::<CutRange>().is_ok(),
                "{error}"
            );
        }
    }
}

/// As an offset it would be nearly eight hours.
#[test]
fn a_time_of_day_is_told_to_be_written_as_an_instant() {
    for text in ["7:50am", "07:50AM", "7am", "7:50:00pm"] {
        let hint = format!("`{text}` is a time of day: write an instant, with its date and zone");
        hinted(&format!("{text}..8h"), text, &hint);
        hinted(&format!("@1736754600..{text}"), text, &hint);
    }
    hinted("7:50..8:00", "7:50", "a time of day has its date and zone");
}

/// What is missing is said on the timeline of what is there.
#[test]
fn a_missing_start_or_end_is_asked_for_on_the_timeline_of_the_other() {
    for end in ["@1736754600", "2025-01-13T07:50:00Z", "now"] {
        hinted(
            &format!("..{end}"),
            "..",
            "before an instant the start is an instant too",
        );
    }
    for end in ["30", "2m", "0:01:30"] {
        hinted(&format!("..{end}"), "..", "the recording's start is `0s`");
    }
    hinted(
        "@1736754600..",
        "..",
        "after an instant, the end may be `now`",
    );
    hinted("30s..", "..", "like `30s..2m`");
}

#[test]
fn hours_minutes_and_seconds_out_of_form() {
    hinted("0:60:00..1h", "60", "the minutes of H:MM:SS are two digits");
    hinted("0..0:00:60", "60", "the seconds of H:MM:SS are two digits");
    hinted("0:1:30..1h", "1", "the minutes of H:MM:SS are two digits");
    hinted("0:001:30..1h", "001", "the minutes of H:MM:SS");
    hinted("0:01:..1h", "0:01:", "the seconds of H:MM:SS");
    hinted("0::30..1h", "0::30", "the minutes of H:MM:SS");
    hinted(":01:30..1h", ":01:30", "the hours of H:MM:SS are digits");
    hinted("1h:01:30..2h", "1h", "the hours of H:MM:SS are digits");
    hinted("0:00:01:12..1h", ":12", "and nothing else");
    hinted("0:00:01;12..1h", ";12", "and nothing else");
    hinted("0..0:01:30s", "s", "and nothing else");
    hinted(
        "07:50:00Z..08:00:00Z",
        "07:50:00Z",
        "a time zone and no date",
    );
    hinted(
        "07:50:00+05:30..1h",
        "07:50:00+05:30",
        "a time zone and no date",
    );
}

#[test]
fn units_out_of_form() {
    refused(
        "30s..2min",
        Syntax,
        "min",
        "`min` is no unit: the units are h, m, s and ms, as in `1h30m`",
    );
    hinted("30S..2m", "S", "`S` is no unit");
    hinted("1d..2d", "d", "`d` is no unit");
    hinted("30µs..2m", "µs", "`µs` is no unit");
    refused(
        "30m1h..2h",
        Syntax,
        "h",
        "units go from large to small, each once: h, m, s, ms, as in `1h30m`",
    );
    hinted("1m1m..2h", "m", "each once");
    hinted("0..1m30", "30", "`30` has no unit");
    hinted("0..1m30.5", "30.5", "`30.5` has no unit");
    hinted("s..2m", "s", "`s` is no part of an offset or an instant");
    hinted("start..end", "start", "`start` is no part");
    hinted("1_000..2h", "_000", "`_000` is no part");
    hinted("٣٠..2h", "٣٠", "is no part");
}

#[test]
fn a_fraction_anywhere_but_on_seconds() {
    let message = "only seconds have a fraction: write `1h30m` for 1.5h, and `0.0015s` for 1.5ms";
    refused("1.5h..2h", Syntax, "1.5h", message);
    refused("0..1.5ms", Syntax, "1.5ms", message);
    refused("0..1h1.5m", Syntax, "1.5m", message);
    hinted("1.5s500ms..2m", "500ms", "nothing follows a fraction");
    hinted("0..5.", ".", "digits on both sides");
    hinted("0..5.s", ".", "digits on both sides");
    hinted("0..1m.5s", ".", "digits on both sides");
    hinted("@1736754600...5", "...", "two dots");
    hinted("1,5..2", ",", "the decimal point is a dot");
}

#[test]
fn a_fraction_finer_than_a_nanosecond() {
    let message = "times are exact to the nanosecond: leave out what follows the ninth digit of \
                   the fraction";
    refused("0.1234567891..2", Syntax, "1", message);
    refused("0..2.00000000000s", Syntax, "00", message);
    refused("0:00:00.1234567890..2", Syntax, "0", message);
    refused("@1736754600.1234567891..now", Syntax, "1", message);
    refused(
        "@1736754600..2025-01-13T07:55:00.1234567891Z",
        Syntax,
        "1",
        message,
    );
}

#[test]
fn an_epoch_out_of_form() {
    let hint = "`@` is followed by the seconds since the Unix epoch and nothing else";
    hinted("@..now", "@", hint);
    hinted("@.5..now", "@.5", hint);
    hinted("@1736754600s..now", "s", hint);
    hinted("@2025-01-13T07:50:00Z..now", "-01-13T07:50:00Z", hint);
    hinted("@@1736754600..now", "@1736754600", hint);
}

#[test]
fn an_instant_without_a_zone() {
    refused(
        "2025-01-13T07:50:00..2025-01-13T07:55:00",
        Syntax,
        "2025-01-13T07:50:00",
        "`2025-01-13T07:50:00` has no time zone: write `2025-01-13T07:50:00Z` if it is UTC, or \
         add the zone's offset, like `+05:30`",
    );
    hinted(
        "@1736754600..2025-01-13T07:50:00.5",
        "2025-01-13T07:50:00.5",
        "has no time zone",
    );
    hinted("2025-01-13..now", "2025-01-13", "is a date without a time");
}

#[test]
fn an_instant_out_of_form() {
    let hint = "is no instant: write it in RFC 3339";
    for text in [
        "2025-01-13T07:50Z",
        "2025-01-13T07:50:00+0530",
        "2025-01-13T07:50:00+05",
        "20250113T075000Z",
        "2025-1-13T07:50:00Z",
        "2025-01-13T07:50:00[Europe/Berlin]",
        "2025-01-13T07:50:00.Z",
        "2025-01-13T",
        "2025-01-1é",
    ] {
        if text.ends_with(".Z") {
            hinted(&format!("{text}..now"), ".", "digits on both sides");
        } else {
            hinted(&format!("{text}..now"), text, hint);
        }
    }
    hinted(
        "2025-02-30T00:00:00Z..now",
        "2025-02-30T00:00:00Z",
        "is no date and time that exists",
    );
    hinted(
        "2025-01-13T24:00:00Z..now",
        "2025-01-13T24:00:00Z",
        "is no date and time that exists",
    );
    hinted("2025-01-13_07:50:00Z..now", "_", "separated by `T`");
}

#[test]
fn a_leap_second() {
    refused(
        "2016-12-31T23:59:60Z..now",
        Syntax,
        "60",
        "a leap second can't be expressed: write the second before or after it, `59` or `00`",
    );
    hinted(
        "@1736754600..2025-01-13T07:50:60.5Z",
        "60",
        "a leap second can't be expressed",
    );
}

#[test]
fn an_epoch_as_an_offset() {
    refused(
        "1736754600..1736754900",
        OffsetIsEpoch,
        "1736754600",
        "the start, 1736754600s, is a Unix epoch and not an offset: give it as an instant, \
         `@1736754600`",
    );
    refused(
        "@1736754600..1736754900",
        OffsetIsEpoch,
        "1736754900",
        "the end, 1736754900s, is a Unix epoch and not an offset: give it as an instant, \
         `@1736754900`",
    );
    refused(
        "0..277778:00:00",
        OffsetIsEpoch,
        "277778:00:00",
        "the end, 1000000800s, is a Unix epoch and not an offset: give it as an instant, \
         `@1000000800`",
    );
}

#[test]
fn an_epoch_that_is_not_in_seconds() {
    refused(
        "@1736754600..@1736754900000",
        EpochNotInSeconds,
        "@1736754900000",
        "the end, `@1736754900000`, is after the year 5138 and so a Unix epoch in milliseconds: \
         give it in seconds, `@1736754900`",
    );
    refused(
        "@1736754600..6000-01-01T00:00:00Z",
        EpochNotInSeconds,
        "6000-01-01T00:00:00Z",
        "the end, `@127174492800`, is after the year 5138 and so a Unix epoch in milliseconds: \
         give it in seconds, `@127174492.8`",
    );
}

#[test]
fn an_offset_as_an_instant() {
    refused(
        "@30..@120",
        InstantIsOffset,
        "@30",
        "the start, epoch 30, is before 2001-09-09T01:46:40Z and so no instant of a live stream: \
         give it as an offset from the recording's start, `30s`",
    );
    refused(
        "@1736754600..2001-09-09T01:46:39.999999999Z",
        InstantIsOffset,
        "2001-09-09T01:46:39.999999999Z",
        "the end, epoch 999999999.999999999, is before 2001-09-09T01:46:40Z and so no instant of \
         a live stream: give it as an offset from the recording's start, `999999999.999999999s`",
    );
    refused(
        "1969-12-31T23:59:59Z..now",
        InstantIsOffset,
        "1969-12-31T23:59:59Z",
        "the start, epoch -1, is before 2001-09-09T01:46:40Z and so no instant of a live stream: \
         give a later instant, like `@1736754600`, or an offset, like `30s`",
    );
}

#[test]
fn a_clock_that_is_wrong() {
    let error = CutRange::parse_at("@1736754600..now", OffsetDateTime::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.kind(), InstantIsOffset);
    assert_eq!(error.span(), Some(13..16));
}

#[test]
fn an_end_not_after_the_start() {
    refused(
        "120..30",
        EndNotAfterStart,
        "30",
        "`120s..30s` ends before it starts: give `30s..120s`, or, if the end is meant as a \
         length, `120s..150s`",
    );
    refused(
        "2m..120s",
        EndNotAfterStart,
        "120s",
        "`120s..120s` is empty, as the end is never kept: give an end after the start",
    );
    refused(
        "@1736754901..now",
        EndNotAfterStart,
        "now",
        "`2025-01-13T07:55:01Z..2025-01-13T07:55:00Z` ends before it starts: give \
         `2025-01-13T07:55:00Z..2025-01-13T07:55:01Z`",
    );
}

#[test]
fn a_number_beyond_everything() {
    let digits = "9".repeat(50);
    refused(
        &format!("0..{digits}"),
        OutOfRange,
        &digits,
        &format!(
            "`{}…` is too large for a time: give a position within the recording",
            "9".repeat(40)
        ),
    );
    for text in [
        "0..18446744073709551616ms",
        "0..18446744073709551615h",
        "0..18446744073709551615:00:00",
        "@1736754600..@9223372036854775808",
    ] {
        let error = CutRange::parse_at(text, now()).unwrap_err();
        assert_eq!(error.kind(), OutOfRange, "{text}");
    }
}

#[test]
fn a_message_never_disturbs_a_terminal() {
    hinted(
        "30\u{1b}[31m..2m",
        "\u{1b}[31m",
        r"`\u{1b}[31m` is no part of an offset",
    );
}
