//! The line that shows how waiting goes, on a terminal.

use std::pin::pin;
use std::time::Duration;

use livecut::{
    InProgress, LiveStreamStopper, LiveStreamStopperExt as _, Ready, Ticket, WaitError, WaitEvent,
    WaitPolicy,
};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::duration::rounded_up;
use crate::printer;
use crate::signal::{ENDING, asked_to_end};
use crate::status_line::StatusLine;
use crate::text::clean;

const REDRAW: Duration = Duration::from_secs(1);

/// What the looks have seen so far.
#[derive(Debug, Default)]
struct Seen {
    progress: Option<InProgress>,
    trouble: Option<&'static str>,
    next_look: Option<Instant>,
}

/// Waits for the recording, and shows on stderr, where that is a terminal, how it goes. A look that is
/// under way when the program is asked to end comes to its end, unless it is asked again: it may make a
/// cut that is owed.
pub(crate) async fn wait(
    stopper: &dyn LiveStreamStopper,
    ticket: &Ticket,
    timeout: Duration,
) -> Result<Ready, WaitError> {
    let begun = Instant::now();
    let (tell, seen) = watch::channel(Seen::default());
    let policy = WaitPolicy::new()
        .with_timeout(timeout)
        .with_cancel(asked_to_end(1))
        .with_abort(asked_to_end(2))
        .with_observer(move |event| tell.send_modify(|seen| seen.learn(event)));
    let mut waiting = pin!(stopper.wait(ticket, policy));
    let mut asked = pin!(asked_to_end(1));
    let mut is_ending = false;
    // Erased however the waiting ends, so that what comes next begins on a clean line.
    let shown = StatusLine::new();
    let mut redraw = interval(REDRAW);
    redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            ended = &mut waiting => return ended,
            // It waits for an answer, or else it had ended.
            () = &mut asked, if !is_ending => {
                is_ending = true;
                if let Some(shown) = &shown {
                    shown.erase();
                }
                printer::stderr().write_raw(ENDING);
            }
            _ = redraw.tick(), if shown.is_some() && !is_ending => {
                if let Some(shown) = &shown {
                    shown.show(&line(&seen.borrow(), begun.elapsed()));
                }
            }
        }
    }
}

impl Seen {
    fn learn(&mut self, event: WaitEvent<'_>) {
        let next_look_in = match event {
            WaitEvent::InProgress {
                progress,
                next_look_in,
                ..
            } => {
                self.progress = Some(progress.clone());
                self.trouble = None;
                next_look_in
            }
            WaitEvent::LookFailed {
                error,
                next_look_in,
                ..
            } => {
                self.trouble = Some(error.kind().as_str());
                next_look_in
            }
            _ => return,
        };
        self.next_look = Instant::now().checked_add(next_look_in);
    }
}

fn line(seen: &Seen, elapsed: Duration) -> String {
    let stage = seen.progress.as_ref().map_or("looking", InProgress::stage);
    let mut line = format!("{} · {}", rounded_up(whole(elapsed)), clean(stage));
    if let Some(trouble) = seen.trouble {
        line.push_str(&format!(" · the last look failed: {trouble}"));
    }
    if let Some(at) = seen.next_look {
        let left = at.saturating_duration_since(Instant::now());
        line.push_str(&format!(" · next look in {}", rounded_up(left)));
    }
    line
}

/// The seconds that have passed.
fn whole(elapsed: Duration) -> Duration {
    Duration::from_secs(elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_line_shows_the_time_the_stage_and_the_next_look() {
        let ticket = Ticket::new("example", livecut::StreamId::new("x").unwrap());
        let seen = Seen {
            progress: Some(InProgress::new(ticket, "trimming\u{1b}[2J", Duration::ZERO)),
            trouble: Some("unavailable"),
            next_look: Instant::now().checked_add(Duration::from_millis(9_500)),
        };
        assert_eq!(
            line(&seen, Duration::from_millis(65_900)),
            "1m 5s · trimming[2J · the last look failed: unavailable · next look in 10s"
        );
        assert_eq!(line(&Seen::default(), Duration::ZERO), "0s · looking");
    }
}
