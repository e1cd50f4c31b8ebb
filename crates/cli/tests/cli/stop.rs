use std::time::Duration;

use livecut::{StreamId, Ticket};
use livecut_sim::{Simulator, StreamSpec};
use serde_json::json;

use crate::providers::{
    ANOTHER, SINGLE, another, at_another, at_owing, at_single, owing, owing_each_cut, single,
};
use crate::{effect, keys, run};

fn seconds(start: u64, end: u64) -> std::ops::Range<Duration> {
    Duration::from_secs(start)..Duration::from_secs(end)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_with_a_cut_keeps_just_the_cut() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();

    let ran = run(at_single(&sim).args(["stop", "abc", "--cut", "30.5..2m", "--output", "json"]))
        .await
        .exits_with(0);

    let document = ran.document();
    let ticket: Ticket = document["ticket"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        document,
        json!({
            "version": 1,
            "provider": SINGLE,
            "stream": "abc",
            "stopped": "stopped",
            "cut": { "state": "scheduled", "requested": "30.5s..120s", "effective": "30s..120s" },
            "other": "no",
            "recording": null,
            "messages": document["messages"],
            "ticket": ticket.to_string(),
        })
    );
    assert_eq!(document["messages"].as_array().unwrap().len(), 1);
    assert_eq!(ticket.stream(), &StreamId::new("abc").unwrap());
    assert_eq!(ran.stderr, "");
    assert_eq!(
        single(&sim).kept("abc").unwrap().offsets(),
        seconds(30, 120)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provider_is_another_environment_and_nothing_else() {
    let sim = Simulator::start().await.unwrap();
    let spec = || StreamSpec::live("abc").with_recording_id("vod-1");
    another(&sim).create_stream(spec()).unwrap();

    let cut = "2025-01-13T07:50:00Z..2025-01-13T07:55:00Z";
    let ran = run(at_another(&sim).args(["stop", "abc", "--cut", cut, "--output=json"]))
        .await
        .exits_with(0);

    let document = ran.document();
    assert_eq!(document["provider"], ANOTHER);
    assert_eq!(document["cut"]["requested"], cut);
    assert_eq!(document["recording"]["id"], "vod-1");
    assert_eq!(document["recording"]["duration_seconds"], json!(null));
    assert_eq!(
        another(&sim).kept("abc").unwrap().offsets(),
        seconds(3000, 3300)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cut_all_of_the_recording_is_kept() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();

    let ran = run(at_single(&sim).args(["stop", "abc", "--output", "json"]))
        .await
        .exits_with(0);

    assert_eq!(
        ran.document()["cut"],
        json!({ "state": "none", "requested": null, "effective": null })
    );
    assert_eq!(
        single(&sim).kept("abc").unwrap().offsets(),
        seconds(0, 3600)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visibility_and_a_rounding_reach_the_provider() {
    let sim = Simulator::start().await.unwrap();
    another(&sim)
        .create_stream(StreamSpec::live("abc"))
        .unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();

    run(at_another(&sim).args(["stop", "abc", "--visibility", "private"]))
        .await
        .exits_with(0);
    assert_eq!(another(&sim).recording("abc").unwrap().visibility, Some(2));

    run(at_single(&sim).args(["stop", "abc", "--cut", "30.5..60.5", "--rounding", "inward"]))
        .await
        .exits_with(0);
    assert_eq!(single(&sim).kept("abc").unwrap().offsets(), seconds(31, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_the_range_as_given_as_sent_and_as_hours_minutes_seconds() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();

    let ran = run(at_single(&sim).args(["stop", "abc", "--cut", "30.5s..1h"]))
        .await
        .exits_with(0);

    let (before_ticket, ticket) = ran.stdout.split_once("ticket      ").unwrap();
    assert_eq!(
        before_ticket,
        format!(
            "stream      stopped: abc at {SINGLE}\n\
             cut         scheduled: 30.5s..3600s (0:00:30.5..1:00:00)\n  \
               becomes   30s..3600s (0:00:30..1:00:00)\n\
             message     Live stream stopped successfully\n"
        )
    );
    assert!(ticket.trim_end().parse::<Ticket>().is_ok());
}

/// Nothing is read at the one, and at the other a recording on which a cut could depend.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_that_all_is_kept_where_no_cut_is_asked_for() {
    let sim = Simulator::start().await.unwrap();
    for mut dry in [at_single(&sim), at_owing(&sim)] {
        let ran = run(dry.args(["stop", "abc", "--dry-run"])).await;
        let said = ran.exits_with(0).stdout;
        let cut = said.lines().find(|line| line.starts_with("cut "));
        let kept = "cut         none: all of the recording is kept";
        assert_eq!(cut, Some(kept), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_the_calls_and_sends_nothing() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    let args = ["stop", "abc", "--cut", "30.5..120", "--dry-run"];

    let ran = run(at_single(&sim).args(args).args(["--output", "json"]))
        .await
        .exits_with(0);

    let document = ran.document();
    let base = single(&sim).base_url();
    assert_eq!(
        document,
        json!({
            "version": 1,
            "provider": SINGLE,
            "account": "simorg",
            "steps": [{
                "purpose": "stop",
                "method": "POST",
                "url": format!("{base}/api/v1/simorg/assets/abc/stop_live_stream/"),
                "body": r#"{"start_time":30,"end_time":120}"#,
                "when": null,
            }],
            "cut": {
                "requested": "30.5s..120s",
                "effective": "30s..120s",
                "effective_hms": "0:00:30..0:02:00",
            },
            "ticket": document["ticket"],
        })
    );
    assert!(
        document["ticket"]
            .as_str()
            .unwrap()
            .parse::<Ticket>()
            .is_ok()
    );

    let ran = run(at_single(&sim).args(args)).await.exits_with(0);
    assert!(ran.stdout.contains("nothing was sent"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("30s..120s (0:00:30..0:02:00)"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains(&single(&sim).token()));

    assert_eq!(sim.requests().len(), 0);
}

fn at_once(spec: StreamSpec) -> StreamSpec {
    spec.with_stopped_time(Duration::ZERO)
        .with_transcoding_time(Duration::ZERO)
        .with_trimming_time(Duration::ZERO)
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_adds_what_became_of_the_recording() {
    let sim = Simulator::start().await.unwrap();
    single(&sim)
        .create_stream(at_once(StreamSpec::live("abc")))
        .unwrap();

    let ran = run(at_single(&sim).args([
        "stop", "abc", "--cut", "30..120", "--wait", "--output", "json",
    ]))
    .await
    .exits_with(0);

    let document = ran.document();
    keys(
        &document,
        &[
            "provider",
            "stream",
            "stopped",
            "cut",
            "other",
            "recording",
            "messages",
            "ticket",
            "progress",
            "stage",
            "check_again_in_seconds",
            "version",
        ],
    );
    assert_eq!(document["progress"], "ready");
    assert_eq!(document["cut"]["effective"], "30s..120s");
    assert_eq!(document["recording"]["id"], "abc");
    assert_eq!(document["recording"]["playback"][0]["format"], "hls");
    // No progress line where nobody sees it.
    assert_eq!(ran.stderr, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_have_the_ticket_before_the_waiting_begins() {
    let sim = Simulator::start().await.unwrap();
    single(&sim)
        .create_stream(at_once(StreamSpec::live("abc")))
        .unwrap();

    let ran = run(at_single(&sim).args(["stop", "abc", "--wait=1m"]))
        .await
        .exits_with(0);

    let ticket = ran.stdout.find("ticket ").unwrap();
    let ready = ran.stdout.find("progress    ready").unwrap();
    assert!(ticket < ready, "{}", ran.stdout);
}

const CUT: [&str; 6] = ["stop", "abc", "--cut", "30..120", "--output", "json"];

#[tokio::test(flavor = "multi_thread")]
async fn an_owed_cut_is_a_failure_with_its_ticket_which_following_makes_good() {
    let sim = owing_each_cut(StreamSpec::live("abc")).await;
    let ran = run(at_owing(&sim).args(CUT)).await.exits_with(4);
    let error = ran.error();
    assert_eq!(error["kind"], "cut_owed");
    assert_eq!(error["effect"], effect("yes", "no"));
    assert!(owing(&sim).clips("abc").is_empty());

    sim.clock().advance(Duration::from_secs(100));
    let ticket = error["ticket"].as_str().unwrap();
    let ran = run(at_owing(&sim).args(["follow", ticket, "--output", "json"]))
        .await
        .exits_with(0);
    assert_eq!(ran.document()["progress"], "in_progress");
    assert_eq!(owing(&sim).clips("abc").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_live_only_a_recording_that_is_named_is_cut() {
    let sim = owing_each_cut(at_once(StreamSpec::ended("abc"))).await;
    let error = run(at_owing(&sim).args(CUT)).await.exits_with(3).error();
    assert_eq!(error["kind"], "conflict");
    assert!(error["message"].as_str().unwrap().contains("`asset1`"));

    let ran = run(at_owing(&sim).args(CUT).args(["--recording", "asset1"]))
        .await
        .exits_with(0);
    assert_eq!(ran.document()["stopped"], "already_ended");
    assert_eq!(ran.document()["cut"]["state"], "scheduled");
    assert_eq!(owing(&sim).clips("abc").len(), 1);
}
