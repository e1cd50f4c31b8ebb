//! Streams: how a test describes one, and what the simulator holds of it.

use crate::{
    FailingStage, Stage, Transition, instant,
    life::{Change, Ending, Life, Processing, stage_at},
    recording::{Cut, Kept, Media, Recording, Unfit},
};
use std::{any::Any, collections::BTreeMap, fmt, time::Duration};
use time::OffsetDateTime;

/// A stream to create, with [`SimulatedProvider::create_stream`](crate::SimulatedProvider::create_stream).
///
/// ```
/// use livecut_sim::StreamSpec;
/// use std::time::Duration;
///
/// let spec = StreamSpec::live("4PtERT9d9uK")
///     .with_age(Duration::from_secs(3600))
///     .with_transcoding_time(Duration::from_secs(20));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a spec does nothing until it is given to `create_stream`"]
pub struct StreamSpec {
    id: String,
    title: String,
    recording_id: Option<String>,
    start: Start,
    ends_after: Option<Duration>,
    over: bool,
    dvr: bool,
    dvr_window: Duration,
    records: bool,
    processing: Processing,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    Never,
    At(OffsetDateTime),
    Ago(Duration),
}

impl StreamSpec {
    const DEFAULT_LENGTH: Duration = Duration::from_secs(3600);

    fn new(id: impl Into<String>, start: Start) -> Self {
        Self {
            id: id.into(),
            title: "Simulated stream".to_owned(),
            recording_id: None,
            start,
            ends_after: None,
            over: false,
            dvr: true,
            dvr_window: Self::DEFAULT_LENGTH,
            records: true,
            processing: Processing {
                stopped_for: Duration::from_secs(5),
                transcoding: Duration::from_secs(60),
                trimming: Duration::from_secs(10),
                transcodes: true,
                fails_in: None,
            },
        }
    }

    /// A stream that has been live for an hour when it is created.
    pub fn live(id: impl Into<String>) -> Self {
        Self::new(id, Start::Ago(Self::DEFAULT_LENGTH))
    }

    /// A stream whose media never arrives, unless [`with_start`](Self::with_start) says when.
    pub fn not_started(id: impl Into<String>) -> Self {
        Self::new(id, Start::Never)
    }

    /// A stream whose broadcaster ended it after an hour, just as it is created. Nobody has stopped
    /// it by the API.
    pub fn ended(id: impl Into<String>) -> Self {
        Self {
            over: true,
            ..Self::live(id)
        }
    }

    /// Media begins to arrive at `at`, which is the recording's offset 0. It may lie in the future.
    pub fn with_start(mut self, at: OffsetDateTime) -> Self {
        self.start = Start::At(at);
        self
    }

    /// Media began to arrive `length` before the stream is created.
    pub fn with_age(mut self, length: Duration) -> Self {
        self.start = Start::Ago(length);
        self
    }

    /// The broadcaster ends the stream `length` after its start, if no stop comes first; the
    /// provider then keeps the whole recording. May lie in the future.
    pub fn with_length(mut self, length: Duration) -> Self {
        self.ends_after = Some(length);
        self
    }

    /// The title in the provider's answers.
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The id of the recording; by default the provider makes one. A provider that gives recordings no ids of their
    /// own takes none.
    pub fn with_recording_id(mut self, id: impl Into<String>) -> Self {
        self.recording_id = Some(id.into());
        self
    }

    /// Whether the stream can be rewound. By default it can.
    pub fn with_dvr(mut self, dvr: bool) -> Self {
        self.dvr = dvr;
        self
    }

    /// How far back the stream can be rewound: an hour by default.
    pub fn with_dvr_window(mut self, length: Duration) -> Self {
        self.dvr_window = length;
        self
    }

    /// Whether the stream is recorded while it is live, from its start. By
    /// default it is; other providers record every stream.
    pub fn with_recording(mut self, records: bool) -> Self {
        self.records = records;
        self
    }

    /// Whether the recording is transcoded. By default it
    /// is.
    pub fn with_transcoding(mut self, transcodes: bool) -> Self {
        self.processing.transcodes = transcodes;
        self
    }

    /// How long the stream stays [`Stage::Stopped`] before its processing begins: 5 s by default.
    pub fn with_stopped_time(mut self, length: Duration) -> Self {
        self.processing.stopped_for = length;
        self
    }

    /// How long [`Stage::Transcoding`] takes: 60 s by default.
    pub fn with_transcoding_time(mut self, length: Duration) -> Self {
        self.processing.transcoding = length;
        self
    }

    /// How long [`Stage::Trimming`] takes, where there is a cut: 10 s by default.
    pub fn with_trimming_time(mut self, length: Duration) -> Self {
        self.processing.trimming = length;
        self
    }

    /// Makes the processing fail at the end of `stage`.
    pub fn with_failure(mut self, stage: FailingStage) -> Self {
        self.processing.fails_in = Some(stage);
        self
    }

    /// The recording can be had as soon as the stream is over, and never fails.
    pub(crate) fn without_processing(mut self) -> Self {
        self.processing = Processing {
            stopped_for: Duration::ZERO,
            transcoding: Duration::ZERO,
            trimming: Duration::ZERO,
            transcodes: false,
            fails_in: None,
        };
        self
    }

    /// The stream that this describes, created at `now` as the `number`th, of a provider whose
    /// recordings have such ids, and whose streams have such things of their own.
    pub(crate) fn create(
        self,
        now: OffsetDateTime,
        number: u64,
        recording_ids: RecordingIds,
        own: Box<dyn Own>,
    ) -> Result<Stream, CreateError> {
        let start = match self.start {
            Start::Never => None,
            Start::At(at) => Some(at),
            Start::Ago(length) => {
                Some(instant::earlier(now, length).ok_or(CreateError::OutOfRange)?)
            }
        };
        let recording_id = match (recording_ids, self.recording_id) {
            (RecordingIds::Own(_), Some(id)) => id,
            (RecordingIds::Own(id) | RecordingIds::OfStream(id), None) => {
                id(&self.id, number, start)
            }
            (RecordingIds::Streams | RecordingIds::OfStream(_), Some(_)) => {
                return Err(CreateError::RecordingId);
            }
            (RecordingIds::Streams, None) => self.id.clone(),
        };
        let end = match (start, self.ends_after) {
            (Some(start), Some(length)) => {
                Some(instant::later(start, length).ok_or(CreateError::OutOfRange)?)
            }
            _ if self.over => Some(now),
            _ => None,
        };
        if end.is_some() && start.is_none_or(|start| end <= Some(start)) {
            return Err(CreateError::NothingRecorded);
        }
        let life = Life {
            start,
            end,
            ending: end.map(|since| Ending::Processed { since, trim: false }),
            processing: self.processing,
        };
        let mut past = Step::of(&life);
        past.retain(|step| step.transition.at < now);
        Ok(Stream {
            recording_id,
            id: self.id,
            number,
            title: self.title,
            dvr: self.dvr,
            dvr_window: self.dvr_window,
            records: self.records,
            own,
            life,
            told: past,
            events: 0,
            stopped: None,
            cut: None,
            clips: Vec::new(),
            visibility: None,
        })
    }
}

/// Why a stream can't be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The provider has a stream, or a recording, of that id.
    #[error("a stream or a recording of that id exists")]
    Exists,
    /// The spec has an id for the recording, and the provider gives recordings none of their own.
    #[error("this provider's recordings have no ids of their own")]
    RecordingId,
    /// The provider's streams have other ids, such as integers.
    #[error("this provider's streams have no such ids")]
    Id,
    /// An instant of the stream's life can't be represented.
    #[error("an instant of the stream's life lies outside the years -9999 to 9999")]
    OutOfRange,
    /// The stream would end before anything was recorded.
    #[error("the stream would end before it begins")]
    NothingRecorded,
}

/// A change of stage, and of what: two recordings can be ready at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    transition: Transition,
    /// The clip, by its place; `None`: the recording itself.
    clip: Option<usize>,
}

impl Step {
    /// Those of the recording itself.
    fn of(life: &Life) -> Vec<Self> {
        let own = life.transitions().into_iter();
        let own = own.map(|transition| Self {
            transition,
            clip: None,
        });
        own.collect()
    }
}

/// Where the ids of recordings come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RecordingIds {
    /// A recording has its stream's.
    Streams,
    /// They are made of the stream's id, of its place in the order of creation, or of its start.
    Own(fn(stream: &str, number: u64, start: Option<OffsetDateTime>) -> String),
    /// As [`Own`](Self::Own), and those of another stream may be the same.
    OfStream(fn(stream: &str, number: u64, start: Option<OffsetDateTime>) -> String),
}

/// What only the streams of one provider have.
pub(crate) trait Own: Any + fmt::Debug + Send {
    fn boxed_clone(&self) -> Box<dyn Own>;
}

impl<T: Any + Clone + fmt::Debug + Send> Own for T {
    fn boxed_clone(&self) -> Box<dyn Own> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Own> {
    fn clone(&self) -> Self {
        // Of what is in the box: a box of a box holds no `T`.
        (**self).boxed_clone()
    }
}

/// What the simulator holds of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) id: String,
    pub(crate) recording_id: String,
    /// Its place in the order of creation, from 1.
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) dvr: bool,
    pub(crate) dvr_window: Duration,
    pub(crate) records: bool,
    own: Box<dyn Own>,
    life: Life,
    /// What receivers of webhooks were told of, or needn't be.
    told: Vec<Step>,
    events: u64,
    /// When a stop by the API was carried out.
    stopped: Option<OffsetDateTime>,
    /// What was kept, where it isn't the whole recording.
    cut: Option<Kept>,
    /// What was cut out of the recording as recordings of their own, in the order of creation.
    pub(crate) clips: Vec<Clip>,
    pub(crate) visibility: Option<u64>,
}

impl Stream {
    /// What only the streams of its provider have; `None` if they have no `T`.
    pub(crate) fn own<T: Any>(&self) -> Option<&T> {
        let own: &dyn Any = &*self.own;
        own.downcast_ref()
    }

    /// As [`own`](Self::own), to be changed.
    pub(crate) fn own_mut<T: Any>(&mut self) -> Option<&mut T> {
        let own: &mut dyn Any = &mut *self.own;
        own.downcast_mut()
    }

    pub(crate) fn stage(&self, now: OffsetDateTime) -> Stage {
        stage_at(&self.transitions(), now)
    }

    /// Those of the recording; then, for each clip, its making.
    pub(crate) fn transitions(&self) -> Vec<Transition> {
        let steps = self.steps().into_iter();
        steps.map(|step| step.transition).collect()
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Step::of(&self.life);
        for (number, clip) in self.clips.iter().enumerate() {
            let Some(making) = self.making(clip) else {
                continue;
            };
            let mut step = |at, stage| {
                steps.push(Step {
                    transition: Transition { at, stage },
                    clip: Some(number),
                });
            };
            step(making.begins, Stage::Trimming);
            if let Some(at) = making.ends {
                step(at, making.result);
            }
        }
        // Stable: what happens at one instant stays in its order.
        steps.sort_by_key(|step| step.transition.at);
        steps
    }

    /// The making of a clip, which doesn't begin before its recording is ready or has failed, when
    /// the clip fails too; `None` where neither ever comes.
    fn making(&self, clip: &Clip) -> Option<Making> {
        let source = self.processed()?;
        let begins = source.at.max(clip.created);
        let Processing {
            trimming, fails_in, ..
        } = self.life.processing;
        Some(if source.stage == Stage::Failed {
            Making {
                begins,
                ends: Some(begins),
                result: Stage::Failed,
            }
        } else {
            Making {
                begins,
                ends: instant::later(begins, trimming),
                result: match fails_in {
                    Some(FailingStage::Trimming) => Stage::Failed,
                    _ => Stage::Ready,
                },
            }
        })
    }

    /// When the recording, whatever is cut out of it, is ready or fails, if ever.
    pub(crate) fn processed(&self) -> Option<Transition> {
        let last = self.life.transitions().pop()?;
        matches!(last.stage, Stage::Ready | Stage::Failed).then_some(last)
    }

    /// The stage that the recording is in, whatever is cut out of it.
    pub(crate) fn own_stage(&self, now: OffsetDateTime) -> Stage {
        stage_at(&self.life.transitions(), now)
    }

    /// The stage that a clip is in.
    pub(crate) fn clip_stage(&self, clip: &Clip, now: OffsetDateTime) -> Stage {
        self.making(clip)
            .filter(|making| making.ends.is_some_and(|at| at <= now))
            .map_or(Stage::Trimming, |making| making.result)
    }

    /// Whether the recording, or a clip of it, has this id.
    pub(crate) fn has_recording(&self, id: &str) -> bool {
        self.recording_id == id || self.clips.iter().any(|clip| clip.id == id)
    }

    /// What has changed by `now` and wasn't told yet; from here on it was.
    pub(crate) fn news(&mut self, now: OffsetDateTime) -> Vec<Change> {
        let mut news = Vec::new();
        let mut from = Stage::NotStarted;
        for step in self.steps() {
            let Transition { at, stage: to } = step.transition;
            if at <= now && !self.told.contains(&step) {
                self.told.push(step);
                let clip = step.clip;
                news.push(Change { at, from, to, clip });
            }
            from = to;
        }
        news
    }

    /// When there will be [news](Self::news).
    pub(crate) fn next_news(&self) -> Option<OffsetDateTime> {
        let untold = self.steps().into_iter();
        let mut untold = untold.filter(|step| !self.told.contains(step));
        untold.next().map(|step| step.transition.at)
    }

    /// The next number for an event of this stream, from 1.
    pub(crate) const fn next_event(&mut self) -> u64 {
        self.events = self.events.saturating_add(1);
        self.events
    }

    pub(crate) const fn start(&self) -> Option<OffsetDateTime> {
        self.life.start
    }

    pub(crate) fn has_started(&self, now: OffsetDateTime) -> bool {
        self.life.start.is_some_and(|start| start <= now)
    }

    /// When media ceased to arrive, if it did by `now`.
    pub(crate) fn ended(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.life.end.filter(|end| *end <= now)
    }

    /// Whether a stop by the API was carried out by `now`.
    pub(crate) fn was_stopped(&self, now: OffsetDateTime) -> bool {
        self.stopped.is_some_and(|stopped| stopped <= now)
    }

    pub(crate) const fn processing(&self) -> &Processing {
        &self.life.processing
    }

    pub(crate) const fn transcodes(&self) -> bool {
        self.life.processing.transcodes
    }

    /// Whether a part of the recording was, or will be, cut out.
    pub(crate) const fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// What has been recorded by `now`; `None` before the start.
    pub(crate) fn media(&self, now: OffsetDateTime) -> Option<Media> {
        let start = self.life.start?;
        let end = self.ended(now).unwrap_or(now);
        Some(Media {
            start,
            length: instant::since(start, end)?,
        })
    }

    /// What the provider keeps.
    pub(crate) fn kept(&self, now: OffsetDateTime) -> Option<Kept> {
        match self.stage(now) {
            Stage::NotStarted | Stage::Live | Stage::Failed | Stage::Discarded => None,
            Stage::Stopped | Stage::Transcoding | Stage::Trimming | Stage::Ready => {
                let clip = self.clips.last().map(|clip| clip.kept);
                clip.or(self.cut)
                    .or_else(|| self.media(now).map(Media::whole))
            }
        }
    }

    pub(crate) fn recording(&self, now: OffsetDateTime) -> Recording {
        Recording {
            stream: self.id.clone(),
            id: match self.clips.last() {
                Some(clip) => clip.id.clone(),
                None => self.recording_id.clone(),
            },
            stage: self.stage(now),
            start: self.life.start.filter(|_| self.has_started(now)),
            end: self.ended(now),
            kept: self.kept(now),
            visibility: self.visibility,
        }
    }

    /// What `cut` would keep, were the stream stopped at `now`.
    pub(crate) fn keep(&self, now: OffsetDateTime, cut: &Cut) -> Result<Kept, Unfit> {
        self.media(now).ok_or(Unfit::TooLate)?.keep(cut)
    }

    /// As [`keep`](Self::keep), of the part of `cut` that was recorded.
    pub(crate) fn keep_within(&self, now: OffsetDateTime, cut: &Cut) -> Result<Kept, Unfit> {
        self.media(now).ok_or(Unfit::TooLate)?.keep_within(cut)
    }

    /// Ends the stream, if it hasn't ended, and processes its recording from `now` on, down to
    /// `cut` where there is one.
    pub(crate) fn stop(&mut self, now: OffsetDateTime, cut: Option<Kept>) {
        self.stopped = Some(now);
        self.life.end = Some(self.ended(now).unwrap_or(now));
        self.life.ending = Some(Ending::Processed {
            since: now,
            trim: cut.is_some(),
        });
        self.cut = cut;
    }

    /// Ends the stream, if it hasn't ended, and keeps nothing.
    pub(crate) fn discard(&mut self, now: OffsetDateTime) {
        self.stopped = Some(now);
        self.life.end = Some(self.ended(now).unwrap_or(now));
        self.life.ending = Some(Ending::Nothing { since: now });
        self.cut = None;
    }
}

/// When a clip is made, and what comes of it.
struct Making {
    begins: OffsetDateTime,
    /// `None` beyond the last representable instant.
    ends: Option<OffsetDateTime>,
    /// [`Stage::Ready`] or [`Stage::Failed`].
    result: Stage,
}

/// A part of a recording that is a recording of its own.
#[derive(Clone, Debug)]
pub(crate) struct Clip {
    pub(crate) id: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) kept: Kept,
    /// What its creator wrote on it.
    pub(crate) passthrough: Option<String>,
    pub(crate) policies: Vec<&'static str>,
}

/// A provider's streams by id.
pub(crate) type Streams = BTreeMap<String, Stream>;
