use std::borrow::Cow;

use crate::words::words;
use crate::{Recording, StreamId};

/// What a stream is doing, in words common to all providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamState {
    /// It exists and hasn't begun.
    NotStarted,
    /// It is on air.
    Live,
    /// It is on air, and the provider isn't receiving the encoder now.
    Interrupted,
    /// It isn't on air, and the provider doesn't say whether it will begin or has ended.
    Offline,
    /// It has ended, and the provider is still working on the recording.
    Processing,
    /// It has ended.
    Ended,
    /// The provider says that it failed.
    Failed,
    /// The provider's word for it isn't known to this version, or its meaning
    /// isn't documented; [`StreamStatus::provider_state`] has it.
    Unknown,
}

words!(StreamState or Unknown {
    NotStarted = "not_started",
    Live = "live",
    Interrupted = "interrupted",
    Offline = "offline",
    Processing = "processing",
    Ended = "ended",
    Failed = "failed",
    Unknown = "unknown",
});

impl StreamState {
    /// Whether the stream is on air: [`Live`](Self::Live) or [`Interrupted`](Self::Interrupted). `false` also if nobody knows.
    ///
    /// ```
    /// use livecut_core::StreamState;
    ///
    /// assert!(StreamState::Interrupted.is_on_air());
    /// assert!(!StreamState::Unknown.is_on_air() && !StreamState::Unknown.is_over());
    /// ```
    pub const fn is_on_air(self) -> bool {
        matches!(self, Self::Live | Self::Interrupted)
    }

    /// Whether the stream has ended: [`Processing`](Self::Processing) or [`Ended`](Self::Ended). `false` also if nobody knows.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Processing | Self::Ended)
    }
}

/// One look at a stream.
///
/// With serde it is a JSON document with a version, which the repository's `docs/json.md` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStatus {
    provider: Cow<'static, str>,
    stream: StreamId,
    state: StreamState,
    provider_state: String,
    recording: Option<Recording>,
}

impl StreamStatus {
    /// A state, and the provider's own word for it.
    pub fn new(
        provider: impl Into<Cow<'static, str>>,
        stream: StreamId,
        state: StreamState,
        provider_state: impl Into<String>,
    ) -> Self {
        Self {
            provider: provider.into(),
            stream,
            state,
            provider_state: provider_state.into(),
            recording: None,
        }
    }

    /// Sets what the look showed of the recording.
    #[must_use]
    pub fn with_recording(mut self, recording: impl Into<Option<Recording>>) -> Self {
        self.recording = recording.into().or(self.recording);
        self
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The stream that was looked at.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// What it is doing.
    pub fn state(&self) -> StreamState {
        self.state
    }

    /// The provider's own word for it, as it came; empty where it gave none.
    pub fn provider_state(&self) -> &str {
        &self.provider_state
    }

    /// The recording, where the same look showed one.
    pub fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }
}
