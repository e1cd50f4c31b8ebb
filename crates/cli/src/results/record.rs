//! The lines of a results file.

use livecut::StreamId;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::list::Asked;

/// The version of the format. A file of another isn't read.
pub(super) const VERSION: u32 = 1;

/// A line. The first is a header, and no other is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Record {
    /// Whose results they are.
    Results(Header),
    /// A stop is about to be sent.
    Begun(Begun),
    /// A cut that is owed is about to be followed, which may make it. Files of earlier versions have none.
    Following(Following),
    /// What came of it, or of going on from it.
    Ended(Box<Ended>),
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) provider: String,
    /// Which account at the provider, as the plans have it. Files of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begun {
    /// RFC 3339.
    pub(super) at: String,
    pub(super) stream: StreamId,
    pub(super) request: Asked,
    /// The state that the stream was in right before, where it was looked at.
    pub(super) before: Option<String>,
    /// The ticket, where it is known before the stop.
    pub(super) ticket: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Following {
    /// RFC 3339.
    pub(super) at: String,
    pub(super) stream: StreamId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ended {
    /// RFC 3339.
    pub(super) at: String,
    pub(super) stream: StreamId,
    pub(super) result: Outcome,
}
