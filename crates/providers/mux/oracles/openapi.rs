//! Every call of the adapter, and every answer of the simulator, as Mux's official document has it.

use livecut_core::{
    Certainty, Effect, ErrorKind, LiveStreamStopper, Progress, StopRequest, StreamState, Ticket,
    Visibility,
};
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::{Paging, StreamSpec};

use crate::openapi::{cut, follow, judge, recording, simulator, stream};
use crate::prism::Prism;

/// The ids in the examples of Mux's document.
const STREAM: &str = "ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag";
const ASSET: &str = "lJ4bGGsp7ZlPf02nMg015W02iHQLN9XnuuLRBsPS00xqd68";

fn mux(base_url: &str) -> Mux {
    let config = MuxConfig::new("sim-mux-token-id", "sim-mux-token-secret");
    let config = config.expect("it is a credential").with_base_url(base_url);
    Mux::new(config).expect("loopback may be http")
}

const DRIFT: &[&str] = &[
    "`input` of a new asset is `inputs` by now",
    "`playback_policy` of a new asset is `playback_policies` by now",
    "the list of assets takes a `cursor` by now",
    "the list of assets has a `next_cursor` by now",
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's OpenAPI document: .ci/run openapi"]
async fn every_call_to_mux_is_as_its_document_says() {
    let sim = simulator().await;
    let prism = Prism::start("mux", &sim.mux().base_url());

    // Answered by the document's examples: a live stream that is idle, an asset that is ready.
    let stopper = mux(&prism.address("documented"));
    let idle = stream(STREAM);
    let status = stopper.status(&idle).await.expect("the example is read");
    assert_eq!(status.state(), StreamState::Offline);
    let refused = stopper.stop(&StopRequest::new(idle.clone())).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    let ticket = Ticket::new("mux", idle).with_recording(recording(ASSET));
    let Ok(Progress::Ready(ready)) = stopper.follow(&ticket).await else {
        panic!("the example of an asset is ready");
    };
    let duration = ready.recording().duration().expect("the example has one");
    assert_eq!(duration.as_millis(), 23_857);

    // Answered with all that the schemas have: a live stream that is active.
    let stopper = mux(&prism.address("generated"));
    let live = StopRequest::new(stream("string"));
    let status = stopper.status(live.stream()).await.expect("it is read");
    assert_eq!(status.state(), StreamState::Live);
    stopper.stop(&live).await.expect("it is ended");
    // The asset that is answered bears another mark than the one that was sent: whether it is the clip, nobody can tell.
    let outcome = stopper
        .stop(&live.clone().with_cut(cut("30s..120.5s")))
        .await;
    let unknown = outcome.expect_err("nothing ties the answer to the request");
    assert_eq!(
        unknown.effect(),
        Effect::new(Certainty::Yes, Certainty::Unknown),
        "{unknown}"
    );

    // Whatever page is asked for, the answer is the same: a search that never ends makes no clip.
    let clip = live.clone().with_cut(cut("30s..120.5s"));
    let owed = stopper
        .stop(&clip.with_recording(recording("string")))
        .await;
    let owed = owed.expect_err("nobody knows whether it is there");
    assert_eq!(owed.kind(), ErrorKind::CutOwed, "{owed}");

    // In front of the simulator, whose answers are checked too. Of its list, whichever way it is gone through.
    let stopper = mux(&prism.address("proxy"));
    sim.mux().configure(|settings| settings.with_page_limit(1));
    for (id, request) in [
        ("whole", StopRequest::new(stream("whole"))),
        (
            "cut",
            StopRequest::new(stream("cut")).with_cut(cut("30s..120.5s")),
        ),
        (
            "private",
            StopRequest::new(stream("private"))
                .with_cut(cut("1ms..1h"))
                .with_visibility(Visibility::Private),
        ),
    ] {
        let spec = StreamSpec::live(id);
        sim.mux().create_stream(spec).expect("it is a new one");
        let status = stopper.status(request.stream()).await.expect("it is read");
        let outcome = stopper.stop(&request).await.expect("it is ended");
        follow(&stopper, &sim, outcome.ticket()).await;
        // Over by now, so its recording is named: the clip, if there is one, is looked for.
        let named = status.recording().expect("it is recorded").id().clone();
        let again = request.with_recording(named);
        for paging in [Paging::Cursor, Paging::Page] {
            sim.mux().configure(|settings| settings.with_paging(paging));
            let again = stopper.stop(&again).await.expect("it was over");
            follow(&stopper, &sim, again.ticket()).await;
        }
        assert!(sim.mux().clips(id).len() <= 1, "{id}");
    }
    let operations = [
        "get-live-stream",
        "signal-live-stream-complete",
        "create-asset",
        "get-asset",
        "list-assets",
    ];
    judge(prism, DRIFT, &operations);
}

/// What the test above would be worth otherwise.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's OpenAPI document: .ci/run openapi"]
async fn a_call_that_the_document_does_not_have_is_a_violation() {
    let sim = simulator().await;
    let prism = Prism::start("mux", &sim.mux().base_url());
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("it asks for nothing special");
    for (server, method, path, body) in [
        ("documented", "GET", "/video/v1/assets?limit=some", ""),
        ("documented", "GET", "/video/v1/assets?passthrough=x", ""),
        ("documented", "GET", "/video/v1/assets?next_cursor=x", ""),
        (
            "generated",
            "POST",
            "/video/v1/live-streams/string/complete",
            "",
        ),
        ("generated", "PUT", "/video/v1/live-streams/string/stop", ""),
        (
            "generated",
            "POST",
            "/video/v1/assets",
            r#"{"inputs":[{"url":"mux://assets/a","start":1}]}"#,
        ),
        (
            "generated",
            "POST",
            "/video/v1/assets",
            r#"{"input":[{"url":"mux://assets/a"}]}"#,
        ),
        (
            "generated",
            "POST",
            "/video/v1/assets",
            r#"{"passthrough":7}"#,
        ),
        // What the simulator answers to an unknown asset isn't in the document.
        ("proxy", "GET", "/video/v1/assets/unknown", ""),
    ] {
        let url = format!("{}{path}", prism.address(server));
        let method = method.parse().expect("it is a method");
        let request = client
            .request(method, url)
            .basic_auth("sim-mux-token-id", Some("sim-mux-token-secret"));
        let request = match body {
            "" => request,
            body => request
                .header("content-type", "application/json")
                .body(body),
        };
        request.send().await.expect("Prism answers");
    }
    let exchanges = prism.exchanges();
    assert_eq!(exchanges.len(), 9);
    for exchange in exchanges {
        assert!(!exchange.violations.is_empty(), "{exchange}");
    }
}
