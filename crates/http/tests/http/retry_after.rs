//! `Retry-After` in every form, in memory, under a paused clock.

use std::time::{Duration, SystemTime};

use livecut_core::ErrorKind;
use livecut_http::{HttpOptions, RetryPolicy};

use crate::memory::{Memory, retry_after, status};
use crate::support::{NOTHING, assert_error, get, make, post};

/// Ten seconds before Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
const NOW: u64 = 784_111_767;
const YEAR: u64 = 365 * 86_400;

/// What each value means, in seconds.
const VECTORS: [(&str, Option<u64>); 52] = [
    // Seconds.
    ("0", Some(0)),
    ("1", Some(1)),
    ("5", Some(5)),
    ("29", Some(29)),
    ("30", Some(30)),
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
    ("Sun, 06 Nov 1994 08:49:37", None),
    ("Sun, 06 Nov 1994 08:49:37 +0200", None),
    ("Sun, 31 Feb 1994 08:49:37 GMT", None),
    ("Sun, 06 Nov 1994 25:49:37 GMT", None),
    ("1994-11-06T08:49:37Z", None),
];

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_secs(NOW))
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_form_is_read_as_documented_and_reported() {
    let once = || HttpOptions::new().with_retry(RetryPolicy::none());
    let step = post("http://localhost/stop", None);
    for (value, seconds) in VECTORS {
        for (code, kind) in [(429, ErrorKind::RateLimited), (503, ErrorKind::Unavailable)] {
            let memory = Memory::new([retry_after(code, value)], now());
            let error = make(&memory.client(once()), &step).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{value:?}");
            assert_eq!(
                error.retry_after(),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_request_is_sent_sooner_than_asked_and_none_that_cannot_fit_is_waited_for() {
    // The second request's jitter, and tokio's timers, which go by the millisecond.
    let slack = Duration::from_millis(202);
    let step = post("http://localhost/stop", Some("{}"));
    for (value, seconds) in VECTORS {
        let memory = Memory::new([retry_after(429, value), status(200)], now());
        let client = memory.client(HttpOptions::new());
        let begun = tokio::time::Instant::now();
        let result = make(&client, &step).await;
        // A second if it doesn't say, or asks for no time.
        let asked = Duration::from_secs(seconds.unwrap_or(1).max(1));
        if asked < Duration::from_secs(29) {
            result.unwrap();
            let [first, second] = memory.sent()[..] else {
                panic!("{value:?}: {:?}", memory.sent());
            };
            let waited = second.duration_since(first);
            assert!(waited >= asked, "{value:?}: {waited:?}");
            assert!(
                waited <= asked.saturating_add(slack),
                "{value:?}: {waited:?}"
            );
        } else if asked >= Duration::from_secs(30) {
            let error = assert_error(result, ErrorKind::RateLimited, NOTHING, value);
            assert_eq!(error.retry_after(), Some(asked), "{value:?}");
            assert_eq!(memory.sent().len(), 1, "{value:?}");
            assert_eq!(
                begun.elapsed(),
                Duration::ZERO,
                "{value:?}: nothing to wait for"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_waits_as_a_503_asks() {
    let memory = Memory::new([retry_after(503, "7"), status(200)], now());
    let client = memory.client(HttpOptions::new());
    make(&client, &get("http://localhost/status"))
        .await
        .unwrap();
    let [first, second] = memory.sent()[..] else {
        panic!("{:?}", memory.sent());
    };
    assert!(second.duration_since(first) >= Duration::from_secs(7));
}
