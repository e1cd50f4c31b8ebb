use std::sync::Arc;

use livecut_core::{LiveStreamStopper, Result, Visibility};
use livecut_http::HttpOptions;
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::{ClipSource, Handle, MuxSettings, Simulator};

use crate::world::{Provider, SimWorld};

const TOKEN_ID: &str = "mux-token-id";
const STREAM_KEY: &str = "stream-key-8e2f";

pub(crate) struct Simulated;

pub(crate) async fn world(clip_source: ClipSource) -> SimWorld<Simulated> {
    SimWorld::new(simulator(clip_source).await).await
}

/// A Mux that makes clips of recordings as soon as they are over, or of those alone that are ready: then each cut
/// is owed when its stop returns.
pub(crate) async fn simulator(clip_source: ClipSource) -> Simulator {
    let settings = MuxSettings::default()
        .token(TOKEN_ID, Simulated::CREDENTIAL)
        .stream_key(STREAM_KEY)
        // Both, so that a clip that has just one was asked for.
        .playback_policies(true, true)
        .clip_source(clip_source);
    let simulator = Simulator::builder().mux(settings).start().await;
    simulator.expect("loopback has a free port")
}

impl Provider for Simulated {
    type Settings = MuxSettings;

    const CREDENTIAL: &'static str = "mux-secret-27ae-41d8-9b0c";
    const SECRETS: &'static [&'static str] = &[
        STREAM_KEY,
        // The credential as it goes over the wire, without its padding.
        "bXV4LXRva2VuLWlkOm11eC1zZWNyZXQtMjdhZS00MWQ4LTliMGM",
    ];

    fn handle(simulator: &Simulator) -> &Handle<MuxSettings> {
        simulator.mux()
    }

    fn connect(
        base_url: &str,
        credential: &str,
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let config = MuxConfig::new(TOKEN_ID, credential)?
            .with_base_url(base_url)
            .with_http(http);
        Ok(Arc::new(Mux::new(config)?))
    }

    fn visibility(handle: &Handle<MuxSettings>, stream: &str) -> Option<Visibility> {
        let clip = handle.clips(stream).pop()?;
        match clip.policies.as_slice() {
            ["public"] => Some(Visibility::Public),
            ["signed"] => Some(Visibility::Private),
            _ => None,
        }
    }
}
