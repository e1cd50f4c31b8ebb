//! What is wrong with the arguments, and the help.

use livecut::{StreamId, Ticket};
use serde_json::Value;

use crate::providers::{OWING, SINGLE, variable};
use crate::{effect, program, run};

#[tokio::test]
async fn a_bad_cut_is_pointed_at_and_the_forms_are_shown() {
    let ran = run(program().args(["stop", "abc", "--cut", "30s..1:30"]))
        .await
        .exits_with(2);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "\
error: --cut: `1:30` is ambiguous: write `0:01:30` for minutes and seconds, or
`1:30:00` for hours and minutes, after the recording's start; a time of day has
its date and zone, like `2025-01-13T07:50:00Z`

  30s..1:30
       ^^^^

A cut is START..END: two offsets from the recording's start, or two instants.
The end isn't part of it.
  30..120                                     seconds from the recording's start
  30.5s..2m                                   with units: h, m, s, ms
  1500ms..1h30m
  0:01:30..1:30:00                            as H:MM:SS
  @1736754600..@1736754900                    wall clock, as Unix epoch seconds
  2025-01-13T07:50:00Z..2025-01-13T07:55:00Z  as RFC 3339
  2025-01-13T13:20:00+05:30..now              up to this moment
"
    );
}

#[tokio::test]
async fn common_mistakes_in_a_cut_are_named() {
    for (cut, hint) in [
        ("-30..120", "sign"),
        ("30..", "no end"),
        ("120..30", "ends before it starts"),
        ("1736754600..1736754900", "`@1736754600`"),
        ("30s..now", "offset"),
        ("7:50am..8:00am", "2025-01-13T13:20:00+05:30"),
        ("..@1736754600", "before an instant"),
    ] {
        let ran = run(program().args(["stop", "abc", "--cut", cut]))
            .await
            .exits_with(2);
        assert!(ran.stderr.contains(hint), "{cut}: {}", ran.stderr);
        assert!(ran.stderr.contains('^'), "{cut}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn bad_use_is_one_line_of_json_where_that_is_asked_for() {
    for args in [
        ["stop", "abc", "--cut=30", "--output", "json"].as_slice(),
        &["stop", "abc", "--frobnicate", "--output=json"],
        &["stop", "--output", "json"],
        &["--output", "json", "follow", "no-ticket"],
        &["stop", "..", "--output", "json"],
        &["stop", "abc", "--anchor", "30s", "--output", "json"],
        &["stop", "abc", "--timeout", "0s", "--output", "json"],
        &["stop", "abc", "--dry-run", "--wait", "--output", "json"],
    ] {
        let ran = run(program().args(args)).await.exits_with(2);
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
        let error = ran.error();
        assert_eq!(error["kind"], "usage");
        assert_eq!(error["effect"], effect("no", "no"));
        assert_eq!(error["provider"], Value::Null);
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert_eq!(ran.stdout, "");
    }
}

#[tokio::test]
async fn a_wait_without_an_equals_sign_is_told_how_it_is_written() {
    for args in [
        ["stop", "abc", "--wait", "2h"],
        ["stop", "--wait", "2h", "abc"],
        ["follow", "--wait", "2h", "abc"],
    ] {
        let ran = run(program().args(args)).await.exits_with(2);
        assert!(
            ran.told()
                .contains("tip: a duration follows `--wait` after an equals sign: `--wait=2h`"),
            "{ran:#?}"
        );
        let ran = run(program().args(args).arg("--output=json"))
            .await
            .exits_with(2);
        assert!(
            ran.error()["message"]
                .as_str()
                .unwrap()
                .ends_with("`--wait=2h`")
        );
    }
}

/// An option that would be taken and not heeded.
#[tokio::test]
async fn a_provider_that_says_nothing_to_a_command_is_refused() {
    let ran = run(program().args(["completions", "bash", "--provider", OWING])).await;
    assert!(ran.exits_with(2).told().contains("leave out `--provider`"));

    let ticket = Ticket::new(SINGLE, StreamId::new("abc").unwrap()).to_string();
    let mut listen = program();
    listen.env(variable(OWING, "webhook_secret"), "secret");
    let ran = run(listen.args([
        "listen",
        "--provider",
        OWING,
        "--listen",
        "127.0.0.1:0",
        "--ticket",
        &ticket,
    ]))
    .await;
    let told = ran.exits_with(2).told();
    assert!(
        told.contains(&format!("the ticket is of {SINGLE}")),
        "{told}"
    );
}

#[tokio::test]
async fn the_help_of_stop_has_an_example_of_every_form() {
    let ran = run(program().args(["stop", "--help"])).await.exits_with(0);
    for form in [
        "livecut stop 4PtERT9d9uK\n",
        "--cut 30..120\n",
        "--cut 30.5s..2m\n",
        "--cut 1500ms..1h30m\n",
        "--cut 0:01:30..1:30:00\n",
        "--cut @1736754600..@1736754900\n",
        "--cut 2025-01-13T07:50:00Z..2025-01-13T07:55:00Z\n",
        "--cut 2025-01-13T13:20:00+05:30..now\n",
    ] {
        assert!(ran.stdout.contains(form), "{form}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn the_help_names_the_exit_codes_and_no_argument_takes_a_secret() {
    let mut helps = run(program().arg("--help")).await.exits_with(0).stdout;
    assert!(
        helps.contains("5  whether something was applied is unknown"),
        "{helps}"
    );
    for command in [
        "stop",
        "status",
        "follow",
        "listen",
        "providers",
        "demo",
        "sim",
        "completions",
    ] {
        helps.push_str(
            &run(program().args([command, "--help"]))
                .await
                .exits_with(0)
                .stdout,
        );
    }
    for secret in [
        "--token",
        "--authorization",
        "--password",
        "--secret",
        "--key",
    ] {
        assert!(!helps.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn arguments_cannot_steer_the_terminal() {
    let ran = run(program().args(["stop", "a\u{1b}[2Jb\u{202e}"]))
        .await
        .exits_with(2);
    assert!(
        !ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}'),
        "{:?}",
        ran.stderr
    );
    let cut = run(program().args(["stop", "abc", "--cut", "30\u{1b}[2J..x"]))
        .await
        .exits_with(2);
    assert!(!cut.stderr.contains('\u{1b}'), "{:?}", cut.stderr);
}

#[tokio::test]
async fn the_help_fits_a_terminal() {
    for command in [
        "stop",
        "status",
        "follow",
        "listen",
        "providers",
        "demo",
        "sim",
        "completions",
        "--version",
    ] {
        for help in ["-h", "--help"] {
            // Whatever the width of the terminal that the test runs in.
            let ran = run(program().args([command, help]).env("COLUMNS", "200")).await;
            let ran = ran.exits_with(0);
            assert!(
                ran.stdout.lines().all(|line| line.len() <= 80),
                "{command}: {}",
                ran.stdout
            );
        }
    }
}

#[tokio::test]
async fn without_arguments_it_prints_the_help() {
    let ran = run(&mut program()).await.exits_with(2);
    assert!(ran.stderr.contains("Usage: livecut"), "{}", ran.stderr);
}
