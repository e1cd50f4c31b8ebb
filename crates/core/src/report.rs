use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::{Effect, Error, ErrorKind, ErrorResponse, Standing, Ticket};

/// What an [`Error`] says, to be kept and printed. With serde it is a JSON document with a version, which the repository's
/// `docs/json.md` describes.
///
/// It answers what the error answers, so that a decision after a restart goes by the same
/// [`standing`](Self::standing), [`effect`](Self::effect) and [`ticket`](Self::ticket). It holds no body of a provider's
/// answer, and no credential.
///
/// ```
/// use livecut_core::{Certainty, Effect, Error, ErrorKind, ErrorReport, Standing};
///
/// let error = Error::new(ErrorKind::Interrupted, "the connection broke")
///     .with_provider("example")
///     .with_effect(Effect::new(Certainty::Unknown, Certainty::No));
/// let kept = serde_json::to_string(&error.report())?;
///
/// // After a restart:
/// let report: ErrorReport = serde_json::from_str(&kept)?;
/// assert_eq!(report.standing(), Standing::Unknown);
/// assert_eq!(report.kind(), Some(ErrorKind::Interrupted));
/// assert_eq!(report.to_string(), error.to_string());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct ErrorReport {
    kind: Cow<'static, str>,
    message: String,
    provider: Option<Cow<'static, str>>,
    effect: Effect,
    /// Where it isn't what follows from the effect and the ticket.
    standing: Option<Standing>,
    http_status: Option<u16>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    ticket: Option<Ticket>,
}

impl Error {
    /// What the error says, to be kept or printed.
    ///
    /// The [message](ErrorReport::message) is the error's `Display` with the causes, each after a colon.
    pub fn report(&self) -> ErrorReport {
        let response = self.response();
        let request_id = response.and_then(ErrorResponse::request_id);
        let mut report = ErrorReport::new(self.kind().as_str(), ErrorReport::in_full(self))
            .with_effect(self.effect())
            .with_answer(
                response.map(ErrorResponse::status),
                request_id.map(str::to_owned),
                self.retry_after(),
            );
        report.provider = self.provider().map(Cow::Borrowed);
        report.ticket = self.ticket().cloned();
        report
    }
}

impl ErrorReport {
    /// A report of a failure that caused nothing until [`with_effect`](Self::with_effect) says otherwise.
    ///
    /// Its kind is that of an [`ErrorKind`], or a program's own: a word in `snake_case`.
    pub fn new(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            message: message.into(),
            provider: None,
            effect: Effect::NONE,
            standing: None,
            http_status: None,
            request_id: None,
            retry_after: None,
            ticket: None,
        }
    }

    /// The message of an error and of all its causes, each after a colon.
    ///
    /// ```
    /// use livecut_core::{Error, ErrorKind, ErrorReport};
    ///
    /// let cause = std::io::Error::other("connection refused");
    /// let error = Error::new(ErrorKind::Connect, "the provider isn't reached").with_source(cause);
    /// assert_eq!(
    ///     ErrorReport::in_full(&error),
    ///     "the provider isn't reached; this call changed nothing: connection refused"
    /// );
    /// ```
    pub fn in_full(error: &dyn StdError) -> String {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }

    /// Sets the kind.
    pub fn with_kind(mut self, kind: impl Into<Cow<'static, str>>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sets the message.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Sets the provider's name.
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Sets what was done or may have been. The [standing](Self::standing) follows from it again.
    pub const fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self.standing = None;
        self
    }

    /// Sets the ticket to go on with. The [standing](Self::standing) follows from it again.
    pub fn with_ticket(mut self, ticket: impl Into<Option<Ticket>>) -> Self {
        self.ticket = ticket.into().or(self.ticket);
        self.standing = None;
        self
    }

    /// Says that nothing makes the cut any more that the ticket owes: the provider has failed it for good. Where it would be
    /// [`CutOwed`](Standing::CutOwed), the standing is [`DoneInPart`](Standing::DoneInPart).
    ///
    /// ```
    /// use livecut_core::{
    ///     Certainty, Cut, CutRange, Effect, ErrorReport, RecordingId, Standing, StreamId, Ticket,
    /// };
    ///
    /// let range = CutRange::seconds(30, 120)?;
    /// let owed = Ticket::new("example", StreamId::new("x")?)
    ///     .with_cut(Some(Cut::new(range, range)))
    ///     .with_source(RecordingId::new("whole")?);
    /// let report = ErrorReport::new("failed", "the clip failed")
    ///     .with_effect(Effect::new(Certainty::Yes, Certainty::No))
    ///     .with_ticket(owed);
    /// assert_eq!(report.standing(), Standing::CutOwed);
    /// assert_eq!(report.with_cut_given_up().standing(), Standing::DoneInPart);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_cut_given_up(self) -> Self {
        self.with_standing(Standing::DoneInPart)
    }

    /// Takes a standing where it promises less than what follows from the effect and the ticket.
    pub(crate) fn with_standing(mut self, standing: Standing) -> Self {
        let follows = Standing::of(self.effect, self.ticket.as_ref());
        self.standing = match (standing, follows) {
            (Standing::DoneInPart, Standing::CutOwed) => Some(standing),
            (Standing::Unknown, _) if follows != Standing::Unknown => Some(standing),
            _ => None,
        };
        self
    }

    /// What went wrong, to match on. `None`: a kind that this version doesn't know, or a program's own;
    /// [`kind_name`](Self::kind_name) has it.
    pub fn kind(&self) -> Option<ErrorKind> {
        ErrorKind::named(&self.kind)
    }

    /// The kind's name, in `snake_case`.
    pub fn kind_name(&self) -> &str {
        &self.kind
    }

    /// What happened, and what to do next, for a person.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The provider that was asked; absent where it had not been chosen yet.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// What was done, or may have been.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Where things are left: the one answer to what is next.
    pub fn standing(&self) -> Standing {
        let follows = || Standing::of(self.effect, self.ticket.as_ref());
        self.standing.unwrap_or_else(follows)
    }

    /// The HTTP status of the provider's answer, where one arrived.
    pub const fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// The provider's name for the request, to quote to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How long the provider asks to wait before the next request: whole seconds, rounded up.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The ticket to go on with, where there is something to follow.
    pub const fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    pub(crate) fn with_answer(
        mut self,
        http_status: Option<u16>,
        request_id: Option<String>,
        retry_after: Option<Duration>,
    ) -> Self {
        self.http_status = http_status;
        self.request_id = request_id;
        self.retry_after = retry_after.map(whole_seconds);
        self
    }
}

/// Rounded up, so that a wait of that many is never too short.
fn whole_seconds(wait: Duration) -> Duration {
    let more = u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(wait.as_secs().saturating_add(more))
}

impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.message)
    }
}
