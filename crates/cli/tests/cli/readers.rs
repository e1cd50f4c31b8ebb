//! Readers of stdout and stderr that don't read: they hold no stop, no signal and no webhook up.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use livecut_sim::{Action, Simulator};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use crate::lists::{file, folder, sim, stops};
use crate::providers::{at_single, single};
use crate::results::{said, signal};
use crate::{Ran, bounded, effect, ended, start};

/// More than fit into a pipe, whose results are.
const MANY: usize = 300;

fn names(many: usize) -> Vec<String> {
    (0..many).map(|number| format!("s{number}")).collect()
}

async fn many(many: usize) -> (Vec<String>, Simulator, String) {
    let names = names(many);
    let sim = sim(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let list = format!("stream\n{}\n", names.join("\n"));
    (names, sim, list)
}

/// Waits until so many stops are answered.
async fn answered(sim: &Simulator, many: usize) {
    let answered = || {
        let requests = sim.requests();
        let answered = requests.iter().filter(|request| request.status.is_some());
        answered.count()
    };
    while answered() < many {
        tokio::task::yield_now().await;
    }
}

/// Asks the program twice to end, the second time once it has said something of the first.
async fn asked_twice(mut child: Child) -> Ran {
    signal(&child, "-INT").await;
    let first = said(&mut child).await;
    signal(&child, "-INT").await;
    let mut ran = ended(child).await;
    ran.stderr.insert_str(0, &first);
    ran
}

fn streams(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|line| line["stream"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_stops_of_a_list_are_sent_and_end_though_nobody_reads_their_results() {
    for kept in [false, true] {
        let (names, sim, list) = many(MANY).await;
        let folder = folder(&format!("nobody-reads-{kept}"));
        let list = file(&folder, "list.csv", &list);
        let mut command = at_single(&sim);
        command
            .args(["stop", "--output", "json", "--from"])
            .arg(list);
        let results = folder.join("results.jsonl");
        if kept {
            command.arg("--results").arg(&results);
        }
        let mut child = start(command.stdout(Stdio::piped()));
        let mut stdout = child.stdout.take().unwrap();
        bounded("all are stopped", answered(&sim, MANY)).await;

        let ran = bounded("signals are heeded", asked_twice(child))
            .await
            .exits_with(1);
        let mut read = String::new();
        bounded("stdout ends", stdout.read_to_string(&mut read))
            .await
            .unwrap();
        for line in read.lines() {
            assert!(serde_json::from_str::<Value>(line).is_ok(), "torn: {line}");
        }
        assert!(read.ends_with('\n'));
        let on_stdout = streams(&read);
        assert!(!on_stdout.is_empty() && on_stdout.len() < MANY);
        let mut told = streams(&ran.stderr);
        for line in ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("{\"provider\""))
        {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(line["ticket"].is_string(), "{line}");
        }
        told.extend(on_stdout);
        assert_eq!(told, names.iter().cloned().collect());
        if kept {
            let kept = fs::read_to_string(results).unwrap();
            assert_eq!(kept.matches("{\"ended\":").count(), MANY);
        }
        let message = ran.error()["message"].to_string();
        assert!(message.contains("nobody had read it"), "{message}");
    }
}

/// What `less` does: it reads at last, and all is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_reads_late_gets_every_result_and_none_is_unknown() {
    let (names, sim, list) = many(MANY).await;
    let list = file(&folder("reads-late"), "list.csv", &list);
    let mut command = at_single(&sim);
    command
        .args(["stop", "--output", "json", "--from"])
        .arg(list);
    let child = start(command.stdout(Stdio::piped()));
    bounded("all are stopped", answered(&sim, MANY)).await;
    let ran = bounded("it ends", ended(child)).await.exits_with(0);
    assert_eq!(streams(&ran.stdout), names.iter().cloned().collect());
    assert!(!ran.stdout.contains("unknown\":1"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_nothing_up() {
    let (names, sim, list) = many(MANY).await;
    let list = file(&folder("log-unread"), "list.csv", &list);
    let mut command = at_single(&sim);
    command
        .args(["-vvv", "stop", "--output", "json", "--from"])
        .arg(list);
    let (stderr, writer) = full();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(writer)
        .spawn()
        .unwrap();
    drop(command);
    let mut stdout = child.stdout.take().unwrap();
    let mut read = String::new();
    let all = async {
        // The summary is the last line, and comes though the log isn't read.
        let mut buffer = [0; 4096];
        while !read.contains("{\"summary\":") {
            let length = stdout.read(&mut buffer).await.unwrap();
            assert!(length > 0, "{read}");
            read.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
    };
    bounded("stops and results go on", all).await;
    assert_eq!(streams(&read), names.iter().cloned().collect());
    // It waits for whoever reads the log, unless it is asked to end.
    signal(&child, "-TERM").await;
    let status = bounded("a signal is heeded", child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    drop(stderr);
}

/// A pipe that is full, so that nothing more can be written to it.
fn full() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filling = writer.try_clone().unwrap();
    // Ends when the reader is dropped.
    std::thread::spawn(move || while filling.write_all(&[b'\n'; 512]).is_ok() {});
    (reader, writer)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_one_stop_that_nobody_reads_is_on_stderr_when_it_is_asked_to_end() {
    for wait in [None, Some("--wait=1h")] {
        let sim = sim(&["abc"]).await;
        let (reader, writer) = full();
        let mut command = at_single(&sim);
        command
            .args(["stop", "abc", "--output", "json"])
            .args(wait)
            .stdout(writer);
        let child = start(&mut command);
        drop(command);
        let looked = async {
            let action = wait.map_or(Action::Stop, |_| Action::Status);
            while single(&sim).requests_for(action, "abc").is_empty() {
                tokio::task::yield_now().await;
            }
        };
        bounded("it stops, and waits", looked).await;
        let ran = bounded("signals are heeded", asked_twice(child)).await;
        let ran = ran.exits_with(if wait.is_some() { 6 } else { 1 });
        assert_eq!(streams(&ran.stderr), BTreeSet::from(["abc".to_owned()]));
        assert_eq!(ran.error()["effect"], effect("yes", "no"));
        assert!(ran.error()["ticket"].is_string());
        assert_eq!(stops(&sim, "abc"), 1);
        drop(reader);
    }
}

/// A terminal that is gone can't be written to.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_terminal_hangs_up_keeps_what_is_under_way() {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let sim = sim(&["a", "b"]).await;
    let folder = folder("hangs-up");
    let list = file(&folder, "list.csv", "stream\na\nb\n");
    let results = folder.join("results.jsonl");
    crate::results::hanging(&sim, "a").await;

    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    rustix::io::fcntl_setfd(&keyboard, rustix::io::FdFlags::CLOEXEC).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let screen = open(name, flags, Mode::empty()).unwrap();
    let mut command = at_single(&sim);
    command
        .args(["stop", "--concurrency", "1", "--from"])
        .arg(list)
        .arg("--results")
        .arg(&results)
        .stdout(screen.try_clone().unwrap())
        .stderr(screen);
    let mut child: Child = command.spawn().unwrap();
    drop(command);
    bounded("a is sent", crate::results::arrived(&sim, "a")).await;
    drop(keyboard);
    signal(&child, "-HUP").await;
    sim.clock().advance(Duration::from_secs(1));
    let status = bounded("it ends", child.wait()).await.unwrap();
    // By its own code, and not by the signal.
    assert!(status.code().is_some(), "{status:?}");
    let kept = fs::read_to_string(&results).unwrap();
    assert_eq!(kept.matches("\"stopped\":\"stopped\"").count(), 1, "{kept}");
    assert_eq!(stops(&sim, "a"), 1);
}

/// What a test's own shell does to what it runs in the background, and `nohup`.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_is_ignored_from_the_start_stays_so() {
    let sim = crate::interrupted::hanging(Action::Stop).await;
    let inner = at_single(&sim);
    let inner = inner.as_std();
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(["stop", "abc", "--output", "json"])
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .kill_on_drop(true);
    let mut child = start(command.stdout(Stdio::piped()));
    let sent = async {
        while stops(&sim, "abc") == 0 {
            tokio::task::yield_now().await;
        }
    };
    bounded("it is sent", sent).await;
    signal(&child, "-HUP").await;
    signal(&child, "-INT").await;
    let said = bounded("it says so", said(&mut child)).await;
    assert!(said.contains("waiting for the provider's answer"), "{said}");
    sim.clock().advance(Duration::from_secs(1));
    // Had both counted, it would have given up.
    bounded("it ends", ended(child)).await.exits_with(0);
}
