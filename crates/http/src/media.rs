//! A file at an address: what a download needs of HTTP, and nothing of files.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, IF_RANGE, LOCATION, RANGE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use livecut_core::{Certainty, Error, ErrorKind, ErrorResponse, Result};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::base_url::is_loopback;
use crate::classify::{self, Verdict};
use crate::client::{network, user_agent};
use crate::retry::FailedAttempt;
use crate::retry_after::retry_after;
use crate::transport::{Outgoing, Wire};
use crate::witness::Departure;
use crate::{HttpOptions, RetryPolicy, fault};

/// No server needs more to say where a file is.
const MOST_REDIRECTS: usize = 5;

/// Reads what is at one address: a file, which may be too large for a deadline to suit it.
///
/// Of the [options](HttpOptions) the timeout and the body limit have no say: a request, or a piece of a body, may take as long
/// as the idle time-out that is given to [`new`](Self::new), and a body as long as it comes. The rules of every other call hold:
/// `https` alone unless the host is loopback or `http` is allowed, and no proxy to a loopback host.
///
/// Redirects are followed, up to five, for a file is often somewhere else: never from `https` to `http` unless that is
/// allowed, and never to a loopback host from any other. A header of the caller's goes to the address's own
/// scheme, host and port alone, and so do a user name and a password in the address.
pub struct MediaClient {
    wire: Wire,
    first: Url,
    credential: Option<(HeaderName, HeaderValue)>,
    headers: HeaderMap,
    allow_http: bool,
    idle_timeout: Duration,
    retry: RetryPolicy,
}

impl MediaClient {
    /// A client for this address, which sends `header` along to it. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if an option can't work, [`ErrorKind::Unsupported`] for an address that is refused. The
    /// message doesn't quote it.
    pub fn new(
        address: &str,
        header: Option<(&str, &str)>,
        idle_timeout: Duration,
        mut options: HttpOptions,
    ) -> Result<Self> {
        options.check()?;
        let refuse = |why| Err(Error::new(ErrorKind::Unsupported, why));
        let Ok(mut first) = Url::parse(address) else {
            return refuse("the recording's address isn't a URL");
        };
        let allow_http = options.allow_http();
        if let Err(why) = check(&first, allow_http) {
            return refuse(why);
        }
        let credential = match header {
            Some((name, value)) => {
                let name = HeaderName::try_from(name).ok();
                let value = HeaderValue::try_from(value).ok();
                let Some(pair) = name.zip(value) else {
                    return refuse("what the recording's address asks for can't be a header");
                };
                Some(pair)
            }
            None => basic(&first),
        };
        without_user_info(&mut first);
        let credential = credential.map(|(name, mut value)| {
            value.set_sensitive(true);
            (name, value)
        });
        let wire = match options.take_transport() {
            Some(transport) => Wire::Memory(transport),
            None => {
                let mut builder = options.take_client_builder().unwrap_or_default();
                if is_loopback(&first) {
                    builder = builder.no_proxy();
                }
                Wire::Network(network(builder, &options)?)
            }
        };
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        // A part of what is packed is no part of the file.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, user_agent(&options)?);
        Ok(Self {
            wire,
            first,
            credential,
            headers,
            allow_http,
            idle_timeout,
            retry: options.retry().clone(),
        })
    }

    /// Asks for the file: all of it, or what follows so many bytes, if it is still the one that has this validator (what
    /// `If-Range` takes). Gives the answer, whatever its status, once its head has come.
    ///
    /// # Errors
    /// If there is no answer, or a redirect that isn't followed. None has an effect.
    pub async fn get(&self, after: Option<(u64, &str)>) -> Result<Media> {
        let mut url = self.first.clone();
        let mut headers = self.headers.clone();
        if let Some((name, value)) = &self.credential {
            headers.insert(name.clone(), value.clone());
        }
        if let Some((count, validator)) = after {
            let range = HeaderValue::try_from(format!("bytes={count}-"));
            let validator = HeaderValue::try_from(validator);
            if let (Ok(range), Ok(validator)) = (range, validator) {
                headers.insert(RANGE, range);
                headers.insert(IF_RANGE, validator);
            }
        }
        for _ in 0..=MOST_REDIRECTS {
            let host = url.host_str().unwrap_or_default().to_owned();
            let media = self.send(url.clone(), &headers, host).await?;
            if !matches!(media.status(), 301 | 302 | 303 | 307 | 308) {
                return Ok(media);
            }
            let location = media.header(LOCATION.as_str());
            let Some(mut next) = location.and_then(|to| url.join(to).ok()) else {
                return Err(media.error("the server redirects, and doesn't say where to"));
            };
            let is_downgrade = url.scheme() == "https" && next.scheme() != "https";
            if let Err(why) = check(&next, self.allow_http && !is_downgrade) {
                return Err(media.error(&format!(
                    "the server redirects, which isn't followed: {why}"
                )));
            }
            if is_loopback(&next) && !is_loopback(&url) {
                return Err(
                    media.error("the server redirects to a loopback host, which isn't followed")
                );
            }
            without_user_info(&mut next);
            // Whoever is told of it once may send it back, with a word of its own.
            if next.origin() != self.first.origin()
                && let Some((name, _)) = &self.credential
            {
                headers.remove(name);
            }
            url = next;
        }
        Err(Error::new(
            ErrorKind::UnexpectedResponse,
            format!("the server redirects more than {MOST_REDIRECTS} times"),
        ))
    }

    async fn send(&self, url: Url, headers: &HeaderMap, host: String) -> Result<Media> {
        let request = Outgoing {
            method: Method::GET,
            url,
            headers,
            first_bytes: None,
            body: None,
        };
        let idle_timeout = self.idle_timeout;
        let sent = tokio::time::timeout(idle_timeout, self.wire.send(request)).await;
        match sent {
            Ok(Ok(incoming)) => Ok(Media {
                incoming,
                idle_timeout,
                host,
            }),
            Ok(Err(error)) => {
                let verdict = classify::fault(error.fault, Departure::Possible);
                Err(failed(&verdict, &host).with_source(error.source))
            }
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("{host} hasn't answered for {idle_timeout:?}"),
            )),
        }
    }

    /// How long to wait before the file is asked for again, after so many failures in a row, this one included. `None`: it
    /// isn't, for it would fail again, or has failed often enough.
    pub fn wait(&self, error: &Error, failures: u32) -> Option<Duration> {
        let failed = FailedAttempt {
            attempt: failures,
            rate_limited: false,
            repeatable: true,
            applied: Certainty::No,
            passing: matches!(
                error.kind(),
                ErrorKind::Connect
                    | ErrorKind::Timeout
                    | ErrorKind::Interrupted
                    | ErrorKind::RateLimited
                    | ErrorKind::Unavailable
            ),
            retry_after: error.retry_after(),
        };
        self.retry
            .wait(&failed, Duration::MAX, |most| fastrand::u64(0..=most))
    }
}

impl fmt::Debug for MediaClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaClient")
            .field("host", &self.first.host_str())
            .field("idle_timeout", &self.idle_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// An answer of which the head has come.
pub struct Media {
    incoming: reqwest::Response,
    idle_timeout: Duration,
    host: String,
}

impl Media {
    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        self.incoming.status().as_u16()
    }

    /// A header's value, if there is one that can be read, and only one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.incoming.headers().get_all(name).iter();
        let first = values.next()?;
        match values.next() {
            None => first.to_str().ok(),
            Some(_) => None,
        }
    }

    /// Whether the end of the body shows that nothing is missing, although no length was told: not so in HTTP/1.0, where a
    /// connection that breaks looks the same.
    pub fn has_end(&self) -> bool {
        self.incoming.version() > Version::HTTP_11
            || self
                .header("transfer-encoding")
                .is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"))
    }

    /// The next piece of the body; `None`: that was all.
    ///
    /// # Errors
    /// If the connection breaks, or nothing comes for the idle time-out. None has an effect.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        match tokio::time::timeout(self.idle_timeout, self.incoming.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => {
                let verdict = classify::success_body(fault::of_body(&error));
                Err(failed(&verdict, &self.host).with_source(fault::source(error)))
            }
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "{} has sent nothing of the file for {:?}",
                    self.host, self.idle_timeout
                ),
            )),
        }
    }

    /// What an answer means that isn't the file.
    pub fn refusal(&self) -> Error {
        let status = self.status();
        let host = &self.host;
        let error = match status {
            200..=299 => self.error("the answer isn't the file"),
            401 | 403 => self.of_kind(
                ErrorKind::Unauthorized,
                format!(
                    "{host} refuses the recording's address ({status}): a signed one may have expired"
                ),
            ),
            404 | 410 => self.of_kind(
                ErrorKind::NotFound,
                format!("{host} has nothing at the recording's address ({status})"),
            ),
            _ => {
                let Verdict { kind, .. } = classify::status(status);
                self.of_kind(kind, format!("{host} doesn't give the recording ({status})"))
            }
        };
        match retry_after(self.incoming.headers(), SystemTime::now()) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }

    /// An answer that isn't as HTTP has it.
    pub fn error(&self, what: &str) -> Error {
        self.of_kind(
            ErrorKind::UnexpectedResponse,
            format!("{}: {what}", self.host),
        )
    }

    fn of_kind(&self, kind: ErrorKind, message: String) -> Error {
        Error::new(kind, message).with_response(ErrorResponse::new(self.status()))
    }
}

/// Without the address and the headers, which may hold a token.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("host", &self.host)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// The cause says more, and what the API's calls would advise doesn't fit.
fn failed(verdict: &Verdict, host: &str) -> Error {
    let message = match verdict.kind {
        ErrorKind::Connect => format!("{host} can't be reached"),
        ErrorKind::Interrupted => format!("the connection to {host} broke"),
        _ => format!("{host}: {}", verdict.message),
    };
    Error::new(verdict.kind, message)
}

fn check(url: &Url, allow_http: bool) -> Result<(), &'static str> {
    match url.scheme() {
        "https" if crate::HAS_TLS => Ok(()),
        "https" => Err(
            "https needs TLS, which isn't compiled in: enable the feature `rustls` \
                 (or `rustls-no-provider`)",
        ),
        "http" if allow_http || is_loopback(url) => Ok(()),
        "http" => Err(
            "the recording's address is one of http, which anybody on the way can read and change \
                 (allow http explicitly if that is meant)",
        ),
        _ => Err("the recording's address is neither one of https nor of http"),
    }
}

/// What a user name and a password in an address ask for.
fn basic(url: &Url) -> Option<(HeaderName, HeaderValue)> {
    let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let (user, password) = (url.username(), url.password());
    if user.is_empty() && password.is_none() {
        return None;
    }
    let pair = [decoded(user), decoded(password.unwrap_or_default())].join(&b':');
    let value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
    Some((AUTHORIZATION, value.ok()?))
}

fn without_user_info(url: &mut Url) {
    // Only an address without a host refuses it, and those aren't taken.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}
