//! The line that shows how a fetch goes, on a terminal.

use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use livecut::Error;
use livecut::fetch::{Fetch, FetchEvent, Fetched};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::duration::rounded_up;
use crate::human::size;
use crate::signal::asked_to_end;
use crate::status_line::{StatusLine, bar};

const REDRAW: Duration = Duration::from_millis(250);

/// How far it is.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// How many bytes there were at first.
    first: Option<u64>,
    bytes: u64,
    total: Option<u64>,
    trouble: Option<&'static str>,
}

/// A fetch that failed, and whether it got any further before.
pub(crate) struct Broken {
    pub(crate) error: Error,
    pub(crate) got_further: bool,
}

/// Fetches a recording, and shows on stderr, where that is a terminal, how far it is. It is given up on when
/// the program is asked to end: what has come is kept.
pub(crate) async fn fetch(fetch: Fetch<'_>, file: &Path) -> Result<Fetched, Broken> {
    let begun = Instant::now();
    let (tell, seen) = watch::channel(Seen::default());
    let fetch = fetch
        .with_cancel(asked_to_end(1))
        .with_observer(move |event| tell.send_modify(|seen| seen.learn(event)));
    let mut fetching = pin!(fetch.to_file(file));
    // Erased however it ends, so that what comes next begins on a clean line.
    let shown = StatusLine::new();
    let mut redraw = interval(REDRAW);
    redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            ended = &mut fetching => {
                let seen = *seen.borrow();
                return ended.map_err(|error| Broken {
                    error,
                    got_further: seen.first.is_some_and(|first| seen.bytes > first),
                });
            }
            _ = redraw.tick(), if shown.is_some() => {
                if let Some(shown) = &shown {
                    shown.show(&line(&seen.borrow(), begun.elapsed()));
                }
            }
        }
    }
}

impl Seen {
    fn learn(&mut self, event: FetchEvent<'_>) {
        match event {
            FetchEvent::Received { bytes, total } => {
                self.first.get_or_insert(bytes);
                self.trouble = None;
                (self.bytes, self.total) = (bytes, total);
            }
            FetchEvent::Retrying { error, .. } => self.trouble = Some(error.kind().as_str()),
            FetchEvent::Anew => *self = Self::default(),
            _ => {}
        }
    }
}

/// What matters most comes first, so that a narrow terminal has it.
fn line(seen: &Seen, elapsed: Duration) -> String {
    let percent = |total: u64| {
        let hundredfold = u128::from(seen.bytes).saturating_mul(100);
        hundredfold.checked_div(u128::from(total))
    };
    let mut line = match seen.total.and_then(|total| Some((total, percent(total)?))) {
        Some((total, percent)) => format!(
            "{percent:>3}% {} {} of {}",
            bar(seen.bytes, total),
            size(seen.bytes),
            size(total)
        ),
        None => size(seen.bytes),
    };
    let came = seen.bytes.saturating_sub(seen.first.unwrap_or(seen.bytes));
    let rate = u128::from(came)
        .saturating_mul(1000)
        .checked_div(elapsed.as_millis())
        .and_then(|rate| u64::try_from(rate).ok())
        .filter(|rate| *rate > 0);
    if let Some(trouble) = seen.trouble {
        line.push_str(&format!(" · it broke off, trying again: {trouble}"));
    } else if let Some(rate) = rate {
        line.push_str(&format!(" · {}/s", size(rate)));
        let missing = seen.total.and_then(|total| total.checked_sub(seen.bytes));
        if let Some(left) = missing.and_then(|missing| missing.checked_div(rate)) {
            let left = rounded_up(Duration::from_secs(left));
            line.push_str(&format!(" · {left} left"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_how_much_there_is_how_fast_it_comes_and_what_is_wrong() {
        let mut seen = Seen::default();
        assert_eq!(line(&seen, Duration::ZERO), "0 bytes");
        for bytes in [1_000_000, 7_000_000] {
            seen.learn(FetchEvent::Received {
                bytes,
                total: Some(28_000_000),
            });
        }
        assert_eq!(
            line(&seen, Duration::from_secs(3)),
            " 25% [######------------------] 7.0 MB of 28.0 MB · 2.0 MB/s · 10s left"
        );
        let error = Error::new(livecut::ErrorKind::Interrupted, "it broke");
        seen.learn(FetchEvent::Retrying {
            error: &error,
            wait: Duration::ZERO,
        });
        assert!(line(&seen, Duration::from_secs(3)).ends_with("trying again: interrupted"));
        seen.learn(FetchEvent::Anew);
        seen.learn(FetchEvent::Received {
            bytes: 0,
            total: None,
        });
        seen.learn(FetchEvent::Received {
            bytes: 1_500,
            total: None,
        });
        assert_eq!(line(&seen, Duration::from_secs(1)), "1.5 kB · 1.5 kB/s");
    }
}
