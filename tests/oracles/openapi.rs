//! Every call of an adapter, and every answer of the simulator, as the provider's official document has it.

use std::collections::BTreeSet;
use std::time::Duration;

use livecut_core::{
    Certainty, CutRange, CutState, Effect, ErrorKind, LiveStreamStopper, Progress, RecordingId,
    StopRequest, StreamId, StreamState, Ticket, Visibility,
};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::{Paging, Simulator, StreamSpec};

use crate::prism::Prism;

/// The ids in the examples of Mux's document.
const MUX_STREAM: &str = "ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag";
const MUX_ASSET: &str = "lJ4bGGsp7ZlPf02nMg015W02iHQLN9XnuuLRBsPS00xqd68";
/// The ids in the examples of Gcore's document.
const GCORE_STREAM: &str = "1080200";
const GCORE_VIDEO: &str = "70575";

async fn simulator() -> Simulator {
    let sim = Simulator::start().await;
    sim.expect("loopback has a free port")
}

fn stream(id: &str) -> StreamId {
    StreamId::new(id).expect("it is an id")
}

fn recording(id: &str) -> RecordingId {
    RecordingId::new(id).expect("it is an id")
}

fn cut(range: &str) -> CutRange {
    range.parse().expect("it is a range")
}

fn mux(base_url: &str) -> Mux {
    let config = MuxConfig::new("sim-mux-token-id", "sim-mux-token-secret");
    let config = config.expect("it is a credential").with_base_url(base_url);
    Mux::new(config).expect("loopback may be http")
}

fn gcore(base_url: &str) -> Gcore {
    let config = GcoreConfig::new("sim-gcore-token").expect("it is a credential");
    Gcore::new(config.with_base_url(base_url)).expect("loopback may be http")
}

/// Follows until it is over, which must be well.
async fn follow(stopper: &dyn LiveStreamStopper, sim: &Simulator, ticket: &Ticket) {
    let mut ticket = ticket.clone();
    for _ in 0..100 {
        match stopper.follow(&ticket).await.expect("it can be followed") {
            Progress::Ready(_) => return,
            Progress::InProgress(progress) => {
                ticket = progress.ticket().clone();
                sim.clock().advance(Duration::from_secs(10));
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the recording never gets ready");
}

/// No call but these, each at least once, and no violation.
fn judge(prism: Prism, known_drift: &[&str], operations: &[&str]) {
    for name in prism.drift() {
        println!("drift of the document, mended: {name}");
        assert!(known_drift.contains(&&**name), "it isn't known here");
    }
    let exchanges = prism.exchanges();
    for exchange in &exchanges {
        println!("{exchange}");
    }
    assert!(
        exchanges
            .iter()
            .all(|exchange| exchange.violations.is_empty()),
        "see the list above"
    );
    let called: BTreeSet<_> = exchanges
        .iter()
        .map(|exchange| exchange.operation.as_deref())
        .collect();
    let all = operations.iter().copied().map(Some).collect();
    assert_eq!(called, all);
}

const MUX_DRIFT: &[&str] = &[
    "`input` of a new asset is `inputs` by now",
    "`playback_policy` of a new asset is `playback_policies` by now",
    "the list of assets takes a `cursor` by now",
    "the list of assets has a `next_cursor` by now",
];

const GCORE_DRIFT: &[&str] = &[
    "what is null by default has a type without null",
    "`recording` of a stream is in the prose alone",
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's OpenAPI document: .ci/run openapi"]
async fn every_call_to_mux_is_as_its_document_says() {
    let sim = simulator().await;
    let prism = Prism::start("mux", "mux.yaml", &sim.mux().base_url());

    // Answered by the document's examples: a live stream that is idle, an asset that is ready.
    let stopper = mux(&prism.address("documented"));
    let idle = stream(MUX_STREAM);
    let status = stopper.status(&idle).await.expect("the example is read");
    assert_eq!(status.state(), StreamState::Offline);
    let refused = stopper.stop(&StopRequest::new(idle.clone())).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    let ticket = Ticket::new("mux", idle).with_recording(recording(MUX_ASSET));
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
    sim.mux().configure(|settings| settings.page_limit(1));
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
            sim.mux().configure(|settings| settings.paging(paging));
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
    judge(prism, MUX_DRIFT, &operations);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Gcore's OpenAPI document: .ci/run openapi"]
async fn every_call_to_gcore_is_as_its_document_says() {
    let sim = simulator().await;
    let prism = Prism::start("gcore", "gcore-streaming.yaml", &sim.gcore().base_url());

    // Answered by the document's examples, in which a stream is live and has no `name`, although its schema needs one:
    // then it can't be switched off, so nothing is changed.
    for server in ["documented", "generated"] {
        let stopper = gcore(&prism.address(server));
        let live = StopRequest::new(stream(GCORE_STREAM));
        let status = stopper.status(live.stream()).await;
        assert_eq!(
            status.expect("the example is read").state(),
            StreamState::Live
        );
        let refused = stopper.stop(&live).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
        let ticket = Ticket::new("gcore", stream(GCORE_STREAM));
        let ticket = ticket.with_recording(recording(GCORE_VIDEO));
        let Ok(Progress::Ready(ready)) = stopper.follow(&ticket).await else {
            panic!("the example of a video is ready");
        };
        let duration = ready.recording().duration().expect("the example has one");
        assert_eq!(duration, Duration::from_millis(184_669));
    }

    // In front of the simulator, whose answers are checked too.
    let stopper = gcore(&prism.address("proxy"));
    for (id, at_once) in [("1", true), ("2", false)] {
        sim.gcore()
            .configure(|settings| settings.video_id_at_once(at_once));
        let spec = StreamSpec::live(id).live_for(Duration::from_secs(1800));
        sim.gcore().create_stream(spec).expect("it is a new one");
        stopper.status(&stream(id)).await.expect("it is read");
        let now = sim.clock().now().unix_timestamp();
        let cut = cut(&format!("@{}..@{}", now - 600, now - 300));
        let request = StopRequest::new(stream(id)).with_cut(cut);
        let outcome = stopper.stop(&request).await.expect("it is cut and ended");
        assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
        follow(&stopper, &sim, outcome.ticket()).await;
    }
    let spec = StreamSpec::live("3").records(true);
    sim.gcore().create_stream(spec).expect("it is a new one");
    let whole = stopper.stop(&StopRequest::new(stream("3"))).await;
    let whole = whole.expect("its recording is closed, and it is ended");
    follow(&stopper, &sim, whole.ticket()).await;
    let kept = whole.recording().expect("it has an id").id().clone();
    let named = StopRequest::new(stream("3")).with_recording(kept);
    stopper.stop(&named).await.expect("it was over");
    let operations = [
        "get_streams_id",
        "patch_streams_id",
        "put_streams_id_clip_recording",
        "get_streams_id_clip_recording",
        "put_streams_id_stop_recording",
        "get_api_videos_id",
    ];
    judge(prism, GCORE_DRIFT, &operations);
}

/// What the two tests above would be worth otherwise.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's OpenAPI document: .ci/run openapi"]
async fn a_call_that_the_document_does_not_have_is_a_violation() {
    let sim = simulator().await;
    let prism = Prism::start("mux", "mux.yaml", &sim.mux().base_url());
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
