//! Nothing goes to another host than the one that the user chose, whatever an answer says and
//! however the caller's own client is set.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use livecut_sim::NextAnswer;
use livecut_tests::kits::KITS;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::adapters::{Operation, TENANT, once, script, simulator, stopper, watched};
use crate::{marks, witness};

/// A host that nobody has any business with. It counts who comes.
struct Elsewhere {
    url: String,
    visits: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Elsewhere {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            visits,
            server: tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            }),
        }
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A client set as carelessly as can be: it follows redirects, writes down what it sends, and sends all through a proxy.
fn careless(proxy: &str) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(proxy).unwrap())
        .redirect(reqwest::redirect::Policy::limited(10))
        .referer(true)
        .connection_verbose(true)
}

#[tokio::test]
async fn no_answer_sends_a_request_elsewhere() {
    witness::listen();
    let simulator = simulator().await;
    let elsewhere = Elsewhere::start().await;
    let at = &elsewhere.url;
    let authority = at.trim_start_matches("http://");
    let places = [
        at.clone(),
        format!("{at}/api/v1/{TENANT}/assets/4711/"),
        at.trim_start_matches("http:").to_owned(),
    ];
    let at_providers = KITS.iter().map(|kit| format!("/{}/elsewhere", kit.name));
    let places: Vec<_> = places.into_iter().chain(at_providers).collect();
    let mut calls = 0;
    for kit in KITS {
        for options in [once(), once().with_client_builder(careless(&elsewhere.url))] {
            let base = kit.simulated(&simulator).base_url();
            let stopper = stopper(kit, TENANT, &base, options).unwrap();
            for status in [200, 201, 300, 301, 302, 303, 305, 307, 308, 401, 503] {
                for place in &places {
                    for operation in Operation::ALL {
                        let answer = NextAnswer::status(status)
                            .with_header("location", place)
                            .with_header("content-location", place)
                            .with_header("refresh", format!("0; url={place}"))
                            .with_header("link", format!("<{place}>; rel=\"alternate\""))
                            .with_header("alt-svc", format!("http/1.1=\"{authority}\"; ma=3600"));
                        script(&simulator, kit, answer);
                        let what = format!("{status} to {place}");
                        let (failed, _) = watched(&what, kit, &*stopper, operation).await;
                        assert!(failed, "{what}: there is no body");
                        calls += 1;
                    }
                }
            }
        }
        // Each call ended with its first answer, also where that points to this server.
        assert_eq!(simulator.requests().len(), calls, "{}", kit.name);
    }
    assert_eq!(elsewhere.visits.load(Ordering::SeqCst), 0);
    witness::assert_nothing_was_logged(&[]);
}

#[tokio::test]
async fn the_credential_is_in_its_header_and_nowhere_else_in_a_request() {
    witness::listen();
    let simulator = simulator().await;
    for kit in KITS {
        let base = kit.simulated(&simulator).base_url();
        let stopper = stopper(kit, TENANT, &base, once()).unwrap();
        for operation in Operation::ALL {
            watched("plain", kit, &*stopper, operation).await;
        }
    }
    let requests = simulator.requests();
    assert!(requests.len() >= 8);
    for request in requests {
        let mut marked = Vec::new();
        for (name, value) in &request.headers {
            if marks::find(&String::from_utf8_lossy(value)).is_some() {
                marked.push(name.as_str());
            }
        }
        let provider = request.provider.and_then(|name| simulator.provider(name));
        let header = provider.unwrap().credential_header();
        assert_eq!(marked, [header], "{request:?}");
        assert_eq!(marks::find(&request.target), None);
        assert_eq!(marks::find(&String::from_utf8_lossy(&request.body)), None);
    }
}
