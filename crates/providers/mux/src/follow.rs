//! The calls that follow a recording, and that make the clip which is owed. Pure: no I/O, no clock.

use std::borrow::Cow;
use std::time::Duration;

use livecut_core::{
    Effect, Error, ErrorResponse, Progress, RecordingId, RecordingState, Result, Step, Ticket,
    Visibility,
};
use livecut_http::{BaseUrl, HttpClient, Response, Sequence};

use crate::asset_id::AssetId;
use crate::clip::{self, Body, Owed, Policies, Quest};
use crate::search::{Looked, Search};
use crate::wire::Asset;
use crate::{states, translate};

/// Mux asks not to poll more than once a second.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(5);

/// One step towards the recording of a ticket.
#[derive(Debug)]
pub(crate) struct Follow<'a> {
    base: &'a BaseUrl,
    ticket: &'a Ticket,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// An asset is known, and is read.
    Look(AssetId),
    /// Finds the clip that the ticket is owed, or makes it, if its recording allows that now and the ticket is sealed.
    Settle(Box<Settle>),
}

#[derive(Debug)]
struct Settle {
    owed: Owed,
    /// Whoever made up a ticket gains a look.
    may_make: bool,
    /// The call that was given last.
    at: At,
    /// Those that the clip is to have.
    policies: Option<Policies>,
    search: Search,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Nothing,
    Source,
    Search,
    Create,
}

impl<'a> Follow<'a> {
    /// `Err` within: there is nothing to follow.
    pub(crate) fn new(
        http: &HttpClient,
        base: &'a BaseUrl,
        ticket: &'a Ticket,
    ) -> Result<Result<Self, Progress>> {
        let way = match Quest::of(ticket)? {
            Quest::Asset(id) => Way::Look(id),
            Quest::Clip(owed) => Way::Settle(Box::new(Settle {
                may_make: http.is_sealed(ticket)?,
                policies: Policies::asked(owed.visibility.as_ref())?,
                owed,
                at: At::Nothing,
                search: Search::new(),
            })),
            Quest::Nothing => {
                let state = RecordingState::Failed(
                    "the ticket names no recording, for the live stream had none when it was \
                     ended: look for it among its assets"
                        .to_owned(),
                );
                return Ok(Err(progress(ticket.clone(), state)));
            }
        };
        Ok(Ok(Self { base, ticket, way }))
    }
}

impl Sequence for Follow<'_> {
    type Output = Progress;

    fn next_call(&mut self) -> Result<Option<Step>> {
        let settle = match &mut self.way {
            Way::Look(id) => return Ok(Some(translate::read_asset(self.base, id))),
            Way::Settle(settle) => settle,
        };
        settle.at = match settle.at {
            At::Nothing => At::Source,
            At::Source => At::Search,
            At::Search if settle.search.goes_on() => At::Search,
            At::Search => At::Create,
            At::Create => return Ok(None),
        };
        Ok(settle.step(self.base))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<Progress>> {
        let ticket = self.ticket;
        let done = match &mut self.way {
            Way::Look(id) => {
                let response = answer?;
                let asset = translate::asset(&response, id)?;
                if let Some(problem) =
                    clip::of(ticket).and_then(|owed| owed.contradicted_by(&asset))
                {
                    return Err(response.unexpected(problem));
                }
                let state = clip_state(&asset, &id.recording(), ticket.visibility());
                Some((ticket.clone(), state))
            }
            Way::Settle(settle) => settle.take(ticket, answer)?,
        };
        Ok(done.map(|(ticket, state)| progress(ticket, state)))
    }

    fn ticket(&self) -> Option<Ticket> {
        Some(self.ticket.clone())
    }

    /// Held from looking for a clip until it is made, for Mux has no idempotency key.
    fn lock(&self) -> Option<&str> {
        match &self.way {
            Way::Settle(settle) if matches!(settle.at, At::Search | At::Create) => {
                Some(&settle.owed.mark)
            }
            _ => None,
        }
    }

    fn aftermath(&self, effect: Effect) -> Option<Cow<'static, str>> {
        effect.is_unknown().then_some(Cow::Borrowed(
            "whether the clip was made is unknown: follow the ticket again, which looks for it before it \
             makes it",
        ))
    }
}

impl Settle {
    fn step(&self, base: &BaseUrl) -> Option<Step> {
        let owed = &self.owed;
        match self.at {
            At::Nothing => None,
            At::Source => Some(translate::read_asset(base, &owed.source)),
            At::Search => self.search.step(base),
            // The one call that must not be made twice.
            At::Create => Some(translate::create_clip(
                base,
                &Body {
                    source: &owed.source,
                    cut: Some(&owed.cut),
                    policies: self.policies.as_ref(),
                    mark: Some(&owed.mark),
                },
            )),
        }
    }

    fn take(
        &mut self,
        ticket: &Ticket,
        answer: Result<Response>,
    ) -> Result<Option<(Ticket, RecordingState)>> {
        let as_it_was = |state| Ok(Some((ticket.clone(), state)));
        match self.at {
            At::Nothing | At::Source => {
                let source = translate::asset(&answer?, &self.owed.source)?;
                translate::check_origin_of_ticket(&source, ticket.stream())?;
                match states::recording_state(&source, &self.owed.source.recording()) {
                    RecordingState::Ready(_) => {}
                    // There is nothing to wait for, but what may be there already.
                    _ if !self.may_make => {}
                    RecordingState::InProgress(stage) => {
                        let stage = format!("the recording to make the clip of is {stage}");
                        return as_it_was(RecordingState::InProgress(stage));
                    }
                    failed @ RecordingState::Failed(_) => return as_it_was(failed),
                }
                if self.policies.is_none() {
                    self.policies = Some(Policies::of(&source)?);
                }
                Ok(None)
            }
            At::Search => match self.search.take(answer, &self.owed)? {
                Looked::Found(id, clip) => Ok(Some(made(ticket, &id, &clip))),
                Looked::Nowhere if !self.may_make => Err(translate::not_sealed()),
                Looked::GoesOn | Looked::Nowhere => Ok(None),
            },
            At::Create => match answer {
                // The recording is ready, so waiting won't change Mux's mind of this clip. Any other
                // answer is about something else, and gives nothing up.
                Err(error) if refuses_the_clip(&error) => as_it_was(RecordingState::Failed(
                    "the provider refuses the clip although its recording is \
                     ready: does the cut lie within the recording?"
                        .to_owned(),
                )),
                answer => {
                    let (id, clip) = translate::created(&answer?, &self.owed)?;
                    Ok(Some(made(ticket, &id, &clip)))
                }
            },
        }
    }
}

/// The ticket of a clip that is there, and how far that is.
fn made(ticket: &Ticket, id: &AssetId, clip: &Asset) -> (Ticket, RecordingState) {
    let recording = id.recording();
    let state = clip_state(clip, &recording, ticket.visibility());
    (ticket.clone().with_recording(recording), state)
}

/// How far a clip is that was asked for with this visibility.
fn clip_state(clip: &Asset, id: &RecordingId, visibility: Option<&Visibility>) -> RecordingState {
    if clip::is_seen_otherwise(clip, visibility) {
        return RecordingState::Failed(clip::SEEN_OTHERWISE.to_owned());
    }
    states::recording_state(clip, id)
}

/// Whether Mux documents this answer as a refusal of the request as it is: 400 or 422.
fn refuses_the_clip(error: &Error) -> bool {
    let status = error.response().map(ErrorResponse::status);
    error.effect().is_none() && matches!(status, Some(400 | 422))
}

fn progress(ticket: Ticket, state: RecordingState) -> Progress {
    Progress::new(ticket, state, CHECK_AGAIN_IN)
}
