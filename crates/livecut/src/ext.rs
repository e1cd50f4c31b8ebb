use crate::bulk::{self, StopAll, StopAllOptions};
use crate::reconcile;
use crate::wait::{self, WaitError, WaitPolicy};
use crate::{
    Error, LiveStreamStopper, Ready, Result, Standing, StopOutcome, StopRequest, StreamStatus,
    Ticket,
};

/// What every [`LiveStreamStopper`] can do beyond its one-step methods.
///
/// Implemented for all of them, `dyn LiveStreamStopper` included: only bring it into scope.
///
/// Needs a tokio runtime with its timer on. The times are tokio's, so a test can pause them.
///
/// ```
/// use std::time::Duration;
/// use livecut::testing::{FollowReply, ScriptedStopper, StopReply};
/// use livecut::{
///     CutRange, LiveStreamStopperExt, Recording, RecordingId, StopRequest, StreamId, WaitPolicy,
/// };
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stopper = ScriptedStopper::new()
///     .on_stop(StopReply::accepted())
///     .on_follow(FollowReply::in_progress("transcoding", Duration::from_secs(5)).times(3))
///     .on_follow(FollowReply::ready(Recording::new(RecordingId::new("vod-1")?)));
///
/// let request = StopRequest::new(StreamId::new("room-7")?).with_cut(CutRange::seconds(30, 120)?);
/// let policy = WaitPolicy::new().with_timeout(Duration::from_secs(600));
/// let ready = stopper.stop_and_wait(&request, policy).await?;
/// assert_eq!(ready.recording().id().as_str(), "vod-1");
/// # Ok(())
/// # }
/// ```
pub trait LiveStreamStopperExt: LiveStreamStopper {
    /// [Stops](LiveStreamStopper::stop), and gives the ticket to go on with, also if the cut is still
    /// [owed](crate::Standing::CutOwed): the one call that is right at every provider.
    ///
    /// `Ok`: the stream is ended, and its cut is made, or accepted by the provider, or owed. An owed cut is made by
    /// whoever follows the ticket ([`wait`](Self::wait) does), so the ticket must be followed. Where a provider makes
    /// a cut in a call after the stop, that is how a stop can end although all went well; `stop` itself then
    /// fails with kind [`CutOwed`](crate::ErrorKind::CutOwed). [`Ticket::owes_cut`] tells the two apart.
    ///
    /// ```
    /// use livecut::testing::{ScriptedStopper, StopReply};
    /// use livecut::{CutRange, LiveStreamStopperExt, StopRequest, StreamId};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let stopper = ScriptedStopper::new()
    ///     .on_stop(StopReply::accepted())
    ///     .on_stop(StopReply::cut_owed());
    ///
    /// let request = StopRequest::new(StreamId::new("room-7")?).with_cut(CutRange::seconds(30, 120)?);
    /// assert!(!stopper.begin(&request).await?.owes_cut());
    /// assert!(stopper.begin(&request).await?.owes_cut());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the stop, whose [standing](Error::standing) is then another than `CutOwed`.
    ///
    /// # Cancellation
    /// As for [`stop`](LiveStreamStopper::stop).
    fn begin(&self, request: &StopRequest) -> impl Future<Output = Result<Ticket>> + Send;

    /// [Follows](LiveStreamStopper::follow) the ticket until the recording can be played.
    ///
    /// It looks at once, then again after pauses that grow and are spread at random, never
    /// before the provider wants it, until the policy's timeout. An error that passes
    /// (the provider can't be reached, or is busy or troubled) doesn't end it; the
    /// [observer](WaitPolicy::with_observer) is told.
    ///
    /// It claims no more than the provider said: see [`Ready::cut`].
    ///
    /// # Errors
    /// [`WaitError`] says why it ended, what it last saw, and has the ticket to go on with.
    ///
    /// # Cancellation
    /// Dropping the future is safe: wait again with the same ticket.
    fn wait(
        &self,
        ticket: &Ticket,
        policy: WaitPolicy<'_>,
    ) -> impl Future<Output = Result<Ready, WaitError>> + Send;

    /// [Stops](LiveStreamStopper::stop), then [waits](Self::wait). A cut that is
    /// [owed](crate::ErrorKind::CutOwed) when the stop returns is made in the course of it.
    ///
    /// # Errors
    /// As [`wait`](Self::wait); and where the stop did less than was asked for, kind
    /// [`Stop`](crate::WaitErrorKind::Stop) with the stop's own error.
    ///
    /// # Cancellation
    /// As for [`stop`](LiveStreamStopper::stop) until it has returned, which the
    /// [observer](WaitPolicy::with_observer) is told; from then on as for [`wait`](Self::wait).
    /// To have the ticket in hand by then, store it in the observer, or call the two one
    /// after the other.
    fn stop_and_wait(
        &self,
        request: &StopRequest,
        policy: WaitPolicy<'_>,
    ) -> impl Future<Output = Result<Ready, WaitError>> + Send;

    /// Looks at the stream after a stop whose effect is unknown, and says what that proves.
    ///
    /// `before` is a look from right before the stop, `error` what the stop came to. If the stream
    /// was on air then ([`Live`](crate::StreamState::Live) or
    /// [`Interrupted`](crate::StreamState::Interrupted)) and is over now
    /// ([`Processing`](crate::StreamState::Processing) or
    /// [`Ended`](crate::StreamState::Ended)), an unknown `stopped` becomes yes. It says that
    /// the stream is over, and that it ended in between; not whose doing that was. A stream
    /// that was over before proves nothing, and nor does one that isn't over yet: the request
    /// may still arrive. So nothing ever becomes no, and asking again later is always safe.
    ///
    /// An unknown `cut` stays unknown: no look shows a cut that isn't made yet. What a stream
    /// that ended by itself keeps is all of it, so check the recording.
    ///
    /// One look, and never a second stop. Some providers have a single word, or none, by which a stream is known to be
    /// over, so less is proved there.
    ///
    /// # Errors
    /// The error as it was, with a `stopped` that is yes where that is proved. Where it was only
    /// to stop, in one call, that was all: then it is `Ok`.
    ///
    /// # Cancellation
    /// Dropping the future is harmless.
    fn reconcile(
        &self,
        request: &StopRequest,
        before: &StreamStatus,
        error: Error,
    ) -> impl Future<Output = Result<StopOutcome>> + Send;

    /// [Looks](LiveStreamStopper::status), [stops](LiveStreamStopper::stop), and
    /// [reconciles](Self::reconcile) an effect that is unknown.
    ///
    /// The stop is made whatever the first look says, also if it fails. The looks have
    /// deadlines of their own, so all three can take as long as three calls.
    ///
    /// ```
    /// use livecut::testing::{ScriptedStopper, StatusReply, StopReply};
    /// use livecut::{
    ///     Certainty, CutRange, Effect, ErrorKind, LiveStreamStopperExt, StopRequest, StreamId,
    ///     StreamState,
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let unknown = Effect::new(Certainty::Unknown, Certainty::Unknown);
    /// let stopper = ScriptedStopper::new()
    ///     .on_status(StatusReply::state(StreamState::Live, "Streaming"))
    ///     .on_stop(StopReply::error(ErrorKind::Interrupted, unknown))
    ///     .on_status(StatusReply::state(StreamState::Ended, "Completed"));
    ///
    /// let request = StopRequest::new(StreamId::new("room-7")?).with_cut(CutRange::seconds(30, 120)?);
    /// let error = stopper.stop_and_reconcile(&request).await.unwrap_err();
    /// assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::Unknown));
    /// assert_eq!(stopper.stops().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the stop, reconciled.
    ///
    /// # Cancellation
    /// As for [`stop`](LiveStreamStopper::stop).
    fn stop_and_reconcile(
        &self,
        request: &StopRequest,
    ) -> impl Future<Output = Result<StopOutcome>> + Send;

    /// Stops many streams, some at once, and gives the result of each as it comes:
    /// [`stop_all`](crate::stop_all), which says more, with a borrow of this stopper.
    fn stop_all<'a, I>(&'a self, requests: I, options: StopAllOptions) -> StopAll<'a, I::Item>
    where
        I: IntoIterator<Item: AsRef<StopRequest> + Send + 'a, IntoIter: Send + 'a>;
}

impl<S: LiveStreamStopper + ?Sized> LiveStreamStopperExt for S {
    async fn begin(&self, request: &StopRequest) -> Result<Ticket> {
        match self.stop(request).await {
            Ok(outcome) => Ok(outcome.ticket().clone()),
            Err(error) => match error.ticket() {
                Some(ticket) if error.standing() == Standing::CutOwed => Ok(ticket.clone()),
                _ => Err(error),
            },
        }
    }

    async fn wait(&self, ticket: &Ticket, policy: WaitPolicy<'_>) -> Result<Ready, WaitError> {
        wait::wait(self, ticket, policy).await
    }

    async fn stop_and_wait(
        &self,
        request: &StopRequest,
        policy: WaitPolicy<'_>,
    ) -> Result<Ready, WaitError> {
        wait::stop_and_wait(self, request, policy).await
    }

    async fn reconcile(
        &self,
        request: &StopRequest,
        before: &StreamStatus,
        error: Error,
    ) -> Result<StopOutcome> {
        reconcile::reconcile(self, request, before, error).await
    }

    async fn stop_and_reconcile(&self, request: &StopRequest) -> Result<StopOutcome> {
        reconcile::stop_and_reconcile(self, request).await
    }

    fn stop_all<'a, I>(&'a self, requests: I, options: StopAllOptions) -> StopAll<'a, I::Item>
    where
        I: IntoIterator<Item: AsRef<StopRequest> + Send + 'a, IntoIter: Send + 'a>,
    {
        bulk::stop_all(self, requests, options)
    }
}
