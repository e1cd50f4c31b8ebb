//! From a request to the calls at Mux, and from their answers to what they mean.
//! Pure: no I/O, no clock.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use livecut_core::adapter::lenient;
use livecut_core::{
    Capabilities, Certainty, Effect, Error, ErrorKind, Method, Purpose, Rate, RateLimits,
    Recording, Result, Step, StopRequest, StreamId, StreamStatus, Timeline, TimelineSupport,
    Visibility,
};
use livecut_http::{BaseUrl, Response};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::asset_id::AssetId;
use crate::clip::{self, Body, Owed};
use crate::wire::{Asset, Envelope, LiveStream};
use crate::{PROVIDER, states};

/// What Mux can do: cuts by offset, of the recording that remains; instants by way of the
/// recording's start, which is read.
///
/// A clip's ends are sent as decimal numbers, which Mux reads as doubles: these carry 15
/// digits, so any offset to the microsecond.
///
/// ```
/// use livecut_core::{Timeline, TimelineSupport};
/// let capabilities = livecut_mux::capabilities();
/// assert_eq!(capabilities.granularity(), std::time::Duration::from_micros(1));
/// assert_eq!(capabilities.timeline(Timeline::WallClock), Some(TimelineSupport::ReadAnchor));
/// ```
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_micros(1))
        .with_timeline(Timeline::Offset, TimelineSupport::Native)
        .with_timeline(Timeline::WallClock, TimelineSupport::ReadAnchor)
        .with_visibility(Visibility::Public)
        .with_visibility(Visibility::Private)
        .with_visibility_of_cuts_only()
        .with_named_recording()
        .with_checked_end()
        .with_duration_tolerance(states::PRECISION)
        .with_rate_limits(
            // Sustained (page "Make API requests"). Above them there are bursts of a size that isn't told.
            RateLimits::new()
                .with_rate(Rate::per_second(5))
                .with_method(Method::Post, Rate::per_second(1)),
        )
}

pub(crate) fn named_asset(request: &StopRequest) -> Result<Option<AssetId>> {
    let named = request.recording().map(|id| {
        AssetId::new(id).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidRequest,
                "the recording isn't the id of an asset of Mux's",
            )
        })
    });
    named.transpose()
}

pub(crate) fn read_live_stream(base: &BaseUrl, stream: &StreamId) -> Step {
    let url = live_stream_url(base, stream, &[]);
    Step::new(Purpose::Read, Method::Get, url)
}

/// Ends the broadcast. (`disable` would keep the encoder from ever coming back.)
pub(crate) fn complete(base: &BaseUrl, stream: &StreamId) -> Step {
    let url = live_stream_url(base, stream, &["complete"]);
    Step::new(Purpose::Stop, Method::Put, url)
}

/// Neither an [`AssetId`] nor a placeholder needs escaping.
pub(crate) fn read_asset(base: &BaseUrl, asset: &dyn fmt::Display) -> Step {
    let url = format!("{}/{asset}", assets_url(base));
    Step::new(Purpose::Read, Method::Get, url)
}

pub(crate) fn create_clip(base: &BaseUrl, body: &Body<'_>) -> Step {
    Step::new(Purpose::Cut, Method::Post, assets_url(base)).with_body(body.to_string())
}

pub(crate) fn assets_url(base: &BaseUrl) -> String {
    base.endpoint(&["video", "v1", "assets"])
}

fn live_stream_url(base: &BaseUrl, stream: &StreamId, more: &[&str]) -> String {
    let mut segments = vec!["video", "v1", "live-streams", stream.as_str()];
    segments.extend_from_slice(more);
    base.endpoint(&segments)
}

/// What a stop is about, as the live stream stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The broadcast that is live, and its asset, where Mux names one.
    Live(Option<AssetId>),
    /// The recording that the request names, of a broadcast that is over.
    Ended(AssetId),
}

impl Target {
    pub(crate) const fn asset(&self) -> Option<&AssetId> {
        match self {
            Self::Live(asset) => asset.as_ref(),
            Self::Ended(asset) => Some(asset),
        }
    }
}

/// Which recording a stop is about. Nothing is changed yet.
pub(crate) fn target(
    response: &Response,
    live: &LiveStream,
    request: &StopRequest,
    named: Option<&AssetId>,
) -> Result<Target> {
    let refuse = |why: String| Err(Error::new(ErrorKind::Conflict, why));
    match live.status.as_deref() {
        Some("active") => {
            let active = match live.active_asset_id.as_deref() {
                Some(id) => Some(AssetId::read(id).ok_or_else(|| {
                    response.unexpected("the active asset's id isn't of the documented form")
                })?),
                None => None,
            };
            if named.is_some() && named != active.as_ref() {
                return refuse(
                    "another broadcast than the one of the named recording is live: leave \
                     out `with_recording` to end that one"
                        .to_owned(),
                );
            }
            if request.cut().is_some() && active.is_none() {
                return refuse(
                    "the live stream is active and the provider names no asset of it, so there \
                     is nothing to cut"
                        .to_owned(),
                );
            }
            Ok(Target::Live(active))
        }
        Some(word @ ("idle" | "disabled")) => match named {
            Some(named) => Ok(Target::Ended(named.clone())),
            None => refuse(format!(
                "nothing is live (`{word}`): if the recording of a broadcast that is over is \
                 meant, name it by `with_recording`{}",
                match newest(live) {
                    Some(id) => format!(" (the newest is `{id}`)"),
                    None => String::new(),
                }
            )),
        },
        _ => Err(response.unexpected("the live stream's status is none of the documented ones")),
    }
}

/// The asset that a live stream is recorded to, or was last.
fn newest(live: &LiveStream) -> Option<AssetId> {
    let id = match &live.active_asset_id {
        Some(id) => id,
        None => live.recent_asset_ids.as_ref()?.last()?,
    };
    AssetId::read(id)
}

pub(crate) fn status(live: &LiveStream, stream: &StreamId) -> StreamStatus {
    let word = live.status.as_deref().unwrap_or_default();
    let recording = newest(live).map(|asset| Recording::new(asset.recording()));
    StreamStatus::new(PROVIDER, stream.clone(), states::stream_state(word), word)
        .with_recording(recording)
}

/// A recording of another live stream is never cut by mistake.
pub(crate) fn check_origin(asset: &Asset, stream: &StreamId) -> Result<()> {
    if asset.live_stream_id.as_deref() == Some(stream.as_str()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "the recording isn't one of this live stream's",
    ))
}

/// As [`check_origin`], of the recording that a ticket's clip is owed of.
pub(crate) fn check_origin_of_ticket(asset: &Asset, stream: &StreamId) -> Result<()> {
    check_origin(asset, stream).map_err(|_| {
        Error::new(
            ErrorKind::InvalidTicket,
            "the ticket's recording isn't one of its live stream's",
        )
    })
}

/// No seal, and no clip.
pub(crate) fn not_sealed() -> Error {
    Error::new(
        ErrorKind::InvalidTicket,
        "the clip isn't there, and isn't made on this ticket's word: it has no seal, as those of earlier versions \
         have none. To go on, stop the live stream again, naming the recording and the same cut, \
         which makes the clip if it isn't there",
    )
}

pub(crate) fn is_errored(asset: &Asset) -> bool {
    asset.status.as_deref() == Some("errored")
}

/// No clip can be made of a recording that failed, now or later.
pub(crate) fn check_usable(asset: &Asset) -> Result<()> {
    if is_errored(asset) {
        return Err(Error::new(
            ErrorKind::Conflict,
            "the recording is `errored`, so nothing can be cut out of it: leave the cut out",
        ));
    }
    Ok(())
}

/// The start of a recording's one session of content, if it has that and no other.
pub(crate) fn one_start(asset: &Asset) -> Option<OffsetDateTime> {
    match asset.recording_times.as_deref() {
        Some([only]) if only.kind.as_deref() == Some("content") => {
            OffsetDateTime::parse(only.started_at.as_deref()?, &Rfc3339).ok()
        }
        _ => None,
    }
}

/// The instant of the recording's offset 0, which is documented for a recording of one
/// session alone: with a second one, or slate, an offset isn't the time since the start.
pub(crate) fn anchor(asset: &Asset) -> Result<OffsetDateTime> {
    let refuse = |why: &'static str| {
        Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "{why}: give the cut as offsets, or pass the instant of offset 0 by `with_anchor`"
            ),
        ))
    };
    if let Some(start) = one_start(asset) {
        return Ok(start);
    }
    match asset.recording_times.as_deref() {
        Some([only]) if only.kind.as_deref() == Some("content") => {
            refuse("the provider doesn't tell when the recording began")
        }
        None | Some([]) => refuse("the provider doesn't tell when the recording began"),
        Some([_]) => refuse("the recording's one session isn't said to be content"),
        Some(_) => refuse(
            "the recording has several sessions or slate, so its offsets aren't the time since \
             it began",
        ),
    }
}

pub(crate) fn live_stream(response: &Response, stream: &StreamId) -> Result<LiveStream> {
    let live: LiveStream = data(response)?;
    if live.id.as_deref() == Some(stream.as_str()) {
        return Ok(live);
    }
    Err(response.unexpected("the answer isn't about the live stream that was asked for"))
}

pub(crate) fn asset(response: &Response, id: &AssetId) -> Result<Asset> {
    let asset: Asset = data(response)?;
    if asset.id.as_deref() == Some(id.as_str()) {
        return Ok(asset);
    }
    Err(response.unexpected("the answer isn't about the asset that was asked for"))
}

/// The answer to `complete`, documented as `{"data":{}}`. It names nothing, so what names something is
/// the answer to another request: it came late, say, on a connection that is used again.
pub(crate) fn completed(response: &Response) -> Result<()> {
    let members: HashMap<String, IgnoredAny> = data(response)?;
    if members.is_empty() {
        return Ok(());
    }
    Err(response.unexpected(
        "the answer to `complete` isn't the documented empty `data`, so it may be the one to \
         another request",
    ))
}

/// The clip that was made. Only the answer to this very request can bear the clip's mark.
pub(crate) fn created(response: &Response, owed: &Owed) -> Result<(AssetId, Asset)> {
    let asset: Asset = data(response)?;
    let id = asset.id.as_deref().and_then(AssetId::read);
    let problem = match id {
        None => "the answer doesn't name the clip",
        Some(id) if id == owed.source || !owed.is(&asset) => {
            "the answer isn't about the clip that was asked for: it hasn't that one's `passthrough`, \
             or is of another source"
        }
        Some(id) => return Ok((id, asset)),
    };
    Err(response.unexpected(problem))
}

/// The error of a stop whose clip is there, and has failed. Following its ticket says the same.
pub(crate) fn clip_failed() -> Error {
    Error::new(
        ErrorKind::ProviderFailed,
        "the provider took the clip and says that it is `errored`",
    )
    .with_effect(Effect::new(Certainty::Yes, Certainty::Unknown))
}

/// The error of a stop whose clip is there, for others to see than was asked for.
pub(crate) fn clip_seen_otherwise() -> Error {
    Error::new(ErrorKind::ProviderFailed, clip::SEEN_OTHERWISE)
        .with_effect(Effect::new(Certainty::Yes, Certainty::Yes))
}

/// Refuses an answer that has an `error` beside its `data`: it can't be both.
pub(crate) fn check_no_error(response: &Response, error: Option<&RawValue>) -> Result<()> {
    match error {
        Some(error) if error.get() != "null" => {
            Err(response.unexpected("the answer has an `error` although its status says success"))
        }
        _ => Ok(()),
    }
}

fn data<T: DeserializeOwned>(response: &Response) -> Result<T> {
    let Envelope { data, error } = response.json()?;
    check_no_error(response, error)?;
    data.and_then(lenient::as_object)
        .ok_or_else(|| response.unexpected("the answer has no `data` that is an object"))
}
