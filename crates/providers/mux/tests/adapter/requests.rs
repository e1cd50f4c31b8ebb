//! What is planned, and what is sent.

use livecut_core::{
    ErrorKind, LiveStreamStopper as _, Purpose, Rounding, Step, StopPlan, StopRequest, StreamId,
    Visibility,
};

use crate::{connected, cut, recording, whole};

const STREAM_URL: &str =
    "http://localhost:8080/mux/video/v1/live-streams/ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag";
const ASSETS_URL: &str = "http://localhost:8080/mux/video/v1/assets";

fn plan(request: &StopRequest) -> StopPlan {
    connected().0.plan(request).unwrap()
}

fn shown(step: &Step) -> String {
    let when = step.when().map(|when| format!(" if {when}"));
    format!(
        "{} {} {}{}",
        step.purpose(),
        step.method(),
        step.url(),
        when.unwrap_or_default()
    )
}

fn steps(request: &StopRequest) -> Vec<String> {
    plan(request).steps().iter().map(shown).collect()
}

fn body(request: &StopRequest) -> String {
    let plan = plan(request);
    let step = plan.steps().last().unwrap();
    assert_eq!(step.purpose(), Purpose::Cut);
    step.body().unwrap().to_owned()
}

#[test]
fn without_a_cut_the_broadcast_is_completed_and_the_stream_never_disabled() {
    assert_eq!(
        steps(&whole()),
        [
            format!("read GET {STREAM_URL}"),
            format!("stop PUT {STREAM_URL}/complete"),
        ]
    );
    let plan = plan(&whole());
    assert!(plan.cut().is_none() && plan.ticket().is_none());
    assert!(plan.steps().iter().all(|step| step.body().is_none()));
}

#[test]
fn with_a_cut_the_asset_is_read_first_and_the_clip_made_last() {
    assert_eq!(
        steps(&cut("10..51.1")),
        [
            format!("read GET {STREAM_URL}"),
            format!("read GET {ASSETS_URL}/{{active_asset_id}}"),
            format!("stop PUT {STREAM_URL}/complete"),
            format!("cut POST {ASSETS_URL}"),
        ]
    );
    assert_eq!(
        body(&cut("10..51.1")),
        r#"{"inputs":[{"url":"mux://assets/{active_asset_id}","start_time":10,"end_time":51.1}],"playback_policies":{playback_policies},"passthrough":"{passthrough}"}"#
    );
    assert!(plan(&cut("10..51.1")).ticket().is_none());
}

#[test]
fn a_named_recording_leaves_only_what_depends_on_the_stream_and_has_its_ticket() {
    let request = cut("10..51.1").with_recording(recording("abc"));
    assert_eq!(
        steps(&request),
        [
            format!("read GET {STREAM_URL}"),
            format!("read GET {ASSETS_URL}/abc"),
            format!("stop PUT {STREAM_URL}/complete if the live stream is active"),
            format!("read GET {ASSETS_URL}?limit=100"),
            format!("cut POST {ASSETS_URL} if no asset has this `passthrough`"),
        ]
    );
    let ticket = plan(&request).ticket().unwrap().clone();
    assert_eq!(ticket.source(), Some(&recording("abc")));
    assert_eq!(ticket.cut(), plan(&request).cut());
    let public = request.with_visibility(Visibility::Public);
    assert!(body(&public).contains(r#""playback_policies":["public"],"passthrough":"livecut-"#));

    let whole = plan(&whole().with_recording(recording("abc")));
    assert_eq!(whole.ticket().unwrap().recording(), Some(&recording("abc")));
}

#[test]
fn a_cut_by_wall_clock_waits_for_the_anchor_unless_it_is_given() {
    let request = cut("2025-01-13T07:50:00Z..2025-01-13T07:55:00.5Z");
    let open = plan(&request);
    assert!(open.cut().is_none());
    assert!(
        body(&request).contains(r#""start_time":{start_time},"end_time":{end_time}"#),
        "{}",
        body(&request)
    );
    let anchor = livecut_core::CutRange::epoch_seconds(1_736_754_000, 1_736_754_001).unwrap();
    let livecut_core::Bounds::WallClock { start, .. } = anchor.bounds() else {
        panic!("it is made of instants");
    };
    let anchored = request.with_anchor(start);
    assert!(body(&anchored).contains(r#""start_time":600,"end_time":900.5"#));
    assert_eq!(
        plan(&anchored).cut().unwrap().effective().to_string(),
        "600s..900.5s"
    );
}

#[test]
fn a_cut_is_rounded_to_microseconds_as_asked() {
    for (rounding, bounds) in [
        (
            Rounding::Outward,
            r#""start_time":30.000001,"end_time":60.000003"#,
        ),
        (
            Rounding::Inward,
            r#""start_time":30.000002,"end_time":60.000002"#,
        ),
        (
            Rounding::Nearest,
            r#""start_time":30.000002,"end_time":60.000002"#,
        ),
    ] {
        let request = cut("30.0000015..60.0000021").with_rounding(rounding);
        assert!(body(&request).contains(bounds), "{}", body(&request));
    }
}

#[test]
fn what_mux_cannot_make_is_refused_before_anything_is_sent() {
    let (stopper, server) = connected();
    for (request, why) in [
        (cut("10..10.499999"), "500 ms"),
        (whole().with_visibility(Visibility::Public), "makes a cut"),
        (
            cut("1..2").with_visibility(Visibility::PasswordProtected),
            "visibility",
        ),
        (
            cut("1..2").with_visibility(Visibility::Other("drm".into())),
            "visibility",
        ),
    ] {
        let error = stopper.plan(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(error.provider(), Some("mux"));
    }
    let odd = cut("1..2").with_recording(recording("a/b"));
    let error = stopper.plan(&odd).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(stopper.plan(&cut("10..10.5")).is_ok());
    assert!(server.requests().is_empty());
}

#[test]
fn an_id_is_one_segment_whatever_it_holds() {
    let request = StopRequest::new(StreamId::new("../a b?c#{d}").unwrap());
    assert_eq!(
        plan(&request).steps()[1].url(),
        "http://localhost:8080/mux/video/v1/live-streams/..%2Fa%20b%3Fc%23%7Bd%7D/complete"
    );
}

#[tokio::test]
async fn every_call_bears_the_credential_and_the_put_a_length_of_zero() {
    let (stopper, server) = connected();
    server.answer(
        200,
        format!(
            r#"{{"data":{{"id":"{}","status":"active","active_asset_id":"abc"}}}}"#,
            crate::stream()
        ),
    );
    server.answer(200, include_str!("../../fixtures/complete.response.json"));
    stopper.stop(&whole()).await.unwrap();
    let [read, complete] = &server.requests()[..] else {
        panic!("two calls");
    };
    for request in [read, complete] {
        // id:secret
        assert_eq!(request.headers()["authorization"], "Basic aWQ6c2VjcmV0");
        assert!(request.headers()["authorization"].is_sensitive());
        assert!(request.body().is_empty());
    }
    assert_eq!(complete.method(), "PUT");
    assert_eq!(complete.headers()["content-length"], "0");
    assert_eq!(read.uri().to_string(), STREAM_URL);
}
