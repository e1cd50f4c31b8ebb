//! `livecut stop --from`: many streams in one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use livecut::{StopAllOptions, Ticket};
use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::providers::{SINGLE, at_single, single};
use crate::{Ran, effect, ended, keys, program, run, start};

/// A folder of a test's own.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("lists")
        .join(test);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

pub(crate) async fn sim(streams: &[&str]) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    for stream in streams {
        single(&sim)
            .create_stream(StreamSpec::live(*stream))
            .unwrap();
    }
    sim
}

/// The program, with a list.
fn stop(sim: &Simulator, list: &Path) -> Command {
    let mut command = at_single(sim);
    command
        .args(["stop", "--output", "json", "--from"])
        .arg(list);
    command
}

/// The lines of a run that printed documents: of each stream by its name, and the summary.
#[track_caller]
pub(crate) fn lines(ran: &Ran) -> (serde_json::Map<String, Value>, Value) {
    let mut lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = lines.pop().unwrap_or_else(|| panic!("no lines: {ran:#?}"));
    keys(&last, &["summary"]);
    let count = lines.len();
    let streams: serde_json::Map<_, _> = lines
        .into_iter()
        .map(|line| (line["stream"].as_str().unwrap().to_owned(), line))
        .collect();
    assert_eq!(streams.len(), count, "a line a stream: {ran:#?}");
    assert_eq!(last["summary"]["streams"], count);
    (streams, last["summary"].clone())
}

/// How often a stop of a stream arrived.
pub(crate) fn stops(sim: &Simulator, stream: &str) -> usize {
    single(sim).requests_for(Action::Stop, stream).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_of_a_list_is_stopped_and_keeps_just_its_cut() {
    let sim = sim(&["a", "b", "c"]).await;
    let folder = folder("each");
    let list = file(
        &folder,
        "list.csv",
        "stream,cut\na,30.5..2m\nb,\nc,0:01:00..0:02:00\n",
    );

    let ran = run(&mut stop(&sim, &list)).await.exits_with(0);

    let (streams, summary) = lines(&ran);
    let line = &streams["a"];
    let ticket: Ticket = line["ticket"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        *line,
        json!({
            "version": 1,
            "provider": SINGLE,
            "stream": "a",
            "stopped": "stopped",
            "cut": { "state": "scheduled", "requested": "30.5s..120s", "effective": "30s..120s" },
            "other": "no",
            "recording": null,
            "messages": line["messages"],
            "ticket": ticket.to_string(),
            "earlier": false,
        })
    );
    assert_eq!(streams["b"]["cut"]["state"], "none");
    assert_eq!(
        summary,
        json!({
            "streams": 3, "done": 3, "not_applied": 0, "cut_owed": 0, "not_as_asked": 0,
            "unknown": 0, "earlier": 0,
        })
    );
    assert_eq!(ran.stderr, "");
    let kept = |stream| single(&sim).kept(stream).unwrap().offsets();
    assert_eq!(kept("a").start.as_secs()..kept("a").end.as_secs(), 30..120);
    assert_eq!(kept("b").end.as_secs(), 3600);
    assert_eq!(kept("c").start.as_secs()..kept("c").end.as_secs(), 60..120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_from_stdin_too_and_its_first_character_tells_its_format() {
    for list in [
        "{\"stream\":\"a\"}\r\n{\"stream\":\"b\"}\r\n",
        "stream\na\nb\n",
    ] {
        let sim = sim(&["a", "b"]).await;
        let mut command = stop(&sim, Path::new("-"));
        command.args(["--cut", "30..60"]);
        let mut child = start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(list.as_bytes()).await.unwrap();
        drop(stdin);
        let (streams, _) = lines(&ended(child).await.exits_with(0));
        assert_eq!(streams["b"]["cut"]["effective"], "30s..60s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_have_a_line_a_stream_and_a_summary() {
    let sim = sim(&["a", "b"]).await;
    let folder = folder("people");
    let list = file(&folder, "list.csv", "stream,cut\na,30.5..2m\nb,\nnobody,\n");

    let ran = run(at_single(&sim)
        .args(["stop", "--from"])
        .arg(&list)
        .args(["--concurrency", "1", "--results"])
        .arg(folder.join("results.jsonl")))
    .await
    .exits_with(3);

    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "done         a: stopped, cut scheduled: 30.5s..120s (0:00:30.5..0:02:00), which \
             becomes 30s..120s (0:00:30..0:02:00)",
            "done         b: stopped, all of the recording is kept",
        ]
    );
    assert!(
        lines[2].starts_with(&format!("not applied  nobody: {SINGLE}: ")),
        "{lines:#?}"
    );
    assert_eq!(lines.len(), 3);
    assert!(
        ran.stderr.starts_with("done        2\nnot applied 1\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("error: 1 of 3 streams aren't done"),
        "{}",
        ran.stderr
    );
    let advice = ran.told();
    assert!(advice.contains("Refused as they are: 1."));
    assert!(
        advice.contains(&format!("`livecut status --provider {SINGLE} STREAM`")),
        "{advice}"
    );
    assert!(!advice.contains("Run the same command again"), "{advice}");
    // One effect of many stops would say neither of the one nor of the other.
    assert!(!advice.contains("  effect"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_how_to_go_on_with_what_is_unknown() {
    let sim = sim(&["lost", "uncut"]).await;
    let folder = folder("advice");
    let list = "stream,cut\nlost,30..60\nuncut,30..60\n";
    let list = file(&folder, "list.csv", list);
    for answer in [
        NextAnswer::status(502).with_applied(true).for_id("lost"),
        NextAnswer::patch(json!({ "trim_scheduled": false })).for_id("uncut"),
    ] {
        single(&sim).next_answer(answer).unwrap();
    }
    let mut command = at_single(&sim);
    command.args(["stop", "--from"]).arg(&list);
    command.arg("--results").arg(folder.join("results.jsonl"));
    for reconcile in [false, true] {
        if reconcile {
            command.arg("--reconcile");
        }
        let ran = run(&mut command).await.exits_with(5);
        let said = ran.told();
        assert!(
            said.contains(&format!(
                "unknown or not as asked: `livecut status --provider {SINGLE} STREAM`"
            )),
            "{said}"
        );
        assert!(
            said.contains(&format!(
                "`livecut stop --provider {SINGLE} --from NEW-LIST --results NEW-RESULTS`"
            )),
            "{said}"
        );
        assert_eq!(
            said.contains("--reconcile can't help with 1 of them"),
            reconcile,
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_results_file_people_have_the_tickets() {
    let sim = sim(&["a"]).await;
    let list = file(&folder("tickets"), "list.csv", "stream\na\n");
    let ran = run(at_single(&sim).args(["stop", "--from"]).arg(&list))
        .await
        .exits_with(0);
    let (_, ticket) = ran.stdout.trim_end().rsplit_once("; ticket ").unwrap();
    assert!(ticket.parse::<Ticket>().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_can_be_refused_is_refused_by_its_line_before_anything_is_sent() {
    let sim = sim(&["a", "b"]).await;
    let folder = folder("refused");
    // Two that can't be read, and two that this provider's plan refuses.
    let list = file(
        &folder,
        "list.csv",
        "stream,cut,rounding,visibility\na,,,\nb,30..20,,\na,,,\nc,30.5..40,exact,\nd,,,private\n",
    );

    // What can't be read hides what can't be planned, and nothing else.
    let ran = run(&mut stop(&sim, &list)).await.exits_with(2);
    let error = ran.error();
    assert_eq!(error["kind"], "invalid_list");
    assert_eq!(error["effect"], effect("no", "no"));
    let refused = |error: &Value| -> Vec<_> {
        let lines = error["lines"].as_array().unwrap();
        lines
            .iter()
            .map(|line| line["line"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(refused(&error), [3, 4]);

    let list = file(
        &folder,
        "list.csv",
        "stream,cut,rounding,visibility\na,,,\n\nc,30.5..40,exact,\nd,,,private\n",
    );
    let ran = run(&mut stop(&sim, &list)).await.exits_with(2);
    assert_eq!(refused(&ran.error()), [4, 5]);

    let ran = run(at_single(&sim).args(["stop", "--from"]).arg(&list))
        .await
        .exits_with(2);
    assert!(ran.told().contains("2 lines are refused"), "{}", ran.stderr);
    assert!(ran.stderr.contains("  line 4    "), "{}", ran.stderr);
    assert_eq!(sim.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_of_all_streams_is_the_exit_code() {
    let folder = folder("worst");
    let list = file(
        &folder,
        "list.csv",
        "stream,cut\na,30..60\nb,30..60\nnobody,\n",
    );
    let cut_refused = NextAnswer::patch(json!({ "trim_scheduled": false })).for_id("a");
    let unknown = NextAnswer::status(503).with_applied(true).for_id("b");
    for (answers, code, all) in [
        (vec![], 3, effect("yes", "yes")),
        (vec![cut_refused.clone()], 4, effect("yes", "yes")),
        (vec![cut_refused, unknown], 5, effect("unknown", "unknown")),
    ] {
        let sim = sim(&["a", "b"]).await;
        for answer in answers {
            single(&sim).next_answer(answer).unwrap();
        }
        let ran = run(&mut stop(&sim, &list)).await.exits_with(code);
        let error = ran.error();
        assert_eq!(error["kind"], "not_all_done");
        assert_eq!(error["effect"], all);
        let (streams, summary) = lines(&ran);
        keys(&streams["nobody"], &["stream", "error", "earlier"]);
        assert_eq!(streams["nobody"]["error"]["http_status"], 404);
        assert_eq!(summary["not_applied"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_what_is_left_to_be_sent_and_sends_nothing() {
    let sim = sim(&["a", "b"]).await;
    let folder = folder("dry");
    let list = file(&folder, "list.csv", "stream,cut\na,30..60\nb,\n");
    let results = folder.join("results.jsonl");
    let plans = |ran: Ran| -> Vec<_> {
        ran.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &Value| line["summary"].is_null())
            .map(|line| {
                let members = [
                    "version", "stream", "provider", "steps", "cut", "ticket", "account",
                ];
                keys(&line, &members);
                line["stream"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let mut dry = stop(&sim, &list);
    dry.args(["--dry-run", "--results"]).arg(&results);
    assert_eq!(plans(run(&mut dry).await.exits_with(0)), ["a", "b"]);
    assert_eq!(sim.requests().len(), 0);
    assert!(!results.exists());

    let first = file(&folder, "first.csv", "stream,cut\na,30..60\n");
    run(stop(&sim, &first).arg("--results").arg(&results))
        .await
        .exits_with(0);
    let before = fs::read(&results).unwrap();
    assert_eq!(plans(run(&mut dry).await.exits_with(0)), ["b"]);
    assert_eq!(fs::read(&results).unwrap(), before);
    assert_eq!(stops(&sim, "b"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_streams_are_stopped_some_at_once_and_never_more_than_allowed() {
    let names: Vec<_> = (0..100).map(|number| format!("s{number}")).collect();
    let sim = sim(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let list = format!("stream\n{}\n", names.join("\n"));
    let list = file(&folder("hundred"), "list.txt", &list);
    let ran = run(stop(&sim, &list).args(["--concurrency", "7", "--rate", "100000/s"]))
        .await
        .exits_with(0);
    let (_, summary) = lines(&ran);
    assert_eq!(summary["done"], 100);
    assert_eq!(sim.requests().len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_of_how_many_streams_nothing_would_be_sent() {
    let names = ["a", "b", "lost", "refused"];
    let sim = sim(&names).await;
    let folder = folder("dry-nothing");
    let list = file(
        &folder,
        "list.csv",
        "stream,cut\na,\nb,\nlost,30..60\nrefused,30..60\n",
    );
    let results = folder.join("results.jsonl");
    let lost = NextAnswer::status(502).on(Action::Stop).for_id("lost");
    let cut_refused = NextAnswer::patch(json!({ "trim_scheduled": false }))
        .on(Action::Stop)
        .for_id("refused");
    for answer in [lost, cut_refused] {
        single(&sim).next_answer(answer).unwrap();
    }
    let mut all = stop(&sim, &list);
    run(all.args(["--reconcile", "--results"]).arg(&results))
        .await
        .exits_with(5);
    let requests = sim.requests().len();
    let dry = |format: &str, list: &Path, reconcile: bool| {
        let mut dry = at_single(&sim);
        dry.args(["stop", "--output", format, "--dry-run", "--from"])
            .arg(list)
            .arg("--results")
            .arg(&results)
            .args(reconcile.then_some("--reconcile"));
        dry
    };
    let ran = run(&mut dry("human", &list, false)).await.exits_with(0);
    assert_eq!(
        ran.stdout,
        "nothing would be sent for 4: 2 done, 1 not as asked, 1 unknown\n"
    );
    let ran = run(&mut dry("human", &list, true)).await.exits_with(0);
    assert_eq!(
        ran.stdout,
        "1 would be looked at, and not stopped: what became of it is unknown\n\
         nothing would be sent for 3: 2 done, 1 not as asked\n"
    );
    let more = file(&folder, "more.csv", "stream,cut\na,\nlost,30..60\nnew,\n");
    let ran = run(&mut dry("json", &more, false)).await.exits_with(0);
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({ "summary": {
            "streams": 3, "stop": 1, "follow": 0, "look": 0,
            "nothing": { "done": 1, "cut_owed": 0, "not_as_asked": 0, "unknown": 1 },
        } })
    );
    assert_eq!(ran.stdout.lines().count(), 2);
    assert_eq!(sim.requests().len(), requests);
}

/// A list isn't waited for, and the help says why.
#[tokio::test]
async fn the_help_says_what_a_list_is() {
    let ran = run(program().args(["stop", "--help"])).await.exits_with(0);
    let concurrency = format!("[default: {}]", StopAllOptions::new().concurrency());
    for part in [
        &concurrency,
        "livecut stop [OPTIONS] --from FILE",
        "stream,cut ",
        "{\"stream\":\"9xCw2LmQ0aZ\",\"cut\":null}",
        "Not with --from: recordings take far longer",
        "--results <FILE>",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}
