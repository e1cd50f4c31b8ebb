//! One slot of a measurement: so many stops, so many at a time, and what they cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use allocation_counter::AllocationInfo;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::contestants::Stops;

/// What the stops of a slot cost together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) calls: usize,
    pub(crate) wall: Duration,
    /// Of this process, which the server isn't part of: in the program and in the kernel.
    pub(crate) cpu: Duration,
    /// Of this thread, on which all of the runtime is.
    pub(crate) allocations: AllocationInfo,
}

/// All on one thread: the other core is the server's.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Makes `calls` stops, `concurrency` at a time.
pub(crate) fn slot<S: Stops>(
    runtime: &Runtime,
    contestant: &Arc<S>,
    concurrency: usize,
    calls: usize,
) -> Cost {
    let left = Arc::new(AtomicUsize::new(calls));
    let start = Arc::new(Barrier::new(concurrency + 1));
    let mut tasks = JoinSet::new();
    for _ in 0..concurrency {
        let (contestant, left, start) = (contestant.clone(), left.clone(), start.clone());
        tasks.spawn_on(
            async move {
                start.wait().await;
                let take = |left: usize| left.checked_sub(1);
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                    .is_ok()
                {
                    contestant.stop().await;
                }
            },
            runtime.handle(),
        );
    }
    // All of them wait at the start before the clocks run.
    runtime.block_on(tokio::task::yield_now());
    let mut times = None;
    let allocations = allocation_counter::measure(|| {
        let (wall, cpu) = (Instant::now(), process_time());
        runtime.block_on(async {
            start.wait().await;
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
        });
        times = Some((wall.elapsed(), process_time().saturating_sub(cpu)));
    });
    let (wall, cpu) = times.unwrap();
    Cost {
        calls,
        wall,
        cpu,
        allocations,
    }
}

fn process_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}
