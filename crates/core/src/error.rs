use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::words::words;
use crate::{Certainty, Cut, CutRangeError, Effect, InvalidId, InvalidTicket, Standing, Ticket};

/// A `Result` whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call didn't do everything that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request can't be right at any provider (a cut whose end isn't after
    /// its start, an id with a line break, ...). Refused before anything was sent.
    InvalidRequest,
    /// This provider can't do what was asked. Refused before anything was sent.
    Unsupported,
    /// The adapter's settings are missing or wrong. Nothing was sent.
    Configuration,
    /// The ticket is malformed, or belongs to another provider or tenant.
    InvalidTicket,
    /// The provider was never reached: DNS, connect or TLS failed.
    Connect,
    /// The deadline ran out. [`Error::effect`] says whether the request may have left.
    Timeout,
    /// The connection broke while the request or its answer was under way.
    Interrupted,
    /// 401 or 403: the provider doesn't accept the credential for this.
    Unauthorized,
    /// 404 or 410: the provider doesn't know the stream or the recording.
    NotFound,
    /// The stream or its recording is in a state in which this can't be done: a 409, or what an
    /// adapter read before it would have changed anything.
    Conflict,
    /// 429: too many requests; see [`Error::retry_after`].
    RateLimited,
    /// Another 4xx: the provider refused the request as it is.
    Rejected,
    /// A 5xx, or a 408: the provider failed, and doesn't say how far it got.
    Unavailable,
    /// An answer that isn't what the provider documents.
    UnexpectedResponse,
    /// The provider answered that the operation failed, without a status that says so.
    ProviderFailed,
    /// The stream is stopped, and the provider didn't take the cut.
    CutRefused,
    /// The stream is stopped, and the cut can't be in the provider's hands yet:
    /// follow [`Error::ticket`] to have it made.
    CutOwed,
    /// The provider cut although no cut was asked for.
    UnexpectedCut,
    /// The caller gave up on it. [`Error::effect`] says whether it had begun.
    Cancelled,
    /// What is done can't be written down, so it wasn't begun: a journal can't be read or written.
    Journal,
    /// A file of this machine can't be read or written.
    File,
    /// A fault of livecut's own. Please report it.
    Internal,
}

words!(ErrorKind {
    InvalidRequest = "invalid_request",
    Unsupported = "unsupported",
    Configuration = "configuration",
    InvalidTicket = "invalid_ticket",
    Connect = "connect",
    Timeout = "timeout",
    Interrupted = "interrupted",
    Unauthorized = "unauthorized",
    NotFound = "not_found",
    Conflict = "conflict",
    RateLimited = "rate_limited",
    Rejected = "rejected",
    Unavailable = "unavailable",
    UnexpectedResponse = "unexpected_response",
    ProviderFailed = "provider_failed",
    CutRefused = "cut_refused",
    CutOwed = "cut_owed",
    UnexpectedCut = "unexpected_cut",
    Cancelled = "cancelled",
    Journal = "journal",
    File = "file",
    Internal = "internal",
});

impl ErrorKind {
    /// Whether livecut itself refuses what the caller gave: nothing was changed, and the same call is refused again.
    ///
    /// ```
    /// use livecut_core::ErrorKind;
    ///
    /// assert!(ErrorKind::Unsupported.is_refused_by_livecut());
    /// // That is the provider's word.
    /// assert!(!ErrorKind::Rejected.is_refused_by_livecut());
    /// ```
    pub const fn is_refused_by_livecut(self) -> bool {
        matches!(
            self,
            Self::InvalidRequest | Self::Unsupported | Self::Configuration | Self::InvalidTicket
        )
    }
}

/// Anything less than what was asked for, and what did happen.
///
/// `Ok` means that everything asked for was done or accepted by the provider, so
/// `?` never loses a cut. An `Error` says in [`effect`](Self::effect) what the
/// call did or may have done, and in [`ticket`](Self::ticket), where there is one, how to go on
/// from there. [`standing`](Self::standing) is the one answer to what is next.
///
/// `Display` is one sentence about this layer; causes are in
/// [`source`](StdError::source). Neither holds credentials or bodies.
///
/// ```
/// use livecut_core::{Error, ErrorKind, Standing};
///
/// fn what_next(error: &Error) -> &'static str {
///     match error.standing() {
///         Standing::NothingDone => "mend the cause, and stop it again",
///         Standing::CutOwed => "follow the ticket, which has the cut made",
///         Standing::DoneInPart => "the error says what was done: go on from its ticket",
///         _ => "a person must look",
///     }
/// }
///
/// let error = Error::new(ErrorKind::RateLimited, "the provider asks to slow down");
/// assert!(what_next(&error).starts_with("mend"));
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    hint: Option<String>,
    aftermath: Option<Cow<'static, str>>,
    effect: Effect,
    provider: Option<&'static str>,
    ticket: Option<Ticket>,
    retry_after: Option<Duration>,
    response: Option<ErrorResponse>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error that caused nothing ([`Effect::NONE`]) until
    /// [`with_effect`](Self::with_effect) says otherwise.
    ///
    /// `message` is a clause without a final full stop; it must hold no secret
    /// and no part of a provider's answer that could be one.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            aftermath: None,
            effect: Effect::NONE,
            provider: None,
            ticket: None,
            retry_after: None,
            response: None,
            source: None,
        }))
    }

    /// Sets what the call did or may have done.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Sets a clause in place of the one that `Display` ends with by the effect: what the call left
    /// behind, and how to go on, in words that fit this provider.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Unauthorized, "the provider doesn't accept the credential")
    ///     .with_effect(Effect::NONE.with_other(Certainty::Yes))
    ///     .with_aftermath("the recording is closed, and the stream is still on air");
    /// assert!(error.to_string().ends_with("; the recording is closed, and the stream is still on air"));
    /// ```
    #[must_use]
    pub fn with_aftermath(mut self, aftermath: impl Into<Cow<'static, str>>) -> Self {
        self.0.aftermath = Some(aftermath.into());
        self
    }

    /// Sets the provider's name.
    #[must_use]
    pub fn with_provider(mut self, provider: &'static str) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Sets the ticket to go on with. It shows only where something may have been
    /// applied: there is nothing to follow otherwise.
    #[must_use]
    pub fn with_ticket(mut self, ticket: impl Into<Option<Ticket>>) -> Self {
        self.0.ticket = ticket.into().or(self.0.ticket);
        self
    }

    /// Sets how long the provider asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: impl Into<Option<Duration>>) -> Self {
        self.0.retry_after = wait.into().or(self.0.retry_after);
        self
    }

    /// Sets the answer that the error was read from.
    #[must_use]
    pub fn with_response(mut self, response: impl Into<Option<ErrorResponse>>) -> Self {
        self.0.response = response.into().or(self.0.response);
        self
    }

    /// Tells which cut was sent, so that a provider's refusal can say that rounding
    /// may be its cause.
    #[must_use]
    pub fn with_cut(mut self, cut: &Cut) -> Self {
        if self.0.kind == ErrorKind::Rejected && cut.end_was_extended() {
            self.0.hint = Some(format!(
                "rounding moved the end of the cut outward ({} became {}), which may be past \
                 the recording's end: try Rounding::Inward",
                cut.requested(),
                cut.effective()
            ));
        }
        self
    }

    /// Sets the cause. It must show no secret in its `Debug` or `Display`.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong, to match on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the call did or may have done although it failed.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Where the call leaves things: the one answer to what is next.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, Error, ErrorKind, Standing};
    ///
    /// let error = Error::new(ErrorKind::Interrupted, "the connection broke");
    /// assert_eq!(error.standing(), Standing::NothingDone);
    /// let error = error.with_effect(Effect::new(Certainty::Unknown, Certainty::No));
    /// assert_eq!(error.standing(), Standing::Unknown);
    /// ```
    pub fn standing(&self) -> Standing {
        Standing::of(self.0.effect, self.0.ticket.as_ref())
    }

    /// What the call left behind, in words ([`with_aftermath`](Self::with_aftermath)). `Display` ends with it. It
    /// decides nothing: the [effect](Self::effect) says all that it does.
    pub fn aftermath(&self) -> Option<&str> {
        self.0.aftermath.as_deref()
    }

    /// Whether the call changed nothing, so that it can be made again as it was: its
    /// [effect](Self::effect) is none.
    ///
    /// It doesn't say that doing so helps: mend the cause first ([`kind`](Self::kind)), or wait
    /// ([`retry_after`](Self::retry_after)).
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, Error, ErrorKind};
    ///
    /// let refused = Error::new(ErrorKind::Unauthorized, "the provider doesn't accept the credential");
    /// assert!(refused.is_safe_to_repeat());
    ///
    /// // Neither a stop nor a cut, and yet not to be repeated as it was.
    /// let closed = refused.with_effect(Effect::NONE.with_other(Certainty::Yes));
    /// assert!(!closed.is_safe_to_repeat());
    /// ```
    pub fn is_safe_to_repeat(&self) -> bool {
        self.0.effect.is_none()
    }

    /// Whether anything that the call may have done is unknown: so its [effect](Self::effect) says.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Interrupted, "the connection broke");
    /// assert!(!error.is_unknown());
    /// assert!(error.with_effect(Effect::new(Certainty::Unknown, Certainty::No)).is_unknown());
    /// ```
    pub fn is_unknown(&self) -> bool {
        self.0.effect.is_unknown()
    }

    /// The ticket to go on with, where something may have been applied.
    pub fn ticket(&self) -> Option<&Ticket> {
        self.0.ticket.as_ref().filter(|_| !self.is_safe_to_repeat())
    }

    /// The provider that was asked; absent where it had not been chosen yet.
    pub fn provider(&self) -> Option<&'static str> {
        self.0.provider
    }

    /// How long the provider asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The provider's answer, where one arrived.
    pub fn response(&self) -> Option<&ErrorResponse> {
        self.0.response.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(provider) = self.0.provider {
            write!(f, "{provider}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(hint) = &self.0.hint {
            write!(f, " ({hint})")?;
        }
        if let Some(aftermath) = &self.0.aftermath {
            return write!(f, "; {aftermath}");
        }
        let effect = self.0.effect;
        let owes_cut = self.standing() == Standing::CutOwed;
        f.write_str(match (effect.stopped, effect.cut) {
            (Certainty::No, Certainty::No) if effect.other == Certainty::Yes => {
                "; neither a stop nor a cut was made, and something else was changed: \
                 don't repeat the call as it was"
            }
            (Certainty::No, Certainty::No) if effect.other == Certainty::Unknown => {
                "; neither a stop nor a cut was made, and whether something else was changed is \
                 unknown: look before repeating the call"
            }
            (Certainty::No, Certainty::No) if self.0.kind.is_refused_by_livecut() => "",
            (Certainty::No, Certainty::No) => "; this call changed nothing",
            (Certainty::No, Certainty::Yes) => {
                "; the cut is made, and the stream was not stopped: stop it without a cut"
            }
            (Certainty::Yes, Certainty::No) if owes_cut => {
                "; the stream is stopped, and the cut is still to be made: follow the ticket"
            }
            (Certainty::Yes, Certainty::No) => "; the stream is stopped, and no cut was made",
            (Certainty::Yes, Certainty::Yes) => "; the stream is stopped and cut",
            (Certainty::Yes, Certainty::Unknown) => {
                "; the stream is stopped, and whether the cut was taken is unknown: \
                 check the recording"
            }
            (Certainty::Unknown, Certainty::No) => {
                "; whether the stream was stopped is unknown: \
                 check its status before stopping it again"
            }
            (Certainty::No, Certainty::Unknown) => {
                "; the stream was not stopped, and whether the cut was made is unknown: \
                 check the recording before stopping it again"
            }
            (Certainty::Unknown, Certainty::Yes) => {
                "; the cut is made, and whether the stream was stopped is unknown: \
                 check its status before stopping it again, without a cut"
            }
            (Certainty::Unknown, Certainty::Unknown) => {
                "; whether the stream was stopped and cut is unknown: \
                 check its status before stopping it again"
            }
        })?;
        if effect.with_other(Certainty::No).is_none() {
            return Ok(());
        }
        f.write_str(match effect.other {
            Certainty::No => "",
            Certainty::Yes => "; something else was changed as well",
            Certainty::Unknown => "; whether something else was changed is unknown",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

impl From<CutRangeError> for Error {
    fn from(error: CutRangeError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string())
    }
}

impl From<InvalidId> for Error {
    fn from(error: InvalidId) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string())
    }
}

impl From<InvalidTicket> for Error {
    fn from(error: InvalidTicket) -> Self {
        Self::new(ErrorKind::InvalidTicket, error.to_string())
    }
}

/// The answer behind an [`Error`].
///
/// A body can hold stream keys and playback tokens, so `Debug` shows its length
/// only, and nothing in livecut logs it. A clone shares the body.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct ErrorResponse {
    status: u16,
    request_id: Option<String>,
    body: Bytes,
}

impl ErrorResponse {
    /// An answer with this HTTP status and no body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            request_id: None,
            body: Bytes::new(),
        }
    }

    /// Sets the provider's name for this request.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Sets the body. The caller caps it; adapters keep at most their body limit.
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The provider's name for this request, to quote to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The body as it came, up to the adapter's limit. May hold secrets: don't log it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorResponse")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn display_is_one_layer_and_ends_with_what_to_do() {
        let cause = std::io::Error::other("reset by peer");
        let error = Error::new(ErrorKind::Interrupted, "the connection broke")
            .with_provider("example")
            .with_effect(Effect::new(Certainty::Unknown, Certainty::No))
            .with_source(cause);
        assert_eq!(
            error.to_string(),
            "example: the connection broke; whether the stream was stopped is unknown: \
             check its status before stopping it again"
        );
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("reset by peer")
        );
    }

    #[test]
    fn a_refusal_is_not_padded_with_what_did_not_happen() {
        let error = Error::new(ErrorKind::InvalidRequest, "the end isn't after the start");
        assert_eq!(error.to_string(), "the end isn't after the start");
    }

    #[test]
    fn a_refusal_after_rounding_outward_says_so() {
        use crate::{CutRange, Rounding};
        let asked = CutRange::offsets(Duration::ZERO, Duration::from_millis(59_500)).unwrap();
        let sent = asked
            .rounded(Duration::from_secs(1), Rounding::Outward)
            .unwrap();
        let refused = |cut| Error::new(ErrorKind::Rejected, "refused").with_cut(&cut);
        let said = refused(Cut::new(asked, sent)).to_string();
        assert!(said.contains("0s..59.5s became 0s..60s"), "{said}");
        assert!(
            !refused(Cut::new(sent, sent))
                .to_string()
                .contains("rounding")
        );
    }

    #[test]
    fn a_ticket_shows_only_where_there_is_something_to_follow() {
        let ticket = Ticket::new("example", crate::StreamId::new("x").unwrap());
        let error = Error::new(ErrorKind::Timeout, "late").with_ticket(ticket.clone());
        assert_eq!(error.ticket(), None);
        let error = error.with_effect(Effect::new(Certainty::Unknown, Certainty::No));
        assert_eq!(error.ticket(), Some(&ticket));
        // What is neither a stop nor a cut is something too.
        let error = Error::new(ErrorKind::Rejected, "refused")
            .with_ticket(ticket.clone())
            .with_effect(Effect::NONE.with_other(Certainty::Yes));
        assert_eq!(error.ticket(), Some(&ticket));
    }

    #[test]
    fn the_effect_alone_says_what_may_be_repeated_and_the_sentence_never_hides_a_part() {
        use Certainty::{No, Unknown, Yes};
        let all = [No, Yes, Unknown];
        for stopped in all {
            for (cut, other) in all
                .into_iter()
                .flat_map(|cut| all.map(|other| (cut, other)))
            {
                let effect = Effect::new(stopped, cut).with_other(other);
                let error = Error::new(ErrorKind::Unavailable, "it failed").with_effect(effect);
                assert_eq!(error.is_safe_to_repeat(), effect.is_none(), "{effect}");
                assert_eq!(error.is_unknown(), effect.is_unknown(), "{effect}");
                let said = error.to_string();
                assert_eq!(said.contains("changed nothing"), effect.is_none(), "{said}");
                assert_eq!(said.contains("unknown"), effect.is_unknown(), "{said}");
                assert_eq!(said.contains("something else"), other != No, "{said}");

                // A sentence in its place decides nothing.
                let told = error.with_aftermath("see for yourself");
                assert_eq!(told.effect(), effect);
                assert_eq!(told.standing(), Standing::of(effect, None));
                assert_eq!(told.is_safe_to_repeat(), effect.is_none(), "{effect}");
                assert_eq!(told.to_string(), "it failed; see for yourself");
            }
        }
    }

    #[test]
    fn debug_shows_no_body() {
        let error = Error::new(ErrorKind::Rejected, "refused")
            .with_response(ErrorResponse::new(400).with_body("stream_key=hunter2"));
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(
            error.response().map(ErrorResponse::body),
            Some(&b"stream_key=hunter2"[..])
        );
    }
}
