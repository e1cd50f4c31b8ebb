use std::time::Duration;

use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use serde_json::json;

use crate::providers::{ANOTHER, SINGLE, another, at_another, at_single, configure, single};
use crate::{bounded, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_followed_from_processing_to_a_recording_that_plays() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    let stopped = run(at_single(&sim).args(["stop", "abc", "--cut", "30..120", "--output=json"]))
        .await
        .exits_with(0);
    let ticket = stopped.document()["ticket"].as_str().unwrap().to_owned();

    let follow = ["follow", &ticket, "--output", "json"];
    let document = run(at_single(&sim).args(follow))
        .await
        .exits_with(0)
        .document();
    assert_eq!(
        document,
        json!({
            "version": 1,
            "provider": SINGLE,
            "stream": "abc",
            "progress": "in_progress",
            "stage": document["stage"],
            "check_again_in_seconds": 10,
            "cut": { "state": "unconfirmed", "requested": "30s..120s", "effective": "30s..120s" },
            "recording": null,
            "ticket": ticket,
        })
    );
    assert!(document["stage"].is_string());

    sim.clock().advance(Duration::from_secs(120));
    let document = run(at_single(&sim).args(follow))
        .await
        .exits_with(0)
        .document();
    assert_eq!(document["progress"], "ready");
    assert_eq!(document["stage"], json!(null));
    assert_eq!(document["check_again_in_seconds"], json!(null));
    assert_eq!(document["recording"]["id"], "abc");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_says_itself_which_of_several_providers_it_is_for() {
    let sim = Simulator::start().await.unwrap();
    another(&sim)
        .create_stream(StreamSpec::live("abc"))
        .unwrap();
    let stopped = run(at_another(&sim).args(["stop", "abc", "--output=json"])).await;
    let ticket = stopped.exits_with(0).document()["ticket"]
        .as_str()
        .unwrap()
        .to_owned();

    let mut both = at_another(&sim);
    configure(&mut both, single(&sim));
    let ran = run(both.args(["follow", &ticket, "--output=json"]))
        .await
        .exits_with(0);
    assert_eq!(ran.document()["provider"], ANOTHER);

    // Told otherwise, it is refused before anything is sent.
    let before = sim.requests().len();
    let ran = run(both.args(["--provider", SINGLE])).await.exits_with(2);
    assert_eq!(ran.error()["kind"], "invalid_ticket");
    assert_eq!(sim.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_gives_the_state_in_common_words_and_in_the_providers() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    let document = run(at_single(&sim).args(["status", "abc", "--output=json"]))
        .await
        .exits_with(0)
        .document();
    assert_eq!(
        document,
        json!({
            "version": 1,
            "provider": SINGLE,
            "stream": "abc",
            "state": "live",
            "provider_state": "Streaming",
            "recording": null,
        })
    );
    let ran = run(at_single(&sim).args(["status", "abc"]))
        .await
        .exits_with(0);
    assert_eq!(
        ran.stdout,
        format!("stream      abc at {SINGLE}\nstate       live (the provider says `Streaming`)\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_takes_no_longer_than_its_timeout() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    let stopped = run(at_single(&sim).args(["stop", "abc", "--output=json"])).await;
    let ticket = stopped.document()["ticket"].as_str().unwrap().to_owned();
    // The simulator's clock stands still.
    let never = NextAnswer::unchanged()
        .on(Action::Status)
        .with_delay(Duration::from_secs(1));
    single(&sim).next_answer(never).unwrap();
    let mut follow = at_single(&sim);
    follow.args(["follow", &ticket, "--deadline", "300ms", "--output", "json"]);
    let ran = bounded("the deadline", run(&mut follow))
        .await
        .exits_with(3);
    assert_eq!(ran.error()["kind"], "timeout", "{ran:#?}");
}
