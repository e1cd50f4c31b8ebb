//! The body of a stop (docs/live-stream-api/stop-a-live-stream-api, "Schedule Trim After Live
//! Stream").

use crate::{
    http::{Fields, Refusal},
    recording::Cut,
};
use std::time::Duration;
use time::OffsetDateTime;

/// From this number on a time is taken for an epoch timestamp (2001-09-09T01:46:40Z), below it for
/// seconds from the recording's start (31 years). How TPStreams tells them apart isn't documented.
const FIRST_EPOCH: u64 = 1_000_000_000;

const START: &str = "start_time";
const END: &str = "end_time";

/// Reads the trim that a body asks for. Without a body a stop only stops.
pub(super) fn parse(body: &[u8]) -> Result<Option<Cut>, Refusal> {
    if body.is_empty() {
        return Ok(None);
    }
    let fields = Fields::parse(body, &[START, END])?;
    // Both are read before either is judged: a malformed field outweighs a bad value.
    let (start, end) = match (fields.integer(START)?, fields.integer(END)?) {
        (None, None) => return Ok(None),
        (Some(start), Some(end)) => (start, end),
        (Some(_), None) => return Err(Refusal::value(END, "is required with `start_time`")),
        (None, Some(_)) => return Err(Refusal::value(START, "is required with `end_time`")),
    };
    if start >= end {
        return Err(Refusal::value(START, "must be less than `end_time`"));
    }
    match (start >= FIRST_EPOCH, end >= FIRST_EPOCH) {
        (false, false) => Ok(Some(Cut::Offsets(
            Duration::from_secs(start)..Duration::from_secs(end),
        ))),
        (true, true) => Ok(Some(Cut::Instants(epoch(START, start)?..epoch(END, end)?))),
        _ => Err(Refusal::value(
            END,
            "and `start_time` must both be relative or both be epoch timestamps",
        )),
    }
}

fn epoch(field: &str, seconds: u64) -> Result<OffsetDateTime, Refusal> {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or_else(|| Refusal::value(field, "is later than the year 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::RefusalKind;

    #[test]
    fn the_documented_samples_are_trims() {
        assert_eq!(
            parse(br#"{"start_time": 30, "end_time": 120}"#).unwrap(),
            Some(Cut::Offsets(
                Duration::from_secs(30)..Duration::from_secs(120)
            ))
        );
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        assert_eq!(
            parse(br#"{"start_time": 1736754600, "end_time": 1736754900}"#).unwrap(),
            Some(Cut::Instants(at(1_736_754_600)..at(1_736_754_900)))
        );
        assert_eq!(parse(b"").unwrap(), None);
        assert_eq!(parse(b"{}").unwrap(), None);
    }

    #[test]
    fn a_trim_that_breaks_a_documented_rule_is_a_bad_cut() {
        for body in [
            r#"{"start_time": 30}"#,
            r#"{"end_time": 30}"#,
            r#"{"start_time": -1, "end_time": 30}"#,
            r#"{"start_time": 30, "end_time": 30}"#,
            r#"{"start_time": 31, "end_time": 30}"#,
            r#"{"start_time": 30, "end_time": 1736754900}"#,
            r#"{"start_time": 1736754600, "end_time": 9223372036854775808}"#,
        ] {
            let refusal = parse(body.as_bytes()).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::BadCut, "{body}");
        }
    }
}
