//! The fuzz targets on the stable toolchain: over the seeds, over the providers' samples and
//! whatever else was found, over damaged copies of them all, and over any bytes.

#![expect(
    clippy::expect_used,
    unreachable_pub,
    reason = "what tests share panics as the tests do; and the targets are a crate for cargo fuzz"
)]

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use livecut_tests::kits::KITS;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The most places at which a seed is damaged.
const PLACES: usize = 200;

/// A name, a function, and a folder of seeds.
type Target = (&'static str, fn(&[u8]), &'static str);

/// Every target, and where its first inputs are.
const TARGETS: [Target; 7] = [
    ("answers", targets::answers, "fuzz/seeds/webhook"),
    ("cut_range", targets::cut_range, "fuzz/seeds/cut_range"),
    ("document", targets::document, "fuzz/seeds/document"),
    ("ticket", targets::ticket, "fuzz/seeds/ticket"),
    (
        "retry_after",
        targets::retry_after,
        "fuzz/seeds/retry_after",
    ),
    ("base_url", targets::base_url, "fuzz/seeds/base_url"),
    ("webhook", targets::webhook, "fuzz/seeds/webhook"),
];

/// What is done to what comes in, and where its first inputs are.
struct Parser {
    name: &'static str,
    check: Check,
    seeds: PathBuf,
}

type Check = Box<dyn Fn(&[u8]) + Send + Sync>;

/// The targets, and in place of that of all answers each adapter alone, over its provider's own samples.
fn parsers() -> Vec<Parser> {
    let [_answers, others @ ..] = TARGETS;
    let targets = others.into_iter().map(|(name, check, seeds)| Parser {
        name,
        check: Box::new(check),
        seeds: workspace().join(seeds),
    });
    let providers = workspace().join("crates/providers");
    let adapters = KITS.iter().map(|kit| Parser {
        name: kit.name,
        check: Box::new(|body| targets::answered_by(kit, body)),
        seeds: providers.join(kit.name).join("fixtures"),
    });
    targets.chain(adapters).collect()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files right in a folder; none where it isn't there.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    let read = |path| fs::read(path).expect("a seed can be read");
    paths.iter().map(read).collect()
}

#[test]
fn every_target_keeps_its_promises_over_its_seeds_and_what_was_found() {
    for parser in parsers() {
        let seeds = files(&parser.seeds);
        assert!(seeds.len() >= 3, "{} has seeds", parser.name);
        seeds.iter().for_each(|input| (parser.check)(input));
    }
    for (name, target, folder) in TARGETS {
        let seeds = files(&workspace().join(folder));
        let found = files(&workspace().join("fuzz/corpus").join(name));
        seeds.iter().chain(&found).for_each(|input| target(input));
    }
}

#[test]
fn every_target_keeps_its_promises_over_seeds_that_are_damaged() {
    let damage = |parser: &Parser, seed: &[u8]| {
        let places = (0..seed.len()).step_by(seed.len().div_ceil(PLACES).max(1));
        for (at, byte) in places.zip([0, b'"', b'9', 0xff].into_iter().cycle()) {
            let (whole, rest) = seed.split_at(at);
            (parser.check)(whole);
            let rest = rest.get(1..).unwrap_or_default();
            (parser.check)(&[whole, &[byte], rest].concat());
        }
    };
    // It is by far the longest of these tests.
    let parsers = parsers();
    thread::scope(|scope| {
        for parser in &parsers {
            for seed in files(&parser.seeds) {
                scope.spawn(move || damage(parser, &seed));
            }
        }
    });
}

#[test]
fn every_target_keeps_its_promises_over_any_bytes() {
    for parser in parsers() {
        let seeds = files(&parser.seeds);
        // Two pieces of seeds, and anything between them.
        let piece = || {
            let seed = proptest::sample::select(seeds.clone());
            (seed, any::<proptest::sample::Index>()).prop_map(|(seed, at)| {
                let at = at.index(seed.len().max(1));
                seed.get(..at).unwrap_or_default().to_vec()
            })
        };
        let inputs = prop_oneof![
            any::<Vec<u8>>(),
            any::<String>().prop_map(String::into_bytes),
            (piece(), any::<Vec<u8>>(), piece()).prop_map(|(a, b, c)| [a, b, c].concat()),
        ];
        TestRunner::default()
            .run(&inputs, |input| {
                (parser.check)(&input);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

/// `cargo fuzz` and this test drive the same functions.
#[test]
fn no_target_is_missing_here_or_there() {
    let manifest = fs::read_to_string(workspace().join("fuzz/Cargo.toml")).expect("it is there");
    let mut there: Vec<&str> = manifest
        .split("[[bin]]")
        .skip(1)
        .filter_map(|bin| bin.split('"').nth(1))
        .collect();
    let mut here: Vec<&str> = TARGETS.iter().map(|(name, ..)| *name).collect();
    there.sort_unstable();
    here.sort_unstable();
    assert_eq!(here, there);
    for name in here {
        let program = workspace().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let program = fs::read_to_string(program).expect("each target has a program");
        assert!(program.contains(&format!("livecut_fuzz::{name}(data)")));
    }
}
