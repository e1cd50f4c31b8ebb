//! `status` and `follow`: what a live video and a recording mean.

use livecut_core::{
    CutVerdict, ErrorKind, LiveStreamStopper as _, Progress, RecordingId, Result, StreamState,
    StreamStatus, TenantId, Ticket,
};
use serde_json::{Value, json};

use crate::{connected, cut, stream, ticket, whole};

fn enveloped(result: &Value) -> String {
    json!({"success": true, "result": result, "statusCode": 200}).to_string()
}

async fn status(body: &str) -> Result<StreamStatus> {
    let (stopper, server) = connected();
    server.answer(200, body.to_owned());
    stopper.status(&stream()).await
}

async fn follow(ticket: &Ticket, status: u16, body: &str) -> Result<Progress> {
    let (stopper, server) = connected();
    server.answer(status, body.to_owned());
    stopper.follow(ticket).await
}

fn named() -> Ticket {
    ticket(&cut("10m..15m")).with_recording(RecordingId::new("vod").unwrap())
}

#[tokio::test]
async fn every_documented_word_is_a_state_and_offline_is_not_the_end() {
    for (word, state) in [
        ("Live", StreamState::Live),
        ("live", StreamState::Live),
        ("Interrupted", StreamState::Interrupted),
        ("Processing", StreamState::Processing),
        ("Offline", StreamState::Offline),
        ("Ended", StreamState::Unknown),
        ("", StreamState::Unknown),
    ] {
        let body = enveloped(&json!({"publicId": "a-live-video", "liveStatus": word}));
        let status = status(&body).await.unwrap();
        assert_eq!((status.state(), status.provider_state()), (state, word));
        assert_eq!(status.recording(), None);
    }
    for odd in [json!({}), json!({"liveStatus": 1}), json!({"publicId": 1})] {
        let status = status(&enveloped(&odd)).await.unwrap();
        assert_eq!(
            (status.state(), status.provider_state()),
            (StreamState::Unknown, "")
        );
    }
}

#[tokio::test]
async fn an_answer_about_another_live_video_or_none_is_refused() {
    let unexpected = ErrorKind::UnexpectedResponse;
    for (body, kind) in [
        (
            enveloped(&json!({"publicId": "another", "liveStatus": "Live"})),
            unexpected,
        ),
        (enveloped(&Value::Null), unexpected),
        (enveloped(&json!("Live")), unexpected),
        (enveloped(&json!(["a-live-video", "Live"])), unexpected),
        (enveloped(&json!([{"liveStatus": "Live"}])), unexpected),
        (r#"{"liveStatus":"Live"}"#.into(), unexpected),
        (
            r#"{"success":false,"result":{"liveStatus":"Live"}}"#.into(),
            ErrorKind::ProviderFailed,
        ),
        (
            r#"{"success":true,"statusCode":404}"#.into(),
            ErrorKind::ProviderFailed,
        ),
        ("<html>".into(), unexpected),
    ] {
        let error = status(&body).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
        assert!(error.effect().is_none(), "a read changes nothing");
        let error = follow(&ticket(&whole()), 200, &body).await.unwrap_err();
        assert_eq!((error.kind(), error.ticket()), (kind, None), "{body}");
    }
}

#[tokio::test]
async fn every_publish_status_is_progress_enveloped_or_bare() {
    for (id, progress) in [
        (json!(1), "in_progress"),
        (json!(2), "ready"),
        (json!(4), "failed"),
        (json!(8), "in_progress"),
        (json!(9), "in_progress"),
        (json!(3), "in_progress"),
        (json!("2"), "in_progress"),
        (Value::Null, "in_progress"),
    ] {
        let video = json!({"publicId": "vod", "publishStatusId": id});
        for body in [enveloped(&video), video.to_string()] {
            let seen = follow(&named(), 200, &body).await.unwrap();
            assert_eq!(seen.as_str(), progress, "{body}");
            assert_eq!(seen.ticket(), &named());
        }
    }
}

#[tokio::test]
async fn nothing_that_the_provider_says_confirms_the_cut() {
    let video = json!({
        "publicId": "vod", "publishStatusId": 2, "duration": 300,
        "liveCutStartDate": "2024-01-01T12:00:00", "liveCutEndDate": "2024-01-01T12:05:00",
    });
    let Progress::Ready(ready) = follow(&named(), 200, &enveloped(&video)).await.unwrap() else {
        panic!("it is ready")
    };
    assert_eq!(ready.verdict(), Some(CutVerdict::Unconfirmed));
    assert_eq!(ready.recording().id().as_str(), "vod");
    assert_eq!(ready.recording().duration(), None);
}

/// The other way about: what a stop was answered is no state, and no recording's.
#[tokio::test]
async fn a_stop_s_answer_given_to_a_read_is_no_progress() {
    let body = enveloped(&json!({"videoPublicId": "vod"}));
    let state = status(&body).await.unwrap().state();
    assert_eq!(state, StreamState::Unknown);
    let seen = follow(&ticket(&whole()), 200, &body).await.unwrap();
    assert_eq!(seen.as_str(), "in_progress");
    let error = follow(&named(), 200, &body).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn a_recording_that_is_not_found_is_not_visible_yet() {
    for body in ["", r#"{"success":false,"statusCode":404}"#, "<html>"] {
        let progress = follow(&named(), 404, body).await.unwrap();
        assert_eq!(progress.as_str(), "in_progress");
    }
    let error = follow(&ticket(&whole()), 404, "").await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NotFound,
        "a live video that isn't there"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_about_the_recording_is_refused() {
    for body in [
        json!({"publicId": "another", "publishStatusId": 2}).to_string(),
        enveloped(&json!({"publicId": "another", "publishStatusId": 2})),
        json!({"publishStatusId": 2}).to_string(),
        enveloped(&json!({"publishStatusId": 2})),
        enveloped(&json!(["vod", 2])),
        enveloped(&json!([{"publicId": "vod", "publishStatusId": 2}])),
        enveloped(&Value::Null),
        r#"["vod", 2]"#.into(),
        "<html>".into(),
    ] {
        let error = follow(&named(), 200, &body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}");
        assert!(error.effect().is_none());
    }
    let failed = r#"{"success":false,"result":{"publicId":"vod","publishStatusId":2}}"#;
    let error = follow(&named(), 200, failed).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderFailed);
}

#[tokio::test]
async fn a_ticket_without_a_recording_is_followed_by_the_live_video() {
    for (word, progress) in [
        ("Live", "in_progress"),
        ("Processing", "in_progress"),
        ("Interrupted", "in_progress"),
        ("Odd", "in_progress"),
        ("Offline", "failed"),
    ] {
        let body = enveloped(&json!({"liveStatus": word}));
        let seen = follow(&ticket(&whole()), 200, &body).await.unwrap();
        assert_eq!(seen.as_str(), progress, "{word}");
    }
}

#[tokio::test]
async fn a_ticket_of_another_provider_or_project_is_refused_unsent() {
    let (stopper, server) = connected();
    let project = TenantId::new("a-project").unwrap();
    for ticket in [
        Ticket::new("gjirafa", stream()),
        Ticket::new("gjirafa", stream()).with_tenant(TenantId::new("other").unwrap()),
        Ticket::new("another", stream()).with_tenant(project),
    ] {
        let error = stopper.follow(&ticket).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTicket);
    }
    assert!(server.requests().is_empty());
}
