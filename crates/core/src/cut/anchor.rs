use std::time::Duration;

use time::OffsetDateTime;

use super::check::{self, Role};
use super::text::{Rfc3339, Seconds};
use super::{CutRange, CutRangeError, CutRangeErrorKind, Rounding, Timeline};

impl CutRange {
    /// This range as offsets from a recording's start, where `anchor` is the
    /// instant of that start.
    ///
    /// A range of offsets comes back as it is.
    ///
    /// ```
    /// use livecut_core::CutRange;
    /// use time::OffsetDateTime;
    ///
    /// let anchor = OffsetDateTime::from_unix_timestamp(1_736_754_570)?;
    /// let range = CutRange::epoch_seconds(1_736_754_600, 1_736_754_690)?;
    /// assert_eq!(range.to_offsets(anchor)?, CutRange::seconds(30, 120)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the range starts before the anchor, or so long after it that the
    /// anchor can't be this recording's start; or where the anchor is an
    /// instant that [`instants`](Self::instants) refuses.
    pub fn to_offsets(self, anchor: OffsetDateTime) -> Result<Self, CutRangeError> {
        if self.timeline == Timeline::Offset {
            return Ok(self);
        }
        let anchor = check::instant(Role::Anchor, anchor)?;
        let timeline = Timeline::Offset;
        match (self.start.checked_sub(anchor), self.end.checked_sub(anchor)) {
            (Some(start), Some(end)) if timeline.limits().contains(&end) => Ok(Self {
                timeline,
                start,
                end,
                ..self
            }),
            (Some(_), _) => Err(CutRangeError::new(
                CutRangeErrorKind::OutOfRange,
                format!(
                    "`{self}` is years after the anchor, {}, where its recording would have to \
                     have started: give the instant of this recording's start by `with_anchor`",
                    Rfc3339(anchor)
                ),
            )),
            (None, _) => Err(CutRangeError::new(
                CutRangeErrorKind::BeforeAnchor,
                format!(
                    "the start, {}, is {}s before the anchor, {}, where the recording starts: \
                     give a later start, or the right anchor by `with_anchor`",
                    Rfc3339(self.start),
                    Seconds(anchor.saturating_sub(self.start)),
                    Rfc3339(anchor),
                ),
            )),
        }
    }

    /// This range as instants, where `anchor` is the instant of the recording's
    /// start.
    ///
    /// A range of instants comes back as it is.
    ///
    /// ```
    /// use livecut_core::CutRange;
    /// use time::OffsetDateTime;
    ///
    /// let anchor = OffsetDateTime::from_unix_timestamp(1_736_754_570)?;
    /// let range = CutRange::seconds(30, 120)?;
    /// assert_eq!(
    ///     range.to_wall_clock(anchor)?,
    ///     CutRange::epoch_seconds(1_736_754_600, 1_736_754_690)?,
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the anchor, or an instant of the outcome, is one that
    /// [`instants`](Self::instants) refuses.
    pub fn to_wall_clock(self, anchor: OffsetDateTime) -> Result<Self, CutRangeError> {
        if self.timeline == Timeline::WallClock {
            return Ok(self);
        }
        let anchor = check::instant(Role::Anchor, anchor)?;
        let timeline = Timeline::WallClock;
        match (self.start.checked_add(anchor), self.end.checked_add(anchor)) {
            (Some(start), Some(end)) if timeline.limits().contains(&end) => Ok(Self {
                timeline,
                start,
                end,
                ..self
            }),
            _ => Err(CutRangeError::new(
                CutRangeErrorKind::OutOfRange,
                format!(
                    "`{self}` after the anchor, {}, is beyond the year 5138: give the instant of \
                     the recording's start by `with_anchor`",
                    Rfc3339(anchor)
                ),
            )),
        }
    }

    /// This range, which was moved to its timeline by an anchor that the true one may be up to `precision` after. Between
    /// the two, `Outward` keeps everything that may have been asked for, and `Inward` nothing that may not.
    pub(crate) fn allowing_for(
        self,
        precision: Duration,
        rounding: Rounding,
    ) -> Result<Self, CutRangeError> {
        let none = Duration::ZERO;
        let half = precision.checked_div(2).unwrap_or_default();
        // The later the recording began, the smaller is an instant's offset, and the later an offset's instant.
        let (start, end) = match (rounding, self.timeline) {
            (Rounding::Outward, Timeline::Offset) | (Rounding::Inward, Timeline::WallClock) => {
                (precision, none)
            }
            (Rounding::Inward, Timeline::Offset) | (Rounding::Outward, Timeline::WallClock) => {
                (none, precision)
            }
            (Rounding::Nearest, _) => (half, half),
            (Rounding::Exact, _) => {
                return Err(CutRangeError::new(
                    CutRangeErrorKind::NotExact,
                    format!(
                        "the recording's start is known to within {}s alone: pass its instant by \
                         `with_anchor`, give the cut on the provider's own timeline, or round `outward`, \
                         `inward` or `nearest`",
                        Seconds(precision)
                    ),
                ));
            }
        };
        let moved = |bound: Duration, by| match self.timeline {
            Timeline::Offset => bound.saturating_sub(by),
            Timeline::WallClock => bound.saturating_add(by),
        };
        let range = Self {
            start: moved(self.start, start),
            end: moved(self.end, end),
            ..self
        };
        if range.start < range.end {
            return Ok(range);
        }
        Err(CutRangeError::new(
            CutRangeErrorKind::RoundsToNothing,
            format!(
                "nothing is left of `{self}`, of a recording whose start is known to within {}s alone: give a \
                 longer range, or round `outward`",
                Seconds(precision)
            ),
        ))
    }
}
