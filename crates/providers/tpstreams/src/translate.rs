//! From a request to the calls at TPStreams, and from their answers to outcomes.
//! Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{
    Capabilities, Certainty, Cut, CutState, Effect, Error, ErrorKind, Method, Purpose, Result,
    Step, StopOutcome, StopRequest, StreamId, TenantId, Ticket, Timeline, TimelineSupport,
};
use livecut_http::{BaseUrl, Response, SingleCall};
use serde_json::value::RawValue;

use crate::PROVIDER;
use crate::wire::{Asset, StopAnswer, Trim};

/// What TPStreams can do: cuts on both timelines, in whole seconds, with the stop.
///
/// ```
/// use livecut_core::Timeline;
/// let capabilities = livecut_tpstreams::capabilities();
/// assert_eq!(capabilities.granularity(), std::time::Duration::from_secs(1));
/// assert!(capabilities.timeline(Timeline::WallClock).is_some());
/// ```
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_secs(1))
        .with_timeline(Timeline::Offset, TimelineSupport::Native)
        .with_timeline(Timeline::WallClock, TimelineSupport::Native)
        .with_single_call()
}

/// The one request of a stop.
pub(crate) fn stop_call<'a>(
    base: &BaseUrl,
    organization: &'a TenantId,
    capabilities: &Capabilities,
    request: &'a StopRequest,
) -> Result<SingleCall<'a>> {
    let cut = capabilities.admit(request)?;
    let stream = request.stream();
    let url = base.endpoint(&[
        "api",
        "v1",
        organization.as_str(),
        "assets",
        stream.as_str(),
        "stop_live_stream",
        "",
    ]);
    let mut step = Step::new(Purpose::Stop, Method::Post, url);
    if let Some(cut) = &cut {
        step = step.with_body(trim_body(cut)?);
    }
    Ok(SingleCall::new(PROVIDER, request, step, outcome)
        .with_tenant(organization)
        .with_cut(cut))
}

/// Compares what was asked with what TPStreams says it did.
fn outcome(response: &Response, ticket: Ticket) -> Result<StopOutcome> {
    let answer: StopAnswer<'_> = response.json()?;
    if answer.id.is_some_and(|id| id != ticket.stream().as_str()) {
        return Err(response.unexpected(
            "the answer is about another asset than the one stopped, so it confirms nothing",
        ));
    }
    let error = answer.error.map_or("null", RawValue::get);
    if answer.success == Some(false) || !matches!(error, "null" | "false" | "\"\"" | "[]" | "{}") {
        return Err(response
            .unexpected("the answer says that something failed although its status says success"));
    }
    let trim_scheduled = answer.trim_scheduled.map(RawValue::get);
    if answer.message.is_none() && !matches!(trim_scheduled, Some("true" | "false")) {
        return Err(response.unexpected(
            "the answer has neither a `message` nor `trim_scheduled`, so it confirms nothing",
        ));
    }
    let stopped_but = |kind, message, cut| {
        Err(response
            .error(kind, message)
            .with_effect(Effect::new(Certainty::Yes, cut)))
    };
    let cut = ticket.cut().copied();
    match (cut, trim_scheduled) {
        (None, None | Some("false")) | (Some(_), Some("true")) => {}
        (None, Some("true")) => {
            return stopped_but(
                ErrorKind::UnexpectedCut,
                "the provider scheduled a trim though none was asked for",
                Certainty::Yes,
            );
        }
        (Some(_), Some("false")) => {
            return stopped_but(
                ErrorKind::CutRefused,
                "the provider didn't schedule the trim",
                Certainty::No,
            );
        }
        // Also where none was asked for, and `trim_scheduled` is something else than a boolean.
        (_, _) => {
            return stopped_but(
                ErrorKind::UnexpectedResponse,
                "the answer doesn't say whether a trim is scheduled",
                Certainty::Unknown,
            );
        }
    }
    Ok(StopOutcome::new(ticket)
        .with_cut(cut, CutState::Scheduled)
        .with_messages(answer.message.into_iter().collect()))
}

fn trim_body(cut: &Cut) -> Result<String> {
    let trim = cut
        .effective()
        .exact_seconds()
        .map(|seconds| Trim {
            start_time: seconds.start,
            end_time: seconds.end,
        })
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the cut isn't in whole seconds"))?;
    serde_json::to_string(&trim).map_err(|error| {
        Error::new(ErrorKind::Internal, "the trim can't be written as JSON").with_source(error)
    })
}

/// The one read behind `status` and `follow`.
pub(crate) fn read_asset(base: &BaseUrl, organization: &TenantId, stream: &StreamId) -> Step {
    let url = base.endpoint(&[
        "api",
        "v1",
        organization.as_str(),
        "assets",
        stream.as_str(),
        "",
    ]);
    Step::new(Purpose::Read, Method::Get, url)
}

/// Refuses an answer about another asset than the one that was asked for.
pub(crate) fn asset(response: &Response, stream: &StreamId) -> Result<Asset> {
    let asset: Asset = response.json()?;
    if asset.id.as_deref() == Some(stream.as_str()) {
        return Ok(asset);
    }
    Err(response.unexpected("the answer isn't about the asset that was asked for"))
}
