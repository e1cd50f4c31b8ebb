use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{DATE, HeaderName};
use http::{HeaderMap, StatusCode};
use livecut_core::adapter::lenient;
use livecut_core::{Effect, Error, ErrorKind, ErrorResponse, Result};
use serde::Deserialize;

use crate::Deadline;
use crate::classify::BodyFault;
use crate::fault::{self, BoxError};

/// Where providers, and what stands before them, put their name for a request.
static REQUEST_ID_HEADERS: [HeaderName; 7] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-amz-cf-id"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-trace-id"),
    HeaderName::from_static("cf-ray"),
];

/// The largest body that an error copies.
const COPIED_BYTES: usize = 8 * 1024;

/// No request id is longer; what is, isn't one.
const REQUEST_ID_BYTES: usize = 256;

/// The source of the error of an answer whose body is larger than the
/// [limit](crate::HttpOptions::with_body_limit): an adapter can ask for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyTooLarge;

impl BodyTooLarge {
    /// Whether it is why this call failed.
    pub fn caused(error: &Error) -> bool {
        std::error::Error::source(error).is_some_and(|source| source.is::<Self>())
    }
}

impl fmt::Display for BodyTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its body has more bytes than are read")
    }
}

impl std::error::Error for BodyTooLarge {}

/// A provider's success: a status from 200 to 299, and the whole body.
///
/// Whether it means success is up to the adapter: some providers say "failed" with
/// a 200. [`json`](Self::json) and [`error`](Self::error) make errors that carry this
/// answer and leave the effect open: nobody can tell whether the request was applied.
///
/// `Debug` shows the body's length only: bodies can hold stream keys.
pub struct Response {
    pub(crate) provider: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The time of day here when its head came.
    pub(crate) received: SystemTime,
    pub(crate) body: Bytes,
    /// What is known about the effect by the status alone.
    pub(crate) effect: Effect,
}

impl Response {
    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The provider's name for this request.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The body, at most the [limit](crate::HttpOptions::with_body_limit) of bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// When the answer was made: its `Date`, or the time of day here where it has none that can be
    /// read.
    pub fn date(&self) -> SystemTime {
        self.server_date().unwrap_or(self.received)
    }

    /// What time it was at the provider when the answer was made, in whole seconds, rounded down: its
    /// `Date`, if it has one that can be read.
    pub fn server_date(&self) -> Option<SystemTime> {
        date(&self.headers)
    }

    /// Reads the body as a JSON object, whatever its `Content-Type` says. `T` can borrow from it.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedResponse`] where it isn't JSON, no object, or not of `T`'s
    /// shape. The message names the place and nothing of what is there: it may
    /// be a secret.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        lenient::from_slice(self.body()).map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Data => {
                    "the provider's answer isn't of the documented shape"
                }
                _ if self.body().is_empty() => "the provider's answer is empty, and not JSON",
                _ => "the provider's answer isn't JSON",
            };
            self.unexpected(format!(
                "{what} (line {}, column {})",
                error.line(),
                error.column()
            ))
        })
    }

    /// An error about this answer, with the effect that is unknown as far as the
    /// request could change it. An adapter that knows more sets
    /// [`with_effect`](Error::with_effect).
    pub fn error(&self, kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Error {
        Error::new(kind, message)
            .with_provider(self.provider)
            .with_effect(self.effect)
            .with_response(self.answer())
    }

    /// As [`error`](Self::error), of an answer that isn't what the provider documents.
    pub fn unexpected(&self, message: impl Into<Cow<'static, str>>) -> Error {
        self.error(ErrorKind::UnexpectedResponse, message)
    }

    /// What an error about it carries.
    pub(crate) fn answer(&self) -> ErrorResponse {
        // An error may be kept for long, and a small piece of a body would keep the whole
        // buffer of the connection that it lies in.
        let body = if self.body.len() <= COPIED_BYTES {
            Bytes::copy_from_slice(&self.body)
        } else {
            self.body.clone()
        };
        let answer = ErrorResponse::new(self.status()).with_body(body);
        match self.request_id() {
            Some(id) => answer.with_request_id(id),
            None => answer,
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("provider", &self.provider)
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// The provider's name for the request, in any of the usual headers.
fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_ID_HEADERS
        .iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find(|id| {
            let visible = |c: char| c.is_ascii_graphic() || c == ' ';
            !id.is_empty() && id.len() <= REQUEST_ID_BYTES && id.chars().all(visible)
        })
}

/// When the answer was made, by its `Date` (RFC 9110, section 6.6.1).
fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

fn too_large() -> (BodyFault, Option<BoxError>) {
    (BodyFault::TooLarge, Some(Box::new(BodyTooLarge)))
}

/// Reads a body as far as the limit and the deadline allow, and says why it
/// stopped early. It holds no more than the limit, an eighth of it while it grows, and one
/// piece.
pub(crate) async fn read_body(
    response: &mut reqwest::Response,
    limit: usize,
    deadline: &Deadline,
) -> (Bytes, Option<(BodyFault, Option<BoxError>)>) {
    let declared = response
        .content_length()
        .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if declared.is_some_and(|length| length > limit) {
        return (Bytes::new(), Some(too_large()));
    }
    let mut body = Collected::new(declared, limit);
    let reading = async {
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| (fault::of_body(&error), Some(fault::source(error))))?
        {
            if !body.push(chunk) {
                return Err(too_large());
            }
        }
        Ok(())
    };
    let fault = match tokio::time::timeout_at(deadline.instant(), reading).await {
        Ok(done) => done.err(),
        Err(_) => Some((BodyFault::TimedOut, None)),
    };
    (body.into_bytes(), fault)
}

/// The pieces of a body. One piece, which is the rule, isn't copied.
struct Collected {
    declared: Option<usize>,
    limit: usize,
    first: Bytes,
    /// Everything, once there are two pieces.
    all: Vec<u8>,
}

impl Collected {
    /// Nothing yet, of so many bytes as are declared and at most as many as the limit.
    fn new(declared: Option<usize>, limit: usize) -> Self {
        Self {
            declared,
            limit,
            first: Bytes::new(),
            all: Vec::new(),
        }
    }

    /// Takes a piece, as far as the limit; `false` where it went over.
    fn push(&mut self, mut chunk: Bytes) -> bool {
        let room = self.limit.saturating_sub(self.len());
        let fits = chunk.len() <= room;
        chunk.truncate(room);
        if self.len() == 0 {
            self.first = chunk;
            return fits;
        }
        let first = std::mem::take(&mut self.first);
        let needed = self
            .all
            .len()
            .saturating_add(first.len())
            .saturating_add(chunk.len());
        if needed > self.all.capacity() {
            // In steps so large that what is outgrown is small beside what comes.
            let steps = [self.limit / 64, self.limit / 8];
            let room = self
                .declared
                .or_else(|| steps.into_iter().find(|&step| step >= needed))
                .unwrap_or(self.limit)
                .max(needed);
            self.all.reserve_exact(room.saturating_sub(self.all.len()));
        }
        self.all.extend_from_slice(&first);
        self.all.extend_from_slice(&chunk);
        fits
    }

    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use http::HeaderValue;

    fn response(body: &'static str) -> Response {
        Response {
            provider: "test",
            status: StatusCode::OK,
            headers: HeaderMap::from_iter([(
                HeaderName::from_static("x-request-id"),
                HeaderValue::from_static("r-1"),
            )]),
            received: SystemTime::UNIX_EPOCH,
            body: Bytes::from_static(body.as_bytes()),
            effect: Effect::NONE,
        }
    }

    #[test]
    fn json_borrows_from_the_body() {
        #[derive(Deserialize)]
        struct Asset<'a> {
            id: &'a str,
        }
        let response = response(r#"{"id":"4PtERT9d9uK"}"#);
        assert_eq!(response.json::<Asset<'_>>().unwrap().id, "4PtERT9d9uK");
    }

    #[test]
    fn an_array_is_not_read_as_an_object_by_position() {
        #[derive(Debug, Deserialize)]
        struct Wanted {
            #[serde(rename = "message")]
            _message: String,
        }
        let error = response(r#" ["stopped"]"#).json::<Wanted>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert!(
            response(r#" {"message":"stopped"}"#)
                .json::<Wanted>()
                .is_ok()
        );
    }

    #[test]
    fn an_answer_that_cannot_be_read_shows_nothing_of_itself() {
        #[derive(Debug, Deserialize)]
        struct Wanted {
            #[serde(rename = "id")]
            _id: u32,
        }
        for (body, words) in [
            (
                r#"{"id":"hunter2"}"#,
                "documented shape (line 1, column 15)",
            ),
            ("<html>hunter2", "isn't JSON (line 1, column 1)"),
            (r#"{"id":"hunter2"#, "isn't JSON (line 1, column 14)"),
            ("", "empty, and not JSON"),
        ] {
            let error = response(body).json::<Wanted>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
            assert!(error.to_string().contains(words), "{error}");
            assert!(std::error::Error::source(&error).is_none());
            assert!(!format!("{error} {error:?}").contains("hunter2"));
            let attached = error.response().unwrap();
            assert_eq!(attached.body(), body.as_bytes());
            assert_eq!(attached.request_id(), Some("r-1"));
        }
    }

    #[test]
    fn a_request_id_is_found_in_the_usual_headers_and_only_where_it_can_be_shown() {
        let find = |name: &'static str, value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_bytes(value).unwrap());
            request_id(&headers).map(str::to_owned)
        };
        for name in &REQUEST_ID_HEADERS {
            let found = find(name.as_str(), b"abc-1");
            assert_eq!(found.as_deref(), Some("abc-1"), "{name}");
        }
        assert_eq!(find("x-request-id", b""), None);
        assert_eq!(find("x-request-id", b"\xff"), None);
        assert_eq!(find("x-request-id", &[b'a'; 257]), None);
        assert_eq!(find("x-other", b"abc"), None);
    }

    #[test]
    fn a_date_is_read_in_any_of_http_s_forms_and_nothing_else_is_one() {
        let read = |value: &'static str| {
            date(&HeaderMap::from_iter([(
                DATE,
                HeaderValue::from_static(value),
            )]))
        };
        let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(784_111_777));
        for form in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(read(form), at, "{form}");
        }
        for other in ["", "784111777", "1994-11-06T08:49:37Z"] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(date(&HeaderMap::new()), None);
    }

    #[test]
    fn pieces_are_put_together_up_to_the_limit() {
        let collect = |pieces: &[&'static str], limit| {
            let mut body = Collected::new(None, limit);
            let fits = pieces
                .iter()
                .all(|piece| body.push(Bytes::from_static(piece.as_bytes())));
            (String::from_utf8(body.into_bytes().to_vec()).unwrap(), fits)
        };
        assert_eq!(collect(&[], 4), (String::new(), true));
        assert_eq!(collect(&["abcd"], 4), ("abcd".into(), true));
        assert_eq!(collect(&["abcde"], 4), ("abcd".into(), false));
        assert_eq!(collect(&["", "ab", "", "cd"], 4), ("abcd".into(), true));
        assert_eq!(collect(&["ab", "cd", "e"], 4), ("abcd".into(), false));
        assert_eq!(collect(&["ab", "cdef"], 4), ("abcd".into(), false));
    }
}
