//! The providers' official SDKs: as clients of the simulator, and as the other end of webhooks.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use livecut_mux::MuxWebhook;
use livecut_sim::{SimClock, Simulator, Stage, StreamSpec, WebhookSpec};
use livecut_webhook::{Delivery, WebhookReceiver as _, WebhookSecret};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{installed, script};

const SECRET: &str = "the-signing-secret";

/// A script, and what the SDK reads from its environment.
struct Sdk {
    program: PathBuf,
    script: &'static str,
    environment: Vec<(&'static str, String)>,
}

impl Sdk {
    fn mux(sim: &Simulator) -> Self {
        let mux = sim.mux();
        Self {
            program: "node".into(),
            script: "mux_sdk.js",
            environment: vec![
                ("MUX_BASE_URL", mux.base_url()),
                ("MUX_TOKEN_ID", mux.token_id()),
                ("MUX_TOKEN_SECRET", mux.token_secret()),
                ("MUX_WEBHOOK_SECRET", SECRET.to_owned()),
            ],
        }
    }

    fn gcore(sim: &Simulator) -> Self {
        Self {
            program: installed().join("venv/bin/python"),
            script: "gcore_sdk.py",
            environment: vec![
                ("GCORE_BASE_URL", sim.gcore().base_url()),
                ("GCORE_API_KEY", sim.gcore().token()),
            ],
        }
    }

    /// What the script prints.
    fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut process = Command::new(&self.program)
            .arg(script(self.script))
            .args(arguments)
            .env("NODE_PATH", installed().join("node_modules"))
            // They would take loopback to the machine's proxy.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let mut stdin = process.stdin.take().expect("it is piped");
        // A script that doesn't read its input may be over by now.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        let output = process.wait_with_output().expect("it was started");
        assert!(
            output.status.success(),
            "{arguments:?}; its errors are above"
        );
        let printed = String::from_utf8(output.stdout).expect("it prints UTF-8");
        printed.trim().to_owned()
    }
}

/// A webhook, as the scripts have it.
#[derive(Serialize, Deserialize)]
struct Signed {
    headers: HashMap<String, String>,
    body: String,
}

/// With a clock that stands at the present: the SDK refuses signatures that are old.
async fn simulator() -> Simulator {
    let clock = SimClock::manual_at(OffsetDateTime::now_utc());
    let sim = Simulator::builder().clock(clock).start().await;
    sim.expect("loopback has a free port")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs node, and Mux's SDK: .ci/run sdks"]
async fn the_sdk_of_mux_ends_a_live_stream_and_makes_a_clip_at_the_simulator() {
    let sim = simulator().await;
    let sdk = Sdk::mux(&sim);
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
async fn the_sdk_of_mux_verifies_the_webhooks_of_the_simulator() {
    let sim = simulator().await;
    let sdk = Sdk::mux(&sim);
    let spec = WebhookSpec::in_process("https://example.com/hooks").secret(SECRET);
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
async fn a_webhook_that_the_sdk_of_mux_verifies_is_received() {
    let sim = simulator().await;
    let signed: Signed =
        serde_json::from_str(&Sdk::mux(&sim).run(&["sign"], "")).expect("it is JSON");
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python, and Gcore's SDK: .ci/run sdks"]
async fn the_sdk_of_gcore_cuts_and_ends_a_stream_at_the_simulator() {
    let sim = simulator().await;
    let sdk = Sdk::gcore(&sim);
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
async fn the_sdk_of_gcore_closes_a_recording_at_the_simulator() {
    let sim = simulator().await;
    let sdk = Sdk::gcore(&sim);
    let live = StreamSpec::live("7")
        .live_for(Duration::from_secs(900))
        .records(true);
    sim.gcore().create_stream(live).expect("it is a new one");
    let video = sdk.run(&["keep", "7"], "");
    assert!(sim.gcore().recording_closed("7").is_some());
    assert_eq!(sim.gcore().is_active("7"), Some(false));
    sim.clock().advance(Duration::from_secs(600));
    assert_eq!(sdk.run(&["ready", &video], ""), "900000");
}
