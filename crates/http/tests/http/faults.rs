//! Every fault over real sockets: what the error claims, against what the server saw.

use std::time::Duration;

use livecut_core::{ErrorKind, Step};
use livecut_http::HttpClient;
use tokio::net::TcpSocket;

use crate::server::{Act, Server, answer, ok, raw};
use crate::support::{
    NOTHING, UNKNOWN, assert_error, client, get, make, make_within, once, post, retrying,
};

/// A fault after the request may have left.
struct Row {
    name: &'static str,
    acts: Vec<Act>,
    kind: ErrorKind,
    /// The status of the answer that the error carries.
    status: Option<u16>,
}

fn rows() -> Vec<Row> {
    use ErrorKind::{Interrupted, UnexpectedResponse};

    let row = |name, kind, status, acts: &[Act]| Row {
        name,
        acts: acts.to_vec(),
        kind,
        status,
    };
    let ok_head = "HTTP/1.1 200 OK\r\n";
    let huge = format!("{ok_head}x-huge: {}\r\n\r\n", "x".repeat(600 * 1024));
    let long = format!("{ok_head}content-length: 10737418240\r\n\r\n");
    vec![
        row(
            "reads a bit, resets",
            Interrupted,
            None,
            &[Act::ReadBytes(20), Act::Reset],
        ),
        row(
            "reads all, closes",
            Interrupted,
            None,
            &[Act::Read, Act::Close],
        ),
        row(
            "reads all, resets",
            Interrupted,
            None,
            &[Act::Read, Act::Reset],
        ),
        row(
            "closes in the status line",
            Interrupted,
            None,
            &[Act::Read, raw("HTTP/1.1 20"), Act::Close],
        ),
        row(
            "closes in the headers",
            Interrupted,
            None,
            &[Act::Read, raw("HTTP/1.1 200 OK\r\ncontent-le"), Act::Close],
        ),
        row(
            "100 Continue, closes",
            Interrupted,
            None,
            &[Act::Read, raw("HTTP/1.1 100 Continue\r\n\r\n"), Act::Close],
        ),
        row(
            "garbage",
            UnexpectedResponse,
            None,
            &[Act::Read, raw("220 mail.example.com ESMTP\r\n"), Act::Close],
        ),
        row(
            "a TLS alert",
            UnexpectedResponse,
            None,
            &[
                Act::Read,
                Act::Write(vec![21, 3, 1, 0, 2, 2, 70]),
                Act::Close,
            ],
        ),
        row(
            "a header of 600 KiB",
            UnexpectedResponse,
            None,
            &[Act::Read, raw(&huge)],
        ),
        row(
            "two lengths",
            UnexpectedResponse,
            None,
            &[
                Act::Read,
                raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
            ],
        ),
        row(
            "the body is shorter than declared",
            Interrupted,
            Some(200),
            &[
                Act::Read,
                raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"),
                Act::Close,
            ],
        ),
        row(
            "resets in the body",
            Interrupted,
            Some(200),
            &[
                Act::Read,
                raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"),
                Act::Reset,
            ],
        ),
        row(
            "a bad chunk",
            Interrupted,
            Some(200),
            &[
                Act::Read,
                raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
            ],
        ),
        row(
            "the chunks don't end",
            Interrupted,
            Some(200),
            &[
                Act::Read,
                raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
                Act::Close,
            ],
        ),
        row(
            "10 GiB are declared",
            UnexpectedResponse,
            Some(200),
            &[Act::Read, raw(&long)],
        ),
    ]
}

/// A client with one connection in its pool, by a script that answers it first.
async fn pooled(acts: &[Act]) -> (Server, HttpClient) {
    let mut script = vec![Act::Read, ok()];
    script.extend_from_slice(acts);
    let server = Server::always(script).await;
    let client = client(retrying());
    make(&client, &get(&server.url("/warm"))).await.unwrap();
    (server, client)
}

fn steps(server: &Server) -> [Step; 2] {
    let url = server.url("/stop/");
    [post(&url, None), post(&url, Some(r#"{"start_time":30}"#))]
}

#[tokio::test]
async fn what_breaks_after_the_request_may_have_left_is_unknown_and_not_sent_again() {
    let fresh = client(retrying());
    for row in rows() {
        for body in [0, 1] {
            let server = Server::always(row.acts.clone()).await;
            let result = make(&fresh, &steps(&server)[body]).await;
            let what = format!("{}, fresh, body {body}", row.name);
            let error = assert_error(result, row.kind, UNKNOWN, &what);
            assert_eq!(error.response().map(|r| r.status()), row.status, "{what}");
            assert_eq!(server.connections(), 1, "{what}");

            let (server, client) = pooled(&row.acts).await;
            let result = make(&client, &steps(&server)[body]).await;
            let what = format!("{}, pooled, body {body}", row.name);
            assert_error(result, row.kind, UNKNOWN, &what);
            assert_eq!(server.connections(), 1, "{what}");
        }
    }
}

#[tokio::test]
async fn every_status_has_the_effect_of_the_table() {
    let client = client(retrying());
    for (status, kind, effect) in [
        ("301 x", ErrorKind::UnexpectedResponse, UNKNOWN),
        ("307 x", ErrorKind::UnexpectedResponse, NOTHING),
        ("400 x", ErrorKind::Rejected, NOTHING),
        ("401 x", ErrorKind::Unauthorized, NOTHING),
        ("404 x", ErrorKind::NotFound, NOTHING),
        ("408 x", ErrorKind::Unavailable, UNKNOWN),
        ("409 x", ErrorKind::Conflict, UNKNOWN),
        ("411 x", ErrorKind::Rejected, NOTHING),
        ("413 x", ErrorKind::Rejected, NOTHING),
        ("418 x", ErrorKind::Rejected, UNKNOWN),
        ("422 x", ErrorKind::Rejected, NOTHING),
        ("460 x", ErrorKind::Rejected, UNKNOWN),
        ("500 x", ErrorKind::Unavailable, UNKNOWN),
        ("503 x", ErrorKind::Unavailable, UNKNOWN),
        ("599 x", ErrorKind::Unavailable, UNKNOWN),
        ("999 x", ErrorKind::UnexpectedResponse, UNKNOWN),
    ] {
        for body in [0, 1] {
            let act = answer(status, "x-request-id: r-1\r\n", "<html>no</html>");
            let server = Server::always(vec![Act::Read, act]).await;
            let result = make(&client, &steps(&server)[body]).await;
            let error = assert_error(result, kind, effect, status);
            let response = error.response().unwrap();
            assert_eq!(response.request_id(), Some("r-1"), "{status}");
            assert_eq!(response.body(), b"<html>no</html>", "{status}");
            assert_eq!(server.requests().len(), 1, "{status}");
        }
    }
}

#[tokio::test]
async fn a_503_is_sent_again_only_for_a_read() {
    for (status, posts, gets) in [("503 x", 1, 3), ("404 x", 1, 1)] {
        for (step, expected) in [(post("", Some("{}")), posts), (get(""), gets)] {
            let server = Server::answering(answer(status, "", ""), 9).await;
            let step = Step::new(step.purpose(), step.method(), server.url("/"));
            make(&client(retrying()), &step).await.unwrap_err();
            assert_eq!(server.requests().len(), expected, "{status} {step:?}");
        }
    }
}

#[tokio::test]
async fn a_read_whose_connection_broke_is_read_again() {
    let broken = vec![Act::Read, Act::Close];
    let short = vec![
        Act::Read,
        raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"),
        Act::Reset,
    ];
    let server = Server::start(vec![broken, short, vec![Act::Read, ok()]]).await;
    let response = make(&client(retrying()), &get(&server.url("/"))).await;
    assert_eq!(response.unwrap().body(), b"{}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_request_was_read_counts() {
    let server = Server::always(vec![Act::ReadBytes(20), answer("413 x", "", "")]).await;
    for step in steps(&server) {
        let result = make(&client(once()), &step).await;
        assert_error(result, ErrorKind::Rejected, NOTHING, "413");
    }
}

#[tokio::test]
async fn a_refusal_stays_one_however_its_body_ends() {
    for body in [
        raw("HTTP/1.1 404 Not Found\r\ncontent-length: 90\r\n\r\n{\"detail\""),
        raw("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
        raw("HTTP/1.1 404 Not Found\r\ncontent-length: 10737418240\r\n\r\n"),
        answer("404 Not Found", "", &"x".repeat(5_000)),
    ] {
        let server = Server::always(vec![Act::Read, body, Act::Close]).await;
        let client = client(once().with_body_limit(1_000));
        let result = make(&client, &post(&server.url("/"), None)).await;
        let error = assert_error(result, ErrorKind::NotFound, NOTHING, "404");
        assert!(error.response().unwrap().body().len() <= 1_000);
    }
}

#[tokio::test]
async fn a_body_up_to_the_limit_is_read_and_one_byte_more_is_not() {
    let chunked = |length| {
        raw(&format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
            length,
            "x".repeat(length),
        ))
    };
    let declared = |length| answer("200 OK", "", &"x".repeat(length));
    for (fits, too_long) in [
        (declared(70_000), declared(70_001)),
        (chunked(70_000), chunked(70_001)),
    ] {
        let client = client(once().with_body_limit(70_000));
        let server = Server::always(vec![Act::Read, fits]).await;
        let response = make(&client, &post(&server.url("/"), None)).await.unwrap();
        assert_eq!(response.body().len(), 70_000);

        let server = Server::always(vec![Act::Read, too_long]).await;
        let result = make(&client, &post(&server.url("/"), None)).await;
        assert_error(result, ErrorKind::UnexpectedResponse, UNKNOWN, "too long");
    }
}

#[tokio::test]
async fn a_refused_connection_caused_nothing_and_says_what_to_check() {
    // Bound and not listening: the port refuses, and nobody else gets it.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    let result = make(&client(once()), &post(&url, Some("{}"))).await;
    let error = assert_error(result, ErrorKind::Connect, NOTHING, "refused");
    assert!(
        error
            .to_string()
            .contains("check the base URL's host and port")
    );
}

/// A resolver that knows no host, or that never answers.
struct Resolver {
    answers: bool,
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let answers = self.answers;
        Box::pin(async move {
            if !answers {
                std::future::pending::<()>().await;
            }
            Err("no such host".into())
        })
    }
}

fn resolving(answers: bool) -> HttpClient {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .dns_resolver(std::sync::Arc::new(Resolver { answers }));
    client(once().with_client_builder(builder))
}

#[tokio::test]
async fn an_unknown_host_caused_nothing_and_is_called_so() {
    let step = post("http://provider.invalid/", None);
    let result = make(&resolving(true), &step).await;
    let error = assert_error(result, ErrorKind::Connect, NOTHING, "unknown host");
    assert!(
        error.to_string().contains("host's name wasn't found"),
        "{error}"
    );
}

// No socket is open here, so the paused clock is the truth.
#[tokio::test(start_paused = true)]
async fn time_that_runs_out_in_dns_caused_nothing_and_a_connect_time_out_is_no_deadline() {
    let step = post("http://provider.invalid/", None);
    let result = make(&resolving(false), &step).await;
    let error = assert_error(result, ErrorKind::Connect, NOTHING, "connect timeout");
    assert!(error.to_string().contains("in time"), "{error}");

    let second = Some(Duration::from_secs(1));
    let result = make_within(&resolving(false), &step, second).await;
    let error = assert_error(result, ErrorKind::Timeout, NOTHING, "deadline");
    assert!(
        error.to_string().contains("before the request was sent"),
        "{error}"
    );
}

#[tokio::test]
async fn time_that_runs_out_after_the_request_was_read_is_unknown() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
    for acts in [
        vec![Act::Read, Act::Stall],
        vec![Act::Read, raw("HTTP/1.1 2"), Act::Stall],
        vec![Act::Read, raw(head), Act::Stall],
    ] {
        for pool in [false, true] {
            for body in [0, 1] {
                let (server, client) = if pool {
                    pooled(&acts).await
                } else {
                    (Server::always(acts.clone()).await, client(retrying()))
                };
                let step = steps(&server)[body].clone();
                let calling = tokio::spawn(async move { make(&client, &step).await });
                server.stalled.notified().await;
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(31)).await;
                tokio::time::resume();
                let result = calling.await.unwrap();
                assert_error(result, ErrorKind::Timeout, UNKNOWN, "stalled");
                assert_eq!(server.connections(), 1);
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced_before_anything_is_sent() {
    for close in [Act::Close, Act::Reset] {
        for body in [0, 1] {
            let script = vec![Act::Read, ok(), Act::Wait, close.clone()];
            let server = Server::start(vec![script, vec![Act::Read, ok()]]).await;
            let client = client(once());
            make(&client, &get(&server.url("/warm"))).await.unwrap();
            server.go_on.notify_one();
            // The client's connection task sees the close as soon as it runs.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            make(&client, &steps(&server)[body]).await.unwrap();
            assert_eq!((server.connections(), server.requests().len()), (2, 2));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_at_once_never_hides_a_byte_that_left() {
    let client = client(once());
    for round in 0..200 {
        let close = if round % 2 == 0 {
            Act::Close
        } else {
            Act::Reset
        };
        let server = Server::always(vec![close]).await;
        let step = &steps(&server)[round % 4 / 2];
        let error = make(&client, step).await.unwrap_err();
        // Which end is faster is up to the machine.
        if error.effect() == NOTHING {
            assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
            assert_eq!(server.bytes(), b"", "{error:?}");
        } else {
            assert_eq!(error.effect(), UNKNOWN);
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:?}");
        }
    }
}
