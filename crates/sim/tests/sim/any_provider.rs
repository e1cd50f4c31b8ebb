//! What a test does alike at every provider, without a name.

use crate::client::Request;
use livecut_sim::{Provider, Simulator, StreamSpec, WebhookSpec};

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
    assert_eq!(
        sim.tpstreams().organization_id(),
        "organization_id-of-the-test"
    );
    assert_eq!(sim.tpstreams().token(), "token-of-the-test");
    assert_eq!(
        sim.gjirafa().base_urls()[1].1,
        sim.gjirafa().video_base_url()
    );

    // And it is what requests are held against.
    sim.tpstreams()
        .create_stream(StreamSpec::live("s"))
        .unwrap();
    assert!(sim.tpstreams().set_stream_key("a-key-to-search-for"));
    let path = "/tpstreams/api/v1/organization_id-of-the-test/assets/s/";
    let response = Request::get(sim.address(), path, "Token token-of-the-test")
        .send()
        .await;
    assert_eq!(response.status, 200);
    assert!(
        response.body.contains("a-key-to-search-for"),
        "{}",
        response.body
    );
}

#[tokio::test]
async fn a_webhook_has_its_secret_where_its_provider_can_prove_it() {
    let sim = Simulator::start().await.unwrap();
    let spec = || WebhookSpec::in_process("https://example.com/hooks");
    let proven = |provider: &Provider| provider.with_webhook_secret(spec(), "s3cret");
    for provider in [&**sim.tpstreams(), &**sim.mux()] {
        let spec = proven(provider).unwrap();
        let webhook = provider.register_webhook(spec).unwrap();
        provider.create_stream(StreamSpec::ended("1")).unwrap();
        sim.clock().advance(std::time::Duration::from_secs(3600));
        let delivery = webhook.next_due().unwrap();
        assert_eq!(delivery.target(), "/hooks");
        assert!(delivery.headers.len() > 1, "{delivery:?}");
    }
    let spec = proven(sim.gjirafa()).unwrap();
    let webhook = sim.gjirafa().register_webhook(spec).unwrap();
    sim.gjirafa().create_stream(StreamSpec::ended("1")).unwrap();
    sim.clock().advance(std::time::Duration::from_secs(3600));
    assert_eq!(webhook.next_due().unwrap().target(), "/hooks/s3cret");
    assert!(proven(sim.gcore()).is_none());
}
