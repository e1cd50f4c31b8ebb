//! What is made of each answer, over a server in memory.

use std::sync::LazyLock;
use std::time::Duration;

use livecut_core::{
    Certainty, CutState, Effect, ErrorKind, LiveStreamStopper as _, PlaybackFormat, Progress,
    StopOutcome, StopRequest, Stopped, StreamState, Ticket, Visibility,
};

use livecut_http::testing::MemoryServer;
use serde_json::{Value, json};

use crate::{connected, cut, recording, stream, whole};

const NONE: Effect = Effect::NONE;
const STOP_UNKNOWN: Effect = Effect::new(Certainty::Unknown, Certainty::No);
const CUT_OWED: Effect = Effect::new(Certainty::Yes, Certainty::No);
const CUT_UNKNOWN: Effect = Effect::new(Certainty::Yes, Certainty::Unknown);

const ACTIVE: &str = r#"{"data":{"id":"ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag","status":"active","active_asset_id":"abc"}}"#;
const ASSET: &str =
    r#"{"data":{"id":"abc","is_live":true,"playback_ids":[{"id":"p","policy":"public"}]}}"#;
const COMPLETED: &str = include_str!("../../fixtures/complete.response.json");

/// Mux's sample, with what was asked for in it: the sample's request had neither.
static CREATED: LazyLock<String> = LazyLock::new(|| created(&json!({})));

/// The right answer to the creation of the clip, changed by `patch`.
fn created(patch: &Value) -> String {
    let sample = include_str!("../../fixtures/asset_created.response.json");
    let mut answer: Value = serde_json::from_str(sample).unwrap();
    answer["data"]["passthrough"] = json!(mark());
    answer["data"]["source_asset_id"] = json!("abc");
    for (field, value) in patch.as_object().unwrap() {
        answer["data"][field] = value.clone();
    }
    answer.to_string()
}

/// What the clip bears.
fn mark() -> String {
    mark_of(cut("10..51.1"))
}

/// What the clip of this request bears.
fn mark_of(request: StopRequest) -> String {
    let named = request.with_recording(recording("abc"));
    let plan = connected().0.plan(&named).unwrap();
    let body = plan.steps().last().unwrap().body().unwrap();
    // It isn't known yet what to put for this.
    let body = body.replace("{playback_policies}", "[]");
    let body: Value = serde_json::from_str(&body).unwrap();
    body["passthrough"].as_str().unwrap().to_owned()
}

/// An answer about the live stream.
fn live(fields: &str) -> String {
    format!(r#"{{"data":{{"id":"{}",{fields}}}}}"#, stream())
}

/// A stop with a cut that gets these answers, and the number of requests it made.
async fn stop(answers: &[(u16, &str)]) -> (livecut_core::Result<StopOutcome>, usize) {
    let (stopper, server) = connected();
    for (status, body) in answers {
        server.answer(*status, (*body).to_owned());
    }
    let result = stopper.stop(&cut("10..51.1")).await;
    (result, server.requests().len())
}

#[tokio::test]
async fn the_documented_samples_make_a_clip() {
    let (outcome, sent) = stop(&[
        (200, ACTIVE),
        (200, ASSET),
        (200, COMPLETED),
        (201, &CREATED),
    ])
    .await;
    let outcome = outcome.unwrap();
    assert_eq!(sent, 4);
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
    let clip = recording("SqQnqz6s5MBuXGvJaUWdXuXM93J9Q2yv");
    assert_eq!(outcome.recording().unwrap().id(), &clip);
    assert_eq!(outcome.ticket().recording(), Some(&clip));
    assert_eq!(outcome.ticket().source(), Some(&recording("abc")));
}

/// Each step of the sequence, refused, in doubt, and answered in garbage.
#[tokio::test]
async fn the_effect_is_what_the_earlier_calls_did_with_the_later_ones_certainty() {
    let answers = [
        (200, ACTIVE),
        (200, ASSET),
        (200, COMPLETED),
        (201, &*CREATED),
    ];
    for (step, refused, unknown) in [
        (0, NONE, NONE),
        (1, NONE, NONE),
        (2, NONE, STOP_UNKNOWN),
        (3, CUT_OWED, CUT_UNKNOWN),
    ] {
        let no = [(400, "{}"), (401, ""), (404, ""), (422, ""), (429, "")];
        let maybe = [
            (500, ""),
            (503, "<p>busy</p>"),
            (409, ""),
            (302, ""),
            (200, "<p>done</p>"),
            (200, "{}"),
            (200, r#"{"data":[]}"#),
            (200, r#"{"data":null}"#),
        ];
        let faults = no.iter().map(|fault| (fault, refused));
        for (fault, effect) in faults.chain(maybe.iter().map(|fault| (fault, unknown))) {
            let mut answers = answers[..step].to_vec();
            answers.push(*fault);
            let (result, sent) = stop(&answers).await;
            let error = result.unwrap_err();
            assert_eq!(error.effect(), effect, "step {step}, {fault:?}: {error}");
            assert_eq!(sent, step + 1, "step {step}, {fault:?}");
            assert_eq!(error.provider(), Some("mux"));
            assert_eq!(error.ticket().is_some(), effect != NONE);
            if effect == CUT_OWED {
                assert_eq!(error.kind(), ErrorKind::CutOwed, "{fault:?}");
                assert_eq!(error.response().unwrap().status(), fault.0);
            }
            if let Some(ticket) = error.ticket() {
                assert_eq!(ticket.source(), Some(&recording("abc")));
                assert_eq!(ticket.cut().unwrap().effective().to_string(), "10s..51.1s");
            }
        }
        // No answer at all: the connection breaks once the request is out.
        let (result, _) = stop(&answers[..step]).await;
        assert_eq!(result.unwrap_err().effect(), unknown, "step {step}");
    }
}

/// A read's answer, say, that comes again on a connection that is used again.
#[tokio::test]
async fn an_answer_to_complete_that_names_something_confirms_nothing() {
    for odd in [
        ACTIVE.to_owned(),
        ASSET.to_owned(),
        CREATED.clone(),
        r#"{"data":{"status":"idle"}}"#.to_owned(),
        r#"{"data":{},"error":{"type":"not_found"}}"#.to_owned(),
    ] {
        let (result, sent) = stop(&[(200, ACTIVE), (200, ASSET), (200, &odd)]).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), STOP_UNKNOWN, "{odd}: {error}");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert_eq!(sent, 3, "{odd}");
        assert!(error.ticket().is_some());
    }
}

#[tokio::test]
async fn an_answer_that_is_not_tied_to_the_clip_asked_for_is_no_clip() {
    for odd in [
        // The source, another asset, a live stream, an error.
        ASSET.to_owned(),
        created(&json!({"id": "abc"})),
        created(&json!({"passthrough": null})),
        created(&json!({"passthrough": "livecut-0"})),
        created(&json!({"source_asset_id": "another"})),
        ACTIVE.to_owned(),
        include_str!("../../fixtures/asset_created.response.json").to_owned(),
        CREATED.replacen('{', r#"{"error":{"type":"invalid_parameters"},"#, 1),
    ] {
        let answers = [(200, ACTIVE), (200, ASSET), (200, COMPLETED), (201, &*odd)];
        let (result, sent) = stop(&answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), CUT_UNKNOWN, "{odd}: {error}");
        assert_eq!(sent, 4);
        assert!(error.ticket().unwrap().recording().is_none());
    }
    // The mark is made of the source, so that needn't be told as well.
    let bare = created(&json!({"source_asset_id": null, "status": null}));
    let answers = [(200, ACTIVE), (200, ASSET), (200, COMPLETED), (201, &*bare)];
    assert!(stop(&answers).await.0.is_ok());
}

/// It is there, so it isn't owed, and following says what became of it.
#[tokio::test]
async fn a_clip_that_has_failed_when_it_is_made_is_no_success_and_is_named() {
    let errored = created(&json!({"status": "errored"}));
    let answers = [
        (200, ACTIVE),
        (200, ASSET),
        (200, COMPLETED),
        (201, &*errored),
    ];
    let (result, sent) = stop(&answers).await;
    let error = result.unwrap_err();
    assert_eq!(error.effect(), CUT_UNKNOWN, "{error}");
    assert_eq!(error.kind(), ErrorKind::ProviderFailed);
    assert_eq!(sent, 4);
    let ticket = error.ticket().unwrap();
    assert!(ticket.recording().is_some() && !ticket.owes_cut());
}

fn private() -> StopRequest {
    cut("10..51.1").with_visibility(Visibility::Private)
}

/// Nobody sees what was to be private, and is told that all is well.
#[tokio::test]
async fn a_clip_that_others_may_see_than_was_asked_is_no_success() {
    let public = |body: String| body.replace(&mark(), &mark_of(private()));
    let answer = public(created(
        &json!({"playback_ids": [{"id": "p1", "policy": "public"}]}),
    ));
    let signed = public(created(
        &json!({"playback_ids": [{"id": "p1", "policy": "signed"}]}),
    ));
    for (created, all_is_well) in [(&answer, false), (&signed, true)] {
        let (stopper, server) = connected();
        for (status, body) in [
            (200, ACTIVE),
            (200, ASSET),
            (200, COMPLETED),
            (201, created),
        ] {
            server.answer(status, body.to_owned());
        }
        let ticket = match stopper.stop(&private()).await {
            Ok(outcome) if all_is_well => outcome.ticket().clone(),
            Err(error) if !all_is_well => {
                assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::Yes));
                assert!(error.to_string().contains("playback policy"), "{error}");
                error.ticket().unwrap().clone()
            }
            other => panic!("{other:?}"),
        };
        let ready = created.replace("preparing", "ready");
        server.answer(200, ready);
        let progress = stopper.follow(&ticket).await.unwrap();
        assert_eq!(
            progress.as_str(),
            if all_is_well { "ready" } else { "failed" }
        );
    }
}

/// A clip says of which recording it is, and by its mark of which cut.
#[tokio::test]
async fn an_answer_about_another_clip_confirms_no_clip() {
    for odd in [
        json!({"source_asset_id": "zz"}),
        json!({"passthrough": "livecut-0"}),
    ] {
        let (stopper, server) = connected();
        for (status, body) in [
            (200, ACTIVE),
            (200, ASSET),
            (200, COMPLETED),
            (201, &*CREATED),
        ] {
            server.answer(status, body.to_owned());
        }
        let outcome = stopper.stop(&cut("10..51.1")).await.unwrap();
        server.answer(200, created(&odd));
        let error = stopper.follow(outcome.ticket()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{odd}");
        assert_eq!(error.provider(), Some("mux"));
        // What somebody else put there since says nothing.
        server.answer(200, created(&json!({"passthrough": "class 7"})));
        assert!(stopper.follow(outcome.ticket()).await.is_ok());
    }
}

/// An asset, told on 13 January 2025 at this time of day.
fn told_at(server: &MemoryServer, time: &str, fields: &str) {
    let body = format!(r#"{{"data":{{"id":"abc",{fields}}}}}"#);
    let answer = http::Response::builder()
        .header("date", format!("Mon, 13 Jan 2025 {time} GMT"))
        .body(body)
        .unwrap();
    server.answer_with(answer);
}

/// What can't be made isn't owed: nothing is ended for it.
#[tokio::test]
async fn a_cut_that_ends_after_what_was_recorded_is_refused_before_anything_is_ended() {
    const SESSION: &str = r#""is_live":true,"recording_times":[{"started_at":"2025-01-13T07:50:00Z","type":"content"}]"#;
    for (range, says) in [
        ("20..25", "15s long so far"),
        ("600000..900000", "milliseconds"),
        ("@1736754600..@1736754620", "5s ahead of now"),
    ] {
        let (stopper, server) = connected();
        server.answer(200, ACTIVE);
        told_at(&server, "07:50:15", SESSION);
        let error = stopper.stop(&cut(range)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{range}: {error}");
        assert!(error.effect().is_none() && error.ticket().is_none());
        assert_eq!(error.provider(), Some("mux"));
        assert_eq!(server.requests().len(), 2, "{range}");
        assert!(error.to_string().contains(says), "{error}");
    }
    // Within the second that `Date` has, it is made.
    for range in ["5..16", "@1736754600..@1736754615.9"] {
        let (stopper, server) = connected();
        server.answer(200, ACTIVE);
        told_at(&server, "07:50:15", SESSION);
        server.answer(200, COMPLETED);
        let error = stopper.stop(&cut(range)).await.unwrap_err();
        assert_eq!(error.effect().stopped, Certainty::Yes, "{range}: {error}");
    }
    // A recording that is named, of an hour.
    let (stopper, server) = connected();
    server.answer(200, live(r#""status":"idle""#));
    let of = stream();
    let hour = format!(r#""status":"ready","duration":3600.0,"live_stream_id":"{of}""#);
    told_at(&server, "10:20:00", &hour);
    let named = cut("7200..7300").with_recording(recording("abc"));
    let error = stopper.stop(&named).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains("3600s long"), "{error}");
    assert!(error.effect().is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_created_clip_without_a_name_is_in_doubt_and_never_asked_for_again() {
    for nameless in [
        r#"{"data":{"status":"preparing"}}"#,
        r#"{"data":{"id":"../x"}}"#,
        r#"{"data":{"id":7}}"#,
    ] {
        let answers = [
            (200, ACTIVE),
            (200, ASSET),
            (200, COMPLETED),
            (201, nameless),
        ];
        let (result, sent) = stop(&answers).await;
        let error = result.unwrap_err();
        assert_eq!(error.effect(), CUT_UNKNOWN);
        assert_eq!(sent, 4);
        assert!(error.ticket().unwrap().recording().is_none());
    }
}

#[tokio::test]
async fn answers_about_something_else_are_refused_before_anything_is_changed() {
    let other = r#"{"data":{"id":"another","status":"active","active_asset_id":"abc"}}"#;
    for answers in [
        &[(200, other)][..],
        &[(
            200,
            r#"{"data":{"status":"active","active_asset_id":"abc"}}"#,
        )],
        &[(200, &live(r#""status":"paused","active_asset_id":"abc""#))],
        &[(200, &live(r#""status":"active","active_asset_id":"../x""#))],
        &[(200, &ACTIVE.replace("}}", r#"},"error":{"type":"x"}}"#))],
        &[(200, ACTIVE), (200, r#"{"data":{"id":"another"}}"#)],
    ] {
        let error = stop(answers).await.0.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{answers:?}");
        assert!(error.effect().is_none());
    }
    let error = stop(&[(200, &live(r#""status":"active""#))]).await.0;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn nothing_is_ended_for_a_cut_of_a_recording_that_failed() {
    let errored = r#"{"data":{"id":"abc","status":"errored","is_live":true}}"#;
    let (result, sent) = stop(&[(200, ACTIVE), (200, errored)]).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.effect().is_none() && error.ticket().is_none());
    assert_eq!(sent, 2);
}

#[tokio::test]
async fn a_live_stream_without_an_asset_can_be_ended_and_its_ticket_says_what_is_missing() {
    let (stopper, server) = connected();
    server.answer(200, live(r#""status":"active""#));
    server.answer(200, COMPLETED);
    let outcome = stopper.stop(&whole()).await.unwrap();
    assert!(outcome.recording().is_none());
    let progress = stopper.follow(outcome.ticket()).await.unwrap();
    assert!(matches!(progress, Progress::Failed(_)), "{progress:?}");
}

#[tokio::test]
async fn a_status_is_mux_s_own_word_and_names_the_recording() {
    for (status, state, named) in [
        (
            include_str!("../../fixtures/live_stream.response.json"),
            StreamState::Offline,
            None,
        ),
        (ACTIVE, StreamState::Live, Some("abc")),
        (
            &live(r#""status":"disabled","recent_asset_ids":["old","new"]"#),
            StreamState::Offline,
            Some("new"),
        ),
        (&live(r#""status":"paused""#), StreamState::Unknown, None),
        (&live(r#""latency_mode":"low""#), StreamState::Unknown, None),
    ] {
        let (stopper, server) = connected();
        server.answer(200, status.to_owned());
        let status = stopper.status(&stream()).await.unwrap();
        assert_eq!(status.state(), state);
        let recording = status.recording().map(|recording| recording.id().as_str());
        assert_eq!(recording, named);
    }
}

async fn follow(ticket: &Ticket, answer: &str) -> livecut_core::Result<Progress> {
    let (stopper, server) = connected();
    server.answer(200, answer.to_owned());
    stopper.follow(ticket).await
}

fn ticket(id: &str) -> Ticket {
    Ticket::new("mux", stream()).with_recording(recording(id))
}

#[tokio::test]
async fn a_ready_asset_has_the_duration_and_the_public_url() {
    let sample = include_str!("../../fixtures/asset.response.json");
    let id = "lJ4bGGsp7ZlPf02nMg015W02iHQLN9XnuuLRBsPS00xqd68";
    let Progress::Ready(ready) = follow(&ticket(id), sample).await.unwrap() else {
        panic!("the sample is ready");
    };
    let recording = ready.recording();
    assert_eq!(
        recording.duration(),
        Some(Duration::from_nanos(23_857_167_000))
    );
    assert_eq!(ready.verdict(), None);
    assert_eq!(
        recording.playback()[0].url,
        "https://stream.mux.com/vAFLI2eKFFicXX00iHBS2vqt5JjJGg5HV6fQ4Xijgt1I.m3u8"
    );
}

#[tokio::test]
async fn what_plays_with_a_token_alone_or_is_no_id_has_no_url() {
    let answer = r#"{"data":{"id":"a","status":"ready","playback_ids":[
        {"id":"s","policy":"signed"},{"id":"../x","policy":"public"},{"policy":"public"}]}}"#;
    let Progress::Ready(ready) = follow(&ticket("a"), answer).await.unwrap() else {
        panic!("it is ready");
    };
    assert!(ready.recording().playback().is_empty());
}

#[tokio::test]
async fn the_best_file_that_is_ready_has_an_address_where_anybody_may_have_it() {
    for (renditions, expected) in [
        // Today's, of which each is ready by itself.
        (
            r#"{"files":[{"name":"720p.mp4","ext":"mp4","height":720,"status":"ready"},
                {"name":"highest.mp4","height":1080,"status":"ready"},
                {"name":"2160p.mp4","height":2160,"status":"preparing"},
                {"name":"audio.m4a","ext":"m4a","bitrate":9000000,"status":"ready"}]}"#,
            Some("highest.mp4"),
        ),
        // The older ones, which are ready together.
        (
            r#"{"status":"ready","files":[{"name":"high.mp4","height":1080},{"name":"low.mp4","height":360}]}"#,
            Some("high.mp4"),
        ),
        (
            r#"{"status":"preparing","files":[{"name":"high.mp4"}]}"#,
            None,
        ),
        (
            r#"{"status":"ready","files":[{"name":"../x.mp4"},{"name":7},{}]}"#,
            None,
        ),
        (r#"{"status":"disabled"}"#, None),
        ("[]", None),
        ("null", None),
    ] {
        for (policy, expected) in [("public", expected), ("signed", None)] {
            let answer = format!(
                r#"{{"data":{{"id":"a","status":"ready","static_renditions":{renditions},
                "playback_ids":[{{"id":"p1","policy":"{policy}"}}]}}}}"#
            );
            let Progress::Ready(ready) = follow(&ticket("a"), &answer).await.unwrap() else {
                panic!("it is ready");
            };
            let playback = ready.recording().playback().iter();
            let mut files = playback.filter(|one| one.format == PlaybackFormat::Mp4);
            let expected = expected.map(|name| format!("https://stream.mux.com/p1/{name}"));
            assert_eq!(
                files.next().map(|one| one.url.clone()),
                expected,
                "{renditions}"
            );
            assert!(files.next().is_none());
        }
    }
}

#[tokio::test]
async fn an_asset_is_ready_when_it_is_and_no_longer_live() {
    for (fields, expected) in [
        (r#""status":"preparing""#, "in_progress"),
        (r#""status":"ready","is_live":true"#, "in_progress"),
        (r#""status":"ready","is_live":false"#, "ready"),
        (r#""status":"archived""#, "in_progress"),
        (r#""status":null"#, "in_progress"),
        (
            r#""status":"errored","errors":{"type":"invalid_input","messages":["secret"]}"#,
            "failed",
        ),
        (r#""status":"errored","errors":"?""#, "failed"),
    ] {
        let answer = format!(r#"{{"data":{{"id":"a",{fields}}}}}"#);
        let progress = follow(&ticket("a"), &answer).await.unwrap();
        assert_eq!(progress.as_str(), expected, "{fields}");
        assert!(!format!("{progress:?}").contains("secret"));
        if let Progress::InProgress(progress) = &progress {
            assert!(progress.check_again_in() >= Duration::from_secs(1));
        }
    }
}

#[tokio::test]
async fn a_clip_of_another_length_than_the_cut_is_reported() {
    let plan = connected()
        .0
        .plan(&cut("10..110").with_recording(recording("abc")))
        .unwrap();
    let ticket = plan
        .ticket()
        .unwrap()
        .clone()
        .with_recording(recording("c"));
    for (duration, expected) in [
        ("100.02", "confirmed"),
        ("98.9", "differs"),
        ("90", "differs"),
        ("50", "differs"),
        ("101.1", "differs"),
        ("3600", "differs"),
    ] {
        let answer = format!(r#"{{"data":{{"id":"c","status":"ready","duration":{duration}}}}}"#);
        let Progress::Ready(ready) = follow(&ticket, &answer).await.unwrap() else {
            panic!("it is ready");
        };
        assert_eq!(ready.verdict().unwrap().as_str(), expected);
    }
    let endless = r#"{"data":{"id":"c","status":"ready","duration":-1}}"#;
    let Progress::Ready(ready) = follow(&ticket, endless).await.unwrap() else {
        panic!("it is ready");
    };
    assert_eq!(ready.verdict().unwrap().as_str(), "unconfirmed");
}

#[tokio::test]
async fn a_forged_ticket_is_refused_before_anything_is_sent() {
    let (stopper, server) = connected();
    let plan = stopper
        .plan(&cut("10..110").with_recording(recording("abc")))
        .unwrap();
    let owed = plan.ticket().unwrap();
    let instants = "@1736754600..@1736754900".parse().unwrap();
    let short = "1..1.1".parse().unwrap();
    let cut = |range| Some(livecut_core::Cut::new(range, range));
    for forged in [
        ticket("../x"),
        owed.clone().with_source(recording("a/b")),
        owed.clone().with_cut(cut(instants)),
        owed.clone().with_cut(cut(short)),
        owed.clone()
            .with_visibility(Some(Visibility::Other("x\",\"".into()))),
        Ticket::new("mux", stream()).with_cut(owed.cut().copied()),
    ] {
        let error = stopper.follow(&forged).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTicket, "{forged:?}");
        assert_eq!(error.provider(), Some("mux"));
    }
    assert!(server.requests().is_empty());
}
