use std::fmt;

/// How sure the library is that a part of a call took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// This call can't have caused it.
    No,
    /// The provider confirmed it.
    Yes,
    /// It may or may not have happened. Ask the provider
    /// ([`status`](crate::LiveStreamStopper::status)) before repeating the call.
    Unknown,
}

impl Certainty {
    /// `"no"`, `"yes"` or `"unknown"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a call may have caused although it failed: the stop and the cut, each
/// with its [`Certainty`].
///
/// Where no cut was asked for, `cut` is [`Certainty::No`].
///
/// ```
/// use livecut_core::{Certainty, Effect};
///
/// // A stop-and-cut request went out and the connection broke.
/// let effect = Effect::NONE.or(Effect::new(Certainty::Yes, Certainty::Yes));
/// assert_eq!(effect, Effect::new(Certainty::Unknown, Certainty::Unknown));
/// assert!(effect.is_unknown());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Effect {
    /// Whether the live stream was ended.
    pub stopped: Certainty,
    /// Whether the cut was made, or accepted by the provider.
    pub cut: Certainty,
}

impl Effect {
    /// Neither a stop nor a cut.
    pub const NONE: Self = Self::new(Certainty::No, Certainty::No);

    /// An effect from its two parts.
    #[must_use]
    pub const fn new(stopped: Certainty, cut: Certainty) -> Self {
        Self { stopped, cut }
    }

    /// The effect when the truth is either `self` or `other` and nobody can
    /// tell which: what they agree on stays, the rest is unknown.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let either = |a, b| if a == b { a } else { Certainty::Unknown };
        Self {
            stopped: either(self.stopped, other.stopped),
            cut: either(self.cut, other.cut),
        }
    }

    /// Neither the stop nor the cut was made.
    ///
    /// A call can have done something else: whether to repeat one that failed says
    /// [`Error::is_safe_to_repeat`](crate::Error::is_safe_to_repeat).
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// At least one part is unknown. Of a call that failed,
    /// [`Error::is_unknown`](crate::Error::is_unknown) says it of all that the call did.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self.stopped == Certainty::Unknown || self.cut == Certainty::Unknown
    }
}

impl fmt::Display for Effect {
    /// `stopped: yes, cut: no`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped: {}, cut: {}", self.stopped, self.cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_of_two_effects_keeps_only_what_they_agree_on() {
        use Certainty::{No, Unknown, Yes};
        let both = Effect::new(Yes, Yes);
        let stop_only = Effect::new(Yes, No);
        assert_eq!(Effect::NONE.or(both), Effect::new(Unknown, Unknown));
        assert_eq!(Effect::NONE.or(stop_only), Effect::new(Unknown, No));
        assert_eq!(stop_only.or(both), Effect::new(Yes, Unknown));
        assert_eq!(both.or(both), both);
    }
}
