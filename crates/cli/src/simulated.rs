//! The simulated providers, as `demo` and `sim` use them.

#[cfg(feature = "demo")]
use livecut_sim::WebhookSpec;
use livecut_sim::{SimulatedProvider, Simulator};

/// A simulated provider, and the environment by which livecut reaches it.
pub(crate) struct Simulated {
    pub(crate) provider: SimulatedProvider,
    pub(crate) environment: Vec<(String, String)>,
    /// A receiver in this process, whose webhooks [`variable`](Self::variable) verifies; `None`
    /// if the provider has no webhooks.
    #[cfg(feature = "demo")]
    pub(crate) webhook: Option<WebhookSpec>,
}

/// Proves a simulated webhook. It is no secret.
#[cfg(feature = "demo")]
const WEBHOOK_SECRET: &str = "sim-webhook-secret";

/// Every simulated provider.
pub(crate) fn all(sim: &Simulator) -> Vec<Simulated> {
    sim.providers().iter().map(Simulated::new).collect()
}

impl Simulated {
    fn new(provider: &SimulatedProvider) -> Self {
        let name = provider.name().replace('-', "_").to_uppercase();
        let known = provider.base_urls().into_iter();
        let known = known.chain(provider.credentials());
        Self {
            provider: provider.clone(),
            environment: known
                .map(|(word, value)| (format!("LIVECUT_{name}_{}", word.to_uppercase()), value))
                .collect(),
            #[cfg(feature = "demo")]
            webhook: provider.with_webhook_secret(
                WebhookSpec::in_process("https://receiver.invalid"),
                WEBHOOK_SECRET,
            ),
        }
    }

    /// The value of a variable, for [`livecut::from_lookup`] and
    /// [`livecut::webhook::receiver_from_lookup`].
    #[cfg(feature = "demo")]
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let mut environment = self.environment.iter();
        if let Some((_, value)) = environment.find(|(known, _)| known == name) {
            return Some(value.clone());
        }
        // Of the ways to verify a webhook, the provider's first.
        livecut::providers()
            .iter()
            .find(|known| known.name() == self.provider.name())
            .and_then(|known| known.webhook_variables().first())
            .into_iter()
            .flat_map(|variables| variables.iter())
            .any(|variable| variable.is_secret() && variable.name() == name)
            .then(|| WEBHOOK_SECRET.to_owned())
    }
}

#[cfg(all(test, feature = "demo"))]
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
            let ways = provider.webhook_variables();
            assert_eq!(
                simulated.webhook.is_some(),
                !ways.is_empty(),
                "{provider:?}"
            );
            for variable in ways.first().into_iter().flat_map(|first| first.iter()) {
                assert!(simulated.variable(variable.name()).is_some(), "{variable}");
            }
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
