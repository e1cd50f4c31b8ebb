//! The examples of `docs/json.md`: one of each document, as the code writes it.

use std::time::Duration;

use livecut::journal::Record;
use livecut::{
    Certainty, Cut, CutRange, CutState, CutVerdict, Effect, Error, ErrorKind, ErrorResponse,
    LiveStreamStopper as _, Playback, PlaybackFormat, Progress, Provider, Ready, Recording,
    RecordingId, StopOutcome, StopRequest, StopperBuilder, StreamId, StreamState, StreamStatus,
    TenantId, Ticket,
};
use serde::Serialize;
use time::OffsetDateTime;

pub(crate) fn outcome() -> Vec<String> {
    let outcome = StopOutcome::new(ticket())
        .with_cut(ticket().cut().copied(), CutState::Scheduled)
        .with_messages(vec!["Live stream stopped successfully".to_owned()]);
    block(&outcome)
}

pub(crate) fn plan() -> Vec<String> {
    let setting = |name: &str| {
        let mut variables = provider().variables().iter();
        let variable = variables.find(|one| one.name() == name && one.is_required())?;
        let value = if variable.is_secret() {
            "a-token"
        } else {
            "4xu8ay"
        };
        Some(value.to_owned())
    };
    let stopper = StopperBuilder::new()
        .with_provider(provider().name())
        .build_from_lookup(setting)
        .expect("it is compiled in, and configured");
    let request = StopRequest::new(stream()).with_cut(range());
    block(&stopper.plan(&request).expect("it can be done"))
}

pub(crate) fn status() -> Vec<String> {
    let status = StreamStatus::new(provider().name(), stream(), StreamState::Live, "Streaming");
    block(&status)
}

pub(crate) fn progress() -> Vec<String> {
    let url = "https://cdn.example.com/4PtERT9d9uK/video.m3u8";
    let recording = Recording::new(RecordingId::new("4PtERT9d9uK").expect("it is an id"))
        .with_playback(Playback::new(PlaybackFormat::Hls, url))
        .with_duration(Duration::from_secs(90));
    let ready = Ready::new(ticket(), recording, Some(CutVerdict::Confirmed));
    block(&Progress::Ready(ready))
}

pub(crate) fn error() -> Vec<String> {
    let error = Error::new(ErrorKind::Unavailable, "the provider failed (503)")
        .with_provider(provider().name())
        .with_effect(Effect::new(Certainty::Unknown, Certainty::Unknown))
        .with_response(ErrorResponse::new(503).with_request_id("8f14e45f"))
        .with_retry_after(Duration::from_secs(7))
        .with_ticket(ticket());
    block(&error.report())
}

pub(crate) fn request() -> Vec<String> {
    let class = "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z".parse::<CutRange>();
    let request = StopRequest::new(stream())
        .with_cut(class.expect("it is a range").ending_at_edge())
        .with_timeout(Duration::from_secs(10));
    block(&request)
}

pub(crate) fn record() -> Vec<String> {
    let request = StopRequest::new(stream()).with_cut(range());
    let possible = Effect::new(Certainty::Unknown, Certainty::Unknown);
    let before = Some(StreamState::Live);
    let mut record = Record::begun(request, possible, before, Some(ticket()));
    if let Record::Begun(begun) = &mut record {
        begun.at = OffsetDateTime::from_unix_timestamp(1_736_754_900).expect("it is an instant");
    }
    block(&record)
}

/// The one that they are of.
fn provider() -> &'static Provider {
    livecut::providers().first().expect("livecut knows some")
}

fn stream() -> StreamId {
    StreamId::new("4PtERT9d9uK").expect("it is an id")
}

fn range() -> CutRange {
    CutRange::seconds(30, 120).expect("it is a range")
}

fn ticket() -> Ticket {
    Ticket::new(provider().name(), stream())
        .with_tenant(TenantId::new("4xu8ay").expect("it is an id"))
        .with_cut(Some(Cut::new(range(), range())))
}

fn block(document: &impl Serialize) -> Vec<String> {
    let json = serde_json::to_string_pretty(document).expect("it is JSON");
    let mut lines = vec!["```json".to_owned()];
    lines.extend(json.lines().map(str::to_owned));
    lines.push("```".to_owned());
    lines
}
