//! What comes along with our crates: the core stays tiny, a provider that isn't chosen costs
//! nothing, and nothing asks for a newer Rust than we promise.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::generated::has_webhooks;
use crate::repository::{Kind, Package, members, metadata, root, tree};

/// Crates that open sockets, speak TLS or run tasks.
const IO: [&str; 7] = [
    "aws-lc-sys",
    "h2",
    "hyper",
    "mio",
    "reqwest",
    "rustls",
    "socket2",
];

#[test]
fn the_core_brings_fewer_than_25_crates_and_neither_a_runtime_nor_a_client() {
    let tree = tree("livecut-core", &["--all-features"]);
    assert!(tree.len() < 25, "{} crates: {tree:?}", tree.len());
    assert_without(&tree, &IO);
    assert_without(&tree, &["tokio", "http"]);
}

#[test]
fn the_facade_without_a_provider_brings_no_http_client() {
    // The default features too: which TLS it is to be must not bring in the client it is for.
    for features in [&["--no-default-features"][..], &[]] {
        let tree = tree("livecut", features);
        assert!(tree.contains("livecut-core"), "{tree:?}");
        assert_without(&tree, &IO);
    }
}

#[test]
fn receiving_webhooks_brings_no_http_client() {
    let receiving = members().iter().filter(|member| has_webhooks(member));
    for (package, feature) in receiving.filter_map(provider) {
        // With the default features, which name the TLS of a client.
        let tree = tree("livecut", &["--features", &format!("{feature}-webhook")]);
        assert!(tree.contains(package), "{tree:?}");
        assert_without(&tree, &IO);
        assert_without(&tree, &["http", "livecut-http"]);
        let alone = self::tree(package, &["--no-default-features"]);
        assert_without(&alone, &IO);
        assert_without(&alone, &["http", "livecut-http", "tokio"]);
    }
}

#[test]
fn a_provider_brings_no_other_provider() {
    let providers = providers();
    for (package, feature) in &providers {
        let tree = tree("livecut", &["--features", feature]);
        let brought: BTreeSet<_> = tree
            .iter()
            .map(String::as_str)
            .filter(|name| providers.contains_key(name))
            .collect();
        assert_eq!(brought, BTreeSet::from([*package]), "the feature {feature}");
    }
}

#[test]
fn the_facade_without_tls_brings_no_cryptography() {
    let tree = tree(
        "livecut",
        &["--no-default-features", "--features", "all-providers"],
    );
    assert!(tree.contains("reqwest"), "{tree:?}");
    assert_without(&tree, &["aws-lc-sys", "ring", "rustls"]);
}

/// `docs/size.md` says what each is for; a new one is a choice that wants its reason.
#[test]
fn every_dependency_of_a_published_crate_has_its_reason_in_the_documentation() {
    let named: BTreeSet<_> = members()
        .iter()
        .filter(|package| package.is_published())
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| dependency.kind != Kind::Dev)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| members().iter().all(|member| member.name != *name))
        .collect();
    let page = fs::read_to_string(root().join("docs/size.md")).expect("it is in the repository");
    let (_, section) = page
        .split_once("## What each dependency is for")
        .expect("the page has that section");
    let explained: BTreeSet<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .filter(|cell| !["crate", "---"].contains(cell))
        .flat_map(|cell| cell.split(", "))
        .collect();
    assert_eq!(explained, named);
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_we_promise() {
    let metadata = metadata(&["--all-features"]);
    let packages: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package))
        .collect();
    let resolve = metadata
        .resolve
        .expect("cargo metadata resolves unless told not to");
    let edges: BTreeMap<_, _> = resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), &node.deps))
        .collect();

    // What a user of any published crate builds, on any platform. What only our tests build may need
    // the newest Rust.
    let mut open: Vec<_> = members()
        .iter()
        .filter(|package| package.is_published())
        .map(|package| package.id.as_str())
        .collect();
    let ours = members()
        .iter()
        .filter_map(|package| package.rust_version.as_deref())
        .next();
    let promised = parsed(ours.expect("the workspace states a rust-version"));
    let mut seen = BTreeSet::new();
    let mut newer = Vec::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let package = packages[id];
        if let Some(asked) = package
            .rust_version
            .as_deref()
            .filter(|asked| parsed(asked) > promised)
        {
            newer.push(format!(
                "{} {} asks for Rust {asked}",
                package.name, package.version
            ));
        }
        let needed = edges[id]
            .iter()
            .filter(|edge| edge.dep_kinds.iter().any(|to| to.kind != Kind::Dev));
        open.extend(needed.map(|edge| edge.pkg.as_str()));
    }
    assert!(
        seen.len() > members().len(),
        "only {} crates were looked at",
        seen.len()
    );
    assert!(newer.is_empty(), "{newer:#?}");
}

/// Each provider's crate, and its name.
fn providers() -> BTreeMap<&'static str, &'static str> {
    members().iter().filter_map(provider).collect()
}

fn provider(package: &'static Package) -> Option<(&'static str, &'static str)> {
    let name = package.place().strip_prefix("crates/providers/")?;
    Some((&package.name, name))
}

/// `1.88` and `1.88.0` are the same.
fn parsed(version: &str) -> [u64; 3] {
    let mut parts = version.split('.').map(|part| {
        part.parse()
            .expect("a rust-version is two or three numbers")
    });
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

fn assert_without(tree: &BTreeSet<String>, unwanted: &[&str]) {
    let found: Vec<_> = unwanted
        .iter()
        .filter(|name| tree.contains(**name))
        .collect();
    assert!(found.is_empty(), "{found:?} in {tree:?}");
}
