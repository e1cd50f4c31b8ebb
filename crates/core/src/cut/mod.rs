//! The part of a recording to keep: [`CutRange`], its text form, its rounding,
//! and its change of timeline.
//!
//! | file | what |
//! | --- | --- |
//! | `mod.rs` | the type, its constructors and accessors |
//! | `check.rs` | what every constructor and the parser refuse |
//! | `parse.rs`, `text.rs` | the text form, in and out; serde goes through both |
//! | `round.rs` | a range on a provider's grid |
//! | `anchor.rs` | a range on the other timeline |
//! | `pair.rs` | [`Cut`]: a range as it was asked for, and as the provider gets it |
//! | `error.rs` | [`CutRangeError`] |

mod anchor;
mod check;
mod error;
mod pair;
mod parse;
mod round;
mod text;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use check::Role;
pub use error::{CutRangeError, CutRangeErrorKind};
pub use pair::Cut;
pub use round::Rounding;

/// What a [`CutRange`] is measured on.
///
/// ```
/// use livecut_core::{CutRange, Timeline};
///
/// let range: CutRange = "30s..2m".parse()?;
/// assert_eq!(range.timeline(), Timeline::Offset);
/// assert_eq!(Timeline::WallClock.to_string(), "wall clock");
/// # Ok::<(), livecut_core::CutRangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timeline {
    /// Offsets from the recording's start.
    Offset,
    /// Instants of the wall clock.
    WallClock,
}

impl Timeline {
    /// What a bound on this timeline may be, counted from the timeline's zero:
    /// the recording's start, or the Unix epoch.
    ///
    /// The two don't overlap, which is what lets a bound on the wrong timeline
    /// be recognized.
    const fn limits(self) -> Range<Duration> {
        match self {
            Self::Offset => Duration::ZERO..check::FIRST_EPOCH,
            Self::WallClock => check::FIRST_EPOCH..check::FIRST_EPOCH_MILLIS,
        }
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Offset => "offset",
            Self::WallClock => "wall clock",
        })
    }
}

/// The two bounds of a [`CutRange`], on the timeline that they are measured on.
///
/// Exhaustive on purpose: an adapter has to say what it does with either.
///
/// ```
/// use livecut_core::{Bounds, CutRange};
///
/// let range = CutRange::seconds(30, 120)?;
/// match range.bounds() {
///     Bounds::Offset { start, end } => assert_eq!((start.as_secs(), end.as_secs()), (30, 120)),
///     Bounds::WallClock { .. } => unreachable!("made from offsets"),
/// }
/// assert_eq!(CutRange::try_from(range.bounds())?, range);
/// # Ok::<(), livecut_core::CutRangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bounds {
    /// Offsets from the recording's start.
    Offset {
        /// The first moment to keep.
        start: Duration,
        /// The first moment not to keep.
        end: Duration,
    },
    /// Instants of the wall clock. In UTC where they come from
    /// [`CutRange::bounds`].
    WallClock {
        /// The first moment to keep.
        start: OffsetDateTime,
        /// The first moment not to keep.
        end: OffsetDateTime,
    },
}

/// The one part of a recording to keep: half-open, exact to the nanosecond, and
/// `start < end`.
///
/// A range is measured on one of two timelines: offsets from the recording's
/// start, or instants of the wall clock (see [`Timeline`]). It is checked when
/// it is made, so whoever has one has a valid one:
///
/// - an offset lies below 10^9 seconds: from there on it is a Unix epoch passed
///   as an offset;
/// - an instant lies at or after `2001-09-09T01:46:40Z` (epoch 10^9): before,
///   it is an offset passed as an instant;
/// - an instant lies before epoch 10^11, in the year 5138: from there on it is
///   an epoch in milliseconds;
/// - the end lies after the start.
///
/// Milliseconds passed as small offsets in seconds can't be told apart from
/// long offsets; [`hms`](Self::hms) shows a range in a form in which a person
/// can.
///
/// Two ranges are equal when they have the same bounds on the same timeline.
///
/// The end may be an [edge](Self::ending_at_edge): an end that is written `now` is one.
///
/// # Text form
///
/// `START..END`, read by [`FromStr`](std::str::FromStr) and
/// [`parse_at`](Self::parse_at), written by [`Display`](fmt::Display), and used
/// by serde (as a string). What is written reads back as the same range. There
/// is no whitespace in it, and both bounds are on the same timeline.
///
/// | bound | form | for example |
/// | --- | --- | --- |
/// | offset | seconds | `30`, `30.5` |
/// | offset | with units `h`, `m`, `s`, `ms`, from large to small, each once | `30s`, `2m`, `1h30m`, `1m1.5s`, `1500ms` |
/// | offset | `H:MM:SS`; hours may have any number of digits | `0:01:30`, `0:01:30.5` |
/// | instant | `@` and the seconds since the Unix epoch | `@1736754600`, `@1736754600.5` |
/// | instant | RFC 3339, with a zone | `2025-01-13T07:50:00Z`, `2025-01-13T13:20:00+05:30` |
/// | instant | `now`: as the end, after a start that is an instant; it is an [edge](Self::ending_at_edge) | `@1736754600..now` |
///
/// A fraction has at most 9 digits, and stands on seconds only. Refused, each
/// with a hint: `MM:SS` (it could be `HH:MM`), a sign, `..=`, an open end, a
/// leap second, an instant without a zone.
///
/// ```
/// use livecut_core::CutRange;
///
/// let range: CutRange = "0:00:30..2m".parse()?;
/// assert_eq!(range, CutRange::seconds(30, 120)?);
/// assert_eq!(range.to_string(), "30s..120s");
///
/// let range: CutRange = "@1736754600..2025-01-13T13:25:00+05:30".parse()?;
/// assert_eq!(range.to_string(), "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z");
///
/// let error = "1736754600..1736754900".parse::<CutRange>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the start, 1736754600s, is a Unix epoch and not an offset: give it as an instant, `@1736754600`"
/// );
/// # Ok::<(), livecut_core::CutRangeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CutRange {
    timeline: Timeline,
    // Both from the timeline's zero and within its limits. One unit for both
    // timelines: so rounding, comparing and converting are written once, and
    // nothing that follows can overflow.
    start: Duration,
    end: Duration,
    // No part of what the range is, and so neither of its text nor of what makes two equal: only
    // of how it is rounded.
    ends_at_edge: bool,
}

impl CutRange {
    const fn bounds_of(&self) -> (Timeline, Duration, Duration) {
        (self.timeline, self.start, self.end)
    }
}

impl PartialEq for CutRange {
    fn eq(&self, other: &Self) -> bool {
        self.bounds_of() == other.bounds_of()
    }
}

impl Eq for CutRange {}

impl Hash for CutRange {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bounds_of().hash(state);
    }
}

impl CutRange {
    /// The range between two offsets from the recording's start.
    ///
    /// ```
    /// use std::time::Duration;
    /// use livecut_core::CutRange;
    ///
    /// let range = CutRange::offsets(Duration::from_millis(500), Duration::from_secs(90))?;
    /// assert_eq!(range.to_string(), "0.5s..90s");
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    ///
    /// # Errors
    /// Where the end isn't after the start, or an offset is 10^9 seconds or
    /// more and so a Unix epoch.
    pub fn offsets(start: Duration, end: Duration) -> Result<Self, CutRangeError> {
        Self::new(
            Timeline::Offset,
            check::offset(Role::Start, start)?,
            check::offset(Role::End, end)?,
        )
    }

    /// The range between two offsets from the recording's start, in whole
    /// seconds.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// assert_eq!(CutRange::seconds(30, 120)?.to_string(), "30s..120s");
    /// assert!(CutRange::seconds(120, 30).is_err());
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`offsets`](Self::offsets).
    pub fn seconds(start: u64, end: u64) -> Result<Self, CutRangeError> {
        Self::offsets(Duration::from_secs(start), Duration::from_secs(end))
    }

    /// The range between two instants, in whichever zones they are given.
    ///
    /// ```
    /// use livecut_core::CutRange;
    /// use time::OffsetDateTime;
    ///
    /// let start = OffsetDateTime::from_unix_timestamp(1_736_754_600)?;
    /// let end = OffsetDateTime::from_unix_timestamp(1_736_754_900)?;
    /// let range = CutRange::instants(start, end)?;
    /// assert_eq!(range.to_string(), "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the end isn't after the start, an instant is before
    /// `2001-09-09T01:46:40Z` and so an offset, or at epoch 10^11 or later and
    /// so made from an epoch in milliseconds.
    pub fn instants(start: OffsetDateTime, end: OffsetDateTime) -> Result<Self, CutRangeError> {
        Self::new(
            Timeline::WallClock,
            check::instant(Role::Start, start)?,
            check::instant(Role::End, end)?,
        )
    }

    /// The range between two instants, in seconds since the Unix epoch.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// let range = CutRange::epoch_seconds(1_736_754_600, 1_736_754_900)?;
    /// assert_eq!(range.to_string(), "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z");
    ///
    /// let error = CutRange::epoch_seconds(1_736_754_600_000, 1_736_754_900_000).unwrap_err();
    /// assert!(error.to_string().ends_with("give it in seconds, `@1736754600`"));
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`instants`](Self::instants).
    pub fn epoch_seconds(start: i64, end: i64) -> Result<Self, CutRangeError> {
        Self::new(
            Timeline::WallClock,
            check::epoch(Role::Start, start, 0)?,
            check::epoch(Role::End, end, 0)?,
        )
    }

    /// Reads the [text form](Self#text-form), taking `now` for an end that is
    /// written `now`.
    ///
    /// [`FromStr`](std::str::FromStr) is this with the system's clock.
    ///
    /// ```
    /// use livecut_core::CutRange;
    /// use time::OffsetDateTime;
    ///
    /// let now = OffsetDateTime::from_unix_timestamp(1_736_754_900)?;
    /// assert_eq!(
    ///     CutRange::parse_at("@1736754600..now", now)?,
    ///     CutRange::epoch_seconds(1_736_754_600, 1_736_754_900)?,
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the text isn't of that form, or is a range that the constructors
    /// refuse. The error's [`span`](CutRangeError::span) is the part of the
    /// text that is wrong.
    pub fn parse_at(text: &str, now: OffsetDateTime) -> Result<Self, CutRangeError> {
        parse::range(text, now)
    }

    /// Both bounds within the limits of `timeline`: what remains to be checked
    /// is their order.
    fn new(timeline: Timeline, start: Duration, end: Duration) -> Result<Self, CutRangeError> {
        let range = Self {
            timeline,
            start,
            end,
            ends_at_edge: false,
        };
        if start < end {
            Ok(range)
        } else {
            Err(check::end_not_after_start(range))
        }
    }

    /// This range, with an end that is an edge: after it there is nothing to keep. It is now, say,
    /// or the end of a recording.
    ///
    /// Rounding never moves an edge to where there is nothing, which a provider would refuse: such
    /// an end is rounded down, also by [`Rounding::Outward`] and [`Rounding::Nearest`]. An end that
    /// is parsed from `now` is an edge by itself. The text form doesn't tell an edge.
    ///
    /// ```
    /// use std::time::Duration;
    /// use livecut_core::{CutRange, Rounding};
    /// use time::OffsetDateTime;
    ///
    /// let now = OffsetDateTime::from_unix_timestamp_nanos(1_736_754_900_700_000_000)?;
    /// let range = CutRange::parse_at("@1736754600..now", now)?;
    /// assert!(range.ends_at_edge());
    /// assert_eq!(
    ///     range.rounded(Duration::from_secs(1), Rounding::Outward)?,
    ///     CutRange::epoch_seconds(1_736_754_600, 1_736_754_900)?,
    /// );
    ///
    /// let hour_long = CutRange::offsets(Duration::ZERO, Duration::from_millis(3_600_400))?;
    /// assert_eq!(
    ///     hour_long.ending_at_edge().rounded(Duration::from_secs(1), Rounding::Outward)?,
    ///     CutRange::seconds(0, 3600)?,
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn ending_at_edge(mut self) -> Self {
        self.ends_at_edge = true;
        self
    }

    /// Whether the end is an [edge](Self::ending_at_edge).
    pub const fn ends_at_edge(&self) -> bool {
        self.ends_at_edge
    }

    /// The timeline that the bounds are measured on.
    ///
    /// ```
    /// use livecut_core::{CutRange, Timeline};
    ///
    /// assert_eq!(CutRange::seconds(30, 120)?.timeline(), Timeline::Offset);
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub const fn timeline(&self) -> Timeline {
        self.timeline
    }

    /// The two bounds; instants are in UTC.
    ///
    /// ```
    /// use livecut_core::{Bounds, CutRange};
    /// use time::UtcOffset;
    ///
    /// let range: CutRange = "2025-01-13T13:20:00+05:30..2025-01-13T13:25:00+05:30".parse()?;
    /// let Bounds::WallClock { start, .. } = range.bounds() else { unreachable!() };
    /// assert_eq!(start.unix_timestamp(), 1_736_754_600);
    /// assert_eq!(start.offset(), UtcOffset::UTC);
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn bounds(&self) -> Bounds {
        let Self { start, end, .. } = *self;
        match self.timeline {
            Timeline::Offset => Bounds::Offset { start, end },
            Timeline::WallClock => Bounds::WallClock {
                start: instant_at(start),
                end: instant_at(end),
            },
        }
    }

    /// How much is kept. Never zero.
    ///
    /// ```
    /// use std::time::Duration;
    /// use livecut_core::CutRange;
    ///
    /// assert_eq!(CutRange::seconds(30, 120)?.duration(), Duration::from_secs(90));
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub const fn duration(&self) -> Duration {
        // Never saturates: the end is after the start.
        self.end.saturating_sub(self.start)
    }

    /// The bounds as integers in seconds from the recording's start or the Unix
    /// epoch, if that is exact.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// assert_eq!(CutRange::seconds(30, 120)?.exact_seconds(), Some(30..120));
    /// assert_eq!("30.5..120".parse::<CutRange>()?.exact_seconds(), None);
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn exact_seconds(&self) -> Option<Range<u64>> {
        let exact = |bound: Duration| (bound.subsec_nanos() == 0).then_some(bound.as_secs());
        Some(exact(self.start)?..exact(self.end)?)
    }

    /// The bounds as integers in milliseconds from the recording's start or the
    /// Unix epoch, if that is exact.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// assert_eq!("30.5..120".parse::<CutRange>()?.exact_millis(), Some(30_500..120_000));
    /// assert_eq!("30.0005..120".parse::<CutRange>()?.exact_millis(), None);
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn exact_millis(&self) -> Option<Range<u64>> {
        let exact = |bound: Duration| {
            let millis = u64::try_from(bound.as_millis()).ok()?;
            (Duration::from_millis(millis) == bound).then_some(millis)
        };
        Some(exact(self.start)?..exact(self.end)?)
    }
}

impl TryFrom<Bounds> for CutRange {
    type Error = CutRangeError;

    /// As [`CutRange::offsets`] or [`CutRange::instants`].
    fn try_from(bounds: Bounds) -> Result<Self, CutRangeError> {
        match bounds {
            Bounds::Offset { start, end } => Self::offsets(start, end),
            Bounds::WallClock { start, end } => Self::instants(start, end),
        }
    }
}

/// The instant `since_epoch` after the Unix epoch, in UTC. Never saturates
/// within the limits of the timeline.
fn instant_at(since_epoch: Duration) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
        .saturating_add(time::Duration::try_from(since_epoch).unwrap_or(time::Duration::MAX))
}

fn from_nanos(nanos: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    let below = u32::try_from(nanos % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, below))
}
