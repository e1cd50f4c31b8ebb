//! What sends a request: a real client, or one in memory for tests.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderValue, RANGE};

use crate::RequestBody;
use crate::classify::{Fault, Unreached};
use crate::fault::{self, BoxError};

/// The body of an answer, as a [`Transport`] gives it.
pub type ResponseBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send + Sync>>;

/// What [`Transport::send`] returns.
pub type Sending =
    Pin<Box<dyn Future<Output = Result<http::Response<ResponseBody>, TransportError>> + Send>>;

/// What sends requests in place of the network, in tests: over memory, a paused
/// clock of tokio's tells the truth, and over sockets it doesn't.
///
/// What a failed request may have done is read off its [`RequestBody`]: dropped
/// untouched, the request never left.
///
/// ```
/// use std::time::SystemTime;
/// use http_body::Body as _;
/// use livecut_http::{Sending, RequestBody, ResponseBody, Transport, TransportError};
///
/// /// Takes every request, and then the line is dead.
/// #[derive(Debug)]
/// struct Dead;
///
/// impl Transport for Dead {
///     fn send(&self, request: http::Request<RequestBody>) -> Sending {
///         Box::pin(async move {
///             request.body().is_end_stream(); // Its head is on the way.
///             Err(TransportError::interrupted("the line is dead"))
///         })
///     }
///
///     fn now(&self) -> SystemTime {
///         SystemTime::UNIX_EPOCH
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends one request and returns the head of its answer.
    fn send(&self, request: http::Request<RequestBody>) -> Sending;

    /// The time of day, for dates in `Retry-After`.
    fn now(&self) -> SystemTime;
}

/// Why a [`Transport`] has no answer.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) fault: Fault,
    pub(crate) source: BoxError,
}

impl TransportError {
    /// No connection could be made.
    pub fn connect(source: impl Into<BoxError>) -> Self {
        Self {
            fault: Fault::Connect(Unreached::Other),
            source: source.into(),
        }
    }

    /// The connection broke before there was an answer.
    pub fn interrupted(source: impl Into<BoxError>) -> Self {
        Self {
            fault: Fault::Broken,
            source: source.into(),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            Fault::Connect(_) => "no connection could be made",
            _ => "the connection broke",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// One request, ready to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: http::Method,
    pub(crate) url: url::Url,
    pub(crate) headers: &'a HeaderMap,
    /// How many bytes of the answer are asked for; `None`: all.
    pub(crate) first_bytes: Option<u32>,
    /// `None`: a request that can't have a body.
    pub(crate) body: Option<RequestBody>,
}

impl Outgoing<'_> {
    fn headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(last) = self.first_bytes.and_then(|count| count.checked_sub(1)) {
            // Digits and ASCII: it is a value.
            if let Ok(range) = HeaderValue::from_str(&format!("bytes=0-{last}")) {
                headers.insert(RANGE, range);
            }
        }
        headers
    }

    fn into_reqwest(self) -> reqwest::Request {
        let headers = self.headers();
        let mut request = reqwest::Request::new(self.method, self.url);
        *request.headers_mut() = headers;
        *request.body_mut() = self.body.map(reqwest::Body::wrap);
        request
    }

    fn into_http(self) -> Result<http::Request<RequestBody>, TransportError> {
        let uri = self.url.as_str().parse();
        let uri = uri.map_err(|error: http::uri::InvalidUri| TransportError {
            fault: Fault::Unsendable,
            source: error.into(),
        })?;
        let headers = self.headers();
        let body = self
            .body
            .unwrap_or_else(|| RequestBody::new(Bytes::new()).0);
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// The way out of the process.
#[derive(Debug)]
pub(crate) enum Wire {
    Network(reqwest::Client),
    Memory(Box<dyn Transport>),
}

impl Wire {
    pub(crate) fn now(&self) -> SystemTime {
        match self {
            Self::Network(_) => SystemTime::now(),
            Self::Memory(transport) => transport.now(),
        }
    }

    /// Sends a request. Where the future fails or is dropped, its body's witness tells
    /// how far the request got.
    // Not an `async fn`, which would keep the parts of the request until the answer comes.
    pub(crate) fn send(
        &self,
        request: Outgoing<'_>,
    ) -> impl Future<Output = Result<reqwest::Response, TransportError>> + use<> {
        let sending = match self {
            Self::Network(client) => Way::Network(client.execute(request.into_reqwest())),
            Self::Memory(transport) => Way::Memory(request.into_http().map(|r| transport.send(r))),
        };
        async {
            match sending {
                Way::Network(sending) => sending.await.map_err(|error| TransportError {
                    fault: fault::of(&error),
                    source: fault::source(error),
                }),
                Way::Memory(sending) => {
                    let response = sending?.await?;
                    Ok(response.map(reqwest::Body::wrap).into())
                }
            }
        }
    }
}

/// A request on its way out of the process.
enum Way<N> {
    Network(N),
    Memory(Result<Sending, TransportError>),
}
