use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use crate::{Error, ErrorKind, Method, Result};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many calls a provider takes in a time, and how many at once after a pause.
///
/// Its text form is `1000/s`, `90/m` or `500/h`; with a burst of 20, `5/s+20`.
///
/// ```
/// use livecut_core::Rate;
///
/// let rate: Rate = "90/m".parse()?;
/// assert_eq!(Rate::per_minute(90), Some(rate));
/// // No calls at all are no rate.
/// assert_eq!(Rate::per_minute(0), None);
/// let rate: Rate = "5/s+20".parse()?;
/// assert_eq!(rate.burst().get(), 20);
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    calls: NonZeroU32,
    per: Duration,
    burst: NonZeroU32,
}

impl Rate {
    /// This many calls in each `per`, evenly; `None` if either is zero.
    pub const fn new(calls: u32, per: Duration) -> Option<Self> {
        match NonZeroU32::new(calls) {
            Some(calls) if !per.is_zero() => Some(Self {
                calls,
                per,
                burst: NonZeroU32::MIN,
            }),
            _ => None,
        }
    }

    /// This many calls a second; `None` if that is zero.
    pub const fn per_second(calls: u32) -> Option<Self> {
        Self::new(calls, SECOND)
    }

    /// This many calls a minute; `None` if that is zero.
    pub const fn per_minute(calls: u32) -> Option<Self> {
        Self::new(calls, MINUTE)
    }

    /// This many calls an hour; `None` if that is zero.
    pub const fn per_hour(calls: u32) -> Option<Self> {
        Self::new(calls, HOUR)
    }

    /// As many calls at once after a pause (default: 1; 0 is taken for 1). A provider that fills a bucket with
    /// tokens takes as many as the bucket holds.
    #[must_use]
    pub const fn with_burst(mut self, calls: u32) -> Self {
        self.burst = match NonZeroU32::new(calls) {
            Some(calls) => calls,
            None => NonZeroU32::MIN,
        };
        self
    }

    /// How many calls.
    pub const fn calls(self) -> NonZeroU32 {
        self.calls
    }

    /// In which time.
    pub const fn per(self) -> Duration {
        self.per
    }

    /// How many calls at once after a pause.
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per {
            SECOND => write!(f, "{}/s", self.calls),
            MINUTE => write!(f, "{}/m", self.calls),
            HOUR => write!(f, "{}/h", self.calls),
            per => write!(f, "{}/{per:?}", self.calls),
        }?;
        match self.burst {
            NonZeroU32::MIN => Ok(()),
            burst => write!(f, "+{burst}"),
        }
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Reads `1000/s`, `90/m`, `500/h` and `5/s+20`.
    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let (calls, rest) = text.split_once('/')?;
            let (unit, burst) = match rest.split_once('+') {
                Some((unit, burst)) => (unit, number(burst)?),
                None => (rest, NonZeroU32::MIN),
            };
            let per = match unit {
                "s" => SECOND,
                "m" => MINUTE,
                "h" => HOUR,
                _ => return None,
            };
            let calls = number(calls)?;
            Some(Self { calls, per, burst })
        };
        read().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidRequest,
                "a rate is a whole number of calls, not zero, in a second, a minute or an hour: \
                 1000/s, 90/m, 500/h; or with how many at once after a pause: 5/s+20",
            )
        })
    }
}

fn number(text: &str) -> Option<NonZeroU32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// The rates of all calls, or of calls of each kind: a provider may count some methods apart.
///
/// ```
/// use livecut_core::{Method, Rate, RateLimits};
///
/// let limits =
///     RateLimits::new().with_rate(Rate::per_second(5)).with_method(Method::Post, Rate::per_second(1));
/// assert_eq!(limits.rate(), Rate::per_second(5));
/// assert_eq!(limits.methods().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct RateLimits {
    rate: Option<Rate>,
    methods: Vec<(Method, Rate)>,
}

impl RateLimits {
    /// No rate is known.
    pub const fn new() -> Self {
        Self {
            rate: None,
            methods: Vec::new(),
        }
    }

    /// The rate of all calls together, but for those of a method with a rate of its own. `None` leaves it as it is.
    pub fn with_rate(mut self, rate: impl Into<Option<Rate>>) -> Self {
        self.rate = rate.into().or(self.rate);
        self
    }

    /// The rate of all calls of this method, which don't count for the others' then. `None` leaves it as it is.
    pub fn with_method(mut self, method: Method, rate: impl Into<Option<Rate>>) -> Self {
        if let Some(rate) = rate.into() {
            self.methods.retain(|(other, _)| *other != method);
            self.methods.push((method, rate));
        }
        self
    }

    /// The rate of the calls without one of their own.
    pub const fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// The methods with a rate of their own.
    pub fn methods(&self) -> &[(Method, Rate)] {
        &self.methods
    }

    /// Whether no rate is known at all.
    pub fn is_empty(&self) -> bool {
        self.rate.is_none() && self.methods.is_empty()
    }
}

impl From<Rate> for RateLimits {
    fn from(rate: Rate) -> Self {
        Self::new().with_rate(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_what_it_writes() {
        for text in ["1000/s", "90/m", "1/h", "4294967295/s", "5/s+20"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        let odd = Rate::new(1, Duration::from_millis(1500)).unwrap();
        assert_eq!(odd.to_string(), "1/1.5s");
    }

    #[test]
    fn a_rate_is_in_the_time_that_it_is_named_for() {
        for (rate, text) in [
            (Rate::per_second(90), "90/s"),
            (Rate::per_minute(90), "90/m"),
            (Rate::per_hour(90), "90/h"),
        ] {
            assert_eq!(text.parse().ok(), rate);
        }
    }

    #[test]
    fn what_is_no_rate_is_refused_with_what_is_one() {
        for text in [
            "",
            "/",
            "10",
            "0/s",
            "-1/s",
            "+1/s",
            "1.5/s",
            "10/d",
            "10/ s",
            " 10/s",
            "NaN/s",
            "1/s/s",
            "4294967296/s",
            "5/s+",
            "5/s+0",
            "5+20/s",
        ] {
            let error = text.parse::<Rate>().unwrap_err();
            assert!(error.to_string().contains("1000/s"), "{text:?}: {error}");
        }
        assert_eq!(Rate::new(1, Duration::ZERO), None);
        assert_eq!(Rate::new(0, SECOND), None);
    }

    #[test]
    fn no_burst_is_one_call_at_a_time_and_no_rate_changes_no_limit() {
        let rate = Rate::per_second(5).unwrap();
        assert_eq!(rate.with_burst(20).with_burst(0), rate);
        let limits = RateLimits::from(rate).with_method(Method::Post, Rate::per_second(1));
        let same = limits.clone().with_rate(Rate::per_second(0));
        assert_eq!(same.with_method(Method::Post, Rate::per_second(0)), limits);
    }
}
