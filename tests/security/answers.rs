//! Secrets in the answers of providers: every status with every kind of body.

use livecut_sim::NextAnswer;
use serde_json::{Value, json};

use crate::adapters::{
    ADAPTERS, OF_TENANTS, Operation, RECORDING, STREAM, TENANT, once, script, simulator, stopper,
    watched, whole,
};
use crate::{marks, witness};

const STATUSES: [u16; 28] = [
    200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409,
    410, 418, 422, 429, 500, 502, 503, 504, 599,
];

/// Bodies of a kind that a provider, or what stands before it, may answer with.
fn bodies() -> Vec<(&'static str, String)> {
    let secret = marks::ANYWHERE;
    let live = json!({
        "rtmp_url": format!("rtmp://ingest.example/{secret}"),
        "stream_key": marks::STREAM_KEY, "status": "Streaming",
    });
    let video = json!({
        "status": "Completed",
        "playback_url": format!("https://cdn.example/v.m3u8?token={}", marks::PLAYBACK_TOKEN),
    });
    let asset = json!({"id": STREAM, "live_stream": live, "video": video});
    let envelope = json!({
        "success": true, "statusCode": 200,
        "result": {
            "publicId": STREAM, "liveStatus": "Live", "streamKey": secret, "ingest": secret,
        },
    });
    let mux = json!({"data": {
        "id": STREAM, "status": "active", "active_asset_id": RECORDING,
        "stream_key": marks::STREAM_KEY, "stream_secret": secret,
    }});
    let gcore = json!({
        "id": 4711, "active": true, "live": true, "name": "n",
        "push_url": format!("rtmp://in.example/{secret}"), "hls_playlist_url": secret,
    });
    let everywhere = json!({
        "id": secret, "success": secret, "statusCode": secret, "trim_scheduled": secret,
        "live_stream": [secret], "video": secret, "publicId": [secret],
        "result": {"publicId": secret, "more": {secret: secret}}, "detail": secret,
    });
    vec![
        ("an asset", asset.to_string()),
        ("an envelope", envelope.to_string()),
        ("a live stream of Mux's", mux.to_string()),
        ("a stream of Gcore's", gcore.to_string()),
        ("a secret in every field", everywhere.to_string()),
        ("an array", json!([secret, asset]).to_string()),
        ("a string", json!(secret).to_string()),
        (
            "a duplicated key",
            format!(r#"{{"{secret}":1,"{secret}":2,"message":"{secret}"#),
        ),
        (
            "half of it",
            format!(r#"{{"message":"m","stream_key":"{secret}"#),
        ),
        ("a page", format!("<html><body>key {secret}</body></html>")),
        ("text", format!("upstream said {secret}")),
    ]
}

#[tokio::test]
async fn no_answer_whatever_it_holds_gets_a_secret_shown() {
    witness::listen();
    let simulator = simulator().await;
    let mut carried = 0;
    for adapter in ADAPTERS {
        let base = format!("http://{}/{adapter}", simulator.address());
        let stopper = stopper(adapter, TENANT, &base, once()).unwrap();
        let shown = format!("{stopper:?} {stopper:#?} {:?}", stopper.capabilities());
        assert_eq!(marks::find(&shown), None, "{adapter}");
        for status in STATUSES {
            for (kind, body) in bodies() {
                for operation in Operation::ALL {
                    let secret = marks::ANYWHERE;
                    let answer = NextAnswer::status(status)
                        .body(body.clone())
                        .header("set-cookie", format!("session={secret}"))
                        .header("www-authenticate", format!("Bearer error=\"{secret}\""))
                        .header("location", format!("http://127.0.0.1:9/?token={secret}"))
                        .header("retry-after", secret);
                    script(&simulator, adapter, answer);
                    let what = format!("{status} with {kind}");
                    let (_, seen) = watched(&what, adapter, &*stopper, operation).await;
                    carried += usize::from(marks::find(&String::from_utf8_lossy(&seen)).is_some());
                }
            }
        }
    }
    // The secrets were there, for who asks for the body.
    assert!(carried > 4000, "{carried}");
    witness::assert_nothing_was_logged(&[]);
}

#[tokio::test]
async fn no_true_answer_gets_a_secret_shown_in_the_course_of_a_stream() {
    witness::listen();
    let simulator = simulator().await;
    for adapter in ADAPTERS {
        let base = format!("http://{}/{adapter}", simulator.address());
        let stopper = stopper(adapter, TENANT, &base, once()).unwrap();
        for operation in [
            Operation::Status,
            Operation::StopAndCut,
            Operation::Status,
            Operation::Follow,
            Operation::StopAndCut,
        ] {
            watched("live", adapter, &*stopper, operation).await;
        }
    }
    simulator
        .clock()
        .advance(std::time::Duration::from_secs(86_400));
    for adapter in ADAPTERS {
        let base = format!("http://{}/{adapter}", simulator.address());
        let stopper = stopper(adapter, TENANT, &base, once()).unwrap();
        for operation in [Operation::Status, Operation::Follow] {
            let (failed, _) = watched("ready", adapter, &*stopper, operation).await;
            let told = matches!(operation, Operation::Status) || OF_TENANTS.contains(&adapter);
            assert!(!(failed && told), "{adapter} {operation:?}");
        }
    }
    // The stream keys were in what the provider answered.
    assert!(simulator.tpstreams().requests().len() > 5);
    witness::assert_nothing_was_logged(&[]);
}

#[tokio::test]
async fn a_message_for_people_is_passed_on_and_is_the_only_thing_that_is() {
    witness::listen();
    let simulator = simulator().await;
    let base = format!("http://{}/tpstreams", simulator.address());
    let stopper = stopper("tpstreams", TENANT, &base, once()).unwrap();
    let body: Value = json!({"message": "stopped", "key": marks::STREAM_KEY});
    script(&simulator, "tpstreams", NextAnswer::status(200).json(&body));
    let outcome = stopper.stop(&whole(STREAM)).await;
    assert_eq!(outcome.as_ref().unwrap().messages(), ["stopped"]);
    witness::assert_shows_nothing("a message", &outcome);
}
