//! What is planned, and what is sent.

use livecut_core::{
    CutRange, ErrorKind, LiveStreamStopper as _, Method, Purpose, Rounding, StopRequest, StreamId,
    Visibility,
};
use livecut_tpstreams::TpStreamsConfig;

use crate::{connected, cut, json, ticket, whole};

const STOP_URL: &str =
    "http://localhost:8080/mock/api/v1/4xu8ay/assets/4PtERT9d9uK/stop_live_stream/";

#[test]
fn a_stop_without_a_cut_is_a_post_without_a_body() {
    let plan = connected().0.plan(&whole()).unwrap();
    let [step] = plan.steps() else {
        panic!("one call: {plan:?}")
    };
    assert_eq!(
        (step.purpose(), step.method()),
        (Purpose::Stop, Method::Post)
    );
    assert_eq!(step.url(), STOP_URL);
    assert_eq!((step.body(), step.when()), (None, None));
    assert!(plan.cut().is_none());
}

#[test]
fn the_documented_samples_are_what_is_sent_byte_for_byte() {
    for (range, sample, bytes) in [
        (
            "30..120",
            include_str!("../../fixtures/stop_relative.request.json"),
            r#"{"start_time":30,"end_time":120}"#,
        ),
        (
            "@1736754600..@1736754900",
            include_str!("../../fixtures/stop_epoch.request.json"),
            r#"{"start_time":1736754600,"end_time":1736754900}"#,
        ),
    ] {
        let plan = connected().0.plan(&cut(range)).unwrap();
        let body = plan.steps()[0].body().unwrap();
        assert_eq!(body, bytes);
        assert_eq!(json(body), json(sample));
    }
}

#[tokio::test]
async fn the_plan_is_what_goes_over_the_wire() {
    for request in [whole(), cut("30..120"), cut("@1736754600..@1736754900")] {
        let (stopper, server) = connected();
        server.answer(500, "");
        stopper.stop(&request).await.unwrap_err();
        let plan = stopper.plan(&request).unwrap();
        let [sent] = &server.requests()[..] else {
            panic!("one request")
        };
        assert_eq!(sent.method(), "POST");
        assert_eq!(sent.uri().to_string(), plan.steps()[0].url());
        assert_eq!(sent.body(), plan.steps()[0].body().unwrap_or_default());
        let header = |name| {
            sent.headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("authorization"), Some("Token a-token"));
        assert_eq!(
            header("content-type"),
            request.cut().map(|_| "application/json")
        );
    }
}

#[tokio::test]
async fn a_look_is_one_get_of_the_asset() {
    let (stopper, server) = connected();
    let asset = r#"{"id":"4PtERT9d9uK"}"#;
    server.answer(200, asset);
    server.answer(200, asset);
    stopper.status(whole().stream()).await.unwrap();
    stopper.follow(&ticket(&whole())).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.method(), "GET");
        assert_eq!(
            request.uri().path(),
            "/mock/api/v1/4xu8ay/assets/4PtERT9d9uK/"
        );
        assert_eq!(request.headers()["authorization"], "Token a-token");
        assert!(request.headers()["authorization"].is_sensitive());
    }
}

/// What was 400 for each `..now` of a list: an end after now, which is past the recording.
#[test]
fn an_end_that_is_now_and_a_start_that_is_known_are_not_rounded_past() {
    let at = |nanos| time::OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
    let now = at(1_736_754_900_700_000_000);
    let until_now = CutRange::parse_at("@1736754600.4..now", now).unwrap();
    let began = at(1_736_754_600_400_000_000);
    for rounding in [Rounding::Outward, Rounding::Nearest, Rounding::Inward] {
        let request = whole().with_cut(until_now).with_rounding(rounding);
        let plan = connected().0.plan(&request).unwrap();
        let sent = json(plan.steps()[0].body().unwrap());
        assert_eq!(sent["end_time"], 1_736_754_900, "{rounding}");
        // Both are told.
        let planned = plan.cut().unwrap();
        assert_eq!(planned.requested(), until_now);
        assert_eq!(
            planned.effective().exact_seconds().unwrap().end,
            1_736_754_900
        );

        let plan = connected().0.plan(&request.with_anchor(began)).unwrap();
        let sent = json(plan.steps()[0].body().unwrap());
        assert_eq!(sent["start_time"], 1_736_754_601, "{rounding}");
    }
    let exact = whole().with_cut(until_now).with_rounding(Rounding::Exact);
    let refused = connected().0.plan(&exact).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_cut_is_rounded_to_whole_seconds_as_asked() {
    for (rounding, body) in [
        (Rounding::Outward, r#"{"start_time":30,"end_time":121}"#),
        (Rounding::Inward, r#"{"start_time":31,"end_time":120}"#),
        (Rounding::Nearest, r#"{"start_time":31,"end_time":120}"#),
    ] {
        let request = cut("30.5..120.2").with_rounding(rounding);
        let plan = connected().0.plan(&request).unwrap();
        assert_eq!(plan.steps()[0].body(), Some(body), "{rounding:?}");
    }
    let exact = cut("30.5..120").with_rounding(Rounding::Exact);
    let error = connected().0.plan(&exact).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_visibility_is_refused_and_nothing_is_sent() {
    let (stopper, server) = connected();
    for visibility in [
        Visibility::Public,
        Visibility::Private,
        Visibility::PasswordProtected,
        Visibility::Other("1".into()),
    ] {
        let error = stopper
            .stop(&whole().with_visibility(visibility))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.provider(), Some("tpstreams"));
        assert!(error.effect().is_none());
    }
    assert!(server.requests().is_empty());
}

#[test]
fn the_ticket_is_known_before_anything_is_sent() {
    let ticket = ticket(&cut("30..120"));
    assert_eq!(ticket.provider(), "tpstreams");
    assert_eq!(ticket.tenant().unwrap().as_str(), "4xu8ay");
    assert_eq!(ticket.stream().as_str(), "4PtERT9d9uK");
    assert_eq!(ticket.cut().unwrap().effective().to_string(), "30s..120s");
}

#[test]
fn an_id_is_one_segment_whatever_it_holds() {
    let request = StopRequest::new(StreamId::new("../a b?c#d%2f").unwrap());
    let plan = connected().0.plan(&request).unwrap();
    assert_eq!(
        plan.steps()[0].url(),
        "http://localhost:8080/mock/api/v1/4xu8ay/assets/..%2Fa%20b%3Fc%23d%252f/stop_live_stream/"
    );
}

#[test]
fn a_configuration_that_cannot_work_says_so_and_names_the_provider() {
    for (organization, token) in [
        ("", "t"),
        ("..", "t"),
        ("a\nb", "t"),
        ("o", ""),
        ("o", "t\n"),
    ] {
        let error = TpStreamsConfig::new(organization, token).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.provider(), Some("tpstreams"));
    }
}
