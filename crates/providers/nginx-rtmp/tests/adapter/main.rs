//! The whole adapter over a server in memory: what it sends, and what it makes of each answer. What a real server answered is
//! in `fixtures/`, unchanged.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

use std::time::Duration;

use livecut_core::{
    Certainty, CutRange, CutState, CutVerdict, Effect, ErrorKind, LiveStreamStopper as _, Progress,
    RecordingId, Rounding, Standing, StopRequest, Stopped, StreamId, StreamState,
};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, Secret};
use livecut_nginx_rtmp::{NginxRtmp, NginxRtmpConfig};

const STAT: &str = include_str!("../../fixtures/stat.response.xml");
const LIST: &str = include_str!("../../fixtures/list.response.json");
const WHOLE: &[u8] = include_bytes!("../../fixtures/whole.response.mp4");
const CUT: &[u8] = include_bytes!("../../fixtures/cut.response.mp4");
/// Of a part that begins with a key frame.
const KEY: &[u8] = include_bytes!("../../fixtures/key.response.mp4");

/// Five seconds after the recording began, which is when the sample of the statistics was taken.
const DATE: &str = "Sat, 28 Nov 2026 16:58:27 GMT";
const RECORDING: &str = "class1-1795885102";

fn connected() -> (NginxRtmp, MemoryServer) {
    let server = MemoryServer::new();
    let config = NginxRtmpConfig::new("http://localhost:8080")
        .with_http(HttpOptions::new().with_transport(server.clone()));
    (NginxRtmp::new(config).unwrap(), server)
}

fn whole() -> StopRequest {
    StopRequest::new(StreamId::new("class1").unwrap())
}

fn cut(range: &str) -> StopRequest {
    whole().with_cut(range.parse::<CutRange>().unwrap())
}

fn answer(server: &MemoryServer, body: impl AsRef<[u8]>) {
    let body = body.as_ref().to_vec();
    let response = http::Response::builder().header("date", DATE).body(body);
    server.answer_with(response.unwrap());
}

/// What is listed while `class1` is on air.
fn on_air() -> String {
    format!(r#"[{{"name":"{RECORDING}.flv","type":"file","mtime":"{DATE}","size":590790}}]"#)
}

/// Method and target of each request, and the range that it asks for.
fn asked(server: &MemoryServer) -> Vec<String> {
    let asked = server.requests().into_iter().map(|request| {
        let range = request.headers().get("range");
        format!(
            "{} {}{}",
            request.method(),
            request.uri().path_and_query().unwrap(),
            range.map_or(String::new(), |range| format!(
                " {}",
                range.to_str().unwrap()
            )),
        )
    });
    asked.collect()
}

#[tokio::test]
async fn a_stop_looks_and_drops_the_session_that_it_saw() {
    let (stopper, server) = connected();
    let request = cut("1s..3.5s");
    let plan = stopper.plan(&request).unwrap();
    let planned: Vec<_> = plan
        .steps()
        .iter()
        .map(|step| step.url().to_owned())
        .collect();
    assert_eq!(
        planned[2],
        "http://localhost:8080/control/drop/publisher?app=live&name=class1&clientid={client_id}"
    );
    let doubt = Effect::new(Certainty::Unknown, Certainty::No);
    assert_eq!(plan.possible_effect(&request), doubt);

    answer(&server, STAT);
    answer(&server, on_air());
    answer(&server, "1");
    let outcome = stopper.stop(&request).await.unwrap();
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
    assert_eq!(outcome.ticket().recording().unwrap().as_str(), RECORDING);
    assert!(!outcome.ticket().owes_cut());
    assert_eq!(
        asked(&server),
        [
            "GET /stat",
            "GET /rec/",
            "POST /control/drop/publisher?app=live&name=class1&clientid=1",
        ]
    );
    // Nobody asks for a credential.
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|request| !request.headers().contains_key("authorization"))
    );
    assert_eq!(requests[2].headers()["content-length"], "0");
}

#[tokio::test]
async fn each_request_has_the_credential_that_the_operator_asks_for() {
    let secret = || Secret::new("hunter2").unwrap();
    for (credential, header, value) in [
        (
            Secret::basic("user", "hunter2").unwrap(),
            "authorization",
            "Basic dXNlcjpodW50ZXIy",
        ),
        (
            secret().with_scheme("Bearer").unwrap(),
            "authorization",
            "Bearer hunter2",
        ),
        (secret().in_header("X-Key").unwrap(), "x-key", "hunter2"),
    ] {
        let server = MemoryServer::new();
        let config = NginxRtmpConfig::new("http://localhost:8080")
            .with_credential(credential)
            .with_http(HttpOptions::new().with_transport(server.clone()));
        for body in [STAT, &on_air(), "1"] {
            answer(&server, body);
        }
        let stopper = NginxRtmp::new(config).unwrap();
        let ticket = stopper.stop(&whole()).await.unwrap().ticket().clone();
        answer(&server, LIST);
        answer(&server, WHOLE);
        // So does who reads the recording.
        let Progress::Ready(ready) = stopper.follow(&ticket).await.unwrap() else {
            panic!("it is whole");
        };
        let [playback] = ready.recording().playback() else {
            panic!("it has one address");
        };
        assert_eq!(playback.header(), Some((header, value)));
        let requests = server.requests();
        assert_eq!(requests.len(), 5);
        for request in requests {
            let secret = request
                .headers()
                .iter()
                .filter(|(_, value)| value.is_sensitive());
            let secret: Vec<_> = secret.map(|(name, value)| (name.as_str(), value)).collect();
            assert_eq!(secret, [(header, &value.parse().unwrap())]);
        }
    }
}

#[tokio::test]
async fn what_the_drop_is_answered_decides_and_it_is_never_sent_again() {
    let stop = |status: u16, body: &'static str| async move {
        let (stopper, server) = connected();
        answer(&server, STAT);
        answer(&server, on_air());
        server.answer(status, body);
        let result = stopper.stop(&cut("1s..3s")).await;
        assert_eq!(server.requests().len(), 3, "{status} {body}");
        result
    };
    assert_eq!(
        stop(200, "0\n").await.unwrap().stopped(),
        Stopped::AlreadyEnded
    );
    for (status, body) in [
        (200, ""),
        (200, "2"),
        (200, "<html>1</html>"),
        (204, ""),
        (500, "1"),
        (502, ""),
        (409, "0"),
    ] {
        let error = stop(status, body).await.unwrap_err();
        // Nothing makes the cut, so it is never in doubt.
        assert_eq!(
            error.effect(),
            Effect::new(Certainty::Unknown, Certainty::No),
            "{status} {body}"
        );
        assert_eq!(error.standing(), Standing::Unknown);
        assert_eq!(
            error.ticket().unwrap().recording().unwrap().as_str(),
            RECORDING
        );
    }
    let refused = stop(403, "").await.unwrap_err();
    assert_eq!(refused.standing(), Standing::NothingDone);
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_before_anything_is_ended() {
    let refused = |request: StopRequest, answers: Vec<String>| async move {
        let (stopper, server) = connected();
        for body in &answers {
            answer(&server, body);
        }
        let error = stopper.stop(&request).await.unwrap_err();
        assert_eq!(asked(&server).len(), answers.len(), "{error}");
        assert_eq!(error.standing(), Standing::NothingDone);
        error.kind()
    };
    let both = |list: String| vec![STAT.to_owned(), list];
    let flv = |name: &str| format!(r#"{{"name":"{name}.flv","mtime":"{DATE}"}}"#);
    for (request, answers, kind) in [
        // It began five seconds ago.
        (cut("1s..6.001s"), both(on_air()), ErrorKind::Conflict),
        (
            cut("@1795885100..@1795885104"),
            both(on_air()),
            ErrorKind::InvalidRequest,
        ),
        (
            cut("@1795885103..@1795885104").with_rounding(Rounding::Exact),
            both(on_air()),
            ErrorKind::InvalidRequest,
        ),
        (whole(), both("[]".to_owned()), ErrorKind::Conflict),
        // Of a broadcast before this one, and of streams whose names begin alike.
        (
            whole(),
            both(format!("[{}]", flv("class1-1795880000"))),
            ErrorKind::Conflict,
        ),
        (
            whole(),
            both(format!("[{}]", flv("class1-5-1795885102"))),
            ErrorKind::Conflict,
        ),
        (
            whole(),
            both(format!("[{},{}]", flv(RECORDING), flv("class1-1795885105"))),
            ErrorKind::Conflict,
        ),
        (
            whole(),
            both("{}".to_owned()),
            ErrorKind::UnexpectedResponse,
        ),
        (
            whole(),
            vec!["<html/>".to_owned()],
            ErrorKind::UnexpectedResponse,
        ),
        (
            whole(),
            vec![STAT.replace("<name>live<", "<name>other<")],
            ErrorKind::NotFound,
        ),
        (
            whole().with_recording(RecordingId::new("class1-1").unwrap()),
            both(on_air()),
            ErrorKind::NotFound,
        ),
    ] {
        let asked = format!("{request:?}");
        assert_eq!(refused(request, answers).await, kind, "{asked}");
    }
    let other = StopRequest::new(StreamId::new("class1").unwrap())
        .with_recording(RecordingId::new("class1-5-1795885102").unwrap());
    assert_eq!(refused(other, Vec::new()).await, ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_wall_clock_cut_loses_nothing_though_the_start_is_known_to_a_second() {
    for (rounding, effective) in [
        (Rounding::Outward, "0s..3s"),
        (Rounding::Inward, "1s..2s"),
        (Rounding::Nearest, "500ms..2.5s"),
    ] {
        let (stopper, server) = connected();
        answer(&server, STAT);
        answer(&server, on_air());
        answer(&server, "1");
        let request = cut("@1795885103..@1795885105").with_rounding(rounding);
        let outcome = stopper.stop(&request).await.unwrap();
        let wanted: CutRange = effective.parse().unwrap();
        assert_eq!(outcome.cut().unwrap().effective(), wanted, "{rounding}");
    }
}

#[tokio::test]
async fn what_was_recorded_before_is_cut_and_nothing_is_ended() {
    let nobody = STAT.replace("<name>class1<", "<name>another<");
    for stat in [STAT, &nobody] {
        let (stopper, server) = connected();
        answer(&server, stat);
        answer(
            &server,
            format!(
                r#"[{{"name":"class1-1795880000.mp4"}},{}"#,
                on_air().trim_start_matches('[')
            ),
        );
        let named = RecordingId::new("class1-1795880000").unwrap();
        let request = cut("@1795880010..@1795880020").with_recording(named.clone());
        // Its name is its anchor, so it is known before anything is sent.
        let planned = stopper.plan(&request).unwrap().ticket().cloned().unwrap();
        let outcome = stopper.stop(&request).await.unwrap();
        assert_eq!(outcome.stopped(), Stopped::AlreadyEnded);
        assert_eq!(outcome.ticket(), &planned);
        assert_eq!(outcome.ticket().recording(), Some(&named));
        assert_eq!(asked(&server), ["GET /stat", "GET /rec/"]);
    }
}

#[tokio::test]
async fn a_recording_is_ready_at_its_address_once_its_mp4_is_whole() {
    let (stopper, server) = connected();
    answer(&server, STAT);
    answer(&server, on_air());
    answer(&server, "1");
    let ticket = stopper.stop(&cut("1s..5s")).await.unwrap().ticket().clone();

    answer(&server, on_air());
    let progress = stopper.follow(&ticket).await.unwrap();
    assert!(matches!(progress, Progress::InProgress(_)), "{progress:?}");

    // Listed by an operator without a rename, and not whole yet.
    answer(&server, LIST);
    let mut unfinished = WHOLE.to_vec();
    unfinished[36..40].copy_from_slice(b"mdat");
    answer(&server, &unfinished);
    let progress = stopper.follow(&ticket).await.unwrap();
    assert!(matches!(progress, Progress::InProgress(_)), "{progress:?}");

    let mut part = CUT.to_vec();
    part[64..68].copy_from_slice(&4000_u32.to_be_bytes());
    for (served, verdict) in [
        (part, CutVerdict::Confirmed),
        // Without `mp4` in the location, all of it is served.
        (
            WHOLE.to_vec(),
            CutVerdict::Differs {
                actual: Duration::from_millis(19_541),
            },
        ),
    ] {
        answer(&server, LIST);
        answer(&server, WHOLE);
        answer(&server, served);
        let Progress::Ready(ready) = stopper.follow(&ticket).await.unwrap() else {
            panic!("it is whole");
        };
        assert_eq!(ready.verdict(), Some(verdict));
        let [playback] = ready.recording().playback() else {
            panic!("it has one address");
        };
        assert_eq!(
            playback.url,
            "http://localhost:8080/rec/class1-1795885102.mp4?start=1.059&end=5.059"
        );
    }
    let last = asked(&server).split_off(6);
    assert_eq!(
        last[3..6],
        [
            "GET /rec/",
            "GET /rec/class1-1795885102.mp4 bytes=0-4095",
            "GET /rec/class1-1795885102.mp4?start=1.059&end=5.059 bytes=0-4095",
        ]
        .map(str::to_owned),
        "{last:?}"
    );
}

#[tokio::test]
async fn what_would_lack_pictures_before_a_key_frame_is_asked_for_a_frame_earlier() {
    let (stopper, server) = connected();
    let request = cut("3.941s..5.941s").with_recording(RecordingId::new(RECORDING).unwrap());
    let ticket = stopper.plan(&request).unwrap().ticket().cloned().unwrap();
    for body in [LIST.as_bytes(), WHOLE, KEY, CUT] {
        answer(&server, body);
    }
    let progress = stopper.follow(&ticket).await.unwrap();
    assert!(matches!(progress, Progress::Ready(_)), "{progress:?}");
    assert_eq!(
        asked(&server)[2..],
        [
            "GET /rec/class1-1795885102.mp4?start=4&end=6 bytes=0-4095",
            "GET /rec/class1-1795885102.mp4?start=3.960&end=6 bytes=0-4095",
        ]
    );
}

#[tokio::test]
async fn a_cut_that_nothing_is_left_of_fails_and_says_why() {
    let (stopper, server) = connected();
    let named = RecordingId::new(RECORDING).unwrap();
    let request = cut("20s..30s").with_recording(named);
    let ticket = stopper.plan(&request).unwrap().ticket().cloned().unwrap();
    answer(&server, LIST);
    answer(&server, WHOLE);
    let Progress::Failed(failed) = stopper.follow(&ticket).await.unwrap() else {
        panic!("the recording is 19.541 s long");
    };
    assert!(
        failed
            .reason()
            .contains("begins at 20 s, and the recording is 19.541 s long"),
        "{failed:?}"
    );
    answer(&server, "[]");
    let progress = stopper.follow(&ticket).await.unwrap();
    assert!(matches!(progress, Progress::Failed(_)), "{progress:?}");
}

#[tokio::test]
async fn a_stream_is_live_or_was_recorded_or_is_not_known() {
    let (stopper, server) = connected();
    let class1 = StreamId::new("class1").unwrap();
    answer(&server, STAT);
    assert_eq!(
        stopper.status(&class1).await.unwrap().state(),
        StreamState::Live
    );
    let over = STAT.replace("<name>class1<", "<name>another<");
    answer(&server, &over);
    answer(&server, LIST);
    let seen = stopper.status(&class1).await.unwrap();
    assert_eq!(seen.state(), StreamState::Offline);
    assert_eq!(seen.recording().unwrap().id().as_str(), RECORDING);
    answer(&server, STAT);
    answer(&server, LIST);
    let unknown = stopper.status(&StreamId::new("class").unwrap()).await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn what_cannot_be_configured_is_refused() {
    let refused = |config: NginxRtmpConfig| NginxRtmp::new(config).unwrap_err();
    let base = || NginxRtmpConfig::new("http://localhost:8080");
    for config in [
        base().with_application(""),
        base().with_application("li/ve"),
        base().with_stat_url("ftp://localhost"),
        NginxRtmpConfig::new("http://localhost:8080/control"),
    ] {
        assert_eq!(refused(config).kind(), ErrorKind::Configuration);
    }
    let own = base()
        .with_control_url("http://localhost:9/a")
        .with_stat_url("http://localhost:9/b")
        .with_recordings_url("http://localhost:9/c/")
        .with_application("classes")
        .with_credential(Secret::basic("user", "hunter2").unwrap());
    let shown = format!("{own:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let plan = NginxRtmp::new(own).unwrap().plan(&whole()).unwrap();
    let urls: Vec<_> = plan.steps().iter().map(|step| step.url()).collect();
    assert_eq!(
        urls,
        [
            "http://localhost:9/b",
            "http://localhost:9/c/",
            "http://localhost:9/a/drop/publisher?app=classes&name=class1&clientid={client_id}",
        ]
    );
}
