//! Gcore, as its OpenAPI document has it. The clock stands at 2025-01-13T08:00:00Z.

use crate::client::{Answer, Request};
use crate::{kept_seconds, seconds};
use livecut_sim::{Action, FailingStage, Simulator, StreamSpec};
use serde_json::{Value, json};

/// The clock's instant, in seconds since the epoch; streams began an hour before.
const NOW: u64 = 1_736_755_200;
const HOUR: u64 = 3600;

/// A simulator with the stream 7, which has been live for an hour.
async fn live() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.gcore().create_stream(StreamSpec::live("7")).unwrap();
    sim
}

fn request(sim: &Simulator, method: &str, path: &str, body: &str) -> Request {
    let target = format!("/gcore/streaming/{path}");
    let authorization = format!("apikey {}", sim.gcore().token());
    if method == "GET" {
        Request::get(sim.address(), &target, &authorization)
    } else {
        Request::post(sim.address(), &target, &authorization, body).method(method)
    }
}

async fn get(sim: &Simulator, path: &str) -> Value {
    let answer = request(sim, "GET", path, "").send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// A clip from `start` seconds into the stream on.
async fn clip(sim: &Simulator, start: u64, duration: u64) -> Answer {
    let start = (NOW - HOUR).saturating_add(start);
    let body = json!({"start": start, "duration": duration, "vod_required": true});
    request(sim, "PUT", "streams/7/clip_recording", &body.to_string())
        .send()
        .await
}

async fn switch_off(sim: &Simulator) -> Answer {
    let body = r#"{"stream":{"name":"Simulated stream","active":false}}"#;
    request(sim, "PATCH", "streams/7", body).send().await
}

#[tokio::test]
async fn a_clip_is_made_while_the_stream_is_live_and_is_what_is_kept_of_it() {
    let sim = live().await;
    let made = clip(&sim, 30, 90).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.header("date"), Some("Mon, 13 Jan 2025 08:00:00 GMT"));
    let made = made.json();
    assert_eq!(
        (&made["duration"], &made["vod_required"]),
        (&json!(90), &json!(true))
    );
    // "expiration is counted as +3600 seconds to the end of the clip".
    assert_eq!(made["expiration"], NOW - HOUR + 120 + 3600);

    let stream = get(&sim, "streams/7").await;
    assert_eq!(
        (&stream["live"], &stream["active"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(sim.gcore().kept("7"), None);
    assert_eq!(
        kept_seconds(Some(sim.gcore().clips("7")[0].kept)),
        (30, 120)
    );

    let off = switch_off(&sim).await.json();
    assert_eq!(
        (&off["live"], &off["active"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(kept_seconds(sim.gcore().kept("7")), (30, 120));
    let applied: Vec<_> = sim
        .gcore()
        .requests()
        .iter()
        .map(|request| (request.action, request.applied.stop, request.applied.cut))
        .collect();
    assert_eq!(
        applied,
        [
            (Some(Action::Cut), false, true),
            (Some(Action::Status), false, false),
            (Some(Action::Stop), true, false),
        ]
    );
}

#[tokio::test]
async fn a_video_goes_through_its_documented_statuses_and_has_its_length_in_milliseconds() {
    let sim = live().await;
    let id = clip(&sim, 30, 90).await.json()["video_id"].clone();
    switch_off(&sim).await;
    let video = format!("videos/{id}");
    for (after, status) in [
        (0, "empty"),
        (5, "pending"),
        (60, "viewable"),
        (10, "ready"),
    ] {
        sim.clock().advance(seconds(after));
        let video = get(&sim, &video).await;
        assert_eq!(video["status"], status);
        assert_eq!(video["stream_id"], 7);
        assert_eq!(video.get("hls_url").is_some(), status == "ready");
    }
    assert_eq!(get(&sim, &video).await["duration"], 90_000);

    let failing = StreamSpec::live("8").with_failure(FailingStage::Trimming);
    sim.gcore().create_stream(failing).unwrap();
    let body = json!({"duration": 30, "start": NOW}).to_string();
    let made = request(&sim, "PUT", "streams/8/clip_recording", &body)
        .send()
        .await;
    let id = made.json()["video_id"].clone();
    sim.clock().advance(seconds(75));
    assert_eq!(get(&sim, &format!("videos/{id}")).await["status"], "error");
}

#[tokio::test]
async fn what_the_dvr_lacks_is_missing_in_silence_and_chunks_make_a_clip_longer() {
    let sim = Simulator::start().await.unwrap();
    let spec = StreamSpec::live("7").with_dvr_window(seconds(600));
    sim.gcore().create_stream(spec).unwrap();
    // Of ten minutes only the last five are there.
    let answer = clip(&sim, 2700, 600).await;
    assert_eq!(answer.json()["duration"], 600);
    let clips = sim.gcore().clips("7");
    assert_eq!(kept_seconds(Some(clips[0].kept)), (3000, 3300));

    sim.gcore()
        .configure(|settings| settings.with_chunk(seconds(4)));
    clip(&sim, 3101, 10).await;
    let clips = sim.gcore().clips("7");
    assert_eq!(kept_seconds(Some(clips[1].kept)), (3100, 3112));
}

#[tokio::test]
async fn a_clip_that_breaks_a_rule_is_refused_and_not_made() {
    let sim = live().await;
    for (start, duration, why) in [
        (0, 0, "duration"),
        (0, HOUR + 1, "duration"),
        (3590, 12, "future"),
    ] {
        let answer = clip(&sim, start, duration).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(
            answer.json()["error"].as_str().unwrap().contains(why),
            "{}",
            answer.body
        );
        assert_eq!(answer.json()["status"], 400);
    }
    let put = |body: Value| request(&sim, "PUT", "streams/7/clip_recording", &body.to_string());
    for expiration in [NOW + 59, NOW + 4 * HOUR, NOW - 1] {
        let body = json!({"start": NOW - 60, "duration": 30, "expiration": expiration});
        assert_eq!(put(body).send().await.status, 400, "{expiration}");
    }
    let body = json!({"start": NOW - 3 * HOUR, "duration": 30});
    assert_eq!(put(body).send().await.status, 400);
    assert!(sim.gcore().clips("7").is_empty());

    let spec = StreamSpec::live("8").with_dvr(false);
    sim.gcore().create_stream(spec).unwrap();
    let body = json!({"start": NOW - 60, "duration": 30}).to_string();
    let answer = request(&sim, "PUT", "streams/8/clip_recording", &body)
        .send()
        .await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn clips_are_listed_until_they_expire_with_the_video_that_their_answer_may_lack() {
    let sim = live().await;
    sim.gcore()
        .configure(|settings| settings.with_video_id_at_once(false));
    let made = clip(&sim, 3500, 90).await.json();
    assert_eq!(made["video_id"], Value::Null);
    let list = get(&sim, "streams/7/clip_recording").await;
    assert_eq!(list[0]["id"], made["id"]);
    let video = list[0]["video_id"].clone();
    assert!(video.is_u64());
    sim.clock().advance(seconds(2 * HOUR));
    assert_eq!(get(&sim, "streams/7/clip_recording").await, json!([]));
    // The video stays.
    assert_eq!(
        get(&sim, &format!("videos/{video}")).await["status"],
        "ready"
    );

    // A clip alone has none.
    let body =
        json!({"start": NOW + 2 * HOUR - 10, "duration": 1, "vod_required": false}).to_string();
    let passing = request(&sim, "PUT", "streams/7/clip_recording", &body)
        .send()
        .await;
    assert_eq!(passing.json()["vod_required"], false);
    assert_eq!(sim.gcore().clips("7")[1].video_id, None);
}

#[tokio::test]
async fn a_recording_is_closed_once_and_kept_up_to_then_in_parts() {
    let sim = Simulator::start().await.unwrap();
    sim.gcore()
        .configure(|settings| settings.with_part_length(seconds(1500)));
    sim.gcore().create_stream(StreamSpec::live("7")).unwrap();
    let running = get(&sim, "streams/7").await;
    assert_eq!(
        (&running["recording"], &running["recording_duration"]),
        (&json!(true), &json!(3600))
    );

    let close = request(&sim, "PUT", "streams/7/stop_recording", "");
    let closed = close.send().await.json();
    let last = closed["id"].as_u64().unwrap();
    assert!(sim.gcore().recording_closed("7").is_some());
    let again = close.send().await;
    assert_eq!((again.status, again.body.as_str()), (200, ""));
    let stream = get(&sim, "streams/7").await;
    assert_eq!(stream["live"], true);
    assert_eq!(
        (&stream["recording"], &stream["recording_duration"]),
        (&json!(false), &Value::Null)
    );

    // Media after the closing isn't recorded.
    sim.clock().advance(seconds(600));
    switch_off(&sim).await;
    assert_eq!(kept_seconds(sim.gcore().kept("7")), (0, 3600));
    sim.clock().advance(seconds(200));
    let mut lengths = Vec::new();
    for id in last - 2..=last {
        lengths.push(get(&sim, &format!("videos/{id}")).await["duration"].clone());
    }
    assert_eq!(
        lengths,
        [json!(1_500_000), json!(1_500_000), json!(600_000)]
    );
}

#[tokio::test]
async fn a_stream_that_is_not_recorded_leaves_nothing_but_its_clips() {
    let sim = Simulator::start().await.unwrap();
    for id in ["7", "8"] {
        sim.gcore()
            .create_stream(StreamSpec::live(id).with_recording(false))
            .unwrap();
    }
    let close = request(&sim, "PUT", "streams/7/stop_recording", "")
        .send()
        .await;
    assert_eq!((close.status, close.body.as_str()), (200, ""));
    clip(&sim, 0, 60).await;
    switch_off(&sim).await;
    assert_eq!(kept_seconds(sim.gcore().kept("7")), (0, 60));

    let body = r#"{"stream":{"name":"Another name","active":false}}"#;
    request(&sim, "PATCH", "streams/8", body).send().await;
    assert_eq!(sim.gcore().kept("8"), None);
    assert_eq!(
        sim.gcore().stream_name("8").as_deref(),
        Some("Another name")
    );
    assert_eq!(sim.gcore().is_active("8"), Some(false));
}

#[tokio::test]
async fn ids_are_integers_and_every_resource_keeps_to_its_methods() {
    let sim = live().await;
    assert!(sim.gcore().create_stream(StreamSpec::live("room")).is_err());
    for (method, path, status) in [
        ("GET", "streams/8", 404),
        ("GET", "streams/room", 400),
        ("GET", "streams/07", 400),
        ("GET", "videos/7", 404),
        ("GET", "streams/7/", 404),
        ("DELETE", "streams/7", 405),
        ("GET", "streams/7/stop_recording", 405),
        ("POST", "streams/7/clip_recording", 405),
        ("PATCH", "streams/7", 400),
        ("PUT", "streams/7/clip_recording", 400),
    ] {
        let answer = request(&sim, method, path, "").send().await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.json()["status"], status, "{method} {path}");
    }
    let wrong = request(&sim, "GET", "streams/7", "").set("Authorization", "apikey other");
    assert_eq!(wrong.send().await.status, 401);
    let bearer =
        request(&sim, "GET", "streams/7", "").set("Authorization", "Bearer sim-gcore-token");
    assert_eq!(bearer.send().await.status, 401);
}
