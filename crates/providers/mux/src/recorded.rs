//! What was recorded so far, by what the reads before the end tell. Pure.

use std::time::{Duration, SystemTime};

use livecut_core::{Bounds, Cut, Error, ErrorKind, Result};

use crate::translate::one_start;
use crate::wire::Asset;

/// How far a cut may reach beyond what is known: `Date` is in whole seconds, and a clip that lacks no more
/// than that of a finished recording is still the cut.
const SLACK: Duration = Duration::from_secs(1);

/// What a cut is held against before anything is ended. What isn't told refuses nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// How long the recording is, at most.
    length: Option<Duration>,
    /// Whether it is over, so that the length stays.
    over: bool,
    /// What time it is at Mux.
    now: Option<SystemTime>,
}

impl Recorded {
    /// `over`: the broadcast isn't live any more.
    pub(crate) fn new(asset: &Asset, over: bool, now: Option<SystemTime>) -> Self {
        let done = over && asset.status.as_deref() == Some("ready") && asset.is_live != Some(true);
        let finished = asset
            .duration
            .filter(|_| done)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        // Of several sessions nobody knows what lies between them.
        let since_start = || now?.duration_since(one_start(asset)?.into()).ok();
        Self {
            length: finished.or_else(since_start),
            over: finished.is_some(),
            now,
        }
    }

    /// Refuses a cut that ends after what was recorded: it can't be made, now or later.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`]. Effect: none.
    pub(crate) fn holds(&self, cut: &Cut) -> Result<()> {
        let refuse = |why: String| Err(Error::new(ErrorKind::Conflict, why));
        if let (Bounds::WallClock { end, .. }, Some(now)) = (cut.requested().bounds(), self.now)
            && let Ok(ahead) = SystemTime::from(end).duration_since(now)
            && ahead > SLACK
        {
            return refuse(format!(
                "the cut ends {ahead:?} ahead of now, by the provider's clock: stop the stream when \
                 it is over"
            ));
        }
        let Bounds::Offset { end, .. } = cut.effective().bounds() else {
            return Ok(());
        };
        match self.length {
            Some(length) if end > length.saturating_add(SLACK) => {
                let (so_far, hint) = if self.over {
                    ("", "give an end within it")
                } else {
                    (" so far", "stop the stream when it is over")
                };
                let millis = if end > length.saturating_mul(100) {
                    "; milliseconds are written `600000ms`"
                } else {
                    ""
                };
                refuse(format!(
                    "the recording is {length:?} long{so_far}, and the cut ends at {end:?}: \
                     {hint}{millis}"
                ))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "2025-01-13T07:50:00Z";
    const START_EPOCH: u64 = 1_736_754_600;

    fn asset(json: &str) -> Asset {
        serde_json::from_str(&json.replace("START", START)).unwrap()
    }

    fn after_start(seconds: u64) -> Option<SystemTime> {
        let epoch = START_EPOCH.checked_add(seconds)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(epoch))
    }

    fn cut(text: &str) -> Cut {
        let range = text.parse().unwrap();
        Cut::new(range, range)
    }

    const LIVE: &str = r#"{"status":"ready","is_live":true,"duration":3.0,"recording_times":[{"started_at":"START","type":"content"}]}"#;
    const OVER: &str = r#"{"status":"ready","duration":3599.5,"recording_times":[{"started_at":"START","type":"content"}]}"#;

    #[test]
    fn a_cut_is_held_against_what_is_told_and_nothing_else() {
        let two = r#"{"recording_times":[{"started_at":"START","type":"content"},{"started_at":"START","type":"content"}]}"#;
        let slate = r#"{"recording_times":[{"started_at":"START","type":"slate"}]}"#;
        for (json, over, now, range, refused) in [
            (LIVE, false, after_start(15), "20..25", true),
            (LIVE, false, after_start(15), "600000..900000", true),
            (LIVE, false, after_start(15), "5..15.9", false),
            (LIVE, false, after_start(15), "5..16", false),
            (LIVE, false, after_start(15), "5..16.1", true),
            // Nothing tells.
            (LIVE, false, None, "20..25", false),
            (two, false, after_start(15), "20..25", false),
            (slate, false, after_start(15), "20..25", false),
            ("{}", false, after_start(15), "20..25", false),
            // It is over: the duration counts, and not the time since.
            (OVER, true, after_start(9000), "7200..7300", true),
            (OVER, true, after_start(9000), "3500..3600", false),
            (OVER, true, None, "7200..7300", true),
            // It isn't ready yet: it can't be longer than since it began.
            (LIVE, true, after_start(15), "20..25", true),
        ] {
            let recorded = Recorded::new(&asset(json), over, now);
            let result = recorded.holds(&cut(range));
            assert_eq!(
                result.is_err(),
                refused,
                "{json} {over} {range}: {result:?}"
            );
        }
    }

    #[test]
    fn the_refusal_says_the_numbers_and_what_may_be_meant() {
        let said = |range| {
            let recorded = Recorded::new(&asset(LIVE), false, after_start(1000));
            recorded.holds(&cut(range)).unwrap_err().to_string()
        };
        let past = said("20..1025");
        assert!(past.contains("1000s long so far"), "{past}");
        assert!(past.contains("the cut ends at 1025s"), "{past}");
        assert!(!past.contains("milliseconds"), "{past}");
        let millis = said("600000..900000");
        assert!(millis.contains("milliseconds are written"), "{millis}");
    }

    #[test]
    fn an_end_ahead_of_now_is_refused_whatever_the_recording_s_start() {
        let recorded = Recorded::new(&asset("{}"), false, after_start(600));
        assert!(recorded.holds(&cut("@1736754600..@1736755201")).is_ok());
        let ahead = recorded.holds(&cut("@1736754600..@1736755202"));
        let error = ahead.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("2s ahead of now"), "{error}");
    }
}
