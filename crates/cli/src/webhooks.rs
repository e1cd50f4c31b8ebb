//! A small server that takes deliveries of webhooks, and what comes of each.
//!
//! It is for trying out an integration: a delivery is a connection, of which there are few
//! at a time, and nothing of a delivery is answered or printed but what the receiver makes
//! of it.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
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
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The largest body that is read: far more than any documented event has.
const BODY_LIMIT: usize = 1 << 20;
/// How long a sender has for its headers, and again for its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many senders are served at a time; the others wait.
const CONNECTIONS: usize = 64;
/// How long deliveries that are under way have to end, once the program is asked to.
const GRACE: Duration = Duration::from_secs(2);
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

/// Serves until `end`, telling what came of each request, then lets what is under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    receiver: Arc<dyn WebhookReceiver>,
    tell: mpsc::Sender<Heard>,
    end: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(CONNECTIONS));
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
        let connection = graceful.watch(connection(socket, Arc::clone(&receiver), tell.clone()));
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            // How a connection ends is the sender's affair.
            drop(connection.await);
            drop(place);
        });
    }
    drop(listener);
    // Whoever isn't done by then is cut off, with the set.
    drop(timeout(GRACE, graceful.shutdown()).await);
}

fn connection(
    socket: TcpStream,
    receiver: Arc<dyn WebhookReceiver>,
    tell: mpsc::Sender<Heard>,
) -> impl hyper_util::server::graceful::GracefulConnection {
    let service = service_fn(move |request| {
        let (receiver, tell) = (Arc::clone(&receiver), tell.clone());
        async move {
            let heard = hear(&*receiver, request).await;
            let answer = answer(&heard);
            // Where nobody listens any more, the program is about to end.
            drop(tell.send(heard).await);
            Ok::<_, Infallible>(answer)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), service)
}

async fn hear(receiver: &dyn WebhookReceiver, request: Request<Incoming>) -> Heard {
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
    let body = match timeout(PATIENCE, Limited::new(body, BODY_LIMIT).collect()).await {
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
fn answer(heard: &Heard) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = match heard {
        Heard::Event(_) => StatusCode::NO_CONTENT,
        Heard::Refused(status, _) => *status,
    };
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
    use super::*;

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
