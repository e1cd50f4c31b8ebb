//! What ends the program with a code other than 0.

use std::error::Error as StdError;

use livecut::{Effect, Error, ErrorKind, ErrorReport, StreamId, Ticket, WaitError, WaitErrorKind};
use serde::Serialize;

use crate::exit::{Exit, Phase};
use crate::hints;
use crate::text::wrapped;

/// Why the program ends without having done all that was asked for: what is printed
/// last on stderr, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// Its message is without the causes.
    pub(crate) report: ErrorReport,
    /// The causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// Lines that help a person, after the message.
    pub(crate) detail: Option<String>,
    /// Whether the effect is that of many stops together, which says nothing to people.
    pub(crate) of_many: bool,
    /// Which lines of a list are refused, and why.
    pub(crate) lines: Vec<Problem>,
}

/// What is wrong with a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// From 1.
    pub(crate) line: u64,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(line: u64, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { line, message }
    }
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Box<Self> {
        Self::reported(exit, ErrorReport::new(kind, message))
    }

    fn reported(exit: Exit, report: ErrorReport) -> Box<Self> {
        Box::new(Self {
            exit,
            report,
            causes: Vec::new(),
            detail: None,
            of_many: false,
            lines: Vec::new(),
        })
    }

    /// What the library says of an error, in words of the command line.
    fn of_library(exit: Exit, report: ErrorReport, error: &dyn StdError) -> Box<Self> {
        let report = report.with_message(hints::in_options(&error.to_string()));
        let mut failure = Self::reported(exit, report);
        let mut next = error.source();
        while let Some(cause) = next {
            failure.causes.push(hints::in_options(&cause.to_string()));
            next = cause.source();
        }
        failure
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
        Self::of_library(Exit::of(phase, error), error.report(), error)
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
        let effect = stop.unwrap_or(Effect::NONE).then(error.effect());
        let exit = match (error.kind(), error.error()) {
            _ if effect.is_unknown() => Exit::Unknown,
            // Nothing was done: it is as if there was one look.
            (WaitErrorKind::Follow, Some(look)) if stop.is_none() && effect.is_none() => {
                Exit::of(Phase::Call, look)
            }
            _ => Exit::NoRecording,
        };
        let report = error.report().with_effect(effect);
        let report = match error.kind() {
            WaitErrorKind::Cancelled => report.with_kind("interrupted"),
            WaitErrorKind::Failed => report.with_cut_given_up(),
            _ => report,
        };
        Self::of_library(exit, report, error)
    }

    pub(crate) fn with_detail(mut self: Box<Self>, detail: impl Into<String>) -> Box<Self> {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_effect(mut self: Box<Self>, effect: Effect) -> Box<Self> {
        self.report = self.report.with_effect(effect);
        self
    }

    /// Sets the effect of many stops together.
    pub(crate) fn with_effect_of_many(mut self: Box<Self>, effect: Effect) -> Box<Self> {
        self.of_many = true;
        self.with_effect(effect)
    }

    /// Sets the ticket to go on with, and the provider that it is for.
    pub(crate) fn with_ticket(self: Box<Self>, ticket: &Ticket) -> Box<Self> {
        let mut failure = self.with_provider(ticket.provider());
        failure.report = failure.report.with_ticket(ticket.clone());
        failure
    }

    pub(crate) fn with_provider(mut self: Box<Self>, provider: &str) -> Box<Self> {
        self.report = self.report.with_provider(provider.to_owned());
        self
    }

    /// The message and its causes in one line.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.report.message().to_owned();
        for cause in &self.causes {
            text.push_str(": ");
            text.push_str(cause);
        }
        text
    }
}
