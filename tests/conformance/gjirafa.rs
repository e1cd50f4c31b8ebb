use std::sync::Arc;

use livecut_core::{LiveStreamStopper, Result, Visibility};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::HttpOptions;
use livecut_sim::{GjirafaSettings, Handle, Simulator};

use crate::world::{Provider, SimWorld};

const PROJECT: &str = "a-project";

pub(crate) struct Simulated;

pub(crate) async fn world() -> SimWorld<Simulated> {
    let settings = GjirafaSettings::default()
        .project_id(PROJECT)
        .authorization(Simulated::CREDENTIAL);
    let simulator = Simulator::builder().gjirafa(settings).start().await;
    SimWorld::new(simulator.expect("loopback has a free port")).await
}

impl Provider for Simulated {
    type Settings = GjirafaSettings;

    const CREDENTIAL: &'static str = "gjirafa-authorization-27ae";
    const SECRETS: &'static [&'static str] = &[];

    fn handle(simulator: &Simulator) -> &Handle<GjirafaSettings> {
        simulator.gjirafa()
    }

    fn connect(
        base_url: &str,
        credential: &str,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let config = GjirafaConfig::new(PROJECT, credential)?
            .with_base_url(base_url)
            .with_http(http);
        Ok(Arc::new(Gjirafa::new(config)?))
    }

    /// vp.gjirafa.tech/documentation: api/manage-api/visibilityOptions.
    fn visibility(handle: &Handle<GjirafaSettings>, stream: &str) -> Option<Visibility> {
        Some(match handle.recording(stream)?.visibility? {
            1 => Visibility::Public,
            2 => Visibility::Private,
            3 => Visibility::PasswordProtected,
            other => Visibility::Other(other.to_string()),
        })
    }
}
