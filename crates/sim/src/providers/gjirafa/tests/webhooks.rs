//! What webhooks tell, and when they are sent again.

use super::{CUT, ID, stop};
use crate::{
    receiver::Receiver,
    seconds,
    webhooks::{URL, due, json_of},
};
use livecut_sim::{
    Disorder, EventTime, FailingStage, Outcome, RegisterError, SimClock, Simulator, StreamSpec,
    Webhook, WebhookSpec,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn in_process(sim: &Simulator) -> Webhook {
    let provider = sim.gjirafa();
    provider
        .register_webhook(WebhookSpec::in_process(URL))
        .unwrap()
}

#[tokio::test]
async fn the_documented_events_are_sent_through_a_stream_s_life() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    let webhook = in_process(&sim);
    let begins = sim.clock().now() + seconds(10);
    let stream = StreamSpec::not_started(ID).with_start(begins);
    provider.create_stream(stream).unwrap();
    sim.clock().advance(seconds(130));
    stop(&sim, ID, CUT).send().await;
    sim.clock().advance(seconds(3600));
    let told: Vec<_> = due(&webhook)
        .iter()
        .map(|delivery| {
            let mut event = json_of(delivery);
            assert_eq!(event["projectId"], "simproject");
            let after = (delivery.due - begins).whole_seconds();
            json!([after, event["eventType"], event["data"].take()])
        })
        .collect();
    let video = format!("{ID}-vod");
    let status =
        |id: u8, name| json!({"Id": video, "PublishStatusId": id, "PublishStatusName": name});
    assert_eq!(
        Value::from(told),
        json!([
            [0, "live.video.started", {"Id": ID}],
            [0, "live.video.status.changed", {"Id": ID, "Status": "Live"}],
            [120, "live.video.stopped", {"Id": ID}],
            [120, "live.video.status.changed", {"Id": ID, "Status": "Processing"}],
            [125, "video.created", {"Id": video}],
            [125, "video.publish.status.changed", status(1, "Processing")],
            [195, "live.video.status.changed", {"Id": ID, "Status": "Offline"}],
            [195, "video.encode.completed", {"Id": video}],
            [195, "video.publish.status.changed", status(2, "Ready")],
        ])
    );
}

#[tokio::test]
async fn an_event_s_time_is_the_change_s_with_or_without_a_zone() {
    let sim = Simulator::start().await.unwrap();
    let webhook = in_process(&sim);
    let event_times = || -> Vec<_> {
        let due = due(&webhook);
        due.iter()
            .map(|d| json_of(d)["eventTime"].clone())
            .collect()
    };
    sim.gjirafa().create_stream(StreamSpec::ended(ID)).unwrap();
    sim.clock().advance(seconds(6));
    assert_eq!(
        event_times().last().unwrap(),
        "2025-01-13T08:00:05.0000000Z"
    );
    sim.gjirafa()
        .configure(|settings| settings.with_event_time(EventTime::WithoutZone));
    sim.clock().advance(seconds(60));
    assert_eq!(event_times().last().unwrap(), "2025-01-13T08:01:05.0000000");
}

#[tokio::test]
async fn a_delivery_is_sent_again_by_the_documented_schedule_until_it_is_answered() {
    const HOUR: i64 = 3600;
    let sim = Simulator::start().await.unwrap();
    let webhook = in_process(&sim);
    sim.gjirafa()
        .create_stream(StreamSpec::ended(ID).with_stopped_time(seconds(3 * 86400)))
        .unwrap();
    // The second of the two events of the stop: refused for ever. The first: answered the fifth time.
    let mut attempts: [Vec<i64>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..100 {
        webhook.deliver_due(|delivery| {
            let event = usize::try_from(delivery.event).unwrap() - 1;
            attempts[event].push((sim.clock().now() - SimClock::MANUAL_START).whole_seconds());
            assert_eq!(
                attempts[event].len(),
                usize::try_from(delivery.attempt).unwrap()
            );
            match (event, delivery.attempt) {
                (0, 5) => 200,
                (0, _) => 302,
                _ => 500,
            }
        });
        if let Some(next) = webhook.nothing_before() {
            sim.clock()
                .set(next.min(SimClock::MANUAL_START + seconds(2 * 86400)));
        }
    }
    let schedule = [0, 5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
    let mut expected = vec![0];
    for wait in schedule {
        expected.push(expected.last().unwrap() + wait);
    }
    assert_eq!(attempts[0], expected[..5]);
    assert_eq!(attempts[1], expected);
    let outcomes: Vec<_> = webhook
        .deliveries()
        .iter()
        .map(|r| r.outcome.clone())
        .collect();
    assert_eq!(outcomes.len(), 5 + 9);
    assert_eq!(outcomes.iter().filter(|o| o.is_delivered()).count(), 1);
    assert_eq!(outcomes.last(), Some(&Outcome::Answered(500)));
}

#[tokio::test]
async fn a_failure_is_told_by_the_documented_events() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live(ID).with_failure(FailingStage::Trimming);
    sim.gjirafa().create_stream(spec).unwrap();
    let webhook = in_process(&sim);
    stop(&sim, ID, CUT).send().await;
    sim.clock().advance(seconds(75));
    let events: Vec<Value> = due(&webhook).iter().map(json_of).collect();
    let [.., errored, status] = &*events else {
        panic!("{events:?}");
    };
    assert_eq!(errored["eventType"], "video.encode.errored");
    assert_eq!(status["data"]["PublishStatusId"], 4);
}

#[tokio::test]
async fn a_receiver_is_told_of_changes_from_its_registration_to_its_end() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    let early = in_process(&sim);
    let ended = in_process(&sim);
    stop(&sim, ID, CUT).send().await;
    let late = in_process(&sim);
    // Of what was before the first registration, nobody is told; of the stop, who was there.
    assert_eq!(due(&early).len(), 2);
    assert_eq!(due(&late), []);
    sim.clock().advance(seconds(5));
    ended.clone().unregister();
    assert_eq!(due(&ended), []);
    assert_eq!(due(&early).len(), 2);
    assert_eq!(due(&late).len(), 2);
}

#[tokio::test]
async fn deliveries_over_http_are_made_when_told_and_again_until_answered() {
    let mut receiver = Receiver::start(&[503, 200]).await;
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    let webhook = provider
        .register_webhook(WebhookSpec::over_http(receiver.url()))
        .unwrap();
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    stop(&sim, ID, CUT).send().await;
    assert_eq!(webhook.deliver_due(|_| panic!("it isn't in process")), 0);
    assert!(receiver.received().is_empty());
    // The first event is refused, and sent again after 0 s.
    assert_eq!(sim.deliver_due().await, 3);
    let received = receiver.received();
    let request = &received[0];
    assert!(
        request
            .head
            .starts_with("POST /hooks/a-secret?b=c HTTP/1.1\r\n")
    );
    assert_eq!(request.header("host"), Some(&*receiver.address.to_string()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("transfer-encoding"), None);
    let types: Vec<Value> = received
        .iter()
        .map(|r| r.json()["eventType"].clone())
        .collect();
    let (stopped, changed) = ("live.video.stopped", "live.video.status.changed");
    assert_eq!(types, [stopped, changed, stopped]);
    let outcomes: Vec<_> = sim.deliveries().iter().map(|r| r.outcome.clone()).collect();
    assert_eq!(outcomes, [503, 200, 204].map(Outcome::Answered));
    assert_eq!(sim.deliver_due().await, 0);
    sim.clock().advance(seconds(5));
    assert_eq!(sim.deliver_due().await, 2);
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn an_attempt_that_is_lost_comes_again_until_it_arrives() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    let lossy = |percent| {
        let disorder = Disorder::seeded(3).with_losses(percent);
        let spec = WebhookSpec::in_process(URL).with_disorder(disorder);
        provider.register_webhook(spec).unwrap()
    };
    let [never, often] = [100, 60].map(lossy);
    stop(&sim, ID, CUT).send().await;
    let mut arrived = due(&often);
    while let Some(next) = never.nothing_before() {
        sim.clock().set(next);
        assert_eq!(due(&never), [], "all of them are lost");
        arrived.extend(due(&often));
    }
    // Seven events, each sent nine times.
    assert_eq!(never.deliveries().len(), 7 * 9);
    let events: BTreeSet<_> = arrived.iter().map(|delivery| delivery.event).collect();
    assert_eq!(events.len(), 7);
    assert!(arrived.iter().any(|delivery| delivery.attempt > 1));
}

#[tokio::test]
async fn no_secret_is_taken_for_none_is_documented() {
    let sim = Simulator::start().await.unwrap();
    let spec = WebhookSpec::in_process(URL).with_secret("s");
    let refused = sim.gjirafa().register_webhook(spec).err();
    assert_eq!(refused, Some(RegisterError::NoSecrets));
}
