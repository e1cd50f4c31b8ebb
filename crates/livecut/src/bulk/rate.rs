use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use crate::{Error, ErrorKind, Result};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many calls a provider takes in a time.
///
/// Its text form is `1000/s`, `90/m` or `500/h`.
///
/// ```
/// use std::num::NonZeroU32;
/// use livecut::Rate;
///
/// let rate: Rate = "90/m".parse()?;
/// assert_eq!(Some(rate), NonZeroU32::new(90).map(Rate::per_minute));
/// # Ok::<(), livecut::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    calls: NonZeroU32,
    per: Duration,
}

impl Rate {
    /// This many calls in each `per`; `None` where that is zero.
    #[must_use]
    pub const fn new(calls: NonZeroU32, per: Duration) -> Option<Self> {
        if per.is_zero() {
            return None;
        }
        Some(Self { calls, per })
    }

    /// This many calls a second.
    #[must_use]
    pub const fn per_second(calls: NonZeroU32) -> Self {
        Self { calls, per: SECOND }
    }

    /// This many calls a minute.
    #[must_use]
    pub const fn per_minute(calls: NonZeroU32) -> Self {
        Self { calls, per: MINUTE }
    }

    /// This many calls an hour.
    #[must_use]
    pub const fn per_hour(calls: NonZeroU32) -> Self {
        Self { calls, per: HOUR }
    }

    /// How many calls.
    #[must_use]
    pub const fn calls(self) -> NonZeroU32 {
        self.calls
    }

    /// In which time.
    #[must_use]
    pub const fn per(self) -> Duration {
        self.per
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per {
            SECOND => write!(f, "{}/s", self.calls),
            MINUTE => write!(f, "{}/m", self.calls),
            HOUR => write!(f, "{}/h", self.calls),
            per => write!(f, "{}/{per:?}", self.calls),
        }
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Reads `1000/s`, `90/m` and `500/h`.
    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let (calls, unit) = text.split_once('/')?;
            let per = match unit {
                "s" => SECOND,
                "m" => MINUTE,
                "h" => HOUR,
                _ => return None,
            };
            let digits = calls.bytes().all(|byte| byte.is_ascii_digit());
            let calls = calls.parse().ok().filter(|_| digits)?;
            Some(Self { calls, per })
        };
        read().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidRequest,
                "a rate is a whole number of calls, not zero, in a second, a minute or an hour: \
                 1000/s, 90/m, 500/h",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_what_it_writes() {
        for text in ["1000/s", "90/m", "1/h", "4294967295/s"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        let odd = Rate::new(NonZeroU32::MIN, Duration::from_millis(1500)).unwrap();
        assert_eq!(odd.to_string(), "1/1.5s");
    }

    #[test]
    fn a_rate_is_in_the_time_that_it_is_named_for() {
        let calls = NonZeroU32::new(90).unwrap();
        for (rate, text) in [
            (Rate::per_second(calls), "90/s"),
            (Rate::per_minute(calls), "90/m"),
            (Rate::per_hour(calls), "90/h"),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap(), rate);
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
        ] {
            let error = text.parse::<Rate>().unwrap_err();
            assert!(error.to_string().contains("1000/s"), "{text:?}: {error}");
        }
        assert_eq!(Rate::new(NonZeroU32::MIN, Duration::ZERO), None);
    }
}
