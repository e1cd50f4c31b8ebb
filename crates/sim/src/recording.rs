//! What a provider keeps of a stream: computed here from the fields that came over the wire and the
//! recording's start, and from nothing else.

use crate::{Stage, instant};
use std::{fmt, ops::Range, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The part of a recording that the provider kept, half-open, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    recording_start: OffsetDateTime,
    start: Duration,
    end: Duration,
}

impl Kept {
    /// The interval measured from the recording's start.
    pub const fn offsets(&self) -> Range<Duration> {
        self.start..self.end
    }

    /// The interval on the wall clock, in UTC.
    pub fn instants(&self) -> Range<OffsetDateTime> {
        let at = |offset| instant::later(self.recording_start, offset);
        // Both were within the recording, whose end is an instant.
        at(self.start).unwrap_or(self.recording_start)..at(self.end).unwrap_or(self.recording_start)
    }

    /// How long it is.
    pub fn duration(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

/// `30s..120s (2025-01-13T07:00:30Z..2025-01-13T07:02:00Z)`.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instants = self.instants();
        write!(
            f,
            "{:?}..{:?} ({}..{})",
            self.start,
            self.end,
            rfc3339(instants.start),
            rfc3339(instants.end)
        )
    }
}

/// An instant in the form of RFC 3339, in UTC, with as many fraction digits as it needs.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    // Fails only for years outside 0..=9999.
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// A stream's recording as it is at one instant on the simulator's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recording {
    /// The stream's id.
    pub stream: String,
    /// The id under which the provider offers the recording: the stream's own, if recordings have none of theirs; the
    /// latest clip's, if a cut is a recording of its own and there is one.
    pub id: String,
    /// The stage that the stream is in.
    pub stage: Stage,
    /// The instant of the recording's offset 0; `None` for a stream that hasn't begun.
    pub start: Option<OffsetDateTime>,
    /// The instant at which media ceased to arrive; `None` while it does.
    pub end: Option<OffsetDateTime>,
    /// What the provider keeps: known from the stop on, although the recording can't be played
    /// before [`Stage::Ready`]. `None` before the stop, and where nothing is kept
    /// ([`Stage::Failed`], [`Stage::Discarded`]).
    pub kept: Option<Kept>,
    /// The visibility that the stop asked for, as the provider's own number.
    pub visibility: Option<u64>,
}

/// A part of a recording as a request named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Offsets(Range<Duration>),
    Instants(Range<OffsetDateTime>),
}

/// A recorded span of media.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Media {
    pub(crate) start: OffsetDateTime,
    pub(crate) length: Duration,
}

/// Why a cut can't be made of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It isn't a range: its end isn't after its start.
    Empty,
    /// It begins before the recording.
    TooEarly,
    /// It ends after the recording.
    TooLate,
}

impl Media {
    pub(crate) const fn whole(self) -> Kept {
        Kept {
            recording_start: self.start,
            start: Duration::ZERO,
            end: self.length,
        }
    }

    /// What remains of this recording after `cut`.
    pub(crate) fn keep(self, cut: &Cut) -> Result<Kept, Unfit> {
        let (start, end) = match cut {
            Cut::Offsets(offsets) => (offsets.start, offsets.end),
            Cut::Instants(instants) if instants.start >= instants.end => return Err(Unfit::Empty),
            Cut::Instants(instants) => (
                instant::since(self.start, instants.start).ok_or(Unfit::TooEarly)?,
                instant::since(self.start, instants.end).ok_or(Unfit::TooEarly)?,
            ),
        };
        if start >= end {
            Err(Unfit::Empty)
        } else if end > self.length {
            Err(Unfit::TooLate)
        } else {
            Ok(Kept {
                recording_start: self.start,
                start,
                end,
            })
        }
    }

    /// As [`keep`](Self::keep), but only of the part of `cut` that lies within this recording.
    pub(crate) fn keep_within(self, cut: &Cut) -> Result<Kept, Unfit> {
        let within = match cut {
            Cut::Offsets(offsets) => Cut::Offsets(offsets.start..offsets.end.min(self.length)),
            Cut::Instants(instants) => {
                let end = instant::later(self.start, self.length).unwrap_or(instants.end);
                Cut::Instants(instants.start.max(self.start)..instants.end.min(end))
            }
        };
        self.keep(&within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn seconds(range: Range<u64>) -> Cut {
        Cut::Offsets(Duration::from_secs(range.start)..Duration::from_secs(range.end))
    }

    const MEDIA: Media = Media {
        start: OffsetDateTime::UNIX_EPOCH,
        length: Duration::from_secs(100),
    };

    #[test]
    fn offsets_and_instants_name_the_same_part() {
        let by_offsets = MEDIA.keep(&seconds(30..100)).unwrap();
        let by_instants = MEDIA.keep(&Cut::Instants(at(30)..at(100))).unwrap();
        assert_eq!(by_offsets, by_instants);
        assert_eq!(by_offsets.instants(), at(30)..at(100));
        assert_eq!(by_offsets.duration(), Duration::from_secs(70));
        assert_eq!(
            by_offsets.to_string(),
            "30s..100s (1970-01-01T00:00:30Z..1970-01-01T00:01:40Z)"
        );
    }

    #[test]
    fn a_cut_outside_the_recording_is_unfit_by_a_nanosecond() {
        let late = Cut::Offsets(Duration::ZERO..Duration::new(100, 1));
        assert_eq!(MEDIA.keep(&late), Err(Unfit::TooLate));
        let early = Cut::Instants(at(0) - Duration::from_nanos(1)..at(10));
        assert_eq!(MEDIA.keep(&early), Err(Unfit::TooEarly));
        assert_eq!(MEDIA.keep(&seconds(10..10)), Err(Unfit::Empty));
        assert_eq!(
            MEDIA.keep(&Cut::Instants(at(11)..at(10))),
            Err(Unfit::Empty)
        );
    }

    #[test]
    fn a_cut_is_shortened_to_the_recording_unless_nothing_of_it_lies_within() {
        assert_eq!(
            MEDIA.keep_within(&seconds(90..200)),
            MEDIA.keep(&seconds(90..100))
        );
        assert_eq!(
            MEDIA.keep_within(&Cut::Instants(at(-50)..at(50))),
            MEDIA.keep(&seconds(0..50))
        );
        assert_eq!(MEDIA.keep_within(&seconds(100..200)), Err(Unfit::Empty));
        assert_eq!(
            MEDIA.keep_within(&Cut::Instants(at(-9)..at(-3))),
            Err(Unfit::Empty)
        );
    }
}
