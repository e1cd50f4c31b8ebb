//! No proxy comes before a loopback host, whoever names it: the environment, or the caller's own client. To other hosts the
//! environment is heeded as documented.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use livecut_core::ErrorKind;
use livecut_http::{BaseUrl, HttpClient, HttpOptions, RetryPolicy};
use tokio::net::TcpListener;

use crate::server::{Act, Server, ok};
use crate::support::{get, make_within, secret};

/// Where the child finds what it is to ask: a URL.
const ASK: &str = "LIVECUT_TEST_ASK";
/// All that reqwest reads of the environment about proxies.
const VARIABLES: [&str; 9] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "REQUEST_METHOD",
];

/// Counts who comes, and answers nobody.
struct Proxy {
    url: String,
    visits: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, visits }
    }

    fn visits(&self) -> usize {
        self.visits.swap(0, Ordering::SeqCst)
    }
}

/// Runs [`asks_as_told`] in a process with this environment, for which alone it can be set.
async fn ask(url: &str, environment: &[(&'static str, &str)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["proxies::asks_as_told", "--exact", "--ignored"])
        .env(ASK, url);
    for variable in VARIABLES {
        child.env_remove(variable);
    }
    child.envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || child.output());
    let output = output.await.unwrap().unwrap();
    assert!(output.status.success(), "{environment:?}: {output:?}");
}

/// The child: asks the URL of the environment, by a client of the defaults. `provider.example` is loopback, at a port
/// where nobody listens.
#[tokio::test]
#[ignore = "other tests run it, in a process of its own"]
async fn asks_as_told() {
    let Ok(url) = std::env::var(ASK) else {
        return;
    };
    let base = BaseUrl::parse(&url, true).unwrap();
    let is_elsewhere = url.contains("provider.example");
    let nobody: SocketAddr = ([127, 0, 0, 1], 9).into();
    let options = || HttpOptions::new().with_retry(RetryPolicy::none());
    let named = reqwest::Client::builder().resolve("provider.example", nobody);
    let mut ways = vec![options().with_client_builder(named)];
    if !is_elsewhere {
        ways.push(options());
    }
    for options in ways {
        let client = HttpClient::new("test", &[&base], secret(), options).unwrap();
        let asked = make_within(&client, &get(&url), Some(Duration::from_secs(10))).await;
        assert!(asked.is_ok() || is_elsewhere, "{asked:?}");
    }
}

#[tokio::test]
async fn no_proxy_of_the_environment_comes_before_a_loopback_host() {
    let proxy = Proxy::start().await;
    let server = Server::always(vec![Act::Read, ok()]).await;
    let port = server.url("").rsplit(':').next().unwrap().to_owned();
    let port: u16 = port.trim_end_matches('/').parse().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            let url = format!("http://{host}:{port}/a");
            ask(&url, &[(variable, &proxy.url)]).await;
            assert_eq!(proxy.visits(), 0, "{host}, {variable}");
        }
    }
    assert_eq!(server.requests().len(), 16, "and each came here");
}

#[tokio::test]
async fn to_other_hosts_the_environment_is_heeded_as_documented() {
    let proxy = Proxy::start().await;
    let proxied = proxy.url.as_str();
    let (http, https) = ("http://provider.example/a", "https://provider.example/a");
    for (url, environment, visited) in [
        (http, &[("HTTP_PROXY", proxied)][..], true),
        (http, &[("http_proxy", proxied)], true),
        (http, &[("ALL_PROXY", proxied)], true),
        (http, &[("all_proxy", proxied)], true),
        (http, &[("HTTPS_PROXY", proxied)], false),
        (
            http,
            &[("HTTP_PROXY", proxied), ("REQUEST_METHOD", "GET")],
            false,
        ),
        (
            http,
            &[("HTTP_PROXY", proxied), ("NO_PROXY", "provider.example")],
            false,
        ),
        (http, &[("ALL_PROXY", proxied), ("no_proxy", "*")], false),
        (http, &[], false),
    ] {
        ask(url, environment).await;
        assert_eq!(proxy.visits() > 0, visited, "{url}, {environment:?}");
    }
    if cfg!(any(feature = "rustls", feature = "rustls-no-provider")) {
        for (variable, visited) in [
            ("HTTPS_PROXY", true),
            ("https_proxy", true),
            ("HTTP_PROXY", false),
        ] {
            ask(https, &[(variable, proxied)]).await;
            assert_eq!(proxy.visits() > 0, visited, "{variable}");
        }
    }
}

#[tokio::test]
async fn no_proxy_of_the_caller_s_client_comes_before_a_loopback_host() {
    let proxy = Proxy::start().await;
    let server = Server::always(vec![Act::Read, ok()]).await;
    let loopback = BaseUrl::parse(&server.url(""), false).unwrap();
    let other = BaseUrl::parse("http://provider.example", true).unwrap();
    for bases in [&[&loopback][..], &[&other, &loopback]] {
        let builder = reqwest::Client::builder().proxy(reqwest::Proxy::all(&proxy.url).unwrap());
        let options = HttpOptions::new().with_client_builder(builder);
        let client = HttpClient::new("test", bases, secret(), options).unwrap();
        make_within(&client, &get(&server.url("/a")), None)
            .await
            .unwrap();
    }
    assert_eq!(proxy.visits(), 0);
    assert_eq!(server.requests().len(), 2);
}

/// An adapter that forgets to name one of its hosts finds out before its users do.
#[tokio::test]
async fn a_loopback_host_that_the_client_was_not_told_of_is_not_asked() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let other = BaseUrl::parse("http://provider.example", true).unwrap();
    for bases in [&[][..], &[&other]] {
        let client = HttpClient::new("test", bases, secret(), HttpOptions::new()).unwrap();
        let error = make_within(&client, &get(&server.url("/a")), None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    }
    assert!(server.requests().is_empty());
}
