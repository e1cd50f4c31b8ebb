use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    Certainty, Cut, CutState, Effect, Error, ErrorKind, Failed, InProgress, Progress, Recording,
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

type Answer<T> = Arc<dyn Fn(&Invocation) -> Result<T> + Send + Sync>;

/// A reply to `stop`.
pub type StopReply = Reply<StopOutcome>;
/// A reply to `status`.
pub type StatusReply = Reply<StreamStatus>;
/// A reply to `follow`.
pub type FollowReply = Reply<Progress>;

/// One call of a [`ScriptedStopper`](super::ScriptedStopper): what its reply is made from.
#[derive(Debug, Clone)]
pub struct Invocation {
    provider: &'static str,
    ticket: Ticket,
}

impl Invocation {
    pub(super) const fn new(provider: &'static str, ticket: Ticket) -> Self {
        Self { provider, ticket }
    }

    pub(super) fn into_ticket(self) -> Ticket {
        self.ticket
    }

    /// The provider's name.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// The stream that the call is about.
    pub const fn stream(&self) -> &StreamId {
        self.ticket.stream()
    }

    /// The cut, converted and rounded as the provider's capabilities say; `None` where the
    /// stop or the ticket has none.
    pub const fn cut(&self) -> Option<&Cut> {
        self.ticket.cut()
    }

    /// The ticket that was followed, or that the stop leaves.
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}

impl<T> Reply<T> {
    /// Any reply. An error gets the provider's name by itself, and the call's ticket where it
    /// has none.
    pub fn with(answer: impl Fn(&Invocation) -> Result<T> + Send + Sync + 'static) -> Self {
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

    pub(super) fn answer(&self, call: &Invocation) -> Result<T> {
        (self.answer)(call)
    }
}

impl StopReply {
    /// All that was asked for is accepted: the stream is stopped, a cut scheduled.
    pub fn accepted() -> Self {
        Self::with(|call| Ok(outcome(call, CutState::Scheduled)))
    }

    /// The stream is stopped, a cut made.
    pub fn made() -> Self {
        Self::with(|call| Ok(outcome(call, CutState::Made)))
    }

    /// The stream had ended before; a cut is scheduled.
    pub fn already_ended() -> Self {
        Self::with(
            |call| Ok(outcome(call, CutState::Scheduled).with_stopped(Stopped::AlreadyEnded)),
        )
    }

    /// The stream is stopped, and a cut can't be in the provider's hands yet
    /// ([`ErrorKind::CutOwed`]): its ticket [owes it](Ticket::owes_cut). Without a cut in the request, all
    /// is accepted.
    pub fn cut_owed() -> Self {
        Self::with(|call| match call.cut() {
            Some(_) => {
                let source = RecordingId::new("scripted-source")?;
                Err(Error::new(ErrorKind::CutOwed, "the cut can't be made yet")
                    .with_effect(Effect::new(Certainty::Yes, Certainty::No))
                    .with_ticket(call.ticket().clone().with_source(source)))
            }
            None => Ok(outcome(call, CutState::Scheduled)),
        })
    }
}

fn outcome(call: &Invocation, cut: CutState) -> StopOutcome {
    StopOutcome::new(call.ticket().clone()).with_cut(call.cut().copied(), cut)
}

impl StatusReply {
    /// A state, and the provider's own word for it.
    pub fn state(state: StreamState, provider_state: impl Into<String>) -> Self {
        let provider_state = provider_state.into();
        Self::with(move |call| {
            let word = provider_state.clone();
            Ok(StreamStatus::new(
                call.provider(),
                call.stream().clone(),
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
        Self::with(move |call| {
            let ticket = call.ticket().clone();
            Ok(Progress::InProgress(InProgress::new(
                ticket,
                stage.clone(),
                check_again_in,
            )))
        })
    }

    /// The recording can be played. Its duration, where it has one, is
    /// [held against the cut](crate::CutVerdict::judge), as adapters do it.
    pub fn ready(recording: Recording) -> Self {
        Self::with(move |call| {
            let ticket = call.ticket().clone().with_recording(recording.id().clone());
            let ready = RecordingState::Ready(recording.clone());
            Ok(Progress::new(ticket, ready, Duration::ZERO))
        })
    }

    /// The recording won't become ready by itself.
    pub fn failed(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::with(move |call| {
            let ticket = call.ticket().clone();
            Ok(Progress::Failed(Failed::new(ticket, reason.clone())))
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
