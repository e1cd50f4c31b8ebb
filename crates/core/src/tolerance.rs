use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::seconds;

/// How far the duration of a recording may be from the cut's, where the cut was made as asked for:
/// the provider's documented precision.
///
/// The two ways are apart, for a provider that cuts at key frames keeps more than was asked
/// for, and never less.
///
/// ```
/// use std::time::Duration;
/// use livecut_core::DurationTolerance;
///
/// // Whole chunks of five seconds, so one more at either end.
/// let chunks = DurationTolerance::new(Duration::from_secs(1), Duration::from_secs(10));
/// let cut = Duration::from_secs(60);
/// assert!(chunks.admits(cut, Duration::from_secs(69)));
/// assert!(!chunks.admits(cut, Duration::from_secs(50)));
///
/// // Whatever the tolerance, a recording that lacks half of the cut isn't the cut.
/// let cut = Duration::from_secs(2);
/// assert!(!chunks.admits(cut, Duration::from_secs(1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DurationTolerance {
    #[serde(rename = "shorter_seconds", with = "seconds")]
    shorter: Duration,
    #[serde(rename = "longer_seconds", with = "seconds")]
    longer: Duration,
}

impl DurationTolerance {
    /// By how much the recording may be shorter and longer than the cut.
    pub const fn new(shorter: Duration, longer: Duration) -> Self {
        Self { shorter, longer }
    }

    /// By how much the recording may be shorter.
    pub const fn shorter(self) -> Duration {
        self.shorter
    }

    /// By how much the recording may be longer.
    pub const fn longer(self) -> Duration {
        self.longer
    }

    /// Whether a recording of this duration can be the cut that is to last `expected`.
    ///
    /// A difference of half the cut or more is never admitted.
    pub fn admits(self, expected: Duration, actual: Duration) -> bool {
        let within = if actual < expected {
            self.shorter
        } else {
            self.longer
        };
        let difference = actual.abs_diff(expected);
        difference <= within && difference.saturating_mul(2) < expected
    }
}

impl Default for DurationTolerance {
    /// For a provider that documents no precision: a second shorter, for durations that are told in whole
    /// seconds; ten seconds longer, for one that cuts at segments.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(10))
    }
}
