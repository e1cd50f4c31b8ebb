//! No test waits without a bound: what a test forgets, the way in which cargo starts it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::repository::root;

/// A program where cargo puts those of tests.
fn program(name: &str, does: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bounds/deps");
    fs::create_dir_all(&folder).expect("cargo's folder takes a folder");
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{does}\n")).expect("cargo's folder takes a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    path
}

fn started(program: &Path, bound: &str, arguments: &[&str]) -> Output {
    Command::new(root().join(".ci/bounded"))
        .arg(program)
        .args(arguments)
        .env("LIVECUT_TEST_SECONDS", bound)
        .env_remove("LIVECUT_LONG")
        .output()
        .expect("the script starts")
}

#[test]
fn cargo_starts_tests_by_the_script_that_bounds_them() {
    let config = fs::read_to_string(root().join(".cargo/config.toml")).expect("it is there");
    assert!(
        config.contains("[target.'cfg(unix)']\nrunner = \".ci/bounded\"\n"),
        "{config}"
    );
}

#[test]
fn a_test_that_waits_for_ever_is_ended_and_named() {
    let waits = program("waits", "exec sleep 60");
    let output = started(&waits, "1", &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(124), "{said}");
    assert!(
        said.contains("bounds/deps/waits isn't over after 1 s"),
        "{said}"
    );
}

#[test]
fn what_a_test_says_and_how_it_ends_stays_as_it_is() {
    let ends = program("ends", "echo \"$1\"; exit 7");
    // Whatever the variable says.
    for bound in ["60", "", "nonsense", "-1"] {
        let output = started(&ends, bound, &["two words"]);
        assert_eq!(output.status.code(), Some(7), "{bound}");
        assert_eq!(output.stdout, b"two words\n");
    }
}
