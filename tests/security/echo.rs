//! A provider that sends our own credential back doesn't get it shown, not even to who asks for the answer's body.

use livecut_core::{LiveStreamStopper, Progress};
use livecut_http::testing::MemoryServer;
use livecut_sim::Simulator;
use livecut_tests::kits::{KITS, Kit};
use livecut_webhook::{Delivery, WebhookSecret};
use serde_json::json;

use crate::adapters::{RECORDING, STREAM, TENANT, once, secret, stopper, ticket, whole};
use crate::marks;

/// An answer that is any adapter's, with the text wherever a text of the provider's is passed on.
fn answer(text: &str) -> String {
    json!({
        "id": STREAM.parse::<u64>().unwrap(), "message": text, "messages": [text], "detail": text,
        "success": true, "statusCode": 200, "status": text,
        "live_stream": {"status": text}, "video": {"status": text},
        "active": true, "live": true, "name": text, "error": text,
        "result": {"publicId": STREAM, "liveStatus": text, "publishStatus": text, "message": text},
        "data": {
            "id": RECORDING, "status": "errored", "errors": {"type": text, "messages": [text]},
        },
    })
    .to_string()
}

/// All of what a call comes to, the answer's body and the messages as well.
async fn everything(stopper: &dyn LiveStreamStopper, kit: &Kit) -> String {
    let mut shown = String::new();
    let mut add = |debug: String, error: Option<&livecut_core::Error>| {
        shown.push_str(&debug);
        if let Some(error) = error {
            shown.push_str(&error.to_string());
            if let Some(response) = error.response() {
                shown.push_str(&String::from_utf8_lossy(response.body()));
                shown.push_str(response.request_id().unwrap_or_default());
            }
        }
    };
    let stopped = stopper.stop(&whole(STREAM)).await;
    let messages = stopped
        .as_ref()
        .map(|outcome| outcome.messages().join("\n"));
    add(format!("{stopped:?} {messages:?}"), stopped.as_ref().err());
    let status = stopper.status(whole(STREAM).stream()).await;
    let word = status
        .as_ref()
        .map(|status| status.provider_state().to_owned());
    add(format!("{status:?} {word:?}"), status.as_ref().err());
    let followed = stopper.follow(&ticket(kit)).await;
    let said = match &followed {
        Ok(Progress::InProgress(progress)) => progress.stage().to_owned(),
        Ok(Progress::Failed(failed)) => failed.reason().to_owned(),
        _ => String::new(),
    };
    add(format!("{followed:?} {said}"), followed.as_ref().err());
    shown
}

#[tokio::test]
async fn no_adapter_passes_on_its_own_credential_that_the_provider_sent_back() {
    for kit in KITS {
        let adapter = kit.name;
        let base = "http://localhost:8080/pre";
        // As it goes over the wire.
        let probe = MemoryServer::new();
        let options = once().with_transport(probe.clone());
        let probing = stopper(kit, TENANT, base, options).unwrap();
        drop(probing.status(whole(STREAM).stream()).await);
        let sent = probe.requests();
        let mut headers = sent[0].headers().values();
        let header = headers.find(|value| value.is_sensitive()).unwrap();
        let header = header.to_str().unwrap().to_owned();
        let token = header.split_once(' ').map_or(&*header, |(_, token)| token);
        let plain = secret(kit);
        for echoed in [&*header, token, plain] {
            for status in [200, 401, 422, 503] {
                for escape in [false, true] {
                    let server = MemoryServer::new();
                    let body = answer(&format!("bad credential {echoed}!"));
                    let escaped: String = echoed.bytes().map(|b| format!("\\u{b:04x}")).collect();
                    let body = if escape {
                        body.replace(echoed, &escaped)
                    } else {
                        body
                    };
                    for _ in 0..6 {
                        let response = http::Response::builder()
                            .status(status)
                            .header("x-request-id", format!("for {echoed}"))
                            .body(body.clone())
                            .unwrap();
                        server.answer_with(response);
                    }
                    let options = once().with_transport(server);
                    let stopper = stopper(kit, TENANT, base, options).unwrap();
                    let shown = everything(&*stopper, kit).await;
                    let what = format!("{adapter}, {status}, {echoed}");
                    assert_eq!(marks::find(&shown), None, "{what}");
                    assert!(
                        !shown.contains(token) && !shown.contains(&escaped),
                        "{what}: {shown}"
                    );
                    assert!(
                        shown.contains("********"),
                        "{what}: it isn't there: {shown}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn no_webhook_passes_on_the_secret_that_it_came_with() {
    let simulator = Simulator::start().await.unwrap();
    let text = format!("is {}", marks::TOKEN);
    let body = json!({
        "id": STREAM, "live_stream": {"status": text}, "type": text, "eventType": text,
        "data": {"Id": "v", "Status": text},
    })
    .to_string();
    let mut received = 0;
    for kit in KITS {
        let Some(receiver) = kit.receiver else {
            continue;
        };
        let secret = WebhookSecret::new(marks::TOKEN).unwrap();
        let receiver = receiver(secret, simulator.clock().clone());
        let proof = kit
            .simulated(&simulator)
            .webhook_proof(marks::TOKEN, body.as_bytes());
        let header = proof.iter().map(|(name, value)| (*name, value.as_bytes()));
        let mut delivery = Delivery::new(header, body.as_bytes());
        if proof.is_none() {
            delivery = delivery.with_url_secret(marks::TOKEN);
        }
        let event = receiver.verify_and_parse(&delivery).unwrap();
        let shown = format!("{event:?} {}", event.provider_event());
        assert_eq!(marks::find(&shown), None);
        assert!(shown.contains("********"), "{shown}");
        received += 1;
    }
    assert!(received > 0, "some providers send webhooks");
}
