//! What is held of every provider, whatever its API looks like.

use crate::{
    Kept, SimClock,
    limit::Limiter,
    lock::lock,
    log::Log,
    script::Script,
    stream::{Own, RecordingIds, Streams},
    webhook::{Outbox, Webhooks},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use time::OffsetDateTime;

/// What isn't any one provider's.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    pub(crate) clock: SimClock,
    pub(crate) log: Arc<Log>,
    pub(crate) outbox: Arc<Outbox>,
}

impl Shared {
    pub(crate) fn url(&self, host: &str) -> String {
        format!("http://{}/{host}", self.address)
    }
}

/// What a provider has whatever its API looks like.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) name: &'static str,
    /// Path prefixes that stand for other hosts of the provider, by its word for their base URL.
    pub(crate) other_hosts: &'static [(&'static str, &'static str)],
    pub(crate) recording_ids: RecordingIds,
    /// Whether a recording is processed when its stream is over.
    pub(crate) processes: bool,
    pub(crate) is_id: fn(&str) -> bool,
    pub(crate) at_address: fn(&str, &str, &Streams, OffsetDateTime) -> Option<Kept>,
    /// What only its streams have, of a new one.
    pub(crate) own: fn() -> Box<dyn Own>,
    pub(crate) webhooks: Webhooks,
    /// How long after each failed attempt a webhook is sent again.
    pub(crate) webhook_retries: Mutex<Arc<[Duration]>>,
    pub(crate) shared: Shared,
    pub(crate) state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) streams: Streams,
    pub(crate) scripts: Vec<Script>,
    pub(crate) limiter: Option<Limiter>,
    /// Of POST alone.
    pub(crate) post_limiter: Option<Limiter>,
    pub(crate) created: u64,
}

impl Core {
    pub(crate) fn webhook_retries(&self) -> Arc<[Duration]> {
        Arc::clone(&lock(&self.webhook_retries))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
