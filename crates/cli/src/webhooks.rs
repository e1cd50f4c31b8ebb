//! A small server that takes deliveries of webhooks, and what comes of each.
//!
//! It is for trying out an integration: a delivery is a connection, of which there are few
//! at a time, and nothing of a delivery is answered or printed but what the receiver makes
//! of it.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ALLOW, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use livecut::RecordingEvent;
use livecut::webhook::{Delivery, WebhookReceiver};
use percent_encoding::percent_decode_str;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The largest body that is read: far more than any documented event has.
const BODY_LIMIT: usize = 1 << 20;
/// What senders are held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long a sender has for its headers, and again for its body.
    patience: Duration,
    /// How many senders are served at a time; the others wait.
    connections: usize,
    /// How long deliveries that are under way have to end, once the program is asked to.
    grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(10),
            connections: 64,
            grace: Duration::from_secs(2),
        }
    }
}

/// Where what was heard goes. It never holds a sender.
#[derive(Debug, Clone)]
pub(crate) struct Tell {
    to: mpsc::Sender<Heard>,
    missed: Arc<AtomicU64>,
}

impl Tell {
    /// For so many that nobody has taken yet. Of more only the number is known.
    pub(crate) fn at_most(many: usize) -> (Self, mpsc::Receiver<Heard>, Arc<AtomicU64>) {
        let (to, heard) = mpsc::channel(many);
        let missed = Arc::<AtomicU64>::default();
        let tell = Self {
            to,
            missed: Arc::clone(&missed),
        };
        (tell, heard, missed)
    }

    /// Tells it, and gives the status to answer with. What there is no room for isn't accepted, so
    /// that the provider sends it again.
    fn tell(&self, heard: Heard) -> StatusCode {
        let status = heard.status();
        match self.to.try_send(heard) {
            Err(TrySendError::Full(heard)) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                match heard {
                    Heard::Event(_) => StatusCode::SERVICE_UNAVAILABLE,
                    Heard::Refused(..) => status,
                }
            }
            // Where nobody listens any more, the program is about to end.
            Err(TrySendError::Closed(_)) | Ok(()) => status,
        }
    }
}

/// How long to wait after a failed `accept`, which mostly means that the process is out of
/// file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What came of one request.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An authentic webhook.
    Event(Box<RecordingEvent>),
    /// It was refused, with this status, and why.
    Refused(StatusCode, String),
}

impl Heard {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Event(_) => StatusCode::NO_CONTENT,
            Self::Refused(status, _) => *status,
        }
    }
}

/// Serves until `end`, telling what came of each request, then lets what is under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    receiver: Arc<dyn WebhookReceiver>,
    tell: Tell,
    limits: Limits,
    end: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let mut end = pin!(end);
    loop {
        let next = async {
            // It is never closed.
            let place = Arc::clone(&free).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut end => break,
            next = next => next,
        };
        let Ok((socket, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let connection = graceful.watch(connection(
            socket,
            Arc::clone(&receiver),
            tell.clone(),
            limits.patience,
        ));
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            // How a connection ends is the sender's affair.
            drop(connection.await);
            drop(place);
        });
    }
    drop(listener);
    // Whoever isn't done by then is cut off, with the set.
    drop(timeout(limits.grace, graceful.shutdown()).await);
}

fn connection(
    socket: TcpStream,
    receiver: Arc<dyn WebhookReceiver>,
    tell: Tell,
    patience: Duration,
) -> impl hyper_util::server::graceful::GracefulConnection {
    let service = service_fn(move |request| {
        let (receiver, tell) = (Arc::clone(&receiver), tell.clone());
        async move {
            let heard = hear(&*receiver, request, patience).await;
            Ok::<_, Infallible>(answer(tell.tell(heard)))
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), service)
}

async fn hear(
    receiver: &dyn WebhookReceiver,
    request: Request<Incoming>,
    patience: Duration,
) -> Heard {
    let refused = |status, why: &str| Heard::Refused(status, why.to_owned());
    if request.method() != Method::POST {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "it isn't a POST");
    }
    let too_large = || {
        refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "its body is larger than 1 MiB",
        )
    };
    // What says so itself isn't waited for.
    if !usize::try_from(request.body().size_hint().lower()).is_ok_and(|size| size <= BODY_LIMIT) {
        return too_large();
    }
    let (parts, body) = request.into_parts();
    let body = match timeout(patience, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return too_large(),
        Ok(Err(_)) => return refused(StatusCode::BAD_REQUEST, "its body broke off"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "its body didn't come in time"),
    };
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    let secret = url_secret(parts.uri.path());
    let mut delivery = Delivery::new(headers, &body);
    if let Some(secret) = &secret {
        delivery = delivery.with_url_secret(secret);
    }
    match receiver.verify_and_parse(&delivery) {
        Ok(event) => Heard::Event(Box::new(event)),
        Err(error) => {
            let status = StatusCode::from_u16(error.http_status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Heard::Refused(status, error.to_string())
        }
    }
}

/// The status alone: why a delivery is refused is nothing for whoever may have forged it.
fn answer(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("POST");
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// The secret that a URL's path can hold: its last segment, percent-decoded.
pub(crate) fn url_secret(path: &str) -> Option<String> {
    let (_, segment) = path.rsplit_once('/')?;
    let secret = percent_decode_str(segment).decode_utf8().ok()?;
    (!secret.is_empty()).then(|| secret.into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use livecut::webhook::WebhookError;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Accepts nothing, which is all that these tests need.
    #[derive(Debug)]
    struct Nobody;

    impl WebhookReceiver for Nobody {
        fn provider(&self) -> &'static str {
            "nobody"
        }

        fn verify_and_parse(&self, _: &Delivery<'_>) -> Result<RecordingEvent, WebhookError> {
            Err(WebhookError::Unauthenticated("it never is"))
        }
    }

    const DELIVERY: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";

    /// Serves until it is dropped.
    async fn serving(patience: Duration, connections: usize) -> (SocketAddr, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits {
            patience,
            connections,
            grace: Duration::ZERO,
        };
        let (tell, heard, _) = Tell::at_most(64);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let _heard = heard;
            serve(
                listener,
                Arc::new(Nobody),
                tell,
                limits,
                std::future::pending(),
            )
            .await;
        });
        (address, serving)
    }

    async fn sent(to: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(to).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        socket
    }

    /// What comes until the server closes, within less than any timeout of hyper's own.
    async fn answer_to(socket: &mut TcpStream) -> String {
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(8), socket.read_to_end(&mut answer)).await;
        drop(read.expect("it closes in time"));
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn a_sender_that_never_ends_its_headers_or_its_body_is_not_waited_for() {
        let (address, _serving) = serving(Duration::from_millis(100), 64).await;
        let mut headers = sent(address, b"POST / HTTP/1.1\r\nhost:").await;
        assert!(!answer_to(&mut headers).await.contains(" 204 "));
        let mut body = sent(address, &DELIVERY[..DELIVERY.len() - 1]).await;
        let answer = answer_to(&mut body).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }

    #[tokio::test]
    async fn a_connection_has_one_delivery() {
        let (address, _serving) = serving(Duration::from_secs(60), 64).await;
        let mut socket = sent(address, &DELIVERY.repeat(2)).await;
        let answer = answer_to(&mut socket).await;
        assert_eq!(answer.matches("HTTP/1.1 401 ").count(), 1, "{answer}");
        let answer = answer.to_ascii_lowercase();
        assert!(answer.contains("connection: close"), "{answer}");
    }

    #[tokio::test]
    async fn no_more_senders_are_served_at_once_than_may_be() {
        let (address, _serving) = serving(Duration::from_secs(60), 1).await;
        let mut first = sent(address, &DELIVERY[..DELIVERY.len() - 1]).await;
        let mut second = sent(address, DELIVERY).await;
        let early = timeout(Duration::from_millis(300), second.readable()).await;
        assert!(early.is_err(), "it is served beside the first");
        first
            .write_all(&DELIVERY[DELIVERY.len() - 1..])
            .await
            .unwrap();
        for socket in [&mut first, &mut second] {
            assert!(answer_to(socket).await.starts_with("HTTP/1.1 401 "));
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_not_accepted() {
        let (tell, _heard, missed) = Tell::at_most(1);
        let event = RecordingEvent::new("nobody", livecut::EventState::Other, "x");
        let event = || Heard::Event(Box::new(event.clone()));
        let refused = || Heard::Refused(StatusCode::UNAUTHORIZED, "no".to_owned());
        assert_eq!(tell.tell(event()), StatusCode::NO_CONTENT);
        assert_eq!(tell.tell(event()), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(tell.tell(refused()), StatusCode::UNAUTHORIZED);
        assert_eq!(missed.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn the_secret_in_a_url_is_the_last_segment_of_its_path() {
        let secret = |path| url_secret(path);
        assert_eq!(secret("/hooks/s3cret").as_deref(), Some("s3cret"));
        assert_eq!(secret("/s%2Fcr%20et").as_deref(), Some("s/cr et"));
        assert_eq!(secret("/"), None);
        assert_eq!(secret("/hooks/"), None);
        assert_eq!(secret("*"), None);
        assert_eq!(secret("/%ff"), None);
    }
}
