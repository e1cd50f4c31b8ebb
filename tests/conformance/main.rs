//! Every adapter in the suite that every adapter must pass, against the simulator.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics as the tests do"
)]

mod breaker;
mod gcore;
mod gjirafa;
mod halfway;
mod mux;
mod tpstreams;
mod world;

use std::collections::BTreeSet;
use std::path::Path;

use halfway::GivesUpHalfway;
use livecut_conformance::{Report, World, run};
use livecut_sim::ClipSource;
use world::SimWorld;

/// A check that a provider of one native call, on both timelines, has no use for.
const NO_ANCHOR: &str = "a_cut_that_needs_an_anchor_is_refused_without_one";

/// A check of what a provider of one call, which is asked nothing before it, can't tell.
const NO_LOOK: &str = "a_cut_that_ends_after_what_was_recorded_ends_nothing";

/// Every adapter, by its folder's name, and which checks it skips.
const ADAPTERS: &[(&str, &[&str])] = &[
    (
        "tpstreams",
        // It sets no visibility with the stop: that it refuses one isn't skipped.
        &[NO_ANCHOR, NO_LOOK, "a_visibility_reaches_the_server"],
    ),
    ("gjirafa", &[NO_ANCHOR, NO_LOOK]),
    // What it can't do with an anchor it does with one that it reads.
    ("mux", &[NO_ANCHOR]),
    ("gcore", &["a_visibility_reaches_the_server"]),
];

async fn world(adapter: &str) -> Box<dyn World> {
    match adapter {
        "tpstreams" => Box::new(tpstreams::world().await),
        "gjirafa" => Box::new(gjirafa::world().await),
        "mux" => Box::new(mux::world(ClipSource::Over).await),
        "gcore" => Box::new(gcore::world(true).await),
        other => panic!("{other} has no world here"),
    }
}

async fn report(world: &dyn World) -> Report {
    run(world).await.expect("a world makes stoppers")
}

#[tokio::test]
async fn every_adapter_passes_and_skips_only_what_its_provider_lacks() {
    for (adapter, skipped) in ADAPTERS {
        let report = report(&*world(adapter).await).await;
        println!("{report}\n");
        assert_eq!(report.provider(), *adapter);
        report.assert_passed();
        report.assert_skipped(skipped);
    }
}

#[tokio::test]
async fn mux_passes_also_where_every_cut_is_owed_at_first() {
    let report = report(&mux::world(ClipSource::Ready).await).await;
    println!("{report}\n");
    report.assert_passed();
    report.assert_skipped(&[NO_ANCHOR]);
}

#[tokio::test]
async fn gcore_passes_also_where_it_tells_the_video_of_a_clip_later() {
    let report = report(&gcore::world(false).await).await;
    println!("{report}\n");
    report.assert_passed();
    report.assert_skipped(&["a_visibility_reaches_the_server"]);
}

/// The suite's own tests have adapters of one call. Where a cut is owed, the stop of such an adapter ends as a right one's
/// does, a request earlier.
#[tokio::test]
async fn an_adapter_that_gives_up_halfway_for_its_rate_fails() {
    let mux = mux::simulator(ClipSource::Ready).await;
    let gcore = gcore::simulator(true).await;
    let halfway: [Box<dyn World>; 2] = [
        Box::new(SimWorld::<GivesUpHalfway<mux::Simulated>>::new(mux).await),
        Box::new(SimWorld::<GivesUpHalfway<gcore::Simulated>>::new(gcore).await),
    ];
    for world in halfway {
        let report = report(&*world).await;
        println!("{report}\n");
        assert_eq!(report.failed(), ["a_paced_stop_asks_before_each_call"]);
    }
}

#[test]
fn no_adapter_is_without_the_suite() {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/providers");
    let there: BTreeSet<String> = folders
        .read_dir()
        .expect("the providers have a folder")
        .map(|entry| entry.expect("it can be read"))
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let here: BTreeSet<String> = ADAPTERS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(there, here, "each adapter needs a world in this test");
}
