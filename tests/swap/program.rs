//! The program that is compiled once a provider: the facade's example.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

const EXAMPLE: &str = "stop_and_cut";

/// The program, compiled for one provider.
pub(crate) struct Program(PathBuf);

/// What cargo says of each thing that it has built.
#[derive(Deserialize)]
struct Artifact {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Program {
    /// Builds it in the folder and the profile of this test, so that what is built already is used. Without TLS, which
    /// loopback needs none of.
    pub(crate) fn built_for(provider: &str) -> Self {
        let here = std::env::current_exe().expect("this test has a path");
        let profile = match here.iter().rev().nth(2).and_then(|folder| folder.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let target = temporary.parent().expect("it is in cargo's target folder");
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(root())
            .args(["build", "--quiet", "--locked", "--offline"])
            .args(["--package", "livecut", "--example", EXAMPLE])
            .args(["--no-default-features", "--features", provider])
            .args([
                "--profile",
                profile,
                "--message-format",
                "json-render-diagnostics",
            ])
            .arg("--target-dir")
            .arg(target)
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "the build for {provider} failed");
        let executable = String::from_utf8_lossy(&built.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
            .find(|built| built.target.as_ref().is_some_and(|t| t.name == EXAMPLE))
            .and_then(|built| built.executable)
            .expect("cargo names the program");
        // The next build puts another program in its place.
        let ours = temporary.join(format!(
            "{EXAMPLE}-{provider}{}",
            std::env::consts::EXE_SUFFIX
        ));
        fs::copy(executable, &ours).expect("cargo's folder takes a copy");
        Self(ours)
    }

    /// Runs it with these variables of livecut's, and no others.
    pub(crate) async fn run(&self, variables: &[(&str, String)], arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.0);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LIVECUT_") {
                command.env_remove(name);
            }
        }
        command
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .args(arguments);
        // The simulator needs this thread meanwhile.
        tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("nothing panics there")
            .expect("the program runs")
    }
}

pub(crate) fn source() -> String {
    let path = root().join(format!("crates/livecut/examples/{EXAMPLE}.rs"));
    fs::read_to_string(path).expect("the facade has the example")
}

/// The providers that there is an adapter for, by its folder's name.
pub(crate) fn providers() -> BTreeSet<String> {
    root()
        .join("crates/providers")
        .read_dir()
        .expect("the providers have a folder")
        .map(|entry| entry.expect("it can be read"))
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are in a folder of the repository")
}
