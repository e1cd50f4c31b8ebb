//! What the checks share: the world, the adapter's word about itself, and a stop that is checked from end to end.

use std::sync::Arc;
use std::time::Duration;

use livecut_core::{
    Capabilities, CutRange, ErrorKind, LiveStreamStopper, Progress, Rounding, Standing,
    StopOutcome, StopRequest, StreamId, Ticket, Timeline, TimelineSupport,
};
use time::OffsetDateTime;

use crate::oracle::{self, Expected, Span};
use crate::watch::{Watch, Watched};
use crate::world::Cause;
use crate::{LiveStream, ReceivedRequest, Skip, World, WorldError};

/// Why a check ended early.
#[derive(Debug)]
pub(crate) enum Halt {
    Failed(String),
    Skipped(Skip),
}

pub(crate) type Check<T = ()> = Result<T, Halt>;

impl From<WorldError> for Halt {
    fn from(error: WorldError) -> Self {
        match error.0 {
            Cause::NotSimulated(what) => Self::Skipped(Skip::World(what)),
            Cause::Failed(_) => Self::Failed(error.to_string()),
        }
    }
}

/// Ends the check as failed.
macro_rules! fail {
    ($($why:tt)*) => {
        return Err($crate::suite::Halt::Failed(format!($($why)*)))
    };
}

/// Ends the check as failed unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($why:tt)*) => {
        if !$holds {
            fail!($($why)*);
        }
    };
}

pub(crate) use {ensure, fail};

/// How far the server's time is moved on in each step of a recording's life, and how often at most.
pub(crate) const STEP: Duration = Duration::from_secs(1);
pub(crate) const MAX_STEPS: u32 = 3_600;

pub(crate) struct Suite<'w> {
    pub(crate) world: &'w dyn World,
    pub(crate) provider: &'static str,
    pub(crate) capabilities: Capabilities,
    pub(crate) watch: Arc<Watch>,
}

impl<'w> Suite<'w> {
    pub(crate) fn new(world: &'w dyn World) -> Result<Self, WorldError> {
        let watch = Arc::new(Watch::new(world.secrets()));
        let stopper = world.stopper()?;
        Ok(Self {
            world,
            provider: stopper.provider(),
            capabilities: stopper.capabilities(),
            watch,
        })
    }

    /// A fresh stopper, as in another process.
    pub(crate) fn stopper(&self) -> Check<Arc<dyn LiveStreamStopper>> {
        Ok(self.watched(required(self.world.stopper())?))
    }

    pub(crate) fn watched(
        &self,
        stopper: Arc<dyn LiveStreamStopper>,
    ) -> Arc<dyn LiveStreamStopper> {
        Arc::new(Watched::new(stopper, Arc::clone(&self.watch)))
    }

    /// How long streams have been on air, so that every cut of the suite lies within.
    pub(crate) fn on_air(&self) -> Duration {
        self.grid()
            .saturating_mul(20)
            .saturating_add(Duration::from_secs(600))
    }

    pub(crate) fn grid(&self) -> Duration {
        self.capabilities.granularity()
    }

    pub(crate) async fn begin(&self) -> Check<LiveStream> {
        required(self.world.begin(self.on_air()).await)
    }

    pub(crate) async fn kept(&self, stream: &StreamId) -> Check<Option<Span>> {
        let kept = required(self.world.kept(stream).await)?;
        if let Some(range) = kept
            && range.timeline() != Timeline::Offset
        {
            fail!("the world failed: World::kept must be offsets, and is {range}");
        }
        Ok(kept.map(Span::of))
    }

    pub(crate) async fn requests(&self) -> Check<Vec<ReceivedRequest>> {
        required(self.world.requests().await)
    }

    /// How many requests have arrived, to ask [`requests_since`](Self::requests_since) with.
    pub(crate) async fn mark(&self) -> Check<usize> {
        Ok(self.requests().await?.len())
    }

    pub(crate) async fn requests_since(&self, mark: usize) -> Check<Vec<ReceivedRequest>> {
        let all = self.requests().await?;
        Ok(all.into_iter().skip(mark).collect())
    }

    /// Those since then that change something.
    pub(crate) async fn changes_since(&self, mark: usize) -> Check<Vec<ReceivedRequest>> {
        let mut arrived = self.requests_since(mark).await?;
        arrived.retain(ReceivedRequest::is_mutating);
        Ok(arrived)
    }

    pub(crate) async fn nothing_arrived_since(&self, mark: usize, what: &str) -> Check {
        let arrived = self.requests_since(mark).await?;
        ensure!(
            arrived.is_empty(),
            "{what}, and yet there arrived: {arrived:?}"
        );
        Ok(())
    }

    pub(crate) async fn still_on_air(&self, stream: &StreamId, why: &str) -> Check {
        let kept = self.kept(stream).await?;
        ensure!(kept.is_none(), "the stream was stopped, {why}");
        Ok(())
    }

    /// A timeline that the provider cuts on by itself, if there is one.
    pub(crate) fn native(&self) -> Option<Timeline> {
        [Timeline::Offset, Timeline::WallClock]
            .into_iter()
            .find(|timeline| self.capabilities.timeline(*timeline) == Some(TimelineSupport::Native))
    }

    /// Whether such a request can be made: a provider may set a visibility only where it makes a cut.
    pub(crate) fn can_ask(&self, request: &StopRequest) -> bool {
        request.visibility().is_none()
            || request.cut().is_some()
            || !self.capabilities.visibility_of_cuts_only()
    }

    /// Whether `plan` can't tell what becomes of this request's cut, since the anchor is still to be read.
    pub(crate) fn depends_on_a_read(&self, request: &StopRequest) -> bool {
        let timeline = request.cut().map(|cut| cut.timeline());
        let support = timeline.and_then(|timeline| self.capabilities.timeline(timeline));
        support == Some(TimelineSupport::ReadAnchor) && request.anchor().is_none()
    }

    /// A request for a cut of `live` on the provider's own timeline and grid, if it cuts at all.
    pub(crate) fn cut_request(&self, live: &LiveStream) -> Check<StopRequest> {
        let request = StopRequest::new(live.id.clone());
        Ok(match self.native() {
            Some(timeline) => request.with_cut(self.cut_on_grid(timeline, live, 0)?),
            None => request,
        })
    }

    /// From 30 s to 120 s into the recording, or the next multiples of the granularity after that, moved on
    /// by `steps` multiples.
    pub(crate) fn cut_on_grid(
        &self,
        timeline: Timeline,
        live: &LiveStream,
        steps: u32,
    ) -> Check<CutRange> {
        let moved = oracle::nanos(self.grid()).saturating_mul(steps.into());
        self.cut_near_grid(timeline, live, moved)
    }

    /// As [`cut_on_grid`](Self::cut_on_grid), both bounds moved on by `moved` nanoseconds.
    pub(crate) fn cut_near_grid(
        &self,
        timeline: Timeline,
        live: &LiveStream,
        moved: i128,
    ) -> Check<CutRange> {
        let grid = oracle::nanos(self.grid());
        let zero = match timeline {
            Timeline::Offset => 0,
            Timeline::WallClock => live.start.unix_timestamp_nanos(),
        };
        let at = |seconds| {
            let after = oracle::nanos(Duration::from_secs(seconds));
            oracle::ceil(zero.saturating_add(after), grid)
        };
        let start = at(30);
        let end = at(120).max(start.saturating_add(grid.saturating_mul(4)));
        let span = Span {
            timeline,
            start: start.saturating_add(moved),
            end: end.saturating_add(moved),
        };
        span.range().ok_or_else(|| {
            Halt::Failed(format!(
                "the world failed: its stream began at {}, where no cut can be",
                live.start
            ))
        })
    }

    /// What the server should keep after `request`: the effective interval, as offsets; `None` for all of it.
    pub(crate) fn expected_kept(
        &self,
        request: &StopRequest,
        start: OffsetDateTime,
    ) -> Check<Option<Span>> {
        if request.cut().is_none() {
            return Ok(None);
        }
        match oracle::expected(&self.capabilities, request, start) {
            Some(Expected::Effective(span)) => Ok(Some(span.on(Timeline::Offset, start))),
            Some(Expected::Refused) => fail!("the suite failed: it made a request to be refused"),
            None => Err(unknown_capability()),
        }
    }

    /// Stops, sees the cut through to the server, and checks everything on the way: the outcome against the request,
    /// and what the server keeps against what was asked. Returns the ticket to go on with.
    pub(crate) async fn stop(
        &self,
        stopper: &dyn LiveStreamStopper,
        request: &StopRequest,
        start: OffsetDateTime,
    ) -> Check<Ticket> {
        let result = stopper.stop(request).await;
        self.went_well(stopper, request, start, result).await
    }

    /// As [`stop`](Self::stop), of what a stop has come to.
    pub(crate) async fn went_well(
        &self,
        stopper: &dyn LiveStreamStopper,
        request: &StopRequest,
        start: OffsetDateTime,
        result: livecut_core::Result<StopOutcome>,
    ) -> Check<Ticket> {
        let ticket = match result {
            Ok(outcome) => {
                let reported = outcome.cut();
                ensure!(
                    reported.map(|cut| cut.requested()) == request.cut(),
                    "asked for the cut {:?}, and the outcome has {reported:?}",
                    request.cut()
                );
                if let (Some(cut), Some(Expected::Effective(expected))) = (
                    reported,
                    oracle::expected(&self.capabilities, request, start),
                ) {
                    ensure!(
                        Span::of(cut.effective()) == expected,
                        "the outcome says that {} was sent for {}, and right is {expected:?}",
                        cut.effective(),
                        cut.requested()
                    );
                }
                ensure!(
                    outcome.ticket().cut() == reported,
                    "the ticket's cut is {:?}, and the outcome's {reported:?}",
                    outcome.ticket().cut()
                );
                outcome.ticket().clone()
            }
            Err(error) if error.standing() == Standing::CutOwed => {
                let Some(ticket) = error.ticket().cloned() else {
                    fail!("a cut is owed, and there is no ticket to go on with: {error}");
                };
                self.follow_to_the_end(stopper, ticket).await?
            }
            Err(error) => fail!("a stop that is right in every way failed: {error} ({error:?})"),
        };
        ensure!(
            ticket.provider() == self.provider && ticket.stream() == request.stream(),
            "the ticket is for `{}` at `{}`, and `{}` at `{}` was stopped",
            ticket.stream(),
            ticket.provider(),
            request.stream(),
            self.provider
        );
        self.check_kept(request, start).await?;
        Ok(ticket)
    }

    /// Checks that the server keeps what was asked for.
    pub(crate) async fn check_kept(&self, request: &StopRequest, start: OffsetDateTime) -> Check {
        let Some(kept) = self.kept(request.stream()).await? else {
            fail!("the stop was reported as done, and the stream is still on air");
        };
        // Where a cut is an address, all is kept.
        let cut = self.expected_kept(request, start)?;
        match cut.filter(|_| !self.capabilities.cuts_by_address()) {
            Some(expected) => ensure!(
                kept == expected,
                "the server keeps {kept:?} for {:?} ({}), and right is {expected:?}",
                request.cut(),
                request.rounding()
            ),
            // The stream may have run on while it was stopped.
            None => ensure!(
                kept.start == 0 && kept.end >= oracle::nanos(self.on_air()),
                "without a cut all is kept, {:?} at least, and the server keeps {kept:?}",
                self.on_air()
            ),
        }
        Ok(())
    }

    /// Where a cut is an address: checks that what the server has there is what was asked for.
    pub(crate) async fn check_address(
        &self,
        stopper: &dyn LiveStreamStopper,
        request: &StopRequest,
        start: OffsetDateTime,
        ticket: Ticket,
    ) -> Check {
        if !self.capabilities.cuts_by_address() {
            return Ok(());
        }
        let Some(expected) = self.expected_kept(request, start)? else {
            return Ok(());
        };
        let ticket = self.follow_to_the_end(stopper, ticket).await?;
        let ready = match stopper.follow(&ticket).await {
            Ok(Progress::Ready(ready)) => ready,
            other => fail!("a recording that was ready isn't any more: {other:?}"),
        };
        let [playback] = ready.recording().playback() else {
            fail!("a cut is an address, and the recording has {ready:?}");
        };
        let found = self.world.at_address(&playback.url).await?;
        ensure!(
            found.map(Span::of) == Some(expected),
            "the cut's address, {}, leads to {found:?} for {:?} ({}), and right is {expected:?}",
            playback.url,
            request.cut(),
            request.rounding()
        );
        Ok(())
    }

    /// Follows until the recording is ready, moving the server's clock on.
    pub(crate) async fn follow_to_the_end(
        &self,
        stopper: &dyn LiveStreamStopper,
        mut ticket: Ticket,
    ) -> Check<Ticket> {
        for _ in 0..MAX_STEPS {
            match stopper.follow(&ticket).await {
                Ok(Progress::InProgress(progress)) => ticket = progress.ticket().clone(),
                Ok(Progress::Ready(ready)) => return Ok(ready.ticket().clone()),
                Ok(Progress::Failed(failed)) => {
                    fail!("the recording failed: {}", failed.reason())
                }
                Err(error) => fail!("a step towards the recording failed: {error}"),
            }
            self.world.advance(STEP).await?;
        }
        fail!("the recording isn't ready after {MAX_STEPS} s of the server's time")
    }

    /// Whether a plan is refused, and a stop too, without any request and with no effect.
    pub(crate) async fn refused(
        &self,
        stopper: &dyn LiveStreamStopper,
        request: &StopRequest,
        kinds: &[ErrorKind],
        what: &str,
    ) -> Check {
        let mark = self.mark().await?;
        match stopper.plan(request) {
            Ok(plan) => fail!(
                "{what} isn't refused by plan, which says {:?}",
                plan.steps()
            ),
            Err(error) => ensure!(
                kinds.contains(&error.kind()),
                "plan refuses {what} as `{}`, and right is {kinds:?}: {error}",
                error.kind()
            ),
        }
        match stopper.stop(request).await {
            Ok(outcome) => fail!("{what} is refused by plan, and stop does it: {outcome:?}"),
            Err(error) => ensure!(
                kinds.contains(&error.kind()) && error.effect().is_none(),
                "stop fails otherwise than plan on {what}: {error} ({})",
                error.effect()
            ),
        }
        self.nothing_arrived_since(mark, &format!("{what} is refused before anything is sent"))
            .await
    }

    /// Requests for all roundings, on and between the multiples of the granularity, on one timeline.
    pub(crate) fn roundings(
        &self,
        timeline: Timeline,
        live: &LiveStream,
    ) -> Check<Vec<StopRequest>> {
        let grid = oracle::nanos(self.grid());
        let mut moves: Vec<i128> = [0, 1, 2, 3]
            .into_iter()
            .map(|quarters: i128| grid.saturating_mul(quarters).checked_div(4).unwrap_or(0))
            .collect();
        // A granularity of some nanoseconds has fewer quarters.
        moves.dedup();
        let mut requests = Vec::new();
        for moved in moves {
            let cut = self.cut_near_grid(timeline, live, moved)?;
            for rounding in Rounding::ALL {
                let request = StopRequest::new(live.id.clone())
                    .with_cut(cut)
                    .with_rounding(*rounding);
                requests.push(match self.capabilities.timeline(timeline) {
                    Some(TimelineSupport::WithAnchor) => request.with_anchor(live.start),
                    _ => request,
                });
            }
        }
        Ok(requests)
    }
}

pub(crate) fn required<T>(result: Result<T, WorldError>) -> Check<T> {
    result.map_err(|error| {
        Halt::Failed(match error.0 {
            Cause::NotSimulated(what) => {
                format!("the world lacks a part that isn't optional: {what}")
            }
            Cause::Failed(_) => error.to_string(),
        })
    })
}

pub(crate) fn unknown_capability() -> Halt {
    Halt::Skipped(Skip::Capability(
        "this version of the suite doesn't know one of them".to_owned(),
    ))
}

pub(crate) fn incapable(what: impl Into<String>) -> Halt {
    Halt::Skipped(Skip::Capability(what.into()))
}
