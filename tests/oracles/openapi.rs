//! What the tests of adapters by a provider's official document share.

use std::collections::BTreeSet;
use std::time::Duration;

use livecut_core::{CutRange, LiveStreamStopper, Progress, RecordingId, StreamId, Ticket};
use livecut_sim::Simulator;

use crate::prism::Prism;

pub(crate) async fn simulator() -> Simulator {
    let sim = Simulator::start().await;
    sim.expect("loopback has a free port")
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new(id).expect("it is an id")
}

pub(crate) fn recording(id: &str) -> RecordingId {
    RecordingId::new(id).expect("it is an id")
}

pub(crate) fn cut(range: &str) -> CutRange {
    range.parse().expect("it is a range")
}

/// Follows until it is over, which must be well.
pub(crate) async fn follow(stopper: &dyn LiveStreamStopper, sim: &Simulator, ticket: &Ticket) {
    let mut ticket = ticket.clone();
    for _ in 0..100 {
        match stopper.follow(&ticket).await.expect("it can be followed") {
            Progress::Ready(_) => return,
            Progress::InProgress(progress) => {
                ticket = progress.ticket().clone();
                sim.clock().advance(Duration::from_secs(10));
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the recording never gets ready");
}

/// No call but these, each at least once, and no violation.
pub(crate) fn judge(prism: Prism, known_drift: &[&str], operations: &[&str]) {
    for name in prism.drift() {
        println!("drift of the document, mended: {name}");
        assert!(known_drift.contains(&&**name), "it isn't known here");
    }
    let exchanges = prism.exchanges();
    for exchange in &exchanges {
        println!("{exchange}");
    }
    assert!(
        exchanges
            .iter()
            .all(|exchange| exchange.violations.is_empty()),
        "see the list above"
    );
    let called: BTreeSet<_> = exchanges
        .iter()
        .map(|exchange| exchange.operation.as_deref())
        .collect();
    let all = operations.iter().copied().map(Some).collect();
    assert_eq!(called, all);
}
