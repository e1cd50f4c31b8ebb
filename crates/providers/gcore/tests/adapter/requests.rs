//! What is sent, and what is refused before that.

use livecut_core::{
    CutState, ErrorKind, LiveStreamStopper as _, RecordingId, StopRequest, Stopped, StreamId,
    Visibility,
};
use serde_json::json;

use super::{Answer, CUT, answer, asked, clip, connected, cut, off, stopped, stream, whole};

const STREAM: &str = "/eu/streaming/streams/12345";

fn named() -> StopRequest {
    whole().with_recording(RecordingId::new("777").unwrap())
}

#[tokio::test]
async fn a_cut_is_made_as_a_clip_and_then_the_stream_is_switched_off_by_its_own_name() {
    let (stopper, server) = connected();
    for body in [stream(&json!({})), clip(), off()] {
        answer(&server, &body);
    }
    let outcome = stopper.stop(&cut(CUT)).await.unwrap();
    let put = r#"{"start":1716559200,"duration":60,"expiration":1716573600,"vod_required":true}"#;
    let patch = r#"{"stream":{"name":"Class \"7\"","active":false}}"#;
    let expected = [
        ("GET", STREAM.to_owned(), ""),
        ("PUT", format!("{STREAM}/clip_recording"), put),
        ("PATCH", STREAM.to_owned(), patch),
    ];
    assert_eq!(
        asked(&server),
        expected.map(|(method, path, body)| (method.to_owned(), path, body.to_owned()))
    );
    for request in server.requests() {
        assert_eq!(request.headers()["authorization"], "apikey 1234$abcdef");
    }
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
    assert_eq!(outcome.recording().unwrap().id().as_str(), "459857");
    assert_eq!(outcome.ticket().recording().unwrap().as_str(), "459857");
}

#[tokio::test]
async fn without_a_cut_the_recording_is_closed_first_without_a_body() {
    let (stopper, server) = connected();
    for body in [
        stream(&json!({})),
        json!({"id": 777, "stream_id": 12345, "status": "empty"}),
        off(),
    ] {
        answer(&server, &body);
    }
    let outcome = stopper.stop(&whole()).await.unwrap();
    let sent = asked(&server);
    assert_eq!(
        (sent[1].0.as_str(), sent[1].1.as_str(), sent[1].2.as_str()),
        ("PUT", "/eu/streaming/streams/12345/stop_recording", "")
    );
    assert_eq!(server.requests()[1].headers()["content-length"], "0");
    assert_eq!((sent[2].0.as_str(), sent.len()), ("PATCH", 3));
    assert_eq!(outcome.cut(), None);
    assert_eq!(outcome.ticket().recording().unwrap().as_str(), "777");
}

#[tokio::test]
async fn a_recording_that_was_closed_before_is_kept_where_the_request_names_it() {
    for (live, state) in [(true, Stopped::Stopped), (false, Stopped::AlreadyEnded)] {
        let (stopper, server) = connected();
        let found = json!({"live": live, "recording": false});
        for body in [
            stream(&found),
            json!({"id": 777, "stream_id": 12345}),
            off(),
        ] {
            answer(&server, &body);
        }
        let outcome = stopper.stop(&named()).await.unwrap();
        let sent = asked(&server);
        assert_eq!(sent[1].1, "/eu/streaming/videos/777");
        assert_eq!((sent[2].0.as_str(), sent.len()), ("PATCH", 3));
        assert_eq!(outcome.stopped(), state);
        assert_eq!(outcome.ticket().recording().unwrap().as_str(), "777");
    }
}

#[tokio::test]
async fn a_stream_is_never_ended_for_a_video_that_is_not_its_recording_or_failed() {
    for (video, kind) in [
        (
            json!({"id": 777, "stream_id": 54321}),
            ErrorKind::UnexpectedResponse,
        ),
        // One that was uploaded.
        (json!({"id": 777, "status": "ready"}), ErrorKind::Conflict),
        (
            json!({"id": 777, "stream_id": null, "status": "ready"}),
            ErrorKind::Conflict,
        ),
        (
            json!({"id": 777, "stream_id": 12345, "status": "error"}),
            ErrorKind::Conflict,
        ),
    ] {
        let found = json!({"live": true, "recording": false});
        let answers = [Answer::Json(stream(&found)), Answer::Json(video.clone())];
        let (result, sent) = stopped(&named(), &answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{video}: {error}");
        assert!(error.effect().is_none(), "{video}");
        assert_eq!(error.provider(), Some("gcore"));
        assert_eq!(sent, 2, "{video}");
    }
}

#[tokio::test]
async fn a_plan_is_what_is_sent_with_the_name_left_open() {
    let (stopper, _) = connected();
    let steps = |request: &StopRequest| -> Vec<String> {
        let plan = stopper.plan(request).unwrap();
        let step = |step: &livecut_core::Step| {
            let path = step.url().strip_prefix("http://localhost:8080").unwrap();
            format!("{} {} {path}", step.purpose(), step.method())
        };
        assert_eq!(
            plan.steps().last().unwrap().body(),
            Some(r#"{"stream":{"name":"{name}","active":false}}"#)
        );
        plan.steps().iter().map(step).collect()
    };
    let read = format!("read GET {STREAM}");
    let end = format!("stop PATCH {STREAM}");
    let between = |step: &str| vec![read.clone(), step.to_owned(), end.clone()];
    assert_eq!(
        steps(&cut(CUT)),
        between(&format!("cut PUT {STREAM}/clip_recording"))
    );
    assert_eq!(
        steps(&whole()),
        between(&format!("other PUT {STREAM}/stop_recording"))
    );
    assert_eq!(
        steps(&named()),
        between("read GET /eu/streaming/videos/777")
    );
    // With the ticket of a cut, the clip can be found even if the answer was lost.
    let has_ticket = |request: StopRequest| stopper.plan(&request).unwrap().ticket().is_some();
    assert!(has_ticket(cut(CUT)) && has_ticket(named()) && !has_ticket(whole()));
}

#[tokio::test]
async fn what_gcore_cannot_do_is_refused_before_anything_is_sent() {
    use ErrorKind::{InvalidRequest, Unsupported};
    let id = |id: &str| StopRequest::new(StreamId::new(id).unwrap());
    for (request, kind) in [
        (id("stream"), InvalidRequest),
        (id("012"), InvalidRequest),
        (id("+1"), InvalidRequest),
        (id("-1"), InvalidRequest),
        (id("18446744073709551616"), InvalidRequest),
        (id("1/stop_recording"), InvalidRequest),
        (cut("30s..2m"), InvalidRequest),
        (whole().with_visibility(Visibility::Private), Unsupported),
        (
            cut(CUT).with_recording(RecordingId::new("1").unwrap()),
            Unsupported,
        ),
        (
            whole().with_recording(RecordingId::new("vod").unwrap()),
            InvalidRequest,
        ),
    ] {
        let (stopper, server) = connected();
        let refused = stopper.plan(&request).unwrap_err();
        assert_eq!(refused.kind(), kind, "{request:?}: {refused}");
        assert_eq!(stopper.stop(&request).await.unwrap_err().kind(), kind);
        assert!(server.requests().is_empty());
    }
    // With the caller's anchor, offsets become instants.
    let anchored = cut("30s..90s")
        .with_anchor(time::OffsetDateTime::from_unix_timestamp(1_716_559_170).unwrap());
    let (stopper, _) = connected();
    let planned = stopper.plan(&anchored).unwrap();
    let direct = stopper.plan(&cut(CUT)).unwrap();
    assert_eq!(planned.steps(), direct.steps());
}

#[tokio::test]
async fn a_stop_that_would_keep_something_else_is_refused_before_anything_changes() {
    let before = "@1716555719..@1716555779";
    let to_come = "@1716559260..@1716559322";
    let off = json!({"dvr_enabled": false});
    for (what, request, found) in [
        ("DVR is off", cut(CUT), off.clone()),
        ("DVR isn't told", cut(CUT), json!({"dvr_enabled": null})),
        ("longer than the DVR", cut(CUT), json!({"dvr_duration": 59})),
        ("before the window", cut(before), json!({})),
        (
            "before the default window",
            cut(before),
            json!({"dvr_duration": null}),
        ),
        ("after now", cut(to_come), json!({})),
        (
            "too long ago",
            cut("@1716544980..@1716545000"),
            json!({"dvr_duration": 86_400}),
        ),
        (
            "nothing live",
            whole(),
            json!({"live": false, "recording": false}),
        ),
        (
            "nothing live, though it says it records",
            whole(),
            json!({"live": false}),
        ),
        (
            "switched off",
            cut(CUT),
            json!({"active": false, "live": false}),
        ),
        ("switched off, and live", cut(CUT), json!({"active": false})),
        (
            "switched off, live and recorded",
            whole(),
            json!({"active": false}),
        ),
        (
            "switched off, live, and a recording is named",
            named(),
            json!({"active": false, "recording": false}),
        ),
        (
            "nothing was ever broadcast",
            cut(CUT),
            json!({"live": false, "started_at_primary": null}),
        ),
        (
            "all before the first start",
            cut(CUT),
            json!({"started_at_primary": "2024-05-24T14:01:00.500Z"}),
        ),
        (
            "all after the end",
            cut(CUT),
            json!({"live": false, "finished_at_primary": "2024-05-24T13:59:59.900Z"}),
        ),
        ("no recording", whole(), json!({"recording": false})),
        (
            "no recording told",
            whole(),
            json!({"recording": null, "recording_duration": null}),
        ),
        ("a recording runs, and another is named", named(), json!({})),
    ] {
        let (result, sent) = stopped(&request, &[Answer::Json(stream(&found))]).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{what}: {error}");
        assert!(
            error.effect().is_none() && error.ticket().is_none(),
            "{what}"
        );
        assert_eq!(sent, 1, "{what}");
    }
}

#[tokio::test]
async fn a_cut_fits_up_to_the_very_bounds_of_the_window() {
    let all = |found, start| {
        let mut made = clip();
        made["start"] = start;
        made["expiration"] = serde_json::Value::Null;
        [
            Answer::Json(stream(&found)),
            Answer::Json(made),
            Answer::Json(off()),
        ]
    };
    for (what, request, found) in [
        // From an hour before now.
        (
            "the oldest second",
            "@1716555720..@1716555780",
            json!({"started_at_primary": "2024-05-24T13:00:00Z"}),
        ),
        (
            "all of the DVR",
            "@1716559260..@1716559320",
            json!({"dvr_duration": 60}),
        ),
        // Now is known to the second, and an end may be rounded up to the next.
        (
            "the second that has begun",
            "@1716559261..@1716559321",
            json!({}),
        ),
        (
            "only the backup is live",
            CUT,
            json!({"live": false, "backup_live": true}),
        ),
        (
            "nothing is live, but the DVR still holds it",
            CUT,
            json!({"live": false}),
        ),
        (
            "the first start is within it",
            CUT,
            json!({"started_at_primary": "2024-05-24T14:00:59.500Z"}),
        ),
        (
            "it may be of the session before",
            CUT,
            json!({
                "started_at_primary": "2024-05-24T14:01:30Z",
                "finished_at_primary": "2024-05-24T14:01:00Z",
            }),
        ),
        (
            "the end is within it",
            CUT,
            json!({"live": false, "finished_at_primary": "2024-05-24T14:00:00.500Z"}),
        ),
        (
            "a start without a zone tells nothing",
            CUT,
            json!({"started_at_primary": "2024-05-24T14:01:30"}),
        ),
        (
            "the backup has its own sessions",
            CUT,
            json!({
                "started_at_primary": "2024-05-24T14:01:30Z",
                "started_at_backup": "2024-05-24T14:01:40Z",
            }),
        ),
    ] {
        let request = cut(request);
        let start = request.cut().unwrap().exact_seconds().unwrap().start;
        let (result, sent) = stopped(&request, &all(found, json!(start))).await;
        assert!(result.is_ok(), "{what}: {result:?}");
        assert_eq!(sent, 3, "{what}");
    }
    let recorded = json!({"recording": null, "recording_duration": 0});
    let video = Answer::Json(json!({"id": 777, "stream_id": 12345}));
    let answers = [Answer::Json(stream(&recorded)), video, Answer::Json(off())];
    assert!(stopped(&whole(), &answers).await.0.is_ok());
}

#[tokio::test]
async fn a_stream_without_a_name_is_not_given_another() {
    for found in [
        json!({"name": null}),
        json!({"name": 7}),
        json!({"id": 54321}),
    ] {
        let (result, sent) = stopped(&cut(CUT), &[Answer::Json(stream(&found))]).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{found}");
        assert!(error.effect().is_none());
        assert_eq!(sent, 1);
    }
}
