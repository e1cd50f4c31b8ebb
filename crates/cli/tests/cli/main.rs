//! Runs the program itself against simulated providers in this process.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod demo;
mod failures;
mod fetch;
mod files;
mod follow;
mod info;
mod interrupted;
mod killed;
mod listen;
mod lists;
mod owed;
mod providers;
mod readers;
mod results;
mod secrets;
mod sim;
mod stop;
mod terminal;
mod unwritten;
mod usage;

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// What the program may take from the environment of the tests: a library that is preloaded into both, such as one
/// that sets the clock. What it measures of itself (`LLVM_PROFILE_FILE`) goes where the tests' own does.
const PASSED_ON: [&str; 5] = [
    "LD_PRELOAD",
    "FAKETIME",
    "DONT_FAKE_MONOTONIC",
    "NO_FAKE_STAT",
    "LLVM_PROFILE_FILE",
];

/// Far longer than any run of the program takes here.
const LONGEST_RUN: Duration = Duration::from_secs(180);

/// The program, which sees no environment but this, as on a machine that has nothing else: no home, no locale, no
/// zone, no proxy and no width of a terminal.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_livecut"));
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// What a run printed, and its exit code.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

async fn run(command: &mut Command) -> Ran {
    command.stdout(Stdio::piped());
    ended(start(command)).await
}

/// As [`run`], with a stdout that was set before, and without waiting for the end.
fn start(command: &mut Command) -> Child {
    command
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// What must come soon. Less than any of the program's own deadlines, so that none of them helps.
async fn bounded<T>(what: &str, soon: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(Duration::from_secs(25), soon).await;
    came.unwrap_or_else(|_| panic!("never: {what}"))
}

async fn ended(child: Child) -> Ran {
    let output = tokio::time::timeout(LONGEST_RUN, child.wait_with_output())
        .await
        .expect("the program ends in time")
        .expect("the program ends");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

impl Ran {
    /// What people are told, as one line: where it is wrapped depends on paths and ids.
    fn told(&self) -> String {
        unwrapped(&self.stderr)
    }

    #[track_caller]
    fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The one document on stdout.
    #[track_caller]
    fn document(&self) -> Value {
        assert_eq!(self.stdout.matches('\n').count(), 1, "{self:#?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The failure on the last line of stderr.
    #[track_caller]
    fn error(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let line: Value =
            serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        keys(&line, &["error"]);
        let error = line["error"].clone();
        let mut always = error.clone();
        always.as_object_mut().expect("an object").remove("lines");
        keys(
            &always,
            &[
                "kind",
                "message",
                "provider",
                "effect",
                "http_status",
                "request_id",
                "retry_after_seconds",
                "standing",
                "ticket",
                "version",
            ],
        );
        error
    }
}

/// A text with each of its white spaces, line breaks and indents among them, as one space.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks that an object has these keys and no other.
#[track_caller]
fn keys(object: &Value, expected: &[&str]) {
    let mut found: Vec<_> = object.as_object().expect("an object").keys().collect();
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

fn effect(stopped: &str, cut: &str) -> Value {
    json!({ "stopped": stopped, "cut": cut, "other": "no" })
}
