//! The adapter at simulated Mux.

use std::time::Duration;

use livecut_core::{Error, LiveStreamStopper as _, Progress, StopRequest, Ticket};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_mux::{Mux, MuxConfig};
use livecut_sim::{Action, MuxSettings, RequestRecord, Simulator, StreamSpec};

use crate::stream;

/// The asset of [`stream`].
pub(crate) const ASSET: &str = "asset1";

pub(crate) struct World {
    pub(crate) sim: Simulator,
}

impl World {
    /// With one live stream, which has been on air for an hour.
    pub(crate) async fn live(settings: MuxSettings) -> Self {
        Self::with(settings, StreamSpec::live(stream().as_str())).await
    }

    /// With one live stream whose only broadcast is over, and its recording ready.
    pub(crate) async fn idle(settings: MuxSettings) -> Self {
        let world = Self::with(settings, StreamSpec::ended(stream().as_str())).await;
        world.sim.clock().advance(Duration::from_secs(600));
        world
    }

    async fn with(settings: MuxSettings, spec: StreamSpec) -> Self {
        let sim = Simulator::start().await.unwrap();
        sim.mux().configure(|_| settings);
        sim.mux().create_stream(spec).unwrap();
        Self { sim }
    }

    /// A new adapter, as in another process.
    pub(crate) fn stopper(&self) -> Mux {
        let mux = self.sim.mux();
        let http = HttpOptions::new().with_retry(RetryPolicy::none());
        let config = MuxConfig::new(mux.token_id(), mux.token_secret())
            .unwrap()
            .with_base_url(mux.base_url())
            .with_http(http);
        Mux::new(config).unwrap()
    }

    pub(crate) async fn refused(&self, request: &StopRequest) -> Error {
        self.stopper().stop(request).await.unwrap_err()
    }

    /// Follows in another process, as the simulator's time passes.
    pub(crate) async fn follow_to_the_end(&self, ticket: &Ticket) -> Progress {
        let stopper = self.stopper();
        let mut ticket = ticket.clone();
        for _ in 0..200 {
            match stopper.follow(&ticket).await.unwrap() {
                Progress::InProgress(progress) => ticket = progress.ticket().clone(),
                end => return end,
            }
            self.sim.clock().advance(Duration::from_secs(1));
        }
        panic!("it never ends");
    }

    /// The only clip there is: from where to where.
    #[track_caller]
    pub(crate) fn only_clip(&self) -> std::ops::Range<Duration> {
        let clips = self.sim.mux().clips(stream().as_str());
        assert_eq!(clips.len(), 1, "{clips:#?}");
        clips[0].kept.offsets()
    }

    pub(crate) fn changes(&self) -> Vec<RequestRecord> {
        let mut requests = self.sim.requests();
        requests.retain(|request| {
            matches!(
                request.action,
                Some(Action::Stop | Action::Discard | Action::Cut)
            )
        });
        requests
    }
}
