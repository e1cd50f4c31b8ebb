//! Secrets stay out of everything that is shown: errors, their causes, spans, logs.

use std::cell::RefCell;
use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::server::{Act, Server, answer, ok, raw};
use crate::support::{TOKEN, client, get, make, once, post, retrying, secret};

thread_local! {
    /// What any crate has said on this test's thread through `tracing`, and through `log`.
    static TRACED: RefCell<String> = const { RefCell::new(String::new()) };
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Hears everything, at any level. One for the whole process: a subscriber for a
/// thread alone misses spans that other threads came by first.
struct Listener;

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Listener).unwrap();
        log::set_logger(&Listener).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

fn traced() -> String {
    TRACED.with_borrow(Clone::clone)
}

impl Listener {
    fn hear(&self, text: fmt::Arguments<'_>) {
        TRACED.with_borrow_mut(|heard| heard.write_fmt(text).unwrap());
    }
}

impl Visit for Listener {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.hear(format_args!(" {field}={value:?}"));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.hear(format_args!("\n{}", span.metadata().name()));
        span.record(&mut Self);
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Self);
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.hear(format_args!("\n{}", event.metadata().target()));
        event.record(&mut Self);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        LOGGED.with_borrow_mut(|heard| writeln!(heard, "{}", record.args()).unwrap());
    }
    fn flush(&self) {}
}

#[tokio::test]
async fn no_fault_shows_the_credential_or_a_body() {
    listen();
    let leak = r#"{"stream_key":"key-hunter2"}"#;
    let mut shown = String::new();
    for acts in [
        vec![answer("200 OK", "x-key: key-hunter2\r\n", leak)],
        vec![answer("401 x", "www-authenticate: key-hunter2\r\n", leak)],
        vec![answer("500 x", "", leak)],
        vec![answer("302 x", "location: /?key-hunter2\r\n", leak)],
        vec![answer("200 key-hunter2", "", "<html>key-hunter2")],
        vec![raw("key-hunter2"), Act::Close],
        vec![
            raw("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nkey-hunter2"),
            Act::Close,
        ],
        vec![Act::Close],
    ] {
        let mut exchange = vec![Act::Read];
        exchange.extend(acts);
        // As many as there are attempts.
        let server = Server::always([exchange.clone(), exchange.clone(), exchange].concat()).await;
        let url = server.url("/stop?q=key-hunter2");
        for step in [post(&url, Some(leak)), get(&url)] {
            // The rules win over a builder that would log every byte.
            let noisy = reqwest::Client::builder()
                .no_proxy()
                .connection_verbose(true);
            let client = client(retrying().with_client_builder(noisy));
            write!(shown, "{client:?} {:?}", secret()).unwrap();
            let error = match make(&client, &step).await {
                Ok(response) => {
                    write!(shown, "{response:?}").unwrap();
                    response.json::<u8>().unwrap_err()
                }
                Err(error) => error,
            };
            write!(shown, "{error} {error:?} {error:#?}").unwrap();
            let mut cause = error.source();
            while let Some(error) = cause {
                write!(shown, "{error} {error:?}").unwrap();
                cause = error.source();
            }
        }
    }
    for (what, text) in [
        ("errors", shown),
        ("tracing", traced()),
        ("log", LOGGED.with_borrow(Clone::clone)),
    ] {
        assert!(!text.is_empty(), "{what} says nothing");
        assert!(!text.contains("hunter2"), "{what}: {text}");
        assert!(!text.contains(TOKEN), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_span_tells_provider_stream_attempt_status_and_effect() {
    listen();
    let server = Server::answering(answer("503 x", "", ""), 3).await;
    make(&client(retrying()), &get(&server.url("/")))
        .await
        .unwrap_err();
    let text = traced();
    let ours: Vec<_> = text.lines().filter(|l| l.starts_with("livecut")).collect();
    assert_eq!(ours.len(), 3, "a span and two retries: {text}");
    assert!(
        ours[0]
            .starts_with(r#"livecut.call provider="test" stream="s1" purpose="read" method="GET""#)
    );
    for retry in &ours[1..] {
        assert!(
            retry.contains(r#"kind="unavailable" status=503 wait_ms=0"#),
            "{retry}"
        );
    }
    for field in [" attempt=3", " status=503", " effect=stopped: no, cut: no"] {
        assert!(text.contains(field), "{field}: {text}");
    }
}

#[tokio::test]
async fn a_url_with_a_password_is_not_shown() {
    let server = Server::always(vec![Act::Read, ok()]).await;
    let url = format!("http://user:hunter2@{}/", server.address);
    let outcome = format!("{:?}", make(&client(once()), &post(&url, None)).await);
    assert!(!outcome.contains("hunter2"), "{outcome}");
}
