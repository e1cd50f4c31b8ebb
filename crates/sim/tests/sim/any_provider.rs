//! What a test does alike at every provider, without a name.

use crate::single_calls;
use livecut_sim::{Simulator, StreamSpec, WebhookSpec};
use std::time::Duration;

/// A test of every provider needs none's name.
#[tokio::test]
async fn each_provider_tells_its_credentials_in_its_own_words_and_takes_others() {
    let sim = Simulator::start().await.unwrap();
    for provider in sim.providers() {
        let name = provider.name();
        let urls = provider.base_urls();
        assert_eq!(urls[0], ("base_url", provider.base_url()), "{name}");
        let words = provider.credentials();
        assert!(!words.is_empty(), "{name}");
        for (word, _) in &words {
            provider
                .set_credential(word, format!("{word}-of-the-test"))
                .unwrap();
        }
        for (word, value) in provider.credentials() {
            assert_eq!(value, format!("{word}-of-the-test"), "{name}");
        }
        assert!(provider.set_credential("no such word", "").is_err());
    }

    // And it is what requests are held against.
    for provider in single_calls(&sim) {
        provider.create_stream(StreamSpec::live("s")).unwrap();
        let stop = provider.stop("s");
        let wrong = stop
            .clone()
            .map_header("Authorization", |right| format!("{right}-not"));
        assert_eq!(wrong.send().await.status, 401);
        assert_eq!(stop.send().await.status, 200);
    }
}

#[tokio::test]
async fn a_webhook_has_its_secret_where_its_provider_can_prove_it() {
    let sim = Simulator::start().await.unwrap();
    for provider in sim.providers() {
        let spec = WebhookSpec::in_process("https://example.com/hooks");
        let Some(spec) = provider.with_webhook_secret(spec, "s3cret") else {
            continue;
        };
        let webhook = provider.register_webhook(spec).unwrap();
        provider.create_stream(StreamSpec::ended("1")).unwrap();
        sim.clock().advance(Duration::from_secs(3600));
        let delivery = webhook.next_due().unwrap();
        match provider.webhook_proof("s3cret", &delivery.body) {
            Some((header, _)) => {
                assert_eq!(delivery.target(), "/hooks");
                assert!(delivery.header(header).is_some(), "{delivery:?}");
            }
            None => assert_eq!(delivery.target(), "/hooks/s3cret"),
        }
    }
}
