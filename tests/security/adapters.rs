//! Every adapter, with marked secrets.

use std::sync::Arc;

use livecut_core::{
    CutRange, LiveStreamStopper, RecordingId, Result, StopRequest, StreamId, TenantId, Ticket,
    Timeline, TimelineSupport,
};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::{NextAnswer, SimClock, Simulator, StreamSpec};
use livecut_tests::kits::{KITS, Kit};

use crate::{marks, witness};

pub(crate) const TENANT: &str = "a-tenant";
/// Numbers, which every provider takes for ids.
pub(crate) const STREAM: &str = "4711";
pub(crate) const RECORDING: &str = "4712";

/// Those that take any id, and are given a tenant.
pub(crate) fn of_tenants() -> impl Iterator<Item = &'static Kit> {
    KITS.iter().filter(|kit| kit.tenant.is_some())
}

/// What is secret to the adapter, with a mark.
pub(crate) const fn secret(kit: &Kit) -> &'static str {
    if kit.adds_scheme {
        marks::TOKEN
    } else {
        marks::AUTHORIZATION
    }
}

/// The settings of an adapter with marked credentials, by the provider's words.
pub(crate) fn settings(kit: &Kit, tenant: &str, base_url: &str) -> Vec<(String, String)> {
    let secrets = kit.secret_words();
    let value = |word: &str| match word {
        word if Some(word) == kit.tenant => tenant.to_owned(),
        word if secrets.iter().any(|secret| secret == word) => secret(kit).to_owned(),
        _ => "an-id".to_owned(),
    };
    let mut settings: Vec<_> = kit
        .credential_words()
        .into_iter()
        .map(|word| (word.clone(), value(&word)))
        .collect();
    settings.push(("base_url".to_owned(), base_url.to_owned()));
    settings
}

/// An adapter with marked credentials.
pub(crate) fn stopper(
    kit: &Kit,
    tenant: &str,
    base_url: &str,
    http: HttpOptions,
) -> Result<Arc<dyn LiveStreamStopper>> {
    kit.connect(&settings(kit, tenant, base_url), http)
}

/// Without retry: one call, one request.
pub(crate) fn once() -> HttpOptions {
    HttpOptions::new().with_retry(RetryPolicy::none())
}

/// Providers whose credentials and stream keys are marked, each with a stream on air.
pub(crate) async fn simulator() -> Simulator {
    let simulator = Simulator::start().await.expect("loopback has a free port");
    for kit in KITS {
        let provider = kit.simulated(&simulator);
        for (word, value) in settings(kit, TENANT, "") {
            if word != "base_url" {
                provider.set_credential(&word, value).unwrap();
            }
        }
        provider.set_stream_key(marks::STREAM_KEY);
        // Where recordings have ids of their own, it has that one.
        let stream = || StreamSpec::live(STREAM);
        provider
            .create_stream(stream().with_recording_id(kit.recording))
            .or_else(|_| provider.create_stream(stream()))
            .unwrap();
    }
    simulator
}

/// The answer to the provider's next request.
pub(crate) fn script(simulator: &Simulator, kit: &Kit, answer: NextAnswer) {
    let scripted = kit.simulated(simulator).next_answer(answer);
    scripted.expect("the answer can be sent");
}

pub(crate) fn whole(stream: &str) -> StopRequest {
    StopRequest::new(StreamId::new(stream).unwrap())
}

/// A part of the last hour by the wall clock, with an anchor where the adapter needs one.
fn cut(stopper: &dyn LiveStreamStopper) -> StopRequest {
    let now = SimClock::MANUAL_START.unix_timestamp();
    let part = CutRange::epoch_seconds(now.saturating_sub(600), now.saturating_sub(300));
    let request = whole(STREAM).with_cut(part.unwrap());
    match stopper.capabilities().timeline(Timeline::WallClock) {
        Some(TimelineSupport::WithAnchor) => {
            request.with_anchor(SimClock::MANUAL_START.saturating_sub(time::Duration::HOUR))
        }
        _ => request,
    }
}

/// A ticket that is good at this adapter and names the recording.
pub(crate) fn ticket(kit: &Kit) -> Ticket {
    let ticket = Ticket::new(kit.name, StreamId::new(STREAM).unwrap())
        .with_recording(RecordingId::new(kit.recording).unwrap());
    if kit.tenant.is_some() {
        ticket.with_tenant(TenantId::new(TENANT).unwrap())
    } else {
        ticket
    }
}

/// The calls that an adapter has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Stop,
    StopAndCut,
    Status,
    Follow,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Stop, Self::StopAndCut, Self::Status, Self::Follow];
}

/// Makes the call, and fails if anything that comes of it shows a secret. Whether the call failed,
/// and the body that its error has for who asks for it.
pub(crate) async fn watched(
    what: &str,
    kit: &Kit,
    stopper: &dyn LiveStreamStopper,
    operation: Operation,
) -> (bool, Vec<u8>) {
    fn end<T: std::fmt::Debug>(what: &str, result: &Result<T>) -> (bool, Vec<u8>) {
        witness::assert_shows_nothing(what, result);
        let response = result.as_ref().err().and_then(|error| error.response());
        let body = response.map_or(Vec::new(), |response| response.body().to_vec());
        (result.is_err(), body)
    }
    let what = format!("{what}, {}, {operation:?}", kit.name);
    match operation {
        Operation::Stop | Operation::StopAndCut => {
            let request = match operation {
                Operation::Stop => whole(STREAM),
                _ => cut(stopper),
            };
            witness::assert_shows_nothing(&what, &stopper.plan(&request));
            let result = stopper.stop(&request).await;
            if let Ok(outcome) = &result {
                let ticket = witness::everything_in(outcome.ticket());
                assert_eq!(marks::find(&ticket), None, "{what}");
            }
            end(&what, &result)
        }
        Operation::Status => end(&what, &stopper.status(whole(STREAM).stream()).await),
        Operation::Follow => end(&what, &stopper.follow(&ticket(kit)).await),
    }
}
