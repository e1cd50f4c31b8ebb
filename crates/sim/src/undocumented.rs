//! What the providers' documents leave open: a test chooses, and the defaults are this crate's
//! choice, not the provider's.

use crate::{
    Stage,
    http::{Refusal, RefusalKind},
    log::Applied,
    recording::{Cut, Kept, Unfit},
    stream::Stream,
};
use time::OffsetDateTime;

/// The status that a request is refused with where the provider's documents name none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefuseWith {
    /// 400
    BadRequest,
    /// 404
    NotFound,
    /// 409
    Conflict,
    /// 422
    Unprocessable,
}

impl RefuseWith {
    pub(crate) fn refusal(self, reason: impl Into<String>) -> Refusal {
        let kind = match self {
            Self::BadRequest => RefusalKind::BadRequest,
            Self::NotFound => RefusalKind::NotFound,
            Self::Conflict => RefusalKind::Conflict,
            Self::Unprocessable => RefusalKind::Unprocessable,
        };
        Refusal::new(kind, reason)
    }
}

/// What a stop of a stream that is over already does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenOver {
    /// It is refused.
    Refuse(RefuseWith),
    /// It is answered like a first stop, and changes nothing. An answer that tells of a cut tells
    /// of the first stop's.
    Unchanged,
    /// The recording is processed again, with the new request's cut.
    Recut,
}

/// What a stop of a stream that hasn't begun does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenNotStarted {
    /// It is refused.
    Refuse(RefuseWith),
    /// The stream is over, and has no recording; a cut is dropped.
    Cancel,
}

/// What a stop does whose cut breaks one of the documented rules: negative, empty, half a pair, two
/// timelines mixed, or not within the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenCutIsBad {
    /// It is refused, and the stream goes on.
    Refuse(RefuseWith),
    /// The stream is stopped, and all of its recording kept.
    StopUncut,
    /// A cut that reaches beyond the recording is shortened to it; any other is refused with 400.
    Shorten,
}

/// The choices for one provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    pub(crate) second_stop: WhenOver,
    pub(crate) stop_after_end: WhenOver,
    pub(crate) stop_before_start: WhenNotStarted,
    pub(crate) bad_cut: WhenCutIsBad,
}

/// The cut that a stop asks for.
#[derive(Clone, Debug)]
pub(crate) enum CutAsked {
    Nothing,
    For(Cut),
    /// The fields name none, though they are of the right types.
    Badly(Refusal),
}

impl CutAsked {
    /// Takes a refusal of a cut's values for a cut that was asked for badly; any other stands.
    pub(crate) fn from_fields(read: Result<Option<Cut>, Refusal>) -> Result<Self, Refusal> {
        match read {
            Ok(None) => Ok(Self::Nothing),
            Ok(Some(cut)) => Ok(Self::For(cut)),
            Err(refusal) if refusal.kind == RefusalKind::BadCut => Ok(Self::Badly(refusal)),
            Err(refusal) => Err(refusal),
        }
    }
}

/// What a stop that wasn't refused did.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) applied: Applied,
    /// What was left undone, and why.
    pub(crate) note: Option<String>,
}

impl Stopped {
    fn nothing(reason: &str) -> Self {
        Self {
            applied: Applied::NOTHING,
            note: Some(reason.to_owned()),
        }
    }
}

/// What a stop may do to a stream as it stands.
enum Ground {
    /// Stop it, if it is live, and process its recording.
    Process,
    /// Leave it, for this reason.
    Leave(&'static str),
    /// End it without a recording, for this reason.
    Cancel(&'static str),
}

impl Choices {
    fn ground(&self, stream: &Stream, now: OffsetDateTime) -> Result<Ground, Refusal> {
        let (choice, reason) = if stream.was_stopped(now) {
            (self.second_stop, "the stream was stopped before")
        } else if stream.ended(now).is_some() {
            (self.stop_after_end, "the stream has ended")
        } else if stream.has_started(now) {
            return Ok(Ground::Process);
        } else {
            let reason = "the stream hasn't started";
            return match self.stop_before_start {
                WhenNotStarted::Refuse(with) => Err(with.refusal(reason)),
                WhenNotStarted::Cancel => Ok(Ground::Cancel(reason)),
            };
        };
        match choice {
            WhenOver::Refuse(with) => Err(with.refusal(reason)),
            WhenOver::Unchanged => Ok(Ground::Leave(reason)),
            WhenOver::Recut if stream.stage(now) == Stage::Discarded => {
                Err(Refusal::not_found("the recording was discarded"))
            }
            WhenOver::Recut => Ok(Ground::Process),
        }
    }

    /// Stops `stream`, and keeps of it what was asked for.
    pub(crate) fn stop(
        &self,
        stream: &mut Stream,
        asked: &CutAsked,
        now: OffsetDateTime,
    ) -> Result<Stopped, Refusal> {
        match self.ground(stream, now)? {
            Ground::Process => {
                let (kept, note) = self.cut(stream, asked, now)?;
                let live = stream.ended(now).is_none();
                stream.stop(now, kept);
                Ok(Stopped {
                    applied: Applied::new(live, kept.is_some()),
                    note,
                })
            }
            Ground::Leave(reason) => Ok(Stopped::nothing(reason)),
            Ground::Cancel(reason) => {
                stream.discard(now);
                Ok(Stopped {
                    applied: Applied::new(true, false),
                    note: Some(reason.to_owned()),
                })
            }
        }
    }

    /// Stops `stream`, and keeps nothing of it.
    pub(crate) fn discard(
        &self,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Stopped, Refusal> {
        match self.ground(stream, now)? {
            Ground::Leave(reason) => Ok(Stopped::nothing(reason)),
            Ground::Process | Ground::Cancel(_) => {
                let live = stream.ended(now).is_none();
                stream.discard(now);
                Ok(Stopped {
                    applied: Applied::new(live, false),
                    note: None,
                })
            }
        }
    }

    /// What the stop keeps, and why that isn't what was asked for.
    fn cut(
        &self,
        stream: &Stream,
        asked: &CutAsked,
        now: OffsetDateTime,
    ) -> Result<(Option<Kept>, Option<String>), Refusal> {
        let refusal = match asked {
            CutAsked::Nothing => return Ok((None, None)),
            CutAsked::For(cut) => match stream.keep(now, cut) {
                Ok(kept) => return Ok((Some(kept), None)),
                Err(unfit) => {
                    let reason = match unfit {
                        Unfit::Empty => "the cut doesn't end after its start",
                        Unfit::TooEarly => "the cut begins before the recording",
                        Unfit::TooLate => "the cut ends after the recording",
                    };
                    if self.bad_cut == WhenCutIsBad::Shorten
                        && let Ok(kept) = stream.keep_within(now, cut)
                    {
                        return Ok((Some(kept), Some(reason.to_owned())));
                    }
                    Refusal::new(RefusalKind::BadCut, reason)
                }
            },
            CutAsked::Badly(refusal) => refusal.clone(),
        };
        match self.bad_cut {
            WhenCutIsBad::Refuse(with) => Err(Refusal {
                field: refusal.field,
                ..with.refusal(refusal.reason)
            }),
            WhenCutIsBad::Shorten => Err(refusal),
            WhenCutIsBad::StopUncut => Ok((None, Some(refusal.reason))),
        }
    }
}
