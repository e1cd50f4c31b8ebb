//! A stream's life: which stage it is in at which instant. Nothing here runs: every stage follows
//! from the instants of the events and the clock's reading, so that time can be moved freely.

use crate::instant;
use std::time::Duration;
use time::OffsetDateTime;

/// A stage in the life of a stream and its recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Created; no media has arrived yet.
    NotStarted,
    /// Media arrives, and is recorded.
    Live,
    /// Over; the recording's processing hasn't begun.
    Stopped,
    /// The recording is being transcoded.
    Transcoding,
    /// The transcoded recording is being trimmed. Only where a cut was accepted.
    Trimming,
    /// The recording can be played.
    Ready,
    /// Processing failed: nothing can be played.
    Failed,
    /// Over without a recording: it was discarded, or the stream ended before it began.
    Discarded,
}

impl Stage {
    /// The stage's name in the control API, such as `not_started`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Live => "live",
            Self::Stopped => "stopped",
            Self::Transcoding => "transcoding",
            Self::Trimming => "trimming",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
        }
    }
}

/// A change of stage, at an instant on the simulator's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// When the stage begins.
    pub at: OffsetDateTime,
    /// The stage that begins.
    pub stage: Stage,
}

/// A change of stage as its provider tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) at: OffsetDateTime,
    pub(crate) from: Stage,
    pub(crate) to: Stage,
    /// Whose stage it is: a clip's, by its place; `None`: the recording's.
    pub(crate) clip: Option<usize>,
}

/// How long each step of a recording's processing takes, and whether one fails.
#[derive(Clone, Debug)]
pub(crate) struct Processing {
    pub(crate) stopped_for: Duration,
    pub(crate) transcoding: Duration,
    pub(crate) trimming: Duration,
    /// Without it a recording is ready as soon as it has been stopped, and is never trimmed.
    pub(crate) transcodes: bool,
    pub(crate) fails_in: Option<FailingStage>,
}

/// The step of processing that fails, when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailingStage {
    /// [`Stage::Transcoding`].
    Transcoding,
    /// [`Stage::Trimming`]; a recording that isn't trimmed doesn't fail.
    Trimming,
}

/// What becomes of the recording of a stream that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is processed, from `since` on.
    Processed { since: OffsetDateTime, trim: bool },
    /// There is none, from this instant on.
    Nothing { since: OffsetDateTime },
}

#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// When media begins to arrive: the recording's offset 0.
    pub(crate) start: Option<OffsetDateTime>,
    /// When media ceases to arrive.
    pub(crate) end: Option<OffsetDateTime>,
    pub(crate) ending: Option<Ending>,
    pub(crate) processing: Processing,
}

impl Life {
    /// All changes of stage that follow from what has happened so far, in order.
    pub(crate) fn transitions(&self) -> Vec<Transition> {
        let mut transitions = Vec::new();
        let mut begin = |at, stage| transitions.push(Transition { at, stage });
        if let Some(start) = self.start
            && self.end.is_none_or(|end| start < end)
        {
            begin(start, Stage::Live);
        }
        match self.ending {
            None => {}
            Some(Ending::Nothing { since }) => begin(since, Stage::Discarded),
            Some(Ending::Processed { since, trim }) => {
                let Processing {
                    stopped_for,
                    transcoding,
                    trimming,
                    transcodes,
                    fails_in,
                } = self.processing;
                // Each step begins where the one before it ends; a step that would end beyond the
                // last representable instant never does.
                let mut at = Some(since);
                let mut step = |stage, length| {
                    if let Some(begins) = at {
                        begin(begins, stage);
                        at = instant::later(begins, length);
                    }
                };
                step(Stage::Stopped, stopped_for);
                let mut last = Stage::Ready;
                if transcodes {
                    step(Stage::Transcoding, transcoding);
                    if fails_in == Some(FailingStage::Transcoding) {
                        last = Stage::Failed;
                    } else if trim {
                        step(Stage::Trimming, trimming);
                        if fails_in == Some(FailingStage::Trimming) {
                            last = Stage::Failed;
                        }
                    }
                }
                step(last, Duration::ZERO);
            }
        }
        transitions
    }
}

/// The stage at `now` of a life with these transitions.
pub(crate) fn stage_at(transitions: &[Transition], now: OffsetDateTime) -> Stage {
    transitions
        .iter()
        .take_while(|transition| transition.at <= now)
        .last()
        .map_or(Stage::NotStarted, |transition| transition.stage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn life(trim: bool) -> Life {
        Life {
            start: Some(at(100)),
            end: Some(at(200)),
            ending: Some(Ending::Processed {
                since: at(200),
                trim,
            }),
            processing: Processing {
                stopped_for: Duration::from_secs(1),
                transcoding: Duration::from_secs(10),
                trimming: Duration::from_secs(5),
                transcodes: true,
                fails_in: None,
            },
        }
    }

    fn stage_of(life: &Life, now: OffsetDateTime) -> Stage {
        stage_at(&life.transitions(), now)
    }

    fn stages(life: &Life) -> Vec<(i64, Stage)> {
        life.transitions()
            .iter()
            .map(|t| (t.at.unix_timestamp(), t.stage))
            .collect()
    }

    #[test]
    fn each_stage_begins_where_the_one_before_it_ends() {
        let life = life(true);
        assert_eq!(
            stages(&life),
            [
                (100, Stage::Live),
                (200, Stage::Stopped),
                (201, Stage::Transcoding),
                (211, Stage::Trimming),
                (216, Stage::Ready),
            ]
        );
        assert_eq!(stage_of(&life, at(99)), Stage::NotStarted);
        assert_eq!(stage_of(&life, at(100)), Stage::Live);
        assert_eq!(stage_of(&life, at(215)), Stage::Trimming);
        assert_eq!(stage_of(&life, at(216)), Stage::Ready);
    }

    #[test]
    fn nothing_is_trimmed_without_a_cut_or_without_transcoding() {
        assert_eq!(stages(&life(false)).last(), Some(&(211, Stage::Ready)));
        let mut raw = life(true);
        raw.processing.transcodes = false;
        assert_eq!(stages(&raw).last(), Some(&(201, Stage::Ready)));
    }

    #[test]
    fn a_failing_step_fails_when_its_time_is_over() {
        let mut failing = life(true);
        failing.processing.fails_in = Some(FailingStage::Trimming);
        assert_eq!(stages(&failing).last(), Some(&(216, Stage::Failed)));
        failing.processing.fails_in = Some(FailingStage::Transcoding);
        assert_eq!(stages(&failing).last(), Some(&(211, Stage::Failed)));
    }

    #[test]
    fn a_stream_that_ends_before_it_begins_is_never_live() {
        let mut early = life(false);
        early.end = Some(at(50));
        early.ending = Some(Ending::Nothing { since: at(50) });
        assert_eq!(stages(&early), [(50, Stage::Discarded)]);
    }

    #[test]
    fn a_step_without_end_is_never_over() {
        let mut endless = life(false);
        endless.processing.transcoding = Duration::MAX;
        assert_eq!(stages(&endless).last(), Some(&(201, Stage::Transcoding)));
    }
}
