//! What an answer to a stop means: the README's table, row by row, and what isn't
//! in it.

use livecut_core::Certainty::{No, Unknown, Yes};
use livecut_core::{
    CutState, Effect, Error, ErrorKind, LiveStreamStopper as _, Result, StopOutcome, StopRequest,
    Stopped,
};

use crate::{connected, cut, ticket, whole};

async fn stop(request: &StopRequest, status: u16, body: &str) -> Result<StopOutcome> {
    let (stopper, server) = connected();
    server.answer(status, body.to_owned());
    let result = stopper.stop(request).await;
    assert_eq!(server.requests().len(), 1, "never sent again");
    if let Err(error) = &result {
        assert_eq!(error.provider(), Some("tpstreams"));
        let follows = (!error.effect().is_none()).then(|| ticket(request));
        assert_eq!(error.ticket(), follows.as_ref());
    }
    result
}

async fn failure(request: &StopRequest, status: u16, body: &str) -> (ErrorKind, Effect) {
    let error: Error = stop(request, status, body).await.unwrap_err();
    (error.kind(), error.effect())
}

#[tokio::test]
async fn the_documented_answers_are_done_without_a_cut_and_scheduled_with_one() {
    let sample = include_str!("../../fixtures/stop.response.json");
    let outcome = stop(&whole(), 200, sample).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    assert_eq!(outcome.cut(), None);
    assert_eq!(outcome.messages(), ["Live stream stopped successfully"]);
    assert_eq!(outcome.ticket(), &ticket(&whole()));

    let sample = include_str!("../../fixtures/stop_trim.response.json");
    for range in ["30..120", "@1736754600..@1736754900"] {
        let request = cut(range);
        let outcome = stop(&request, 200, sample).await.unwrap();
        let scheduled = outcome.ticket().cut().copied().unwrap();
        assert_eq!(outcome.cut(), Some(&scheduled));
        assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
        assert_eq!(scheduled.requested(), request.cut().unwrap());
    }
}

#[tokio::test]
async fn what_was_asked_is_compared_with_what_is_confirmed() {
    let whole = &whole();
    let cut = &cut("30..120");
    for body in [
        r#"{"trim_scheduled":false}"#,
        r#"{"message":"m"}"#,
        r#"{"message":"m","trim_scheduled":null}"#,
        r#"{"message":{"en":"m"},"trim_scheduled":false}"#,
    ] {
        let outcome = stop(whole, 200, body).await.unwrap();
        assert_eq!(outcome.cut(), None, "{body}");
    }
    let unexpected = ErrorKind::UnexpectedResponse;
    for (request, body, kind, stopped, of_cut) in [
        (
            whole,
            r#"{"trim_scheduled":true}"#,
            ErrorKind::UnexpectedCut,
            Yes,
            Yes,
        ),
        (
            cut,
            r#"{"trim_scheduled":false}"#,
            ErrorKind::CutRefused,
            Yes,
            No,
        ),
        (cut, r#"{"message":"m"}"#, unexpected, Yes, Unknown),
        (
            cut,
            r#"{"message":"m","trim_scheduled":null}"#,
            unexpected,
            Yes,
            Unknown,
        ),
        // Neither true nor false may mean either.
        (
            cut,
            r#"{"message":"m","trim_scheduled":"true"}"#,
            unexpected,
            Yes,
            Unknown,
        ),
        (
            whole,
            r#"{"message":"m","trim_scheduled":"true"}"#,
            unexpected,
            Yes,
            Unknown,
        ),
        (
            whole,
            r#"{"message":"m","trim_scheduled":1}"#,
            unexpected,
            Yes,
            Unknown,
        ),
        (
            whole,
            r#"{"message":"m","trim_scheduled":{}}"#,
            unexpected,
            Yes,
            Unknown,
        ),
    ] {
        let effect = Effect::new(stopped, of_cut);
        assert_eq!(failure(request, 200, body).await, (kind, effect), "{body}");
    }
}

#[tokio::test]
async fn a_success_that_confirms_nothing_leaves_everything_unknown() {
    let deep = "[".repeat(200_000);
    for body in [
        "",
        "{}",
        "null",
        "true",
        "[]",
        r#"["Live stream stopped successfully", true]"#,
        r#"[{"message":"m","trim_scheduled":true}]"#,
        r#"{"trim_scheduled":"true"}"#,
        r#"{"trim_scheduled":1}"#,
        r#"{"message":null,"trim_scheduled":null}"#,
        r#"{"message":1}"#,
        r#"{"detail":"Not found."}"#,
        r#"{"message":"m","trim_scheduled":true,"trim_scheduled":false}"#,
        r#"{"message":"m","message":"n","trim_scheduled":true}"#,
        r#"{"message":"m","trim_scheduled":true"#,
        r#"{"message":"m","trim_scheduled":true}}"#,
        "<html>stopped</html>",
        "\u{feff}{\"trim_scheduled\":true}",
        deep.as_str(),
    ] {
        for (request, of_cut) in [(whole(), No), (cut("30..120"), Unknown)] {
            assert_eq!(
                failure(&request, 200, body).await,
                (ErrorKind::UnexpectedResponse, Effect::new(Unknown, of_cut)),
                "{}",
                body.chars().take(60).collect::<String>()
            );
        }
    }
}

/// On a connection whose answers are one behind, the stop gets what an earlier read asked for.
#[tokio::test]
async fn a_read_s_answer_given_to_the_stop_confirms_nothing() {
    let asset = include_str!("../../fixtures/asset_completed.json");
    for body in [
        asset,
        r#"{"id":"4PtERT9d9uK","live_stream":{"status":"Streaming"},"video":null}"#,
        r#"{"message":"Live stream stopped successfully","trim_scheduled":true,"id":"another"}"#,
        // A refusal whose status says success.
        r#"{"message":"Live stream not found","success":false,"trim_scheduled":false}"#,
        r#"{"message":"m","trim_scheduled":true,"error":"not found"}"#,
    ] {
        for (request, of_cut) in [(whole(), No), (cut("30..120"), Unknown)] {
            assert_eq!(
                failure(&request, 200, body).await,
                (ErrorKind::UnexpectedResponse, Effect::new(Unknown, of_cut)),
                "{body}"
            );
        }
    }
    let its_own = r#"{"message":"m","trim_scheduled":true,"id":"4PtERT9d9uK"}"#;
    assert!(stop(&cut("30..120"), 200, its_own).await.is_ok());
}

/// The other way about: what a stop was answered isn't a state.
#[tokio::test]
async fn a_stop_s_answer_given_to_a_read_is_refused() {
    let (stopper, server) = connected();
    server.answer(200, include_str!("../../fixtures/stop_trim.response.json"));
    server.answer(200, include_str!("../../fixtures/stop_trim.response.json"));
    let followed = stopper.follow(&ticket(&cut("30..120"))).await;
    assert_eq!(followed.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
    let looked = stopper.status(&crate::stream()).await;
    assert_eq!(looked.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn every_success_status_is_read_and_the_documented_errors_mean_nothing_happened() {
    for status in [200, 201, 202, 204, 299] {
        let body = r#"{"message":"m","trim_scheduled":true}"#;
        assert!(
            stop(&cut("30..120"), status, body).await.is_ok(),
            "{status}"
        );
    }
    for (status, body, kind) in [
        (
            400,
            r#"{"end_time":["exceeds the duration"]}"#,
            ErrorKind::Rejected,
        ),
        (
            401,
            r#"{"detail":"Invalid token."}"#,
            ErrorKind::Unauthorized,
        ),
        (404, r#"{"detail":"Not found."}"#, ErrorKind::NotFound),
        (404, "Organization not found", ErrorKind::NotFound),
    ] {
        let error = stop(&cut("30..120"), status, body).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, Effect::NONE));
        assert_eq!(error.response().unwrap().body(), body.as_bytes());
        assert!(!format!("{error} {error:?}").contains(body));
    }
    let body = r#"{"message":"Live stream stopped successfully","trim_scheduled":true}"#;
    assert_eq!(
        failure(&cut("30..120"), 503, body).await,
        (ErrorKind::Unavailable, Effect::new(Unknown, Unknown)),
        "words don't outweigh a status"
    );
}

#[tokio::test]
async fn a_refusal_after_the_end_was_rounded_outward_says_so() {
    let error = stop(&cut("30..119.5"), 400, "").await.unwrap_err();
    assert!(error.to_string().contains("Rounding::Inward"), "{error}");
    let error = stop(&cut("30..120"), 400, "").await.unwrap_err();
    assert!(!error.to_string().contains("Rounding"), "{error}");
}
