//! From an unknown effect to what a look at the stream proves.

use crate::{
    Certainty, Effect, Error, LiveStreamStopper, Result, StopOutcome, StopRequest, StreamStatus,
};

/// Looks before the stop, so that a look after it proves something.
pub(crate) async fn stop_and_reconcile<S: LiveStreamStopper + ?Sized>(
    stopper: &S,
    request: &StopRequest,
) -> Result<StopOutcome> {
    // To stop comes first: that the look failed is no reason not to.
    let before = stopper.status(request.stream()).await.ok();
    match (stopper.stop(request).await, before) {
        (Err(error), Some(before)) => reconcile(stopper, request, &before, error).await,
        (result, _) => result,
    }
}

pub(crate) async fn reconcile<S: LiveStreamStopper + ?Sized>(
    stopper: &S,
    request: &StopRequest,
    before: &StreamStatus,
    error: Error,
) -> Result<StopOutcome> {
    let effect = error.effect();
    let was_on_air = before.provider() == stopper.provider()
        && before.stream() == request.stream()
        && before.state().is_on_air();
    if effect.stopped != Certainty::Unknown || !was_on_air {
        return Err(error);
    }
    let Ok(after) = stopper.status(request.stream()).await else {
        return Err(error);
    };
    if !after.state().is_over() {
        return Err(error);
    }
    // Where all is one call, and it was only to stop, there is nothing else that could be missing.
    let was_all = stopper.capabilities().single_call()
        && request.cut().is_none()
        && request.visibility().is_none();
    match error.ticket() {
        Some(ticket) if was_all => {
            Ok(StopOutcome::new(ticket.clone()).with_recording(after.recording().cloned()))
        }
        _ => Err(error.with_effect(Effect {
            stopped: Certainty::Yes,
            ..effect
        })),
    }
}
