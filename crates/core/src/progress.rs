use std::time::Duration;

use crate::{Certainty, Cut, DurationTolerance, Effect, Recording, StreamId, Ticket};

/// What is known about the cut of a finished recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CutVerdict {
    /// The provider doesn't say whether the cut is in this recording, and nothing
    /// it says tells otherwise.
    Unconfirmed,
    /// What the provider says of the recording agrees with the cut.
    Confirmed,
    /// The recording is longer or shorter than the cut by more than the provider's documents let it be.
    Differs {
        /// The recording's duration as the provider has it.
        actual: Duration,
    },
}

impl CutVerdict {
    /// Compares a cut with the duration that the provider gives the recording.
    ///
    /// The tolerance is the provider's documented precision. Without a duration nothing is
    /// confirmed; without a cut there is no verdict.
    ///
    /// ```
    /// use std::time::Duration;
    /// use livecut_core::{Cut, CutRange, CutVerdict, DurationTolerance};
    ///
    /// let range = CutRange::seconds(600, 900)?;
    /// let cut = Cut::new(range, range);
    /// let second = Duration::from_secs(1);
    /// let exact = DurationTolerance::new(second, second);
    /// let judge = |seconds| CutVerdict::judge(Some(&cut), Some(Duration::from_secs(seconds)), exact);
    /// assert_eq!(judge(301), Some(CutVerdict::Confirmed));
    /// assert_eq!(judge(298), Some(CutVerdict::Differs { actual: Duration::from_secs(298) }));
    /// assert_eq!(CutVerdict::judge(Some(&cut), None, exact), Some(CutVerdict::Unconfirmed));
    /// assert_eq!(CutVerdict::judge(None, None, exact), None);
    /// # Ok::<(), livecut_core::CutRangeError>(())
    /// ```
    pub fn judge(
        cut: Option<&Cut>,
        actual: Option<Duration>,
        tolerance: DurationTolerance,
    ) -> Option<Self> {
        let wanted = cut?.effective().duration();
        Some(match actual {
            None => Self::Unconfirmed,
            Some(actual) if tolerance.admits(wanted, actual) => Self::Confirmed,
            Some(actual) => Self::Differs { actual },
        })
    }

    /// `"unconfirmed"`, `"confirmed"` or `"differs"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed => "confirmed",
            Self::Differs { .. } => "differs",
        }
    }
}

/// How far a provider says that a recording is. Adapters read it off a poll and off a
/// webhook with the same function, so both ways of following end alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingState {
    /// It is being worked on; the stage is in the provider's own words.
    InProgress(String),
    /// It can be played.
    Ready(Recording),
    /// It won't become ready by itself; why, and what can be done.
    Failed(String),
}

/// Where the recording stands after one step of
/// [`follow`](crate::LiveStreamStopper::follow).
///
/// With serde it is a JSON document with a version, which the repository's `docs/json.md` describes.
///
/// ```
/// use livecut_core::Progress;
///
/// fn describe(progress: &Progress) -> String {
///     match progress {
///         Progress::InProgress(p) => format!("{}, look again in {:?}", p.stage(), p.check_again_in()),
///         Progress::Ready(r) => format!("ready: {}", r.recording().id()),
///         Progress::Failed(f) => format!("failed: {}", f.reason()),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The provider is still working on it.
    InProgress(InProgress),
    /// It can be played.
    Ready(Ready),
    /// It won't become ready by itself.
    Failed(Failed),
}

impl Progress {
    /// What was done between the ticket that was followed and this: the cut, if that ticket
    /// [owed](Ticket::owes_cut) it and this one's doesn't.
    ///
    /// A cut that was found counts as one that was made: it is this ticket's.
    ///
    /// ```
    /// use std::time::Duration;
    /// use livecut_core::{
    ///     Certainty, Cut, CutRange, Effect, Progress, RecordingId, RecordingState, StreamId, Ticket,
    /// };
    ///
    /// let range = CutRange::seconds(30, 120)?;
    /// let owed = Ticket::new("example", StreamId::new("x")?)
    ///     .with_cut(Some(Cut::new(range, range)))
    ///     .with_source(RecordingId::new("whole")?);
    /// let state = || RecordingState::InProgress("preparing".to_owned());
    /// let seen = |ticket| Progress::new(ticket, state(), Duration::from_secs(5));
    /// assert!(seen(owed.clone()).effect_since(&owed).is_none());
    /// let made = owed.clone().with_recording(RecordingId::new("clip")?);
    /// assert_eq!(seen(made).effect_since(&owed), Effect::new(Certainty::No, Certainty::Yes));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn effect_since(&self, followed: &Ticket) -> Effect {
        match followed.owes_cut() && !self.ticket().owes_cut() {
            true => Effect::new(Certainty::No, Certainty::Yes),
            false => Effect::NONE,
        }
    }

    /// What a recording's state means to the ticket that follows it. A ready
    /// recording's duration is [held against the cut](CutVerdict::judge), with the recording's own
    /// [tolerance](Recording::duration_tolerance).
    pub fn new(ticket: Ticket, state: RecordingState, check_again_in: Duration) -> Self {
        match state {
            RecordingState::InProgress(stage) => {
                Self::InProgress(InProgress::new(ticket, stage, check_again_in))
            }
            RecordingState::Ready(recording) => {
                let (duration, tolerance) = (recording.duration(), recording.duration_tolerance());
                let verdict = CutVerdict::judge(ticket.cut(), duration, tolerance);
                Self::Ready(Ready::new(ticket, recording, verdict))
            }
            RecordingState::Failed(reason) => Self::Failed(Failed::new(ticket, reason)),
        }
    }

    /// `"in_progress"`, `"ready"` or `"failed"`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::InProgress(_) => "in_progress",
            Self::Ready(_) => "ready",
            Self::Failed(_) => "failed",
        }
    }

    /// The ticket to follow on with. It can hold more than the one that was
    /// followed, so store this one.
    pub const fn ticket(&self) -> &Ticket {
        match self {
            Self::InProgress(p) => &p.ticket,
            Self::Ready(r) => &r.ticket,
            Self::Failed(f) => &f.ticket,
        }
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        self.ticket().provider()
    }

    /// The stream whose recording it is.
    pub const fn stream(&self) -> &StreamId {
        self.ticket().stream()
    }
}

/// The provider is still working on the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InProgress {
    ticket: Ticket,
    stage: String,
    check_again_in: Duration,
}

impl InProgress {
    /// A stage in the provider's own words, and when to look again.
    pub fn new(ticket: Ticket, stage: impl Into<String>, check_again_in: Duration) -> Self {
        Self {
            ticket,
            stage: stage.into(),
            check_again_in,
        }
    }

    /// The ticket to follow on with; see [`Progress::ticket`].
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The stage, in the provider's own words.
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// When a next look is worth it.
    pub const fn check_again_in(&self) -> Duration {
        self.check_again_in
    }
}

/// The recording can be played.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ready {
    ticket: Ticket,
    recording: Recording,
    verdict: Option<CutVerdict>,
}

impl Ready {
    /// A recording, and what is known about its cut.
    pub fn new(ticket: Ticket, recording: Recording, verdict: Option<CutVerdict>) -> Self {
        Self {
            ticket,
            recording,
            verdict,
        }
    }

    /// The ticket to follow on with; see [`Progress::ticket`].
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The recording.
    pub const fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The cut, as asked for and as the provider got it; `None`: the recording is kept whole.
    pub const fn cut(&self) -> Option<&Cut> {
        self.ticket.cut()
    }

    /// Whether the cut is in the recording; `None`: none was asked for.
    pub const fn verdict(&self) -> Option<CutVerdict> {
        self.verdict
    }
}

/// The recording won't become ready by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed {
    ticket: Ticket,
    reason: String,
}

impl Failed {
    /// A reason, and what can be done about it.
    pub fn new(ticket: Ticket, reason: impl Into<String>) -> Self {
        Self {
            ticket,
            reason: reason.into(),
        }
    }

    /// The ticket to follow on with; see [`Progress::ticket`].
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Why, and what can be done.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
