//! What the tests by providers' official SDKs share: as clients of the simulator, and as the other end of webhooks.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use livecut_sim::{SimClock, Simulator};
use time::OffsetDateTime;

use crate::{folder, installed};

/// The script that drives a provider's SDK, and what the SDK reads from its environment.
pub(crate) struct Sdk<'a> {
    provider: &'a str,
    program: PathBuf,
    script: &'a str,
    environment: Vec<(&'a str, String)>,
}

impl<'a> Sdk<'a> {
    /// The provider's `sdk.js`, with what its `package.json` names.
    pub(crate) fn node(provider: &'a str, environment: Vec<(&'a str, String)>) -> Self {
        Self {
            provider,
            program: "node".into(),
            script: "sdk.js",
            environment,
        }
    }

    /// The provider's `sdk.py`, with what its `requirements.txt` names.
    pub(crate) fn python(provider: &'a str, environment: Vec<(&'a str, String)>) -> Self {
        Self {
            provider,
            program: installed(provider).join("venv/bin/python"),
            script: "sdk.py",
            environment,
        }
    }

    /// What the script prints.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut process = Command::new(&self.program)
            .arg(folder(self.provider).join(self.script))
            .args(arguments)
            .env("NODE_PATH", installed(self.provider).join("node_modules"))
            // They would take loopback to the machine's proxy.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let mut stdin = process.stdin.take().expect("it is piped");
        // A script that doesn't read its input may be over by now.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        let output = process.wait_with_output().expect("it was started");
        assert!(
            output.status.success(),
            "{arguments:?}; its errors are above"
        );
        let printed = String::from_utf8(output.stdout).expect("it prints UTF-8");
        printed.trim().to_owned()
    }
}

/// With a clock that stands at the present: the SDK refuses signatures that are old.
pub(crate) async fn simulator() -> Simulator {
    let clock = SimClock::manual_at(OffsetDateTime::now_utc());
    let sim = Simulator::builder().with_clock(clock).start().await;
    sim.expect("loopback has a free port")
}
