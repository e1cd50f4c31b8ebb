use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    Certainty, CutState, Effect, Error, ErrorKind, Failed, InProgress, Progress, Recording,
    RecordingId, RecordingState, Result, StopOutcome, Stopped, StreamId, StreamState, StreamStatus,
    Ticket,
};

/// What a [`ScriptedStopper`](super::ScriptedStopper) answers to one call, or to several.
#[must_use]
pub struct Reply<T> {
    answer: Answer<T>,
    stream: Option<StreamId>,
    /// How often it is given; `None`: always.
    times: Option<usize>,
    pub(super) delay: Duration,
}

/// Made from the ticket that the call leaves or follows.
type Answer<T> = Arc<dyn Fn(&Ticket) -> Result<T> + Send + Sync>;

/// A reply to `stop`.
pub type StopReply = Reply<StopOutcome>;
/// A reply to `status`.
pub type StatusReply = Reply<StreamStatus>;
/// A reply to `follow`.
pub type FollowReply = Reply<Progress>;

impl<T> Reply<T> {
    /// Any reply, made from the call's ticket: the one that is followed, or that the stop leaves. It has the stream, and the
    /// cut as the provider's capabilities have it. An error gets the provider's name by itself, and that ticket where it
    /// has none.
    pub fn with(answer: impl Fn(&Ticket) -> Result<T> + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            stream: None,
            times: Some(1),
            delay: Duration::ZERO,
        }
    }

    /// An error of this kind and effect.
    pub fn error(kind: ErrorKind, effect: Effect) -> Self {
        Self::with(move |_| Err(Error::new(kind, "as the script has it").with_effect(effect)))
    }

    /// Gives it for this stream only (default: for any).
    pub fn for_stream(mut self, stream: &StreamId) -> Self {
        self.stream = Some(stream.clone());
        self
    }

    /// Gives it this often (default: once).
    pub const fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Gives it as often as it is asked for; replies after it are never reached.
    pub const fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Gives it after this time, by tokio's clock. A `stop` whose timeout (default: 30 s)
    /// is shorter fails with [`ErrorKind::Timeout`] and an unknown effect instead.
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) fn answer(&self, ticket: &Ticket) -> Result<T> {
        (self.answer)(ticket)
    }
}

impl StopReply {
    /// All that was asked for is accepted: the stream is stopped, a cut scheduled.
    pub fn accepted() -> Self {
        Self::with(|ticket| Ok(outcome(ticket, CutState::Scheduled)))
    }

    /// The stream is stopped, a cut made.
    pub fn made() -> Self {
        Self::with(|ticket| Ok(outcome(ticket, CutState::Made)))
    }

    /// The stream had ended before; a cut is scheduled.
    pub fn already_ended() -> Self {
        Self::with(|ticket| {
            Ok(outcome(ticket, CutState::Scheduled).with_stopped(Stopped::AlreadyEnded))
        })
    }

    /// The stream is stopped, and a cut can't be in the provider's hands yet
    /// ([`ErrorKind::CutOwed`]): its ticket [owes it](Ticket::owes_cut). Without a cut in the request, all
    /// is accepted.
    pub fn cut_owed() -> Self {
        Self::with(|ticket| match ticket.cut() {
            Some(_) => {
                let source = RecordingId::new("scripted-source")?;
                Err(Error::new(ErrorKind::CutOwed, "the cut can't be made yet")
                    .with_effect(Effect::new(Certainty::Yes, Certainty::No))
                    .with_ticket(ticket.clone().with_source(source)))
            }
            None => Ok(outcome(ticket, CutState::Scheduled)),
        })
    }
}

fn outcome(ticket: &Ticket, cut: CutState) -> StopOutcome {
    StopOutcome::new(ticket.clone()).with_cut(ticket.cut().copied(), cut)
}

impl StatusReply {
    /// A state, and the provider's own word for it.
    pub fn state(state: StreamState, provider_state: impl Into<String>) -> Self {
        let provider_state = provider_state.into();
        Self::with(move |ticket| {
            let (provider, word) = (ticket.provider().to_owned(), provider_state.clone());
            Ok(StreamStatus::new(
                provider,
                ticket.stream().clone(),
                state,
                word,
            ))
        })
    }
}

impl FollowReply {
    /// The provider is at work: its own word for the stage, and when to look again.
    pub fn in_progress(stage: impl Into<String>, check_again_in: Duration) -> Self {
        let stage = stage.into();
        Self::with(move |ticket| {
            let progress = InProgress::new(ticket.clone(), stage.clone(), check_again_in);
            Ok(Progress::InProgress(progress))
        })
    }

    /// The recording can be played. Its duration, where it has one, is
    /// [held against the cut](crate::CutVerdict::judge), as adapters do it.
    pub fn ready(recording: Recording) -> Self {
        Self::with(move |ticket| {
            let ticket = ticket.clone().with_recording(recording.id().clone());
            let ready = RecordingState::Ready(recording.clone());
            Ok(Progress::new(ticket, ready, Duration::ZERO))
        })
    }

    /// The recording won't become ready by itself.
    pub fn failed(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::with(move |ticket| {
            let failed = Failed::new(ticket.clone(), reason.clone());
            Ok(Progress::Failed(failed))
        })
    }
}

impl<T> Clone for Reply<T> {
    fn clone(&self) -> Self {
        Self {
            answer: Arc::clone(&self.answer),
            stream: self.stream.clone(),
            ..*self
        }
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("stream", &self.stream)
            .field("times", &self.times)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

/// Takes the first reply for this stream.
pub(super) fn next<T>(replies: &mut [Reply<T>], stream: &StreamId) -> Option<Reply<T>> {
    let fits = |reply: &Reply<T>| {
        reply.times != Some(0) && reply.stream.as_ref().is_none_or(|of| of == stream)
    };
    let reply = replies.iter_mut().find(|reply| fits(reply))?;
    reply.times = reply.times.map(|times| times.saturating_sub(1));
    Some(reply.clone())
}

/// How many replies are left, those that are always given aside.
pub(super) fn left<T>(replies: &[Reply<T>]) -> usize {
    replies.iter().filter_map(|reply| reply.times).sum()
}
