//! Many stops in one process, after which nothing is left of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::contestants::{Livecut, OneCallProvider};
use crate::server::Seen;
use crate::slot::{runtime, slot};

/// How many stops are under way at once.
pub(crate) const AT_ONCE: usize = 64;

/// By how much the peak of 100,000 stops may be above that of 1,000.
pub(crate) const MOST_GROWTH: u64 = 2 * 1024 * 1024;

/// What so many stops took, and what they left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace {
    pub(crate) calls: usize,
    /// The most bytes that were on the heap at once, on top of the client.
    pub(crate) peak: u64,
    /// The tasks that were alive before the client, and after it.
    pub(crate) tasks: (usize, usize),
    /// What the server saw of this client.
    pub(crate) seen: Seen,
}

/// Makes so many stops with one client and drops it. `seen` asks a server that no one else uses.
pub(crate) fn stops(base: &str, calls: usize, mut seen: impl FnMut() -> Seen) -> Trace {
    let runtime = runtime();
    let alive = || runtime.metrics().num_alive_tasks();
    let before = alive();
    let contestant = {
        let _guard = runtime.enter();
        Arc::new(Livecut::new(OneCallProvider::Bare, base))
    };
    let cost = slot(&runtime, &contestant, AT_ONCE, calls);
    drop(contestant);
    // The connections' tasks see it when they run next, and the server when it does.
    let patience = Instant::now();
    while (alive() > before || seen().open > 0) && patience.elapsed() < Duration::from_secs(30) {
        runtime.block_on(tokio::task::yield_now());
    }
    Trace {
        calls,
        peak: cost.allocations.bytes_max,
        tasks: (before, alive()),
        seen: seen(),
    }
}

/// Panics where anything was left, or more connections were opened than stops were under way.
pub(crate) fn assert_nothing_is_left(trace: &Trace) {
    let Trace {
        calls, tasks, seen, ..
    } = trace;
    assert_eq!(seen.requests, u64::try_from(*calls).unwrap(), "{trace:?}");
    assert_eq!(tasks.0, tasks.1, "a task was left: {trace:?}");
    assert_eq!(seen.open, 0, "a connection was left: {trace:?}");
    // As many as were ever open: none was closed and opened again.
    assert!(
        seen.accepted <= u64::try_from(AT_ONCE).unwrap(),
        "{trace:?}"
    );
}

/// Panics where the larger number of stops needed more memory.
pub(crate) fn assert_no_growth(few: &Trace, many: &Trace) {
    assert!(
        many.peak <= few.peak + MOST_GROWTH,
        "the peak grew with the number of stops: {few:?}, {many:?}"
    );
}
