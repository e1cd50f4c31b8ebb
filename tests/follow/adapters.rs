//! Each adapter with its receiver of webhooks, and the simulator that it is connected to.

use std::sync::Arc;

use livecut_core::{LiveStreamStopper, RecordingEvent};
use livecut_gjirafa::{Gjirafa, GjirafaConfig, GjirafaWebhook};
use livecut_sim::{
    Disorder, GjirafaSettings, Provider, Simulator, TpStreamsSettings, Webhook, WebhookSpec,
};
use livecut_tpstreams::{TpStreams, TpStreamsConfig, TpStreamsWebhook};
use livecut_webhook::{Delivery, WebhookError, WebhookReceiver, WebhookSecret};

pub(crate) const SECRET: &str = "the-secret-of-the-webhook";
pub(crate) const TENANT: &str = "a-tenant";

/// What is one adapter's own.
pub(crate) struct Adapter {
    pub(crate) name: &'static str,
    connect: fn(&Simulator) -> Arc<dyn LiveStreamStopper>,
    receiver: fn(WebhookSecret) -> Arc<dyn WebhookReceiver>,
    /// Whether the provider proves itself with the secret; or else it stands in the URL.
    secret_in_header: bool,
}

pub(crate) const ADAPTERS: &[Adapter] = &[
    Adapter {
        name: "tpstreams",
        connect: |sim| {
            let provider = sim.tpstreams();
            let config = TpStreamsConfig::new(provider.organization_id(), provider.token());
            let config = config.expect("its credentials are valid");
            let stopper = TpStreams::new(config.with_base_url(provider.base_url()));
            Arc::new(stopper.expect("loopback may be http"))
        },
        receiver: |secret| Arc::new(TpStreamsWebhook::new(secret)),
        secret_in_header: true,
    },
    Adapter {
        name: "gjirafa",
        connect: |sim| {
            let provider = sim.gjirafa();
            let config = GjirafaConfig::new(provider.project_id(), provider.authorization());
            let config = config.expect("its credentials are valid");
            let config = config
                .with_base_url(provider.base_url())
                .with_video_base_url(provider.video_base_url());
            Arc::new(Gjirafa::new(config).expect("loopback may be http"))
        },
        receiver: |secret| Arc::new(GjirafaWebhook::with_secret_in_url(secret)),
        secret_in_header: false,
    },
];

/// An adapter, the simulated provider, and a webhook from it.
pub(crate) struct World {
    pub(crate) sim: Simulator,
    pub(crate) provider: Provider,
    pub(crate) stopper: Arc<dyn LiveStreamStopper>,
    pub(crate) webhook: Webhook,
    pub(crate) receiver: Arc<dyn WebhookReceiver>,
}

impl Adapter {
    pub(crate) async fn world(
        &self,
        tpstreams: TpStreamsSettings,
        gjirafa: GjirafaSettings,
        disorder: Disorder,
    ) -> World {
        let builder = Simulator::builder()
            .tpstreams(tpstreams.organization_id(TENANT))
            .gjirafa(gjirafa.project_id(TENANT));
        let sim = builder.start().await.expect("loopback has a free port");
        let provider = sim.provider(self.name).expect("it is simulated").clone();
        let spec = if self.secret_in_header {
            WebhookSpec::in_process("https://example.com/hooks").secret(SECRET)
        } else {
            WebhookSpec::in_process(format!("https://example.com/hooks/{SECRET}"))
        };
        let webhook = provider.register_webhook(spec.disorder(disorder));
        let secret = WebhookSecret::new(SECRET).expect("it is a secret");
        World {
            stopper: (self.connect)(&sim),
            webhook: webhook.expect("it can be registered"),
            receiver: (self.receiver)(secret),
            provider,
            sim,
        }
    }

    /// With the defaults.
    pub(crate) async fn plain_world(&self) -> World {
        let (tpstreams, gjirafa) = Default::default();
        self.world(tpstreams, gjirafa, Disorder::default()).await
    }
}

impl World {
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

#[tokio::test]
async fn no_simulated_provider_is_without_a_follower() {
    let sim = Simulator::start().await.expect("loopback has a free port");
    let simulated: Vec<_> = sim.providers().iter().map(Provider::name).collect();
    let followed: Vec<_> = ADAPTERS.iter().map(|adapter| adapter.name).collect();
    assert_eq!(simulated, followed, "each provider needs an adapter here");
}
