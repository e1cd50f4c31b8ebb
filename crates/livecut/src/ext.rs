use crate::wait::{self, WaitError, WaitPolicy};
use crate::{LiveStreamStopper, Ready, StopRequest, Ticket};

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
/// let policy = WaitPolicy::new().with_deadline(Duration::from_secs(600));
/// let ready = stopper.stop_and_wait(&request, policy).await?;
/// assert_eq!(ready.recording().id().as_str(), "vod-1");
/// # Ok(())
/// # }
/// ```
pub trait LiveStreamStopperExt: LiveStreamStopper {
    /// [Follows](LiveStreamStopper::follow) the ticket until the recording can be played.
    ///
    /// It looks at once, then again after pauses that grow and are spread at random, never
    /// before the provider wants it, until the policy's deadline. An error that passes
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
}

impl<S: LiveStreamStopper + ?Sized> LiveStreamStopperExt for S {
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
}
