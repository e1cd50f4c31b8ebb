use std::time::Duration;

use time::OffsetDateTime;

use crate::{Progress, RecordingId, RecordingState, StreamId, StreamState, TenantId, Ticket};

/// What a provider's webhook says, in words common to all providers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventState {
    /// The live side changed: it began, was interrupted, ended, ...
    Stream(StreamState),
    /// The recording changed.
    Recording(RecordingState),
    /// An event that this version doesn't know, or that says nothing about a
    /// recording. That is normal; [`RecordingEvent::provider_event`] has its name.
    Other,
}

impl EventState {
    /// The state's name in `snake_case`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stream(state) => match state {
                StreamState::NotStarted => "stream_not_started",
                StreamState::Live => "stream_live",
                StreamState::Interrupted => "stream_interrupted",
                StreamState::Offline => "stream_offline",
                StreamState::Processing => "stream_processing",
                StreamState::Ended => "stream_ended",
                StreamState::Failed => "stream_failed",
                StreamState::Unknown => "stream_unknown",
            },
            Self::Recording(state) => match state {
                RecordingState::InProgress(_) => "recording_in_progress",
                RecordingState::Ready(_) => "recording_ready",
                RecordingState::Failed(_) => "recording_failed",
            },
            Self::Other => "other",
        }
    }
}

/// One webhook of a provider, normalized.
///
/// Webhooks come more than once, late, and out of order. Match each with
/// [`Ticket::matches`]; then either take its word ([`Ticket::progress_by`]) or,
/// better, take it as the moment to
/// [`follow`](crate::LiveStreamStopper::follow), which asks the provider itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingEvent {
    provider: &'static str,
    state: EventState,
    provider_event: String,
    tenant: Option<TenantId>,
    stream: Option<StreamId>,
    stream_is_reused: bool,
    recording: Option<RecordingId>,
    at: Option<OffsetDateTime>,
}

impl RecordingEvent {
    /// An event, with the provider's own word for it.
    pub fn new(
        provider: &'static str,
        state: EventState,
        provider_event: impl Into<String>,
    ) -> Self {
        Self {
            provider,
            state,
            provider_event: provider_event.into(),
            tenant: None,
            stream: None,
            stream_is_reused: false,
            recording: None,
            at: None,
        }
    }

    /// Sets the tenant, where the event names it.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<Option<TenantId>>) -> Self {
        self.tenant = tenant.into().or(self.tenant);
        self
    }

    /// Sets the stream, where the event names it.
    #[must_use]
    pub fn with_stream(mut self, stream: impl Into<Option<StreamId>>) -> Self {
        self.stream = stream.into().or(self.stream);
        self
    }

    /// The stream is used for one broadcast after another, so it doesn't say which recording an event is about:
    /// of one that names a recording, that alone is [matched](Ticket::matches).
    #[must_use]
    pub const fn with_reused_stream(mut self) -> Self {
        self.stream_is_reused = true;
        self
    }

    /// Sets the recording, where the event names it.
    #[must_use]
    pub fn with_recording(mut self, recording: impl Into<Option<RecordingId>>) -> Self {
        self.recording = recording.into().or(self.recording);
        self
    }

    /// Sets when the provider says it happened.
    #[must_use]
    pub fn with_time(mut self, at: impl Into<Option<OffsetDateTime>>) -> Self {
        self.at = at.into().or(self.at);
        self
    }

    /// The provider's name.
    pub fn provider(&self) -> &'static str {
        self.provider
    }

    /// What it says.
    pub fn state(&self) -> &EventState {
        &self.state
    }

    /// The provider's own word for it, as it came.
    pub fn provider_event(&self) -> &str {
        &self.provider_event
    }

    /// The tenant, where the event names it.
    pub fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// The stream, where the event names it.
    pub fn stream(&self) -> Option<&StreamId> {
        self.stream.as_ref()
    }

    /// The recording, where the event names it.
    pub fn recording(&self) -> Option<&RecordingId> {
        self.recording.as_ref()
    }

    /// When the provider says it happened. Its order is no order of arrival.
    pub fn at(&self) -> Option<OffsetDateTime> {
        self.at
    }
}

impl Ticket {
    /// Whether the event is about what this ticket follows: the same provider, no
    /// other tenant, and the same stream or the same recording.
    ///
    /// An event that names neither a stream nor a recording that the ticket knows
    /// matches nothing. Where the cut is still to be made, the recording that it
    /// is [made of](Self::source) counts: its events are the moment to follow.
    ///
    /// ```
    /// use livecut_core::{EventState, RecordingEvent, StreamId, Ticket};
    ///
    /// let class = StreamId::new("4PtERT9d9uK")?;
    /// let ticket = Ticket::new("example", class.clone());
    /// let event = RecordingEvent::new("example", EventState::Other, "Completed");
    /// assert!(!ticket.matches(&event));
    /// assert!(ticket.matches(&event.with_stream(class)));
    /// # Ok::<(), livecut_core::InvalidId>(())
    /// ```
    pub fn matches(&self, event: &RecordingEvent) -> bool {
        let tenant_agrees = event.tenant.is_none() || event.tenant.as_ref() == self.tenant();
        let recording = match (&event.recording, self.recording().or(self.source())) {
            (Some(theirs), Some(ours)) => Some(theirs == ours),
            _ => None,
        };
        // A stream that is used again says nothing of a recording: it can be the next broadcast's.
        let tells = event.recording.is_none() || !event.stream_is_reused;
        let stream = event.stream.as_ref().filter(|_| tells);
        let stream = stream.map(|stream| stream == self.stream());
        // Another recording of the stream isn't this ticket's.
        let same = recording.or(stream).unwrap_or(false);
        self.provider() == event.provider && tenant_agrees && same
    }

    /// What the event says of this ticket's recording, in the form that
    /// [`follow`](crate::LiveStreamStopper::follow) has; `None` where the event doesn't
    /// [match](Self::matches) or says nothing about a recording, and where the cut is still to
    /// be made, which only following does.
    ///
    /// It takes the event's word for it, which is worth as much as the webhook's
    /// verification. `check_again_in` is when to poll although no webhook came.
    pub fn progress_by(
        &self,
        event: &RecordingEvent,
        check_again_in: Duration,
    ) -> Option<Progress> {
        let EventState::Recording(state) = &event.state else {
            return None;
        };
        if !self.matches(event) {
            return None;
        }
        // What the event tells of is the recording that the cut is made of.
        if self.recording().is_none() && self.source().is_some() {
            return None;
        }
        let ticket = match &event.recording {
            Some(id) if self.recording().is_none() => self.clone().with_recording(id.clone()),
            _ => self.clone(),
        };
        Some(Progress::new(ticket, state.clone(), check_again_in))
    }
}
