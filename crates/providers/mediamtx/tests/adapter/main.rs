//! The whole adapter over a server in memory: what it sends, and what it makes of each answer. What a real server answered is
//! in `fixtures/`.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

use std::time::Duration;

use livecut_core::{
    Certainty, CutRange, CutState, CutVerdict, Effect, ErrorKind, LiveStreamStopper as _, Progress,
    RecordingId, Standing, StopOutcome, StopRequest, Stopped, StreamId, StreamState,
};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, RetryPolicy, Secret};
use livecut_mediamtx::{MediaMtx, MediaMtxConfig};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const PATH: &str = include_str!("../../fixtures/path.response.json");
const LIST: &str = include_str!("../../fixtures/list.response.json");
const OK: &str = include_str!("../../fixtures/kick.response.json");
const NO_PATH: &str = include_str!("../../fixtures/path-not-found.response.json");

const RECORDED: &str =
    r#"{"name":"all_others","record":true,"recordFormat":"fmp4","recordDeleteAfter":"24h0m0s"}"#;
const NO_SESSION: &str = r#"{"status":"error","error":"connection not found"}"#;
const IDLE: &str = r#"{"name":"live/class1","confName":"live/class1","available":false,"online":false,"source":null}"#;

/// 30 seconds after the recording of the sample began.
const DATE: &str = "Fri, 27 Nov 2026 04:51:49 GMT";
const RECORDING: &str = "2026-11-27T04:51:19.52066Z";
const KICK: &str = "POST /v3/rtmpconns/kick/8d72057e-dc16-4d1f-bcba-a5a4ca8e72ae";

fn connected() -> (MediaMtx, MemoryServer) {
    let server = MemoryServer::new();
    let retry = RetryPolicy::default()
        .with_base(Duration::ZERO)
        .with_cap(Duration::ZERO);
    let config = MediaMtxConfig::new("http://localhost:9997")
        .with_playback_base_url("http://localhost:9996")
        .with_http(
            HttpOptions::new()
                .with_transport(server.clone())
                .with_retry(retry),
        );
    (MediaMtx::new(config).unwrap(), server)
}

fn stream() -> StreamId {
    StreamId::new("live/class1").unwrap()
}

fn whole() -> StopRequest {
    StopRequest::new(stream())
}

fn cut(range: &str) -> StopRequest {
    whole().with_cut(range.parse::<CutRange>().unwrap())
}

fn named(request: StopRequest) -> StopRequest {
    request.with_recording(RecordingId::new(RECORDING).unwrap())
}

fn answer(server: &MemoryServer, status: u16, body: &str) {
    let response = http::Response::builder()
        .status(status)
        .header("date", DATE);
    server.answer_with(response.body(body.to_owned()).unwrap());
}

/// What is read before a stream on air is ended.
fn on_air(server: &MemoryServer, list: &str) {
    for body in [PATH, RECORDED, list] {
        answer(server, 200, body);
    }
}

/// Method and target of each request.
fn asked(server: &MemoryServer) -> Vec<String> {
    let asked = server.requests().into_iter().map(|request| {
        let target = request.uri().path_and_query().unwrap();
        format!("{} {target}", request.method())
    });
    asked.collect()
}

/// A list of spans: when each began, after the sample's, and how long it is.
fn list(spans: &[(i64, f64)]) -> String {
    let first = OffsetDateTime::parse(RECORDING, &Rfc3339).unwrap();
    let spans = spans.iter().map(|(after, duration)| {
        let start = first.checked_add(time::Duration::seconds(*after)).unwrap();
        let start = start.format(&Rfc3339).unwrap();
        format!(r#"{{"start":"{start}","duration":{duration}}}"#)
    });
    format!("[{}]", spans.collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn a_stop_looks_and_kicks_the_session_that_it_saw() {
    let (stopper, server) = connected();
    let request = cut("1s..3.5s");
    let plan = stopper.plan(&request).unwrap();
    let planned: Vec<_> = plan.steps().iter().map(|step| step.url()).collect();
    assert_eq!(
        planned,
        [
            "http://localhost:9997/v3/paths/get/live%2Fclass1",
            "http://localhost:9997/v3/config/paths/get/{conf_name}",
            "http://localhost:9996/list?path=live%2Fclass1",
            "http://localhost:9997/v3/{source_kind}/kick/{source_id}",
            "http://localhost:9997/v3/paths/get/live%2Fclass1",
        ]
    );
    let repeatable: Vec<_> = plan
        .steps()
        .iter()
        .map(|step| step.is_repeatable())
        .collect();
    assert_eq!(repeatable, [false, false, false, true, false]);
    assert_eq!(plan.account(), Some("http://localhost:9997"));

    on_air(&server, LIST);
    answer(&server, 200, OK);
    let outcome = stopper.stop(&request).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    assert_eq!(outcome.cut_state(), Some(CutState::Made));
    assert_eq!(
        outcome.cut().unwrap().effective().to_string(),
        "2026-11-27T04:51:20.520660Z..2026-11-27T04:51:23.020660Z"
    );
    let recording = outcome.recording().unwrap();
    assert_eq!(recording.id().as_str(), RECORDING);
    let until = recording.kept_until().unwrap().format(&Rfc3339).unwrap();
    assert_eq!(until, "2026-11-28T04:51:19.52066Z");
    assert!(!outcome.ticket().owes_cut());
    let asked = asked(&server);
    assert_eq!(
        asked,
        [
            "GET /v3/paths/get/live%2Fclass1",
            "GET /v3/config/paths/get/all_others",
            "GET /list?path=live%2Fclass1",
            KICK,
        ]
    );
    let requests = server.requests();
    assert_eq!(requests[3].headers()["content-length"], "0");
    // Nobody asks for a credential.
    assert!(
        requests
            .iter()
            .all(|request| !request.headers().contains_key("authorization"))
    );
}

#[tokio::test]
async fn each_request_has_the_credential_and_so_has_who_plays_the_address() {
    let server = MemoryServer::new();
    let config = MediaMtxConfig::new("http://localhost:9997")
        .with_credential(Secret::basic("user", "hunter2").unwrap())
        .with_http(HttpOptions::new().with_transport(server.clone()));
    let stopper = MediaMtx::new(config).unwrap();
    on_air(&server, LIST);
    answer(&server, 200, OK);
    let outcome = stopper.stop(&cut("1s..3s")).await.unwrap();
    answer(&server, 404, NO_PATH);
    answer(&server, 200, LIST);
    let Progress::Ready(ready) = stopper.follow(outcome.ticket()).await.unwrap() else {
        panic!("it is listed");
    };
    let header = ("authorization", "Basic dXNlcjpodW50ZXIy");
    assert_eq!(ready.recording().playback()[0].header(), Some(header));
    for request in server.requests() {
        assert_eq!(request.headers()[header.0], header.1);
    }
}

#[tokio::test]
async fn a_cut_is_made_only_where_one_span_has_all_of_it() {
    for (range, state) in [
        ("1s..28.65s", CutState::Made),
        // Less than a frame is missing.
        ("1s..28.7s", CutState::Made),
        // Recorded, and not listed yet: the list grows each second.
        ("1s..29.4s", CutState::Scheduled),
    ] {
        let (stopper, server) = connected();
        on_air(&server, LIST);
        answer(&server, 200, OK);
        let outcome = stopper.stop(&cut(range)).await.unwrap();
        assert_eq!(outcome.cut_state(), Some(state), "{range}");
    }
}

/// What comes of a stop whose kick is answered so, and how often it was sent.
async fn kicked(answers: &[(u16, &str)]) -> (livecut_core::Result<StopOutcome>, usize) {
    let (stopper, server) = connected();
    on_air(&server, LIST);
    for (status, body) in answers {
        answer(&server, *status, body);
    }
    let result = stopper.stop(&cut("1s..3s")).await;
    let asked = asked(&server);
    assert!(asked.len().saturating_sub(answers.len()) <= 3, "{asked:?}");
    let kicks = asked.iter().filter(|one| *one == KICK).count();
    (result, kicks)
}

#[tokio::test]
async fn a_kick_in_doubt_is_sent_again_and_comes_to_a_yes() {
    for last in [(200, OK), (404, NO_SESSION)] {
        for (lost, kicks) in [(vec![(503, "")], 2), (vec![(502, "x"), (500, "")], 3)] {
            let answers: Vec<_> = lost.into_iter().chain([last]).collect();
            let (result, sent) = kicked(&answers).await;
            // 404 says that the session is over, of which the answer was lost.
            assert_eq!(result.unwrap().stopped(), Stopped::Stopped, "{answers:?}");
            assert_eq!(sent, kicks);
        }
    }
}

#[tokio::test]
async fn a_kick_that_stays_in_doubt_is_unknown_and_its_ticket_is_good() {
    let gateway = r#"{"status":404,"error":"not found"}"#;
    for answers in [
        &[(503, ""), (503, ""), (503, "")][..],
        // A proxy's 404 takes nothing back.
        &[(503, ""), (404, gateway)],
        &[(503, ""), (404, "404 page not found")],
        &[(503, ""), (403, "")],
        // Read, and not understood: it isn't asked again.
        &[(200, "")],
        &[(200, "{}")],
        &[(200, r#"{"status":"error"}"#)],
        &[(200, "<html>ok</html>")],
        &[(409, NO_SESSION)],
    ] {
        let (result, _) = kicked(answers).await;
        let error = result.unwrap_err();
        let doubt = Effect::new(Certainty::Unknown, Certainty::No);
        assert_eq!(error.effect(), doubt, "{answers:?}: {error}");
        assert_eq!(error.standing(), Standing::Unknown);
        let ticket = error.ticket().unwrap();
        assert_eq!(ticket.recording().unwrap().as_str(), RECORDING);
    }
}

#[tokio::test]
async fn a_session_that_was_over_before_is_looked_at_again() {
    for (status, body) in [(404, NO_PATH), (200, IDLE)] {
        let (result, kicks) = kicked(&[(404, NO_SESSION), (status, body)]).await;
        assert_eq!(result.unwrap().stopped(), Stopped::AlreadyEnded);
        assert_eq!(kicks, 1);
    }
    // The encoder is back, so that another broadcast would be ended.
    let back = PATH.replace("8d72057e", "11111111");
    let (result, _) = kicked(&[(404, NO_SESSION), (200, &back)]).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.standing(), Standing::NothingDone);
    // Nobody knows what is on air.
    let (result, _) = kicked(&[(404, NO_SESSION), (403, "")]).await;
    assert_eq!(result.unwrap_err().standing(), Standing::NothingDone);
    // A proxy's.
    let (result, kicks) = kicked(&[(404, "404 page not found")]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), kicks), (ErrorKind::NotFound, 1));
    assert_eq!(error.standing(), Standing::NothingDone);
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_before_anything_is_ended() {
    let recorded = |answers: [&str; 3]| answers.map(|body| (200, body.to_owned())).to_vec();
    let listed = |spans: &[(i64, f64)]| recorded([PATH, RECORDED, &list(spans)]);
    let read = recorded([PATH, RECORDED, LIST]);
    let nothing = r#"{"status":"error","error":"no recording segments found"}"#;
    let without =
        |old: &str, new: &str| vec![(200, PATH.to_owned()), (200, RECORDED.replace(old, new))];
    let no_list = |status, body: &str| {
        vec![
            (200, PATH.to_owned()),
            (200, RECORDED.to_owned()),
            (status, body.to_owned()),
        ]
    };
    for (request, answers, kind) in [
        // It is 04:51:49 there, or less than a second later.
        (cut("1s..30.6s"), read.clone(), ErrorKind::Conflict),
        (
            cut("2026-11-27T04:51:19Z..2026-11-27T04:51:30Z"),
            read.clone(),
            ErrorKind::Conflict,
        ),
        // Over an interruption, or in it.
        (
            cut("2026-11-27T04:51:25Z..2026-11-27T04:51:45Z"),
            listed(&[(0, 10.0), (20, 8.0)]),
            ErrorKind::Conflict,
        ),
        (
            cut("2026-11-27T04:51:31Z..2026-11-27T04:51:35Z"),
            listed(&[(0, 10.0), (20, 8.0)]),
            ErrorKind::Conflict,
        ),
        // Which offset 0 is it?
        (
            cut("1s..2s"),
            listed(&[(0, 10.0), (20, 8.0)]),
            ErrorKind::Conflict,
        ),
        (
            whole(),
            listed(&[(0, 10.0), (20, 8.0)]),
            ErrorKind::Conflict,
        ),
        // Of a session before this one alone.
        (whole(), listed(&[(-60, 10.0)]), ErrorKind::Conflict),
        (whole(), listed(&[]), ErrorKind::Conflict),
        (whole(), no_list(404, nothing), ErrorKind::Conflict),
        (
            whole(),
            no_list(404, "no recording segments found"),
            ErrorKind::Conflict,
        ),
        (
            whole(),
            no_list(404, "404 page not found"),
            ErrorKind::NotFound,
        ),
        (whole(), no_list(200, "{}"), ErrorKind::UnexpectedResponse),
        (whole(), no_list(200, "[{}]"), ErrorKind::UnexpectedResponse),
        (whole(), without("true", "false"), ErrorKind::Conflict),
        (whole(), without("fmp4", "mpegts"), ErrorKind::Conflict),
        (
            whole(),
            without("record", "r"),
            ErrorKind::UnexpectedResponse,
        ),
        (
            whole(),
            recorded([&PATH.replace("rtmpConn", "rtspSource"), RECORDED, LIST]),
            ErrorKind::Unsupported,
        ),
        (
            whole(),
            vec![(200, PATH.replace("live/class1", "live/class2"))],
            ErrorKind::UnexpectedResponse,
        ),
        (
            whole(),
            vec![(200, PATH.replace("source", "src"))],
            ErrorKind::UnexpectedResponse,
        ),
        (
            whole(),
            vec![(404, "404 page not found".to_owned())],
            ErrorKind::NotFound,
        ),
        // Nothing is live.
        (
            whole(),
            vec![(404, NO_PATH.to_owned()), (200, LIST.to_owned())],
            ErrorKind::Conflict,
        ),
        (
            whole(),
            vec![(200, IDLE.to_owned()), (404, nothing.to_owned())],
            ErrorKind::Conflict,
        ),
        (
            whole(),
            vec![(404, NO_PATH.to_owned()), (404, nothing.to_owned())],
            ErrorKind::NotFound,
        ),
        (named(whole()), listed(&[(1, 5.0)]), ErrorKind::NotFound),
    ] {
        let (stopper, server) = connected();
        for (status, body) in &answers {
            answer(&server, *status, body);
        }
        let error = stopper.stop(&request).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{request:?} {answers:?}: {error}");
        assert_eq!(asked(&server).len(), answers.len(), "{error}");
        assert_eq!(error.standing(), Standing::NothingDone);
    }
    let (stopper, server) = connected();
    let other = whole().with_recording(RecordingId::new("4712").unwrap());
    let error = stopper.stop(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(asked(&server), [""; 0]);
}

#[tokio::test]
async fn the_clock_says_which_session_s_recording_is_meant() {
    // The encoder was back ten seconds ago, and its session before had all of the cut.
    let back = PATH.replace(
        "2026-11-27T04:51:19.520195942Z",
        "2026-11-27T04:51:39.520195942Z",
    );
    let (stopper, server) = connected();
    for body in [&back, RECORDED, &list(&[(0, 10.0), (20, 9.0)])] {
        answer(&server, 200, body);
    }
    answer(&server, 200, OK);
    let request = cut("2026-11-27T04:51:20Z..2026-11-27T04:51:25Z");
    let outcome = stopper.stop(&request).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    assert_eq!(outcome.cut_state(), Some(CutState::Made));
    assert_eq!(outcome.ticket().recording().unwrap().as_str(), RECORDING);
    assert_eq!(asked(&server)[3], KICK);
}

#[tokio::test]
async fn what_was_recorded_before_is_cut_and_nothing_is_ended() {
    let other_session = PATH.replace("04:51:19", "04:51:40");
    let listed = list(&[(0, 10.0), (21, 8.0)]);
    for (air, reads) in [
        (vec![(404, NO_PATH)], 2),
        (vec![(200, &*other_session), (200, RECORDED)], 3),
        // What is on air isn't recorded, and that is nobody's matter here.
        (
            vec![(200, &*other_session), (200, r#"{"record":false}"#)],
            3,
        ),
    ] {
        let (stopper, server) = connected();
        for (status, body) in air {
            answer(&server, status, body);
        }
        answer(&server, 200, &listed);
        let request = named(cut("1s..9s"));
        let planned = stopper.plan(&request).unwrap().ticket().cloned().unwrap();
        let outcome = stopper.stop(&request).await.unwrap();
        assert_eq!(outcome.stopped(), Stopped::AlreadyEnded);
        assert_eq!(outcome.cut_state(), Some(CutState::Made));
        assert_eq!(outcome.ticket(), &planned);
        assert_eq!(asked(&server).len(), reads);
    }
    // The named one is what is on air.
    let (stopper, server) = connected();
    on_air(&server, LIST);
    answer(&server, 200, OK);
    let outcome = stopper.stop(&named(whole())).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    // Past its end.
    let (stopper, server) = connected();
    answer(&server, 404, NO_PATH);
    answer(&server, 200, &listed);
    let error = stopper.stop(&named(cut("1s..11s"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

async fn followed(request: StopRequest, air: (u16, &str), list: (u16, &str)) -> Progress {
    let (stopper, server) = connected();
    let ticket = stopper.plan(&named(request)).unwrap();
    let ticket = ticket.ticket().cloned().unwrap();
    answer(&server, air.0, air.1);
    answer(&server, list.0, list.1);
    let progress = stopper.follow(&ticket).await.unwrap();
    assert_eq!(
        asked(&server),
        [
            "GET /v3/paths/get/live%2Fclass1",
            "GET /list?path=live%2Fclass1"
        ]
    );
    progress
}

#[tokio::test]
async fn a_cut_is_ready_at_its_address_once_it_is_recorded() {
    let over = (404, NO_PATH);
    let live = (200, PATH);
    for (request, air, listed, duration, verdict, address) in [
        // Whether the stream is on air or not.
        (
            cut("1s..9.25s"),
            live,
            LIST.to_owned(),
            8250,
            Some(CutVerdict::Confirmed),
            "start=2026-11-27T04%3A51%3A20.52066Z&duration=8.25",
        ),
        // Silently shorter, says the server.
        (
            cut("1s..20s"),
            over,
            list(&[(0, 10.0), (12, 10.0)]),
            9000,
            Some(CutVerdict::Differs {
                actual: Duration::from_secs(9),
            }),
            "start=2026-11-27T04%3A51%3A20.52066Z&duration=19",
        ),
        (
            whole(),
            over,
            LIST.to_owned(),
            28_650,
            None,
            "start=2026-11-27T04%3A51%3A19.52066Z&duration=28.65",
        ),
    ] {
        let progress = followed(request, air, (200, &listed)).await;
        let Progress::Ready(ready) = progress else {
            panic!("{progress:?}");
        };
        assert_eq!(ready.verdict(), verdict);
        let recording = ready.recording();
        assert_eq!(recording.duration(), Some(Duration::from_millis(duration)));
        assert_eq!(
            recording.playback()[0].url,
            format!("http://localhost:9996/get?path=live%2Fclass1&{address}&format=mp4")
        );
    }
}

#[tokio::test]
async fn what_grows_is_in_progress_and_what_is_gone_has_failed() {
    let live = (200, PATH);
    for request in [whole(), cut("1s..29s")] {
        let progress = followed(request, live, (200, LIST)).await;
        assert!(matches!(progress, Progress::InProgress(_)), "{progress:?}");
    }
    let lstat = "lstat recordings/live/class1: no such file or directory";
    let folder = format!(r#"{{"status":"error","error":"{lstat}"}}"#);
    for request in [whole(), cut("1s..9s")] {
        for (status, listed) in [
            (200, "[]"),
            (200, &*list(&[(9, 10.0)])),
            (
                404,
                r#"{"status":"error","error":"no recording segments found"}"#,
            ),
            (400, &*folder),
            (400, lstat),
        ] {
            let progress = followed(request.clone(), (404, NO_PATH), (status, listed)).await;
            assert!(matches!(progress, Progress::Failed(_)), "{progress:?}");
        }
    }
    // What nobody said isn't so.
    for (status, body) in [(400, "{}"), (404, "404 page not found"), (500, "")] {
        let (stopper, server) = connected();
        let plan = stopper.plan(&named(whole())).unwrap();
        answer(&server, 404, NO_PATH);
        for _ in 0..3 {
            answer(&server, status, body);
        }
        let error = stopper.follow(plan.ticket().unwrap()).await.unwrap_err();
        assert!(error.effect().is_none(), "{error}");
    }
}

#[tokio::test]
async fn a_stream_is_live_or_was_recorded_or_is_not_known() {
    let nothing = r#"{"status":"error","error":"no recording segments found"}"#;
    for (answers, state) in [
        (vec![(200, PATH)], Ok(StreamState::Live)),
        (vec![(404, NO_PATH), (200, LIST)], Ok(StreamState::Offline)),
        (vec![(200, IDLE), (404, nothing)], Ok(StreamState::Offline)),
        (
            vec![(404, NO_PATH), (404, nothing)],
            Err(ErrorKind::NotFound),
        ),
        (vec![(404, "404 page not found")], Err(ErrorKind::NotFound)),
    ] {
        let (stopper, server) = connected();
        for (status, body) in &answers {
            answer(&server, *status, body);
        }
        let seen = stopper.status(&stream()).await;
        let seen = seen.map(|status| status.state()).map_err(|e| e.kind());
        assert_eq!(seen, state);
        assert_eq!(asked(&server).len(), answers.len());
    }
}

#[test]
fn each_kind_of_session_that_can_be_kicked_has_its_part_of_the_api() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (source, part) in [
        ("rtmpConn", "rtmpconns"),
        ("rtmpsConn", "rtmpsconns"),
        ("rtspSession", "rtspsessions"),
        ("rtspsSession", "rtspssessions"),
        ("srtConn", "srtconns"),
        ("webRTCSession", "webrtcsessions"),
        ("moqSession", "moqsessions"),
    ] {
        let (stopper, server) = connected();
        for body in [&PATH.replace("rtmpConn", source), RECORDED, LIST, OK] {
            answer(&server, 200, body);
        }
        runtime.block_on(stopper.stop(&whole())).unwrap();
        assert_eq!(asked(&server)[3], KICK.replace("rtmpconns", part));
    }
}

#[test]
fn what_cannot_be_configured_is_refused_and_no_credential_is_shown() {
    let base = || MediaMtxConfig::new("http://localhost:9997");
    for config in [
        MediaMtxConfig::new("http://localhost:9997/v3"),
        MediaMtxConfig::new("http://media.example.com:9997"),
        base().with_playback_base_url("ftp://localhost"),
        base().with_playback_base_url("http://localhost:9996/get"),
    ] {
        let error = MediaMtx::new(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    let basic = base().with_credential(Secret::basic("user", "hunter2").unwrap());
    let shown = format!("{basic:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    // One address for both, if nothing else is said.
    let plan = MediaMtx::new(basic).unwrap().plan(&whole()).unwrap();
    assert_eq!(
        plan.steps()[2].url(),
        "http://localhost:9997/list?path=live%2Fclass1"
    );
}
