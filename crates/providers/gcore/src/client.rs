use std::time::Duration;

use async_trait::async_trait;
use livecut_core::{
    Capabilities, Certainty, CutOutcome, Effect, Error, ErrorKind, LiveStreamStopper, Progress,
    Recording, RecordingId, RecordingState, Result, Step, StopOutcome, StopPlan, StopRequest,
    Stopped, StreamId, StreamStatus, Ticket,
};
use livecut_http::{BaseUrl, Call, Deadline, HttpClient};

use crate::sequence::{self, Clip, Keep, Sequence};
use crate::translate::{self, CLOSED, CUT, ENDED, Found};
use crate::wire::{Stream, Video};
use crate::{GcoreConfig, PROVIDER, states};

/// Gcore documents no rate limit and no time that a transcoding takes.
const CHECK_AGAIN_IN: Duration = Duration::from_secs(10);

/// Stops live streams at Gcore.
///
/// One HTTP client, made once. Cheap to share: put it into an `Arc`.
#[derive(Debug)]
pub struct Gcore {
    http: HttpClient,
    base: BaseUrl,
    capabilities: Capabilities,
}

impl Gcore {
    /// Checks the settings and builds the HTTP client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the base URL or an HTTP option can't be used.
    pub fn new(config: GcoreConfig) -> Result<Self> {
        let base = BaseUrl::parse(&config.base_url, config.http.allow_http())
            .and_then(|base| base.without_path_of_calls(&["/streaming"]))
            .map_err(ours)?;
        Ok(Self {
            http: HttpClient::new(PROVIDER, &[&base], config.authorization, config.http)?,
            base,
            capabilities: translate::capabilities(),
        })
    }

    fn sequence(&self, request: &StopRequest) -> Result<Sequence> {
        Sequence::new(&self.base, &self.capabilities, request).map_err(ours)
    }

    async fn video(
        &self,
        stream: &StreamId,
        id: &RecordingId,
        deadline: &Deadline,
    ) -> Result<Video> {
        let step = translate::read_video(&self.base, id);
        let response = self.http.call(Call::read(stream, &step), deadline).await?;
        translate::video(&response, stream, id)
    }

    /// Makes the clip. With an error, the stream goes on.
    async fn clip(&self, clip: &Clip, ticket: Ticket, deadline: &Deadline) -> Result<Ticket> {
        let stream = ticket.stream();
        let step = clip.step(&self.base, stream).map_err(ours)?;
        let call = Call::new(stream, &step, Effect::NONE, CUT);
        let answer = self.http.call(call, deadline).await;
        let made = match answer {
            Ok(response) => translate::clip_made(&response, clip, ticket),
            Err(error) => Err(error.with_ticket(ticket)),
        };
        made.map_err(|error| error.with_cut(&clip.cut))
    }

    /// Switches the stream off, `so_far` being what was done before.
    async fn switch_off(
        &self,
        stream: &StreamId,
        found: &Stream,
        so_far: Effect,
        deadline: &Deadline,
    ) -> Result<()> {
        let name = found.name.as_deref().unwrap_or_default();
        let step = sequence::switch_off(&self.base, stream, name)
            .map_err(|error| ours(error).with_effect(so_far))?;
        let off = so_far.then(ENDED);
        let call = Call::new(stream, &step, so_far, off);
        let response = self.http.call(call, deadline).await?;
        translate::switched_off(&response, stream, name)
    }

    async fn clip_and_end(
        &self,
        clip: &Clip,
        found: &Stream,
        ticket: Ticket,
        deadline: &Deadline,
    ) -> Result<StopOutcome> {
        let ticket = self.clip(clip, ticket, deadline).await?;
        self.switch_off(ticket.stream(), found, CUT, deadline)
            .await
            .map_err(|error| error.with_ticket(ticket.clone()))?;
        Ok(outcome(ticket).with_cut(CutOutcome::Scheduled(clip.cut)))
    }

    async fn close_and_end(
        &self,
        close: &Step,
        found: &Stream,
        ticket: Ticket,
        deadline: &Deadline,
    ) -> Result<StopOutcome> {
        let call = Call::new(ticket.stream(), close, Effect::NONE, CLOSED);
        let answer = self.http.call(call, deadline).await;
        let closed =
            answer.and_then(|response| translate::recording_closed(&response, ticket.stream()));
        let ticket = match closed {
            Ok(id) => ticket.with_recording(id),
            Err(error) if error.effect().is_none() => return Err(error),
            Err(error) => {
                return Err(error
                    .with_aftermath(
                        "the stream was not stopped, and whether its recording was closed is \
                         unknown: look whether it still runs",
                    )
                    .with_ticket(ticket));
            }
        };
        // A second stop would find no recording that runs: this one goes on.
        self.switch_off(ticket.stream(), found, CLOSED, deadline)
            .await
            .map_err(|error| {
                let aftermath = after_the_closing(error.effect().stopped, ticket.recording());
                error.with_aftermath(aftermath).with_ticket(ticket.clone())
            })?;
        Ok(outcome(ticket).with_other(CLOSED.other))
    }

    async fn look_and_end(
        &self,
        named: &RecordingId,
        found: &Stream,
        ticket: Ticket,
        deadline: &Deadline,
    ) -> Result<StopOutcome> {
        let video = self.video(ticket.stream(), named, deadline).await?;
        sequence::is_kept(&video, ticket.stream()).map_err(ours)?;
        self.switch_off(ticket.stream(), found, Effect::NONE, deadline)
            .await
            .map_err(|error| error.with_ticket(ticket.clone()))?;
        Ok(outcome(ticket))
    }

    /// The recording that the ticket doesn't name, or how the search for it stands.
    async fn find(
        &self,
        ticket: &Ticket,
        deadline: &Deadline,
    ) -> Result<Result<RecordingId, RecordingState>> {
        let Some(cut) = ticket.cut() else {
            return Ok(Err(RecordingState::Failed(
                "the ticket doesn't name its recording, and no answer did: look for it among the \
                 videos whose `stream_id` is the stream's"
                    .to_owned(),
            )));
        };
        let clip = Clip::new(*cut).map_err(|_| not_ours())?;
        let stream = ticket.stream();
        let step = translate::read_clips(&self.base, stream);
        let response = self.http.call(Call::read(stream, &step), deadline).await?;
        Ok(match translate::find_clip(&response, &clip)? {
            Found::Video(id) => Ok(id),
            Found::ClipOnly => Err(RecordingState::Processing(
                "the clip has no video yet".to_owned(),
            )),
            Found::Nothing => Err(RecordingState::Failed(
                "the provider lists no clip of this cut: it wasn't made, or it has expired; look \
                 among the videos whose `stream_id` is the stream's"
                    .to_owned(),
            )),
        })
    }
}

#[async_trait]
impl LiveStreamStopper for Gcore {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let plan = self
            .sequence(request)?
            .into_plan(&self.base)
            .map_err(ours)?;
        Ok(plan.with_account(self.http.account()))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let Sequence { read, keep, ticket } = self.sequence(request)?;
        let stream = request.stream();
        let deadline = self.http.stop_deadline(request);
        let response = self.http.call(Call::read(stream, &read), &deadline).await?;
        let found = translate::stream(&response, stream)?;
        sequence::fits(&keep, &found, &response)?;
        let done = match keep {
            Keep::Clip(clip) => self.clip_and_end(&clip, &found, ticket, &deadline).await,
            Keep::Running(close) => self.close_and_end(&close, &found, ticket, &deadline).await,
            Keep::Named(id, _) => self.look_and_end(&id, &found, ticket, &deadline).await,
        }?;
        Ok(if found.is_live() {
            done
        } else {
            done.with_stopped(Stopped::AlreadyEnded)
        })
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        if translate::integer(stream.as_str()).is_none() {
            let what = "the ids of this provider's streams are integers, such as 12345";
            return Err(ours(Error::new(ErrorKind::InvalidRequest, what)));
        }
        let step = translate::read_stream(&self.base, stream);
        let deadline = self.http.deadline(None);
        let response = self.http.call(Call::read(stream, &step), &deadline).await?;
        Ok(states::status(
            &translate::stream(&response, stream)?,
            stream,
        ))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(PROVIDER, None)?;
        let ids = [
            Some(ticket.stream().as_str()),
            ticket.recording().map(RecordingId::as_str),
        ];
        if ids
            .into_iter()
            .flatten()
            .any(|id| translate::integer(id).is_none())
        {
            return Err(not_ours());
        }
        let deadline = self.http.deadline(None);
        let id = match ticket.recording() {
            Some(id) => id.clone(),
            None => match self.find(ticket, &deadline).await? {
                Ok(id) => id,
                Err(state) => return Ok(Progress::new(ticket.clone(), state, CHECK_AGAIN_IN)),
            },
        };
        let video = self.video(ticket.stream(), &id, &deadline).await?;
        let state = states::recording_state(&video, &id);
        let ticket = ticket.clone().with_recording(id);
        Ok(Progress::new(ticket, state, CHECK_AGAIN_IN))
    }
}

/// A stop with what is known of the recording.
fn outcome(ticket: Ticket) -> StopOutcome {
    let recording = ticket.recording().cloned().map(Recording::new);
    let outcome = StopOutcome::new(ticket);
    match recording {
        Some(recording) => outcome.with_recording(recording),
        None => outcome,
    }
}

/// What a stop leaves that closed the recording for sure, and didn't switch the stream off for sure.
fn after_the_closing(off: Certainty, recording: Option<&RecordingId>) -> String {
    let which = recording.map_or_else(
        || "the recording, which is among the stream's videos".to_owned(),
        |id| format!("the recording {id}"),
    );
    match off {
        Certainty::No => format!(
            "the recording is closed and kept, and the stream was not stopped: stop it again, \
             naming {which}"
        ),
        _ => format!(
            "the recording is closed and kept, and whether the stream was stopped is unknown: \
             check its status, and to stop it again name {which}"
        ),
    }
}

fn ours(error: Error) -> Error {
    error.with_provider(PROVIDER)
}

fn not_ours() -> Error {
    ours(Error::new(
        ErrorKind::InvalidTicket,
        "the ticket isn't one that was made for this provider",
    ))
}
