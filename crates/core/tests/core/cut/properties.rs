use std::time::Duration;

use livecut_core::{
    Bounds, Capabilities, CutRange, CutRangeErrorKind, Rounding, StopRequest, StreamId, Timeline,
    TimelineSupport,
};
use proptest::prelude::*;
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const SECOND: u128 = 1_000_000_000;

fn duration(nanos: u128) -> Duration {
    Duration::new(
        u64::try_from(nanos / SECOND).unwrap(),
        u32::try_from(nanos % SECOND).unwrap(),
    )
}

fn instant(nanos: u128) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::try_from(nanos).unwrap()).unwrap()
}

/// Two different moments within `limits`, in order: at random, close together,
/// or whole seconds.
fn moments(limits: std::ops::Range<u128>) -> impl Strategy<Value = (u128, u128)> {
    let (low, high) = (limits.start, limits.end);
    prop_oneof![
        (low..high, low..high),
        (low..high - 5 * SECOND, 1..5 * SECOND).prop_map(|(start, length)| (start, start + length)),
        (low / SECOND..high / SECOND, low / SECOND..high / SECOND)
            .prop_map(|(start, end)| (start * SECOND, end * SECOND)),
    ]
    .prop_filter("not empty", |(start, end)| start != end)
    .prop_map(|(start, end)| (start.min(end), start.max(end)))
}

fn offsets() -> impl Strategy<Value = CutRange> {
    moments(0..1_000_000_000 * SECOND)
        .prop_map(|(start, end)| CutRange::offsets(duration(start), duration(end)).unwrap())
}

fn instants() -> impl Strategy<Value = CutRange> {
    moments(1_000_000_000 * SECOND..100_000_000_000 * SECOND)
        .prop_map(|(start, end)| CutRange::instants(instant(start), instant(end)).unwrap())
}

fn ranges() -> impl Strategy<Value = CutRange> {
    prop_oneof![offsets(), instants()]
}

/// What a provider might have, what none has, and what is beyond everything.
fn granularities() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::from_secs(1)),
        Just(Duration::from_millis(1)),
        Just(Duration::from_nanos(1)),
        Just(Duration::from_secs(6)),
        Just(Duration::MAX),
        (1..10 * SECOND).prop_map(duration),
        any::<Duration>().prop_filter("not zero", |granularity| !granularity.is_zero()),
    ]
}

fn nanos(range: CutRange) -> (u128, u128) {
    match range.bounds() {
        Bounds::Offset { start, end } => (start.as_nanos(), end.as_nanos()),
        Bounds::WallClock { start, end } => (
            u128::try_from(start.unix_timestamp_nanos()).unwrap(),
            u128::try_from(end.unix_timestamp_nanos()).unwrap(),
        ),
    }
}

/// Strings made of the pieces that ranges are made of, and of what disturbs a
/// parser.
fn near_misses() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "..",
            ".",
            "..=",
            "@",
            ":",
            "-",
            "+",
            "T",
            "Z",
            "now",
            "h",
            "m",
            "s",
            "ms",
            "30",
            "00",
            "60",
            "1736754600",
            "1736754600000",
            "18446744073709551616",
            "2025-01-13T07:50:00Z",
            "2025-01-13T07:50:00",
            "2025-01-13",
            "9999-12-31T23:59:59-23:59",
            "0000-01-01T00:00:00+23:59",
            "é",
            "−",
            "…",
            "٣",
            "🎬",
            "\u{a0}",
            "\0",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[0-9]{1,12}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn parser_holds(text: &str) {
    match CutRange::parse_at(text, NOW) {
        Ok(range) => assert_eq!(
            CutRange::parse_at(&range.to_string(), NOW).as_ref(),
            Ok(&range)
        ),
        Err(error) => {
            let span = error
                .span()
                .expect("an error about a text says where in it");
            let part = text
                .get(span)
                .expect("the span is in the text, between characters");
            assert_eq!(part.is_empty(), text.is_empty(), "{text:?}: {error}");
            assert!(
                !error.to_string().contains(char::is_control),
                "{text:?}: {error}"
            );
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_the_same_range(range in ranges()) {
        prop_assert_eq!(CutRange::parse_at(&range.to_string(), NOW), Ok(range));
        prop_assert_eq!(CutRange::parse_at(&range.hms().to_string(), NOW), Ok(range));
        let seconds = range.decimal_seconds();
        let decimal = match range.timeline() {
            Timeline::Offset => format!("{}..{}", seconds.start, seconds.end),
            Timeline::WallClock => format!("@{}..@{}", seconds.start, seconds.end),
        };
        prop_assert_eq!(CutRange::parse_at(&decimal, NOW), Ok(range));
        prop_assert_eq!(CutRange::try_from(range.bounds()), Ok(range));
        let json = serde_json::to_string(&range).unwrap();
        prop_assert_eq!(serde_json::from_str::<CutRange>(&json).unwrap(), range);
    }

    #[test]
    fn a_zone_changes_nothing(range in instants(), hours in -23i8..=23, minutes in 0i8..60) {
        let zone = time::UtcOffset::from_hms(hours, minutes * hours.signum(), 0).unwrap();
        let Bounds::WallClock { start, end } = range.bounds() else { unreachable!() };
        prop_assert_eq!(
            CutRange::instants(start.to_offset(zone), end.to_offset(zone)),
            Ok(range)
        );
        let format = |at: OffsetDateTime| {
            at.to_offset(zone).format(&time::format_description::well_known::Rfc3339).unwrap()
        };
        let text = format!("{}..{}", format(start), format(end));
        prop_assert_eq!(CutRange::parse_at(&text, NOW), Ok(range));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        parser_holds(&text);
    }

    #[test]
    fn no_near_miss_makes_the_parser_panic(text in near_misses()) {
        parser_holds(&text);
    }

    #[test]
    fn no_value_makes_a_constructor_panic(
        start in any::<i64>(),
        end in any::<i64>(),
        from in any::<Duration>(),
        to in any::<Duration>(),
    ) {
        let _ = CutRange::epoch_seconds(start, end);
        let _ = CutRange::offsets(from, to);
    }

    #[test]
    fn rounding_keeps_its_laws(
        range in ranges(),
        granularity in granularities(),
        rounding in prop::sample::select(Rounding::ALL.to_vec()),
    ) {
        let step = granularity.as_nanos();
        let (start, end) = nanos(range);
        let fits = start % step == 0 && end % step == 0;
        match range.rounded(granularity, rounding) {
            Ok(rounded) => {
                let (new_start, new_end) = nanos(rounded);
                prop_assert_eq!(rounded.timeline(), range.timeline());
                prop_assert_eq!((new_start % step, new_end % step), (0, 0));
                prop_assert_eq!(rounded.rounded(granularity, rounding), Ok(rounded));
                prop_assert!(!fits || rounded == range);
                match rounding {
                    Rounding::Outward => {
                        prop_assert!(new_start <= start && start - new_start < step);
                        prop_assert!(end <= new_end && new_end - end < step);
                    }
                    Rounding::Inward => {
                        prop_assert!(start <= new_start && new_start - start < step);
                        prop_assert!(new_end <= end && end - new_end < step);
                    }
                    Rounding::Nearest => {
                        prop_assert!(2 * start.abs_diff(new_start) <= step);
                        prop_assert!(2 * end.abs_diff(new_end) <= step);
                    }
                    Rounding::Exact => prop_assert!(fits),
                    other => prop_assert!(false, "{} has no law yet", other),
                }
            }
            Err(error) => {
                prop_assert!(!fits);
                prop_assert_eq!(error.kind() == CutRangeErrorKind::NotExact, rounding == Rounding::Exact);
                if error.kind() == CutRangeErrorKind::RoundsToNothing {
                    prop_assert!(rounding != Rounding::Outward);
                    prop_assert!(end - start < 2 * step);
                }
            }
        }
    }

    #[test]
    fn rounding_never_crosses_a_known_end(
        range in ranges(),
        granularity in granularities(),
        rounding in prop::sample::select(Rounding::ALL.to_vec()),
    ) {
        let (start, end) = nanos(range);
        let edged = range.ending_at_edge();
        // An edge is no part of a range's value, nor of its text.
        prop_assert_eq!(edged, range);
        prop_assert_eq!(edged.to_string(), range.to_string());
        match (edged.rounded(granularity, rounding), range.rounded(granularity, rounding)) {
            (Ok(rounded), plain) => {
                let (new_start, new_end) = nanos(rounded);
                prop_assert!(new_end <= end && end - new_end < granularity.as_nanos());
                prop_assert!(rounded.ends_at_edge());
                prop_assert_eq!(rounded.rounded(granularity, rounding), Ok(rounded));
                if let Ok(plain) = plain {
                    prop_assert_eq!(new_start, nanos(plain).0);
                }
            }
            (Err(error), Ok(plain)) => {
                prop_assert_eq!(error.kind(), CutRangeErrorKind::RoundsToNothing);
                prop_assert!(nanos(plain).1 > end);
                // The end goes down by less than a step, and the start up by half of one at most, to the nearest.
                let halves = if rounding == Rounding::Nearest { 3 } else { 2 };
                prop_assert!(2 * (end - start) < halves * granularity.as_nanos());
            }
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn an_end_that_is_now_is_a_known_one(start in 1_736_754_600 * SECOND..1_736_754_700 * SECOND, length in 2 * SECOND..100 * SECOND) {
        let now = instant(start + length);
        let from = instant(start).format(&time::format_description::well_known::Rfc3339).unwrap();
        let range = CutRange::parse_at(&format!("{from}..now"), now).unwrap();
        prop_assert_eq!(nanos(range), (start, start + length));
        for granularity in [Duration::from_secs(1), Duration::from_millis(1)] {
            for rounding in [Rounding::Outward, Rounding::Inward, Rounding::Nearest] {
                let rounded = range.rounded(granularity, rounding).unwrap();
                prop_assert!(nanos(rounded).1 <= start + length, "{} {}", rounding, rounded);
            }
        }
    }

    #[test]
    fn rounding_never_crosses_the_recording_s_start(
        range in offsets(),
        anchor in 1_000_000_000 * SECOND..98_000_000_000 * SECOND,
        granularity in 1..10 * SECOND,
        native in any::<bool>(),
        rounding in prop::sample::select(Rounding::ALL.to_vec()),
    ) {
        // The two ways to a range of instants: asked for as one, or as offsets from the anchor.
        let asked = if native { range.to_wall_clock(instant(anchor)).unwrap() } else { range };
        let capabilities = Capabilities::new(duration(granularity))
            .with_timeline(Timeline::WallClock, TimelineSupport::Native)
            .with_timeline(Timeline::Offset, TimelineSupport::WithAnchor);
        let request = StopRequest::new(StreamId::new("s").unwrap())
            .with_cut(asked)
            .with_anchor(instant(anchor))
            .with_rounding(rounding);
        if let Ok(cut) = capabilities.admit(&request) {
            prop_assert!(nanos(cut.unwrap().effective()).0 >= anchor);
        }
    }

    #[test]
    fn rounding_never_fails_away_from_the_limits_unless_nothing_is_left(
        start in 1_736_754_600 * SECOND..1_736_754_700 * SECOND,
        length in 2 * SECOND..100 * SECOND,
        granularity in 1..SECOND,
    ) {
        let range = CutRange::instants(instant(start), instant(start + length)).unwrap();
        for rounding in [Rounding::Outward, Rounding::Inward, Rounding::Nearest] {
            prop_assert!(range.rounded(duration(granularity), rounding).is_ok());
        }
    }

    #[test]
    fn an_anchor_leads_there_and_back(range in offsets(), anchor in 1_000_000_000 * SECOND..98_000_000_000 * SECOND) {
        let anchor = instant(anchor);
        let moved = range.to_wall_clock(anchor).unwrap();
        prop_assert_eq!(moved.timeline(), Timeline::WallClock);
        prop_assert_eq!(moved.duration(), range.duration());
        prop_assert_eq!(moved.to_offsets(anchor), Ok(range));
        prop_assert_eq!(moved.to_wall_clock(anchor), Ok(moved));
        prop_assert_eq!(range.to_offsets(anchor), Ok(range));
    }

    #[test]
    fn an_anchor_is_never_after_the_start(range in instants(), anchor in 1_000_000_000 * SECOND..100_000_000_000 * SECOND) {
        let (start, _) = nanos(range);
        match range.to_offsets(instant(anchor)) {
            Ok(offsets) => prop_assert_eq!(nanos(offsets).0, start - anchor),
            Err(error) => prop_assert_eq!(error.kind() == CutRangeErrorKind::BeforeAnchor, start < anchor),
        }
    }

    #[test]
    fn integers_are_exact_or_absent(range in ranges()) {
        let (start, end) = nanos(range);
        for (unit, exact) in [(SECOND, range.exact_seconds()), (1_000_000, range.exact_millis())] {
            match exact {
                Some(bounds) => prop_assert_eq!(
                    (u128::from(bounds.start) * unit, u128::from(bounds.end) * unit),
                    (start, end)
                ),
                None => prop_assert!(start % unit != 0 || end % unit != 0),
            }
        }
    }
}
