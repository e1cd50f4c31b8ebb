//! What a stop costs in this process alone: its pure parts, and all of it against a server in memory.
//!
//! What has no public name of its own (reading an answer, what a fault means, `Retry-After`) is part of the stops that are answered in
//! memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use livecut_core::{CutRange, LiveStreamStopper, Ticket};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_tests::statistics::{Goal, Summary};
use tokio::runtime::Runtime;

use crate::Extent;
use crate::contestants::{OneCallProvider, request};
use crate::memory::InMemory;
use crate::slot::runtime;

/// In nanoseconds, at a provider of one call.
const PLAN: Goal = Goal::AtMost(2_000.0);

struct Part {
    name: String,
    times: Box<Times>,
    goal: Option<Goal>,
}

/// Does a part so many times.
type Times = dyn Fn(&Runtime, u32);

impl Part {
    fn new<T>(name: impl Into<String>, part: impl Fn() -> T + 'static) -> Self {
        Self {
            name: name.into(),
            times: Box::new(move |_, times| {
                for _ in 0..times {
                    black_box(part());
                }
            }),
            goal: None,
        }
    }

    /// A whole stop, which the server in memory answers at once.
    fn stop(provider: OneCallProvider, what: &str, server: InMemory) -> Self {
        let http = HttpOptions::new()
            .with_retry(RetryPolicy::none())
            .with_transport(server);
        let stopper = provider.stopper("http://localhost", http);
        let request = request();
        Self {
            name: format!("{}: `stop`, {what}", provider.name()),
            times: Box::new(move |runtime, times| {
                runtime.block_on(async {
                    for _ in 0..times {
                        let _outcome = black_box(stopper.stop(&request).await);
                    }
                });
            }),
            goal: None,
        }
    }

    fn with_goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }
}

fn parts() -> Vec<Part> {
    let mut parts = Vec::new();
    for provider in OneCallProvider::ALL {
        let stopper = provider.stopper("https://api.example.com", HttpOptions::new());
        let request = request();
        let plan = Part::new(format!("{}: `plan`", provider.name()), move || {
            stopper.plan(&request).unwrap()
        });
        parts.push(plan.with_goal(PLAN));
        parts.push(Part::stop(
            provider,
            "done, in memory",
            InMemory::done(provider),
        ));
        parts.push(Part::stop(
            provider,
            "refused with a 429 and `Retry-After`, in memory",
            InMemory::busy(),
        ));
    }
    for text in ["30s..2m", "2025-01-13T07:50:00Z..2025-01-13T07:55:00.5Z"] {
        parts.push(Part::new(format!("read the cut `{text}`"), move || {
            black_box(text).parse::<CutRange>().unwrap()
        }));
    }
    let ticket = ticket();
    let text = ticket.to_string();
    parts.push(Part::new("write a ticket", move || ticket.to_string()));
    parts.push(Part::new("read a ticket", move || {
        text.parse::<Ticket>().unwrap()
    }));
    parts
}

fn ticket() -> Ticket {
    let stopper = OneCallProvider::Bare.stopper("https://api.example.com", HttpOptions::new());
    let plan = stopper.plan(&request()).unwrap();
    plan.ticket().unwrap().clone()
}

/// Times every part, one after the other in each round, and prints the table.
pub(crate) fn measure(extent: &Extent) {
    let runtime = runtime();
    let parts = parts();
    let timed = |part: &Part, times: u32| {
        let start = Instant::now();
        (part.times)(&runtime, times);
        start.elapsed()
    };
    // Twice: the first finds cold caches.
    let times: Vec<u32> = parts
        .iter()
        .map(|part| {
            timed(part, 100);
            let batch = extent.batch.as_secs_f64();
            (batch / (timed(part, 100).as_secs_f64() / 100.0)).max(1.0) as u32
        })
        .collect();
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); parts.len()];
    for _ in 0..extent.rounds {
        for ((part, &times), nanos) in parts.iter().zip(&times).zip(&mut rounds) {
            nanos.push(nanoseconds(timed(part, times)) / f64::from(times));
        }
    }
    println!(
        "\n### Without a network: nanoseconds of {} rounds\n",
        extent.rounds
    );
    println!("| | ns | 95 % interval | middle half | allocations | {PLAN} |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (part, nanos) in parts.iter().zip(rounds) {
        let allocations = allocation_counter::measure(|| (part.times)(&runtime, 1)).count_total;
        let nanos = Summary::of(nanos);
        let verdict = part.goal.map_or("", |goal| goal.verdict(&nanos));
        println!("| {} | {nanos:.0} | {allocations} | {verdict} |", part.name);
    }
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
