//! What goes over the wire, byte for byte.

use livecut_core::{ErrorKind, Method, Purpose, Step};
use livecut_http::BaseUrl;

use crate::server::{Act, Server, answer, ok};
use crate::support::{NOTHING, assert_error, client, client_with, get, make, once, post, secret};

const AGENT: &str = concat!("livecut/", env!("CARGO_PKG_VERSION"));

async fn sent(server: &Server, step: &Step) -> String {
    make(&client(once()), step).await.unwrap();
    server.requests().pop().unwrap()
}

#[tokio::test]
async fn a_post_without_a_body_has_a_length_of_zero_and_no_content_type() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    assert_eq!(
        sent(&server, &post(&server.url("/a/stop/"), None)).await,
        format!(
            "POST /a/stop/ HTTP/1.1\r\n\
             authorization: Token hunter2\r\n\
             accept: application/json\r\n\
             user-agent: {AGENT}\r\n\
             content-length: 0\r\n\
             host: {}\r\n\r\n",
            server.address
        )
    );
}

#[tokio::test]
async fn a_credential_with_a_header_of_its_own_is_sent_there_alone() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let key = secret().in_header("X-Key").unwrap();
    make(&client_with(key, once()), &get(&server.url("/a")))
        .await
        .unwrap();
    assert_eq!(
        server.requests().pop().unwrap(),
        format!(
            "GET /a HTTP/1.1\r\n\
             x-key: Token hunter2\r\n\
             accept: application/json\r\n\
             user-agent: {AGENT}\r\n\
             host: {}\r\n\r\n",
            server.address
        )
    );
}

#[tokio::test]
async fn a_body_goes_verbatim_as_json_with_its_length_and_never_chunked() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let body = "{\"é\": 1 ,\n\"b\":[]}";
    assert_eq!(
        sent(&server, &post(&server.url("/a"), Some(body))).await,
        format!(
            "POST /a HTTP/1.1\r\n\
             authorization: Token hunter2\r\n\
             accept: application/json\r\n\
             user-agent: {AGENT}\r\n\
             content-type: application/json\r\n\
             host: {}\r\n\
             content-length: 18\r\n\r\n{body}",
            server.address
        )
    );
}

#[tokio::test]
async fn a_get_has_neither_body_nor_length_nor_type() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    assert_eq!(
        sent(&server, &get(&server.url("/a?x=1"))).await,
        format!(
            "GET /a?x=1 HTTP/1.1\r\n\
             authorization: Token hunter2\r\n\
             accept: application/json\r\n\
             user-agent: {AGENT}\r\n\
             host: {}\r\n\r\n",
            server.address
        )
    );
}

#[tokio::test]
async fn put_and_patch_carry_a_length_too_also_of_zero() {
    for method in [Method::Put, Method::Patch] {
        for (body, length) in [(None, "0"), (Some("{}"), "2")] {
            let server = Server::always(vec![Act::Read, ok()]).await;
            let mut step = Step::new(Purpose::Stop, method, server.url("/a"));
            if let Some(body) = body {
                step = step.with_body(body);
            }
            let request = sent(&server, &step).await;
            assert!(request.starts_with(&format!("{method} /a HTTP/1.1\r\n")));
            assert!(request.contains(&format!("\r\ncontent-length: {length}\r\n")));
            assert!(!request.contains("transfer-encoding"));
        }
    }
}

#[tokio::test]
async fn the_callers_client_builder_cannot_double_or_replace_what_a_request_says() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let mut defaults = reqwest::header::HeaderMap::new();
    for name in ["authorization", "accept", "user-agent", "x-team"] {
        defaults.insert(name, "theirs".parse().unwrap());
    }
    let builder = reqwest::Client::builder()
        .no_proxy()
        .user_agent("theirs")
        .referer(true)
        .connection_verbose(true)
        .redirect(reqwest::redirect::Policy::limited(9))
        .default_headers(defaults);
    let client = client(
        once()
            .with_client_builder(builder)
            .with_user_agent_suffix("my-app/1.2"),
    );
    make(&client, &get(&server.url("/a"))).await.unwrap();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.matches("authorization:").count(), 1);
    assert!(request.contains("authorization: Token hunter2\r\n"));
    assert!(request.contains("accept: application/json\r\n"));
    assert!(request.contains(&format!("user-agent: {AGENT} my-app/1.2\r\n")));
    assert!(request.contains("x-team: theirs\r\n"));
}

/// The limit on a body counts the bytes that came, and a fault in one is seen, so nothing is decompressed; here the client has
/// it all compiled in, as in a program whose other parts use it.
#[tokio::test]
async fn no_compression_is_asked_for_and_none_is_undone() {
    // `{}`, by gzip.
    let gzip = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0,
    ];
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 22\r\n\r\n".to_vec();
    answer.extend(gzip);
    let server = Server::always(vec![Act::Read, Act::Write(answer)]).await;
    let plain = || reqwest::Client::builder().no_proxy();
    let asking = || plain().gzip(true).brotli(true).deflate(true);
    for builder in [plain(), asking()] {
        let client = client(once().with_client_builder(builder));
        let response = make(&client, &get(&server.url("/a"))).await.unwrap();
        assert_eq!(response.body(), gzip);
    }
    for request in server.requests() {
        assert!(!request.contains("accept-encoding"), "{request}");
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for status in [
        "301 Moved Permanently",
        "303 See Other",
        "307 Temporary Redirect",
    ] {
        let elsewhere = Server::always(vec![Act::Read, ok()]).await;
        let location = format!("location: {}\r\n", elsewhere.url("/evil?token=hunter2"));
        let server = Server::always(vec![Act::Read, answer(status, &location, "")]).await;
        for step in [get(&server.url("/a")), post(&server.url("/a"), None)] {
            let error = make(&client(once()), &step).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[tokio::test]
async fn the_request_line_has_exactly_the_documented_segments_for_any_id() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let base = BaseUrl::parse(&server.url("/prefix"), false).unwrap();
    for (id, segment) in [
        ("a/../b", "a%2F..%2Fb"),
        ("%2e%2e", "%252e%252e"),
        ("x?y#z", "x%3Fy%23z"),
        ("a\\b", "a%5Cb"),
        ("...", "..."),
        ("\u{202e}é ", "%E2%80%AE%C3%A9%20"),
    ] {
        let url = base.endpoint(&["v1", id, "stop", ""]);
        let request = sent(&server, &post(&url, None)).await;
        let line = format!("POST /prefix/v1/{segment}/stop/ HTTP/1.1\r\n");
        assert!(request.starts_with(&line), "{id:?}: {request}");
    }
}

#[tokio::test]
async fn a_url_that_would_go_out_as_another_one_is_refused_before_anything_is_sent() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let base = BaseUrl::parse(&server.url(""), false).unwrap();
    let mut urls: Vec<_> = [".", "..", "a/../b"]
        .map(|segment| server.url(&format!("/v1/{segment}/stop")))
        .to_vec();
    urls.extend([
        base.endpoint(&["v1", "..", "stop"]),
        base.endpoint(&["v1", ".", ""]),
        server.url("/v1/%2e%2E/stop"),
        server.url("/v1/{asset_id}/stop"),
        server.url("/v1/a b/stop"),
        server.url("/v1/a\nb/stop"),
        "not a url".to_owned(),
    ]);
    let client = client(once());
    for url in urls {
        let refused = make(&client, &post(&url, None)).await;
        assert_error(refused, ErrorKind::Internal, NOTHING, &url);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn calls_one_after_another_share_a_connection() {
    let server = Server::answering(ok(), 4).await;
    let client = client(once());
    for step in [
        post(&server.url("/1"), None),
        post(&server.url("/2"), Some("{}")),
        get(&server.url("/3")),
    ] {
        make(&client.clone(), &step).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 1));
}

#[tokio::test]
async fn a_success_has_its_status_request_id_and_body() {
    let server = Server::always(vec![
        Act::Read,
        answer("201 Created", "x-request-id: r-7\r\n", r#"{"id":"v1"}"#),
    ])
    .await;
    let response = make(&client(once()), &post(&server.url("/"), None)).await;
    let response = response.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.request_id(), Some("r-7"));
    assert_eq!(response.body(), br#"{"id":"v1"}"#);
}
