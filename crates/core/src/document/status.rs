use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{read, write};
use crate::{Recording, StreamId, StreamState, StreamStatus};

#[derive(Serialize, Deserialize)]
struct Members<'a> {
    provider: Cow<'a, str>,
    stream: Cow<'a, StreamId>,
    state: StreamState,
    provider_state: Cow<'a, str>,
    #[serde(default)]
    recording: Option<Cow<'a, Recording>>,
}

impl Serialize for StreamStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            provider: self.provider().into(),
            stream: Cow::Borrowed(self.stream()),
            state: self.state(),
            provider_state: self.provider_state().into(),
            recording: self.recording().map(Cow::Borrowed),
        };
        write(members, serializer)
    }
}

impl<'de> Deserialize<'de> for StreamStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: Members<'_> = read(deserializer)?;
        let (provider, stream) = (read.provider.into_owned(), read.stream.into_owned());
        Ok(Self::new(provider, stream, read.state, read.provider_state)
            .with_recording(read.recording.map(Cow::into_owned)))
    }
}
