use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cut::CutMembers;
use super::{check_owner, read, write};
use crate::{Certainty, CutState, Recording, StopOutcome, Stopped, StreamId, Ticket};

#[derive(Serialize, Deserialize)]
struct Members<'a> {
    provider: Cow<'a, str>,
    stream: Cow<'a, StreamId>,
    stopped: Stopped,
    cut: CutMembers,
    #[serde(default = "no")]
    other: Certainty,
    #[serde(default)]
    recording: Option<Cow<'a, Recording>>,
    #[serde(default)]
    messages: Cow<'a, [String]>,
    ticket: Cow<'a, Ticket>,
}

/// As in an effect.
const fn no() -> Certainty {
    Certainty::No
}

impl Serialize for StopOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            provider: self.provider().into(),
            stream: Cow::Borrowed(self.stream()),
            stopped: self.stopped(),
            cut: CutMembers::new(self.cut(), self.cut_state().map(CutState::as_str)),
            other: self.effect().other,
            recording: self.recording().map(Cow::Borrowed),
            messages: self.messages().into(),
            ticket: Cow::Borrowed(self.ticket()),
        };
        write(members, serializer)
    }
}

impl<'de> Deserialize<'de> for StopOutcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: Members<'_> = read(deserializer)?;
        check_owner(&read.ticket, &read.provider, &read.stream)?;
        let mut outcome = Self::new(read.ticket.into_owned())
            .with_stopped(read.stopped)
            .with_other(read.other)
            .with_messages(read.messages.into_owned())
            .with_recording(read.recording.map(Cow::into_owned));
        if let Some((cut, state)) = read.cut.read(CutState::named)? {
            outcome = outcome.with_cut(Some(cut), state);
        }
        Ok(outcome)
    }
}
