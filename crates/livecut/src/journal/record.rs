//! What a journal keeps of a stop, step by step.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Effect, ErrorReport, StopOutcome, StopRequest, StreamId, StreamState, Ticket};

/// One step of a stop: what a journal keeps, in the order in which it is told.
///
/// With serde it is one JSON object whose only member is the step's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Record {
    /// A stop is about to be sent.
    Begun(Box<Begun>),
    /// A cut that is owed is about to be followed, which may make it.
    Following(Following),
    /// What came of it, or of going on from it.
    Ended(Box<Ended>),
}

/// A stop is about to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Begun {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What is asked for.
    pub request: StopRequest,
    /// All that the stop may cause.
    pub possible_effect: Effect,
    /// The state that the stream was in right before, if it was looked at.
    pub before: Option<StreamState>,
    /// The ticket, if it is known before the stop.
    pub ticket: Option<Ticket>,
}

/// A cut that is owed is about to be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Following {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The stream.
    pub stream: StreamId,
}

/// What came of it, or of going on from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ended {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The stream.
    pub stream: StreamId,
    /// What all steps so far came to.
    #[serde(with = "result")]
    pub result: Outcome,
}

/// What a stop came to, in the form that is kept.
pub type Outcome = Result<StopOutcome, Box<ErrorReport>>;

impl Record {
    /// The stream that it is about.
    pub fn stream(&self) -> &StreamId {
        match self {
            Self::Begun(begun) => begun.request.stream(),
            Self::Following(following) => &following.stream,
            Self::Ended(ended) => &ended.stream,
        }
    }

    /// A stop that is about to be sent, now. `possible_effect` is all that it may cause
    /// ([`StopPlan::possible_effect`](crate::StopPlan::possible_effect)), `before` the state that the stream was seen in right
    /// before, `ticket` the one that the plan has.
    pub fn begun(
        request: StopRequest,
        possible_effect: Effect,
        before: Option<StreamState>,
        ticket: Option<Ticket>,
    ) -> Self {
        Self::Begun(Box::new(Begun {
            at: OffsetDateTime::now_utc(),
            request,
            possible_effect,
            before,
            ticket,
        }))
    }

    /// A cut that is owed is about to be followed, now.
    pub fn following(stream: StreamId) -> Self {
        let at = OffsetDateTime::now_utc();
        Self::Following(Following { at, stream })
    }

    /// What came of all steps so far, now.
    pub fn ended(stream: StreamId, result: Outcome) -> Self {
        let at = OffsetDateTime::now_utc();
        Self::Ended(Box::new(Ended { at, stream, result }))
    }
}

/// The document of a stop that is done, or one with an `error`.
mod result {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{ErrorReport, Outcome, StopOutcome};

    #[derive(Serialize)]
    #[serde(untagged)]
    enum Written<'a> {
        Done(&'a StopOutcome),
        Failed { error: &'a ErrorReport },
    }

    pub(super) fn serialize<S: Serializer>(
        result: &Outcome,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match result {
            Ok(outcome) => Written::Done(outcome),
            Err(error) => Written::Failed { error },
        }
        .serialize(serializer)
    }

    /// Nothing that has an error is taken for done, as it could be if one form was tried after the other.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Outcome, D::Error> {
        let mut value = serde_json::Value::deserialize(deserializer)?;
        match value.get_mut("error").map(serde_json::Value::take) {
            Some(error) => serde_json::from_value(error).map(Err),
            None => serde_json::from_value(value).map(Ok),
        }
        .map_err(D::Error::custom)
    }
}
