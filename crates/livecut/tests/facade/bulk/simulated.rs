//! All adapters, over loopback, against simulated providers that limit their rate.

use std::sync::Arc;

use livecut::gcore::{Gcore, GcoreConfig};
use livecut::gjirafa::{Gjirafa, GjirafaConfig};
use livecut::mux::{Mux, MuxConfig};
use livecut::tpstreams::{TpStreams, TpStreamsConfig};
use livecut::{StopAllOptions, stop_all};
use livecut_sim::{RateLimit, Simulator, Stage, StreamSpec};

use super::*;

const STOPS: usize = 12;

fn stoppers(sim: &Simulator) -> [Arc<dyn LiveStreamStopper>; 4] {
    let (tpstreams, gjirafa, mux, gcore) = (sim.tpstreams(), sim.gjirafa(), sim.mux(), sim.gcore());
    let of_tpstreams =
        TpStreamsConfig::new(tpstreams.organization_id(), tpstreams.token()).unwrap();
    let of_gjirafa = GjirafaConfig::new(gjirafa.project_id(), gjirafa.authorization()).unwrap();
    let of_mux = MuxConfig::new(mux.token_id(), mux.token_secret()).unwrap();
    let of_gcore = GcoreConfig::new(gcore.token()).unwrap();
    [
        Arc::new(TpStreams::new(of_tpstreams.with_base_url(tpstreams.base_url())).unwrap()),
        Arc::new(Gjirafa::new(of_gjirafa.with_base_url(gjirafa.base_url())).unwrap()),
        Arc::new(Mux::new(of_mux.with_base_url(mux.base_url())).unwrap()),
        Arc::new(Gcore::new(of_gcore.with_base_url(gcore.base_url())).unwrap()),
    ]
}

#[tokio::test]
async fn every_stream_is_stopped_once_though_most_calls_are_refused_at_first() {
    let sim = Simulator::start().await.unwrap();
    let (stoppers, providers) = (stoppers(&sim), sim.providers());
    assert_eq!(stoppers.len(), providers.len());
    for (stopper, provider) in stoppers.into_iter().zip(providers) {
        assert_eq!(stopper.provider(), provider.name());
        for number in 0..STOPS {
            provider
                .create_stream(StreamSpec::live(number.to_string()))
                .unwrap();
        }
        // Its clock stands still, so the minute ends when the test says so.
        provider.limit_rate(RateLimit::new(20, Duration::from_secs(60)).retry_after(0));
        let options = StopAllOptions::new().with_max_attempts(100);
        let mut stops = stop_all(stopper, requests(STOPS * 2), options);
        let (mut done, mut unknown) = (0, 0);
        loop {
            match tokio::time::timeout(Duration::from_millis(50), stops.next()).await {
                Err(_nothing_came) => sim.clock().advance(Duration::from_secs(60)),
                Ok(None) => break,
                Ok(Some(stop)) => match stop.result() {
                    Ok(_) => done += 1,
                    // The other half was never created.
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
                        assert!(stop.index() >= STOPS);
                        unknown += 1;
                    }
                },
            }
        }
        assert_eq!((done, unknown), (STOPS, STOPS), "{}", provider.name());
        assert!(stops.rate_refusals() > 0, "{}", provider.name());
        let requests = provider.requests();
        for number in 0..STOPS {
            let id = number.to_string();
            let stopped = requests
                .iter()
                .filter(|record| record.applied.stop && record.id.as_deref() == Some(id.as_str()));
            assert_eq!(stopped.count(), 1, "{} {id}", provider.name());
            assert!(
                provider.stage(&id) != Some(Stage::Live),
                "{} {id}",
                provider.name()
            );
        }
    }
}
