//! What goes wrong on a webhook's way.

use std::time::Duration;

/// What goes wrong on the way from a provider to a receiver of its webhooks, decided by a seed: the
/// same seed and the same life of the streams give the same deliveries.
///
/// By default nothing goes wrong: each event is delivered once, at once, in order.
///
/// ```
/// use livecut_sim::Disorder;
/// use std::time::Duration;
///
/// let disorder = Disorder::seeded(7)
///     .with_duplicates(25)
///     .with_losses(10)
///     .with_delays(Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "disorder does nothing until it is given to a `WebhookSpec`"]
pub struct Disorder {
    seed: u64,
    duplicated: u8,
    lost: u8,
    late: Duration,
}

/// What becomes of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) late: Duration,
    pub(super) lost: bool,
}

impl Disorder {
    /// Nothing wrong yet, and the seed that will decide.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// How many of a hundred events are sent twice, each copy with its own delay and its own
    /// retries. From 100 on, all.
    pub fn with_duplicates(mut self, percent: u8) -> Self {
        self.duplicated = percent;
        self
    }

    /// How many of a hundred attempts get lost on the way: to the provider they failed, so it sends
    /// again, if it does at all. From 100 on, all.
    pub fn with_losses(mut self, percent: u8) -> Self {
        self.lost = percent;
        self
    }

    /// Attempts arrive late, each by its own length up to this one, so that they overtake each
    /// other.
    pub fn with_delays(mut self, length: Duration) -> Self {
        self.late = length;
        self
    }

    /// How often an event is sent: once or twice.
    pub(super) fn copies(self, event: [u64; 3]) -> u64 {
        let mut rng = self.rng(&event);
        if hits(&mut rng, self.duplicated) {
            2
        } else {
            1
        }
    }

    pub(super) fn fate(self, event: [u64; 3], copy: u64, attempt: u32) -> Fate {
        let [webhook, stream, number] = event;
        let mut rng = self.rng(&[webhook, stream, number, copy, attempt.into()]);
        // In microseconds: 584,000 years of them fit.
        let most = u64::try_from(self.late.as_micros()).unwrap_or(u64::MAX);
        Fate {
            late: Duration::from_micros(rng.u64(0..=most)),
            lost: hits(&mut rng, self.lost),
        }
    }

    /// A generator for these numbers alone, whatever was drawn before and in whichever order.
    fn rng(self, numbers: &[u64]) -> fastrand::Rng {
        let seed = numbers.iter().fold(self.seed, |seed, number| {
            fastrand::Rng::with_seed(seed ^ number).u64(..)
        });
        fastrand::Rng::with_seed(seed)
    }
}

fn hits(rng: &mut fastrand::Rng, percent: u8) -> bool {
    rng.u8(0..100) < percent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_wrong_by_default() {
        for n in 0..1000 {
            let disorder = Disorder::seeded(n);
            let fate = Fate {
                late: Duration::ZERO,
                lost: false,
            };
            assert_eq!(disorder.copies([1, 1, n]), 1);
            assert_eq!(disorder.fate([1, 1, n], 1, 1), fate);
        }
    }

    #[test]
    fn a_hundred_percent_is_always_and_a_quarter_about_a_quarter() {
        let all = Disorder::seeded(1).with_duplicates(100).with_losses(100);
        let quarter = Disorder::seeded(1).with_duplicates(25).with_losses(25);
        let (mut twice, mut lost) = (0, 0);
        for n in 0..10_000 {
            assert_eq!(all.copies([1, 1, n]), 2);
            assert!(all.fate([1, 1, n], 1, 1).lost);
            twice += quarter.copies([1, 1, n]) - 1;
            lost += u64::from(quarter.fate([1, 1, n], 1, 1).lost);
        }
        assert!((2300..2700).contains(&twice), "{twice}");
        assert!((2300..2700).contains(&lost), "{lost}");
    }

    #[test]
    fn a_fate_follows_from_the_seed_and_the_attempt_alone() {
        let disorder = |seed| Disorder::seeded(seed).with_delays(Duration::from_secs(60));
        let fate = disorder(1).fate([1, 2, 3], 1, 1);
        assert!(fate.late <= Duration::from_secs(60));
        assert_eq!(disorder(1).fate([1, 2, 3], 1, 1), fate);
        for other in [
            disorder(2).fate([1, 2, 3], 1, 1),
            disorder(1).fate([2, 2, 3], 1, 1),
            disorder(1).fate([1, 3, 3], 1, 1),
            disorder(1).fate([1, 2, 4], 1, 1),
            disorder(1).fate([1, 2, 3], 2, 1),
            disorder(1).fate([1, 2, 3], 1, 2),
        ] {
            assert_ne!(other, fate);
        }
    }
}
