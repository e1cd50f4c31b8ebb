//! What livecut costs, side by side with what its user would write without it, and what its parts cost alone.
//!
//! ```text
//! cargo bench -p livecut-tests            the whole, in a few minutes, as tables in Markdown
//! cargo test -p livecut-tests --benches   all of it for an instant, to see that it runs
//! ```
//! docs/performance.md says what is measured and how to read it.
#![forbid(unsafe_code)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for us, which ends where a number can't be had"
)]

mod contestants;
mod endurance;
mod memory;
mod pure;
mod server;
mod slot;
mod stop;

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use contestants::OneCallProvider;
use server::{SERVE, Server};

/// How much is measured.
#[derive(Debug)]
struct Extent {
    /// Of each comparison.
    rounds: usize,
    /// About how long a contestant runs in a round.
    slot: Duration,
    /// The same for a part without a network.
    batch: Duration,
    /// The numbers of stops whose peaks are compared.
    few_and_many: [usize; 2],
}

const WHOLE: Extent = Extent {
    rounds: 200,
    slot: Duration::from_millis(40),
    batch: Duration::from_millis(2),
    few_and_many: [1_000, 100_000],
};

const INSTANT: Extent = Extent {
    rounds: 2,
    slot: Duration::from_millis(1),
    batch: Duration::from_micros(10),
    few_and_many: [500, 1_000],
};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, provider] = arguments.as_slice()
        && serve == SERVE
    {
        return server::main(provider);
    }
    // As cargo tells a bench from a test.
    let whole = arguments.iter().any(|argument| argument == "--bench");
    let extent = if whole { &WHOLE } else { &INSTANT };
    allow_all_open_files();

    println!("\n## What livecut costs");
    stop::compare(OneCallProvider::Bare, &[1, 64, 512], extent)?;
    stop::compare(OneCallProvider::Enveloped, &[64], extent)?;
    pure::measure(extent);
    endure(extent)
}

/// Five clients keep 512 connections each.
fn allow_all_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, most).unwrap();
}

/// Makes few and many stops in this process and prints what they left.
fn endure(extent: &Extent) -> io::Result<()> {
    println!(
        "\n### Many stops in one process, {} at once\n",
        endurance::AT_ONCE
    );
    println!("| stops | peak of the heap | connections | tasks left | connections left |");
    println!("| --- | --- | --- | --- | --- |");
    let mut traces = Vec::new();
    for calls in extent.few_and_many {
        let mut server = Server::start(OneCallProvider::Bare)?;
        let base = server.base();
        let trace = endurance::stops(&base, calls, || server.seen().unwrap());
        println!(
            "| {calls} | {:.0} KiB | {} | {} | {} |",
            trace.peak as f64 / 1024.0,
            trace.seen.accepted,
            trace.tasks.1 - trace.tasks.0,
            trace.seen.open
        );
        endurance::assert_nothing_is_left(&trace);
        traces.push(trace);
    }
    endurance::assert_no_growth(&traces[0], &traces[1]);
    Ok(())
}
