//! Each adapter with its receiver of webhooks, and the simulator that it is connected to.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use livecut_core::{LiveStreamStopper, RecordingEvent};
use livecut_gjirafa::{Gjirafa, GjirafaConfig, GjirafaWebhook};
use livecut_mux::{Mux, MuxConfig, MuxWebhook};
use livecut_sim::{
    Builder, Disorder, GjirafaSettings, MuxSettings, Provider, SimClock, Simulator,
    TpStreamsSettings, Webhook, WebhookSpec,
};
use livecut_tpstreams::{TpStreams, TpStreamsConfig, TpStreamsWebhook};
use livecut_webhook::{Delivery, WebhookError, WebhookReceiver, WebhookSecret};

pub(crate) const SECRET: &str = "the-secret-of-the-webhook";
pub(crate) const TENANT: &str = "a-tenant";

/// What is one adapter's own.
pub(crate) struct Adapter {
    pub(crate) name: &'static str,
    connect: fn(&Simulator) -> Arc<dyn LiveStreamStopper>,
    receiver: fn(WebhookSecret, SimClock) -> Arc<dyn WebhookReceiver>,
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
        receiver: |secret, _| Arc::new(TpStreamsWebhook::new(secret)),
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
        receiver: |secret, _| Arc::new(GjirafaWebhook::with_secret_in_url(secret)),
        secret_in_header: false,
    },
    Adapter {
        name: "mux",
        connect: |sim| {
            let provider = sim.mux();
            let config = MuxConfig::new(provider.token_id(), provider.token_secret());
            let config = config.expect("its credentials are valid");
            let stopper = Mux::new(config.with_base_url(provider.base_url()));
            Arc::new(stopper.expect("loopback may be http"))
        },
        receiver: |secret, clock| {
            let receiver = MuxWebhook::new(secret)
                .with_clock(move || clock.now().into())
                // The simulator signs once, and sends again for two days.
                .with_tolerance(Duration::from_secs(7 * 86400));
            Arc::new(receiver)
        },
        secret_in_header: true,
    },
];

/// Those that send no webhooks.
const SILENT: &[&str] = &["gcore"];

/// An adapter, the simulated provider, and a webhook from it.
pub(crate) struct World {
    pub(crate) sim: Simulator,
    pub(crate) provider: Provider,
    pub(crate) stopper: Arc<dyn LiveStreamStopper>,
    pub(crate) webhook: Webhook,
    /// Of the same provider, with another secret.
    pub(crate) other_webhook: Webhook,
    pub(crate) receiver: Arc<dyn WebhookReceiver>,
}

impl Adapter {
    pub(crate) async fn world(&self, builder: Builder, disorder: Disorder) -> World {
        let sim = builder.start().await.expect("loopback has a free port");
        let provider = sim.provider(self.name).expect("it is simulated").clone();
        let register = |secret: &str| {
            let spec = if self.secret_in_header {
                WebhookSpec::in_process("https://example.com/hooks").secret(secret)
            } else {
                WebhookSpec::in_process(format!("https://example.com/hooks/{secret}"))
            };
            let webhook = provider.register_webhook(spec.disorder(disorder));
            webhook.expect("it can be registered")
        };
        let secret = WebhookSecret::new(SECRET).expect("it is a secret");
        World {
            stopper: (self.connect)(&sim),
            webhook: register(SECRET),
            other_webhook: register("another-secret"),
            receiver: (self.receiver)(secret, sim.clock().clone()),
            provider,
            sim,
        }
    }

    pub(crate) async fn plain_world(&self) -> World {
        let builder = settings(Default::default(), Default::default(), Default::default());
        self.world(builder, Disorder::default()).await
    }
}

pub(crate) fn settings(
    tpstreams: TpStreamsSettings,
    gjirafa: GjirafaSettings,
    mux: MuxSettings,
) -> Builder {
    Simulator::builder()
        .tpstreams(tpstreams.organization_id(TENANT))
        .gjirafa(gjirafa.project_id(TENANT))
        .mux(mux)
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
    let simulated: BTreeSet<_> = sim.providers().iter().map(Provider::name).collect();
    let followed = ADAPTERS.iter().map(|adapter| adapter.name);
    let known: BTreeSet<_> = followed.chain(SILENT.iter().copied()).collect();
    assert_eq!(simulated, known, "each provider needs an adapter here");
}
