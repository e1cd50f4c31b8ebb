use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::Method;

/// Tells the calls of many stops when each may be sent, so that they keep a provider's rate together.
///
/// [`StopRequest::with_pace`](crate::StopRequest::with_pace) hands it to an adapter, which asks before each request that it
/// sends, reads and repetitions included, and says what the provider made of it. `stop_all` of the crate `livecut` does;
/// an adapter over the crate `livecut-http` heeds it by itself.
#[async_trait]
pub trait Pace: fmt::Debug + Send + Sync {
    /// Waits until a call may be sent, and gives the turn that it has then. `None`, and the call isn't to be sent: its
    /// turn won't come within `time_left`, or it would be a stop's first change, and the calls after it would have no turn
    /// within that time.
    ///
    /// Then the stop ends with [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited), with the effect of the calls before.
    ///
    /// # Cancellation
    /// Dropping the future gives its place to the next.
    async fn admit(&self, method: Method, time_left: Duration) -> Option<Turn>;

    /// The provider took the call: any answer but a 429.
    fn taken(&self, turn: Turn);

    /// The provider refused the call for its rate, and asks to wait so long, if it says that. The call is to be
    /// admitted again before it is sent again; the adapter doesn't wait by itself.
    fn refused(&self, turn: Turn, retry_after: Option<Duration>);
}

/// A call's turn, for the [`Pace`] that gave it: the call's method, and a number of the pace's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    method: Method,
    number: u64,
}

impl Turn {
    /// The turn of a call of this method.
    pub const fn new(method: Method, number: u64) -> Self {
        Self { method, number }
    }

    /// The call's method.
    pub const fn method(self) -> Method {
        self.method
    }

    /// What the pace knows it by.
    pub const fn number(self) -> u64 {
        self.number
    }
}
