//! Secrets in the answers of providers: every status with every kind of body.

use livecut_sim::{Action, NextAnswer};
use livecut_tests::kits::KITS;
use serde_json::{Value, json};

use crate::adapters::{
    Operation, STREAM, TENANT, once, script, simulator, stopper, watched, whole,
};
use crate::{marks, witness};

const STATUSES: [u16; 28] = [
    200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409,
    410, 418, 422, 429, 500, 502, 503, 504, 599,
];

/// Bodies of a kind that a provider, or what stands before it, may answer with.
fn bodies() -> Vec<(&'static str, String)> {
    let secret = marks::ANYWHERE;
    let everywhere = json!({
        "id": secret, "success": secret, "statusCode": secret, "trim_scheduled": secret,
        "live_stream": [secret], "video": secret, "publicId": [secret],
        "result": {"publicId": secret, "more": {secret: secret}}, "detail": secret,
    });
    let mut bodies: Vec<_> = KITS
        .iter()
        .map(|kit| {
            let body = (kit.secretive)(marks::STREAM_KEY, marks::PLAYBACK_TOKEN);
            (kit.name, body)
        })
        .collect();
    bodies.extend([
        ("a secret in every field", everywhere.to_string()),
        ("an array", json!([secret, everywhere]).to_string()),
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
    ]);
    bodies
}

#[tokio::test]
async fn no_answer_whatever_it_holds_gets_a_secret_shown() {
    witness::listen();
    let simulator = simulator().await;
    let mut carried = 0;
    for kit in KITS {
        let base = kit.simulated(&simulator).base_url();
        let stopper = stopper(kit, TENANT, &base, once()).unwrap();
        let shown = format!("{stopper:?} {stopper:#?} {:?}", stopper.capabilities());
        assert_eq!(marks::find(&shown), None, "{}", kit.name);
        for status in STATUSES {
            for (kind, body) in bodies() {
                for operation in Operation::ALL {
                    let secret = marks::ANYWHERE;
                    let answer = NextAnswer::status(status)
                        .with_body(body.clone())
                        .with_header("set-cookie", format!("session={secret}"))
                        .with_header("www-authenticate", format!("Bearer error=\"{secret}\""))
                        .with_header("location", format!("http://127.0.0.1:9/?token={secret}"))
                        .with_header("retry-after", secret);
                    script(&simulator, kit, answer);
                    let what = format!("{status} with {kind}");
                    let (_, seen) = watched(&what, kit, &*stopper, operation).await;
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
    for kit in KITS {
        let base = kit.simulated(&simulator).base_url();
        let stopper = stopper(kit, TENANT, &base, once()).unwrap();
        for operation in [
            Operation::Status,
            Operation::StopAndCut,
            Operation::Status,
            Operation::Follow,
            Operation::StopAndCut,
        ] {
            watched("live", kit, &*stopper, operation).await;
        }
    }
    simulator
        .clock()
        .advance(std::time::Duration::from_secs(86_400));
    for kit in KITS {
        let base = kit.simulated(&simulator).base_url();
        let stopper = stopper(kit, TENANT, &base, once()).unwrap();
        for operation in [Operation::Status, Operation::Follow] {
            let (failed, _) = watched("ready", kit, &*stopper, operation).await;
            let told = matches!(operation, Operation::Status) || kit.tenant.is_some();
            assert!(!(failed && told), "{} {operation:?}", kit.name);
        }
    }
    // The stream keys were in what the provider answered.
    for kit in KITS {
        assert!(kit.simulated(&simulator).requests().len() > 5);
    }
    witness::assert_nothing_was_logged(&[]);
}

#[tokio::test]
async fn a_message_for_people_is_passed_on_and_is_the_only_thing_that_is() {
    witness::listen();
    let simulator = simulator().await;
    let mut passed_on = 0;
    for kit in KITS {
        let base = kit.simulated(&simulator).base_url();
        let stopper = stopper(kit, TENANT, &base, once()).unwrap();
        let body: Value = json!({"message": "stopped", "key": marks::STREAM_KEY});
        script(&simulator, kit, NextAnswer::patch(body).on(Action::Stop));
        let outcome = stopper.stop(&whole(STREAM)).await;
        witness::assert_shows_nothing("a message", &outcome);
        let messages = outcome.unwrap().messages().to_vec();
        if !messages.is_empty() {
            assert_eq!(messages, ["stopped"], "{}", kit.name);
            passed_on += 1;
        }
    }
    assert!(passed_on > 0, "somebody says something");
}
