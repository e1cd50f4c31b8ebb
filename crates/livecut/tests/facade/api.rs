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
    assert!(!livecut::providers().is_empty());
    for provider in livecut::providers() {
        let (name, compiled_in) = (provider.name(), provider.is_compiled_in());
        assert_eq!(provider.feature(), name);
        assert_eq!(provider.capabilities().is_some(), compiled_in, "{name}");
        assert_eq!(provider.variables().is_empty(), !compiled_in, "{name}");
        if let Some(feature) = provider.webhook_feature() {
            assert_eq!(feature, format!("{name}-webhook"));
            // The provider's feature has both.
            assert!(provider.is_webhook_compiled_in() || !compiled_in, "{name}");
        }
        let receives = provider.is_webhook_compiled_in();
        assert_eq!(provider.webhook_variables().is_empty(), !receives, "{name}");
        let prefix = format!("LIVECUT_{}_", name.replace('-', "_").to_uppercase());
        let of_webhooks = provider.webhook_variables().iter().flatten();
        for variable in of_webhooks.clone() {
            assert!(variable.name().starts_with(&format!("{prefix}WEBHOOK_")));
        }
        for variable in provider.variables().iter().chain(of_webhooks) {
            assert!(variable.name().starts_with(&prefix), "{variable:?}");
            assert!(!variable.description().is_empty());
            assert_eq!(variable.file_variable().is_some(), variable.is_secret());
        }
        if compiled_in {
            assert!(provider.variables().iter().any(livecut::EnvVar::is_secret));
            let base_url = format!("{prefix}BASE_URL");
            // Required, if the server is the user's own.
            assert!(provider.variables().iter().any(|v| v.name() == base_url));
        }
    }
}

#[cfg(feature = "http")]
#[test]
fn what_a_provider_tells_is_what_its_stopper_tells() {
    crate::install_cryptography();
    for provider in livecut::providers().iter().filter(|p| p.is_compiled_in()) {
        let stopper = livecut::StopperBuilder::new()
            .with_provider(provider.name())
            .build_from_lookup(|name| match name {
                "LIVECUT_ALLOW_HTTP" => None,
                _ if name.ends_with("_FILE") => None,
                _ if name.ends_with("_URL") => Some("http://127.0.0.1:1".to_owned()),
                _ => Some("value".to_owned()),
            })
            .unwrap();
        assert_eq!(stopper.provider(), provider.name());
        assert_eq!(Some(stopper.capabilities()), provider.capabilities());
    }
}

#[cfg(feature = "all-providers")]
#[test]
fn all_providers_has_every_provider() {
    assert!(
        livecut::providers()
            .iter()
            .all(livecut::Provider::is_compiled_in)
    );
}
