//! That the types fit together as users combine them.

use std::sync::Arc;

use livecut::testing::{FollowReply, ScriptedStopper, StopReply};
use livecut::{LiveStreamStopper, LiveStreamStopperExt, Recording, RecordingId, WaitPolicy};

use crate::request;

fn scripted() -> ScriptedStopper {
    let recording = Recording::new(RecordingId::new("vod").unwrap());
    ScriptedStopper::new()
        .on_stop(StopReply::accepted())
        .on_follow(FollowReply::ready(recording))
}

#[tokio::test(start_paused = true)]
async fn waiting_is_there_for_every_form_of_a_stopper() {
    let policy = WaitPolicy::new;
    let owned = scripted();
    let borrowed: &dyn LiveStreamStopper = &scripted();
    let boxed: Box<dyn LiveStreamStopper> = Box::new(scripted());
    let shared: Arc<dyn LiveStreamStopper> = Arc::new(scripted());
    let shared_concrete = Arc::new(scripted());
    assert!(owned.stop_and_wait(&request(), policy()).await.is_ok());
    assert!(borrowed.stop_and_wait(&request(), policy()).await.is_ok());
    assert!(boxed.stop_and_wait(&request(), policy()).await.is_ok());
    assert!(shared.stop_and_wait(&request(), policy()).await.is_ok());
    assert!(
        shared_concrete
            .stop_and_wait(&request(), policy())
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_spawned() {
    let stopper: Arc<dyn LiveStreamStopper> = Arc::new(scripted());
    let waited = tokio::spawn(async move {
        let policy = WaitPolicy::new().with_observer(|_| ());
        stopper.stop_and_wait(&request(), policy).await
    });
    assert_eq!(
        waited.await.unwrap().unwrap().recording().id().as_str(),
        "vod"
    );
}

#[test]
fn errors_are_as_cheap_to_return_as_a_pointer() {
    assert_eq!(size_of::<livecut::Error>(), size_of::<usize>());
    assert_eq!(size_of::<livecut::WaitError>(), size_of::<usize>());
}

#[test]
fn providers_tell_what_they_need_and_can_do() {
    let expected = [
        (
            "tpstreams",
            cfg!(feature = "tpstreams"),
            Some(cfg!(feature = "tpstreams-webhook")),
        ),
        (
            "gjirafa",
            cfg!(feature = "gjirafa"),
            Some(cfg!(feature = "gjirafa-webhook")),
        ),
        (
            "mux",
            cfg!(feature = "mux"),
            Some(cfg!(feature = "mux-webhook")),
        ),
        // It documents no webhooks.
        ("gcore", cfg!(feature = "gcore"), None),
    ];
    assert_eq!(livecut::providers().len(), expected.len());
    for (provider, (name, compiled_in, receives)) in livecut::providers().iter().zip(expected) {
        let feature = receives.map(|_| format!("{name}-webhook"));
        assert_eq!(provider.webhook_feature(), feature);
        assert_eq!(provider.is_webhook_compiled_in(), receives == Some(true));
        assert!(
            receives != Some(false) || !compiled_in,
            "the provider's feature has both"
        );
        assert_eq!(provider.webhook_variables().is_empty(), receives.is_none());
        assert_eq!((provider.name(), provider.feature()), (name, name));
        assert_eq!(provider.is_compiled_in(), compiled_in, "{provider:?}");
        assert_eq!(provider.capabilities().is_some(), compiled_in);
        let prefix = format!("LIVECUT_{}_", provider.name().to_uppercase());
        let of_webhooks = provider.webhook_variables().iter().copied().flatten();
        for variable in provider.variables().iter().chain(of_webhooks) {
            assert!(variable.name().starts_with(&prefix), "{variable:?}");
            assert!(!variable.description().is_empty());
            assert_eq!(variable.file_variable().is_some(), variable.is_secret());
        }
        assert!(provider.variables().iter().any(|v| v.is_secret()));
        assert!(provider.variables().iter().any(|v| !v.is_required()));
    }
}

#[cfg(feature = "all-providers")]
#[test]
fn what_a_provider_tells_is_what_its_stopper_tells() {
    use livecut::gcore::{Gcore, GcoreConfig};
    use livecut::gjirafa::{Gjirafa, GjirafaConfig};
    use livecut::mux::{Mux, MuxConfig};
    use livecut::tpstreams::{TpStreams, TpStreamsConfig};

    crate::install_cryptography();
    let base_url = "http://127.0.0.1:1";
    let tpstreams = TpStreamsConfig::new("o", "t").unwrap();
    let gjirafa = GjirafaConfig::new("p", "a").unwrap();
    let mux = MuxConfig::new("i", "s").unwrap();
    let gcore = GcoreConfig::new("t").unwrap();
    let stoppers: [Box<dyn LiveStreamStopper>; 4] = [
        Box::new(TpStreams::new(tpstreams.with_base_url(base_url)).unwrap()),
        Box::new(Gjirafa::new(gjirafa.with_base_url(base_url)).unwrap()),
        Box::new(Mux::new(mux.with_base_url(base_url)).unwrap()),
        Box::new(Gcore::new(gcore.with_base_url(base_url)).unwrap()),
    ];
    assert_eq!(stoppers.len(), livecut::providers().len());
    for (stopper, provider) in stoppers.iter().zip(livecut::providers()) {
        assert_eq!(stopper.provider(), provider.name());
        assert_eq!(Some(stopper.capabilities()), provider.capabilities());
    }
}
