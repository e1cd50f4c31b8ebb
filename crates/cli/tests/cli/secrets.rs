//! No secret is printed: not the credential, and not what a provider's answer holds, however the
//! call ends, in either form of output, and also with all that is logged.

use livecut_sim::{NextAnswer, SimulatedProvider, Simulator, StreamSpec};
use serde_json::json;

use super::lists::{file, folder};
use super::run;
use crate::providers::{another, at, at_single, single};

const MARK: &str = "M4rkedSecret";

async fn simulator() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    let credential = |provider: &SimulatedProvider, word, value| {
        provider.set_credential(word, value).unwrap();
    };
    credential(single(&sim), "token", format!("token-{MARK}"));
    assert!(single(&sim).set_stream_key(format!("key-{MARK}")));
    credential(another(&sim), "authorization", format!("Custom {MARK}"));
    single(&sim)
        .create_stream(StreamSpec::live("room"))
        .unwrap();
    another(&sim)
        .create_stream(StreamSpec::live("room"))
        .unwrap();
    sim
}

/// What the next request is answered, beside the provider's own answer.
fn answers() -> Vec<Option<NextAnswer>> {
    let secrets = json!({
        "stream_key": MARK, "detail": MARK, "id": MARK, "success": MARK,
        "live_stream": {"stream_key": MARK, "rtmp_url": MARK},
    });
    let mut answers = vec![None];
    for status in [200, 201, 302, 400, 401, 404, 409, 429, 500, 503] {
        answers.push(Some(NextAnswer::status(status).with_json(&secrets)));
        answers.push(Some(
            NextAnswer::status(status)
                .with_html(format!("<p>{MARK}</p>"))
                .with_header("location", format!("http://127.0.0.1:9/{MARK}"))
                .with_header("set-cookie", MARK),
        ));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_printed_holds_a_secret_however_a_call_ends() {
    let sim = simulator().await;
    for provider in [&**single(&sim), another(&sim)] {
        for answer in answers() {
            for call in [
                &["stop", "room", "--cut", "30s..2m"][..],
                &["stop", "room", "--cut", "30s..2m", "--dry-run"],
                &["status", "room"],
            ] {
                for form in ["human", "json"] {
                    if let Some(answer) = answer.clone().filter(|_| !call.contains(&"--dry-run")) {
                        provider.next_answer(answer).unwrap();
                    }
                    let mut command = at(provider);
                    command.args(call).args(["--output", form, "-vvv"]);
                    let ran = run(&mut command).await;
                    let all = format!("{}{}", ran.stdout, ran.stderr);
                    assert!(!all.contains(MARK), "{provider:?} {call:?}: {all}");
                    let sent = all.contains("livecut.call");
                    assert_ne!(sent, call.contains(&"--dry-run"), "all is logged: {all}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_results_file_holds_a_secret_however_a_stop_ends() {
    let folder = folder("secrets");
    let list = file(&folder, "list.csv", "stream,cut\nroom,30s..2m\n");
    for (number, answer) in answers().into_iter().enumerate() {
        let sim = simulator().await;
        if let Some(answer) = answer {
            single(&sim).next_answer(answer).unwrap();
        }
        let results = folder.join(format!("results-{number}.jsonl"));
        let mut command = at_single(&sim);
        command.args(["stop", "-vvv", "--from"]).arg(&list);
        let ran = run(command.arg("--results").arg(&results)).await;
        let kept = std::fs::read_to_string(&results).unwrap();
        assert!(kept.contains(r#"{"ended":"#), "{kept}");
        let all = format!("{}{}{kept}", ran.stdout, ran.stderr);
        assert!(!all.contains(MARK), "{all}");
    }
}
