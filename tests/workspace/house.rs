//! What every crate brings along, and what no file may hold.

use std::fs;

use crate::repository::{Package, files, members, root};

#[test]
fn every_program_and_library_forbids_unsafe_code() {
    for package in members() {
        for target in package
            .targets
            .iter()
            .filter(|target| target.is_library_or_program())
        {
            let source =
                fs::read_to_string(&target.src_path).expect("cargo names targets that exist");
            assert!(
                source.lines().any(|line| line == "#![forbid(unsafe_code)]"),
                "{} doesn't forbid unsafe code",
                target.src_path.display()
            );
        }
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    for package in members() {
        let manifest =
            fs::read_to_string(&package.manifest_path).expect("cargo names manifests that exist");
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{} has lints of its own",
            package.name
        );
    }
}

#[test]
fn every_crate_has_the_version_and_the_msrv_of_the_workspace() {
    let (first, others) = members().split_first().expect("the workspace has crates");
    assert!(
        first.rust_version.is_some(),
        "{} states no rust-version",
        first.name
    );
    for package in others {
        assert_eq!(package.version, first.version, "{}", package.name);
        assert_eq!(package.rust_version, first.rust_version, "{}", package.name);
    }
}

#[test]
fn every_published_crate_says_what_it_is_and_under_which_licence() {
    for package in published() {
        let name = &package.name;
        assert_eq!(
            package.license.as_deref(),
            Some("MIT OR Apache-2.0"),
            "{name}"
        );
        assert!(
            package
                .description
                .as_ref()
                .is_some_and(|text| !text.is_empty()),
            "{name} has no description"
        );
        // One that is made up would be no fact; a fork sets its own.
        assert_eq!(package.repository, None, "{name}");
    }
}

/// What is uploaded is the crate's folder alone; both licences ask to travel with the code.
#[test]
fn every_published_crate_brings_a_readme_and_both_licences_along() {
    let mut missing = Vec::new();
    for package in published() {
        let place = package.place();
        let readme = package
            .readme
            .as_ref()
            .map(|readme| fs::read_to_string(package.folder().join(readme)));
        if !matches!(readme, Some(Ok(text)) if text.starts_with("# ")) {
            missing.push(format!("{place}/README.md, with a title"));
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let ours = fs::read(root().join(licence)).expect("the repository has both licences");
            if fs::read(package.folder().join(licence)).ok() != Some(ours) {
                missing.push(format!("{place}/{licence}, a link to the repository's"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A path that only one person's machine has is of no use to a reader, and may tell of that person.
#[test]
fn no_file_names_a_path_of_somebody_s_machine() {
    // Written in halves, so that this file passes its own check.
    let roots = ["home", "mnt", "root", "tmp", "work", "Users"].map(|folder| format!("/{folder}/"));
    let here = root()
        .to_str()
        .expect("this repository is in a folder with a plain name");
    let mut found = Vec::new();
    for path in files() {
        let bytes = fs::read(&path).expect("git names files that exist");
        for (line, text) in (1..).zip(String::from_utf8_lossy(&bytes).lines()) {
            if text.contains(here) || roots.iter().any(|root| begins_a_path(text, root)) {
                found.push(format!("{}:{line}: {}", path.display(), text.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether `root` stands in `text` where a path begins, and not within one, or within a URL.
fn begins_a_path(text: &str, root: &str) -> bool {
    text.match_indices(root).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~/}>)$%*".contains(c))
    })
}

#[test]
fn a_path_of_a_machine_is_told_from_a_url_and_from_a_path_of_ours() {
    let root = "/home".to_owned() + "/";
    for (prefix, expected) in [
        ("", true),
        ("see ", true),
        ("`", true),
        ("\"", true),
        ("cd=", true),
        ("https://example.com", false),
        ("$HOME", false),
        ("~", false),
        ("target", false),
    ] {
        let text = format!("{prefix}{root}file");
        assert_eq!(begins_a_path(&text, &root), expected, "{text}");
    }
}

fn published() -> impl Iterator<Item = &'static Package> {
    members().iter().filter(|package| package.is_published())
}
