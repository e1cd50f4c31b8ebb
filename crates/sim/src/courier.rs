//! Deliveries of webhooks over HTTP.

use crate::{
    Delivery, Outcome, SimClock, provider::SimulatedProvider, state::Shared, webhook::Outbox,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Uri,
    client::conn::http1,
    header::{CONNECTION, HOST},
};
use hyper_util::rt::TokioIo;
use std::{error::Error, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::timeout,
};

/// How long a receiver has for its answer, on the system's clock: it is a real one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers over HTTP all that is due by now, and says how many attempts that took.
pub(crate) async fn deliver_due(
    providers: &[SimulatedProvider],
    outbox: &Outbox,
    clock: &SimClock,
) -> usize {
    let _turn = outbox.courier.lock().await;
    let mut attempts: usize = 0;
    loop {
        for provider in providers {
            provider.announce();
        }
        let Some(delivery) = outbox.due(clock.now(), over_http) else {
            return attempts;
        };
        let outcome = if delivery.lost {
            Outcome::Lost
        } else {
            send(&delivery, outbox.any_receiver).await
        };
        outbox.over(delivery, clock.now(), outcome);
        attempts = attempts.saturating_add(1);
    }
}

/// Delivers for ever, each when it is due by a clock that runs.
pub(crate) async fn deliver(providers: Vec<SimulatedProvider>, shared: Shared) {
    let Shared { outbox, clock, .. } = &shared;
    let mut turns = clock.turns();
    loop {
        turns.mark_unchanged();
        deliver_due(&providers, outbox, clock).await;
        let changes = providers.iter().filter_map(SimulatedProvider::next_change);
        let next = changes.chain(outbox.next_due(over_http)).min();
        clock.turn(&mut turns, next).await;
    }
}

fn over_http(delivery: &Delivery) -> bool {
    !delivery.in_process
}

async fn send(delivery: &Delivery, any_receiver: bool) -> Outcome {
    match timeout(PATIENCE, exchange(delivery, any_receiver)).await {
        Ok(Ok(status)) => Outcome::Answered(status),
        Ok(Err(error)) => Outcome::Unanswered(error.to_string()),
        Err(_) => Outcome::Unanswered(format!("no answer within {PATIENCE:?}")),
    }
}

async fn exchange(
    delivery: &Delivery,
    any_receiver: bool,
) -> Result<u16, Box<dyn Error + Send + Sync>> {
    let url: Uri = delivery.url.parse()?;
    let authority = url.authority().ok_or("the URL has no host")?;
    let host = authority.host();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = authority.port_u16().unwrap_or(80);
    let addresses: Vec<_> = lookup_host((host, port))
        .await?
        // Whatever a name stands for by now.
        .filter(|address| any_receiver || address.ip().is_loopback())
        .collect();
    let socket = TcpStream::connect(&*addresses).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    // Ends with this call.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let mut request = Request::post(delivery.target())
        .header(HOST, authority.as_str())
        .header(CONNECTION, "close");
    for (name, value) in &delivery.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(delivery.body.clone()))?;
    let (answer, mut body) = sender.send_request(request).await?.into_parts();
    // Read to its end, for a receiver that is cut off in its answer may take that for a failure.
    while let Some(frame) = body.frame().await {
        let _: hyper::body::Frame<Bytes> = frame?;
    }
    Ok(answer.status.as_u16())
}
