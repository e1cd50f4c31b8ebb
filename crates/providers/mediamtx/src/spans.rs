//! What was recorded of a stream, by `/list`. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::RecordingId;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::wire::Entry;

/// Media without a gap: a session's, or a part of one, if its recording was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: OffsetDateTime,
    pub(crate) end: OffsetDateTime,
}

impl Span {
    /// How a recording is named: by its start, in one form.
    pub(crate) fn id(&self) -> Option<RecordingId> {
        RecordingId::new(text(self.start)).ok()
    }

    pub(crate) fn length(&self) -> Duration {
        length(self.start, self.end)
    }
}

/// How long it is from one to the other; zero if it isn't after it.
pub(crate) fn length(start: OffsetDateTime, end: OffsetDateTime) -> Duration {
    let (start, end) = (start.unix_timestamp_nanos(), end.unix_timestamp_nanos());
    let nanos = end.checked_sub(start).map(u64::try_from);
    nanos
        .and_then(|nanos| nanos.ok())
        .map_or(Duration::ZERO, Duration::from_nanos)
}

/// RFC 3339 in UTC, with as many digits as are needed.
pub(crate) fn text(at: OffsetDateTime) -> String {
    let at = at.to_utc();
    // It has a text, as it was read from one.
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

pub(crate) fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// The start of the recording with this name; `None`: it is no recording's here.
pub(crate) fn start_of(id: &RecordingId) -> Option<OffsetDateTime> {
    instant(id.as_str()).filter(|start| text(*start) == id.as_str())
}

/// All that was recorded of a stream, in order.
#[derive(Debug, Default)]
pub(crate) struct Spans(Vec<Span>);

impl Spans {
    /// `None`: an entry isn't of the documented shape. A length that can't be is as good as none: servers are known to have told
    /// negative ones, and such that reach into the next span.
    pub(crate) fn new(entries: &[Entry]) -> Option<Self> {
        let spans = entries.iter().map(|entry| {
            let start = instant(entry.start.as_deref()?)?;
            let length = Duration::try_from_secs_f64(entry.duration?).unwrap_or_default();
            let end = start.checked_add(length.try_into().ok()?)?;
            Some(Span { start, end })
        });
        let mut spans: Vec<Span> = spans.collect::<Option<_>>()?;
        spans.sort_by_key(|span| span.start);
        let starts: Vec<_> = spans.iter().skip(1).map(|next| next.start).collect();
        for (span, next) in spans.iter_mut().zip(starts) {
            span.end = span.end.min(next);
        }
        Some(Self(spans))
    }

    pub(crate) fn newest(&self) -> Option<Span> {
        self.0.last().copied()
    }

    /// The one that begins then.
    pub(crate) fn starting(&self, start: OffsetDateTime) -> Option<Span> {
        self.0.iter().find(|span| span.start == start).copied()
    }

    /// The one in which this instant is: in the newest, if that grows still, all are from its start on.
    pub(crate) fn at(&self, instant: OffsetDateTime, grows: bool) -> Option<Span> {
        let span = self.0.iter().rfind(|span| span.start <= instant).copied();
        span.filter(|span| instant < span.end || (grows && Some(*span) == self.newest()))
    }

    /// Those that began since then.
    pub(crate) fn since(&self, instant: OffsetDateTime) -> &[Span] {
        let first = self.0.partition_point(|span| span.start < instant);
        self.0.get(first..).unwrap_or_default()
    }

    /// What there is of a range, in words.
    pub(crate) fn within(&self, start: OffsetDateTime, end: OffsetDateTime) -> String {
        let parts = self.0.iter().filter_map(|span| {
            let (start, end) = (span.start.max(start), span.end.min(end));
            (start < end).then(|| format!("{} to {}", text(start), text(end)))
        });
        // A stream that is interrupted every second must not make a message of megabytes.
        let parts: Vec<_> = parts.take(10).collect();
        if parts.is_empty() {
            return "nothing of it is recorded".to_owned();
        }
        format!("of it are recorded: {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds.saturating_add(1_795_755_079)).unwrap()
    }

    fn spans(all: &[(i64, f64)]) -> Spans {
        let entries = all.iter().map(|(start, duration)| Entry {
            start: Some(text(at(*start))),
            duration: Some(*duration),
        });
        Spans::new(&entries.collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn an_instant_is_in_the_span_that_has_it() {
        let spans = spans(&[(0, 10.0), (20, 5.0)]);
        let start = |seconds, grows| spans.at(at(seconds), grows).map(|span| span.start);
        assert_eq!(start(-1, true), None);
        assert_eq!(start(0, false), Some(at(0)));
        assert_eq!(start(10, true), None);
        assert_eq!(start(24, false), Some(at(20)));
        assert_eq!(start(25, false), None);
        assert_eq!(start(25, true), Some(at(20)));
        assert_eq!(spans.since(at(1)).len(), 1);
        assert_eq!(spans.since(at(21)).len(), 0);
        assert_eq!(
            spans.within(at(5), at(22)),
            "of it are recorded: 2026-11-27T04:51:24Z to 2026-11-27T04:51:29Z, 2026-11-27T04:51:39Z to \
             2026-11-27T04:51:41Z"
        );
    }

    #[test]
    fn lengths_that_cannot_be_cover_nothing() {
        // Negative, as bluenviron/mediamtx#4128 has it, and of days, as #4711.
        let spans = spans(&[(20, 536_400.0), (0, -3.0), (40, 1.0)]);
        assert_eq!(spans.at(at(1), false), None);
        assert_eq!(spans.at(at(39), false).map(|span| span.end), Some(at(40)));
        assert_eq!(spans.newest().map(|span| span.end), Some(at(41)));
    }

    #[test]
    fn a_recording_is_named_by_its_start_in_one_form() {
        let id = |text| RecordingId::new(text).unwrap();
        let start = start_of(&id("2026-11-27T04:51:19.52066Z"));
        assert_eq!(
            start.map(text).as_deref(),
            Some("2026-11-27T04:51:19.52066Z")
        );
        for other in [
            "2026-11-27T05:51:19.52066+01:00",
            "2026-11-27T04:51:19.520660Z",
            "../../../admin",
            "4712",
        ] {
            assert_eq!(start_of(&id(other)), None, "{other}");
        }
    }

    #[test]
    fn an_entry_of_another_shape_is_no_list() {
        let entry = |start: Option<&str>, duration| Entry {
            start: start.map(str::to_owned),
            duration,
        };
        for bad in [
            entry(None, Some(1.0)),
            entry(Some("yesterday"), Some(1.0)),
            entry(Some("2026-11-27T04:51:19Z"), None),
        ] {
            assert!(Spans::new(&[bad]).is_none());
        }
    }
}
