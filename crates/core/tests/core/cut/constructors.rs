use std::time::Duration;

use livecut_core::{Bounds, CutRange, CutRangeError, CutRangeErrorKind};
use time::{OffsetDateTime, UtcOffset};

fn refused(outcome: Result<CutRange, CutRangeError>, kind: CutRangeErrorKind, message: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), kind);
    assert_eq!(error.span(), None, "no text was parsed");
}

#[test]
fn an_epoch_is_no_offset() {
    refused(
        CutRange::seconds(1_736_754_600, 1_736_754_900),
        CutRangeErrorKind::OffsetIsEpoch,
        "the start, 1736754600s, is a Unix epoch and not an offset: give it as an instant, \
         `@1736754600`",
    );
    refused(
        CutRange::offsets(Duration::ZERO, Duration::from_secs(1_000_000_000)),
        CutRangeErrorKind::OffsetIsEpoch,
        "the end, 1000000000s, is a Unix epoch and not an offset: give it as an instant, \
         `@1000000000`",
    );
    refused(
        CutRange::seconds(0, 1_736_754_600_250),
        CutRangeErrorKind::OffsetIsEpoch,
        "the end, 1736754600250s, is a Unix epoch in milliseconds and not an offset: give it as \
         an instant, `@1736754600.25`",
    );
    assert!(CutRange::seconds(0, 999_999_999).is_ok());
    let error = CutRange::offsets(Duration::MAX, Duration::MAX).unwrap_err();
    assert_eq!(error.kind(), CutRangeErrorKind::OffsetIsEpoch);
}

#[test]
fn an_epoch_is_in_seconds() {
    for (epoch, unit, seconds) in [
        (1_736_754_600_000, "milliseconds", "1736754600"),
        (1_736_754_600_000_001, "microseconds", "1736754600.000001"),
        (1_736_754_600_000_000_000, "nanoseconds", "1736754600"),
    ] {
        refused(
            CutRange::epoch_seconds(epoch, 0),
            CutRangeErrorKind::EpochNotInSeconds,
            &format!(
                "the start, `@{epoch}`, is after the year 5138 and so a Unix epoch in {unit}: \
                 give it in seconds, `@{seconds}`"
            ),
        );
    }
    assert!(CutRange::epoch_seconds(1_000_000_000, 99_999_999_999).is_ok());
    let error = CutRange::epoch_seconds(1_000_000_000, 100_000_000_000).unwrap_err();
    assert_eq!(error.kind(), CutRangeErrorKind::EpochNotInSeconds);
    // As an instant, it is in the year 6000.
    let instant = OffsetDateTime::from_unix_timestamp(127_174_492_800).unwrap();
    let error = CutRange::instants(
        OffsetDateTime::UNIX_EPOCH.replace_year(2025).unwrap(),
        instant,
    );
    assert_eq!(
        error.unwrap_err().kind(),
        CutRangeErrorKind::EpochNotInSeconds
    );
}

#[test]
fn an_instant_is_no_offset() {
    refused(
        CutRange::epoch_seconds(30, 120),
        CutRangeErrorKind::InstantIsOffset,
        "the start, epoch 30, is before 2001-09-09T01:46:40Z and so no instant of a live stream: \
         give it as an offset from the recording's start, `30s`",
    );
    refused(
        CutRange::instants(
            OffsetDateTime::UNIX_EPOCH + Duration::from_millis(500),
            OffsetDateTime::UNIX_EPOCH,
        ),
        CutRangeErrorKind::InstantIsOffset,
        "the start, epoch 0.5, is before 2001-09-09T01:46:40Z and so no instant of a live \
         stream: give it as an offset from the recording's start, `0.5s`",
    );
    refused(
        CutRange::epoch_seconds(-30, 120),
        CutRangeErrorKind::InstantIsOffset,
        "the start, epoch -30, is before 2001-09-09T01:46:40Z and so no instant of a live \
         stream: give a later instant, like `@1736754600`, or an offset, like `30s`",
    );
    for seconds in [i64::MIN, 999_999_999] {
        let error = CutRange::epoch_seconds(seconds, i64::MAX).unwrap_err();
        assert_eq!(error.kind(), CutRangeErrorKind::InstantIsOffset);
    }
}

#[test]
fn the_end_is_after_the_start() {
    let kind = CutRangeErrorKind::EndNotAfterStart;
    refused(
        CutRange::seconds(30, 30),
        kind,
        "`30s..30s` is empty, as the end is never kept: give an end after the start",
    );
    refused(
        CutRange::seconds(120, 30),
        kind,
        "`120s..30s` ends before it starts: give `30s..120s`, or, if the end is meant as a \
         length, `120s..150s`",
    );
    refused(
        CutRange::seconds(120, 0),
        kind,
        "`120s..0s` ends before it starts: give `0s..120s`",
    );
    refused(
        CutRange::epoch_seconds(1_736_754_900, 1_736_754_600),
        kind,
        "`2025-01-13T07:55:00Z..2025-01-13T07:50:00Z` ends before it starts: give \
         `2025-01-13T07:50:00Z..2025-01-13T07:55:00Z`",
    );
    // A nanosecond is enough.
    assert!(CutRange::offsets(Duration::ZERO, Duration::from_nanos(1)).is_ok());
}

#[test]
fn instants_are_equal_in_every_zone_and_come_out_in_utc() {
    let start = OffsetDateTime::from_unix_timestamp(1_736_754_600).unwrap();
    let end = OffsetDateTime::from_unix_timestamp(1_736_754_900).unwrap();
    let zone = UtcOffset::from_hms(5, 30, 0).unwrap();
    let range = CutRange::instants(start.to_offset(zone), end).unwrap();
    assert_eq!(range, CutRange::instants(start, end).unwrap());
    let Bounds::WallClock { start, .. } = range.bounds() else {
        panic!("it is on the wall clock");
    };
    assert_eq!(start.offset(), UtcOffset::UTC);
}

#[test]
fn instants_at_the_edges_of_the_calendar_are_refused_and_do_not_panic() {
    let zone = |hours| UtcOffset::from_hms(hours, 0, 0).unwrap();
    let (first, last) = (
        time::PrimitiveDateTime::MIN.assume_offset(zone(23)),
        time::PrimitiveDateTime::MAX.assume_offset(zone(-23)),
    );
    assert!(CutRange::instants(first, last).is_err());
    assert!(CutRange::instants(last, first).is_err());
    let range = CutRange::seconds(30, 120).unwrap();
    assert!(range.to_wall_clock(first).is_err());
    assert!(range.to_wall_clock(last).is_err());
}

#[test]
fn ranges_on_different_timelines_are_different() {
    let offsets = CutRange::seconds(30, 120).unwrap();
    let instants = CutRange::epoch_seconds(1_736_754_600, 1_736_754_690).unwrap();
    assert_ne!(offsets, instants);
    assert_eq!(offsets.duration(), instants.duration());
}
