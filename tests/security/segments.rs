//! Whatever an id holds, it is one segment of the path that the server gets, in its own place.

use std::net::Ipv4Addr;
use std::time::Duration;

use livecut_core::{LiveStreamStopper as _, RecordingId, StreamId, TenantId, Ticket};
use livecut_http::testing::MemoryServer;
use livecut_tests::kits::KITS;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::adapters::{of_tenants, once, stopper, whole};

/// Texts that mean something somewhere between here and a server's files.
const NASTY: [&str; 40] = [
    "..",
    ".",
    "...",
    "/",
    "//",
    "\\",
    "%2f",
    "%2F",
    "%2e%2e",
    "%252e",
    "%5c",
    "%00",
    "%",
    "%zz",
    "?",
    "?x=1",
    "#",
    "#x",
    "&",
    "=",
    "+",
    " ",
    ";",
    ";a=b",
    ",",
    ":",
    "@",
    "@evil.example",
    "|",
    "\r\n",
    "\n",
    "\0",
    "\t",
    "\u{7f}",
    "\u{85}",
    "\u{202e}txt.exe",
    "\u{feff}",
    "\u{ff0e}\u{ff0e}",
    "é",
    "\u{1f600}",
];

/// Ids out of nasty parts, and any text at all.
pub(crate) fn id() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => proptest::sample::select(&NASTY[..]).prop_map(str::to_owned),
        1 => "[a-z]{1,3}",
        1 => Just("stop_live_stream".to_owned()),
        1 => Just("stop".to_owned()),
    ];
    prop_oneof![
        4 => proptest::collection::vec(part, 1..8).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
        1 => "\\PC{300,420}",
    ]
}

/// The segments of a request target as a server reads them, after the prefix; `None` where there is
/// more to it than a path, or less encoded than there must be.
pub(crate) fn segments(target: &str, prefix: &str) -> Option<Vec<String>> {
    let path = target.strip_prefix(prefix)?.strip_prefix('/')?;
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~%/".contains(c);
    if !path.chars().all(unreserved) {
        return None;
    }
    path.split('/')
        .map(|segment| {
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8();
            let is_dots = matches!(
                segment.to_ascii_lowercase().as_str(),
                "." | ".." | "%2e" | "%2e%2e" | ".%2e" | "%2e."
            );
            decoded
                .ok()
                .filter(|_| !is_dots)
                .map(std::borrow::Cow::into_owned)
        })
        .collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Makes all three calls, and checks what arrived. `false`: an id was refused, and nothing was sent.
fn arrives_in_place(prefix: &str, ids: [&str; 3]) -> Result<bool, TestCaseError> {
    let [tenant, stream, recording] = ids;
    for kit in KITS {
        let server = MemoryServer::new();
        let base = format!("http://localhost:8080{prefix}");
        let options = once().with_transport(server.clone());
        let Ok(stopper) = stopper(kit, tenant, &base, options) else {
            prop_assert!(TenantId::new(tenant).is_err());
            return Ok(false);
        };
        let (Ok(stream_id), Ok(recording_id)) =
            (StreamId::new(stream), RecordingId::new(recording))
        else {
            return Ok(false);
        };
        let mut ticket = Ticket::new(kit.name, stream_id.clone()).with_recording(recording_id);
        let any_id = kit.tenant.is_some();
        if any_id {
            ticket = ticket.with_tenant(TenantId::new(tenant).unwrap());
        }
        let planned = stopper.plan(&whole(stream));
        let mut arrived = 0;
        for (call, expected) in (kit.first_requests)(ids).into_iter().enumerate() {
            // No answer is left: each call ends in an error, after the request was taken.
            let error = runtime().block_on(async {
                match call {
                    0 => stopper.stop(&whole(stream)).await.map(drop),
                    1 => stopper.status(&stream_id).await.map(drop),
                    _ => stopper.follow(&ticket).await.map(drop),
                }
            });
            prop_assert!(error.is_err());
            let requests = server.requests();
            let sent = requests.get(arrived..).unwrap_or_default();
            arrived = requests.len();
            prop_assert!(sent.len() <= 1, "{}: {sent:?}", kit.name);
            // Numbers and names of one alphabet are refused by who knows that they are such.
            prop_assert!(!any_id || sent.len() == 1);
            for request in sent {
                let uri = request.uri();
                prop_assert_eq!(uri.scheme_str(), Some("http"));
                prop_assert_eq!(uri.authority().map(AsRef::as_ref), Some("localhost:8080"));
                let target = uri.path_and_query().unwrap().as_str();
                let seen = segments(target, prefix);
                prop_assert_eq!(seen.unwrap_or_default(), &expected[..], "{}", target);
                if call == 0 {
                    let planned = planned.as_ref().unwrap().steps()[0].url();
                    prop_assert_eq!(planned, uri.to_string());
                }
            }
        }
    }
    Ok(true)
}

proptest! {
    #[test]
    fn an_id_of_any_kind_is_refused_or_one_segment_in_its_place(
        prefix in "(/[a-z]{1,3}){0,2}",
        tenant in id(), stream in id(), recording in id(),
    ) {
        // Each by itself too, so that one refusal doesn't hide the others.
        arrives_in_place(&prefix, [&tenant, "s", "r"])?;
        arrives_in_place(&prefix, ["t", &stream, "r"])?;
        arrives_in_place(&prefix, ["t", "s", &recording])?;
        arrives_in_place(&prefix, [&tenant, &stream, &recording])?;
    }
}

#[test]
fn what_is_refused_is_what_no_path_can_carry_and_nothing_else() {
    for nasty in NASTY {
        let carried = arrives_in_place("", ["t", nasty, "r"]).unwrap();
        let refused = matches!(nasty, "." | "..") || nasty.chars().any(char::is_control);
        assert_eq!(carried, !refused, "{nasty:?}");
    }
    for long in ["x".repeat(1 << 20), "é".repeat(1 << 19), "/".repeat(1025)] {
        for ids in [[&*long, "s", "r"], ["t", &long, "r"], ["t", "s", &long]] {
            assert!(!arrives_in_place("", ids).unwrap());
        }
    }
    let longest = "/".repeat(1024);
    assert!(arrives_in_place("", [&longest, &longest, &longest]).unwrap());
}

/// What a server reads off its socket, up to the end of the head. Nobody else's server has it, a proxy's
/// for one: it comes soon.
async fn head(listener: &TcpListener) -> String {
    let accepted = tokio::time::timeout(Duration::from_secs(60), listener.accept()).await;
    let (mut socket, _) = accepted.expect("a call arrives").unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        assert_eq!(socket.read(&mut byte).await.unwrap(), 1, "a whole head");
        head.push(byte[0]);
    }
    let answer = b"HTTP/1.1 500 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    socket.write_all(answer).await.unwrap();
    String::from_utf8(head).expect("a head is ASCII")
}

#[tokio::test]
async fn on_a_socket_the_request_line_is_the_documented_path_and_the_host_is_the_server() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    for kit in of_tenants() {
        for nasty in NASTY {
            let Ok(stream) = StreamId::new(nasty) else {
                continue;
            };
            let base = format!("http://{address}");
            let Ok(stopper) = stopper(kit, nasty, &base, once()) else {
                panic!("the same rules for a tenant: {nasty:?}")
            };
            let expected = (kit.first_requests)([nasty, nasty, nasty]);
            let request = whole(nasty);
            // A stop of several calls reads first.
            let first = stopper.plan(&request).unwrap().steps()[0].method();
            let methods = [first.as_str(), "GET"];
            let (stop, status) = (stopper.stop(&request), stopper.status(&stream));
            let (heads, ()) = tokio::join!(
                async { [head(&listener).await, head(&listener).await] },
                async {
                    stop.await.unwrap_err();
                    status.await.unwrap_err();
                }
            );
            for ((head, method), expected) in heads.iter().zip(methods).zip(&expected) {
                let line = head.lines().next().unwrap();
                let parts: Vec<_> = line.split(' ').collect();
                let [seen, target, "HTTP/1.1"] = parts[..] else {
                    panic!("{line}")
                };
                assert_eq!(seen, method);
                assert_eq!(
                    segments(target, "").unwrap_or_default(),
                    *expected,
                    "{line}"
                );
                let hosts: Vec<_> = head
                    .lines()
                    .filter(|line| line.to_lowercase().starts_with("host:"))
                    .collect();
                assert_eq!(hosts, [format!("host: {address}")]);
            }
        }
    }
}
