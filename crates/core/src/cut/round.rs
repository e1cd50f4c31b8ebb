use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;

use super::check::{self, Role};
use super::text::Seconds;
use super::{CutRange, CutRangeError, CutRangeErrorKind, Timeline, from_nanos};
use crate::words::words;

/// What to do with a range that is finer than a provider can cut.
///
/// In text and in serde, the name in lower case.
///
/// ```
/// use livecut_core::Rounding;
///
/// assert_eq!("inward".parse::<Rounding>()?, Rounding::Inward);
/// assert_eq!(Rounding::default().to_string(), "outward");
/// # Ok::<(), livecut_core::CutRangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Rounding {
    /// The start down, the end up: all that was asked for is kept, and maybe a
    /// little more. The default.
    ///
    /// But never past an edge that is known, where there is nothing to keep: an
    /// [end that is one](CutRange::ending_at_edge), `now` among them, goes down, and a start that
    /// would come before the recording's, up.
    #[default]
    Outward,
    /// The start up, the end down: nothing else is kept, and maybe a little
    /// less.
    Inward,
    /// Each bound to the nearest that the provider can cut at; halfway between
    /// two, to the later one.
    Nearest,
    /// Not at all: a range that doesn't fit is an error.
    Exact,
}

impl Rounding {
    /// All of them, the default first.
    ///
    /// ```
    /// use livecut_core::Rounding;
    ///
    /// let names: Vec<_> = Rounding::ALL.iter().map(|rounding| rounding.as_str()).collect();
    /// assert_eq!(names, ["outward", "inward", "nearest", "exact"]);
    /// ```
    pub const ALL: &[Self] = &[Self::Outward, Self::Inward, Self::Nearest, Self::Exact];
}

words!(Rounding {
    Outward = "outward",
    Inward = "inward",
    Nearest = "nearest",
    Exact = "exact",
});

impl FromStr for Rounding {
    type Err = CutRangeError;

    fn from_str(text: &str) -> Result<Self, CutRangeError> {
        Self::named(text).ok_or_else(|| {
            CutRangeError::new(
                CutRangeErrorKind::Syntax,
                "there is no such rounding: write `outward`, `inward`, `nearest` or `exact`",
            )
            .at(0..text.len())
        })
    }
}

impl CutRange {
    /// This range with both bounds on multiples of `granularity`, counted from
    /// the recording's start or the Unix epoch.
    ///
    /// The arithmetic is exact; a range that is already on the grid comes back
    /// as it is, with any rounding. An end that is an [edge](Self::ending_at_edge) never moves up.
    ///
    /// ```
    /// use std::time::Duration;
    /// use livecut_core::{CutRange, Rounding};
    ///
    /// let range: CutRange = "30.2s..90.5s".parse()?;
    /// let second = Duration::from_secs(1);
    /// assert_eq!(range.rounded(second, Rounding::Outward)?, CutRange::seconds(30, 91)?);
    /// assert_eq!(range.rounded(second, Rounding::Inward)?, CutRange::seconds(31, 90)?);
    /// assert_eq!(range.rounded(second, Rounding::Nearest)?, CutRange::seconds(30, 91)?);
    /// assert_eq!(
    ///     range.rounded(second, Rounding::Exact).unwrap_err().to_string(),
    ///     "the start, 30.2s, and the end, 90.5s, aren't multiples of 1s: \
    ///      give multiples, or round `outward`, `inward` or `nearest`"
    /// );
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    ///
    /// # Errors
    /// Where nothing is left of the range; where a bound isn't on the grid and
    /// the rounding is [`Exact`](Rounding::Exact); where a rounded bound is one
    /// that the constructors refuse; where `granularity` is zero.
    pub fn rounded(self, granularity: Duration, rounding: Rounding) -> Result<Self, CutRangeError> {
        self.rounded_from(None, granularity, rounding)
    }

    /// As [`rounded`](Self::rounded), of a recording that begins at `first`: a start that isn't
    /// before that doesn't come before it either.
    pub(crate) fn rounded_from(
        self,
        first: Option<OffsetDateTime>,
        granularity: Duration,
        rounding: Rounding,
    ) -> Result<Self, CutRangeError> {
        if granularity.is_zero() {
            return Err(CutRangeError::new(
                CutRangeErrorKind::ZeroGranularity,
                "a granularity of zero has no multiples to round to: give the provider's, like 1 \
                 s or 1 ms",
            ));
        }
        let (round_start, round_end): (Round, Round) = match rounding {
            Rounding::Outward => (down, up),
            Rounding::Inward => (up, down),
            Rounding::Nearest => (nearest, nearest),
            Rounding::Exact => return self.exactly(granularity),
        };
        let limits = self.timeline.limits();
        let grid = Seconds(granularity);
        // Offset 0 is a multiple of everything, so only an instant can come before the first one.
        let first = match self.timeline {
            Timeline::Offset => None,
            Timeline::WallClock => first.and_then(|at| check::instant(Role::Anchor, at).ok()),
        };
        let crossed = |start| first.is_some_and(|first| start < first && first <= self.start);
        let start = match round_start(self.start, granularity) {
            Some(start) if crossed(start) => up(self.start, granularity),
            start => start,
        };
        let end = match round_end(self.end, granularity) {
            Some(end) if self.ends_at_edge && end > self.end => down(self.end, granularity),
            end => end,
        };
        match (start, end) {
            (Some(start), Some(end)) if start >= end => Err(CutRangeError::new(
                CutRangeErrorKind::RoundsToNothing,
                format!(
                    "nothing is left of `{self}`, rounded {rounding} to multiples of {grid}s: \
                     give a longer range{}",
                    match rounding {
                        Rounding::Outward => {
                            "; neither now nor the recording's start or end is rounded past"
                        }
                        _ => ", or round `outward`",
                    }
                ),
            )),
            (Some(start), Some(end)) if limits.contains(&start) && limits.contains(&end) => {
                Ok(Self { start, end, ..self })
            }
            _ => Err(CutRangeError::new(
                CutRangeErrorKind::OutOfRange,
                format!(
                    "`{self}`, rounded {rounding} to multiples of {grid}s, goes beyond the times \
                     that a range on this timeline can have: give a range further from that limit"
                ),
            )),
        }
    }

    fn exactly(self, granularity: Duration) -> Result<Self, CutRangeError> {
        let fits = |bound| down(bound, granularity) == Some(bound);
        let Range { start, end } = self.bound_texts();
        let grid = Seconds(granularity);
        let wrong = match (fits(self.start), fits(self.end)) {
            (true, true) => return Ok(self),
            (false, true) => format!("the start, {start}, isn't a multiple"),
            (true, false) => format!("the end, {end}, isn't a multiple"),
            (false, false) => format!("the start, {start}, and the end, {end}, aren't multiples"),
        };
        Err(CutRangeError::new(
            CutRangeErrorKind::NotExact,
            format!(
                "{wrong} of {grid}s: give multiples, or round `outward`, `inward` or `nearest`"
            ),
        ))
    }
}

/// `None` where the granularity is zero, or the result can't be expressed.
type Round = fn(Duration, Duration) -> Option<Duration>;

fn down(bound: Duration, granularity: Duration) -> Option<Duration> {
    let bound = bound.as_nanos();
    from_nanos(bound.checked_sub(bound.checked_rem(granularity.as_nanos())?)?)
}

fn up(bound: Duration, granularity: Duration) -> Option<Duration> {
    from_nanos(
        bound
            .as_nanos()
            .checked_next_multiple_of(granularity.as_nanos())?,
    )
}

fn nearest(bound: Duration, granularity: Duration) -> Option<Duration> {
    let below = down(bound, granularity)?;
    let past = bound.checked_sub(below)?;
    if past < granularity.checked_sub(past)? {
        Some(below)
    } else {
        up(bound, granularity)
    }
}
