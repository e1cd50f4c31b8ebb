//! From a request to the calls at Gjirafa VP, and from their answers to outcomes.
//! Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Capabilities, Cut, CutState, Error, ErrorKind, Method, Purpose, Recording, RecordingId,
    RecordingState, Result, Step, StopOutcome, StopRequest, StreamId, StreamState, TenantId,
    Ticket, Timeline, TimelineSupport, Visibility,
};
use livecut_http::{BaseUrl, Response, SingleCall};

use crate::wire::{Envelope, LiveVideo, StopAndCut, Video};
use crate::{PROVIDER, states};

/// What Gjirafa VP can do: cuts on both timelines, in milliseconds, with the stop,
/// and a visibility.
///
/// [`Visibility::Other`] is the decimal number of one of Gjirafa's visibility options.
///
/// ```
/// use livecut_core::Visibility;
/// let capabilities = livecut_gjirafa::capabilities();
/// assert_eq!(capabilities.granularity(), std::time::Duration::from_millis(1));
/// assert!(capabilities.supports_visibility(&Visibility::Other("7".into())));
/// ```
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_millis(1))
        .with_timeline(Timeline::Offset, TimelineSupport::Native)
        .with_timeline(Timeline::WallClock, TimelineSupport::Native)
        .with_visibility(Visibility::Public)
        .with_visibility(Visibility::Private)
        .with_visibility(Visibility::PasswordProtected)
        .with_visibility(Visibility::Other(String::new()))
        .with_single_call()
}

/// The one request of a stop.
pub(crate) fn stop_call<'a>(
    base: &BaseUrl,
    project: &'a TenantId,
    capabilities: &Capabilities,
    request: &'a StopRequest,
) -> Result<SingleCall<'a>> {
    let cut = capabilities.admit(request)?;
    let body = StopAndCut {
        video_visibility_option_id: request.visibility().map(visibility_option).transpose()?,
        ..cut
            .as_ref()
            .map(range_fields)
            .transpose()?
            .unwrap_or_default()
    };
    let body = serde_json::to_string(&body).map_err(|error| {
        Error::new(ErrorKind::Internal, "the cut can't be written as JSON").with_source(error)
    })?;
    let stream = request.stream();
    // `stop-and-cut` without a range keeps all. `/stop` would discard the recording.
    let url = base.endpoint(&[
        "api",
        "v2",
        project.as_str(),
        "live-videos",
        stream.as_str(),
        "stop-and-cut",
    ]);
    let step = Step::new(Purpose::Stop, Method::Post, url).with_body(body);
    Ok(SingleCall::new(PROVIDER, request, step, outcome)
        .with_tenant(project)
        .with_cut(cut))
}

/// Reads the envelope behind a 2xx.
fn outcome(response: &Response, ticket: Ticket) -> Result<StopOutcome> {
    let envelope: Envelope<'_> = response.json()?;
    succeeded(&envelope, response)?;
    let id = envelope.video_public_id();
    if id.is_none() && envelope.is_another_call_s() {
        return Err(response
            .unexpected("the answer's `result` isn't what a stop has, so it confirms nothing"));
    }
    let cut = ticket.cut().copied();
    // An id that can't be one leaves the recording unknown: the stop is done.
    let recording = id.and_then(|id| RecordingId::new(id).ok());
    let messages = [envelope.errors.0, envelope.messages.0].concat();
    let outcome = match recording {
        Some(id) => {
            StopOutcome::new(ticket.with_recording(id.clone())).with_recording(Recording::new(id))
        }
        None => StopOutcome::new(ticket),
    };
    Ok(outcome
        .with_cut(cut, CutState::Scheduled)
        .with_messages(messages))
}

/// `success: false` and a `statusCode` of a failure count, whatever the HTTP status
/// was; what the compound call did by then isn't documented.
fn succeeded(envelope: &Envelope<'_>, response: &Response) -> Result<()> {
    let problem = match envelope.status_code {
        _ if !envelope.success => "the provider answered `success: false`",
        Some(code) if !(200..300).contains(&code) => {
            "the provider answered a `statusCode` of a failure"
        }
        _ => return Ok(()),
    };
    Err(response.error(ErrorKind::ProviderFailed, problem))
}

fn range_fields(cut: &Cut) -> Result<StopAndCut> {
    let inexact = || {
        Error::new(
            ErrorKind::Internal,
            "the cut can't be given in milliseconds",
        )
    };
    Ok(match cut.effective().timeline() {
        Timeline::Offset => {
            let millis = cut.effective().exact_millis().ok_or_else(inexact)?;
            StopAndCut {
                from_milisecond: Some(millis.start),
                to_milisecond: Some(millis.end),
                ..StopAndCut::default()
            }
        }
        // Rounded to milliseconds this has no fraction, or three digits: as in the samples.
        Timeline::WallClock => {
            let instants = cut.effective().rfc3339().ok_or_else(inexact)?;
            StopAndCut {
                date_time_from: Some(instants.start),
                date_time_to: Some(instants.end),
                ..StopAndCut::default()
            }
        }
    })
}

/// The numbers of Gjirafa's visibility options.
fn visibility_option(visibility: &Visibility) -> Result<u32> {
    match visibility {
        Visibility::Public => Ok(1),
        Visibility::Private => Ok(2),
        Visibility::PasswordProtected => Ok(3),
        other => other.as_str().parse().map_err(|_| {
            Error::new(
                ErrorKind::Unsupported,
                format!(
                    "`{other}` is no visibility here: give public, private, password-protected, \
                     or the number of a visibility option"
                ),
            )
        }),
    }
}

/// The read behind `status`.
pub(crate) fn read_live_video(base: &BaseUrl, project: &TenantId, stream: &StreamId) -> Step {
    let url = base.endpoint(&[
        "api",
        "v1",
        project.as_str(),
        "live-videos",
        stream.as_str(),
    ]);
    Step::new(Purpose::Read, Method::Get, url)
}

/// The read behind `follow`.
pub(crate) fn read_video(base: &BaseUrl, project: &TenantId, video: &RecordingId) -> Step {
    let url = base.endpoint(&[
        "api",
        "projects",
        project.as_str(),
        "videos",
        video.as_str(),
    ]);
    Step::new(Purpose::Read, Method::Get, url)
}

/// Refuses an answer about another live video than the one that was asked for.
pub(crate) fn live_video(response: &Response, stream: &StreamId) -> Result<LiveVideo> {
    let envelope: Envelope<'_> = response.json()?;
    succeeded(&envelope, response)?;
    let live: LiveVideo = envelope
        .object()
        .ok_or_else(|| response.unexpected("the answer has no `result` that is an object"))?;
    match &live.public_id {
        Some(id) if id != stream.as_str() => {
            Err(response
                .unexpected("the answer is about another live video than the one asked for"))
        }
        _ => Ok(live),
    }
}

/// That the videos' API takes a `videoPublicId` isn't documented, so its answer
/// counts only where it bears that very id.
pub(crate) fn video(response: &Response, id: &RecordingId) -> Result<Video> {
    // Nor is it said whether it is in an envelope.
    let video: Option<Video> = match response.json::<Envelope<'_>>().ok() {
        Some(envelope) => {
            succeeded(&envelope, response)?;
            envelope.object()
        }
        None => Some(response.json()?),
    };
    video
        .filter(|video| video.public_id.as_deref() == Some(id.as_str()))
        .ok_or_else(|| {
            response.unexpected("the answer isn't about the recording that was asked for")
        })
}

/// Where the ticket doesn't name the recording (a plan's ticket, or an answer
/// without a `videoPublicId`): the live video is all there is to look at.
pub(crate) fn unnamed_recording_state(live: &LiveVideo) -> RecordingState {
    let word = live.live_status.as_deref().unwrap_or_default();
    match states::stream_state(word) {
        StreamState::Offline => RecordingState::Failed(
            "the live video is offline, and the ticket doesn't name its recording, whose id is \
             told only in the answer to the stop: look for it among the project's videos"
                .to_owned(),
        ),
        _ => RecordingState::InProgress(format!(
            "live video {word}, its recording isn't named in the ticket"
        )),
    }
}
