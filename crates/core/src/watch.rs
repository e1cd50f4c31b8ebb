use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Effect, Ticket};

/// What a stop has come to so far, for whoever gives it up: it outlives the future that was dropped.
///
/// [`StopRequest::with_watch`](crate::StopRequest::with_watch) hands it to an adapter, which keeps it right at every point at
/// which the future can be dropped. An adapter over the crate `livecut-http` does that by itself.
/// Clones are handles on the same one. It is for one stop at a time.
///
/// ```
/// use livecut_core::{Effect, LiveStreamStopper, StopRequest, StopWatch};
///
/// /// Stops, unless that is given up, and says what was done by then.
/// async fn stop_until(
///     stopper: &dyn LiveStreamStopper,
///     request: StopRequest,
///     given_up: impl Future<Output = ()>,
/// ) -> Option<Effect> {
///     let watch = StopWatch::new();
///     let request = request.with_watch(watch.clone());
///     let stop = stopper.stop(&request);
///     # let mut given_up = std::pin::pin!(given_up);
///     # let mut stop = stop;
///     # let stopped = std::future::poll_fn(|cx| match given_up.as_mut().poll(cx) {
///     #     std::task::Poll::Ready(()) => std::task::Poll::Ready(None),
///     #     std::task::Poll::Pending => stop.as_mut().poll(cx).map(Some),
///     # }).await;
///     # drop(stop);
///     // tokio::select! { stopped = stop => ..., () = given_up => ... }
///     match stopped {
///         Some(Ok(outcome)) => Some(outcome.effect()),
///         Some(Err(error)) => Some(error.effect()),
///         None => watch.effect(),
///     }
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct StopWatch(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    effect: Option<Effect>,
    ticket: Option<Ticket>,
}

impl StopWatch {
    /// A watch of a stop that wasn't begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the stop did so far; a call that is under way is unknown if it may have left. When the stop has
    /// returned it is what it returned.
    ///
    /// `None`: the adapter tells nothing, or the future was never polled. Of a stop that was begun, nothing is known
    /// but what its plan tells ([`StopPlan::possible_effect`](crate::StopPlan::possible_effect)).
    pub fn effect(&self) -> Option<Effect> {
        self.seen().effect
    }

    /// The ticket to go on with, where something may have been applied, as for
    /// [`Error::ticket`](crate::Error::ticket).
    pub fn ticket(&self) -> Option<Ticket> {
        let seen = self.seen();
        seen.ticket
            .clone()
            .filter(|_| seen.effect.is_some_and(|effect| !effect.is_none()))
    }

    /// For adapters: sets what was done so far.
    pub fn set_effect(&self, effect: Effect) {
        self.seen().effect = Some(effect);
    }

    /// For adapters: sets what there is to go on with.
    pub fn set_ticket(&self, ticket: Option<Ticket>) {
        self.seen().ticket = ticket;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Nothing is left half set.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Certainty, StreamId};

    #[test]
    fn a_ticket_shows_only_where_there_is_something_to_follow() {
        let (watch, told) = (StopWatch::new(), StopWatch::default());
        assert_eq!((watch.effect(), watch.ticket()), (None, None));
        let other = watch.clone();
        other.set_ticket(Some(Ticket::new("x", StreamId::new("y").unwrap())));
        other.set_effect(Effect::NONE);
        assert_eq!((watch.effect(), watch.ticket()), (Some(Effect::NONE), None));
        other.set_effect(Effect::new(Certainty::Unknown, Certainty::No));
        assert!(watch.ticket().is_some());
        assert_eq!(told.effect(), None);
    }
}
