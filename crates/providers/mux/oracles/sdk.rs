//! Mux's official SDK, as a client of the simulator, and as the other end of webhooks.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use livecut_mux::MuxWebhook;
use livecut_sim::{Simulator, Stage, StreamSpec, WebhookSpec};
use livecut_webhook::{Delivery, WebhookReceiver as _, WebhookSecret};
use serde::{Deserialize, Serialize};

use crate::sdk::{Sdk, simulator};

const SECRET: &str = "the-signing-secret";

fn sdk(sim: &Simulator) -> Sdk<'static> {
    let mux = sim.mux();
    let environment = vec![
        ("MUX_BASE_URL", mux.base_url()),
        ("MUX_TOKEN_ID", mux.token_id()),
        ("MUX_TOKEN_SECRET", mux.token_secret()),
        ("MUX_WEBHOOK_SECRET", SECRET.to_owned()),
    ];
    Sdk::node("mux", environment)
}

/// A webhook, as the scripts have it.
#[derive(Serialize, Deserialize)]
struct Signed {
    headers: HashMap<String, String>,
    body: String,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's SDK: .ci/run sdks"]
async fn the_sdk_ends_a_live_stream_and_makes_a_clip_at_the_simulator() {
    let sim = simulator().await;
    let sdk = sdk(&sim);
    let live = StreamSpec::live("stream");
    sim.mux().create_stream(live).expect("it is a new one");
    let clip = sdk.run(&["cut", "stream"], "");
    let clips = sim.mux().clips("stream");
    assert_eq!(clips.len(), 1);
    assert_eq!(clips[0].id, clip);
    assert_eq!(clips[0].passthrough.as_deref(), Some("by-the-sdk"));
    assert_eq!(
        clips[0].kept.offsets(),
        Duration::from_secs(30)..Duration::from_millis(120_500)
    );
    sim.clock().advance(Duration::from_secs(600));
    assert_eq!(sdk.run(&["ready", &clip], ""), "90.5");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's SDK: .ci/run sdks"]
async fn the_sdk_verifies_the_webhooks_of_the_simulator() {
    let sim = simulator().await;
    let sdk = sdk(&sim);
    let spec = WebhookSpec::in_process("https://example.com/hooks").with_secret(SECRET);
    let webhook = sim.mux().register_webhook(spec).expect("it can be sent");
    sim.mux()
        .create_stream(StreamSpec::ended("stream"))
        .expect("it is a new one");
    // Ready by then, and well within the SDK's tolerance.
    sim.clock().advance(Duration::from_secs(120));
    assert_eq!(sim.mux().stage("stream"), Some(Stage::Ready));
    let mut types = Vec::new();
    webhook.deliver_due(|delivery| {
        let signed = Signed {
            headers: delivery
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            body: String::from_utf8(delivery.body.to_vec()).expect("it is JSON"),
        };
        let signed = serde_json::to_string(&signed).expect("it is JSON");
        types.push(sdk.run(&["unwrap"], &signed));
        200
    });
    types.sort();
    assert_eq!(
        types,
        [
            "video.asset.live_stream_completed",
            "video.asset.ready",
            "video.live_stream.idle"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's SDK: .ci/run sdks"]
async fn a_webhook_that_the_sdk_verifies_is_received() {
    let sim = simulator().await;
    let signed: Signed = serde_json::from_str(&sdk(&sim).run(&["sign"], "")).expect("it is JSON");
    let headers = || {
        let headers = signed.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_bytes()))
    };
    let secret = WebhookSecret::new(SECRET).expect("it is a secret");
    // By the clock of this machine, as in production.
    let receiver = MuxWebhook::new(secret);
    let event = receiver.verify_and_parse(&Delivery::new(headers(), signed.body.as_bytes()));
    let event = event.expect("it is signed");
    let recording = event.recording().map(|id| id.as_str().to_owned());
    assert_eq!(recording.as_deref(), Some("asset-of-node"));

    let forged = signed.body.replace("asset-of-node", "asset-of-another");
    let refused = receiver.verify_and_parse(&Delivery::new(headers(), forged.as_bytes()));
    assert!(refused.is_err());
    let late = || SystemTime::now() + Duration::from_secs(301);
    let delivery = Delivery::new(headers(), signed.body.as_bytes());
    let refused = receiver.with_clock(late).verify_and_parse(&delivery);
    assert!(refused.is_err(), "it is too old");
}
