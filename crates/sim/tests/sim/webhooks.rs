//! Webhooks: what is sent, when, to whom, and what becomes of it.

use crate::{client::Request, gjirafa_stop, receiver::Receiver, seconds, tpstreams_stop};
use livecut_sim::{
    Delivery, Disorder, EventTime, FailingStage, Outcome, Provider, RefuseWith, RegisterError,
    SimClock, Simulator, StreamSpec, TokenHeader, VideoAppears, Webhook, WebhookSpec, WhenOver,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const ID: &str = "4PtERT9d9uK";
const URL: &str = "https://example.com/hooks/a-secret?b=c";
const TRIM: &str = r#"{"start_time": 30, "end_time": 120}"#;
const CUT: &str = r#"{"fromMilisecond":30000,"toMilisecond":120000}"#;

fn in_process(provider: &Provider, disorder: Disorder) -> Webhook {
    let spec = WebhookSpec::in_process(URL).disorder(disorder);
    provider.register_webhook(spec).unwrap()
}

/// What is due by now, answered with 204.
fn due(webhook: &Webhook) -> Vec<Delivery> {
    let mut due = Vec::new();
    webhook.deliver_due(|delivery| {
        due.push(delivery.clone());
        204
    });
    due
}

fn json_of(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.body).unwrap()
}

/// A stopped and cut stream at each provider, and a receiver in process.
async fn both(sim: &Simulator, spec: impl Fn() -> StreamSpec, disorder: Disorder) -> [Webhook; 2] {
    let hooks = ["tpstreams", "gjirafa"].map(|name| {
        let provider = sim.provider(name).unwrap();
        provider.create_stream(spec()).unwrap();
        in_process(provider, disorder)
    });
    assert_eq!(tpstreams_stop(sim, ID, TRIM).send().await.status, 200);
    assert_eq!(gjirafa_stop(sim, ID, CUT).send().await.status, 200);
    hooks
}

#[tokio::test]
async fn tpstreams_sends_the_whole_asset_at_each_change_of_a_status() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    let spec = WebhookSpec::in_process(URL).secret("s3cret ~ of mine");
    let webhook = provider.register_webhook(spec).unwrap();
    let begins = sim.clock().now() + seconds(10);
    let stream = StreamSpec::not_started(ID).starts_at(begins);
    provider.create_stream(stream).unwrap();
    sim.clock().advance(seconds(130));
    tpstreams_stop(&sim, ID, TRIM).send().await;
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
async fn tpstreams_secret_comes_under_its_old_name_where_chosen_and_not_without_a_secret() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider.configure(|settings| settings.token_header(TokenHeader::TpStreams));
    let secret = WebhookSpec::in_process(URL).secret("s3cret");
    let with = provider.register_webhook(secret).unwrap();
    let without = in_process(provider, Disorder::default());
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    let [with, without] = [&with, &without].map(|webhook| due(webhook).remove(0));
    assert_eq!(with.header("x-tpstreams-token"), Some("s3cret"));
    assert_eq!(with.header("x-streams-token"), None);
    assert_eq!(without.header("x-tpstreams-token"), None);
}

#[tokio::test]
async fn a_tpstreams_video_that_appears_early_is_told_of_before_it_can_be_played() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider.configure(|settings| settings.video_appears(VideoAppears::WithTranscoding));
    let webhook = in_process(provider, Disorder::default());
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, TRIM).send().await;
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
async fn gjirafa_sends_its_documented_events_through_a_stream_s_life() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    let webhook = in_process(provider, Disorder::default());
    let begins = sim.clock().now() + seconds(10);
    let stream = StreamSpec::not_started(ID).starts_at(begins);
    provider.create_stream(stream).unwrap();
    sim.clock().advance(seconds(130));
    gjirafa_stop(&sim, ID, CUT).send().await;
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
async fn gjirafa_s_event_time_is_the_change_s_with_or_without_a_zone() {
    let sim = Simulator::start().await.unwrap();
    let webhook = in_process(sim.gjirafa(), Disorder::default());
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
        .configure(|settings| settings.event_time(EventTime::WithoutZone));
    sim.clock().advance(seconds(60));
    assert_eq!(event_times().last().unwrap(), "2025-01-13T08:01:05.0000000");
}

#[tokio::test]
async fn a_failure_is_told_as_each_provider_tells_it() {
    let sim = Simulator::start().await.unwrap();
    let spec = || StreamSpec::live(ID).fails_in(FailingStage::Trimming);
    let [tpstreams, gjirafa] = both(&sim, spec, Disorder::default()).await;
    sim.clock().advance(seconds(75));
    let asset = json_of(due(&tpstreams).last().unwrap());
    assert_eq!(asset["live_stream"]["status"], "Error");
    let events: Vec<Value> = due(&gjirafa).iter().map(json_of).collect();
    let [.., errored, status] = &*events else {
        panic!("{events:?}");
    };
    assert_eq!(errored["eventType"], "video.encode.errored");
    assert_eq!(status["data"]["PublishStatusId"], 4);
}

#[tokio::test]
async fn nothing_comes_before_its_time_and_everything_at_it() {
    let sim = Simulator::start().await.unwrap();
    for webhook in both(&sim, || StreamSpec::live(ID), Disorder::default()).await {
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
async fn a_receiver_is_told_of_changes_from_its_registration_to_its_end() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.gjirafa();
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    let early = in_process(provider, Disorder::default());
    let ended = in_process(provider, Disorder::default());
    gjirafa_stop(&sim, ID, CUT).send().await;
    let late = in_process(provider, Disorder::default());
    // Of what was before the first registration, nobody is told; of the stop, who was there.
    assert_eq!(due(&early).len(), 2);
    assert_eq!(due(&late), []);
    sim.clock().advance(seconds(5));
    ended.clone().unregister();
    assert_eq!(due(&ended), []);
    assert_eq!(due(&early).len(), 2);
    assert_eq!(due(&late).len(), 2);
    // Nor does one provider tell of the other.
    let other = in_process(sim.tpstreams(), Disorder::default());
    sim.clock().advance(seconds(3600));
    assert_eq!(due(&other), []);
}

#[tokio::test]
async fn gjirafa_sends_again_by_its_documented_schedule_until_it_is_answered() {
    const HOUR: i64 = 3600;
    let sim = Simulator::start().await.unwrap();
    let webhook = in_process(sim.gjirafa(), Disorder::default());
    sim.gjirafa()
        .create_stream(StreamSpec::ended(ID).stopped_for(seconds(3 * 86400)))
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
async fn tpstreams_sends_once_unless_the_test_chooses_retries() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    let webhook = in_process(provider, Disorder::default());
    provider.create_stream(StreamSpec::live("a")).unwrap();
    provider.create_stream(StreamSpec::live("b")).unwrap();
    tpstreams_stop(&sim, "a", "").send().await;
    assert_eq!(webhook.deliver_due(|_| 503), 1);
    provider.configure(|settings| settings.webhook_retries([seconds(1)]));
    tpstreams_stop(&sim, "b", "").send().await;
    assert_eq!(webhook.deliver_due(|_| 503), 1);
    sim.clock().advance(seconds(1));
    assert_eq!(webhook.deliver_due(|_| 503), 1);
    sim.clock().advance(seconds(1));
    assert_eq!(webhook.deliver_due(|_| 503), 0);
}

/// What came of all with this seed, by stream: (event, attempt) in the order of arrival.
async fn disordered(disorder: Disorder) -> Vec<(u64, u32, time::OffsetDateTime)> {
    let sim = Simulator::start().await.unwrap();
    let [_, webhook] = both(&sim, || StreamSpec::live(ID), disorder).await;
    sim.clock().advance(seconds(10 * 86400));
    let due = due(&webhook);
    due.iter().map(|d| (d.event, d.attempt, d.due)).collect()
}

#[tokio::test]
async fn duplicates_and_overtaking_follow_from_the_seed() {
    let disorder = |seed| {
        Disorder::seeded(seed)
            .duplicated(50)
            .late_by_up_to(seconds(300))
    };
    let mut sequences = BTreeSet::new();
    for seed in 0..8 {
        let arrived = disordered(disorder(seed)).await;
        assert_eq!(arrived, disordered(disorder(seed)).await);
        let events: Vec<u64> = arrived.iter().map(|(event, ..)| *event).collect();
        let distinct: BTreeSet<u64> = events.iter().copied().collect();
        assert_eq!(distinct.len(), 7, "no event is missing");
        assert!(events.len() > 7, "some come twice: {events:?}");
        assert!(!events.is_sorted(), "some overtake others: {events:?}");
        assert!(arrived.is_sorted_by_key(|(.., due)| *due));
        sequences.insert(events);
    }
    assert!(sequences.len() > 1);
}

#[tokio::test]
async fn an_attempt_that_is_lost_comes_again_only_where_the_provider_sends_again() {
    let sim = Simulator::start().await.unwrap();
    let lossy = Disorder::seeded(3).lost(100);
    let [tpstreams, gjirafa] = both(&sim, || StreamSpec::live(ID), lossy).await;
    for webhook in [&tpstreams, &gjirafa] {
        while let Some(next) = webhook.nothing_before() {
            sim.clock().set(next);
            assert_eq!(due(webhook), [], "all of them are lost");
        }
        let records = webhook.deliveries();
        assert!(records.iter().all(|record| record.outcome == Outcome::Lost));
    }
    assert_eq!(tpstreams.deliveries().len(), 2);
    assert_eq!(gjirafa.deliveries().len(), 7 * 9);
    // With fewer losses, everything arrives in the end.
    let arrived = disordered(Disorder::seeded(3).lost(60)).await;
    assert!(arrived.iter().any(|(_, attempt, _)| *attempt > 1));
}

#[tokio::test]
async fn a_change_is_told_although_nobody_looked_before_the_next_one_undid_it() {
    let sim = Simulator::start().await.unwrap();
    let provider = sim.tpstreams();
    provider.configure(|settings| settings.second_stop(WhenOver::Recut));
    let webhook = in_process(provider, Disorder::default());
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    sim.clock().advance(seconds(100));
    assert_eq!(tpstreams_stop(&sim, ID, TRIM).send().await.status, 200);
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
    provider.configure(|settings| settings.second_stop(WhenOver::Refuse(RefuseWith::Conflict)));
    provider.create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    let webhook = in_process(provider, Disorder::default());
    assert_eq!(tpstreams_stop(&sim, ID, "").send().await.status, 409);
    assert_eq!(due(&webhook), []);
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
    gjirafa_stop(&sim, ID, CUT).send().await;
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
async fn a_receiver_that_is_not_there_is_tried_again() {
    let sim = Simulator::start().await.unwrap();
    // Bound and not listening: the port refuses, and nobody else gets it.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    sim.tpstreams()
        .configure(|settings| settings.webhook_retries([seconds(0)]));
    sim.tpstreams()
        .register_webhook(WebhookSpec::over_http(url))
        .unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    assert_eq!(sim.deliver_due().await, 2);
    for record in sim.deliveries() {
        assert!(
            matches!(record.outcome, Outcome::Unanswered(_)),
            "{record:?}"
        );
    }
}

#[tokio::test]
async fn a_delivery_that_is_given_up_on_its_way_is_still_due() {
    let receiver = Receiver::start(&[]).await;
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams()
        .register_webhook(WebhookSpec::over_http(receiver.url()))
        .unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    {
        let mut delivering = std::pin::pin!(sim.deliver_due());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(delivering.as_mut().poll(&mut context).is_pending());
    }
    assert!(sim.deliveries().is_empty());
    assert_eq!(sim.deliver_due().await, 1);
}

#[tokio::test]
async fn where_the_clock_runs_deliveries_are_made_by_themselves() {
    let mut receiver = Receiver::start(&[]).await;
    let sim = Simulator::builder()
        .clock(SimClock::system())
        .start()
        .await
        .unwrap();
    sim.tpstreams()
        .register_webhook(WebhookSpec::over_http(receiver.url()).secret("s3cret"))
        .unwrap();
    let spec = StreamSpec::live(ID).stopped_for(Duration::from_millis(1));
    let spec = spec.transcoding_takes(Duration::from_millis(1));
    sim.tpstreams().create_stream(spec).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    let stopped = receiver.next().await;
    assert_eq!(stopped.header("x-streams-token"), Some("s3cret"));
    assert_eq!(stopped.json()["live_stream"]["status"], "Stopped");
    let ready = receiver.next().await;
    assert_eq!(ready.json()["video"]["status"], "Completed");
    // A clock that runs can be moved too.
    let spec = StreamSpec::live("b").ends_after(seconds(2 * 3600));
    sim.tpstreams().create_stream(spec).unwrap();
    sim.clock().advance(seconds(2 * 3600));
    assert_eq!(receiver.next().await.json()["id"], "b");
}

#[tokio::test]
async fn what_cannot_be_a_receiver_is_refused() {
    let sim = Simulator::start().await.unwrap();
    let at_gjirafa = |spec| sim.gjirafa().register_webhook(spec).err();
    let at_tpstreams = |spec| sim.tpstreams().register_webhook(spec).err();
    let local = "http://127.0.0.1:1/";
    for (error, expected) in [
        (
            at_gjirafa(WebhookSpec::over_http(local).secret("s")),
            Some(RegisterError::NoSecrets),
        ),
        (
            at_tpstreams(WebhookSpec::over_http(local).secret("")),
            Some(RegisterError::Secret),
        ),
        (
            at_tpstreams(WebhookSpec::over_http(local).secret("a\nb")),
            Some(RegisterError::Secret),
        ),
        (
            at_gjirafa(WebhookSpec::over_http("/hooks")),
            Some(RegisterError::Url),
        ),
        (
            at_gjirafa(WebhookSpec::in_process("not a url")),
            Some(RegisterError::Url),
        ),
        (
            at_gjirafa(WebhookSpec::over_http("https://127.0.0.1/")),
            Some(RegisterError::NotHttp),
        ),
        (
            at_gjirafa(WebhookSpec::over_http("http://192.0.2.1/")),
            Some(RegisterError::NotLoopback),
        ),
        (
            at_gjirafa(WebhookSpec::over_http("http://127.0.0.1.example/")),
            Some(RegisterError::NotLoopback),
        ),
        (
            at_gjirafa(WebhookSpec::over_http("http://localhost/")),
            None,
        ),
        (at_gjirafa(WebhookSpec::over_http("http://[::1]:9/")), None),
        (
            at_gjirafa(WebhookSpec::in_process("https://192.0.2.1/")),
            None,
        ),
    ] {
        assert_eq!(error, expected);
    }
    let open = Simulator::builder().allow_any_receiver().start().await;
    let spec = WebhookSpec::over_http("http://192.0.2.1/");
    assert!(open.unwrap().gjirafa().register_webhook(spec).is_ok());
}

#[tokio::test]
async fn a_secret_of_a_webhook_is_not_in_debug() {
    let sim = Simulator::start().await.unwrap();
    let spec = WebhookSpec::in_process("https://example.com/find-me").secret("find-me");
    let shown = format!("{spec:?}");
    let webhook = sim.tpstreams().register_webhook(spec).unwrap();
    sim.tpstreams()
        .configure(|settings| settings.stream_key("find-me"));
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    tpstreams_stop(&sim, ID, "").send().await;
    let deliveries = due(&webhook);
    assert_eq!(deliveries.len(), 1);
    let shown = format!("{shown} {webhook:?} {deliveries:?} {:?}", sim.deliveries());
    assert!(!shown.contains("find-me"), "{shown}");
}

#[tokio::test]
async fn webhooks_are_registered_and_delivered_over_the_control_api() {
    let mut receiver = Receiver::start(&[]).await;
    let sim = Simulator::builder().control_api().start().await.unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    let post = async |target: &str, body: Value| {
        let answer = Request::post(sim.address(), target, "", &body.to_string())
            .send()
            .await;
        (answer.status, answer.json())
    };
    let spec =
        json!({"url": receiver.url(), "secret": "s3cret", "seed": 1, "duplicated_percent": 100});
    let registered = post("/_sim/tpstreams/webhooks", spec).await;
    assert_eq!(registered, (201, json!({"webhook": 1})));
    tpstreams_stop(&sim, ID, "").send().await;
    let delivered = post("/_sim/deliver-due", json!({})).await;
    assert_eq!(delivered, (200, json!({"attempts": 2})));
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[1].header("x-streams-token"), Some("s3cret"));
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
            "/_sim/gjirafa/webhooks",
            json!({"url": receiver.url(), "secret": "s"}),
            400,
        ),
        (
            "/_sim/gjirafa/webhooks",
            json!({"url": "http://192.0.2.1/"}),
            400,
        ),
        (
            "/_sim/gjirafa/webhooks",
            json!({"url": receiver.url(), "to": 1}),
            400,
        ),
        ("/_sim/nobody/webhooks", json!({"url": receiver.url()}), 404),
        ("/_sim/deliver-due", json!({"all": true}), 400),
        ("/_sim/deliveries", json!({}), 405),
    ] {
        assert_eq!(post(target, body).await.0, status, "{target}");
    }
}
