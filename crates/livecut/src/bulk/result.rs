use std::sync::Arc;

use crate::journal::{BoxError, History};
use crate::{Error, Result, Standing, StopOutcome, StopRequest};

/// What one request of a [`stop_all`](super::stop_all) came to. There is exactly one for each.
#[derive(Debug)]
#[non_exhaustive]
pub struct StopResult<R = StopRequest> {
    pub(super) index: usize,
    pub(super) input: R,
    pub(super) attempts: u32,
    pub(super) result: Result<StopOutcome>,
    pub(super) kept: Option<Box<Kept>>,
}

/// What a journal has of it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) history: History,
    pub(super) is_earlier: bool,
    pub(super) unnoted: Option<Arc<BoxError>>,
}

impl<R> StopResult<R> {
    /// Of a request that was never sent.
    pub(super) const fn unsent(index: usize, input: R, error: Error) -> Self {
        Self {
            index,
            input,
            attempts: 0,
            result: Err(error),
            kept: None,
        }
    }

    /// Where the request stood in the input, from 0.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// What was given to [`stop_all`](super::stop_all): the request, or what it is part of.
    pub const fn input(&self) -> &R {
        &self.input
    }

    /// How often the stop was begun: 0 where it was refused by its plan, or cancelled before;
    /// more than 1 where the provider refused it for its rate.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the stop came to. With a journal: what all steps for the stream came to, those of earlier runs included.
    ///
    /// # Errors
    /// As of [`stop`](crate::LiveStreamStopper::stop); and of kind
    /// [`Cancelled`](crate::ErrorKind::Cancelled): of no effect where it was cancelled before it
    /// was sent, of an unknown one where it was aborted under way. Of kind [`Journal`](crate::ErrorKind::Journal): it wasn't
    /// begun, for the journal can't be read or written.
    pub const fn result(&self) -> Result<&StopOutcome, &Error> {
        self.result.as_ref()
    }

    /// Where the stream stands: what to do next. `None`: all that was asked for is done, or accepted.
    ///
    /// It is the error's [standing](Error::standing), and of a result of an earlier run what that left.
    pub fn standing(&self) -> Option<Standing> {
        match &self.kept {
            Some(kept) if kept.is_earlier => kept.history.standing(),
            _ => self.result().err().map(Error::standing),
        }
    }

    /// Whether earlier runs found the result out, by the journal, and this one nothing new.
    pub fn is_earlier(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.is_earlier)
    }

    /// What is known of the stream now, if there is a [journal](super::StopAll::with_journal). It has the result also if the journal
    /// [lacks it](Self::unnoted).
    pub fn history(&self) -> Option<&History> {
        self.kept.as_ref().map(|kept| &kept.history)
    }

    /// Why the journal may lack this result: keep it elsewhere, for a later run will say that it is unknown.
    pub fn unnoted(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        let why = self.kept.as_ref()?.unnoted.as_ref()?;
        Some(&***why)
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
    pub fn request(&self) -> &StopRequest {
        self.input.as_ref()
    }
}
