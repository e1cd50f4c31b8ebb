use std::sync::Arc;
use std::time::SystemTime;

use livecut_core::Result;
use livecut_core::adapter::{Setting, Settings};

use crate::WebhookReceiver;

/// What "now" is.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The receiver of a provider's webhooks, for a program that chooses its provider by name: each adapter's crate that
/// has one has it as `RECEIVER`.
#[derive(Debug, Clone, Copy)]
pub struct ReceiverPlug {
    name: &'static str,
    proofs: &'static [&'static [Setting]],
    build: fn(Settings, Clock) -> Result<Arc<dyn WebhookReceiver>>,
}

impl ReceiverPlug {
    /// The provider's name, the ways to prove that a webhook is authentic, and what builds the receiver.
    ///
    /// A proof is a group of settings whose keys begin with `webhook`. Exactly one group is set, whole.
    pub const fn new(
        name: &'static str,
        proofs: &'static [&'static [Setting]],
        build: fn(Settings, Clock) -> Result<Arc<dyn WebhookReceiver>>,
    ) -> Self {
        Self {
            name,
            proofs,
            build,
        }
    }

    /// The provider's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Groups of settings, of which exactly one is set, whole.
    pub const fn proofs(&self) -> &'static [&'static [Setting]] {
        self.proofs
    }

    /// Builds a receiver from one group. The clock is asked only where a proof depends on the time.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](livecut_core::ErrorKind::Configuration) if no group was given whole, or a secret can't be
    /// used. The message doesn't quote it.
    pub fn build(&self, settings: Settings, clock: Clock) -> Result<Arc<dyn WebhookReceiver>> {
        (self.build)(settings, clock)
    }
}
