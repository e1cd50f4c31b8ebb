use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use livecut_core::{
    Capabilities, Certainty, CutOutcome, Effect, Error, ErrorKind, ErrorResponse,
    LiveStreamStopper, Progress, Recording, RecordingState, Result, Step, StopOutcome, StopPlan,
    StopRequest, Stopped, StreamId, StreamStatus, Ticket,
};
use livecut_http::{BaseUrl, BodyTooLarge, Call, Deadline, HttpClient, Response};

use crate::asset_id::AssetId;
use crate::clip::{self, Body, Owed, Policies, Quest};
use crate::list::Listing;
use crate::recorded::Recorded;
use crate::translate::{self, ENDED, Target};
use crate::turns::{Turn, Turns};
use crate::wire::Asset;
use crate::{MuxConfig, PROVIDER, states};

/// Mux asks not to poll more than once a second.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(5);

/// Ends live streams at Mux, and makes clips of their recordings.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`. Followers that share one
/// never make a clip twice; see the crate's README for those that don't.
#[derive(Debug)]
pub struct Mux {
    http: HttpClient,
    base: BaseUrl,
    capabilities: Capabilities,
    /// Held from looking for a clip until it is made, for Mux has no idempotency key.
    turns: Turns,
}

impl Mux {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the base URL or an HTTP option can't be used.
    pub fn new(config: MuxConfig) -> Result<Self> {
        let base = BaseUrl::parse(&config.base_url, config.http.allow_http())
            .and_then(|base| base.without_path_of_calls(&["/video/v1"]))
            .map_err(ours)?;
        Ok(Self {
            http: HttpClient::new(PROVIDER, &[&base], config.authorization, config.http)?,
            base,
            capabilities: translate::capabilities(),
            turns: Turns::default(),
        })
    }

    /// Reads, after what `so_far` says was done.
    async fn read(
        &self,
        stream: &StreamId,
        step: &Step,
        so_far: Effect,
        deadline: &Deadline,
    ) -> Result<Response> {
        let call = Call::new(stream, step, so_far, so_far);
        self.http.call(call, deadline).await
    }

    async fn read_live_stream(&self, stream: &StreamId, deadline: &Deadline) -> Result<Response> {
        let step = translate::read_live_stream(&self.base, stream);
        self.read(stream, &step, Effect::NONE, deadline).await
    }

    /// The asset, and what time it is at Mux.
    async fn read_asset(
        &self,
        stream: &StreamId,
        id: &AssetId,
        deadline: &Deadline,
    ) -> Result<(Asset, Option<SystemTime>)> {
        let step = translate::read_asset(&self.base, id);
        let response = self.read(stream, &step, Effect::NONE, deadline).await?;
        Ok((translate::asset(&response, id)?, response.server_date()))
    }

    /// The clip, if it was made before. Of several, made in a race, always the same, as long as it isn't one that failed.
    async fn find_clip(
        &self,
        stream: &StreamId,
        owed: &Owed,
        so_far: Effect,
        deadline: &Deadline,
    ) -> Result<Option<(AssetId, Asset)>> {
        let mut found: Option<(AssetId, Asset)> = None;
        let mut listing = Listing::new();
        while let Some(step) = listing.step(&self.base) {
            let response = match self.read(stream, &step, so_far, deadline).await {
                Err(error) if BodyTooLarge::caused(&error) && listing.shrink() => continue,
                answer => answer?,
            };
            for asset in listing.take(&response)? {
                if !owed.is(&asset) {
                    continue;
                }
                let Some(id) = asset.id.as_deref().and_then(AssetId::read) else {
                    return Err(response.error(
                        ErrorKind::UnexpectedResponse,
                        "the clip is in the list of assets, without an id of the documented form",
                    ));
                };
                if found.as_ref().is_none_or(|best| {
                    clip::preference(&id, &asset) < clip::preference(&best.0, &best.1)
                }) {
                    found = Some((id, asset));
                }
            }
            // What isn't found on some pages can't be said not to be there.
            if let (None, Some((kind, problem))) = (&found, listing.problem()) {
                return Err(response.error(kind, problem));
            }
        }
        Ok(found)
    }

    /// Waits until nobody else who shares this stopper looks for this clip or makes it.
    async fn turn<'a>(
        &'a self,
        owed: &'a Owed,
        so_far: Effect,
        deadline: &Deadline,
    ) -> Result<Turn<'a>> {
        tokio::time::timeout(deadline.remaining(), self.turns.take(&owed.mark))
            .await
            .map_err(|_| {
                Error::new(
                    ErrorKind::Timeout,
                    "time ran out while somebody else made the same clip",
                )
                .with_effect(so_far)
            })
    }

    /// Makes the clip: the one call that must not be made twice.
    async fn create_clip(
        &self,
        stream: &StreamId,
        owed: &Owed,
        policies: &Policies,
        before: Effect,
        deadline: &Deadline,
    ) -> Result<(AssetId, Asset)> {
        let step = translate::create_clip(
            &self.base,
            &Body {
                source: &owed.source,
                cut: Some(&owed.cut),
                policies: Some(policies),
                mark: Some(&owed.mark),
            },
        );
        let after = Effect::new(before.stopped, Certainty::Yes);
        let call = Call::new(stream, &step, before, after);
        let response = self.http.call(call, deadline).await?;
        translate::created(&response, owed)
    }

    /// What there is to cut, and how, before anything is changed.
    async fn prepare(
        &self,
        request: &StopRequest,
        target: &Target,
        deadline: &Deadline,
    ) -> Result<Option<(Owed, Policies)>> {
        let stream = request.stream();
        let (id, ended) = match target {
            Target::Live(Some(id)) => (id, false),
            Target::Live(None) => return Ok(None),
            Target::Ended(id) => (id, true),
        };
        if request.cut().is_none() && !ended {
            return Ok(None);
        }
        let (asset, now) = self.read_asset(stream, id, deadline).await?;
        if ended {
            translate::check_origin(&asset, stream)?;
        }
        if request.cut().is_none() {
            return Ok(None);
        }
        translate::check_usable(&asset)?;
        let mut cut = clip::admit(&self.capabilities, request, request.anchor())?;
        if cut.is_none() {
            let anchor = translate::anchor(&asset)?;
            cut = clip::admit(&self.capabilities, request, Some(anchor))?;
        }
        let cut = cut.ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the cut isn't known, although its anchor is",
            )
        })?;
        Recorded::new(&asset, ended, now).holds(&cut)?;
        let policies = match Policies::asked(request.visibility())? {
            Some(asked) => asked,
            None => Policies::of(&asset)?,
        };
        let owed = Owed::new(id.clone(), cut, request.visibility());
        Ok(Some((owed, policies)))
    }

    /// Ends the broadcast.
    async fn complete(&self, stream: &StreamId, deadline: &Deadline) -> Result<()> {
        let step = translate::complete(&self.base, stream);
        let call = Call::new(stream, &step, Effect::NONE, ENDED);
        let response = self.http.call(call, deadline).await?;
        translate::completed(&response)
    }

    /// Finds the clip that the ticket is owed, or makes it, if its recording allows that now and the ticket is
    /// [sealed](HttpClient::seal).
    async fn settle(
        &self,
        ticket: &Ticket,
        owed: &Owed,
        deadline: &Deadline,
    ) -> Result<(Ticket, RecordingState)> {
        let stream = ticket.stream();
        // Whoever made up a ticket gains a look.
        let may_make = self.http.is_sealed(ticket)?;
        let (source, _) = self.read_asset(stream, &owed.source, deadline).await?;
        translate::check_origin_of_ticket(&source, stream)?;
        match states::recording_state(&source, &owed.source.recording()) {
            RecordingState::Ready(_) => {}
            // There is nothing to wait for, but what may be there already.
            _ if !may_make => {}
            RecordingState::Processing(stage) => {
                let stage = format!("the recording to make the clip of is {stage}");
                return Ok((ticket.clone(), RecordingState::Processing(stage)));
            }
            failed @ RecordingState::Failed(_) => return Ok((ticket.clone(), failed)),
        }
        let policies = match Policies::asked(owed.visibility.as_ref())? {
            Some(asked) => asked,
            None => Policies::of(&source)?,
        };
        let _turn = self.turn(owed, Effect::NONE, deadline).await?;
        let found = self.find_clip(stream, owed, Effect::NONE, deadline).await?;
        let (id, clip) = match found {
            Some(found) => found,
            None if !may_make => return Err(translate::not_sealed()),
            None => {
                let created = self.create_clip(stream, owed, &policies, Effect::NONE, deadline);
                match created.await {
                    Ok(created) => created,
                    // The recording is ready, so waiting won't change Mux's mind of this clip. Any other
                    // answer is about something else, and gives nothing up.
                    Err(error) if refuses_the_clip(&error) => {
                        let why = "the provider refuses the clip although its recording is \
                                   ready: does the cut lie within the recording?";
                        let state = RecordingState::Failed(why.to_owned());
                        return Ok((ticket.clone(), state));
                    }
                    Err(error) if error.effect().is_unknown() => {
                        return Err(error
                            .with_aftermath(
                                "whether the clip was made is unknown: follow the ticket again, which looks \
                                 for it before it makes it",
                            )
                            .with_ticket(ticket.clone()));
                    }
                    Err(error) => return Err(error.with_ticket(ticket.clone())),
                }
            }
        };
        let recording = id.recording();
        let state = states::recording_state(&clip, &recording);
        Ok((ticket.clone().with_recording(recording), state))
    }
}

/// Whether Mux documents this answer as a refusal of the request as it is: 400 or 422.
fn refuses_the_clip(error: &Error) -> bool {
    let status = error.response().map(ErrorResponse::status);
    error.effect().is_none() && matches!(status, Some(400 | 422))
}

fn ours(error: Error) -> Error {
    error.with_provider(PROVIDER)
}

#[async_trait]
impl LiveStreamStopper for Mux {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let plan = translate::plan(&self.base, &self.capabilities, request).map_err(ours)?;
        let plan = match plan.ticket().cloned() {
            Some(ticket) => plan.with_ticket(self.http.seal(ticket)),
            None => plan,
        };
        Ok(plan.with_account(self.http.account()))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        // Refuses all that can be refused before anything is sent.
        self.plan(request)?;
        let stream = request.stream();
        let deadline = self.http.stop_deadline(request);

        let response = self.read_live_stream(stream, &deadline).await?;
        let live = translate::live_stream(&response, stream)?;
        let target = translate::target(&response, &live, request).map_err(ours)?;
        let clip = self
            .prepare(request, &target, &deadline)
            .await
            .map_err(ours)?;

        let (asset, stopped) = match &target {
            Target::Live(asset) => (asset.as_ref(), Stopped::Stopped),
            Target::Ended(asset) => (Some(asset), Stopped::AlreadyEnded),
        };
        let ticket = match &clip {
            Some((owed, _)) => self.http.seal(owed.ticket(stream)),
            None => translate::whole(stream, asset),
        };
        if stopped == Stopped::Stopped {
            self.complete(stream, &deadline)
                .await
                .map_err(|error| error.with_ticket(ticket.clone()))?;
        }
        let Some((owed, policies)) = clip else {
            let outcome = StopOutcome::new(ticket).with_stopped(stopped);
            return Ok(match asset {
                Some(asset) => outcome.with_recording(Recording::new(asset.recording())),
                None => outcome,
            });
        };

        // From here on the live stream is ended, by this call or before.
        let clip = async {
            // A recording that is named may have its clip: it was over, or this is said again. To look for it takes a
            // call for every hundred assets, so a broadcast that is just live is taken to have none yet.
            let _turn = self.turn(&owed, ENDED, &deadline).await?;
            if request.recording().is_some()
                && let Some(found) = self.find_clip(stream, &owed, ENDED, &deadline).await?
            {
                return Ok(found);
            }
            self.create_clip(stream, &owed, &policies, ENDED, &deadline)
                .await
        };
        let (id, clip) = clip
            .await
            .map_err(|error| translate::after_the_end(error, ticket.clone()))?;
        let recording = id.recording();
        let ticket = ticket.with_recording(recording.clone());
        if translate::is_errored(&clip) {
            return Err(ours(translate::clip_failed(ticket)));
        }
        Ok(StopOutcome::new(ticket)
            .with_stopped(stopped)
            .with_cut(CutOutcome::Scheduled(owed.cut))
            .with_recording(Recording::new(recording)))
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let deadline = self.http.deadline(None);
        let response = self.read_live_stream(stream, &deadline).await?;
        let live = translate::live_stream(&response, stream)?;
        Ok(translate::status(&live, stream))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None)?;
        let deadline = self.http.deadline(None);
        let (ticket, state) = match Quest::of(ticket)? {
            Quest::Asset(id) => {
                let (asset, _) = self.read_asset(ticket.stream(), &id, &deadline).await?;
                let state = states::recording_state(&asset, &id.recording());
                (ticket.clone(), state)
            }
            Quest::Clip(owed) => self.settle(ticket, &owed, &deadline).await.map_err(ours)?,
            Quest::Nothing => (
                ticket.clone(),
                RecordingState::Failed(
                    "the ticket names no recording, for the live stream had none when it was \
                     ended: look for it among its assets"
                        .to_owned(),
                ),
            ),
        };
        Ok(Progress::new(ticket, state, CHECK_AGAIN_IN))
    }
}
