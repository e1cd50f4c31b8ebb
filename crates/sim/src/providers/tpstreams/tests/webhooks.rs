//! What webhooks tell, and when they are sent again.

use super::{ID, TRIM, stop};
use crate::{
    client::Request,
    receiver::Receiver,
    seconds,
    webhooks::{URL, due, json_of},
};
use livecut_sim::{
    Outcome, RefuseWith, SimClock, Simulator, StreamSpec, TokenHeader, VideoAppears, Webhook,
    WebhookSpec, WhenOver,
};
use serde_json::{Value, json};
use std::time::Duration;

fn in_process(sim: &Simulator) -> Webhook {
    let provider = sim.tpstreams();
    provider
        .register_webhook(WebhookSpec::in_process(URL))
        .unwrap()
}

#[tokio::test]
async fn the_whole_asset_is_sent_at_each_change_of_a_status() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    let spec = WebhookSpec::in_process(URL).with_secret("s3cret ~ of mine");
    let webhook = provider.register_webhook(spec).unwrap();
    let begins = sim.clock().now() + seconds(10);
    let stream = StreamSpec::not_started(ID).with_start(begins);
    provider.create_stream(stream).unwrap();
    sim.clock().advance(seconds(130));
    stop(&sim, ID, TRIM).send().await;
    sim.clock().advance(seconds(3600));
    let deliveries = due(&webhook);
    let told: Vec<_> = deliveries
        .iter()
        .map(|delivery| {
            let asset = json_of(delivery);
            let after = (delivery.due - begins).whole_seconds();
            let (live, video) = (&asset["live_stream"]["status"], &asset["video"]["status"]);
            json!([after, live, video])
        })
        .collect();
    assert_eq!(
        Value::from(told),
        json!([
            [0, "Streaming", null],
            [120, "Stopped", null],
            [195, "Completed", "Completed"]
        ])
    );
    for delivery in &deliveries {
        assert_eq!(delivery.header("X-Streams-Token"), Some("s3cret ~ of mine"));
        assert_eq!(delivery.header("content-type"), Some("application/json"));
        assert_eq!(delivery.url.as_ref(), URL);
        assert_eq!(delivery.target(), "/hooks/a-secret?b=c");
        assert_eq!(delivery.attempt, 1);
    }
    // As the asset's own resource has it.
    let asset = format!("/tpstreams/api/v1/simorg/assets/{ID}/");
    let asset = Request::get(sim.address(), &asset, "Token sim-tpstreams-token");
    assert_eq!(json_of(&deliveries[2]), asset.send().await.json());
}

#[tokio::test]
async fn the_secret_comes_under_its_old_name_where_chosen_and_not_without_a_secret() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider.configure(|settings| settings.with_token_header(TokenHeader::TpStreams));
    let secret = WebhookSpec::in_process(URL).with_secret("s3cret");
    let with = provider.register_webhook(secret).unwrap();
    let without = in_process(&sim);
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, "").send().await;
    let [with, without] = [&with, &without].map(|webhook| due(webhook).remove(0));
    assert_eq!(with.header("x-tpstreams-token"), Some("s3cret"));
    assert_eq!(with.header("x-streams-token"), None);
    assert_eq!(without.header("x-tpstreams-token"), None);
}

#[tokio::test]
async fn a_video_that_appears_early_is_told_of_before_it_can_be_played() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider.configure(|settings| settings.with_video_appears(VideoAppears::WithTranscoding));
    let webhook = in_process(&sim);
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, TRIM).send().await;
    sim.clock().advance(seconds(75));
    let told: Vec<_> = due(&webhook)
        .iter()
        .map(|delivery| {
            let video = &json_of(delivery)["video"];
            json!([video["status"], video["playback_url"].is_string()])
        })
        .collect();
    assert_eq!(
        Value::from(told),
        json!([[null, false], ["Processing", false], ["Completed", true]])
    );
}

#[tokio::test]
async fn a_delivery_is_sent_once_unless_the_test_chooses_retries() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    let webhook = in_process(&sim);
    provider.create_stream(StreamSpec::live("a")).unwrap();
    provider.create_stream(StreamSpec::live("b")).unwrap();
    stop(&sim, "a", "").send().await;
    assert_eq!(webhook.deliver_due(|_| 503), 1);
    provider.set_webhook_retries([seconds(1)]);
    stop(&sim, "b", "").send().await;
    assert_eq!(webhook.deliver_due(|_| 503), 1);
    sim.clock().advance(seconds(1));
    assert_eq!(webhook.deliver_due(|_| 503), 1);
    sim.clock().advance(seconds(1));
    assert_eq!(webhook.deliver_due(|_| 503), 0);
}

#[tokio::test]
async fn a_change_is_told_although_nobody_looked_before_the_next_one_undid_it() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider.configure(|settings| settings.with_second_stop(WhenOver::Recut));
    let webhook = in_process(&sim);
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, "").send().await;
    sim.clock().advance(seconds(100));
    assert_eq!(stop(&sim, ID, TRIM).send().await.status, 200);
    sim.clock().advance(seconds(100));
    let told: Vec<_> = due(&webhook)
        .iter()
        .map(|d| json_of(d)["live_stream"]["status"].clone())
        .collect();
    assert_eq!(told, ["Stopped", "Completed", "Stopped", "Completed"]);
}

#[tokio::test]
async fn a_refused_stop_sends_nothing() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider
        .configure(|settings| settings.with_second_stop(WhenOver::Refuse(RefuseWith::Conflict)));
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, "").send().await;
    let webhook = in_process(&sim);
    assert_eq!(stop(&sim, ID, "").send().await.status, 409);
    assert_eq!(due(&webhook), []);
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_tried_again() {
    let sim = Simulator::start().await.unwrap();
    // Bound and not listening: the port refuses, and nobody else gets it.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    sim.tpstreams().set_webhook_retries([seconds(0)]);
    sim.tpstreams()
        .register_webhook(WebhookSpec::over_http(url))
        .unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, "").send().await;
    assert_eq!(sim.deliver_due().await, 2);
    for record in sim.deliveries() {
        assert!(
            matches!(record.outcome, Outcome::Unanswered(_)),
            "{record:?}"
        );
    }
}

#[tokio::test]
async fn where_the_clock_runs_deliveries_are_made_by_themselves() {
    let mut receiver = Receiver::start(&[]).await;
    let sim = Simulator::builder()
        .with_clock(SimClock::system())
        .start()
        .await
        .unwrap();
    sim.tpstreams()
        .register_webhook(WebhookSpec::over_http(receiver.url()).with_secret("s3cret"))
        .unwrap();
    let spec = StreamSpec::live(ID).with_stopped_time(Duration::from_millis(1));
    let spec = spec.with_transcoding_time(Duration::from_millis(1));
    sim.tpstreams().create_stream(spec).unwrap();
    stop(&sim, ID, "").send().await;
    let stopped = receiver.next().await;
    assert_eq!(stopped.header("x-streams-token"), Some("s3cret"));
    assert_eq!(stopped.json()["live_stream"]["status"], "Stopped");
    let ready = receiver.next().await;
    assert_eq!(ready.json()["video"]["status"], "Completed");
    // A clock that runs can be moved too.
    let spec = StreamSpec::live("b").with_length(seconds(2 * 3600));
    sim.tpstreams().create_stream(spec).unwrap();
    sim.clock().advance(seconds(2 * 3600));
    assert_eq!(receiver.next().await.json()["id"], "b");
}
