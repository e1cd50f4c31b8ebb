//! What `stop --wait` and `follow` share.

use std::time::Duration;

use livecut::{CutVerdict, Effect, LiveStreamStopper, Progress, Ready, Ticket, WaitErrorKind};

use crate::exit::{Exit, Phase};
use crate::failure::Failure;
use crate::human::hms;
use crate::progress;
use crate::signal;

/// What waiting came to.
pub(super) struct Waited {
    /// What the last look that succeeded saw.
    pub(super) progress: Option<Progress>,
    /// Why there is no recording to play, or why it isn't the one that was asked for.
    pub(super) failure: Option<Box<Failure>>,
    /// Of this run's stop, where it made one, and of all looks.
    pub(super) effect: Effect,
}

/// Looks once, or waits until the recording can be played.
pub(super) async fn follow(
    stopper: &dyn LiveStreamStopper,
    ticket: &Ticket,
    timeout: Option<Duration>,
) -> Result<Waited, Box<Failure>> {
    if let Some(timeout) = timeout {
        return Ok(wait(stopper, ticket, timeout, None).await);
    }
    // It may make a cut that is owed, so it isn't dropped for one signal.
    let (looked, _) = signal::to_its_end(stopper.follow(ticket)).await;
    let looked = looked.ok_or_else(|| interrupted(ticket, ticket.possible_effect()))?;
    let progress = looked.map_err(|error| Failure::of(Phase::Call, &error))?;
    Ok(Waited::seen(ticket, progress, None))
}

/// Waits until the recording can be played. `stop` is the effect of this run's stop,
/// where it made one.
pub(super) async fn wait(
    stopper: &dyn LiveStreamStopper,
    ticket: &Ticket,
    timeout: Duration,
    stop: Option<Effect>,
) -> Waited {
    match progress::wait(stopper, ticket, timeout).await {
        Ok(ready) => Waited::seen(ticket, Progress::Ready(ready), stop),
        Err(error) => {
            let failure = Failure::of_wait(&error, stop);
            Waited {
                progress: error.progress().cloned(),
                effect: failure.report.effect(),
                failure: Some(failure),
            }
        }
    }
}

impl Waited {
    /// What following this ticket saw in the end.
    pub(super) fn seen(followed: &Ticket, progress: Progress, stop: Option<Effect>) -> Self {
        let stop = stop.unwrap_or(Effect::NONE);
        let effect = stop.then(progress.effect_since(followed));
        Self {
            failure: shortcoming(&progress).map(|failure| failure.with_effect(effect)),
            progress: Some(progress),
            effect,
        }
    }
}

/// The program was asked to end before the recording was ready. `effect` is of all that it did.
pub(super) fn interrupted(ticket: &Ticket, effect: Effect) -> Box<Failure> {
    let exit = match effect.is_unknown() {
        true => Exit::Unknown,
        false => Exit::NoRecording,
    };
    Failure::new(
        exit,
        "interrupted",
        "interrupted before the recording was ready; follow the ticket to go on",
    )
    .with_ticket(ticket)
    .with_effect(effect)
}

/// Why what one look saw isn't a success: the recording failed, or isn't the cut.
pub(super) fn shortcoming(progress: &Progress) -> Option<Box<Failure>> {
    match progress {
        Progress::InProgress(_) => None,
        Progress::Ready(ready) => differing(ready),
        Progress::Failed(failed) => {
            let message = format!(
                "{}: the recording failed: {}",
                failed.ticket().provider(),
                failed.reason()
            );
            Some(
                Failure::new(Exit::NoRecording, WaitErrorKind::Failed.as_str(), message)
                    .with_ticket(failed.ticket()),
            )
        }
    }
}

fn differing(ready: &Ready) -> Option<Box<Failure>> {
    let (Some(cut), Some(CutVerdict::Differs { actual })) = (ready.cut(), ready.verdict()) else {
        return None;
    };
    let message = format!(
        "{}: the recording lasts {}, and the cut {}: look at it before anyone else does",
        ready.ticket().provider(),
        hms(actual),
        hms(cut.effective().duration()),
    );
    Some(Failure::new(Exit::NotAsAsked, "cut_differs", message).with_ticket(ready.ticket()))
}

#[cfg(test)]
mod tests {
    use livecut::{Cut, CutRange, Recording, RecordingId, StreamId};

    use super::*;

    fn ready(verdict: CutVerdict) -> Progress {
        let range = CutRange::seconds(30, 120).unwrap();
        let cut = Cut::new(range, range);
        let ticket = Ticket::new("example", StreamId::new("abc").unwrap()).with_cut(Some(cut));
        let recording = Recording::new(RecordingId::new("vod").unwrap());
        Progress::Ready(Ready::new(ticket, recording, Some(verdict)))
    }

    #[test]
    fn a_recording_that_is_clearly_not_the_cut_is_no_success() {
        let actual = Duration::from_secs(3600);
        let failure = shortcoming(&ready(CutVerdict::Differs { actual })).unwrap();
        assert_eq!(failure.exit, Exit::NotAsAsked);
        assert!(
            failure
                .report
                .message()
                .contains("lasts 1:00:00, and the cut 0:01:30")
        );
        assert!(failure.report.ticket().is_some());
    }

    #[test]
    fn a_cut_that_nobody_confirms_is_no_failure() {
        assert!(shortcoming(&ready(CutVerdict::Unconfirmed)).is_none());
        assert!(shortcoming(&ready(CutVerdict::Confirmed)).is_none());
    }
}
