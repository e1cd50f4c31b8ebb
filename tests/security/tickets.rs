//! Tickets come from outside. A forged one reaches no other host and no other path than a ticket of
//! the configured tenant does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use livecut_core::{ErrorKind, LiveStreamStopper as _, Ticket};
use livecut_http::testing::MemoryServer;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::adapters::{ADAPTERS, OF_TENANTS, TENANT, once, stopper};
use crate::segments::{documented, id, segments};

fn forge(payload: &Value) -> String {
    format!("lct1_{}", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

/// Follows it with every adapter, and checks what was sent, if anything. How many requests.
fn follow(text: &str) -> Result<usize, TestCaseError> {
    let Ok(ticket) = text.parse::<Ticket>() else {
        return Ok(0);
    };
    let mut sent = 0;
    for adapter in ADAPTERS {
        let server = MemoryServer::new();
        let options = once().with_transport(server.clone());
        let stopper = stopper(adapter, TENANT, "http://localhost:8080/pre", options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let followed = runtime.block_on(stopper.follow(&ticket));
        let requests = server.requests();
        let any_id = OF_TENANTS.contains(&adapter);
        let tenant = ticket.tenant().map(AsRef::as_ref);
        let ours = ticket.provider() == adapter && tenant == any_id.then_some(TENANT);
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
            let uri = request.uri();
            prop_assert_eq!(uri.authority().map(AsRef::as_ref), Some("localhost:8080"));
            let target = uri.path_and_query().unwrap().as_str();
            let seen = segments(target, "/pre").unwrap_or_default();
            let stream = ticket.stream().as_str();
            let recording = ticket.recording().map_or("", |id| id.as_str());
            let [_, status, follow] = documented(adapter, [TENANT, stream, recording]);
            let expected = match adapter {
                // The asset that a clip is owed of is in the ticket too.
                "mux" => {
                    prop_assert_eq!(seen.len(), 4, "{}", target);
                    prop_assert_eq!(&seen[..3], ["video", "v1", "assets"], "{}", target);
                    continue;
                }
                "gcore" if recording.is_empty() => {
                    vec!["streaming", "streams", stream, "clip_recording"]
                }
                _ if recording.is_empty() => status,
                _ => follow,
            };
            prop_assert_eq!(seen, expected, "{}", target);
        }
    }
    Ok(sent)
}

proptest! {
    #[test]
    fn a_forged_ticket_stays_in_its_place_or_is_refused(
        provider in prop_oneof![
            4 => proptest::sample::select(&ADAPTERS[..]).prop_map(str::to_owned),
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
    ) {
        let mut payload = json!({"p": provider, "t": tenant, "s": stream});
        if let Some(recording) = recording {
            payload["r"] = recording.into();
        }
        if let Some(cut) = cut {
            payload["c"] = cut.into();
        }
        follow(&forge(&payload))?;
    }

    #[test]
    fn no_text_as_a_ticket_panics_and_what_is_read_is_written_alike(
        text in prop_oneof![
            any::<String>(),
            any::<String>().prop_map(|tail| format!("lct1_{tail}")),
            any::<Vec<u8>>().prop_map(|b| format!("lct1_{}", URL_SAFE_NO_PAD.encode(b))),
        ],
    ) {
        if let Ok(ticket) = text.parse::<Ticket>() {
            prop_assert_eq!(ticket.to_string().parse::<Ticket>(), Ok(ticket));
        }
    }
}

#[test]
fn a_good_ticket_is_followed_by_the_one_adapter_that_it_is_for() {
    for adapter in OF_TENANTS {
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
        let mut payload = json!({"p": "tpstreams", "t": TENANT, "s": "a-stream"});
        payload[field] = json!("http://evil.example/");
        assert!(forge(&payload).parse::<Ticket>().is_err(), "{field}");
    }
}
