//! Ctrl-C, and the signal that service managers send.
#![cfg(unix)]

use std::process::Stdio;
use std::time::Duration;

use livecut::Ticket;
use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use tokio::process::Child;

use crate::lists::{file, folder, sim};
use crate::providers::{SINGLE, at_owing, at_single, owing, owing_each_cut, single};
use crate::{Ran, bounded, effect, ended, results, start};

/// A stop whose answer never leaves, for the simulator's clock stands still.
pub(crate) async fn hanging(action: Action) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    let never = NextAnswer::unchanged()
        .on(action)
        .with_delay(Duration::from_secs(1));
    single(&sim).next_answer(never).unwrap();
    sim
}

/// Sends the signal once the request that hangs has arrived, and gives what is said then.
async fn signalled(sim: &Simulator, child: &mut Child, action: Action, signal: &str) -> String {
    let arrived = async {
        while single(sim).requests_for(action, "abc").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    bounded("the request", arrived).await;
    results::signal(child, signal).await;
    bounded("what it says", results::said(child)).await
}

/// As [`signalled`], and then gives up on it.
async fn given_up(sim: &Simulator, mut child: Child, action: Action, signal: &str) -> Ran {
    let said = signalled(sim, &mut child, action, signal).await;
    assert!(
        said.starts_with("ending: waiting for the provider's answer"),
        "{said}"
    );
    results::signal(&child, signal).await;
    bounded("a second signal is heeded", ended(child)).await
}

/// An answer that comes after the signal, and before the deadline.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_is_interrupted_once_comes_to_its_end_and_says_what_it_did() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let sim = hanging(Action::Stop).await;
        let args = ["stop", "abc", "--cut", "30..120", "--output", "json"];
        let mut child = start(at_single(&sim).args(args).stdout(Stdio::piped()));
        let said = signalled(&sim, &mut child, Action::Stop, signal).await;
        assert!(said.contains("once more to give up"), "{said}");
        sim.clock().advance(Duration::from_secs(1));
        let ran = bounded("its end", ended(child)).await.exits_with(0);
        assert_eq!(ran.document()["stopped"], "stopped");
    }
}

/// Of several calls the first was answered: what it did is known, and its ticket makes the cut.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_several_calls_that_is_interrupted_leaves_its_effect_and_its_ticket() {
    for wait in [None, Some("--wait")] {
        let sim = owing_each_cut(StreamSpec::live("abc")).await;
        let never = NextAnswer::unchanged()
            .on(Action::Stop)
            .with_delay(Duration::from_secs(1));
        owing(&sim).next_answer(never).unwrap();
        let args = ["stop", "abc", "--cut", "30..120", "--output", "json"];
        let mut child = start(at_owing(&sim).args(args).args(wait).stdout(Stdio::piped()));
        let arrived = async {
            while owing(&sim).requests_for(Action::Stop, "abc").is_empty() {
                tokio::task::yield_now().await;
            }
        };
        bounded("the call that ends it", arrived).await;
        results::signal(&child, "-INT").await;
        bounded("what it says", results::said(&mut child)).await;
        sim.clock().advance(Duration::from_secs(1));
        let ran = bounded("its end", ended(child)).await.exits_with(4);
        let error = ran.error();
        assert_eq!(error["kind"], "cut_owed");
        assert_eq!(error["effect"], effect("yes", "no"));
        assert!(error["ticket"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_is_interrupted_in_flight_is_unknown_and_leaves_a_ticket() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let sim = hanging(Action::Stop).await;
        let args = ["stop", "abc", "--cut", "30..120", "--output", "json"];
        let child = start(at_single(&sim).args(args).stdout(Stdio::piped()));
        let ran = given_up(&sim, child, Action::Stop, signal)
            .await
            .exits_with(5);
        let error = ran.error();
        assert_eq!(error["kind"], "interrupted");
        assert_eq!(error["provider"], SINGLE);
        assert_eq!(error["effect"], effect("unknown", "unknown"));
        let ticket: Ticket = error["ticket"].as_str().unwrap().parse().unwrap();
        assert_eq!(ticket.cut().unwrap().effective().to_string(), "30s..120s");
        assert_eq!(ran.stdout, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_that_is_interrupted_after_the_stop_is_6() {
    let sim = hanging(Action::Status).await;
    let child = start(
        at_single(&sim)
            .args(["stop", "abc", "--wait", "--output", "json"])
            .stdout(Stdio::piped()),
    );
    let ran = given_up(&sim, child, Action::Status, "-INT")
        .await
        .exits_with(6);
    assert_eq!(ran.document()["stopped"], "stopped");
    let error = ran.error();
    assert_eq!(error["kind"], "interrupted");
    assert_eq!(error["effect"], effect("yes", "no"));
    assert_eq!(error["ticket"], ran.document()["ticket"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_is_interrupted_changed_nothing() {
    let sim = hanging(Action::Status).await;
    let child = start(
        at_single(&sim)
            .args(["status", "abc", "--output", "json"])
            .stdout(Stdio::piped()),
    );
    let mut child = child;
    // It says so in its last line, since it gives up at once.
    let said = signalled(&sim, &mut child, Action::Status, "-INT").await;
    let mut ran = ended(child).await.exits_with(3);
    ran.stderr.insert_str(0, &said);
    assert_eq!(ran.error()["effect"], effect("no", "no"));
}

/// Thousands of lines that say the same would hide the ones that don't.
#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_in_one_line_of_all_that_a_list_did_not_begin() {
    let sim = sim(&["a", "b", "c", "d"]).await;
    let list = file(&folder("unsent"), "list.csv", "stream\na\nb\nc\nd\n");
    results::hanging(&sim, "a").await;
    let mut command = at_single(&sim);
    command
        .args(["stop", "--concurrency", "1", "--from"])
        .arg(list);
    let mut child = start(command.stdout(Stdio::piped()));
    results::arrived(&sim, "a").await;
    results::signal(&child, "-INT").await;
    results::said(&mut child).await;
    sim.clock().advance(Duration::from_secs(1));
    let ran = ended(child).await.exits_with(3);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("done         a: "), "{ran:#?}");
    assert_eq!(
        lines[1..],
        ["not applied  3 others: cancelled before they were sent"]
    );
}
