use crate::{Error, Result, StopOutcome, StopRequest};

/// What one request of a [`stop_all`](super::stop_all) came to. There is exactly one for each.
#[derive(Debug)]
#[non_exhaustive]
pub struct StopResult<R = StopRequest> {
    pub(super) index: usize,
    pub(super) input: R,
    pub(super) attempts: u32,
    pub(super) result: Result<StopOutcome>,
}

impl<R> StopResult<R> {
    /// Where the request stood in the input, from 0.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// What was given to [`stop_all`](super::stop_all): the request, or what it is part of.
    #[must_use]
    pub const fn input(&self) -> &R {
        &self.input
    }

    /// How often the stop was begun: 0 where it was refused by its plan, or cancelled before;
    /// more than 1 where the provider refused it for its rate.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the stop came to.
    ///
    /// # Errors
    /// As of [`stop`](crate::LiveStreamStopper::stop); and of kind
    /// [`Cancelled`](crate::ErrorKind::Cancelled): of no effect where it was cancelled before it
    /// was sent, of an unknown one where it was aborted under way.
    pub const fn result(&self) -> Result<&StopOutcome, &Error> {
        self.result.as_ref()
    }

    /// The [result](Self::result), owned.
    ///
    /// # Errors
    /// Those of [`result`](Self::result).
    pub fn into_result(self) -> Result<StopOutcome> {
        self.result
    }

    /// The input, and the [result](Self::result).
    pub fn into_parts(self) -> (R, Result<StopOutcome>) {
        (self.input, self.result)
    }
}

impl<R: AsRef<StopRequest>> StopResult<R> {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &StopRequest {
        self.input.as_ref()
    }
}
