//! What ends the program with a code other than 0.

use std::error::Error as StdError;
use std::time::Duration;

use livecut::{
    Effect, Error, ErrorKind, ErrorResponse, StreamId, Ticket, WaitError, WaitErrorKind,
};

use crate::exit::{Exit, Phase};
use crate::hints;
use crate::list::Problem;
use crate::text::wrapped;

/// Why the program ends without having done all that was asked for: what is printed
/// last on stderr, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// The causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// Lines that help a person, after the message.
    pub(crate) detail: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) effect: Effect,
    /// Whether that is the effect of many stops together, which says nothing to people.
    pub(crate) of_many: bool,
    pub(crate) http_status: Option<u16>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) ticket: Option<Ticket>,
    /// Which lines of a list are refused, and why.
    pub(crate) lines: Vec<Problem>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            exit,
            kind,
            message: message.into(),
            causes: Vec::new(),
            detail: None,
            provider: None,
            effect: Effect::NONE,
            of_many: false,
            http_status: None,
            request_id: None,
            retry_after: None,
            ticket: None,
            lines: Vec::new(),
        })
    }

    /// Arguments that can't be right.
    pub(crate) fn usage(message: impl Into<String>) -> Box<Self> {
        Self::new(Exit::Refused, "usage", message)
    }

    /// A fault of the program's own, or of the machine that it runs on.
    pub(crate) fn internal(message: impl Into<String>) -> Box<Self> {
        Self::new(Exit::Internal, "internal", message)
    }

    /// An error of the library.
    pub(crate) fn of(phase: Phase, error: &Error) -> Box<Self> {
        let exit = Exit::of(phase, error);
        let message = hints::in_options(&error.to_string());
        let mut failure = Self::new(exit, error.kind().as_str(), message);
        failure.causes = causes(error);
        failure.provider = error.provider().map(str::to_owned);
        failure.effect = error.effect();
        failure.ticket = error.ticket().cloned();
        failure.answered(error);
        failure
    }

    /// A stop that failed. Where the provider refused it as it is, its answer says why, and isn't
    /// shown, for it may hold secrets: a look at the stream mostly tells as well.
    pub(crate) fn of_stop(stream: &StreamId, error: &Error) -> Box<Self> {
        let failure = Self::of(Phase::Call, error);
        let is_refused = matches!(
            error.kind(),
            ErrorKind::Rejected | ErrorKind::NotFound | ErrorKind::Conflict
        );
        match is_refused {
            true => failure.with_detail(wrapped(&format!(
                "`{}` says what the provider knows of the stream.",
                hints::status(stream, error.provider())
            ))),
            false => failure,
        }
    }

    /// A wait that ended without a recording. `stop` is the effect of this run's stop,
    /// where it made one.
    pub(crate) fn of_wait(error: &WaitError, stop: Option<Effect>) -> Box<Self> {
        let look = error.error();
        let (exit, kind) = match (error.kind(), look) {
            // Nothing was done: it is as if there was one look.
            (WaitErrorKind::Follow, Some(look)) if stop.is_none() && error.effect().is_none() => {
                (Exit::of(Phase::Call, look), look.kind().as_str())
            }
            (WaitErrorKind::Follow, Some(look)) => (Exit::NoRecording, look.kind().as_str()),
            (WaitErrorKind::Cancelled, _) => (Exit::NoRecording, "interrupted"),
            (kind, _) => (Exit::NoRecording, kind.as_str()),
        };
        let mut failure = Self::new(exit, kind, hints::in_options(&error.to_string()));
        failure.causes = causes(error);
        failure.provider = error.ticket().map(|ticket| ticket.provider().to_owned());
        failure.effect = stop.unwrap_or(Effect::NONE).then(error.effect());
        if failure.effect.is_unknown() {
            failure.exit = Exit::Unknown;
        }
        failure.ticket = error.ticket().cloned();
        if let Some(look) = look {
            failure.answered(look);
        }
        failure
    }

    /// Takes over what the provider answered.
    fn answered(&mut self, error: &Error) {
        let response = error.response();
        self.http_status = response.map(ErrorResponse::status);
        self.request_id = response
            .and_then(ErrorResponse::request_id)
            .map(str::to_owned);
        self.retry_after = error.retry_after();
    }

    pub(crate) fn with_detail(mut self: Box<Self>, detail: impl Into<String>) -> Box<Self> {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_effect(mut self: Box<Self>, effect: Effect) -> Box<Self> {
        self.effect = effect;
        self
    }

    /// Sets the effect of many stops together.
    pub(crate) fn with_effect_of_many(mut self: Box<Self>, effect: Effect) -> Box<Self> {
        self.of_many = true;
        self.with_effect(effect)
    }

    /// Sets the ticket to go on with, and the provider that it is for.
    pub(crate) fn with_ticket(mut self: Box<Self>, ticket: &Ticket) -> Box<Self> {
        self.provider = Some(ticket.provider().to_owned());
        self.ticket = Some(ticket.clone());
        self
    }

    /// The message and its causes in one line.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.message.clone();
        for cause in &self.causes {
            text.push_str(": ");
            text.push_str(cause);
        }
        text
    }
}

fn causes(error: &dyn StdError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(hints::in_options(&cause.to_string()));
        next = cause.source();
    }
    causes
}
