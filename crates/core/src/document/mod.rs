//! The JSON documents in which a program keeps what came of a stream, and prints it: see `docs/json.md`.
//!
//! | file | the document of |
//! | --- | --- |
//! | `error.rs` | [`ErrorReport`](crate::ErrorReport) |
//! | `outcome.rs` | [`StopOutcome`](crate::StopOutcome) |
//! | `plan.rs` | [`StopPlan`](crate::StopPlan) |
//! | `progress.rs` | [`Progress`](crate::Progress) |
//! | `status.rs` | [`StreamStatus`](crate::StreamStatus) |
//!
//! What is the same as a type (a recording, an effect, a step) is derived where that type is.

mod cut;
mod error;
mod outcome;
mod plan;
mod progress;
mod status;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{StreamId, Ticket};

/// The version that is written, and the newest that is read.
const VERSION: u64 = 1;

/// A document: its members, beside its version.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    // Read before any other member, wherever it stands, since those are read when all are there.
    #[serde(default)]
    version: Version,
    #[serde(flatten)]
    members: T,
}

#[derive(Default)]
struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            VERSION => Ok(Self),
            other => Err(D::Error::custom(format_args!(
                "the document is of version {other}, and this livecut knows version {VERSION}: \
                 read it with the livecut that wrote it"
            ))),
        }
    }
}

fn write<S: Serializer>(members: impl Serialize, serializer: S) -> Result<S::Ok, S::Error> {
    let version = Version;
    Document { version, members }.serialize(serializer)
}

fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Document::deserialize(deserializer).map(|document| document.members)
}

/// Refuses a document that says it is of another stream than its ticket, which alone is gone by.
fn check_owner<E: Error>(ticket: &Ticket, provider: &str, stream: &StreamId) -> Result<(), E> {
    if (ticket.provider(), ticket.stream()) == (provider, stream) {
        return Ok(());
    }
    Err(E::custom(
        "the ticket is for another stream than the document",
    ))
}
