//! What an answer to a stop means: the documented shapes, and what isn't documented.

use livecut_core::Certainty::{No, Unknown};
use livecut_core::{
    CutState, Effect, ErrorKind, LiveStreamStopper as _, Result, StopOutcome, StopRequest,
};
use serde_json::{Value, json};

use crate::{connected, cut, ticket, whole};

const SAMPLE: &str = include_str!("../../fixtures/stop_and_cut.response.json");

async fn stop(request: &StopRequest, status: u16, body: &str) -> Result<StopOutcome> {
    let (stopper, server) = connected();
    server.answer(status, body.to_owned());
    let result = stopper.stop(request).await;
    assert_eq!(server.requests().len(), 1, "never sent again");
    if let Err(error) = &result {
        assert_eq!(error.provider(), Some("gjirafa"));
        let follows = (!error.effect().is_none()).then(|| ticket(request));
        assert_eq!(error.ticket(), follows.as_ref());
    }
    result
}

/// Both with and without a cut: the kind, and that the effect is unknown.
async fn unknown(status: u16, body: &str) -> ErrorKind {
    let of = async |request: StopRequest, of_cut| {
        let error = stop(&request, status, body).await.unwrap_err();
        assert_eq!(error.effect(), Effect::new(Unknown, of_cut), "{body}");
        error.kind()
    };
    let kind = of(whole(), No).await;
    assert_eq!(of(cut("10m..15m"), Unknown).await, kind);
    kind
}

fn with_result(result: &Value) -> String {
    let mut answer: Value = serde_json::from_str(SAMPLE).unwrap();
    answer["result"] = result.clone();
    answer.to_string()
}

#[tokio::test]
async fn the_documented_answer_is_done_with_200_and_201() {
    for status in [200, 201] {
        let outcome = stop(&whole(), status, SAMPLE).await.unwrap();
        assert_eq!(outcome.cut(), None);
        assert_eq!(outcome.recording().unwrap().id().as_str(), "string");
        assert_eq!(outcome.ticket().recording().unwrap().as_str(), "string");
        assert!(outcome.messages().is_empty());

        let request = cut("10m..15m");
        let outcome = stop(&request, status, SAMPLE).await.unwrap();
        let scheduled = outcome.ticket().cut().copied().unwrap();
        assert_eq!(outcome.cut(), Some(&scheduled));
        assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
        assert_eq!(scheduled.requested(), request.cut().unwrap());
    }
}

#[tokio::test]
async fn the_recording_is_named_by_an_object_or_by_an_array_of_one() {
    for result in [
        json!({"videoPublicId": "vod"}),
        json!([{"videoPublicId": "vod"}]),
        json!({"videoPublicId": "vod", "more": [1]}),
    ] {
        let outcome = stop(&whole(), 200, &with_result(&result)).await.unwrap();
        assert_eq!(
            outcome.recording().unwrap().id().as_str(),
            "vod",
            "{result}"
        );
    }
}

#[tokio::test]
async fn a_success_that_names_no_recording_is_a_success_without_one() {
    for result in [
        Value::Null,
        json!({}),
        json!({"videoPublicId": null}),
        json!({"videoPublicId": 7}),
        // What can't be an id isn't one.
        json!({"videoPublicId": ""}),
        json!({"videoPublicId": ".."}),
        json!({"videoPublicId": "a\nb"}),
        json!({"videoPublicId": "x".repeat(2000)}),
        json!([]),
        json!(["vod"]),
        json!([["vod"]]),
        json!([{"videoPublicId": "a"}, {"videoPublicId": "b"}]),
    ] {
        let outcome = stop(&whole(), 200, &with_result(&result)).await.unwrap();
        assert_eq!(outcome.recording(), None, "{result}");
        assert_eq!(outcome.ticket(), &ticket(&whole()));
    }
    for body in [
        r#"{"success":true}"#,
        r#"{"success":true,"statusCode":null,"errors":null,"messages":null,"result":null}"#,
        r#"{"success":true,"result":{"videoPublicId":"a","videoPublicId":"b"}}"#,
    ] {
        let outcome = stop(&cut("0..1"), 200, body).await.unwrap();
        assert_eq!(outcome.recording(), None, "{body}");
        assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
    }
}

/// `true` is what `stop` answers with, which discards the recording. The page shows neither it nor any other bare
/// value for `stop-and-cut`.
#[tokio::test]
async fn a_result_that_no_stop_and_cut_has_confirms_nothing() {
    for result in [json!(true), json!(false), json!("vod"), json!(7)] {
        let kind = unknown(200, &with_result(&result)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{result}");
    }
}

/// On a connection whose answers are one behind, the stop gets what an earlier read asked for.
#[tokio::test]
async fn a_read_s_answer_given_to_the_stop_confirms_nothing() {
    let live = json!({
        "publicId": "a-live-video", "title": "Class", "liveStatus": "Live",
        "isLiveStreaming": true, "canStopAndCut": true, "endDateUTC": null,
    });
    let video = json!({"publicId": "vod", "publishStatusId": 2});
    for result in [
        live.clone(),
        video.clone(),
        json!([live]),
        json!({"publicId": "a-live-video"}),
        json!([video]),
    ] {
        for status in [200, 201] {
            let kind = unknown(status, &with_result(&result)).await;
            assert_eq!(kind, ErrorKind::UnexpectedResponse, "{result}");
        }
    }
    // A recording may be answered without an envelope.
    let kind = unknown(200, &video.to_string()).await;
    assert_eq!(kind, ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn a_failure_inside_a_success_leaves_the_effect_unknown() {
    for body in [
        r#"{"success":false}"#,
        r#"{"success":false,"statusCode":200,"result":{"videoPublicId":"vod"}}"#,
        r#"{"success":true,"statusCode":500}"#,
        r#"{"success":true,"statusCode":404}"#,
        r#"{"success":true,"statusCode":199}"#,
        r#"{"success":true,"statusCode":300}"#,
        r#"{"success":true,"statusCode":0}"#,
        r#"{"success":true,"statusCode":-200}"#,
    ] {
        assert_eq!(
            unknown(200, body).await,
            ErrorKind::ProviderFailed,
            "{body}"
        );
        assert_eq!(
            unknown(201, body).await,
            ErrorKind::ProviderFailed,
            "{body}"
        );
    }
    for agreeing in [200, 201, 299] {
        let body = format!(r#"{{"success":true,"statusCode":{agreeing}}}"#);
        assert!(stop(&whole(), 201, &body).await.is_ok(), "{agreeing}");
    }
}

#[tokio::test]
async fn a_success_that_is_not_the_documented_envelope_leaves_the_effect_unknown() {
    for body in [
        "",
        "{}",
        "null",
        "true",
        "[]",
        r#"[true, 200]"#,
        r#"[{"success":true}]"#,
        r#"{"success":"true"}"#,
        r#"{"success":1}"#,
        r#"{"success":null}"#,
        r#"{"success":true,"success":true}"#,
        r#"{"success":true,"statusCode":200,"statusCode":500}"#,
        // A failure could hide behind a type that isn't documented.
        r#"{"success":true,"statusCode":"500"}"#,
        r#"{"success":true,"statusCode":99999999999999999999}"#,
        r#"{"success":true,"statusCode":[500]}"#,
        r#"{"success":true"#,
        r#"{"success":true}}"#,
        "<html>200 OK</html>",
    ] {
        assert_eq!(
            unknown(200, body).await,
            ErrorKind::UnexpectedResponse,
            "{body}"
        );
    }
}

#[tokio::test]
async fn messages_of_any_type_are_told_and_never_fail_a_success() {
    let body = json!({
        "success": true,
        "errors": ["e", 1],
        "messages": ["m", "", null, true, {"code": 7}, ["x"], "zwölf\n"],
    });
    let outcome = stop(&whole(), 200, &body.to_string()).await.unwrap();
    assert_eq!(
        outcome.messages(),
        [
            "e",
            "1",
            "m",
            "",
            "null",
            "true",
            r#"{"code":7}"#,
            r#"["x"]"#,
            "zwölf\n"
        ]
    );
    for odd in [json!("m"), json!(7), json!({"0": "m"}), json!(false)] {
        let body = json!({"success": true, "messages": odd, "errors": odd}).to_string();
        let outcome = stop(&whole(), 200, &body).await.unwrap();
        assert!(outcome.messages().is_empty(), "{body}");
    }
    let many = json!({"success": true, "messages": vec![0; 10_000]}).to_string();
    let outcome = stop(&whole(), 200, &many).await.unwrap();
    assert_eq!(outcome.messages().len(), 64);
}

#[tokio::test]
async fn the_documented_errors_mean_what_their_status_says() {
    let envelope = r#"{"success":false,"errors":["no"],"statusCode":400}"#;
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Unauthorized),
        (404, ErrorKind::NotFound),
    ] {
        let error = stop(&cut("0..1"), status, envelope).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::NONE));
    }
    let page = "<html><h1>Error 503 Backend fetch failed</h1><p>Guru Meditation</p></html>";
    for body in [page, "", SAMPLE] {
        assert_eq!(unknown(503, body).await, ErrorKind::Unavailable);
        assert_eq!(unknown(500, body).await, ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_refusal_after_the_end_was_rounded_outward_says_so() {
    let error = stop(&cut("0..0.0005"), 400, "").await.unwrap_err();
    assert!(error.to_string().contains("Rounding::Inward"), "{error}");
    let error = stop(&cut("0..0.001"), 400, "").await.unwrap_err();
    assert!(!error.to_string().contains("Rounding"), "{error}");
}
