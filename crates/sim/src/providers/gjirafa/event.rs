//! Webhooks (api/webhooks). The types of events, their `data` where it is named below and the
//! retries are documented; which events a change leads to is this crate's choice, by their names.

use super::{
    EventTime, GjirafaSettings,
    video::{PublishStatus, live_status, zoneless},
};
use crate::{Stage, life::Change, stream::Stream};
use serde_json::{Value, json};
use std::time::Duration;

/// After how long an event is sent again.
pub(super) const RETRIES: [Duration; 8] = {
    const HOUR: u64 = 3600;
    [
        Duration::ZERO,
        Duration::from_secs(5),
        Duration::from_secs(300),
        Duration::from_secs(1800),
        Duration::from_secs(2 * HOUR),
        Duration::from_secs(5 * HOUR),
        Duration::from_secs(10 * HOUR),
        Duration::from_secs(10 * HOUR),
    ]
};

pub(super) fn events(settings: &GjirafaSettings, stream: &Stream, change: Change) -> Vec<Value> {
    let mut event_time = zoneless(change.at);
    if settings.event_time == EventTime::Utc {
        event_time.push('Z');
    }
    let mut events = Vec::new();
    let mut event = |event_type: &str, data: Value| {
        events.push(json!({
            "eventTime": event_time,
            "eventType": event_type,
            "data": data,
            "projectId": settings.project_id,
        }));
    };
    // That `data` of the events without documented fields has an `Id` is this crate's choice.
    let live = || json!({"Id": stream.id});
    let video = || json!({"Id": stream.recording_id});
    match change.to {
        Stage::Live => event("live.video.started", live()),
        Stage::Stopped => event("live.video.stopped", live()),
        // Of a stream that never began, nothing stops.
        Stage::Discarded if change.from == Stage::Live => event("live.video.stopped", live()),
        _ => {}
    }
    let status = live_status(change.to);
    if live_status(change.from) != status {
        event(
            "live.video.status.changed",
            json!({"Id": stream.id, "Status": status}),
        );
    }
    let published = PublishStatus::at(change.to);
    let before = PublishStatus::at(change.from);
    if let Some(status) = published.filter(|_| published != before) {
        if before.is_none() {
            event("video.created", video());
        }
        match change.to {
            Stage::Ready => event("video.encode.completed", video()),
            Stage::Failed => event("video.encode.errored", video()),
            _ => {}
        }
        event(
            "video.publish.status.changed",
            json!({
                "Id": stream.recording_id,
                "PublishStatusId": status.id,
                "PublishStatusName": status.name,
            }),
        );
    }
    events
}
