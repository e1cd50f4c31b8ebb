//! Medians, quartiles, and how sure a median is: by order alone, so that no shape of the noise is taken for granted.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "numbers for people, of few rounds"
)]

use std::fmt;

/// What the rounds of a measurement come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Half of the rounds are below.
    pub median: f64,
    /// Where the true median lies, with a confidence of 95 % or more; of less than six rounds, all of them.
    pub interval: (f64, f64),
    /// The middle half of the rounds.
    pub quartiles: (f64, f64),
}

impl Summary {
    /// Summarizes the rounds.
    ///
    /// # Panics
    /// Where there are none.
    #[must_use]
    pub fn of(mut rounds: Vec<f64>) -> Self {
        assert!(!rounds.is_empty(), "nothing was measured");
        rounds.sort_by(f64::total_cmp);
        let last = rounds.len() - 1;
        let from_both_ends = |below: usize| (rounds[below], rounds[last - below]);
        let (lower, upper) = from_both_ends(last / 2);
        Self {
            median: f64::midpoint(lower, upper),
            interval: from_both_ends(outside(rounds.len())),
            quartiles: from_both_ends(last / 4),
        }
    }
}

impl fmt::Display for Summary {
    /// As three cells of a table, to the precision that is asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(3);
        let (low, high) = self.interval;
        let (first, third) = self.quartiles;
        write!(
            f,
            "{:.digits$} | {low:.digits$} to {high:.digits$} | {first:.digits$} to {third:.digits$}",
            self.median
        )
    }
}

/// Where a median is to lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// Here or above.
    AtLeast(f64),
    /// Here or below.
    AtMost(f64),
}

impl Goal {
    /// What the rounds show of it. Where the interval holds the goal, they show neither: then the
    /// verdict says on which side the median is.
    #[must_use]
    pub fn verdict(self, summary: &Summary) -> &'static str {
        let (low, high) = summary.interval;
        let is_met_at = |value: f64| match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
        };
        match (is_met_at(low) && is_met_at(high), is_met_at(summary.median)) {
            (true, _) => "met",
            (false, true) => "met by the median, the interval holds the goal",
            (false, false) if is_met_at(low) || is_met_at(high) => {
                "missed by the median, the interval holds the goal"
            }
            (false, false) => "missed",
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(goal) => write!(f, "{goal} or more"),
            Self::AtMost(goal) => write!(f, "{goal} or less"),
        }
    }
}

/// How many of the sorted rounds lie outside of the interval, on each side (the sign test's): one less than the fewest heads
/// that as many tosses of a coin come up with by a chance of more than 2.5 %.
fn outside(rounds: usize) -> usize {
    let tosses = rounds as f64;
    let mut chance = 0.5_f64.powf(tosses);
    let mut sum = 0.0;
    for heads in 0..rounds {
        sum += chance;
        if sum > 0.025 {
            return heads.saturating_sub(1);
        }
        let heads = heads as f64;
        chance *= (tosses - heads) / (heads + 1.0);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_sign_tests() {
        // By its tables the 6th of 20 to the 15th, the 40th of 100 to the 61st.
        for (rounds, below) in [
            (1, 0),
            (5, 0),
            (6, 0),
            (10, 1),
            (20, 5),
            (50, 17),
            (100, 39),
        ] {
            assert_eq!(outside(rounds), below, "{rounds}");
        }
    }

    #[test]
    fn a_goal_is_met_or_missed_only_where_the_whole_interval_is_on_one_side() {
        let summary = |low, median, high| Summary {
            median,
            interval: (low, high),
            quartiles: (low, high),
        };
        for (low, median, high, at_least, at_most) in [
            (0.98, 0.99, 1.00, "met", "missed"),
            (0.97, 0.97, 0.97, "met", "met"),
            (0.94, 0.95, 0.96, "missed", "met"),
        ] {
            let summary = summary(low, median, high);
            assert_eq!(Goal::AtLeast(0.97).verdict(&summary), at_least);
            assert_eq!(Goal::AtMost(0.97).verdict(&summary), at_most);
        }
        let above = summary(0.96, 0.98, 0.99);
        assert!(Goal::AtLeast(0.97).verdict(&above).starts_with("met by"));
        assert!(Goal::AtMost(0.97).verdict(&above).starts_with("missed by"));
    }

    #[test]
    fn rounds_are_summarized_in_any_order() {
        let summary = |rounds: &[f64]| Summary::of(rounds.to_vec()).to_string();
        assert_eq!(
            summary(&[3.0, 1.0, 2.0, 5.0, 4.0]),
            "3.000 | 1.000 to 5.000 | 2.000 to 4.000"
        );
        assert_eq!(
            summary(&[4.0, 1.0, 3.0, 2.0]),
            "2.500 | 1.000 to 4.000 | 1.000 to 4.000"
        );
        assert_eq!(summary(&[7.0]), "7.000 | 7.000 to 7.000 | 7.000 to 7.000");
    }
}
