use std::time::Duration;

use livecut::{Bounds, CutRange, Provider, Timeline, TimelineSupport};
use serde_json::json;

use crate::providers::{ANOTHER, CLOSING, OWING};
use crate::{keys, program, run};

const PART: Bounds = Bounds::Offset {
    start: Duration::from_millis(30_500),
    end: Duration::from_secs(120),
};

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
            let range = |value: &serde_json::Value| text(value).parse::<CutRange>().unwrap();
            if run["part"].is_string() {
                assert_eq!(range(&run["part"]), CutRange::try_from(PART).unwrap());
            }
            (
                text(&run["provider"]),
                range(&run["kept"]).timeline(),
                text(&run["kept_part"]),
            )
        })
        .collect();
    let expected: Vec<_> = livecut::providers()
        .iter()
        .flat_map(|provider| {
            let can = provider.capabilities().unwrap();
            // A cut on a timeline that the provider lacks is asked for, and kept, by the other one.
            let by = |timeline, other| match can.timeline(timeline) {
                Some(TimelineSupport::Native) => timeline,
                _ => other,
            };
            let kept =
                |timeline, part: &str| (provider.name().to_owned(), timeline, part.to_owned());
            let part = if cuts_whole_seconds(provider) {
                "30s..120s"
            } else {
                "30.5s..120s"
            };
            // It may have begun so much later.
            let by_clock = if knows_whole_seconds(provider) {
                "29.5s..120s"
            } else {
                part
            };
            [
                kept(Timeline::Offset, "0s..3600s"),
                kept(by(Timeline::Offset, Timeline::WallClock), part),
                kept(by(Timeline::WallClock, Timeline::Offset), by_clock),
            ]
        })
        .collect();
    assert_eq!(shown, expected);
}

fn cuts_whole_seconds(provider: &Provider) -> bool {
    let granularity = provider.capabilities().unwrap().granularity();
    granularity == Duration::from_secs(1)
}

/// Whether its anchor is known to a second alone.
fn knows_whole_seconds(provider: &Provider) -> bool {
    let precision = provider.capabilities().unwrap().anchor_precision();
    precision == Duration::from_secs(1)
}

/// A provider that says itself when the recording began is told no anchor.
#[tokio::test]
async fn the_demo_gives_an_anchor_only_where_none_can_be_read() {
    for (provider, reads) in [(OWING, 2), (CLOSING, 1)] {
        let args = ["demo", "--provider", provider, "--output", "json"];
        let ran = run(program().args(args)).await.exits_with(0);
        let document = ran.document();
        let calls = document["runs"][2]["calls"].as_array().unwrap();
        let read = calls.iter().filter(|call| call["method"] == "GET").count();
        assert_eq!(read, reads, "{calls:#?}");
    }
}

#[tokio::test]
async fn the_demo_shows_people_each_call_and_each_verdict() {
    let ran = run(program().arg("demo")).await.exits_with(0);
    let runs = livecut::providers().len() * 3;
    assert_eq!(
        ran.stdout.matches("\nkept ").count(),
        runs,
        "{}",
        ran.stdout
    );
    // Wherever the line is wrapped.
    let words: Vec<_> = ran.stdout.split_whitespace().collect();
    let verdicts = words.join(" ").matches(": as asked").count();
    assert_eq!(verdicts, runs, "{}", ran.stdout);
    // Those that cut to whole seconds, on either timeline, and those that know the start so, by the clock.
    let rounded = words
        .join(" ")
        .matches(": as asked, but rounded outward, to 1s")
        .count();
    let whole_seconds = |provider: &&Provider| cuts_whole_seconds(provider);
    let cut_to_them = livecut::providers().iter().filter(whole_seconds).count();
    let known = livecut::providers().iter();
    let known_to_them = known
        .filter(|provider| knows_whole_seconds(provider))
        .count();
    assert_eq!(rounded, cut_to_them * 2 + known_to_them, "{}", ran.stdout);
    for provider in livecut::providers().iter().map(Provider::name) {
        for timeline in ["offset", "wall clock"] {
            let row = format!("{provider:<11} by {timeline}: ");
            assert!(ran.stdout.contains(&row), "{row}: {}", ran.stdout);
        }
    }
    for text in [
        "/api/v1/simorg/assets/1001/stop_live_stream/",
        r#"{"start_time":30,"end_time":120}"#,
        r#"{"fromMilisecond":30500,"toMilisecond":120000}"#,
        r#""start_time":30.5,"end_time":120}"#,
        r#"{"stream":{"name":"Simulated stream","active":false}}"#,
        &format!(
            "All {runs} kept intervals are what was asked for, to each provider's granularity."
        ),
        "ready: the same by polling and by webhooks",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("token"), "{}", ran.stdout);
}

#[tokio::test]
async fn the_demo_can_be_of_one_provider() {
    let ran = run(program().args(["demo", "--provider", ANOTHER, "--output", "json"]))
        .await
        .exits_with(0);
    assert_eq!(ran.document()["runs"].as_array().unwrap().len(), 3);
}
