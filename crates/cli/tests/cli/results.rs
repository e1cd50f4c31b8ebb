//! `livecut stop --from --results`: going on where another run ended.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::lists::{file, folder, lines, sim, stops};
use crate::providers::{
    OWING, SINGLE, another, at_another, at_owing, at_single, owing, owing_each_cut, single,
};
#[cfg(unix)]
use crate::unwritten::with_small_files;
use crate::{Ran, bounded, effect, ended, run, start};

fn stop(mut program: Command, list: &Path, results: &Path) -> Command {
    program
        .args(["stop", "--output", "json", "--from"])
        .arg(list)
        .arg("--results")
        .arg(results);
    program
}

/// The message of the last line on stderr.
fn message(ran: &Ran) -> String {
    let error = ran.error();
    let mut message = error["message"].as_str().unwrap().to_owned();
    for line in error["lines"].as_array().into_iter().flatten() {
        message.push_str(&format!("\n{}: {}", line["line"], line["message"]));
    }
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_not_repeated_what_was_not_applied_is_and_what_is_unknown_is_only_said() {
    let sim = sim(&["done", "busy", "lost"]).await;
    let folder = folder("goes-on");
    let list = file(
        &folder,
        "list.csv",
        "stream,cut\ndone,30..60\nbusy,\nlost,30..60\n",
    );
    let results = folder.join("results.jsonl");
    for answer in [
        NextAnswer::status(403).for_id("busy"),
        NextAnswer::status(502).with_applied(true).for_id("lost"),
    ] {
        single(&sim).next_answer(answer).unwrap();
    }
    let mut command = stop(at_single(&sim), &list, &results);

    let first = run(&mut command).await.exits_with(5);
    let (streams, summary) = lines(&first);
    assert_eq!(streams["busy"]["error"]["effect"], effect("no", "no"));
    assert_eq!(
        (&summary["done"], &summary["unknown"]),
        (&json!(1), &json!(1))
    );

    let second = run(&mut command).await.exits_with(5);
    let (again, summary) = lines(&second);
    assert_eq!(again["busy"]["stopped"], "stopped");
    assert_eq!(again["busy"]["earlier"], false);
    assert_eq!(
        again["lost"]["error"]["effect"],
        effect("unknown", "unknown")
    );
    for stream in ["done", "lost"] {
        assert_eq!(again[stream]["earlier"], true);
        let mut before = streams[stream].clone();
        before["earlier"] = true.into();
        assert_eq!(again[stream], before, "what is printed again is the same");
    }
    assert_eq!(
        (&summary["done"], &summary["earlier"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        (
            stops(&sim, "done"),
            stops(&sim, "busy"),
            stops(&sim, "lost")
        ),
        (1, 2, 1)
    );

    let requests = sim.requests().len();
    let file = fs::read(&results).unwrap();
    run(&mut command).await.exits_with(5);
    assert_eq!(sim.requests().len(), requests, "nothing is left to be sent");
    assert_eq!(fs::read(&results).unwrap(), file);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_in_the_file_before_it_is_sent_and_its_result_before_it_is_printed() {
    let sim = sim(&["a"]).await;
    let folder = folder("order");
    let list = file(&folder, "list.csv", "stream,cut\na,30.5..60\n");
    let results = folder.join("results.jsonl");
    run(&mut stop(at_single(&sim), &list, &results))
        .await
        .exits_with(0);

    let text = fs::read_to_string(&results).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 3);
    assert_eq!(
        records[0],
        json!({ "results": { "version": 2, "provider": SINGLE, "account": "simorg" } })
    );
    let begun = &records[1]["begun"];
    assert_eq!(begun["request"]["stream"], "a");
    assert_eq!(begun["request"]["cut"], "30.5s..60s");
    assert_eq!(begun["ticket"], records[2]["ended"]["result"]["ticket"]);
    assert_eq!(
        records[2]["ended"]["result"]["cut"]["effective"],
        "30s..60s"
    );
}

/// As a run leaves it that is killed in the middle of a write, at any byte.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_torn_line_the_file_goes_on_with_whole_ones() {
    let folder = folder("torn");
    let results = folder.join("results.jsonl");
    let list = file(&folder, "list.csv", "stream\na\n");
    let first = sim(&["a"]).await;
    run(&mut stop(at_single(&first), &list, &results))
        .await
        .exits_with(0);
    let whole = fs::read(&results).unwrap();
    let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let begun: usize = lines[..2].iter().map(|line| line.len()).sum();

    let list = file(&folder, "list.csv", "stream\na\nb\n");
    for (torn, code) in [
        (0, 0),
        (10, 0),
        (lines[0].len(), 0),
        (begun.midpoint(lines[0].len()), 0),
        // The end is lost, unless only that of its line is.
        (begun, 5),
        (begun.midpoint(whole.len()), 5),
        (whole.len().saturating_sub(2), 5),
        (whole.len().saturating_sub(1), 0),
    ] {
        fs::write(&results, &whole[..torn]).unwrap();
        let sim = sim(&["a", "b"]).await;
        for _ in 0..2 {
            run(&mut stop(at_single(&sim), &list, &results))
                .await
                .exits_with(code);
            for line in fs::read_to_string(&results).unwrap().lines() {
                assert!(
                    serde_json::from_str::<Value>(line).is_ok(),
                    "{torn}: {line}"
                );
            }
        }
        assert_eq!(
            stops(&sim, "a"),
            usize::from(torn < begun),
            "torn at {torn}"
        );
        assert_eq!(stops(&sim, "b"), 1);
    }
}

/// A stop whose clip can't be made yet is gone on with, and not made again.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_is_owed_is_made_by_a_later_run() {
    let sim = owing_each_cut(StreamSpec::live("abc")).await;
    let folder = folder("owed");
    let list = file(
        &folder,
        "list.jsonl",
        "{\"stream\":\"abc\",\"cut\":\"30..120\"}",
    );
    let results = folder.join("results.jsonl");
    let mut command = stop(at_owing(&sim), &list, &results);

    for _ in 0..2 {
        let ran = run(&mut command).await.exits_with(4);
        let (streams, summary) = lines(&ran);
        assert_eq!(streams["abc"]["error"]["kind"], "cut_owed");
        assert_eq!(summary["cut_owed"], 1);
        assert!(owing(&sim).clips("abc").is_empty());
    }
    let mut dry = stop(at_owing(&sim), &list, &results);
    let ran = run(dry.arg("--dry-run")).await.exits_with(0);
    assert_eq!(ran.document()["summary"]["follow"], 1);
    sim.clock().advance(Duration::from_secs(100));
    let (streams, _) = lines(&run(&mut command).await.exits_with(0));
    assert_eq!(streams["abc"]["cut"]["effective"], "30s..120s");
    assert_eq!(streams["abc"]["earlier"], false);
    let (streams, _) = lines(&run(&mut command).await.exits_with(0));
    assert_eq!(streams["abc"]["earlier"], true);
    assert_eq!(owing(&sim).clips("abc").len(), 1);
    assert_eq!(owing(&sim).requests_for(Action::Stop, "abc").len(), 1);
}

/// A later run asks for the owed clip and isn't told what came of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_owed_cut_that_may_have_been_made_is_unknown_and_never_made_twice() {
    for made in [false, true] {
        let sim = owing_each_cut(StreamSpec::live("abc")).await;
        let folder = folder(&format!("owed-unknown-{made}"));
        let list = file(&folder, "list.csv", "stream,cut\nabc,30..120\n");
        let mut command = stop(at_owing(&sim), &list, &folder.join("results.jsonl"));
        run(&mut command).await.exits_with(4);

        sim.clock().advance(Duration::from_secs(100));
        let lost = NextAnswer::status(502).with_applied(made).on(Action::Cut);
        owing(&sim).next_answer(lost).unwrap();
        for _ in 0..2 {
            let (streams, summary) = lines(&run(&mut command).await.exits_with(5));
            let error = &streams["abc"]["error"];
            assert_eq!(error["effect"], effect("yes", "unknown"));
            assert_eq!(error["provider"], OWING);
            assert_eq!(summary["unknown"], 1);
            assert_eq!(owing(&sim).clips("abc").len(), usize::from(made));
        }
        // Where it is asked to, it looks for the clip before it makes one.
        run(command.arg("--reconcile")).await.exits_with(0);
        assert_eq!(owing(&sim).clips("abc").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_turns_unknown_into_done_where_asked_and_only_then() {
    for reconcile in [false, true] {
        let sim = sim(&["a", "b"]).await;
        let folder = folder(&format!("reconcile-{reconcile}"));
        let list = file(&folder, "list.csv", "stream\na\nb\n");
        // One was applied, the other wasn't, and nobody is told.
        for answer in [
            NextAnswer::status(502)
                .with_applied(true)
                .on(Action::Stop)
                .for_id("a"),
            NextAnswer::status(502).on(Action::Stop).for_id("b"),
        ] {
            single(&sim).next_answer(answer).unwrap();
        }
        let mut command = stop(at_single(&sim), &list, &folder.join("results.jsonl"));
        if reconcile {
            command.arg("--reconcile");
        }
        let (streams, _) = lines(&run(&mut command).await.exits_with(5));
        assert_eq!(streams["a"]["error"].is_null(), reconcile);
        assert_eq!(streams["b"]["error"]["effect"], effect("unknown", "no"));

        // What a look has proved is in the file, and what it hasn't isn't stopped again.
        let (streams, _) = lines(&run(&mut command).await.exits_with(5));
        assert_eq!(streams["a"]["error"].is_null(), reconcile);
        assert_eq!((stops(&sim, "a"), stops(&sim, "b")), (1, 1));
    }
}

/// A stop of which no answer comes, for the simulator's clock stands still.
pub(crate) async fn hanging(sim: &Simulator, stream: &str) {
    let never = NextAnswer::unchanged()
        .on(Action::Stop)
        .for_id(stream)
        .with_delay(Duration::from_secs(1));
    single(sim).next_answer(never).unwrap();
}

pub(crate) async fn arrived(sim: &Simulator, stream: &str) {
    while stops(sim, stream) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_run_reconciles_what_a_killed_one_had_looked_at() {
    let sim = sim(&["a", "b"]).await;
    let folder = folder("killed-reconcile");
    let list = file(&folder, "list.csv", "stream\na\n");
    let results = folder.join("results.jsonl");
    hanging(&sim, "a").await;
    let mut command = stop(at_single(&sim), &list, &results);
    let mut child = start(command.arg("--reconcile").stdout(Stdio::piped()));
    arrived(&sim, "a").await;
    child.kill().await.unwrap();

    let mut command = stop(at_single(&sim), &list, &results);
    let (streams, _) = lines(&run(&mut command).await.exits_with(5));
    assert_eq!(streams["a"]["error"]["effect"], effect("unknown", "no"));
    assert_eq!(streams["a"]["earlier"], true);

    let (streams, _) = lines(&run(command.arg("--reconcile")).await.exits_with(0));
    assert_eq!(streams["a"]["stopped"], "stopped");
    assert_eq!(stops(&sim, "a"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_of_something_else_is_refused_and_left_alone() {
    let sim = sim(&["a"]).await;
    another(&sim).create_stream(StreamSpec::live("a")).unwrap();
    let folder = folder("other");
    let list = file(&folder, "list.csv", "stream,cut\na,30..60\n");
    let results = folder.join("results.jsonl");
    run(&mut stop(at_single(&sim), &list, &results))
        .await
        .exits_with(0);
    let requests = sim.requests().len();
    let before = fs::read(&results).unwrap();

    let at_another = stop(at_another(&sim), &list, &results);
    let other_cut = file(&folder, "other.csv", "stream,cut\na,30..90\n");
    let other_cut = stop(at_single(&sim), &other_cut, &results);
    for (mut command, hint) in [
        (
            at_another,
            &*format!("line 1: these are results at `{SINGLE}`"),
        ),
        (other_cut, "otherwise (cut 30s..60s, now 30s..90s)"),
    ] {
        let ran = run(&mut command).await.exits_with(2);
        assert!(message(&ran).contains(hint), "{ran:#?}");
    }
    let notes = file(&folder, "notes.txt", "milk, eggs");
    for precious in [&list, &notes] {
        let before = fs::read(precious).unwrap();
        let mut command = stop(at_single(&sim), &list, precious);
        let ran = run(&mut command).await.exits_with(2);
        assert!(
            message(&ran).contains("line 1: this is no result"),
            "{ran:#?}"
        );
        assert_eq!(fs::read(precious).unwrap(), before);
    }
    assert_eq!(sim.requests().len(), requests);
    assert_eq!(fs::read(&results).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_never_have_the_same_results_open() {
    let sim = sim(&["a"]).await;
    let folder = folder("locked");
    let list = file(&folder, "list.csv", "stream\na\n");
    let results = folder.join("results.jsonl");
    hanging(&sim, "a").await;
    let mut first = start(stop(at_single(&sim), &list, &results).stdout(Stdio::null()));
    arrived(&sim, "a").await;

    let mut command = stop(at_single(&sim), &list, &results);
    let ran = run(&mut command).await.exits_with(2);
    assert!(message(&ran).contains("another run"), "{ran:#?}");
    assert_eq!(stops(&sim, "a"), 1);

    // The lock goes with the process, however that ends.
    first.kill().await.unwrap();
    run(&mut command).await.exits_with(5);
}

pub(crate) async fn signal(child: &Child, signal: &str) {
    let pid = child.id().unwrap().to_string();
    // In Turkish, some know no signal with an `I`.
    run(Command::new("kill").env("LC_ALL", "C").args([signal, &pid]))
        .await
        .exits_with(0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_begins_no_more_and_lets_what_is_under_way_end() {
    let sim = sim(&["a", "b"]).await;
    let folder = folder("interrupted-once");
    let list = file(&folder, "list.csv", "stream\na\nb\n");
    let results = folder.join("results.jsonl");
    hanging(&sim, "a").await;
    let mut command = stop(at_single(&sim), &list, &results);
    command.args(["--concurrency", "1"]);
    let mut child = start(command.stdout(Stdio::piped()));
    arrived(&sim, "a").await;
    signal(&child, "-INT").await;
    let said = said(&mut child).await;
    assert!(said.contains("no more stops are begun"), "{said}");
    // Now the answer leaves.
    sim.clock().advance(Duration::from_secs(1));
    let ran = ended(child).await.exits_with(3);
    let (streams, _) = lines(&ran);
    assert_eq!(streams["a"]["stopped"], "stopped");
    assert_eq!(streams["b"]["error"]["kind"], "cancelled");
    assert_eq!(streams["b"]["error"]["effect"], effect("no", "no"));
    assert_eq!(stops(&sim, "b"), 0);

    let (streams, _) = lines(
        &run(&mut stop(at_single(&sim), &list, &results))
            .await
            .exits_with(0),
    );
    assert_eq!(streams["a"]["earlier"], true);
    assert_eq!((stops(&sim, "a"), stops(&sim, "b")), (1, 1));
}

/// The first line on stderr.
pub(crate) async fn said(child: &mut Child) -> String {
    use tokio::io::AsyncBufReadExt as _;
    let stderr = child.stderr.as_mut().unwrap();
    let mut line = String::new();
    tokio::io::BufReader::with_capacity(1, stderr)
        .read_line(&mut line)
        .await
        .unwrap();
    line
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_gives_up_and_says_what_is_unknown_by_that() {
    let sim = sim(&["a", "b", "c"]).await;
    let folder = folder("interrupted-twice");
    let list = file(
        &folder,
        "list.csv",
        "stream,cut\na,30..60\nb,30..60\nc,30..60\n",
    );
    let results = folder.join("results.jsonl");
    hanging(&sim, "b").await;
    let mut command = stop(at_single(&sim), &list, &results);
    command.args(["--concurrency", "1", "--timeout", "1h"]);
    let mut child = start(command.stdout(Stdio::piped()));
    arrived(&sim, "b").await;
    signal(&child, "-INT").await;
    said(&mut child).await;
    signal(&child, "-TERM").await;
    // Long before the timeout of the stop, which would end it too.
    let ran = bounded("a second signal is heeded", ended(child)).await;
    let (streams, _) = lines(&ran.exits_with(5));
    assert_eq!(streams["a"]["stopped"], "stopped");
    assert_eq!(
        streams["b"]["error"]["effect"],
        effect("unknown", "unknown")
    );
    assert!(streams["b"]["error"]["ticket"].is_string());
    assert_eq!(streams["c"]["error"]["effect"], effect("no", "no"));

    let (streams, _) = lines(
        &run(&mut stop(at_single(&sim), &list, &results))
            .await
            .exits_with(5),
    );
    assert_eq!(
        streams["b"]["error"]["effect"],
        effect("unknown", "unknown")
    );
    assert_eq!(streams["c"]["stopped"], "stopped");
    assert_eq!((stops(&sim, "b"), stops(&sim, "c")), (1, 1));
}

/// A stop that can't be noted isn't sent, whatever keeps the file from growing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn where_results_cannot_be_kept_any_more_nothing_more_is_begun() {
    let names: Vec<_> = (0..20).map(|number| format!("s{number}")).collect();
    let sim = sim(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let folder = folder("full");
    let list = format!("stream\n{}\n", names.join("\n"));
    let list = file(&folder, "list.csv", &list);
    let results = folder.join("results.jsonl");
    let mut inner = stop(at_single(&sim), &list, &results);
    inner.args(["--concurrency", "4"]);
    let mut command = with_small_files(&inner);
    let ran = run(&mut command).await;
    assert!(
        ran.code.is_some_and(|code| code == 3 || code == 5),
        "{ran:#?}"
    );
    assert!(message(&ran).contains("can't be kept"), "{ran:#?}");
    let (streams, summary) = lines(&ran);
    assert!(summary["done"].as_u64().unwrap() > 0, "{summary}");
    assert!(summary["not_applied"].as_u64().unwrap() > 0, "{summary}");
    for name in &names {
        let sent = stops(&sim, name);
        assert_eq!(
            sent,
            usize::from(streams[name]["error"].is_null()),
            "{name}: {}",
            streams[name]
        );
    }

    // What didn't fit isn't there in part either: a shorter line may fit after it.
    assert!(fs::read(&results).unwrap().ends_with(b"\n"));

    // With room again it goes on, and knows what was sent, if not what came of all of it.
    let ran = run(&mut stop(at_single(&sim), &list, &results)).await;
    assert!(matches!(ran.code, Some(0 | 5)), "{ran:#?}");
    for name in &names {
        assert_eq!(stops(&sim, name), 1, "{name}");
    }
}

/// The account of a provider with tenants is the organization: no renewed credential makes it another.
#[tokio::test(flavor = "multi_thread")]
async fn results_of_another_organization_are_refused_without_advice_on_credentials() {
    let sim = sim(&["a"]).await;
    let folder = folder("organization");
    let list = file(&folder, "list.csv", "stream\na\n");
    let header = json!({"results": {"version": 2, "provider": SINGLE, "account": "another"}});
    let results = file(&folder, "results.jsonl", &format!("{header}\n"));
    let ran = run(&mut stop(at_single(&sim), &list, &results))
        .await
        .exits_with(2);
    let message = message(&ran);
    assert!(message.contains("results at `another`"), "{message}");
    assert!(!message.contains("credential"), "{message}");
    assert_eq!(stops(&sim, "a"), 0);
}

/// Of what is deleted nothing can be put back: what is advised then is a list of the others.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_results_file_that_is_deleted_is_never_advised_to_be_gone_on_with() {
    for streams in [["a", "b"].as_slice(), &["a"]] {
        let sim = sim(streams).await;
        let folder = folder(&format!("deleted-{}", streams.len()));
        let list = file(
            &folder,
            "list.csv",
            &format!("stream\n{}\n", streams.join("\n")),
        );
        let results = folder.join("results.jsonl");
        hanging(&sim, "a").await;
        let mut command = at_single(&sim);
        command
            .args(["stop", "--concurrency", "1", "--from"])
            .arg(&list);
        command.arg("--results").arg(&results);
        let child = start(command.stdout(Stdio::piped()));
        bounded("a is sent", arrived(&sim, "a")).await;
        fs::remove_file(&results).unwrap();
        sim.clock().advance(Duration::from_secs(1));
        let ran = bounded("its end", ended(child)).await;
        assert_ne!(ran.code, Some(0), "{ran:#?}");
        let advised = ran.stderr.replace('\n', " ");
        assert!(!advised.contains("Run the same command again"), "{ran:#?}");
        assert!(!advised.contains("a next run with it"), "{ran:#?}");
        assert!(advised.contains("Put that file back (`mv`)"), "{ran:#?}");
        let others = "a list of just those that aren't done, and a new results file";
        assert!(advised.contains(others), "{ran:#?}");

        let rest = file(&folder, "rest.csv", "stream\nb\n");
        let new = folder.join("new.jsonl");
        let ran = run(&mut stop(at_single(&sim), &rest, &new)).await;
        assert_eq!(
            ran.code,
            Some(if streams.len() == 2 { 0 } else { 3 }),
            "{ran:#?}"
        );
        assert_eq!(stops(&sim, "a"), 1);
    }
}

/// A file that isn't where it was any more keeps a second run from nothing, and is found by no third.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn where_the_results_file_is_moved_or_replaced_no_more_stops_are_begun_twice() {
    let header = json!({"results": {"version": 2, "provider": SINGLE}});
    let header = format!("{header}\n");
    for replaced in [None, Some(""), Some(&*header)] {
        let sim = sim(&["a", "b"]).await;
        let folder = folder("replaced");
        let list = file(&folder, "list.csv", "stream\na\nb\n");
        let results = folder.join("results.jsonl");
        hanging(&sim, "a").await;
        let mut command = stop(at_single(&sim), &list, &results);
        command.args(["--concurrency", "1"]);
        let child = start(command.stdout(Stdio::piped()));
        bounded("a is sent", arrived(&sim, "a")).await;
        fs::rename(&results, folder.join("moved.jsonl")).unwrap();
        if let Some(text) = replaced {
            fs::write(&results, text).unwrap();
        }

        // Also by another name of the path.
        let link = folder.join("link.jsonl");
        std::os::unix::fs::symlink(&results, &link).unwrap();
        for path in [&results, &link] {
            let mut second = stop(at_single(&sim), &list, path);
            let ran = bounded("a second run", run(&mut second))
                .await
                .exits_with(2);
            assert!(
                message(&ran).contains("another run has these results open"),
                "{ran:#?}"
            );
        }
        sim.clock().advance(Duration::from_secs(1));
        let ran = bounded("its end", ended(child)).await;
        assert_ne!(ran.code, Some(0), "{ran:#?}");
        assert!(
            message(&ran).contains("the result of one stream can't be kept"),
            "{ran:#?}"
        );
        assert!(
            ran.stderr.contains("moved or replaced") || ran.stderr.contains("at its path"),
            "{ran:#?}"
        );
        // What was done is told with its ticket.
        let told = ran
            .stderr
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let told: Vec<_> = told.filter(|line| line["stream"] == "a").collect();
        assert!(told.len() == 1 && told[0]["ticket"].is_string(), "{ran:#?}");
        assert_eq!((stops(&sim, "a"), stops(&sim, "b")), (1, 0));
        assert!(!folder.join("results.jsonl.lock").exists());
        // What is advised stops nothing twice: the file is put back first.
        let advised = ran.stderr.replace('\n', " ");
        assert!(!advised.contains("Run the same command again"), "{ran:#?}");
        assert!(advised.contains("will know nothing of these"), "{ran:#?}");
        fs::rename(folder.join("moved.jsonl"), &results).unwrap();
        run(&mut stop(at_single(&sim), &list, &results))
            .await
            .exits_with(0);
        assert_eq!((stops(&sim, "a"), stops(&sim, "b")), (1, 1));
    }
}
