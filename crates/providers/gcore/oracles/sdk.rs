//! Gcore's official SDK, as a client of the simulator.

use std::time::Duration;

use livecut_sim::{Simulator, StreamSpec};

use crate::sdk::{Sdk, simulator};

fn sdk(sim: &Simulator) -> Sdk<'static> {
    let environment = vec![
        ("GCORE_BASE_URL", sim.gcore().base_url()),
        ("GCORE_API_KEY", sim.gcore().token()),
    ];
    Sdk::python("gcore", environment)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python, and Gcore's SDK: .ci/run sdks"]
async fn the_sdk_cuts_and_ends_a_stream_at_the_simulator() {
    let sim = simulator().await;
    let sdk = sdk(&sim);
    let live = StreamSpec::live("12345");
    sim.gcore().create_stream(live).expect("it is a new one");
    let start = sim.clock().now().unix_timestamp() - 600;
    let video = sdk.run(&["cut", "12345", &start.to_string(), "90"], "");
    let clips = sim.gcore().clips("12345");
    assert_eq!(clips.len(), 1);
    assert_eq!(clips[0].video_id.as_deref(), Some(&*video));
    assert_eq!(sim.gcore().is_active("12345"), Some(false));
    sim.clock().advance(Duration::from_secs(600));
    assert_eq!(sdk.run(&["ready", &video], ""), "90000");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python, and Gcore's SDK: .ci/run sdks"]
async fn the_sdk_closes_a_recording_at_the_simulator() {
    let sim = simulator().await;
    let sdk = sdk(&sim);
    let live = StreamSpec::live("7")
        .with_age(Duration::from_secs(900))
        .with_recording(true);
    sim.gcore().create_stream(live).expect("it is a new one");
    let video = sdk.run(&["keep", "7"], "");
    assert!(sim.gcore().recording_closed("7").is_some());
    assert_eq!(sim.gcore().is_active("7"), Some(false));
    sim.clock().advance(Duration::from_secs(600));
    assert_eq!(sdk.run(&["ready", &video], ""), "900000");
}
