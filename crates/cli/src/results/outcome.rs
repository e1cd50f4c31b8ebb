//! What became of one stream, as it is printed and as the file has it.

use livecut::{Certainty, Effect, Error, ErrorKind, StopOutcome, StreamId, Ticket};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::exit::{Exit, Phase};
use crate::failure::Failure;
use crate::json::{ErrorBody, Stop};

/// The document of a stop, or that of a failure with its stream.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Failed(FailedStop),
    Done(Box<Stop>),
}

impl<'de> Deserialize<'de> for Outcome {
    /// Nothing that has an error is taken for done, as it would be where serde tries one after
    /// the other.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        if let Some(error) = value.get_mut("error") {
            say_other_in_the_effect(error);
            serde_json::from_value(value).map(Self::Failed)
        } else {
            serde_json::from_value(value).map(Self::Done)
        }
        .map_err(D::Error::custom)
    }
}

/// Files of earlier versions say in a member `aftermath`, `yes` or `unknown`, what the effect's `other` says
/// now.
fn say_other_in_the_effect(error: &mut Value) {
    let Some(error) = error.as_object_mut() else {
        return;
    };
    let aftermath = error.remove("aftermath");
    if let (Some(aftermath), Some(Value::Object(effect))) = (aftermath, error.get_mut("effect")) {
        effect.entry("other").or_insert(aftermath);
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailedStop {
    pub(crate) stream: String,
    pub(crate) error: ErrorBody,
}

/// Where a stream stands: its outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// All that was asked for is done, or accepted.
    Done,
    /// Nothing was applied.
    NotApplied,
    /// Stopped, and the cut is still to be made.
    CutOwed,
    /// Something else than what was asked for, all of which is known.
    NotAsAsked,
    /// Something isn't known.
    Unknown,
}

impl Standing {
    pub(crate) const ALL: [Self; 5] = [
        Self::Done,
        Self::NotApplied,
        Self::CutOwed,
        Self::NotAsAsked,
        Self::Unknown,
    ];

    /// For people.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotApplied => "not applied",
            Self::CutOwed => "cut owed",
            Self::NotAsAsked => "not as asked",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Done => Exit::Done,
            Self::NotApplied => Exit::NothingApplied,
            Self::CutOwed | Self::NotAsAsked => Exit::NotAsAsked,
            Self::Unknown => Exit::Unknown,
        }
    }
}

impl FailedStop {
    /// The ticket, if there is one that this version can read.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.error.ticket.as_ref()?.parse().ok()
    }

    /// What can be said from when the cut that it owes begins to be followed until it is known what came of that.
    pub(super) fn followed(&self) -> Self {
        let ticket = self.ticket();
        let possible = ticket.as_ref().map(Ticket::possible_effect);
        let effect = self.error.effect.then(possible.unwrap_or(Effect::NONE));
        let error = ErrorBody::from(&*Failure::of(Phase::Call, &without_end(effect)));
        Self {
            stream: self.stream.clone(),
            error: ErrorBody {
                provider: self.error.provider.clone(),
                ticket: self.error.ticket.clone(),
                ..error
            },
        }
    }
}

impl Outcome {
    pub(crate) fn of(stream: &StreamId, stopped: &livecut::Result<StopOutcome>) -> Self {
        match stopped {
            Ok(outcome) => Self::Done(Box::new(outcome.into())),
            Err(error) => Self::Failed(FailedStop {
                stream: stream.to_string(),
                error: ErrorBody::from(&*Failure::of(Phase::Call, error)),
            }),
        }
    }

    /// The outcome of a stop that was begun, and of which nothing else is known.
    pub(crate) fn unknown(
        provider: &str,
        stream: &StreamId,
        possible: Effect,
        ticket: Option<String>,
    ) -> Self {
        let mut outcome = Self::of(stream, &Err(without_end(possible)));
        if let Self::Failed(failed) = &mut outcome {
            failed.error.provider = Some(provider.to_owned());
            failed.error.ticket = ticket;
        }
        outcome
    }

    pub(crate) fn stream(&self) -> &str {
        match self {
            Self::Failed(failed) => &failed.stream,
            Self::Done(stop) => &stop.stream,
        }
    }

    pub(crate) fn ticket(&self) -> Option<&str> {
        match self {
            Self::Failed(failed) => failed.error.ticket.as_deref(),
            Self::Done(stop) => Some(&stop.ticket),
        }
    }

    /// What the stop caused, as far as it is known.
    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::Failed(failed) => failed.error.effect,
            Self::Done(stop) => {
                let yes_unless = |no| if no { Certainty::No } else { Certainty::Yes };
                Effect::new(
                    yes_unless(stop.stopped == livecut::Stopped::AlreadyEnded.as_str()),
                    yes_unless(stop.cut.effective.is_none()),
                )
                .with_other(stop.other)
            }
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        match self {
            Self::Done(_) => Standing::Done,
            Self::Failed(failed) => {
                let ticket = failed.ticket();
                match livecut::Standing::of(failed.error.effect, ticket.as_ref()) {
                    livecut::Standing::NothingDone => Standing::NotApplied,
                    livecut::Standing::CutOwed => Standing::CutOwed,
                    livecut::Standing::DoneInPart => Standing::NotAsAsked,
                    _ => Standing::Unknown,
                }
            }
        }
    }
}

/// A step that was begun, and whose end isn't known here; `possible` is what it may have caused.
pub(crate) fn without_end(possible: Effect) -> Error {
    Error::new(
        ErrorKind::Interrupted,
        "its end isn't in the results file: the run ended before it was known, or couldn't write it",
    )
    .with_effect(possible)
}
