//! Webhooks: what is sent, when, to whom, and what becomes of it.

use crate::{any, client::Request, receiver::Receiver, seconds, single_calls};
use livecut_sim::{
    Delivery, Disorder, RegisterError, SimClock, SimulatedProvider, Simulator, StreamSpec, Webhook,
    WebhookSpec,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const ID: &str = "4PtERT9d9uK";
pub(crate) const URL: &str = "https://example.com/hooks/a-secret?b=c";

fn in_process(provider: &SimulatedProvider, disorder: Disorder) -> Webhook {
    let spec = WebhookSpec::in_process(URL).with_disorder(disorder);
    provider.register_webhook(spec).unwrap()
}

/// What is due by now, answered with 204.
pub(crate) fn due(webhook: &Webhook) -> Vec<Delivery> {
    let mut due = Vec::new();
    webhook.deliver_due(|delivery| {
        due.push(delivery.clone());
        204
    });
    due
}

pub(crate) fn json_of(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.body).unwrap()
}

/// A stopped and cut stream at each provider of one call that sends webhooks, and a receiver in process.
async fn stopped(sim: &Simulator, disorder: Disorder) -> Vec<Webhook> {
    let mut hooks = Vec::new();
    for provider in single_calls(sim) {
        let spec = WebhookSpec::in_process(URL);
        if provider.with_webhook_secret(spec, "s").is_some() {
            provider.create_stream(StreamSpec::live(ID)).unwrap();
            hooks.push(in_process(&provider, disorder));
            assert_eq!(provider.cut(ID, 30, 120).send().await.status, 200);
        }
    }
    hooks
}

#[tokio::test]
async fn nothing_comes_before_its_time_and_everything_at_it() {
    let sim = Simulator::start().await.unwrap();
    for webhook in stopped(&sim, Disorder::default()).await {
        sim.clock().set(SimClock::MANUAL_START);
        assert!(!due(&webhook).is_empty());
        let mut steps = 0;
        while let Some(next) = webhook.nothing_before() {
            steps += 1;
            sim.clock().set(next - Duration::from_nanos(1));
            assert_eq!(due(&webhook), []);
            sim.clock().set(next);
            // A change of stage that the provider doesn't tell of leaves this empty.
            for delivery in due(&webhook) {
                assert_eq!(delivery.due, next);
            }
        }
        // Transcoding, trimming, ready.
        assert_eq!(steps, 3);
    }
}

#[tokio::test]
async fn nobody_is_told_of_another_provider_s_streams() {
    let sim = Simulator::start().await.unwrap();
    let [others @ .., webhook] = &*stopped(&sim, Disorder::default()).await else {
        panic!("no provider sends webhooks");
    };
    sim.clock().advance(seconds(3600));
    let told = due(webhook);
    assert!(!told.is_empty());
    for other in others {
        for delivery in due(other) {
            assert!(!told.contains(&delivery), "{delivery:?}");
        }
    }
}

/// What came of all with this seed, by receiver: (event, attempt, when) in the order of arrival.
async fn disordered(disorder: Disorder) -> Vec<Vec<(u64, u32, time::OffsetDateTime)>> {
    let sim = Simulator::start().await.unwrap();
    let hooks = stopped(&sim, disorder).await;
    sim.clock().advance(seconds(10 * 86400));
    let arrived = |webhook| {
        let due = due(webhook);
        due.iter().map(|d| (d.event, d.attempt, d.due)).collect()
    };
    hooks.iter().map(arrived).collect()
}

#[tokio::test]
async fn duplicates_and_overtaking_follow_from_the_seed() {
    let disorder = |seed| {
        Disorder::seeded(seed)
            .with_duplicates(50)
            .with_delays(seconds(300))
    };
    let in_order = disordered(Disorder::default()).await;
    let mut sequences = BTreeSet::new();
    let (mut doubled, mut overtaken) = (0, 0);
    for seed in 0..8 {
        let arrived = disordered(disorder(seed)).await;
        assert_eq!(arrived, disordered(disorder(seed)).await);
        for (arrived, in_order) in arrived.iter().zip(&in_order) {
            let events: Vec<u64> = arrived.iter().map(|(event, ..)| *event).collect();
            let distinct: BTreeSet<u64> = events.iter().copied().collect();
            assert_eq!(distinct.len(), in_order.len(), "no event is missing");
            assert!(arrived.is_sorted_by_key(|(.., due)| *due));
            doubled += events.len() - distinct.len();
            overtaken += usize::from(!events.is_sorted());
            sequences.insert(events);
        }
    }
    assert!(doubled > 0, "some come twice");
    assert!(overtaken > 0, "some overtake others");
    assert!(sequences.len() > in_order.len());
}

#[tokio::test]
async fn a_delivery_that_is_given_up_on_its_way_is_still_due() {
    let receiver = Receiver::start(&[]).await;
    let sim = Simulator::start().await.unwrap();
    any(&sim)
        .register_webhook(WebhookSpec::over_http(receiver.url()))
        .unwrap();
    any(&sim).create_stream(StreamSpec::live(ID)).unwrap();
    any(&sim).stop(ID).send().await;
    {
        let mut delivering = std::pin::pin!(sim.deliver_due());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(delivering.as_mut().poll(&mut context).is_pending());
    }
    assert!(sim.deliveries().is_empty());
    assert_eq!(sim.deliver_due().await, 1);
}

#[tokio::test]
async fn what_cannot_be_a_receiver_is_refused() {
    let sim = Simulator::start().await.unwrap();
    let refused = |spec| any(&sim).register_webhook(spec).err();
    let local = "http://127.0.0.1:1/";
    for (error, expected) in [
        (
            refused(WebhookSpec::over_http(local).with_secret("")),
            Some(RegisterError::Secret),
        ),
        (
            refused(WebhookSpec::over_http(local).with_secret("a\nb")),
            Some(RegisterError::Secret),
        ),
        (
            refused(WebhookSpec::over_http("/hooks")),
            Some(RegisterError::Url),
        ),
        (
            refused(WebhookSpec::in_process("not a url")),
            Some(RegisterError::Url),
        ),
        (
            refused(WebhookSpec::over_http("https://127.0.0.1/")),
            Some(RegisterError::NotHttp),
        ),
        (
            refused(WebhookSpec::over_http("http://192.0.2.1/")),
            Some(RegisterError::NotLoopback),
        ),
        (
            refused(WebhookSpec::over_http("http://127.0.0.1.example/")),
            Some(RegisterError::NotLoopback),
        ),
        (refused(WebhookSpec::over_http("http://localhost/")), None),
        (refused(WebhookSpec::over_http("http://[::1]:9/")), None),
        (refused(WebhookSpec::in_process("https://192.0.2.1/")), None),
    ] {
        assert_eq!(error, expected);
    }
    let open = Simulator::builder().with_any_receiver().start().await;
    let spec = WebhookSpec::over_http("http://192.0.2.1/");
    assert!(any(&open.unwrap()).register_webhook(spec).is_ok());
}

#[tokio::test]
async fn a_secret_of_a_webhook_is_not_in_debug() {
    let sim = Simulator::start().await.unwrap();
    let spec = WebhookSpec::in_process("https://example.com/find-me").with_secret("find-me");
    let shown = format!("{spec:?}");
    let webhook = any(&sim).register_webhook(spec).unwrap();
    any(&sim).set_stream_key("find-me");
    any(&sim).create_stream(StreamSpec::live(ID)).unwrap();
    any(&sim).stop(ID).send().await;
    let deliveries = due(&webhook);
    assert_eq!(deliveries.len(), 1);
    let shown = format!("{shown} {webhook:?} {deliveries:?} {:?}", sim.deliveries());
    assert!(!shown.contains("find-me"), "{shown}");
}

#[tokio::test]
async fn webhooks_are_registered_and_delivered_over_the_control_api() {
    let mut receiver = Receiver::start(&[]).await;
    let sim = Simulator::builder()
        .with_control_api()
        .start()
        .await
        .unwrap();
    any(&sim).create_stream(StreamSpec::live(ID)).unwrap();
    let post = async |target: &str, body: Value| {
        let answer = Request::post(sim.address(), target, "", &body.to_string())
            .send()
            .await;
        (answer.status, answer.json())
    };
    let spec =
        json!({"url": receiver.url(), "secret": "s3cret", "seed": 1, "duplicated_percent": 100});
    let webhooks = format!("/_sim/{}/webhooks", any(&sim).name());
    let registered = post(&webhooks, spec).await;
    assert_eq!(registered, (201, json!({"webhook": 1})));
    any(&sim).stop(ID).send().await;
    let delivered = post("/_sim/deliver-due", json!({})).await;
    assert_eq!(delivered, (200, json!({"attempts": 2})));
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    let (header, value) = any(&sim)
        .webhook_proof("s3cret", &received[1].body)
        .unwrap();
    assert_eq!(received[1].header(&header.to_lowercase()), Some(&*value));
    let log = Request::get(sim.address(), "/_sim/deliveries", "")
        .send()
        .await
        .json();
    let record = &log[1];
    assert_eq!(record["webhook"], 1);
    assert_eq!(record["event"], 1);
    assert_eq!(record["number"], 2);
    assert_eq!(record["due"], "2025-01-13T08:00:00Z");
    assert_eq!(record["outcome"], "answered");
    assert_eq!(record["status"], 204);
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, received[1].json());
    for (target, body, status) in [
        (
            &*webhooks,
            json!({"url": receiver.url(), "secret": ""}),
            400,
        ),
        (&*webhooks, json!({"url": "http://192.0.2.1/"}), 400),
        (&*webhooks, json!({"url": receiver.url(), "to": 1}), 400),
        ("/_sim/nobody/webhooks", json!({"url": receiver.url()}), 404),
        ("/_sim/deliver-due", json!({"all": true}), 400),
        ("/_sim/deliveries", json!({}), 405),
    ] {
        assert_eq!(post(target, body).await.0, status, "{target}");
    }
}
