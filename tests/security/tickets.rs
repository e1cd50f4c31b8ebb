//! Tickets come from outside. A forged one reaches no other host and no other path than a ticket of
//! the configured tenant does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use livecut_core::{ErrorKind, LiveStreamStopper as _, Ticket};
use livecut_http::testing::MemoryServer;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::adapters::{ADAPTERS, TENANT, once, stopper};
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
        let error = runtime.block_on(stopper.follow(&ticket)).unwrap_err();
        let requests = server.requests();
        let ours = ticket.provider() == adapter
            && ticket
                .tenant()
                .is_some_and(|tenant| tenant.as_str() == TENANT);
        prop_assert_eq!(requests.len(), usize::from(ours));
        prop_assert_eq!(error.kind() == ErrorKind::InvalidTicket, !ours);
        sent = requests.len().max(sent);
        for request in requests {
            let uri = request.uri();
            prop_assert_eq!(uri.authority().map(AsRef::as_ref), Some("localhost:8080"));
            let recording = ticket.recording().map_or("", |id| id.as_str());
            let ids = [TENANT, ticket.stream().as_str(), recording];
            let [_, status, follow] = documented(adapter, ids);
            let expected = if recording.is_empty() { status } else { follow };
            let target = uri.path_and_query().unwrap().as_str();
            prop_assert_eq!(
                segments(target, "/pre").unwrap_or_default(),
                expected,
                "{}",
                target
            );
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
        tenant in prop_oneof![4 => Just(TENANT.to_owned()), 1 => id()],
        stream in id(),
        recording in proptest::option::of(id()),
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
    for adapter in ADAPTERS {
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
