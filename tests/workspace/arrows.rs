//! Which of our crates may know which. The program and the facade lean on the providers, those on
//! what they share (HTTP, webhooks), that on the core; an adapter never knows another; and the
//! simulator, which plays the providers, shares nothing with those that speak to them.

use crate::repository::{Dependency, Kind, Package, members};

/// What is said of a crate by where it stands.
struct Room {
    place: &'static str,
    /// The places whose crates it may depend on, as users get it (normal and build dependencies).
    knows: &'static [&'static str],
    /// The places whose crates its own tests and examples may use besides.
    tests_with: &'static [&'static str],
}

const PROVIDERS: &str = "crates/providers/*";

/// Tests of the adapters and of the facade may use the simulator and the conformance suite: neither
/// leads back to them, so there is no circle, and each crate publishes and tests on its own.
const ROOMS: [Room; 10] = [
    Room {
        place: "crates/core",
        knows: &[],
        tests_with: &[],
    },
    Room {
        place: "crates/http",
        knows: &["crates/core"],
        tests_with: &[],
    },
    Room {
        place: "crates/webhook",
        knows: &["crates/core"],
        tests_with: &[],
    },
    Room {
        place: PROVIDERS,
        knows: &["crates/core", "crates/http", "crates/webhook"],
        tests_with: &["crates/conformance", "crates/sim"],
    },
    Room {
        place: "crates/livecut",
        knows: &["crates/core", "crates/http", "crates/webhook", PROVIDERS],
        tests_with: &["crates/conformance", "crates/sim"],
    },
    Room {
        place: "crates/sim",
        knows: &[],
        tests_with: &[],
    },
    Room {
        place: "crates/conformance",
        knows: &["crates/core"],
        tests_with: &[],
    },
    Room {
        place: "crates/cli",
        knows: &["crates/livecut", "crates/sim"],
        tests_with: &[],
    },
    // As in a repository of somebody else's: an adapter, and what tests it.
    Room {
        place: "examples/own-adapter",
        knows: &["crates/core", "crates/http"],
        tests_with: &["crates/conformance", "crates/livecut"],
    },
    Room {
        place: "tests",
        // For the kits, which are in its library.
        knows: &["crates/livecut", "crates/sim"],
        tests_with: &[
            "crates/core",
            "crates/http",
            "crates/webhook",
            PROVIDERS,
            "crates/livecut",
            "crates/sim",
            "crates/conformance",
            "crates/cli",
        ],
    },
];

#[test]
fn every_crate_knows_only_those_that_its_place_allows() {
    let mut wrong = Vec::new();
    for package in members() {
        let Some(room) = room_of(package) else {
            wrong.push(format!(
                "{} stands in {}, which has no room in this test",
                package.name,
                package.place()
            ));
            continue;
        };
        for (dependency, target) in ours(package) {
            let known = room_of(target).is_some_and(|to| {
                room.knows.contains(&to.place)
                    || dependency.kind == Kind::Dev && room.tests_with.contains(&to.place)
            });
            if !known {
                wrong.push(format!(
                    "{} may not know {} ({:?})",
                    package.name, target.name, dependency.kind
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_crate_is_named_after_its_folder() {
    for package in members() {
        let folder = package
            .place()
            .rsplit('/')
            .next()
            .expect("rsplit gives at least one part");
        let name = if folder == "livecut" {
            folder.to_owned()
        } else {
            format!("livecut-{folder}")
        };
        assert_eq!(package.name, name, "in {}", package.place());
    }
}

fn room_of(package: &Package) -> Option<&'static Room> {
    ROOMS
        .iter()
        .find(|room| match room.place.strip_suffix("/*") {
            Some(parent) => package
                .place()
                .rsplit_once('/')
                .is_some_and(|(above, _)| above == parent),
            None => package.place() == room.place,
        })
}

fn ours(package: &Package) -> impl Iterator<Item = (&Dependency, &'static Package)> {
    package.dependencies.iter().filter_map(|dependency| {
        let target = members()
            .iter()
            .find(|member| member.name == dependency.name)?;
        Some((dependency, target))
    })
}
