use std::sync::Arc;

use livecut_core::{LiveStreamStopper, Result, Visibility};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_http::HttpOptions;
use livecut_sim::{Action, GcoreSettings, Handle, Simulator};

use crate::world::{Provider, SimWorld};

const STREAM_KEY: &str = "stream-key-3c77";

pub(crate) struct Simulated;

/// A Gcore that tells a clip's video at once, or only in the list of the clips.
pub(crate) async fn world(video_id_at_once: bool) -> SimWorld<Simulated> {
    let settings = GcoreSettings::default()
        .token(Simulated::CREDENTIAL)
        .stream_key(STREAM_KEY)
        .video_id_at_once(video_id_at_once);
    let simulator = Simulator::builder().gcore(settings).start().await;
    SimWorld::new(simulator.expect("loopback has a free port")).await
}

impl Provider for Simulated {
    type Settings = GcoreSettings;

    const CREDENTIAL: &'static str = "gcore-token-51fe";
    const SECRETS: &'static [&'static str] = &[STREAM_KEY];
    /// What is kept is seen to before the stream ends.
    const FIRST_CHANGE: &'static [Action] = &[Action::Cut, Action::CloseRecording];

    fn handle(simulator: &Simulator) -> &Handle<GcoreSettings> {
        simulator.gcore()
    }

    fn connect(
        base_url: &str,
        credential: &str,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let config = GcoreConfig::new(credential)?
            .with_base_url(base_url)
            .with_http(http);
        Ok(Arc::new(Gcore::new(config)?))
    }

    /// It has none to ask for.
    fn visibility(_: &Handle<GcoreSettings>, _: &str) -> Option<Visibility> {
        None
    }
}
