//! TLS: what fails before the handshake is done never left.

use std::sync::Arc;
use std::time::Duration;

use livecut_core::ErrorKind;
use rcgen::CertifiedKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::server::{Act, Server, raw};
use crate::support::{NOTHING, assert_error, client, make, make_within, once, post};

fn steps(url: &str) -> [livecut_core::Step; 2] {
    [post(url, None), post(url, Some("{}"))]
}

/// A server that answers every TLS request with `{}`, and its certificate.
async fn tls_server() -> (String, reqwest::Certificate) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") && !request.ends_with(b"{}") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
                let _ = stream.read_u8().await;
            });
        }
    });
    let certificate = reqwest::Certificate::from_der(cert.der()).unwrap();
    (format!("https://localhost:{port}/"), certificate)
}

#[tokio::test]
async fn a_caller_can_trust_a_certificate_through_the_client_builder() {
    let (url, certificate) = tls_server().await;
    for step in steps(&url) {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([certificate.clone()]);
        let client = client(once().with_client_builder(builder));
        let response = make(&client, &step).await.unwrap();
        assert_eq!(response.body(), b"{}");
    }
}

#[tokio::test]
async fn an_untrusted_certificate_caused_nothing_and_is_called_so() {
    let (url, _) = tls_server().await;
    for step in steps(&url) {
        let result = make(&client(once()), &step).await;
        let error = assert_error(result, ErrorKind::Connect, NOTHING, "untrusted");
        assert!(error.to_string().contains("isn't trusted"), "{error}");
    }
}

#[tokio::test]
async fn a_handshake_that_fails_caused_nothing() {
    for (acts, words) in [
        (
            vec![Act::ReadBytes(5), Act::Close],
            "no connection could be made",
        ),
        (
            vec![Act::ReadBytes(5), Act::Reset],
            "no connection could be made",
        ),
        (
            vec![
                Act::ReadBytes(5),
                raw("HTTP/1.1 400 Bad Request\r\n\r\n"),
                Act::Close,
            ],
            "doesn't speak TLS",
        ),
    ] {
        let server = Server::always(acts).await;
        let url = format!("https://{}/", server.address);
        for step in steps(&url) {
            let result = make(&client(once()), &step).await;
            let error = assert_error(result, ErrorKind::Connect, NOTHING, words);
            assert!(error.to_string().contains(words), "{error} {error:?}");
        }
    }
}

#[tokio::test]
async fn time_that_runs_out_in_the_handshake_caused_nothing() {
    for (time, passes, kind, words) in [
        (3, 4, ErrorKind::Timeout, "before the request was sent"),
        (30, 6, ErrorKind::Connect, "no connection was made in time"),
    ] {
        for body in [0, 1] {
            let server = Server::always(vec![Act::Stall]).await;
            let step = steps(&format!("https://{}/", server.address))[body].clone();
            let calling = tokio::spawn(async move {
                let time = Some(Duration::from_secs(time));
                make_within(&client(once()), &step, time).await
            });
            server.stalled.notified().await;
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(passes)).await;
            tokio::time::resume();
            let error = assert_error(calling.await.unwrap(), kind, NOTHING, words);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
