//! Durations as people write them: `30s`, `2m`, `1h 30m`.

use std::fmt;
use std::time::Duration;

/// Reads a duration of an argument. Zero is refused: no call can be made in it.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("give a duration longer than zero".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("a duration is written like `30s`, `2m` or `1h30m`".to_owned()),
    }
}

/// A duration in whole seconds, rounded up: `2m`, `1h 5s`.
pub(crate) fn rounded_up(duration: Duration) -> impl fmt::Display {
    humantime::format_duration(Duration::from_secs(whole_seconds(duration)))
}

/// The seconds of a duration, rounded up, so that a wait of that many is never too short.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_forms_are_read() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_duration_is_refused_with_the_form() {
        for text in [
            "",
            "30",
            "-3s",
            "1.5.5s",
            "s",
            "soon",
            "99999999999999999999s",
        ] {
            assert!(
                parse(text).is_err_and(|message| message.contains("`30s`")),
                "{text}"
            );
        }
        assert!(parse("0s").is_err());
    }

    #[test]
    fn a_wait_is_never_shown_as_shorter_than_it_is() {
        assert_eq!(
            rounded_up(Duration::from_millis(64_001)).to_string(),
            "1m 5s"
        );
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
    }
}
