use serde::{Deserialize, Serialize};

use super::CutRange;

/// A cut as it was asked for, and as the provider gets it.
///
/// The two differ where the provider's granularity or timeline is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cut {
    requested: CutRange,
    effective: CutRange,
}

impl Cut {
    /// A cut from both of its ranges.
    pub const fn new(requested: CutRange, effective: CutRange) -> Self {
        Self {
            requested,
            effective,
        }
    }

    /// The range as the caller gave it.
    pub const fn requested(&self) -> CutRange {
        self.requested
    }

    /// The range as the provider gets it: converted and rounded.
    pub const fn effective(&self) -> CutRange {
        self.effective
    }

    /// Whether rounding moved the end past the end that was asked for, which a
    /// provider can refuse where that is past the recording's end.
    ///
    /// `false` where the two are on different timelines.
    pub fn end_was_extended(&self) -> bool {
        use super::Bounds::{Offset, WallClock};
        match (self.requested.bounds(), self.effective.bounds()) {
            (Offset { end: asked, .. }, Offset { end: sent, .. }) => sent > asked,
            (WallClock { end: asked, .. }, WallClock { end: sent, .. }) => sent > asked,
            _ => false,
        }
    }
}
