use crate::words::words;
use crate::{Certainty, Cut, Effect, Recording, StreamId, Ticket};

/// How the stream came to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stopped {
    /// This call ended it, as far as the provider says.
    Stopped,
    /// The provider says that it had ended before.
    AlreadyEnded,
}

words!(Stopped {
    Stopped = "stopped",
    AlreadyEnded = "already_ended",
});

/// How far the cut is when `stop` returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CutState {
    /// The provider accepted it, and will make it.
    Scheduled,
    /// The provider says that it is made.
    Made,
}

words!(CutState {
    Scheduled = "scheduled",
    Made = "made",
});

/// All that was asked for is done, or accepted by the provider.
///
/// With serde it is a JSON document with a version, which the repository's `docs/json.md` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopOutcome {
    stopped: Stopped,
    cut: Option<(Cut, CutState)>,
    other: Certainty,
    recording: Option<Recording>,
    messages: Vec<String>,
    ticket: Ticket,
}

impl StopOutcome {
    /// A stream that this call stopped, kept whole.
    pub fn new(ticket: Ticket) -> Self {
        Self {
            stopped: Stopped::Stopped,
            cut: None,
            other: Certainty::No,
            recording: None,
            messages: Vec::new(),
            ticket,
        }
    }

    /// Sets how the stream came to be stopped.
    #[must_use]
    pub fn with_stopped(mut self, stopped: Stopped) -> Self {
        self.stopped = stopped;
        self
    }

    /// Sets the cut, and how far it is; without a cut the state says nothing.
    ///
    /// ```
    /// use livecut_core::{Cut, CutRange, CutState, StopOutcome, StreamId, Ticket};
    ///
    /// let range = CutRange::seconds(30, 120)?;
    /// let ticket = Ticket::new("example", StreamId::new("x")?).with_cut(Some(Cut::new(range, range)));
    /// let cut = ticket.cut().copied();
    /// let outcome = StopOutcome::new(ticket).with_cut(cut, CutState::Scheduled);
    /// assert_eq!(outcome.cut().map(Cut::effective), Some(range));
    /// assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_cut(mut self, cut: Option<Cut>, state: CutState) -> Self {
        self.cut = cut.map(|cut| (cut, state));
        self
    }

    /// Sets what was changed beside the stop and the cut ([`Effect::other`]).
    #[must_use]
    pub fn with_other(mut self, other: Certainty) -> Self {
        self.other = other;
        self
    }

    /// Sets what is known of the recording.
    #[must_use]
    pub fn with_recording(mut self, recording: impl Into<Option<Recording>>) -> Self {
        self.recording = recording.into().or(self.recording);
        self
    }

    /// Sets the provider's messages.
    #[must_use]
    pub fn with_messages(mut self, messages: Vec<String>) -> Self {
        self.messages = messages;
        self
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        self.ticket.provider()
    }

    /// The stream that is stopped.
    pub fn stream(&self) -> &StreamId {
        self.ticket.stream()
    }

    /// How the stream came to be stopped.
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }

    /// The cut, as asked for and as the provider has it; `None`: none was asked for, and the whole
    /// recording is kept.
    pub fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref().map(|(cut, _)| cut)
    }

    /// How far the cut is; `None`: none was asked for.
    pub fn cut_state(&self) -> Option<CutState> {
        self.cut.map(|(_, state)| state)
    }

    /// What the call did, as an error would have it: no stop where the stream had ended before.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, StopOutcome, Stopped, StreamId, Ticket};
    ///
    /// let outcome = StopOutcome::new(Ticket::new("example", StreamId::new("x")?));
    /// assert_eq!(outcome.effect(), Effect::new(Certainty::Yes, Certainty::No));
    /// assert!(outcome.with_stopped(Stopped::AlreadyEnded).effect().is_none());
    /// # Ok::<(), livecut_core::InvalidId>(())
    /// ```
    pub fn effect(&self) -> Effect {
        let stopped = match self.stopped {
            Stopped::Stopped => Certainty::Yes,
            Stopped::AlreadyEnded => Certainty::No,
        };
        let cut = match self.cut {
            Some(_) => Certainty::Yes,
            None => Certainty::No,
        };
        Effect::new(stopped, cut).with_other(self.other)
    }

    /// What is known of the recording by now, where the provider says anything.
    pub fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// What the provider said beside the success, word for word.
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    /// What to [follow](crate::LiveStreamStopper::follow) the recording with.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}
