//! Every call of the adapter, and every answer of the simulator, as Gcore's official document has it.

use std::time::Duration;

use livecut_core::{
    CutState, ErrorKind, LiveStreamStopper, Progress, StopRequest, StreamState, Ticket,
};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_sim::StreamSpec;

use crate::openapi::{cut, follow, judge, recording, simulator, stream};
use crate::prism::Prism;

/// The ids in the examples of Gcore's document.
const STREAM: &str = "1080200";
const VIDEO: &str = "70575";

fn gcore(base_url: &str) -> Gcore {
    let config = GcoreConfig::new("sim-gcore-token").expect("it is a credential");
    Gcore::new(config.with_base_url(base_url)).expect("loopback may be http")
}

const DRIFT: &[&str] = &[
    "what is null by default has a type without null",
    "`recording` of a stream is in the prose alone",
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Gcore's OpenAPI document: .ci/run openapi"]
async fn every_call_to_gcore_is_as_its_document_says() {
    let sim = simulator().await;
    let prism = Prism::start("gcore", &sim.gcore().base_url());

    // Answered by the document's examples, in which a stream is live and has no `name`, although its schema needs one:
    // then it can't be switched off, so nothing is changed.
    for server in ["documented", "generated"] {
        let stopper = gcore(&prism.address(server));
        let live = StopRequest::new(stream(STREAM));
        let status = stopper.status(live.stream()).await;
        assert_eq!(
            status.expect("the example is read").state(),
            StreamState::Live
        );
        let refused = stopper.stop(&live).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
        let ticket = Ticket::new("gcore", stream(STREAM));
        let ticket = ticket.with_recording(recording(VIDEO));
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
            .configure(|settings| settings.with_video_id_at_once(at_once));
        let spec = StreamSpec::live(id).with_age(Duration::from_secs(1800));
        sim.gcore().create_stream(spec).expect("it is a new one");
        stopper.status(&stream(id)).await.expect("it is read");
        let now = sim.clock().now().unix_timestamp();
        let cut = cut(&format!("@{}..@{}", now - 600, now - 300));
        let request = StopRequest::new(stream(id)).with_cut(cut);
        let outcome = stopper.stop(&request).await.expect("it is cut and ended");
        assert_eq!(outcome.cut_state(), Some(CutState::Scheduled));
        follow(&stopper, &sim, outcome.ticket()).await;
    }
    let spec = StreamSpec::live("3").with_recording(true);
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
    judge(prism, DRIFT, &operations);
}
