//! A cut that is still to be made: what following it did is never denied, however it ends.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::lists::{file, folder, lines};
use crate::providers::{at_owing, owing, owing_each_cut};
use crate::{Ran, bounded, effect, ended, results, run, start};

/// Long enough for the recording to be ready, and for a clip of it.
const LONG: Duration = Duration::from_secs(100);

/// How many clips were asked for, the one that the stop was refused among them.
fn clips_asked_for(sim: &Simulator) -> usize {
    let requests = sim.requests();
    let is_cut = |action| action == Some(Action::Cut);
    requests.iter().filter(|one| is_cut(one.action)).count()
}

/// The next answer of this kind doesn't leave before the simulator's clock goes on. What it answers is carried
/// out at once.
fn hold(sim: &Simulator, action: Action) {
    let held = NextAnswer::unchanged()
        .on(action)
        .with_delay(Duration::from_secs(1));
    owing(sim).next_answer(held).unwrap();
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    bounded(what, so).await;
}

/// A stream that is stopped and whose cut is owed: its ticket.
async fn owed() -> (Simulator, String) {
    let sim = owing_each_cut(StreamSpec::live("abc")).await;
    let stop = ["stop", "abc", "--cut", "30..120", "--output", "json"];
    let ran = run(at_owing(&sim).args(stop)).await.exits_with(4);
    let ticket = ran.error()["ticket"].as_str().unwrap().to_owned();
    sim.clock().advance(LONG);
    assert_eq!(clips_asked_for(&sim), 1);
    (sim, ticket)
}

/// Gives up on it, once it is under way.
async fn given_up(mut child: Child) -> Ran {
    results::signal(&child, "-INT").await;
    let said = bounded("what it says", results::said(&mut child)).await;
    assert!(said.starts_with("ending: waiting"), "{said}");
    results::signal(&child, "-INT").await;
    bounded("a second signal is heeded", ended(child)).await
}

/// Followed in its last step, which makes the clip, or in one before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_follow_that_is_given_up_on_never_denies_the_cut_that_it_may_have_made() {
    for wait in [None, Some("--wait")] {
        let (sim, ticket) = owed().await;
        hold(&sim, Action::Cut);
        let mut command = at_owing(&sim);
        command
            .args(["follow", &ticket, "--output", "json"])
            .args(wait);
        let child = start(command.stdout(Stdio::piped()));
        until("the clip", || clips_asked_for(&sim) == 2).await;
        let error = given_up(child).await.exits_with(5).error();
        assert_eq!(error["kind"], "interrupted");
        assert_eq!(error["effect"], effect("no", "unknown"));
        assert_eq!(error["ticket"], ticket.as_str());
        // What it leaves is gone on with, and makes no second clip.
        let ran = run(at_owing(&sim).args(["follow", &ticket, "--output", "json"])).await;
        ran.exits_with(0);
        assert_eq!(
            (clips_asked_for(&sim), owing(&sim).clips("abc").len()),
            (2, 1)
        );
    }
}

/// Its ticket owes nothing any more, so that following only looks.
#[tokio::test(flavor = "multi_thread")]
async fn a_follow_that_only_looks_changed_nothing_when_it_is_given_up_on() {
    let (sim, ticket) = owed().await;
    let ran = run(at_owing(&sim).args(["follow", &ticket, "--output", "json"])).await;
    let ticket = ran.exits_with(0).document()["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    for wait in [None, Some("--wait")] {
        hold(&sim, Action::Recording);
        let before = sim.requests().len();
        let mut command = at_owing(&sim);
        command
            .args(["follow", &ticket, "--output", "json"])
            .args(wait);
        let child = start(command.stdout(Stdio::piped()));
        until("the look", || sim.requests().len() > before).await;
        let error = given_up(child).await.exits_with(6).error();
        assert_eq!(error["effect"], effect("no", "no"));
    }
    assert_eq!(clips_asked_for(&sim), 2);
}

/// `stop --wait`, from when its cut is owed.
async fn stop_and_wait(sim: &Simulator) -> Child {
    let mut command = at_owing(sim);
    command.args([
        "stop", "abc", "--cut", "30..120", "--wait", "--output", "json",
    ]);
    let child = start(command.stdout(Stdio::piped()));
    until("the clip that is refused", || clips_asked_for(sim) == 1).await;
    child
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_says_what_it_did_of_the_cut_before_it_was_ended() {
    // Given up on while the clip is asked for; and between two looks, when it is made, and when it isn't.
    for (is_made, is_under_way, cut, code) in [
        (true, true, "unknown", 5),
        (true, false, "yes", 6),
        (false, false, "no", 6),
    ] {
        let sim = owing_each_cut(StreamSpec::live("abc")).await;
        let child = stop_and_wait(&sim).await;
        if is_under_way {
            hold(&sim, Action::Cut);
        }
        if is_made {
            sim.clock().advance(LONG);
            until("the clip", || clips_asked_for(&sim) == 2).await;
        }
        let ran = if is_under_way {
            given_up(child).await
        } else {
            let reads = || owing(&sim).requests_for(Action::Recording, "asset1").len();
            let before = reads();
            until("another look", || reads() > before || is_made).await;
            results::signal(&child, "-INT").await;
            bounded("its end", ended(child)).await
        };
        let ran = ran.exits_with(code);
        let error = ran.error();
        assert_eq!(error["kind"], "interrupted", "{ran:#?}");
        assert_eq!(error["effect"], effect("yes", cut), "{ran:#?}");
        assert!(error["ticket"].is_string());
        assert_eq!(owing(&sim).clips("abc").len(), usize::from(is_made));
    }
}

fn list(test: &str) -> (PathBuf, PathBuf) {
    let folder = folder(test);
    let list = file(&folder, "list.csv", "stream,cut\nabc,30..120\n");
    (list, folder.join("results.jsonl"))
}

fn stop(sim: &Simulator, (list, results): &(PathBuf, PathBuf)) -> Command {
    let mut command = at_owing(sim);
    command
        .args(["stop", "--output", "json", "--from"])
        .arg(list)
        .arg("--results")
        .arg(results);
    command
}

/// A list whose one stream owes its cut, and whose next run is about to make it.
async fn owed_by_a_list(files: &(PathBuf, PathBuf)) -> Simulator {
    let sim = owing_each_cut(StreamSpec::live("abc")).await;
    run(&mut stop(&sim, files)).await.exits_with(4);
    sim.clock().advance(LONG);
    sim
}

/// The one stream's error.
fn error(ran: &Ran) -> Value {
    lines(ran).0["abc"]["error"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_given_up_on_or_killed_while_it_makes_an_owed_cut_never_denies_that() {
    for is_killed in [false, true] {
        let files = list(&format!("owed-given-up-{is_killed}"));
        let sim = owed_by_a_list(&files).await;
        hold(&sim, Action::Cut);
        let mut child = start(stop(&sim, &files).stdout(Stdio::piped()));
        until("the clip", || clips_asked_for(&sim) == 2).await;
        if is_killed {
            child.kill().await.unwrap();
        } else {
            results::signal(&child, "-INT").await;
            bounded("what it says", results::said(&mut child)).await;
            results::signal(&child, "-INT").await;
            let ran = bounded("a second signal is heeded", ended(child))
                .await
                .exits_with(5);
            assert_eq!(error(&ran)["kind"], "cancelled");
            assert_eq!(error(&ran)["effect"], effect("yes", "unknown"));
            assert!(error(&ran)["ticket"].is_string());
        }
        // Nothing is said of it that no look has proved, and no clip is made that may be there.
        let ran = run(&mut stop(&sim, &files)).await.exits_with(5);
        assert_eq!(error(&ran)["effect"], effect("yes", "unknown"));
        assert_eq!(clips_asked_for(&sim), 2);
        let ran = run(stop(&sim, &files).arg("--reconcile"))
            .await
            .exits_with(0);
        assert_eq!(lines(&ran).0["abc"]["cut"]["effective"], "30s..120s");
        assert_eq!(
            (clips_asked_for(&sim), owing(&sim).clips("abc").len()),
            (2, 1)
        );
    }
}

/// A look that finds nothing out doesn't turn what is unknown into what isn't done.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_after_an_unknown_cut_leaves_it_unknown() {
    let files = list("owed-unknown-look");
    let sim = owed_by_a_list(&files).await;
    let lost = NextAnswer::status(502).with_applied(true).on(Action::Cut);
    owing(&sim).next_answer(lost).unwrap();
    run(&mut stop(&sim, &files)).await.exits_with(5);
    let refused = NextAnswer::status(403).on(Action::Recording);
    owing(&sim).next_answer(refused).unwrap();
    let ran = run(stop(&sim, &files).arg("--reconcile"))
        .await
        .exits_with(5);
    assert_eq!(error(&ran)["effect"], effect("yes", "unknown"));
    run(stop(&sim, &files).arg("--reconcile"))
        .await
        .exits_with(0);
    assert_eq!(
        (clips_asked_for(&sim), owing(&sim).clips("abc").len()),
        (2, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_the_provider_refuses_for_good_is_owed_no_more() {
    for status in [400, 422] {
        let files = list(&format!("owed-refused-{status}"));
        let sim = owed_by_a_list(&files).await;
        let refused = NextAnswer::status(status).on(Action::Cut);
        owing(&sim).next_answer(refused).unwrap();
        for _ in 0..2 {
            let ran = run(&mut stop(&sim, &files)).await.exits_with(4);
            let (_, summary) = lines(&ran);
            assert_eq!(
                (&summary["cut_owed"], &summary["not_as_asked"]),
                (&0.into(), &1.into())
            );
            assert_eq!(error(&ran)["kind"], "provider_failed");
            assert_eq!(error(&ran)["effect"], effect("yes", "no"));
            assert_eq!(error(&ran)["ticket"], Value::Null);
            assert_eq!(clips_asked_for(&sim), 2);
        }
        assert!(Path::new(&files.1).exists());
    }
}

/// The cut is made while it is waited for, by then nobody reads what it came to.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_while_waiting_is_said_though_nobody_reads_the_document() {
    let (sim, ticket) = owed().await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = at_owing(&sim);
    command.args(["follow", &ticket, "--output", "json"]);
    let ran = ended(start(command.stdout(writer))).await.exits_with(1);
    assert_eq!(ran.error()["effect"], effect("no", "yes"));
    assert_eq!(owing(&sim).clips("abc").len(), 1);

    let sim = owing_each_cut(StreamSpec::live("abc")).await;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = at_owing(&sim);
    command.args([
        "stop", "abc", "--cut", "30..120", "--wait", "--output", "json",
    ]);
    let child = start(command.stdout(writer));
    until("the clip that is refused", || clips_asked_for(&sim) == 1).await;
    drop((reader, command));
    sim.clock().advance(LONG);
    until("the clip", || clips_asked_for(&sim) == 2).await;
    sim.clock().advance(LONG);
    let ran = ended(child).await.exits_with(1);
    let error = ran.error();
    assert_eq!(error["effect"], effect("yes", "yes"));
    let ticket: livecut::Ticket = error["ticket"].as_str().unwrap().parse().unwrap();
    assert!(!ticket.owes_cut());
}

/// The provider makes it much shorter than it was asked to.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_is_made_otherwise_while_it_is_waited_for_is_made() {
    let sim = owing_each_cut(StreamSpec::live("abc")).await;
    let child = stop_and_wait(&sim).await;
    sim.clock().advance(LONG);
    until("the clip", || clips_asked_for(&sim) == 2).await;
    let shorter = NextAnswer::patch(serde_json::json!({ "data": { "duration": 40.0 } }));
    owing(&sim)
        .next_answer(shorter.on(Action::Recording))
        .unwrap();
    sim.clock().advance(LONG);
    let error = bounded("its end", ended(child)).await.exits_with(4).error();
    assert_eq!(error["kind"], "cut_differs");
    assert_eq!(error["effect"], effect("yes", "yes"));
}
