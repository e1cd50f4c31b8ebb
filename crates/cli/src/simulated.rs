//! The simulated providers, as `demo` and `sim` use them.

use livecut_sim::{CreateError, Handle, Recording, RequestRecord, Simulator, StreamSpec};

/// A simulated provider, and the environment by which livecut reaches it.
pub(crate) struct Simulated {
    pub(crate) provider: Box<dyn Simulation>,
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// What is the same at every simulated provider.
pub(crate) trait Simulation {
    fn name(&self) -> &'static str;
    fn create_stream(&self, spec: StreamSpec) -> Result<(), CreateError>;
    fn stream_ids(&self) -> Vec<String>;
    /// The recording of a stream: the truth that a cut is checked against.
    fn recording(&self, stream: &str) -> Option<Recording>;
    fn requests(&self) -> Vec<RequestRecord>;
}

impl<S> Simulation for Handle<S> {
    fn name(&self) -> &'static str {
        Self::name(self)
    }

    fn create_stream(&self, spec: StreamSpec) -> Result<(), CreateError> {
        Self::create_stream(self, spec)
    }

    fn stream_ids(&self) -> Vec<String> {
        Self::stream_ids(self)
    }

    fn recording(&self, stream: &str) -> Option<Recording> {
        Self::recording(self, stream)
    }

    fn requests(&self) -> Vec<RequestRecord> {
        Self::requests(self)
    }
}

/// Every simulated provider. A new one is an entry here.
pub(crate) fn all(sim: &Simulator) -> Vec<Simulated> {
    let tpstreams = sim.tpstreams();
    let gjirafa = sim.gjirafa();
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
        ),
        Simulated::new(
            gjirafa,
            [
                ("LIVECUT_GJIRAFA_BASE_URL", gjirafa.base_url()),
                ("LIVECUT_GJIRAFA_VIDEO_BASE_URL", gjirafa.video_base_url()),
                ("LIVECUT_GJIRAFA_PROJECT_ID", gjirafa.project_id()),
                ("LIVECUT_GJIRAFA_AUTHORIZATION", gjirafa.authorization()),
            ],
        ),
    ]
}

impl Simulated {
    fn new<S: Send + 'static>(
        handle: &Handle<S>,
        environment: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        Self {
            provider: Box::new(handle.clone()),
            environment: environment.into_iter().collect(),
        }
    }

    /// The value of a variable, for [`livecut::from_lookup`].
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
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
