//! Mux, as its OpenAPI document has it. The clock stands at 2025-01-13T08:00:00Z.

use crate::client::{Answer, Request};
use crate::{kept_seconds, seconds};
use livecut_sim::{
    Action, ClipSource, FailingStage, MuxSettings, Paging, RecordingTimes, Simulator, StreamSpec,
    WebhookSpec,
};
use serde_json::{Value, json};

/// `printf 'sim-mux-token-id:sim-mux-token-secret' | base64`
const AUTHORIZATION: &str = "Basic c2ltLW11eC10b2tlbi1pZDpzaW0tbXV4LXRva2VuLXNlY3JldA==";

/// A simulator with the live stream `abc`, which has been live for an hour.
async fn live(settings: MuxSettings) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.mux().configure(|_| settings);
    sim.mux().create_stream(StreamSpec::live("abc")).unwrap();
    sim
}

fn request(sim: &Simulator, method: &str, path: &str, body: &str) -> Request {
    let target = format!("/mux/video/v1/{path}");
    if method == "GET" {
        Request::get(sim.address(), &target, AUTHORIZATION)
    } else {
        Request::post(sim.address(), &target, AUTHORIZATION, body).method(method)
    }
}

async fn data(sim: &Simulator, path: &str) -> Value {
    let answer = request(sim, "GET", path, "").send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"].clone()
}

async fn put(sim: &Simulator, what: &str) -> Answer {
    let path = format!("live-streams/abc/{what}");
    request(sim, "PUT", &path, "").send().await
}

async fn clip(sim: &Simulator, start: f64, end: f64) -> Answer {
    let body = json!({
        "inputs": [{"url": "mux://assets/asset1", "start_time": start, "end_time": end}],
        "playback_policies": ["signed"],
        "passthrough": "a mark",
    });
    request(sim, "POST", "assets", &body.to_string())
        .send()
        .await
}

#[tokio::test]
async fn complete_ends_the_broadcast_and_its_asset_is_the_recording() {
    let sim = live(MuxSettings::default()).await;
    let stream = data(&sim, "live-streams/abc").await;
    assert_eq!(stream["status"], "active");
    assert_eq!(stream["active_asset_id"], "asset1");
    assert!(
        stream["stream_key"]
            .as_str()
            .unwrap()
            .contains("SIMSTREAMKEY")
    );
    let asset = data(&sim, "assets/asset1").await;
    assert_eq!(
        (&asset["status"], &asset["is_live"]),
        (&json!("ready"), &json!(true))
    );
    assert_eq!(asset["live_stream_id"], "abc");

    let completed = put(&sim, "complete").await;
    assert_eq!(
        (completed.status, completed.json()),
        (200, json!({"data": {}}))
    );
    let stream = data(&sim, "live-streams/abc").await;
    assert_eq!(stream["status"], "idle");
    assert_eq!(stream["active_asset_id"], Value::Null);
    assert_eq!(stream["recent_asset_ids"], json!(["asset1"]));
    assert_eq!(data(&sim, "assets/asset1").await["status"], "preparing");
    assert_eq!(kept_seconds(sim.mux().kept("abc")), (0, 3600));
    assert_eq!(put(&sim, "complete").await.status, 400);

    sim.clock().advance(seconds(65));
    let asset = data(&sim, "assets/asset1").await;
    assert_eq!(
        (&asset["status"], &asset["is_live"]),
        (&json!("ready"), &Value::Null)
    );
    assert_eq!(asset["duration"], 3600.0);
    let times =
        json!([{"started_at": "2025-01-13T07:00:00Z", "duration": 3600.0, "type": "content"}]);
    assert_eq!(asset["recording_times"], times);
}

#[tokio::test]
async fn a_disabled_stream_is_over_and_says_so() {
    let sim = live(MuxSettings::default().with_active_after_complete(seconds(60))).await;
    assert_eq!(put(&sim, "complete").await.status, 200);
    assert_eq!(data(&sim, "live-streams/abc").await["status"], "active");
    assert_eq!(put(&sim, "complete").await.status, 200);
    assert_eq!(put(&sim, "disable").await.status, 200);
    assert_eq!(data(&sim, "live-streams/abc").await["status"], "disabled");
    let stops = sim.mux().requests_for(Action::Stop, "abc");
    let applied: Vec<_> = stops.iter().map(|request| request.applied.stop).collect();
    assert_eq!(applied, [true, false]);
}

#[tokio::test]
async fn a_clip_is_an_asset_of_its_own_and_each_request_makes_another() {
    let sim = live(MuxSettings::default()).await;
    assert_eq!(clip(&sim, 30.0, 120.0).await.status, 400, "it is live");
    put(&sim, "complete").await;
    let made = clip(&sim, 30.0, 120.5).await;
    assert_eq!(made.status, 201);
    let made = made.json()["data"].clone();
    assert_eq!(made["id"], "clip1n0");
    assert_eq!(made["source_asset_id"], "asset1");
    assert_eq!(made["passthrough"], "a mark");
    assert_eq!(made["live_stream_id"], Value::Null);
    assert_eq!(made["playback_ids"][0]["policy"], "signed");
    assert_eq!(
        clip(&sim, 30.0, 120.5).await.json()["data"]["id"],
        "clip1n1"
    );
    assert_eq!(sim.mux().clips("abc").len(), 2);
    let kept = sim.mux().kept("abc").unwrap().offsets();
    assert_eq!(
        (kept.start, kept.end),
        (seconds(30), seconds(120) + seconds(1) / 2)
    );

    // Made when the recording is ready, and some time after.
    sim.clock().advance(seconds(74));
    assert_eq!(data(&sim, "assets/clip1n0").await["status"], "preparing");
    sim.clock().advance(seconds(1));
    let ready = data(&sim, "assets/clip1n0").await;
    assert_eq!(
        (&ready["status"], &ready["duration"]),
        (&json!("ready"), &json!(90.5))
    );
}

#[tokio::test]
async fn a_clip_that_cannot_be_made_is_refused_with_the_reason() {
    let sim = live(MuxSettings::default().with_clip_source(ClipSource::Ready)).await;
    put(&sim, "complete").await;
    assert_eq!(clip(&sim, 30.0, 120.0).await.status, 400);
    sim.clock().advance(seconds(65));
    for (start, end, why) in [
        (120.0, 30.0, "after its start"),
        (30.0, 30.4, "500 ms"),
        (30.0, 3600.5, "after the asset"),
    ] {
        let answer = clip(&sim, start, end).await;
        assert_eq!(answer.status, 400);
        let error = answer.json()["error"].clone();
        assert_eq!(error["type"], "invalid_parameters");
        assert!(
            error["messages"][0].as_str().unwrap().contains(why),
            "{error}"
        );
    }
    assert_eq!(clip(&sim, 30.0, 30.5).await.status, 201);
    let refused = sim.mux().requests_for(Action::Cut, "asset1");
    assert!(refused[0].refusal.as_ref().unwrap().contains("ready"));
}

#[tokio::test]
async fn the_list_has_pages_and_a_filter_that_misses_clips() {
    let sim = live(MuxSettings::default().with_page_limit(2)).await;
    put(&sim, "complete").await;
    clip(&sim, 30.0, 120.0).await;
    sim.mux().create_stream(StreamSpec::live("other")).unwrap();
    let ids = async |query: &str| -> Vec<String> {
        let assets = data(&sim, &format!("assets{query}")).await;
        let ids = assets.as_array().unwrap().iter();
        ids.map(|asset| asset["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids("").await, ["clip1n0", "asset1"]);
    assert_eq!(ids("?limit=100&page=2").await, ["asset2"]);
    assert_eq!(ids("?limit=1&page=2").await, ["asset1"]);
    assert!(ids("?page=3").await.is_empty());
    assert_eq!(ids("?live_stream_id=abc").await, ["asset1"]);
    for odd in ["?page=0", "?limit=x", "?offset=1", "?page=1&page=1"] {
        let answer = request(&sim, "GET", &format!("assets{odd}"), "")
            .send()
            .await;
        assert_eq!(answer.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn the_list_is_gone_through_by_cursor_by_number_or_not_at_all() {
    let sim = live(MuxSettings::default().with_page_limit(2)).await;
    for id in ["b", "c", "d", "e"] {
        sim.mux().create_stream(StreamSpec::live(id)).unwrap();
    }
    let page = async |query: &str| {
        let answer = request(&sim, "GET", &format!("assets{query}"), "")
            .send()
            .await;
        assert_eq!(answer.status, 200, "{query}");
        let page = answer.json();
        let ids = page["data"].as_array().unwrap().iter();
        let ids: Vec<_> = ids
            .map(|asset| asset["id"].as_str().unwrap().to_owned())
            .collect();
        (ids.join(" "), page.get("next_cursor").cloned())
    };
    let escaped = |cursor: Option<Value>| {
        let cursor = cursor.unwrap().as_str().unwrap().to_owned();
        assert!(cursor.contains(['+', '/', '=']), "{cursor}");
        cursor
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D")
    };
    let (first, next) = page("").await;
    let (second, next) = page(&format!("?cursor={}", escaped(next))).await;
    let (third, next) = page(&format!("?cursor={}", escaped(next))).await;
    assert_eq!(
        [&*first, &*second, &*third],
        ["asset1 asset2", "asset3 asset4", "asset5"]
    );
    assert_eq!(next, Some(Value::Null));
    assert_eq!(page("?page=2").await.0, second);

    sim.mux()
        .configure(|settings| settings.with_paging(Paging::Page));
    assert_eq!(page("").await, (first.clone(), None));
    assert_eq!(page("?page=3").await, (third, None));

    sim.mux()
        .configure(|settings| settings.with_paging(Paging::FirstPageOnly));
    assert_eq!(page("?page=2").await, (first, None));
}

#[tokio::test]
async fn a_request_that_is_not_as_documented_is_refused() {
    let sim = live(MuxSettings::default()).await;
    let stream = || request(&sim, "GET", "live-streams/abc", "");
    let refused = stream()
        .set("Authorization", "Basic c2ltOnNpbQ==")
        .send()
        .await;
    assert_eq!(refused.status, 401);
    for (request, status) in [
        (stream().map_target(|target| format!("{target}?x=1")), 400),
        (stream().map_target(|target| format!("{target}/")), 404),
        (request(&sim, "POST", "live-streams/abc/complete", ""), 405),
        (request(&sim, "PUT", "live-streams/none/complete", ""), 404),
        (request(&sim, "PUT", "live-streams/abc/complete", "{}"), 400),
        (
            request(&sim, "PUT", "live-streams/abc/complete", "").without("Content-Length"),
            411,
        ),
        (request(&sim, "GET", "assets/none", ""), 404),
        (request(&sim, "POST", "assets", ""), 400),
        (request(&sim, "POST", "assets", r#"{"inputs":[]}"#), 400),
        (
            request(
                &sim,
                "POST",
                "assets",
                r#"{"inputs":[{"url":"mux://assets/none"}]}"#,
            ),
            404,
        ),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(sim.mux().kept("abc"), None);
}

#[tokio::test]
async fn recording_times_tell_of_interruptions_where_the_test_wants_them() {
    for (choice, types) in [
        (
            RecordingTimes::TwoSessions,
            vec![json!("content"), json!("content")],
        ),
        (
            RecordingTimes::Slate,
            vec![json!("content"), json!("slate"), json!("content")],
        ),
        (RecordingTimes::Untyped, vec![Value::Null]),
    ] {
        let sim = live(MuxSettings::default().with_recording_times(choice)).await;
        let asset = data(&sim, "assets/asset1").await;
        let sessions = asset["recording_times"].as_array().unwrap();
        let seen: Vec<_> = sessions
            .iter()
            .map(|session| session["type"].clone())
            .collect();
        assert_eq!(seen, types);
        assert_eq!(sessions[0]["started_at"], "2025-01-13T07:00:00Z");
    }
    let sim = live(MuxSettings::default().with_recording_times(RecordingTimes::Missing)).await;
    assert_eq!(
        data(&sim, "assets/asset1").await["recording_times"],
        Value::Null
    );
}

#[tokio::test]
async fn webhooks_tell_of_the_stream_the_recording_and_its_clips_and_are_signed() {
    for (fails_in, expected) in [
        (
            None,
            [
                ("video.live_stream.idle", "abc"),
                ("video.asset.live_stream_completed", "asset1"),
                ("video.asset.ready", "asset1"),
                ("video.asset.ready", "clip1n0"),
            ]
            .as_slice(),
        ),
        (
            Some(FailingStage::Trimming),
            &[
                ("video.live_stream.idle", "abc"),
                ("video.asset.live_stream_completed", "asset1"),
                ("video.asset.ready", "asset1"),
                ("video.asset.errored", "clip1n0"),
            ],
        ),
    ] {
        let sim = Simulator::start().await.unwrap();
        let mut spec = StreamSpec::live("abc");
        if let Some(stage) = fails_in {
            spec = spec.with_failure(stage);
        }
        sim.mux().create_stream(spec).unwrap();
        let spec = WebhookSpec::in_process("https://receiver.invalid/").with_secret("s3cret");
        let webhook = sim.mux().register_webhook(spec).unwrap();
        put(&sim, "complete").await;
        clip(&sim, 30.0, 120.0).await;
        sim.clock().advance(seconds(200));
        let mut seen = Vec::new();
        while let Some(delivery) = webhook.next_due() {
            let signature = delivery.header("mux-signature").unwrap().to_owned();
            let (time, hex) = signature
                .strip_prefix("t=")
                .and_then(|rest| rest.split_once(",v1="))
                .unwrap();
            assert!(
                time.parse::<u64>().is_ok() && hex.len() == 64,
                "{signature}"
            );
            let event: Value = serde_json::from_slice(&delivery.body).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            seen.push((text(&event["type"]), text(&event["data"]["id"])));
            webhook.answer(delivery, 204);
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned()))
            .collect();
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn clips_that_are_made_at_one_instant_are_each_told_of_once() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live("abc")
        .with_stopped_time(seconds(0))
        .with_transcoding_time(seconds(0))
        .with_trimming_time(seconds(0));
    sim.mux().create_stream(spec).unwrap();
    let spec = WebhookSpec::in_process("https://receiver.invalid/").with_secret("s3cret");
    let webhook = sim.mux().register_webhook(spec).unwrap();
    let ready = || {
        let mut ready = Vec::new();
        while let Some(delivery) = webhook.next_due() {
            let event: Value = serde_json::from_slice(&delivery.body).unwrap();
            if event["type"] == "video.asset.ready" {
                ready.push(event["data"]["id"].as_str().unwrap().to_owned());
            }
            webhook.answer(delivery, 204);
        }
        ready
    };
    put(&sim, "complete").await;
    assert_eq!(ready(), ["asset1"]);
    clip(&sim, 30.0, 120.0).await;
    clip(&sim, 60.0, 120.0).await;
    assert_eq!(ready(), ["clip1n0", "clip1n1"]);
    sim.clock().advance(seconds(200));
    assert!(ready().is_empty());
}
