//! The simulated providers, as `demo` and `sim` use them.

use livecut_sim::{Provider, Simulator, WebhookSpec};

/// A simulated provider, and the environment by which livecut reaches it.
pub(crate) struct Simulated {
    pub(crate) provider: Provider,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// A receiver in this process, whose webhooks [`variable`](Self::variable) verifies; `None`
    /// where the provider has no webhooks.
    pub(crate) webhook: Option<WebhookSpec>,
    /// The variable of the secret that proves them.
    webhook_secret: Option<&'static str>,
}

/// Proves a simulated webhook. It is no secret.
const WEBHOOK_SECRET: &str = "sim-webhook-secret";

/// Every simulated provider. A new one is an entry here.
pub(crate) fn all(sim: &Simulator) -> Vec<Simulated> {
    let tpstreams = sim.tpstreams();
    let gjirafa = sim.gjirafa();
    let mux = sim.mux();
    let gcore = sim.gcore();
    vec![
        Simulated::new(
            tpstreams,
            [
                ("LIVECUT_TPSTREAMS_BASE_URL", tpstreams.base_url()),
                (
                    "LIVECUT_TPSTREAMS_ORGANIZATION_ID",
                    tpstreams.organization_id(),
                ),
                ("LIVECUT_TPSTREAMS_TOKEN", tpstreams.token()),
            ],
        )
        .with_webhook(
            WebhookSpec::in_process("https://receiver.invalid/").secret(WEBHOOK_SECRET),
            "LIVECUT_TPSTREAMS_WEBHOOK_SECRET",
        ),
        Simulated::new(
            gjirafa,
            [
                ("LIVECUT_GJIRAFA_BASE_URL", gjirafa.base_url()),
                ("LIVECUT_GJIRAFA_VIDEO_BASE_URL", gjirafa.video_base_url()),
                ("LIVECUT_GJIRAFA_PROJECT_ID", gjirafa.project_id()),
                ("LIVECUT_GJIRAFA_AUTHORIZATION", gjirafa.authorization()),
            ],
        )
        .with_webhook(
            WebhookSpec::in_process(format!("https://receiver.invalid/{WEBHOOK_SECRET}")),
            "LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET",
        ),
        Simulated::new(
            mux,
            [
                ("LIVECUT_MUX_BASE_URL", mux.base_url()),
                ("LIVECUT_MUX_TOKEN_ID", mux.token_id()),
                ("LIVECUT_MUX_TOKEN_SECRET", mux.token_secret()),
            ],
        )
        .with_webhook(
            WebhookSpec::in_process("https://receiver.invalid/").secret(WEBHOOK_SECRET),
            "LIVECUT_MUX_WEBHOOK_SECRET",
        ),
        Simulated::new(
            gcore,
            [
                ("LIVECUT_GCORE_BASE_URL", gcore.base_url()),
                ("LIVECUT_GCORE_TOKEN", gcore.token()),
            ],
        ),
    ]
}

impl Simulated {
    fn new(
        provider: &Provider,
        environment: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        Self {
            provider: provider.clone(),
            environment: environment.into_iter().collect(),
            webhook: None,
            webhook_secret: None,
        }
    }

    fn with_webhook(mut self, webhook: WebhookSpec, secret: &'static str) -> Self {
        self.webhook = Some(webhook);
        self.webhook_secret = Some(secret);
        self
    }

    /// The value of a variable, for [`livecut::from_lookup`] and
    /// [`livecut::webhook::receiver_from_lookup`].
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        if self.webhook_secret == Some(name) {
            return Some(WEBHOOK_SECRET.to_owned());
        }
        self.environment
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_provider_is_simulated_and_its_variables_are_those_that_livecut_reads() {
        let sim = Simulator::start().await.unwrap();
        let all = all(&sim);
        for provider in livecut::providers() {
            let simulated = all
                .iter()
                .find(|simulated| simulated.provider.name() == provider.name())
                .unwrap_or_else(|| panic!("{} isn't simulated", provider.name()));
            for variable in provider.variables().iter().filter(|v| v.is_required()) {
                assert!(simulated.variable(variable.name()).is_some(), "{variable}");
            }
            let has_webhooks = !provider.webhook_variables().is_empty();
            assert_eq!(simulated.webhook.is_some(), has_webhooks, "{provider:?}");
            for (name, _) in &simulated.environment {
                assert!(
                    provider.variables().iter().any(|v| v.name() == *name),
                    "{name}"
                );
            }
        }
        assert_eq!(all.len(), livecut::providers().len());
    }
}
