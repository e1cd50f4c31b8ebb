//! `providers`, `completions`, colours and closed pipes.

use std::process::Stdio;

use tokio::io::AsyncReadExt as _;

use crate::providers::{ANOTHER, IN_URL, OWING, SINGLE, at_single, single, variable};
use crate::{keys, program, run};

#[tokio::test]
async fn providers_lists_what_each_can_do_and_needs() {
    let ran = run(program().args(["providers", "--output", "json"]))
        .await
        .exits_with(0);
    let document = ran.document();
    let providers = document["providers"].as_array().unwrap();
    let named = |name: &str| providers.iter().find(|p| p["provider"] == name).unwrap();
    let single = named(SINGLE);
    keys(
        single,
        &[
            "provider",
            "compiled_in",
            "capabilities",
            "variables",
            "webhook_variables",
        ],
    );
    assert_eq!(single["compiled_in"], true);
    assert_eq!(single["capabilities"]["offset"], "native");
    assert_eq!(single["capabilities"]["granularity_seconds"], 1);
    assert_eq!(named(ANOTHER)["capabilities"]["granularity_seconds"], 0.001);
    let name = variable(SINGLE, "token");
    let token = single["variables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|variable| variable["name"] == *name)
        .unwrap();
    assert_eq!(token["secret"], true);
    assert_eq!(token["file_variable"], variable(SINGLE, "token_file"));

    let of_webhooks = named(ANOTHER)["webhook_variables"].as_array().unwrap();
    let sizes: Vec<_> = of_webhooks
        .iter()
        .map(|group| group.as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [1, 2, 1]);

    let one = run(program().args(["providers", "--provider", OWING, "--output", "json"])).await;
    let one = one.exits_with(0).document();
    assert_eq!(one["providers"].as_array().unwrap().len(), 1);
    assert_eq!(one["providers"][0]["provider"], OWING);

    let ran = run(program().arg("providers")).await.exits_with(0);
    assert!(
        ran.stdout.lines().all(|line| line.len() <= 80),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains(&variable(ANOTHER, "project_id")));
    assert!(ran.stdout.contains(IN_URL.0));
}

#[tokio::test]
async fn every_shell_gets_completions_that_know_the_commands() {
    for (shell, words) in [
        ("bash", ["follow", "--dry-run", SINGLE].as_slice()),
        ("zsh", &["follow", "--dry-run", SINGLE]),
        ("fish", &["follow", "dry-run", SINGLE]),
        ("elvish", &["follow", "--dry-run"]),
        ("powershell", &["follow", "--dry-run"]),
    ] {
        let ran = run(program().args(["completions", shell]))
            .await
            .exits_with(0);
        for word in words {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[tokio::test]
async fn colours_are_off_without_a_terminal_and_never_on_with_no_color() {
    let coloured = |text: &str| text.contains('\u{1b}');
    let plain = run(program().arg("providers")).await.exits_with(0);
    assert!(!coloured(&plain.stdout));
    // As good as a terminal: the run below differs from it in NO_COLOR only.
    let forced = run(program().arg("providers").env("CLICOLOR_FORCE", "1")).await;
    assert!(coloured(&forced.stdout));
    for args in [
        ["providers", "-v"],
        ["stop", "--frobnicate"],
        ["stop", "--help"],
    ] {
        let ran = run(program()
            .args(args)
            .env("CLICOLOR_FORCE", "1")
            .env("NO_COLOR", "1"))
        .await;
        assert!(!coloured(&ran.stdout) && !coloured(&ran.stderr), "{ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_is_no_failure_and_no_panic_where_nothing_was_stopped() {
    let sim = livecut_sim::Simulator::start().await.unwrap();
    single(&sim)
        .create_stream(livecut_sim::StreamSpec::live("abc"))
        .unwrap();
    for args in [
        ["completions", "bash"].as_slice(),
        &["providers"],
        &["--help"],
        &["demo"],
        &["status", "abc"],
        &["stop", "abc", "--dry-run"],
    ] {
        let mut child = at_single(&sim)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .await
            .unwrap();
        let status = child.wait().await.unwrap();
        assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}
