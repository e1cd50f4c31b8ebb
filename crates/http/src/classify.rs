//! From what happened to what it means: the one place where a fault becomes a
//! kind, a certainty and words. Pure, and tested as a table.

use std::borrow::Cow;

use livecut_core::{Certainty, ErrorKind};

use crate::witness::Departure;

/// What a failed request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: ErrorKind,
    /// Whether this very request was applied: no, or unknown.
    pub(crate) applied: Certainty,
    /// The cause may pass by itself, so asking again makes sense.
    pub(crate) passing: bool,
    /// A clause for a person.
    pub(crate) message: Cow<'static, str>,
}

impl Verdict {
    fn new(kind: ErrorKind, applied: Certainty, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            applied,
            passing: false,
            message: message.into(),
        }
    }

    fn passing_if(self, passing: bool) -> Self {
        Self { passing, ..self }
    }
}

/// What a step that can't be sent means: an adapter's mistake.
pub(crate) fn internal(message: &'static str) -> Verdict {
    Verdict::new(ErrorKind::Internal, Certainty::No, message)
}

/// The pace has no turn for the request in time, so it isn't sent.
pub(crate) fn no_turn() -> Verdict {
    let message =
        "the provider's rate left no turn for the call within the deadline, so it wasn't sent";
    Verdict::new(ErrorKind::RateLimited, Certainty::No, message)
}

/// What an answer with a status outside 200 to 299 means.
///
/// That a server which refuses a request didn't apply it is an assumption: the
/// one that HTTP's own words for these statuses make (RFC 9110, section 15).
pub(crate) fn status(status: u16) -> Verdict {
    use Certainty::{No, Unknown};
    use ErrorKind as Kind;

    let (kind, applied) = match status {
        307 | 308 => (Kind::UnexpectedResponse, No),
        401 | 403 => (Kind::Unauthorized, No),
        404 | 410 => (Kind::NotFound, No),
        408 => (Kind::Unavailable, Unknown),
        409 => (Kind::Conflict, Unknown),
        429 => (Kind::RateLimited, No),
        // Registered with IANA: each says that the request as it is was refused.
        400 | 402 | 405..=407 | 411..=417 | 421..=426 | 428 | 431 | 451 => (Kind::Rejected, No),
        // 418 and what nobody registered: whoever sends it follows rules of their own.
        400..=499 => (Kind::Rejected, Unknown),
        500..=599 => (Kind::Unavailable, Unknown),
        _ => (Kind::UnexpectedResponse, Unknown),
    };
    Verdict::new(kind, applied, status_words(status, applied))
        .passing_if(matches!(status, 408 | 429 | 500 | 502..=504))
}

fn status_words(status: u16, applied: Certainty) -> Cow<'static, str> {
    Cow::Borrowed(match status {
        400 => "the provider calls the request invalid (400)",
        401 => {
            "the provider doesn't accept the credential (401): check that it is right and hasn't \
             expired"
        }
        403 => {
            "the provider forbids this to the credential (403): check its permissions and the account"
        }
        404 => "the provider doesn't know it (404): check the id, the account and the base URL",
        405 => "the provider has no such operation there (405): check the base URL",
        407 => "a proxy asks for its credentials (407): check the proxy's settings",
        408 => "the provider gave up waiting for the request (408)",
        409 => {
            "the provider refuses because of the state things are in (409): check the stream's status"
        }
        410 => "the provider says that it is gone (410)",
        411 => "the server misses the request's length (411): does a proxy remove Content-Length?",
        421 => "the server isn't the one for this host (421): check the base URL and the proxy",
        429 => "the provider got too many requests (429): slow down",
        _ => {
            return Cow::Owned(match status {
                300..=399 => format!(
                    "the provider redirects elsewhere ({status}), which isn't followed: check the \
                     base URL (http for https?)"
                ),
                400..=499 if applied == Certainty::No => {
                    format!("the provider refuses the request ({status})")
                }
                400..=499 => format!(
                    "the provider answers with a status that HTTP doesn't define ({status})"
                ),
                500..=599 => format!("the provider failed ({status})"),
                _ => format!("the provider answers with an unexpected status ({status})"),
            });
        }
    })
}

/// Why no connection could be made.
#[cfg_attr(
    not(any(test, feature = "rustls", feature = "rustls-no-provider")),
    expect(dead_code, reason = "without TLS its failures don't occur")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreached {
    UnknownHost,
    Refused,
    TimedOut,
    UntrustedCertificate,
    NotTls,
    Tls,
    Proxy,
    Other,
}

/// What went wrong before there was a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No connection was made.
    Connect(Unreached),
    /// Time ran out.
    TimedOut,
    /// The connection broke.
    Broken,
    /// HTTP/2: the server says that it didn't process the request (REFUSED_STREAM).
    Unprocessed,
    /// HTTP/2: the server goes away (GOAWAY) and this is what the request got for it.
    #[cfg_attr(
        not(feature = "http2"),
        allow(dead_code, reason = "only HTTP/2 has it; the table is one for all")
    )]
    GoneAway,
    /// What came back isn't HTTP.
    NotHttp,
    /// The client refused to send it.
    Unsendable,
}

/// What a fault before the answer's head means, for a request that got as far
/// as `departure` says.
pub(crate) fn fault(fault: Fault, departure: Departure) -> Verdict {
    use Certainty::{No, Unknown};
    use ErrorKind as Kind;

    // h2 gives a stream the error of a GOAWAY only where the stream is above the last
    // one that the server processes (RFC 9113, section 6.8). But it gives the same error
    // to a request whose head it took just as the GOAWAY came, whatever the GOAWAY's last
    // stream is (`poll_pending_open`). Only in the first case hyper goes on to take the body.
    let fault = match (fault, departure) {
        (Fault::GoneAway, Departure::Taken) => Fault::Unprocessed,
        (Fault::GoneAway, _) => Fault::Broken,
        _ => fault,
    };
    let applied = match (fault, departure) {
        (Fault::Connect(_) | Fault::Unprocessed | Fault::Unsendable, _) | (_, Departure::Never) => {
            No
        }
        _ => Unknown,
    };
    let kind = match (fault, departure) {
        (Fault::Connect(_), _) | (Fault::Broken, Departure::Never) => Kind::Connect,
        (Fault::TimedOut, _) => Kind::Timeout,
        (Fault::Broken | Fault::GoneAway, _) => Kind::Interrupted,
        (Fault::Unprocessed, _) => Kind::Unavailable,
        (Fault::NotHttp, _) => Kind::UnexpectedResponse,
        (Fault::Unsendable, _) => Kind::Internal,
    };
    let message = match (fault, departure) {
        (Fault::Connect(cause), _) => unreached(cause),
        (Fault::TimedOut, Departure::Never) => "time ran out before the request was sent",
        (Fault::TimedOut, _) => "time ran out before the answer came",
        (Fault::Broken, Departure::Never) => {
            "the connection was closed before the request was sent"
        }
        (Fault::Broken | Fault::GoneAway, _) => "the connection broke before the answer came",
        (Fault::Unprocessed, _) => "the server refused the request before it looked at it",
        (Fault::NotHttp, _) => {
            "the server's answer isn't HTTP: check the base URL's scheme and port"
        }
        (Fault::Unsendable, _) => "the request can't be sent as it is",
    };
    let passing = match fault {
        Fault::Connect(cause) => {
            !matches!(cause, Unreached::UntrustedCertificate | Unreached::NotTls)
        }
        Fault::Broken | Fault::GoneAway | Fault::Unprocessed => true,
        Fault::TimedOut | Fault::NotHttp | Fault::Unsendable => false,
    };
    Verdict::new(kind, applied, message).passing_if(passing)
}

const fn unreached(cause: Unreached) -> &'static str {
    match cause {
        Unreached::UnknownHost => {
            "the host's name wasn't found: check the base URL and the network"
        }
        Unreached::Refused => {
            "nobody listens there (connection refused): check the base URL's host and port"
        }
        Unreached::TimedOut => {
            "no connection was made in time: check the network and the base URL's host"
        }
        Unreached::UntrustedCertificate => {
            "the server's certificate isn't trusted: check the base URL's host, this machine's \
             clock and its trusted certificates"
        }
        Unreached::NotTls => {
            "the server doesn't speak TLS there: check the base URL's port and scheme"
        }
        Unreached::Tls => "the TLS handshake failed",
        Unreached::Proxy => "the proxy made no connection: check its settings and its credentials",
        Unreached::Other => "no connection could be made",
    }
}

/// What is wrong with the body of an answer that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// It is larger than the limit.
    TooLarge,
    /// The connection broke in the middle of it.
    Broken,
    /// Time ran out in the middle of it.
    TimedOut,
}

/// What a fault in the body of a success means: something was decided, and
/// nobody can tell what.
pub(crate) fn success_body(fault: BodyFault) -> Verdict {
    let (kind, message) = match fault {
        BodyFault::TooLarge => (
            ErrorKind::UnexpectedResponse,
            "the provider's answer is larger than the limit",
        ),
        BodyFault::Broken => (
            ErrorKind::Interrupted,
            "the connection broke in the middle of the answer",
        ),
        BodyFault::TimedOut => (
            ErrorKind::Timeout,
            "time ran out in the middle of the answer",
        ),
    };
    Verdict::new(kind, Certainty::Unknown, message).passing_if(fault == BodyFault::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Certainty::{No, Unknown};
    use ErrorKind::{
        Conflict, Connect, Internal, Interrupted, NotFound, RateLimited, Rejected, Timeout,
        Unauthorized, Unavailable, UnexpectedResponse,
    };

    /// The 4xx of IANA's registry of HTTP status codes; 418 is "(Unused)" there.
    const REGISTERED_4XX: [u16; 28] = [
        400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417,
        421, 422, 423, 424, 425, 426, 428, 429, 431, 451,
    ];

    fn expected(code: u16) -> (ErrorKind, Certainty, bool) {
        match code {
            307 | 308 => (UnexpectedResponse, No, false),
            401 | 403 => (Unauthorized, No, false),
            404 | 410 => (NotFound, No, false),
            408 => (Unavailable, Unknown, true),
            409 => (Conflict, Unknown, false),
            429 => (RateLimited, No, true),
            500 | 502 | 503 | 504 => (Unavailable, Unknown, true),
            _ if REGISTERED_4XX.contains(&code) => (Rejected, No, false),
            _ if code.to_string().starts_with('4') => (Rejected, Unknown, false),
            _ if code.to_string().starts_with('5') => (Unavailable, Unknown, false),
            _ => (UnexpectedResponse, Unknown, false),
        }
    }

    #[test]
    fn every_status_outside_2xx_means_what_the_table_says_and_names_itself() {
        for code in (100..200).chain(300..1000) {
            let verdict = status(code);
            assert_eq!(
                (verdict.kind, verdict.applied, verdict.passing),
                expected(code),
                "{code}"
            );
            assert!(verdict.message.contains(&format!("({code})")), "{code}");
            let redirect = verdict.message.contains("redirects elsewhere");
            assert_eq!(redirect, (300..400).contains(&code), "{code}");
            assert!(!verdict.message.ends_with('.'), "{code}");
        }
    }

    #[test]
    fn every_fault_means_what_the_table_says() {
        use Departure::{Never, Possible, Taken};
        for (what, departure, kind, applied, passing) in [
            (Fault::TimedOut, Never, Timeout, No, false),
            (Fault::TimedOut, Possible, Timeout, Unknown, false),
            (Fault::TimedOut, Taken, Timeout, Unknown, false),
            (Fault::Broken, Never, Connect, No, true),
            (Fault::Broken, Possible, Interrupted, Unknown, true),
            (Fault::Broken, Taken, Interrupted, Unknown, true),
            (Fault::NotHttp, Possible, UnexpectedResponse, Unknown, false),
            (Fault::NotHttp, Taken, UnexpectedResponse, Unknown, false),
            (Fault::Unprocessed, Possible, Unavailable, No, true),
            (Fault::Unprocessed, Taken, Unavailable, No, true),
            (Fault::GoneAway, Never, Connect, No, true),
            (Fault::GoneAway, Possible, Interrupted, Unknown, true),
            (Fault::GoneAway, Taken, Unavailable, No, true),
            (Fault::Unsendable, Never, Internal, No, false),
        ] {
            let verdict = fault(what, departure);
            assert_eq!(
                (verdict.kind, verdict.applied, verdict.passing),
                (kind, applied, passing),
                "{what:?} {departure:?}"
            );
        }
    }

    #[test]
    fn what_was_never_reached_was_not_applied_and_is_tried_again_unless_that_is_pointless() {
        use Unreached::{
            NotTls, Other, Proxy, Refused, TimedOut, Tls, UnknownHost, UntrustedCertificate,
        };
        for (cause, passing) in [
            (UnknownHost, true),
            (Refused, true),
            (TimedOut, true),
            (UntrustedCertificate, false),
            (NotTls, false),
            (Tls, true),
            (Proxy, true),
            (Other, true),
        ] {
            let verdict = fault(Fault::Connect(cause), Departure::Never);
            assert_eq!(
                (verdict.kind, verdict.applied, verdict.passing),
                (Connect, No, passing),
                "{cause:?}"
            );
        }
    }

    #[test]
    fn a_success_that_cannot_be_read_to_its_end_is_unknown() {
        for (fault, kind, passing) in [
            (BodyFault::TooLarge, UnexpectedResponse, false),
            (BodyFault::Broken, Interrupted, true),
            (BodyFault::TimedOut, Timeout, false),
        ] {
            let verdict = success_body(fault);
            assert_eq!(
                (verdict.kind, verdict.applied, verdict.passing),
                (kind, Unknown, passing)
            );
        }
    }
}
