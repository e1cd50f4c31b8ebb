//! The stage of the demo: simulated providers, and what is done with them.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use livecut::webhook::{Delivery, ReceiverBuilder, WebhookReceiver};
use livecut::{
    Bounds, CutRange, CutRangeError, LiveStreamStopper, Progress, StopOutcome, StopRequest,
    StopperBuilder, StreamId, Ticket, Timeline, TimelineSupport,
};
use livecut_sim::{Disorder, SimClock, Simulator, StreamSpec, Webhook, WebhookSpec};
use time::OffsetDateTime;

use super::document::{CallDocument, Look, Told};
use crate::duration::rounded_up;
use crate::exit::{Exit, Phase};
use crate::failure::Failure;
use crate::json::Seconds;
use crate::simulated::{self, Simulated};
use crate::webhooks::url_secret;

/// A recording that isn't ready after so many looks never will be.
const MOST_LOOKS: usize = 1_000;

/// Every simulated provider, with a clock of their own.
pub(super) struct World(Simulator);

impl World {
    pub(super) async fn new() -> Result<Self, Box<Failure>> {
        Simulator::start()
            .await
            .map(Self)
            .map_err(|error| Failure::internal(format!("the simulator can't be started: {error}")))
    }

    /// One of the providers, with its simulation.
    pub(super) fn stage(&self, provider: &str) -> Result<Stage<'_>, Box<Failure>> {
        let mut all = simulated::all(&self.0).into_iter();
        let simulated = all
            .find(|simulated| simulated.provider.name() == provider)
            .ok_or_else(|| Failure::internal(format!("{provider} isn't simulated")))?;
        Stage::new(&self.0, simulated)
    }
}

/// The providers of this build, in the library's order; or just one.
pub(super) fn providers(only: Option<&str>) -> Result<Vec<&'static str>, Box<Failure>> {
    let built: Vec<_> = livecut::providers()
        .iter()
        .filter(|provider| provider.is_compiled_in())
        .map(|provider| provider.name())
        .filter(|name| only.is_none_or(|only| only == *name))
        .collect();
    if !built.is_empty() {
        return Ok(built);
    }
    Err(Failure::usage(match only {
        Some(name) => format!("`{name}` isn't compiled in: build with the feature of that name"),
        None => "no provider is compiled in: build with the feature of one".to_owned(),
    }))
}

/// One provider of a world.
pub(super) struct Stage<'a> {
    sim: &'a Simulator,
    simulated: Simulated,
    pub(super) stopper: Arc<dyn LiveStreamStopper>,
    /// `None` where the provider has no webhooks.
    webhooks: Option<Webhooks>,
}

/// A provider's webhooks, and who receives them.
struct Webhooks {
    sender: Webhook,
    receiver: Arc<dyn WebhookReceiver>,
}

/// A stop that is done.
pub(super) struct Stopped {
    pub(super) calls: Vec<CallDocument>,
    pub(super) outcome: StopOutcome,
    request: StopRequest,
    /// What was to be kept, as offsets from the recording's start.
    part: Option<CutRange>,
}

/// What was to be kept of a recording, and what was.
pub(super) struct Verified {
    pub(super) anchor_precision: Duration,
    pub(super) expected: CutRange,
    pub(super) kept: CutRange,
    /// The same, as offsets from the recording's start.
    pub(super) kept_part: CutRange,
    pub(super) as_asked: bool,
}

impl Webhooks {
    fn new(simulated: &Simulated, spec: WebhookSpec) -> Result<Self, Box<Failure>> {
        let clock = simulated.provider.clock().clone();
        let receiver = ReceiverBuilder::new()
            .with_provider(simulated.provider.name())
            .with_clock(move || clock.now().into())
            .build_from_lookup(|name| simulated.variable(name))
            .map_err(|error| Failure::of(Phase::Plan, &error))?;
        // As providers do it: some come twice, and they overtake each other.
        let disorder = Disorder::seeded(1)
            .with_duplicates(50)
            .with_delays(Duration::from_secs(5));
        let sender = simulated
            .provider
            .register_webhook(spec.with_disorder(disorder))
            .map_err(|error| Failure::internal(format!("a webhook can't be simulated: {error}")))?;
        Ok(Self { sender, receiver })
    }
}

impl<'a> Stage<'a> {
    fn new(sim: &'a Simulator, simulated: Simulated) -> Result<Self, Box<Failure>> {
        let name = simulated.provider.name();
        let variable = |name: &str| simulated.variable(name);
        let stopper = StopperBuilder::new()
            .with_provider(name)
            .build_from_lookup(variable)
            .map_err(|error| Failure::of(Phase::Plan, &error))?;
        let webhooks = match &simulated.webhook {
            Some(spec) => Some(Webhooks::new(&simulated, spec.clone())?),
            None => None,
        };
        Ok(Self {
            sim,
            simulated,
            stopper,
            webhooks,
        })
    }

    pub(super) const fn has_webhooks(&self) -> bool {
        self.webhooks.is_some()
    }

    pub(super) fn name(&self) -> &'static str {
        self.simulated.provider.name()
    }

    pub(super) fn server(&self) -> String {
        format!("http://{}", self.sim.address())
    }

    pub(super) fn clock(&self) -> &SimClock {
        self.sim.clock()
    }

    /// Stops a stream that has been live for an hour, cut to a part of its recording that is given on one of the timelines.
    pub(super) async fn stop(
        &self,
        id: &str,
        cut: Option<(CutRange, Timeline)>,
    ) -> Result<Stopped, Box<Failure>> {
        let provider = &self.simulated.provider;
        provider
            .create_stream(StreamSpec::live(id))
            .map_err(|error| Failure::internal(format!("a stream can't be simulated: {error}")))?;
        let began = provider
            .recording(id)
            .and_then(|recording| recording.start)
            .ok_or_else(|| Failure::internal("the simulated stream isn't live"))?;
        let stream = StreamId::new(id).map_err(|error| Failure::internal(error.to_string()))?;
        let mut request = StopRequest::new(stream);
        if let Some((part, timeline)) = cut {
            request = request.with_cut(on(timeline, part, began)?);
            // Where the provider tells when the recording began, it is read.
            if self.stopper.capabilities().timeline(timeline) == Some(TimelineSupport::WithAnchor) {
                request = request.with_anchor(began);
            }
        }
        let before = provider.requests().last().map_or(0, |last| last.number);
        let outcome = self
            .stopper
            .stop(&request)
            .await
            .map_err(|error| Failure::of(Phase::Call, &error))?;
        let calls = provider
            .requests()
            .iter()
            .filter(|record| record.number > before)
            .map(|record| CallDocument::new(&self.server(), record))
            .collect();
        Ok(Stopped {
            calls,
            outcome,
            request,
            part: cut.map(|(part, _)| part),
        })
    }

    /// Holds a stop, whose recording has been followed so far, against what the simulated provider kept.
    pub(super) fn verify(
        &self,
        stopped: &Stopped,
        progress: &Progress,
    ) -> Result<Verified, Box<Failure>> {
        let Stopped {
            request, outcome, ..
        } = stopped;
        let expected = self.expected(request, outcome)?;
        let kept = self.kept(request.stream(), progress)?;
        let kept_part = kept.on(Timeline::Offset)?;
        let kept = kept.on(expected.timeline())?;
        let anchor_precision = self.anchor_precision(request);
        let sent_as_expected = outcome.cut().is_none_or(|cut| cut.effective() == expected);
        let as_asked = request.cut().is_some() == outcome.cut().is_some()
            && sent_as_expected
            && kept == expected
            && stopped.part.is_none_or(|part| {
                let granularity = self.stopper.capabilities().granularity();
                let fineness = granularity.saturating_add(anchor_precision);
                agree(part, kept_part, fineness)
            });
        Ok(Verified {
            anchor_precision,
            expected,
            kept,
            kept_part,
            as_asked,
        })
    }

    /// What is kept, and if a cut is an address: what is at the one that the recording has.
    fn kept(&self, stream: &StreamId, progress: &Progress) -> Result<Kept, Box<Failure>> {
        let provider = &self.simulated.provider;
        let kept = match progress {
            Progress::Ready(ready) if self.stopper.capabilities().cuts_by_address() => {
                let mut playback = ready.recording().playback().iter();
                playback.find_map(|playback| provider.at_address(&playback.url))
            }
            _ => provider.kept(stream.as_str()),
        };
        kept.map(Kept).ok_or_else(|| {
            Failure::new(
                Exit::NotAsAsked,
                "nothing_kept",
                "the provider kept nothing",
            )
        })
    }

    /// How finely the anchor is known by which this request's cut is converted.
    fn anchor_precision(&self, request: &StopRequest) -> Duration {
        match request.anchor() {
            None => self.stopper.capabilities().anchor_precision(),
            Some(_) => Duration::ZERO,
        }
    }

    /// What must be kept, reckoned from the request alone: the cut on the timeline that
    /// the provider was sent it on, and on the provider's grid; or all of it.
    fn expected(
        &self,
        request: &StopRequest,
        outcome: &StopOutcome,
    ) -> Result<CutRange, Box<Failure>> {
        let id = request.stream().as_str();
        let recording = self.simulated.provider.recording(id);
        let (Some(began), Some(ended)) = recording.map_or((None, None), |r| (r.start, r.end))
        else {
            return Err(Failure::internal("the simulated stream hasn't ended"));
        };
        let whole = || CutRange::instants(began, ended)?.to_offsets(began);
        let cut = |requested: CutRange| {
            let sent = outcome.cut().map(|cut| cut.effective().timeline());
            let sent = sent.unwrap_or_else(|| requested.timeline());
            let by = |anchor| match sent {
                Timeline::Offset => requested.to_offsets(anchor),
                Timeline::WallClock => requested.to_wall_clock(anchor),
            };
            let (earliest, latest) = around(began, self.anchor_precision(request));
            both(by(earliest)?, by(latest)?)?.rounded(
                self.stopper.capabilities().granularity(),
                request.rounding(),
            )
        };
        request
            .cut()
            .map_or_else(whole, cut)
            .map_err(|error: CutRangeError| Failure::internal(error.to_string()))
    }

    /// Looks until the recording is ready; between the looks the simulator's clock is moved
    /// on, and nobody waits.
    pub(super) async fn follow_by_polling(
        &self,
        outcome: &StopOutcome,
    ) -> Result<(Vec<Look>, Progress), Box<Failure>> {
        let begun = self.clock().now();
        let mut looks: Vec<Look> = Vec::new();
        let mut ticket = outcome.ticket().clone();
        for _ in 0..MOST_LOOKS {
            let progress = self.look(&ticket).await?;
            let stage = match &progress {
                Progress::InProgress(progress) => progress.stage(),
                other => other.as_str(),
            };
            if looks.last().is_none_or(|look| look.stage != stage) {
                looks.push(Look {
                    after: self.since(begun),
                    stage: stage.to_owned(),
                });
            }
            let Progress::InProgress(seen) = &progress else {
                return Ok((looks, progress));
            };
            let pause = seen.check_again_in().max(Duration::from_secs(1));
            self.clock().advance(pause);
            ticket = seen.ticket().clone();
        }
        Err(self.timed_out(begun, &ticket))
    }

    /// Waits for webhooks until one says that the recording is ready, or failed, then looks, once:
    /// the simulator's clock is moved to when the next one comes. Where there are none, it polls.
    pub(super) async fn follow_by_webhooks(
        &self,
        outcome: &StopOutcome,
    ) -> Result<(Vec<Told>, Progress), Box<Failure>> {
        let Some(Webhooks { sender, receiver }) = &self.webhooks else {
            let (_, progress) = self.follow_by_polling(outcome).await?;
            return Ok((Vec::new(), progress));
        };
        let begun = self.clock().now();
        let mut told: Vec<Told> = Vec::new();
        let mut ticket = outcome.ticket().clone();
        for _ in 0..MOST_LOOKS {
            while let Some(delivery) = sender.next_due() {
                let event = {
                    let secret = url_secret(delivery.target());
                    let headers = delivery
                        .headers
                        .iter()
                        .map(|(name, value)| (*name, value.as_bytes()));
                    let mut received = Delivery::new(headers, &delivery.body);
                    if let Some(secret) = &secret {
                        received = received.with_url_secret(secret);
                    }
                    receiver.verify_and_parse(&received)
                };
                let status = event
                    .as_ref()
                    .map_or_else(|error| error.http_status(), |_| 204);
                sender.answer(delivery, status);
                let event = event.map_err(|error| {
                    Failure::new(Exit::NotAsAsked, "webhook_refused", error.to_string())
                        .with_ticket(&ticket)
                })?;
                if !ticket.matches(&event) {
                    continue;
                }
                let state = event.state().as_str();
                let name = event.provider_event();
                if !told
                    .iter()
                    .any(|told| told.state == state && told.provider_event == name)
                {
                    told.push(Told {
                        after: self.since(begun),
                        state,
                        provider_event: name.to_owned(),
                    });
                }
                let over = ticket.progress_by(&event, Duration::ZERO);
                if matches!(over, Some(Progress::Ready(_) | Progress::Failed(_))) {
                    let progress = self.look(&ticket).await?;
                    if !matches!(progress, Progress::InProgress(_)) {
                        return Ok((told, progress));
                    }
                    ticket = progress.ticket().clone();
                }
            }
            let Some(next) = sender.nothing_before() else {
                break;
            };
            self.clock().set(next);
        }
        Err(self.timed_out(begun, &ticket))
    }

    async fn look(&self, ticket: &Ticket) -> Result<Progress, Box<Failure>> {
        let looked = self.stopper.follow(ticket).await;
        looked.map_err(|error| Failure::of(Phase::Call, &error))
    }

    fn since(&self, begun: OffsetDateTime) -> Seconds {
        let now = self.clock().now().unix_timestamp_nanos();
        let passed = now.saturating_sub(begun.unix_timestamp_nanos());
        Seconds(Duration::from_nanos(passed.try_into().unwrap_or_default()))
    }

    fn timed_out(&self, begun: OffsetDateTime, ticket: &Ticket) -> Box<Failure> {
        let after = rounded_up(self.since(begun).0);
        let message = format!("the recording isn't ready after {after}");
        Failure::new(Exit::NoRecording, "timed_out", message).with_ticket(ticket)
    }
}

/// A part of a recording that began then, on one of the timelines.
fn on(timeline: Timeline, part: CutRange, began: OffsetDateTime) -> Result<CutRange, Box<Failure>> {
    match timeline {
        Timeline::Offset => part.to_offsets(began),
        Timeline::WallClock => part.to_wall_clock(began),
    }
    .map_err(|error| Failure::internal(error.to_string()))
}

/// The instants between which something began, if it is known to be so much later than a multiple of this at most.
fn around(began: OffsetDateTime, precision: Duration) -> (OffsetDateTime, OffsetDateTime) {
    let nanos = i128::try_from(precision.as_nanos()).unwrap_or(i128::MAX);
    let past = began.unix_timestamp_nanos().checked_rem_euclid(nanos);
    let past = past.and_then(|past| i64::try_from(past).ok()).unwrap_or(0);
    let earliest = began.saturating_sub(time::Duration::nanoseconds(past));
    (
        earliest,
        earliest.saturating_add(precision.try_into().unwrap_or_default()),
    )
}

/// All that is in one of two ranges on the same timeline, or between them.
fn both(one: CutRange, other: CutRange) -> Result<CutRange, CutRangeError> {
    CutRange::try_from(match (one.bounds(), other.bounds()) {
        (Bounds::Offset { start, end }, Bounds::Offset { start: s, end: e }) => Bounds::Offset {
            start: start.min(s),
            end: end.max(e),
        },
        (Bounds::WallClock { start, end }, Bounds::WallClock { start: s, end: e }) => {
            Bounds::WallClock {
                start: start.min(s),
                end: end.max(e),
            }
        }
        (one, _) => one,
    })
}

/// Whether neither bound of two ranges of offsets is off by the granularity or more.
fn agree(one: CutRange, other: CutRange, granularity: Duration) -> bool {
    match (one.bounds(), other.bounds()) {
        (
            Bounds::Offset { start, end },
            Bounds::Offset {
                start: other_start,
                end: other_end,
            },
        ) => start.abs_diff(other_start) < granularity && end.abs_diff(other_end) < granularity,
        _ => false,
    }
}

/// What the simulated provider kept.
struct Kept(livecut_sim::Kept);

impl Kept {
    fn on(&self, timeline: Timeline) -> Result<CutRange, Box<Failure>> {
        match timeline {
            Timeline::Offset => {
                let Range { start, end } = self.0.offsets();
                CutRange::try_from(Bounds::Offset { start, end })
            }
            Timeline::WallClock => {
                let Range { start, end } = self.0.instants();
                CutRange::try_from(Bounds::WallClock { start, end })
            }
        }
        .map_err(|error| Failure::internal(format!("what was kept is no range: {error}")))
    }
}
