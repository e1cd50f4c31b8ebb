//! `status` and `follow`: what an asset means.

use livecut_core::{
    CutVerdict, ErrorKind, LiveStreamStopper as _, PlaybackFormat, Progress, Result, StreamState,
    StreamStatus, TenantId, Ticket,
};
use serde_json::{Value, json};

use crate::{connected, cut, stream, ticket, whole};

const COMPLETED: &str = include_str!("../../fixtures/asset_completed.json");

async fn status(body: &str) -> Result<StreamStatus> {
    let (stopper, server) = connected();
    server.answer(200, body.to_owned());
    stopper.status(&stream()).await
}

async fn follow(ticket: &Ticket, body: &str) -> Result<Progress> {
    let (stopper, server) = connected();
    server.answer(200, body.to_owned());
    stopper.follow(ticket).await
}

fn asset(live: &Value, video: &Value) -> String {
    json!({"id": "4PtERT9d9uK", "live_stream": live, "video": video}).to_string()
}

#[tokio::test]
async fn every_documented_word_in_either_spelling_is_a_state() {
    for (word, state) in [
        ("Not Started", StreamState::NotStarted),
        ("NOT_STARTED", StreamState::NotStarted),
        ("Available", StreamState::NotStarted),
        ("AVAILABLE", StreamState::NotStarted),
        ("Streaming", StreamState::Live),
        ("STREAMING", StreamState::Live),
        ("DISCONNECTED", StreamState::Interrupted),
        ("STOPPED", StreamState::Ended),
        ("Completed", StreamState::Ended),
        ("COMPLETED", StreamState::Ended),
        ("ERROR", StreamState::Failed),
        ("RECORDING", StreamState::Unknown),
        ("Recording", StreamState::Unknown),
        ("Paused", StreamState::Unknown),
        ("", StreamState::Unknown),
    ] {
        let body = asset(&json!({"status": word}), &Value::Null);
        let status = status(&body).await.unwrap();
        assert_eq!((status.state(), status.provider_state()), (state, word));
        assert_eq!(status.recording(), None);
    }
}

#[tokio::test]
async fn the_documented_asset_is_ended_and_its_recording_is_the_asset() {
    let status = status(COMPLETED).await.unwrap();
    assert_eq!(status.state(), StreamState::Ended);
    assert_eq!(status.provider_state(), "Completed");
    let recording = status.recording().unwrap();
    assert_eq!(recording.id().as_str(), "4PtERT9d9uK");
    let formats: Vec<_> = recording.playback().iter().map(|p| p.format).collect();
    assert_eq!(formats, [PlaybackFormat::Hls, PlaybackFormat::Dash]);
    assert!(recording.playback()[0].url.ends_with("/video.m3u8"));
    assert!(recording.playback()[1].url.ends_with("/video.mpd"));
}

#[tokio::test]
async fn an_odd_asset_is_an_unknown_state_and_never_read_by_position() {
    for body in [
        json!({"id": "4PtERT9d9uK"}).to_string(),
        asset(&Value::Null, &Value::Null),
        asset(&json!("Completed"), &json!("Completed")),
        asset(
            &json!(["Completed"]),
            &json!(["Completed", "https://x/v.m3u8"]),
        ),
        asset(&json!({"status": 3}), &json!([])),
    ] {
        let status = status(&body).await.unwrap();
        assert_eq!(status.state(), StreamState::Unknown, "{body}");
        assert_eq!((status.provider_state(), status.recording()), ("", None));
        let progress = follow(&ticket(&whole()), &body).await.unwrap();
        assert!(matches!(progress, Progress::InProgress(_)), "{body}");
    }
}

#[tokio::test]
async fn an_answer_about_another_asset_or_none_is_refused() {
    for body in [
        r#"{"id":"another","live_stream":{"status":"Completed"}}"#,
        r#"{"live_stream":{"status":"Completed"}}"#,
        r#"{"id":7,"live_stream":{"status":"Completed"}}"#,
        "{}",
        r#"{"id":"4PtERT9d9uK","id":"4PtERT9d9uK"}"#,
        r#"["4PtERT9d9uK"]"#,
        "null",
        "",
        "<html>",
    ] {
        for error in [
            status(body).await.unwrap_err(),
            follow(&ticket(&whole()), body).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}");
            assert!(error.effect().is_none(), "a read changes nothing");
            assert_eq!(error.ticket(), None);
        }
    }
}

#[tokio::test]
async fn a_recording_is_ready_once_it_is_completed_and_can_be_played() {
    let url = "https://x/v.m3u8";
    let ready = [
        COMPLETED.to_owned(),
        asset(
            &Value::Null,
            &json!({"status": "COMPLETED", "dash_url": url}),
        ),
    ];
    for body in ready {
        for (request, verdict) in [
            (whole(), None),
            (cut("30..120"), Some(CutVerdict::Unconfirmed)),
        ] {
            let progress = follow(&ticket(&request), &body).await.unwrap();
            let Progress::Ready(ready) = progress else {
                panic!("{body}")
            };
            assert_eq!(ready.verdict(), verdict);
            assert!(!ready.recording().playback().is_empty());
        }
    }
    let ended = json!({"status": "Completed"});
    for video in [
        Value::Null,
        json!({"status": "Completed"}),
        json!({"status": "Completed", "playback_url": "", "dash_url": null}),
        json!({"status": "Completed", "playback_url": 7}),
        json!({"status": "Transcoding", "playback_url": url}),
        json!({"playback_url": url}),
    ] {
        let body = asset(&ended, &video);
        let progress = follow(&ticket(&whole()), &body).await.unwrap();
        assert!(matches!(progress, Progress::InProgress(_)), "{body}");
    }
}

#[tokio::test]
async fn a_recording_that_is_never_transcoded_is_not_waited_for() {
    for word in ["Completed", "COMPLETED"] {
        let live = json!({"status": word, "transcode_recorded_video": false});
        for request in [whole(), cut("30..120")] {
            let body = asset(&live, &Value::Null);
            let progress = follow(&ticket(&request), &body).await.unwrap();
            let Progress::Failed(failed) = progress else {
                panic!("{word}: {progress:?}")
            };
            assert!(failed.reason().contains("transcode_recorded_video"));
            assert!(failed.reason().contains("whether a trim was made"));
        }
    }
    let video = json!({"status": "Transcoding"});
    for (live, video) in [
        // It still runs, or may.
        (
            json!({"status": "Streaming", "transcode_recorded_video": false}),
            Value::Null,
        ),
        (json!({"transcode_recorded_video": false}), Value::Null),
        (
            json!({"status": "STOPPED", "transcode_recorded_video": false}),
            Value::Null,
        ),
        // One is made all the same.
        (
            json!({"status": "Completed", "transcode_recorded_video": false}),
            video,
        ),
        // It isn't told.
        (json!({"status": "Completed"}), Value::Null),
        (
            json!({"status": "Completed", "transcode_recorded_video": "false"}),
            Value::Null,
        ),
        (
            json!({"status": "Completed", "transcode_recorded_video": true}),
            Value::Null,
        ),
    ] {
        let body = asset(&live, &video);
        let progress = follow(&ticket(&whole()), &body).await.unwrap();
        assert!(matches!(progress, Progress::InProgress(_)), "{body}");
    }
}

#[tokio::test]
async fn a_stream_that_failed_has_a_recording_that_failed() {
    let completed = json!({"status": "Completed", "playback_url": "https://x/v.m3u8"});
    let body = asset(&json!({"status": "ERROR"}), &completed);
    let progress = follow(&ticket(&whole()), &body).await.unwrap();
    let Progress::Failed(failed) = progress else {
        panic!("{progress:?}")
    };
    assert!(failed.reason().contains("ERROR"));
}

#[tokio::test]
async fn a_ticket_of_another_provider_or_organization_is_refused_unsent() {
    let (stopper, server) = connected();
    let other = TenantId::new("other").unwrap();
    for ticket in [
        Ticket::new("tpstreams", stream()),
        Ticket::new("tpstreams", stream()).with_tenant(other),
        Ticket::new("another", stream()).with_tenant(TenantId::new("4xu8ay").unwrap()),
    ] {
        let error = stopper.follow(&ticket).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTicket);
    }
    assert!(server.requests().is_empty());
}
