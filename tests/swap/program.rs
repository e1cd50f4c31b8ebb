//! The programs that are compiled once a provider: the first one of the README, and the facade's example.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde::Deserialize;

pub(crate) const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../../crates/livecut/examples/stop_and_cut.rs");

/// The programs of one provider.
#[derive(Clone)]
pub(crate) struct Programs {
    pub(crate) readme: Program,
    pub(crate) example: Program,
}

#[derive(Clone)]
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

impl Programs {
    /// Builds them as a package of somebody else's, whose dependencies are the README's, in the folder and the profile of
    /// this test, so that what is built already is used. Without TLS, which loopback needs none of.
    pub(crate) fn built_for(provider: &str) -> Self {
        // Once, and one at a time: each puts its programs in the place of the last one's.
        static BUILT: Mutex<BTreeMap<String, Programs>> = Mutex::new(BTreeMap::new());
        let mut built = BUILT.lock().expect("no build failed");
        let programs = built
            .entry(provider.to_owned())
            .or_insert_with(|| Self::build(provider));
        programs.clone()
    }

    fn build(provider: &str) -> Self {
        let here = std::env::current_exe().expect("this test has a path");
        let profile = match here.iter().rev().nth(2).and_then(|folder| folder.to_str()) {
            Some("debug") | None => "dev",
            Some(other) => other,
        };
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let target = temporary.parent().expect("it is in cargo's target folder");
        let package = temporary.join("swap");
        let sources = package.join("src/bin");
        fs::create_dir_all(&sources).expect("cargo's folder takes ours");
        let write = |path: PathBuf, text: &str| {
            fs::write(path, text).expect("our folder takes a file");
        };
        write(package.join("Cargo.toml"), &manifest(provider));
        write(sources.join("readme.rs"), &readme("rust"));
        write(sources.join("stop_and_cut.rs"), EXAMPLE);
        fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock"))
            .expect("our folder takes a copy");
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(&package)
            .args(["build", "--quiet", "--offline", "--profile", profile])
            .args(["--message-format", "json-render-diagnostics"])
            .arg("--target-dir")
            .arg(target)
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "the build for {provider} failed");
        let said = String::from_utf8_lossy(&built.stdout);
        let program = |name: &str| {
            let executable = said
                .lines()
                .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
                .find(|built| built.target.as_ref().is_some_and(|t| t.name == name))
                .and_then(|built| built.executable)
                .expect("cargo names the program");
            // The next build puts another program in its place.
            let ours = package.join(format!("{name}-{provider}{}", std::env::consts::EXE_SUFFIX));
            fs::copy(executable, &ours).expect("cargo's folder takes a copy");
            Program(ours)
        };
        Self {
            readme: program("readme"),
            example: program("stop_and_cut"),
        }
    }
}

/// The README's, of this checkout and for this provider.
fn manifest(provider: &str) -> String {
    let dependencies = readme("toml");
    let here = |text: &str, ours: &str| {
        assert_eq!(dependencies.matches(text).count(), 1, "{text} in README.md");
        (text.to_owned(), ours.to_owned())
    };
    let path = root().join("crates/livecut");
    let path = path.to_str().expect("the checkout's path is UTF-8");
    let example = livecut::providers().first().expect("the facade has some");
    let changes = [
        here("\"../livecut/crates/livecut\"", &format!("{path:?}")),
        here(
            &format!("features = [\"{}\"]", example.name()),
            &format!("features = [\"{provider}\"], default-features = false"),
        ),
    ];
    let dependencies = changes
        .iter()
        .fold(dependencies.clone(), |text, (from, to)| {
            text.replace(from, to)
        });
    format!(
        "[package]\nname = \"swap\"\nedition = \"2024\"\n\n{dependencies}\n\
         # Of the example.\ntime = {{ version = \"0.3\", features = [\"parsing\"] }}\n\n\
         # Nothing of the checkout that it is in.\n[workspace]\n\n\
         # As there, for what is built already.\n[profile.dev]\ndebug = \"line-tables-only\"\n"
    )
}

pub(crate) fn sources() -> String {
    readme("rust") + EXAMPLE
}

/// The README's first block of code in this language.
fn readme(language: &str) -> String {
    let mut wanted = false;
    let mut code = String::new();
    for event in Parser::new(README) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                wanted = info.split(',').next() == Some(language);
            }
            Event::Text(text) if wanted => code.push_str(&text),
            Event::End(TagEnd::CodeBlock) if wanted => return code,
            _ => {}
        }
    }
    panic!("README.md has no block of {language}")
}

impl Program {
    /// With these variables of livecut's, and no others.
    fn command(&self, variables: &[(String, String)]) -> Command {
        let mut command = Command::new(&self.0);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LIVECUT_") {
                command.env_remove(name);
            }
        }
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it with these variables of livecut's, and no others.
    pub(crate) async fn run(&self, variables: &[(String, String)], arguments: &[&str]) -> Output {
        let mut command = self.command(variables);
        command.args(arguments);
        // The simulator needs this thread meanwhile.
        tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("nothing panics there")
            .expect("the program runs")
    }

    /// Runs it, and hands its first line over as soon as it is said. Gives whether it succeeded, and all lines.
    pub(crate) async fn run_and_hear(
        &self,
        variables: &[(String, String)],
        hear: impl FnOnce(&str) + Send + 'static,
    ) -> (bool, String) {
        let mut command = self.command(variables);
        command.stdout(Stdio::piped());
        tokio::task::spawn_blocking(move || {
            let mut program = command.spawn().expect("the program runs");
            let mut said = String::new();
            let mut output = BufReader::new(program.stdout.take().expect("it is piped"));
            output.read_line(&mut said).expect("it is text");
            hear(said.trim_end());
            output.read_to_string(&mut said).expect("it is text");
            (program.wait().expect("it ends").success(), said)
        })
        .await
        .expect("nothing panics there")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are in a folder of the repository")
}
