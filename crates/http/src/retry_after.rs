use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// No wait is reported as longer than this. Whoever asks for more means "don't
/// come back", and a larger number would only bring sums of the caller's to overflow.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// How long the provider asks to wait (RFC 9110, section 10.2.3): whole seconds,
/// or a date in any of HTTP's three forms, which `now` turns into a wait.
///
/// - More than a year, or a number that no integer holds, counts as a year.
/// - A date in the past is no wait.
/// - Anything else (negative, fractional, a list, text) is as if it weren't there.
/// - Of several headers the longest wait counts.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(|value| parse(value.to_str().ok()?, now))
        .max()
}

fn parse(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
    const RFC_DATE: u64 = 784_111_777;
    const YEAR: u64 = 365 * 86_400;

    /// What each value means, in seconds, ten seconds before [`RFC_DATE`].
    const VECTORS: &[(&str, Option<u64>)] = &[
        // Seconds.
        ("0", Some(0)),
        ("1", Some(1)),
        ("5", Some(5)),
        ("120", Some(120)),
        ("007", Some(7)),
        ("0000000000000000000000000000009", Some(9)),
        (" 5", Some(5)),
        ("5 ", Some(5)),
        ("\t5\t", Some(5)),
        ("3600", Some(3600)),
        ("31535999", Some(YEAR - 1)),
        ("31536000", Some(YEAR)),
        // More than a year, up to what no integer holds.
        ("31536001", Some(YEAR)),
        ("4294967295", Some(YEAR)),
        ("4294967296", Some(YEAR)),
        ("9223372036854775808", Some(YEAR)),
        ("18446744073709551615", Some(YEAR)),
        ("18446744073709551616", Some(YEAR)),
        ("99999999999999999999999999999999999999", Some(YEAR)),
        // Dates: IMF-fixdate, RFC 850, asctime.
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(10)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(10)),
        ("Sun Nov  6 08:49:37 1994", Some(10)),
        (" Sun, 06 Nov 1994 08:49:37 GMT ", Some(10)),
        ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
        ("Sun, 06 Nov 1994 08:49:28 GMT", Some(1)),
        ("Sun, 06 Nov 1994 08:50:27 GMT", Some(60)),
        ("Mon, 07 Nov 1994 08:49:27 GMT", Some(86_400)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(YEAR)),
        // The past is no wait.
        ("Sun, 06 Nov 1994 08:49:26 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        // Malformed: as if it weren't there.
        ("", None),
        (" ", None),
        ("-1", None),
        ("-0", None),
        ("+5", None),
        ("1.5", None),
        ("5.", None),
        ("1e3", None),
        ("0x10", None),
        ("5s", None),
        ("5, 10", None),
        ("5;q=1", None),
        ("PT5S", None),
        ("soon", None),
        ("inf", None),
        ("NaN", None),
        ("\u{0665}", None),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 06 Nov 1994 08:49:37 +0200", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 25:49:37 GMT", None),
        ("1994-11-06T08:49:37Z", None),
        ("784111777000 ms", None),
    ];

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .unwrap()
    }

    #[test]
    fn every_form_of_retry_after_is_read_as_documented() {
        assert!(VECTORS.len() >= 40);
        for (value, seconds) in VECTORS {
            assert_eq!(
                parse(value, at(RFC_DATE - 10)),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }

    #[test]
    fn of_several_headers_the_longest_valid_wait_counts() {
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers, at(0)), None);
        for value in ["3", "-9", "7", "soon", "5"] {
            headers.append(RETRY_AFTER, HeaderValue::from_static(value));
        }
        headers.append(RETRY_AFTER, HeaderValue::from_bytes(b"\xff9").unwrap());
        assert_eq!(retry_after(&headers, at(0)), Some(Duration::from_secs(7)));
    }

    proptest! {
        #[test]
        fn no_value_panics_or_exceeds_a_year(value in ".{0,40}", now in 0_u64..10_000_000_000) {
            if let Some(wait) = parse(&value, at(now)) {
                prop_assert!(wait <= LONGEST);
            }
        }
    }
}
