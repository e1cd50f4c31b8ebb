//! Tickets come from outside. A forged one reaches no other host and no other path than a ticket of
//! the configured tenant does.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use livecut_core::{ErrorKind, LiveStreamStopper as _, Ticket};
use livecut_http::testing::MemoryServer;
use livecut_tests::kits::{KITS, Kit};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::adapters::{RECORDING, STREAM, TENANT, of_tenants, once, simulator, stopper, whole};
use crate::segments::{id, segments};

fn forge(payload: &Value) -> String {
    let version = if payload.get("m").is_some() { 2 } else { 1 };
    format!(
        "lct{version}_{}",
        URL_SAFE_NO_PAD.encode(payload.to_string())
    )
}

/// Follows it with every adapter, and checks what was sent, if anything. How many requests.
fn follow(text: &str) -> Result<usize, TestCaseError> {
    let Ok(ticket) = text.parse::<Ticket>() else {
        return Ok(0);
    };
    let mut sent = 0;
    for kit in KITS {
        let server = MemoryServer::new();
        let options = once().with_transport(server.clone());
        let stopper = stopper(kit, TENANT, "http://localhost:8080/pre", options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let followed = runtime.block_on(stopper.follow(&ticket));
        let requests = server.requests();
        let any_id = kit.tenant.is_some();
        let tenant = ticket.tenant().map(AsRef::as_ref);
        let ours = ticket.provider() == kit.name && tenant == any_id.then_some(TENANT);
        if any_id {
            prop_assert_eq!(requests.len(), usize::from(ours));
        } else {
            prop_assert!(requests.len() <= usize::from(ours));
        }
        if !ours {
            prop_assert_eq!(followed.unwrap_err().kind(), ErrorKind::InvalidTicket);
        }
        sent = requests.len().max(sent);
        for request in requests {
            prop_assert_eq!(request.method(), "GET");
            let uri = request.uri();
            prop_assert_eq!(uri.authority().map(AsRef::as_ref), Some("localhost:8080"));
            let target = uri.path_and_query().unwrap().as_str();
            let seen = segments(target, "/pre").unwrap_or_default();
            let stream = ticket.stream().as_str();
            // A recording, or the one that a cut is owed of.
            let recordings = [ticket.recording(), ticket.source()];
            let follow = |recording| {
                let [_, _, follow] = (kit.first_requests)([TENANT, stream, recording]);
                follow
            };
            let of_recordings = recordings.into_iter().flatten();
            let mut expected: Vec<_> = of_recordings.map(|id| follow(id.as_str())).collect();
            if ticket.recording().is_none() {
                expected.push(match kit.search {
                    Some(search) => search([TENANT, stream, ""]),
                    None => {
                        let [_, status, _] = (kit.first_requests)([TENANT, stream, ""]);
                        status
                    }
                });
            }
            let seen: Vec<_> = seen.iter().map(String::as_str).collect();
            prop_assert!(expected.contains(&seen), "{target}");
        }
    }
    Ok(sent)
}

proptest! {
    #[test]
    fn a_forged_ticket_stays_in_its_place_or_is_refused(
        provider in prop_oneof![
            4 => proptest::sample::select(KITS).prop_map(|kit| kit.name.to_owned()),
            1 => id(),
        ],
        tenant in prop_oneof![
            2 => Just(Some(TENANT.to_owned())),
            2 => Just(None),
            1 => id().prop_map(Some),
        ],
        stream in prop_oneof![4 => id(), 1 => Just("4711".to_owned())],
        recording in proptest::option::of(prop_oneof![4 => id(), 1 => Just("4712".to_owned())]),
        cut in proptest::option::of(prop_oneof![Just("30s..120s".to_owned()), id()]),
        source in proptest::option::of(prop_oneof![4 => id(), 1 => Just("4712".to_owned())]),
        seal in proptest::option::of(any::<[u8; 32]>()),
    ) {
        let mut payload = json!({"p": provider, "t": tenant, "s": stream});
        if let Some(recording) = recording {
            payload["r"] = recording.into();
        }
        if let Some(cut) = cut {
            payload["c"] = cut.into();
        }
        if let Some(source) = source {
            payload["a"] = source.into();
        }
        if let Some(seal) = seal {
            payload["m"] = URL_SAFE_NO_PAD.encode(seal).into();
        }
        follow(&forge(&payload))?;
    }

    #[test]
    fn no_text_as_a_ticket_panics_and_what_is_read_is_written_alike(
        text in prop_oneof![
            any::<String>(),
            (1..=2, any::<String>()).prop_map(|(version, tail)| format!("lct{version}_{tail}")),
            (1..=2, any::<Vec<u8>>()).prop_map(|(version, bytes)| {
                format!("lct{version}_{}", URL_SAFE_NO_PAD.encode(bytes))
            }),
        ],
    ) {
        if let Ok(ticket) = text.parse::<Ticket>() {
            prop_assert_eq!(ticket.to_string().parse::<Ticket>(), Ok(ticket));
        }
    }
}

#[test]
fn a_good_ticket_is_followed_by_the_one_adapter_that_it_is_for() {
    for kit in of_tenants() {
        let adapter = kit.name;
        for recording in [Value::Null, json!("a-recording")] {
            let payload = json!({"p": adapter, "t": TENANT, "s": "a/stream", "r": recording});
            assert_eq!(follow(&forge(&payload)).unwrap(), 1, "{payload}");
        }
        for other in [json!(null), json!("another"), json!("..")] {
            let payload = json!({"p": adapter, "t": other, "s": "a-stream"});
            assert_eq!(follow(&forge(&payload)).unwrap(), 0, "{payload}");
        }
    }
}

/// `follow` of a ticket that somebody made up, of a recording that they know the id of: it must not be cut, let alone be
/// shown to the public.
#[tokio::test]
async fn a_forged_ticket_makes_nothing_whatever_it_says_is_owed() {
    let simulator = simulator().await;
    let stopper = |kit: &Kit| {
        let base = kit.simulated(&simulator).base_url();
        stopper(kit, TENANT, &base, once()).unwrap()
    };
    for kit in KITS {
        stopper(kit).stop(&whole(STREAM)).await.unwrap();
    }
    simulator.clock().advance(Duration::from_secs(86_400));
    let before = simulator.requests().len();
    for kit in KITS {
        let tenant = kit.tenant.map(|_| TENANT);
        for stream in ["no-such-stream", "4711"] {
            for visibility in [json!("public"), json!("private"), Value::Null] {
                for seal in [None, Some([0; 32])] {
                    let mut payload = json!({
                        "p": kit.name, "t": tenant, "s": stream, "c": "0s..7200s",
                        "a": RECORDING, "v": visibility,
                    });
                    if let Some(seal) = seal {
                        payload["m"] = URL_SAFE_NO_PAD.encode(seal).into();
                    }
                    let ticket: Ticket = forge(&payload).parse().unwrap();
                    assert!(ticket.owes_cut());
                    let followed = stopper(kit).follow(&ticket).await;
                    if kit.makes_what_is_owed {
                        let error = followed.unwrap_err();
                        assert_eq!(error.kind(), ErrorKind::InvalidTicket, "{payload}: {error}");
                    }
                }
            }
        }
    }
    let requests = simulator.requests();
    assert!(requests.len() > before, "some look");
    for request in requests.iter().skip(before) {
        assert_eq!(request.method, "GET", "{request:?}");
    }
}

#[test]
fn a_ticket_names_no_host() {
    for field in [
        "url",
        "u",
        "host",
        "h",
        "base_url",
        "b",
        "path",
        "authorization",
    ] {
        let mut payload = json!({"p": "a-provider", "t": TENANT, "s": "a-stream"});
        payload[field] = json!("http://evil.example/");
        assert!(forge(&payload).parse::<Ticket>().is_err(), "{field}");
    }
}
