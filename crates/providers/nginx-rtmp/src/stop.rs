//! The calls of a stop, and what is refused before the one that ends the stream. Pure: no I/O, no clock.

use livecut_core::{
    Capabilities, Cut, CutState, Error, ErrorKind, Recording, Result, Step, StopOutcome,
    StopRequest, Stopped, Ticket,
};
use livecut_http::{Response, Sequence};

use crate::PROVIDER;
use crate::places::Places;
use crate::translate::{self, Name, Recordings, epoch};
use crate::wire::Publisher;

/// How far the server's clock may have been set while a stream was on air, in seconds.
const CLOCK: u64 = 2;

/// Who publishes is read, then what is recorded of it, and then the publisher is dropped.
#[derive(Debug)]
pub(crate) struct Stop<'a> {
    places: &'a Places,
    capabilities: &'a Capabilities,
    request: &'a StopRequest,
    /// The call that was given last.
    at: At,
    /// What was recorded before, if the request names it.
    named: Option<Name>,
    publisher: Option<Publisher>,
    /// The earliest second in which a recording of the session can have begun.
    earliest: u64,
    recording: Option<Name>,
    cut: Option<Cut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Nothing,
    Stat,
    List,
    Drop,
}

impl<'a> Stop<'a> {
    pub(crate) fn new(
        places: &'a Places,
        capabilities: &'a Capabilities,
        request: &'a StopRequest,
    ) -> Result<Self> {
        translate::check_stream(request.stream())?;
        let mut cut = capabilities.admit(request)?;
        let named = match request.recording() {
            None => None,
            Some(id) => Some(Name::of(request.stream(), id.as_str()).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidRequest,
                    "the named recording isn't one of this stream's: those are called STREAM-SECOND, without a suffix",
                )
            })?),
        };
        if let Some(name) = &named
            && cut.is_none()
        {
            cut = cut_at(capabilities, request, name)?;
        }
        Ok(Self {
            places,
            capabilities,
            request,
            at: At::Nothing,
            recording: named.clone(),
            named,
            publisher: None,
            earliest: 0,
            cut,
        })
    }

    /// What is to be kept, and whether that can be. Whether the stream is to be ended for it.
    fn prepare(&mut self, response: &Response) -> Result<bool> {
        let stream = self.request.stream();
        let conflict = |problem: String| Err(response.error(ErrorKind::Conflict, problem));
        let recordings = Recordings::read(response, stream)?;
        let now = epoch(response.date());
        let running = match self.publisher {
            Some(_) => recordings.since(self.earliest),
            None => Vec::new(),
        };
        let name = match (&self.named, self.publisher, running.as_slice()) {
            (Some(named), _, _) if recordings.is_recorded(named) || recordings.is_whole(named) => {
                named.clone()
            }
            (Some(_), _, _) => {
                return Err(response.error(ErrorKind::NotFound, "the server has no such recording"));
            }
            (None, Some(_), [name]) => (*name).clone(),
            (None, Some(_), []) => {
                return conflict(
                    "the stream is on air and isn't recorded, so that ending it would keep nothing: is `record all` \
                     with `record_unique on` in its application, and its folder at the recordings' URL?"
                        .to_owned(),
                );
            }
            (None, Some(_), _) => {
                return conflict(
                    "the broadcast is recorded in several files, and one address can't span them: name the one that \
                     is meant by `with_recording`"
                        .to_owned(),
                );
            }
            (None, None, _) => {
                return match recordings.newest() {
                    Some(newest) => conflict(format!(
                        "nothing is live on this stream: name the recording that is meant by `with_recording`, such as \
                         its newest, {}",
                        newest.id()
                    )),
                    None => Err(response.error(
                        ErrorKind::NotFound,
                        "nobody publishes a stream of this name, and none was recorded",
                    )),
                };
            }
        };
        let is_running = running.contains(&&name);
        if self.request.cut().is_some() && self.cut.is_none() {
            self.cut = cut_at(self.capabilities, self.request, &name)?;
        }
        let until = if is_running {
            Some(now)
        } else {
            recordings.written(&name)
        };
        if let (Some(until), Some(cut)) = (until, &self.cut)
            && let Some(part) = cut.effective().exact_millis()
        {
            // Both seconds were cut off: it is this long at most.
            let longest = until.saturating_add(1).saturating_sub(name.began());
            if part.end > longest.saturating_mul(1000) {
                return conflict(format!(
                    "the cut ends after {}: the recording is {longest} s long at most",
                    if is_running {
                        "now"
                    } else {
                        "the recording's end"
                    },
                ));
            }
        }
        self.recording = Some(name);
        Ok(is_running)
    }

    fn outcome(&self, stopped: Stopped) -> StopOutcome {
        let outcome = StopOutcome::new(self.to_ticket())
            .with_stopped(stopped)
            .with_cut(self.cut, CutState::Scheduled);
        match &self.recording {
            Some(name) => outcome.with_recording(Recording::new(name.id().clone())),
            None => outcome,
        }
    }

    fn to_ticket(&self) -> Ticket {
        let ticket = Ticket::new(PROVIDER, self.request.stream().clone()).with_cut(self.cut);
        match &self.recording {
            Some(name) => ticket.with_recording(name.id().clone()),
            None => ticket,
        }
    }
}

/// The cut of a recording whose start its name tells.
fn cut_at(capabilities: &Capabilities, request: &StopRequest, name: &Name) -> Result<Option<Cut>> {
    match request.anchor() {
        Some(_) => capabilities.admit(request),
        None => capabilities.admit_at(request, Some(name.anchor())),
    }
}

impl Sequence for Stop<'_> {
    type Output = StopOutcome;

    fn next_call(&mut self) -> Result<Option<Step>> {
        let (at, step) = match self.at {
            At::Nothing => (At::Stat, self.places.read_stat()),
            At::Stat => (At::List, self.places.read_list()),
            At::List => {
                let client = self.publisher.map(|publisher| publisher.client);
                let step = self.places.drop_publisher(self.request.stream(), client);
                let step = match (&self.named, client) {
                    (Some(_), None) => {
                        step.with_condition("the stream is on air, and this is recorded of it")
                    }
                    _ => step,
                };
                (At::Drop, step)
            }
            At::Drop => return Ok(None),
        };
        self.at = at;
        Ok(Some(step))
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
        let response = answer?;
        match self.at {
            At::Nothing | At::Stat => {
                let stream = self.request.stream();
                self.publisher = translate::stat(&response, &self.places.application, stream)?;
                if let Some(publisher) = self.publisher {
                    let ago = publisher.connected_for.div_ceil(1000);
                    let now = epoch(response.date());
                    self.earliest = now.saturating_sub(ago).saturating_sub(CLOCK);
                }
                Ok(None)
            }
            At::List => match self.prepare(&response)? {
                true => Ok(None),
                false => Ok(Some(self.outcome(Stopped::AlreadyEnded))),
            },
            At::Drop => Ok(Some(self.outcome(translate::dropped(&response)?))),
        }
    }

    fn ticket(&self) -> Option<Ticket> {
        let is_known =
            self.recording.is_some() && self.request.cut().is_some() == self.cut.is_some();
        is_known.then(|| self.to_ticket())
    }

    fn cut(&self) -> Option<Cut> {
        self.cut
    }
}
