//! `stop` side by side with what it is compared to.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use livecut_tests::statistics::{Goal, Summary};
use tokio::runtime::Runtime;

use crate::Extent;
use crate::contestants::{ByHand, Hyper, Livecut, OneCallProvider, Reqwest, Stops};
use crate::server::Server;
use crate::slot::{Cost, runtime, slot};

/// What is judged.
const LIVECUT: usize = 0;
/// What all others are divided by.
const BY_HAND: usize = 1;

const THROUGHPUT: Goal = Goal::AtLeast(0.97);
const CPU: Goal = Goal::AtMost(1.05);

struct Contestant {
    name: &'static str,
    slot: Box<Slot>,
}

/// Makes stops, so many at once and so many in all.
type Slot = dyn Fn(&Runtime, usize, usize) -> Cost;

impl Contestant {
    fn new(name: &'static str, contestant: impl Stops) -> Self {
        let contestant = Arc::new(contestant);
        Self {
            name,
            slot: Box::new(move |runtime, concurrency, calls| {
                slot(runtime, &contestant, concurrency, calls)
            }),
        }
    }
}

/// Compares `stop` with all others, at each concurrency, and prints a table of each.
pub(crate) fn compare(
    provider: OneCallProvider,
    at_once: &[usize],
    extent: &Extent,
) -> io::Result<()> {
    let runtime = runtime();
    let server = Server::start(provider)?;
    let base = server.base();
    let _guard = runtime.enter();
    let contestants = [
        Contestant::new("livecut", Livecut::new(provider, &base)),
        Contestant::new("by hand", ByHand::new(provider, &base)),
        Contestant::new("by hand, again", ByHand::new(provider, &base)),
        Contestant::new("reqwest alone", Reqwest::new(provider, &base)),
        Contestant::new("hyper alone", Hyper::new(provider, &base)),
    ];
    for &concurrency in at_once {
        let rounds = measure(&runtime, &contestants, concurrency, extent);
        print(provider, concurrency, &contestants, &rounds);
    }
    Ok(())
}

/// The costs of each round, in the order of the contestants.
fn measure(
    runtime: &Runtime,
    contestants: &[Contestant],
    concurrency: usize,
    extent: &Extent,
) -> Vec<Vec<Cost>> {
    // The first slots open the connections, the next tell how many calls fill a slot.
    let least = concurrency * 4;
    let mut calls = least;
    for _ in 0..2 {
        for Contestant { slot, .. } in contestants {
            let cost = slot(runtime, concurrency, least);
            let fit = extent.slot.as_secs_f64() / cost.wall.as_secs_f64() * least as f64;
            calls = least.max(fit as usize);
        }
    }
    (0..extent.rounds)
        .map(|round| {
            // There and back again, so that none profits from its place.
            let mut order: Vec<_> = (0..contestants.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            let mut costs: Vec<_> = order
                .into_iter()
                .map(|at| (at, (contestants[at].slot)(runtime, concurrency, calls)))
                .collect();
            costs.sort_by_key(|&(at, _)| at);
            costs.into_iter().map(|(_, cost)| cost).collect()
        })
        .collect()
}

fn print(
    provider: OneCallProvider,
    concurrency: usize,
    contestants: &[Contestant],
    rounds: &[Vec<Cost>],
) {
    println!(
        "\n### {}, {concurrency} at once: divided by what the same round took by hand\n\n\
         | {} rounds of {} calls | throughput | 95 % interval | middle half | CPU | 95 % interval | middle half | allocations a call |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |",
        provider.name(),
        rounds.len(),
        rounds[0][BY_HAND].calls
    );
    let of_rounds = |value: &dyn Fn(&[Cost]) -> f64| {
        Summary::of(rounds.iter().map(|round| value(round)).collect())
    };
    let mut verdicts = None;
    for (at, contestant) in contestants.iter().enumerate() {
        let allocations =
            of_rounds(&|round| round[at].allocations.count_total as f64 / round[at].calls as f64);
        let name = contestant.name;
        if at == BY_HAND {
            println!("| {name} | 1 | | | 1 | | | {:.1} |", allocations.median);
            continue;
        }
        let throughput = of_rounds(&|round| ratio(round[BY_HAND].wall, round[at].wall));
        let cpu = of_rounds(&|round| ratio(round[at].cpu, round[BY_HAND].cpu));
        println!(
            "| {name} | {throughput} | {cpu} | {:.1} |",
            allocations.median
        );
        if at == LIVECUT {
            verdicts = Some((THROUGHPUT.verdict(&throughput), CPU.verdict(&cpu)));
        }
    }
    if let Some((throughput, cpu)) = verdicts {
        println!("\nThroughput {THROUGHPUT}: {throughput}. CPU {CPU}: {cpu}.");
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
