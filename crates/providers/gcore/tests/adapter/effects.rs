//! What each failing call of the sequence did, and how to go on from there.

use livecut_core::{Certainty, Effect, ErrorKind};
use serde_json::{Value, json};

use super::{Answer, CUT, clip, cut, off, stopped, stream, whole};

const NO: Certainty = Certainty::No;
const YES: Certainty = Certainty::Yes;
const UNKNOWN: Certainty = Certainty::Unknown;

fn json(body: Value) -> Answer {
    Answer::Json(body)
}

fn with(mut body: Value, name: &str, value: Value) -> Answer {
    body[name] = value;
    Answer::Json(body)
}

/// An answer that is a refusal too, in Gcore's documented form.
fn with_error(mut body: Value) -> Value {
    body["status"] = json!(500);
    body["error"] = json!("it failed");
    body
}

/// The ways in which a call fails, each with whether it was applied.
fn failures() -> Vec<(Option<Answer>, Certainty)> {
    vec![
        (Some(Answer::Other(400, "")), NO),
        (Some(Answer::Other(401, "{}")), NO),
        (Some(Answer::Other(403, "")), NO),
        (Some(Answer::Other(404, "")), NO),
        (Some(Answer::Other(422, "")), NO),
        (Some(Answer::Other(429, "")), NO),
        (Some(Answer::Other(409, "")), UNKNOWN),
        (Some(Answer::Other(500, "")), UNKNOWN),
        (Some(Answer::Other(503, "<html>")), UNKNOWN),
        (Some(Answer::Other(200, "<html>")), UNKNOWN),
        (Some(Answer::Other(200, "[]")), UNKNOWN),
        (Some(Answer::Other(200, "null")), UNKNOWN),
        // The connection breaks.
        (None, UNKNOWN),
    ]
}

#[tokio::test]
async fn a_read_that_fails_changes_nothing() {
    for (failure, _) in failures() {
        let answers: Vec<Answer> = failure.into_iter().collect();
        for request in [cut(CUT), whole()] {
            let (result, sent) = stopped(&request, &answers).await;
            let error = result.unwrap_err();
            assert!(
                error.effect().is_none() && error.ticket().is_none(),
                "{error}"
            );
            assert_eq!(sent, 1);
        }
    }
}

#[tokio::test]
async fn a_clip_that_is_not_confirmed_leaves_the_stream_on_air() {
    for (failure, applied) in failures() {
        let answers: Vec<Answer> = [Some(json(stream(&json!({})))), failure]
            .into_iter()
            .flatten()
            .collect();
        let (result, sent) = stopped(&cut(CUT), &answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), Effect::new(NO, applied), "{error}");
        assert_eq!(error.ticket().is_some(), applied == UNKNOWN, "{error}");
        assert_eq!(sent, 2, "{error}");
    }
}

#[tokio::test]
async fn a_clip_that_is_another_than_asked_for_leaves_the_stream_on_air() {
    for (name, value) in [
        ("id", Value::Null),
        ("vod_required", json!(false)),
        ("start", json!(1_716_559_170)),
        ("start", json!(1_716_559_199)),
        ("start", json!(1_716_559_230)),
        ("start", json!(1_716_562_200)),
        ("expiration", json!(1_716_559_260)),
        ("duration", json!(29)),
        ("duration", json!(91)),
    ] {
        let answers = [json(stream(&json!({}))), with(clip(), name, value)];
        let (result, sent) = stopped(&cut(CUT), &answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert_eq!(error.effect(), Effect::new(NO, UNKNOWN), "{name}: {error}");
        // Whosever video it is, following the ticket doesn't take it for the cut.
        assert_eq!(error.ticket().unwrap().recording(), None);
        assert_eq!(sent, 2);
    }
}

#[tokio::test]
async fn a_clip_is_never_lost_whatever_becomes_of_the_end() {
    let mut endings = failures();
    endings.push((Some(json(stream(&json!({})))), UNKNOWN));
    endings.push((Some(json(stream(&json!({"active": null})))), UNKNOWN));
    endings.push((Some(with(off(), "id", json!(54321))), UNKNOWN));
    endings.push((Some(with(off(), "name", json!("Class 8"))), UNKNOWN));
    for (failure, applied) in endings {
        let answers: Vec<Answer> = [Some(json(stream(&json!({})))), Some(json(clip())), failure]
            .into_iter()
            .flatten()
            .collect();
        let (result, sent) = stopped(&cut(CUT), &answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), Effect::new(applied, YES), "{error}");
        let ticket = error.ticket().unwrap();
        assert_eq!(ticket.recording().unwrap().as_str(), "459857");
        assert_eq!(ticket.cut().map(|cut| cut.requested()), CUT.parse().ok());
        assert_eq!(sent, 3);
    }
}

#[tokio::test]
async fn a_recording_that_may_have_been_closed_is_told_though_the_stream_goes_on() {
    for (failure, applied) in failures() {
        let answers: Vec<Answer> = [Some(json(stream(&json!({})))), failure]
            .into_iter()
            .flatten()
            .collect();
        let (result, sent) = stopped(&whole(), &answers).await;
        let error = result.unwrap_err();
        // Neither a stop nor a cut, whatever became of the recording.
        assert_eq!(error.effect(), Effect::NONE.with_other(applied), "{error}");
        assert_eq!(error.ticket().is_some(), applied == UNKNOWN, "{error}");
        let said = error.to_string();
        let expected = if applied == UNKNOWN {
            "; the stream was not stopped, and whether its recording was closed is unknown"
        } else {
            "; this call changed nothing"
        };
        assert!(said.contains(expected), "{said}");
        assert_eq!(sent, 2, "{said}");
    }
}

#[tokio::test]
async fn a_recording_that_was_closed_is_never_lost_whatever_becomes_of_the_end() {
    for (failure, applied) in failures() {
        let closed = json(json!({"id": 777, "stream_id": 12345, "status": "empty"}));
        let answers: Vec<Answer> = [Some(json(stream(&json!({})))), Some(closed), failure]
            .into_iter()
            .flatten()
            .collect();
        let (result, sent) = stopped(&whole(), &answers).await;
        let error = result.unwrap_err();
        let closed = Effect::new(applied, NO).with_other(YES);
        assert_eq!(error.effect(), closed, "{error}");
        let ticket = error.ticket().unwrap();
        assert_eq!(ticket.recording().unwrap().as_str(), "777");
        let said = error.to_string();
        let how_to_go_on = match applied {
            NO => {
                "the stream was not stopped: stop it again without a cut, naming the recording 777"
            }
            _ => "check its status, and to stop it again name the recording 777",
        };
        assert!(
            said.contains("; the recording is closed and kept"),
            "{said}"
        );
        assert!(said.contains(how_to_go_on), "{said}");
        assert_eq!(sent, 3);
    }
}

#[tokio::test]
async fn a_field_that_is_missing_is_no_mismatch() {
    for name in ["start", "duration", "expiration", "vod_required"] {
        let mut silent = clip();
        silent.as_object_mut().unwrap().remove(name);
        let answers = [json(stream(&json!({}))), json(silent), json(off())];
        let (result, _) = stopped(&cut(CUT), &answers).await;
        assert!(result.is_ok(), "{name}: {result:?}");
    }
    let nameless = with(off(), "name", Value::Null);
    let answers = [json(stream(&json!({}))), json(clip()), nameless];
    assert!(stopped(&cut(CUT), &answers).await.0.is_ok());
}

/// On a connection whose answers are one behind, a call gets what an earlier one asked for. Each pair
/// of an earlier answer and a later call.
#[tokio::test]
async fn an_earlier_call_s_answer_confirms_no_later_call() {
    let live = || stream(&json!({}));
    let video = json!({"id": 459_857, "stream_id": 12345, "status": "ready", "duration": 60_000});
    let another_streams = json!({"id": 777, "stream_id": 54321, "status": "empty"});
    let closed = json!({"id": 777, "stream_id": 12345, "status": "empty"});
    let mut another_cuts = clip();
    another_cuts["start"] = json!(1_716_559_100);
    another_cuts["duration"] = json!(30);

    // Given to `clip_recording`.
    for earlier in [
        live(),
        off(),
        video.clone(),
        closed.clone(),
        json!([clip()]),
        another_cuts,
    ] {
        let answers = [json(live()), json(earlier.clone()), json(off())];
        let (result, sent) = stopped(&cut(CUT), &answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), Effect::new(NO, UNKNOWN), "{earlier}");
        assert_eq!(error.ticket().unwrap().recording(), None, "{earlier}");
        assert_eq!(sent, 2, "{earlier}");
    }
    // Given to `stop_recording`.
    for earlier in [
        live(),
        off(),
        clip(),
        json!([clip()]),
        another_streams,
        json!({"id": 777, "status": "empty"}),
    ] {
        let answers = [json(live()), json(earlier.clone()), json(off())];
        let (result, sent) = stopped(&whole(), &answers).await;
        let error = result.unwrap_err();
        assert!(error.is_unknown(), "{earlier}: {error}");
        assert_eq!(error.ticket().unwrap().recording(), None, "{earlier}");
        assert_eq!(sent, 2, "{earlier}");
    }
    // Given to anything: an error in the documented form.
    for refused in [with_error(off()), with_error(live())] {
        let answers = [json(live()), json(clip()), json(refused.clone())];
        let (result, _) = stopped(&cut(CUT), &answers).await;
        assert_eq!(result.unwrap_err().effect(), Effect::new(UNKNOWN, YES));
    }
    let answers = [json(live()), json(with_error(clip())), json(off())];
    let (result, sent) = stopped(&cut(CUT), &answers).await;
    assert_eq!(result.unwrap_err().effect(), Effect::new(NO, UNKNOWN));
    assert_eq!(sent, 2);
    // Given to the PATCH.
    for earlier in [live(), video, clip(), closed, json!([clip()])] {
        let answers = [json(live()), json(clip()), json(earlier.clone())];
        let (result, _) = stopped(&cut(CUT), &answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), Effect::new(UNKNOWN, YES), "{earlier}");
    }
}

/// "The created video entity if there was a recording, or empty", though one ran by the read.
#[tokio::test]
async fn an_empty_answer_to_the_closing_ends_no_stream() {
    let answers = [
        json(stream(&json!({}))),
        Answer::Other(200, ""),
        json(off()),
    ];
    let (result, sent) = stopped(&whole(), &answers).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(
        error.is_unknown() && error.effect().stopped == NO,
        "{error}"
    );
    assert_eq!(sent, 2);
}

#[tokio::test]
async fn a_clip_without_a_video_leaves_the_recording_unknown() {
    let answers = [
        json(stream(&json!({}))),
        with(clip(), "video_id", Value::Null),
        json(off()),
    ];
    let (result, _) = stopped(&cut(CUT), &answers).await;
    assert_eq!(result.unwrap().recording(), None);
}

#[tokio::test]
async fn gcore_s_own_words_are_not_quoted() {
    let refusal = include_str!("../../fixtures/not_found.response.json");
    let (result, _) = stopped(&cut(CUT), &[Answer::Other(404, refusal)]).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        !format!("{error} {error:?}").contains("Entity"),
        "{error:?}"
    );
    assert_eq!(error.response().unwrap().body(), refusal.as_bytes());
}
