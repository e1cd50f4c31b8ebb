//! All adapters, over loopback, against simulated providers that limit their rate.

use std::sync::Arc;

use livecut::{StopAllOptions, StopperBuilder, stop_all};
use livecut_sim::{RateLimit, SimulatedProvider, Simulator, Stage, StreamSpec};

use super::*;

const STOPS: usize = 12;

/// The provider's stopper, by the words that the simulator has for its credentials.
fn stopper(provider: &SimulatedProvider) -> Arc<dyn LiveStreamStopper> {
    let name = provider.name().replace('-', "_").to_uppercase();
    let prefix = format!("LIVECUT_{name}_");
    let known = [provider.base_urls(), provider.credentials()].concat();
    StopperBuilder::new()
        .with_provider(provider.name())
        .build_from_lookup(|name| {
            let word = name.strip_prefix(&prefix)?.to_lowercase();
            let mut known = known.iter();
            known
                .find(|(known, _)| *known == word)
                .map(|(_, value)| value.clone())
        })
        .unwrap()
}

#[tokio::test]
async fn every_stream_is_stopped_once_though_most_calls_are_refused_at_first() {
    let sim = Simulator::start().await.unwrap();
    assert_eq!(sim.providers().len(), livecut::providers().len());
    for provider in sim.providers() {
        let stopper = stopper(provider);
        for number in 0..STOPS {
            provider
                .create_stream(StreamSpec::live(number.to_string()))
                .unwrap();
        }
        // Its clock stands still, so the minute ends when the test says so.
        provider.limit_rate(RateLimit::new(20, Duration::from_secs(60)).with_retry_after(0));
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
