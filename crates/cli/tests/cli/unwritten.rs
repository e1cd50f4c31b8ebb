//! Results that can't be written: the reader of stdout is gone, or a disk is full.

use std::fs;
#[cfg(target_os = "linux")]
use std::fs::OpenOptions;
use std::path::Path;
use std::process::Stdio;

use livecut::Ticket;
use livecut_sim::{Action, StreamSpec};
use serde_json::Value;
use tokio::process::Command;

use crate::lists::{file, folder, sim, stops};
#[cfg(target_os = "linux")]
use crate::program;
use crate::providers::{SINGLE, at_owing, at_single, owing, owing_each_cut};
use crate::{Ran, effect, ended, run, start};

/// Runs it with a stdout that nobody reads any more.
async fn unread(command: &mut Command) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    ended(start(command.stdout(writer))).await
}

/// Runs it with a stdout whose disk is full.
#[cfg(target_os = "linux")]
async fn full(command: &mut Command) -> Ran {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    ended(start(command.stdout(full))).await
}

#[track_caller]
fn has_ticket(line: &str, stream: &str) {
    let (_, ticket) = line.rsplit_once("ticket ").unwrap();
    let ticket: Ticket = ticket.trim().parse().unwrap();
    assert_eq!(ticket.stream().as_str(), stream);
}

/// The lines of JSON on stderr that are about a stream.
fn rescued(ran: &Ran) -> Vec<Value> {
    ran.stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["stream"].is_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_whose_result_nobody_reads_is_1_and_leaves_its_ticket_on_stderr() {
    for format in ["human", "json"] {
        let sim = sim(&["abc"]).await;
        let args = ["stop", "abc", "--cut", "30..60", "--output", format];
        let ran = unread(at_single(&sim).args(args)).await.exits_with(1);
        assert_eq!(stops(&sim, "abc"), 1);
        if format == "human" {
            let ticket = |line: &&str| line.trim_start().starts_with("ticket ");
            has_ticket(ran.stderr.lines().rfind(ticket).unwrap(), "abc");
            continue;
        }
        let error = ran.error();
        assert_eq!(error["effect"], effect("yes", "yes"));
        assert!(error["ticket"].is_string());
        assert_eq!(rescued(&ran)[0]["cut"]["effective"], "30s..60s");
    }
}

/// The waiting is what has the cut made.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_whose_result_nobody_reads_still_waits_and_keeps_the_worse_code() {
    for format in ["human", "json"] {
        let sim = owing_each_cut(StreamSpec::live("abc")).await;
        let args = [
            "stop",
            "abc",
            "--cut",
            "30..60",
            "--wait=1s",
            "--output",
            format,
        ];
        let ran = unread(at_owing(&sim).args(args)).await.exits_with(6);
        assert!(!owing(&sim).requests_for(Action::Status, "abc").is_empty());
        assert!(
            ran.stderr.replace('\n', " ").contains("written to stdout"),
            "{ran:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_to_go_on_with_that_nobody_reads_is_1() {
    let sim = sim(&["abc"]).await;
    let stopped = run(at_single(&sim).args(["stop", "abc", "--output", "json"])).await;
    let ticket = stopped.document()["ticket"].as_str().unwrap().to_owned();
    let mut follow = at_single(&sim);
    let ran = unread(follow.args(["follow", &ticket, "--output", "json"]))
        .await
        .exits_with(1);
    assert_eq!(rescued(&ran)[0]["progress"], "in_progress");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_results_nobody_reads_is_stopped_and_has_its_tickets_on_stderr() {
    let streams = ["a", "b", "c"];
    for (place, kept) in [None, Some("results.jsonl")].into_iter().enumerate() {
        let sim = sim(&streams).await;
        let folder = folder(&format!("unread-{place}"));
        let list = file(&folder, "list.csv", "stream\na\nb\nc\n");
        let stop = |format| {
            let mut command = at_single(&sim);
            command
                .args(["stop", "--output", format, "--from"])
                .arg(&list);
            if let Some(kept) = kept {
                command.arg("--results").arg(folder.join(kept));
            }
            command
        };
        let ran = unread(&mut stop("human")).await.exits_with(1);
        for stream in streams {
            let start = format!("done         {stream}: stopped");
            let line = ran.stderr.lines().find(|line| line.starts_with(&start));
            has_ticket(line.unwrap_or_else(|| panic!("{ran:#?}")), stream);
            assert_eq!(stops(&sim, stream), 1);
        }
        assert!(ran.stderr.contains("done        3\n"), "{ran:#?}");
        assert!(ran.stderr.contains("error: "), "{ran:#?}");

        // What is worse is the code.
        let ran = unread(&mut stop("json")).await;
        assert_eq!(
            ran.code,
            Some(if kept.is_some() { 1 } else { 3 }),
            "{ran:#?}"
        );
        assert_eq!(rescued(&ran).len(), streams.len());
        assert!(ran.stderr.contains("{\"summary\":"), "{ran:#?}");
        let error = ran.error();
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("written to stdout"),
            "{error}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_results_do_not_fit_on_the_disk_of_stdout_is_stopped_too() {
    let sim = sim(&["a", "b"]).await;
    let list = file(&folder("full-stdout"), "list.csv", "stream\na\nb\n");
    let mut command = at_single(&sim);
    command.args(["stop", "--output", "json", "--concurrency", "1", "--from"]);
    let ran = full(command.arg(&list)).await.exits_with(1);
    assert_eq!(ran.error()["effect"], effect("yes", "no"));
    assert_eq!(rescued(&ran).len(), 2);
    assert_eq!((stops(&sim, "a"), stops(&sim, "b")), (1, 1));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_to_be_read_is_1_too_where_the_disk_is_full() {
    for args in [
        ["--help"].as_slice(),
        &["providers"],
        &["completions", "bash"],
    ] {
        full(program().args(args)).await.exits_with(1);
    }
}

/// Where it can be told to nobody, and nothing is kept, no more is begun.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_results_can_be_written_nowhere_is_not_gone_on_with() {
    for kept in [false, true] {
        let sim = sim(&["a", "b"]).await;
        let folder = folder(&format!("nowhere-{kept}"));
        let list = file(&folder, "list.csv", "stream\na\nb\n");
        let mut command = at_single(&sim);
        command
            .args(["stop", "--concurrency", "1", "--from"])
            .arg(&list);
        if kept {
            command.arg("--results").arg(folder.join("results.jsonl"));
        }
        let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = command.stdout(full()).stderr(full()).spawn().unwrap();
        let code = child.wait().await.unwrap().code();
        assert_eq!(code, Some(if kept { 1 } else { 3 }));
        assert_eq!((stops(&sim, "a"), stops(&sim, "b")), (1, usize::from(kept)));
    }
}

/// The program, for which a file may have 4 KiB.
#[cfg(unix)]
pub(crate) fn with_small_files(inner: &Command) -> Command {
    let inner = inner.as_std();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -f 8; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A results file in which stops can be begun, and none can end.
#[cfg(unix)]
fn nearly_full(results: &Path) {
    let mut text = format!("{{\"results\":{{\"version\":2,\"provider\":\"{SINGLE}\"}}}}\n");
    // Two stops are begun in less than this, and no end is as short as what that leaves.
    text.push_str(&"\n".repeat(4096_usize.saturating_sub(text.len()).saturating_sub(ROOM)));
    fs::write(results, text).unwrap();
}

#[cfg(unix)]
const ROOM: usize = 720;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_not_in_the_file_is_on_stderr_and_the_next_run_claims_nothing_of_it() {
    for format in ["human", "json"] {
        let sim = sim(&["xx7", "xx8"]).await;
        let folder = folder(&format!("full-results-{format}"));
        let list = file(&folder, "list.csv", "stream\nxx7\nxx8\n");
        let results = folder.join("results.jsonl");
        nearly_full(&results);
        let mut command = at_single(&sim);
        command
            .args(["stop", "--output", format, "--from"])
            .arg(&list);
        command.arg("--results").arg(&results);

        let ran = run(&mut with_small_files(&command)).await.exits_with(1);
        let kept = fs::read_to_string(&results).unwrap();
        assert_eq!(
            kept.matches("{\"begun\":").count(),
            2,
            "ROOM fits: {ran:#?}"
        );
        assert_eq!(
            kept.matches("{\"ended\":").count(),
            0,
            "ROOM fits: {ran:#?}"
        );
        assert!(ran.stderr.contains("will call"), "{ran:#?}");
        let advised = ran.stderr.replace('\n', " ");
        assert!(!advised.contains("Run the same command"), "{ran:#?}");
        assert!(
            format == "json" || advised.contains("and a new results file"),
            "{ran:#?}"
        );
        assert!(ran.stderr.contains("unknown"), "{ran:#?}");
        for stream in ["xx7", "xx8"] {
            if format == "human" {
                let start = format!("done         {stream}: ");
                let line = ran.stderr.lines().find(|line| line.starts_with(&start));
                has_ticket(line.unwrap_or_else(|| panic!("{ran:#?}")), stream);
            } else {
                let lines = rescued(&ran);
                let line = lines.iter().find(|line| line["stream"] == stream);
                assert!(line.unwrap()["ticket"].is_string());
                let message = ran.error()["message"].as_str().unwrap().to_owned();
                assert!(
                    message.contains("results of 2 streams can't be kept"),
                    "{message}"
                );
            }
        }

        let ran = run(&mut command).await.exits_with(5);
        assert!(
            !ran.stdout.contains("before the provider had answered"),
            "{ran:#?}"
        );
        let said = ran
            .stdout
            .matches("its end isn't in the results file")
            .count();
        assert_eq!(said, 2, "{ran:#?}");
        assert_eq!((stops(&sim, "xx7"), stops(&sim, "xx8")), (1, 1));
    }
}
