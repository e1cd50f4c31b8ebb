use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Capabilities, Progress, Result, StopOutcome, StopPlan, StopRequest, StreamId, StreamStatus,
    Ticket,
};

/// Ends live streams at one provider and keeps just the part that is wanted.
///
/// It is object-safe: programs hold an `Arc<dyn LiveStreamStopper>`. Every
/// adapter implements all of it (there are no default methods, so a wrapper
/// can't miss one); conveniences such as waiting are in the facade crate.
///
/// ```
/// use livecut_core::{CutRange, Error, LiveStreamStopper, StopRequest, StreamId, Ticket};
///
/// /// Ends a class. It works the same at every provider.
/// async fn end_class(
///     stopper: &dyn LiveStreamStopper,
///     stream: StreamId,
///     class: CutRange,
/// ) -> Result<Ticket, Error> {
///     let outcome = stopper.stop(&StopRequest::new(stream).with_cut(class)).await?;
///     // Here the provider has both: the stop and the cut.
///     Ok(outcome.ticket().clone())
/// }
/// ```
#[async_trait]
pub trait LiveStreamStopper: Debug + Send + Sync + 'static {
    /// The provider's name: lower-case ASCII, digits, `-` and `_`, as it stands in
    /// tickets and errors.
    fn provider(&self) -> &'static str;

    /// What the provider can do, as far as its documents say. Cheap and pure.
    fn capabilities(&self) -> Capabilities;

    /// Tells what [`stop`](Self::stop) would do. Pure: nothing is sent.
    ///
    /// # Errors
    /// All that can be refused without I/O is refused here. Effect: none.
    fn plan(&self, request: &StopRequest) -> Result<StopPlan>;

    /// Ends the stream and has the recording cut.
    ///
    /// `Ok` means that everything asked for was done, or accepted by the provider.
    ///
    /// # Errors
    /// Anything less. [`Error::effect`](crate::Error::effect) says what did happen,
    /// [`Error::ticket`](crate::Error::ticket), where there is one, goes on from there, and
    /// [`Error::standing`](crate::Error::standing) says what is next.
    ///
    /// # Cancellation
    /// Dropping the future sends nothing more and leaves no task behind. A request
    /// that had left may still be applied. A [watch](StopRequest::with_watch) tells what was done by then and
    /// what is unknown; without one, treat a dropped `stop` as
    /// an unknown effect, and ask [`status`](Self::status). Prefer a timeout,
    /// whose error says more.
    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome>;

    /// Looks at a stream. Changes nothing.
    ///
    /// # Errors
    /// The look failed. Effect: none.
    ///
    /// # Cancellation
    /// Dropping the future is harmless.
    async fn status(&self, stream: &StreamId) -> Result<StreamStatus>;

    /// Takes one step towards the finished recording. Calling it again, also
    /// from another process, is always safe.
    ///
    /// It changes something only where the ticket [owes its cut](Ticket::owes_cut): then it makes
    /// the cut once the provider allows it, and looks first whether that was done before.
    ///
    /// # Errors
    /// The step failed, which says nothing against the recording: follow again.
    /// [`Error::effect`](crate::Error::effect) is what this step did: of a cut that is owed, yes or unknown where it
    /// may have been made; none of any other ticket.
    ///
    /// # Cancellation
    /// Dropping the future is safe: follow again with the same ticket. Where the ticket owes its
    /// cut, treat a dropped step as an unknown cut.
    async fn follow(&self, ticket: &Ticket) -> Result<Progress>;
}

/// What `async_trait` makes of an async method's return type.
type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

// The async methods hand the inner future on as it is: `async fn` here would box a
// second future around it, at each call through an `Arc<dyn LiveStreamStopper>`.
macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<T: LiveStreamStopper + ?Sized> LiveStreamStopper for $pointer<T> {
            fn provider(&self) -> &'static str {
                (**self).provider()
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
                (**self).plan(request)
            }

            fn stop<'s, 'r, 'a>(&'s self, request: &'r StopRequest) -> Pending<'a, StopOutcome>
            where
                's: 'a,
                'r: 'a,
                Self: 'a,
            {
                (**self).stop(request)
            }

            fn status<'s, 'r, 'a>(&'s self, stream: &'r StreamId) -> Pending<'a, StreamStatus>
            where
                's: 'a,
                'r: 'a,
                Self: 'a,
            {
                (**self).status(stream)
            }

            fn follow<'s, 'r, 'a>(&'s self, ticket: &'r Ticket) -> Pending<'a, Progress>
            where
                's: 'a,
                'r: 'a,
                Self: 'a,
            {
                (**self).follow(ticket)
            }
        }
    )*};
}

forward!(Arc, Box);
