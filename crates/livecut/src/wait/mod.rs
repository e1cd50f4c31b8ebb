//! From a ticket to a recording that can be played.

mod error;
mod policy;

pub use error::{WaitError, WaitErrorKind};
pub use policy::{WaitEvent, WaitPolicy};

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    Effect, Error, ErrorKind, LiveStreamStopper, Progress, Ready, Result, Standing, StopRequest,
    Ticket,
};
use error::Seen;
use policy::Wanted;

/// After a failed look nobody waits longer on the provider's word: the next look hears whether it still holds.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Stops, then waits. An owed cut is what the waiting is for.
pub(crate) async fn stop_and_wait<S: LiveStreamStopper + ?Sized>(
    stopper: &S,
    request: &StopRequest,
    mut policy: WaitPolicy<'_>,
) -> Result<Ready, WaitError> {
    let begun = Instant::now();
    let cancelled = |error: Error| {
        let error = error.with_provider(stopper.provider());
        WaitError::stop(WaitErrorKind::Cancelled, error, begun.elapsed())
    };
    if policy.is_cancelled().await {
        let unsent = Error::new(ErrorKind::Cancelled, "cancelled before it was sent");
        return Err(cancelled(unsent));
    }
    let Some(stopped) = policy.unless_aborted(stopper.stop(request)).await else {
        return Err(cancelled(given_up(stopper, request)));
    };
    let (ticket, effect) = match stopped {
        Ok(outcome) => {
            policy.tell(WaitEvent::Stopped { outcome: &outcome });
            (outcome.ticket().clone(), outcome.effect())
        }
        Err(error) => match error.ticket() {
            Some(ticket) if error.standing() == Standing::CutOwed => {
                policy.tell(WaitEvent::CutOwed { error: &error });
                (ticket.clone(), error.effect())
            }
            _ => {
                return Err(WaitError::stop(WaitErrorKind::Stop, error, begun.elapsed()));
            }
        },
    };
    go_on(stopper, Seen::new(ticket, effect), policy).await
}

/// What there is of a stop that was given up on while it was under way.
fn given_up<S: LiveStreamStopper + ?Sized>(stopper: &S, request: &StopRequest) -> Error {
    let error = Error::new(ErrorKind::Cancelled, "given up under way");
    let plan = match stopper.plan(request) {
        Ok(plan) => plan,
        // It is refused, so nothing of it was under way.
        Err(refusal) => return error.with_source(refusal),
    };
    error
        .with_effect(plan.possible_effect(request))
        .with_ticket(plan.ticket().cloned())
}

/// Follows the ticket until the recording is ready, or waiting is no use any more.
pub(crate) async fn wait<S: LiveStreamStopper + ?Sized>(
    stopper: &S,
    ticket: &Ticket,
    policy: WaitPolicy<'_>,
) -> Result<Ready, WaitError> {
    go_on(stopper, Seen::new(ticket.clone(), Effect::NONE), policy).await
}

/// Waits, after what `seen` has of the stop before.
async fn go_on<S: LiveStreamStopper + ?Sized>(
    stopper: &S,
    mut seen: Seen,
    mut policy: WaitPolicy<'_>,
) -> Result<Ready, WaitError> {
    let begun = Instant::now();
    // One too far to express is none.
    let deadline = begun.checked_add(policy.timeout);
    let mut pauses = policy.pauses();
    loop {
        if policy.is_cancelled().await {
            return Err(WaitError::new(WaitErrorKind::Cancelled, seen));
        }
        let looked = policy
            .unless_aborted(look(stopper, &seen.ticket, deadline))
            .await;
        seen.elapsed = begun.elapsed();
        let Some(looked) = looked else {
            seen.dropped();
            return Err(WaitError::new(WaitErrorKind::Cancelled, seen));
        };
        let asked = match looked {
            Some(Ok(Progress::Ready(ready))) => return Ok(ready),
            Some(Ok(Progress::InProgress(progress))) => {
                let check_again_in = progress.check_again_in();
                seen.progress(Progress::InProgress(progress));
                Wanted::Advice(check_again_in)
            }
            Some(Ok(failed @ Progress::Failed(_))) => {
                seen.progress(failed);
                return Err(WaitError::new(WaitErrorKind::Failed, seen));
            }
            Some(Err(error)) => {
                let passing = is_passing(&error);
                let retry_after = error.retry_after().map(|asked| asked.min(LONGEST_ASKED));
                seen.error(error);
                if !passing {
                    return Err(WaitError::new(WaitErrorKind::Follow, seen));
                }
                Wanted::Demand(retry_after)
            }
            None => {
                seen.dropped();
                return Err(WaitError::new(WaitErrorKind::TimedOut, seen));
            }
        };
        if policy.is_cancelled().await {
            return Err(WaitError::new(WaitErrorKind::Cancelled, seen));
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let Some(pause) = pauses.next(asked, left) else {
            return Err(WaitError::new(WaitErrorKind::TimedOut, seen));
        };
        if let Some(event) = seen.event(pause) {
            policy.tell(event);
        }
        policy.pause(pause).await;
    }
}

/// One step; `None` where the deadline ran out first. Dropping a `follow` is safe.
async fn look<S: LiveStreamStopper + ?Sized>(
    stopper: &S,
    ticket: &Ticket,
    deadline: Option<Instant>,
) -> Option<Result<Progress>> {
    let step = stopper.follow(ticket);
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, step).await.ok(),
        None => Some(step.await),
    }
}

/// Whether another look may well succeed although this one failed.
fn is_passing(error: &Error) -> bool {
    // What a step left unknown, the next one finds out.
    error.is_unknown()
        || matches!(
            error.kind(),
            // The way to the provider, or the provider, is in trouble.
            ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Interrupted
            | ErrorKind::RateLimited
            | ErrorKind::Unavailable
            | ErrorKind::ProviderFailed
            // A body that was cut off, or a proxy's page.
            | ErrorKind::UnexpectedResponse
            // A step that the stream's state doesn't allow yet.
            | ErrorKind::Conflict
            | ErrorKind::CutOwed
        )
}
