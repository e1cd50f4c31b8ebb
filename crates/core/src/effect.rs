use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::words;

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

words!(Certainty or Unknown {
    No = "no",
    Yes = "yes",
    Unknown = "unknown",
});

/// What a call may have caused, although it failed: the stop, the cut, and anything beside
/// them, each with its [`Certainty`].
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[must_use]
pub struct Effect {
    /// Whether the live stream was ended.
    pub stopped: Certainty,
    /// Whether the cut was made, or accepted by the provider.
    pub cut: Certainty,
    /// Whether anything else was changed at the provider: a recording was closed while its stream
    /// goes on, say.
    #[serde(default = "no")]
    pub other: Certainty,
}

/// What documents say that were written before there was anything else.
const fn no() -> Certainty {
    Certainty::No
}

impl Effect {
    /// Nothing happened at all.
    pub const NONE: Self = Self::new(Certainty::No, Certainty::No);

    /// The effect of a call that can change nothing but these two.
    pub const fn new(stopped: Certainty, cut: Certainty) -> Self {
        Self {
            stopped,
            cut,
            other: Certainty::No,
        }
    }

    /// Sets what the call changed beside the stop and the cut.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect};
    ///
    /// let closed = Effect::NONE.with_other(Certainty::Yes);
    /// assert!(!closed.is_none());
    /// ```
    pub const fn with_other(mut self, other: Certainty) -> Self {
        self.other = other;
        self
    }

    /// The effect when the truth is either `self` or `other` and nobody can
    /// tell which: what they agree on stays, the rest is unknown.
    pub fn or(self, other: Self) -> Self {
        self.with(other, |a, b| if a == b { a } else { Certainty::Unknown })
    }

    /// The effect of two calls, one after the other: yes if either did it, else unknown if either may have.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect};
    ///
    /// let stopped = Effect::new(Certainty::Yes, Certainty::No);
    /// let cut_perhaps = Effect::new(Certainty::No, Certainty::Unknown);
    /// let both = stopped.then(cut_perhaps);
    /// assert_eq!(both, Effect::new(Certainty::Yes, Certainty::Unknown));
    /// // A later call may find what an earlier one left unknown.
    /// let cut = Effect::new(Certainty::No, Certainty::Yes);
    /// assert_eq!(both.then(cut), Effect::new(Certainty::Yes, Certainty::Yes));
    /// ```
    pub fn then(self, next: Self) -> Self {
        self.with(next, |a, b| match (a, b) {
            (Certainty::Yes, _) | (_, Certainty::Yes) => Certainty::Yes,
            (Certainty::Unknown, _) | (_, Certainty::Unknown) => Certainty::Unknown,
            (Certainty::No, Certainty::No) => Certainty::No,
        })
    }

    fn with(self, other: Self, of_both: impl Fn(Certainty, Certainty) -> Certainty) -> Self {
        Self {
            stopped: of_both(self.stopped, other.stopped),
            cut: of_both(self.cut, other.cut),
            other: of_both(self.other, other.other),
        }
    }

    /// Nothing happened at all, for sure: the call can be made again as it was.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// At least one part is unknown.
    pub fn is_unknown(self) -> bool {
        [self.stopped, self.cut, self.other].contains(&Certainty::Unknown)
    }
}

impl fmt::Display for Effect {
    /// `stopped: yes, cut: no`, and `, other: yes` where there is anything else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped: {}, cut: {}", self.stopped, self.cut)?;
        match self.other {
            Certainty::No => Ok(()),
            other => write!(f, ", other: {other}"),
        }
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
        let closed = Effect::NONE.with_other(Yes);
        assert_eq!(closed.or(Effect::NONE), Effect::NONE.with_other(Unknown));
        assert_eq!(closed.or(closed.or(closed)), closed);
    }

    #[test]
    fn of_one_call_after_another_what_either_did_is_done() {
        use Certainty::{No, Unknown, Yes};
        for (one, other, both) in [
            (No, No, No),
            (No, Yes, Yes),
            (No, Unknown, Unknown),
            (Unknown, Yes, Yes),
            (Unknown, Unknown, Unknown),
            (Yes, Yes, Yes),
        ] {
            let parts: [fn(Certainty) -> Effect; 3] = [
                |stopped| Effect::new(stopped, No),
                |cut| Effect::new(No, cut),
                |other| Effect::NONE.with_other(other),
            ];
            for part in parts {
                assert_eq!(part(one).then(part(other)), part(both));
                assert_eq!(part(other).then(part(one)), part(both));
            }
        }
    }

    #[test]
    fn anything_beside_a_stop_and_a_cut_is_not_nothing() {
        use Certainty::{No, Unknown, Yes};
        for (other, none, unknown) in [
            (No, true, false),
            (Yes, false, false),
            (Unknown, false, true),
        ] {
            let effect = Effect::NONE.with_other(other);
            assert_eq!((effect.is_none(), effect.is_unknown()), (none, unknown));
        }
        assert_eq!(Effect::NONE.to_string(), "stopped: no, cut: no");
        assert_eq!(
            Effect::NONE.with_other(Yes).to_string(),
            "stopped: no, cut: no, other: yes"
        );
    }
}
