use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{program, run};

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
    assert_eq!(providers.len(), 2);
    for provider in providers {
        let environment = provider["environment"].as_object().unwrap();
        let streams = provider["streams"].as_array().unwrap();
        assert!(streams.contains(&Value::from("live-1")));
        let mut stop = program();
        for (name, value) in environment {
            stop.env(name, value.as_str().unwrap());
        }
        let ran = run(stop.args(["stop", "live-1", "--cut", "30..120", "--output=json"])).await;
        assert_eq!(
            ran.exits_with(0).document()["provider"],
            provider["provider"]
        );
    }
    #[cfg(unix)]
    {
        let pid = serving.id().unwrap().to_string();
        run(tokio::process::Command::new("kill").args(["-INT", &pid]))
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
    // The last line for the last provider.
    while exported < 7 {
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
    }
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
