//! An adapter with its receiver of webhooks, and the simulator that it is connected to.

use std::sync::Arc;

use livecut_core::{LiveStreamStopper, RecordingEvent};
use livecut_http::HttpOptions;
use livecut_sim::{Disorder, SimulatedProvider, Simulator, Webhook, WebhookSpec};
use livecut_tests::kits::{KITS, Kit};
use livecut_webhook::{Delivery, WebhookError, WebhookReceiver, WebhookSecret};

pub(crate) const SECRET: &str = "the-secret-of-the-webhook";
const TENANT: &str = "a-tenant";

/// Those whose providers send webhooks.
pub(crate) fn adapters() -> impl Iterator<Item = &'static Kit> {
    KITS.iter().filter(|kit| kit.receiver.is_some())
}

/// An adapter, the simulated provider, and a webhook from it.
pub(crate) struct World {
    pub(crate) sim: Simulator,
    pub(crate) provider: SimulatedProvider,
    pub(crate) stopper: Arc<dyn LiveStreamStopper>,
    pub(crate) webhook: Webhook,
    /// Of the same provider, with another secret.
    pub(crate) other_webhook: Webhook,
    pub(crate) receiver: Arc<dyn WebhookReceiver>,
}

impl World {
    pub(crate) async fn plain(kit: &Kit) -> Self {
        Self::new(kit, 0, Disorder::default()).await
    }

    /// With those of the kit's variants whose bits are set.
    pub(crate) async fn new(kit: &Kit, variants: u8, disorder: Disorder) -> Self {
        let sim = Simulator::start().await.expect("loopback has a free port");
        for (number, variant) in kit.variants.iter().enumerate() {
            if variants >> number & 1 == 1 {
                (variant.prepare)(&sim);
            }
        }
        let provider = kit.simulated(&sim).clone();
        if let Some(word) = kit.tenant {
            provider.set_credential(word, TENANT).expect("it has one");
        }
        let register = |secret: &str| {
            let spec = WebhookSpec::in_process("https://example.com/hooks").with_disorder(disorder);
            let spec = provider.with_webhook_secret(spec, secret);
            let webhook = provider.register_webhook(spec.expect("it sends webhooks"));
            webhook.expect("it can be registered")
        };
        let mut settings = provider.credentials();
        settings.extend(provider.base_urls());
        let stopper = kit.connect(&settings, HttpOptions::new());
        let secret = WebhookSecret::new(SECRET).expect("it is a secret");
        let receiver = kit.receiver.expect("it has webhooks");
        Self {
            stopper: stopper.expect("loopback may be http"),
            webhook: register(SECRET),
            other_webhook: register("another-secret"),
            receiver: receiver(secret, sim.clock().clone()),
            provider,
            sim,
        }
    }

    /// What a user's endpoint makes of a delivery, one that knows `/hooks` and `/hooks/{secret}`.
    pub(crate) fn receive(
        &self,
        delivery: &livecut_sim::Delivery,
    ) -> Result<RecordingEvent, WebhookError> {
        let headers = delivery.headers.iter();
        let headers = headers.map(|(name, value)| (*name, value.as_bytes()));
        let mut received = Delivery::new(headers, &delivery.body);
        if let Some(secret) = delivery.target().strip_prefix("/hooks/") {
            received = received.with_url_secret(secret);
        }
        self.receiver.verify_and_parse(&received)
    }
}

/// A kit without a receiver is one of a provider without webhooks.
#[tokio::test]
async fn whoever_sends_webhooks_has_a_receiver() {
    let sim = Simulator::start().await.expect("loopback has a free port");
    for kit in KITS {
        let spec = WebhookSpec::in_process("https://example.com/hooks");
        let sends = kit.simulated(&sim).with_webhook_secret(spec, SECRET);
        assert_eq!(sends.is_some(), kit.receiver.is_some(), "{}", kit.name);
    }
    assert!(adapters().count() > 0, "some send them");
}
