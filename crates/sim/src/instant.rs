//! Exact arithmetic between instants and lengths, in nanoseconds.

use std::time::Duration;
use time::{OffsetDateTime, UtcOffset};

/// `at` later by `length`, or `None` past the year 9999.
pub(crate) fn later(at: OffsetDateTime, length: Duration) -> Option<OffsetDateTime> {
    at.checked_add(time::Duration::try_from(length).ok()?)
}

/// `at` earlier by `length`, or `None` before the year -9999.
pub(crate) fn earlier(at: OffsetDateTime, length: Duration) -> Option<OffsetDateTime> {
    at.checked_sub(time::Duration::try_from(length).ok()?)
}

/// `Mon, 13 Jan 2025 08:00:00 GMT`: RFC 9110, section 5.6.7.
pub(crate) fn http_date(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let name = |long: String| long.chars().take(3).collect::<String>();
    let (hour, minute, second) = at.to_hms();
    format!(
        "{}, {:02} {} {:04} {hour:02}:{minute:02}:{second:02} GMT",
        name(at.weekday().to_string()),
        at.day(),
        name(at.month().to_string()),
        at.year(),
    )
}

/// How long after `start` `at` is, or `None` where it is before.
pub(crate) fn since(start: OffsetDateTime, at: OffsetDateTime) -> Option<Duration> {
    let nanos = at
        .unix_timestamp_nanos()
        .checked_sub(start.unix_timestamp_nanos())?;
    let nanos = u128::try_from(nanos).ok()?;
    let seconds = u64::try_from(nanos.checked_div(1_000_000_000)?).ok()?;
    let rest = u32::try_from(nanos.checked_rem(1_000_000_000)?).ok()?;
    Some(Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_the_form_of_http() {
        let at = OffsetDateTime::from_unix_timestamp(784_111_777).unwrap();
        assert_eq!(http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn lengths_between_instants_are_exact_to_the_nanosecond() {
        let start = OffsetDateTime::from_unix_timestamp_nanos(1_736_754_600_000_000_001).unwrap();
        let length = Duration::new(90, 999_999_999);
        assert_eq!(since(start, later(start, length).unwrap()), Some(length));
        assert_eq!(since(later(start, length).unwrap(), start), None);
        assert_eq!(earlier(later(start, length).unwrap(), length), Some(start));
        assert_eq!(later(start, Duration::MAX), None);
    }
}
