//! How a range is written: for machines and files, for people, and for
//! providers.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;

use super::{CutRange, CutRangeError, Timeline, instant_at};

impl CutRange {
    /// The range for people to check: offsets as `H:MM:SS`, so that 30000 s
    /// given for 30000 ms is seen as 8:20:00; instants as
    /// [`Display`](fmt::Display) writes them. It reads back as the same range.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// assert_eq!(CutRange::seconds(30, 5400)?.hms().to_string(), "0:00:30..1:30:00");
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn hms(self) -> impl fmt::Display + fmt::Debug + Copy {
        Hms(self)
    }

    /// The bounds as exact decimal numbers of seconds from the recording's
    /// start or the Unix epoch: digits, and where needed a point and 1 to 9
    /// digits. Such a text is a JSON number.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// let bounds = "51.10..1h".parse::<CutRange>()?.decimal_seconds();
    /// assert_eq!((bounds.start.as_str(), bounds.end.as_str()), ("51.1", "3600"));
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn decimal_seconds(&self) -> Range<String> {
        Seconds(self.start).to_string()..Seconds(self.end).to_string()
    }

    /// Each bound as [`Display`](fmt::Display) writes it.
    pub(super) fn bound_texts(&self) -> Range<String> {
        self.rfc3339().unwrap_or_else(|| {
            let Range { start, end } = self.decimal_seconds();
            format!("{start}s")..format!("{end}s")
        })
    }

    /// The bounds as RFC 3339 in UTC with `Z`, if they are instants: without a
    /// fraction, or with the 3, 6 or 9 digits that are needed to be exact.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// let bounds = "@1736754600..@1736754900.5".parse::<CutRange>()?.rfc3339().unwrap();
    /// assert_eq!(bounds.start, "2025-01-13T07:50:00Z");
    /// assert_eq!(bounds.end, "2025-01-13T07:55:00.500Z");
    /// assert_eq!(CutRange::seconds(30, 120)?.rfc3339(), None);
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn rfc3339(&self) -> Option<Range<String>> {
        match self.timeline {
            Timeline::Offset => None,
            Timeline::WallClock => {
                Some(Rfc3339(self.start).to_string()..Rfc3339(self.end).to_string())
            }
        }
    }
}

/// The [text form](CutRange#text-form): `30s..120s`, or RFC 3339 in UTC.
impl fmt::Display for CutRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.bound_texts();
        write!(f, "{start}..{end}")
    }
}

/// The [text form](CutRange#text-form); an end that is written `now` is the
/// system clock's now.
impl FromStr for CutRange {
    type Err = CutRangeError;

    fn from_str(text: &str) -> Result<Self, CutRangeError> {
        Self::parse_at(text, OffsetDateTime::now_utc())
    }
}

impl Serialize for CutRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CutRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = CutRange;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a range as a string, like \"30s..2m\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<CutRange, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// Seconds with the fraction that is needed to be exact, and no unit: `51.1`.
pub(super) struct Seconds(pub(super) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs())?;
        shortest_fraction(f, self.0.subsec_nanos())
    }
}

/// A moment since the Unix epoch. Years have four digits within the limits of
/// the timeline.
pub(super) struct Rfc3339(pub(super) Duration);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = instant_at(self.0);
        let (hour, minute, second) = at.to_hms();
        // `Date` displays itself as YYYY-MM-DD.
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", at.date())?;
        // Readers that know fractions at all know these lengths; 1 digit is not
        // so sure.
        let nanos = self.0.subsec_nanos();
        match (
            nanos,
            nanos.is_multiple_of(1_000_000),
            nanos.is_multiple_of(1_000),
        ) {
            (0, ..) => {}
            (_, true, _) => write!(f, ".{:03}", self.0.subsec_millis())?,
            (_, _, true) => write!(f, ".{:06}", self.0.subsec_micros())?,
            _ => write!(f, ".{nanos:09}")?,
        }
        f.write_str("Z")
    }
}

#[derive(Debug, Clone, Copy)]
struct Hms(CutRange);

impl fmt::Display for Hms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CutRange {
            timeline,
            start,
            end,
            ..
        } = self.0;
        match timeline {
            Timeline::Offset => {
                write_hms(f, start)?;
                f.write_str("..")?;
                write_hms(f, end)
            }
            Timeline::WallClock => self.0.fmt(f),
        }
    }
}

fn write_hms(f: &mut fmt::Formatter<'_>, offset: Duration) -> fmt::Result {
    let seconds = offset.as_secs();
    write!(
        f,
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )?;
    shortest_fraction(f, offset.subsec_nanos())
}

fn shortest_fraction(f: &mut fmt::Formatter<'_>, nanos: u32) -> fmt::Result {
    if nanos == 0 {
        return Ok(());
    }
    let digits = format!("{nanos:09}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}
