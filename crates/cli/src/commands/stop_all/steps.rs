//! The next step for each stream, noted before and after.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use livecut::{
    Capabilities, Certainty, CutState, CutVerdict, Effect, Error, ErrorKind, LiveStreamStopper,
    LiveStreamStopperExt as _, Progress, Recording, StopOutcome, StopPlan, StopRequest, StreamId,
    StreamState, StreamStatus, Ticket,
};

use crate::human::hms;
use crate::list::{Asked, Entry};
use crate::results::{Known, Next, Outcome, Results, without_end};

type Result<T> = livecut::Result<T>;

/// What can be said where not even a plan is there to say less.
const ALL_UNKNOWN: Effect =
    Effect::new(Certainty::Unknown, Certainty::Unknown).with_other(Certainty::Unknown);

/// A stopper whose `stop` takes the next step for a stream, which is a stop only where nothing
/// has been applied yet, and keeps what came of it before anyone else learns it.
#[derive(Debug)]
pub(super) struct Steps {
    stopper: Arc<dyn LiveStreamStopper>,
    stops: HashMap<StreamId, Stop>,
    reconcile: bool,
    notes: Mutex<Notes>,
}

/// A stop of the list.
#[derive(Debug)]
struct Stop {
    asked: Asked,
    /// All that it may cause.
    possible: Effect,
}

#[derive(Debug)]
struct Notes {
    results: Results,
    /// The states that streams were in when they were looked at, until they are stopped.
    looked: HashMap<StreamId, StreamState>,
    /// Why results can't be kept any more.
    broken: Option<io::Error>,
}

impl Steps {
    pub(super) fn new(
        stopper: Arc<dyn LiveStreamStopper>,
        entries: &[Entry],
        results: Results,
        reconcile: bool,
    ) -> Self {
        let stop = |Entry { request, asked, .. }: &Entry| {
            let plan = stopper.plan(request);
            let possible = plan.map_or(ALL_UNKNOWN, |plan| plan.possible_effect(request));
            let asked = asked.clone();
            (request.stream().clone(), Stop { asked, possible })
        };
        Self {
            stops: entries.iter().map(stop).collect(),
            stopper,
            reconcile,
            notes: Mutex::new(Notes {
                results,
                looked: HashMap::new(),
                broken: None,
            }),
        }
    }

    /// Whether there is anything to be done for a stream.
    pub(super) fn has_next(&self, stream: &StreamId) -> bool {
        self.next(stream) != Next::Nothing
    }

    /// The streams whose results the file may lack, in their names' order.
    pub(super) fn unwritten(&self) -> Vec<StreamId> {
        let notes = self.notes();
        let is_unwritten = |stream: &&StreamId| {
            let known = notes.results.of(stream);
            known.is_some_and(Known::is_unwritten)
        };
        let mut streams: Vec<_> = self.stops.keys().filter(is_unwritten).cloned().collect();
        streams.sort_unstable();
        streams
    }

    /// What is known of a stream, and whether only by earlier runs.
    pub(super) fn known(&self, stream: &StreamId) -> Option<(Outcome, bool)> {
        let notes = self.notes();
        let known = notes.results.of(stream)?;
        Some((self.outcome(known, stream), known.is_earlier()))
    }

    /// Notes what a step came to in the end, where that is news: it was given up on while it was
    /// under way, or a look has proved what was unknown.
    pub(super) fn settle(
        &self,
        stream: &StreamId,
        stopped: Result<StopOutcome>,
    ) -> Result<StopOutcome> {
        let mut notes = self.notes();
        let Some(known) = notes.results.of(stream) else {
            return stopped;
        };
        let before = self.outcome(known, stream);
        if notes.results.is_under_way(stream) {
            // All that it may have done, with the steps before it, was noted when it began.
            let stopped = stopped.map_err(|error| {
                let error = error.with_effect(before.effect());
                match before.ticket().map(str::parse) {
                    Some(Ok(ticket)) => error.with_ticket(ticket),
                    _ => error,
                }
            });
            notes.end(stream, &stopped);
            return stopped;
        }
        let after = Outcome::of(stream, &stopped).effect();
        if before.effect().stopped == Certainty::Unknown && after.stopped == Certainty::Yes {
            notes.end(stream, &stopped);
        }
        stopped
    }

    /// Whether results can't be kept any more, so that no stop may begin.
    pub(super) fn is_broken(&self) -> bool {
        self.notes().broken.is_some()
    }

    /// Whether a next run finds the file that results are kept in.
    pub(super) fn is_in_place(&self) -> bool {
        self.notes().results.is_in_place().is_ok()
    }

    /// Has all results on the disk.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut notes = self.notes();
        match notes.broken.take() {
            Some(error) => Err(error),
            None => notes.results.sync(),
        }
    }

    fn outcome(&self, known: &Known, stream: &StreamId) -> Outcome {
        let stop = self.stops.get(stream);
        let possible = stop.map_or(ALL_UNKNOWN, |stop| stop.possible);
        known.outcome(self.stopper.provider(), stream, possible)
    }

    fn next(&self, stream: &StreamId) -> Next {
        self.notes().results.next(stream, self.reconcile)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stop_now(&self, request: &StopRequest) -> Result<StopOutcome> {
        let stream = request.stream();
        let ticket = self.stopper.plan(request)?.ticket().cloned();
        self.notes().begin(stream, &self.stops, ticket.as_ref())?;
        let stopped = self.stopper.stop(request).await;
        self.notes().end(stream, &stopped);
        stopped
    }

    /// Looks whether a stream is over by now of which that is unknown since another run.
    async fn look(&self, request: &StopRequest) -> Result<StopOutcome> {
        let stream = request.stream();
        let Some((known, _)) = self.known(stream) else {
            return Err(Error::new(
                ErrorKind::Internal,
                "there is nothing to look for",
            ));
        };
        let mut error = without_end(known.effect()).with_provider(self.stopper.provider());
        if let Some(Ok(ticket)) = known.ticket().map(str::parse::<Ticket>) {
            error = error.with_ticket(ticket);
        }
        let on_air = StreamStatus::new(
            self.stopper.provider(),
            stream.clone(),
            StreamState::Live,
            "",
        );
        self.stopper.reconcile(request, &on_air, error).await
    }

    /// Takes a step towards a cut that is owed, or that may be.
    async fn follow_owed(&self, ticket: &Ticket) -> Result<StopOutcome> {
        let stream = ticket.stream();
        let so_far = self
            .known(stream)
            .map_or(ALL_UNKNOWN, |(known, _)| known.effect());
        self.notes().follow(stream)?;
        let (mut stopped, step) = match self.stopper.follow(ticket).await {
            Ok(progress) => {
                let step = progress.effect_since(ticket);
                (settled(&progress, so_far.then(step)), step)
            }
            Err(error) => {
                let (step, newest) = (error.effect(), error.ticket().cloned());
                let error = error
                    .with_effect(so_far.then(step))
                    .with_ticket(newest.unwrap_or_else(|| ticket.clone()));
                (Err(error), step)
            }
        };
        stopped = stopped.map_err(|error| error.with_provider(self.provider()));
        self.notes().end(stream, &stopped);
        // Whoever paces the calls hears of this one alone: a refusal that did nothing is tried again.
        stopped.map_err(|error| error.with_effect(step))
    }
}

impl Notes {
    /// Notes that a stop is about to be sent, or refuses it.
    fn begin(
        &mut self,
        stream: &StreamId,
        stops: &HashMap<StreamId, Stop>,
        ticket: Option<&Ticket>,
    ) -> Result<()> {
        let Some(Stop { asked, .. }) = stops.get(stream) else {
            return Err(Error::new(
                ErrorKind::Internal,
                "not begun: the list doesn't name it",
            ));
        };
        let before = self.looked.remove(stream).map(StreamState::as_str);
        let ticket = ticket.map(ToString::to_string);
        let begun = self.results.begin(stream, asked, before, ticket);
        self.begun(begun, "not begun")
    }

    /// Notes that an owed cut is about to be followed, or refuses it.
    fn follow(&mut self, stream: &StreamId) -> Result<()> {
        let followed = self.results.follow(stream);
        self.begun(followed, "not followed")
    }

    /// What can't be noted isn't begun.
    fn begun(&mut self, noted: io::Result<()>, not_begun: &str) -> Result<()> {
        noted.map_err(|error| {
            let why = format!("{not_begun}: results can't be kept: {error}");
            self.broken = Some(error);
            Error::new(ErrorKind::Internal, why)
        })
    }

    fn end(&mut self, stream: &StreamId, stopped: &Result<StopOutcome>) {
        let outcome = Outcome::of(stream, stopped);
        if let Err(error) = self.results.end(stream, outcome) {
            self.broken = Some(error);
        }
    }
}

/// What a step towards an owed cut means for the stop that owes it; `effect` is of all steps.
fn settled(progress: &Progress, effect: Effect) -> Result<StopOutcome> {
    let ticket = progress.ticket();
    let cut = ticket.cut();
    let outcome = |state| {
        StopOutcome::new(ticket.clone())
            .with_cut(cut.copied(), state)
            .with_other(effect.other)
    };
    let less = |kind, why: String| Error::new(kind, why).with_effect(effect);
    match progress {
        // It has a recording of its own: the provider has it in hand.
        Progress::InProgress(_) if ticket.recording().is_some() => {
            let recording = ticket.recording().cloned().map(Recording::new);
            let outcome = outcome(CutState::Scheduled);
            Ok(match recording {
                Some(recording) => outcome.with_recording(recording),
                None => outcome,
            })
        }
        Progress::InProgress(progress) => {
            let stage = progress.stage().to_owned();
            Err(less(ErrorKind::CutOwed, stage).with_ticket(ticket.clone()))
        }
        Progress::Ready(ready) => match (cut, ready.verdict()) {
            (Some(cut), Some(CutVerdict::Differs { actual })) => {
                let why = format!(
                    "the recording lasts {}, and the cut {}",
                    hms(actual),
                    hms(cut.effective().duration())
                );
                Err(less(ErrorKind::UnexpectedResponse, why).with_ticket(ticket.clone()))
            }
            (_, verdict) => {
                let state = match verdict {
                    Some(CutVerdict::Confirmed) => CutState::Made,
                    _ => CutState::Scheduled,
                };
                Ok(outcome(state).with_recording(ready.recording().clone()))
            }
        },
        Progress::Failed(failed) => {
            let why = format!("the recording failed: {}", failed.reason());
            let error = less(ErrorKind::ProviderFailed, why);
            // Nothing makes a cut that failed, so it isn't owed any more.
            Err(match ticket.owes_cut() {
                true => error,
                false => error.with_ticket(ticket.clone()),
            })
        }
    }
}

#[async_trait]
impl LiveStreamStopper for Steps {
    fn provider(&self) -> &'static str {
        self.stopper.provider()
    }

    fn capabilities(&self) -> Capabilities {
        self.stopper.capabilities()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        self.stopper.plan(request)
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        match self.next(request.stream()) {
            Next::Stop => self.stop_now(request).await,
            Next::Follow(ticket) => self.follow_owed(&ticket).await,
            Next::Reconcile => self.look(request).await,
            Next::Nothing => Err(Error::new(ErrorKind::Internal, "there is nothing to do")),
        }
    }

    /// What is seen here before a stop is noted with it: only then can a look after it prove
    /// anything, also to another run.
    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let status = self.stopper.status(stream).await?;
        if self.next(stream) == Next::Stop {
            self.notes().looked.insert(stream.clone(), status.state());
        }
        Ok(status)
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        self.stopper.follow(ticket).await
    }
}
