//! Reads a [`reqwest::Error`]: which fault it is, and what of it may be shown.

use std::error::Error as StdError;
use std::io;

use crate::classify::{BodyFault, Fault, Unreached};

/// Any error, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Which fault it was, before an answer's head came.
pub(crate) fn of(error: &reqwest::Error) -> Fault {
    // Before the timeout: a connect timeout is both.
    if error.is_connect() {
        return Fault::Connect(unreached(error));
    }
    if error.is_timeout() {
        return Fault::TimedOut;
    }
    if error.is_builder() {
        return Fault::Unsendable;
    }
    if let Some(fault) = http2(error) {
        return fault;
    }
    let not_http = chain(error)
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    if not_http {
        Fault::NotHttp
    } else {
        Fault::Broken
    }
}

/// Which fault it was, in the middle of an answer's body.
pub(crate) fn of_body(error: &reqwest::Error) -> BodyFault {
    if error.is_timeout() {
        BodyFault::TimedOut
    } else {
        BodyFault::Broken
    }
}

/// The error as a cause to show: without the URL, and without text of the server's.
pub(crate) fn source(error: reqwest::Error) -> BoxError {
    #[cfg(feature = "http2")]
    if let Some(error) = h2_error(&error) {
        // A GOAWAY's debug data is whatever the server wrote there.
        return match error.reason() {
            Some(reason) => format!("HTTP/2: {reason}").into(),
            None => "HTTP/2 failed".into(),
        };
    }
    error.without_url().into()
}

/// What HTTP/2's own errors prove (RFC 9113, sections 6.8 and 8.7).
#[cfg(feature = "http2")]
fn http2(error: &reqwest::Error) -> Option<Fault> {
    let error = h2_error(error).filter(|error| error.is_remote())?;
    if error.is_go_away() {
        return Some(Fault::GoneAway);
    }
    (error.reason() == Some(h2::Reason::REFUSED_STREAM)).then_some(Fault::Unprocessed)
}

#[cfg(not(feature = "http2"))]
fn http2(_: &reqwest::Error) -> Option<Fault> {
    None
}

#[cfg(feature = "http2")]
fn h2_error(error: &reqwest::Error) -> Option<&h2::Error> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// Why the connection wasn't made; for the words only, so a guess from text will do.
fn unreached(error: &reqwest::Error) -> Unreached {
    if error.is_timeout() {
        return Unreached::TimedOut;
    }
    for cause in chain(error) {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            if let Some(cause) = tls(error) {
                return cause;
            }
            if error.kind() == io::ErrorKind::ConnectionRefused {
                return Unreached::Refused;
            }
        }
        let text = cause.to_string();
        if text.starts_with("dns error") {
            return Unreached::UnknownHost;
        }
        if text.starts_with("tunnel error") {
            return Unreached::Proxy;
        }
    }
    Unreached::Other
}

#[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
fn tls(error: &io::Error) -> Option<Unreached> {
    use rustls::{Error, InvalidMessage};

    // An I/O error that wraps another hides it: its `source` is the other's source.
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref() {
        return tls(error);
    }
    Some(match inner.downcast_ref::<Error>()? {
        Error::InvalidCertificate(_) => Unreached::UntrustedCertificate,
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => Unreached::NotTls,
        _ => Unreached::Tls,
    })
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
fn tls(_: &io::Error) -> Option<Unreached> {
    None
}

/// The error's causes, from the nearest to the root.
fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
