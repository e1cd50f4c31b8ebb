use std::sync::Arc;

use livecut_core::{LiveStreamStopper, Result, Visibility};
use livecut_http::HttpOptions;
use livecut_sim::{Handle, Simulator, TpStreamsSettings};
use livecut_tpstreams::{TpStreams, TpStreamsConfig};

use crate::world::{Provider, SimWorld};

const ORGANIZATION: &str = "4xu8ay";
const STREAM_KEY: &str = "stream-key-5d1c";

pub(crate) struct Simulated;

pub(crate) async fn world() -> SimWorld<Simulated> {
    let settings = TpStreamsSettings::default()
        .organization_id(ORGANIZATION)
        .token(Simulated::CREDENTIAL)
        .stream_key(STREAM_KEY);
    let simulator = Simulator::builder().tpstreams(settings).start().await;
    SimWorld::new(simulator.expect("loopback has a free port")).await
}

impl Provider for Simulated {
    type Settings = TpStreamsSettings;

    const CREDENTIAL: &'static str = "tpstreams-token-93b0";
    const SECRETS: &'static [&'static str] = &[STREAM_KEY];

    fn handle(simulator: &Simulator) -> &Handle<TpStreamsSettings> {
        simulator.tpstreams()
    }

    fn connect(
        base_url: &str,
        credential: &str,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let config = TpStreamsConfig::new(ORGANIZATION, credential)?
            .with_base_url(base_url)
            .with_http(http);
        Ok(Arc::new(TpStreams::new(config)?))
    }

    /// It has none to ask for.
    fn visibility(_: &Handle<TpStreamsSettings>, _: &str) -> Option<Visibility> {
        None
    }
}
