//! The mistakes that people make with times, recognized by size: no live
//! recording lasts 31 years, none was made before September 2001, and none will
//! be made after the year 5138.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

use super::text::Seconds;
use super::{CutRange, CutRangeError, CutRangeErrorKind, Timeline};

/// 2001-09-09T01:46:40Z. From here on, seconds are an epoch; below, they are an
/// offset.
pub(super) const FIRST_EPOCH: Duration = Duration::from_secs(1_000_000_000);

/// From here on, an epoch isn't one in seconds: in milliseconds, this is in
/// 1973.
pub(super) const FIRST_EPOCH_MILLIS: Duration = Duration::from_secs(100_000_000_000);

/// What a checked value is for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Start,
    End,
    Anchor,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Anchor => "anchor",
        })
    }
}

/// An offset, if it isn't an epoch.
pub(super) fn offset(role: Role, offset: Duration) -> Result<Duration, CutRangeError> {
    if Timeline::Offset.limits().contains(&offset) {
        return Ok(offset);
    }
    let (unit, epoch) = epoch_of(offset);
    let shown = Seconds(offset);
    let epoch = Seconds(epoch);
    Err(CutRangeError::new(
        CutRangeErrorKind::OffsetIsEpoch,
        format!(
            "the {role}, {shown}s, is a Unix epoch{unit} and not an offset: give it as an \
             instant, `@{epoch}`"
        ),
    ))
}

/// An instant as the time since the Unix epoch, if it is neither an offset nor
/// made from an epoch in milliseconds.
pub(super) fn instant(role: Role, instant: OffsetDateTime) -> Result<Duration, CutRangeError> {
    epoch(role, instant.unix_timestamp(), instant.nanosecond())
}

/// As [`instant`], from the seconds since the epoch (rounded down) and the
/// nanoseconds, below 10^9, after them.
pub(super) fn epoch(role: Role, seconds: i64, nanos: u32) -> Result<Duration, CutRangeError> {
    let limits = Timeline::WallClock.limits();
    let since_epoch = u64::try_from(seconds).ok().map(|seconds| {
        Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos.into()))
    });
    match since_epoch {
        Some(since_epoch) if limits.contains(&since_epoch) => Ok(since_epoch),
        Some(since_epoch) if since_epoch >= limits.end => {
            let (unit, epoch) = epoch_of(since_epoch);
            Err(CutRangeError::new(
                CutRangeErrorKind::EpochNotInSeconds,
                format!(
                    "the {role}, `@{}`, is after the year 5138 and so a Unix epoch{unit}: give \
                     it in seconds, `@{}`",
                    Seconds(since_epoch),
                    Seconds(epoch)
                ),
            ))
        }
        _ => {
            let shown = match since_epoch {
                Some(offset) => Seconds(offset).to_string(),
                None => seconds.to_string(),
            };
            let instead = match (role, since_epoch) {
                (Role::Anchor, _) => {
                    "give the instant of the recording's start, like `@1736754600`".to_owned()
                }
                (_, Some(_)) => {
                    format!("give it as an offset from the recording's start, `{shown}s`")
                }
                (_, None) => {
                    "give a later instant, like `@1736754600`, or an offset, like `30s`".to_owned()
                }
            };
            Err(CutRangeError::new(
                CutRangeErrorKind::InstantIsOffset,
                format!(
                    "the {role}, epoch {shown}, is before 2001-09-09T01:46:40Z and so no instant \
                     of a live stream: {instead}"
                ),
            ))
        }
    }
}

/// Takes a value that was meant as seconds for the epoch that it must be: the
/// unit, as messages put it, and the epoch.
fn epoch_of(value: Duration) -> (&'static str, Duration) {
    match value.as_secs() {
        0..100_000_000_000 => ("", value),
        millis @ 100_000_000_000..100_000_000_000_000 => {
            (" in milliseconds", Duration::from_millis(millis))
        }
        micros @ 100_000_000_000_000..100_000_000_000_000_000 => {
            (" in microseconds", Duration::from_micros(micros))
        }
        nanos => (" in nanoseconds", Duration::from_nanos(nanos)),
    }
}

/// The error for bounds that are each valid, and whose order isn't.
pub(super) fn end_not_after_start(reversed: CutRange) -> CutRangeError {
    let CutRange {
        timeline,
        start,
        end,
        ..
    } = reversed;
    let swapped = CutRange {
        start: end,
        end: start,
        ..reversed
    };
    // `120..30` is also how someone writes "30 seconds from 120 on".
    let length = CutRange {
        end: start.saturating_add(end),
        ..reversed
    };
    let message = if start == end {
        format!("`{reversed}` is empty, as the end is never kept: give an end after the start")
    } else if timeline == Timeline::Offset
        && !end.is_zero()
        && timeline.limits().contains(&length.end)
    {
        format!(
            "`{reversed}` ends before it starts: give `{swapped}`, or, if the end is meant as a \
             length, `{length}`"
        )
    } else {
        format!("`{reversed}` ends before it starts: give `{swapped}`")
    };
    CutRangeError::new(CutRangeErrorKind::EndNotAfterStart, message)
}
