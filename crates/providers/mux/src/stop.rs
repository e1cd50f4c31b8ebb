//! The calls of a stop. Pure: no I/O, no clock.

use std::fmt;

use livecut_core::{
    Capabilities, Cut, CutState, Effect, Error, ErrorKind, Purpose, Recording, Result, Step,
    StopOutcome, StopRequest, Stopped, StreamId, Ticket,
};
use livecut_http::{BaseUrl, HttpClient, Response, Sequence};

use crate::PROVIDER;
use crate::asset_id::AssetId;
use crate::clip::{self, Body, Owed, Policies};
use crate::recorded::Recorded;
use crate::search::{Looked, Search};
use crate::translate::{self, Target};
use crate::wire::Asset;

/// The asset of the broadcast that is live, in a plan: only the first read tells which.
const ACTIVE: &str = "{active_asset_id}";

/// The live stream is read, and the asset to cut; then the broadcast is ended, and the clip made.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    http: &'a HttpClient,
    base: &'a BaseUrl,
    capabilities: &'a Capabilities,
    request: &'a StopRequest,
    /// The call that was given last.
    at: At,
    /// The recording that the request names.
    named: Option<AssetId>,
    /// What the first call told.
    target: Option<Target>,
    cut: Option<Cut>,
    policies: Option<Policies>,
    /// The clip, once all is known of it.
    owed: Option<Owed>,
    search: Search,
    /// That clip, once it is there.
    clip: Option<AssetId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum At {
    Nothing,
    LiveStream,
    Asset,
    Complete,
    Search,
    Create,
}

impl<'a> Stop<'a> {
    pub(crate) fn new(
        http: &'a HttpClient,
        base: &'a BaseUrl,
        capabilities: &'a Capabilities,
        request: &'a StopRequest,
    ) -> Result<Self> {
        let cut = clip::admit(capabilities, request, request.anchor())?;
        let policies = Policies::asked(request.visibility())?;
        let named = translate::named_asset(request)?;
        let owed = cut.zip(named.clone());
        let owed = owed.map(|(cut, asset)| Owed::new(asset, cut, request.visibility()));
        Ok(Self {
            http,
            base,
            capabilities,
            request,
            at: At::Nothing,
            named,
            target: None,
            cut,
            policies,
            owed,
            search: Search::new(),
            clip: None,
        })
    }

    fn stream(&self) -> &'a StreamId {
        self.request.stream()
    }

    fn asset(&self) -> Option<&AssetId> {
        let target = self.target.as_ref().and_then(Target::asset);
        target.or(self.named.as_ref())
    }

    /// What is to be done at this point, as far as it is known: with a condition, if only a call before tells.
    fn step(&self) -> Option<Step> {
        let (base, asked) = (self.base, self.request.cut().is_some());
        let known = self.asset();
        let asset: &dyn fmt::Display = match known {
            Some(asset) => asset,
            None => &ACTIVE,
        };
        let read_asset = || translate::read_asset(base, asset);
        match (self.at, &self.target) {
            (At::Nothing, _) => None,
            (At::LiveStream, _) => Some(translate::read_live_stream(base, self.stream())),
            (At::Asset, _) if asked => Some(read_asset()),
            (At::Asset, Some(Target::Ended(_))) => Some(read_asset()),
            (At::Asset, None) if self.named.is_some() => {
                Some(read_asset().with_condition("the live stream isn't active"))
            }
            (At::Asset, _) | (At::Complete, Some(Target::Ended(_))) => None,
            (At::Complete, target) => {
                let complete = translate::complete(base, self.stream());
                // Without a named recording the stop is refused unless the stream is live.
                Some(match (target, &self.named) {
                    (None, Some(_)) => complete.with_condition("the live stream is active"),
                    _ => complete,
                })
            }
            // A recording that is named may have its clip: it was over, or this is said again. To look for it takes a
            // call for every hundred assets, so a broadcast that is just live is taken to have none yet.
            (At::Search, _) if asked && self.named.is_some() => self.search.step(base),
            (At::Create, target) if asked => {
                let create = translate::create_clip(
                    base,
                    &Body {
                        source: asset,
                        cut: self.cut.as_ref(),
                        policies: self.policies.as_ref(),
                        mark: self.owed.as_ref().map(|owed| owed.mark.as_str()),
                    },
                );
                Some(match (target, &self.named) {
                    (None, Some(_)) => create.with_condition("no asset has this `passthrough`"),
                    _ => create,
                })
            }
            (At::Search | At::Create, _) => None,
        }
    }

    /// What there is to cut, and how, before anything is changed.
    fn prepare(&mut self, response: &Response) -> Result<()> {
        let Some(target) = &self.target else {
            return Ok(());
        };
        let (Some(id), ended) = (target.asset(), matches!(target, Target::Ended(_))) else {
            return Ok(());
        };
        let asset = translate::asset(response, id)?;
        if ended || asset.live_stream_id.is_some() {
            translate::check_origin(&asset, self.stream())?;
        }
        if self.request.cut().is_none() {
            return Ok(());
        }
        translate::check_usable(&asset)?;
        let cut = match self.cut {
            Some(cut) => cut,
            None => {
                let anchor = translate::anchor(&asset)?;
                let cut = clip::admit(self.capabilities, self.request, Some(anchor))?;
                cut.ok_or_else(|| {
                    Error::new(
                        ErrorKind::Internal,
                        "the cut isn't known, although its anchor is",
                    )
                })?
            }
        };
        Recorded::new(&asset, ended, response.server_date()).holds(&cut)?;
        if self.policies.is_none() {
            self.policies = Some(Policies::of(&asset)?);
        }
        self.owed = Some(Owed::new(id.clone(), cut, self.request.visibility()));
        self.cut = Some(cut);
        Ok(())
    }

    /// Nothing is left to do.
    fn outcome(&self) -> Option<StopOutcome> {
        let ticket = self.ticket()?;
        let recording = ticket.recording().cloned().map(Recording::new);
        let outcome = StopOutcome::new(ticket)
            .with_cut(self.cut, CutState::Scheduled)
            .with_recording(recording);
        Some(match &self.target {
            Some(Target::Ended(_)) => outcome.with_stopped(Stopped::AlreadyEnded),
            _ => outcome,
        })
    }

    /// Nothing is left to do, if no clip is wanted.
    fn kept_whole(&self) -> Option<StopOutcome> {
        match self.request.cut() {
            Some(_) => None,
            None => self.outcome(),
        }
    }

    fn made(&mut self, id: AssetId, clip: &Asset) -> Result<Option<StopOutcome>> {
        self.clip = Some(id);
        if translate::is_errored(clip) {
            return Err(translate::clip_failed());
        }
        if clip::is_seen_otherwise(clip, self.request.visibility()) {
            return Err(translate::clip_seen_otherwise());
        }
        Ok(self.outcome())
    }
}

impl Sequence for Stop<'_> {
    type Output = StopOutcome;

    fn next_call(&mut self) -> Result<Option<Step>> {
        loop {
            self.at = match self.at {
                At::Nothing => At::LiveStream,
                At::LiveStream => At::Asset,
                At::Asset => At::Complete,
                At::Complete => At::Search,
                At::Search if self.search.goes_on() => At::Search,
                At::Search => At::Create,
                At::Create => return Ok(None),
            };
            if let Some(step) = self.step() {
                return Ok(Some(step));
            }
        }
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
        match (self.at, &self.owed) {
            (At::Nothing | At::LiveStream, _) => {
                let response = answer?;
                let live = translate::live_stream(&response, self.stream())?;
                let named = self.named.as_ref();
                self.target = Some(translate::target(&response, &live, self.request, named)?);
            }
            (At::Asset, _) => {
                self.prepare(&answer?)?;
                if let Some(Target::Ended(_)) = self.target {
                    return Ok(self.kept_whole());
                }
            }
            (At::Complete, _) => {
                translate::completed(&answer?)?;
                return Ok(self.kept_whole());
            }
            (At::Search, Some(owed)) => {
                if let Looked::Found(id, clip) = self.search.take(answer, owed)? {
                    return self.made(id, &clip);
                }
            }
            (At::Create, Some(owed)) => {
                let (id, clip) = translate::created(&answer?, owed)?;
                return self.made(id, &clip);
            }
            (At::Search | At::Create, None) => {}
        }
        Ok(None)
    }

    fn ticket(&self) -> Option<Ticket> {
        if self.request.cut().is_some() {
            let owed = self.owed.as_ref()?.ticket(self.stream());
            return Some(match &self.clip {
                Some(clip) => owed.with_recording(clip.recording()),
                None => self.http.seal(owed),
            });
        }
        let asset = self.asset();
        // Before the first call nothing tells of a broadcast that is live.
        (asset.is_some() || self.target.is_some()).then(|| {
            Ticket::new(PROVIDER, self.stream().clone())
                .with_recording(asset.map(AssetId::recording))
        })
    }

    fn cut(&self) -> Option<Cut> {
        self.cut
    }

    fn done_before(&self) -> Effect {
        match self.target {
            Some(Target::Ended(_)) if self.at > At::LiveStream => Purpose::Stop.effect(),
            _ => Effect::NONE,
        }
    }

    /// Held from looking for a clip until it is made, for Mux has no idempotency key.
    fn lock(&self) -> Option<&str> {
        let owed = self.owed.as_ref().filter(|_| self.at > At::Complete)?;
        Some(&owed.mark)
    }
}
