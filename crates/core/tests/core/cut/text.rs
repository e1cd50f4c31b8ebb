use livecut_core::{Bounds, CutRange, Rounding, Timeline};
use time::OffsetDateTime;

fn parsed(text: &str) -> CutRange {
    text.parse()
        .unwrap_or_else(|error| panic!("{text} is refused: {error}"))
}

#[test]
fn every_form_of_an_offset_is_read() {
    for (text, written) in [
        ("30..120", "30s..120s"),
        ("30.5..120.25", "30.5s..120.25s"),
        ("0..0.000000001", "0s..0.000000001s"),
        ("007..08", "7s..8s"),
        ("1500ms..2s", "1.5s..2s"),
        ("30s..2m", "30s..120s"),
        ("1h30m..1h30m1.5s", "5400s..5401.5s"),
        ("1m30s500ms..90m", "90.5s..5400s"),
        ("0:00:30..0:02:00", "30s..120s"),
        ("0:59:59.999..100:00:00", "3599.999s..360000s"),
        ("0:01:30..2m", "90s..120s"),
        ("0s..277777h46m39.999999999s", "0s..999999999.999999999s"),
    ] {
        assert_eq!(parsed(text).to_string(), written, "{text}");
        assert_eq!(parsed(text).timeline(), Timeline::Offset, "{text}");
    }
}

#[test]
fn every_form_of_an_instant_is_read() {
    for (text, written) in [
        (
            "@1736754600..@1736754900",
            "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z",
        ),
        (
            "@1736754600.5..@1736754900.000001",
            "2025-01-13T07:50:00.500Z..2025-01-13T07:55:00.000001Z",
        ),
        (
            "2025-01-13T13:20:00+05:30..2025-01-13T07:55:00.123456789Z",
            "2025-01-13T07:50:00Z..2025-01-13T07:55:00.123456789Z",
        ),
        (
            "2025-01-13t07:50:00z..2025-01-12T23:55:00-08:00",
            "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z",
        ),
        (
            "@1736754600..2025-01-13T07:55:00Z",
            "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z",
        ),
        (
            "2001-09-09T01:46:40Z..@99999999999.999999999",
            "2001-09-09T01:46:40Z..5138-11-16T09:46:39.999999999Z",
        ),
    ] {
        assert_eq!(parsed(text).to_string(), written, "{text}");
        assert_eq!(parsed(text).timeline(), Timeline::WallClock, "{text}");
    }
}

#[test]
fn an_end_that_is_now_is_the_given_instant() {
    let now = OffsetDateTime::from_unix_timestamp_nanos(1_736_754_900_123_456_789).unwrap();
    for text in ["@1736754600..now", "2025-01-13T07:50:00Z..now"] {
        let range = CutRange::parse_at(text, now).unwrap();
        let Bounds::WallClock { end, .. } = range.bounds() else {
            panic!("{text} is on the wall clock");
        };
        assert_eq!(end, now, "{text}");
    }
}

#[test]
fn an_end_that_is_now_is_the_system_clock_for_from_str() {
    let before = OffsetDateTime::now_utc();
    let Bounds::WallClock { end, .. } = parsed("@1736754600..now").bounds() else {
        panic!("it is on the wall clock");
    };
    assert!(before <= end && end <= OffsetDateTime::now_utc());
}

#[test]
fn people_see_offsets_as_hours_minutes_and_seconds() {
    for (range, shown) in [
        ("30s..120s", "0:00:30..0:02:00"),
        // Thirty seconds, given as milliseconds: the mistake shows.
        ("30000..120000", "8:20:00..33:20:00"),
        ("59.5..3600.000000001", "0:00:59.5..1:00:00.000000001"),
        (
            "@1736754600..@1736754900",
            "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z",
        ),
    ] {
        assert_eq!(parsed(range).hms().to_string(), shown);
    }
}

#[test]
fn serde_uses_the_text_form() {
    let range = CutRange::seconds(30, 120).unwrap();
    let json = serde_json::to_string(&range).unwrap();
    assert_eq!(json, r#""30s..120s""#);
    assert_eq!(serde_json::from_str::<CutRange>(&json).unwrap(), range);
    // An owned string, and one that the deserializer can't lend.
    let value = serde_json::to_value(range).unwrap();
    assert_eq!(serde_json::from_value::<CutRange>(value).unwrap(), range);
    let reader = r#""30s\u002e.120s""#.as_bytes();
    assert_eq!(
        serde_json::from_reader::<_, CutRange>(reader).unwrap(),
        range
    );
}

#[test]
fn serde_reports_what_the_parser_says() {
    let error = serde_json::from_str::<CutRange>(r#""30s..1:30""#).unwrap_err();
    assert!(error.to_string().contains("`1:30` is ambiguous"), "{error}");
    let error = serde_json::from_str::<CutRange>("30").unwrap_err();
    assert!(
        error
            .to_string()
            .contains(r#"expected a range as a string, like "30s..2m""#),
        "{error}"
    );
}

#[test]
fn a_rounding_is_written_by_its_name() {
    for rounding in Rounding::ALL {
        let name = rounding.to_string();
        assert_eq!(name.parse::<Rounding>().unwrap(), *rounding);
        let json = serde_json::to_string(rounding).unwrap();
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<Rounding>(&json).unwrap(), *rounding);
    }
    let error = "Outward".parse::<Rounding>().unwrap_err();
    assert_eq!(error.span(), Some(0..7));
    assert_eq!(
        error.to_string(),
        "there is no such rounding: write `outward`, `inward`, `nearest` or `exact`"
    );
}
