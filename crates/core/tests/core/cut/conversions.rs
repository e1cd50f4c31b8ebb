use std::time::Duration;

use livecut_core::{CutRange, CutRangeErrorKind, Rounding};
use time::OffsetDateTime;

const SECOND: Duration = Duration::from_secs(1);

fn range(text: &str) -> CutRange {
    text.parse().unwrap()
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn refused(
    outcome: Result<CutRange, livecut_core::CutRangeError>,
    kind: CutRangeErrorKind,
    message: &str,
) {
    let error = outcome.unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), kind);
    assert_eq!(error.span(), None);
}

#[test]
fn rounding_moves_each_bound_its_way() {
    let asked = range("30.4s..90.5s");
    for (rounding, effective) in [
        (Rounding::Outward, "30s..91s"),
        (Rounding::Inward, "31s..90s"),
        // Halfway is the later one.
        (Rounding::Nearest, "30s..91s"),
    ] {
        assert_eq!(asked.rounded(SECOND, rounding), Ok(range(effective)));
    }
}

#[test]
fn instants_are_rounded_on_the_grid_of_the_epoch() {
    let asked = range("@1736754601.5..@1736754618");
    let grid = Duration::from_secs(6);
    assert_eq!(
        asked.rounded(grid, Rounding::Outward),
        Ok(range("@1736754600..@1736754618"))
    );
}

#[test]
fn exact_rounding_names_each_bound_that_does_not_fit() {
    let outcome = |text| range(text).rounded(SECOND, Rounding::Exact);
    assert_eq!(outcome("30s..90s"), Ok(range("30s..90s")));
    let kind = CutRangeErrorKind::NotExact;
    refused(
        outcome("30.5s..90s"),
        kind,
        "the start, 30.5s, isn't a multiple of 1s: give multiples, or round `outward`, `inward` \
         or `nearest`",
    );
    refused(
        outcome("@1736754600..@1736754900.001"),
        kind,
        "the end, 2025-01-13T07:55:00.001Z, isn't a multiple of 1s: give multiples, or round \
         `outward`, `inward` or `nearest`",
    );
    refused(
        outcome("30.5s..90.5s"),
        kind,
        "the start, 30.5s, and the end, 90.5s, aren't multiples of 1s: give multiples, or round \
         `outward`, `inward` or `nearest`",
    );
}

#[test]
fn a_range_that_rounds_to_nothing_is_refused() {
    for (text, granularity, rounding, message) in [
        (
            "30.2s..30.8s",
            SECOND,
            Rounding::Inward,
            "nothing is left of `30.2s..30.8s`, rounded inward to multiples of 1s: give a longer \
             range, or round `outward`",
        ),
        (
            "30.2s..30.4s",
            SECOND,
            Rounding::Nearest,
            "nothing is left of `30.2s..30.4s`, rounded nearest to multiples of 1s: give a \
             longer range, or round `outward`",
        ),
        (
            "30s..30.0002s",
            Duration::from_millis(1),
            Rounding::Nearest,
            "nothing is left of `30s..30.0002s`, rounded nearest to multiples of 0.001s: give a \
             longer range, or round `outward`",
        ),
    ] {
        refused(
            range(text).rounded(granularity, rounding),
            CutRangeErrorKind::RoundsToNothing,
            message,
        );
    }
    // Nothing is left, rather than a bound that no range can have.
    let error = range("30s..40s")
        .rounded(Duration::MAX, Rounding::Inward)
        .unwrap_err();
    assert_eq!(error.kind(), CutRangeErrorKind::RoundsToNothing);
}

#[test]
fn an_end_that_rounds_to_what_would_be_an_epoch_is_refused() {
    refused(
        range("30s..999999999.5s").rounded(SECOND, Rounding::Outward),
        CutRangeErrorKind::OutOfRange,
        "`30s..999999999.5s`, rounded outward to multiples of 1s, goes beyond the times that a \
         range on this timeline can have: give a range further from that limit",
    );
    for text in ["30s..40s", "@1736754600..@1736754900"] {
        let error = range(text)
            .rounded(Duration::MAX, Rounding::Outward)
            .unwrap_err();
        assert_eq!(error.kind(), CutRangeErrorKind::OutOfRange, "{text}");
    }
}

#[test]
fn a_granularity_of_zero_is_refused() {
    for rounding in Rounding::ALL {
        refused(
            range("30s..90s").rounded(Duration::ZERO, *rounding),
            CutRangeErrorKind::ZeroGranularity,
            "a granularity of zero has no multiples to round to: give the provider's, like 1 s \
             or 1 ms",
        );
    }
}

#[test]
fn an_anchor_moves_a_range_to_the_other_timeline() {
    let (offsets, instants) = (range("30s..2m"), range("@1736754600..@1736754690"));
    let anchor = at(1_736_754_570);
    assert_eq!(offsets.to_wall_clock(anchor), Ok(instants));
    assert_eq!(instants.to_offsets(anchor), Ok(offsets));
    // The recording's very start.
    assert_eq!(instants.to_offsets(at(1_736_754_600)), Ok(range("0s..90s")));
}

#[test]
fn a_range_already_on_that_timeline_needs_no_anchor() {
    let (offsets, instants) = (range("30s..2m"), range("@1736754600..@1736754690"));
    let senseless = OffsetDateTime::UNIX_EPOCH;
    assert_eq!(offsets.to_offsets(senseless), Ok(offsets));
    assert_eq!(instants.to_wall_clock(senseless), Ok(instants));
}

#[test]
fn a_start_before_the_anchor_is_refused() {
    refused(
        range("@1736754599.5..@1736754690").to_offsets(at(1_736_754_600)),
        CutRangeErrorKind::BeforeAnchor,
        "the start, 2025-01-13T07:49:59.500Z, is 0.5s before the anchor, 2025-01-13T07:50:00Z, \
         where the recording starts: give a later start, or the right anchor by \
         `with_anchor`",
    );
}

#[test]
fn an_anchor_that_is_no_recordings_start_is_refused() {
    refused(
        range("@2736754600..@2736754690").to_offsets(at(1_000_000_000)),
        CutRangeErrorKind::OutOfRange,
        "`2056-09-21T09:36:40Z..2056-09-21T09:38:10Z` is years after the anchor, \
         2001-09-09T01:46:40Z, where its recording would have to have started: give the instant \
         of this recording's start by `with_anchor`",
    );
    refused(
        range("30s..2m").to_wall_clock(at(99_999_999_900)),
        CutRangeErrorKind::OutOfRange,
        "`30s..120s` after the anchor, 5138-11-16T09:45:00Z, is beyond the year 5138: give the \
         instant of the recording's start by `with_anchor`",
    );
    let message = "the anchor, epoch 30, is before 2001-09-09T01:46:40Z and so no instant of a \
                   live stream: give the instant of the recording's start, like `@1736754600`";
    refused(
        range("30s..2m").to_wall_clock(at(30)),
        CutRangeErrorKind::InstantIsOffset,
        message,
    );
    refused(
        range("@1736754600..@1736754690").to_offsets(at(30)),
        CutRangeErrorKind::InstantIsOffset,
        message,
    );
}

#[test]
fn integers_in_a_providers_unit_are_exact_or_absent() {
    assert_eq!(range("30s..2m").exact_seconds(), Some(30..120));
    assert_eq!(range("30s..2m").exact_millis(), Some(30_000..120_000));
    assert_eq!(range("30s..120.000000001s").exact_seconds(), None);
    assert_eq!(range("30.000000001s..120s").exact_millis(), None);
    assert_eq!(
        range("@1736754600..@1736754900").exact_seconds(),
        Some(1_736_754_600..1_736_754_900)
    );
}

#[test]
fn decimal_seconds_are_exact() {
    let bounds = range("51.1..120.000000001").decimal_seconds();
    assert_eq!(bounds, "51.1".to_owned().."120.000000001".to_owned());
    let bounds = range("0..1ms").decimal_seconds();
    assert_eq!(bounds, "0".to_owned().."0.001".to_owned());
}

#[test]
fn instants_are_written_with_as_many_digits_as_are_exact() {
    let fraction = |text: &str| range(text).rfc3339().unwrap().end;
    for (text, end) in [
        ("@1736754600..@1736754900", "2025-01-13T07:55:00Z"),
        ("@1736754600..@1736754900.1", "2025-01-13T07:55:00.100Z"),
        (
            "@1736754600..@1736754900.0001",
            "2025-01-13T07:55:00.000100Z",
        ),
        (
            "@1736754600..@1736754900.0000001",
            "2025-01-13T07:55:00.000000100Z",
        ),
    ] {
        assert_eq!(fraction(text), end);
    }
    assert_eq!(range("30s..2m").rfc3339(), None);
}
