//! Webhooks as the simulator signs and sends them, and what is refused.

use std::time::{Duration, SystemTime};

use livecut_core::LiveStreamStopper as _;
use livecut_mux::MuxWebhook;
use livecut_sim::{MuxSettings, WebhookSpec};
use livecut_webhook::{Delivery, WebhookError, WebhookReceiver as _, WebhookSecret};

use crate::world::World;
use crate::{cut, stream};

const NOW: u64 = 1_700_000_000;
const BODY: &[u8] = br#"{"type":"video.live_stream.idle","data":{"id":"abc","status":"idle"}}"#;
/// printf '1700000000.<BODY>' | openssl dgst -sha256 -hmac a-signing-secret
const GOOD: &str = "c375db571032d5899b2f0c2b4a3ab6edd34c8075076cffd182035f8ef42ad046";

fn at(seconds: u64) -> MuxWebhook {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    MuxWebhook::new(WebhookSecret::new("a-signing-secret").unwrap()).with_clock(move || now)
}

fn verify(receiver: &MuxWebhook, header: &str, body: &[u8]) -> Result<(), WebhookError> {
    let headers = [("Mux-Signature", header.as_bytes())];
    let event = receiver.verify_and_parse(&Delivery::new(headers, body));
    event.map(|_| ())
}

#[test]
fn only_a_signature_with_the_secret_of_this_very_body_is_taken() {
    let other = "0".repeat(64);
    let good = format!("t={NOW},v1={GOOD}");
    for taken in [
        good.clone(),
        format!("v1={GOOD},t={NOW}"),
        format!("t={NOW}, v1={}", GOOD.to_uppercase()),
        // While the secret is exchanged, and with a scheme to come.
        format!("t={NOW},v1={other},v1={GOOD}"),
        format!("t={NOW},v2=?,v1={GOOD}"),
    ] {
        assert_eq!(verify(&at(NOW), &taken, BODY), Ok(()), "{taken}");
    }
    for refused in [
        String::new(),
        "t".to_owned(),
        GOOD.to_owned(),
        format!("v1={GOOD}"),
        format!("t={NOW}"),
        format!("t={NOW},v1="),
        format!("t={NOW},v1={other}"),
        format!("t={NOW},v2={GOOD}"),
        format!("t=+{NOW},v1={GOOD}"),
        format!("t=0{NOW},v1={GOOD}"),
        format!("t=,v1={GOOD}"),
        format!("t={NOW}0000000000000,v1={GOOD}"),
        format!("t={NOW},t={NOW},v1={GOOD}"),
        format!("t={NOW},v1=+{}", &GOOD[1..]),
        format!("t={NOW},v1={GOOD}00"),
        format!("t={NOW},v1={}", &GOOD[..62]),
    ] {
        let verdict = verify(&at(NOW), &refused, BODY);
        assert!(
            matches!(verdict, Err(WebhookError::Unauthenticated(_))),
            "{refused}: {verdict:?}"
        );
    }
    assert!(verify(&at(NOW), &good, &[BODY, b" "].concat()).is_err());
    let twice = [
        ("mux-signature", good.as_bytes()),
        ("Mux-Signature", good.as_bytes()),
    ];
    let doubled = Delivery::new(twice, BODY);
    assert!(at(NOW).verify_and_parse(&doubled).is_err());
}

#[test]
fn a_signature_is_taken_for_five_minutes_either_way() {
    let good = format!("t={NOW},v1={GOOD}");
    for (now, taken) in [
        (NOW + 300, true),
        (NOW + 301, false),
        (NOW - 300, true),
        (NOW - 301, false),
    ] {
        assert_eq!(verify(&at(now), &good, BODY).is_ok(), taken, "{now}");
    }
    let patient = at(NOW + 301).with_tolerance(Duration::from_secs(301));
    assert_eq!(verify(&patient, &good, BODY), Ok(()));
}

#[test]
fn debug_shows_no_secret() {
    assert!(!format!("{:?}", at(NOW)).contains("a-signing-secret"));
}

/// Every event from a stop with a cut to the ready clip.
#[tokio::test]
async fn the_simulator_s_events_are_taken_and_the_clip_s_matches_its_ticket() {
    let world = World::live(MuxSettings::default()).await;
    let spec = WebhookSpec::in_process("https://receiver.invalid/").with_secret("a-signing-secret");
    let webhook = world.sim.mux().register_webhook(spec).unwrap();
    let outcome = world.stopper().stop(&cut("30..120")).await.unwrap();
    world.sim.clock().advance(Duration::from_secs(200));

    let clock = world.sim.clock().clone();
    let receiver = at(NOW).with_clock(move || clock.now().into());
    let mut seen = Vec::new();
    while let Some(delivery) = webhook.next_due() {
        let event = {
            let headers = delivery
                .headers
                .iter()
                .map(|(name, value)| (*name, value.as_bytes()));
            let received = Delivery::new(headers, &delivery.body);
            receiver.verify_and_parse(&received).unwrap()
        };
        webhook.answer(delivery, 204);
        let progress = outcome.ticket().progress_by(&event, Duration::from_secs(5));
        seen.push((
            event.provider_event().to_owned(),
            event.state().as_str(),
            outcome.ticket().matches(&event),
            progress.map(|progress| progress.as_str()),
        ));
        if event.state().as_str() == "stream_offline" {
            assert_eq!(event.stream(), Some(&stream()));
        }
    }
    let expected = [
        ("video.live_stream.idle", "stream_offline", true, None),
        (
            "video.asset.live_stream_completed",
            "recording_ready",
            false,
            None,
        ),
        ("video.asset.ready", "recording_ready", false, None),
        ("video.asset.ready", "recording_ready", true, Some("ready")),
    ];
    assert_eq!(
        seen,
        expected.map(|(event, state, matches, progress)| {
            (event.to_owned(), state, matches, progress)
        })
    );
}

#[test]
fn what_is_merely_new_or_odd_is_no_error() {
    for (body, state) in [
        (
            r#"{"type":"video.asset.created","data":{"id":"a"}}"#,
            "other",
        ),
        (
            r#"{"type":"video.asset.track.ready","data":{"id":"t"}}"#,
            "other",
        ),
        (r#"{"type":"video.asset.ready","data":{}}"#, "other"),
        (r#"{"type":"video.asset.ready","data":[]}"#, "other"),
        (r#"{"type":"video.live_stream.active","data":{}}"#, "other"),
        (r#"{"type":7}"#, "other"),
        ("{}", "other"),
        (
            r#"{"type":"video.asset.errored","data":{"id":"a","status":"errored"}}"#,
            "recording_failed",
        ),
        (
            r#"{"type":"video.live_stream.active","data":{"id":"s"}}"#,
            "stream_live",
        ),
    ] {
        let signed = sign(body);
        let headers = [("mux-signature", signed.as_bytes())];
        let delivery = Delivery::new(headers, body.as_bytes());
        let event = at(NOW).verify_and_parse(&delivery).unwrap();
        assert_eq!(event.state().as_str(), state, "{body}");
    }
    let odd = sign("[]");
    let headers = [("mux-signature", odd.as_bytes())];
    let verdict = at(NOW).verify_and_parse(&Delivery::new(headers, b"[]"));
    assert!(matches!(verdict, Err(WebhookError::Malformed(_))));
}

fn sign(body: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"a-signing-secret").unwrap();
    mac.update(format!("{NOW}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={NOW},v1={hex}")
}
