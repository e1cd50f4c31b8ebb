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

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .unwrap()
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
