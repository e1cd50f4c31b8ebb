//! Each exit code, and the failure on stderr.

use std::time::Duration;

use livecut::Ticket;
use livecut_sim::{Action, FailingStage, NextAnswer, Simulator, StreamSpec};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::lists::{file, folder, lines};
use crate::providers::{SINGLE, at_closing, at_single, closing, single, variable};
use crate::{Ran, effect, ended, program, run, start};

const JSON: [&str; 2] = ["--output", "json"];
const STOP: [&str; 4] = ["stop", "abc", "--cut", "30..120"];

async fn sim() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    sim
}

/// A stop with a cut, whose answer is this one.
async fn stop_answered(answer: NextAnswer) -> Ran {
    let sim = sim().await;
    single(&sim).next_answer(answer).unwrap();
    run(at_single(&sim).args(STOP).args(JSON)).await
}

#[track_caller]
fn has_ticket(error: &Value) {
    assert!(error["ticket"].as_str().unwrap().parse::<Ticket>().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn a_result_that_cannot_be_written_is_1_and_says_what_was_done() {
    let sim = sim().await;
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ran = ended(start(at_single(&sim).args(STOP).args(JSON).stdout(full)))
        .await
        .exits_with(1);
    let error = ran.error();
    assert_eq!(error["kind"], "internal");
    assert_eq!(error["effect"], effect("yes", "yes"));
    has_ticket(&error);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_refuses_is_2_and_nothing_is_sent() {
    let sim = sim().await;
    for (args, kind) in [
        (["--visibility", "private"], "unsupported"),
        (["--rounding", "exact"], "invalid_request"),
    ] {
        let ran = run(at_single(&sim)
            .args(["stop", "abc", "--cut", "30.5..120"])
            .args(args)
            .args(JSON))
        .await
        .exits_with(2);
        let error = ran.error();
        assert_eq!(error["kind"], kind);
        assert_eq!(error["effect"], effect("no", "no"));
        assert_eq!(error["ticket"], Value::Null);
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(sim.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_configuration_is_2_and_names_what_is_missing() {
    let ran = run(program()
        .args(["status", "abc", "--provider", SINGLE])
        .args(JSON))
    .await
    .exits_with(2);
    let error = ran.error();
    assert_eq!(error["kind"], "configuration");
    assert_eq!(error["provider"], SINGLE);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(&variable(SINGLE, "organization_id")),
        "{message}"
    );
    assert!(
        message.contains(&variable(SINGLE, "token_file")),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_stream_is_3() {
    let sim = sim().await;
    let ran = run(at_single(&sim).args(["stop", "nobody"]).args(JSON))
        .await
        .exits_with(3);
    let error = ran.error();
    assert_eq!(error["kind"], "not_found");
    assert_eq!(error["provider"], SINGLE);
    assert_eq!(error["http_status"], 404);
    assert_eq!(error["effect"], effect("no", "no"));
    assert_eq!(error["ticket"], Value::Null);

    let looked = run(at_single(&sim).args(["status", "nobody"]))
        .await
        .exits_with(3);
    assert!(!looked.stderr.contains("`livecut status"), "{looked:#?}");
}

/// Its answer isn't shown, for it may hold secrets.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_stop_that_is_refused_people_learn_where_to_look() {
    let sim = sim().await;
    let secret = json!({ "detail": "stream_key=s3cr3t" });
    for (status, hints) in [(400, true), (404, true), (401, false)] {
        let answer = NextAnswer::status(status).with_body(secret.to_string());
        single(&sim).next_answer(answer).unwrap();
        let ran = run(at_single(&sim).args(STOP).arg("-vvv"))
            .await
            .exits_with(3);
        let look = format!("`livecut status --provider {SINGLE} abc` says");
        assert_eq!(ran.told().contains(&look), hints, "{ran:#?}");
        assert!(!ran.stderr.contains("s3cr3t"), "{}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_reached_is_3() {
    let sim = sim().await;
    // Bound and not listening: the port refuses, and nobody else gets it.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed = nobody.local_addr().unwrap();
    let ran = run(at_single(&sim)
        .env(variable(SINGLE, "base_url"), format!("http://{closed}"))
        .args(STOP)
        .args(["--timeout", "5s"])
        .args(JSON))
    .await
    .exits_with(3);
    let error = ran.error();
    assert_eq!(error["kind"], "connect");
    assert_eq!(error["http_status"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_whose_cut_was_refused_is_4() {
    let ran = stop_answered(NextAnswer::patch(json!({ "trim_scheduled": false })))
        .await
        .exits_with(4);
    let error = ran.error();
    assert_eq!(error["kind"], "cut_refused");
    assert_eq!(error["effect"], effect("yes", "no"));
    has_ticket(&error);
    assert_eq!(ran.stdout, "");
}

/// A recording can be closed by a call of its own, which is neither the stop nor a cut.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_closed_beside_a_stop_is_4_and_one_that_may_have_been_5() {
    for (action, answer, code, other) in [
        (Action::Stop, NextAnswer::status(403), 4, "yes"),
        (
            Action::CloseRecording,
            NextAnswer::status(502).with_applied(true),
            5,
            "unknown",
        ),
        (Action::CloseRecording, NextAnswer::status(403), 3, "no"),
    ] {
        let sim = Simulator::start().await.unwrap();
        let provider = closing(&sim);
        provider.create_stream(StreamSpec::live("7")).unwrap();
        provider.next_answer(answer.on(action)).unwrap();
        let ran = run(at_closing(&sim).args(["stop", "7"]).args(JSON))
            .await
            .exits_with(code);
        let error = ran.error();
        let expected = json!({"stopped": "no", "cut": "no", "other": other});
        assert_eq!(error["effect"], expected);
        assert_eq!(error["ticket"].is_string(), code != 3, "{error}");
        assert_eq!(provider.recording_closed("7").is_some(), code != 3);
    }
}

/// A stop that is done says so as well, to the run and to the next with its results file.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_counts_a_recording_that_was_closed_by_a_stop_that_is_done() {
    let sim = Simulator::start().await.unwrap();
    let provider = closing(&sim);
    provider.create_stream(StreamSpec::live("7")).unwrap();
    provider.create_stream(StreamSpec::live("8")).unwrap();
    let refused = NextAnswer::status(403).on(Action::Status).for_id("8");
    provider.next_answer(refused.times(2)).unwrap();
    let folder = folder("closed-and-done");
    let list = file(&folder, "list.csv", "stream\n7\n8\n");
    let mut stop = at_closing(&sim);
    stop.args(["stop", "--results"])
        .arg(folder.join("results.jsonl"))
        .arg("--from")
        .arg(list)
        .args(JSON);
    for _ in 0..2 {
        let ran = run(&mut stop).await.exits_with(3);
        let (streams, _) = lines(&ran);
        assert_eq!(streams["7"]["other"], "yes");
        let expected = json!({"stopped": "yes", "cut": "no", "other": "yes"});
        assert_eq!(ran.error()["effect"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_known_is_5() {
    let ran = stop_answered(NextAnswer::status(503).with_header("retry-after", "7"))
        .await
        .exits_with(5);
    let error = ran.error();
    assert_eq!(error["effect"], effect("unknown", "unknown"));
    assert_eq!(error["http_status"], 503);
    assert_eq!(error["retry_after_seconds"], 7);
    has_ticket(&error);

    let silent = NextAnswer::patch(json!({ "trim_scheduled": null }));
    let ran = stop_answered(silent).await.exits_with(5);
    assert_eq!(ran.error()["effect"], effect("yes", "unknown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_not_ready_in_time_is_6_with_both_documents() {
    let sim = sim().await;
    let ran = run(at_single(&sim).args(STOP).arg("--wait=1s").args(JSON))
        .await
        .exits_with(6);
    let document = ran.document();
    assert_eq!(document["stopped"], "stopped");
    assert_eq!(document["progress"], "in_progress");
    assert_eq!(document["cut"]["state"], "scheduled");
    let error = ran.error();
    assert_eq!(error["kind"], "timed_out");
    assert_eq!(error["effect"], effect("yes", "yes"));
    assert_eq!(error["ticket"], document["ticket"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_fails_is_6() {
    let sim = Simulator::start().await.unwrap();
    let doomed = StreamSpec::live("abc")
        .with_stopped_time(Duration::ZERO)
        .with_transcoding_time(Duration::ZERO)
        .with_failure(FailingStage::Transcoding);
    single(&sim).create_stream(doomed).unwrap();

    let ran = run(at_single(&sim).args(STOP).arg("--wait").args(JSON))
        .await
        .exits_with(6);
    assert_eq!(ran.document()["progress"], "failed");
    assert_eq!(ran.error()["kind"], "failed");

    let ticket = ran.document()["ticket"].as_str().unwrap().to_owned();
    let ran = run(at_single(&sim).args(["follow", &ticket]).args(JSON))
        .await
        .exits_with(6);
    assert_eq!(ran.document()["progress"], "failed");
    assert_eq!(ran.error()["kind"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_is_refused_after_the_stop_is_6_and_on_its_own_3() {
    let sim = sim().await;
    let gone = || NextAnswer::status(404).on(Action::Status);
    single(&sim).next_answer(gone()).unwrap();
    let ran = run(at_single(&sim).args(STOP).arg("--wait").args(JSON))
        .await
        .exits_with(6);
    let error = ran.error();
    assert_eq!(error["kind"], "not_found");
    assert_eq!(error["effect"], effect("yes", "yes"));

    let ticket = ran.document()["ticket"].as_str().unwrap().to_owned();
    for wait in [None, Some("--wait")] {
        single(&sim).next_answer(gone()).unwrap();
        let ran = run(at_single(&sim)
            .args(["follow", &ticket])
            .args(wait)
            .args(JSON))
        .await
        .exits_with(3);
        assert_eq!(ran.error()["effect"], effect("no", "no"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failure_is_the_last_line_also_after_a_log() {
    let sim = sim().await;
    let ran = run(at_single(&sim).args(["stop", "nobody", "-vvv"]).args(JSON))
        .await
        .exits_with(3);
    assert!(ran.stderr.lines().count() > 1, "{}", ran.stderr);
    let logged = ran.stderr.lines().filter(|line| !line.starts_with('{'));
    for line in logged {
        // Whatever else is in the process, nobody else's log.
        assert!(line.contains(" livecut"), "{line}");
    }
    assert_eq!(ran.error()["kind"], "not_found");
    assert!(
        !ran.stderr.contains(&single(&sim).token()),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_a_sentence_with_what_to_do() {
    let sim = sim().await;
    single(&sim).next_answer(NextAnswer::status(503)).unwrap();
    let ran = run(at_single(&sim).args(STOP)).await.exits_with(5);
    assert!(
        ran.stderr.starts_with(&format!("error: {SINGLE}: ")),
        "{}",
        ran.stderr
    );
    let on_one_line = ran.stderr.replace('\n', " ");
    assert!(
        on_one_line.contains("check its status before stopping it again"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("  HTTP      503"), "{}", ran.stderr);
    assert!(ran.stderr.contains("  ticket    lct1_"), "{}", ran.stderr);
    let wrappable = |line: &&str| !line.contains("ticket");
    assert!(
        ran.stderr
            .lines()
            .filter(wrappable)
            .all(|line| line.len() <= 80)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_says_cannot_steer_the_terminal() {
    let sim = sim().await;
    let evil = json!({ "message": "ok\u{1b}[2J\u{202e}\u{9b}1A" });
    for format in ["human", "json"] {
        let sim = if format == "human" {
            &sim
        } else {
            &self::sim().await
        };
        single(sim)
            .next_answer(NextAnswer::patch(evil.clone()))
            .unwrap();
        let ran = run(at_single(sim).args(["stop", "abc", "--output", format]))
            .await
            .exits_with(0);
        assert!(ran.stdout.contains("ok"), "{}", ran.stdout);
        for c in ['\u{1b}', '\u{202e}', '\u{9b}'] {
            assert!(!ran.stdout.contains(c), "{format}: {:?}", ran.stdout);
        }
    }
}
