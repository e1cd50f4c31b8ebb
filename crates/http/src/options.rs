use std::fmt;
use std::time::Duration;

use livecut_core::{Error, ErrorKind, Result};

use crate::{RetryPolicy, Transport};

/// How an adapter's HTTP client behaves. Every adapter takes one in its
/// configuration; the defaults suit production.
///
/// # Proxies
/// To a loopback host (127.0.0.0/8, `::1`, `localhost`) no request ever goes through a proxy, whatever the environment and
/// [`with_client_builder`](Self::with_client_builder) say. If an adapter has several base URLs and one of them is of a
/// loopback host, its requests to the others don't either.
///
/// To other hosts the environment is heeded, unless the client builder has a proxy or `no_proxy()`:
///
/// | variable (or in lower case, if the first isn't set) | |
/// | --- | --- |
/// | `HTTPS_PROXY` | for `https` |
/// | `HTTP_PROXY` | for `http`; not where `REQUEST_METHOD` is set, as in a CGI program |
/// | `ALL_PROXY` | for both, where there is no more specific one |
/// | `NO_PROXY` | hosts, domains and networks that are reached directly, separated by commas; `*` for all |
///
/// Through a proxy `https` is tunnelled, so the proxy doesn't see the credential; `http`, where it is
/// [allowed](Self::with_allow_http), shows it. The settings of macOS and Windows aren't read.
///
/// It isn't `Clone`, since a [`reqwest::ClientBuilder`] isn't.
///
/// ```
/// use std::time::Duration;
/// use livecut_http::{HttpOptions, RetryPolicy};
///
/// let options = HttpOptions::new()
///     .with_timeout(Duration::from_secs(10))
///     .with_retry(RetryPolicy::none());
/// assert!(!options.allow_http());
/// ```
#[non_exhaustive]
#[must_use]
pub struct HttpOptions {
    timeout: Duration,
    connect_timeout: Duration,
    retry: RetryPolicy,
    body_limit: usize,
    allow_http: bool,
    client_builder: Option<reqwest::ClientBuilder>,
    transport: Option<Box<dyn Transport>>,
    user_agent_suffix: Option<String>,
}

impl HttpOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            retry: RetryPolicy::default(),
            body_limit: 1024 * 1024,
            allow_http: false,
            client_builder: None,
            transport: None,
            user_agent_suffix: None,
        }
    }

    /// The longest that one operation may take in all: every call, every attempt
    /// and the waiting between them, connecting, and reading the answers
    /// (default: 30 s). A request can set its own.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest that making one connection may take, TLS included (default: 5 s).
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// When a request is sent again (default: [`RetryPolicy::default`]).
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The most bytes that are kept of an answer's body (default: 1 MiB). A
    /// success whose body is larger is an error with an unknown effect; an
    /// error's body is cut there.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Allows `http` base URLs also for hosts that aren't loopback (default:
    /// `false`). The credential then goes over the wire in the clear.
    pub fn with_allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// The builder of the HTTP client, for what isn't here: a proxy, a CA, DNS.
    ///
    /// These rules are then set on it, whatever it says: no proxy [to a loopback host](Self#proxies), no redirects, no retries
    /// of its own, no `Referer`, no verbose logging of connections, no
    /// decompression, the [connect timeout](Self::with_connect_timeout), and
    /// HTTP/1.1 alone unless the feature `http2` is on. `Authorization`, `Accept`,
    /// `Content-Type` and `User-Agent` are set on each request and win over its default headers.
    pub fn with_client_builder(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.client_builder = Some(builder);
        self
    }

    /// Sends requests through this instead of the network, for tests of an adapter in
    /// memory. All else is as ever; what concerns connections (the connect timeout,
    /// the client builder) has no effect.
    pub fn with_transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Words that follow `livecut/VERSION` in the `User-Agent`, such as
    /// `my-app/1.2` (default: none).
    pub fn with_user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Whether `http` is allowed for hosts that aren't loopback; what
    /// [`BaseUrl::parse`](crate::BaseUrl::parse) has to be told.
    pub fn allow_http(&self) -> bool {
        self.allow_http
    }

    /// The longest that one operation may take in all.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The longest that making one connection may take.
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// When a request is sent again.
    pub fn retry(&self) -> &RetryPolicy {
        &self.retry
    }

    /// The most bytes that are kept of an answer's body.
    pub fn body_limit(&self) -> usize {
        self.body_limit
    }

    pub(crate) fn take_client_builder(&mut self) -> Option<reqwest::ClientBuilder> {
        self.client_builder.take()
    }

    pub(crate) fn take_transport(&mut self) -> Option<Box<dyn Transport>> {
        self.transport.take()
    }

    pub(crate) fn user_agent_suffix(&self) -> Option<&str> {
        self.user_agent_suffix.as_deref()
    }

    /// Refuses what can't work.
    pub(crate) fn check(&self) -> Result<()> {
        let fault = if self.timeout.is_zero() {
            "the timeout must be longer than zero"
        } else if self.connect_timeout.is_zero() {
            "the connect timeout must be longer than zero"
        } else if self.body_limit == 0 {
            "the body limit must be at least one byte"
        } else {
            return self.retry.check();
        };
        Err(Error::new(ErrorKind::Configuration, fault))
    }
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpOptions {
    /// Without the client builder, whose proxy may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retry", &self.retry)
            .field("body_limit", &self.body_limit)
            .field("allow_http", &self.allow_http)
            .field("client_builder", &self.client_builder.is_some())
            .field("transport", &self.transport)
            .field("user_agent_suffix", &self.user_agent_suffix)
            .finish()
    }
}
