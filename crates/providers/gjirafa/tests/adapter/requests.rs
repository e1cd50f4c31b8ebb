//! What is planned, and what is sent.

use livecut_core::{
    ErrorKind, LiveStreamStopper as _, Method, Purpose, RecordingId, Rounding, StopRequest,
    StreamId, Visibility,
};
use livecut_gjirafa::GjirafaConfig;

use crate::{connected, cut, json, stream, ticket, whole};

const STOP_URL: &str =
    "http://localhost:8080/live/api/v2/a-project/live-videos/a-live-video/stop-and-cut";

fn body(request: &StopRequest) -> String {
    let plan = connected().0.plan(request).unwrap();
    plan.steps()[0].body().unwrap().to_owned()
}

#[test]
fn a_stop_without_a_cut_keeps_all_and_never_discards() {
    let plan = connected().0.plan(&whole()).unwrap();
    let [step] = plan.steps() else {
        panic!("one call: {plan:?}")
    };
    assert_eq!(
        (step.purpose(), step.method()),
        (Purpose::Stop, Method::Post)
    );
    assert_eq!(step.url(), STOP_URL);
    assert_eq!((step.body(), step.when()), (Some("{}"), None));
    assert!(plan.cut().is_none());
}

#[test]
fn the_documented_samples_are_what_is_sent_byte_for_byte() {
    let from_10_to_15 = r#"{"fromMilisecond":600000,"toMilisecond":900000}"#;
    let noon = r#"{"dateTimeFrom":"2024-01-01T12:00:00Z","dateTimeTo":"2024-01-01T12:15:00Z"}"#;
    for (range, sample, bytes) in [
        (
            "10m..15m",
            include_str!("../../fixtures/minute_10_to_15.request.json"),
            from_10_to_15,
        ),
        (
            "2024-01-01T12:00:00Z..2024-01-01T12:15:00Z",
            include_str!("../../fixtures/noon_to_quarter_past.request.json"),
            noon,
        ),
    ] {
        let body = body(&cut(range));
        assert_eq!(body, bytes);
        assert_eq!(json(&body), json(sample));
    }
}

#[test]
fn instants_are_in_utc_with_milliseconds_only_where_they_have_any() {
    for (range, from, to) in [
        (
            "@1704110400.5..2024-01-01T14:15:00+02:00",
            "2024-01-01T12:00:00.500Z",
            "2024-01-01T12:15:00Z",
        ),
        (
            "2024-11-13T13:05:31.392Z..2024-11-13T13:05:31.3921Z",
            "2024-11-13T13:05:31.392Z",
            "2024-11-13T13:05:31.393Z",
        ),
    ] {
        let expected = format!(r#"{{"dateTimeFrom":"{from}","dateTimeTo":"{to}"}}"#);
        assert_eq!(body(&cut(range)), expected);
    }
}

#[test]
fn a_cut_is_rounded_to_milliseconds_as_asked() {
    for (rounding, from, to) in [
        (Rounding::Outward, 0, 2),
        (Rounding::Inward, 1, 1),
        (Rounding::Nearest, 1, 1),
    ] {
        let request = cut("0.0005..0.0014").with_rounding(rounding);
        match connected().0.plan(&request) {
            Ok(plan) => assert_eq!(
                plan.steps()[0].body().unwrap(),
                format!(r#"{{"fromMilisecond":{from},"toMilisecond":{to}}}"#)
            ),
            Err(error) => {
                assert_eq!(from, to, "only a range that rounds to nothing: {error}");
                assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            }
        }
    }
}

#[test]
fn a_visibility_is_sent_as_its_number_and_only_where_asked_for() {
    for (visibility, number) in [
        (Visibility::Public, 1),
        (Visibility::Private, 2),
        (Visibility::PasswordProtected, 3),
        (Visibility::Other("0".into()), 0),
        (Visibility::Other("17".into()), 17),
    ] {
        assert_eq!(
            body(&whole().with_visibility(visibility.clone())),
            format!(r#"{{"videoVisibilityOptionId":{number}}}"#)
        );
        assert_eq!(
            body(&cut("0..1").with_visibility(visibility)),
            format!(
                r#"{{"fromMilisecond":0,"toMilisecond":1000,"videoVisibilityOptionId":{number}}}"#
            )
        );
    }
    for odd in ["", "unlisted", "-1", "1.5", "4294967296", "1 "] {
        let request = whole().with_visibility(Visibility::Other(odd.into()));
        let error = connected().0.plan(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{odd:?}");
        assert_eq!(error.provider(), Some("gjirafa"));
    }
}

#[tokio::test]
async fn the_plan_is_what_goes_over_the_wire() {
    for request in [whole(), cut("10m..15m"), cut("@1704110400..@1704111300")] {
        let (stopper, server) = connected();
        server.answer(500, "");
        stopper.stop(&request).await.unwrap_err();
        let plan = stopper.plan(&request).unwrap();
        let [sent] = &server.requests()[..] else {
            panic!("one request")
        };
        assert_eq!(sent.method(), "POST");
        assert_eq!(sent.uri().to_string(), plan.steps()[0].url());
        assert_eq!(sent.body(), plan.steps()[0].body().unwrap());
        assert_eq!(sent.headers()["content-type"], "application/json");
        assert_eq!(sent.headers()["authorization"], "Custom a-credential");
        assert!(sent.headers()["authorization"].is_sensitive());
    }
}

#[tokio::test]
async fn the_live_video_is_read_on_its_host_and_the_recording_on_the_other() {
    let (stopper, server) = connected();
    let plain = ticket(&whole());
    let named = plain
        .clone()
        .with_recording(RecordingId::new("a-vod").unwrap());
    for _ in 0..3 {
        server.answer(500, "");
    }
    stopper.status(&stream()).await.unwrap_err();
    stopper.follow(&plain).await.unwrap_err();
    stopper.follow(&named).await.unwrap_err();
    let live = "http://localhost:8080/live/api/v1/a-project/live-videos/a-live-video";
    let vod = "http://localhost:8081/videos/api/projects/a-project/videos/a-vod";
    let requests = server.requests();
    let urls: Vec<_> = requests.iter().map(|r| r.uri().to_string()).collect();
    assert_eq!(urls, [live, live, vod]);
    assert!(requests.iter().all(|request| request.method() == "GET"));
}

#[test]
fn an_id_is_one_segment_whatever_it_holds() {
    let request = StopRequest::new(StreamId::new("../a b?c#d%2f").unwrap());
    let plan = connected().0.plan(&request).unwrap();
    assert_eq!(
        plan.steps()[0].url(),
        "http://localhost:8080/live/api/v2/a-project/live-videos/..%2Fa%20b%3Fc%23d%252f/stop-and-cut"
    );
}

#[test]
fn a_configuration_that_cannot_work_says_so_and_names_the_provider() {
    for (project, value) in [
        ("", "t"),
        ("..", "t"),
        ("a\nb", "t"),
        ("p", ""),
        ("p", "t\r\n"),
    ] {
        let error = GjirafaConfig::new(project, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.provider(), Some("gjirafa"));
    }
}
