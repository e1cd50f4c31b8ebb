use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{program, run};

/// The providers that there are to be served.
async fn simulated() -> Vec<&'static str> {
    let sim = livecut_sim::Simulator::start().await.unwrap();
    sim.providers()
        .iter()
        .map(livecut_sim::SimulatedProvider::name)
        .collect()
}

/// The arguments that a shell makes of a command that was shown.
async fn words(shown: &str) -> Vec<String> {
    let shown = shown.strip_prefix("livecut ").unwrap();
    let mut shell = tokio::process::Command::new("sh");
    shell.arg("-c").arg(format!("printf '%s\\0' {shown}"));
    let printed = run(&mut shell).await.exits_with(0).stdout;
    printed.split_terminator('\0').map(str::to_owned).collect()
}

/// However long it is shown before somebody runs it: nothing in it gets old.
#[tokio::test]
async fn no_command_that_the_simulator_shows_names_an_instant() {
    let document = served(&[]).await;
    for provider in document["providers"].as_array().unwrap() {
        let example = provider["example"].as_str().unwrap();
        let digits = example.split(|c: char| !c.is_ascii_digit());
        assert!(
            digits.into_iter().all(|number| number.len() < 10),
            "{example}"
        );
    }
}

#[tokio::test]
async fn of_several_simulated_providers_one_is_served_where_it_is_named() {
    for name in simulated().await {
        let document = served(&["--provider", name]).await;
        let providers = document["providers"].as_array().unwrap();
        assert_eq!(providers.len(), 1);
        assert_eq!(providers[0]["provider"], name);
    }
}

/// What the simulator says first.
async fn served(arguments: &[&str]) -> Value {
    let mut serving = program()
        .args(["sim", "--listen", "127.0.0.1:0", "--output", "json"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn the_served_simulator_hands_out_what_the_program_needs_to_reach_it() {
    let mut serving = program()
        .args(["sim", "--listen", "127.0.0.1:0", "--output", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let document: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(document["allow_http"], false);
    let providers = document["providers"].as_array().unwrap();
    assert_eq!(providers.len(), simulated().await.len());
    for provider in providers {
        let name = provider["provider"].as_str().unwrap();
        let live = json!({"id": "1001", "state": "live"});
        assert!(provider["streams"].as_array().unwrap().contains(&live));
        let mut stop = program();
        for (name, value) in provider["environment"].as_object().unwrap() {
            stop.env(name, value.as_str().unwrap());
        }
        // The command that it shows, without the waiting, which would be by the real clock.
        let shown = provider["example"].as_str().unwrap();
        stop.args(words(shown.strip_suffix(" --wait").unwrap()).await);
        let ran = run(stop.arg("--output=json")).await;
        match ran.code {
            Some(0) => assert_eq!(ran.document()["provider"], name),
            // A provider that makes the cut once the stream has ended.
            _ => assert_eq!(ran.exits_with(4).error()["kind"], "cut_owed", "{name}"),
        }
    }
    #[cfg(unix)]
    {
        let pid = serving.id().unwrap().to_string();
        run(tokio::process::Command::new("kill")
            .env("LC_ALL", "C")
            .args(["-INT", &pid]))
        .await
        .exits_with(0);
        assert_eq!(serving.wait().await.unwrap().code(), Some(0));
    }
}

#[tokio::test]
async fn a_shell_can_read_what_the_simulator_prints() {
    let mut serving = program()
        .args(["sim", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let mut exported = 0;
    // Until the last provider's command, which is the last line.
    let mut commands = simulated().await.len();
    while commands > 0 {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("it goes on serving");
        assert!(
            line.is_empty() || line.starts_with("# ") || line.starts_with("export "),
            "{line}"
        );
        exported += usize::from(line.starts_with("export "));
        commands -= usize::from(line.starts_with("# livecut stop "));
    }
    assert!(exported > 0);
}

#[tokio::test]
async fn an_address_that_is_taken_is_bad_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(program().args(["sim", "--listen", &address]))
        .await
        .exits_with(2);
    assert!(ran.stderr.contains("--listen"), "{}", ran.stderr);
}
