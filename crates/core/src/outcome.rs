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

impl Stopped {
    /// `"stopped"` or `"already_ended"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::AlreadyEnded => "already_ended",
        }
    }
}

/// How far the cut is when `stop` returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CutOutcome {
    /// None was asked for: the whole recording is kept.
    None,
    /// The provider accepted it, and will make it.
    Scheduled(Cut),
    /// The provider says that it is made.
    Made(Cut),
}

impl CutOutcome {
    /// `"none"`, `"scheduled"` or `"made"`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Scheduled(_) => "scheduled",
            Self::Made(_) => "made",
        }
    }

    /// The cut, as asked for and as the provider has it.
    #[must_use]
    pub const fn cut(&self) -> Option<&Cut> {
        match self {
            Self::None => None,
            Self::Scheduled(cut) | Self::Made(cut) => Some(cut),
        }
    }
}

/// All that was asked for is done, or accepted by the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopOutcome {
    stopped: Stopped,
    cut: CutOutcome,
    other: Certainty,
    recording: Option<Recording>,
    messages: Vec<String>,
    ticket: Ticket,
}

impl StopOutcome {
    /// A stream that this call stopped, kept whole.
    #[must_use]
    pub fn new(ticket: Ticket) -> Self {
        Self {
            stopped: Stopped::Stopped,
            cut: CutOutcome::None,
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

    /// Sets how far the cut is.
    #[must_use]
    pub fn with_cut(mut self, cut: CutOutcome) -> Self {
        self.cut = cut;
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
    pub fn with_recording(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
        self
    }

    /// Sets the provider's messages.
    #[must_use]
    pub fn with_messages(mut self, messages: Vec<String>) -> Self {
        self.messages = messages;
        self
    }

    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.ticket.provider()
    }

    /// The stream that is stopped.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        self.ticket.stream()
    }

    /// How the stream came to be stopped.
    #[must_use]
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }

    /// How far the cut is.
    #[must_use]
    pub fn cut(&self) -> &CutOutcome {
        &self.cut
    }

    /// What the call did, as an error would have it: no stop where the stream had ended before.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, StopOutcome, Stopped, StreamId, Ticket};
    ///
    /// let outcome = StopOutcome::new(Ticket::new("tpstreams", StreamId::new("x")?));
    /// assert_eq!(outcome.effect(), Effect::new(Certainty::Yes, Certainty::No));
    /// assert!(outcome.with_stopped(Stopped::AlreadyEnded).effect().is_none());
    /// # Ok::<(), livecut_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn effect(&self) -> Effect {
        let stopped = match self.stopped {
            Stopped::Stopped => Certainty::Yes,
            Stopped::AlreadyEnded => Certainty::No,
        };
        let cut = match self.cut {
            CutOutcome::None => Certainty::No,
            CutOutcome::Scheduled(_) | CutOutcome::Made(_) => Certainty::Yes,
        };
        Effect::new(stopped, cut).with_other(self.other)
    }

    /// What is known of the recording by now, where the provider says anything.
    #[must_use]
    pub fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// What the provider said beside the success, word for word.
    #[must_use]
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    /// What to [follow](crate::LiveStreamStopper::follow) the recording with.
    #[must_use]
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}
