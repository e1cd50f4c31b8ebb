use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::WaitEvent;
use crate::{Effect, Error, ErrorReport, Progress, Standing, Ticket};

/// Why a wait ended without a recording to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitErrorKind {
    /// [`stop_and_wait`](crate::LiveStreamStopperExt::stop_and_wait) only: the stop did less
    /// than was asked for, and there was no waiting. [`WaitError::error`] is the stop's,
    /// with its [effect](Error::effect).
    Stop,
    /// The provider says that the recording won't become ready by itself.
    Failed,
    /// A look failed in a way that waiting doesn't mend: the credential, the settings or the
    /// ticket are refused, say.
    Follow,
    /// The deadline ran out: at the last look before it, or because a `Retry-After` allows none.
    TimedOut,
    /// The caller ended it ([`WaitPolicy::with_cancel`](crate::WaitPolicy::with_cancel),
    /// [`with_abort`](crate::WaitPolicy::with_abort)).
    Cancelled,
}

impl WaitErrorKind {
    /// The kind's name in `snake_case`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Failed => "failed",
            Self::Follow => "follow",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for WaitErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A wait that ended without a recording to play, and what it last saw.
///
/// `Display` is one sentence; [`source`](StdError::source) is [`error`](Self::error).
///
/// ```
/// use livecut::{WaitError, WaitErrorKind};
///
/// /// What is worth trying again later, with the same ticket.
/// fn try_again(error: &WaitError) -> Option<String> {
///     match error.kind() {
///         WaitErrorKind::TimedOut | WaitErrorKind::Follow => error.ticket().map(ToString::to_string),
///         _ => None,
///     }
/// }
/// ```
#[derive(Debug)]
pub struct WaitError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: WaitErrorKind,
    ticket: Option<Ticket>,
    progress: Option<Progress>,
    error: Option<Error>,
    /// Whether that is the stop's.
    is_of_stop: bool,
    effect: Effect,
    elapsed: Duration,
}

impl WaitError {
    pub(super) fn new(kind: WaitErrorKind, seen: Seen) -> Self {
        Self(Box::new(Inner {
            kind,
            ticket: Some(seen.ticket),
            progress: seen.progress,
            error: seen.error,
            is_of_stop: false,
            effect: seen.effect,
            elapsed: seen.elapsed,
        }))
    }

    /// What became of the stop before any waiting.
    pub(super) fn stop(kind: WaitErrorKind, error: Error, elapsed: Duration) -> Self {
        Self(Box::new(Inner {
            kind,
            ticket: error.ticket().cloned(),
            progress: None,
            effect: error.effect(),
            error: Some(error),
            is_of_stop: true,
            elapsed,
        }))
    }

    /// What was done, or may have been, until the waiting ended: by the stop, if this was
    /// [`stop_and_wait`](crate::LiveStreamStopperExt::stop_and_wait), and by every look.
    ///
    /// A look that made an owed cut makes `cut` yes. One that the deadline or the caller ended while the cut was owed makes it
    /// unknown, for its request may have left.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Where things are left: the one answer to what is next. A cut that [failed](WaitErrorKind::Failed) isn't owed any more.
    pub fn standing(&self) -> Standing {
        let ticket = self.0.ticket.as_ref();
        let ticket = ticket.filter(|_| self.0.kind != WaitErrorKind::Failed);
        Standing::of(self.0.effect, ticket)
    }

    /// Why it ended, to match on.
    pub fn kind(&self) -> WaitErrorKind {
        self.0.kind
    }

    /// The newest ticket, to go on with: another wait with it is safe at any time. `None`
    /// only where the stop failed and left none.
    pub fn ticket(&self) -> Option<&Ticket> {
        self.0.ticket.as_ref()
    }

    /// What the last look that succeeded saw.
    pub fn progress(&self) -> Option<&Progress> {
        self.0.progress.as_ref()
    }

    /// The stop's error, or the last look's, where that failed.
    pub fn error(&self) -> Option<&Error> {
        self.0.error.as_ref()
    }

    /// The same as [`error`](Self::error), owned.
    pub fn into_error(self) -> Option<Error> {
        self.0.error
    }

    /// What it says, to be kept or printed. Its message is the `Display` with the causes, each after a colon.
    ///
    /// Its kind is that of the [error](Self::error) which ended the wait, if one did, or else the wait's own ([`kind`](Self::kind)).
    ///
    /// ```
    /// use livecut::{ErrorReport, Standing, WaitError};
    ///
    /// /// What a program keeps of a wait, and goes by after a restart.
    /// fn keep(error: &WaitError) -> serde_json::Result<String> {
    ///     serde_json::to_string(&error.report())
    /// }
    ///
    /// fn next(kept: &str) -> serde_json::Result<Standing> {
    ///     Ok(serde_json::from_str::<ErrorReport>(kept)?.standing())
    /// }
    /// ```
    pub fn report(&self) -> ErrorReport {
        let kind = self.0.kind;
        let unanswered = || ErrorReport::new(kind.as_str(), "");
        let answered = self.0.error.as_ref().map(Error::report);
        let mut report = answered
            .unwrap_or_else(unanswered)
            .with_message(ErrorReport::in_full(self))
            .with_effect(self.0.effect);
        if !matches!(kind, WaitErrorKind::Stop | WaitErrorKind::Follow) {
            report = report.with_kind(kind.as_str());
        }
        if let Some(ticket) = &self.0.ticket {
            report = report
                .with_provider(ticket.provider().to_owned())
                .with_ticket(ticket.clone());
        }
        match kind {
            WaitErrorKind::Failed => report.with_cut_given_up(),
            _ => report,
        }
    }

    /// The time from when the waiting began; for a failed stop, from when the stop did.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(ticket) = &inner.ticket {
            write!(f, "{}: ", ticket.provider())?;
        } else if let Some(provider) = inner.error.as_ref().and_then(Error::provider) {
            write!(f, "{provider}: ")?;
        }
        match inner.kind {
            WaitErrorKind::Stop => {
                return f.write_str(
                    "the stop didn't do all that was asked for, so there is no waiting",
                );
            }
            WaitErrorKind::Failed => {
                f.write_str("the recording failed")?;
            }
            WaitErrorKind::Follow => {
                f.write_str("following the recording failed, and waiting won't mend it")?;
            }
            WaitErrorKind::TimedOut => {
                let seconds = inner.elapsed.as_secs();
                write!(f, "the recording isn't ready after {seconds} s of waiting")?;
            }
            WaitErrorKind::Cancelled => {
                f.write_str("cancelled before the recording was ready")?;
            }
        }
        match &inner.progress {
            Some(Progress::Failed(failed)) => write!(f, ": {}", failed.reason())?,
            Some(Progress::InProgress(progress)) => {
                write!(f, "; the last stage seen is `{}`", progress.stage())?;
            }
            _ => {}
        }
        if matches!(
            inner.kind,
            WaitErrorKind::TimedOut | WaitErrorKind::Cancelled
        ) && inner.ticket.is_some()
        {
            if inner.error.is_some() && !inner.is_of_stop {
                f.write_str("; the last look failed")?;
            }
            f.write_str("; follow the ticket to go on")?;
        }
        Ok(())
    }
}

impl StdError for WaitError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.error {
            Some(error) => Some(error),
            None => None,
        }
    }
}

/// What a wait has seen so far.
pub(super) struct Seen {
    pub(super) ticket: Ticket,
    pub(super) progress: Option<Progress>,
    /// Of the last look, where that failed.
    pub(super) error: Option<Error>,
    /// Of the stop before, and of all looks.
    effect: Effect,
    pub(super) elapsed: Duration,
}

impl Seen {
    pub(super) const fn new(ticket: Ticket, effect: Effect) -> Self {
        Self {
            ticket,
            progress: None,
            error: None,
            effect,
            elapsed: Duration::ZERO,
        }
    }

    pub(super) fn progress(&mut self, progress: Progress) {
        self.effect = self.effect.then(progress.effect_since(&self.ticket));
        self.ticket = progress.ticket().clone();
        self.progress = Some(progress);
        self.error = None;
    }

    pub(super) fn error(&mut self, error: Error) {
        self.effect = self.effect.then(error.effect());
        if let Some(ticket) = error.ticket() {
            self.ticket = ticket.clone();
        }
        self.error = Some(error);
    }

    /// A look was ended before it came to anything. What it may have left, it left with the cut.
    pub(super) fn dropped(&mut self) {
        self.effect = self.effect.then(self.ticket.possible_effect());
    }

    /// What the last look saw, where there will be another one.
    pub(super) const fn event(&self, next_look_in: Duration) -> Option<WaitEvent<'_>> {
        let elapsed = self.elapsed;
        match (&self.error, &self.progress) {
            (Some(error), _) => Some(WaitEvent::LookFailed {
                error,
                elapsed,
                next_look_in,
            }),
            (None, Some(Progress::InProgress(progress))) => Some(WaitEvent::InProgress {
                progress,
                elapsed,
                next_look_in,
            }),
            _ => None,
        }
    }
}
