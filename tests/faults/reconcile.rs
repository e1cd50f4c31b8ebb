//! What a look after an unknown effect says, against the truth.

use std::time::Duration;

use livecut::LiveStreamStopperExt as _;
use livecut_core::{Certainty, CutRange, StopRequest, StreamId};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::Simulator;
use livecut_sim::faults::{Claim, Fault, FaultServer, Transport, Truth, catalogue};
use tokio::task::JoinSet;

use crate::adapters::{ADAPTERS, Adapter};

/// Of the real clock, for a server that never answers a stop.
const DEADLINE: Duration = Duration::from_secs(1);

/// Many cases only wait for that.
const AT_ONCE: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The stop was made, and that was proved.
    Proved,
    /// It wasn't, and stays unknown.
    Open,
    /// Time ran out before it was sent.
    Unsent,
}

/// One look, one stop that breaks, one look.
async fn reconciled(fault: &'static Fault, adapter: &'static Adapter, cut: bool) -> Verdict {
    let simulator = Simulator::start().await.expect("loopback has a free port");
    (adapter.create)(&simulator, "room");
    let server = FaultServer::builder(fault, &simulator)
        .spare(1)
        .times(1)
        .start()
        .await
        .expect("loopback has a free port");
    let http = HttpOptions::new().with_retry(RetryPolicy::none());
    let stopper = (adapter.stopper)(&simulator, server.base_url(adapter.name), http);
    let mut request =
        StopRequest::new(StreamId::new("room").expect("it is an id")).with_deadline(DEADLINE);
    if cut {
        request = request.with_cut(CutRange::seconds(30, 120).expect("it is a range"));
    }
    let claimed = match stopper.stop_and_reconcile(&request).await {
        Ok(outcome) => {
            assert!(outcome.cut().cut().is_none(), "a cut is never proved");
            Certainty::Yes
        }
        Err(error) => {
            let effect = error.effect();
            assert!(effect.cut != Certainty::Yes, "a cut is never proved");
            effect.stopped
        }
    };
    let stops = (adapter.applied)(&simulator, "room");
    let what = format!("{}, {}, cut: {cut}", fault.name(), adapter.name);
    assert!(stops.len() <= 1, "{what}: there is one stop");
    match (claimed, stops.iter().any(|applied| applied.stop)) {
        (Certainty::Yes, true) => Verdict::Proved,
        (Certainty::Unknown, false) => Verdict::Open,
        (Certainty::No, false) if server.observed().strikes == 0 => Verdict::Unsent,
        (claimed, made) => panic!("{what}: claimed {claimed}, made: {made}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_look_makes_of_an_unknown_is_the_truth_at_every_adapter() {
    let unknown = |fault: &&Fault| {
        fault.strikes_reused()
            && fault.transports().contains(&Transport::Plain)
            && fault.claim(Transport::Plain) == Claim::Unknown
            && fault.truth() != Truth::Either
    };
    let mut cases = JoinSet::new();
    let mut verdicts = Vec::new();
    for fault in catalogue().iter().filter(unknown) {
        for adapter in &ADAPTERS {
            for cut in [false, true] {
                if cases.len() >= AT_ONCE {
                    verdicts.extend(cases.join_next().await);
                }
                cases.spawn(reconciled(fault, adapter, cut));
            }
        }
    }
    while let Some(case) = cases.join_next().await {
        verdicts.push(case);
    }
    let count = |of| {
        let same = |verdict: &&Result<Verdict, _>| verdict.as_ref().is_ok_and(|v| *v == of);
        verdicts.iter().filter(same).count()
    };
    assert!(verdicts.iter().all(Result::is_ok), "a case failed");
    let (proved, open) = (count(Verdict::Proved), count(Verdict::Open));
    println!("{proved} stops were proved by a look, {open} that weren't made stayed unknown");
    assert!(proved >= 150 && open >= 30, "{proved} {open}");
}
