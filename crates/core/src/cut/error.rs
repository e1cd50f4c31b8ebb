use std::fmt;
use std::ops::Range;

/// Why a text or a pair of values is no [`CutRange`](crate::CutRange), or why a
/// range can't be rounded or moved to the other timeline.
///
/// `Display` is one sentence: what is wrong, and what to give instead.
///
/// ```
/// use livecut_core::{CutRange, CutRangeErrorKind};
///
/// let text = "1:30..0:02:00";
/// let error = text.parse::<CutRange>().unwrap_err();
/// assert_eq!(error.kind(), CutRangeErrorKind::Syntax);
/// assert_eq!(&text[error.span().unwrap()], "1:30");
/// assert_eq!(
///     error.to_string(),
///     "`1:30` is ambiguous: write `0:01:30` for minutes and seconds, or `1:30:00` for hours and minutes, \
///      after the recording's start; a time of day has its date and zone, like `2025-01-13T07:50:00Z`"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutRangeError(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: CutRangeErrorKind,
    message: String,
    span: Option<Range<usize>>,
}

impl CutRangeError {
    pub(super) fn new(kind: CutRangeErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            span: None,
        }))
    }

    /// The same error, about this part of a text.
    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.0.span = Some(span);
        self
    }

    /// What sort of mistake it is.
    ///
    /// ```
    /// use livecut_core::{CutRange, CutRangeErrorKind};
    ///
    /// let error = CutRange::seconds(120, 30).unwrap_err();
    /// assert_eq!(error.kind(), CutRangeErrorKind::EndNotAfterStart);
    /// ```
    pub fn kind(&self) -> CutRangeErrorKind {
        self.0.kind
    }

    /// The part of the parsed text that is wrong, in bytes, on character
    /// boundaries and within the text; empty only where the text is. `None`
    /// where no text was parsed.
    ///
    /// ```
    /// use livecut_core::CutRange;
    ///
    /// let error = "30s..2min".parse::<CutRange>().unwrap_err();
    /// assert_eq!(error.span(), Some(6..9));
    /// assert_eq!(CutRange::seconds(120, 30).unwrap_err().span(), None);
    /// ```
    pub fn span(&self) -> Option<Range<usize>> {
        self.0.span.clone()
    }
}

impl fmt::Display for CutRangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.message)
    }
}

impl std::error::Error for CutRangeError {}

/// The sort of mistake that a [`CutRangeError`] reports.
///
/// ```
/// use livecut_core::{CutRange, CutRangeErrorKind};
///
/// let error = "30s..@1736754600".parse::<CutRange>().unwrap_err();
/// assert_eq!(error.kind(), CutRangeErrorKind::MixedTimelines);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CutRangeErrorKind {
    /// The text isn't of the [text form](crate::CutRange#text-form), or is no
    /// name of a [`Rounding`](crate::Rounding).
    Syntax,
    /// One bound is an offset, and the other an instant.
    MixedTimelines,
    /// The end is before the start, or equal to it.
    EndNotAfterStart,
    /// An offset of 10^9 seconds or more, which is a Unix epoch.
    OffsetIsEpoch,
    /// An instant before `2001-09-09T01:46:40Z`, which is an offset.
    InstantIsOffset,
    /// An epoch of 10^11 seconds or more, which is one in milliseconds,
    /// microseconds or nanoseconds.
    EpochNotInSeconds,
    /// A granularity of zero.
    ZeroGranularity,
    /// A bound isn't a multiple of the granularity, and
    /// [`Rounding::Exact`](crate::Rounding::Exact) was asked for.
    NotExact,
    /// Rounded to the granularity, nothing is left of the range.
    RoundsToNothing,
    /// The range starts before the anchor, where there is no recording yet.
    BeforeAnchor,
    /// A number, or the outcome of rounding or of moving to the other timeline,
    /// is beyond what a range can express.
    OutOfRange,
}
