//! Secrets under every fault that there is, over plain connections, TLS and HTTP/2.

use std::time::Duration;

use livecut_http::HttpOptions;
use livecut_sim::faults::{Fault, FaultServer, Transport, catalogue};
use livecut_tests::kits::{KITS, Kit};
use tokio::task::JoinSet;

use crate::adapters::{Operation, TENANT, once, simulator, stopper, watched};
use crate::witness;

/// Long enough for an answer on loopback, and short enough for a server that never answers.
const PATIENCE: Duration = Duration::from_millis(150);

/// Most cases only wait for their patience to end.
const AT_ONCE: usize = 16;

fn options(transport: Transport) -> HttpOptions {
    let options = once().with_timeout(PATIENCE);
    match transport {
        Transport::Plain => options,
        Transport::Tls | Transport::Http2 => {
            let ca = FaultServer::ca_der().expect("a key can be made");
            let ca = reqwest::Certificate::from_der(&ca).expect("it is a certificate");
            options.with_client_builder(reqwest::Client::builder().tls_certs_only([ca]))
        }
    }
}

/// The calls of one adapter under one fault. How often it struck.
async fn under(fault: &'static Fault, transport: Transport, kit: &'static Kit) -> u64 {
    let simulator = simulator().await;
    let server = FaultServer::builder(fault, &simulator)
        .with_transport(transport)
        .with_seed(7)
        .start()
        .await
        .expect("loopback has a free port");
    let base = server.base_url(kit.name);
    let stopper = stopper(kit, TENANT, &base, options(transport)).unwrap();
    let what = format!("{} over {transport:?}", fault.name());
    for operation in [Operation::StopAndCut, Operation::Status, Operation::Follow] {
        watched(&what, kit, &*stopper, operation).await;
    }
    let observed = server.observed();
    assert_eq!(observed.elsewhere, 0, "{what}");
    observed.strikes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_gets_a_secret_shown_or_sent_elsewhere() {
    witness::listen();
    let mut cases = JoinSet::new();
    let mut struck = 0;
    let faults = catalogue().iter().filter(|fault| fault.strikes_fresh());
    for (number, fault) in faults.enumerate() {
        // Over each of its transports, by one adapter or another.
        let transports = fault.transports().iter().cycle().skip(number % 3);
        for (kit, &transport) in KITS.iter().zip(transports) {
            if cases.len() >= AT_ONCE {
                struck += cases.join_next().await.unwrap().unwrap();
            }
            cases.spawn(under(fault, transport, kit));
        }
    }
    while let Some(case) = cases.join_next().await {
        struck += case.unwrap();
    }
    assert!(struck > 500, "{struck}");
    witness::assert_nothing_was_logged(&["h2::"]);
}
