//! A server in memory that answers at once and always the same.

use std::time::SystemTime;

use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use livecut_http::{BoxError, RequestBody, ResponseBody, Sending, Transport};

use crate::contestants::OneCallProvider;

#[derive(Debug, Clone, Copy)]
pub(crate) struct InMemory {
    status: StatusCode,
    body: &'static str,
}

impl InMemory {
    /// The stop is done and the cut is scheduled.
    pub(crate) fn done(provider: OneCallProvider) -> Self {
        Self {
            status: StatusCode::OK,
            body: provider.answer(),
        }
    }

    /// The provider has too much to do.
    pub(crate) fn busy() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            body: r#"{"detail":"Request was throttled."}"#,
        }
    }
}

impl Transport for InMemory {
    /// Two allocations: the future, and the answer's body.
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        let Self { status, body } = *self;
        Box::pin(async move {
            // As far as a witness sees it, the request is on its way.
            let _asked = request.body().is_end_stream();
            let body = Full::from(body).map_err(|never| -> BoxError { match never {} });
            let body: ResponseBody = Box::pin(body);
            let mut response = http::Response::new(body);
            *response.status_mut() = status;
            if status == StatusCode::TOO_MANY_REQUESTS {
                let headers = response.headers_mut();
                headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
            }
            Ok(response)
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}
