//! What cargo, git and `.ci/run` say of this repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;

/// `cargo metadata`, as far as the tests here read it.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) resolve: Option<Resolve>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    pub(crate) license: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) readme: Option<PathBuf>,
    pub(crate) rust_version: Option<String>,
    /// The registries it may go to; absent means any.
    publish: Option<Vec<String>>,
}

impl Package {
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|to| !to.is_empty())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path
            .parent()
            .expect("a manifest is in a folder")
    }

    /// Its folder, from the repository's root: `crates/core`.
    pub(crate) fn place(&self) -> &str {
        self.folder()
            .strip_prefix(root())
            .expect("a member of the workspace is in the repository")
            .to_str()
            .expect("our folders have plain names")
    }
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(from = "Option<String>")]
pub(crate) enum Kind {
    #[default]
    Normal,
    Build,
    Dev,
}

impl From<Option<String>> for Kind {
    fn from(kind: Option<String>) -> Self {
        match kind.as_deref() {
            None | Some("normal") => Self::Normal,
            Some("build") => Self::Build,
            Some("dev") => Self::Dev,
            Some(other) => {
                panic!("cargo has a kind of dependency that this test doesn't know: {other}")
            }
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) src_path: PathBuf,
    kind: Vec<String>,
}

impl Target {
    pub(crate) fn is_library_or_program(&self) -> bool {
        self.kind
            .iter()
            .any(|kind| kind == "bin" || kind.ends_with("lib") || kind == "proc-macro")
    }
}

#[derive(Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Edge>,
}

#[derive(Deserialize)]
pub(crate) struct Edge {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
pub(crate) struct EdgeKind {
    #[serde(default)]
    pub(crate) kind: Kind,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate is in a folder of the repository")
}

/// The crates of this workspace.
pub(crate) fn members() -> &'static [Package] {
    static MEMBERS: LazyLock<Vec<Package>> = LazyLock::new(|| metadata(&["--no-deps"]).packages);
    &MEMBERS
}

pub(crate) fn metadata(arguments: &[&str]) -> Metadata {
    let text = cargo(
        &[
            &["metadata", "--format-version", "1", "--locked"],
            arguments,
        ]
        .concat(),
    );
    serde_json::from_str(&text).expect("cargo metadata is documented JSON")
}

/// The names of the crates, other than itself, that `package` with these arguments (of features,
/// say) brings along on this platform.
pub(crate) fn tree(package: &str, arguments: &[&str]) -> BTreeSet<String> {
    let always = [
        "tree",
        "--package",
        package,
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--locked",
    ];
    cargo(&[&always, arguments].concat())
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty() && *name != package)
        .map(str::to_owned)
        .collect()
}

/// Every file that is in git, or would be with the next `git add`.
pub(crate) fn files() -> Vec<PathBuf> {
    let listing = run(
        "git",
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    );
    listing
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(|name| root().join(name))
        .filter(|path| path.is_file())
        .collect()
}

/// The gates that a change has to pass.
pub(crate) fn gates() -> BTreeSet<String> {
    let script = root().join(".ci/run");
    run(
        script.to_str().expect("our folders have plain names"),
        &["--list"],
    )
    .lines()
    .map(str::to_owned)
    .collect()
}

fn cargo(arguments: &[&str]) -> String {
    run(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        arguments,
    )
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{program} can't be started: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo and git print UTF-8 here")
}
