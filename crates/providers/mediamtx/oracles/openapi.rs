//! Every call of the adapter, and every answer of the simulator, as MediaMTX's two documents have it.

use livecut_core::{
    CutState, ErrorKind, LiveStreamStopper, Progress, StopRequest, Stopped, StreamState,
};
use livecut_http::Secret;
use livecut_mediamtx::{MediaMtx, MediaMtxConfig};
use livecut_sim::{Simulator, StreamSpec};

use crate::openapi::{cut, follow, judge, simulator, stream};
use crate::prism::Prism;

fn mediamtx(sim: &Simulator, api: &str, playback: &str) -> MediaMtx {
    let credential = Secret::new(sim.mediamtx().authorization()).expect("it is a header's value");
    let config = MediaMtxConfig::new(api)
        .with_playback_base_url(playback)
        .with_credential(credential);
    MediaMtx::new(config).expect("loopback may be http")
}

/// Asks for what is at a cut's address, as a player does.
async fn play(url: &str, authorization: &str) {
    let client = reqwest::Client::builder().no_proxy().build();
    let request = client.expect("a client can be made").get(url);
    let answer = request.header("authorization", authorization).send().await;
    assert_eq!(answer.expect("it is answered").status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and MediaMTX's OpenAPI documents: .ci/run openapi"]
async fn every_call_to_mediamtx_is_as_its_documents_say() {
    let sim = simulator().await;
    let provider = sim.mediamtx();
    let api = Prism::with("mediamtx", "mediamtx.yaml", &provider.base_url());
    let playback = provider.playback_base_url();
    let playback = Prism::with("mediamtx", "mediamtx-playback.yaml", &playback);

    // What the schemas allow is of no path that was asked for.
    let stopper = mediamtx(
        &sim,
        &api.address("generated"),
        &playback.address("generated"),
    );
    let refused = stopper.status(&stream("live/class1")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::UnexpectedResponse);

    // In front of the simulator, whose answers are checked too.
    let stopper = mediamtx(&sim, &api.address("proxy"), &playback.address("proxy"));
    for (id, kind) in [
        ("live/a", "rtmpConn"),
        ("live/b", "rtmpsConn"),
        ("live/c", "rtspSession"),
        ("live/d", "rtspsSession"),
        ("live/e", "srtConn"),
        ("live/f", "webRTCSession"),
        ("live/g", "moqSession"),
    ] {
        provider.configure(|settings| settings.with_source(kind));
        let created = provider.create_stream(StreamSpec::live(id));
        created.expect("it is a new one");
        let status = stopper.status(&stream(id)).await.expect("it is read");
        assert_eq!(status.state(), StreamState::Live);
        let request = StopRequest::new(stream(id)).with_cut(cut("30s..120s"));
        let outcome = stopper.stop(&request).await.expect("it is kicked");
        assert_eq!(outcome.stopped(), Stopped::Stopped);
        assert_eq!(outcome.cut_state(), Some(CutState::Made));
        follow(&stopper, &sim, outcome.ticket()).await;
        let Ok(Progress::Ready(ready)) = stopper.follow(outcome.ticket()).await else {
            panic!("it was ready");
        };
        play(
            &ready.recording().playback()[0].url,
            &provider.authorization(),
        )
        .await;
        let again = stopper.stop(&request).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Conflict);
        // What is there when nobody publishes it.
        provider.configure(|settings| settings.with_own_configuration(true));
        let status = stopper.status(&stream(id)).await.expect("it is read");
        assert_eq!(status.state(), StreamState::Offline);
        provider.configure(|settings| settings.with_own_configuration(false));
    }
    let nobody = stopper.status(&stream("live/nobody")).await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);
    let kicks = [
        "rtmpConnsKick",
        "rtmpsConnsKick",
        "rtspSessionsKick",
        "rtspsSessionsKick",
        "srtConnsKick",
        "webrtcSessionsKick",
        "moqSessionsKick",
    ];
    let operations = [&["pathsGet", "configPathsGet"][..], &kicks].concat();
    judge(
        api,
        &["a source that may be null is one by two words"],
        &operations,
    );
    judge(playback, &[], &["listSegments", "getSegment"]);
}
