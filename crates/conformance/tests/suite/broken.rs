//! The toy with one flaw each: mistakes that adapters really make.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use livecut_conformance::{
    Fault, LiveStream, Misconfiguration, ReceivedRequest, World, WorldError, WorldResult,
};
use livecut_core::adapter::{Pace, Turn};
use livecut_core::{
    Bounds, Capabilities, Certainty, Cut, CutRange, CutState, CutVerdict, Effect, Error, ErrorKind,
    Failed, InProgress, LiveStreamStopper, Method, Progress, Purpose, Ready, Recording,
    RecordingId, Result, Rounding, Step, StopOutcome, StopPlan, StopRequest, StreamId, StreamState,
    StreamStatus, Ticket, Visibility,
};
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use crate::toy::{BASE, Server, TOKEN, ToyWorld};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    DropsTheCut,
    DropsTheCutInSilence,
    EndsForACutThatCannotBe,
    CutsUnasked,
    RoundsInward,
    RoundsWhatMustBeExact,
    GuessesTheAnchor,
    ShiftsByAnyAnchor,
    DropsVisibility,
    DropsVisibilityInStop,
    DecodesIds,
    FoldsCase,
    MixesRequestsInFlight,
    SendsUnpolled,
    RepeatsUnavailable,
    RepeatsEverything,
    AsksNoPace,
    SendsWithoutATurn,
    NeverRetries,
    ForgetsHowLongToWait,
    DeniesTheEffect,
    ClaimsAnEffect,
    LosesTheKind,
    IgnoresTheTimeout,
    ForgetsTheProviderInErrors,
    PrintsTheSource,
    LeaksInMessages,
    LeaksInSources,
    LeaksInPlans,
    LeaksInUrls,
    HasABadName,
    HasNoGranularity,
    HasNoTicketInThePlan,
    SendsInPlan,
    PlansElsewhere,
    SaysAlwaysLive,
    CountsItsCalls,
    FollowsOnlyItsOwn,
    FollowsAnyone,
    TrustsTickets,
    MakesWhatAnyTicketOwes,
    IsReadyAtOnce,
    StopsAgainInFollow,
    ClaimsAnEffectInFollow,
    GivesUpWhereALookFails,
    DoubtsWhatALookDid,
    Panics,
    /// Not the adapter's: the world has no optional part.
    WorldIsMinimal,
}

/// A request's pace, as an adapter heeds it that has one of the flaws.
#[derive(Debug)]
struct Flawed {
    flaw: Flaw,
    pace: Option<Arc<dyn Pace>>,
    asked: AtomicBool,
}

#[async_trait]
impl Pace for Flawed {
    async fn admit(&self, method: Method, time_left: Duration) -> Option<Turn> {
        let again = self.asked.swap(true, Ordering::Relaxed);
        if again && self.flaw != Flaw::ForgetsHowLongToWait {
            return None;
        }
        let turn = match &self.pace {
            Some(pace) => pace.admit(method, time_left).await,
            None => Some(Turn::new(method, 0)),
        };
        turn.or_else(|| (self.flaw == Flaw::SendsWithoutATurn).then(|| Turn::new(method, 0)))
    }

    fn taken(&self, turn: Turn) {
        if let Some(pace) = &self.pace {
            pace.taken(turn);
        }
    }

    fn refused(&self, turn: Turn, retry_after: Option<Duration>) {
        let told = retry_after.filter(|_| self.flaw != Flaw::ForgetsHowLongToWait);
        if let Some(pace) = &self.pace {
            pace.refused(turn, told);
        }
    }
}

/// Each flaw, and the checks that must fail for it (others may as well).
pub(crate) const FLAWS: &[(Flaw, &[&str])] = &[
    (
        Flaw::DropsTheCut,
        &[
            "a_stop_sends_exactly_what_plan_said",
            "a_cut_by_offsets_keeps_exactly_the_effective_interval",
            "a_cut_by_wall_clock_keeps_exactly_the_effective_interval",
        ],
    ),
    (
        Flaw::DropsTheCutInSilence,
        &["a_cut_by_offsets_keeps_exactly_the_effective_interval"],
    ),
    (
        Flaw::EndsForACutThatCannotBe,
        &["a_cut_that_ends_after_what_was_recorded_ends_nothing"],
    ),
    (
        Flaw::CutsUnasked,
        &["a_stop_without_a_cut_keeps_everything"],
    ),
    (
        Flaw::RoundsInward,
        &[
            "plan_tells_the_cut_as_the_provider_will_make_it",
            "a_cut_by_offsets_keeps_exactly_the_effective_interval",
            "a_cut_by_wall_clock_keeps_exactly_the_effective_interval",
        ],
    ),
    (
        Flaw::RoundsWhatMustBeExact,
        &[
            "plan_tells_the_cut_as_the_provider_will_make_it",
            "a_cut_that_the_provider_cannot_make_is_refused_unsent",
        ],
    ),
    (
        Flaw::GuessesTheAnchor,
        &["a_cut_that_needs_an_anchor_is_refused_without_one"],
    ),
    (
        Flaw::ShiftsByAnyAnchor,
        &["an_anchor_that_is_not_needed_changes_nothing"],
    ),
    (
        Flaw::DropsVisibility,
        &[
            "a_visibility_is_in_the_plan_or_refused",
            "a_visibility_reaches_the_server",
        ],
    ),
    (
        Flaw::DropsVisibilityInStop,
        &[
            "a_stop_sends_exactly_what_plan_said",
            "a_visibility_reaches_the_server",
        ],
    ),
    (
        Flaw::DecodesIds,
        &["an_id_of_special_characters_names_exactly_that_stream"],
    ),
    (
        Flaw::FoldsCase,
        &["an_id_of_special_characters_names_exactly_that_stream"],
    ),
    (
        Flaw::MixesRequestsInFlight,
        &["stops_of_many_streams_at_once_do_not_mix"],
    ),
    (Flaw::SendsUnpolled, &["a_dropped_stop_is_never_sent_twice"]),
    (
        Flaw::RepeatsUnavailable,
        &["a_stop_answered_503_is_not_repeated"],
    ),
    (
        Flaw::RepeatsEverything,
        &[
            "a_refused_stop_causes_nothing",
            "a_stop_answered_503_is_not_repeated",
            "a_stop_applied_and_answered_503_is_not_denied",
            "a_stop_answered_in_garbage_is_not_denied",
            "a_stop_whose_connection_broke_is_not_denied",
        ],
    ),
    (
        Flaw::AsksNoPace,
        &[
            "a_paced_stop_asks_before_each_call",
            "a_stop_without_a_turn_sends_no_more",
        ],
    ),
    (
        Flaw::SendsWithoutATurn,
        &["a_stop_without_a_turn_sends_no_more"],
    ),
    (
        Flaw::NeverRetries,
        &["a_rate_limited_stop_is_retried_by_default"],
    ),
    (
        Flaw::ForgetsHowLongToWait,
        &["a_paced_stop_asks_before_each_call"],
    ),
    (
        Flaw::DeniesTheEffect,
        &[
            "a_stop_applied_and_answered_503_is_not_denied",
            "a_stop_answered_in_garbage_is_not_denied",
            "a_stop_whose_connection_broke_is_not_denied",
        ],
    ),
    (
        Flaw::ClaimsAnEffect,
        &[
            "a_refused_stop_causes_nothing",
            "a_stop_answered_503_is_not_repeated",
            "an_unknown_stream_is_not_found",
            "a_wrong_credential_is_unauthorized",
            "an_unreachable_provider_causes_nothing",
            "a_timeout_of_zero_times_out_truthfully",
            "every_error_keeps_the_contract",
        ],
    ),
    (
        Flaw::LosesTheKind,
        &[
            "an_unknown_stream_is_not_found",
            "a_wrong_credential_is_unauthorized",
            "an_unreachable_provider_causes_nothing",
            "a_timeout_of_zero_times_out_truthfully",
            "a_rate_limited_stop_is_applied_once_or_not_at_all",
            "a_stop_without_a_turn_sends_no_more",
        ],
    ),
    (
        Flaw::IgnoresTheTimeout,
        &["a_timeout_of_zero_times_out_truthfully"],
    ),
    (
        Flaw::ForgetsTheProviderInErrors,
        &["every_error_keeps_the_contract"],
    ),
    (Flaw::PrintsTheSource, &["every_error_keeps_the_contract"]),
    (Flaw::LeaksInMessages, &["nothing_shows_a_secret"]),
    (Flaw::LeaksInSources, &["nothing_shows_a_secret"]),
    (Flaw::LeaksInPlans, &["nothing_shows_a_secret"]),
    (Flaw::LeaksInUrls, &["nothing_shows_a_secret"]),
    (Flaw::HasABadName, &["the_provider_has_a_valid_name"]),
    (Flaw::HasNoGranularity, &["the_capabilities_are_consistent"]),
    (
        Flaw::HasNoTicketInThePlan,
        &["the_capabilities_are_consistent"],
    ),
    (
        Flaw::SendsInPlan,
        &["plan_sends_nothing_and_always_says_the_same"],
    ),
    (
        Flaw::PlansElsewhere,
        &[
            "plan_stays_under_the_base_url",
            "a_stop_sends_exactly_what_plan_said",
        ],
    ),
    (Flaw::SaysAlwaysLive, &["status_tells_before_from_after"]),
    (
        Flaw::CountsItsCalls,
        &[
            "plan_sends_nothing_and_always_says_the_same",
            "a_stop_through_arc_and_box_is_the_same",
            "following_again_changes_nothing",
        ],
    ),
    (
        Flaw::FollowsOnlyItsOwn,
        &["a_ticket_goes_on_in_another_process"],
    ),
    (
        Flaw::FollowsAnyone,
        &["a_ticket_of_another_provider_or_tenant_is_refused_unsent"],
    ),
    (
        Flaw::TrustsTickets,
        &["a_forged_ticket_reaches_nothing_else"],
    ),
    (
        Flaw::MakesWhatAnyTicketOwes,
        &["a_forged_ticket_that_owes_a_cut_changes_nothing"],
    ),
    (
        Flaw::IsReadyAtOnce,
        &["a_recording_is_never_ready_before_it_is"],
    ),
    (
        Flaw::StopsAgainInFollow,
        &["following_again_changes_nothing"],
    ),
    (
        Flaw::ClaimsAnEffectInFollow,
        &["a_follow_struck_in_any_of_its_calls_claims_the_truth"],
    ),
    (
        Flaw::GivesUpWhereALookFails,
        &["a_follow_struck_in_any_of_its_calls_claims_the_truth"],
    ),
    (
        Flaw::DoubtsWhatALookDid,
        &["a_follow_struck_in_any_of_its_calls_claims_the_truth"],
    ),
    (Flaw::Panics, &["status_tells_before_from_after"]),
];

pub(crate) struct BrokenWorld {
    toy: ToyWorld,
    flaw: Flaw,
}

impl BrokenWorld {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let toy = ToyWorld::new();
        Self { toy, flaw }
    }

    fn broken(&self, inner: Arc<dyn LiveStreamStopper>) -> Arc<dyn LiveStreamStopper> {
        Arc::new(Broken {
            inner,
            server: Arc::clone(&self.toy.0),
            flaw: self.flaw,
            calls: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
            in_flight: Mutex::new(None),
        })
    }

    fn optional(&self) -> WorldResult<&ToyWorld> {
        match self.flaw {
            Flaw::WorldIsMinimal => Err(WorldError::not_simulated("World::misconfigured")),
            _ => Ok(&self.toy),
        }
    }
}

#[async_trait]
impl World for BrokenWorld {
    fn stopper(&self) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        Ok(self.broken(self.toy.stopper()?))
    }

    fn misconfigured(&self, wrong: Misconfiguration) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        Ok(self.broken(self.optional()?.misconfigured(wrong)?))
    }

    fn base_urls(&self) -> Vec<String> {
        self.toy.base_urls()
    }

    fn secrets(&self) -> Vec<String> {
        self.toy.secrets()
    }

    async fn begin(&self, length: Duration) -> WorldResult<LiveStream> {
        World::begin(&self.toy, length).await
    }

    async fn begin_named(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        self.optional()?.begin_named(id, length).await
    }

    async fn kept(&self, id: &StreamId) -> WorldResult<Option<CutRange>> {
        self.toy.kept(id).await
    }

    async fn requests(&self) -> WorldResult<Vec<ReceivedRequest>> {
        self.toy.requests().await
    }

    async fn visibility(&self, id: &StreamId) -> WorldResult<Option<Visibility>> {
        self.optional()?.visibility(id).await
    }

    async fn fault(&self, id: &StreamId, fault: Fault) -> WorldResult<()> {
        self.optional()?.fault(id, fault).await
    }

    async fn refuse_for_rate(
        &self,
        after: usize,
        retry_after: Option<Duration>,
    ) -> WorldResult<()> {
        self.optional()?.refuse_for_rate(after, retry_after).await
    }

    async fn fault_after(&self, after: usize, fault: Fault) -> WorldResult<()> {
        self.optional()?.fault_after(after, fault).await
    }

    async fn advance(&self, length: Duration) -> WorldResult<()> {
        self.optional()?.advance(length).await
    }

    async fn is_ready(&self, id: &StreamId) -> WorldResult<bool> {
        self.optional()?.is_ready(id).await
    }
}

#[derive(Debug)]
struct Broken {
    inner: Arc<dyn LiveStreamStopper>,
    server: Arc<Server>,
    flaw: Flaw,
    calls: AtomicU32,
    stopped: AtomicBool,
    in_flight: Mutex<Option<StopRequest>>,
}

impl Broken {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    /// What this adapter takes a request for.
    fn misread(&self, request: &StopRequest) -> StopRequest {
        let mut wrong = StopRequest::new(self.misnamed(request.stream()));
        if let Some(cut) = request.cut() {
            wrong = wrong.with_cut(match (self.flaw, cut.bounds(), request.anchor()) {
                (Flaw::ShiftsByAnyAnchor, Bounds::Offset { start, end }, Some(_)) => {
                    let second = Duration::from_secs(1);
                    CutRange::offsets(start + second, end + second).unwrap()
                }
                _ => cut,
            });
        }
        wrong = wrong.with_rounding(match (self.flaw, request.rounding()) {
            (Flaw::RoundsInward, Rounding::Outward) => Rounding::Inward,
            (Flaw::RoundsWhatMustBeExact, Rounding::Exact) => Rounding::Outward,
            (_, rounding) => rounding,
        });
        match (request.anchor(), self.flaw) {
            (Some(anchor), _) => wrong = wrong.with_anchor(anchor),
            (None, Flaw::GuessesTheAnchor) => {
                let guess = OffsetDateTime::from_unix_timestamp(1_736_754_000).unwrap();
                wrong = wrong.with_anchor(guess);
            }
            _ => {}
        }
        if let Some(visibility) = request.visibility()
            && !self.has(Flaw::DropsVisibility)
        {
            wrong = wrong.with_visibility(visibility.clone());
        }
        let pace = request.pace().cloned();
        let flawed = |pace| -> Arc<dyn Pace> {
            Arc::new(Flawed {
                flaw: self.flaw,
                pace,
                asked: AtomicBool::new(false),
            })
        };
        match (self.flaw, pace) {
            (Flaw::AsksNoPace, _) => {}
            // What isn't known for a refusal of the rate isn't retried either.
            (Flaw::NeverRetries | Flaw::LosesTheKind, pace) => {
                wrong = wrong.with_pace(flawed(pace));
            }
            (Flaw::SendsWithoutATurn | Flaw::ForgetsHowLongToWait, Some(pace)) => {
                wrong = wrong.with_pace(flawed(Some(pace)));
            }
            (_, Some(pace)) => wrong = wrong.with_pace(pace),
            (_, None) => {}
        }
        match request.timeout() {
            Some(timeout) if !self.has(Flaw::IgnoresTheTimeout) => wrong.with_timeout(timeout),
            _ => wrong,
        }
    }

    fn misnamed(&self, stream: &StreamId) -> StreamId {
        let name = stream.as_str();
        let wrong = match self.flaw {
            Flaw::DecodesIds => percent_decode_str(name).decode_utf8_lossy().into_owned(),
            Flaw::FoldsCase => name.to_lowercase(),
            _ => return stream.clone(),
        };
        StreamId::new(wrong).unwrap_or_else(|_| stream.clone())
    }

    fn worsen(&self, error: Error, request: Option<&StopRequest>) -> Error {
        let like = |kind| {
            let mut same = Error::new(kind, "the toy provider didn't do it")
                .with_effect(error.effect())
                .with_provider("toy");
            if let Some(ticket) = error.ticket() {
                same = same.with_ticket(ticket.clone());
            }
            same
        };
        match self.flaw {
            Flaw::DeniesTheEffect => error.with_effect(Effect::NONE),
            Flaw::ClaimsAnEffect if request.is_some() => {
                error.with_effect(Effect::new(Certainty::Yes, Certainty::Yes))
            }
            Flaw::LosesTheKind => like(ErrorKind::Internal),
            Flaw::ForgetsHowLongToWait => like(error.kind()),
            Flaw::ForgetsTheProviderInErrors => {
                Error::new(error.kind(), "somewhere it went wrong").with_effect(error.effect())
            }
            Flaw::PrintsTheSource => error.with_source(std::io::Error::other("provider")),
            Flaw::LeaksInMessages => {
                Error::new(error.kind(), format!("the token {TOKEN} is no good"))
                    .with_effect(error.effect())
            }
            Flaw::LeaksInSources => {
                error.with_source(std::io::Error::other(format!("Authorization: {TOKEN}")))
            }
            _ => error,
        }
    }

    async fn stop_once(&self, request: &StopRequest) -> Result<StopOutcome> {
        let asked = self.misread(request);
        let whole = StopRequest::new(asked.stream().clone());
        match (self.flaw, asked.cut()) {
            (Flaw::DropsTheCut, Some(cut)) => {
                let ticket = self.inner.plan(&asked)?.into_parts().1.unwrap();
                self.inner.stop(&whole).await?;
                let effective = ticket.cut().map_or(cut, Cut::effective);
                let cut = Cut::new(cut, effective);
                Ok(StopOutcome::new(ticket).with_cut(Some(cut), CutState::Made))
            }
            (Flaw::DropsTheCutInSilence, _) => self.inner.stop(&whole).await,
            // The stop first, and then the cut, which is owed for ever.
            (Flaw::EndsForACutThatCannotBe, Some(_)) => match self.inner.stop(&asked).await {
                Err(error) if error.kind() == ErrorKind::Rejected => {
                    self.inner.stop(&whole).await?;
                    Err(error.with_effect(Effect::new(Certainty::Yes, Certainty::No)))
                }
                other => other,
            },
            (Flaw::CutsUnasked, None) => {
                let cut = whole.with_cut(CutRange::seconds(0, 60).unwrap());
                let outcome = self.inner.stop(&cut).await?;
                Ok(StopOutcome::new(outcome.ticket().clone().with_cut(None)))
            }
            (Flaw::DropsVisibilityInStop, Some(cut)) => {
                let mut plain = whole.with_cut(cut).with_rounding(asked.rounding());
                if let Some(anchor) = asked.anchor() {
                    plain = plain.with_anchor(anchor);
                }
                self.inner.stop(&plain).await
            }
            (Flaw::LeaksInUrls, _) => {
                let url = format!("{BASE}/streams/x?token={TOKEN}");
                self.server
                    .answer(TOKEN, &Step::new(Purpose::Read, Method::Get, url));
                self.inner.stop(&asked).await
            }
            _ => self.inner.stop(&asked).await,
        }
    }

    async fn stop_flawed(&self, request: &StopRequest) -> Result<StopOutcome> {
        if self.has(Flaw::MixesRequestsInFlight) {
            *self.in_flight.lock().unwrap() = Some(request.clone());
            yield_now().await;
            let request = self.in_flight.lock().unwrap().clone().unwrap();
            return self.inner.stop(&request).await;
        }
        let repeats = |kind| match self.flaw {
            Flaw::RepeatsUnavailable => kind == ErrorKind::Unavailable,
            Flaw::RepeatsEverything => true,
            _ => false,
        };
        let outcome = match self.stop_once(request).await {
            Err(error) if repeats(error.kind()) => self.stop_once(request).await,
            outcome => outcome,
        };
        self.stopped.store(true, Ordering::Relaxed);
        outcome.map_err(|error| self.worsen(error, Some(request)))
    }

    fn count(&self) -> u32 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }
}

#[async_trait]
impl LiveStreamStopper for Broken {
    fn provider(&self) -> &'static str {
        match self.flaw {
            Flaw::HasABadName => "Toy Provider",
            _ => self.inner.provider(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        match self.flaw {
            Flaw::HasNoGranularity => Capabilities::new(Duration::ZERO),
            _ => self.inner.capabilities(),
        }
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let plan = self
            .inner
            .plan(&self.misread(request))
            .map_err(|error| self.worsen(error, None))?;
        let cut = plan.cut().copied();
        let (mut steps, ticket) = plan.into_parts();
        match self.flaw {
            Flaw::LeaksInPlans => {
                steps[0] = Step::new(Purpose::Stop, Method::Post, format!("{BASE}/?t={TOKEN}"));
            }
            Flaw::PlansElsewhere => {
                let url = "https://toy.example.elsewhere.example/v1/streams";
                steps[0] = Step::new(Purpose::Stop, Method::Post, url);
            }
            Flaw::SendsInPlan => {
                drop(self.inner.status(request.stream()).now_or_never());
            }
            Flaw::CountsItsCalls => {
                let body = format!("{{\"call\":{}}}", self.count());
                steps[0] = steps[0].clone().with_body(body);
            }
            _ => {}
        }
        let plan = StopPlan::new(self.provider(), steps).with_cut(cut);
        Ok(match ticket {
            Some(ticket) if !self.has(Flaw::HasNoTicketInThePlan) => plan.with_ticket(ticket),
            _ => plan,
        })
    }

    // Written out, so that something can be done before the future is polled.
    fn stop<'a, 'b, 'f>(&'a self, request: &'b StopRequest) -> BoxFuture<'f, Result<StopOutcome>>
    where
        'a: 'f,
        'b: 'f,
        Self: 'f,
    {
        if self.has(Flaw::SendsUnpolled) {
            let sent = self.inner.stop(request).now_or_never().unwrap();
            return Box::pin(async { sent });
        }
        Box::pin(self.stop_flawed(request))
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        assert!(!self.has(Flaw::Panics), "index out of bounds");
        let status = self
            .inner
            .status(&self.misnamed(stream))
            .await
            .map_err(|error| self.worsen(error, None))?;
        Ok(match self.flaw {
            Flaw::SaysAlwaysLive => {
                StreamStatus::new("toy", stream.clone(), StreamState::Live, "live")
            }
            Flaw::CountsItsCalls => {
                let word = format!("{} {}", status.provider_state(), self.count());
                StreamStatus::new("toy", stream.clone(), status.state(), word)
            }
            _ => status,
        })
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        match self.flaw {
            Flaw::FollowsOnlyItsOwn if !self.stopped.load(Ordering::Relaxed) => {
                return Err(
                    Error::new(ErrorKind::InvalidTicket, "this isn't mine").with_provider("toy")
                );
            }
            Flaw::FollowsAnyone => {
                let own = Ticket::new("toy", ticket.stream().clone());
                return self.inner.follow(&own).await;
            }
            Flaw::TrustsTickets => {
                if let Some(id) = ticket.recording() {
                    let url = format!("{BASE}/recordings/{id}");
                    self.server
                        .answer(TOKEN, &Step::new(Purpose::Read, Method::Get, url));
                }
            }
            Flaw::MakesWhatAnyTicketOwes if ticket.owes_cut() => {
                let url = format!("{BASE}/recordings");
                self.server
                    .answer(TOKEN, &Step::new(Purpose::Cut, Method::Post, url));
            }
            Flaw::IsReadyAtOnce => {
                let id = RecordingId::new("x")?;
                let verdict = ticket.cut().map(|_| CutVerdict::Unconfirmed);
                let ready = Ready::new(ticket.clone(), Recording::new(id), verdict);
                return Ok(Progress::Ready(ready));
            }
            Flaw::StopsAgainInFollow => {
                let again = StopRequest::new(ticket.stream().clone());
                drop(self.inner.stop(&again).await);
            }
            _ => {}
        }
        let followed = self.inner.follow(ticket).await;
        if self.has(Flaw::GivesUpWhereALookFails) && followed.is_err() {
            let failed = Failed::new(ticket.clone(), "the provider refuses to show it");
            return Ok(Progress::Failed(failed));
        }
        let progress = followed.map_err(|error| {
            let claims = |cut| Effect::new(Certainty::No, cut);
            match self.flaw {
                Flaw::ClaimsAnEffectInFollow => error.with_effect(claims(Certainty::Yes)),
                Flaw::DoubtsWhatALookDid => error.with_effect(claims(Certainty::Unknown)),
                _ => self.worsen(error, None),
            }
        })?;
        if self.has(Flaw::CountsItsCalls) {
            let stage = format!("call {}", self.count());
            let wait = Duration::from_secs(1);
            return Ok(Progress::InProgress(InProgress::new(
                ticket.clone(),
                stage,
                wait,
            )));
        }
        Ok(progress)
    }
}

async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
