use livecut::{CutRange, Timeline};
use serde_json::json;

use crate::{keys, program, run};

#[tokio::test]
async fn the_demo_shows_every_provider_and_finds_each_interval_as_asked() {
    let ran = run(program().args(["demo", "--output", "json"]))
        .await
        .exits_with(0);
    let document = ran.document();
    keys(&document, &["as_asked", "same_end", "runs"]);
    assert_eq!(document["as_asked"], true);
    assert_eq!(document["same_end"], true);
    let shown: Vec<_> = document["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            assert_eq!(run["as_asked"], true);
            assert_eq!(run["recording"]["progress"], "ready");
            assert_eq!(run["same_end"], true);
            let told = run["webhooks"].as_array().unwrap();
            let last = told.last().map(|told| &told["state"]);
            let expected = json!("recording_ready");
            let has_webhooks = run["has_webhooks"] == true;
            assert_eq!(last, has_webhooks.then_some(&expected), "{run}");
            assert_eq!(
                run["looks"].as_array().unwrap().last().unwrap()["stage"],
                "ready"
            );
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let kept = text(&run["kept"]);
            let asked = match run["title"].as_str() {
                Some("a cut by offset") => Some(Timeline::Offset),
                Some("a cut by wall clock") => Some(Timeline::WallClock),
                _ => None,
            };
            let kept = match (kept.parse::<CutRange>(), asked) {
                // What it becomes on the other timeline depends on when the demo's stream began.
                (Ok(range), Some(asked)) if range.timeline() != asked => {
                    format!("{:?} by {}", range.duration(), range.timeline())
                }
                _ => kept,
            };
            (text(&run["provider"]), kept)
        })
        .collect();
    let expected = [
        ("tpstreams", "0s..3600s"),
        ("tpstreams", "30s..120s"),
        ("tpstreams", "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z"),
        ("gjirafa", "0s..3600s"),
        ("gjirafa", "30.5s..120s"),
        ("gjirafa", "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z"),
        ("mux", "0s..3600s"),
        ("mux", "30.5s..120s"),
        ("mux", "300s by offset"),
        ("gcore", "0s..3600s"),
        ("gcore", "90s by wall clock"),
        ("gcore", "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z"),
    ];
    assert_eq!(
        shown,
        expected.map(|(provider, kept)| (provider.to_owned(), kept.to_owned()))
    );
}

#[tokio::test]
async fn the_demo_shows_people_each_call_and_each_verdict() {
    let ran = run(program().arg("demo")).await.exits_with(0);
    assert_eq!(ran.stdout.matches("\nkept ").count(), 12, "{}", ran.stdout);
    // Wherever the line is wrapped.
    let words: Vec<_> = ran.stdout.split_whitespace().collect();
    let verdicts = words.join(" ").matches(": as asked").count();
    assert_eq!(verdicts, 12, "{}", ran.stdout);
    for text in [
        "/tpstreams/api/v1/simorg/assets/1001/stop_live_stream/",
        r#"{"start_time":30,"end_time":120}"#,
        r#"{"fromMilisecond":30500,"toMilisecond":120000}"#,
        r#""start_time":30.5,"end_time":120}"#,
        r#"{"stream":{"name":"Simulated stream","active":false}}"#,
        "All 12 kept intervals are the ones that were asked for.",
        "ready: the same by polling and by webhooks",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("token"), "{}", ran.stdout);
}

#[tokio::test]
async fn the_demo_can_be_of_one_provider() {
    let ran = run(program().args(["demo", "--provider", "gjirafa", "--output", "json"]))
        .await
        .exits_with(0);
    assert_eq!(ran.document()["runs"].as_array().unwrap().len(), 3);
}
