//! Ctrl-C, and the signal that service managers send.
#![cfg(unix)]

use std::process::Stdio;
use std::time::Duration;

use livecut::Ticket;
use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use tokio::process::{Child, Command};

use crate::lists::{file, folder, sim};
use crate::{Ran, at_tpstreams, effect, ended, results, run, start};

/// A stop whose answer never leaves, for the simulator's clock stands still.
pub(crate) async fn hanging(action: Action) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams()
        .create_stream(StreamSpec::live("abc"))
        .unwrap();
    let never = NextAnswer::unchanged()
        .on(action)
        .delay(Duration::from_secs(1));
    sim.tpstreams().next_answer(never).unwrap();
    sim
}

/// Sends the signal once the request that hangs has arrived.
async fn signalled(sim: &Simulator, child: Child, action: Action, signal: &str) -> Ran {
    while sim.tpstreams().requests_for(action, "abc").is_empty() {
        tokio::task::yield_now().await;
    }
    let pid = child.id().unwrap().to_string();
    run(Command::new("kill").args([signal, &pid]))
        .await
        .exits_with(0);
    ended(child).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_is_interrupted_in_flight_is_unknown_and_leaves_a_ticket() {
    for signal in ["-INT", "-TERM"] {
        let sim = hanging(Action::Stop).await;
        let args = ["stop", "abc", "--cut", "30..120", "--output", "json"];
        let child = start(at_tpstreams(&sim).args(args).stdout(Stdio::piped()));
        let ran = signalled(&sim, child, Action::Stop, signal)
            .await
            .exits_with(5);
        let error = ran.error();
        assert_eq!(error["kind"], "interrupted");
        assert_eq!(error["provider"], "tpstreams");
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
        at_tpstreams(&sim)
            .args(["stop", "abc", "--wait", "--output", "json"])
            .stdout(Stdio::piped()),
    );
    let ran = signalled(&sim, child, Action::Status, "-INT")
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
        at_tpstreams(&sim)
            .args(["status", "abc", "--output", "json"])
            .stdout(Stdio::piped()),
    );
    let ran = signalled(&sim, child, Action::Status, "-INT")
        .await
        .exits_with(3);
    assert_eq!(ran.error()["effect"], effect("no", "no"));
}

/// Thousands of lines that say the same would hide the ones that don't.
#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_in_one_line_of_all_that_a_list_did_not_begin() {
    let sim = sim(&["a", "b", "c", "d"]).await;
    let list = file(&folder("unsent"), "list.csv", "stream\na\nb\nc\nd\n");
    results::hanging(&sim, "a").await;
    let mut command = at_tpstreams(&sim);
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
