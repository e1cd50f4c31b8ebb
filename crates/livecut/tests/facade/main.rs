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
mod receiving;
mod reconciling;
mod selection;
mod stopping;
mod testing;
mod waiting;

use livecut::{CutRange, StopRequest, StreamId};
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
