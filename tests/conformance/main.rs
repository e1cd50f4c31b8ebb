//! Every adapter in the suite that every adapter must pass, against the simulator.
#![expect(
    clippy::expect_used,
    reason = "what tests share panics as the tests do"
)]

mod breaker;
mod halfway;
mod world;

use livecut_conformance::{Report, run};
use livecut_tests::kits::{KITS, Kit};
use tokio::task::JoinSet;
use world::SimWorld;

async fn report(world: &SimWorld) -> Report {
    run(world).await.expect("a world makes stoppers")
}

/// The suite, at the provider as the simulator has it, or as one of the kit's variants.
async fn passed(kit: &'static Kit, variant: Option<usize>) -> String {
    let report = report(&SimWorld::new(kit, variant).await).await;
    assert_eq!(report.provider(), kit.name);
    report.assert_passed();
    report.assert_skipped(kit.skips);
    let variant = variant.and_then(|at| kit.variants.get(at));
    let variant = variant.map_or("as it is by default", |variant| variant.name);
    format!("{variant}: {report}\n")
}

/// All at once: most of the suite's time is that of waits for a rate.
async fn all_passed(worlds: impl Iterator<Item = (&'static Kit, Option<usize>)>) -> String {
    let mut suites = JoinSet::new();
    for (kit, variant) in worlds {
        suites.spawn(passed(kit, variant));
    }
    suites.join_all().await.concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_adapter_passes_and_skips_only_what_its_provider_lacks() {
    println!("{}", all_passed(KITS.iter().map(|kit| (kit, None))).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_adapter_passes_also_where_the_documents_leave_open_what_its_provider_does() {
    let variants = KITS.iter().flat_map(|kit| {
        let numbers = 0..kit.variants.len();
        numbers.map(move |variant| (kit, Some(variant)))
    });
    println!("{}", all_passed(variants).await);
}

/// The suite's own tests have adapters of one call. Where a cut is owed, the stop of such an adapter ends as a right one's
/// does, a request earlier.
#[tokio::test]
async fn an_adapter_that_gives_up_halfway_for_its_rate_fails() {
    let mut tried = 0;
    for kit in KITS {
        let capabilities = kit.known().capabilities().expect("it is compiled in");
        if capabilities.single_call() {
            continue;
        }
        for variant in 0..kit.variants.len() {
            let world = SimWorld::new(kit, Some(variant)).await;
            let report = report(&world.with_flaw(halfway::gives_up)).await;
            println!("{report}\n");
            assert_eq!(report.failed(), ["a_paced_stop_asks_before_each_call"]);
            tried += 1;
        }
    }
    assert!(tried >= 2, "{tried}");
}
