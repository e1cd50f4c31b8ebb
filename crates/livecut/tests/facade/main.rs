//! What a program sees of the crate `livecut`: how a provider is chosen, how waiting goes,
//! and what the scripted stopper does.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share fails by panicking, as they do"
)]

mod api;
mod bulk;
mod environment;
#[cfg(feature = "fetch")]
mod fetch;
mod receiving;
mod reconciling;
mod selection;
mod stopping;
mod testing;
mod waiting;

use livecut::{CutRange, Provider, StopRequest, StreamId};
use tokio_rustls::rustls::crypto::aws_lc_rs;

/// What a program with the feature `rustls-no-provider` does once, at its start.
fn install_cryptography() {
    if cfg!(not(feature = "rustls")) {
        let _installed_already = aws_lc_rs::default_provider().install_default();
    }
}

fn stream(id: &str) -> StreamId {
    StreamId::new(id).unwrap()
}

/// Stop `room`, and keep 0:00:30 to 0:02:00 of it.
fn request() -> StopRequest {
    StopRequest::new(stream("room")).with_cut(CutRange::seconds(30, 120).unwrap())
}

/// All that configures this provider: with URLs on loopback, as a stopper for anywhere else isn't built without a feature for TLS.
fn whole(provider: &Provider) -> Vec<(&str, &str)> {
    let value = |name: &str| match name.ends_with("_URL") {
        true => "http://127.0.0.1:1/video",
        false => "value",
    };
    let names = provider.variables().iter().map(livecut::EnvVar::name);
    names.map(|name| (name, value(name))).collect()
}
